"""What a server needs before its first answer, and after many: the time from its start until it is ready, and its own
memory after 100,000 mixed requests. Both are compared with what is allowed."""
from __future__ import annotations

import time

from .works import Bench, Case, Sample, Session

READY_MS_MAX = 1_000
MEMORY_MIB_MAX = 200
MIX = {"get": 45_000, "filter": 30_000, "create": 13_000, "add_member": 10_000, "list": 2_000}


class Start(Session):
    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self.made = 0
        self.taken = int(bench.base.summary["big_group"])
        free = bench.base.users - self.taken
        # Every addition needs a user who is no member yet.
        self.additions = min(MIX["add_member"], free // (4 * (bench.rounds + 2)))
        self.first = 0

    def cases(self) -> list[Case]:
        return [Case("ready", 1, "ready_ms", lambda: {"ready_ms": READY_MS_MAX}, self.restart, 1.0, 0.3, True),
                Case("memory", 32, "rss_anonymous_mib", lambda: {"rss_anonymous_mib": MEMORY_MIB_MAX},
                     self.mixed, 1.0, 0.6, True)]

    def restart(self) -> Sample:
        self.rollcall.stop()
        self.servers.remove(self.rollcall)
        begin = time.monotonic()
        self.rollcall = self.start(self.data)
        return {"ready_ms": (time.monotonic() - begin) * 1e3}

    def mixed(self) -> Sample:
        self.restart()
        samples = [self.part(work, requests) for work, requests in MIX.items()]
        self.made += samples[list(MIX).index("create")]["answered"]
        return samples[-1]

    def part(self, work: str, requests: int) -> Sample:
        if work != "add_member":
            return self.load_rollcall(work, 32, requests=requests)
        self.first += self.additions
        return self.load_rollcall(work, 32, requests=self.additions, groups=self.data.file("big_group.txt"),
                                  first=self.first - self.additions, members_taken=self.taken)

    def users_made(self) -> int:
        return self.made
