"""A tiny HTTP client that sends what it is told to and nothing else.

No header is added except Host and Content-Length, the target goes out byte for byte, and a connection is kept
open as long as the server keeps it.
"""
from __future__ import annotations

import gzip
import http.client
import json
import time
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Response:
    status: int
    headers: list[tuple[str, str]]
    body: bytes
    ms: float
    _document: Any = field(default=None, repr=False)

    def header(self, name: str) -> str | None:
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return ", ".join(values) if values else None

    def text(self) -> bytes:
        return gzip.decompress(self.body) if self.header("Content-Encoding") == "gzip" else self.body

    def json(self) -> Any:
        """The body as JSON; None when there is none. Raises ValueError when it is something else."""
        if self._document is None and self.body:
            self._document = json.loads(self.text())
        return self._document


class NoAnswer(Exception):
    """The connection ended before a complete answer."""

    def __init__(self, sentence: str, sent: float | None = None) -> None:
        super().__init__(sentence)
        self.sent = sent            # time.monotonic() when the whole request was on its way; None when it never was


class Client:
    def __init__(self, port: int, token: str | None = None, base: str = "/scim/v2", timeout: float = 30) -> None:
        self.port = port
        self.token = token
        self.base = base
        self.timeout = timeout
        self._connection: http.client.HTTPConnection | None = None

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def send(self, method: str, target: str, headers: dict[str, str] | None = None,
             body: bytes | None = None) -> Response:
        """Sends `target` as it is, with exactly these headers (plus Host and Content-Length)."""
        headers = dict(headers or {})
        names = {name.lower() for name in headers}
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)
        connection = self._connection
        started, sent = time.monotonic(), None
        try:
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            if "host" not in names:
                connection.putheader("Host", f"127.0.0.1:{self.port}")
            for name, value in headers.items():
                connection.putheader(name, value.encode("utf-8"))
            if body is not None and not names & {"content-length", "transfer-encoding"}:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            sent = time.monotonic()
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise NoAnswer(f"{method} {target[:120]}: {type(error).__name__}: {error}", sent) from error
        if answer.will_close:
            self.close()
        return Response(answer.status, answer.getheaders(), content, (time.monotonic() - started) * 1000)

    def scim(self, method: str, path: str, document: Any = None, headers: dict[str, str] | None = None) -> Response:
        """A SCIM request relative to the base path, with the client's token."""
        sent: dict[str, str] = {}
        if self.token is not None:
            sent["Authorization"] = "Bearer " + self.token
        body = None
        if document is not None:
            sent["Content-Type"] = "application/scim+json"
            body = json.dumps(document, ensure_ascii=False).encode()
        sent.update(headers or {})
        return self.send(method, self.base + path, sent, body)
