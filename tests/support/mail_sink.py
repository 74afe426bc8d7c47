"""A mail relay for tests: SMTP without TLS on a port of its own, which keeps what it gets."""
from __future__ import annotations

import base64
import socketserver
import ssl
import threading
from typing import Any


class MailSink:
    """`with MailSink() as sink:`; `refusing` makes it refuse every mail for now."""

    def __init__(self, user: str = "", password: str = "", tls: ssl.SSLContext | None = None) -> None:
        self.mails: list[dict[str, Any]] = []
        self.user, self.password = user, password
        self.refusing = False
        self.tries = 0
        sink = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                sink._talk(self)

        class Relay(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        self._server = Relay(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.url = f"smtp{'s' if tls else ''}://127.0.0.1:{self.port}"

    def __enter__(self) -> "MailSink":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _talk(self, handler: socketserver.StreamRequestHandler) -> None:
        def say(text: str) -> None:
            handler.wfile.write((text + "\r\n").encode())

        say("220 sink")
        signed_in = not self.user
        mail: dict[str, Any] = {"to": []}
        while line := handler.rfile.readline().decode().strip():
            verb = line.split(" ")[0].upper()
            if verb == "EHLO":
                say("250-sink\r\n250 AUTH PLAIN" if self.user else "250 sink")
            elif verb == "AUTH":
                given = line.split(" ")[2] if line.count(" ") == 2 else ""
                if not given:
                    say("334 ")
                    given = handler.rfile.readline().decode().strip()
                signed_in = base64.b64decode(given) == f"\0{self.user}\0{self.password}".encode()
                say("235 in" if signed_in else "535 no")
            elif verb == "MAIL":
                self.tries += 1
                mail["from"] = line
                say("451 later" if self.refusing else "250 ok" if signed_in else "530 who are you")
            elif verb == "RCPT":
                mail["to"].append(line)
                say("250 ok")
            elif verb == "DATA":
                say("354 go on")
                lines: list[str] = []
                while (row := handler.rfile.readline().decode().rstrip("\r\n")) != ".":
                    lines.append(row)
                self.mails.append({**mail, "text": "\n".join(lines)})
                say("250 taken")
            elif verb == "QUIT":
                say("221 bye")
                return
            else:
                say("250 ok")
