"""Counting and reporting, the same for every runner: the last line is `N passed, N failed`."""
from __future__ import annotations

import sys
import time


class Outcome:
    def __init__(self, verbose: bool = False) -> None:
        self.passed = 0
        self.failures: list[tuple[str, str]] = []
        self.verbose = verbose
        self._started = time.monotonic()

    def ok(self, name: str) -> None:
        self.passed += 1
        if self.verbose:
            print(f"ok    {name}", flush=True)

    def fail(self, name: str, why: str) -> None:
        self.failures.append((name, why))
        print(f"FAIL  {name}\n      " + why.replace("\n", "\n      "), flush=True)

    def check(self, name: str, condition: bool, why: str) -> bool:
        if condition:
            self.ok(name)
        else:
            self.fail(name, why)
        return condition

    def finish(self) -> None:
        """Prints the summary and ends the process."""
        print(f"{time.monotonic() - self._started:.1f} s")
        print(f"{self.passed} passed, {len(self.failures)} failed", flush=True)
        sys.exit(1 if self.failures else 0)
