#!/usr/bin/env python3
"""`rollcall store backup` and `restore` (T36), on SQLite and PostgreSQL: made while many write, of one moment, never
half; restored, nothing opens a tenant until it is confirmed.

  backup.py           all of it
  backup.py --canary  a backup that leaves out a row must not become one (build/dev/rollcall)
"""
from __future__ import annotations

import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support import program                                                           # noqa: E402
from support.outcome import Outcome                                                   # noqa: E402
from support.postgres import Cluster                                                  # noqa: E402
from support.server import Server                                                     # noqa: E402
from postgres.moving import is_sound, many                                            # noqa: E402

USER = "urn:ietf:params:scim:schemas:core:2.0:User"


class Writers:
    """Eight clients that make users with numbers, one after the other, and remember what was acknowledged when."""

    def __init__(self, server: Server, token: str) -> None:
        self.acknowledged = [0] * 8
        self.end = threading.Event()
        self.pool = ThreadPoolExecutor(8)
        self.done = [self.pool.submit(self.write, server.client(token), number) for number in range(8)]

    def write(self, client, number: int) -> None:                      # type: ignore[no-untyped-def]
        while not self.end.is_set():
            answer = client.scim("POST", "/Users", {"schemas": [USER], "userName":
                                                    f"w{number}-{self.acknowledged[number] + 1}"})
            if answer.status == 201:
                self.acknowledged[number] += 1
        client.close()

    def finish(self) -> None:
        self.end.set()
        for one in self.done:
            one.result()
        self.pool.shutdown()


def is_prefix(outcome: Outcome, name: str, names: set[str], before: list[int], after: list[int]) -> None:
    """What is there is what was acknowledged before, and of each client the first ones without a gap."""
    for number in range(8):
        there = sorted(int(one.split("-")[1]) for one in names if one.startswith(f"w{number}-"))
        good = there == list(range(1, len(there) + 1)) and before[number] <= len(there) <= after[number] + 1
        if not good:
            outcome.fail(f"{name}: client {number}", f"{there[-5:]} of {before[number]} to {after[number]}")
            return
    outcome.ok(f"{name}: of each of eight clients, all that was acknowledged before it began, and no gap")


def names_in(server: Server, token: str) -> set[str]:
    client, start, names = server.client(token), 1, set()
    while True:
        page = client.scim("GET", f"/Users?startIndex={start}&count=200&attributes=userName").json()
        names |= {one["userName"] for one in page.get("Resources", [])}
        start += 200
        if start > page["totalResults"]:
            return names


def back_up_and_restore(outcome: Outcome, source: str | None, target: str | None, folder: str, name: str) -> None:
    with Server(url=source) as server:
        server.create_tenant("acme")
        issued = server.issue_credential("acme", "Okta", "--slug", "okta")
        operator = server.operator("root")["token"]
        owner = server.administrator("acme", "olga", "owner", operator)
        key = server.issue_service_key("acme", "App", "--scope", "members:read", "--scope", "sessions:write",
                                       "--scope", "introspect")
        client = server.client(issued["token"])
        ann = client.scim("POST", "/Users", {"schemas": [USER], "userName": "ann"}).json()["id"]
        session = server.client(key["token"], "/api/v1").scim(
            "POST", f"/members/{ann}/sessions", {}, {"Content-Type": "application/json"}).json()["token"]
        server.api("POST", f"/members/{ann}/invitation?tenant=acme", {}, operator)
        writers = Writers(server, issued["token"])
        time.sleep(0.3)
        before = list(writers.acknowledged)
        file = os.path.join(folder, f"{name}.backup")
        made = server.command("store", "backup", file, "--json")
        after = list(writers.acknowledged)
        writers.finish()
        if not outcome.check(f"{name}: backup", made.returncode == 0, made.stdout + made.stderr):
            return
        facts(outcome, name, server, file)
    with Server(url=target) as fresh:
        fresh.stop()
        refused = program.run("verify", "--store", fresh.store)
        outcome.check(f"{name}: the new place is empty", refused.returncode == 0, refused.stderr)
        done = program.run("store", "restore", file, "--store", fresh.store, "--json")
        if not outcome.check(f"{name}: restore", done.returncode == 0, done.stdout + done.stderr):
            fresh.start()
            return
        counts = json.loads(done.stdout)["quarantine"]
        outcome.check(f"{name}: what was put into quarantine", counts == {
            "credentials": 1, "service_keys": 1, "member_keys": 0, "links": 1, "mails": 0, "sessions_ended": 1},
            str(counts))
        is_sound(outcome, name, fresh.store)
        again = program.run("store", "restore", file, "--store", fresh.store)
        outcome.check(f"{name}: nothing is overwritten", again.returncode == 1 and "holds data" in again.stderr,
                      again.stderr)
        fresh.start()
        quarantine(outcome, name, fresh, {"credential": issued["token"], "service key": key["token"],
                                          "operator": operator, "owner": owner["token"]}, ann, session)
        is_prefix(outcome, name, names_in(fresh, issued["token"]), before, after)


