"""How identity providers authenticate, where a script cannot say it: signed tokens, the limit of failures, revocation
while others work, every pair of tenant names, a token form, the encodings of a header."""
from __future__ import annotations

import base64
import itertools
import json
import sqlite3
import subprocess
import threading
import time
import urllib.parse
from pathlib import Path
from typing import Any

from program.check import Check
from support.client import Client, NoAnswer, Response
from support.server import Server

USER = "urn:ietf:params:scim:schemas:core:2.0:User"


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Key:
    """An RSA key of the command `openssl`, which signs tokens."""

    def __init__(self, folder: Path, name: str) -> None:
        self.private = folder / f"{name}.key"
        self.public = folder / f"{name}.pem"
        subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out",
                        str(self.private)], check=True, capture_output=True)
        subprocess.run(["openssl", "pkey", "-in", str(self.private), "-pubout", "-out", str(self.public)], check=True,
                       capture_output=True)

    def token(self, tenant: str, header: dict[str, Any] | None = None, **claims: Any) -> str:
        payload = {"iss": "https://id.example", "aud": "rollcall", "exp": int(time.time()) + 600, "tenant": tenant,
                   **claims}
        part = ".".join(encoded(json.dumps(one).encode()) for one in
                        (header or {"alg": "RS256", "typ": "JWT"}, payload))
        signed = subprocess.run(["openssl", "dgst", "-sha256", "-sign", str(self.private)], input=part.encode(),
                                check=True, capture_output=True)
        return f"{part}.{encoded(signed.stdout)}"


def get(client: Client, token: str, path: str = "/scim/v2/Users", **headers: str) -> Response:
    return client.send("GET", path, {"Authorization": "Bearer " + token, **headers})


def test_signed_tokens(check: Check) -> None:
    """STD-04 T28 P-AUTH-14: a token of the tenant's issuer works, is audited and revoked like any other."""
    key, other = Key(check.folder, "one"), Key(check.folder, "two")
    with Server() as server:
        for slug in ("acme", "bolt"):
            server.create_tenant(slug)
        made = json.loads(server.command("issuer", "add", "--tenant", "acme", "--issuer", "https://id.example",
                                         "--audience", "rollcall", "--key", str(key.public), "--json").stdout)
        server.command("issuer", "add", "--tenant", "bolt", "--issuer", "https://id.example", "--audience", "rollcall",
                       "--key", str(other.public))
        client = server.client()
        check.that("STD-04 a signed token works", get(client, key.token("acme")).status == 200)
        check.that("STD-04 of each tenant with its own key", get(client, other.token("bolt")).status == 200)
        wrong = get(client, "rc_scim_" + "A" * 48)
        for what, token in (("of another key", other.token("acme")), ("of another tenant", key.token("bolt")),
                            ("that has expired", key.token("acme", exp=int(time.time()) - 120)),
                            ("that lasts a week", key.token("acme", exp=int(time.time()) + 7 * 86400)),
                            ("for another audience", key.token("acme", aud="other")),
                            ("of another issuer", key.token("acme", iss="https://evil.example")),
                            ("with alg none", key.token("acme", {"alg": "none"})),
                            ("with a hint at a key", key.token("acme", {"alg": "RS256", "jku": "https://x.example"})),
                            ("without a signature", key.token("acme").rpartition(".")[0] + ".")):
            answer = get(client, token)
            check.that(f"T28 a token {what} is answered like any wrong one", answer.status == 401
                       and answer.body == wrong.body
                       and answer.header("WWW-Authenticate") == wrong.header("WWW-Authenticate"),
                       f"{answer.status} {answer.body!r}")
        client.send("GET", "/scim/v2/Users?x=signed", {"Authorization": "Bearer " + key.token("acme")})
        time.sleep(0.4)
        with sqlite3.connect(f"file:{server.store_path}?mode=ro", uri=True) as database:
            rows = database.execute("SELECT count(*) FROM learn_scim_audit WHERE credential = ? AND status = 200",
                                    (made["id"],)).fetchone()[0]
        check.that("STD-04 the trail names its credential", rows >= 2, str(rows))
        server.command("credential", "revoke", made["id"], "--tenant", "acme")
        check.that("MOB-19 revoked, it ends at once", get(client, key.token("acme")).status == 401)
        again = server.command("issuer", "add", "--tenant", "acme", "--issuer", "https://id.example", "--audience",
                               "rollcall", "--key", str(key.public))
        check.that("STD-04 added again, it works again",
                   again.returncode == 0 and get(client, key.token("acme")).status == 200, again.stderr)
        check.that("STD-04 a private key is refused", server.command(
            "issuer", "add", "--tenant", "acme", "--issuer", "https://x", "--audience", "y", "--key",
            str(key.private)).returncode == 1)
        server.command("issuer", "remove", "https://id.example", "--tenant", "acme")
        check.that("STD-04 removed, it ends", get(client, key.token("acme")).status == 401)
        with sqlite3.connect(f"file:{server.store_path}?mode=ro", uri=True) as database:
            events = database.execute("SELECT action, actor_kind, target FROM audit_log WHERE tenant = 'acme' AND "
                                      "action LIKE 'issuer.%' ORDER BY seq").fetchall()
        check.that("STD-13 each change of an issuer has left one event, by the operator", events == [
            (action, "operator", "https://id.example") for action in ("issuer.add", "issuer.add", "issuer.remove")],
            str(events))
        client.close()


