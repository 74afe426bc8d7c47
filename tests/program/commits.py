"""How many commits a request takes: leaving active is one, with everything that ends with it; asking is none."""
from __future__ import annotations

import json
import time
from typing import Any

from program.check import Check
from support.client import Client, Response
from support.server import Server

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
MANY = 100


def batches(client: Client) -> int:
    text = client.send("GET", "/metrics").body.decode()
    return int(float(next(line.split()[-1] for line in text.splitlines()
                          if line.startswith("rollcall_store_write_batches_total"))))


def settled(client: Client) -> int:
    """The number of commits once nothing is under way: audit rows of reads and times of last use follow."""
    last, since = batches(client), time.monotonic()
    while time.monotonic() < since + 0.6:
        time.sleep(0.05)
        now = batches(client)
        if now != last:
            last, since = now, time.monotonic()
    return last


def test_leaving_active_is_one_commit(check: Check) -> None:
    """P31: a member with 100 sessions and 100 keys loses all of them in the commit that deactivates it."""
    with Server() as server:
        scim = server.tenant_client("acme")
        key = server.issue_service_key("acme", "App", "--scope", "sessions:write", "--scope", "keys:write",
                                       "--scope", "introspect")["token"]
        client = server.client()

        def ask(path: str, body: bytes, media_type: str = "application/json") -> Response:
            return client.send("POST", "/api/v1" + path, {"Authorization": "Bearer " + key, "Content-Type": media_type},
                               body)

        def live(token: str) -> Any:
            return ask("/introspect", b"token=" + token.encode(), "application/x-www-form-urlencoded").json()["active"]

        ann = scim.scim("POST", "/Users", {"schemas": [USER], "userName": "ann"}).json()["id"]
        tokens = [ask(f"/members/{ann}/sessions", b"{}").json()["token"] for _ in range(MANY)]
        tokens += [ask(f"/members/{ann}/keys", json.dumps({"name": f"key {i}"}).encode()).json()["token"]
                   for i in range(MANY)]
        check.that("all of them are live", all(live(token) for token in tokens))
        before = settled(client)
        changed = scim.scim("PATCH", "/Users/" + ann, {"schemas": [PATCH], "Operations": [
            {"op": "replace", "path": "active", "value": False}]})
        after = settled(client)
        check.that("the change is one commit", changed.status == 200 and after == before + 1,
                   f"{changed.status}: {after - before} commits")
        check.that("after it none is live", not any(live(token) for token in tokens))
        rows = server.rows("SELECT count(*) AS n FROM member_session")
        check.that("and no session is stored", rows == [{"n": 0}], str(rows))
        settled(client)
        before, began = settled(client), time.monotonic()
        for _ in range(400):
            live(tokens[0])
        seconds = time.monotonic() - began
        asked = settled(client) - before
        # Rows of the audit trail are written together, ten times a second; the time of last use once a minute.
        check.that("introspection makes no commit of its own", asked <= 10 * seconds + 8,
                   f"{asked} commits for 400 requests in {seconds:.1f} s")
        scim.close()
        client.close()