def quarantine(outcome: Outcome, name: str, server: Server, tokens: dict[str, str], ann: str, session: str) -> None:
    """401 for all that opened the tenant, until an operator confirms; sessions stay dead (T36)."""
    def statuses() -> dict[str, int]:
        return {"credential": server.client(tokens["credential"]).scim("GET", "/Users?count=1").status,
                "service key": server.client(tokens["service key"], "/api/v1").scim("GET", f"/members/{ann}").status,
                "operator": server.api("GET", "/session", None, tokens["operator"]).status,
                "owner": server.api("GET", "/session", None, tokens["owner"]).status}
    seen = statuses()
    outcome.check(f"T36 {name}: everything is refused", set(seen.values()) == {401}, str(seen))
    listed = json.loads(server.command("credential", "list", "--tenant", "acme", "--json").stdout)
    outcome.check(f"{name}: the state of the credential", [one["state"] for one in listed] == ["quarantined"],
                  str(listed))
    done = server.command("credential", "confirm")
    outcome.check(f"{name}: credential confirm", done.returncode == 0, done.stderr)
    seen = statuses()
    outcome.check(f"T36 {name}: what is confirmed is good, sessions of administrators stay dead", seen == {
        "credential": 200, "service key": 200, "operator": 401, "owner": 401}, str(seen))
    client = server.client(tokens["service key"])
    answer = client.send("POST", "/api/v1/introspect", {
        "Authorization": f"Bearer {tokens['service key']}",
        "Content-Type": "application/x-www-form-urlencoded"}, f"token={session}".encode())
    outcome.check(f"T36 {name}: a session of a member stays dead", answer.json() == {"active": False},
                  f"{answer.status} {answer.body[:200]!r}")


def facts(outcome: Outcome, name: str, server: Server, file: str) -> None:
    mode = stat.S_IMODE(os.stat(file).st_mode)
    outcome.check(f"{name}: only its owner may read it", mode == 0o600, oct(mode))
    rest = sorted(one for one in os.listdir(os.path.dirname(file)) if one.startswith(os.path.basename(file)))
    outcome.check(f"{name}: it is one file", rest == [os.path.basename(file)], str(rest))
    again = server.command("store", "backup", file)
    outcome.check(f"{name}: a file is not overwritten", again.returncode == 1 and "is there already" in again.stderr,
                  again.stderr)
    served = program.run("verify", "--store", "sqlite:" + file)
    outcome.check(f"{name}: a backup is no store", served.returncode == 1 and "is a backup" in served.stderr,
                  served.stderr)


