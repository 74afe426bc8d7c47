#!/usr/bin/env python3
"""Several servers on one database (P30, P13, P14, P15): what one has answered holds on the others at once, and races
that go to two have one winner.

  processes.py [--rounds 1000]
  processes.py --canary    servers that remember credentials for five seconds must be caught; and behind servers that
                           make every change twice, requests change no more than once (build/dev/rollcall)
"""
from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.client import Client                                                     # noqa: E402
from support.outcome import Outcome                                                   # noqa: E402
from support.postgres import Cluster                                                  # noqa: E402
from support.server import Server                                                     # noqa: E402
from races.run import Owners, Racers, refused, succeeded                              # noqa: E402

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BADGE = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"], "id": "urn:example:Badge", "name": "Badge",
         "attributes": [{"name": "colour", "type": "string"}]}


def revocation(outcome: Outcome, servers: list[Server], token: str, credential: str, operator: str,
               rounds: int) -> None:
    """P30: a credential that one process has switched off is refused by the other, and is good again after."""
    clients = [server.client(token) for server in servers]
    late = 0
    for number in range(rounds):
        here, there = number % 2, 1 - number % 2
        for action, expected in (("disable", 401), ("enable", 200)):
            done = servers[here].api("POST", f"/credentials/{credential}/{action}?tenant=acme", None, operator)
            if done.status not in (200, 204):
                outcome.fail(f"revocation: {action}", f"{done.status} {done.body[:200]!r}")
                return
            late += clients[there].scim("GET", "/Users?count=1").status != expected
    outcome.check(f"P30: {2 * rounds} changes of a credential hold on the other process at once", late == 0,
                  f"{late} did not")


def settings(outcome: Outcome, servers: list[Server], token: str, operator: str, rounds: int) -> None:
    """P30: policy, schemas and the switch of SCIM that one process has changed hold on the other at once."""
    clients, late = [server.client(token) for server in servers], []

    def change(here: int, method: str, path: str, document: object) -> None:
        done = servers[here].api(method, path + "?tenant=acme", document, operator)
        if done.status != 200:
            late.append(f"{method} {path}: {done.status} {done.body[:200]!r}")

    for number in range(rounds):
        # Each process switches on and off.
        here, there, is_on = number // 2 % 2, 1 - number // 2 % 2, number % 2 == 0
        change(here, "PATCH", "/policy", {"bulk": is_on})
        if clients[there].scim("GET", "/ServiceProviderConfig").json()["bulk"]["supported"] != is_on:
            late.append(f"{number}: policy")
        if is_on:
            change(here, "POST", "/schemas", {"documents": [BADGE]})
        else:
            change(here, "DELETE", "/schemas/" + BADGE["id"], None)
        if clients[there].scim("GET", "/Schemas/" + BADGE["id"]).status != (200 if is_on else 404):
            late.append(f"{number}: schema")
        for enabled, expected in ((False, 404), (True, 200)):
            change(here, "PUT", "/features/learn_scim", {"enabled": enabled})
            if clients[there].scim("GET", "/Users?count=1").status != expected:
                late.append(f"{number}: switch")
    outcome.check(f"P30: policy, schemas and switch hold on the other process, {rounds} times", not late, str(late[:5]))


def turns(outcome: Outcome, servers: list[Server], issued: dict[str, str], operator: str, rounds: int) -> None:
    """P30 for requests that come together and share what they ask the database (decision 077): after each change that
    one process has answered, eight requests at a time ask the other for a user, and all see it."""
    token, late = issued["token"], []
    user = servers[0].client(token).scim("POST", "/Users", {"schemas": [USER], "userName": "turns"}).json()["id"]
    clients = [[server.client(token) for _ in range(8)] for server in servers]
    with ThreadPoolExecutor(8) as pool:
        def ask(there: int) -> list[tuple[int, str]]:
            answers = pool.map(lambda one: one.scim("GET", "/Users/" + user), clients[there])
            return [(one.status, one.json().get("title", "")) for one in answers]

        for number in range(rounds):
            here, there, title = number % 2, 1 - number % 2, f"title {number}"
            done = servers[here].client(token).scim("PATCH", "/Users/" + user, {"schemas": [PATCH], "Operations": [
                {"op": "replace", "path": "title", "value": title}]})
            if done.status != 200 or any(one != (200, title) for one in ask(there)):
                late.append(f"{number}: {title}")
            for action, expected in (("disable", 401), ("enable", 200)):
                servers[here].api("POST", f"/credentials/{issued['id']}/{action}?tenant=acme", None, operator)
                if any(status != expected for status, _ in ask(there)):
                    late.append(f"{number}: {action}")
    outcome.check(f"P30: {3 * rounds} changes hold for requests that come together", not late, str(late[:5]))


