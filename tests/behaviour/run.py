#!/usr/bin/env python3
"""Runs behaviour scripts against the real program.

  run.py [NAME...]          all scripts, or those whose name starts with one of the names
  run.py --id P-PATCH-66    those that prove an id
  run.py --lint             read all scripts, send nothing
  run.py --ids              list the ids and where they are proven
  run.py --write-headers    write the "# ids:" lines anew
"""
from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from behaviour.play import Player                                                     # noqa: E402
from behaviour.script import Script, ScriptError, header_lines, read_script           # noqa: E402
from support.outcome import Outcome                                                   # noqa: E402
from support.server import Server                                                     # noqa: E402

FOLDER = Path(__file__).resolve().parent


def load(arguments: argparse.Namespace) -> list[Script]:
    scripts = [read_script(path) for path in sorted(FOLDER.glob("*.http"))]
    if arguments.id:
        scripts = [script for script in scripts if arguments.id in script.ids()]
    if arguments.names:
        scripts = [script for script in scripts if script.name.startswith(tuple(arguments.names))]
    return scripts


def write_headers(scripts: list[Script]) -> None:
    for script in scripts:
        if script.header_ids == script.ids():
            continue
        lines = script.path.read_text(encoding="utf-8").splitlines()
        first = 0
        if lines and lines[0].startswith("# ids:"):
            first = 1
            while first < len(lines) and lines[first].startswith("#       "):
                first += 1
        script.path.write_text("\n".join(header_lines(script.ids()) + lines[first:]) + "\n", encoding="utf-8")


def lint(scripts: list[Script]) -> int:
    bad = 0
    for script in scripts:
        if script.header_ids != script.ids():
            print(f"{script.path.name}: the header names other ids than the steps; run with --write-headers")
            bad += 1
        for step in script.steps:
            if why := Player.lint(step):
                print(f"{script.path.name}:{step.line}: {why}")
                bad += 1
    ids = {one for script in scripts for one in script.ids()}
    print(f"{len(scripts)} scripts, {sum(len(s.steps) for s in scripts)} steps, {len(ids)} ids")
    return bad


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--id")
    parser.add_argument("--lint", action="store_true")
    parser.add_argument("--ids", action="store_true")
    parser.add_argument("--write-headers", action="store_true")
    parser.add_argument("-v", "--verbose", action="store_true")
    arguments = parser.parse_args()
    try:
        scripts = load(arguments)
    except ScriptError as error:
        sys.exit(str(error))
    if not scripts:
        sys.exit("No script has such a name or id.")
    if arguments.write_headers:
        write_headers(scripts)
        return
    if arguments.lint:
        sys.exit(1 if lint(scripts) else 0)
    if arguments.ids:
        places: dict[str, set[str]] = {}
        for script in scripts:
            for one in script.ids():
                places.setdefault(one, set()).add(script.name)
        for one in sorted(places):
            print(f"{one:14} {' '.join(sorted(places[one]))}")
        print(f"{len(places)} ids")
        return
    play_all(scripts, Outcome(arguments.verbose))


def play_all(scripts: list[Script], outcome: Outcome) -> None:
    """Scripts with the same server options share one server; each has tenants of its own."""
    by_options: dict[tuple[str, ...], list[Script]] = {}
    for script in scripts:
        options = tuple(word for line in script.directives if line[0] == "server" for word in line[1:])
        by_options.setdefault(options, []).append(script)
    for options, group in by_options.items():
        filled = [option.replace("${here}", str(FOLDER)) for option in options]
        try:
            with Server(*filled) as server:
                for script in group:
                    Player(server, script, outcome).play()
                check = server.verify()
                outcome.check("rollcall verify after the scripts " + " ".join(options), check.returncode == 0,
                              (check.stdout + check.stderr)[-1500:])
        except Exception as error:                      # a server that does not start or stop fails its scripts
            outcome.fail("server " + " ".join(options), f"{type(error).__name__}: {error}")
    outcome.finish()


if __name__ == "__main__":
    main()
