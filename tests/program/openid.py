"""Administrators sign in at the OpenID provider of their tenant: the way there and back, everything that must be
refused, keys that are replaced, and a provider that is down."""
from __future__ import annotations

import json
import time
import urllib.parse
from typing import Any

from program.check import Check
from support.client import Client, Response
from support.openid_provider import OpenIdProvider, SigningKey
from support.server import PASSWORD, Server

BASE = "/api/admin/v1"
LOOPBACK = ("--outgoing-loopback", "true")
OFTEN = ("--limit", "sign_ins_per_address_max=1000")


def cookies_of(response: Response) -> dict[str, str]:
    pairs = [value.split(";")[0].split("=", 1) for name, value in response.headers if name.lower() == "set-cookie"]
    return {name: value for name, value in pairs}


class Browser:
    """What a browser keeps between leaving and coming back."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.cookies: dict[str, str] = {}

    def get(self, path: str) -> Response:
        client = Client(self.server.port)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        answer = client.send("GET", path, headers if self.cookies else {})
        client.close()
        for name, value in cookies_of(answer).items():
            self.cookies[name] = value
        return answer

    def leave(self, tenant: str, more: str = "") -> Response:
        return self.get(f"{BASE}/sign-in/openid?tenant={tenant}{more}")

    def come_back(self, url: str) -> Response:
        parts = urllib.parse.urlsplit(url)
        return self.get(f"{parts.path}?{parts.query}")

    def sign_in(self, provider: OpenIdProvider, tenant: str = "acme", more: str = "") -> Response:
        left = self.leave(tenant, more)
        if left.status != 303:
            return left
        return self.come_back(provider.authorize(left.header("Location") or ""))


class World:
    """A tenant with an owner who has a password and a link to a person at the provider."""

    def __init__(self, server: Server, provider: OpenIdProvider, *more: str) -> None:
        self.server, self.provider = server, provider
        self.operator = server.operator("root")["token"]
        server.create_tenant("acme")
        self.owner = server.administrator("acme", "ann", "owner", self.operator)
        done = server.command("openid", "set", "--tenant", "acme", "--issuer", provider.issuer, "--client-id",
                              provider.client_id, *more)
        assert done.returncode == 0, done.stderr
        linked = server.command("openid", "link", "--tenant", "acme", "--member", "ann", "--subject", "person-1")
        assert linked.returncode == 0, linked.stderr

    def sign_in(self, more: str = "") -> Response:
        return Browser(self.server).sign_in(self.provider, "acme", more)


def test_sign_in(check: Check) -> None:
    """Issue of a session: the same as with a password, bound to the browser, and never somewhere else."""
    with OpenIdProvider(check.folder) as provider, Server(*LOOPBACK) as server:
        world = World(server, provider)
        browser = Browser(server)
        left = browser.leave("acme")
        sent = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(left.header("Location") or "").query))
        check.that("the browser is sent to the provider with PKCE, state and nonce",
                   left.status == 303 and (left.header("Location") or "").startswith(provider.issuer + "/authorize?")
                   and sent["response_type"] == "code" and sent["code_challenge_method"] == "S256"
                   and len(sent["state"]) == 43 and len(sent["nonce"]) == 43 and "openid" in sent["scope"],
                   f"{left.status} {left.headers}")
        cookie = left.header("Set-Cookie") or ""
        check.that("the attempt is a cookie of this browser", all(part in cookie for part in (
            "__Host-rollcall_openid=", "Path=/", "Secure", "HttpOnly", "SameSite=Lax")), cookie)
        back = provider.authorize(left.header("Location") or "")
        answer = browser.come_back(back)
        check.that("a session as sign-in by password makes it", answer.status == 201
                   and set(answer.json()) == {"id", "created", "proven", "expires", "csrf_token"},
                   f"{answer.status} {answer.body!r}")
        session = [value for name, value in answer.headers
                   if name.lower() == "set-cookie" and value.startswith("__Host-rollcall_admin=")]
        check.that("in the same cookie", len(session) == 1 and all(part in session[0] for part in (
            "Path=/", "Secure", "HttpOnly", "SameSite=Strict", "Max-Age=28800")), str(session))
        known = browser.get(BASE + "/session")
        check.that("which is good for the member", known.status == 200 and known.json()["user_name"] == "ann"
                   and known.json()["csrf_token"] == answer.json()["csrf_token"], f"{known.body!r}")
        check.that("the code was not shown to anybody else, and the attempt is over",
                   browser.cookies["__Host-rollcall_openid"] == "")
        other = Browser(server).come_back(back)
        check.that("an answer in another browser is none", other.status == 401
                   and "not begun in this browser" in other.json()["detail"], f"{other.status} {other.body!r}")
        check.that("the reason is in the audit row and no secret in the log",
                   sent["state"] not in server.log() and cookie[30:60] not in server.log())
        for return_to, status in (("/console", 201), ("/console%3Fa%3D1", 201), ("//evil.example", 400),
                                  ("https://evil.example", 400), ("/%5Cevil.example", 400), ("%2F%2Fevil.example", 400),
                                  ("console", 400), ("/a%0D%0AX:%20y", 400), ("/%22%3E", 400), ("javascript:1", 400)):
            answer = Browser(server).sign_in(provider, "acme", "&return_to=" + return_to)
            check.that(f"return_to {return_to} is answered {status}", answer.status == status
                       and answer.header("Location") is None and (answer.header("Refresh") or "0; url=/")
                       .startswith("0; url=/"), f"{answer.status} {answer.headers} {answer.body!r}")
        check.that("a tenant that is not there and one without a provider say the same",
                   Browser(server).leave("nobody").status == 404 and server.create_tenant("bare") is not None
                   and Browser(server).leave("nobody").body == Browser(server).leave("bare").body)
        proof = world.sign_in("&prove=true")
        check.that("asked for a proof, the provider must say when it asked", proof.status == 401, f"{proof.body!r}")
        provider.person["auth_time"] = int(time.time())
        browser = Browser(server)
        proof = browser.sign_in(provider, "acme", "&prove=true")
        asked = provider.authorizations[-1]
        check.that("then the session is proven", proof.status == 201 and asked["prompt"] == "login"
                   and proof.json()["proven"] > proof.json()["created"][:17], f"{proof.body!r}")


def test_who_it_is(check: Check) -> None:
    """Which person is which member: linked subjects, verified addresses, roles that administer."""
    with OpenIdProvider(check.folder) as provider, Server(*LOOPBACK, *OFTEN) as server:
        world = World(server, provider)
        server.administrator("acme", "bob", "member", world.operator)

        def attempt(**person: Any) -> Response:
            provider.person = person
            return world.sign_in()

        check.that("an unknown subject is nobody", attempt(sub="person-2").status == 401)
        server.command("openid", "link", "--tenant", "acme", "--member", "bob", "--subject", "person-3")
        check.that("T18 a member whose role does not administer is refused", attempt(sub="person-3").status == 401)
        email = "eve@acme.example"
        made = server.command("member", "create", "--tenant", "acme", "eve", "--email", email, "--role", "admin",
                              "--json")
        eve = json.loads(made.stdout)["id"]
        check.that("an address alone is nobody", attempt(sub="e", email=email, email_verified=True).status == 401)
        server.command("openid", "set", "--tenant", "acme", "--issuer", provider.issuer, "--client-id", "rollcall",
                       "--match-email")
        check.that("nor one that the member has not verified",
                   attempt(sub="e", email=email, email_verified=True).status == 401)
        server.command("member", "set", "--tenant", "acme", "eve", "--email-verified")
        for claims in ({}, {"email_verified": False}, {"email_verified": 1}, {"email_verified": "yes"}):
            answer = attempt(sub="e", email=email, **claims)
            check.that(f"an address that the provider has not verified is refused: {claims}", answer.status == 401
                       and "not verified your e-mail" in answer.json()["detail"], f"{answer.body!r}")
        answer = attempt(sub="e", email=email.upper(), email_verified=True)
        check.that("a verified one is the member", answer.status == 201, f"{answer.status} {answer.body!r}")
        check.that("from then on the subject counts", attempt(sub="e").status == 201)
        check.that("and nobody else has it",
                   attempt(sub="f", email="x@acme.example", email_verified=True).status == 401)
        server.command("member", "set", "--tenant", "acme", "eve", "--active", "false")
        check.that("T68 who was deactivated does not sign in", attempt(sub="e").status == 401)
        server.command("member", "set", "--tenant", "acme", "eve", "--active", "true")
        token = server.sign_in(tenant="acme", user_name="ann")["token"]
        taken = server.api("PUT", f"/members/{eve}/openid-subject", {"subject": "person-1"}, token)
        check.that("a subject belongs to one member", taken.status == 409, f"{taken.status} {taken.body!r}")
        gone = server.api("PUT", f"/members/{eve}/openid-subject", {"subject": None}, token)
        server.command("openid", "set", "--tenant", "acme", "--issuer", provider.issuer, "--client-id", "rollcall")
        check.that("a link that was taken away ends", gone.status == 204 and attempt(sub="e").status == 401,
                   f"{gone.status}")


def test_tokens(check: Check) -> None:
    """T28: what an ID token must be; keys that are replaced."""
    with OpenIdProvider(check.folder) as provider, Server(*LOOPBACK, *OFTEN) as server:
        world = World(server, provider)
        other = SigningKey(check.folder, "other")
        now = int(time.time())
        for what, claims, header in (
                ("of another issuer", {"iss": "https://evil.example"}, {}),
                ("for another client", {"aud": "other"}, {}),
                ("for several without azp", {"aud": ["rollcall", "other"]}, {}),
                ("asked for by another", {"azp": "other"}, {}), ("without an audience", {"aud": None}, {}),
                ("that has expired", {"exp": now - 120}, {}), ("without an end", {"exp": None}, {}),
                ("of the future", {"iat": now + 600}, {}), ("with another nonce", {"nonce": "other"}, {}),
                ("without a nonce", {"nonce": None}, {}), ("without a subject", {"sub": None}, {}),
                ("with alg none", {}, {"alg": "none"}), ("signed with the public key", {}, {"alg": "HS256"}),
                ("of another algorithm", {}, {"alg": "RS512"}), ("with a hint at a key", {}, {"jku": provider.issuer}),
                ("that brings its key", {}, {"jwk": other.jwk}), ("of an unknown key", {}, {"kid": "unknown"})):
            provider.claims, provider.header = claims, header
            answer = world.sign_in()
            check.that(f"a token {what} is refused", answer.status == 401
                       and "did not sign you in" in answer.json()["detail"], f"{answer.status} {answer.body!r}")
        provider.claims, provider.header = {}, {}
        check.that("and the right one is taken", world.sign_in().status == 201)
        check.that("one for several that names the client is", provider.claims.update(
            {"aud": ["rollcall", "other"], "azp": "rollcall"}) is None and world.sign_in().status == 201)
        provider.claims = {}
        browser = Browser(server)
        left = browser.leave("acme")
        back = provider.authorize(left.header("Location") or "")
        for what, wrong in (("another state", back.replace("state=", "state=x")),
                            ("no state", back.replace("state=", "other=")),
                            ("the answer of another provider", back.replace("iss=http", "iss=https")),
                            ("no code", back.replace("code=", "other="))):
            answer = browser.come_back(wrong)
            check.that(f"{what} is refused", answer.status == 401, f"{answer.status} {answer.body!r}")
        denied = browser.come_back(back.replace("code=", "error=access_denied&other="))
        check.that("a refusal of the provider is said", denied.status == 401
                   and "did not sign you in" in denied.json()["detail"], f"{denied.body!r}")
        check.that("the attempt is good once the answer is right", browser.come_back(back).status == 201)
        check.that("a code is good once", browser.come_back(back).status == 401)


def test_keys(check: Check) -> None:
    """Keys are fetched once, again for a key that is not known, and not for every stranger."""
    with OpenIdProvider(check.folder) as provider, Server(*LOOPBACK, *OFTEN) as server:
        world = World(server, provider)
        for _ in range(3):
            world.sign_in()
        check.that("keys and configuration are kept", provider.count("/keys") == 1
                   and provider.count("/.well-known/openid-configuration") == 1, str(provider.requests))
        provider.header = {"kid": "unknown"}
        for _ in range(4):
            world.sign_in()
        check.that("an unknown key is asked for at most once", provider.count("/keys") <= 2, str(provider.requests))
    with OpenIdProvider(check.folder) as provider, Server(*LOOPBACK) as server:
        world = World(server, provider)
        provider.key = SigningKey(check.folder, "second")
        provider.published = [provider.key.jwk, {"kty": "future", "kid": "x"}]
        check.that("kinds of keys that are not known do not matter", world.sign_in().status == 201)
        provider.key = SigningKey(check.folder, "third")
        provider.published.append(provider.key.jwk)
        answer = world.sign_in()
        check.that("a new key is taken without a restart", answer.status == 201 and provider.count("/keys") == 2,
                   f"{answer.status} {provider.requests}")


def test_provider_down(check: Check) -> None:
    """T65: what a provider does not do, a password does; nothing else waits."""
    with OpenIdProvider(check.folder) as provider, Server(*LOOPBACK) as server:
        World(server, provider)
        provider.down = True
        answer = Browser(server).leave("acme")
        check.that("a provider that is down is said", answer.status == 503 and answer.header("Retry-After") is not None
                   and "password" in answer.json()["detail"], f"{answer.status} {answer.body!r}")
        by_password = server.api("POST", "/sign-in", {"tenant": "acme", "user_name": "ann", "password": PASSWORD})
        check.that("a password still signs in", by_password.status == 201, f"{by_password.status}")
        provider.down = False
        provider.discovery = {"issuer": "https://other.example"}
        check.that("who answers in another name is not believed", Browser(server).leave("acme").status == 503)
        provider.discovery = {"authorization_endpoint": "javascript:alert(1)"}
        check.that("nor sent to what is no address", Browser(server).leave("acme").status == 503)
    with OpenIdProvider(check.folder) as provider, Server() as server:
        World(server, provider)
        answer = Browser(server).leave("acme")
        check.that("T63 this machine is not called unless a setting says so",
                   answer.status in (400, 503) and not provider.requests, f"{answer.status} {provider.requests}")


def test_settings(check: Check) -> None:
    """A provider by the admin API; its secret is sealed and shown to nobody."""
    key_file = check.folder / "sealing.key"
    key_file.write_text("0123456789abcdef0123456789abcdef\n")
    with OpenIdProvider(check.folder, secret="s3cret&=/ of the client") as provider, \
            Server(*LOOPBACK, "--sealing-key-file", str(key_file)) as server:
        operator = server.operator("root")["token"]
        server.create_tenant("acme")
        owner = server.administrator("acme", "ann", "owner", operator)
        made = server.api("PUT", "/openid-provider", {
            "issuer": provider.issuer, "client_id": "rollcall", "client_secret": provider.secret}, owner["token"])
        check.that("an administrator sets it", made.status == 200 and made.json()["has_secret"] is True
                   and "client_secret" not in made.json(), f"{made.status} {made.body!r}")
        server.api("PUT", f"/members/{owner['id']}/openid-subject", {"subject": "person-1"}, owner["token"])
        answer = Browser(server).sign_in(provider)
        check.that("and signs in with it, the client by its secret", answer.status == 201,
                   f"{answer.status} {answer.body!r}")
        with open(server.store_path, "rb") as file:
            content = file.read()
        with open(server.store_path + "-wal", "rb") as file:
            content += file.read()
        check.that("T34 the secret is not in the database", b"s3cret" not in content)
        check.that("T35 nor in the log", "s3cret" not in server.log())
        for issuer in ("http://10.0.0.1/", "https://user@id.example/", "file:///etc/passwd",
                       provider.issuer + "/other"):
            refused = server.api("PUT", "/openid-provider", {"issuer": issuer, "client_id": "x"}, owner["token"])
            check.that(f"T63 {issuer} is refused", refused.status == 400, f"{refused.status} {refused.body!r}")
        gone = server.api("DELETE", "/openid-provider", None, owner["token"])
        check.that("taken away, nobody signs in there",
                   gone.status == 204 and Browser(server).leave("acme").status == 404)
    with Server() as server:
        server.create_tenant("acme")
        secret = check.folder / "secret"
        secret.write_text("s3cret\n")
        done = server.command("openid", "set", "--tenant", "acme", "--issuer", "https://id.example", "--client-id", "x",
                              "--client-secret-file", str(secret))
        check.that("without a key to seal with, no secret is kept", done.returncode == 1
                   and "sealing_key_file" in done.stderr, done.stderr)
