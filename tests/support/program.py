"""The program under test as a command line.

The path comes from ROLLCALL_BINARY, or is build/release/rollcall of this checkout.
"""
from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def binary() -> str:
    path = os.environ.get("ROLLCALL_BINARY") or str(ROOT / "build" / "release" / "rollcall")
    if not os.access(path, os.X_OK):
        raise SystemExit(f"There is no program at {path}: build it first (ninja -C build/release rollcall), "
                         "or name another one in ROLLCALL_BINARY.")
    return path


def run(*arguments: str, timeout: float = 60, environment: dict[str, str] | None = None,
        typed: str | None = None, **more: Any) -> subprocess.CompletedProcess[str]:
    """Runs one command to its end, with `typed` as standard input; never raises because of its exit code."""
    source: dict[str, Any] = {"stdin": subprocess.DEVNULL} if typed is None else {"input": typed}
    return subprocess.run([binary(), *arguments], capture_output=True, text=True, timeout=timeout,
                          env={**os.environ, **(environment or {})}, check=False, **source, **more)


class CommandFailed(Exception):
    pass


def run_json(*arguments: str, typed: str | None = None) -> dict[str, Any]:
    """Runs a command that must succeed and print one JSON document."""
    result = run(*arguments, typed=typed)
    if result.returncode != 0:
        raise CommandFailed(f"rollcall {' '.join(arguments)}: exit {result.returncode}: "
                            f"{(result.stderr or result.stdout).strip()}")
    try:
        return json.loads(result.stdout)
    except ValueError as error:
        raise CommandFailed(f"rollcall {' '.join(arguments)}: no JSON on standard output: "
                            f"{result.stdout[:200]!r}") from error
