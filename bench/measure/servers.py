"""The servers that are measured: Rollcall, and nginx as its yardstick. Each listens on 127.0.0.1 and is stopped by its
own process id."""
from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

WORKERS = 2      # of both servers; nothing is pinned


class ServerFailed(Exception):
    pass


def wait_for(condition, what: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise ServerFailed(what)
        time.sleep(0.01)


def get(port: int, path: str, token: str = "") -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Authorization": "Bearer " + token} if token else {}
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


RUNNING: list[subprocess.Popen[bytes]] = []


def start(command: list[str], log: Path) -> subprocess.Popen[bytes]:
    with open(log, "wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    RUNNING.append(process)
    return process


def stop_all() -> None:
    """For the end of the program, however it comes."""
    while RUNNING:
        stop(RUNNING[-1])


def stop(process: subprocess.Popen[bytes]) -> None:
    if process in RUNNING:
        RUNNING.remove(process)
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Rollcall:
    # A run needs 256 connections from one address, and one more to read the metrics; everything else is as shipped.
    OPTIONS = ["--threads", str(WORKERS), "--limit", "connections_per_address_max=1024"]

    def __init__(self, binary: Path, database: Path, folder: Path) -> None:
        self.log = folder / f"rollcall-{database.parent.name}.log"
        self.process = start([str(binary), "serve", "--store", f"sqlite:{database}", "--listen", "127.0.0.1:0",
                              *self.OPTIONS], self.log)
        self.port = 0
        wait_for(self._is_listening, f"rollcall does not listen; see {self.log}")
        wait_for(lambda: get(self.port, "/readyz")[0] == 200, "rollcall does not become ready")

    def _is_listening(self) -> bool:
        if self.process.poll() is not None:
            raise ServerFailed("rollcall ended: " + self.log.read_text(encoding="utf-8", errors="replace")[-500:])
        for line in self.log.read_text(encoding="utf-8", errors="replace").split("\n"):
            if '"listening"' in line and line.endswith("}"):
                self.port = int(json.loads(line)["port"])
        return self.port != 0

    @property
    def pids(self) -> list[int]:
        return [self.process.pid]

    def metrics(self) -> dict[str, float]:
        """Values without labels."""
        _, body = get(self.port, "/metrics")
        values = {}
        for line in body.decode().split("\n"):
            if line and not line.startswith("#") and "{" not in line:
                name, value = line.split(" ")[:2]
                values[name] = float(value)
        return values

    def stop(self) -> None:
        stop(self.process)


class Nginx:
    """Two ports: one answers everything with one small body from memory, one with the bytes of a file."""

    def __init__(self, folder: Path, small_body: bytes, page: bytes) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.small_body, self.page = small_body, page
        (folder / "page.json").write_bytes(page)
        self.port, self.page_port = free_ports(2)
        (folder / "nginx.conf").write_text(self._configuration(), encoding="utf-8")
        self.process = start(["nginx", "-p", str(folder), "-c", "nginx.conf", "-e", "error.log"], folder / "output.log")
        wait_for(self._answers, f"nginx does not answer; see {folder}/error.log")

    def _configuration(self) -> str:
        body = self.small_body.decode().replace("\\", "\\\\").replace("'", "\\'")
        if "$" in body:
            raise ServerFailed("the small body holds a dollar sign, which nginx would take for a variable")
        user = "user root;" if os.geteuid() == 0 else ""
        return f"""{user}
worker_processes {WORKERS};
daemon off;
pid nginx.pid;
error_log error.log;
events {{ worker_connections 2048; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    open_file_cache max=100 inactive=1h;
    types {{ }}
    default_type application/scim+json;
    client_body_temp_path temp-body;
    proxy_temp_path temp-proxy;
    fastcgi_temp_path temp-fastcgi;
    uwsgi_temp_path temp-uwsgi;
    scgi_temp_path temp-scgi;
    server {{
        listen 127.0.0.1:{self.port};
        location / {{ return 200 '{body}'; }}
    }}
    server {{
        listen 127.0.0.1:{self.page_port};
        location = /scim/v2/Users {{ alias {self.folder}/page.json; }}
    }}
}}
"""

    def _answers(self) -> bool:
        if self.process.poll() is not None:
            raise ServerFailed(f"nginx ended; see {self.folder}/error.log")
        try:
            small, page = get(self.port, "/"), get(self.page_port, "/scim/v2/Users")
        except OSError:
            return False
        if small[0] != 200 or page != (200, self.page):
            raise ServerFailed(f"nginx answers {small[0]} and {page[0]}; see {self.folder}/error.log")
        return True

    @property
    def pids(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text(encoding="ascii")
        return [self.process.pid, *(int(pid) for pid in children.split())]

    def stop(self) -> None:
        stop(self.process)


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports
