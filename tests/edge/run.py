"""Runs every edge test against edge_server:  run.py PATH_OF_EDGE_SERVER"""
from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from program import Program, make_certificate

FOLDER = Path(__file__).parent
# Apart, because on a busy machine connections that are counted must not run out of time.
TIMES = {"head_timeout_ms": 1000, "body_timeout_ms": 1500, "idle_timeout_ms": 1200, "drain_ms": 500}
COUNTS = {"connections_per_address_max": 20, "unfinished_heads_max": 8, "requests_per_connection_max": 120}


def run(script: str, **environment: str) -> bool:
    print(f"--- {script} {' '.join(f'{k}={v}' for k, v in environment.items() if k == 'ROLLCALL_URL')}", flush=True)
    return subprocess.run([sys.executable, FOLDER / script], env={**os.environ, **environment}).returncode == 0


def edge_test(binary: str, limits: dict[str, int], tls: list[str]) -> bool:
    arguments = [part for name, value in limits.items() for part in ("--limit", f"{name}={value}")]
    command = [binary, "--port", "{port}", "--token", "secret", *arguments, *tls]
    with Program(command, tls=bool(tls)) as program:
        scheme = "https" if tls else "http"
        passed = run("edge_test.py", ROLLCALL_URL=f"{scheme}://127.0.0.1:{program.port}", ROLLCALL_TOKEN="secret",
                     ROLLCALL_LIMITS=json.dumps(limits))
        program.stop()
        return program.process.wait(20) == 0 and passed


def main() -> int:
    binary = sys.argv[1]
    with tempfile.TemporaryDirectory() as name:
        certificate, key = make_certificate(Path(name), "edge")
        tls = ["--certificate", str(certificate), "--key", str(key)]
        results = [
            edge_test(binary, {}, []),
            *[edge_test(binary, limits, scheme) for limits in (TIMES, COUNTS) for scheme in ([], tls)],
            run("edge_program_test.py", ROLLCALL_EDGE_SERVER=binary),
            run("shutdown_test.py", ROLLCALL_BINARY=binary, ROLLCALL_SLOW="/edge/slow?1000"),
            run("tls_test.py", ROLLCALL_BINARY=binary, ROLLCALL_HEAD_MS="800",
                ROLLCALL_ARGUMENTS="--port {port} --certificate {certificate} --key {key} --limit head_timeout_ms=800"),
        ]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
