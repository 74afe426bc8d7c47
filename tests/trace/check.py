#!/usr/bin/env python3
"""Is every requirement proven by a test that ran, or is there a reason why it does not apply?

  check.py                          the tests that are named exist
  check.py --records FOLDER         those of the steps that ran in this run also ran, and passed
  check.py --checklist FILE.md      requirements.json forgets nothing of the checklist, nor mission.json of the
                                    mission.md beside it
  check.py --show P-PATCH           what proves each requirement of an area

README.md describes the files.
"""
from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from trace.make_requirements import requirements      # noqa: E402
from trace.records import Records                     # noqa: E402
from trace.sources import Sources                     # noqa: E402

FOLDER = Path(__file__).resolve().parent
# Areas whose file is still being written: what is missing in them is counted, and no fault yet.
OPEN_AREAS: tuple[str, ...] = ()
PROMISED = re.compile(r"(?:MOB|MOD|PLU|STD)-\d+")
PROMISE = re.compile(r"^\| ((?:MOB|MOD|PLU|STD)-\d+) \|", re.MULTILINE)
# Promises that are proven by programs of their own: load, crashes, validators of others.
WITHOUT_SCRIPT = {"STD-17"}
# Promises about pages of a console that does not exist yet.
LATER = {"STD-15", "STD-16", "STD-18"}


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """JSON keeps the last of two equal names; here that would hide an entry."""
    names = [name for name, _ in pairs]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"{', '.join(sorted(twice))}: written twice")
    return dict(pairs)


class Trace:
    def __init__(self, sources: Sources, records: Records) -> None:
        self.sources = sources
        self.records = records
        self.pages: dict[str, dict[str, Any]] = {
            page: json.loads((FOLDER / page).read_text(encoding="utf-8"))
            for page in ("requirements.json", "mission.json", "threats.json")}
        self.required: dict[str, list[dict[str, str]]] = {
            area: content["requirements"] for page in self.pages.values() for area, content in page.items()}
        self.problems: list[str] = []
        self.counts: list[tuple[int, int, int]] = []        # of each area: proven, reasoned, all

    def check_area(self, area: str) -> None:
        page = FOLDER / f"{area}.json"
        ids = [row["id"] for row in self.required[area]]
        if not page.exists() and area not in OPEN_AREAS:
            self.problems.append(f"{page.name} is missing")
        try:
            text = page.read_text(encoding="utf-8") if page.exists() else "{}"
            entries = json.loads(text, object_pairs_hook=once)
        except ValueError as error:
            self.problems.append(f"{page.name}: {error}")
            return
        self.problems += [f"{page.name}: {one} is no requirement of this area" for one in entries if one not in ids]
        tested = reasoned = 0
        for one in ids:
            if area in OPEN_AREAS and one not in entries:
                continue
            found = self.faults(one, entries.get(one))
            self.problems += [f"{one}: {fault}" for fault in found]
            if not found:
                tested += "tests" in entries[one]
                reasoned += "reason" in entries[one]
        self.counts.append((tested, reasoned, len(ids)))
        self.print_row(area, *self.counts[-1])

    @staticmethod
    def print_row(name: str, tested: int, reasoned: int, total: int) -> None:
        print(f"{name:10} {tested:6} {reasoned:9} {total:9} {total - tested - reasoned:9}")

    def faults(self, one: str, entry: Any) -> list[str]:
        if entry is None:
            return ["neither a test nor a reason is written down"]
        if not isinstance(entry, dict) or len(entry) != 1:
            return ['the entry is neither {"tests": [...]} nor {"reason": "..."}']
        if "reason" in entry:
            reason = entry["reason"]
            good = isinstance(reason, str) and len(reason.split()) >= 4
            return [] if good else ["the reason is no sentence"]
        tests = entry.get("tests")
        if not isinstance(tests, list) or not tests or len(set(tests)) != len(tests):
            return ["the list of tests is empty, or names one twice"]
        found = [f"{test}: {why}" for test in tests
                 if (why := self.sources.missing(test, one) or self.records.missing(test))]
        return found + self.without_script(one, tests)

    @staticmethod
    def without_script(one: str, tests: list[str]) -> list[str]:
        """Each promise of the mission has a behaviour script of its own, named after it."""
        if not PROMISED.fullmatch(one) or one in WITHOUT_SCRIPT:
            return []
        own = f"behaviour/{one.lower()}-"
        return [] if any(test.startswith(own) for test in tests) else [f"no test is of a script {own}*.http"]

    def compare(self, checklist: Path) -> None:
        """Our copies of the requirements agree with the checklist, and with the mission that lies beside it."""
        areas = requirements(checklist).values()
        self.compare_page("requirements.json", {row["id"] for area in areas for row in area["requirements"]})
        mission = checklist.with_name("mission.md").read_text(encoding="utf-8")
        self.compare_page("mission.json", set(PROMISE.findall(mission)) - LATER)

    def compare_page(self, page: str, wanted: set[str]) -> None:
        here = {row["id"] for content in self.pages[page].values() for row in content["requirements"]}
        self.problems += [f"{one}: forgotten in {page}" for one in sorted(wanted - here)]
        self.problems += [f"{one}: in {page}, not in the checklist" for one in sorted(here - wanted)]

    def show(self, area: str) -> None:
        page = FOLDER / f"{area}.json"
        entries = json.loads(page.read_text(encoding="utf-8")) if page.exists() else {}
        for row in self.required[area]:
            print(f"{row['id']} ({row['level']}, {row['section']}) {row['text']}")
            entry = entries.get(row["id"], {})
            for line in entry.get("tests", [entry.get("reason", "nothing is written down")]):
                print(f"    {line}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=Path)
    parser.add_argument("--checklist", type=Path)
    parser.add_argument("--show", metavar="AREA")
    arguments = parser.parse_args()
    trace = Trace(Sources(), Records(arguments.records))
    if arguments.show:
        trace.show(arguments.show)
        return
    print(f"{'area':10} {'proven':>6} {'reasoned':>9} {'total':>9} {'missing':>9}")
    for area in trace.required:
        trace.check_area(area)
    if arguments.checklist:
        trace.compare(arguments.checklist)
    proven, reasoned, total = (sum(column) for column in zip(*trace.counts))
    trace.print_row("all", proven, reasoned, total)
    for problem in trace.problems:
        print(f"FAIL  {problem}")
    print(f"{proven + reasoned} passed, {len(trace.problems)} failed")
    sys.exit(1 if trace.problems else 0)


if __name__ == "__main__":
    main()
