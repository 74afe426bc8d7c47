"""What one test of the command line has: a folder of its own, and sentences about what should be."""
from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from support import program
from support.outcome import Outcome

CRASH = re.compile(r"terminate called|Assertion|core dumped|what\(\):|Segmentation")


class Check:
    def __init__(self, name: str, outcome: Outcome) -> None:
        self.name = name
        self.outcome = outcome
        self.folder = Path(tempfile.mkdtemp(prefix="rollcall-program-"))

    def __enter__(self) -> "Check":
        return self

    def __exit__(self, *_: Any) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def store(self, name: str = "rollcall.db") -> str:
        return f"sqlite:{self.folder / name}"

    def that(self, what: str, holds: bool, found: str = "") -> bool:
        return self.outcome.check(f"{self.name}: {what}", bool(holds), found or "it does not",
                                  f"program: {self.name}")

    def run(self, *arguments: str, code: int | tuple[int, ...] | None = 0, says: str = "", says_not: str = "",
            **more: Any) -> subprocess.CompletedProcess[str]:
        """Runs the program and checks exit code and text. Failures must say a sentence, on standard error."""
        result = program.run(*arguments, **more)
        text = result.stdout + result.stderr
        shown = "rollcall " + " ".join(arguments)
        codes = (code,) if isinstance(code, int) else code
        if codes is not None:
            self.that(f"{shown}: exit {code}", result.returncode in codes, f"exit {result.returncode}: {text[-600:]}")
        if says:
            self.that(f"{shown}: says {says}", re.search(says, text, re.I) is not None, text[-600:])
        if says_not:
            self.that(f"{shown}: does not say {says_not}", re.search(says_not, text, re.I) is None, text[-600:])
        if codes is not None and 0 not in codes:
            self.that(f"{shown}: a sentence on standard error", len(result.stderr.split()) >= 3, repr(result.stderr))
        self.that(f"{shown}: no crash", result.returncode >= 0 and not CRASH.search(result.stderr), text[-600:])
        return result
