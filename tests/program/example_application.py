#!/usr/bin/env python3
"""The example application behind the real server: people sign in and out, and a leaver is out at once (PLU-06)."""
from __future__ import annotations

import http.client
import os
import subprocess
import sys
import urllib.parse
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.outcome import Outcome                      # noqa: E402
from support.server import Server, checkout_file         # noqa: E402

PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"


class Browser:
    """Follows nothing, keeps the one cookie."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookie = ""

    def send(self, method: str, path: str, **fields: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        headers = {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded"}
        connection.request(method, path, urllib.parse.urlencode(fields) if method == "POST" else None, headers)
        answer = connection.getresponse()
        body = answer.read().decode()
        if (cookie := answer.getheader("Set-Cookie")) is not None:
            self.cookie = cookie.split(";")[0]
        connection.close()
        return answer.status, body


def start(server: Server, key: str) -> tuple[subprocess.Popen[str], int]:
    process = subprocess.Popen(
        [sys.executable, str(checkout_file("examples", "member_area", "app.py")), "0"], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env={**os.environ, "ROLLCALL": f"http://127.0.0.1:{server.port}", "ROLLCALL_SERVICE_KEY": key})
    assert process.stdout is not None
    return process, int(process.stdout.readline().strip().rpartition(":")[2])


def check(outcome: Outcome) -> None:
    with Server() as server:
        scim = server.tenant_client("example")
        key = server.issue_service_key("example", "Member area", "--scope", "members:read", "--scope", "sessions:write",
                                       "--scope", "introspect")
        ann = scim.scim("POST", "/Users", {"schemas": [USER], "userName": "ann@example.com"}).json()["id"]
        process, port = start(server, key["token"])
        try:
            story(outcome, scim, Browser(port), ann)
        finally:
            process.terminate()
            process.wait(10)
        scim.close()


def story(outcome: Outcome, scim: Any, browser: Browser, ann: str) -> None:
    def expect(what: str, got: tuple[int, str], status: int, part: str = "") -> None:
        outcome.check(f"example: {what}", got[0] == status and part in got[1], f"{got[0]} {got[1][:300]}")

    def active(value: bool) -> None:
        answer = scim.scim("PATCH", f"/Users/{ann}", {"schemas": [PATCH], "Operations": [
            {"op": "replace", "path": "active", "value": value}]})
        outcome.check(f"example: active is {value}", answer.status == 200, f"{answer.status} {answer.body!r}")

    expect("nobody is signed in", browser.send("GET", "/"), 401)
    expect("a wrong password", browser.send("POST", "/sign-in", member=ann, password="wrong"), 403)
    expect("nobody of that id", browser.send("POST", "/sign-in", member="nobody", password="demo"), 403)
    expect("signing in", browser.send("POST", "/sign-in", member=ann, password="demo"), 303)
    expect("being in", browser.send("GET", "/"), 200, ann)
    expect("signing out", browser.send("POST", "/sign-out"), 303)
    expect("being out", browser.send("GET", "/"), 401)
    browser.send("POST", "/sign-in", member=ann, password="demo")
    kept = browser.cookie
    active(False)
    expect("a leaver is out with the next request", browser.send("GET", "/"), 401)
    expect("and does not come in", browser.send("POST", "/sign-in", member=ann, password="demo"), 403, "inactive")
    active(True)
    browser.cookie = kept
    expect("the old session stays dead", browser.send("GET", "/"), 401)
    expect("coming back", browser.send("POST", "/sign-in", member=ann, password="demo"), 303)
    expect("being in again", browser.send("GET", "/"), 200, ann)


if __name__ == "__main__":
    outcome = Outcome("-v" in sys.argv)
    check(outcome)
    outcome.finish()
