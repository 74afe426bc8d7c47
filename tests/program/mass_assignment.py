"""T12: what a body says beyond the schema has no effect: every column of the store, as an attribute of a User."""
from __future__ import annotations

import json
from typing import Any

from program.check import Check
from support.server import Server

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
TABLES = ("member", "account", "resource", "tenant", "credential", "member_password", "scope_grant", "operator")
# Of other systems (CVE-2026-48170 and its like).
MORE = ("isAdmin", "admin", "is_admin", "emailVerified", "email_verified", "verified", "tenantId", "organizationId",
        "permissions", "scopes", "owner", "rank", "superuser", "hidden", "deletedAt")


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def names(server: Server, defined: set[str]) -> list[str]:
    """In the spelling of the store and in that of SCIM, without what the schema has."""
    columns = {row["name"] for table in TABLES for row in server.rows(f"SELECT name FROM pragma_table_info('{table}')")}
    spelled = {form for name in columns for form in (name, camel(name))} | set(MORE)
    return sorted(name for name in spelled if name.lower() not in defined)


def stored(server: Server, user: str) -> list[dict[str, Any]]:
    name = user.replace("-", "")
    return server.rows(f"SELECT * FROM member WHERE lower(hex(id)) = '{name}'")


def test_undeclared_names(check: Check) -> None:
    with Server() as server:
        scim = server.tenant_client("acme", "modelux")
        # A path may leave out the URN of an extension.
        defined = {one["name"].lower() for schema in scim.scim("GET", "/Schemas").json()["Resources"]
                   for one in schema["attributes"]} | {"schemas", "id", "externalid", "meta"}
        tried = names(server, defined)
        check.that("T12 there are names to try", len(tried) > 60 and {"emailVerifiedAt", "previous_role"} <= set(tried),
                   str(tried))
        plain = scim.scim("POST", "/Users", {"schemas": [USER], "userName": "plain"}).json()
        like = {**stored(server, plain["id"])[0], "id": None}
        for value in (True, "owner", 1):
            extra = dict.fromkeys(tried, value)
            made = scim.scim("POST", "/Users", {"schemas": [USER], "userName": f"made-{value}", **extra})
            check.that(f"T12 POST with {value!r} for each is as without", made.status == 201
                       and set(made.json()) == set(plain), f"{made.status} {made.body[:300]!r}")
            user = made.json()["id"]
            row = stored(server, user)[0]
            check.that("... in the store too", {**row, "id": None} == like, str(row))
            put = scim.scim("PUT", f"/Users/{user}", {"schemas": [USER], "userName": f"made-{value}", **extra})
            check.that(f"T12 PUT with {value!r} as well", put.status == 200 and set(put.json()) == set(plain)
                       and {**stored(server, user)[0], "id": None} == like, f"{put.status} {put.body[:300]!r}")
        wrong = []
        for name in tried:
            for how, value in (("replace", "owner"), ("add", True)):
                operation = {"op": how, "path": name, "value": value}
                answer = scim.scim("PATCH", f"/Users/{plain['id']}", {"schemas": [PATCH], "Operations": [operation]})
                if answer.status != 400 or answer.json().get("scimType") != "invalidPath":
                    wrong.append((name, answer.status, answer.body[:200]))
        check.that("T12 PATCH of each is refused", not wrong, str(wrong[:5]))
        check.that("... and nothing was changed", scim.scim("GET", f"/Users/{plain['id']}").json() == plain
                   and json.dumps(stored(server, plain["id"])[0], default=str).count("owner") == 0)
        scim.close()
