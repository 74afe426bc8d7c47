#!/usr/bin/env python3
"""PgBouncer between servers and PostgreSQL, as docs/operations.md has it: with `pool_mode = session` everything works.
With transaction pooling it does not, and nobody is shown rows of another tenant nor told that something was done.

  pooler.py
"""
from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.client import Client                                                     # noqa: E402
from support.outcome import Outcome                                                   # noqa: E402
from support.postgres import USER, Cluster, free_port                                 # noqa: E402
from support.server import Server, ServerFailed                                       # noqa: E402

CORE_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
PROGRAM = "/usr/sbin/pgbouncer"


class Pooler:
    """PgBouncer on a port of its own, with fewer connections to the database than it is asked for."""

    def __init__(self, cluster: Cluster, mode: str, size: int) -> None:
        self.cluster, self.mode, self.size = cluster, mode, size
        self.folder = tempfile.TemporaryDirectory(prefix="rollcall-pooler-")
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Pooler":
        folder = Path(self.folder.name)
        folder.chmod(0o755)
        (folder / "users.txt").write_text(f'"{USER}" ""\n', encoding="ascii")
        (folder / "pooler.ini").write_text(f"""[databases]
* = host=127.0.0.1 port={self.cluster.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {self.port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users.txt
pool_mode = {self.mode}
default_pool_size = {self.size}
ignore_startup_parameters = extra_float_digits
""", encoding="ascii")
        more = ["-u", "postgres"] if self.cluster._as else []
        self.process = subprocess.Popen([PROGRAM, "-q", *more, str(folder / "pooler.ini")], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 20
        while time.monotonic() < end and self.process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                break
            time.sleep(0.05)
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process is not None
        self.process.terminate()
        self.process.wait()
        self.folder.cleanup()

    def url(self, database: str) -> str:
        name = database.rsplit("/", 1)[1]
        return f"postgres://{USER}@127.0.0.1:{self.port}/{name}?sslmode=disable&gssencmode=disable"


def work(client: Client, name: str, rounds: int) -> list[str]:
    """Makes, reads and changes users; what was not as it should be. 503 says that nothing was done."""
    wrong: list[str] = []
    for number in range(rounds):
        made = client.scim("POST", "/Users", {"schemas": [CORE_USER], "userName": f"{name}-{number}"})
        if made.status == 503:
            wrong.append("503")
            continue
        if made.status != 201:
            wrong.append(f"POST {made.status} {made.body[:100]!r}")
            continue
        path = "/Users/" + made.json()["id"]
        for answer in (client.scim("PATCH", path, {"schemas": [PATCH], "Operations": [
                {"op": "replace", "path": "title", "value": name}]}), client.scim("GET", path)):
            if answer.status == 503:
                wrong.append("503")
            elif answer.status != 200 or answer.json()["title"] != name:
                wrong.append(f"{answer.status} {answer.body[:100]!r}")
        listed = client.scim("GET", "/Users?count=200")
        if listed.status == 503:
            wrong.append("503")
        elif any(not one["userName"].startswith(name.rstrip("0123456789")) for one in listed.json()["Resources"]):
            wrong.append("a list shows users of another tenant")
    return wrong


def through(cluster: Cluster, mode: str) -> list[str]:
    database = cluster.database()
    with Server(url=database) as direct:
        for slug in ("red", "blue"):
            direct.create_tenant(slug)
        tokens = {slug: direct.issue_credential(slug)["token"] for slug in ("red", "blue")}
    with Pooler(cluster, mode, 40) as pooler:
        url = pooler.url(database)
        try:
            with Server(url=url) as first, Server(url=url) as second, ThreadPoolExecutor(8) as pool:
                jobs = [pool.submit(work, server.client(tokens[slug]), f"{slug}{number}{side}", 10)
                        for side, server in enumerate((first, second)) for slug in tokens for number in range(2)]
                return [one for job in jobs for one in job.result()]
        except ServerFailed as failed:
            return [f"it does not start: {failed}"]


def main() -> None:
    outcome = Outcome()
    with Cluster() as cluster:
        wrong = through(cluster, "session")
        outcome.check("session: everything works", not wrong, str(wrong[:5]))
        wrong = through(cluster, "transaction")
        outcome.check("transaction: the server says why it does not start", len(wrong) == 1
                      and "pool_mode = session" in wrong[0], str(wrong[:5]))
    outcome.finish()


if __name__ == "__main__":
    main()
