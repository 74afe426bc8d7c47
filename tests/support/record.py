"""What ran, and whether it passed: `./test` names a file in ROLLCALL_TEST_RECORD, and every runner adds a line to it
for each case. `tests/trace/check.py` reads them."""
from __future__ import annotations

import json
import os


def note(name: str, passed: bool) -> None:
    path = os.environ.get("ROLLCALL_TEST_RECORD")
    if path:
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps({"name": name, "passed": passed}, ensure_ascii=False) + "\n")
