#!/usr/bin/env python3
"""`rollcall store copy`: everything of an installation, from SQLite to PostgreSQL and back, also after being killed.

  moving.py           all of it
  moving.py --canary  a copy that leaves out a row must say that it is not the same (build/dev/rollcall)
"""
from __future__ import annotations

import json
import os
import random
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.client import Response                                                   # noqa: E402
from support import program                                                           # noqa: E402
from support.outcome import Outcome                                                   # noqa: E402
from support.postgres import Cluster                                                  # noqa: E402
from support.server import Server                                                     # noqa: E402

CORE = "urn:ietf:params:scim:schemas:core:2.0:"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
MESSAGE = "urn:ietf:params:scim:api:messages:2.0:"
# What an engine keeps for itself.
OWN_COUNTERS = "name = 'audit' OR name = 'disk_full' OR name LIKE 'out_of_order:%' OR name LIKE 'shift:%'"


class World:
    """An installation with rows in as many tables as requests and commands can fill."""

    def __init__(self, server: Server, users: int) -> None:
        self.server = server
        self.client = server.tenant_client("acme", None, "/scim/v2", "--set", "group_cycles=allow")
        self.other = server.tenant_client("other", "plur")
        self.fill(users)
        self.administer()

    def fill(self, users: int) -> None:
        ids: list[str] = []
        for first in range(0, users, 500):
            operations = [{"method": "POST", "path": "/Users", "bulkId": f"b{number}", "data": {
                "schemas": [CORE + "User", ENTERPRISE], "userName": f"Üser-{number}@example.com",
                "externalId": f"ext-{number}", "displayName": "Zoë \u202f\U0001f600" + "x" * (number % 50),
                "active": number % 3 > 0, "title": "\n\t\"'\\", ENTERPRISE: {"employeeNumber": str(number)}}}
                for number in range(first, min(first + 500, users))]
            answer = self.client.scim("POST", "/Bulk", {"schemas": [MESSAGE + "BulkRequest"], "Operations": operations})
            ids += [one["location"].rsplit("/", 1)[1] for one in answer.json()["Operations"]]
        group = self.group("team", ids[:50])
        self.group("circle", [group, *ids[10:12]])
        self.client.scim("PATCH", f"/Users/{ids[1]}", {"schemas": [MESSAGE + "PatchOp"], "Operations": [
            {"op": "add", "path": f"{ENTERPRISE}:manager", "value": {"value": ids[0]}}]})
        self.client.scim("DELETE", f"/Users/{ids[2]}")
        self.client.scim("GET", "/Users/%FF%FEno-utf-8")
        self.other.scim("POST", "/Users", {"schemas": [CORE + "User"], "userName": "ann", "emails": [
            {"value": "ann@example.com", "primary": True}]})
        self.member = ids[4]

    def group(self, name: str, members: list[str]) -> str:
        return self.client.scim("POST", "/Groups", {"schemas": [CORE + "Group"], "displayName": name, "members": [
            {"value": one} for one in members]}).json()["id"]

    def administer(self) -> None:
        server, command = self.server, self.server.command
        command("credential", "rotate", "--tenant", "acme", "Test")
        issued = server.issue_credential("acme", "Second", "--slug", "second")
        command("credential", "rotate", "--tenant", "acme", "second")
        self.previous_token = issued["token"]
        command("credential", "networks", "--tenant", "other", "Test", "127.0.0.0/8")
        command("scope", "grant", "--tenant", "acme", self.member, "global=read", "group:sales=write")
        command("tenant", "set", "acme", "rotation_reminder_days=10")
        operator = server.operator("root")["token"]
        server.administrator("acme", "boss", "owner", operator)
        key = server.issue_service_key("acme", "App", "--scope", "members:read", "--scope", "sessions:write",
                                       "--scope", "introspect", "--scope", "keys:write", "--scope", "content:write")
        self.service_key = key["token"]
        client = server.client(self.service_key, "/api/v1")

        def ask(method: str, path: str, document: dict[str, Any]) -> Response:
            return client.scim(method, path, document, {"Content-Type": "application/json"})
        made = [ask("POST", f"/members/{self.member}/sessions", {}),
                ask("POST", f"/members/{self.member}/keys", {"name": "laptop", "scope": "read"}),
                ask("PUT", "/content", {"scope": "global", "reference": "1", "owner": self.member})]
        assert [one.status for one in made] == [201, 201, 200], [one.body for one in made]
        self.session = made[0].json()["token"]
        server.api("POST", f"/members/{self.member}/invitation?tenant=acme", {}, operator)
        schemas = Path(__file__).resolve().parents[1] / "behaviour" / "schemas"
        for done in (command("schema", "load", *(str(schemas / one) for one in ("Device.json", "DeviceType.json",
                                                                                     "Warranty.json")),
                             "--tenant", "acme"),
                     command("issuer", "add", "--tenant", "acme", "--issuer", "https://id.example.com", "--audience",
                             "rollcall", "--key", public_key(server), "--algorithm", "EdDSA", "--kid", "first"),
                     command("openid", "set", "--tenant", "acme", "--issuer", "https://id.example.com", "--client-id",
                             "rollcall"),
                     command("openid", "link", "--tenant", "acme", "--member", "boss", "--subject",
                             "the-boss"),
                     command("mass-change", "announce", "--tenant", "acme", "100")):
            if done.returncode != 0:
                print("not made:", done.args[1:], done.stderr)

    def lists(self, server: Server) -> bytes:
        """What clients see: everything, without what changes with time alone."""
        seen = b""
        acme, other = self.client.token, self.other.token
        for token, path in ((acme, "/Users"), (acme, "/Groups"), (other, "/Users")):
            client, start = server.client(token), 1
            while True:
                page = client.scim("GET", f"{path}?startIndex={start}&count=200")
                seen += b"%d " % page.status + page.body.replace(b":%d/" % server.port, b"/")
                start += 200
                if page.status != 200 or start > page.json()["totalResults"]:
                    break
        return seen


