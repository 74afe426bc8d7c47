"""A gate on the way to a server: passes bytes on, or does one of the things that networks do. One thread, no buffering
beyond what is on its way."""
from __future__ import annotations

import selectors
import socket
import threading
import time
from typing import Callable

PIECE = 65536


class Pair:
    """A connection of a client and the one made for it."""

    def __init__(self, client: socket.socket, server: socket.socket | None) -> None:
        self.client, self.server = client, server

    def close(self, hard: bool = False) -> None:
        for one in (self.client, self.server):
            if one is None:
                continue
            if hard:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            one.close()


class Gate:
    """`mode` may be set at any time, and holds for new connections and for those that are open:

    open            everything passes
    no-accept       nobody is accepted; what is open passes nothing
    no-read         accepted, but nothing is read from either side
    no-reply        requests pass, answers do not
    close           connections are closed, new ones at once
    reset           the same with a reset
    close-on-data   closed when the client sends something
    cut-reply       the first bytes of an answer pass, then the connection is closed
    corrupt         the first byte of each answer is another one
    delay           answers come 100 ms later
    slow            20 kB each second
    single-bytes    answers come byte by byte
    """

    def __init__(self, target: tuple[str, int]) -> None:
        self.target = target
        self.mode = "open"
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = int(self.listener.getsockname()[1])
        self.selector = selectors.DefaultSelector()
        self.pairs: set[Pair] = set()
        self._stopping = False
        self._acts: dict[str, Callable[[Pair, bytes], None]] = {
            "corrupt": self._corrupt, "delay": self._delay, "slow": self._slow, "single-bytes": self._single_bytes,
            "cut-reply": self._cut_reply}
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        self._stopping = True
        self.thread.join(5)
        for pair in list(self.pairs):
            pair.close()
        self.listener.close()

    # ---- the loop

    def _run(self) -> None:
        self.listener.setblocking(False)
        self.selector.register(self.listener, selectors.EVENT_READ)
        while not self._stopping:
            if self.mode in ("close", "reset"):
                for pair in list(self.pairs):
                    self._drop(pair, hard=self.mode == "reset")
            if self.mode in ("no-accept", "no-read"):
                time.sleep(0.01)
                if self.mode == "no-read":
                    self._accept()
                continue
            for key, _ in self.selector.select(0.01):
                if key.fileobj is self.listener:
                    self._accept()
                else:
                    pair, is_client = key.data
                    if pair in self.pairs:
                        self._pass(pair, is_client)

    def _accept(self) -> None:
        try:
            client, _ = self.listener.accept()
        except BlockingIOError:
            return
        if self.mode in ("close", "reset"):
            Pair(client, None).close(self.mode == "reset")
            return
        client.setblocking(True)
        try:
            server = socket.create_connection(self.target, timeout=5)
        except OSError:
            client.close()
            return
        server.settimeout(None)
        for one in (client, server):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        pair = Pair(client, server)
        self.pairs.add(pair)
        self.selector.register(client, selectors.EVENT_READ, (pair, True))
        self.selector.register(server, selectors.EVENT_READ, (pair, False))

    def _pass(self, pair: Pair, is_client: bool) -> None:
        source, target = (pair.client, pair.server) if is_client else (pair.server, pair.client)
        assert source is not None and target is not None
        try:
            data = source.recv(PIECE)
            if not data or (is_client and self.mode == "close-on-data"):
                self._drop(pair)
            elif is_client:
                target.sendall(data)
            elif self.mode != "no-reply":
                self._acts.get(self.mode, lambda one, bytes_: one.client.sendall(bytes_))(pair, data)
        except OSError:
            self._drop(pair)

    def _drop(self, pair: Pair, hard: bool = False) -> None:
        self.pairs.discard(pair)
        for one in (pair.client, pair.server):
            if one is not None:
                self.selector.unregister(one)
        pair.close(hard)

    # ---- what happens to answers

    def _cut_reply(self, pair: Pair, data: bytes) -> None:
        pair.client.sendall(data[:3])
        self._drop(pair)

    @staticmethod
    def _corrupt(pair: Pair, data: bytes) -> None:
        pair.client.sendall(bytes([data[0] ^ 0x5A]) + data[1:])

    @staticmethod
    def _delay(pair: Pair, data: bytes) -> None:
        time.sleep(0.1)
        pair.client.sendall(data)

    @staticmethod
    def _slow(pair: Pair, data: bytes) -> None:
        for at in range(0, len(data), 1000):
            pair.client.sendall(data[at:at + 1000])
            time.sleep(0.05)

    @staticmethod
    def _single_bytes(pair: Pair, data: bytes) -> None:
        for byte in data:
            pair.client.sendall(bytes([byte]))
