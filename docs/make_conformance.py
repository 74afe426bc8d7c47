#!/usr/bin/env python3
"""Writes docs/conformance.md from tests/trace, docs/readings.md and src/scim/tolerances.cpp.

  docs/make_conformance.py            writes the page
  docs/make_conformance.py --check    writes nothing; exit code 1 when the page does not agree with its sources
"""
from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import generated
from make_tolerances import cell as plain_cell
from make_tolerances import read_rows

ROOT = Path(__file__).resolve().parents[1]
TRACE = ROOT / "tests" / "trace"
READINGS = ROOT / "docs" / "readings.md"
PAGE = ROOT / "docs" / "conformance.md"

INTRODUCTION = """\
# Conformance

<!-- Written by docs/make_conformance.py from tests/trace, docs/readings.md and src/scim/tolerances.cpp. -->

Rollcall implements SCIM 2.0: RFC 7643 (schema), RFC 7644 (protocol), RFC 9865 (cursors), and what identity providers
need beyond them. This page lists every requirement with its section, what does not apply and why, how unclear places
are read, and which deviations of clients are tolerated.

Each requirement has a number. `tests/trace` names the tests that prove it, and `./test` fails when one of them is
missing, did not run or failed; `tests/trace/check.py --show P-PATCH` prints them for an area. `MUST`, `SHOULD` and
`MAY` are the words of the standard; *(reading)* marks what the standard leaves open, *(interop)* what clients need.
"""


def cell(text: str) -> str:
    """Nothing but the bar of the table has a meaning inside of code."""
    parts = text.split("`")
    return "`".join(part.replace("|", "\\|") if index % 2 else plain_cell(part) for index, part in enumerate(parts))


def areas() -> dict[str, dict[str, Any]]:
    return json.loads((TRACE / "requirements.json").read_text(encoding="utf-8"))


def reasons(area: str) -> dict[str, str]:
    """Why a requirement of the area does not apply."""
    page = TRACE / f"{area}.json"
    entries = json.loads(page.read_text(encoding="utf-8")) if page.exists() else {}
    return {one: entry["reason"] for one, entry in entries.items() if "reason" in entry}


def overview() -> list[str]:
    lines = ["", "## Areas", "", "| Area | Title | MUST | SHOULD | MAY | Of them not applicable |",
             "|---|---|---:|---:|---:|---:|"]
    for area, content in areas().items():
        levels = [row["level"] for row in content["requirements"]]
        counts = " | ".join(str(levels.count(level)) for level in ("MUST", "SHOULD", "MAY"))
        lines.append(f"| [{area}](#{anchor(area, content)}) | {cell(content['title'])} | {counts} "
                     f"| {len(reasons(area)) or ''} |")
    return lines


def anchor(area: str, content: dict[str, Any]) -> str:
    title = re.sub(r"[^\w\s-]", "", f"{area}: {content['title']}".lower())
    return title.replace(" ", "-")


def requirements(area: str, content: dict[str, Any]) -> list[str]:
    lines = ["", f"### {area}: {content['title']}", "", "| No. | Requirement | Section | Level |", "|---|---|---|---|"]
    why = reasons(area)
    for row in content["requirements"]:
        text = cell(row["text"])
        if row["id"] in why:
            text += f" **Does not apply:** {cell(why[row['id']])}"
        lines.append(f"| {row['id']} | {text} | {cell(row['section'])} | {row['level']} |")
    return lines


def readings() -> list[str]:
    rows = [line for line in READINGS.read_text(encoding="utf-8").splitlines() if line.startswith("| AMB-")]
    return ["", "## Readings", "", "Unclear places of the standards; [readings.md](readings.md) is the source.", "",
            "| No. | Question | Reading |", "|---|---|---|", *rows]


def tolerances() -> list[str]:
    lines = ["", "## Tolerances", "",
             "What clients send beside the standard; [tolerances.md](tolerances.md) says who does, and why it is safe.",
             "", "| Name | What is done | In strict mode |", "|---|---|---|"]
    for row in read_rows():
        strict = "refused in every mode" if row.never else "refused" if row.strict_refuses else "taken too"
        lines.append(f"| `{row.name}` | {cell(row.accepted)} | {strict} |")
    return lines


def page() -> str:
    lines = INTRODUCTION.rstrip("\n").split("\n") + overview() + ["", "## Requirements"]
    for area, content in areas().items():
        lines += requirements(area, content)
    return "\n".join(lines + readings() + tolerances()) + "\n"


if __name__ == "__main__":
    generated.write(PAGE, lambda _: page(),
                    "docs/conformance.md does not agree with its sources; run docs/make_conformance.py.", __doc__)
