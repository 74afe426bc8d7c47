"""The small JSON path language and the comparison operators of replay files (README.md)."""
from __future__ import annotations

import json
import re
from typing import Any

SEGMENT = re.compile(r"""
    \.(?P<name>[A-Za-z_$][\w$-]*)            # .name
  | \['(?P<quoted>[^']+)'\]                   # ['any.name']
  | \[(?P<index>\d+)\]                        # [0]
  | \[(?P<all>\*)\]                           # [*]
  | \[\?\(@\.(?P<member>\w+)=="(?P<value>[^"]*)"\)\]   # [?(@.type=="work")]
""", re.X)
OPERATORS = ("==", "!=", ">=", "exists", "absent", "nullish", "nonempty", "type", "type-each", "len", "contains",
             "set==", "disjoint")
KINDS: dict[str, type | tuple[type, ...]] = {
    "string": str, "boolean": bool, "integer": int, "number": (int, float), "array": list, "object": dict}


class Found:
    """What a path selects: `values`, and whether the path may select several (then they form a list)."""

    def __init__(self, values: list[Any], several: bool) -> None:
        self.values = values
        self.several = several

    @property
    def value(self) -> Any:
        if self.several:
            return self.values
        return self.values[0] if self.values else None


def select(document: Any, path: str) -> Found:
    if not path.startswith("$"):
        raise ValueError(f"a path starts with $: {path}")
    current, several, position = [document], False, 1
    while position < len(path):
        match = SEGMENT.match(path, position)
        if match is None:
            raise ValueError(f"not a path: {path}")
        position = match.end()
        several = several or match["all"] is not None or match["member"] is not None
        current = [inner for value in current for inner in step(value, match)]
    return Found(current, several)


def step(value: Any, match: re.Match[str]) -> list[Any]:
    name = match["name"] or match["quoted"]
    if name is not None:
        return [value[name]] if isinstance(value, dict) and name in value else []
    if not isinstance(value, list):
        return []
    if match["index"] is not None:
        return value[int(match["index"]):int(match["index"]) + 1]
    if match["all"] is not None:
        return list(value)
    return [one for one in value if isinstance(one, dict) and one.get(match["member"]) == match["value"]]


def equal(left: Any, right: Any) -> bool:
    """Equality of JSON: true is not 1, and not "true"."""
    return isinstance(left, bool) == isinstance(right, bool) and left == right


def is_kind(value: Any, kind: str) -> bool:
    return isinstance(value, KINDS[kind]) and (kind == "boolean" or not isinstance(value, bool))


def canonical(values: list[Any]) -> list[str]:
    return sorted(json.dumps(value, sort_keys=True) for value in values)


def holds(document: Any, path: str, operator: str, wanted: Any) -> bool:
    found = select(document, path)
    value, there = found.value, bool(found.values)
    empty = value is None or value == "" or value == [] or value == {}
    if operator == "exists":
        return there
    if operator == "absent":
        return not there
    if operator == "nullish":
        return not there or empty
    if operator == "nonempty":
        return there and not empty
    if operator == "len":
        return (len(value) if isinstance(value, list) else 0) == wanted
    if operator == "set==":
        return found.several and canonical(found.values) == canonical(wanted)
    if operator == "disjoint":
        return not set(canonical(found.values)) & set(canonical(wanted))
    if operator == "type-each":
        return all(is_kind(one, wanted) for one in found.values)
    if operator == "contains":
        if isinstance(value, str):
            return isinstance(wanted, str) and wanted in value
        return isinstance(value, list) and any(equal(one, wanted) for one in value)
    if not there and not found.several:
        return False
    if operator == "==":
        return equal(value, wanted)
    if operator == "!=":
        return not equal(value, wanted)
    if operator == ">=":
        return is_kind(value, "number") and value >= wanted
    if operator == "type":
        return is_kind(value, wanted)
    raise ValueError(f"unknown operator {operator}")
