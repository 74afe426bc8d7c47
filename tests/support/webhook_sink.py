"""A receiver of webhooks for tests, which keeps what it gets; `answers` are the statuses of the next ones, then 204."""
from __future__ import annotations

import base64
import hashlib
import hmac
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class WebhookSink:
    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.answers: list[int] = []
        self.delay = 0.0
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                sink.calls.append({"path": self.path, "body": body, "time": time.time(),
                                   "headers": {name.lower(): value for name, value in self.headers.items()}})
                time.sleep(sink.delay)
                self.send_response(sink.answers.pop(0) if sink.answers else 204)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/alerts"

    def __enter__(self) -> "WebhookSink":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._server.shutdown()
        self._server.server_close()


def signature(key: bytes, call: dict[str, Any]) -> str:
    """What a receiver works out: HMAC-SHA256 over id.timestamp.body."""
    headers = call["headers"]
    text = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + call["body"]
    return "v1," + base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()
