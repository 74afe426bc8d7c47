#!/usr/bin/env python3
"""Writes the table of limits in SECURITY.md from src/base/limits.h.

  docs/make_limits.py            writes the table
  docs/make_limits.py --check    writes nothing; exit code 1 when the table does not agree with the header
"""
from __future__ import annotations

import re
from pathlib import Path

import generated

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "base" / "limits.h"
PAGE = ROOT / "SECURITY.md"
BEGIN, END = "<!-- limits: written by docs/make_limits.py -->", "<!-- end of limits -->"

# "// --- group ---"; a line of comment, which is that of the members below it that have none; or a member that may go
# on over lines, with a comment behind it that may go on below.
ENTRY = re.compile(r"// --- (?P<group>.+?) ---|"
                   r"^    // (?P<above>(?!---)[^\n]+)|"
                   r"^    (?:size_t|int64_t|double|bool) (?P<name>\w+) =\s+(?P<value>[^;]+);"
                   r"(?P<comment>(?: {2,}//[^\n]*)?(?:\n {5,}//[^\n]*)*)", re.M)


def shown(expression: str) -> str:
    """`8 * 1024` as 8,192."""
    value = 1
    for factor in expression.replace("'", "").split("*"):
        value *= int(factor)
    return f"{value:,}"


def table() -> str:
    rows: list[list[str]] = []
    above = ""
    for entry in ENTRY.finditer(SOURCE.read_text(encoding="utf-8")):
        if entry["group"]:
            rows.append([f"**{entry['group']}**", "", ""])
            above = ""
        elif entry["above"]:
            above = entry["above"][0].lower() + entry["above"][1:].rstrip(".")
        else:
            comment = " ".join(part.strip() for part in re.findall(r"//([^\n]*)", entry["comment"]))
            rows.append([f"`{entry['name']}`", shown(entry["value"]), comment or above])
    lines = ["| Limit | Value | What happens beyond it, or why this value |", "|---|---:|---|"]
    lines += ["| " + " | ".join(part.replace("|", "\\|") for part in row) + " |" for row in rows]
    return "\n".join(lines)


def with_table(text: str) -> str:
    before, rest = text.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


if __name__ == "__main__":
    generated.write(PAGE, with_table,
                    "The limits in SECURITY.md do not agree with src/base/limits.h; run docs/make_limits.py.", __doc__)
