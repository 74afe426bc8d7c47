"""`rollcall schema load|list|remove`: messages, restarts, backups of older stores, and changes under load."""
from __future__ import annotations

import json
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

from program.check import Check
from program.stored_schemas import GOOD, resource_type, schema
from support.server import Server

THING = "urn:example:test:2.0:Thing"


def write(check: Check, name: str, *documents: Any) -> str:
    file = check.folder / name
    file.write_text(documents[0] if isinstance(documents[0], str) else json.dumps(documents))
    return str(file)


def test_messages(check: Check) -> None:
    """File, place, fault, and what is allowed."""
    store = check.store()
    check.run("tenant", "create", "acme", "--store", store)
    tenant = ["--tenant", "acme", "--store", store]
    for name, document, words in (
            ("kind", schema({"name": "x", "type": "uuid"}), r"kind\.json.*attribute x.*uuid.*string, boolean"),
            ("word", schema({"name": "x", "mutability": "often"}), r"word\.json.*attribute x.*readOnly, readWrite"),
            ("part", schema({"name": "c", "type": "complex", "subAttributes": [{"name": "p", "caseexact": True}]}),
             r"part\.json.*attribute c\.p.*caseexact.*caseExact"),
            ("text", "{", r"text\.json"), ("none", "[]", r"none\.json.*empty list"),
            ("type", resource_type(), r"type\.json.*there is no schema"),
            ("core", resource_type(name="User"), r"core\.json.*belongs to the installation")):
        check.run("schema", "load", write(check, f"{name}.json", document), *tenant, code=1, says=words)
    check.run("schema", "load", str(check.folder / "missing.json"), *tenant, code=1, says=r"missing\.json")
    check.run("schema", "load", write(check, "good.json", GOOD), "--tenant", "nobody", "--store", store, code=1,
              says="no tenant named nobody")
    check.run("schema", "remove", "urn:example:none", *tenant, code=1, says="urn:example:none")
    check.run("schema", "list", "--tenant", "acme", "--store", check.store("other.db"), code=1)
    listed = json.loads(check.run("schema", "list", *tenant, "--json").stdout)
    check.that("nothing was loaded", listed["version"] == 0
               and all(one["origin"] == "installation" for one in listed["schemas"]), str(listed))


def test_restart_and_folder(check: Check) -> None:
    """What was loaded is there after a restart; a folder of schemas that does not fit stops the start."""
    store = check.folder / "rollcall.db"
    folder = check.folder / "schemas"
    folder.mkdir()
    (folder / "thing.json").write_text(json.dumps(GOOD))
    with Server(store=str(store)) as server:
        client = server.tenant_client("acme")
        check.run("schema", "load", write(check, "all.json", GOOD, resource_type()), "--tenant", "acme", "--store",
                  server.store, says="version 1")
        answer = client.scim("POST", "/Things", {"schemas": [THING], "label": "a"})
        check.that("a resource of the new type", answer.status == 201, str(answer.body))
        token, client_id = client.token, answer.json()["id"]
        client.close()
    with Server(store=str(store)) as server:
        answer = server.client(token).scim("GET", f"/Things/{client_id}")
        check.that("it is there after a restart", answer.status == 200, str(answer.body))
    check.run("serve", "--store", f"sqlite:{store}", "--listen", "127.0.0.1:0", "--schemas", str(folder), code=1,
              says="tenant acme.*defined twice", timeout=20)


def test_older_store(check: Check) -> None:
    """A store from before tenants had schemas is migrated, and takes them."""
    store = check.folder / "old.db"
    script = (Path(__file__).resolve().parents[2] / "src/store/sqlite/migrations/001_initial.sql").read_text()
    database = sqlite3.connect(store)
    database.executescript(script)
    database.execute("INSERT INTO tenant (slug, profile, policy, created, enabled) "
                     "VALUES ('old', 'standard', '{}', 0, 1)")
    database.execute("PRAGMA user_version = 1")
    database.execute(f"PRAGMA application_id = {0x524f4c4c}")
    database.commit()
    database.close()
    check.run("schema", "load", write(check, "all.json", GOOD, resource_type()), "--tenant", "old", "--store",
              f"sqlite:{store}", says="version 1")
    check.run("verify", "--store", f"sqlite:{store}")


def test_changes_under_load(check: Check) -> None:
    """Each request is judged by one set of schemas, and what it stores fits those that hold when it is stored."""
    free = write(check, "free.json", schema({"name": "label", "type": "string"}, {"name": "more", "x-index": True}),
                 resource_type())
    strict = write(check, "strict.json", schema({"name": "label", "type": "string"}), resource_type())
    with Server() as server:
        client = server.tenant_client("acme")
        server.command("schema", "load", free, "--tenant", "acme")
        stop, odd = threading.Event(), []

        def work(number: int) -> None:
            mine = server.client(client.token)
            count = 0
            while not stop.is_set():
                count += 1
                sent = f"{number}-{count}"
                answer = mine.scim("POST", "/Things", {"schemas": [THING], "label": sent, "more": sent})
                if answer.status == 503:
                    continue         # a command held the database for too long; nothing was done
                if answer.status != 201:
                    odd.append(f"POST {answer.status} {answer.body!r}")
                    continue
                thing = answer.json()
                path = "/Things/" + thing["id"]
                found = mine.scim("GET", f"/Things?filter=more%20eq%20%22{sent}%22")
                good = found.status == 200 and found.json()["totalResults"] == (1 if "more" in thing else 0) \
                    or found.status == 400
                # Unless the attribute went or came between the two.
                if not good and "more" in thing:
                    odd.append(f"filter {found.status} {found.body!r} for {thing}")
                while (status := mine.scim("DELETE", path).status) != 204:
                    if status != 503:
                        odd.append(f"DELETE {status}")
                        break
            mine.close()

        threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
        for thread in threads:
            thread.start()
        changes = 0
        for file in [strict, free] * 8:
            changes += server.command("schema", "load", file, "--tenant", "acme").returncode == 0
            time.sleep(0.05)
        stop.set()
        for thread in threads:
            thread.join()
        verified = server.verify()
        check.that("no answer is odd", not odd, "\n".join(odd[:5]))
        check.that("some changes were made", changes >= 1, str(changes))
        check.that("every stored resource fits its schemas", verified.returncode == 0, verified.stdout)
        client.close()