def test_failures_by_address(check: Check) -> None:
    """T31 T70 T71: guessing is told to wait and leaves few rows; who has a good token does not notice."""
    with Server("--authentication-failures", "20", "--trusted-proxies", "127.0.0.1") as server:
        server.create_tenant("acme")
        token = server.issue_credential("acme")["token"]
        client = server.client()

        def guess(address: str) -> Response:
            return get(client, "rc_scim_wrong", **{"X-Forwarded-For": address})

        if time.time() % 60 > 50:
            time.sleep(60 - time.time() % 60)   # the minute of the limit must not end meanwhile
        found = [guess("192.0.2.1").status for _ in range(300)]
        check.that("T31 20 wrong ones are answered, then it is 429", found == [401] * 20 + [429] * 280, str(found[:30]))
        late = guess("192.0.2.1")
        seconds = int(late.header("Retry-After") or 0)
        check.that("T31 with Retry-After and in SCIM form", 1 <= seconds <= 60 and late.json()["status"] == "429",
                   f"{late.headers} {late.body!r}")
        check.that("T71 another address is not concerned", guess("192.0.2.2").status == 401)
        check.that("T71 nor is a good token at the same address",
                   get(client, token, **{"X-Forwarded-For": "192.0.2.1"}).status == 200)
        basic = client.send("POST", "/oauth/token", {
            "X-Forwarded-For": "192.0.2.1", "Content-Type": "application/x-www-form-urlencoded"},
            b"grant_type=client_credentials&client_id=a&client_secret=b")
        check.that("T31 the token endpoint counts too", basic.status == 429, str(basic.status))
        client.close()
        server.stop()
        with sqlite3.connect(f"file:{server.store_path}?mode=ro", uri=True) as database:
            rows = database.execute("SELECT note FROM learn_scim_audit WHERE ip = '192.0.2.1' AND status IN (401, 429)"
                                    ).fetchall()
        notes = [note for note, in rows if "further refusals" in note]
        check.that("T70 a flood leaves a row for each up to the limit, and one with the count",
                   len(rows) == 21 and len(notes) == 1 and notes[0].startswith("282 "), str(rows[-3:]))
        server.start()


def test_revoked_while_others_work(check: Check) -> None:
    """P30 T33 MOB-19: no request that was begun after the revocation succeeds, whatever else is going on."""
    with Server() as server:
        server.create_tenant("acme")
        late: list[str] = []
        served = 0
        for round_number in range(25):
            issued = server.issue_credential("acme", f"Round {round_number}")
            revoked_at: list[float] = []
            counts: list[int] = []

            def work(token: str, number: int) -> None:
                client = Client(server.port, token)
                done = 0
                until = time.monotonic() + 10
                while time.monotonic() < until:
                    begun = time.monotonic()
                    try:
                        if number % 4 == 0:
                            answer = client.scim("POST", "/Users", {
                                "schemas": [USER], "userName": f"u{token[-9:]}-{number}-{done}"})
                        else:
                            answer = client.scim("GET", "/Users?count=1")
                    except NoAnswer:
                        break
                    if answer.status == 401:
                        break
                    done += 1
                    if revoked_at and begun > revoked_at[0]:
                        late.append(f"{answer.status} begun {begun - revoked_at[0]:.6f} s after")
                counts.append(done)
                client.close()

            threads = [threading.Thread(target=work, args=(issued["token"], number)) for number in range(8)]
            for thread in threads:
                thread.start()
            time.sleep(0.02)
            server.command("credential", "revoke", issued["id"], "--tenant", "acme")
            revoked_at.append(time.monotonic())
            for thread in threads:
                thread.join()
            served += sum(counts)
        check.that("P30 there was work to interrupt", served > 25, str(served))
        check.that("P30 MOB-19 nothing begun after the revocation succeeds", not late, "; ".join(late[:5]))