def public_key(server: Server) -> str:
    folder = os.path.dirname(server.store_path)
    for options in (("genpkey", "-algorithm", "ed25519", "-out", f"{folder}/private.pem"),
                    ("pkey", "-in", f"{folder}/private.pem", "-pubout", "-out", f"{folder}/public.pem")):
        subprocess.run(["openssl", *options], check=True, capture_output=True)
    return f"{folder}/public.pem"


def tables_of(path: str) -> dict[str, list[Any]]:
    """Every row of a SQLite file, without the program's help."""
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    # A request may have any bytes in its path; what is copied is text.
    database.text_factory = lambda raw: raw if valid(raw) else bytes(b if 0 < b < 128 else 63 for b in raw)
    rows: dict[str, list[Any]] = {}
    for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"):
        name = name if isinstance(name, str) else name.decode()
        columns = [one[1].decode() for one in database.execute(f"PRAGMA table_info({name})")
                   if (name, one[1]) != ("resource", b"seq")]
        where = f" WHERE NOT ({OWN_COUNTERS})" if name == "counter" else ""
        rows[name] = sorted((tuple(row) for row in database.execute(
            f"SELECT {', '.join(columns)} FROM {name}{where}")), key=repr)
    database.close()
    return rows


def valid(raw: bytes) -> bool:
    try:
        return b"\0" not in raw and bool(raw.decode()) | True
    except UnicodeDecodeError:
        return False


def copy(source: str, target: str, *more: str) -> subprocess.CompletedProcess[str]:
    return program.run("store", "copy", source, target, "--json", *more, timeout=300)


def is_sound(outcome: Outcome, name: str, url: str) -> None:
    for check in (("verify",), ("audit", "verify")):
        done = program.run(*check, "--store", url)
        outcome.check(f"{name}: {' '.join(check)}", done.returncode == 0, done.stdout + done.stderr)


