#!/usr/bin/python3
"""Holds lines of JSON on stdin against doc/ksnoop.schema.json.

    spec/support/check_json.py [DEF]     DEF: one of its $defs; without it, what a trace prints

Strict UTF-8, no key twice in an object, every integer exact. Prints how many lines of each type
there were; on stderr what is wrong with which line, and then exits with 1.
"""
import json
import pathlib
import sys

import jsonschema

root = pathlib.Path(__file__).resolve().parents[2]
schema = json.loads((root / "doc/ksnoop.schema.json").read_text())
jsonschema.Draft202012Validator.check_schema(schema)
if len(sys.argv) > 1:
    schema = {"$defs": schema["$defs"], "$ref": "#/$defs/" + sys.argv[1]}
validator = jsonschema.Draft202012Validator(schema)


def once(pairs):
    """An object whose keys are there once each."""
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError("a key is there twice: %s" % names)
    return dict(pairs)


counts, failed = {}, 0
for number, line in enumerate(sys.stdin.buffer, 1):
    try:
        value = json.loads(line.decode("utf-8", "strict"), object_pairs_hook=once,
                           parse_constant=lambda name: sys.exit("not JSON: " + name))
        validator.validate(value)
    except (ValueError, jsonschema.ValidationError) as e:
        failed += 1
        print("line %d: %s\n  %.300s" % (number, str(e).splitlines()[0], line), file=sys.stderr)
        continue
    kind = value.get("type", "object") if isinstance(value, dict) else "value"
    counts[kind] = counts.get(kind, 0) + 1
print(" ".join("%s=%d" % pair for pair in sorted(counts.items())))
sys.exit(1 if failed else 0)
