"""The server under test: one process on a port of its own, with a store of its own, stopped by its own pid."""
from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from . import postgres, program
from .client import Client, NoAnswer, Response

# Of every administrator of the tests.
PASSWORD = "correct horse battery staple"


class ServerFailed(Exception):
    pass


class Server:
    """`with Server() as server:` starts it and stops it; `store` keeps a file over several lives, `url` names any."""

    def __init__(self, *options: str, store: str | None = None, environment: dict[str, str] | None = None,
                 preexec: Any = None, url: str | None = None) -> None:
        # Tests present wrong credentials by the hundred; tests of the limit set it themselves.
        without = () if "--authentication-failures" in options else ("--authentication-failures", "0")
        self.options = (*options, *without)
        self.environment = environment or {}
        self.preexec = preexec
        self._own_folder = None if store else tempfile.mkdtemp(prefix="rollcall-test-")
        self.store_path = store or os.path.join(self._own_folder or "", "rollcall.db")
        # With ROLLCALL_TEST_POSTGRES every store that is not kept as a file is a database there.
        self._database: str | None = None
        if not store and not url and postgres.VARIABLE in os.environ:
            self._database = postgres.new_database()
        self._url = url or self._database
        folder = self._own_folder or os.path.dirname(self.store_path)
        self.log_path = os.path.join(folder, "server.log")
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None

    # ---- life

    @property
    def store(self) -> str:
        return self._url or "sqlite:" + self.store_path

    def start(self, timeout: float = 30) -> "Server":
        started = time.monotonic()
        mark = os.path.getsize(self.log_path) if os.path.exists(self.log_path) else 0
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [program.binary(), "serve", "--store", self.store, "--listen", "127.0.0.1:0", *self.options],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=self.preexec,
                env={**os.environ, **self.environment})
        self.port = self._wait_for_port(mark, started + timeout)
        self._wait_until_ready(started + timeout)
        return self

    def _wait_for_port(self, mark: int, deadline: float) -> int:
        while time.monotonic() < deadline:
            for line in self.log(mark).splitlines():
                if '"listening"' in line:
                    try:
                        event = json.loads(line)
                    except ValueError:
                        continue                      # the line is not complete yet
                    if event.get("event") == "listening" and event.get("port"):
                        return int(event["port"])
            self._check_alive(mark)
            time.sleep(0.002)
        raise ServerFailed("the server did not say on which port it listens:\n" + self.log(mark)[-2000:])

    def _wait_until_ready(self, deadline: float) -> None:
        client = Client(self.port, timeout=5)
        while time.monotonic() < deadline:
            try:
                if client.send("GET", "/readyz").status == 200:
                    client.close()
                    return
            except NoAnswer:
                pass
            self._check_alive(0)
            time.sleep(0.005)
        raise ServerFailed("the server did not become ready:\n" + self.log()[-2000:])

    def _check_alive(self, mark: int) -> None:
        assert self.process is not None
        code = self.process.poll()
        if code is not None:
            raise ServerFailed(f"the server ended with {code}:\n" + self.log(mark)[-2000:])

    def stop(self, timeout: float = 15) -> int:
        """SIGTERM, then wait. Returns the exit code; kills and raises when it takes longer."""
        assert self.process is not None
        process, self.process = self.process, None
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            return process.wait(timeout)
        except subprocess.TimeoutExpired as error:
            process.kill()
            process.wait()
            raise ServerFailed(f"the server did not stop within {timeout} s after SIGTERM") from error

    def kill(self) -> None:
        assert self.process is not None
        process, self.process = self.process, None
        process.kill()
        process.wait()

    def log(self, mark: int = 0) -> str:
        if not os.path.exists(self.log_path):
            return ""
        with open(self.log_path, "rb") as log:
            log.seek(mark)
            return log.read().decode("utf-8", "replace")

    def remove_files(self) -> None:
        if self._own_folder:
            shutil.rmtree(self._own_folder, ignore_errors=True)
        if self._database:
            postgres.drop_database(self._database)

    def __enter__(self) -> "Server":
        try:
            return self.start()
        except BaseException:
            if self.process is not None and self.process.poll() is None:
                self.kill()
            self.remove_files()
            raise

    def __exit__(self, kind: Any, *_: Any) -> None:
        try:
            if self.process is not None:
                code = self.stop()
                if code != 0 and kind is None:
                    raise ServerFailed(f"the server ended with {code} after SIGTERM:\n" + self.log()[-2000:])
        finally:
            self.remove_files()

    # ---- what tests need in it

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command on the same store, whatever its exit code."""
        return program.run(*arguments, "--store", self.store)

    def create_tenant(self, slug: str, profile: str | None = None, *options: str) -> dict[str, Any]:
        more = ["--profile", profile] if profile else []
        return program.run_json("tenant", "create", slug, *more, *options, "--store", self.store, "--json")

    def issue_credential(self, tenant: str, name: str = "Test", *more: str) -> dict[str, Any]:
        return program.run_json("credential", "issue", "--tenant", tenant, "--name", name, *more,
                                "--store", self.store, "--json")

    def issue_service_key(self, tenant: str, name: str, *more: str) -> dict[str, Any]:
        return program.run_json("service-key", "issue", "--tenant", tenant, "--name", name, *more,
                                "--store", self.store, "--json")

    # ---- administrators

    def api(self, method: str, path: str, document: Any = None, token: str | None = None) -> Response:
        """A request to the admin API."""
        client = Client(self.port)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        body = None
        if document is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(document).encode()
        answer = client.send(method, "/api/admin/v1" + path, headers, body)
        client.close()
        return answer

    def sign_in(self, **who: str) -> dict[str, Any]:
        answer = self.api("POST", "/sign-in", {"password": PASSWORD, **who})
        if answer.status != 201:
            raise program.CommandFailed(f"sign-in: {answer.status} {answer.body[:300]!r}")
        return answer.json()

    def operator(self, name: str) -> dict[str, Any]:
        """The session of a new operator."""
        program.run_json("operator", "create", name, "--store", self.store, "--json", typed=PASSWORD + "\n")
        return self.sign_in(operator=name)

    def administrator(self, tenant: str, name: str, role: str, operator: str) -> dict[str, Any]:
        """A new member with a password, and its session if its role is one that administers."""
        made = self.api("POST", f"/members?tenant={tenant}", {"user_name": name, "role": role}, operator)
        if made.status != 201:
            raise program.CommandFailed(f"member {name}: {made.status} {made.body[:300]!r}")
        done = program.run("member", "password", "--tenant", tenant, name, "--store", self.store,
                           typed=PASSWORD + "\n")
        if done.returncode != 0:
            raise program.CommandFailed(f"member password: {done.stderr}")
        answer = self.api("POST", "/sign-in", {"tenant": tenant, "user_name": name, "password": PASSWORD})
        return {**made.json(), "token": answer.json().get("token", ""), "status": answer.status}

    def tenant_client(self, slug: str, profile: str | None = None, base: str = "/scim/v2", *options: str) -> Client:
        """A new tenant and a client with a credential of it; options as of `tenant create`."""
        self.create_tenant(slug, profile, *options)
        return Client(self.port, self.issue_credential(slug)["token"], base)

    def client(self, token: str | None = None, base: str = "/scim/v2") -> Client:
        return Client(self.port, token, base)

    def rows(self, statement: str) -> list[dict[str, Any]]:
        """What is in the store, asked with SQL; bytes in hexadecimal."""
        if self._url:
            return postgres.rows(self._url, statement)
        database = sqlite3.connect(f"file:{self.store_path}?mode=ro", uri=True, timeout=5)
        database.row_factory = sqlite3.Row
        try:
            return [{key: row[key].hex() if isinstance(row[key], bytes) else row[key] for key in row.keys()}
                    for row in database.execute(statement)]
        finally:
            database.close()

    def contents(self) -> bytes:
        """Everything that the store holds, for what must not be in it."""
        if self._url:
            return postgres.contents(self._url)
        parts = [self.store_path, self.store_path + "-wal"]
        return b"".join(Path(part).read_bytes() for part in parts if os.path.exists(part))

    def change_behind(self, statements: str, on_postgres: str | None = None) -> None:
        """Changes the store behind the server's back, where PostgreSQL needs other words with those."""
        if self._url:
            postgres.execute(self._url, on_postgres or statements)
            return
        with sqlite3.connect(self.store_path) as database:
            database.executescript(statements)

    def verify(self) -> subprocess.CompletedProcess[str]:
        more = self.options[self.options.index("--schemas"):][:2] if "--schemas" in self.options else ()
        return self.command("verify", *more)


def checkout_file(*parts: str) -> Path:
    return program.ROOT.joinpath(*parts)
