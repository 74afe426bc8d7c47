"""Every row of the table of tolerances, in both modes: a tenant as it is made, and one whose policy says strict.

The table is that of src/scim/tolerances.cpp. A row that strict mode refuses has a request here that the one tenant
takes and the other refuses; a row without one fails. So does a row that strict mode keeps, unless both take it.
"""
from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "docs"))

import make_tolerances                                   # noqa: E402
from program.check import Check                          # noqa: E402
from support.client import Client, Response              # noqa: E402
from support.server import Server                        # noqa: E402

CORE = "urn:ietf:params:scim:schemas:core:2.0"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
MESSAGE = "urn:ietf:params:scim:api:messages:2.0"


class World:
    """A tenant with a user and a group, made anew for each request."""

    made = 0

    def __init__(self, client: Client) -> None:
        World.made += 1
        self.client = client
        self.name = f"user{World.made}"
        self.user = self.create("/Users", userName=self.name, name={"givenName": "G"}, title="T")["id"]
        self.group = self.create("/Groups", displayName=f"group{World.made}", members=[{"value": self.user}])["id"]

    def create(self, endpoint: str, **attributes: Any) -> Any:
        answer = self.client.scim("POST", endpoint, {"schemas": [f"{CORE}:{endpoint[1:-1]}"], **attributes})
        if answer.status != 201:
            raise SystemExit(f"POST {endpoint}: {answer.status} {answer.body!r}")
        return answer.json()

    def post(self, schemas: list[str] | None = None, **attributes: Any) -> Response:
        return self.client.scim("POST", "/Users", {"schemas": schemas or [CORE + ":User"],
                                                   "userName": self.name + "-new", **attributes})

    def patch(self, *operations: dict[str, Any], group: bool = False, schemas: str = MESSAGE + ":PatchOp") -> Response:
        path = f"/Groups/{self.group}" if group else f"/Users/{self.user}"
        return self.client.scim("PATCH", path, {"schemas": [schemas], "Operations": list(operations)})

    def bulk(self, operation: dict[str, Any]) -> Response:
        """The answer of a Bulk of one operation, with the status of that operation."""
        answer = self.client.scim("POST", "/Bulk", {"schemas": [MESSAGE + ":BulkRequest"], "Operations": [operation]})
        if answer.status == 200:
            answer.status = int(answer.json()["Operations"][0]["status"])
        return answer

    def get(self, path: str, headers: dict[str, str] | None = None) -> Response:
        return self.client.scim("GET", path, headers=headers)


def operation(op: str, path: str | None = None, value: Any = None) -> dict[str, Any]:
    return {"op": op, **({"path": path} if path else {}), **({} if value is None else {"value": value})}


Request = Callable[[World], Response]
# By row; several requests where the row has several halves.
REFUSED_WHEN_STRICT: dict[str, list[Request]] = {
    "boolean_as_text": [
        lambda w: w.post(active="True"), lambda w: w.patch(operation("replace", "active", "False")),
        lambda w: w.get('/Users?filter=active%20eq%20"true"')],
    "path_as_name": [
        lambda w: w.patch(operation("replace", None, {"name.givenName": "x"})),
        lambda w: w.patch(operation("add", None, {'emails[type eq "work"].value': "a@example.com"}))],
    "create_element_from_filter": [
        lambda w: w.patch(operation("replace", 'emails[type eq "work"].value', "a@example.com"))],
    "manager_as_text": [
        lambda w: w.post([CORE + ":User", ENTERPRISE], **{ENTERPRISE: {"manager": w.user}}),
        lambda w: w.patch(operation("replace", ENTERPRISE + ":manager", w.user))],
    "bare_members": [lambda w: w.patch(operation("add", "members", [w.user]), group=True)],
    "roles_primary_text": [
        lambda w: w.patch(operation("remove", 'roles[primary eq "True"]'),
                          operation("add", 'roles[primary eq "True"].value', "x"))],
    "legacy_schema_uris": [
        lambda w: w.post(["urn:scim:schemas:core:1.0"]), lambda w: w.post(["urn:scim:schemas:core:2.0"])],
    "lone_value_for_list": [lambda w: w.post(emails={"value": "a@example.com"})],
    "unknown_attributes": [
        lambda w: w.post(foo=1), lambda w: w.post(name={"foo": 1}),
        lambda w: w.patch(operation("replace", None, {"foo": 1, "title": "x"}))],
    "unknown_schema_uris": [lambda w: w.post([CORE + ":User", "urn:example:unknown"])],
    "formats_not_checked": [
        lambda w: w.post(timezone="somewhere"), lambda w: w.post(locale="e"),
        lambda w: w.post(addresses=[{"country": "USA"}]), lambda w: w.post(emails=[{"value": "no address"}])],
    "wrapped_value": [lambda w: w.patch(operation("replace", "title", [{"$ref": None, "value": "x"}]))],
    "bulk_patch_list": [lambda w: w.bulk({"method": "PATCH", "path": f"/Users/{w.user}",
                                          "data": [operation("replace", "title", "x")]})],
}
TAKEN_ALWAYS: dict[str, list[Request]] = {
    "operation_name_case": [lambda w: w.patch(operation("Replace", "title", "x"))],
    "remove_with_value_list": [lambda w: w.patch(operation("remove", "members", [{"value": w.user}]), group=True)],
    "patch_without_path": [lambda w: w.patch(operation("replace", None, {"title": "x"}))],
    "qualified_path": [lambda w: w.patch(operation("replace", CORE + ":User:title", "x"))],
    "empty_list_for_no_match": [lambda w: w.get('/Users?filter=userName%20eq%20"nobody"')],
    "case_of_names": [lambda w: w.patch(operation("replace", "TITLE", "x"))],
    "external_id_filter": [lambda w: w.get('/Users?filter=externalId%20eq%20"x"')],
    "media_types": [lambda w: w.client.scim("PATCH", f"/Users/{w.user}", {
        "schemas": [MESSAGE + ":PatchOp"], "Operations": [operation("replace", "title", "x")]},
        {"Content-Type": "application/json"})],
    "text_ids": [lambda w: w.get(f"/Users/{w.user}")],
    "no_user_agent": [lambda w: w.get("/Users")],
    "excluded_members": [lambda w: w.get("/Groups?excludedAttributes=members")],
    "disabled_stays_readable": [
        lambda w: w.get(f"/Users/{w.create('/Users', userName=w.name + 'x', active=False)['id']}")],
    "echoed_read_only": [lambda w: w.post(id="x", meta={"version": "x"}, groups=[])],
    "absent_is_not_empty": [lambda w: w.patch(operation("replace", None, {"displayName": w.name}), group=True)],
    "atomic_membership": [lambda w: w.patch(operation("add", "members", [{"value": w.user}]), group=True)],
    "url_oddities": [lambda w: w.get('/Users/?&filter=userName+eq+"nobody"&')],
    "empty_means_clear": [lambda w: w.post(title="", nickName=None, emails=[])],
    "null_members": [lambda w: w.post(title=None)],
    "unlisted_extension": [lambda w: w.post(**{ENTERPRISE: {"department": "D"}})],
    "schemas_in_every_resource": [lambda w: w.get("/Users")],
    "discovery_lists": [lambda w: w.get("/Schemas"), lambda w: w.get("/ResourceTypes")],
    "integer_paging": [lambda w: w.get("/Users?startIndex=1&count=1")],
}
# Not about taking a request: about what a refusal looks like. In both modes the same.
REFUSED_ALWAYS: dict[str, tuple[int, Request]] = {
    "duplicate_is_conflict": (409, lambda w: w.client.scim("POST", "/Users", {
        "schemas": [CORE + ":User"], "userName": w.name})),
    "errors_are_scim": (404, lambda w: w.get("/Users/nobody")),
    "opaque_ids": (404, lambda w: w.get("/Users/17")),
    "empty_operations": (400, lambda w: w.patch()),
}


