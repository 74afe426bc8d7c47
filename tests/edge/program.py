"""Starts a server program for a test and stops it by its own process. Standard library only."""
from __future__ import annotations

import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from wire import Target


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A self-signed certificate for `name`; its common name tells certificates apart."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-keyout", key, "-out", certificate, "-days", "2", "-subj", f"/CN={name}"],
                   check=True, capture_output=True)
    return certificate, key


class Program:
    """`command` with "{port}" replaced; ready when the port takes connections."""

    def __init__(self, command: list[str], token: str = "", tls: bool = False, wait: float = 20) -> None:
        self.port = free_port()
        self.output = tempfile.TemporaryFile()
        self.process = subprocess.Popen([part.replace("{port}", str(self.port)) for part in command],
                                        stdout=self.output, stderr=self.output)
        self.target = Target(f"{'https' if tls else 'http'}://127.0.0.1:{self.port}", token)
        self._wait_until_ready(time.monotonic() + wait)

    def _wait_until_ready(self, deadline: float) -> None:
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError(f"did not start: {self.text()}")
                time.sleep(0.05)

    def __enter__(self) -> "Program":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        """Stops it; a program that does not end well (a sanitizer's report, a crash) is a fault of the test."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        text = self.text()
        self.output.close()
        if self.process.returncode != 0 and kind is None:
            raise AssertionError(f"ended with {self.process.returncode}: {text}")

    def reload(self) -> None:
        self.process.send_signal(signal.SIGHUP)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def text(self) -> str:
        self.output.seek(0)
        return self.output.read().decode("utf-8", "replace")
