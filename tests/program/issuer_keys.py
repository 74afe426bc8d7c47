"""Signed tokens whose keys are fetched from the issuer (STD-04): rotation, strangers, an issuer that is down."""
from __future__ import annotations

import json
import sqlite3
import time

from program.check import Check
from support.client import Client, Response
from support.openid_provider import OpenIdProvider, SigningKey
from support.server import Server

LOOPBACK = ("--outgoing-loopback", "true")


def get(client: Client, token: str) -> Response:
    return client.send("GET", "/scim/v2/Users", {"Authorization": "Bearer " + token})


def add(server: Server, provider: OpenIdProvider, url: str, *more: str) -> "tuple[int, str]":
    done = server.command("issuer", "add", "--tenant", "acme", "--issuer", provider.issuer, "--audience", "rollcall",
                          "--jwks-url", url, *(more or LOOPBACK))
    return done.returncode, done.stderr


def until(client: Client, token: str, wanted: int, seconds: float = 45) -> "list[int]":
    """The different answers until the wanted one."""
    found: list[int] = []
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        status = get(client, token).status
        if not found or found[-1] != status:
            found.append(status)
        if status == wanted:
            break
        time.sleep(0.2)
    return found


def test_keys_are_fetched(check: Check) -> None:
    """STD-04 T28 T63: keys by address, replaced keys, one request for many strangers."""
    with OpenIdProvider(check.folder) as provider, Server(*LOOPBACK) as server:
        server.create_tenant("acme")
        keys = provider.issuer + "/keys"
        code, said = add(server, provider, keys, "--outgoing-loopback", "false")
        check.that("T63 this machine is not called unless a setting says so", code == 1 and "https" in said, said)
        provider.redirect_keys_to = provider.issuer + "/elsewhere"
        code, said = add(server, provider, keys)
        check.that("T63 a redirect is not followed", code == 1 and provider.count("/elsewhere") == 0, said)
        provider.redirect_keys_to = ""
        for url in ("file:///etc/passwd", "ftp://127.0.0.1/", "https://169.254.169.254/keys",
                    provider.issuer.replace("http://", "http://u:p@") + "/keys", provider.issuer + "/nothing"):
            code, said = add(server, provider, url)
            check.that(f"T63 {url} is refused with a sentence", code == 1 and len(said.split()) > 4, said)
        code, said = add(server, provider, keys)
        check.that("STD-04 an issuer with the address of its keys is added", code == 0, said)
        client = server.client()
        token = provider.token(tenant="acme")
        check.that("STD-04 its token works at once", get(client, token).status == 200)
        before = provider.count("/keys")
        provider.header = {"jku": keys}
        check.that("T28 a hint at a key is refused", get(client, provider.token(tenant="acme")).status == 401)
        provider.header = {"alg": "none"}
        check.that("T28 so is alg none", get(client, provider.token(tenant="acme")).status == 401)
        provider.header = {"alg": "HS256"}
        check.that("T28 and the public key as a secret", get(client, provider.token(tenant="acme")).status == 401)
        check.that("T28 nothing of it asked the issuer", provider.count("/keys") == before)
        provider.header = {}
        provider.key = SigningKey(check.folder, "second")
        provider.published = [provider.key.jwk]
        answer = get(client, provider.token(tenant="acme"))
        check.that("STD-04 who has a new key is told to come again", answer.status == 503
                   and answer.header("Retry-After") == "1", f"{answer.status} {answer.headers} {answer.body!r}")
        found = until(client, provider.token(tenant="acme"), 200)
        check.that("STD-04 and then comes in", found[-1] == 200 and set(found) <= {503, 200}, str(found))
        check.that("STD-04 the key that was taken away is worth nothing", get(client, token).status == 401)
        for number in range(20):
            provider.header = {"kid": f"stranger-{number}"}
            get(client, provider.token(tenant="acme"))
        check.that("STD-04 strangers do not make it ask again and again", provider.count("/keys") <= before + 1,
                   str(provider.requests))
        client.close()


