"""`./run`, as a newcomer types it: what it prints is pasted into a shell, it is typed again, and its port is taken."""
from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from program.check import Check
from support import program
from support.server import checkout_file

TOKEN = re.compile(r"\brc_scim_[\w-]{48}\b")
LAST_LINE = "Stop it with Ctrl-C."
# In the place of dev/install and dev/build, which ./test has run: each writes down how it was called.
STAND_IN = '#!/bin/sh\necho "${0##*/} $*" >> called\n[ ! -e "${0##*/}.fails" ]\n'


@dataclass
class Checkout:
    """A folder with `run` in it and the program where a build leaves it."""
    folder: Path
    port: int = 0

    def __post_init__(self) -> None:
        (self.folder / "dev").mkdir(parents=True)
        shutil.copy(checkout_file("run"), self.folder / "run")
        for name in ("install", "build"):
            (self.folder / "dev" / name).write_text(STAND_IN)
            (self.folder / "dev" / name).chmod(0o755)
        (self.folder / "build" / "release").mkdir(parents=True)
        (self.folder / "build" / "release" / "rollcall").symlink_to(Path(program.binary()).resolve())
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]

    def called(self) -> list[str]:
        file = self.folder / "called"
        calls = file.read_text().splitlines() if file.exists() else []
        file.unlink(missing_ok=True)
        return calls

    def type(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A `./run` that ends by itself."""
        return subprocess.run(["../run", *arguments], cwd=self.folder / "dev", capture_output=True, text=True,
                              timeout=30, stdin=subprocess.DEVNULL, check=False)

    def paste(self, line: str, **environment: str) -> tuple[int, dict]:
        """A line in another terminal: exit code, and the JSON of the last answer."""
        done = subprocess.run(["bash", "-c", line], cwd="/", capture_output=True, text=True, timeout=30,
                              env={**os.environ, **environment}, check=False)
        try:
            return done.returncode, json.loads(done.stdout.splitlines()[-1])
        except (ValueError, IndexError):
            return done.returncode, {"printed": done.stdout + done.stderr}


class Running:
    """`./run` until the Ctrl-C that ends it; `said` is what it printed until it served."""

    def __init__(self, checkout: Checkout, *arguments: str) -> None:
        self.log = open(checkout.folder / "log", "wb")
        self.process = subprocess.Popen(["./run", *arguments], cwd=checkout.folder, stdout=subprocess.PIPE,
                                        stderr=self.log, stdin=subprocess.DEVNULL, text=True)
        self.said = ""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line
            if line.strip() == LAST_LINE:
                break
        self._wait(checkout)

    def _wait(self, checkout: Checkout) -> None:
        deadline = time.monotonic() + 20
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", checkout.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.02)
        self.end()
        raise RuntimeError("./run does not serve: " + self.said + (checkout.folder / "log").read_text())

    def lines(self) -> list[str]:
        return [line for line in self.said.splitlines() if line.startswith("curl ")]

    def end(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            code = self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()
        self.log.close()
        return code


def lines_work(check: Check, checkout: Checkout, run: Running, users: int, **environment: str) -> None:
    """The three lines, each as it stands; the one that makes a user twice in a shell, and `users` are there then."""
    lines = run.lines()
    if not check.that("there are three lines to paste", len(lines) == 3, run.said):
        return
    code, answer = checkout.paste(lines[0], **environment)
    check.that("the first lists the users", code == 0 and answer.get("totalResults") == users - 2, str(answer))
    # Seeded: two random names of a shell are the same once in 32,768 times.
    code, answer = checkout.paste(f"RANDOM={users}\n{lines[1]}; echo\n{lines[1]}", **environment)
    check.that("the second makes a user, again and again", code == 0 and "id" in answer
               and answer["userName"].startswith("ann."), str(answer))
    code, answer = checkout.paste(lines[2], **environment)
    check.that("the third finds those that were made", code == 0 and answer.get("totalResults") == users,
               str(answer))


def test_first_and_second_time(check: Check) -> None:
    checkout = Checkout(check.folder / "checkout")
    store = ("--store", f"sqlite:{checkout.folder}/data/rollcall.db")
    port = ("--port", str(checkout.port))

    run = Running(checkout, *port)
    tokens = set(TOKEN.findall(run.said))
    told = [line for line in run.said.splitlines() if TOKEN.search(line) and not line.startswith("curl ")]
    check.that("it installs and builds first", checkout.called() == ["install run", "build release rollcall"])
    check.that("one token is shown, in a line of its own", len(tokens) == 1 and len(told) == 1, run.said)
    check.that("the address has the port", f"http://127.0.0.1:{checkout.port}/scim/v2" in run.said, run.said)
    lines_work(check, checkout, run, 2)
    taken = checkout.type(*port)
    check.that("a port that is taken gets a sentence and nothing else is done", taken.returncode == 1
               and f"port {checkout.port} is taken" in taken.stderr and taken.stdout == "" and not checkout.called(),
               taken.stdout + taken.stderr)
    check.that("Ctrl-C ends it", (code := run.end()) == 0, f"exit {code}")
    check.that("the data is for its owner alone", (checkout.folder / "data").stat().st_mode & 0o777 == 0o700)

    token = tokens.pop()
    run = Running(checkout, f"--port={checkout.port}")
    check.that("no second token", not TOKEN.search(run.said) and "issued on an earlier run" in run.said, run.said)
    lines_work(check, checkout, run, 4, TOKEN=token)
    tenants = json.loads(check.run("tenant", "list", *store, "--json").stdout)
    issued = json.loads(check.run("credential", "list", "--tenant", "demo", *store, "--json").stdout)
    check.that("the tenant of the first time, and its one token", [one["slug"] for one in tenants] == ["demo"]
               and len(issued) == 1, f"{tenants} {issued}")
    hint = re.search(r"build/release/rollcall credential issue .*", run.said)
    more = subprocess.run(["bash", "-c", hint[0] if hint else "false"], cwd=checkout.folder, capture_output=True,
                          text=True, timeout=30, check=False)
    another = TOKEN.search(more.stdout)
    check.that("the command for another token works", another is not None, run.said + more.stdout + more.stderr)
    code, answer = checkout.paste(run.lines()[0], TOKEN=another[0] if another else "")
    check.that("and the token too", code == 0 and answer.get("totalResults") == 4, str(answer))
    check.that("Ctrl-C ends it again", (code := run.end()) == 0, f"exit {code}")


def test_what_it_refuses(check: Check) -> None:
    checkout = Checkout(check.folder / "checkout")
    for arguments in (["--port"], ["--port", "0"], ["--port", "65536"], ["--port", "http"], ["--port="],
                      ["--prot", "8081"], ["8081"]):
        done = checkout.type(*arguments)
        check.that(f"./run {' '.join(arguments)} is refused with a sentence", done.returncode == 1
                   and done.stderr.startswith("./run: ") and "--port" in done.stderr
                   and len(done.stderr.splitlines()) == 1 and not checkout.called(), done.stdout + done.stderr)
    helped = checkout.type("--help")
    check.that("--help explains it", helped.returncode == 0 and "--port N" in helped.stdout, helped.stdout)
    for name, calls in (("install", 1), ("build", 2)):
        (checkout.folder / f"{name}.fails").touch()
        done = checkout.type("--port", str(checkout.port))
        check.that(f"it ends where dev/{name} fails", done.returncode == 1 and len(checkout.called()) == calls
                   and not (checkout.folder / "data").exists(), done.stdout + done.stderr)
        (checkout.folder / f"{name}.fails").unlink()
