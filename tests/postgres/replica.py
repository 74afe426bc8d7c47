#!/usr/bin/env python3
"""Lists that are read from a standby: never older than the bound, whatever the standby does; look-ups, changes and
credentials never depend on it. The standby is a cluster that follows another one by streaming.

  replica.py           the test
  replica.py --canary  a server whose bound is far too large must be seen to show what is too old
"""
from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.client import Client                                                     # noqa: E402
from support.outcome import Outcome                                                   # noqa: E402
from support.postgres import Cluster                                                  # noqa: E402
from support.server import Server                                                     # noqa: E402
from postgres.failover import Standby, wait_until                                     # noqa: E402

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BEHIND_MS = 700
# Between two looks of the server, and what a busy machine adds.
SLACK_SECONDS = 1.0


class Directory:
    def __init__(self, outcome: Outcome, server: Server) -> None:
        self.outcome, self.server = outcome, server
        self.issued = server.issue_credential("acme")
        self.client: Client = server.client(self.issued["token"])
        self.made: list[str] = []

    def create(self) -> str:
        name = f"user-{len(self.made)}"
        answer = self.client.scim("POST", "/Users", {"schemas": [USER], "userName": name})
        self.outcome.check("a user is made", answer.status == 201, f"{answer.status} {answer.body[:200]!r}")
        self.made.append(name)
        return str(answer.json()["id"])

    def listed(self) -> set[str]:
        answer = self.client.scim("GET", "/Users?count=200")
        self.outcome.check("a list is answered", answer.status == 200, f"{answer.status} {answer.body[:200]!r}")
        return {one["userName"] for one in answer.json().get("Resources", [])}

    def named(self, name: str) -> int:
        return int(self.client.scim("GET", f'/Users?filter=userName%20eq%20"{name}"').json()["totalResults"])

    def on_replica(self) -> int:
        text = self.client.send("GET", "/metrics").body.decode()
        found = re.search(r"^rollcall_store_replica_reads_total (\d+)", text, re.M)
        return int(found[1]) if found else 0

    def is_used(self) -> bool:
        before = self.on_replica()
        self.listed()
        return self.on_replica() > before


def while_it_follows(outcome: Outcome, directory: Directory) -> None:
    wait_until(directory.is_used)
    for _ in range(20):
        directory.create()
    wait_until(lambda: set(directory.made) <= directory.listed())
    outcome.check("lists come from the standby", directory.is_used(), "none did")
    before = directory.on_replica()
    outcome.check("a look-up finds", all(directory.named(name) == 1 for name in directory.made), "it did not")
    outcome.check("a look-up never asks the standby", directory.on_replica() == before, "it did")


def while_it_stands_still(outcome: Outcome, directory: Directory, standby: Cluster, bound_ms: int) -> int:
    """How many lists were older than the bound allows."""
    standby.sql("SELECT pg_wal_replay_pause()")
    wait_until(lambda: standby.sql("SELECT pg_get_wal_replay_pause_state()") == "paused\n")
    one, made = directory.create(), time.monotonic()
    name, old, late = directory.made[-1], 0, 0
    outcome.check("paused: what was made is found at once", directory.named(name) == 1, "a look-up missed it")
    while (waited := time.monotonic() - made) < BEHIND_MS / 1000 + SLACK_SECONDS + 0.5:
        is_shown = name in directory.listed()
        old += not is_shown
        late += not is_shown and waited > BEHIND_MS / 1000 + SLACK_SECONDS
        time.sleep(0.02)
    outcome.check("paused: lists did come from the standby", old > 0, "all of them were new")
    if bound_ms == BEHIND_MS:
        changes(outcome, directory, one)
    standby.sql("SELECT pg_wal_replay_resume()")
    wait_until(directory.is_used)
    return late


def changes(outcome: Outcome, directory: Directory, one: str) -> None:
    """Each change builds on the one before, and a credential that ended is refused, whatever the standby knows."""
    for number in range(20):
        directory.listed()
        done = directory.client.scim("PATCH", "/Users/" + one, {"schemas": [PATCH], "Operations": [
            {"op": "add", "path": "emails", "value": [{"value": f"{number}@example.com"}]}]})
        known = directory.client.scim("GET", "/Users/" + one).json()
        outcome.check("paused: each change builds on the last", done.status == 200
                      and len(known["emails"]) == number + 1, f"{done.status} {known}")
    other = directory.server.issue_credential("acme", "Other")
    client = directory.server.client(other["token"])
    outcome.check("paused: a new credential lists", client.scim("GET", "/Users").status == 200, "it is refused")
    directory.server.command("credential", "revoke", other["id"], "--tenant", "acme")
    outcome.check("paused: a revoked one does not", client.scim("GET", "/Users").status == 401, "it lists")


def when_it_goes(outcome: Outcome, directory: Directory, standby: Cluster) -> None:
    """It is stopped, and then it hangs."""
    for how in (signal.SIGQUIT, signal.SIGSTOP):
        if how == signal.SIGQUIT:
            standby.stop(how)
        else:
            pause(standby, how)
        directory.create()
        slowest, end = 0.0, time.monotonic() + 3
        while time.monotonic() < end:
            began = time.monotonic()
            directory.listed()
            slowest = max(slowest, time.monotonic() - began)
        outcome.check(f"{how.name}: lists are answered", slowest < 2, f"after {slowest:.1f} s")
        outcome.check(f"{how.name}: with everything", set(directory.made) <= directory.listed(), "some are missing")
        if how == signal.SIGQUIT:
            standby.start()
        else:
            pause(standby, signal.SIGCONT)
        wait_until(directory.is_used)


def pause(cluster: Cluster, how: signal.Signals) -> None:
    """Every process of it."""
    assert cluster.process is not None
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(cluster.process.pid)], capture_output=True, text=True,
                            check=False)
    for pid in (cluster.process.pid, *map(int, listed.stdout.split())):
        os.kill(pid, how)


def main() -> None:
    is_canary = sys.argv[1:] == ["--canary"]
    bound_ms = 600_000 if is_canary else BEHIND_MS
    outcome = Outcome()
    with Cluster() as primary:
        url = primary.database()
        with Standby(primary) as standby:
            replica = f"{standby.url}/{url.rsplit('/', 1)[1]}"
            with Server("--store-replica", replica, "--store-replica-behind-ms", str(bound_ms), url=url) as server:
                server.create_tenant("acme")
                directory = Directory(outcome, server)
                while_it_follows(outcome, directory)
                late = while_it_stands_still(outcome, directory, standby, bound_ms)
                if is_canary:
                    outcome.check("canary: lists that are too old are seen", late > 0,
                                  "none was: the test is blind, repair it")
                else:
                    outcome.check("paused: no list is older than the bound", late == 0, f"{late} lists are")
                    when_it_goes(outcome, directory, standby)
    outcome.finish()


if __name__ == "__main__":
    main()
