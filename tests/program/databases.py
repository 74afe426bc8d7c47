"""Databases that are not what the program expects: each is refused with a sentence, none is changed or crashed on."""
from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess

from program.check import Check
from support import program
from support.server import Server


def serve(check: Check, store: str, code: int | tuple[int, ...] = 1, says: str = "") -> None:
    check.run("serve", "--store", store, "--listen", "127.0.0.1:0", code=code, says=says, timeout=30)


def test_wrong_stores(check: Check) -> None:
    (check.folder / "folder").mkdir()
    (check.folder / "text.db").write_text("This is no database, but long enough to be looked at. " * 50)
    (check.folder / "locked").mkdir()
    for store, says in (("nonsense", "sqlite:"), ("sqlite:", "path|sqlite:|file"),
                        ("postgres://127.0.0.1:1/x", "reached"),
                        ("", "store|sqlite:"),
                        (check.store("missing/rollcall.db"), "missing|director|folder"),
                        (check.store("folder"), "folder|director"), (check.store("text.db"), "database"),
                        ("sqlite:/proc/rollcall.db", "proc|writ|director|permission")):
        serve(check, store, (1, 2), says)
        check.run("verify", "--store", store, code=(1, 2))
    check.that("the text file is what it was", (check.folder / "text.db").read_text().startswith("This is no"))


def make(check: Check, users: int = 50) -> str:
    """A database with a tenant and some users; returns its path."""
    path = str(check.folder / "rollcall.db")
    server = Server(store=path)
    server.create_tenant("acme")
    token = server.issue_credential("acme")["token"]
    server.start()
    client = server.client(token)
    for number in range(users):
        client.scim("POST", "/Users", {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
                                       "userName": f"user{number}", "title": "x" * 200})
    client.close()
    server.stop()
    return path


def test_newer_database(check: Check) -> None:
    path = make(check, 3)
    with sqlite3.connect(path) as database:
        version = database.execute("PRAGMA user_version").fetchone()[0]
        tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE name LIKE '%migration%'")]
        if version:
            database.execute(f"PRAGMA user_version = {version + 1000}")
        for table in tables:
            columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
            database.execute(f"INSERT INTO {table} ({columns[0]}) SELECT max({columns[0]}) + 1000 FROM {table}")
    database.close()
    check.that("the database says its version", bool(version or tables))
    serve(check, "sqlite:" + path, says="newer|version")


def test_foreign_database(check: Check) -> None:
    """A database of another program is not taken over."""
    path = str(check.folder / "foreign.db")
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE recipes (name TEXT)")
    database.close()
    result = program.run("tenant", "create", "acme", "--store", "sqlite:" + path)
    check.that("refused, or left alone", result.returncode in (0, 1), result.stderr)
    check.that("its table is there", sqlite3.connect(path).execute("SELECT count(*) FROM recipes").fetchone() == (0,))


def test_damaged_database(check: Check) -> None:
    """A flipped byte, a zeroed page, a cut file: an error or the right answer, never a crash or a hang."""
    path = make(check)
    whole = open(path, "rb").read()
    chance = random.Random(17)
    noticed = 0
    for number in range(30):
        damaged = bytearray(whole)
        kind = number % 3
        if kind == 0:
            damaged[chance.randrange(100, len(damaged))] ^= 0xFF
        elif kind == 1:
            page = chance.randrange(1, len(damaged) // 4096)
            damaged[page * 4096:(page + 1) * 4096] = bytes(4096)
        else:
            del damaged[chance.randrange(100, len(damaged)):]
        copy = check.folder / f"damaged{number}.db"
        copy.write_bytes(damaged)
        try:
            result = program.run("verify", "--store", f"sqlite:{copy}", timeout=30)
        except subprocess.TimeoutExpired:
            check.that(f"damage {number} ends", False, "verify hangs")
            continue
        noticed += result.returncode != 0
        check.that(f"damage {number}: no crash", result.returncode in (0, 1, 3),
                   f"exit {result.returncode}: {result.stderr}")
        copy.unlink()
    check.that("most damage is noticed by verify", noticed >= 20, f"{noticed} of 30")


def test_verify_finds_violations(check: Check) -> None:
    """`verify` is worth something only if it sees what is wrong: each kind of wrong row is told."""
    path = make(check, 5)
    statements = {
        "a member that does not exist": "INSERT INTO membership VALUES (1, (SELECT id FROM resource LIMIT 1), "
                                        "randomblob(16), 'User', 'ghost', 0)",
        "a wrong counter": "UPDATE counter SET value = value + 1 WHERE name LIKE 'type:%'",
        "a document without its name": "UPDATE resource SET document = '{}' "
                                       "WHERE seq = (SELECT min(seq) FROM resource)",
        "a wrong key": "UPDATE resource SET user_name_key = 'other' WHERE seq = (SELECT min(seq) FROM resource)",
        "an index row of nobody": "INSERT INTO value_index VALUES (1, 'emails.value', 'x', randomblob(16))",
    }
    check.run("verify", "--store", "sqlite:" + path, code=0)
    for what, statement in statements.items():
        copy = str(check.folder / "copy.db")
        shutil.copy(path, copy)
        with sqlite3.connect(copy) as database:
            database.execute("PRAGMA foreign_keys = off")
            database.execute(statement)
        database.close()
        result = program.run("verify", "--store", "sqlite:" + copy)
        check.that(f"{what} is found", result.returncode == 3, f"exit {result.returncode}: {result.stdout}")


def test_file_modes(check: Check) -> None:
    """S-SEC-04: nobody else reads the database."""
    old = os.umask(0o022)
    try:
        path = make(check, 1)
    finally:
        os.umask(old)
    for name in sorted(os.listdir(check.folder)):
        if name.startswith("rollcall.db"):
            mode = os.stat(check.folder / name).st_mode & 0o077
            check.that(f"S-SEC-04 {name} is for its owner only", mode == 0, f"mode {mode:o}, in {path}")


def test_two_servers(check: Check) -> None:
    """Two servers on one file: both work and agree, or the second says clearly why not."""
    path = str(check.folder / "rollcall.db")
    with Server(store=path) as first:
        first.create_tenant("acme")
        token = first.issue_credential("acme")["token"]
        second = Server(store=path)
        second.log_path = str(check.folder / "second.log")
        try:
            second.start(timeout=10)
        except Exception as error:
            check.that("the second one is refused with a sentence", "exit" in str(error) or "use" in str(error),
                       str(error))
            return
        try:
            one, two = first.client(token), second.client(token)
            for number in range(20):
                client, other = (one, two) if number % 2 else (two, one)
                made = client.scim("POST", "/Users", {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
                                                      "userName": f"user{number}"})
                check.that(f"write {number} works", made.status == 201, f"{made.status} {made.body!r}")
                read = other.scim("GET", f"/Users/{made.json()['id']}")
                check.that(f"write {number} is seen by the other server", read.status == 200, f"{read.status}")
            one.close()
            two.close()
        finally:
            second.stop()
        check.run("verify", "--store", "sqlite:" + path)
