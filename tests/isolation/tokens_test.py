#!/usr/bin/env python3
"""Each kind of token opens one API and no other (T16, T17): generated from the program's own route tables.

Every route of SCIM on both mounts, of the application API and of the admin API is asked with every kind of token there
is. Where the kind is not one that the API takes, the answer must be the one to a token that does not exist, byte for
byte, or 403 where the API knows the token of another API and says so. Beside it each kind is shown to be good where it
belongs.
"""
from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support import program                              # noqa: E402
from support.client import Client, Response              # noqa: E402
from support.outcome import Outcome                      # noqa: E402
from support.server import Server                        # noqa: E402

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
UNKNOWN = "0190a000-0000-7000-8000-0000000000aa"
MOUNTS = ("/scim/v2", "/api/scim/v2")
APPLICATION, ADMIN = "/api/v1", "/api/admin/v1"
# What each face takes, and what it knows and refuses by name.
TAKES = {"scim": {"credential", "rotated away", "access token", "member"}, "application": {"service key"},
         "admin": {"admin session"}}
KNOWS = {"scim": set[str](), "application": TAKES["scim"], "admin": TAKES["scim"] | {"service key"}}
SCOPES = ("introspect,members:read,members:write,sessions:write,keys:write,content:read,content:write,groups:read,"
          "scopes:read,audit:read")


def ask(client: Client, method: str, path: str, token: str | None) -> Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if method not in ("GET", "DELETE"):
        headers["Content-Type"] = "application/scim+json" if "/scim/" in path else "application/json"
        return client.send(method, path, headers, b"{}")
    return client.send(method, path, headers)


def fingerprint(answer: Response) -> bytes:
    """Everything a client can see of a refusal."""
    lines = sorted(f"{name.lower()}: {value}" for name, value in answer.headers
                   if name.lower() not in ("date", "x-request-id", "connection"))
    return f"{answer.status}\n{lines}\n".encode() + answer.body


def tokens_of(server: Server, client: Client) -> dict[str, str]:
    """One of each kind, all of one tenant and good."""
    server.create_tenant("acme", None, "--set", "oauth_client_credentials=true")
    operator = server.operator("root")["token"]
    scim = server.issue_credential("acme", "Rotated", "--slug", "rotated")
    ann = json.loads(ask_json(client, "POST", "/scim/v2/Users", scim["token"], {"schemas": [USER], "userName": "ann"}))
    service = server.issue_service_key("acme", "App", "--scope", SCOPES)["token"]
    rotated = json.loads(server.command("credential", "rotate", "rotated", "--tenant", "acme", "--json").stdout)
    grant = client.send("POST", "/oauth/token", {"Content-Type": "application/x-www-form-urlencoded"},
                        f"grant_type=client_credentials&client_id={rotated['id']}&client_secret={rotated['token']}"
                        .encode())
    link = server.api("POST", f"/members/{ann['id']}/invitation?tenant=acme", None, operator)
    member = f"/api/v1/members/{ann['id']}"
    return {
        "credential": rotated["token"],
        "rotated away": scim["token"],
        "access token": grant.json()["access_token"],
        "member": server.issue_credential("acme", "Own", "--user", ann["id"])["token"],
        "service key": service,
        "session of a member": json.loads(ask_json(client, "POST", member + "/sessions", service, {}))["token"],
        "key of a member": json.loads(ask_json(client, "POST", member + "/keys", service, {"name": "K"}))["token"],
        "admin session": server.administrator("acme", "eve", "owner", operator)["token"],
        "link": link.json()["token"],
    }


def ask_json(client: Client, method: str, path: str, token: str, body: Any) -> bytes:
    kind = "application/scim+json" if "/scim/" in path else "application/json"
    answer = client.send(method, path, {"Authorization": f"Bearer {token}", "Content-Type": kind},
                         json.dumps(body).encode())
    if answer.status >= 300:
        raise SystemExit(f"{method} {path}: {answer.status} {answer.body[:300]!r}")
    return answer.body


def routes() -> list[tuple[str, str, str]]:
    """Face, method and path of every route that is not open."""
    table = program.run_json("routes", "--json")
    rows = [("scim", row["method"], mount + row["path"]) for mount in MOUNTS for row in table["routes"]
            if row["right"] != "none"]
    for base, face in ((APPLICATION, "application"), (ADMIN, "admin")):
        rows += [(face, row["method"], row["path"]) for row in table["apis"][base] if row["needs"]]
    return [(face, method, re.sub(r"\{\w+\}", UNKNOWN, path)) for face, method, path in rows]


def matrix(outcome: Outcome, client: Client, tokens: dict[str, str]) -> None:
    wrong = {kind: re.sub(r"[A-Za-z0-9_-]{48}$", "A" * 48, token) for kind, token in tokens.items()}
    for face, method, path in routes():
        nobody = fingerprint(ask(client, method, path, wrong["credential"]))
        for kind, token in tokens.items():
            if kind in TAKES[face]:
                continue
            answer = ask(client, method, path, token)
            name = f"a {kind} at {method} {path} (T16, T17)"
            if kind in KNOWS[face]:
                outcome.check(name, answer.status == 403, f"{answer.status} {answer.body[:200]!r}")
            else:
                outcome.check(name, answer.status == 401 and fingerprint(answer) == nobody,
                              f"{answer.status} {answer.body[:200]!r}")
    for kind in ("credential", "service key", "session of a member", "key of a member"):
        answer = client.send("POST", ADMIN + "/sign-in", {"Content-Type": "application/json"}, json.dumps(
            {"tenant": "acme", "user_name": "eve", "password": tokens[kind]}).encode())
        outcome.check(f"nobody signs in with a {kind} (T16)", answer.status == 401, str(answer.status))


def good_where_they_belong(outcome: Outcome, client: Client, tokens: dict[str, str]) -> None:
    """Or the matrix would hold for tokens that are worth nothing."""
    places = {"credential": "/scim/v2/Users", "rotated away": "/scim/v2/Users", "access token": "/scim/v2/Users",
              "member": "/scim/v2/Me", "service key": "/api/v1/members", "admin session": ADMIN + "/members"}
    for kind, path in places.items():
        outcome.check(f"a {kind} is good at {path}", ask(client, "GET", path, tokens[kind]).status == 200, "")
    for kind in ("session of a member", "key of a member"):
        answer = client.send("POST", "/api/v1/introspect", {
            "Authorization": f"Bearer {tokens['service key']}", "Content-Type": "application/x-www-form-urlencoded"},
            b"token=" + tokens[kind].encode())
        outcome.check(f"a {kind} is good for its application", answer.json().get("active") is True, str(answer.body))
    answer = client.send("POST", ADMIN + "/invitations/accept", {"Content-Type": "application/json"}, json.dumps(
        {"token": tokens["link"], "password": "correct horse battery staple"}).encode())
    outcome.check("a link is good for what it was made for", answer.status == 204, str(answer.body))


def main() -> None:
    outcome = Outcome("-v" in sys.argv)
    with Server("--limit", "sign_ins_per_address_max=1000") as server:
        client = Client(server.port)
        tokens = tokens_of(server, client)
        matrix(outcome, client, tokens)
        good_where_they_belong(outcome, client, tokens)
        client.close()
    outcome.finish()


if __name__ == "__main__":
    main()
