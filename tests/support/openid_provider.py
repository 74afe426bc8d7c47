"""A small OpenID provider for tests: discovery, authorize, token and keys, on a port of its own. It does what it is
told, wrong things too."""
from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import ssl
import subprocess
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class SigningKey:
    """An RSA key of the command `openssl`."""

    def __init__(self, folder: Path, kid: str) -> None:
        self.kid = kid
        self.private = folder / f"{kid}.provider.key"
        self._openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", str(self.private))
        modulus = self._openssl("rsa", "-in", str(self.private), "-noout", "-modulus").decode().split("=")[1].strip()
        self.public_pem = self._openssl("pkey", "-in", str(self.private), "-pubout")
        self.jwk = {"kty": "RSA", "kid": kid, "use": "sig", "alg": "RS256", "n": encoded(bytes.fromhex(modulus)),
                    "e": "AQAB"}

    @staticmethod
    def _openssl(*arguments: str, data: bytes | None = None) -> bytes:
        return subprocess.run(["openssl", *arguments], input=data, check=True, capture_output=True).stdout

    def sign(self, claims: dict[str, Any], header: dict[str, Any] | None = None) -> str:
        head = {"alg": "RS256", "typ": "JWT", "kid": self.kid, **(header or {})}
        part = ".".join(encoded(json.dumps({k: v for k, v in one.items() if v is not None}).encode())
                        for one in (head, claims))
        if head["alg"] == "none":
            return part + "."
        if head["alg"] == "HS256":    # the public key taken for a shared secret
            return f"{part}.{encoded(hmac.new(self.public_pem, part.encode(), hashlib.sha256).digest())}"
        return f"{part}.{encoded(self._openssl('dgst', '-sha256', '-sign', str(self.private), data=part.encode()))}"


class OpenIdProvider:
    """`with OpenIdProvider(folder) as provider:`; what it says next is in its attributes."""

    def __init__(self, folder: Path, client_id: str = "rollcall", secret: str = "",
                 tls: ssl.SSLContext | None = None) -> None:
        self.key = SigningKey(folder, "first")
        self.published = [self.key.jwk]
        self.max_age = 3600
        self.client_id, self.secret = client_id, secret
        self.person: dict[str, Any] = {"sub": "person-1"}       # claims about who signs in
        self.claims: dict[str, Any] = {}                        # instead of what is right; None leaves one out
        self.header: dict[str, Any] = {}
        self.discovery: dict[str, Any] = {}
        self.down = False
        self.redirect_keys_to = ""
        self.requests: list[str] = []
        self.authorizations: list[dict[str, str]] = []
        self._codes: dict[str, dict[str, str]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.issuer = f"http{'s' if tls else ''}://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "OpenIdProvider":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._server.shutdown()
        self._server.server_close()

    def count(self, path: str) -> int:
        return sum(1 for one in self.requests if one == path)

    def token(self, **claims: Any) -> str:
        """A token as an identity provider presents it to SCIM."""
        now = int(time.time())
        return self.key.sign({"iss": self.issuer, "aud": self.client_id, "exp": now + 600, "iat": now, **claims},
                             self.header)

    def authorize(self, url: str) -> str:
        """What the browser does there: the address it is sent back to."""
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))
        self.authorizations.append(query)
        code = secrets.token_urlsafe(16)
        self._codes[code] = query
        return query["redirect_uri"] + "?" + urllib.parse.urlencode(
            {"code": code, "state": query["state"], "iss": self.issuer})

    def _exchange(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        asked = self._codes.pop(form.get("code", ""), None)
        if self.secret:
            quote = urllib.parse.quote_plus                     # RFC 6749 §2.3.1
            pair = f"{quote(self.client_id)}:{quote(self.secret)}".replace("+", "%20").encode()
            is_client = authorization == "Basic " + base64.b64encode(pair).decode()
        else:
            is_client = form.get("client_id") == self.client_id and not authorization
        challenge = encoded(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if not asked or not is_client or asked["code_challenge"] != challenge \
                or asked["redirect_uri"] != form.get("redirect_uri") or asked["client_id"] != self.client_id:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": self.client_id, "exp": now + 300, "iat": now, "nonce": asked["nonce"],
                  **self.person, **self.claims}
        token = self.key.sign({name: value for name, value in claims.items() if value is not None}, self.header)
        return 200, {"access_token": "none of our business", "token_type": "Bearer", "id_token": token}

    def _handler(provider: "OpenIdProvider") -> type[BaseHTTPRequestHandler]:   # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: Any) -> None:
                pass

            def answer(self, status: int, document: Any, **headers: str) -> None:
                body = json.dumps(document).encode()
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)),
                                    **{key.replace("_", "-"): value for key, value in headers.items()}}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self) -> None:
                path = urllib.parse.urlsplit(self.path).path
                provider.requests.append(path)
                if provider.down:
                    return self.answer(503, {})
                if path == "/.well-known/openid-configuration":
                    at = provider.issuer
                    return self.answer(200, {
                        "issuer": at, "authorization_endpoint": at + "/authorize", "token_endpoint": at + "/token",
                        "jwks_uri": at + "/keys", **provider.discovery})
                if path == "/keys" and provider.redirect_keys_to:
                    return self.answer(302, {}, Location=provider.redirect_keys_to)
                if path in ("/keys", "/elsewhere"):
                    return self.answer(200, {"keys": provider.published},
                                       Cache_Control=f"max-age={provider.max_age}")
                return self.answer(404, {})

            def do_POST(self) -> None:
                provider.requests.append(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                if provider.down:
                    return self.answer(503, {})
                form = dict(urllib.parse.parse_qsl(body))
                self.answer(*provider._exchange(form, self.headers.get("Authorization", "")))
        return Handler
