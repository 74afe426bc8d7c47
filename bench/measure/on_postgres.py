"""The works on PostgreSQL: a cluster of its own, filled in SQL, servers on it, and pgbench on the same cluster as the
yardstick, in turns with the server."""
from __future__ import annotations

import contextlib
import itertools
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

from support import program                                                         # noqa: E402
from support.postgres import PROGRAMS, Cluster                                       # noqa: E402
from support.server import Server                                                    # noqa: E402

from .works import Case, Sample, run_json                                           # noqa: E402

# A server as somebody would set it up who reads docs/operations.md; everything durable.
SETTINGS = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "autovacuum": "on",
            "shared_buffers": "2GB", "max_wal_size": "8GB", "checkpoint_timeout": "30min", "wal_compression": "lz4"}
# As shipped: a thread for each core. Two processes on one machine share its cores, as docs/operations.md says.
HALF = ("--threads", "1")
TENANTS = 4
SERVER = ("--limit", "connections_per_address_max=1024")
BIG_GROUP = 100_000
ID = "('00000000-0000-7000-8000-' || lpad(to_hex({}), 12, '0'))::uuid"
PERSON = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User",
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
    "userName": "bench-template", "externalId": "bench-external", "displayName": "Ada Bench", "title": "Engineer",
    "name": {"givenName": "Ada", "familyName": "Bench", "formatted": "Ada Bench"}, "locale": "en-GB", "active": True,
    "phoneNumbers": [{"type": "work", "value": "+44 20 7946 0123"}], "preferredLanguage": "en",
    "addresses": [{"type": "work", "streetAddress": "1 Example Street", "locality": "London", "postalCode": "N1 9GU",
                   "country": "GB", "formatted": "1 Example Street\nLondon N1 9GU\nUnited Kingdom"}],
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
        "employeeNumber": "123456", "department": "Research", "costCenter": "4711", "organization": "Example"}}
GET = "SELECT version, created, last_modified, plain, document FROM resource WHERE tenant_id = 1 AND type = 'User' " \
      "AND id = " + ID.format(":bench_n::bigint")
# The rows of a POST without the counters, on whose rows one statement would wait for the commit of another.
POST = r"""\set bench_n random(1, 1000000000000)
WITH new AS (SELECT gen_random_uuid() AS id, nextval('bench_number') AS seq,
      'y' || :bench_n::bigint || random() AS name),
r AS (INSERT INTO resource (tenant_id, type, id, version, created, last_modified, active, plain, hidden, user_name_key,
      external_id, display, document) SELECT 2, 'User', id, 1, 1, seq, true, true, false, name, name, 'Ada Bench',
      document FROM new, bench_document),
i AS (INSERT INTO value_index SELECT 2, 'emails.value', name || n, id FROM new, generate_series(1, 2) n),
u AS (INSERT INTO unique_value SELECT 2, 'User', 'emails.value', name || n, id FROM new, generate_series(1, 2) n),
m AS (INSERT INTO member (tenant_id, id, role, previous_role, managed, pre_linked, deactivated_by)
      SELECT 2, id, 'member', '', 'scim', false, '' FROM new),
o AS (INSERT INTO outbox SELECT 2, seq, 1, 'create', 'User', id, 1 FROM new),
e AS (INSERT INTO event SELECT 2, seq, 1, id, 'scim', 'credential', id, '', '127.0.0.1', 'user.create', 'User',
      id::text, document, decode(repeat('00', 32), 'hex') FROM new, bench_document)
INSERT INTO audit SELECT 2, seq, now(), id, id, 'POST', '/scim/v2/Users', decode(repeat('00', 32), 'hex'), 201, 850,
      '127.0.0.1', 'scim', id::text, '' FROM new;
"""


