"""What the rules cost: POST and PATCH of users in a tenant with every rule on, beside the same in one with every rule
off that can be. Both sides are this server, on copies of the same data; at most a quarter may go to rules."""
from __future__ import annotations

import subprocess

from .data import Data
from .works import Bench, Case, Sample, Session

OFF = ["last_owner_guard=false", "mass_change_guard=off", "refuse_unlisted_roles=false", "reject_unknown_members=false",
       "visibility=all", "linking=never", "delete=membership", "email_verification=trusted", "members_max=0"]
ON = ["last_owner_guard=true", "mass_change_guard=stage", "refuse_unlisted_roles=true", "reject_unknown_members=true",
      "visibility=managed", "linking=verified", "delete=hard", "email_verification=never", "members_max=100000000",
      "keys_on_return=stay_dead", "mass_change_second_approver=true"]


class Rules(Session):
    """Ratio of requests a second, all on to all off: 0.8 is a quarter more time."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self.set(self.data, ON)
        self.before = self.data.rows()               # the command leaves a row of its own
        self.without = bench.base.copy(bench.work / "without")
        self.set(self.without, OFF)
        self.server_without = self.start(self.without)
        self.made = 0

    def set(self, data: Data, values: list[str]) -> None:
        program, store = str(self.bench.binary), ["--store", f"sqlite:{data.database}"]
        listed = subprocess.run([program, "tenant", "list", *store], capture_output=True, text=True, check=True)
        slug = listed.stdout.split()[0]
        subprocess.run([program, "tenant", "set", slug, *values, *store], capture_output=True, check=True)

    def warm(self) -> None:
        super().warm()
        self.without.warm()

    def cases(self) -> list[Case]:
        return [Case(f"rules_{work}", connections, "per_second",
                     lambda work=work, count=connections: self.load(
                         self.server_without.port, self.server_without.pids, work, count, self.without),
                     lambda work=work, count=connections: self.all_on(work, count),
                     *((0.8, 0.95) if connections == 32 else (None, None)))
                for work in ("create", "rename") for connections in (1, 32)]

    def all_on(self, work: str, connections: int) -> Sample:
        sample = self.load_rollcall(work, connections)
        self.made += sample["answered"] if work == "create" else 0
        return sample

    def users_made(self) -> int:
        return self.made
