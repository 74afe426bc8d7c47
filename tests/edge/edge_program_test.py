"""What needs an application that misbehaves on purpose: runs edge_server, whose path is ROLLCALL_EDGE_SERVER."""
from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import threading
import time

from program import Program, free_port
from wire import Cases, Closed, expect

BINARY = os.environ["ROLLCALL_EDGE_SERVER"]
cases = Cases()


def serve(*arguments: str, token: str = "") -> Program:
    return Program([BINARY, "--port", "{port}", *arguments], token)


def get(program: Program, path: str, *fields: str):
    with program.target.connect(timeout=20) as wire:
        return wire.send(program.target.head("GET", path, *fields)).answer()


def failures(program: Program) -> None:
    for path, status in (("/edge/throw", 500), ("/edge/lost", 503), ("/edge/write-throw", 500),
                         ("/edge/write-lost", 503), ("/edge/admit-throw", 500)):
        with program.target.connect() as wire:
            answer = wire.send(program.target.head("GET", path)).answer()
            expect(answer.status, status, path)
            expect(json.loads(answer.body)["status"], str(status), path)
            if status == 500:
                # P-ERR-11: what to quote when asking for help, and nothing of the inside.
                expect("X-Request-Id" in json.loads(answer.body)["detail"], True, path)
                expect(len(answer.field("X-Request-Id") or ""), 36, path)
            expect(answer.field("Retry-After"), "2" if status == 503 else None, path)
            if "asked to" in answer.body.decode():
                raise AssertionError("the exception's text reached the client")
            expect(wire.send(program.target.head("GET", "/")).answer().status, 200, "the connection goes on")


def head_as_seen(program: Program) -> None:
    seen = json.loads(get(program, "/edge/describe?a=1&b", "X-Forwarded-For: 1.2.3.4", "X-Forwarded-Proto: https",
                          "X-Forwarded-Host: evil.example").body)
    expect((seen["path"], seen["query"], seen["host"]), ("/edge/describe", "a=1&b", "127.0.0.1"))
    expect((seen["peer"], seen["secure"]), ("127.0.0.1", False), "fields of an untrusted peer")


def head_behind_proxy() -> None:
    with serve("--trusted-proxy", "127.0.0.0/8") as program:
        seen = json.loads(get(program, "/edge/describe", "X-Forwarded-For: 9.9.9.9, 192.0.2.1, 127.0.0.9",
                              "X-Forwarded-Proto: https", "X-Forwarded-Host: acme.example:443").body)
        expect((seen["peer"], seen["secure"], seen["host"]), ("192.0.2.1", True, "acme.example"))


def bodies(program: Program) -> None:
    with program.target.connect() as wire:
        rows = (("POST", b"x" * 300_000, 300_000), ("GET", b"x" * 100, 0), ("DELETE", b"x" * 100, 0))
        for method, sent, seen in rows:
            wire.send(program.target.head(method, "/edge/describe", f"Content-Length: {len(sent)}") + sent)
            expect(json.loads(wire.answer().body)["body_bytes"], seen, method)
        chunks = b"".join(b"%x\r\n%s\r\n" % (size, b"y" * size) for size in range(1, 400))
        wire.send(program.target.head("POST", "/edge/describe", "Transfer-Encoding: chunked") + chunks + b"0\r\n\r\n")
        expect(json.loads(wire.answer().body)["body_bytes"], sum(range(1, 400)), "chunked")


def answer_without_body(program: Program) -> None:
    with program.target.connect() as wire:
        answer = wire.send(program.target.head("GET", "/edge/none")).answer()
        expect((answer.status, answer.field("Content-Length"), answer.field("Content-Type")), (204, None, None))
        expect(wire.send(program.target.head("GET", "/")).answer().status, 200)


def requests_in_flight() -> None:
    with serve("--limit", "requests_in_flight_max=2") as program:
        with program.target.connect() as first, program.target.connect() as second:
            for wire in (first, second):
                wire.send(program.target.head("GET", "/edge/slow?800"))
            time.sleep(0.3)
            answer = get(program, "/")
            expect((answer.status, answer.field("Retry-After")), (503, "1"))
            expect((first.answer().status, second.answer().status), (200, 200))
        expect(get(program, "/").status, 200, "afterwards")


def waiting_for_the_pool() -> None:
    with serve("--limit", "request_deadline_ms=300") as program:
        wires = [program.target.connect() for _ in range(3)]
        for wire in wires:
            wire.send(program.target.head("GET", "/edge/slow?800"))
            time.sleep(0.05)
        expect([wire.answer().status for wire in wires], [200, 200, 503])


