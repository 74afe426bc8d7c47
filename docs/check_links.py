#!/usr/bin/env python3
"""Checks the documents of the repository; exit code 1 when something is wrong.

  - relative links and images point at files that exist, and anchors at headings that exist
  - commands in code blocks that begin with "$ rollcall", "$ ./rollcall" or "$ build/.../rollcall" name commands and
    flags that the program has; it is asked with --help. Its path comes from ROLLCALL_BINARY, or is
    build/release/rollcall; without a program this part is left out
"""
from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FENCE = re.compile(r"^\s*(```|~~~)")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`[^`]*`")
LEFT_OUT = ("build", "data", ".git")


def documents() -> list[Path]:
    found = set(ROOT.glob("*.md"))
    for folder in ROOT.iterdir():
        if folder.is_dir() and folder.name not in LEFT_OUT:
            found |= set(folder.rglob("*.md"))
    return sorted(found)


def anchor_of(heading: str) -> str:
    text = re.sub(r"[`*]", "", heading.strip()).lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


@lru_cache
def anchors(path: Path) -> frozenset[str]:
    found: set[str] = set()
    in_code = False
    for line in path.read_text(encoding="utf-8").splitlines():
        if FENCE.match(line):
            in_code = not in_code
        elif not in_code and line.startswith("#"):
            found.add(anchor_of(line.lstrip("#")))
    return frozenset(found)


def check_link(path: Path, target: str) -> str:
    if re.match(r"^[a-z]+:", target):
        return ""
    name, _, anchor = target.partition("#")
    file = (path.parent / name).resolve() if name else path
    if not file.exists():
        return f"there is no {target}"
    if anchor and file.suffix == ".md" and anchor not in anchors(file):
        return f"{file.name} has no heading for #{anchor}"
    return ""


def program() -> str:
    path = os.environ.get("ROLLCALL_BINARY") or str(ROOT / "build" / "release" / "rollcall")
    return path if os.access(path, os.X_OK) else ""


@lru_cache
def help_of(*command: str) -> str:
    result = subprocess.run([program(), *command, "--help"], capture_output=True, text=True, timeout=20, check=False)
    return result.stdout if result.returncode == 0 else ""


def check_command(line: str) -> str:
    """Words up to the first flag or value that is no sub-command; then every --flag."""
    try:
        words = shlex.split(line.replace("\\", " "), comments=True)
    except ValueError:
        return "the command has an open quote"
    for cut in ("|", ">", "&&", ";", "<"):
        if cut in words:
            words = words[:words.index(cut)]
    command: list[str] = []
    for word in words[1:]:
        if word.startswith("-") or not help_of(*command, word):
            break
        command.append(word)
    text = help_of(*command)
    if not command or not text:
        return "the program has no such command"
    for word in words[1 + len(command):]:
        flag = word.split("=")[0]
        if flag.startswith("--") and not re.search(re.escape(flag) + r"(?![\w-])", text):
            return f"`{' '.join(command)}` has no flag {flag}"
    return ""


def check(path: Path) -> list[str]:
    problems: list[str] = []
    in_code = False
    command, command_line = "", 0
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if FENCE.match(line):
            in_code, command = not in_code, ""
            continue
        if not in_code:
            for target in LINK.findall(CODE.sub("", line)):
                if problem := check_link(path, target):
                    problems.append(f"{path.relative_to(ROOT)}:{number}: {problem}")
            continue
        if command:
            command += " " + line.strip()
        elif re.match(r"^\s*\$ (\S*/)?rollcall ", line):
            command, command_line = line.strip()[2:], number
        if command and command.endswith("\\"):
            command = command[:-1]
        elif command:
            if program() and (problem := check_command(command)):
                problems.append(f"{path.relative_to(ROOT)}:{command_line}: {problem}")
            command = ""
    return problems


def main() -> None:
    problems = [problem for path in documents() for problem in check(path)]
    print("\n".join(problems) if problems else f"{len(documents())} documents, no broken link"
          + ("" if program() else "; commands not checked: no program was built"))
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
