"""A full disk: writes are refused with 503, reads go on, and nothing that was acknowledged is lost (promise P7)."""
from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from typing import Any

from program.check import Check
from support.client import NoAnswer, Response
from support.server import Server

USER = "urn:ietf:params:scim:schemas:core:2.0:User"


def create(client: Any, number: int) -> Response:
    return client.scim("POST", "/Users", {"schemas": [USER], "userName": f"user{number}", "title": "x" * 900,
                                          "nickName": "y" * 900, "displayName": "z" * 900})


def test_limited_file(check: Check) -> None:
    """The process may write files of at most 4 MiB, which SQLite sees as a disk that is full."""
    store = str(check.folder / "rollcall.db")
    first = Server(store=store)
    first.create_tenant("acme")
    token = first.issue_credential("acme")["token"]

    def limit() -> None:
        import signal
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4 << 20, 4 << 20))

    server = Server(store=store, preexec=limit).start()
    judge_full(check, server, server.client(token))
    server.kill()
    check.run("verify", "--store", "sqlite:" + store)


def judge_full(check: Check, server: Server, client: Any) -> list[str]:
    made: list[str] = []
    refusal: Response | None = None
    for number in range(20000):
        try:
            answer = create(client, number)
        except NoAnswer as error:
            check.that("a full disk gets an answer", False, str(error))
            return made
        if answer.status != 201:
            refusal = answer
            break
        made.append(answer.json()["id"])
    if not check.that("the disk was filled", refusal is not None):
        return made
    assert refusal is not None
    check.that("a write is refused with 503", refusal.status == 503, f"{refusal.status} {refusal.body!r}")
    check.that("... and when to try again", refusal.header("Retry-After") is not None, str(refusal.headers))
    check.that("... as a SCIM error that shows no internals (P-ERR-13)",
               refusal.json()["status"] == "503" and "sqlite" not in refusal.body.decode().lower(), str(refusal.body))
    read = client.scim("GET", f"/Users/{made[0]}")
    check.that("reads go on", read.status == 200, f"{read.status} {read.body!r}")
    check.that("the process lives", client.send("GET", "/healthz").status in (200, 503))
    lost = [one for one in made if client.scim("GET", f"/Users/{one}?attributes=userName").status != 200]
    check.that("nothing acknowledged is lost", not lost, f"{len(lost)} of {len(made)}")
    return made


def test_small_file_system(check: Check) -> None:
    """On a file system of 8 MiB, where this may be mounted: full, then space again."""
    if os.geteuid() != 0:
        print("note  disk.small_file_system: needs root to mount a file system; the limited file stands for it")
        return
    folder = check.folder / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)], capture_output=True,
                             check=False)
    if mounted.returncode != 0:
        print("note  disk.small_file_system: no file system can be mounted here; the limited file stands for it")
        return
    try:
        ballast = folder / "ballast"
        ballast.write_bytes(bytes(2 << 20))
        store = str(folder / "rollcall.db")
        server = Server(store=store)
        server.log_path = str(check.folder / "server.log")
        server.create_tenant("acme")
        client = server.start().client(server.issue_credential("acme")["token"])
        made = judge_full(check, server, client)
        ballast.unlink()
        deadline = time.monotonic() + 5
        answer = None
        while time.monotonic() < deadline:
            answer = create(client, 30000)
            if answer.status == 201:
                break
            time.sleep(0.2)
        check.that("it recovers within 5 s after space returns", answer is not None and answer.status == 201,
                   f"{answer.status} {answer.body!r}" if answer else "")
        check.that("... with all it had", all(client.scim("GET", f"/Users/{one}").status == 200 for one in made[-20:]))
        client.close()
        server.stop()
        check.run("verify", "--store", "sqlite:" + store)
    finally:
        subprocess.run(["umount", str(folder)], capture_output=True, check=False)


if __name__ == "__main__":
    sys.exit("Run program_test.py disk.")


def test_share_in_use(check: Check) -> None:
    """T70: /metrics says how full the disk is, so that somebody is told before rows of the trail fill it."""
    store = str(check.folder / "rollcall.db")
    with Server(store=store) as server:
        client = server.client()
        lines = client.send("GET", "/metrics").body.decode().splitlines()
        client.close()
    told = [float(line.split()[1]) for line in lines if line.startswith("rollcall_disk_used_ratio ")]
    here = os.statvfs(check.folder)
    used = here.f_blocks - here.f_bfree
    expected = used / (used + here.f_bavail)
    check.that("T70 the part in use is told", len(told) == 1 and abs(told[0] - expected) < 0.05,
               f"{told} of {expected}")
