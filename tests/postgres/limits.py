#!/usr/bin/env python3
"""What a server takes of PostgreSQL, and how long it waits there: connections are as many as docs/operations.md says,
and neither a lock that somebody keeps nor a statement that does not end holds up requests, or leaves anything behind.

  limits.py
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
from postgres.faults import ANSWER_SECONDS, Probe, timed                              # noqa: E402

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
THREADS = 3
# docs/scale.md: `threads`, two for lists, four that write; and what goes on beside requests.
WORKING = THREADS + 2 + 4
BESIDE = 3
WAITING = ("SELECT count(*) FROM pg_stat_activity WHERE usename = 'rollcall' AND (wait_event_type = 'Lock' OR state = "
           "'active')")


def connections(outcome: Outcome, cluster: Cluster) -> None:
    """Under reads, lists and changes of many tenants at a time."""
    url = cluster.database()
    name = url.rsplit("/", 1)[1]
    counting = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}' AND backend_type = 'client backend'"
    with Server("--threads", str(THREADS), url=url) as server:
        tokens = []
        for number in range(6):
            server.create_tenant(f"tenant-{number}")
            tokens.append(server.issue_credential(f"tenant-{number}")["token"])
        end, counts = threading.Event(), []

        def work(number: int) -> int:
            client, done = server.client(tokens[number % len(tokens)]), 0
            while not end.is_set():
                done += 1
                made = client.scim("POST", "/Users", {"schemas": [USER], "userName": f"user-{number}-{done}"}).json()
                client.scim("GET", "/Users/" + made["id"])
                client.scim("GET", '/Users?count=5&filter=userName sw "user"'.replace(" ", "%20").replace('"', "%22"))
            client.close()
            return done
        with ThreadPoolExecutor(24) as pool:
            working = [pool.submit(work, number) for number in range(24)]
            time.sleep(0.5)  # the first change of a month makes its partition, on a connection for that moment
            for _ in range(25):
                counts.append(int(cluster.sql(counting) or 0))
                time.sleep(0.05)
            end.set()
            done = sum(one.result() for one in working)
        outcome.check(f"{THREADS} threads have at most {WORKING + BESIDE} connections, and use them",
                      WORKING <= max(counts) <= WORKING + BESIDE and done > 100,
                      f"{sorted(set(counts))}, {done} rounds")


def held(cluster: Cluster, database: str, statement: str, seconds: int) -> subprocess.Popen[bytes]:
    """Somebody at a prompt, who forgets it."""
    return subprocess.Popen([f"{PROGRAMS}/psql", "-Xq", "-h", cluster.folder, "-p", str(cluster.port), "-U", "postgres",
                             "-d", database, "-c", f"BEGIN; {statement}; SELECT pg_sleep({seconds}); COMMIT"],
                            stdout=subprocess.DEVNULL)


def ask_while(outcome: Outcome, probe: Probe, name: str, seconds: float, reads: bool) -> None:
    """Eight clients, some of whom wait behind others."""
    end = time.monotonic() + seconds

    def ask(number: int) -> list[tuple[int, float]]:
        own, answers = probe.another(number), []
        while time.monotonic() < end:
            answers.append(timed(own.read if reads and number % 2 else own.create))
        own.client.close()
        return answers
    with ThreadPoolExecutor(8) as pool:
        answers = [one for part in pool.map(ask, range(8)) for one in part]
    probe.number += 1
    slowest = max(seconds for _, seconds in answers)
    outcome.check(f"{name}: everybody is told 503", {status for status, _ in answers} == {503},
                  str(sorted({status for status, _ in answers})))
    outcome.check(f"{name}: in time", slowest < ANSWER_SECONDS, f"one waited for {slowest:.1f} s")


def locks(outcome: Outcome, cluster: Cluster) -> None:
    url = cluster.database()
    database = url.rsplit("/", 1)[1]
    with Server(url=url) as server:
        server.create_tenant("acme")
        probe = Probe(outcome, server.port, server.issue_credential("acme")["token"])
        assert probe.create() == 201 and probe.read() == 200
        mark = len(server.log())
        holder = held(cluster, database, "LOCK TABLE resource", 4)
        while cluster.sql("SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted AND relation = "
                          "'resource'::regclass", database) != "1\n":
            time.sleep(0.02)
        ask_while(outcome, probe, "a table is locked", 1.5, True)
        waiting = cluster.sql(WAITING)
        outcome.check("a table is locked: nobody waits in the database who was answered", waiting == "0\n",
                      str(waiting))
        outcome.check("a table is locked: it is lock_timeout that ends the wait", "55P03" in server.log(mark),
                      server.log(mark)[-500:])
        holder.wait()
        outcome.check("a table is locked: recovers", probe.recovered(), "not within five seconds")

        mark = len(server.log())
        cluster.sql("CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(20); "
                    "RETURN NEW; END $$; CREATE TRIGGER slow BEFORE INSERT ON resource FOR EACH ROW "
                    "EXECUTE FUNCTION slow()", database)
        status, seconds = timed(probe.create)
        waiting = cluster.sql(WAITING)
        outcome.check("a slow statement: 503 in time", status == 503 and seconds < ANSWER_SECONDS,
                      f"{status} after {seconds:.1f} s")
        outcome.check("a slow statement: it is ended in the database too", waiting == "0\n", str(waiting))
        cluster.sql("DROP TRIGGER slow ON resource; DROP FUNCTION slow", database)
        outcome.check("a slow statement: recovers", probe.recovered(), "not within five seconds")
        probe.check_all("locks")


def main() -> None:
    outcome = Outcome()
    with Cluster() as cluster:
        connections(outcome, cluster)
        locks(outcome, cluster)
    outcome.finish()


if __name__ == "__main__":
    main()
