"""STD-10: what goes wrong inside is said in the form of SCIM, too, and tells nothing of the inside."""
from __future__ import annotations

from typing import Any

from program.check import Check
from support.client import Response
from support.server import Server

CORE = "urn:ietf:params:scim:schemas:core:2.0"
MESSAGES = "urn:ietf:params:scim:api:messages:2.0"
TITLE = {"schemas": [MESSAGES + ":PatchOp"], "Operations": [{"op": "replace", "path": "title", "value": "x"}]}
# A document that nobody can read, in the row of one user.
DAMAGE = "UPDATE resource SET document = '{nonsense}' WHERE user_name_key = 'ann'"


def told(answer: Response) -> bool:
    document: dict[str, Any] = answer.json() or {}
    kind = (answer.header("Content-Type") or "").split(";")[0]
    return (answer.status == 500 and kind == "application/scim+json" and document["schemas"] == [MESSAGES + ":Error"]
            and document["status"] == "500" and "X-Request-Id" in document["detail"]
            and b"nonsense" not in answer.body and "scimType" not in document)


def test_inside(check: Check) -> None:
    """500 for each method, with the id under which the log has the cause; others go on."""
    with Server() as server:
        scim = server.tenant_client("acme")
        ann, bob = (scim.scim("POST", "/Users", {"schemas": [CORE + ":User"], "userName": name}).json()["id"]
                    for name in ("ann", "bob"))
        server.change_behind(DAMAGE)
        put = {"schemas": [CORE + ":User"], "userName": "ann"}
        for method, path, body in (("PATCH", f"/Users/{ann}", TITLE), ("PUT", f"/Users/{ann}", put),
                                   ("DELETE", f"/Users/{ann}", None), ("GET", f"/Users/{ann}?attributes=title", None),
                                   ("GET", "/Users?filter=title%20pr", None)):
            answer = scim.scim(method, path, body)
            identifier = answer.header("X-Request-Id") or "none"
            check.that(f"STD-10 {method} {path.replace(ann, 'ID')}: 500 in the form of SCIM", told(answer),
                       f"{answer.status} {answer.body!r}")
            check.that("... and the log has it", identifier in server.log(), identifier)
        check.that("STD-10 others are answered", scim.scim("GET", f"/Users/{bob}").status == 200)
        scim.close()
