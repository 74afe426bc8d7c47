"""TLS of the real program: versions and suites, wrong files, and another certificate without a stop."""
from __future__ import annotations

import json
import signal
import socket
import ssl
import subprocess
import time
from pathlib import Path
from typing import Any

from program.check import Check
from program.serving import raw
from support import program

REQUEST = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"


def make_certificate(check: Check, name: str) -> tuple[Path, Path]:
    """A self-signed certificate and its key."""
    key, certificate = check.folder / f"{name}.key", check.folder / f"{name}.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "2", "-subj", f"/CN={name}", "-keyout", str(key), "-out", str(certificate)],
                   check=True, capture_output=True)
    return certificate, key


def options(certificate: Path, key: Path) -> list[str]:
    return ["--tls-certificate", str(certificate), "--tls-key", str(key)]


class Serving:
    """`rollcall serve` with TLS; at the end it must stop cleanly."""

    def __init__(self, check: Check, *arguments: str) -> None:
        self.check, self.arguments = check, arguments
        self.log = check.folder / "tls.log"

    def __enter__(self) -> "Serving":
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen([program.binary(), "serve", "--store", self.check.store(), "--listen",
                                             "127.0.0.1:0", *self.arguments], stderr=log, stdout=log)
        try:
            self.port = int(self.event("listening")["port"])
        except Exception:
            self.process.kill()
            self.process.wait()
            raise
        return self

    def __exit__(self, *_: Any) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self.check.that("the stop is clean", code == 0, f"exit {code}: {self.log.read_text()[-500:]}")

    def event(self, name: str, mark: int = 0) -> dict[str, Any]:
        """The first line of the log with this event, from `mark` on; waits for it."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self.process.poll() is None:
            for line in self.log.read_text()[mark:].splitlines(keepends=True):
                if f'"event":"{name}"' in line and line.endswith("}\n"):
                    return dict(json.loads(line))
            time.sleep(0.01)
        raise RuntimeError(f"there is no {name} in the log: {self.log.read_text()}")

    def reload(self, name: str) -> dict[str, Any]:
        """SIGHUP, and the event of this name that follows."""
        mark = len(self.log.read_text())
        self.process.send_signal(signal.SIGHUP)
        return self.event(name, mark)

    def connect(self, configure: Any = None) -> ssl.SSLSocket:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if configure:
            configure(context)
        return context.wrap_socket(socket.create_connection(("127.0.0.1", self.port), timeout=5))

    def certificate(self) -> bytes:
        """What a new connection is shown."""
        with self.connect() as connection:
            return connection.getpeercert(binary_form=True) or b""


def is_answered(connection: ssl.SSLSocket) -> bool:
    """One request on a connection that stays open."""
    connection.sendall(REQUEST + b"\r\n")
    answer = b""
    while b"\r\n\r\n" not in answer:
        part = connection.recv(65536)
        if not part:
            return False
        answer += part
    head, body = answer.split(b"\r\n\r\n", 1)
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(65536)
    return head.startswith(b"HTTP/1.1 200")


def test_versions(check: Check) -> None:
    with Serving(check, *options(*make_certificate(check, "localhost"))) as server:
        for name, version in (("1.2", ssl.TLSVersion.TLSv1_2), ("1.3", ssl.TLSVersion.TLSv1_3)):
            def only(context: ssl.SSLContext, version: ssl.TLSVersion = version) -> None:
                context.minimum_version = context.maximum_version = version
            with server.connect(only) as secure:
                check.that(f"P-SEC-02 P-SEC-03 TLS {name} works", is_answered(secure))
                check.that(f"I-ENTRA-21 TLS {name} has a modern suite", "GCM" in secure.cipher()[0]
                           or "CHACHA20" in secure.cipher()[0], str(secure.cipher()))
        for version in ("-tls1", "-tls1_1"):
            result = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", version, "-cipher",
                                     "ALL:@SECLEVEL=0"], input=b"", capture_output=True, timeout=20, check=False)
            check.that(f"P-SEC-03 {version[1:]} is refused", b"Cipher is (NONE)" in result.stdout
                       or b"Cipher    : 0000" in result.stdout or result.returncode != 0, result.stdout.decode()[-300:])
        plain_answer = raw(server.port, REQUEST + b"\r\n")
        check.that("plain HTTP gets nothing from a TLS port", b"HTTP/1.1 200" not in plain_answer,
                   repr(plain_answer[:100]))


def test_another_certificate(check: Check) -> None:
    """SIGHUP after the files were replaced: new connections see the new certificate, old ones go on. Files that do not
    fit change nothing, and the log says so."""
    first, second = make_certificate(check, "first"), make_certificate(check, "second")
    served = check.folder / "served.pem", check.folder / "served.key"

    def put(*files: Path) -> None:
        for file, place in zip(files, served):
            place.write_bytes(file.read_bytes())

    def shown(certificate: Path) -> bool:
        return server.certificate() == ssl.PEM_cert_to_DER_cert(certificate.read_text())

    put(*first)
    with Serving(check, *options(*served)) as server, server.connect() as old:
        check.that("the first certificate is served", shown(first[0]) and is_answered(old))
        put(*second)
        check.that("files alone change nothing", shown(first[0]))
        server.reload("certificate reloaded")
        check.that("a new connection sees the second", shown(second[0]))
        check.that("the old connection goes on", is_answered(old))
        broken = check.folder / "broken.pem"
        broken.write_text(first[0].read_text()[:200])
        for name, files in (("a key of another certificate", (second[0], first[1])),
                            ("half a certificate", (broken, second[1]))):
            put(*files)
            line = server.reload("certificate not reloaded")
            check.that(f"{name}: the log has the reason", line["level"] == "error" and len(line["reason"].split()) > 3,
                       str(line))
            check.that(f"{name}: the second is served on", shown(second[0]) and is_answered(old))
        put(*second)
        served[1].unlink()
        line = server.reload("certificate not reloaded")
        check.that("no key: the log has the reason", "served.key" in line["reason"], str(line))
        check.that("no key: the second is served on", shown(second[0]))
        put(*first)
        server.reload("certificate reloaded")
        check.that("files that fit are taken again", shown(first[0]) and is_answered(old))


def test_nothing_to_reload(check: Check) -> None:
    """Without TLS a SIGHUP ends nothing."""
    with Serving(check) as server:
        line = server.reload("no certificate to reload")
        check.that("the log says so", line["level"] == "warning", str(line))
        check.that("and the server goes on", raw(server.port, REQUEST + b"\r\n").startswith(b"HTTP/1.1 200"))


def test_wrong_files(check: Check) -> None:
    certificate, key = (str(file) for file in make_certificate(check, "localhost"))
    empty = check.folder / "empty.pem"
    empty.write_text("")
    serve = ["serve", "--store", check.store(), "--listen", "127.0.0.1:0"]
    check.run(*serve, "--tls-certificate", certificate, code=(1, 2), says="key", timeout=20)
    check.run(*serve, "--tls-certificate", "/nowhere.pem", "--tls-key", key, code=(1, 2), says="nowhere", timeout=20)
    check.run(*serve, "--tls-certificate", str(empty), "--tls-key", key, code=(1, 2), timeout=20)
    check.run(*serve, "--tls-certificate", key, "--tls-key", certificate, code=(1, 2), timeout=20)
