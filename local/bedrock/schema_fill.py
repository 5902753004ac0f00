"""A value that is valid under a JSON schema, filled from a text where that makes sense.

For tools and output schemas that the built-in model has no idea of: whoever asked gets an answer
that parses, with the customer's words where a text is wanted.
"""

from collections.abc import Mapping
from typing import Any

type Schema = Mapping[str, Any]

_DEPTH = 12
_FORMATS = {
    "date": "2026-01-01",
    "date-time": "2026-01-01T00:00:00Z",
    "time": "00:00:00Z",
    "email": "nobody@example.com",
    "uri": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "ipv4": "192.0.2.1",
}


def fill(schema: Schema, text: str) -> Any:
    """A value for `schema`; `text` fills strings. Supports what pydantic's schemas are made of:
    objects, arrays, enums, constants, bounds, formats, `$ref` into `$defs`, anyOf, oneOf, allOf.
    A `pattern` is not solved.
    """
    return _fill(schema, text, schema, 0)


def _resolve(schema: Schema, root: Schema) -> Schema:
    for _ in range(_DEPTH):
        reference = schema.get("$ref")
        if not isinstance(reference, str):
            break
        target: Any = root
        for part in reference.removeprefix("#").strip("/").split("/"):
            name = part.replace("~1", "/").replace("~0", "~")
            target = target.get(name, {}) if isinstance(target, Mapping) and name else target
        schema = {k: v for k, v in schema.items() if k != "$ref"} | dict(target)
    if parts := schema.get("allOf"):
        merged: dict[str, Any] = {k: v for k, v in schema.items() if k != "allOf"}
        for part in parts:
            solved = _resolve(part, root)
            merged["properties"] = {**merged.get("properties", {}), **solved.get("properties", {})}
            merged["required"] = [*merged.get("required", ()), *solved.get("required", ())]
            merged = {**solved, **{k: v for k, v in merged.items() if v}}
        return merged
    return schema


def _fill(schema: Schema | bool, text: str, root: Schema, depth: int) -> Any:
    if isinstance(schema, bool):
        return text
    schema = _resolve(schema, root)
    for fixed in ("const", "default"):
        if fixed in schema:
            return schema[fixed]
    if schema.get("enum"):
        named = [v for v in schema["enum"] if isinstance(v, str) and v.lower() in text.lower()]
        return (named or schema["enum"])[0]
    for choice in ("anyOf", "oneOf"):
        if schema.get(choice):
            solved = [_resolve(s, root) for s in schema[choice]]
            plain = [s for s in solved if s.get("type") != "null"]
            # Deep in a recursive schema, the way out is the branch that may be null.
            deep = depth >= _DEPTH and len(plain) < len(solved)
            return None if deep else _fill((plain or solved)[0], text, root, depth + 1)
    return _fill_type(_kind(schema), schema, text, root, depth)


def _kind(schema: Schema) -> str:
    kind = schema.get("type", "object" if "properties" in schema else "string")
    if isinstance(kind, list):
        return str(next((k for k in kind if k != "null"), "null"))
    return str(kind)


def _fill_type(kind: str, schema: Schema, text: str, root: Schema, depth: int) -> Any:
    match kind:
        case "object":
            return _fill_object(schema, text, root, depth)
        case "array":
            count = int(schema.get("minItems", 0 if depth >= _DEPTH // 2 else 1))
            count = min(count, int(schema.get("maxItems", count)))
            return [_fill(schema.get("items", {}), text, root, depth + 1) for _ in range(count)]
        case "integer" | "number":
            return _fill_number(kind, schema)
        case "boolean":
            return False
        case "null":
            return None
        case _:
            return _fill_string(schema, text)


def _fill_object(schema: Schema, text: str, root: Schema, depth: int) -> dict[str, Any]:
    required = set(schema.get("required", ()))
    return {
        name: _fill(inner, text, root, depth + 1)
        for name, inner in schema.get("properties", {}).items()
        if name in required or depth < 2
    }


def _fill_number(kind: str, schema: Schema) -> int | float:
    step = schema.get("multipleOf", 1 if kind == "integer" else 0)
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    if low is not None and high is not None:
        middle = (low + high) / 2
    elif low is not None:
        middle = max(0, low + (step or 1))
    elif high is not None:
        middle = min(0, high - (step or 1))
    else:
        middle = 0
    if step:
        middle = round(middle / step) * step
        if low is not None and middle < low:
            middle += step
    return int(middle) if kind == "integer" else float(middle)


def _fill_string(schema: Schema, text: str) -> str:
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]
    filled = text or "none"
    shortest, longest = int(schema.get("minLength", 0)), schema.get("maxLength")
    while len(filled) < shortest:
        filled = f"{filled} {text or 'none'}"
    return filled if longest is None else filled[: int(longest)]