def bodies_in_flight() -> None:
    with serve("--limit", "bodies_in_flight_bytes_max=100000") as program:
        large = program.target.head("POST", "/edge/describe", "Content-Length: 90000")
        with program.target.connect() as holder:
            holder.send(large + b"x")
            time.sleep(0.2)
            for more in (large, program.target.head("POST", "/edge/describe", "Transfer-Encoding: chunked")
                         + b"%x\r\n" % 50_000 + b"x" * 50_000):
                with program.target.connect() as wire:
                    answer = wire.send(more + b"x").answer()
                    expect((answer.status, answer.field("Retry-After")), (503, "2"))
            holder.send(b"x" * 89_999)
            expect(holder.answer().status, 200)
        with program.target.connect() as wire:
            expect(wire.send(large + b"x" * 90_000).answer().status, 200, "the budget is given back")


def write_stall() -> None:
    with serve("--limit", "write_stall_ms=600") as program:
        with program.target.connect() as wire:
            wire.send(program.target.head("GET", "/edge/huge"))
            time.sleep(2.5)
            try:
                wire.answer()
            except Exception:
                return
            raise AssertionError("a client that takes nothing was waited for")


def slow_reader_is_served() -> None:
    with serve("--limit", "write_stall_ms=600") as program:
        with program.target.connect() as wire:
            wire.send(program.target.head("GET", "/edge/huge"))
            begin, taken = time.monotonic(), 0
            while data := wire.socket.recv(65536):
                taken += len(data)
                time.sleep(0.08 if time.monotonic() - begin < 3 else 0)
                if taken > 64 * 1024 * 1024:
                    return
            raise AssertionError(f"cut off after {taken} bytes")


def slow_body_rate() -> None:
    """500 bytes a second are too few after the first two seconds, 2,500 are enough."""
    with serve() as program, program.target.connect() as slow, program.target.connect() as steady:
        for wire, length in ((slow, 100_000), (steady, 30 * 250)):
            wire.send(program.target.head("POST", "/edge/describe", f"Content-Length: {length}"))
        for _ in range(30):
            slow.send(b"x" * 50)
            steady.send(b"x" * 250)
            time.sleep(0.1)
        expect(slow.answer().status, 408)
        answer = steady.answer()
        expect((answer.status, json.loads(answer.body)["body_bytes"]), (200, 7_500), "a body that comes fast enough")


def total_connections() -> None:
    with serve("--limit", "connections_max=5") as program:
        wires = [program.target.connect() for _ in range(5)]
        for wire in wires[:4]:
            expect(wire.send(program.target.head("GET", "/")).answer().status, 200)
        expect(get(program, "/").status, 200, "takes the place of the one that never asked")
        expect(wires[4].is_closed(), True, "the unfinished one")
        time.sleep(0.5)     # until the server has seen that get() closed
        wires[4].close()
        wires[4] = program.target.connect()
        expect(wires[4].send(program.target.head("GET", "/")).answer().status, 200)
        with program.target.connect() as wire:
            expect(wire.answer().status, 503, "nobody unfinished")
        for wire in wires:
            wire.close()


def proxy_connections() -> None:
    """A proxy brings many clients: it may have more connections than an address that nobody has named."""
    limits = ("--limit", "connections_per_proxy_max=5", "--limit", "connections_per_address_max=2")
    with serve("--trusted-proxy", "127.0.0.1", *limits) as program:
        time.sleep(0.5)     # until the server has seen that the one who asked whether it is there has gone
        for source, limit in (("127.0.0.1", 5), ("127.0.0.2", 2)):
            wires = [program.target.connect(source=source) for _ in range(limit)]
            for wire in wires:
                expect(wire.send(program.target.head("GET", "/")).answer().status, 200, f"{source} within its limit")
            with program.target.connect(source=source) as wire:
                expect(wire.answer().status, 503, f"{source} beyond it")
                expect(wire.is_closed(), True, "closed")
            for wire in wires:
                expect(wire.send(program.target.head("GET", "/")).answer().status, 200, "those before stay")
                wire.close()


def gzip_from_the_limit_on() -> None:
    """The answer has 1,200 bytes."""
    for limit, coding in ((1200, "gzip"), (1201, None)):
        with serve("--limit", f"gzip_bytes_min={limit}") as program:
            answer = get(program, "/", "Accept-Encoding: gzip")
            expect(answer.field("Content-Encoding"), coding, f"gzip_bytes_min={limit}")
            expect(len(answer.body if coding is None else gzip.decompress(answer.body)), 1200)


def stop_within(program: Program, seconds: float) -> None:
    """SIGTERM, and a good end before that time."""
    begin = time.monotonic()
    program.stop()
    expect(program.process.wait(20), 0, "exit status")
    if time.monotonic() - begin > seconds:
        raise AssertionError(f"the stop took {time.monotonic() - begin:.1f} s")


