#!/usr/bin/env python3
"""The filter table tests/filter-cases.json over HTTP (P-FILT-01).

The five users of the table are created in a tenant of their own; their ids and the manager's are mapped to those the
server gave. Cases about lastModified are left to the unit test, because the server sets that time itself.
"""
from __future__ import annotations

import copy
import json
import sys
import urllib.parse
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.client import Client                    # noqa: E402
from support.outcome import Outcome                  # noqa: E402
from support.server import Server, checkout_file     # noqa: E402

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def load_users(client: Client, users: list[dict[str, Any]]) -> dict[str, str]:
    """Creates the users; those with a manager last, so that the manager's id is known. From table id to real id."""
    ids: dict[str, str] = {}
    for user in sorted(users, key=lambda one: "manager" in one.get(ENTERPRISE, {})):
        body = copy.deepcopy(user)
        del body["id"], body["meta"]
        manager = body.get(ENTERPRISE, {}).get("manager")
        if manager:
            manager["value"] = ids[manager["value"]]
        answer = client.scim("POST", "/Users", body)
        if answer.status != 201:
            raise SystemExit(f"{user['userName']} could not be created: {answer.status} {answer.body!r}")
        ids[user["id"]] = answer.json()["id"]
    return ids


def mapped(text: str, ids: dict[str, str]) -> str:
    for known, real in ids.items():
        text = text.replace(f'"{known}"', f'"{real}"').replace(f'"{known.upper()}"', f'"{real.upper()}"')
    return text


def judge(client: Client, case: dict[str, Any], ids: dict[str, str]) -> str | None:
    filter_text = mapped(case["filter"], ids)
    query = "/Users?filter=" + urllib.parse.quote(filter_text, safe="")
    by_search = client.scim("POST", "/Users/.search", {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": filter_text})
    for how, answer in (("GET", client.scim("GET", query)), (".search", by_search)):
        document = answer.json()
        if "error" in case:
            wanted = (case["error"]["status"], case["error"]["scimType"])
            if (str(answer.status), document.get("scimType")) != wanted or document.get("status") != wanted[0]:
                return f"{how}: {answer.status} {answer.body[:200]!r}, expected {wanted}"
            continue
        if answer.status != 200:
            return f"{how}: {answer.status} {answer.body[:300]!r}"
        names = {real: known for known, real in ids.items()}
        found = sorted(names.get(one["id"], one["id"]) for one in document["Resources"])
        if found != sorted(case["match"]) or document["totalResults"] != len(found):
            return f"{how}: found {found} (totalResults {document['totalResults']}), expected {case['match']}"
    return None


def main() -> None:
    table = json.loads(checkout_file("tests", "filter-cases.json").read_text(encoding="utf-8"))
    outcome = Outcome("-v" in sys.argv)
    with Server() as server:
        client = server.tenant_client("filters")
        ids = load_users(client, table["users"])
        for case in table["cases"]:
            if "lastModified" in case["filter"] and "error" not in case:
                continue
            why = judge(client, case, ids)
            outcome.check(f"P-FILT-01 {case['filter']}", why is None, why or "", f"filters: {case['filter']}")
        client.close()
    outcome.finish()


if __name__ == "__main__":
    main()
