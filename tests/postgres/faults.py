#!/usr/bin/env python3
"""P25: trouble between server and PostgreSQL is contained. With each condition of a gate (gate.py) in between, requests
are answered in time: right, or 503 with Retry-After; afterwards the server recovers by itself, and what it acknowledged
is there. Then the same with the database itself: backends ended and killed, the whole stopped at once and killed while
many write, started again.

  faults.py           all of it
  faults.py --canary  a server that does not wait for the disk of the database must be caught (build/dev/rollcall)
"""
from __future__ import annotations

import os
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.client import Client, NoAnswer                                           # noqa: E402
from support.outcome import Outcome                                                   # noqa: E402
from support.postgres import Cluster                                                  # noqa: E402
from support.server import Server                                                     # noqa: E402
from postgres.gate import Gate                                                        # noqa: E402

# Within these a request is answered while the database is away, and served again when it is back.
ANSWER_SECONDS = 2.0
RECOVERY_SECONDS = 5.0
BREAKING = ("no-accept", "no-read", "no-reply", "close", "reset", "close-on-data", "cut-reply", "corrupt")
BEARABLE = ("delay", "slow", "single-bytes")


class Probe:
    """Requests of one tenant, with a memory of what was acknowledged."""

    def __init__(self, outcome: Outcome, port: int, token: str, prefix: str = "user") -> None:
        self.outcome = outcome
        self.port, self.token, self.prefix = port, token, prefix
        self.client = Client(port, token, timeout=20)
        self.acknowledged: dict[str, str] = {}        # id -> userName
        self.unknown: set[str] = set()                # userNames that may be there
        self.number = 0

    def another(self, number: int) -> "Probe":
        """A probe for another thread, which remembers in the same place."""
        other = Probe(self.outcome, self.port, self.token, f"{self.prefix}-{self.number}-{number}")
        other.acknowledged, other.unknown = self.acknowledged, self.unknown
        return other

    def create(self) -> int:
        self.number += 1
        name = f"{self.prefix}-{self.number}"
        try:
            answer = self.client.scim("POST", "/Users", {
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name})
        except NoAnswer:
            self.client.close()
            self.unknown.add(name)
            return 0
        if answer.status == 201:
            self.acknowledged[answer.json()["id"]] = name
        else:
            self.unknown.add(name)
        self.check_failure(answer)
        return answer.status

    def read(self) -> int:
        one = list(self.acknowledged)[-1]
        try:
            answer = self.client.scim("GET", "/Users/" + one)
        except NoAnswer:
            self.client.close()
            return 0
        if answer.status == 200 and answer.json()["userName"] != self.acknowledged[one]:
            self.outcome.fail("a right answer", f"{answer.body[:200]!r}")
        self.check_failure(answer)
        return answer.status

    def check_failure(self, answer) -> None:           # type: ignore[no-untyped-def]
        if answer.status >= 500 and not (answer.status == 503 and answer.header("Retry-After")):
            self.outcome.fail("503 with Retry-After", f"{answer.status} {answer.body[:200]!r}")

    def recovered(self, seconds: float = RECOVERY_SECONDS, reads: bool = True) -> bool:
        """Whether a read (of what was acknowledged last) and a change succeed, and are answered, within that time."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if (not reads or self.read() == 200) and self.create() == 201:
                return time.monotonic() <= deadline
            time.sleep(0.05)
        return False

    def lost(self) -> tuple[set[str], set[str]]:
        """The ids that were acknowledged and are gone, and the names that nobody has sent."""
        listed: dict[str, str] = {}
        start = 1
        while True:
            page = self.client.scim("GET", f"/Users?startIndex={start}&count=200").json()
            listed.update({one["id"]: one["userName"] for one in page.get("Resources", [])})
            start += 200
            if start > page["totalResults"]:
                break
        return (set(self.acknowledged) - set(listed),
                {user for one, user in listed.items() if one not in self.acknowledged} - self.unknown)

    def check_all(self, name: str) -> None:
        lost, made_up = self.lost()
        self.outcome.check(f"{name}: no acknowledged change is lost", not lost, f"{len(lost)} users are gone")
        self.outcome.check(f"{name}: nothing else is there", not made_up, str(made_up))


def timed(action) -> tuple[int, float]:                # type: ignore[no-untyped-def]
    started = time.monotonic()
    return action(), time.monotonic() - started


def ask_together(probe: Probe, seconds: float) -> list[tuple[float, set[int], int]]:
    """Of eight clients at a time: the longest wait, the answers, and the last one."""
    end = time.monotonic() + seconds

    def ask(number: int) -> tuple[float, set[int], int]:
        own, slowest, seen, last = probe.another(number), 0.0, set(), 0
        while time.monotonic() < end:
            for action in (own.create, own.read) if number % 2 else (own.read, own.create):
                last, took = timed(action)
                slowest = max(slowest, took)
                seen.add(last)
            time.sleep(0.02)
        own.client.close()
        return slowest, seen, last
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(ask, range(8)))
    probe.number += 1
    return results


def crowd(outcome: Outcome, probe: Probe, mode: str, seconds: float = 2.5) -> None:
    """Nobody waits for what another one already waits for."""
    results = ask_together(probe, seconds)
    slowest = max(one[0] for one in results)
    if slowest >= ANSWER_SECONDS:  # the machine may have stood still, but not twice
        results = ask_together(probe, seconds)
        slowest = max(one[0] for one in results)
    statuses = set().union(*(one[1] for one in results))
    outcome.check(f"{mode}: a crowd is answered in time", slowest < ANSWER_SECONDS, f"one waited for {slowest:.1f} s")
    outcome.check(f"{mode}: a crowd is told right", statuses <= {200, 201, 503}, str(statuses))
    outcome.check(f"{mode}: in the end nothing is acknowledged", {one[2] for one in results} == {503},
                  str([one[2] for one in results]))


def try_condition(outcome: Outcome, gate: Gate, probe: Probe, mode: str) -> None:
    gate.mode = mode
    breaks = mode in BREAKING
    if breaks:
        crowd(outcome, probe, mode)
    else:
        for action in (probe.read, probe.create, probe.create, probe.read):
            status, seconds = timed(action)
            outcome.check(f"{mode}: {action.__name__}", status in (200, 201) and seconds < ANSWER_SECONDS,
                          f"{status} after {seconds:.1f} s")
    gate.mode = "open"
    outcome.check(f"{mode}: recovers", probe.recovered(), "not within five seconds")


def through_the_gate(outcome: Outcome, cluster: Cluster) -> None:
    database = cluster.database()
    gate = Gate(("127.0.0.1", cluster.port))
    path = database.rsplit("/", 1)[1]
    server = Server(url=f"postgres://rollcall@127.0.0.1:{gate.port}/{path}?sslmode=disable&gssencmode=disable")
    try:
        with server:
            server.create_tenant("acme")
            probe = Probe(outcome, server.port, server.issue_credential("acme")["token"])
            assert probe.create() == 201
            for mode in (*BEARABLE, *BREAKING):
                try_condition(outcome, gate, probe, mode)
            probe.check_all("gate")
            verify(outcome, "gate", server)
    finally:
        gate.stop()


def with_the_database(outcome: Outcome, cluster: Cluster) -> None:
    with Server(url=cluster.database()) as server:
        server.create_tenant("acme")
        probe = Probe(outcome, server.port, server.issue_credential("acme")["token"])
        assert probe.create() == 201
        for _ in range(5):
            cluster.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'rollcall'")
            answered_in_time(outcome, "backends ended", probe, {200, 201, 503})
            outcome.check("backends ended: recovers", probe.recovered(), "not within five seconds")
        # The cluster takes it for a crash: all others end too, and it recovers from its log.
        kill_backend(cluster)
        answered_in_time(outcome, "one backend killed", probe, {200, 201, 503})
        outcome.check("one backend killed: recovers", probe.recovered(), "not within five seconds")
        for how in (signal.SIGQUIT, signal.SIGINT, signal.SIGKILL):
            if how == signal.SIGKILL:
                cluster.kill()
            else:
                cluster.stop(how)
            answered_in_time(outcome, how.name, probe, {503})
            numbers = Client(probe.port, None).send("GET", "/metrics")
            outcome.check(f"{how.name}: numbers are told while the database is away",
                          numbers.status == 200 and b"store_write_batches_failed_total" in numbers.body,
                          f"{numbers.status} {numbers.body[:200]!r}")
            cluster.start()
            outcome.check(f"{how.name}: recovers", probe.recovered(), "not within five seconds")
        probe.check_all("database")
        verify(outcome, "database", server)


def answered_in_time(outcome: Outcome, name: str, probe: Probe, expected: set[int]) -> None:
    for action in (probe.create, probe.read):
        status, seconds = timed(action)
        outcome.check(f"{name}: {action.__name__} is answered in time", status in expected and seconds < ANSWER_SECONDS,
                      f"{status} after {seconds:.1f} s")


def verify(outcome: Outcome, name: str, server: Server) -> None:
    for command in (("verify",), ("audit", "verify")):
        done = server.command(*command)
        outcome.check(f"{name}: {' '.join(command)}", done.returncode == 0, done.stdout + done.stderr)


def kill_backend(cluster: Cluster) -> None:
    pid = cluster.sql("SELECT pid FROM pg_stat_activity WHERE usename = 'rollcall' ORDER BY backend_start LIMIT 1")
    os.kill(int(pid or ""), signal.SIGKILL)


def writing(probe: Probe, cluster: Cluster, is_killed: bool) -> None:
    """Eight clients write; the database is stopped at once or killed while they do, and started again."""
    end = threading.Event()

    def write(number: int) -> None:
        own = probe.another(number)
        while not end.is_set():
            if own.create() != 201:
                time.sleep(0.01)
        own.client.close()
    with ThreadPoolExecutor(8) as pool:
        done = [pool.submit(write, number) for number in range(8)]
        time.sleep(0.4)
        if is_killed:
            cluster.kill()
        else:
            cluster.stop(signal.SIGQUIT)
        end.set()
        for one in done:
            one.result()
    probe.number += 1
    cluster.start()


def killed_while_writing(outcome: Outcome, cycles: int, *options: str) -> int:
    """How many acknowledged users are gone. The database is told not to wait for its disk: the server must ask."""
    gone = 0
    with Cluster({"synchronous_commit": "off"}) as cluster:
        with Server(*options, url=cluster.database()) as server:
            server.create_tenant("acme")
            probe = Probe(outcome, server.port, server.issue_credential("acme")["token"])
            assert probe.create() == 201
            for cycle in range(cycles):
                writing(probe, cluster, cycle % 2 == 1)
                # What was acknowledged last may be gone: that is for lost() to tell.
                outcome.check("killed while writing: recovers", probe.recovered(reads=False), "not within five seconds")
                lost, made_up = probe.lost()
                outcome.check("killed while writing: nothing else is there", not made_up, str(made_up))
                gone += len(lost)
                if lost:
                    break
            outcome.check("killed while writing: something was acknowledged", len(probe.acknowledged) > 8,
                          str(len(probe.acknowledged)))
            if not options:
                verify(outcome, "killed while writing", server)
    return gone


def canary(outcome: Outcome) -> None:
    os.environ["ROLLCALL_BINARY"] = os.environ.get("ROLLCALL_CANARY_BINARY", "build/dev/rollcall")
    gone = killed_while_writing(outcome, 10, "--unsafe", "synchronous-normal")
    outcome.check("canary: a server that does not wait for the disk loses what was acknowledged", gone > 0,
                  "nothing was lost that this test noticed: the test is blind, repair it")


def main() -> None:
    outcome = Outcome()
    if sys.argv[1:] == ["--canary"]:
        canary(outcome)
        outcome.finish()
        return
    with Cluster() as cluster:
        through_the_gate(outcome, cluster)
        with_the_database(outcome, cluster)
    gone = killed_while_writing(outcome, 5)
    outcome.check("killed while writing: no acknowledged change is lost", gone == 0, f"{gone} users are gone")
    outcome.finish()


if __name__ == "__main__":
    main()
