"""Secrets never leave: tokens, passwords and personal data are looked for in logs, database, audit and metrics.

Markers that occur nowhere else are sent in every place where a client can put one (promise P29); then all that
the server wrote is searched for them, as they are and in the encodings in which they could hide.
"""
from __future__ import annotations

import base64
import json
import os
import urllib.parse
from pathlib import Path

from program.check import Check
from support.server import Server

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PASSWORD = "Qx7-marker-password-Zk9"


def encodings(text: str) -> set[bytes]:
    raw = text.encode()
    return {raw, base64.b64encode(raw).rstrip(b"="), base64.urlsafe_b64encode(raw).rstrip(b"="), raw.hex().encode(),
            raw.hex().upper().encode(), urllib.parse.quote(text, safe="").encode(), raw[::-1]}


def found_in(data: bytes, text: str) -> bool:
    return any(form in data for form in encodings(text))


def provoke(server: Server, token: str) -> dict[str, bytes]:
    """Sends the markers everywhere. Returns the answers by what was sent."""
    client = server.client(token)
    answers: dict[str, bytes] = {}
    made = client.scim("POST", "/Users", {"schemas": [USER], "userName": "secret", "password": PASSWORD})
    answers["create"] = made.body
    user = made.json()["id"]
    answers["replace"] = client.scim("PUT", f"/Users/{user}", {
        "schemas": [USER], "userName": "secret", "password": PASSWORD}).body
    answers["patch"] = client.scim("PATCH", f"/Users/{user}", {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "path": "password", "value": PASSWORD}]}).body
    for name, body in (("wrong type", b'{"schemas":["%s"],"userName":"x","password":["%s"]}'),
                       ("no JSON", b'{"schemas":["%s"],"userName":"x","password":"%s"'),
                       ("twice", b'{"schemas":["%s"],"userName":"x","password":"%s","password":"y"}')):
        sent = body % (USER.encode(), PASSWORD.encode())
        answers[name] = client.send("POST", "/scim/v2/Users", {
            "Authorization": "Bearer " + token, "Content-Type": "application/scim+json"}, sent).body
    value = urllib.parse.quote(f'userName eq "{PASSWORD}"')
    answers["filter"] = client.scim("GET", f"/Users?filter={value}").body
    answers["bad filter"] = client.scim("GET", f"/Users?filter={value}%20and").body
    answers["filter on password"] = client.scim("GET", "/Users?filter=" + urllib.parse.quote(
        f'password eq "{PASSWORD}"')).body
    answers["query token"] = client.send("GET", f"/scim/v2/Users?access_token={token}", {}).body
    answers["wrong scheme"] = client.send("GET", "/scim/v2/Users", {"Authorization": f"Basic {token}"}).body
    answers["token in another header"] = client.send("GET", "/scim/v2/Users", {
        "X-API-Key": token, "Cookie": f"a={token}", "User-Agent": token, "Referer": token,
        "X-Request-Id": token}).body
    answers["token almost right"] = client.send("GET", "/scim/v2/Users", {"Authorization": f"Bearer {token}x"}).body
    answers["read"] = client.scim("GET", f"/Users/{user}?attributes=password").body
    answers["list"] = client.scim("GET", "/Users").body
    answers["metrics"] = client.send("GET", "/metrics").body
    client.close()
    return answers


def test_markers(check: Check) -> None:
    folder = check.folder / "data"
    folder.mkdir()
    for level in ("info", "debug"):
        server = Server("--log-level", level, store=str(folder / f"{level}.db"))
        server.log_path = str(check.folder / f"{level}.log")
        server.create_tenant("acme")
        token = server.issue_credential("acme")["token"]
        server.start()
        answers = provoke(server, token)
        body = token.removeprefix("rc_scim_")
        secrets = {"password": PASSWORD, "token": token, "token without prefix": body, "half a token": body[:20]}
        for name, answer in answers.items():
            for kind, secret in secrets.items():
                if name == "filter" and kind == "password":
                    continue
                check.that(f"S-USER-11 P29 the answer to {name} holds no {kind} ({level})",
                           not found_in(answer, secret),
                           answer[:300].decode("utf-8", "replace"))
        live = {name: (folder / name).read_bytes() for name in os.listdir(folder) if name.startswith(level)}
        server.stop()
        live["log"] = Path(server.log_path).read_bytes()
        live.update({"after the stop: " + name: (folder / name).read_bytes() for name in os.listdir(folder)})
        for where, data in live.items():
            for kind, secret in secrets.items():
                check.that(f"P29 STD-11 P-AUTH-20 no {kind} in {where} ({level})", not found_in(data, secret))


def test_personal_data_in_logs(check: Check) -> None:
    """S-SEC-02: attribute values and filter literals are not in the log, at any level."""
    marker = "Qx7PersonalMarkerZk9"
    for level in ("info", "debug"):
        with Server("--log-level", level) as server:
            client = server.tenant_client("acme")
            client.scim("POST", "/Users", {"schemas": [USER], "userName": marker, "displayName": marker,
                                           "emails": [{"value": f"{marker}@example.com"}]})
            client.scim("POST", "/Users", {"schemas": [USER], "userName": marker})
            client.scim("GET", "/Users?filter=" + urllib.parse.quote(f'userName eq "{marker}"'))
            client.scim("GET", f"/Users/{marker}")
            client.scim("GET", "/Users?filter=" + urllib.parse.quote(f"{marker} eq 1"))
            client.close()
            lines = [line for line in server.log().splitlines() if marker in line]
            # A path is logged as it is: an id that a client made up may be in it, values of attributes may not.
            lines = [line for line in lines if f"/Users/{marker}" not in line]
            check.that(f"S-SEC-02 P-SEC-05 no personal data in the log ({level})", not lines, "\n".join(lines[:3]))


def test_core_dumps(check: Check) -> None:
    """No core file can hold what was in memory."""
    with Server() as server:
        assert server.process is not None
        limits = Path(f"/proc/{server.process.pid}/limits").read_text()
        line = next(one for one in limits.splitlines() if one.startswith("Max core file size"))
        dumpable = os.stat(f"/proc/{server.process.pid}/environ").st_uid
        check.that("core files are off", line.split()[4] == "0" or dumpable != os.geteuid(), line)


def test_credentials_in_the_list(check: Check) -> None:
    """The command line shows a token once."""
    with Server() as server:
        server.create_tenant("acme")
        token = server.issue_credential("acme")["token"]
        listed = server.command("credential", "list", "--tenant", "acme", "--json").stdout
        check.that("MOB-08 no token and no hash in the list", token not in listed
                   and "hash" not in json.dumps(json.loads(listed)), listed)
