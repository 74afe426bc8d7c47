#!/usr/bin/env python3
"""TestResource: a resource type with an attribute for every combination of characteristics that RFC 7643 allows.

  test_resource.py FILE     writes the documents, ready for `rollcall schema load FILE --tenant SLUG`

Its schema has type x mutability x returned x uniqueness x caseExact as single attributes, type x mutability x returned
as lists, and one complex attribute and one list of complex values whose parts are all of that again. Left out is what
the standard rules out: a writeOnly attribute is never returned; numbers and dates have no letter case; booleans,
binaries, dates and complex values have no uniqueness; references and binaries are always case exact (sections 2.3, 7).
"""
from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Schema"
RESOURCE_TYPE = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
URI = "urn:ietf:params:scim:schemas:test:2.0:TestResource"
EXTENSION = "urn:ietf:params:scim:schemas:extension:test:2.0:TestResource"

SIMPLE = ("string", "boolean", "decimal", "integer", "dateTime", "binary", "reference")
MUTABILITIES = ("readOnly", "readWrite", "immutable", "writeOnly")
RETURNED = ("always", "default", "request", "never")
UNIQUE = {"string", "decimal", "integer", "reference"}


def words(*parts: str) -> str:
    """("string", "readWrite") as stringReadWrite."""
    return parts[0] + "".join(part[0].upper() + part[1:] for part in parts[1:])


def pairs() -> Iterator[tuple[str, str]]:
    for mutability in MUTABILITIES:
        for returned in RETURNED:
            if mutability != "writeOnly" or returned == "never":
                yield mutability, returned


def attribute(name: str, kind: str, **more: Any) -> dict[str, Any]:
    made = {"name": name, "type": kind, "multiValued": False, "description": f"Test: {name}.", "required": False,
            **more}
    if kind == "reference":
        made.setdefault("referenceTypes", ["external"])
    return made


def singles() -> Iterator[dict[str, Any]]:
    for kind in SIMPLE:
        for mutability, returned in pairs():
            for uniqueness in ("none", "server", "global") if kind in UNIQUE else ("none",):
                for case in (False, True) if kind == "string" else (kind in ("reference", "binary"),):
                    name = words(kind, mutability, returned, *([uniqueness] if kind in UNIQUE else []),
                                 *(["exact" if case else "folded"] if kind == "string" else []))
                    more: dict[str, Any] = {"mutability": mutability, "returned": returned, "caseExact": case}
                    if kind in UNIQUE:
                        more["uniqueness"] = uniqueness
                    yield attribute(name, kind, **more)


def parts() -> list[dict[str, Any]]:
    return [attribute(words(kind, mutability, returned), kind, mutability=mutability, returned=returned)
            for kind in SIMPLE for mutability, returned in pairs()]


def complexes() -> Iterator[dict[str, Any]]:
    plain = [attribute("value", "string"), attribute("number", "integer")]
    for mutability, returned in pairs():
        inherited = {"mutability": mutability, "returned": returned}
        # Asking for an attribute is not asking for its parts that are shown on request only.
        inner = [{**part, "mutability": mutability, "returned": "never" if returned == "never" else "default"}
                 for part in plain]
        yield attribute(words("complex", mutability, returned), "complex", subAttributes=inner, **inherited)
        yield attribute(words("complexes", mutability, returned), "complex", subAttributes=inner,
                        **{**inherited, "multiValued": True})
    yield attribute("parts", "complex", subAttributes=parts())
    yield attribute("lists", "complex", multiValued=True, subAttributes=[
        *parts(), attribute("value", "string"), attribute("primary", "boolean"),
        attribute("type", "string", canonicalValues=["work", "home"])])


def lists() -> Iterator[dict[str, Any]]:
    for kind in SIMPLE:
        for mutability, returned in pairs():
            yield attribute(words("listOf", kind, mutability, returned), kind, multiValued=True,
                            mutability=mutability, returned=returned, caseExact=kind in ("reference", "binary"))


def documents() -> list[dict[str, Any]]:
    main = [attribute("name", "string", required=True, uniqueness="server"),
            attribute("kind", "string", canonicalValues=["large", "small"], caseExact=True),
            attribute("found", "string", **{"x-index": True}), attribute("size", "integer", **{"x-index": True}),
            *singles(), *lists(), *complexes()]
    more = [attribute("label", "string", required=True),
            *(attribute(words(kind, mutability, "default"), kind, mutability=mutability)
              for kind in SIMPLE for mutability in MUTABILITIES[:3])]
    return [
        {"schemas": [SCHEMA], "id": URI, "name": "TestResource", "description": "For tests.", "attributes": main},
        {"schemas": [SCHEMA], "id": EXTENSION, "name": "TestResourceExtension", "description": "For tests.",
         "attributes": more},
        {"schemas": [RESOURCE_TYPE], "id": "TestResource", "name": "TestResource", "endpoint": "/TestResources",
         "description": "For tests.", "schema": URI, "schemaExtensions": [{"schema": EXTENSION, "required": True}]},
    ]


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(documents(), indent=1), encoding="utf-8")
