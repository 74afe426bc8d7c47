"""The works that are measured. Each is a session: it copies the data, starts its servers, and offers cases. A case has
two sides, the yardstick and the server, which are measured in turn; its ratio is server to yardstick."""
from __future__ import annotations

import http.client
import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .data import Data
from .servers import Nginx, Rollcall, ServerFailed, get

Sample = dict[str, Any]


@dataclass
class Bench:
    """Where things are, and how long a measurement lasts."""
    programs: Path               # folder of bench_load and its kin
    binary: Path
    work: Path                   # scratch
    base: Data
    small: Data                  # the same with 1,000 users
    seconds: float
    warm_up: float
    rounds: int


@dataclass
class Case:
    work: str
    connections: int
    metric: str                                  # of the two samples; the ratio is made of it
    yardstick: Callable[[], Sample]
    server: Callable[[], Sample]
    reach: float | None = None                   # None: for information
    aim: float | None = None
    lower_is_better: bool = False
    also: str = ""                               # a second metric; the worse ratio counts

    @property
    def name(self) -> str:
        return f"{self.work}/{self.connections}"

    def ratio(self, yardstick: Sample, server: Sample) -> float:
        ratios = [server[metric] / yardstick[metric] for metric in (self.metric, self.also) if metric]
        return max(ratios) if self.lower_is_better else min(ratios)


