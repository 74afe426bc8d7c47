#!/usr/bin/env python3
"""Runs tests/edge/edge_test.py, written for the transport alone, against the real program: same limits, same order
of checks. The limits are lowered so that its timeouts can be waited for."""
from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.server import Server, checkout_file      # noqa: E402

LOWERED = {"head_timeout_ms": 1000, "body_timeout_ms": 1500, "idle_timeout_ms": 1200, "connections_per_address_max": 20,
           "unfinished_heads_max": 8, "requests_per_connection_max": 120, "drain_ms": 500}


def main() -> None:
    options = [word for name, value in LOWERED.items() for word in ("--limit", f"{name}={value}")]
    with Server(*options) as server:
        server.create_tenant("edge")
        token = server.issue_credential("edge")["token"]
        environment = {"ROLLCALL_URL": f"http://127.0.0.1:{server.port}", "ROLLCALL_TOKEN": token,
                       "ROLLCALL_LIMITS": json.dumps(LOWERED)}
        code = subprocess.run([sys.executable, str(checkout_file("tests", "edge", "edge_test.py"))],
                              env={**os.environ, **environment}, check=False).returncode
    sys.exit(code)


if __name__ == "__main__":
    main()