def judge(check: Check, row: make_tolerances.Row, lenient: Client, strict: Client) -> None:
    if row.name in REFUSED_ALWAYS:
        wanted, request = REFUSED_ALWAYS[row.name]
        for mode, client in (("by default", lenient), ("strict", strict)):
            answer = request(World(client))
            check.that(f"{row.name}: {wanted} {mode}", answer.status == wanted and MESSAGE in answer.body.decode(),
                       f"{answer.status} {answer.body!r}")
        return
    requests = (REFUSED_WHEN_STRICT if row.strict_refuses else TAKEN_ALWAYS).get(row.name, [])
    check.that(f"{row.name}: has a request", len(requests) > 0, "none in tests/program/tolerances.py")
    for number, request in enumerate(requests):
        taken, judged = request(World(lenient)), request(World(strict))
        check.that(f"{row.name} {number}: taken by default", taken.status in (200, 201, 204),
                   f"{taken.status} {taken.body!r}")
        if row.strict_refuses:
            check.that(f"{row.name} {number}: refused when strict", judged.status == 400 and
                       re.search(rb'"scimType":"\w+"', judged.body) is not None, f"{judged.status} {judged.body!r}")
        else:
            check.that(f"{row.name} {number}: taken when strict", judged.status == taken.status,
                       f"{judged.status} {judged.body!r}")


def test_every_row_in_both_modes(check: Check) -> None:
    rows = make_tolerances.read_rows()
    known = REFUSED_WHEN_STRICT.keys() | TAKEN_ALWAYS.keys() | REFUSED_ALWAYS.keys()
    unknown = known - {row.name for row in rows}
    check.that("every request is of a row", not unknown, str(unknown))
    with Server() as server:
        # The rows are about forms, and many of them give users the same address.
        server.create_tenant("lenient", None, "--set", "unique_emails=false")
        lenient = server.client(server.issue_credential("lenient")["token"])
        server.create_tenant("strict", None, "--set", "strict=true", "--set", "unique_emails=false")
        strict = server.client(server.issue_credential("strict")["token"])
        for row in rows:
            judge(check, row, lenient, strict)
        lenient.close()
        strict.close()


def test_strict_mode_is_switched_while_serving(check: Check) -> None:
    with Server() as server:
        client = server.tenant_client("acme")

        def misspelt() -> int:
            return World(client).post(userNmae="x").status
        check.that("an unknown attribute is taken", misspelt() == 201)
        for value, status in (("true", 400), ("false", 201), ("true", 400)):
            check.run("tenant", "set", "acme", f"strict={value}", "--store", server.store)
            check.that(f"after strict={value} the next request gets {status}", misspelt() == status)
        shown = check.run("tenant", "list", "--json", "--store", server.store).stdout
        check.that("tenant list --json shows it", '"strict":true' in shown, shown)
        for wrong, says in (("strict=maybe", "strict"), ("strict", "NAME=VALUE"), ("nonsense=1", "nonsense"),
                            ("rotation_reminder_days=0", "1 to 3650"), ("unique_group_names=false", "chosen when")):
            check.run("tenant", "set", "acme", wrong, "--store", server.store, code=1, says=says)
        check.run("tenant", "set", "nobody", "strict=true", "--store", server.store, code=1, says="no tenant")
        check.run("tenant", "create", "bolt", "--set", "strict=maybe", "--store", server.store, code=1, says="strict")
        check.that("a refused change changed nothing", misspelt() == 400)
        client.close()