class Session:
    """The servers of one work while it is measured."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.servers: list[Rollcall | Nginx] = []
        self.failures: list[str] = []
        self.answered = 0            # by the server under test, according to the load generator
        self.asked_here = 0          # requests of this program that leave audit rows
        self.seed = 1
        self.data = bench.base.copy(bench.work / "server")
        self.before = self.data.rows()
        self.rollcall = self.start(self.data)

    def start(self, data: Data) -> Rollcall:
        server = Rollcall(self.bench.binary, data.database, self.bench.work)
        self.servers.append(server)
        return server

    def start_nginx(self, small_body: bytes, page: bytes) -> Nginx:
        nginx = Nginx(self.bench.work / "nginx", small_body, page)
        self.servers.append(nginx)
        return nginx

    @property
    def pids(self) -> list[int]:
        return [pid for server in self.servers for pid in server.pids]

    def warm(self) -> None:
        self.data.warm()

    def cases(self) -> list[Case]:
        raise NotImplementedError

    def ask(self, path: str) -> bytes:
        status, body = get(self.rollcall.port, "/scim/v2" + path, self.data.token)
        self.asked_here += 1
        if status != 200:
            raise ServerFailed(f"{path} is answered with {status}")
        return body

    def load(self, port: int, pids: list[int], work: str, connections: int, data: Data, **options: object) -> Sample:
        self.seed += 1
        arguments = {"port": port, "work": work, "connections": connections, "threads": 2, "seed": self.seed,
                     "seconds": self.bench.seconds, "warm": self.bench.warm_up, "users": data.file("users.tsv"),
                     "token-file": data.file("token"), "watch": ",".join(map(str, pids)),
                     **{name.replace("_", "-"): value for name, value in options.items()}}
        command = [str(self.bench.programs / "bench_load")]
        for name, value in arguments.items():
            command += ["--" + name, str(value)]
        sample = run_json(command)
        if sample["errors"]:
            self.failures.append(f"{work}, {connections} connections: {sample['errors']} wrong answers, "
                                 f"the first: {sample['first_error']}")
        return sample

    def load_rollcall(self, work: str, connections: int, **options: object) -> Sample:
        before = self.rollcall.metrics()
        sample = self.load(self.rollcall.port, self.rollcall.pids, work, connections, self.data, **options)
        after = self.rollcall.metrics()
        batches = after["rollcall_store_write_batches_total"] - before["rollcall_store_write_batches_total"]
        jobs = after["rollcall_store_write_jobs_total"] - before["rollcall_store_write_jobs_total"]
        sample["jobs_per_commit"] = round(jobs / batches, 2) if batches else 0
        self.answered += sample["answered"]
        return sample

    def users_made(self) -> int:
        return 0

    def close(self) -> None:
        """Stops everything, then compares what was written with what was answered."""
        for server in self.servers:
            server.stop()
        after = self.data.rows()
        expected = self.before["audit"] + self.answered + self.asked_here
        if after["audit"] != expected:
            self.failures.append(f"{after['audit'] - self.before['audit']} audit rows were written for "
                                 f"{self.answered + self.asked_here} requests")
        if after["users"] != self.before["users"] + self.users_made():
            made = after["users"] - self.before["users"]
            self.failures.append(f"{made} users were made by {self.users_made()} requests")


def run_json(command: list[str]) -> Sample:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 3) or not done.stdout:
        raise ServerFailed(f"{Path(command[0]).name}: {done.stderr.strip()}")
    return json.loads(done.stdout)


class Reads(Session):
    """GET by id, look-up by userName and list pages, beside nginx with bytes of the same size."""

    PAGES_MAX = 100      # of 100 users; a client that lists goes from page to page

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self.small_body = self._typical_user()
        self.page = self.ask("/Users?startIndex=1&count=100")
        self.pages = max(1, min(self.PAGES_MAX, bench.base.users // 100))
        self.nginx = self.start_nginx(self.small_body, self.page)

    def _typical_user(self) -> bytes:
        for user in reversed(self.data.last_user_ids(200)):
            body = self.ask("/Users/" + user)
            if b"$" not in body:
                return body
        raise ServerFailed("every user is in a group or has a manager")

    def yardstick(self, work: str, connections: int) -> Sample:
        if work == "list":
            return self.load(self.nginx.page_port, self.nginx.pids, work, connections, self.data,
                             answer_bytes_min=len(self.page))
        return self.load(self.nginx.port, self.nginx.pids, work, connections, self.data,
                         answer_bytes_min=len(self.small_body))

    def server(self, work: str, connections: int, first_page: int = 0) -> Sample:
        if work == "list":
            return self.load_rollcall(work, connections, pages=self.pages, first_page=first_page,
                                      answer_bytes_min=int(len(self.page) * 0.8))
        return self.load_rollcall(work, connections, answer_bytes_min=int(len(self.small_body) * 0.8))


class Get(Reads):
    def cases(self) -> list[Case]:
        return read_cases(self, "get", "per_second", 0.45, 0.7)


class Filter(Reads):
    def cases(self) -> list[Case]:
        return read_cases(self, "filter", "per_second", 0.4, 0.65)


class List(Reads):
    def cases(self) -> list[Case]:
        cases = read_cases(self, "list", "bytes_per_second", 0.3, 0.6)
        middle = self.bench.base.users // 200
        if middle > 2 * self.pages:
            # So many that hardly one is kept until it is asked for again.
            cases.append(Case("list_of_many", 32, "bytes_per_second", lambda: self.yardstick("list", 32),
                              lambda: self.load_rollcall("list", 32, pages=middle, first_page=middle,
                                                         answer_bytes_min=int(len(self.page) * 0.8))))
        return cases


def read_cases(session: Reads, work: str, metric: str, reach: float, aim: float) -> list[Case]:
    return [Case(work, connections, metric, lambda count=connections: session.yardstick(work, count),
                 lambda count=connections: session.server(work, count),
                 *((reach, aim) if connections == 32 else (None, None)))
            for connections in (1, 32, 256)]


class Introspect(Session):
    """POST /api/v1/introspect for sessions of different members, beside nginx with bytes of the same size."""

    SESSIONS = 500
    PATH = "/api/v1/introspect"

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        key = run_json([str(bench.binary), "service-key", "issue", "--tenant", self._tenant(), "--name", "Bench",
                        "--scope", "introspect", "--scope", "sessions:write", "--store",
                        f"sqlite:{self.data.database}", "--json"])["token"]
        self.key_file, self.tokens_file = bench.work / "service_key", bench.work / "session_tokens"
        self.key_file.write_text(key + "\n", encoding="ascii")
        self.before = self.data.rows()               # the command leaves a row of its own
        tokens = [json.loads(self._post(f"/api/v1/members/{user}/sessions", key, "application/json", "{}"))["token"]
                  for user in self.data.last_user_ids(self.SESSIONS)]
        self.tokens_file.write_text("\n".join(tokens) + "\n", encoding="ascii")
        self.answer = self._post(self.PATH, key, "application/x-www-form-urlencoded", "token=" + tokens[0])
        self.nginx = self.start_nginx(self.answer, self.answer)

    def _tenant(self) -> str:
        listed = subprocess.run([str(self.bench.binary), "tenant", "list", "--store", f"sqlite:{self.data.database}",
                                 "--json"], capture_output=True, text=True, check=True)
        return json.loads(listed.stdout)[0]["slug"]

    def _post(self, path: str, key: str, media_type: str, body: str) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", self.rollcall.port, timeout=30)
        connection.request("POST", path, body, {"Authorization": "Bearer " + key, "Content-Type": media_type})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        self.asked_here += 1
        if answer.status not in (200, 201):
            raise ServerFailed(f"{path} is answered with {answer.status}")
        return content

    def options(self) -> dict[str, object]:
        return {"path": self.PATH, "tokens": self.tokens_file, "token_file": self.key_file,
                "answer_bytes_min": int(len(self.answer) * 0.8)}

    def cases(self) -> list[Case]:
        return [Case("introspect", connections, "per_second",
                     lambda count=connections: self.load(self.nginx.port, self.nginx.pids, "introspect", count,
                                                         self.data, **self.options()),
                     lambda count=connections: self.load_rollcall("introspect", count, **self.options()),
                     *((0.6, 0.7) if connections == 32 else (None, None)))
                for connections in (1, 32, 256)]


class Create(Session):
    """POST of new users, beside SQLite alone taking the same rows in transactions of the size the server reached."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self.raw = bench.base.copy(bench.work / "raw")
        self.batches: dict[int, int] = {}
        self.made = 0

    def warm(self) -> None:
        super().warm()
        self.raw.warm()

    def cases(self) -> list[Case]:
        return [Case("create", connections, "per_second", lambda count=connections: self.yardstick(count),
                     lambda count=connections: self.server(count), 0.65, 0.8 if connections == 1 else 0.85)
                for connections in (1, 32, 256)]

    def server(self, connections: int) -> Sample:
        sample = self.load_rollcall("create", connections, answer_bytes_min=900)
        self.made += sample["answered"]
        self.batches[connections] = max(1, round(sample["jobs_per_commit"]))
        return sample

    def yardstick(self, connections: int) -> Sample:
        if connections not in self.batches:
            self.server(connections)       # before the first round: how many creations share a commit?
        self.seed += 1
        return run_json([str(self.bench.programs / "bench_raw_sqlite"), "--database", str(self.raw.database),
                         "--batch", str(self.batches[connections]), "--seconds", str(self.bench.seconds),
                         "--seed", str(100_000 + self.seed)])

    def users_made(self) -> int:
        return self.made