def there_and_back(outcome: Outcome, cluster: Cluster, folder: str) -> None:
    """SQLite, PostgreSQL, another PostgreSQL, SQLite, another SQLite: the same rows, ids, versions and tokens."""
    with Server() as server:
        world = World(server, 700)
        seen = world.lists(server)
        server.stop()
        server.start()   # the trail of reads is written when it stops
        server.stop()
        wanted = tables_of(server.store_path)
        filled = {name for name, rows in wanted.items() if rows}
        outcome.check("many tables are filled", len(filled) >= 28, str(sorted(set(wanted) - filled)))
        places = [server.store, cluster.database(), cluster.database(), f"sqlite:{folder}/back.db",
                  f"sqlite:{folder}/again.db"]
        for source, target in zip(places, places[1:]):
            name = f"{source.split(':')[0]} to {target.split(':')[0]}"
            done = copy(source, target)
            if not outcome.check(name, done.returncode == 0, done.stdout + done.stderr):
                server.start()
                return
            is_sound(outcome, name, target)
        for path in ("back.db", "again.db"):
            found = tables_of(f"{folder}/{path}")
            different = [one for one in wanted if clean(wanted[one]) != clean(found.get(one, []))]
            outcome.check(f"{path}: every row is what it was", not different and set(found) == set(wanted),
                          str(different))
        refusals(outcome, places)
        for number, url in enumerate((places[1], f"sqlite:{folder}/again.db")):
            with Server(url=url) as moved:
                serves_on(outcome, world, moved, seen, str(number))
        server.start()


def clean(rows: list[Any]) -> list[Any]:
    """With what is no text replaced in the same way."""
    return sorted(([one.replace("\ufffd".encode(), b"?") if isinstance(one, bytes) else one for one in row]
                   for row in rows), key=repr)


def serves_on(outcome: Outcome, world: World, moved: Server, seen: bytes, name: str) -> None:
    outcome.check(f"{name}: clients see what they saw", world.lists(moved) == seen, "they do not")
    for what, token, base, path in (
            ("the token of before a rotation", world.previous_token, "/scim/v2", "/Users?count=1"),
            ("the service key", world.service_key, "/api/v1", f"/members/{world.member}")):
        status = moved.client(token, base).scim("GET", path).status
        outcome.check(f"{name}: {what} is good", status == 200, str(status))
    answer = moved.client(world.client.token).scim("POST", "/Users", {
        "schemas": [CORE + "User"], "userName": f"after-{name}", "externalId": "ext-0"})
    outcome.check(f"{name}: it goes on", answer.status == 201, f"{answer.status} {answer.body[:200]!r}")
    made = moved.create_tenant(f"new-{name}")
    outcome.check(f"{name}: a new tenant has a new number", made["slug"] == f"new-{name}", str(made))
    is_sound(outcome, f"{name}, written to", moved.store)


def refusals(outcome: Outcome, places: list[str]) -> None:
    for target in places[1:4:2]:
        done = copy(places[0], target)
        outcome.check("what holds data is not overwritten", done.returncode == 1
                      and "holds data already" in done.stderr, f"{done.returncode} {done.stderr}")
    done = copy("sqlite:/nowhere/rollcall.db", places[1])
    outcome.check("a source that is not there", done.returncode == 1 and "The source" in done.stderr, done.stderr)


