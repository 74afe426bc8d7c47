"""What the transport promises, over raw sockets: framing, limits, order of checks.

ROLLCALL_URL     http://127.0.0.1:PORT or https://...
ROLLCALL_TOKEN   a bearer token the server accepts
ROLLCALL_LIMITS  JSON object of the limits the server runs with, where they differ from the defaults. The timeouts
                 are tested only when they are lowered to at most 3,000 ms.
ROLLCALL_PATH    a path that answers GET with 200 (default /scim/v2/ServiceProviderConfig)
ROLLCALL_POST    a path that takes POST (default /scim/v2/Users)
ROLLCALL_LARGE   a path whose answer is above gzip_bytes_min (default /scim/v2/Schemas)
"""
from __future__ import annotations

import gzip
import json
import os
import socket
import sys
import time

from wire import Cases, Closed, Target, Wire, expect

LIMITS = {
    "request_line_bytes_max": 8192, "head_bytes_max": 16384, "header_lines_max": 64, "body_bytes_max": 1048576,
    "ignored_body_bytes_max": 4096, "chunk_extension_bytes_max": 64, "head_timeout_ms": 10000,
    "body_timeout_ms": 30000, "idle_timeout_ms": 75000, "body_bytes_per_second_min": 1024,
    "requests_per_connection_max": 1000, "connections_per_address_max": 256, "unfinished_heads_max": 2000,
    "drain_ms": 5000, "drain_bytes_max": 16777216, "gzip_bytes_min": 8192,
}
LIMITS.update(json.loads(os.environ.get("ROLLCALL_LIMITS", "{}")))
PATH = os.environ.get("ROLLCALL_PATH", "/scim/v2/ServiceProviderConfig")
POST = os.environ.get("ROLLCALL_POST", "/scim/v2/Users")
LARGE = os.environ.get("ROLLCALL_LARGE", "/scim/v2/Schemas")
TESTABLE_MS = 3000

target = Target()
cases = Cases()

# A complete second request: if a refused message leaves bytes that are taken as a request, it is answered too.
SMUGGLED = target.head("GET", PATH)


def head(method: str, path: str, *fields: str, **options: str) -> bytes:
    return target.head(method, path, *fields, **options)


def is_refused(data: bytes, status: int) -> None:
    """One answer with that status, as a SCIM error document, and the connection is closed."""
    with target.connect() as wire:
        answer = wire.send(data).answer()
        expect(answer.status, status, "status")
        expect(answer.field("Connection"), "close", "Connection")
        check_error(answer)
        expect(wire.is_closed(), True, "closed")


def is_accepted(data: bytes) -> None:
    """The message is answered, whatever the application thinks of it, and ends where it should: what follows it is
    read as the next request."""
    with target.connect() as wire:
        answer = wire.send(data + SMUGGLED).answer()
        if answer.status in (408, 413, 414, 431, 501, 503, 505):
            raise AssertionError(f"refused with {answer.status}")
        expect(wire.answer().status, 200, "the next request")


def check_error(answer) -> None:
    document = json.loads(answer.body)
    expect(document["schemas"], ["urn:ietf:params:scim:api:messages:2.0:Error"], "schemas")
    expect(document["status"], str(answer.status), "status in the document")


