# Holds what ksnoop says has changed between two values against their bytes: which members differ, in
# which order, and what each end has there. Lines of spec/core/changes.c on stdin; the BTF file is the
# argument.
import json
import sys

sys.dont_write_bytecode = True
from values import ARRAY, ENUM, ENUM64, FLOAT, INT, PTR, STRUCT, TEXTS, UNION  # noqa: E402
from values import decode, differ, is_char, peel, size_of, types  # noqa: E402


def leaves(t, bit, bits, path, is_text):
    # What has a value of its own: its path, type, first bit and bits; of a text also that it is one.
    if t["kind"] in (STRUCT, UNION):
        for name, of, offset in t["members"]:
            inner, width = peel(of), 0
            if t["flag"]:
                offset, width = offset & 0xffffff, offset >> 24
            inside = path + "." + name if path and name else path + name
            yield from leaves(inner, bit + offset, width, inside, (t["name"], name) in TEXTS)
    elif t["kind"] == ARRAY:
        element = peel(t["of"])
        if is_char(element) or is_text:
            yield path, t, bit, 0, True
            return
        for i in range(t["count"] if size_of(element) else 0):
            yield from leaves(element, bit + i * size_of(element) * 8, 0, "%s[%d]" % (path, i), False)
    elif t["kind"] in (INT, PTR, ENUM, ENUM64, FLOAT):
        yield path, t, bit, bits, False


def changes(t, was, is_):
    left = bytearray(a ^ b for a, b in zip(was, is_))

    def take(first, n):
        found = False
        for i in range(first // 8, (first + n + 7) // 8):
            mask = sum(1 << k for k in range(8) if first <= i * 8 + k < first + n)
            found = found or left[i] & mask
            left[i] &= ~mask
        return found

    for path, of, bit, bits, is_text in leaves(t, 0, 0, "", False):
        size, at = size_of(of), bit // 8
        if not any(left[at:(bit + (bits or size * 8) + 7) // 8]):
            continue
        before, after = was[at:at + size], is_[at:at + size]
        if is_text and before.split(b"\0")[0] == after.split(b"\0")[0]:
            for i in range(size):
                if take(bit + i * 8, 8):
                    yield "%s[%d]" % (path, i), before[i], after[i]
        elif take(bit, bits or size * 8):
            yield path, decode(of, was, len(was), bit, bits, is_text), \
                decode(of, is_, len(is_), bit, bits, is_text)


pairs = members = wrong = 0
for line in sys.stdin:
    type_id, was, is_, shown = line.split(" ", 3)
    t, was, is_ = peel(int(type_id)), bytes.fromhex(was[1:]), bytes.fromhex(is_[1:])
    shown = json.loads(shown)
    pairs += 1
    if t["kind"] in (STRUCT, UNION, ARRAY) and not (t["kind"] == ARRAY and is_char(peel(t["of"]))):
        should = {path: [a, b] for path, a, b in changes(t, was, is_)}
    else:
        should = [decode(t, was, len(was)), decode(t, is_, len(is_))]
        shown, should = {"": shown}, {"": should}
    members += len(should)
    for path, has, expected in differ(shown, should, types[int(type_id)]["name"]):
        wrong += 1
        if wrong < 20:
            print("%s %s: %r, not %r" % (type_id, path, has, expected))
print("pairs %d, members %d, wrong %d" % (pairs, members, wrong))
sys.exit(wrong > 0)