def killed(outcome: Outcome, source: str, target: str, name: str) -> None:
    """kill -9 at random moments; it goes on where it was."""
    started = time.monotonic()
    kills, found, refused = 0, 0, False
    for attempt in range(40):
        process = subprocess.Popen([program.binary(), "store", "copy", source, target, "--json"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            output, said = process.communicate(
                timeout=random.uniform(0.5, 1) * 0.08 * 1.35 ** attempt if attempt < 14 else 120)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            kills += 1
            done = program.run("verify", "--store", target)
            refused = refused or done.returncode == 1 and "was not finished" in done.stderr
            continue
        if outcome.check(f"{name}: in the end it is complete", process.returncode == 0, said.decode()):
            found = json.loads(output)["found"]
        break
    outcome.check(f"{name}: half of it is no store", refused, "nothing was refused")
    outcome.check(f"{name}: it was killed", kills >= 3, f"{kills} times in {time.monotonic() - started:.1f} s")
    outcome.check(f"{name}: it went on, not from the beginning", found > 0, f"{found} rows were there already")
    is_sound(outcome, name, target)


def progress(outcome: Outcome, cluster: Cluster) -> None:
    """It says once a second where it is: in JSON, and in words."""
    with Server() as server:
        server.create_tenant("acme")
        server.stop()
        many(server.store_path, 400_000)
        copied = copy(server.store, cluster.database())
        lines = [json.loads(line) for line in copied.stderr.splitlines()]
        rows = [line["rows"] for line in lines if line["stage"] == "copying" and line["table"] == "audit"]
        outcome.check("a copy says where it is", copied.returncode == 0 and len(rows) > 1 and 0 < rows[0]
                      and rows == sorted(set(rows)) and rows[-1] <= 400_100, copied.stderr)
        words = program.run("store", "copy", server.store, cluster.database())
        outcome.check("... and in words", words.returncode == 0
                      and re.match(r"copying: \d+ rows; tenant 0 of 1, table audit$", words.stderr.splitlines()[0])
                      is not None, words.stderr)
        server.start()


def while_served(outcome: Outcome, cluster: Cluster, folder: str) -> None:
    """A copy of what is being written is of one moment, also when it was interrupted and the source has changed."""
    with Server() as server:
        client = server.tenant_client("acme")
        many(server.store_path, 80_000)
        for number in range(50):
            client.scim("POST", "/Users", {"schemas": [CORE + "User"], "userName": f"user-{number}"})
        targets = [cluster.database(), f"sqlite:{folder}/served.db"]
        for target in targets:
            name = f"a served source to {target.split(':')[0]}"
            process = subprocess.Popen([program.binary(), "store", "copy", server.store, target],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(0.12)
            process.kill()
            process.wait()
            first = client.scim("GET", "/Users?count=1").json()["Resources"][0]["id"]
            client.scim("PATCH", f"/Users/{first}", {"schemas": [MESSAGE + "PatchOp"], "Operations": [
                {"op": "replace", "path": "title", "value": f"changed for {target[:6]}"}]})
            writing = subprocess.Popen([program.binary(), "store", "copy", server.store, target],
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            number = 0
            while writing.poll() is None:
                number += 1
                client.scim("POST", "/Users", {"schemas": [CORE + "User"], "userName": f"{target[:6]}-{number}"})
            said = writing.communicate()
            outcome.check(name, writing.returncode == 0, f"{said}")
            is_sound(outcome, name, target)


def many(path: str, rows: int) -> None:
    """Requests of nobody in the log of requests, as many as it takes for a copy to last."""
    database = sqlite3.connect(path)
    database.execute(
        "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ?) INSERT INTO audit SELECT 0, "
        "i + (SELECT coalesce(max(seq), 0) FROM audit WHERE tenant_id = 0), '2026-0' || (1 + i % 9) || "
        "'-03T04:05:06.' || (100 + i % 900) || 'Z', randomblob(16), NULL, 'GET', '/', NULL, 401, 5, '', 'scim', '', '' "
        "FROM n", (rows,))
    database.commit()
    database.close()


def canary(outcome: Outcome) -> None:
    os.environ["ROLLCALL_BINARY"] = os.environ.get("ROLLCALL_CANARY_BINARY", "build/dev/rollcall")
    with Cluster() as cluster, tempfile.TemporaryDirectory() as folder, Server() as server:
        client = server.tenant_client("acme")
        client.scim("POST", "/Users", {"schemas": [CORE + "User"], "userName": "ann"})
        for target in (cluster.database(), f"sqlite:{folder}/less.db"):
            done = copy(server.store, target, "--unsafe", "drop-a-row")
            outcome.check("canary: a copy that leaves out a row is found to be another one", done.returncode == 3
                          and "not the same: resource of tenant 1" in done.stderr, f"{done.returncode} {done.stderr}")
            served = program.run("verify", "--store", target)
            outcome.check("canary: it is not served", served.returncode == 1, str(served))


def main() -> None:
    outcome = Outcome()
    if sys.argv[1:] == ["--canary"]:
        canary(outcome)
        outcome.finish()
        return
    random.seed(2026)
    with Cluster() as cluster, tempfile.TemporaryDirectory() as folder:
        there_and_back(outcome, cluster, folder)
        with Server() as server:
            World(server, 1500)
            server.stop()
            many(server.store_path, 100_000)
            first = cluster.database()
            killed(outcome, server.store, first, "killed, to PostgreSQL")
            killed(outcome, first, f"sqlite:{folder}/killed.db", "killed, to SQLite")
            server.start()
        while_served(outcome, cluster, folder)
        progress(outcome, cluster)
    outcome.finish()


if __name__ == "__main__":
    main()
