"""Where the time of the server goes: perf samples it under load; samples are added up by thread, by part of the program
and by function. Needs `perf` and the right to use it."""
from __future__ import annotations

import re
import subprocess
import threading
from collections import Counter
from pathlib import Path

from .works import AddMember, Create, Growth, Session

CONNECTIONS = 32
# First match wins; functions of libraries are told by their file.
KERNEL_PARTS = [
    ("kernel: network", r"tcp|sock|skb|inet|ip_|ip4|__ip|net_|napi|loopback|dev_queue|nf_|ipv4|release_sock|sk_"),
    ("kernel: epoll and waking", r"epoll|ep_|wake|futex|schedul|switch|poll|select_task|enqueue|dequeue|idle"),
    ("kernel: files and disk", r"ext4|jbd2|folio|filemap|page_cache|blk|bio|virtio|writeback|iomap|xas|fsync|pwrite|pread|"
                               r"vfs|generic_perform|copy_page|fault|mmap|flock|fcntl|posix_lock|lock_get"),
]
OWN_PARTS = [
    ("prometheus", r"prometheus::"),
    ("Asio and Beast", r"boost::(asio|beast)"),
    ("Boost.JSON", r"boost::json"),
    ("store/sqlite", r"rollcall::store"),
    ("http", r"rollcall::http"),
    ("scim", r"rollcall::scim"),
    ("directory", r"rollcall::directory"),
    ("access", r"rollcall::access"),
    ("audit", r"rollcall::audit"),
    ("ops", r"rollcall::ops"),
    ("application and routes", r"rollcall::(ApplicationCore|match_route|\(anonymous namespace\)::(split|matches))"),
    ("base and model", r"rollcall::"),
    ("standard library", r"std::|operator new|operator delete|__gnu_cxx"),
]


def part_of(file: str, function: str) -> str:
    if file in ("[kernel.kallsyms]", "[kernel]", "[unknown]") or file.startswith("[") or file.endswith(".ko"):
        return next((name for name, pattern in KERNEL_PARTS if re.search(pattern, function)), "kernel: other")
    if "sqlite" in file:
        return "SQLite"
    if file.startswith("libc."):
        heap = re.search(r"malloc|free|calloc|realloc|_int_|tcache|unlink_chunk", function)
        return "libc: heap" if heap else "libc: memory, text, calls"
    if file.startswith("libcrypto"):
        return "OpenSSL"
    if file.startswith("rollcall"):
        return next((name for name, pattern in OWN_PARTS if re.search(pattern, function)), "own, other")
    return file


def samples_of(recording: Path) -> list[tuple[str, str, str, int]]:
    """Thread name, file and function of every sample, with how often it was seen."""
    done = subprocess.run(["perf", "report", "-i", str(recording), "--stdio", "--no-children", "--sort", "tid,dso,sym",
                           "-F", "sample,tid,dso,sym", "-t", "\t", "--demangle", "--percent-limit", "0"],
                          capture_output=True, text=True, check=True)
    rows = []
    for line in done.stdout.split("\n"):
        fields = [field.strip() for field in line.split("\t")]
        if len(fields) < 4 or not fields[0].isdigit():
            continue
        rows.append((fields[1], fields[2], re.sub(r"^\[[.kguH]\]\s*", "", fields[3]), int(fields[0])))
    return rows


def table(title: str, counts: Counter[str], total: int, rows_max: int) -> list[str]:
    lines = ["", title, "-" * len(title)]
    lines += [f"{count / total:7.1%}  {name}" for name, count in counts.most_common(rows_max)]
    return lines


def write_profile(recording: Path, heading: str, path: Path) -> None:
    rows = samples_of(recording)
    total = sum(row[3] for row in rows) or 1
    threads: Counter[str] = Counter()
    parts: Counter[str] = Counter()
    functions: Counter[str] = Counter()
    parts_by_thread: dict[str, Counter[str]] = {}
    for thread, file, function, count in rows:
        part = part_of(file, function)
        threads[thread] += count
        parts[part] += count
        functions[f"{part:26} {function[:110]}"] += count
        parts_by_thread.setdefault(thread, Counter())[part] += count
    lines = [heading, f"{total} samples"]
    lines += table("by part", parts, total, 30)
    lines += table("by thread", threads, total, 12)
    for thread, _ in threads.most_common(4):
        lines += table(f"thread {thread}", parts_by_thread[thread], total, 12)
    lines += table("by function", functions, total, 60)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{path.name}: " + ", ".join(f"{name} {count / total:.0%}" for name, count in parts.most_common(6)))


def sides_of(session: Session) -> list[tuple[str, str]]:
    """What to put under load: name of the file, and work of the load generator."""
    if isinstance(session, AddMember):
        return [("add_member-big_group", "big_group.txt"), ("add_member-empty_groups", "empty_groups.txt")]
    if isinstance(session, Growth):
        return []
    work = type(session).__name__.lower()
    return [(work, work)]


def profile_work(session: Session, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    try:
        for name, work in sides_of(session):
            session.warm()
            load = threading.Thread(target=put_under_load, args=(session, work))
            recording = session.bench.work / f"{name}.perf"
            load.start()
            subprocess.run(["perf", "record", "-q", "-F", "1999", "-o", str(recording), "-p",
                            str(session.rollcall.process.pid), "--", "sleep", str(session.bench.seconds)],
                           check=True, capture_output=True)
            load.join()
            heading = f"{name}: {CONNECTIONS} connections, {session.bench.base.users:,} users, {session.bench.seconds:g} s"
            write_profile(recording, heading, folder / f"profile-{name}.txt")
    finally:
        session.close()


def put_under_load(session: Session, work: str) -> None:
    if isinstance(session, AddMember):
        session.add(work, CONNECTIONS)
    elif isinstance(session, Create):
        session.server(CONNECTIONS)
    else:
        session.server(work, CONNECTIONS)      # type: ignore[attr-defined]
