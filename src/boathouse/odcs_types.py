"""ODCS types: the logical and physical types of an open data contract, and the lake's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from boathouse.errors import UserError
from boathouse.schema import FLOATS, INTEGERS, is_decimal, type_name

INTEGER_FORMATS = dict(zip(INTEGERS, ("i8", "i16", "i32", "i64"), strict=True))
FLOAT_FORMATS = dict(zip(FLOATS, ("f32", "f64"), strict=True))
# An unsigned number needs the next larger type; what is beyond bigint is a decimal.
UNSIGNED = {
    "u8": "smallint",
    "u16": "int",
    "u32": "bigint",
    "u64": "decimal(20,0)",
    "i128": "decimal(38,0)",
    "u128": "decimal(38,0)",
}
FORMATS = {**{form: kind for kind, form in (INTEGER_FORMATS | FLOAT_FORMATS).items()}, **UNSIGNED}
LOGICAL = {"string": "string", "date": "date", "timestamp": "timestamp", "number": "double", "integer": "bigint",
           "boolean": "boolean", "vector": "array<float>"}  # fmt: skip
# What other systems call their types; what a length says is a rule of its own.
PHYSICAL = {
    "varchar": "string", "char": "string", "nvarchar": "string", "nchar": "string", "character varying": "string", "clob": "string", "uuid": "string",
    "int64": "bigint", "int32": "int", "int16": "smallint", "int8": "bigint", "int4": "int", "int2": "smallint", "serial": "int", "bigserial": "bigint",
    "float64": "double", "float32": "float", "float8": "double", "float4": "float", "double precision": "double", "real": "float",
    "timestamptz": "timestamp", "timestamp with time zone": "timestamp", "timestamp_ltz": "timestamp", "bytes": "binary", "bytea": "binary", "bit": "boolean",
}  # fmt: skip
SIZED = re.compile(r"\s*([a-z0-9_ ]+?)\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?\s*", re.IGNORECASE)


def written_type(kind: str) -> dict[str, Any]:
    """Say a type as a property of a contract does: how it is meant, and what it is called here."""
    if kind in INTEGER_FORMATS:
        said: dict[str, Any] = {"logicalType": "integer", "logicalTypeOptions": {"format": INTEGER_FORMATS[kind]}}
    elif kind in FLOAT_FORMATS:
        said = {"logicalType": "number", "logicalTypeOptions": {"format": FLOAT_FORMATS[kind]}}
    elif is_decimal(kind):
        said = {"logicalType": "number"}
    elif kind in ("string", "boolean", "date", "timestamp"):
        said = {"logicalType": kind}
    elif kind.startswith("array<"):
        said = {"logicalType": "array", "items": written_type(_inside(kind)[0])}
    elif kind.startswith("map<"):
        key, value = _inside(kind)
        said = {"logicalType": "map", "map": {"key": written_type(key), "value": written_type(value)}}
    elif kind.startswith("struct<"):
        fields = (field.partition(":") for field in _inside(kind))
        said = {
            "logicalType": "object",
            "properties": [{"name": name, **written_type(inner)} for name, _, inner in fields],
        }
    else:  # binary: the standard's schema takes a property without a logical type for one of every type at once
        said = {"logicalType": "string"}
    return {**said, "physicalType": kind}


def _inside(kind: str) -> list[str]:
    """Split what stands in the outer brackets at the commas that stand in no others: map<int,array<a,b>> has two."""
    depth, parts = 0, [""]
    for letter in kind[kind.index("<") + 1 : -1]:
        depth += (letter in "<(") - (letter in ">)")
        if letter == "," and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def read_type(said: Mapping[str, Any]) -> str:
    """Read the type of a property, the physical one first; "" where neither is one of the lake's."""
    physical = said.get("physicalType")
    return (_physical(physical) if isinstance(physical, str) else "") or _logical(said)


def longest(said: Mapping[str, Any]) -> int | None:
    """Give the length in a physical type such as varchar(18)."""
    found = SIZED.fullmatch(str(said.get("physicalType", "")))
    texts = found is not None and PHYSICAL.get(found[1].lower()) == "string"
    return int(found[2]) if found and texts and found[2] else None


def _physical(text: str) -> str:
    try:
        return type_name(text)
    except UserError:
        found = SIZED.fullmatch(text)
    if found is None:
        return ""
    name, precision, scale = found[1].lower(), found[2], found[3] or 0
    if name in ("decimal", "numeric", "number") and precision:
        made = f"decimal({precision},{scale})"
        return made if is_decimal(made) else ""
    return PHYSICAL.get(name, "")


def _logical(said: Mapping[str, Any]) -> str:
    kind = said.get("logicalType")
    options = said.get("logicalTypeOptions")
    form = FORMATS.get(str(options.get("format", ""))) if isinstance(options, dict) else None
    if kind in ("integer", "number"):
        return form or LOGICAL[kind]
    if kind == "array" and isinstance(said.get("items"), dict):
        inner = read_type(said["items"])
        return f"array<{inner}>" if inner else ""
    if kind == "map" and isinstance(said.get("map"), dict):
        sides = [
            read_type(side) if isinstance(side, dict) else ""
            for side in (said["map"].get("key"), said["map"].get("value"))
        ]
        return f"map<{sides[0]},{sides[1]}>" if all(sides) else ""
    if kind == "object" and isinstance(said.get("properties"), list):
        fields = [
            (str(inner.get("name", "")), read_type(inner)) for inner in said["properties"] if isinstance(inner, dict)
        ]
        return (
            f"struct<{','.join(f'{name}:{inner}' for name, inner in fields)}>"
            if fields and all(map(all, fields))
            else ""
        )
    return LOGICAL.get(str(kind), "")
