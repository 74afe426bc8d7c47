#!/usr/bin/env python3
"""An upgrade without downtime, as docs/operations.md has it: a newer version starts beside the one that serves,
migrates the database under it, both serve for a while, then the old one ends. The newer version is the same program
with a setting that appends one migration (`--unsafe next-migration`): a table, a column with a default, an index. Also
a database whose schema is an older one.

  upgrade.py           all of it
  upgrade.py --canary  a migration that takes a column away must be caught

Both run build/dev/rollcall, or what ROLLCALL_CANARY_BINARY names.
"""
from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support import program                                                           # noqa: E402
from support.client import Client, NoAnswer                                           # noqa: E402
from support.outcome import Outcome                                                   # noqa: E402
from support.postgres import PROGRAMS, Cluster                                        # noqa: E402
from support.server import Server, ServerFailed                                       # noqa: E402
from postgres.faults import ANSWER_SECONDS, Probe                                     # noqa: E402

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
MIGRATIONS = program.ROOT / "src/store/postgres/migrations"
CLIENTS = 8
NEWER = "newer version of Rollcall"


class Crowd:
    """Clients that write and read all the time, each through the server that it is told to."""

    def __init__(self, probe: Probe, port: int) -> None:
        self.probe = probe
        self.ports = [port] * CLIENTS
        self.problems: list[str] = []
        self.slowest = 0.0
        self.answers = 0
        self._end = threading.Event()
        self._pool = ThreadPoolExecutor(CLIENTS)
        self._working = [self._pool.submit(self._work, number) for number in range(CLIENTS)]

    def _work(self, number: int) -> None:
        client = Client(self.ports[number], self.probe.token, timeout=20)
        made: list[str] = []
        while not self._end.is_set():
            if client.port != self.ports[number]:
                client.close()
                client = Client(self.ports[number], self.probe.token, timeout=20)
            name = f"crowd-{number}-{self.answers}-{time.monotonic_ns()}"
            started = time.monotonic()
            try:
                if len(made) % 4 == 3:
                    answer = client.scim("GET", "/Users/" + made[-1])
                    made.append(made[-1])
                else:
                    answer = client.scim("POST", "/Users", {"schemas": [USER], "userName": name})
            except NoAnswer as error:
                self.problems.append(str(error))
                self.probe.unknown.add(name)
                client.close()
                continue
            self.slowest = max(self.slowest, time.monotonic() - started)
            self.answers += 1
            if answer.status == 201:
                made.append(answer.json()["id"])
                self.probe.acknowledged[made[-1]] = name
            elif answer.status != 200:
                self.probe.unknown.add(name)
                if not (answer.status == 503 and answer.header("Retry-After")):
                    self.problems.append(f"{answer.status} {answer.body[:200]!r}")
                    time.sleep(0.05)
        client.close()

    def end(self) -> None:
        self._end.set()
        for one in self._working:
            one.result()
        self._pool.shutdown()


def crossing(servers: list[Server], operator: str, issued: list[dict[str, str]]) -> list[str]:
    """What a revocation through either does to the other."""
    problems = []
    for here, one in enumerate(issued):
        there = servers[1 - here].client(one["token"])
        if there.scim("GET", "/Users?count=1").status != 200:
            problems.append(f"a credential is not good on {1 - here}")
        done = servers[here].api("POST", f"/credentials/{one['id']}/revoke?tenant=acme", None, operator)
        after = there.scim("GET", "/Users?count=1").status
        there.close()
        if done.status not in (200, 204) or after != 401:
            problems.append(f"revoked through {here}: {done.status}, then {after}")
    return problems


def check_refusal(url: str) -> list[str]:
    """What the old version says to the database of the new one, as a server and as a command."""
    problems = []
    old = Server(url=url)
    try:
        old.start()
        problems.append("the old version starts again")
        old.stop()
    except ServerFailed as error:
        if NEWER not in str(error):
            problems.append(f"the old version does not start, and says: {error}")
    finally:
        old.remove_files()
    listed = program.run("tenant", "list", "--store", url)
    if listed.returncode != 1 or NEWER not in listed.stderr:
        problems.append(f"a command of the old version: {listed.returncode} {listed.stderr}")
    return problems


