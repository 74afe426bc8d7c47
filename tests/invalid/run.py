#!/usr/bin/env python3
"""Sends everything that must be refused, and checks the refusal and that the directory is what it was.

  run.py [NAME...]     all lines, or those of files and generators whose name starts with one of the names
  run.py --count       how many lines there are, by file
  run.py --ids         which line proves which id
"""
from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from invalid.generated import generate                        # noqa: E402
from invalid.judge import fault_of                            # noqa: E402
from invalid.line import Line, LineError, make_request, read_file   # noqa: E402
from invalid.population import Directory                      # noqa: E402
from support.client import NoAnswer                           # noqa: E402
from support.outcome import Outcome                           # noqa: E402
from support.server import Server, checkout_file              # noqa: E402

FOLDER = Path(__file__).resolve().parent
CHUNK = 100             # lines between two digests
LINES_MIN = 1500        # the corpus must not shrink below


def load(directory: Directory, names: list[str]) -> list[Line]:
    lines = [line for path in sorted((FOLDER / "lines").glob("*.txt")) for line in read_file(path)]
    config = directory.client.scim("GET", "/ServiceProviderConfig").json()
    if not config["bulk"]["supported"]:
        lines = [line for line in lines if not line.where.startswith("bulk:")]
    lines += generate(directory.client, config["bulk"]["supported"])
    return [line for line in lines if not names or line.where.startswith(tuple(names))]


def send(directory: Directory, line: Line) -> str | None:
    request = make_request(line, directory.variable, directory.client.token or "")
    try:
        answer = directory.client.send(request.method, request.target, dict(request.headers), request.body)
    except NoAnswer as error:
        return f"no answer: {error}"
    return fault_of(line, request, answer)


def stored(server: Server) -> list[int]:
    """Rows of the database that refusals must not add to; audit rows are theirs."""
    return [server.rows(f"SELECT count(*) AS n FROM {table}")[0]["n"]
            for table in ("resource", "membership", "value_index", "unique_value", "outbox")]


def name_the_line(server: Server, chunk: list[Line]) -> str:
    """A chunk changed the directory: each of its lines is sent alone to a fresh one, with a digest behind it."""
    directory = Directory(server)
    before = directory.digest()
    for line in chunk:
        send(directory, line)
        after = directory.digest()
        if after != before:
            return line.title()
    return "none of these alone, sent to a fresh tenant: " + chunk[0].where + " to " + chunk[-1].where


def play(server: Server, directory: Directory, names: list[str], outcome: Outcome) -> None:
    lines = load(directory, names)
    before, rows = directory.digest(), stored(server)
    for start in range(0, len(lines), CHUNK):
        chunk = lines[start:start + CHUNK]
        for line in chunk:
            why = send(directory, line)
            if why:
                outcome.fail(line.title(), why)
            else:
                outcome.ok(line.title())
        if directory.digest() == before and stored(server) == rows:
            continue
        outcome.fail("the directory has changed", name_the_line(server, chunk))
        directory = Directory(server)
        lines = load(directory, names)
        before, rows = directory.digest(), stored(server)
    if not names:
        outcome.check("the corpus has its size", len(lines) >= LINES_MIN, f"{len(lines)} lines")


def list_ids(lines: list[Line]) -> None:
    places: dict[str, set[str]] = {}
    for line in lines:
        for one in line.ids:
            places.setdefault(one, set()).add(line.where)
    for one in sorted(places):
        print(f"{one:14} {' '.join(sorted(places[one])[:8])}")
    print(f"{len(places)} ids")


def count(lines: list[Line]) -> None:
    by_file = Counter(line.where.split(":")[0] for line in lines)
    for name, number in sorted(by_file.items()):
        print(f"{name:24} {number:6}")
    print(f"{'all':24} {len(lines):6}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--count", action="store_true")
    parser.add_argument("--ids", action="store_true")
    parser.add_argument("-v", "--verbose", action="store_true")
    arguments = parser.parse_args()
    outcome = Outcome(arguments.verbose)
    with Server("--schemas", str(checkout_file("tests", "behaviour", "schemas"))) as server:
        directory = Directory(server)
        try:
            if arguments.count or arguments.ids:
                lines = load(directory, arguments.names)
                count(lines) if arguments.count else list_ids(lines)
                return
            play(server, directory, arguments.names, outcome)
        except LineError as error:
            sys.exit(str(error))
        check = server.verify()
        outcome.check("rollcall verify afterwards", check.returncode == 0, (check.stdout + check.stderr)[-1500:])
    outcome.finish()


if __name__ == "__main__":
    main()
