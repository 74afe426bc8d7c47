#!/usr/bin/env python3
"""A primary and its standby, two clusters: the primary is killed while many write, the standby is promoted, the server
goes on by itself. With synchronous replication no acknowledged write is lost.

  failover.py           the failover
  failover.py --canary  a standby that was held back, without synchronous replication, must be seen to have lost writes
"""
from __future__ import annotations

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.outcome import Outcome                                                   # noqa: E402
from support.postgres import PROGRAMS, Cluster                                        # noqa: E402
from support.server import Server                                                     # noqa: E402
from postgres.faults import ANSWER_SECONDS, RECOVERY_SECONDS, Probe, timed            # noqa: E402

CLIENTS = 12
STANDBY = "standby"


class Standby(Cluster):
    """A cluster that begins as a copy of another one and follows it. Entered when the other one runs."""

    def __init__(self, primary: Cluster) -> None:
        super().__init__()
        self.primary = primary

    def initialise(self) -> None:
        source = f"host={self.primary.folder} port={self.primary.port} user=postgres application_name={STANDBY}"
        subprocess.run([f"{PROGRAMS}/pg_basebackup", "--pgdata", self.data, "--dbname", source, "--write-recovery-conf",
                        "--wal-method", "stream", "--checkpoint", "fast", "--no-sync"], check=True, cwd=self.folder,
                       stdout=subprocess.DEVNULL, **self._as)

    def __enter__(self) -> "Standby":
        try:
            self.initialise()
            self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def hold_back(self) -> None:
        """It receives nothing any more."""
        self.sql("ALTER SYSTEM SET primary_conninfo = ''")
        self.sql("SELECT pg_reload_conf()")
        wait_until(lambda: self.primary.sql("SELECT count(*) FROM pg_stat_replication") == "0\n")

    def promote(self) -> None:
        self.sql("SELECT pg_promote()")


def wait_until(condition, seconds: float = 15) -> None:            # type: ignore[no-untyped-def]
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError("what was waited for did not happen")
        time.sleep(0.02)


def write(probe: Probe, number: int, end: threading.Event) -> None:
    own = probe.another(number)
    while not end.is_set():
        if own.create() != 201:
            time.sleep(0.02)
    own.client.close()


def fail_over(outcome: Outcome, synchronous: bool) -> int:
    """How many acknowledged users are gone."""
    name = "synchronous" if synchronous else "held back"
    with Cluster() as primary, Standby(primary) as standby:
        database = primary.database().rsplit("/", 1)[1]
        if synchronous:
            primary.sql(f"ALTER SYSTEM SET synchronous_standby_names = '{STANDBY}'")
            primary.sql("SELECT pg_reload_conf()")
            wait_until(lambda: primary.sql("SELECT sync_state FROM pg_stat_replication") == "sync\n")
        url = (f"postgres://rollcall@127.0.0.1:{primary.port},127.0.0.1:{standby.port}/{database}"
               "?target_session_attrs=read-write")
        with Server(url=url) as server:
            server.create_tenant("acme")
            probe = Probe(outcome, server.port, server.issue_credential("acme")["token"])
            assert probe.create() == 201
            end = threading.Event()
            with ThreadPoolExecutor(CLIENTS) as pool:
                writers = [pool.submit(write, probe, number, end) for number in range(CLIENTS)]
                time.sleep(1)
                if not synchronous:
                    wait_until(lambda: standby.sql(f"SELECT count(*) FROM pg_database WHERE datname = '{database}'")
                               == "1\n")
                    standby.hold_back()
                    time.sleep(1)
                acknowledged = len(probe.acknowledged)
                primary.kill()
                time.sleep(0.5)
                status, seconds = timed(probe.create)
                outcome.check(f"{name}: without a primary nobody is acknowledged, and all are told in time",
                              status == 503 and seconds < ANSWER_SECONDS, f"{status} after {seconds:.1f} s")
                standby.promote()
                promoted = time.monotonic()
                wait_until(lambda: probe.create() == 201)
                waited = time.monotonic() - promoted
                time.sleep(0.5)
                end.set()
                for one in writers:
                    one.result()
            outcome.check(f"{name}: the server goes on by itself within {RECOVERY_SECONDS:.0f} s of the promotion",
                          waited <= RECOVERY_SECONDS, f"after {waited:.1f} s")
            outcome.check(f"{name}: many were acknowledged before and after", acknowledged > 50
                          and len(probe.acknowledged) > acknowledged + CLIENTS,
                          f"{acknowledged} before, {len(probe.acknowledged)} in all")
            lost, made_up = probe.lost()
            outcome.check(f"{name}: nothing else is there", not made_up, str(sorted(made_up)[:5]))
            if synchronous:
                outcome.check(f"{name}: no acknowledged change is lost", not lost,
                              f"{len(lost)} of {len(probe.acknowledged)} users are gone")
                for check in (("verify",), ("audit", "verify")):
                    done = server.command(*check)
                    outcome.check(f"{name}: {' '.join(check)}", done.returncode == 0, done.stdout + done.stderr)
            return len(lost)


def main() -> None:
    outcome = Outcome()
    if sys.argv[1:] == ["--canary"]:
        lost = fail_over(outcome, synchronous=False)
        outcome.check("canary: what a standby that was held back has lost is seen", lost > 0,
                      "nothing was lost that this test noticed: the test is blind, repair it")
    else:
        fail_over(outcome, synchronous=True)
    outcome.finish()


if __name__ == "__main__":
    main()