def revoked_under_load(servers: list[Server], operator: str, rounds: int) -> tuple[int, list[str]]:
    """P30, T33: eight clients read and write through both; how much they did, and what was answered to a request that
    was begun after the revocation."""
    served, late = [0], []
    for number in range(rounds):
        issued = servers[0].issue_credential("acme", f"Round {number}")
        revoked_at: list[float] = []
        with ThreadPoolExecutor(8) as pool:
            working = [pool.submit(work_until_refused, servers[index % 2], issued["token"], index, revoked_at)
                       for index in range(8)]
            time.sleep(0.03)
            done = servers[number % 2].api("POST", f"/credentials/{issued['id']}/revoke?tenant=acme", None, operator)
            revoked_at.append(time.monotonic())
            if done.status not in (200, 204):
                late.append(f"revoke: {done.status} {done.body[:200]!r}")
            for one in working:
                answers, wrong = one.result()
                served[0] += answers
                late += wrong
    return served[0], late


def work_until_refused(server: Server, token: str, index: int, revoked_at: list[float]) -> tuple[int, list[str]]:
    client, done, late = server.client(token), 0, []
    end = time.monotonic() + 3
    while time.monotonic() < end:
        begun = time.monotonic()
        if index < 4:
            answer = client.scim("GET", "/Users?count=1")
        else:
            answer = client.scim("POST", "/Users", {"schemas": [USER], "userName": f"{token[-9:]}-{index}-{done}"})
        if answer.status == 401:
            break
        done += 1
        if revoked_at and begun > revoked_at[0]:
            late.append(f"{answer.status} begun {begun - revoked_at[0]:.6f} s after")
    client.close()
    return done, late


def addresses(outcome: Outcome, servers: list[Server], rounds: int) -> None:
    """Two tenants, each at a server of its own, verify the same addresses at the same time, each in another order:
    their transactions wait for each other in a circle, and nobody is told (decision 075)."""
    crowds, wrong = [], []
    for server, slug in zip(servers, ("circle", "square"), strict=True):
        server.create_tenant(slug)
        key = server.issue_service_key(slug, "App", "--scope", "members:write")["token"]
        crowds.append([server.client(key) for _ in range(8)])

    def verify(client: Client, emails: list[str]) -> list[str]:
        headers = {"Authorization": f"Bearer {client.token}", "Content-Type": "application/json"}
        answers = [client.send("POST", "/api/v1/members", headers, json.dumps(
            {"user_name": email, "email": email, "email_verified": True}).encode()) for email in emails]
        return [f"{one.status} after {one.ms:.0f} ms: {one.body[:200]!r}" for one in answers if one.status != 201]

    with ThreadPoolExecutor(16) as pool:
        for number in range(rounds):
            emails, tasks = [f"{number}-{one}@example.com" for one in range(16)], []
            for crowd in crowds:
                random.shuffle(emails)
                tasks += [pool.submit(verify, one, emails[index::8]) for index, one in enumerate(crowd)]
            for task in tasks:
                wrong += task.result()
    outcome.check(f"{rounds} times sixteen addresses are verified in two tenants at once", not wrong,
                  f"{len(wrong)} were not: {wrong[:3]}")


