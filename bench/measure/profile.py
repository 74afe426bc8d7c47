"""Where the time of the server goes: perf samples it with call stacks while it is under load. Tables: by part of the
program (where the processor was), by caller (the innermost function of ours on the stack pays for SQLite, libc and
kernel below it), by function with everything below it, and by thread. Needs `perf` and the right to use it."""
from __future__ import annotations

import re
import signal
import subprocess
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from .works import AddMember, Create, Growth, Session

CONNECTIONS = 32
SAMPLES_PER_SECOND = 997
STACK_BYTES = 8192

OWN_PARTS = [
    ("prometheus", r"prometheus::"),
    ("Asio and Beast", r"boost::(asio|beast|system)"),
    ("Boost.JSON", r"boost::json"),
    ("own: store", r"rollcall::store"),
    ("own: http", r"rollcall::http"),
    ("own: scim", r"rollcall::scim"),
    ("own: directory", r"rollcall::directory"),
    ("own: access", r"rollcall::access"),
    ("own: audit", r"rollcall::audit"),
    ("own: ops", r"rollcall::ops"),
    ("own: application, base, model", r"rollcall::"),
    ("standard library", r"std::|operator new|operator delete|__gnu_cxx"),
]
# What several functions of the C library come to.
CALLS = {"lll_lock_wait": "futex", "lll_lock_wake": "futex", "futex_abstimed_wait_common": "futex",
         "pthread_mutex_lock": "futex", "pthread_mutex_unlock": "futex", "pthread_mutex_unlock_usercnt": "futex",
         "pthread_cond_signal": "futex", "pthread_cond_wait": "futex", "syscall": "other calls"}
THREADS = [
    ("writer", "store::sqlite::Writer::loop"),
    ("checkpointer", "store::sqlite::Checkpointer::loop"),
    ("audit trail", "audit::Trail::run"),
    ("connections", "http::Worker::run"),
    ("pool", "http::WorkPool"),
]


@dataclass
class Frame:
    function: str
    file: str

    @property
    def in_kernel(self) -> bool:
        return self.file.startswith("[") and self.file != "[unknown]" or self.file.endswith(".ko")

    @property
    def ours(self) -> bool:
        return self.function.startswith("rollcall::")


@dataclass
class Sample:
    thread: str
    stack: list[Frame]           # innermost first


def short(function: str) -> str:
    """Without template arguments and what stands before the name."""
    depth, kept = 0, []
    for character in function.replace("operator->", "operator arrow").replace("operator<", "operator less"):
        depth += character == "<"
        if depth == 0:
            kept.append(character)
        depth -= character == ">" and depth > 0
    return re.sub(r"^rollcall::", "", "".join(kept))[:100]


def samples_of(recording: Path) -> list[Sample]:
    done = subprocess.run(["perf", "script", "-i", str(recording), "--no-inline", "-F", "comm,tid,ip,sym,dso"],
                          capture_output=True, text=True, check=True)
    samples: list[Sample] = []
    for block in done.stdout.split("\n\n"):
        lines = [line for line in block.split("\n") if line.strip()]
        if not lines:
            continue
        stack = []
        for line in lines[1:]:
            match = re.match(r"\s*[0-9a-f]+ (.*) \((.*)\)$", line)
            if match:
                stack.append(Frame(match[1], match[2].rsplit("/", 1)[-1] if "/" in match[2] else match[2]))
        if stack:
            samples.append(Sample(lines[0].split()[-1], stack))
    return samples


def part_of(stack: list[Frame]) -> str:
    """Where the processor was; time in the kernel goes to the system call that led there."""
    leaf = stack[0]
    if leaf.in_kernel:
        entered = any("entry_SYSCALL" in frame.function for frame in stack)
        user = next((frame for frame in stack if not frame.in_kernel), None)
        if not entered or user is None:
            return "kernel: interrupts and others"
        # The C library's function is the system call but for its prefix: __libc_sendmsg, fcntl64, pread.
        call = re.sub(r"^_*(?:libc_|GI_)*_*|@.*$|64(?:_\w+)?$", "", user.function)
        return "kernel: " + CALLS.get(call, call)
    if "sqlite" in leaf.file:
        return "SQLite"
    if leaf.file.startswith("libc."):
        heap = re.search(r"malloc|free|calloc|realloc|_int_|tcache|unlink_chunk", leaf.function)
        return "libc: heap" if heap else "libc: memory, text, locks"
    if leaf.file.startswith("libcrypto"):
        return "OpenSSL"
    if leaf.file.startswith("libstdc++"):
        return "standard library"
    if leaf.file.startswith("rollcall"):
        return next((name for name, pattern in OWN_PARTS if re.search(pattern, leaf.function)), "own: other")
    return leaf.file


