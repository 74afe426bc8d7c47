"""Raw sockets for the edge tests: sends bytes as they are and reads answers one by one. Standard library only."""
from __future__ import annotations

import os
import socket
import ssl
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.record import note          # noqa: E402


class Closed(Exception):
    """The server closed the connection, or reset it, before a complete answer."""


@dataclass
class Answer:
    status: int
    fields: list[tuple[str, str]]
    body: bytes

    def field(self, name: str) -> str | None:
        values = [value for key, value in self.fields if key.lower() == name.lower()]
        return ", ".join(values) if values else None


class Target:
    """The server under test, from ROLLCALL_URL and ROLLCALL_TOKEN."""

    def __init__(self, url: str | None = None, token: str | None = None) -> None:
        parts = urlsplit(url or os.environ["ROLLCALL_URL"])
        self.host = parts.hostname or "127.0.0.1"
        self.port = parts.port or 80
        self.tls = parts.scheme == "https"
        self.token = token if token is not None else os.environ.get("ROLLCALL_TOKEN", "")

    def connect(self, timeout: float = 10, source: str = "") -> "Wire":
        """`source`: the address to come from, where it matters."""
        return Wire(self, timeout, source)

    def head(self, method: str, path: str, *fields: str, version: str = "HTTP/1.1", token: str | None = None) -> bytes:
        """A head with Host and the token; `fields` are whole lines without their ends."""
        token = self.token if token is None else token
        lines = [f"{method} {path} {version}", f"Host: {self.host}:{self.port}"]
        if token:
            lines.append(f"Authorization: Bearer {token}")
        return ("\r\n".join([*lines, *fields]) + "\r\n\r\n").encode("latin-1")


class Wire:
    def __init__(self, target: Target, timeout: float, source: str = "") -> None:
        self.socket: socket.socket = socket.create_connection((target.host, target.port), timeout=timeout,
                                                              source_address=(source, 0) if source else None)
        if target.tls:
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            self.socket = context.wrap_socket(self.socket)
        self.buffer = b""

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.socket.close()

    def send(self, data: bytes) -> "Wire":
        """A server that refuses may close while we still send: that is for the reader to find out."""
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            pass
        return self

    def half_close(self) -> None:
        self.socket.shutdown(socket.SHUT_WR)

    def _more(self) -> None:
        try:
            data = self.socket.recv(65536)
        except (ConnectionResetError, BrokenPipeError, ssl.SSLError) as error:
            raise Closed(str(error)) from error
        if not data:
            raise Closed("end of stream")
        self.buffer += data

    def answer(self, has_body: bool = True) -> Answer:
        """The next answer. TimeoutError when the server says nothing."""
        while b"\r\n\r\n" not in self.buffer:
            self._more()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        fields = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines[1:])]
        answer = Answer(int(lines[0].split(" ")[1]), fields, b"")
        length = int(answer.field("Content-Length") or 0) if has_body and answer.status >= 200 else 0
        while len(self.buffer) < length:
            self._more()
        answer.body, self.buffer = self.buffer[:length], self.buffer[length:]
        return answer

    def is_closed(self, within: float = 3) -> bool:
        """True when the server closes without sending anything more."""
        self.socket.settimeout(within)
        try:
            self._more()
        except Closed:
            return True
        except TimeoutError:
            return False
        return False

    def closes_after(self) -> float:
        """Seconds until the server closes; what it sends meanwhile is kept."""
        begin = time.monotonic()
        try:
            while True:
                self._more()
        except Closed:
            return time.monotonic() - begin


class Cases:
    """Prints a line a case; a case is a function that raises when it fails."""

    def __init__(self) -> None:
        self.passed = 0
        self.failed = 0

    def run(self, name: str, case, *arguments) -> None:
        try:
            case(*arguments)
        except Exception as error:  # a test runner reports every kind
            self.failed += 1
            note(name, False)
            print(f"FAIL  {name}: {type(error).__name__}: {error}", flush=True)
        else:
            self.passed += 1
            note(name, True)
            print(f"ok    {name}", flush=True)

    def finish(self) -> int:
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed else 0


def expect(actual: object, expected: object, what: str = "") -> None:
    if actual != expected:
        raise AssertionError(f"{what + ': ' if what else ''}{actual!r}, expected {expected!r}")
