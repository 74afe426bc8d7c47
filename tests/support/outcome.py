"""Counting and reporting, the same for every runner: the last line is `N passed, N failed`."""
from __future__ import annotations

import sys
import time

from support.record import note


class Outcome:
    def __init__(self, verbose: bool = False) -> None:
        self.passed = 0
        self.failures: list[tuple[str, str]] = []
        self.verbose = verbose
        self._started = time.monotonic()

    def ok(self, name: str, reference: str = "") -> None:
        """`reference` is what tests/trace calls the case, where that differs from the name that is shown."""
        self.passed += 1
        note(reference or name, True)
        if self.verbose:
            print(f"ok    {name}", flush=True)

    def fail(self, name: str, why: str, reference: str = "") -> None:
        self.failures.append((name, why))
        note(reference or name, False)
        print(f"FAIL  {name}\n      " + why.replace("\n", "\n      "), flush=True)

    def check(self, name: str, condition: bool, why: str, reference: str = "") -> bool:
        if condition:
            self.ok(name, reference)
        else:
            self.fail(name, why, reference)
        return condition

    def finish(self) -> None:
        """Prints the summary and ends the process."""
        print(f"{time.monotonic() - self._started:.1f} s")
        print(f"{self.passed} passed, {len(self.failures)} failed", flush=True)
        sys.exit(1 if self.failures else 0)
