#!/usr/bin/env python3
"""What the documents tell a reader to type, typed: every block of commands is run as it stands, in its order, against a
real server that has what the text before it takes for granted.

  run.py [WORDS...]    only documents whose name has one of the words

A block is run by bash. Of what a reader puts in, this program puts in the same: the address of the server, tokens, ids,
the place of the database. A command must end with 0, and every answer that curl gets must be a success; what is
expected to be otherwise stands in worlds.py, beside what is prepared. The pages of the profiles say themselves what
comes back: profiles.py.
"""
from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from documents.profiles import check_pages               # noqa: E402
from documents.worlds import EXPECTED, World, world_of      # noqa: E402
from support.outcome import Outcome                        # noqa: E402
from support.server import checkout_file                   # noqa: E402

DOCUMENTS = ("README.md", "docs/api.md", "docs/groups.md", "docs/behind-your-application.md", "docs/application-api.md",
             "docs/admin-api.md", "docs/authentication.md", "docs/audit.md", "docs/idp/okta.md", "docs/idp/entra.md",
             "docs/idp/onelogin.md", "docs/idp/workday.md", "docs/idp/google.md")
# Begin the server that is running already, or what examples/ is tested by itself.
LEFT_OUT = re.compile(r"^(\./run|\./test)\b|python3 examples/")


@dataclass
class Block:
    line: int
    language: str
    text: str


def blocks_of(path: Path) -> list[Block]:
    found, block = [], None
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.startswith("```"):
            if block is not None:
                block.text += line + "\n"
        elif block is None:
            block = Block(number + 1, line[3:].strip(), "")
        else:
            found.append(block)
            block = None
    return found


def commands_of(block: Block) -> list[str]:
    """A block of sh is one script; in others `$ ` is a prompt, and what follows a command is what it prints."""
    if block.language == "sh":
        lines = [line for line in block.text.splitlines() if not LEFT_OUT.search(line)]
        return ["\n".join(lines)]
    commands: list[str] = []
    goes_on = False
    for line in block.text.splitlines() if not block.language else []:
        if line.startswith("$ "):
            commands.append(line[2:])
        elif goes_on:
            commands[-1] += "\n" + line
        goes_on = bool(commands) and line.endswith("\\")
    return commands


def run(outcome: Outcome, world: World, where: str, command: str) -> None:
    text = world.put_in(command)
    world.codes.unlink(missing_ok=True)
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", text], cwd=world.folder, env=world.environment,
                          capture_output=True, text=True, timeout=60, check=False, input=world.typed)
    statuses = world.codes.read_text().split() if world.codes.exists() else []
    world.learn(command, done.stdout)
    code, status = EXPECTED.get(command.splitlines()[0].strip(), (0, ""))
    fine = done.returncode == code and all(
        one == status if status else one.startswith("2") for one in statuses)
    first = next((line for line in command.splitlines() if line.strip()), "")
    outcome.check(f"{where}: {first[:90]}", fine, f"exit {done.returncode}, HTTP {statuses}\n{text}\n"
                  + (done.stdout + done.stderr)[-1500:])


def check_document(outcome: Outcome, name: str) -> None:
    worlds: dict[str, World] = {}
    try:
        for block in blocks_of(checkout_file(*name.split("/"))):
            for command in filter(str.strip, commands_of(block)):
                world = world_of(worlds, name, command)
                world.prepare(name, command)
                run(outcome, world, f"{name}:{block.line}", command)
            if block.language == "sql":
                rows = world_of(worlds, name, "").statement(block.text)
                outcome.check(f"{name}:{block.line}: SQL", isinstance(rows, list), str(rows))
            if block.language == "json":
                world = world_of(worlds, name, block.text)
                for title, good, answer in world.json_block(name, block.text):
                    outcome.check(f"{name}:{block.line}: {title}", good, answer)
    finally:
        for world in worlds.values():
            world.close()


def main() -> None:
    outcome = Outcome()
    for name in DOCUMENTS:
        if not sys.argv[1:] or any(word in name for word in sys.argv[1:]):
            check_document(outcome, name)
    check_pages(outcome, sys.argv[1:])
    outcome.finish()


if __name__ == "__main__":
    main()
