#!/usr/bin/env python3
"""Writes the table of limits in SECURITY.md from src/base/limits.h.

  docs/make_limits.py            writes the table
  docs/make_limits.py --check    writes nothing; exit code 1 when the table does not agree with the header
"""
from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "base" / "limits.h"
PAGE = ROOT / "SECURITY.md"
BEGIN, END = "<!-- limits: written by docs/make_limits.py -->", "<!-- end of limits -->"

GROUP = re.compile(r"^\s*// --- (.+?) ---")
MEMBER = re.compile(r"^\s*(?:size_t|int64_t|double|bool) (\w+) = ([^;]+);(?:\s*// (.*))?$")
CONTINUED = re.compile(r"^\s{12,}// (.*)$")


def shown(expression: str) -> str:
    """`8 * 1024` as 8,192."""
    value = 1
    for factor in expression.replace("'", "").split("*"):
        value *= int(factor)
    return f"{value:,}"


def table() -> str:
    rows: list[list[str]] = []
    for line in SOURCE.read_text(encoding="utf-8").splitlines():
        if group := GROUP.match(line):
            rows.append([f"**{group.group(1)}**", "", ""])
        elif member := MEMBER.match(line):
            rows.append([f"`{member.group(1)}`", shown(member.group(2)), member.group(3) or ""])
        elif rows and (more := CONTINUED.match(line)):
            rows[-1][2] += " " + more.group(1)
    lines = ["| Limit | Value | What happens beyond it, or why this value |", "|---|---:|---|"]
    lines += ["| " + " | ".join(part.replace("|", "\\|") for part in row) + " |" for row in rows]
    return "\n".join(lines)


def main() -> None:
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    wanted = f"{before}{BEGIN}\n{table()}\n{END}{after}"
    if sys.argv[1:] == ["--check"]:
        if text != wanted:
            sys.exit("The limits in SECURITY.md do not agree with src/base/limits.h; run docs/make_limits.py.")
        return
    if sys.argv[1:]:
        sys.exit(__doc__)
    PAGE.write_text(wanted, encoding="utf-8")


if __name__ == "__main__":
    main()
