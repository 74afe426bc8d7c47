"""PLU-08: a server that was started with PLUR_SCIM_HARD_DELETE=true deletes for good, in tenants of that profile."""
from __future__ import annotations

import json
from typing import Any

from program.check import Check
from support.client import Client, Response
from support.server import Server

USER = "urn:ietf:params:scim:schemas:core:2.0:User"


def app(server: Server, key: str, method: str, path: str, document: Any = None) -> Response:
    client = Client(server.port)
    body = None if document is None else json.dumps(document).encode()
    answer = client.send(method, "/api/v1" + path, {"Authorization": "Bearer " + key,
                                                    "Content-Type": "application/json"}, body)
    client.close()
    return answer


def deleted(server: Server, tenant: str, profile: str) -> tuple[str, Response, Response, Response]:
    """What is left of a member with content in its own scope and in a shared one: its id, it, and both."""
    server.create_tenant(tenant, profile)
    key = server.issue_service_key(tenant, "App", "--scope", "members:read", "--scope", "content:write",
                                   "--scope", "content:read")["token"]
    client = server.client(server.issue_credential(tenant)["token"])
    ann = client.scim("POST", "/Users", {"schemas": [USER], "userName": "ann"}).json()["id"]
    for scope in (f"user:{ann}", "org:sales"):
        app(server, key, "PUT", "/content", {"scope": scope, "reference": "page", "owner": ann})
    gone = client.scim("DELETE", "/Users/" + ann)
    assert gone.status == 204, gone.body
    again = client.scim("GET", "/Users/" + ann)
    assert again.status == 404, again.body
    client.close()
    return (ann, app(server, key, "GET", "/members/" + ann),
            app(server, key, "GET", f"/content?scope=user:{ann}&reference=page"),
            app(server, key, "GET", "/content?scope=org:sales&reference=page"))


def test_hard_delete(check: Check) -> None:
    with Server(environment={"PLUR_SCIM_HARD_DELETE": "true"}) as server:
        ann, member, own, shared = deleted(server, "acme", "plur")
        check.that("PLU-08 the member is gone for good", member.status == 404, f"{member.status} {member.body!r}")
        check.that("PLU-08 its own content too", own.status == 404, f"{own.status} {own.body!r}")
        check.that("PLU-08 shared content belongs to nobody in particular",
                   shared.status == 200 and ann.encode() not in shared.body, f"{shared.status} {shared.body!r}")
        operator = server.operator("root")["token"]
        shown = server.api("GET", "/policy?tenant=acme", None, operator).json()
        check.that("PLU-08 the policy says what holds", shown["in_force"]["delete"] == "hard"
                   and shown["values"].get("delete", "soft") == "soft", str(shown))
        ann, member, own, _ = deleted(server, "bolt", "standard")
        check.that("PLU-08 other profiles are as they are", member.status == 200 and own.status == 200,
                   f"{member.status} {member.body!r}")
    with Server(environment={"PLUR_SCIM_HARD_DELETE": "false"}) as server:
        ann, member, own, shared = deleted(server, "acme", "plur")
        check.that("PLU-08 without it the member stays, inactive, with its content", member.status == 200
                   and member.json()["active"] is False and own.status == 200 and ann.encode() in shared.body,
                   f"{member.status} {member.body!r} {own.status} {shared.body!r}")
    check.run("serve", "--store", check.store(), environment={"PLUR_SCIM_HARD_DELETE": "perhaps"}, code=2, timeout=20)
