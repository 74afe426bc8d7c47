"""The machine: how busy it is, with what of it others are busy, and what it is."""
from __future__ import annotations

import os
import platform
import resource
import time
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
CORES = os.cpu_count() or 1


@dataclass
class Moment:
    """Core seconds so far: of the whole machine, and of the benchmark's own processes."""
    clock: float
    busy: float
    own: float


def busy_seconds() -> float:
    """Everything but idle and waiting for the disk; time stolen by the host counts as busy."""
    fields = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:]
    user, nice, system, _idle, _wait, irq, softirq, steal = (int(field) for field in fields[:8])
    return (user + nice + system + irq + softirq + steal) / TICKS_PER_SECOND


def cpu_seconds(pid: int) -> float:
    total = 0
    for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        try:
            total += int(task.read_text(encoding="ascii").split()[0])
        except (OSError, ValueError, IndexError):
            continue                                   # the thread ended meanwhile
    return total / 1e9 + ended_children_seconds(pid)


def ended_children_seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[13]) + int(fields[14])) / TICKS_PER_SECOND   # cutime, cstime


def moment(pids: list[int]) -> Moment:
    own = sum(cpu_seconds(pid) for pid in pids)
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        usage = resource.getrusage(who)
        own += usage.ru_utime + usage.ru_stime
    return Moment(time.monotonic(), busy_seconds(), own)


def share_of_others(before: Moment, after: Moment) -> float:
    """Part of the machine, from 0 to 1, that was used by anybody but the benchmark."""
    available = (after.clock - before.clock) * CORES
    if available <= 0:
        return 0.0
    return max(0.0, (after.busy - before.busy) - (after.own - before.own)) / available


class Quiet:
    """Waits until others leave the machine alone, but not for ever."""

    def __init__(self, limit: float, patience_seconds: float) -> None:
        self.limit = limit
        self.patience_seconds = patience_seconds
        self.waited_seconds = 0.0

    def wait(self, pids: list[int]) -> float:
        """Gives the share of others in the last half second."""
        start = time.monotonic()
        while True:
            before = moment(pids)
            time.sleep(0.5)
            share = share_of_others(before, moment(pids))
            if share <= self.limit or time.monotonic() - start >= self.patience_seconds:
                self.waited_seconds += time.monotonic() - start
                return share


def first_match(path: str, name: str) -> str:
    for line in Path(path).read_text(encoding="utf-8", errors="replace").split("\n"):
        if line.startswith(name):
            return line.split(":", 1)[1].strip()
    return ""


def sync_latency_us(folder: Path, count: int = 200) -> float:
    """Median time of writing and syncing 4 KiB: what a durable commit cannot go below."""
    path = folder / "sync-probe"
    times = []
    with open(path, "wb", buffering=0) as file:
        for _ in range(count):
            start = time.perf_counter()
            file.write(b"x" * 4096)
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - start)
    path.unlink()
    return round(sorted(times)[count // 2] * 1e6, 1)


def describe(folder: Path) -> dict[str, object]:
    return {
        "processor": first_match("/proc/cpuinfo", "model name"),
        "cores": CORES,
        "memory_gib": round(int(first_match("/proc/meminfo", "MemTotal").split()[0]) / 1024 / 1024, 1),
        "kernel": platform.release(),
        "sync_4k_us": sync_latency_us(folder),
    }
