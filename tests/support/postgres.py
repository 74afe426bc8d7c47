#!/usr/bin/env python3
"""A PostgreSQL cluster for tests: in a temporary folder, on a socket there and a free port of 127.0.0.1, stopped by
its own process id.

  postgres.py COMMAND...    runs a command with such a cluster; ROLLCALL_TEST_POSTGRES says where it is

The variable holds the beginning of a URL, to which "/" and the name of a database are added. Its user may make
databases and roles, and is no superuser.
"""
from __future__ import annotations

import json
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
from typing import Any

VARIABLE = "ROLLCALL_TEST_POSTGRES"
PROGRAMS = "/usr/lib/postgresql/15/bin"
USER = "rollcall"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Cluster:
    """`with Cluster() as cluster:` makes and starts it. Nothing waits for the disk itself (`fsync`): what a commit has
    handed to the system outlives the processes."""

    def __init__(self, settings: dict[str, str] | None = None) -> None:
        self.folder = tempfile.mkdtemp(prefix="rollcall-pg-")
        self.port = free_port()
        self.settings = settings or {}
        self.process: subprocess.Popen[bytes] | None = None
        self._made = 0
        # PostgreSQL refuses to run as root.
        self._as: dict[str, Any] = {}
        if os.getuid() == 0:
            user = pwd.getpwnam("postgres")
            self._as = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
            os.chown(self.folder, user.pw_uid, user.pw_gid)

    @property
    def data(self) -> str:
        return os.path.join(self.folder, "data")

    @property
    def url(self) -> str:
        return f"postgres://{USER}@{urllib.parse.quote(self.folder, safe='')}:{self.port}"

    def initialise(self) -> None:
        subprocess.run([f"{PROGRAMS}/initdb", "--pgdata", self.data, "--username", "postgres", "--auth", "trust",
                        "--encoding", "UTF8", "--locale", "C", "--no-sync"], check=True, cwd=self.folder,
                       stdout=subprocess.DEVNULL, **self._as)

    def start(self, timeout: float = 30) -> None:
        settings = {"listen_addresses": "127.0.0.1", "port": str(self.port), "unix_socket_directories": self.folder,
                    "max_connections": "300", "shared_buffers": "64MB", "log_min_messages": "warning",
                    "log_min_error_statement": "panic", "fsync": "off", "full_page_writes": "off", "autovacuum": "off",
                    **self.settings}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.process = subprocess.Popen([f"{PROGRAMS}/postgres", "-D", self.data, *options], cwd=self.folder,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log, **self._as)
        deadline = time.monotonic() + timeout
        while self.sql("SELECT 1", check=False) is None:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("PostgreSQL did not start:\n" + self.log()[-2000:])
            time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """SIGQUIT: at once, without a checkpoint; SIGINT: in order."""
        process, self.process = self.process, None
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(how)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def kill(self) -> None:
        """kill -9 for every process of it, as when the power goes."""
        assert self.process is not None
        listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True,
                                check=False)
        for pid in (self.process.pid, *map(int, listed.stdout.split())):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()
        self.process = None

    def sql(self, statement: str, database: str = "postgres", user: str = "postgres", check: bool = True) -> str | None:
        """The rows as text; None when it failed and need not succeed."""
        done = subprocess.run([f"{PROGRAMS}/psql", "-XqAtv", "ON_ERROR_STOP=1", "-h", self.folder, "-p",
                               str(self.port), "-U", user, "-d", database, "-c", statement],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            if check:
                raise RuntimeError(done.stderr)
            return None
        return done.stdout

    def database(self) -> str:
        """The URL of a new, empty database."""
        self._made += 1
        name = f"test_{self._made}"
        self.sql(f"CREATE DATABASE {name} OWNER {USER}")
        return f"{self.url}/{name}"

    def log(self) -> str:
        with open(os.path.join(self.folder, "log"), encoding="utf-8", errors="replace") as log:
            return log.read()

    def __enter__(self) -> "Cluster":
        try:
            self.initialise()
            self.start()
            self.sql(f"CREATE ROLE {USER} LOGIN CREATEDB CREATEROLE")
        except BaseException:
            self.stop()
            shutil.rmtree(self.folder, ignore_errors=True)
            raise
        return self

    def __exit__(self, *_: Any) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


_made = 0


def new_database() -> str:
    """The URL of a new database in the cluster that the variable names."""
    global _made
    _made += 1
    name = f"test_{os.getpid()}_{_made}"
    subprocess.run([f"{PROGRAMS}/psql", "-Xq", "-d", os.environ[VARIABLE] + "/postgres", "-c",
                    f"CREATE DATABASE {name}"], check=True)
    return f"{os.environ[VARIABLE]}/{name}"


def drop_database(url: str) -> None:
    name = url.rsplit("/", 1)[1]
    subprocess.run([f"{PROGRAMS}/psql", "-Xq", "-d", os.environ[VARIABLE] + "/postgres", "-c",
                    f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"], check=False, stderr=subprocess.DEVNULL)


def execute(url: str, statements: str) -> str:
    """Statements of somebody who may do everything; what they print."""
    return subprocess.run([f"{PROGRAMS}/psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d",
                           url.replace(f"//{USER}@", "//postgres@"), "-c", statements],
                          capture_output=True, text=True, check=True).stdout


def contents(url: str) -> bytes:
    """All that the database holds, as text and, where that is bytes in hexadecimal, as those bytes too."""
    dumped = subprocess.run([f"{PROGRAMS}/pg_dump", "-d", url.replace(f"//{USER}@", "//postgres@")],
                            capture_output=True, check=True).stdout
    return dumped + b"\n".join(bytes.fromhex(one.decode()) for one in re.findall(rb"\\x((?:[0-9a-f]{2})+)", dumped))


# What the tests' statements use of SQLite's own functions.
FUNCTIONS = r"""
SET client_min_messages = error;
CREATE SCHEMA IF NOT EXISTS of_tests;
CREATE OR REPLACE FUNCTION of_tests.json_extract(document text, path text) RETURNS json LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN json_typeof(found) IN ('object', 'array') THEN to_json(found::text) ELSE found END
    FROM (SELECT document::json #> string_to_array(translate(replace(substr(path, 3), '[', '.'), ']', ''), '.')
          AS found) x
$$;
CREATE OR REPLACE FUNCTION of_tests.json_array_length(document text, path text) RETURNS integer LANGUAGE sql IMMUTABLE
    AS $$ SELECT json_array_length(document::json
        #> string_to_array(translate(replace(substr(path, 3), '[', '.'), ']', ''), '.')) $$;
CREATE OR REPLACE FUNCTION of_tests.hex(bytes bytea) RETURNS text LANGUAGE sql IMMUTABLE AS
    $$ SELECT upper(encode(bytes, 'hex')) $$;
CREATE OR REPLACE FUNCTION of_tests.hex(bytes text) RETURNS text LANGUAGE sql IMMUTABLE AS
    $$ SELECT upper(encode(convert_to(bytes, 'UTF8'), 'hex')) $$;
CREATE OR REPLACE FUNCTION of_tests.hex(id uuid) RETURNS text LANGUAGE sql IMMUTABLE AS
    $$ SELECT upper(replace(id::text, '-', '')) $$;
CREATE OR REPLACE FUNCTION of_tests.instr(whole text, part text) RETURNS integer LANGUAGE sql IMMUTABLE AS
    $$ SELECT strpos(whole, part) $$;
CREATE OR REPLACE FUNCTION of_tests.pragma_table_info(name text) RETURNS TABLE (name text) LANGUAGE sql AS
    $$ SELECT attname::text FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 $$;
SET search_path = public, of_tests;
SET timezone = 'UTC';
"""
MOMENT = re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?\+00:00$")


def rows(url: str, statement: str) -> list[dict[str, Any]]:
    """The rows of a statement, seen by somebody who may see everything, in SQLite's way: times as text that ends in Z,
    true and false as numbers."""
    asked = FUNCTIONS + f"SELECT coalesce(json_agg(row_to_json(x)), '[]') FROM ({statement}) x"
    done = subprocess.run([f"{PROGRAMS}/psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d",
                           url.replace(f"//{USER}@", "//postgres@"), "-c", asked],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)

    def like_sqlite(value: Any) -> Any:
        if isinstance(value, bool):
            return int(value)
        if isinstance(value, str) and (moment := MOMENT.match(value)):
            return f"{moment[1]}.{(moment[2] or '.')[1:4]:0<3}Z"
        return value
    return [{name: like_sqlite(value) for name, value in row.items()} for row in json.loads(done.stdout)]


def main() -> int:
    with Cluster() as cluster:
        return subprocess.run(sys.argv[1:], env={**os.environ, VARIABLE: cluster.url}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
