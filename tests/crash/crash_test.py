#!/usr/bin/env python3
"""An acknowledged write survives `kill -9`, and a stop loses nothing (promises P1 and P9, with a canary).

  crash_test.py --cycles 100     kill -9 under sixteen writing clients, reopen, compare
  crash_test.py --stops 10       the same with SIGTERM
  crash_test.py --canary         the server that answers before it commits must be caught
"""
from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from crash.judge import losses                         # noqa: E402
from crash.writers import Writer                       # noqa: E402
from support.outcome import Outcome                    # noqa: E402
from support.server import Server, ServerFailed        # noqa: E402

CLIENTS = 16
CYCLES_PER_DATABASE = 10
READY_SECONDS_MAX = 1.0


class Arena:
    """A database that lives through several lives of the server."""

    def __init__(self, *options: str) -> None:
        self.folder = tempfile.mkdtemp(prefix="rollcall-crash-")
        self.server = Server(*options, store=os.path.join(self.folder, "rollcall.db"))
        self.server.create_tenant("crash")
        self.token = self.server.issue_credential("crash")["token"]
        self.server.start()
        group = self.server.client(self.token).scim("POST", "/Groups", {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "all"})
        self.group = group.json()["id"]
        self.server.stop()

    def close(self) -> None:
        if self.server.process is not None:
            self.server.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def writers(self, seed: int) -> list[Writer]:
        writers = [Writer(number, self.server.port, self.token, self.group, seed) for number in range(CLIENTS)]
        for writer in writers:
            writer.start()
        return writers


def one_kill(arena: Arena, seed: int) -> tuple[list[str], int, float]:
    """One life and death of the server: what was lost, how much was acknowledged, seconds to ready."""
    chance = random.Random(seed)
    started = time.monotonic()
    arena.server.start()
    ready = time.monotonic() - started
    writers = arena.writers(seed)
    time.sleep(chance.uniform(0.03, 0.2))
    arena.server.kill()
    for writer in writers:
        writer.stopping.set()
    for writer in writers:
        writer.join(20)
    found = losses(arena.server.store_path, [writer.history for writer in writers], arena.group)
    refused = [one for writer in writers for one in writer.history.refused]
    if refused:
        found.append(f"{len(refused)} writes were refused, the first: {refused[0]}")
    return found, sum(writer.history.acknowledged for writer in writers), ready


def kills(outcome: Outcome, cycles: int, seed: int) -> None:
    arena: Arena | None = None
    acknowledged, readiness, started = 0, [], time.monotonic()
    for cycle in range(cycles):
        if cycle % CYCLES_PER_DATABASE == 0:
            if arena is not None:
                arena.close()
            arena = Arena()
        assert arena is not None
        name = f"kill {cycle + 1} (seed {seed + cycle})"
        try:
            found, count, ready = one_kill(arena, seed + cycle)
        except ServerFailed as error:
            outcome.fail(name, str(error))
            arena.close()
            arena = Arena()
            continue
        acknowledged += count
        readiness.append(ready)
        if (cycle + 1) % CYCLES_PER_DATABASE == 0 or cycle + 1 == cycles:
            check = arena.server.verify()
            if check.returncode != 0:
                found.append("rollcall verify: " + (check.stdout + check.stderr)[-600:])
        outcome.check(name, not found, f"{len(found)} problems after {count} acknowledged writes:\n"
                      + "\n".join(found[:10]))
        if (cycle + 1) % 25 == 0:
            seconds = time.monotonic() - started
            print(f"{cycle + 1} kills, {acknowledged} acknowledged writes, {seconds:.0f} s", flush=True)
    if arena is not None:
        arena.close()
    readiness.sort()
    slowest = readiness[int(len(readiness) * 0.99)] if readiness else 0.0
    outcome.check("ready soon after a kill", bool(readiness) and slowest <= READY_SECONDS_MAX,
                  f"99 % are ready within {slowest:.2f} s, promised is {READY_SECONDS_MAX} s")
    outcome.check("the clients wrote enough for the test to mean something", acknowledged >= 20 * cycles,
                  f"{acknowledged} acknowledged writes in {cycles} kills")
    print(f"{cycles} kills, {acknowledged} acknowledged writes, ready p99 {slowest * 1000:.0f} ms", flush=True)


def stops(outcome: Outcome, count: int, seed: int) -> None:
    """SIGTERM under load: no acknowledged write lost, no request sent before it without an answer.

    A request that is sent later may meet a connection that the server has just closed as idle: its client sees that it
    was not taken, and sends it again elsewhere.
    """
    for number in range(count):
        arena = Arena()
        name = f"stop {number + 1} (seed {seed + number})"
        try:
            arena.server.start()
            writers = arena.writers(seed + number)
            time.sleep(random.Random(seed + number).uniform(0.05, 0.3))
            process = arena.server.process
            assert process is not None
            signalled = time.monotonic()
            process.send_signal(signal.SIGTERM)
            code = process.wait(15)
            seconds = time.monotonic() - signalled
            arena.server.process = None
            for writer in writers:
                writer.stopping.set()
            for writer in writers:
                writer.join(20)
            found = losses(arena.server.store_path, [writer.history for writer in writers], arena.group)
            found += [f"a request sent before the signal had no answer: {why}" for writer in writers
                      for sent, why in writer.history.unanswered if sent < signalled]
            if code != 0:
                found.append(f"exit code {code}")
            if seconds > 10:
                found.append(f"the stop took {seconds:.1f} s")
            outcome.check(name, not found, "\n".join(found[:10]))
        except (ServerFailed, OSError, sqlite3.Error) as error:
            outcome.fail(name, f"{type(error).__name__}: {error}")
        finally:
            arena.close()


def canary(outcome: Outcome, cycles: int, seed: int) -> None:
    """A server that answers before it commits loses acknowledged writes; this test must see it."""
    lost = 0
    arena = Arena("--unsafe", "answer-before-commit")
    for cycle in range(cycles):
        found, _, _ = one_kill(arena, seed + cycle)
        lost += len(found)
        if lost:
            break
    arena.close()
    outcome.check("canary: a server that answers before it commits is caught", lost > 0,
                  f"{cycles} kills lost nothing that this test noticed: the test is blind, repair it")
    if lost:
        print(f"the canary was caught after {cycle + 1} kills: {found[0]}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cycles", type=int, default=0)
    parser.add_argument("--stops", type=int, default=0)
    parser.add_argument("--canary", action="store_true")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    arguments = parser.parse_args()
    outcome = Outcome()
    print(f"seed {arguments.seed}", flush=True)
    if arguments.cycles:
        kills(outcome, arguments.cycles, arguments.seed)
    if arguments.stops:
        stops(outcome, arguments.stops, arguments.seed)
    if arguments.canary:
        canary(outcome, 60, arguments.seed)
    outcome.finish()


if __name__ == "__main__":
    main()