def test_issuer_down(check: Check) -> None:
    """T65: keys that were fetched last a day without their issuer, and no longer."""
    with OpenIdProvider(check.folder) as provider, Server(*LOOPBACK) as server:
        server.create_tenant("acme")
        add(server, provider, provider.issuer + "/keys")
        provider.down = True
        client = server.client()
        check.that("T65 known keys do", get(client, provider.token(tenant="acme")).status == 200)
        listed = json.loads(server.command("issuer", "list", "--tenant", "acme", "--json").stdout)[0]
        check.that("STD-04 the list says where from and when", listed["keys_url"] == provider.issuer + "/keys"
                   and listed["keys_fetched"].endswith("Z"), str(listed))
        server.stop()
        with sqlite3.connect(server.store_path) as database:
            database.execute("UPDATE issuer SET keys_fetched = keys_fetched - 24 * 3600 * 1000")
        server.start()
        client = server.client()
        found = until(client, provider.token(tenant="acme"), 401)
        check.that("T65 after a day they do not", found[-1] == 401 and 200 not in found, str(found))
        provider.down = False
        server.stop()                                # or half a minute later
        server.start()
        client = server.client()
        found = until(client, provider.token(tenant="acme"), 200)
        check.that("T65 and do again when the issuer is back", found[-1] == 200, str(found))
        client.close()


def test_issuers_by_api(check: Check) -> None:
    """STD-04: the admin API adds, changes and removes issuers; what it says is what holds."""
    with OpenIdProvider(check.folder) as provider, Server(*LOOPBACK) as server:
        operator = server.operator("root")["token"]
        server.create_tenant("acme")
        server.create_tenant("other")
        ann = server.administrator("acme", "ann", "owner", operator)["token"]
        eve = server.administrator("other", "eve", "owner", operator)["token"]
        client = server.client()
        wanted = {"issuer": provider.issuer, "audience": "rollcall", "slug": "signed"}
        for more, why in (({}, "no keys"), ({"keys": "x"}, "keys that are none"), ({"keys": {"keys": []}}, "no key"),
                          ({"keys": "x", "keys_url": "y"}, "both"), ({"keys_url": "file:///etc/passwd"}, "T63 a file"),
                          ({"keys_url": "https://169.254.169.254/keys"}, "T63 the network beside"),
                          ({"keys_url": provider.issuer + "/nothing"}, "nothing there"),
                          ({"keys": "x", "more": 1}, "unknown members"), ({"keys": 5}, "a number")):
            answer = server.api("PUT", "/issuers", {**wanted, **more}, ann)
            check.that(f"{why}: 400", answer.status == 400 and len(answer.json()["detail"].split()) > 3,
                       f"{answer.status} {answer.body!r}")
        check.that("and nothing is there", server.api("GET", "/issuers", None, ann).json() == {"issuers": []})
        made = server.api("PUT", "/issuers", {**wanted, "keys_url": provider.issuer + "/keys"}, ann)
        check.that("STD-04 keys by address: 201", made.status == 201 and made.json()["tenant_value"] == "acme"
                   and len(made.json()["keys"]) == 1, f"{made.status} {made.body!r}")
        check.that("STD-04 its token works", get(client, provider.token(tenant="acme")).status == 200)
        wrong = provider.token(tenant="acme", aud="elsewhere")
        check.that("T28 one for another audience does not", get(client, wrong).status == 401)
        again = server.api("PUT", "/issuers", {**wanted, "audience": "elsewhere",
                                               "keys": {"keys": [provider.key.jwk]}}, ann)
        check.that("STD-04 keys in the body take their place: 200, the credential stays", again.status == 200
                   and again.json()["credential"] == made.json()["credential"] and "keys_url" not in again.json(),
                   f"{again.status} {again.body!r}")
        check.that("STD-04 now that audience counts", get(client, wrong).status == 200
                   and get(client, provider.token(tenant="acme")).status == 401)
        shown = server.api("GET", "/issuers", None, ann)
        check.that("the list shows names of keys and no key", shown.json()["issuers"] == [again.json()]
                   and provider.key.jwk["kid"] in shown.body.decode() and b"BEGIN" not in shown.body, f"{shown.body!r}")
        listed = json.loads(server.command("issuer", "list", "--tenant", "acme", "--json").stdout)
        check.that("and the command line the same", listed == shown.json()["issuers"], str(listed))
        check.that("STD-12 another tenant has none, and cannot remove it",
                   server.api("GET", "/issuers", None, eve).json() == {"issuers": []}
                   and server.api("DELETE", f"/issuers/{made.json()['credential']}", None, eve).status == 404
                   and get(client, wrong).status == 200)
        gone = server.api("DELETE", f"/issuers/{made.json()['credential']}", None, ann)
        check.that("MOB-09 removed: its tokens are refused", gone.status == 204 and get(client, wrong).status == 401)
        check.that("once", server.api("DELETE", f"/issuers/{made.json()['credential']}", None, ann).status == 404)
        trail = [one["action"] for one in server.api("GET", "/audit?target_type=issuer", None, ann).json()["changes"]]
        check.that("STD-13 each has left its event", trail == ["issuer.remove", "issuer.add", "issuer.add"], str(trail))
