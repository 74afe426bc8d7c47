#!/usr/bin/env python3
"""Mistakes that the types make impossible: each file must compile as it is, and must not with MUST_NOT_COMPILE.

The second line of a file says which error is expected, as a regular expression: `// error: ...`.
"""
from __future__ import annotations

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.outcome import Outcome          # noqa: E402

FOLDER = Path(__file__).resolve().parent
COMPILE = ["g++", "-std=gnu++23", "-fsyntax-only", "-Wall", "-Wextra", "-Werror=unused-result",
           "-I", str(FOLDER.parents[1] / "src")]


def compiled(path: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMPILE, *flags, str(path)], capture_output=True, text=True, check=False,
                          env={"LC_ALL": "C", "PATH": "/usr/bin:/bin:/usr/local/bin"})


def judged(path: Path) -> str | None:
    expected = re.search(r"^// error: (.*)$", path.read_text(encoding="utf-8"), re.M)
    if not expected:
        return "the file does not say which error it expects"
    right = compiled(path)
    if right.returncode != 0:
        return "the right form does not compile:\n" + right.stderr[:1500]
    wrong = compiled(path, "-DMUST_NOT_COMPILE")
    if wrong.returncode == 0:
        return "the mistake compiles"
    if not re.search(expected[1], wrong.stderr):
        return f"refused for another reason than {expected[1]}:\n" + wrong.stderr[:1500]
    return None


def main() -> None:
    outcome = Outcome("-v" in sys.argv)
    files = sorted(FOLDER.glob("*.cpp"))
    with ThreadPoolExecutor(2) as pool:
        for path, why in zip(files, pool.map(judged, files)):
            outcome.check(path.stem, why is None, why or "")
    outcome.finish()


if __name__ == "__main__":
    main()
