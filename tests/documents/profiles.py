"""The examples of docs/profiles/*.md, typed: the story of the script is played up to the step that a page shows, then
the page's own command takes that step's place, and what comes back must be what the page and the script expect."""
from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from behaviour.match import mismatch
from behaviour.play import VARIABLE, Player, parse_body
from behaviour.script import Script, Step, read_script
from documents.worlds import make_programs
from support.outcome import Outcome
from support.server import Server, checkout_file

PAGES = ("mobieus", "modelux", "plur", "standard")
EXAMPLE = re.compile(r"^\*\*(?P<id>[A-Z]+-\d+)\*\*, [^\n]*: `(?P<expected>[^`]+)`\n\n```sh\n(?P<command>.*?)\n```\n\n"
                     r"All of it: `tests/behaviour/run\.py (?P<script>[\w-]+)`", re.M | re.S)
SCRIPTS = checkout_file("tests", "behaviour")


class Quiet(Outcome):
    """The steps before are those of another runner; what fails in them is said with the example."""

    def ok(self, name: str, reference: str = "") -> None:
        self.passed += 1

    def fail(self, name: str, why: str, reference: str = "") -> None:
        self.failures.append((name, why))


def place_of(script: Script, one: str) -> int:
    return next(place for place, step in enumerate(script.steps) if one in step.shows)


def environment(player: Player, step: Step, server: Server, folder: Path) -> dict[str, str]:
    """What the page says that its names stand for."""
    names = {"BASE": player.variables["base"], "ORIGIN": player.variables["origin"], "STORE": server.store}
    for text in (step.target, step.body, *(value for _, value in step.headers)):
        for found in VARIABLE.findall(text):
            names[re.sub(r"\W+", "_", found).strip("_")] = player.as_text(found)
    who = next((value for name, value in step.headers if name == "As"), "main")
    if who != "none":
        token = str(player.variables["token" if who == "main" else f"token_{who}"])
        names |= {"SESSION": token, "KEY": token, "TOKEN" if who == "main" else f"TOKEN_{who.upper()}": token}
    return {**os.environ, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "WORLD": str(folder), **names}


def wrong(player: Player, step: Step, expected: str, done: subprocess.CompletedProcess[str],
          statuses: list[str]) -> str | None:
    """Why the answer is not what the page promises and the script expects; None when it is."""
    wanted, _, kind = expected.partition(" ")
    if step.kind == "cli":
        return None if f"exit {done.returncode}" == expected else f"exit {done.returncode}"
    if done.returncode != 0:
        return f"exit {done.returncode}: {done.stderr[-500:]}"
    if step.kind == "sql":
        rows = [one for one in parse_body(step.expected_body) if not (isinstance(one, str) and one[:1] == "<")]
        return None if len(done.stdout.splitlines()) == len(rows) else f"other rows: {done.stdout}"
    if len(statuses) != 1 or statuses[0] not in (wanted, *kind.removeprefix("or ").split(" or ")):
        return f"HTTP {statuses}, the page promises {expected}: {done.stdout[-500:]}"
    document = json.loads(done.stdout) if done.stdout else None
    if kind and not kind.startswith("or ") and kind not in (document.get("scimType"), document.get("code")):
        return f"the page promises {kind}: {done.stdout[-500:]}"
    if not step.expected_body or step.expected_body.startswith("TEXT "):
        return None
    return mismatch(player.fill(parse_body(step.expected_body)), document)


def example(outcome: Outcome, server: Server, page: str, found: re.Match[str], script: Script) -> None:
    name = f"docs/profiles/{page}.md: {found['id']}"
    step = script.steps[place := place_of(script, found["id"])]
    quiet = Quiet()
    player = Player(server, Script(script.path, directives=script.directives, steps=script.steps[:place]), quiet)
    player.play()
    if not outcome.check(f"{name}: the story before it", not quiet.failures, str(quiet.failures[:1])):
        return
    folder = Path(tempfile.mkdtemp(prefix="rollcall-documents-"))
    try:
        make_programs(folder)
        # Names that a page writes out: the tenant of the story has a longer one.
        command = found["command"].replace("acme", player.variables["tenant"])
        command = re.sub(r"(?<= )rollcall\.db", server.store_path, command)
        named = environment(player, step, server, folder)
        codes = folder / "codes"
        # Rows of reads are written in batches: they may come a little later.
        for _ in range(30 if step.kind == "sql" else 1):
            done = subprocess.run(["bash", "-euo", "pipefail", "-c", command], cwd=folder, capture_output=True,
                                  text=True, env=named, timeout=60, check=False)
            why = wrong(player, step, found["expected"], done, codes.read_text().split() if codes.exists() else [])
            if why is None:
                break
            time.sleep(0.1)
        outcome.check(f"{name}: {found['expected']}", why is None, f"{why}\n{command}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def check_pages(outcome: Outcome, words: list[str]) -> None:
    texts = {page: checkout_file("docs", "profiles", f"{page}.md").read_text(encoding="utf-8")
             for page in PAGES if not words or any(word in f"docs/profiles/{page}.md" for word in words)}
    wanted = [(page, found) for page, text in texts.items() for found in EXAMPLE.finditer(text)]
    for page, text in texts.items():
        count = sum(one == page for one, _ in wanted)
        outcome.check(f"docs/profiles/{page}.md: every block is an example", text.count("```sh\n") == count > 10,
                      f"{text.count('```sh')} blocks, {count} examples")
    by_options: dict[tuple[str, ...], list[tuple[str, re.Match[str], Script]]] = {}
    for page, found in wanted:
        script = read_script(SCRIPTS / f"{found['script']}.http")
        options = tuple(word for line in script.directives if line[0] == "server" for word in line[1:])
        by_options.setdefault(options, []).append((page, found, script))
    for options, group in by_options.items():
        with Server(*(option.replace("${here}", str(SCRIPTS)) for option in options)) as server:
            for page, found, script in group:
                example(outcome, server, page, found, script)