def framing_cases() -> None:
    body = b"5\r\nhello\r\n0\r\n\r\n"
    post = lambda *fields, **options: head("POST", POST, *fields, **options)
    rows = [
        ("1 length, then chunked", post("Content-Length: 5", "Transfer-Encoding: chunked") + body, 400),
        ("2 chunked, then length", post("Transfer-Encoding: chunked", "Content-Length: 5") + body, 400),
        ("3 gzip, then length", post("Transfer-Encoding: gzip", "Content-Length: 5") + b"hello", 501),
        ("4 length, then gzip", post("Content-Length: 5", "Transfer-Encoding: gzip") + b"hello", 400),
        ("5 gzip alone", post("Transfer-Encoding: gzip") + b"hello", 501),
        ("6 HTTP/1.0 chunked", post("Transfer-Encoding: chunked", version="HTTP/1.0") + body, 400),
        ("7 two equal lengths", post("Content-Length: 5", "Content-Length: 5") + b"hello", 400),
        ("8 two different lengths", post("Content-Length: 5", "Content-Length: 6") + b"hello", 400),
        ("9 signed length", post("Content-Length: +5") + b"hello", 400),
        ("10 length list", post("Content-Length: 5, 5") + b"hello", 400),
        ("11 blank before the colon", post("Content-Length : 5") + b"hello", 400),
        ("12 folded coding", post("Transfer-Encoding:\r\n chunked") + body, 400),
        ("13 bare LF", head("GET", PATH).replace(b"\r\n", b"\n"), 400),
        ("14 xchunked", post("Transfer-Encoding: xchunked") + body, 501),
        ("15 chunked, identity", post("Transfer-Encoding: chunked, identity") + body, 400),
        ("16 two codings", post("Transfer-Encoding: gzip", "Transfer-Encoding: chunked") + body, 400),
        ("17 no Host", f"GET {PATH} HTTP/1.1\r\n\r\n".encode(), 400),
        ("18 two Hosts", head("GET", PATH, "Host: other.example"), 400),
        ("19 long chunk extension",
         post("Transfer-Encoding: chunked") + b"5;" + b"a" * 80 + b"\r\nhello\r\n0\r\n\r\n", 400),
        ("20 chunk size ended by LF", post("Transfer-Encoding: chunked") + b"5\nhello\r\n0\r\n\r\n", 400),
        ("21 NUL in a value", head("GET", PATH, "X-A: a\0b"), 400),
        ("22 GET with a long body", head("GET", PATH, f"Content-Length: {LIMITS['ignored_body_bytes_max'] + 1}"), 413),
        ("23 HTTP/2.0", head("GET", PATH, version="HTTP/2.0"), 505),
        ("23 HTTP/1.9", head("GET", PATH, version="HTTP/1.9"), 505),
        ("24 Host in the trailer", post("Transfer-Encoding: chunked") + b"0\r\nHost: b\r\n\r\n", 400),
        ("24 Authorization in the trailer", post("Transfer-Encoding: chunked") + b"0\r\nAuthorization: b\r\n\r\n", 400),
        ("24 Content-Length in the trailer",
         post("Transfer-Encoding: chunked") + b"0\r\nContent-Length: 9\r\n\r\n", 400),
        ("Content-Encoding", post("Content-Encoding: gzip", "Content-Length: 5") + b"hello", 415),
        ("Upgrade", head("GET", PATH, "Connection: Upgrade", "Upgrade: websocket"), 400),
        ("absolute form", head("GET", f"http://{target.host}{PATH}"), 400),
        ("userinfo", head("GET", f"https://u:p@{target.host}{PATH}"), 400),
        ("authority form", head("CONNECT", "example.com:443"), 501),
        ("byte above ASCII in the target", head("GET", PATH + "\xe9"), 400),
        ("fragment in the target", head("GET", PATH + "#a"), 400),
        ("Authorization twice", head("GET", PATH, "Authorization: Bearer other"), 400),
        ("Content-Type twice", post("Content-Type: a/b", "Content-Type: a/b", "Content-Length: 0"), 400),
        ("If-Match twice", head("GET", PATH, "If-Match: *", "If-Match: *"), 400),
        ("other expectation", post("Expect: miracles", "Content-Length: 5"), 417),
        ("chunk beyond 2^64", post("Transfer-Encoding: chunked") + b"10000000000000005\r\nhello\r\n0\r\n\r\n", 400),
        ("two empty lines before a request", b"\r\n\r\n" + head("GET", PATH), 400),
        ("TLS to a plain port" if not target.tls else "binary", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    ]
    for name, data, status in rows:
        cases.run(f"framing {name}", is_refused, data + SMUGGLED, status)
    accepted = [
        ("22 GET with a short body", head("GET", PATH, f"Content-Length: {LIMITS['ignored_body_bytes_max']}")
         + b"x" * LIMITS["ignored_body_bytes_max"]),
        ("22 GET with a chunked body", head("GET", PATH, "Transfer-Encoding: chunked") + body),
        ("19 chunk extension", post("Transfer-Encoding: chunked") + b"5;a=b\r\nhello\r\n0\r\n\r\n"),
        ("24 trailer", post("Transfer-Encoding: chunked") + b"5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n"),
        ("chunked", post("Transfer-Encoding: chunked") + body),
        ("length", post("Content-Length: 5") + b"hello"),
        ("empty length", post("Content-Length: 0")),
        ("empty line before a request", b"\r\n" + head("GET", PATH)),
        ("DELETE with a body", head("DELETE", POST + "/no-such-id", "Content-Length: 2") + b"{}"),
    ]
    for name, data in accepted:
        cases.run(f"framing {name}", is_accepted, data)


def one_byte_at_a_time() -> None:
    with target.connect() as wire:
        wire.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in head("POST", POST, "Transfer-Encoding: chunked") + b"5\r\nhello\r\n0\r\n\r\n":
            wire.send(bytes([byte]))
        answer = wire.answer()
        if answer.status in (408, 413, 501, 503):
            raise AssertionError(f"refused with {answer.status}")
        expect(wire.send(SMUGGLED).answer().status, 200)


def head_limit_cases() -> None:
    def line(size: int) -> bytes:
        path = PATH + "?x=" + "a" * (size - len(f"GET {PATH}?x= HTTP/1.1"))
        return head("GET", path)

    def lines(count: int) -> bytes:
        have = head("GET", PATH).count(b"\r\n") - 2
        return head("GET", PATH, *[f"X-{i}: v" for i in range(count - have)])

    def size(total: int) -> bytes:
        fields = [f"X-{i}: " + "a" * 3000 for i in range(4)]
        rest = total - len(head("GET", PATH, *fields, "X-Rest: "))
        return head("GET", PATH, *fields, "X-Rest: " + "a" * rest)

    rows = [
        ("request_line_bytes_max", line, 414), ("header_lines_max", lines, 431), ("head_bytes_max", size, 431),
    ]
    for name, make, status in rows:
        cases.run(f"{name} - 1", is_accepted, make(LIMITS[name] - 1))
        cases.run(f"{name}", is_accepted, make(LIMITS[name]))
        cases.run(f"{name} + 1", is_refused, make(LIMITS[name] + 1) + SMUGGLED, status)


def body_limit_cases() -> None:
    limit = LIMITS["body_bytes_max"]

    def with_length(size: int) -> bytes:
        return head("POST", POST, f"Content-Length: {size}") + b" " * size

    def chunked(size: int) -> bytes:
        chunk = f"{size:x}\r\n".encode() + b" " * size
        return head("POST", POST, "Transfer-Encoding: chunked") + chunk + b"\r\n0\r\n\r\n"

    for name, make in (("with length", with_length), ("chunked", chunked)):
        cases.run(f"body_bytes_max - 1 {name}", is_accepted, make(limit - 1))
        cases.run(f"body_bytes_max {name}", is_accepted, make(limit))
    # Refused from the head alone, so that the client need not send what will not be read.
    cases.run("body_bytes_max + 1 with length", is_refused, head("POST", POST, f"Content-Length: {limit + 1}"), 413)
    cases.run("body_bytes_max + 1 chunked", is_refused,
              head("POST", POST, "Transfer-Encoding: chunked") + f"{limit + 1:x}\r\n".encode(), 413)


def unauthorized_before_body() -> None:
    with target.connect() as wire:
        answer = wire.send(head("POST", POST, "Content-Length: 1000000", token="wrong")).answer()
        expect(answer.status, 401)
        expect(answer.field("Connection"), "close")
        if not answer.field("WWW-Authenticate"):
            raise AssertionError("no WWW-Authenticate")
        expect(wire.is_closed(), True, "closed")


def unauthorized_keeps_connection() -> None:
    with target.connect() as wire:
        expect(wire.send(head("GET", PATH.rsplit("/", 1)[0] + "/Users", token="wrong")).answer().status, 401)
        expect(wire.send(SMUGGLED).answer().status, 200)


def expectation_answered_after_admission() -> None:
    with target.connect() as wire:
        for _ in range(3):
            wire.send(head("POST", POST, "Content-Length: 5", "Expect: 100-continue"))
            expect(wire.answer().status, 100)
            if wire.send(b"hello").answer().status < 200:
                raise AssertionError("no final answer")
            expect(wire.send(SMUGGLED).answer().status, 200)


def expectation_refused(token: str, length: int, status: int) -> None:
    with target.connect() as wire:
        wire.send(head("POST", POST, f"Content-Length: {length}", "Expect: 100-continue", token=token))
        expect(wire.answer().status, status, "no 100 before the refusal")
        expect(wire.is_closed(), True, "closed")


def expectation_with_body_sent() -> None:
    with target.connect() as wire:
        wire.send(head("POST", POST, "Content-Length: 5", "Expect: 100-continue") + b"hello")
        if wire.answer().status < 200:
            raise AssertionError("100 although the body was there")


def head_is_get_without_body() -> None:
    with target.connect() as wire:
        get = wire.send(head("GET", PATH)).answer()
        answer = wire.send(head("HEAD", PATH)).answer(has_body=False)
        expect(answer.status, 200)
        expect(wire.buffer, b"", "no body")
        expect(answer.field("Content-Length"), str(len(get.body)))
        varying = ("date", "x-request-id")
        expect([f for f in answer.fields if f[0].lower() not in varying],
               [f for f in get.fields if f[0].lower() not in varying], "fields")
        expect(wire.send(SMUGGLED).answer().status, 200)


def fields_of_every_answer() -> None:
    identities = set()
    with target.connect() as wire:
        for method, path in (("GET", PATH), ("GET", "/nowhere"), ("POST", POST)):
            answer = wire.send(head(method, path)).answer()
            for name in ("Date", "Content-Length", "X-Request-Id"):
                if not answer.field(name):
                    raise AssertionError(f"{method} {path}: no {name}")
            expect(answer.field("X-Content-Type-Options"), "nosniff")
            # Discovery answers may be kept, but are asked for again each time (they have an ETag).
            kept = answer.field("Cache-Control") or ""
            if "no-store" not in kept and kept != "private, no-cache":
                raise AssertionError(f"{method} {path}: Cache-Control is {kept!r}")
            expect(answer.field("Server"), None)
            expect(answer.field("Transfer-Encoding"), None)
            identities.add(answer.field("X-Request-Id"))
    expect(len(identities), 3, "distinct request ids")


def compression() -> None:
    with target.connect() as wire:
        plain = wire.send(head("GET", LARGE)).answer()
        expect(plain.field("Content-Encoding"), None)
        packed = wire.send(head("GET", LARGE, "Accept-Encoding: deflate, gzip;q=0.5")).answer()
        expect(packed.field("Content-Encoding"), "gzip")
        expect(packed.field("Vary"), "Accept-Encoding")
        expect(gzip.decompress(packed.body), plain.body, "the same document")
        refused = wire.send(head("GET", LARGE, "Accept-Encoding: gzip;q=0")).answer()
        expect(refused.field("Content-Encoding"), None)
        only_head = wire.send(head("HEAD", LARGE, "Accept-Encoding: gzip")).answer(has_body=False)
        expect(only_head.field("Content-Length"), str(len(packed.body)))
        small = wire.send(head("GET", PATH, "Accept-Encoding: gzip")).answer()
        expect((len(small.body) < LIMITS["gzip_bytes_min"] < len(plain.body), small.field("Content-Encoding")),
               (True, None), "below gzip_bytes_min")
        expect(json.loads(small.body)["schemas"] != [], True)


def pipelining() -> None:
    paths = [PATH, "/nowhere"] * 50
    with target.connect() as wire:
        wire.send(b"".join(head("GET", path) for path in paths))
        statuses = [wire.answer().status for _ in paths]
        expect(statuses, [200, 404] * 50 if statuses[1] == 404 else [200] * 100, "answers in order")


def pipelined_after_chunked() -> None:
    message = head("POST", POST, "Transfer-Encoding: chunked") + b"5\r\nhello\r\n0\r\n\r\n"
    with target.connect() as wire:
        wire.send((message + SMUGGLED) * 5)
        for _ in range(5):
            wire.answer()
            expect(wire.answer().status, 200)


def persistence(version: str, fields: tuple[str, ...], stays: bool) -> None:
    with target.connect() as wire:
        answer = wire.send(head("GET", PATH, *fields, version=version)).answer()
        expect(answer.status, 200)
        if stays:
            if version == "HTTP/1.0":
                expect((answer.field("Connection") or "").lower(), "keep-alive")
            expect(wire.send(SMUGGLED).answer().status, 200)
        else:
            expect(answer.field("Connection"), "close")
            expect(wire.is_closed(), True, "closed")


def requests_per_connection() -> None:
    limit = LIMITS["requests_per_connection_max"]
    with target.connect() as wire:
        for number in range(1, limit + 1):
            answer = wire.send(SMUGGLED).answer()
            expect(answer.status, 200)
            expect(answer.field("Connection"), "close" if number == limit else None, f"request {number}")
        expect(wire.is_closed(), True, "closed")


def half_closed_client_is_answered() -> None:
    with target.connect() as wire:
        wire.send(SMUGGLED + SMUGGLED)
        if not target.tls:
            wire.half_close()
        expect(wire.answer().status, 200)
        expect(wire.answer().status, 200)


def refusal_survives_unread_body() -> None:
    """The answer is not lost although the client sends much more than is read."""
    with target.connect() as wire:
        wire.send(head("POST", POST, "Content-Length: 900000", token="wrong") + b"x" * 60_000)
        expect(wire.answer().status, 401)


def refusal_survives_whole_body() -> None:
    """A client that writes everything before it reads sees why it was refused."""
    body = b"x" * (8 * 1024 * 1024)
    for fields in (f"Content-Length: {len(body)}", "Transfer-Encoding: chunked"):
        with target.connect() as wire:
            wire.socket.sendall(head("POST", POST, fields))
            wire.socket.sendall(b"800000\r\n" + body if "chunked" in fields else body)
            expect(wire.answer().status, 413)


def drain_is_bounded() -> None:
    """Nobody is read for ever only because the answer was sent."""
    total, part = 0, b"x" * 65536
    with target.connect() as wire:
        wire.socket.sendall(head("POST", POST, "Content-Length: 1000000000"))
        try:
            while total < 4 * LIMITS["drain_bytes_max"]:
                wire.socket.sendall(part)
                total += len(part)
        except OSError:
            return
    raise AssertionError(f"{total} bytes were taken")


def closes_in(wire: Wire, milliseconds: int, status: int | None) -> None:
    begin = time.monotonic()
    if status is not None:
        answer = wire.answer()
        expect(answer.status, status)
        check_error(answer)
    wire.closes_after()
    elapsed = (time.monotonic() - begin) * 1000
    if not milliseconds - 400 <= elapsed <= milliseconds + 1000 + LIMITS["drain_ms"]:
        raise AssertionError(f"closed after {elapsed:.0f} ms, expected {milliseconds}")


def slow_cases() -> None:
    def silent() -> None:
        with target.connect() as wire:
            closes_in(wire, LIMITS["head_timeout_ms"], None)

    def half_head(first: bool) -> None:
        with target.connect() as wire:
            if not first:
                wire.send(SMUGGLED).answer()
            wire.send(SMUGGLED[:-10])
            closes_in(wire, LIMITS["head_timeout_ms"], 408)

    def dripping_head() -> None:
        with target.connect(timeout=0.05) as wire:
            begin = time.monotonic()
            try:
                for byte in SMUGGLED[:-2] * 100:
                    wire.send(bytes([byte]))
                    try:
                        wire._more()
                    except TimeoutError:
                        pass
                    if wire.buffer:
                        break
            except Closed:
                pass
            elapsed = (time.monotonic() - begin) * 1000
            if elapsed > LIMITS["head_timeout_ms"] + 1000:
                raise AssertionError(f"dripped for {elapsed:.0f} ms")
            expect(wire.buffer.split(b" ")[1], b"408")

    def idle() -> None:
        with target.connect() as wire:
            wire.send(SMUGGLED).answer()
            closes_in(wire, LIMITS["idle_timeout_ms"], None)

    def half_body(*fields: str) -> None:
        with target.connect() as wire:
            wire.send(head("POST", POST, *fields) + b"5\r\nh")
            closes_in(wire, min(LIMITS["body_timeout_ms"], 2200), 408)

    if LIMITS["head_timeout_ms"] <= TESTABLE_MS:
        cases.run("head_timeout_ms: silent from the start is closed", silent)
        cases.run("head_timeout_ms: half a head gets 408", half_head, True)
        cases.run("head_timeout_ms: half a second head gets 408", half_head, False)
        cases.run("head_timeout_ms: a dripping head gets 408", dripping_head)
    if LIMITS["idle_timeout_ms"] <= TESTABLE_MS:
        cases.run("idle_timeout_ms: idle is closed", idle)
    if min(LIMITS["body_timeout_ms"], 2200) <= TESTABLE_MS:
        cases.run("body_timeout_ms or rate: half a body gets 408", half_body, "Content-Length: 100")
        cases.run("body_timeout_ms or rate: half a chunk gets 408", half_body, "Transfer-Encoding: chunked")


def one_too_many() -> None:
    if target.tls:
        try:
            target.connect().close()
        except OSError:
            return
        raise AssertionError("accepted")
    with target.connect() as wire:
        answer = wire.answer()
        expect(answer.status, 503)
        check_error(answer)
        expect(wire.is_closed(), True, "closed")


def connections_per_address() -> None:
    limit = LIMITS["connections_per_address_max"]
    wires = []
    try:
        for _ in range(limit):
            wires.append(target.connect())
            expect(wires[-1].send(SMUGGLED).answer().status, 200)
        one_too_many()
        expect(wires[0].send(SMUGGLED).answer().status, 200, "the others stay")
        wires.pop().close()
        time.sleep(0.5)
        wires.append(target.connect())
        expect(wires[-1].send(SMUGGLED).answer().status, 200, "room again")
    finally:
        for wire in wires:
            wire.close()
    time.sleep(0.3)


def unfinished_heads() -> None:
    limit = LIMITS["unfinished_heads_max"]
    wires = []
    try:
        for _ in range(limit):
            wires.append(target.connect().send(SMUGGLED[:20]))
            time.sleep(0.01)
        time.sleep(0.2)
        newest = target.connect()
        wires.append(newest)
        expect(newest.send(SMUGGLED).answer().status, 200, "a good client")
        expect(wires[0].is_closed(), True, "the oldest unfinished head")
        expect(wires[1].send(SMUGGLED[20:]).answer().status, 200, "the second oldest")
    finally:
        for wire in wires:
            wire.close()
    time.sleep(0.3)


def main() -> int:
    framing_cases()
    cases.run("one byte at a time", one_byte_at_a_time)
    head_limit_cases()
    body_limit_cases()
    if target.token:
        cases.run("401 before the body is read", unauthorized_before_body)
        cases.run("401 without a body keeps the connection", unauthorized_keeps_connection)
        cases.run("401 is not lost to an unread body", refusal_survives_unread_body)
        cases.run("413 is not lost to a body that is sent whole", refusal_survives_whole_body)
        cases.run("drain_bytes_max", drain_is_bounded)
        cases.run("Expect: 100-continue after authentication", expectation_refused, "wrong", 5, 401)
    cases.run("Expect: 100-continue after the length check", expectation_refused, target.token,
              LIMITS["body_bytes_max"] + 1, 413)
    cases.run("Expect: 100-continue", expectation_answered_after_admission)
    cases.run("Expect: 100-continue with the body sent already", expectation_with_body_sent)
    cases.run("HEAD is GET without the body", head_is_get_without_body)
    cases.run("fields of every answer", fields_of_every_answer)
    cases.run("gzip", compression)
    cases.run("pipelining", pipelining)
    cases.run("pipelining after chunked bodies", pipelined_after_chunked)
    cases.run("HTTP/1.1 stays open", persistence, "HTTP/1.1", (), True)
    cases.run("HTTP/1.1 with Connection: close", persistence, "HTTP/1.1", ("Connection: close",), False)
    cases.run("HTTP/1.0 closes", persistence, "HTTP/1.0", (), False)
    cases.run("HTTP/1.0 with keep-alive stays open", persistence, "HTTP/1.0", ("Connection: keep-alive",), True)
    cases.run("half-closed client is answered", half_closed_client_is_answered)
    if 0 < LIMITS["requests_per_connection_max"] <= 1000:
        cases.run("requests_per_connection_max", requests_per_connection)
    slow_cases()
    few = LIMITS["connections_per_address_max"] <= 30
    if few or LIMITS["connections_per_address_max"] <= 300 and LIMITS["idle_timeout_ms"] > TESTABLE_MS:
        cases.run("connections_per_address_max", connections_per_address)
    if LIMITS["unfinished_heads_max"] <= 100:
        cases.run("unfinished_heads_max", unfinished_heads)
    return cases.finish()


if __name__ == "__main__":
    sys.exit(main())
