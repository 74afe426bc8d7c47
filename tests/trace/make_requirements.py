#!/usr/bin/env python3
"""Writes requirements.json from the checklist of requirements, a Markdown file with a section for each area.

  make_requirements.py CHECKLIST.md
"""
from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parent / "requirements.json"
AREA = r"[SP]-[A-Z0-9]+|C-CUR|I-OKTA|I-ENTRA|I-PROF|X-ROLE"
HEADING = re.compile(rf"^### ({AREA}): (.*)$")
ROW = re.compile(rf"^\| ({AREA})-(\d+) \| (.*) \|$")


def requirements(checklist: Path) -> dict[str, dict[str, Any]]:
    """By area, in the order of the checklist. A row is: id, requirement, section, level, hint."""
    areas: dict[str, dict[str, Any]] = {}
    for line in checklist.read_text(encoding="utf-8").splitlines():
        if heading := HEADING.match(line):
            areas[heading[1]] = {"title": heading[2], "requirements": []}
        elif row := ROW.match(line):
            cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", row[3])]
            areas[row[1]]["requirements"].append(
                {"id": f"{row[1]}-{row[2]}", "level": cells[2], "section": cells[1], "text": cells[0]})
    return areas


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    areas = []
    for area, content in requirements(Path(sys.argv[1])).items():
        rows = ",\n".join("    " + json.dumps(row, ensure_ascii=False) for row in content["requirements"])
        title = json.dumps(content["title"], ensure_ascii=False)
        areas.append(f'  {json.dumps(area)}: {{"title": {title}, "requirements": [\n{rows}\n  ]}}')
    PAGE.write_text("{\n" + ",\n".join(areas) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
