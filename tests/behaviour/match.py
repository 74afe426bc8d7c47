"""Does an answer match what a script expects? Placeholders are texts in angle brackets; see README.md."""
from __future__ import annotations

import json
import re
from typing import Any

TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
ABSENT = "<absent>"


def short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else text[:200] + "..."


def mismatch(expected: Any, found: Any, path: str = "") -> str | None:
    """None when `found` matches; else a sentence that says where it does not."""
    at = path or "the body"
    if isinstance(expected, str) and expected.startswith("<") and expected.endswith(">"):
        return placeholder(expected[1:-1], found, at)
    if isinstance(expected, dict):
        return object_mismatch(expected, found, path)
    if isinstance(expected, list):
        return list_mismatch(expected, found, path)
    if type(expected) is not type(found) and not (
            isinstance(expected, (int, float)) and isinstance(found, (int, float))
            and not isinstance(expected, bool) and not isinstance(found, bool)):
        return f"{at} is {short(found)}, expected {short(expected)}"
    return None if expected == found else f"{at} is {short(found)}, expected {short(expected)}"


def object_mismatch(expected: dict[str, Any], found: Any, path: str) -> str | None:
    if not isinstance(found, dict):
        return f"{path or 'the body'} is {short(found)}, expected an object"
    only = expected.get("<only>")
    for name, value in expected.items():
        if name == "<only>":
            continue
        where = f"{path}.{name}" if path else name
        if value == ABSENT:
            if name in found:
                return f"{where} is there ({short(found[name])}) and should be absent"
        elif name not in found:
            return f"{where} is missing; there is {', '.join(found)}"
        elif why := mismatch(value, found[name], where):
            return why
    if only:
        more = [name for name in found if name not in expected]
        if more:
            return f"{path or 'the body'} has more than expected: {', '.join(more)}"
    return None


def list_mismatch(expected: list[Any], found: Any, path: str) -> str | None:
    at = path or "the body"
    if not isinstance(found, list):
        return f"{at} is {short(found)}, expected a list"
    mode = expected[0] if expected and expected[0] in ("<unordered>", "<contains>", "<none>", "<each>") else None
    wanted = expected[1:] if mode else expected
    if mode == "<each>":
        for index, value in enumerate(found):
            if why := mismatch(wanted[0], value, f"{path}[{index}]"):
                return why
        return None
    if mode == "<none>":
        for value in found:
            for one in wanted:
                if mismatch(one, value) is None:
                    return f"{at} has an element {short(value)} that should not be there"
        return None
    if mode is None:
        if len(found) != len(wanted):
            return f"{at} has {len(found)} elements, expected {len(wanted)}: {short(found)}"
        for index, (one, value) in enumerate(zip(wanted, found)):
            if why := mismatch(one, value, f"{path}[{index}]"):
                return why
        return None
    rest = list(found)
    for one in wanted:
        for value in rest:
            if mismatch(one, value) is None:
                rest.remove(value)
                break
        else:
            return f"{at} has no element like {short(one)}: {short(found)}"
    if mode == "<unordered>" and rest:
        return f"{at} has an element that is not expected: {short(rest[0])}"
    return None


def placeholder(text: str, found: Any, at: str) -> str | None:
    name, _, argument = text.partition(":")
    ok: bool
    if name == "any":
        ok = True
    elif name == "text":
        ok = isinstance(found, str) and found != ""
    elif name == "int":
        ok = isinstance(found, int) and not isinstance(found, bool)
    elif name == "decimal":
        ok = isinstance(found, float)                # the text had a point or an exponent
    elif name == "bool":
        ok = isinstance(found, bool)
    elif name == "list":
        ok = isinstance(found, list)
    elif name == "time":
        ok = isinstance(found, str) and TIME.match(found) is not None
    elif name == "re":
        ok = isinstance(found, str) and re.search(argument, found) is not None
    elif name == "has":
        ok = isinstance(found, str) and argument.lower() in found.lower()
    elif name == "not":
        ok = found != argument
    elif name == "gt":
        ok = isinstance(found, str) and found > argument
    elif name == "min":
        ok = isinstance(found, (int, float)) and found >= float(argument)
    elif name == "max":
        ok = isinstance(found, (int, float)) and found <= float(argument)
    elif name == "len":
        ok = isinstance(found, (list, str)) and len(found) == int(argument)
    else:
        return f"{at}: <{text}> is no placeholder"
    return None if ok else f"{at} is {short(found)}, expected <{text}>"


def header_mismatch(name: str, expected: str, found: str | None) -> str | None:
    if expected == ABSENT:
        return None if found is None else f"header {name} is there ({found}) and should be absent"
    if found is None:
        return f"header {name} is missing"
    if expected.startswith("/") and expected.endswith("/") and len(expected) > 1:
        return None if re.search(expected[1:-1], found) else f"header {name} is {found!r}, expected {expected}"
    if expected.startswith("<") and expected.endswith(">"):
        return placeholder(expected[1:-1], found, f"header {name}")
    return None if expected == found else f"header {name} is {found!r}, expected {expected!r}"