def interrupted(outcome: Outcome, folder: str) -> None:
    """A backup that is killed is none; the next one does not mind what is left of it."""
    with Server() as server:
        server.tenant_client("acme")
        server.stop()
        many(server.store_path, 120_000)
        file = os.path.join(folder, "killed.backup")
        process = subprocess.Popen([program.binary(), "store", "backup", file, "--store", server.store],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and not os.path.exists(file + ".partial"):
            time.sleep(0.005)
        time.sleep(0.1)
        process.kill()
        process.wait()
        outcome.check("killed: there is no backup", not os.path.exists(file), "there is")
        shutil.copyfile(file + ".partial", os.path.join(folder, "half.backup"))
        done = program.run("store", "restore", os.path.join(folder, "half.backup"), "--store",
                           f"sqlite:{folder}/half.db")
        outcome.check("killed: what is left of it is refused", done.returncode in (1, 3), done.stderr)
        done = server.command("store", "backup", folder)
        made = [one for one in os.listdir(folder) if one.startswith("rollcall-") and one.endswith("Z.backup")]
        outcome.check("a backup into a folder", done.returncode == 0 and len(made) == 1, f"{made} {done.stderr}")
        damaged(outcome, os.path.join(folder, made[0]), folder)
        restore_killed(outcome, os.path.join(folder, made[0]), folder)
        server.start()


def damaged(outcome: Outcome, file: str, folder: str) -> None:
    for name, statement in (("changed", "UPDATE tenant SET policy = policy || ' '"),
                            ("shortened", "DELETE FROM outbox; DELETE FROM policy_version"),
                            ("added to", "INSERT INTO counter VALUES (1, 'more', 1)")):
        other = os.path.join(folder, "damaged.backup")
        shutil.copyfile(file, other)
        database = sqlite3.connect(other)
        database.executescript(statement)
        database.commit()
        database.close()
        done = program.run("store", "restore", other, "--store", f"sqlite:{folder}/damaged.db")
        outcome.check(f"a backup that was {name} is refused", done.returncode == 3 and "damaged" in done.stderr,
                      f"{done.returncode} {done.stderr}")
        outcome.check(f"a backup that was {name}: nothing was restored", not os.path.exists(f"{folder}/damaged.db"),
                      "there is a file")


def restore_killed(outcome: Outcome, file: str, folder: str) -> None:
    """A restore that is killed is no store, and goes on."""
    target, refused = f"sqlite:{folder}/restored.db", 0
    for attempt in range(20):
        process = subprocess.Popen([program.binary(), "store", "restore", file, "--store", target],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(0.1 * 1.35 ** attempt if attempt < 12 else 120)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            if os.path.exists(f"{folder}/restored.db"):
                done = program.run("credential", "list", "--tenant", "acme", "--store", target)
                refused += done.returncode == 1 and "was not finished" in done.stderr
            continue
        break
    outcome.check("a killed restore is no store", refused > 0, "it never was refused")
    outcome.check("a killed restore goes on", process.returncode == 0, str(process.returncode))
    is_sound(outcome, "a killed restore", target)


def canary(outcome: Outcome) -> None:
    os.environ["ROLLCALL_BINARY"] = os.environ.get("ROLLCALL_CANARY_BINARY", "build/dev/rollcall")
    with tempfile.TemporaryDirectory() as folder, Server() as server:
        server.tenant_client("acme").scim("POST", "/Users", {"schemas": [USER], "userName": "ann"})
        file = f"{folder}/less.backup"
        done = server.command("store", "backup", file, "--unsafe", "drop-a-row")
        outcome.check("canary: a backup that leaves out a row is none", done.returncode == 3
                      and not os.path.exists(file), f"{done.returncode} {done.stderr}")
        done = server.command("store", "backup", file)
        assert done.returncode == 0, done.stderr
        target = f"sqlite:{folder}/less.db"
        done = program.run("store", "restore", file, "--store", target, "--unsafe", "drop-a-row")
        served = program.run("verify", "--store", target)
        outcome.check("canary: a restore that leaves out a row is not served", done.returncode == 3
                      and served.returncode == 1, f"{done.returncode} {served.returncode} {done.stderr}")


def main() -> None:
    outcome = Outcome()
    if sys.argv[1:] == ["--canary"]:
        canary(outcome)
        outcome.finish()
        return
    with Cluster() as cluster, tempfile.TemporaryDirectory() as folder:
        back_up_and_restore(outcome, None, None, folder, "SQLite")
        back_up_and_restore(outcome, cluster.database(), cluster.database(), folder, "PostgreSQL")
        back_up_and_restore(outcome, cluster.database(), None, folder, "PostgreSQL to SQLite")
        interrupted(outcome, folder)
    outcome.finish()


if __name__ == "__main__":
    main()
