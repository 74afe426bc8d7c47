#!/usr/bin/env python3
"""The OpenAPI documents and the running server say the same.

Every row of the program's route table is described and nothing else is; every operation asks for the scope that the row
needs; and what the server answers fits the schema that is described for it. Answers of the admin API are judged where
they are asked for: tests/admin/described.py.
"""
from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from openapi.schema import faults                         # noqa: E402
from support import program                              # noqa: E402
from support.client import Client, Response              # noqa: E402
from support.outcome import Outcome                      # noqa: E402
from support.server import Server, checkout_file         # noqa: E402

DOCUMENTS = {"/api/v1": "application", "/api/admin/v1": "admin"}
BASE = "/api/v1"
UNKNOWN = "0190a000-0000-7000-8000-0000000000aa"


def compare_routes(outcome: Outcome, base: str, rows: list[dict[str, Any]], document: dict[str, Any]) -> None:
    described = {(method.upper(), base + path) for path, operations in document["paths"].items()
                 for method in operations}
    served = {(row["method"], row["path"]) for row in rows}
    for method, path in sorted(served - described):
        outcome.fail(f"{method} {path} is described", "it is served, and the document does not say so")
    for method, path in sorted(described - served):
        outcome.fail(f"{method} {path} is served", "it is described, and there is no such endpoint")
    outcome.check(f"{base}: every endpoint is described, and nothing else", served == described, "")
    for row in rows if base == BASE else []:
        operation = document["paths"][row["path"].removeprefix(base)][row["method"].lower()]
        asked = [scope for one in operation["security"] for scope in one.get("serviceKey", [])]
        needed = [row["needs"]] if row["needs"] else []
        outcome.check(f"{row['method']} {row['path']} names its scope", asked == needed,
                      f"described {asked}, needs {row['needs']!r}")
        names = re.findall(r"\{(\w+)\}", row["path"])
        stated = [one["name"] for one in operation.get("parameters", []) if one["in"] == "path"]
        outcome.check(f"{row['method']} {row['path']} names what stands in its path", names == stated, str(stated))


class Asker:
    """Asks with a service key that has every scope and judges each answer by the document."""

    def __init__(self, outcome: Outcome, client: Client, document: dict[str, Any]) -> None:
        self.outcome = outcome
        self.client = client
        self.document = document
        self.asked: set[tuple[str, str]] = set()

    def ask(self, method: str, pattern: str, body: Any = None, form: dict[str, str] | None = None, query: str = "",
            **names: str) -> Any:
        path = BASE + re.sub(r"\{(\w+)\}", lambda match: names[match[1]], pattern)
        headers = {"Authorization": "Bearer " + (self.client.token or "")}
        content = None
        if body is not None:
            headers["Content-Type"], content = "application/json", json.dumps(body).encode()
        if form is not None:
            headers["Content-Type"], content = "application/x-www-form-urlencoded", urlencode(form).encode()
        answer = self.client.send(method, path + query, headers, content)
        self.judge(method, pattern, answer)
        return answer.json() if answer.body else None

    def judge(self, method: str, pattern: str, answer: Response) -> None:
        responses = self.document["paths"][pattern][method.lower()]["responses"]
        described = responses.get(str(answer.status)) or (responses.get("default") if answer.status >= 400 else None)
        name = f"{method} {pattern} {answer.status}"
        if described is None:
            self.outcome.fail(name, f"the status is not described: {answer.body[:300]!r}")
            return
        if answer.status < 400:
            self.asked.add((method, BASE + pattern))
        content = described.get("content")
        if content is None:
            self.outcome.check(name, not answer.body, f"a body where none is described: {answer.body[:300]!r}")
            return
        kind = (answer.header("Content-Type") or "").split(";")[0]
        if kind not in content:
            self.outcome.fail(name, f"the type is {kind}")
            return
        found = faults(answer.json(), content[kind]["schema"], self.document)
        self.outcome.check(name, not found, "; ".join(found) + f" {answer.body[:500]!r}")


