"""What ran in this run of ./test: a folder for each step, with the lines of support/record.py and the JSON reports of
GoogleTest."""
from __future__ import annotations

import json
import re
from pathlib import Path

from trace.sources import BY_BEGINNING


class Records:
    def __init__(self, folder: Path | None) -> None:
        self.ran: dict[str, dict[str, bool]] = {}
        for step in sorted(folder.iterdir()) if folder and folder.exists() else []:
            cases = self.ran.setdefault(step.name, {})
            for path in sorted(step.iterdir()):
                cases_of = google_test(path, step.name) if path.suffix == ".json" else lines(path)
                for name, passed in cases_of:
                    cases[name] = cases.get(name, True) and passed

    def missing(self, reference: str) -> str | None:
        """Why the test does not count; None when it passed, or when its step was not asked for."""
        kind = reference.split(":")[0].split("/")[0]
        name = reference.split(":", 1)[1].strip()
        step = name if kind == "step" else kind
        cases = self.ran.get(step)
        if cases is None:
            return None
        if kind in BY_BEGINNING:
            found = [passed for case, passed in cases.items() if case.startswith(name)]
        else:
            wanted = reference if kind in ("behaviour", "replay") else f"{kind}: {name}"
            found = [cases[wanted]] if wanted in cases else []
        if not found:
            return "it did not run"
        return None if all(found) else "it failed"


def lines(path: Path) -> list[tuple[str, bool]]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [(row["name"], row["passed"]) for row in rows]


def google_test(path: Path, step: str) -> list[tuple[str, bool]]:
    """`Engines/Store.Keeps/memory` counts for Store.Keeps."""
    result = []
    for suite in json.loads(path.read_text(encoding="utf-8"))["testsuites"]:
        for case in suite["testsuite"]:
            plain = [part for part in suite["name"].split("/") if not part.isdigit()][-1]
            name = re.sub(r"/.*", "", case["name"])
            result.append((f"{step}: {plain}.{name}", not case.get("failures") and case.get("result") == "COMPLETED"))
    return result
