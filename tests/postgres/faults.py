#!/usr/bin/env python3
"""P25: trouble between server and PostgreSQL is contained. With each condition of a gate (gate.py) in between, requests
are answered in time: right, or 503 with Retry-After; afterwards the server recovers by itself, and what it acknowledged
is there. Then the same with the database itself: backends killed, stopped at once, started again."""
from __future__ import annotations

import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.client import Client, NoAnswer                                           # noqa: E402
from support.outcome import Outcome                                                   # noqa: E402
from support.postgres import Cluster                                                  # noqa: E402
from support.server import Server                                                     # noqa: E402
from postgres.gate import Gate                                                        # noqa: E402

# Within these a request is answered while the database is away, and served again when it is back. Two seconds and five
# are promised; the machine that tests may be busy.
ANSWER_SECONDS = 4.0
RECOVERY_SECONDS = 5.0
BREAKING = ("no-accept", "no-read", "no-reply", "close", "reset", "close-on-data", "cut-reply", "corrupt")
BEARABLE = ("delay", "slow", "single-bytes")


class Quiet(Outcome):
    """Counts for itself."""

    def __init__(self) -> None:
        super().__init__()
        self.failed: list[str] = []

    def ok(self, name: str, reference: str = "") -> None:
        pass

    def fail(self, name: str, why: str, reference: str = "") -> None:
        self.failed.append(name)


class Probe:
    """Requests of one tenant, with a memory of what was acknowledged."""

    def __init__(self, outcome: Outcome, port: int, token: str) -> None:
        self.outcome = outcome
        self.client = Client(port, token, timeout=20)
        self.acknowledged: dict[str, str] = {}        # id -> userName
        self.unknown: set[str] = set()                # userNames that may be there
        self.number = 0

    def create(self) -> int:
        self.number += 1
        name = f"user-{self.number}"
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
        one = next(reversed(self.acknowledged))
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

    def recovered(self, seconds: float = RECOVERY_SECONDS) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.read() == 200 and self.create() == 201:
                return True
            time.sleep(0.05)
        return False

    def check_all(self, name: str) -> None:
        listed: dict[str, str] = {}
        start = 1
        while True:
            page = self.client.scim("GET", f"/Users?startIndex={start}&count=200").json()
            listed.update({one["id"]: one["userName"] for one in page.get("Resources", [])})
            start += 200
            if start > page["totalResults"]:
                break
        lost = set(self.acknowledged) - set(listed)
        self.outcome.check(f"{name}: no acknowledged change is lost", not lost, f"{len(lost)} users are gone")
        made_up = {user for one, user in listed.items() if one not in self.acknowledged} - self.unknown
        self.outcome.check(f"{name}: nothing else is there", not made_up, str(made_up))


def timed(action) -> tuple[int, float]:                # type: ignore[no-untyped-def]
    started = time.monotonic()
    return action(), time.monotonic() - started


def try_condition(outcome: Outcome, gate: Gate, probe: Probe, mode: str) -> None:
    gate.mode = mode
    breaks = mode in BREAKING
    for action in (probe.read, probe.create, probe.create, probe.read):
        status, seconds = timed(action)
        expected = (503, 200, 201) if breaks else (200, 201)
        outcome.check(f"{mode}: {action.__name__}", status in expected and seconds < ANSWER_SECONDS,
                      f"{status} after {seconds:.1f} s")
    if breaks:
        outcome.check(f"{mode}: in the end nothing is acknowledged", probe.create() == 503, "it was not noticed")
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
            verified = server.verify()
            outcome.check("gate: verify", verified.returncode == 0, verified.stdout + verified.stderr)
    finally:
        gate.stop()


def with_the_database(outcome: Outcome, cluster: Cluster) -> None:
    with Server(url=cluster.database()) as server:
        server.create_tenant("acme")
        probe = Probe(outcome, server.port, server.issue_credential("acme")["token"])
        assert probe.create() == 201
        for _ in range(5):
            cluster.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'rollcall'")
            outcome.check("backends killed: recovers", probe.recovered(), "not within five seconds")
        for how in (signal.SIGQUIT, signal.SIGINT):
            cluster.stop(how)
            status, seconds = timed(probe.create)
            outcome.check(f"{how.name}: 503 in time", status == 503 and seconds < ANSWER_SECONDS,
                          f"{status} after {seconds:.1f} s")
            cluster.start()
            outcome.check(f"{how.name}: recovers", probe.recovered(), "not within five seconds")
        probe.check_all("database")


def main() -> None:
    outcome = Outcome()
    with Cluster() as cluster:
        through_the_gate(outcome, cluster)
        # The canary: without waiting for the disk (synchronous_commit is off here) the same steps must find a loss.
        canary = Quiet()
        with_the_database(canary, cluster)
        outcome.check("canary: synchronous_commit off loses what was acknowledged",
                      any("lost" in name for name in canary.failed), "nothing was lost")
    with Cluster(durable=True) as cluster:
        with_the_database(outcome, cluster)
    outcome.finish()


if __name__ == "__main__":
    main()
