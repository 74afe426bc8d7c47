"""TLS: versions, ciphers, certificate reload without dropping connections, a client that never shakes hands.

ROLLCALL_BINARY     the program
ROLLCALL_ARGUMENTS  its arguments; "{port}", "{certificate}" and "{key}" are replaced
ROLLCALL_TOKEN      a token it accepts
ROLLCALL_PATH       a path that answers GET with 200
ROLLCALL_HEAD_MS    head_timeout_ms it runs with, when at most 3,000
"""
from __future__ import annotations

import os
import shlex
import shutil
import socket
import ssl
import sys
import tempfile
import time
import warnings
from pathlib import Path

from program import Program, make_certificate
from wire import Cases, expect

PATH = os.environ.get("ROLLCALL_PATH", "/scim/v2/ServiceProviderConfig")
TOKEN = os.environ.get("ROLLCALL_TOKEN", "")
HEAD_MS = int(os.environ.get("ROLLCALL_HEAD_MS", "0"))
ARGUMENTS = shlex.split(os.environ.get("ROLLCALL_ARGUMENTS", "--port {port} --certificate {certificate} --key {key}"))

cases = Cases()
warnings.filterwarnings("ignore", category=DeprecationWarning)   # of the versions that must be refused


def handshake(program: Program, configure=lambda context: None) -> ssl.SSLSocket:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    configure(context)
    return context.wrap_socket(socket.create_connection(("127.0.0.1", program.port), timeout=5))


def common_name(program: Program) -> bytes:
    with handshake(program) as connection:
        return connection.getpeercert(binary_form=True) or b""


def version(program: Program, name: str) -> None:
    wanted = getattr(ssl.TLSVersion, name)

    def configure(context: ssl.SSLContext) -> None:
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = wanted

    try:
        with handshake(program, configure) as connection:
            spoken = connection.version()
    except (ssl.SSLError, OSError):
        spoken = None
    expect(spoken, {"TLSv1_2": "TLSv1.2", "TLSv1_3": "TLSv1.3"}.get(name), "version spoken")


def cipher_is_refused(program: Program, cipher: str) -> None:
    def configure(context: ssl.SSLContext) -> None:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(cipher)

    try:
        with handshake(program, configure):
            raise AssertionError("accepted")
    except (ssl.SSLError, ConnectionResetError):
        pass


def protocol_is_chosen(program: Program) -> None:
    with handshake(program, lambda context: context.set_alpn_protocols(["h2", "http/1.1"])) as connection:
        expect(connection.selected_alpn_protocol(), "http/1.1")


def requests_are_answered(program: Program) -> None:
    with program.target.connect() as wire:
        for _ in range(3):
            expect(wire.send(program.target.head("GET", PATH)).answer().status, 200)


def large_messages(program: Program) -> None:
    with program.target.connect() as wire:
        body = b" " * 1_000_000
        wire.send(program.target.head("POST", "/scim/v2/Users", f"Content-Length: {len(body)}") + body).answer()
        expect(wire.send(program.target.head("GET", "/scim/v2/Schemas")).answer().status, 200)


def reload(program: Program, folder: Path) -> None:
    before = common_name(program)
    with program.target.connect() as old:
        expect(old.send(program.target.head("GET", PATH)).answer().status, 200)
        for part in ("pem", "key"):
            shutil.copy(folder / f"second.{part}", folder / f"served.{part}")
        program.reload()
        time.sleep(0.5)
        expect(common_name(program) != before, True, "new connections get the new certificate")
        expect(old.send(program.target.head("GET", PATH)).answer().status, 200, "the old connection")


def failed_reload(program: Program, folder: Path) -> None:
    before = common_name(program)
    shutil.copy(folder / "first.key", folder / "served.key")
    program.reload()
    time.sleep(0.5)
    expect(common_name(program), before, "the certificate stays")


def stalled_handshake(program: Program) -> None:
    with socket.create_connection(("127.0.0.1", program.port), timeout=HEAD_MS / 1000 + 3) as connection:
        connection.sendall(b"\x16\x03\x01")
        begin = time.monotonic()
        expect(connection.recv(100), b"", "closed")
        if (time.monotonic() - begin) * 1000 > HEAD_MS + 1000:
            raise AssertionError("closed too late")


def plain_request(program: Program) -> None:
    with socket.create_connection(("127.0.0.1", program.port), timeout=5) as connection:
        connection.sendall(program.target.head("GET", PATH))
        received = connection.recv(1000)
        expect(b"HTTP/1.1 2" in received, False, "answered in clear")


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for certificate in ("first", "second"):
            make_certificate(folder, certificate)
        for part in ("pem", "key"):
            shutil.copy(folder / f"first.{part}", folder / f"served.{part}")
        places = {"{certificate}": str(folder / "served.pem"), "{key}": str(folder / "served.key")}
        command = [os.environ["ROLLCALL_BINARY"], *[places.get(part, part) for part in ARGUMENTS]]
        with Program(command, TOKEN, tls=True) as program:
            for name in ("TLSv1", "TLSv1_1", "TLSv1_2", "TLSv1_3"):
                cases.run(f"version {name}", version, program, name)
            for cipher in ("AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA256"):
                cases.run(f"cipher {cipher} is refused", cipher_is_refused, program, cipher)
            cases.run("ALPN", protocol_is_chosen, program)
            cases.run("requests", requests_are_answered, program)
            cases.run("large messages", large_messages, program)
            cases.run("plain HTTP to the TLS port", plain_request, program)
            cases.run("certificate reload", reload, program, folder)
            cases.run("reload of a key that does not match", failed_reload, program, folder)
            if 0 < HEAD_MS <= 3000:
                cases.run("stalled handshake", stalled_handshake, program)
    return cases.finish()


if __name__ == "__main__":
    sys.exit(main())
