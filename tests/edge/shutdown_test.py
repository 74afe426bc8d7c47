"""SIGTERM under load: no answer is cut off, no acknowledged request is lost, and the program ends in time.

ROLLCALL_BINARY     the program
ROLLCALL_ARGUMENTS  its arguments, "{port}" is replaced (default: --port {port})
ROLLCALL_TOKEN      a token it accepts
ROLLCALL_PATH       a path that answers GET with 200 (default /scim/v2/ServiceProviderConfig)
ROLLCALL_SLOW       a path that takes about a second (only where there is one)
"""
from __future__ import annotations

import os
import shlex
import signal
import sys
import threading
import time

from program import Program
from wire import Cases, Closed, expect

PATH = os.environ.get("ROLLCALL_PATH", "/scim/v2/ServiceProviderConfig")
SLOW = os.environ.get("ROLLCALL_SLOW", "")
TOKEN = os.environ.get("ROLLCALL_TOKEN", "")
COMMAND = [os.environ["ROLLCALL_BINARY"], *shlex.split(os.environ.get("ROLLCALL_ARGUMENTS", "--port {port}"))]

cases = Cases()


class Load(threading.Thread):
    """One client that asks again and again. A connection that ends between two answers is what a stop looks like; one
    that ends inside an answer is a fault."""

    def __init__(self, program: Program) -> None:
        super().__init__()
        self.target = program.target
        self.answers = 0
        self.faults: list[str] = []

    def run(self) -> None:
        request = self.target.head("GET", PATH)
        try:
            with self.target.connect() as wire:
                while True:
                    answer = wire.send(request).answer()
                    self.answers += 1
                    if answer.status != 200:
                        self.faults.append(f"status {answer.status}")
                    if answer.field("Connection") == "close":
                        if not wire.is_closed():
                            self.faults.append("stayed open after Connection: close")
                        return
        except Closed:
            if wire.buffer:
                self.faults.append(f"cut off after {len(wire.buffer)} bytes")
        except OSError as error:
            self.faults.append(repr(error))


def stop_under_load() -> None:
    with Program(COMMAND, TOKEN) as program:
        clients = [Load(program) for _ in range(16)]
        for client in clients:
            client.start()
        time.sleep(1)
        begin = time.monotonic()
        program.stop()
        expect(program.process.wait(15), 0, "exit status")
        elapsed = time.monotonic() - begin
        for client in clients:
            client.join()
        expect([fault for client in clients for fault in client.faults], [], "faults")
        if min(client.answers for client in clients) == 0:
            raise AssertionError("a client got no answer at all")
        if elapsed > 5:
            raise AssertionError(f"took {elapsed:.1f} s")


def idle_connections_do_not_hold_it_up() -> None:
    with Program(COMMAND, TOKEN) as program:
        wires = [program.target.connect() for _ in range(8)]
        for wire in wires[:4]:
            expect(wire.send(program.target.head("GET", PATH)).answer().status, 200)
        begin = time.monotonic()
        program.stop()
        expect(program.process.wait(15), 0, "exit status")
        if time.monotonic() - begin > 2:
            raise AssertionError("waited for idle connections")
        for wire in wires:
            expect(wire.is_closed(), True, "closed")
            wire.close()


def request_in_flight_is_answered() -> None:
    with Program(COMMAND, TOKEN) as program:
        with program.target.connect() as wire, program.target.connect() as half:
            wire.send(program.target.head("GET", SLOW))
            half.send(program.target.head("GET", PATH)[:-10])
            time.sleep(0.3)
            program.stop()
            time.sleep(0.2)
            half.send(program.target.head("GET", PATH)[-10:])
            answer = half.answer()
            expect((answer.status, answer.field("Connection")), (200, "close"), "a head that was begun")
            answer = wire.answer()
            expect((answer.status, answer.field("Connection")), (200, "close"), "a request at work")
        expect(program.process.wait(15), 0, "exit status")


def requests_behind_the_door_are_answered() -> None:
    """Who connected and sent a request before the signal is answered, accepted by then or not."""
    for _ in range(5):
        with Program(COMMAND, TOKEN) as program:
            os.kill(program.process.pid, signal.SIGSTOP)
            wires = [program.target.connect() for _ in range(24)]
            for wire in wires:
                wire.send(program.target.head("GET", PATH))
            program.stop()
            os.kill(program.process.pid, signal.SIGCONT)
            for wire in wires:
                expect(wire.answer().status, 200, "a request sent before the signal")
                wire.close()
            expect(program.process.wait(15), 0, "exit status")


def main() -> int:
    cases.run("stop under load", stop_under_load)
    cases.run("idle connections do not hold up a stop", idle_connections_do_not_hold_it_up)
    cases.run("requests of connections not yet accepted are answered", requests_behind_the_door_are_answered)
    if SLOW:
        cases.run("a request in flight is answered", request_in_flight_is_answered)
    return cases.finish()


if __name__ == "__main__":
    sys.exit(main())
