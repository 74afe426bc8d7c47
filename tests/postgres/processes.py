#!/usr/bin/env python3
"""Two servers on one database (P30, P13, P14, P15): what one has answered holds on the other at once, and races that go
to both have one winner.

  processes.py [--rounds 1000]
"""
from __future__ import annotations

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.client import Client                                                     # noqa: E402
from support.outcome import Outcome                                                   # noqa: E402
from support.postgres import Cluster                                                  # noqa: E402
from support.server import Server                                                     # noqa: E402
from races.run import Racers, back, leave, refused, succeeded, two_owners             # noqa: E402

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


def owners(outcome: Outcome, servers: list[Server], rounds: int) -> None:
    """P14: of two last owners who leave at once, each through another process, one stays; without the guard none."""
    clients, users = two_owners(servers[0], "owners", True)
    racers = Racers([clients[0], servers[1].client(clients[1].token)])
    wrong = []
    for number in range(rounds):
        answers = racers.race([leave(number, users[0]), leave(number // 4, users[1])])
        if sum(map(succeeded, answers)) != 1 or sum(map(refused, answers)) != 1:
            wrong.append((number, [answer.body for answer in answers]))
        for answer, user in zip(answers, users, strict=True):
            if succeeded(answer):
                back(clients[0], user)
    racers.end()
    outcome.check(f"P14: of two last owners who leave at once, one stays, {rounds} times", not wrong, str(wrong[:1]))
    clients, users = two_owners(servers[0], "unguarded", False)
    racers = Racers([clients[0], servers[1].client(clients[1].token)])
    answers = racers.race([leave(0, users[0]), leave(0, users[1])])
    racers.end()
    outcome.check("P14: without the guard nobody stays", all(map(succeeded, answers)), str(answers))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=1000)
    rounds = parser.parse_args().rounds
    outcome = Outcome()
    with Cluster() as cluster:
        url = cluster.database()
        with Server(url=url) as first, Server(url=url) as second:
            servers = [first, second]
            first.create_tenant("acme", None, "--set", "group_cycles=refuse")
            issued = first.issue_credential("acme")
            operator = first.operator("root")["token"]
            revocation(outcome, servers, issued["token"], issued["id"], operator, rounds)
            settings(outcome, servers, issued["token"], operator, rounds)
            turns(outcome, servers, issued, operator, rounds // 4)
            clients = [server.client(issued["token"]) for server in servers]
            names(outcome, clients, rounds // 4)
            updates(outcome, clients, rounds // 4)
            circles(outcome, clients, rounds // 20)
            owners(outcome, servers, rounds // 4)
            verified = first.verify()
            outcome.check("verify", verified.returncode == 0, verified.stdout + verified.stderr)
    outcome.finish()


if __name__ == "__main__":
    main()
