#!/usr/bin/env python3
"""Every policy value of the table in src/model/policy.cpp is explained in operations.md."""
from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    table = (ROOT / "src" / "model" / "policy.cpp").read_text(encoding="utf-8")
    values = re.findall(r'^    \{"(\w+)",', table, re.MULTILINE)
    rows = [line for line in (ROOT / "docs" / "operations.md").read_text(encoding="utf-8").splitlines()
            if line.startswith("| `")]
    explained = {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    missing = [name for name in values if name not in explained]
    for name in missing:
        print(f"FAIL  operations.md does not explain the policy value {name}")
    print(f"{len(values) - len(missing)} policy values explained")
    sys.exit(1 if missing or len(values) < 40 else 0)


if __name__ == "__main__":
    main()
