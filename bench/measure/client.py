"""The load generator against wrk: both drive the same nginx in turn. A benchmark whose client is dear measures its
client."""
from __future__ import annotations

import re
import resource
import statistics
import subprocess
from pathlib import Path

from .servers import Nginx
from .works import Bench, run_json

BODY = b'{"pad":"' + b"x" * 1190 + b'"}'


def children_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def run_wrk(port: int, connections: int, seconds: float) -> dict[str, float]:
    before = children_cpu()
    done = subprocess.run(["wrk", f"-t{min(2, connections)}", f"-c{connections}", f"-d{max(1, round(seconds))}s",
                           f"http://127.0.0.1:{port}/"], capture_output=True, text=True, check=True)
    requests = float(re.search(r"(\d+) requests in", done.stdout)[1])
    return {"per_second": float(re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)[1]),
            "client_cpu_us": (children_cpu() - before) / requests * 1e6}


def run_own(bench: Bench, port: int, connections: int) -> dict[str, float]:
    return run_json([str(bench.programs / "bench_load"), "--work", "path", "--port", str(port), "--connections",
                     str(connections), "--seconds", str(bench.seconds), "--warm", "0.2"])


def compare_clients(bench: Bench, rounds: int, path: Path) -> None:
    nginx = Nginx(bench.work / "nginx", BODY, BODY)
    lines = [f"{'connections':>11} {'wrk /s':>10} {'own /s':>10} {'ratio':>6} {'wrk CPU us':>11} {'own CPU us':>11}"]
    for connections in (1, 32, 256):
        pairs = [(run_wrk(nginx.port, connections, bench.seconds), run_own(bench, nginx.port, connections))
                 for _ in range(rounds)]
        wrk, own = ({key: statistics.median(pair[side][key] for pair in pairs) for key in pairs[0][0]}
                    for side in (0, 1))
        ratio = statistics.median(pair[1]["per_second"] / pair[0]["per_second"] for pair in pairs)
        lines.append(f"{connections:>11} {wrk['per_second']:>10,.0f} {own['per_second']:>10,.0f} {ratio:>6.2f} "
                     f"{wrk['client_cpu_us']:>11.2f} {own['client_cpu_us']:>11.2f}")
    nginx.stop()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="ascii")
    print("\n".join(lines))