def test_tenant_names_agree(check: Check) -> None:
    """T22 MOB-01 STD-05 MOD-01: host, path and token, each of either tenant or silent, on both bases: all of them."""
    with Server("--tenant-domain", "scim.example") as server:
        tokens = {}
        for slug in ("acme", "bolt"):
            server.create_tenant(slug)
            tokens[slug] = server.issue_credential(slug)["token"]
        client = server.client()
        wrong = get(client, "rc_scim_" + "A" * 48)
        names = ("acme", "bolt", "nobody")
        for host, path, token, base in itertools.product((*names, ""), (*names, ""), ("acme", "bolt"),
                                                         ("/scim/v2", "/api/scim/v2")):
            target = f"{base}/tenants/{path}/Users" if path else f"{base}/Users"
            answer = get(client, tokens[token], target, Host=f"{host}.scim.example" if host else "127.0.0.1")
            agree = host in ("", token) and path in ("", token)
            same = answer.body == wrong.body and answer.header("WWW-Authenticate") == wrong.header("WWW-Authenticate")
            check.that(f"T22 MOB-01 host {host or '-'}, {target}, token of {token}",
                       answer.status == 200 if agree else answer.status == 401 and same, str(answer.status))
        client.close()


def test_other_ways_are_off(check: Check) -> None:
    """P-AUTH-12: Basic, X-API-Key and /oauth/token take nothing, even the right token, until they are on."""
    with Server() as server:
        server.create_tenant("acme")
        token = server.issue_credential("acme", "Okta", "--slug", "okta")["token"]
        client = server.client()

        def statuses() -> list[int]:
            basic = base64.b64encode(f"okta:{token}".encode()).decode()
            form = f"grant_type=client_credentials&client_id=okta&client_secret={token}".encode()
            return [client.send("GET", "/scim/v2/Users", {"Authorization": "Basic " + basic}).status,
                    client.send("GET", "/scim/v2/Users", {"X-API-Key": token}).status,
                    client.send("POST", "/oauth/token", {"Content-Type": "application/x-www-form-urlencoded"},
                                form).status]

        check.that("P-AUTH-12 the other ways are off", statuses() == [401, 401, 400], str(statuses()))
        server.command("tenant", "set", "acme", "basic_authentication=true", "api_key_authentication=true",
                       "oauth_client_credentials=true")
        check.that("STD-04 until they are switched on", statuses() == [200, 200, 200], str(statuses()))
        client.close()


def test_secrets_of_other_ways(check: Check) -> None:
    """P29 T34 T35 STD-11: what Basic, X-API-Key and /oauth/token carry is nowhere in logs, trail, metrics, database."""
    key = Key(check.folder, "one")
    with Server("--log-level", "debug") as server:
        server.create_tenant("acme", None, "--set", "basic_authentication=true", "--set", "api_key_authentication=true",
                             "--set", "oauth_client_credentials=true")
        issued = server.issue_credential("acme", "Okta", "--slug", "okta")
        server.command("issuer", "add", "--tenant", "acme", "--issuer", "https://id.example", "--audience", "rollcall",
                       "--key", str(key.public))
        token, signed = issued["token"], key.token("acme")
        client = server.client()
        basic = base64.b64encode(f"okta:{token}".encode()).decode()
        bad = base64.b64encode(f"other:{token}".encode()).decode()
        form = f"grant_type=client_credentials&client_id=okta&client_secret={token}".encode()
        answer = client.send("POST", "/oauth/token", {"Content-Type": "application/x-www-form-urlencoded"}, form)
        access = answer.json()["access_token"]
        statuses = [answer.status,
                    client.send("GET", "/scim/v2/Users", {"Authorization": "Basic " + basic}).status,
                    client.send("GET", "/scim/v2/Users", {"Authorization": "Basic " + bad}).status,
                    client.send("GET", "/scim/v2/Users", {"X-API-Key": token}).status,
                    get(client, access).status, get(client, signed).status, get(client, signed + "x").status]
        check.that("STD-04 every way works", statuses == [200, 200, 401, 200, 200, 200, 401], str(statuses))
        rotated = json.loads(server.command("credential", "rotate", "okta", "--tenant", "acme", "--json").stdout)
        check.that("STD-11 so does the new token", get(client, rotated["token"]).status == 200)
        seen = client.send("GET", "/metrics").body
        client.close()
        time.sleep(0.3)
        secrets = {"token": token, "Basic": basic, "wrong Basic": bad, "access token": access, "signed token": signed,
                   "signature": signed.rpartition(".")[2], "new token": rotated["token"]}
        places = {"log": server.log().encode(), "metrics": seen}
        for path in Path(server.store_path).parent.glob("rollcall.db*"):
            places[path.name] = path.read_bytes()
        for where, data in places.items():
            for kind, secret in secrets.items():
                held = secret.encode() in data or urllib.parse.quote(secret, safe="").encode() in data
                check.that(f"P29 T34 T35 no {kind} in {where}", not held)