def shutdown_is_bounded() -> None:
    """What is in flight has shutdown_ms; who is not done by then is cut off, and the stop does not wait for him."""
    for name, path, rest in (("half a head", "/", b""), ("half a body", "/edge/describe", b"x"),
                             ("an answer that nobody takes", "/edge/huge", b"")):
        with serve("--limit", "shutdown_ms=1000") as program, program.target.connect() as wire:
            request = program.target.head("POST", path, "Content-Length: 100") if rest else \
                program.target.head("GET", path)
            wire.send(request[:-2] if name == "half a head" else request + rest)
            time.sleep(0.3)
            stop_within(program, 3)
            if name == "half a body":
                expect(wire.is_closed(), True, name)
    for path, answered in (("/edge/slow?300", True), ("/edge/slow?1800", False)):
        with serve("--limit", "shutdown_ms=1000") as program, program.target.connect() as wire:
            wire.send(program.target.head("GET", path))
            time.sleep(0.1)
            begin = time.monotonic()
            program.stop()
            try:
                status = wire.answer().status
            except Closed:
                status = 0
            expect(status, 200 if answered else 0, path)
            if time.monotonic() - begin > 2:
                raise AssertionError(f"{path}: waited for {time.monotonic() - begin:.1f} s")
            expect(program.process.wait(20), 0, "exit status")


def drain_is_short() -> None:
    """A client that goes on sending what was refused is read for drain_ms and no longer."""
    with serve("--limit", "drain_ms=600") as program, program.target.connect() as wire:
        wire.send(program.target.head("POST", "/edge/describe", "Content-Length: 1000000000"))
        expect(wire.answer().status, 413)
        begin = time.monotonic()
        try:
            while time.monotonic() - begin < 5:
                wire.socket.sendall(b"x")
                time.sleep(0.05)
        except OSError:
            pass
        if not 0.3 < time.monotonic() - begin < 2.5:
            raise AssertionError(f"read for {time.monotonic() - begin:.1f} s")


def many_at_once(program: Program) -> None:
    faults: list[object] = []

    def client() -> None:
        try:
            with program.target.connect() as wire:
                for number in range(50):
                    text = f"{threading.get_ident()} {number}".encode()
                    path = ("/edge/describe", "/scim/v2/Users")[number % 2]
                    wire.send(program.target.head("POST", path, f"Content-Length: {len(text)}") + text)
                    expect(json.loads(wire.answer().body)["body"], text.decode())
        except Exception as error:
            faults.append(error)

    threads = [threading.Thread(target=client) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expect(faults, [])


def refused_at_start() -> None:
    with serve() as program:
        rows = [
            (["--port", str(program.port)], "another process"),
            (["--address", "0.0.0.0"], "Plain HTTP"),
            (["--address", "192.0.2.1", "--insecure"], "none of this machine"),
            (["--address", "example.com"], "numeric"),
            (["--certificate", "/nonexistent", "--key", "/nonexistent"], "certificate file"),
            (["--trusted-proxy", "10.0.0.1/8"], "proxy"),
        ]
        for arguments, words in rows:
            done = subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=5)
            expect(done.returncode, 2, str(arguments))
            if words not in done.stderr:
                raise AssertionError(f"{arguments}: {done.stderr}")


def allowed_at_start() -> None:
    for arguments in (["--address", "0.0.0.0", "--trusted-proxy", "10.0.0.0/8"], ["--address", "::1"],
                      ["--address", "localhost"]):
        process = subprocess.Popen([BINARY, *arguments, "--port", str(free_port())], stdout=subprocess.PIPE, text=True)
        try:
            expect((process.stdout.readline() if process.stdout else "").startswith("listening"), True, str(arguments))
        finally:
            process.terminate()
            process.wait()


def main() -> int:
    with serve() as program:
        cases.run("exceptions become 500 and 503", failures, program)
        cases.run("the head as the application sees it", head_as_seen, program)
        cases.run("bodies arrive whole, and not for GET and DELETE", bodies, program)
        cases.run("204", answer_without_body, program)
        cases.run("many at once", many_at_once, program)
    for name, case in (
            ("the head behind a trusted proxy", head_behind_proxy),
            ("requests_in_flight_max", requests_in_flight),
            ("request_deadline_ms", waiting_for_the_pool),
            ("bodies_in_flight_bytes_max", bodies_in_flight),
            ("write_stall_ms", write_stall),
            ("write_stall_ms spares a slow reader", slow_reader_is_served),
            ("body_bytes_per_second_min", slow_body_rate),
            ("connections_max", total_connections),
            ("connections_per_proxy_max", proxy_connections),
            ("gzip_bytes_min", gzip_from_the_limit_on),
            ("shutdown_ms", shutdown_is_bounded),
            ("drain_ms", drain_is_short),
            ("options that are refused", refused_at_start),
            ("options that are allowed", allowed_at_start)):
        cases.run(name, case)
    return cases.finish()


if __name__ == "__main__":
    sys.exit(main())
