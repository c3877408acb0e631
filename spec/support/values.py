# Holds JSON of kernel values against their bytes: reads BTF and decodes by itself, with nothing of
# ksnoop's. Lines of spec/core/values.c on stdin; the BTF file is the argument. With "formatted" behind
# it values may be what a formatter makes of them: a text, or the number that a struct has.
import json
import math
import struct
import sys

INT, PTR, ARRAY, STRUCT, UNION, ENUM, FWD, TYPEDEF, VOLATILE, CONST, RESTRICT, FUNC, PROTO, VAR, \
    DATASEC, FLOAT, DECL_TAG, TYPE_TAG, ENUM64 = range(1, 20)
MISSING = {"error": "missing"}


def read_btf(path):
    data = open(path, "rb").read()
    _, _, _, header, type_at, type_len, string_at, _ = struct.unpack_from("<HBBIIIII", data)
    at, end, strings = header + type_at, header + type_at + type_len, header + string_at

    def name(offset):
        return data[strings + offset:data.index(b"\0", strings + offset)].decode()

    types = [None]
    while at < end:
        name_at, info, size = struct.unpack_from("<III", data, at)
        kind, count, flag = info >> 24 & 31, info & 0xffff, info >> 31
        t = {"kind": kind, "name": name(name_at), "size": size, "flag": flag}
        at += 12
        if kind == INT:
            t["int"], = struct.unpack_from("<I", data, at)
            at += 4
        elif kind == ARRAY:
            t["of"], _, t["count"] = struct.unpack_from("<III", data, at)
            at += 12
        elif kind in (STRUCT, UNION):
            t["members"] = [(name(n), of, offset) for n, of, offset
                            in struct.iter_unpack("<III", data[at:at + 12 * count])]
            at += 12 * count
        else:
            at += {ENUM: 8 * count, ENUM64: 12 * count, PROTO: 8 * count, VAR: 4,
                   DATASEC: 12 * count, DECL_TAG: 4}.get(kind, 0)
        types.append(t)
    return types


types = read_btf(sys.argv[1])


def peel(type_id):
    while type_id and types[type_id]["kind"] in (TYPEDEF, VOLATILE, CONST, RESTRICT, TYPE_TAG):
        type_id = types[type_id]["size"]
    return types[type_id] if type_id else {"kind": 0, "size": 0}


def size_of(t):
    if t["kind"] == ARRAY:
        return t["count"] * size_of(peel(t["of"]))
    return {PTR: 8, FWD: 0, PROTO: 0, FUNC: 0}.get(t["kind"], t["size"])


def is_char(t):
    return t["kind"] == INT and t["size"] == 1 and not t["int"] >> 24 & 4 \
        and (t["name"] == "char" or t["int"] >> 24 & 2)


def text(data):
    # As safe_json does it: a byte that begins no character is one U+FFFD.
    out, i = "", 0
    while i < len(data):
        for n in (1, 2, 3, 4):
            try:
                out += data[i:i + n].decode("utf-8")
                i += n
                break
            except UnicodeDecodeError:
                pass
        else:
            out += "\ufffd"
            i += 1
    return out


