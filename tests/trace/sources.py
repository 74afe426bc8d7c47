"""Which tests there are, read from their sources: nothing has to be built or run."""
from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

from behaviour.script import read_script

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
GOOGLE_TEST = re.compile(r"^(?:TYPED_)?TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\s*\)", re.M)
PROGRAM_TEST = re.compile(r"^def test_(\w+)", re.M)
# Kinds whose cases are named in Python, some of them with parts that are known only when they run. A trace names such a
# case by the beginning of its name; the words of it must stand in a source of the folder.
BY_BEGINNING = {"edge": "edge", "isolation": "isolation", "crash": "crash", "crash-stops": "crash",
                "crash-canary": "crash", "conformance": "conformance", "must-not-compile": "must_not_compile",
                "invalid": "invalid", "characteristics": "characteristics", "races": "races",
                "races-canary": "races", "admin": "admin", "postgres-moving": "postgres"}
STEPS = ("tidy", "layers", "docs", "hardening", "fuzz-corpus")


class Sources:
    def missing(self, reference: str, requirement: str) -> str | None:
        """Why the test does not count for the requirement; None when it is there."""
        kind, found, name = reference.partition(": " if "/" in reference.split(":")[0] else ":")
        if kind.startswith("behaviour/"):
            return behaviour(kind.removeprefix("behaviour/"), name, requirement)
        name = name.strip()
        if kind.startswith("replay/"):
            return replay(kind.removeprefix("replay/"), name)
        if not found or not name:
            return "not a reference as README.md describes it"
        if kind in BY_BEGINNING:
            return by_beginning(BY_BEGINNING[kind], name)
        known = {"unit": unit_tests, "postgres-store": unit_tests, "program": program_tests, "filters": filters,
                 "step": lambda: set(STEPS)}
        if kind not in known:
            return f"there is no kind of test '{kind}'"
        return None if name in known[kind]() else "there is no such test"


@cache
def scripts() -> dict[str, dict[str, set[str]]]:
    """By file and heading, the ids of the case."""
    result: dict[str, dict[str, set[str]]] = {}
    for path in (TESTS / "behaviour").glob("*.http"):
        cases = result.setdefault(path.name, {})
        for step in read_script(path).steps:
            if step.heading:
                cases.setdefault(step.heading, set()).update(step.ids)
    return result


def behaviour(file: str, heading: str, requirement: str) -> str | None:
    if file not in scripts():
        return "there is no such file"
    ids = scripts()[file].get(heading)
    if ids is None:
        return "the file has no such case"
    return None if requirement in ids else "the case does not carry the id"


@cache
def conversations() -> dict[str, set[str]]:
    return {path.name: {json.loads(line)["step"] for line in path.read_text(encoding="utf-8").splitlines() if line}
            for path in (TESTS / "replay" / "data").glob("*.jsonl")}


def replay(file: str, step: str) -> str | None:
    if file not in conversations():
        return "there is no such file"
    return None if step in conversations()[file] else "the file has no such step"


@cache
def unit_tests() -> set[str]:
    files = [*(ROOT / "src").rglob("*_test.cpp"), *TESTS.rglob("*_test.cpp")]
    return {f"{suite}.{case}" for path in files
            for suite, case in GOOGLE_TEST.findall(path.read_text(encoding="utf-8"))}


@cache
def program_tests() -> set[str]:
    return {f"{path.stem}.{name}" for path in (TESTS / "program").glob("*.py")
            for name in PROGRAM_TEST.findall(path.read_text(encoding="utf-8"))}


@cache
def filters() -> set[str]:
    table = json.loads((TESTS / "filter-cases.json").read_text(encoding="utf-8"))
    return {case["filter"] for case in table["cases"]}


@cache
def text_of(folder: str) -> str:
    files = [path for path in sorted((TESTS / folder).rglob("*")) if path.suffix in (".py", ".cpp", ".txt")]
    return "\n".join([path.stem for path in files] + [path.read_text(encoding="utf-8") for path in files])


def by_beginning(folder: str, name: str) -> str | None:
    """Names may be put together at run time ("framing " and a row of a table), so each word is looked for by itself."""
    text = text_of(folder)
    strange = [word for word in name.split() if word not in text]
    return f"no source of this step has the word '{strange[0]}'" if strange else None
