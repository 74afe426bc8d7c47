"""The log: one line of JSON for each request at level debug, found by the id that its answer shows; nothing in it that
a client sent."""
from __future__ import annotations

import json
import re
import time
from typing import Any

from program.check import Check
from support.client import Response
from support.server import PASSWORD, Server

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
MARKER = "Qx7LogMarkerZk9"
FIELDS = {"time", "level", "event", "request", "tenant", "method", "route", "status", "us"}


def ask(server: Server) -> tuple[list[tuple[str, str, str, Response]], list[str]]:
    """Requests of every kind, with a marker in what they send: tenant, method, route, answer. And the secrets used."""
    client = server.tenant_client("acme")
    key = server.issue_service_key("acme", "Application", "--scope", "members:read")["token"]
    operator = server.operator("root")["token"]
    assert client.token is not None
    taken = {"schemas": [USER], "userName": MARKER}
    made = client.scim("POST", "/Users", taken)
    user = f"/Users/{made.json()['id']}"
    change = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "title", "value": MARKER}]}
    bearer = {"Authorization": f"Bearer {key}"}
    every, one = "/{type}", "/{type}/{id}"
    answers = [("acme", "POST", every, made),
               ("acme", "POST", every, client.scim("POST", "/Users", taken)),
               ("acme", "GET", every, client.scim("GET", f"/Users?filter=userName%20eq%20%22{MARKER}%22")),
               ("acme", "PATCH", one, client.scim("PATCH", user, change)),
               ("acme", "GET", one, client.scim("GET", user)),
               ("acme", "GET", one, client.scim("GET", f"/Users/{MARKER}")),
               ("acme", "DELETE", one, client.scim("DELETE", user)),
               ("", "GET", every, client.send("GET", "/scim/v2/Users", {"Authorization": f"Bearer {MARKER}"})),
               ("acme", "GET", "/api/v1/members", client.send("GET", f"/api/v1/members?user_name={MARKER}", bearer)),
               ("", "GET", "/api/admin/v1/tenants", server.api("GET", "/tenants", token=operator))]
    client.close()
    return answers, [client.token, key, operator, PASSWORD]


def lines_of(server: Server, wanted: int) -> list[dict[str, Any]]:
    """The lines of requests, when there are as many: the last one may be written after its answer."""
    deadline = time.monotonic() + 5
    while True:
        lines = [json.loads(line) for line in server.log().splitlines() if '"event":"request"' in line]
        if len(lines) >= wanted or time.monotonic() > deadline:
            return lines
        time.sleep(0.02)


def test_request_ids(check: Check) -> None:
    with Server(environment={"ROLLCALL_LOG_LEVEL": "debug"}) as server:
        answers, secrets = ask(server)
        ids = [answer.header("X-Request-Id") for *_, answer in answers]
        check.that("every answer has an id of its own", len(set(ids)) == len(ids)
                   and all(re.fullmatch(r"[0-9a-f-]{36}", one or "") for one in ids), str(ids))
        lines = lines_of(server, len(ids))
        for (tenant, method, route, answer), request in zip(answers, ids):
            found = [line for line in lines if line["request"] == request]
            shown = f"{method} {route} with {answer.status}"
            if not check.that(f"{shown} has one line", len(found) == 1, f"{request}: {found}"):
                continue
            line = found[0]
            check.that(f"{shown}: the line says what was asked and answered", set(line) == FIELDS
                       and (line["tenant"], line["method"], line["route"], line["status"])
                       == (tenant, method, route, answer.status) and line["level"] == "debug" and line["us"] >= 0,
                       str(line))
        text = server.log()
        for secret in (MARKER, MARKER.lower(), *secrets):
            check.that("P-SEC-05 nothing that was sent is in the log", secret not in text,
                       next((line for line in text.splitlines() if secret in line), ""))
    with Server() as server:
        ask(server)
        check.that("without debug a request that went well has no line", lines_of(server, 0) == [], server.log()[-500:])