class Bulk(Session):
    """Bulks of 1,000 creations, beside single ones, both on one connection: what one commit for all saves."""

    OPERATIONS = 1_000

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self.made = 0

    def cases(self) -> list[Case]:
        return [Case("bulk", 1, "per_second", self.singles, self.bulks, 3.0, 5.0)]

    def singles(self) -> Sample:
        sample = self.load_rollcall("create", 1, answer_bytes_min=900)
        self.made += sample["answered"]
        return sample

    def bulks(self) -> Sample:
        sample = self.load_rollcall("bulk", 1, operations=self.OPERATIONS, answer_bytes_min=100 * self.OPERATIONS)
        created = sample["answered"] * self.OPERATIONS
        self.made += created
        self.answered += created         # an audit row for each operation
        sample["per_second"] *= self.OPERATIONS
        return sample

    def users_made(self) -> int:
        return self.made


class AddMember(Session):
    """PATCH that adds one member: to a group of many, beside the same to a group without members."""

    REQUESTS_MAX = 2_000

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self.taken = int(bench.base.summary["big_group"])
        free = bench.base.users - self.taken
        groups = int(bench.base.summary["empty_groups"])
        # Every addition needs a user who is no member yet and a group that is still empty, in all rounds of all cases.
        self.requests = max(10, min(self.REQUESTS_MAX, min(free, groups) // (4 * (bench.rounds + 2))))
        self.first = {"big_group.txt": 0, "empty_groups.txt": 0}

    def cases(self) -> list[Case]:
        return [Case("add_member", connections, "mean_us",
                     lambda count=connections: self.add("empty_groups.txt", count),
                     lambda count=connections: self.add("big_group.txt", count), 1.3, 1.1, True, "server_cpu_us")
                for connections in (1, 32)]

    def add(self, groups: str, connections: int) -> Sample:
        first = self.first[groups]
        self.first[groups] += self.requests
        return self.load_rollcall("add_member", connections, groups=self.data.file(groups), first=first,
                                  requests=self.requests, members_taken=self.taken)


class Growth(Session):
    """Look-ups among all users, beside look-ups among 1,000: what size costs."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self.small = bench.small.copy(bench.work / "small")
        self.small_rollcall = self.start(self.small)

    def cases(self) -> list[Case]:
        return [Case(f"growth_{work}", connections, "p99_us",
                     lambda work=work, count=connections: self.yardstick(work, count),
                     lambda work=work, count=connections: self.load_rollcall(work, count),
                     *((3.0, 1.5) if connections == 32 else (None, None)), True)
                for work in ("get", "filter") for connections in (1, 32)]

    def yardstick(self, work: str, connections: int) -> Sample:
        server = self.small_rollcall
        return self.load(server.port, server.pids, work, connections, self.small)


WORKS: dict[str, type[Session]] = {"get": Get, "filter": Filter, "list": List, "introspect": Introspect,
                                   "create": Create, "bulk": Bulk, "add_member": AddMember, "growth": Growth}