def application(outcome: Outcome, server: Server, rows: list[dict[str, Any]], document: dict[str, Any]) -> None:
    scim = server.tenant_client("described")
    scopes = sorted({row["needs"] for row in rows if row["needs"]})
    key = server.issue_service_key("described", "All", *(word for scope in scopes for word in ("--scope", scope)))
    asker = Asker(outcome, server.client(key["token"], BASE), document)
    core = "urn:ietf:params:scim:schemas:core:2.0"
    ann = scim.scim("POST", "/Users", {"schemas": [core + ":User"], "userName": "ann@example.com", "externalId": "e1",
                                       "emails": [{"value": "ann@example.com", "type": "work"}]}).json()["id"]
    group = scim.scim("POST", "/Groups", {"schemas": [core + ":Group"], "displayName": "Engineering",
                                          "externalId": "g1", "members": [{"value": ann}]}).json()["id"]
    asker.ask("GET", "/openapi.json")
    asker.ask("GET", "/members/{member}/sign-in", member=ann)
    asker.ask("POST", "/members/{member}/email-verification", member=ann)
    bob = asker.ask("POST", "/members", {"user_name": "bob", "email": "bob@example.com", "email_verified": True})["id"]
    asker.ask("POST", "/members", {"user_name": "BOB"})
    asker.ask("PATCH", "/members/{member}", {"active": False}, member=bob)
    asker.ask("GET", "/members/{member}", member=bob)
    asker.ask("GET", "/members", query="?managed=manual&active=false&count=10")
    asker.ask("GET", "/members", query="?managed=nobody")
    asker.ask("PUT", "/content", {"scope": "global", "reference": "r", "owner": ann})
    asker.ask("GET", "/content", query="?scope=global&reference=r")
    asker.ask("GET", "/members/{member}/content", member=ann)
    asker.ask("DELETE", "/content", query="?scope=global&reference=r")
    asker.ask("DELETE", "/content", query="?scope=global&reference=r")
    for pattern in ("/members/{member}/groups", "/members/{member}/scopes"):
        asker.ask("GET", pattern, member=ann)
    asker.ask("GET", "/members/{member}/access", query="?scope=global&access=write", member=ann)
    asker.ask("GET", "/members/{member}/access", query="?scope=nonsense", member=ann)
    session = asker.ask("POST", "/members/{member}/sessions", {}, member=ann)
    made = asker.ask("POST", "/members/{member}/keys", {"name": "Key", "scope": "a b", "expires": "2999-01-01"},
                     member=ann)
    for token in (session["token"], made["token"], "nothing"):
        asker.ask("POST", "/introspect", form={"token": token})
    asker.ask("POST", "/introspect", form={})
    asker.ask("GET", "/members/{member}/sessions", member=ann)
    asker.ask("GET", "/audit", query="?channel=app&count=2")
    asker.ask("GET", "/audit", query="?from=yesterday")
    asker.ask("GET", "/groups")
    asker.ask("GET", "/groups", query="?count=1&filter=displayName%20eq%20%22Engineering%22")
    asker.ask("GET", "/groups", query="?filter=nonsense")
    asker.ask("GET", "/groups/{group}", group=group)
    asker.ask("GET", "/groups/{group}", group=UNKNOWN)
    asker.ask("GET", "/groups/{group}/members", group=group)
    asker.ask("GET", "/groups/{group}/members", query="?effective=true", group=group)
    asker.ask("DELETE", "/members/{member}/keys/{key}", member=ann, key=made["id"])
    asker.ask("GET", "/members/{member}/keys", member=ann)
    asker.ask("DELETE", "/members/{member}/sessions/{session}", member=ann, session=session["id"])
    asker.ask("DELETE", "/members/{member}/sessions", member=ann)
    for method, path in sorted({(row["method"], row["path"]) for row in rows} - asker.asked):
        outcome.fail(f"{method} {path} was asked and did it", "no step of this test does")
    scim.close()
    asker.client.close()


def main() -> None:
    outcome = Outcome("-v" in sys.argv)
    table = program.run_json("routes", "--json")["apis"]
    for base, name in DOCUMENTS.items():
        path = checkout_file("api", "openapi", name + ".json")
        if not table[base] and not path.exists():
            continue
        document = json.loads(path.read_text(encoding="utf-8"))
        compare_routes(outcome, base, table[base], document)
        if base == BASE:
            with Server() as server:
                served = server.client(None, "").send("GET", BASE + "/openapi.json").json()
                outcome.check("the document that is served is the one of the source tree", served == document, "")
                application(outcome, server, table[base], document)
    outcome.finish()


if __name__ == "__main__":
    main()
