#!/usr/bin/env python3
"""Writes requirements.json from the checklist of requirements, a Markdown file with a table for each area.

  make_requirements.py CHECKLIST.md
"""
from __future__ import annotations

import json
import re
import sys
from pathlib import Path

PAGE = Path(__file__).resolve().parent / "requirements.json"
AREAS = re.compile(r"[SP]-[A-Z0-9]+|C-CUR|I-OKTA|I-ENTRA|I-PROF|X-ROLE")
ROW = re.compile(r"^\| ([A-Z]+-[A-Z0-9]+)-(\d+) \| (.*) \|$")


def requirements(checklist: Path) -> dict[str, list[dict[str, str]]]:
    """By area, in the order of the checklist. A row is: id, requirement, section, level, hint."""
    areas: dict[str, list[dict[str, str]]] = {}
    for line in checklist.read_text(encoding="utf-8").splitlines():
        row = ROW.match(line)
        if not row or not AREAS.fullmatch(row[1]):
            continue
        cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", row[3])]
        areas.setdefault(row[1], []).append(
            {"id": f"{row[1]}-{row[2]}", "level": cells[2], "section": cells[1], "text": cells[0]})
    return areas


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    lines = []
    for area, rows in requirements(Path(sys.argv[1])).items():
        body = ",\n".join("    " + json.dumps(row, ensure_ascii=False) for row in rows)
        lines.append(f"  {json.dumps(area)}: [\n{body}\n  ]")
    PAGE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