def caller_of(stack: list[Frame]) -> str:
    """The innermost function of ours that says something; wrappers of SQLite do not."""
    plumbing = re.compile(r"rollcall::store::sqlite::(Rows|Connection|Statement|Sql)\b")
    for frame in stack:
        if frame.ours and not plumbing.match(frame.function):
            return short(frame.function)
    return "(none of ours)"


def thread_name(stacks: list[list[Frame]], thread: str) -> str:
    counts = Counter(name for stack in stacks for frame in stack for name, pattern in THREADS
                     if pattern in frame.function)
    return f"{counts.most_common(1)[0][0]} ({thread})" if counts else thread


def table(title: str, counts: Counter[str], total: int, rows_max: int) -> list[str]:
    lines = ["", title, "-" * len(title)]
    lines += [f"{count / total:7.1%}  {name}" for name, count in counts.most_common(rows_max) if count / total >= 0.002]
    return lines


def write_profile(samples: list[Sample], heading: str, path: Path) -> None:
    total = len(samples) or 1
    by_thread: dict[str, list[list[Frame]]] = {}
    for sample in samples:
        by_thread.setdefault(sample.thread, []).append(sample.stack)
    names = {thread: thread_name(stacks, thread) for thread, stacks in by_thread.items()}
    parts = Counter(part_of(sample.stack) for sample in samples)
    lines = [heading, f"{len(samples)} samples; 100 % is all processor time of the server"]
    lines += table("by part", parts, total, 30)
    lines += table("by thread", Counter(names[sample.thread] for sample in samples), total, 12)
    lines += table("by caller: the function of ours that pays", Counter(caller_of(s.stack) for s in samples), total, 45)
    inclusive: Counter[str] = Counter()
    for sample in samples:
        inclusive.update({short(frame.function) for frame in sample.stack if frame.ours})
    lines += table("by function, with everything below it", inclusive, total, 60)
    for thread, stacks in sorted(by_thread.items(), key=lambda item: -len(item[1]))[:4]:
        lines += table(f"thread {names[thread]}, by part", Counter(part_of(stack) for stack in stacks), total, 14)
    leaves = Counter(f"{s.stack[0].file:24} {short(s.stack[0].function)}" for s in samples)
    lines += table("by innermost function", leaves, total, 40)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{path.name}: {len(samples)} samples, " +
          ", ".join(f"{name} {count / total:.0%}" for name, count in parts.most_common(6)), flush=True)


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
            recording = session.bench.work / f"{name}.perf"
            perf = subprocess.Popen(["perf", "record", "-q", "-F", str(SAMPLES_PER_SECOND), "--call-graph",
                                     f"dwarf,{STACK_BYTES}", "-o", str(recording), "-p",
                                     str(session.rollcall.process.pid)], stdout=subprocess.DEVNULL,
                                    stderr=subprocess.DEVNULL)
            time.sleep(0.5)
            put_under_load(session, work)
            perf.send_signal(signal.SIGINT)
            perf.wait()
            heading = f"{name}: {CONNECTIONS} connections, {session.bench.base.users:,} users"
            write_profile(samples_of(recording), heading, folder / f"profile-{name}.txt")
    finally:
        session.close()


def put_under_load(session: Session, work: str) -> None:
    if isinstance(session, AddMember):
        for _ in range(4):
            session.add(work, CONNECTIONS)
    elif isinstance(session, Create):
        session.server(CONNECTIONS)
    else:
        session.server(work, CONNECTIONS)      # type: ignore[attr-defined]
