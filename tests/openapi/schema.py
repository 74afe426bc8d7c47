"""Does a value fit a schema? As much of JSON Schema as the OpenAPI documents of this project use; anything else in a
schema is a fault, so that nothing goes unchecked."""
from __future__ import annotations

import re
from typing import Any

TYPES: dict[str, type | tuple[type, ...]] = {"object": dict, "array": list, "string": str, "boolean": bool,
                                             "integer": int, "number": (int, float), "null": type(None)}
FORMATS = {"uuid": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "date-time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
           "uri": r"\S+", "email": r"[^@\s]+@\S+", "date": r"\d{4}-\d\d-\d\d"}
KNOWN = {"type", "properties", "required", "additionalProperties", "items", "$ref", "enum", "format", "description",
         "minimum", "maximum", "default", "const", "oneOf", "title", "pattern", "minLength", "maxLength", "minItems",
         "maxItems", "examples", "deprecated"}


def faults(value: Any, schema: dict[str, Any], document: dict[str, Any], where: str = "$",
           closed: bool = False) -> list[str]:
    """Sentences about what does not fit; empty when all does. With `closed` an object that has `properties` has no
    others, though its schema does not say so."""
    if unknown := set(schema) - KNOWN:
        return [f"{where}: the check does not know {sorted(unknown)}"]
    if "$ref" in schema:
        target: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        return faults(value, target, document, where, closed)
    if "oneOf" in schema:
        fitting = [one for one in schema["oneOf"] if not faults(value, one, document, where, closed)]
        return [] if len(fitting) == 1 else [f"{where}: fits {len(fitting)} of the schemas of oneOf"]
    found = simple_faults(value, schema, where)
    if found:
        return found
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        found += [f"{where}: {name} is missing" for name in schema.get("required", []) if name not in value]
        for name, inner in value.items():
            rest = schema.get("additionalProperties", not (closed and properties))
            if name in properties:
                found += faults(inner, properties[name], document, f"{where}.{name}", closed)
            elif rest is False:
                found.append(f"{where}: {name} is not described")
            elif isinstance(rest, dict):
                found += faults(inner, rest, document, f"{where}.{name}", closed)
    if isinstance(value, list) and "items" in schema:
        for index, inner in enumerate(value):
            found += faults(inner, schema["items"], document, f"{where}[{index}]", closed)
    return found


def simple_faults(value: Any, schema: dict[str, Any], where: str) -> list[str]:
    kinds = schema.get("type")
    if kinds is not None:
        kinds = [kinds] if isinstance(kinds, str) else kinds
        is_number = isinstance(value, int) and not isinstance(value, bool)
        if not any(isinstance(value, TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool) or is_number)
                   for kind in kinds):
            return [f"{where}: {value!r} is no {' or '.join(kinds)}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{where}: {value!r} is none of {schema['enum']}"]
    if "const" in schema and value != schema["const"]:
        return [f"{where}: {value!r} is not {schema['const']!r}"]
    if isinstance(value, str) and "format" in schema and not re.fullmatch(FORMATS[schema["format"]], value):
        return [f"{where}: {value!r} is no {schema['format']}"]
    return []
