"""Addresses, ports, signals, and what does not reach the application."""
from __future__ import annotations

import json
import os
import re
import signal
import socket
import time
from typing import Any

from program.check import Check
from support.client import Client
from support.server import Server


def raw(port: int, request: bytes) -> bytes:
    """Sends bytes and reads until the server closes or is silent."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(request)
        connection.settimeout(3)
        answer = b""
        try:
            while part := connection.recv(65536):
                answer += part
                if b"\r\n\r\n" in answer and b"Content-Length" in answer:
                    head, body = answer.split(b"\r\n\r\n", 1)
                    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                    if len(body) >= length:
                        break
        except TimeoutError:
            pass
        return answer


def test_taken_port(check: Check) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        check.run("serve", "--store", check.store(), "--listen", f"127.0.0.1:{port}", code=1,
                  says=rf"{port}|in use|taken", timeout=20)


def test_foreign_address(check: Check) -> None:
    check.run("serve", "--store", check.store(), "--listen", "192.0.2.1:0", code=1, says="192.0.2.1|address",
              timeout=20)
    check.run("serve", "--store", check.store(), "--listen", "no.such.host.invalid:0", code=(1, 2), timeout=20)


def test_plain_http_beyond_loopback(check: Check) -> None:
    """P-SEC-01: plain HTTP is refused except on loopback, or where somebody says that it is meant."""
    check.run("serve", "--store", check.store(), "--listen", "0.0.0.0:0", code=(1, 2), says="TLS|insecure", timeout=20)
    check.run("serve", "--store", check.store(), "--listen", "[::]:0", code=(1, 2), says="TLS|insecure", timeout=20)


def test_listening_line(check: Check) -> None:
    with Server() as server:
        lines = [json.loads(line) for line in server.log().splitlines()]
        check.that("every log line is one JSON object with an event", all("event" in line for line in lines),
                   server.log())
        check.that("the port that the system chose is in the log", server.port > 0)


def test_operations_paths(check: Check) -> None:
    with Server() as server:
        client = server.client()
        for path in ("/healthz", "/readyz", "/metrics"):
            answer = client.send("GET", path)
            check.that(f"GET {path} is 200", answer.status == 200, f"{answer.status}")
        text = client.send("GET", "/metrics").body.decode()
        check.that("the metrics have samples", "# TYPE" in text and "rollcall" in text, text[:500])
        check.that("no directory listing at /", client.send("GET", "/").status == 404)
        client.close()


def metric(client: Client, name: str) -> int:
    text = client.send("GET", "/metrics").body.decode()
    return int(float(re.search(rf"^rollcall_{name} (\S+)$", text, re.M)[1]))


def users_in_bulk(number: int) -> dict[str, Any]:
    """A Bulk of 400 users with as much text as they may have."""
    return {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [
        {"method": "POST", "path": "/Users", "bulkId": str(i), "data": {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": f"u{number}-{i}",
            "title": "t" * 1000, "nickName": "n" * 1000, "profileUrl": "https://example.com/" + "p" * 900}}
        for i in range(400)]}


def test_log_starts_over(check: Check) -> None:
    """No thread keeps a view of the store that it does not need: the log starts over while changes go on, and the
    writer never has to wait for readers."""
    frames_wanted = 30_000      # the writer begins to wait above 20,000
    with Server() as server:
        client = server.tenant_client("log")
        written = last = number = 0
        while written < frames_wanted and number < 120:
            answer = client.scim("POST", "/Bulk", users_in_bulk(number))
            if not check.that("a Bulk is done", answer.status == 200, f"{answer.status}"):
                return
            number += 1
            frames = metric(client, "store_log_frames")
            written += frames - last if frames >= last else frames
            last = frames
        check.that("enough was written", written >= frames_wanted, f"{written} frames in {number} Bulks")
        check.that("the log started over", last < frames_wanted, f"{last} frames")
        waits = metric(client, "store_checkpoint_waits_total")
        check.that("the writer waited for nobody", waits == 0, f"{waits} times")
        client.close()


def test_absolute_form(check: Check) -> None:
    """P-SEC-04: userinfo in a request URI is refused."""
    with Server() as server:
        answer = raw(server.port, b"GET http://u:p@127.0.0.1/scim/v2/Users HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        check.that("P-SEC-04 userinfo is refused", answer.startswith(b"HTTP/1.1 400"), answer[:200].decode("latin-1"))


def test_garbage(check: Check) -> None:
    """P-ERR-14, STD-10: malformed HTTP gets an answer or a closed connection, and the server goes on."""
    with Server() as server:
        for garbage in (b"\r\n\r\n\r\n\r\n", b"GARBAGE\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET /\r\n\r\n",
                        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 100,
                        b"GET /scim/v2/Users HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
                        b"POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
                        b"POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
                        b"Transfer-Encoding: chunked\r\n\r\n",
                        b"GET /scim/v2/Users HTTP/1.1\r\nHost: x\r\n" + b"X: " + b"y" * 70000 + b"\r\n\r\n",
                        b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
                        b"GET /scim/v2/Users HTTP/1.1\r\n\r\n"):
            answer = raw(server.port, garbage)
            ok = answer == b"" or answer.startswith((b"HTTP/1.1 4", b"HTTP/1.1 5"))
            check.that(f"P-ERR-14 {garbage[:40]!r} is refused", ok, answer[:200].decode("latin-1"))
            if b"\r\n\r\n{" in answer:
                body = json.loads(answer.split(b"\r\n\r\n", 1)[1])
                check.that(f"STD-10 {garbage[:40]!r} gets a SCIM error", body["status"] == answer[9:12].decode(),
                           str(body))
        check.that("the server goes on", server.client().send("GET", "/healthz").status == 200)


def test_signals(check: Check) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        server = Server(store=str(check.folder / "rollcall.db")).start()
        assert server.process is not None
        server.process.send_signal(number)
        code = server.process.wait(12)
        server.process = None
        check.that(f"{signal.Signals(number).name} stops it cleanly", code == 0, f"exit {code}: {server.log()[-500:]}")


def test_stop_with_an_idle_connection(check: Check) -> None:
    """A client that only holds a connection open does not delay the stop."""
    server = Server(store=str(check.folder / "rollcall.db")).start()
    with socket.create_connection(("127.0.0.1", server.port)) as idle, \
            socket.create_connection(("127.0.0.1", server.port)) as half:
        half.sendall(b"GET /scim/v2/Users HTTP/1.1\r\nHost: x\r\n")
        time.sleep(0.1)
        started = time.monotonic()
        code = server.stop(12)
        check.that("the stop does not wait for idle connections", code == 0 and time.monotonic() - started < 10,
                   f"exit {code} after {time.monotonic() - started:.1f} s")
        idle.close()


def test_readiness_of_a_removed_database(check: Check) -> None:
    """The process lives, but says that it is not ready, or goes on serving: it never lies or crashes."""
    folder = check.folder / "gone"
    folder.mkdir()
    server = Server(store=str(folder / "rollcall.db")).start()
    for name in os.listdir(folder):
        os.unlink(folder / name)
    status = server.client().send("GET", "/healthz").status
    check.that("the process lives", status in (200, 503), str(status))
    server.log_path = str(check.folder / "gone.log")
    server.kill()
