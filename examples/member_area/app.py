#!/usr/bin/env python3
"""A small web application behind Rollcall: people sign in here, Rollcall says who may, and for how long.

    ROLLCALL=http://127.0.0.1:8080 ROLLCALL_SERVICE_KEY=rc_app_... python3 app.py 8000

It needs Python 3.9 and nothing else. The key needs the scopes members:read, sessions:write and introspect.

The password check stands for whatever your application has: a password of its own, OpenID Connect, a magic link. What
matters is what comes after it: Rollcall is asked for a session, and asked again with every request. The moment the
identity provider deactivates somebody, the session is worth nothing.
"""
from __future__ import annotations

import html
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ROLLCALL = os.environ.get("ROLLCALL", "http://127.0.0.1:8080")
SERVICE_KEY = os.environ.get("ROLLCALL_SERVICE_KEY", "")
PASSWORD = os.environ.get("DEMO_PASSWORD", "demo")          # the same for everybody: this is an example


class Refused(Exception):
    """Rollcall said no; the text says why."""


def rollcall(method: str, path: str, document: Any = None, form: dict[str, str] | None = None) -> Any:
    """One request to the application API. Refused for 4xx; other failures are errors of this application."""
    request = urllib.request.Request(ROLLCALL + "/api/v1" + path, method=method)
    request.add_header("Authorization", "Bearer " + SERVICE_KEY)
    if document is not None:
        request.add_header("Content-Type", "application/json")
        request.data = json.dumps(document).encode()
    if form is not None:
        request.add_header("Content-Type", "application/x-www-form-urlencoded")
        request.data = urllib.parse.urlencode(form).encode()
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            body = answer.read()
            return json.loads(body) if body else None
    except urllib.error.HTTPError as error:
        if error.code in (404, 409):
            raise Refused(json.loads(error.read())["detail"]) from error
        raise


def sign_in(member: str) -> str:
    """Opens a session; the token goes into a cookie and is kept nowhere else."""
    return str(rollcall("POST", f"/members/{member}/sessions", {"lifetime_s": 8 * 3600})["token"])


def who_is(token: str) -> dict[str, Any] | None:
    """Asked with every request, because the answer changes the moment somebody is deactivated."""
    if not token:
        return None
    answer = rollcall("POST", "/introspect", form={"token": token})
    return answer if answer["active"] else None


def sign_out(found: dict[str, Any]) -> None:
    rollcall("DELETE", f"/members/{found['sub']}/sessions/{found['jti']}")


class Pages(BaseHTTPRequestHandler):
    server_version = "example"
    sys_version = ""

    def do_GET(self) -> None:
        if self.path != "/":
            return self.page(404, "<p>There is nothing here.</p>")
        found = who_is(self.token())
        if found is None:
            return self.page(401, '<form method="post" action="/sign-in">'
                             '<input name="member" placeholder="id of a member">'
                             '<input name="password" type="password"><button>Sign in</button></form>',
                             self.cookie("", 0) if self.token() else None)
        self.page(200, f"<p>Welcome, {html.escape(found['sub'])} of {html.escape(found['tenant'])}.</p>"
                       '<form method="post" action="/sign-out"><button>Sign out</button></form>')

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        fields = dict(urllib.parse.parse_qsl(self.rfile.read(min(length, 10_000)).decode("utf-8", "replace")))
        if self.path == "/sign-in":
            if fields.get("password") != PASSWORD:
                return self.page(403, "<p>That is not the password.</p>")
            try:
                token = sign_in(urllib.parse.quote(fields.get("member", ""), safe=""))
            except Refused as why:
                return self.page(403, f"<p>{html.escape(str(why))}</p>")
            return self.redirect(self.cookie(token, 8 * 3600))
        if self.path == "/sign-out":
            if found := who_is(self.token()):
                sign_out(found)
            return self.redirect(self.cookie("", 0))
        self.page(404, "<p>There is nothing here.</p>")

    def token(self) -> str:
        cookie = SimpleCookie(self.headers.get("Cookie", "")).get("session")
        return cookie.value if cookie else ""

    @staticmethod
    def cookie(token: str, seconds: int) -> str:
        # Behind https add "; Secure".
        return f"session={token}; Max-Age={seconds}; Path=/; HttpOnly; SameSite=Strict"

    def redirect(self, cookie: str) -> None:
        self.send_response(303)
        self.send_header("Location", "/")
        self.send_header("Set-Cookie", cookie)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def page(self, status: int, content: str, cookie: str | None = None) -> None:
        body = f"<!doctype html><title>Member area</title>{content}".encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        if cookie is not None:
            self.send_header("Set-Cookie", cookie)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, text: str, *values: Any) -> None:
        pass


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 8000), Pages)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
