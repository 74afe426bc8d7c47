"""What the programs that write pages have in common."""
from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path


def write(page: Path, wanted: Callable[[str], str], disagreement: str, usage: str | None) -> None:
    """Writes what `wanted` makes of the page as it is ("" when there is none). With --check it writes nothing, and says
    `disagreement` when that would be another text."""
    text = page.read_text(encoding="utf-8") if page.exists() else ""
    if sys.argv[1:] == ["--check"]:
        if text != wanted(text):
            sys.exit(disagreement)
        return
    if sys.argv[1:]:
        sys.exit(usage)
    page.write_text(wanted(text), encoding="utf-8")