class OnPostgres:
    """A session (rounds.py) with two databases: `large` with all users, half of them in its first tenant and the rest
    in 999 others, and `small` with one tenant of 1,000."""

    def __init__(self, programs: Path, work: Path, users: int, seconds: float, rounds: int) -> None:
        self.programs, self.work, self.seconds, self.rounds = programs, work, seconds, rounds
        self.users = max(2_000, users // 2)
        self.group = min(BIG_GROUP, self.users // 2)
        self.failures: list[str] = []
        self.seeds = itertools.count(1)
        self.made = 0
        self.first = {"empty": 0, "big": 0}
        self.cluster = Cluster(SETTINGS)
        self.servers: list[Server] = []

    def __enter__(self) -> "OnPostgres":
        self.cluster.__enter__()
        try:
            self.large = self._server("large", self.cluster.database())
            self._fill("large", self.users, max(0, 999 if self.users >= 100_000 else 9), self.users)
            self._groups()
            self.pair = [self._another(self.large, *HALF) for _ in range(2)]
            for number in range(2, TENANTS + 1):
                token = self.large.tenant_client(f"bench-{number}").token
                (self.work / f"large-{number}.token").write_text(token + "\n", encoding="ascii")
            self.small = self._server("small", self.cluster.database())
            self._fill("small", 1_000, 0, 0)
            self.there = self._count()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: Any) -> None:
        for server in self.servers:
            server.stop()
            server.remove_files()
        self.cluster.__exit__()

    # ---- data

    def _another(self, server: Server, *arguments: str) -> Server:
        other = Server(*SERVER, *arguments, url=server.store)
        other.start()
        self.servers.append(other)
        return other

    def _server(self, name: str, url: str) -> Server:
        server = Server(*SERVER, url=url)
        server.start()
        self.servers.append(server)
        client = server.tenant_client("bench")
        (self.work / f"{name}.token").write_text(client.token + "\n", encoding="ascii")
        server.create_tenant("yardstick")
        made = client.scim("POST", "/Users", PERSON)
        if made.status != 201:
            raise RuntimeError(f"the template is answered with {made.status} {made.body[:300]!r}")
        self.template = made.json()["id"]
        return server

    def _count(self) -> int:
        return int(self.sql(self.large, "SELECT count(*) FROM resource WHERE type = 'User'"))

    def sql(self, server: Server, statements: str) -> str:
        return self.cluster.sql(statements, server.store.rsplit("/", 1)[1]) or ""

    def _fill(self, name: str, users: int, tenants: int, others: int) -> None:
        """Copies the template: `users` in tenant 1, `others` in tenants of their own."""
        server = self.servers[-1]
        print(f"filling {name}: {users + others:,} users ...", flush=True)
        self.sql(server, "CREATE SEQUENCE bench_number START 1000000000; SET synchronous_commit = off;"
                 f"CREATE TABLE bench_document AS SELECT document FROM resource WHERE id = '{self.template}';"
                 "INSERT INTO tenant (slug, profile, policy, created, enabled) "
                 "SELECT 'other-' || n, t.profile, t.policy, "
                 f"t.created, true FROM tenant t, generate_series(1, {tenants}) n WHERE t.id = 1")
        for tenant, first, count in ("1", 0, users), (f"3 + n % greatest({tenants}, 1)", users, others):
            new_id = ID.format("n")
            self.sql(server, f"""SET synchronous_commit = off;
            INSERT INTO resource (tenant_id, type, id, version, created, last_modified, active, plain, hidden,
                member_count, user_name_key, external_id, display, manager, indexed, document)
            SELECT {tenant}, type, {new_id}, 1, created, last_modified + n, active, plain, hidden, 0, 'user-' || n,
                'external-' || n, display, manager, indexed,
                replace(replace(replace(document, id::text, {new_id}::text), 'bench-template', 'user-' || n),
                        'bench-external', 'external-' || n)
            FROM resource, generate_series({first + 1}, {first + count}) n WHERE id = '{self.template}';
            INSERT INTO member (tenant_id, id, role, previous_role, managed, pre_linked, deactivated_by)
            SELECT {tenant}, {new_id}, 'member', '', 'scim', false, ''
            FROM generate_series({first + 1}, {first + count}) n""")
        self.sql(server, "INSERT INTO counter SELECT tenant_id, 'type:User', count(*) FROM resource GROUP BY tenant_id "
                 "ON CONFLICT (tenant_id, name) DO UPDATE SET value = excluded.value")
        self.sql(server, "VACUUM ANALYZE")
        self.sql(server, "CHECKPOINT")
        with open(self.work / f"{name}.users", "w", encoding="ascii") as file:
            for number in range(1, users + 1):
                file.write(f"00000000-0000-7000-8000-{number:012x}\tuser-{number}\n")

    def _groups(self) -> None:
        """One with many members, and empty ones; a round takes so many of them."""
        client = self.large.client((self.work / "large.token").read_text(encoding="ascii").strip())

        def make(name: str) -> str:
            return str(client.scim("POST", "/Groups", {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
                                                       "displayName": name}).json()["id"])
        big = make("Big")
        self.requests = max(10, min(500, (self.users - self.group) // (4 * (self.rounds + 2))))
        empty = [make(f"Empty {number}") for number in range(self.requests * (2 * self.rounds + 1))]
        (self.work / "big.groups").write_text(big + "\n", encoding="ascii")
        (self.work / "empty.groups").write_text("\n".join(empty) + "\n", encoding="ascii")
        self.sql(self.large, f"INSERT INTO membership SELECT tenant_id, '{big}', id, 'User', display, false "
                 "FROM resource WHERE tenant_id = 1 AND type = 'User' AND user_name_key LIKE 'user-%' "
                 f"ORDER BY id LIMIT {self.group}; "
                 f"UPDATE resource SET member_count = {self.group} WHERE id = '{big}'")
        self.sql(self.large, "VACUUM ANALYZE membership")

    # ---- a session, for rounds.py

    def warm(self) -> None:
        pass

    def _cluster_pids(self) -> list[int]:
        """A wrapper, the postmaster, its backends."""
        cluster = [self.cluster.process.pid] if self.cluster.process else []
        for pid in cluster:
            children = Path(f"/proc/{pid}/task/{pid}/children")
            cluster += map(int, children.read_text(encoding="ascii").split() if children.exists() else ())
        return cluster

    @property
    def pids(self) -> list[int]:
        """The servers, and everything of the cluster that is there now."""
        return [*self._cluster_pids(), *(server.process.pid for server in self.servers if server.process)]

    def _database_cpu_ns(self) -> dict[int, int]:
        """Of each process of the cluster that is there."""
        found = {}
        for pid in self._cluster_pids():
            with contextlib.suppress(FileNotFoundError):
                found[pid] = int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[0])
        return found

    def load(self, server: Server, data: str, work: str, connections: int, token: str = "",
             **options: object) -> Sample:
        assert server.process is not None
        arguments = {"port": server.port, "work": work, "connections": connections, "threads": 2,
                     "seed": next(self.seeds), "seconds": self.seconds, "warm": min(1.0, self.seconds / 4),
                     "users": self.work / f"{data}.users",
                     "token-file": self.work / f"{token or data}.token", "watch": server.process.pid,
                     **{name.replace("_", "-"): value for name, value in options.items()}}
        before = self._database_cpu_ns()
        sample = run_json([str(self.programs / "bench_load"),
                           *(str(word) for name, value in arguments.items() for word in ("--" + name, value))])
        # With the rows of the trail that are written behind the answers.
        spent = sum(after - before.get(pid, 0) for pid, after in self._database_cpu_ns().items())
        sample["database_cpu_us"] = spent / 1000 / max(1, sample["answered"])
        if sample["errors"]:
            self.failures.append(f"{work}: {sample['errors']} wrong answers, the first: {sample['first_error']}")
        if work == "create":
            self.made += sample["answered"]
        return sample

    def pgbench(self, script: str, clients: int) -> Sample:
        file = self.work / "script.sql"
        file.write_text(script, encoding="utf-8")
        database = self.large.store.rsplit("/", 1)[1]
        done = subprocess.run([f"{PROGRAMS}/pgbench", "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T",
                               str(max(1, round(self.seconds))), "-f", str(file), "-h", self.cluster.folder, "-p",
                               str(self.cluster.port), "-U", "postgres", database],
                              capture_output=True, text=True, check=False)
        found = re.search(r"tps = ([0-9.]+)", done.stdout)
        if done.returncode != 0 or not found:
            raise RuntimeError("pgbench: " + done.stderr[-1000:])
        return {"per_second": float(found[1])}

    def together(self, servers: list[Server], work: str, tenants: int) -> Sample:
        """32 connections, shared evenly by the processes and the tenants; always from as many clients."""
        tokens = ["large", *(f"large-{number}" for number in range(2, tenants + 1))]
        parts = [(servers[half % len(servers)], token) for half in range(2) for token in tokens]
        with ThreadPoolExecutor(len(parts)) as pool:
            samples = list(pool.map(lambda part: self.load(part[0], "large", work, 32 // len(parts), part[1]),
                                    parts))
        return {"per_second": sum(one["per_second"] for one in samples),
                "p99_us": max(one["p99_us"] for one in samples), "p50_us": max(one["p50_us"] for one in samples)}

    def add(self, groups: str) -> Sample:
        first = self.first[groups]
        self.first[groups] += self.requests
        return self.load(self.large, "large", "add_member", 1, groups=self.work / f"{groups}.groups", first=first,
                         requests=self.requests, members_taken=self.group)

    def cases(self) -> list[Case]:
        get = f"\\set bench_n random(1, {self.users})\n{GET};\n"
        cases = [
            Case("get", 32, "per_second", lambda: self.pgbench(get, 8),
                 lambda: self.load(self.large, "large", "get", 32), 0.5, 0.9),
            Case("filter", 32, "per_second", lambda: self.pgbench(get, 8),
                 lambda: self.load(self.large, "large", "filter", 32)),
            Case("create", 32, "per_second", lambda: self.pgbench(POST, 32),
                 lambda: self.load(self.large, "large", "create", 32), 0.7, 1.3),
            Case("add_member", 1, "mean_us", lambda: self.add("empty"), lambda: self.add("big"), 1.3, 1.1, True),
            Case("growth_filter", 32, "p99_us", lambda: self.load(self.small, "small", "filter", 32),
                 lambda: self.load(self.large, "large", "filter", 32), 3.0, 1.5, True)]
        # The goals are for what the other rows do too; spread over tenants, each commit of two processes has fewer
        # changes in it than one of one process.
        for name, work, tenants, reach in (("two_get", "get", 1, 0.95), ("two_create", "create", 1, 0.95),
                                           ("two_create_spread", "create", TENANTS, None)):
            def one(work: str = work, tenants: int = tenants) -> Sample:
                return self.together([self.large], work, tenants)

            def two(work: str = work, tenants: int = tenants) -> Sample:
                return self.together(self.pair, work, tenants)
            cases += [Case(name, 32, "per_second", one, two, reach, reach and 1.1),
                      Case(name + "_p99", 32, "p99_us", one, two, reach and 1.5, reach and 1.1, True)]
        return cases

    def check(self) -> None:
        """What was answered is there."""
        there = self._count()
        if there < self.there + self.made:
            self.failures.append(f"{self.there + self.made - there} acknowledged users are missing")


def use_binary(path: Path) -> None:
    program.os.environ["ROLLCALL_BINARY"] = str(path)