def number(t, data, bit, bits):
    bits = bits or t["size"] * 8
    value = int.from_bytes(data[bit // 8:(bit + bits + 7) // 8], "little")
    value = value >> bit % 8 & (1 << bits) - 1
    signed = t["int"] >> 24 & 1 if t["kind"] == INT else t["flag"]
    return value - (1 << bits) if signed and value >> bits - 1 else value


# Names that are declared as unsigned char: core/formatter.c has the same.
TEXTS = {("dentry", "d_iname"), ("shortname_store", "string"), ("external_name", "name"),
         ("cn_callback_id", "name"), ("cn_queue_dev", "name")}


def decode(t, data, there, bit=0, bits=0, is_text=False):
    kind, at, size = t["kind"], bit // 8, size_of(t)
    end = (bit + (bits or size * 8) + 7) // 8
    if kind in (STRUCT, UNION):
        if at >= there and size:
            return MISSING
        return members(t, data, there, bit, {})
    if kind == ARRAY:
        element = peel(t["of"])
        stride = size_of(element)
        if is_char(element) or is_text:
            held = data[at:min(end, there)]
            if not size:
                return ""
            if b"\0" not in held and there < end:
                return MISSING
            return text(held.split(b"\0")[0])
        whole = t["count"] if not stride else min(t["count"], max(0, there - at) // stride)
        shown = [decode(element, data, there, bit + i * stride * 8) for i in range(whole)]
        if whole < t["count"]:
            # Of the first that is cut, a struct has what there is of it.
            shown.append(MISSING)
        return shown
    if kind not in (INT, PTR, ENUM, ENUM64, FLOAT):
        return None
    if end > there:
        return MISSING
    if kind == PTR:
        return hex(int.from_bytes(data[at:end], "little"))
    if kind == FLOAT:
        if size not in (4, 8):
            return ...
        value, = struct.unpack({4: "<f", 8: "<d"}[size], data[at:end])
        return "NaN" if math.isnan(value) else value if math.isfinite(value) else \
            "Infinity" if value > 0 else "-Infinity"
    value = number(t, data, bit, bits)
    return bool(value) if kind == INT and t["int"] >> 24 & 4 else value


def members(t, data, there, bit, out):
    for name, of, offset in t["members"]:
        inner, bits = peel(of), 0
        if t["flag"]:
            offset, bits = offset & 0xffffff, offset >> 24
        if not name and inner["kind"] in (STRUCT, UNION):
            members(inner, data, there, bit + offset, out)
        elif inner["kind"] in (INT, PTR, ENUM, ENUM64, FLOAT, ARRAY, STRUCT, UNION):
            out[name] = decode(inner, data, there, bit + offset, bits, (t["name"], name) in TEXTS)
    return out


FORMATTED = "formatted" in sys.argv
formatted = 0


def leaf(value):
    # The last number in a struct: the one that matters of those that are put around it.
    while isinstance(value, dict) and value and value != MISSING:
        value = list(value.values())[0]
    return value


def differ(is_, should, path):
    global formatted
    if should is ...:
        return
    if FORMATTED and type(is_) != type(should) and isinstance(is_, (int, str)):
        formatted += 1
        if isinstance(is_, int) and leaf(should) != is_:
            yield path, is_, should
        return
    if FORMATTED and is_ == MISSING:
        return
    if isinstance(should, dict) and isinstance(is_, dict):
        if list(is_) != list(should):
            yield path, list(is_), list(should)
            return
        for key in should:
            yield from differ(is_[key], should[key], path + "." + key)
    elif isinstance(should, list) and isinstance(is_, list) and len(is_) == len(should):
        for i, value in enumerate(should):
            yield from differ(is_[i], value, "%s[%d]" % (path, i))
    elif isinstance(should, float):
        close = struct.pack("<f", should) == struct.pack("<f", is_) if abs(should) < 1e38 else True
        if not isinstance(is_, (int, float)) or (is_ != should and not close):
            yield path, is_, should
    elif is_ != should or type(is_) != type(should):
        yield path, is_, should


def count(value):
    if isinstance(value, dict):
        return sum(map(count, value.values()))
    return sum(map(count, value)) if isinstance(value, list) else 1


def main():
    values = leaves = wrong = 0
    for line in sys.stdin.buffer:
        type_id, there, data, shown = line.decode("utf-8").split(" ", 3)
        try:
            parsed = json.loads(shown)
        except ValueError as e:
            print(type_id, e)
            wrong += 1
            continue
        values += 1
        leaves += count(parsed)
        should = decode(peel(int(type_id)), bytes.fromhex(data[1:]), int(there))
        for path, is_, expected in differ(parsed, should, types[int(type_id)]["name"]):
            wrong += 1
            if wrong < 20:
                print("%s %s of %d: %r, not %r" % (type_id, path, int(there), is_, expected))
    print("values %d, leaves %d, formatted %d, wrong %d" % (values, leaves, formatted, wrong))
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