def starting(outcome: Outcome, cluster: Cluster) -> None:
    """Four processes start at once on an empty database: one makes the tables, all serve."""
    url = cluster.database()
    servers = [Server(url=url) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        started = [pool.submit(server.start) for server in servers]
        failed = [str(one.exception()) for one in started if one.exception() is not None]
    try:
        if not outcome.check("four processes start at once on an empty database", not failed, "\n".join(failed)):
            return
        servers[0].create_tenant("acme")
        token = servers[1].issue_credential("acme")["token"]
        clients = [server.client(token) for server in servers]
        made = [one.scim("POST", "/Users", {"schemas": [USER], "userName": f"user-{index}"}).status
                for index, one in enumerate(clients)]
        seen = [one.scim("GET", "/Users").json()["totalResults"] for one in clients]
        outcome.check("each of the four serves", (made, seen) == ([201] * 4, [4] * 4), f"{made} {seen}")
        for command in (("verify",), ("audit", "verify")):
            done = servers[0].command(*command)
            outcome.check(f"four at once: {' '.join(command)}", done.returncode == 0, done.stdout + done.stderr)
    finally:
        for server in servers:
            if server.process is not None:
                server.stop()
            server.remove_files()


def names(outcome: Outcome, clients: list[Client], rounds: int) -> None:
    """P13: of two processes that are asked to make a user of one name, one makes it."""
    wrong = []
    with ThreadPoolExecutor(2) as pool:
        for number in range(rounds):
            document = {"schemas": [USER], "userName": f"name-{number}"}
            answers = list(pool.map(lambda one, what=document: one.scim("POST", "/Users", what).status, clients))
            if sorted(answers) != [201, 409]:
                wrong.append(answers)
    outcome.check(f"P13: {rounds} names are given once", not wrong, str(wrong[:5]))


def updates(outcome: Outcome, clients: list[Client], rounds: int) -> None:
    """P15: of two changes of one version, one is made; the other is told so."""
    made = clients[0].scim("POST", "/Users", {"schemas": [USER], "userName": "updated"}).json()
    path, wrong = "/Users/" + made["id"], []
    version = made["meta"]["version"]
    with ThreadPoolExecutor(2) as pool:
        for number in range(rounds):
            def change(index: int, tag: str = version, title: str = f"title {number}") -> int:
                answer = clients[index].scim("PATCH", path, {"schemas": [PATCH], "Operations": [
                    {"op": "replace", "path": "title", "value": f"{title} {index}"}]}, {"If-Match": tag})
                return answer.status
            answers = list(pool.map(change, (0, 1)))
            if sorted(answers) != [200, 412]:
                wrong.append(answers)
            version = clients[number % 2].scim("GET", path).json()["meta"]["version"]
    outcome.check(f"P15: of {rounds} pairs of changes one each is made", not wrong, str(wrong[:5]))


def circles(outcome: Outcome, clients: list[Client], rounds: int) -> None:
    """Two groups that are put into each other through two processes do not become a circle."""
    wrong = []
    with ThreadPoolExecutor(2) as pool:
        for number in range(rounds):
            groups = [clients[0].scim("POST", "/Groups", {
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
                "displayName": f"group {number} {side}"}).json()["id"] for side in (0, 1)]

            def put_in(side: int, ids: list[str] = groups) -> int:
                answer = clients[side].scim("PATCH", "/Groups/" + ids[side], {"schemas": [PATCH], "Operations": [
                    {"op": "add", "path": "members", "value": [{"value": ids[1 - side]}]}]})
                return answer.status
            answers = sorted(pool.map(put_in, (0, 1)))
            if answers[0] not in (200, 204) or answers[1] not in (400, 409):
                wrong.append(answers)
    outcome.check(f"{rounds} pairs of groups make no circle", not wrong, str(wrong[:5]))


def owners(outcome: Outcome, servers: list[Server], operator: str, rounds: int) -> None:
    """P14: of two last owners who leave at once, each through another process and in a way of its own, one stays;
    without the guard none."""
    tenant = Owners(servers[0], "owners", 2, operator)
    racers = Racers([tenant.clients[0], servers[1].client(tenant.scim.token)])
    ways, wrong = len(tenant.ways("")), []
    for number in range(rounds):
        answers = racers.race([tenant.leave(0, number), tenant.leave(1, number // ways)])
        if sum(map(succeeded, answers)) != 1 or sum(map(refused, answers)) != 1:
            wrong.append((number, [answer.body for answer in answers]))
        for which, answer in enumerate(answers):
            if succeeded(answer):
                tenant.back(which, tenant.scim)
    racers.end()
    outcome.check(f"P14: of two last owners who leave at once, one stays, {rounds} times", not wrong, str(wrong[:1]))
    tenant = Owners(servers[0], "unguarded", 2, operator, False)
    racers = Racers([tenant.clients[0], servers[1].client(tenant.scim.token)])
    answers = racers.race([tenant.leave(0, 0), tenant.leave(1, 0)])
    racers.end()
    outcome.check("P14: without the guard nobody stays", all(map(succeeded, answers)), str(answers))


def canary(outcome: Outcome) -> None:
    os.environ["ROLLCALL_BINARY"] = os.environ.get("ROLLCALL_CANARY_BINARY", "build/dev/rollcall")
    with Cluster() as cluster:
        url, unsafe = cluster.database(), ("--unsafe", "credentials-for-5s")
        with Server(*unsafe, url=url) as first, Server(*unsafe, url=url) as second:
            first.create_tenant("acme")
            _, late = revoked_under_load([first, second], first.operator("root")["token"], 1)
            outcome.check("canary: a credential that is remembered is noticed", len(late) > 0,
                          "no late answer was noticed: the test is blind, repair it")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--canary", action="store_true")
    arguments = parser.parse_args()
    rounds, outcome = arguments.rounds, Outcome()
    if arguments.canary:
        canary(outcome)
        outcome.finish()
    with Cluster() as cluster:
        starting(outcome, cluster)
        url = cluster.database()
        with Server(url=url) as first, Server(url=url) as second:
            servers = [first, second]
            first.create_tenant("acme", None, "--set", "group_cycles=refuse")
            issued = first.issue_credential("acme")
            operator = first.operator("root")["token"]
            revocation(outcome, servers, issued["token"], issued["id"], operator, rounds)
            settings(outcome, servers, issued["token"], operator, rounds)
            turns(outcome, servers, issued, operator, rounds // 4)
            served, late = revoked_under_load(servers, operator, rounds // 40)
            outcome.check("P30: there was work to interrupt", served > rounds // 40, str(served))
            outcome.check("P30: nothing begun after a revocation succeeds, on either process", not late, str(late[:5]))
            addresses(outcome, servers, rounds // 10)
            clients = [server.client(issued["token"]) for server in servers]
            names(outcome, clients, rounds // 4)
            updates(outcome, clients, rounds // 4)
            circles(outcome, clients, rounds // 20)
            owners(outcome, servers, operator, rounds // 4)
            verified = first.verify()
            outcome.check("verify", verified.returncode == 0, verified.stdout + verified.stderr)
    outcome.finish()


if __name__ == "__main__":
    main()