def upgrade(outcome: Outcome, cluster: Cluster, migration: str) -> list[str]:
    """What went wrong."""
    url = cluster.database()
    problems: list[str] = []
    with Server(url=url) as old:
        old.create_tenant("acme")
        operator = old.operator("root")["token"]
        issued = [old.issue_credential("acme", name) for name in ("One", "Two")]
        probe = Probe(outcome, old.port, old.issue_credential("acme")["token"])
        crowd = Crowd(probe, old.port)
        try:
            time.sleep(0.5)
            before = crowd.answers
            with Server("--unsafe", migration, url=url) as new:
                during = crowd.answers
                crowd.ports[::2] = [new.port] * (CLIENTS // 2)
                time.sleep(1)
                problems += crossing([old, new], operator, issued)
                both = crowd.answers
                crowd.ports[:] = [new.port] * CLIENTS
                time.sleep(0.5)
                if old.stop() != 0:
                    problems.append("the old version does not end in order")
                time.sleep(0.5)
                crowd.end()
                probe.client = Client(new.port, probe.token)
                lost, made_up = probe.lost()
                problems += [f"{len(lost)} acknowledged users are gone"] if lost else []
                problems += [f"not sent by anybody: {made_up}"] if made_up else []
        finally:
            crowd.end()
        if not 0 < before < during < both < crowd.answers:
            problems.append(f"answers before, during, with both, after: {before}, {during}, {both}, {crowd.answers}")
        if crowd.slowest > ANSWER_SECONDS:
            problems.append(f"one request took {crowd.slowest:.1f} s")
        problems += crowd.problems[:5]
    problems += check_refusal(url)
    for command in (("verify",), ("audit", "verify")):
        done = program.run(*command, "--store", url, environment={"ROLLCALL_UNSAFE": migration})
        if done.returncode != 0:
            problems.append(f"{' '.join(command)}: {done.stdout}{done.stderr}")
    return problems


def as_before(cluster: Cluster, url: str, until: int) -> str:
    """A database with the data of `url` and the schema that it had with the first `until` migrations."""
    older = cluster.database()
    here, there = (one.rsplit("/", 1)[1] for one in (older, url))
    cluster.sql("CREATE TABLE schema_version (version bigint NOT NULL); "
                "GRANT SELECT ON schema_version TO rollcall_server", here, "rollcall")
    for path in sorted(MIGRATIONS.glob("*.sql"))[:until]:
        cluster.sql(path.read_text(encoding="utf-8"), here, "rollcall")
    cluster.sql(f"INSERT INTO schema_version VALUES ({until})", here, "rollcall")
    months = cluster.sql("SELECT relname FROM pg_class WHERE relname LIKE 'audit_20%' AND relkind = 'r'", there)
    for month in (months or "").split():
        cluster.sql(f"SELECT audit_month('{month[6:].replace('_', '-')}-02')", here, "rollcall")
    listed = cluster.sql("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN "
                         "('r', 'p') AND NOT relispartition AND relname <> 'schema_version'", here)
    for table in (listed or "").split():
        columns = cluster.sql("SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute WHERE "
                              f"attrelid = '{table}'::regclass AND attnum > 0 AND NOT attisdropped", here)
        move(cluster, table, (columns or "").strip(), there, here)
    cluster.sql("SELECT setval('tenant_id_seq', (SELECT max(id) FROM tenant))", here)
    return older


def move(cluster: Cluster, table: str, columns: str, source: str, target: str) -> None:
    psql = [f"{PROGRAMS}/psql", "-Xqv", "ON_ERROR_STOP=1", "-h", cluster.folder, "-p", str(cluster.port),
            "-U", "postgres"]
    rows = subprocess.run([*psql, "-d", source, "-c", f"COPY (SELECT {columns} FROM {table}) TO STDOUT"],
                          capture_output=True, check=True).stdout
    subprocess.run([*psql, "-d", target, "-c", "SET session_replication_role = replica",
                    "-c", f"COPY {table} ({columns}) FROM STDIN"], input=rows, capture_output=True, check=True)


def from_an_older_schema(outcome: Outcome, cluster: Cluster) -> None:
    url = cluster.database()
    with Server(url=url) as server:
        server.create_tenant("acme")
        issued = server.issue_credential("acme")
        key = server.issue_service_key("acme", "App", "--scope", "members:read")["token"]
        client = server.client(issued["token"])
        made = [client.scim("POST", "/Users", {"schemas": [USER], "userName": f"user-{number}"}).json()["id"]
                for number in range(20)]
        client.close()
    for until in (2, len(list(MIGRATIONS.glob("*.sql"))) - 1):
        with Server(url=as_before(cluster, url, until)) as server:
            client = server.client(issued["token"])
            there = [one for one in made if client.scim("GET", "/Users/" + one).status == 200]
            more = client.scim("POST", "/Users", {"schemas": [USER], "userName": "after"}).status
            found = client.send("GET", "/api/v1/members?count=5", {"Authorization": "Bearer " + key}).status
            client.close()
            outcome.check(f"schema {until}: what was there is there, and serves",
                          (there, more, found) == (made, 201, 200),
                          f"{len(there)} of {len(made)} users, {more}, {found}")
            for command in (("verify",), ("audit", "verify")):
                done = server.command(*command)
                outcome.check(f"schema {until}: {' '.join(command)}", done.returncode == 0, done.stdout + done.stderr)


def main() -> None:
    os.environ["ROLLCALL_BINARY"] = os.environ.get("ROLLCALL_CANARY_BINARY", "build/dev/rollcall")
    outcome = Outcome()
    with Cluster() as cluster:
        if sys.argv[1:] == ["--canary"]:
            problems = upgrade(outcome, cluster, "next-migration-takes")
            outcome.check("canary: a migration that takes a column away is noticed", len(problems) > 0,
                          "no request failed: the test is blind, repair it")
        else:
            problems = upgrade(outcome, cluster, "next-migration")
            outcome.check("two versions side by side: nobody notices the upgrade", not problems, "\n".join(problems))
            from_an_older_schema(outcome, cluster)
    outcome.finish()


if __name__ == "__main__":
    main()
