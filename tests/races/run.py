#!/usr/bin/env python3
"""Requests that race: a name is given once (P13), a tenant keeps an owner (P14), no update is lost (P15), and a hidden
member takes as long as one that is not there (P28).

  run.py [--rounds 2000] [--owner-rounds 2000]
  run.py --canary    a server whose guard counts owners before it has the tenant's lock, and one that takes longer for
                     hidden members, must be caught (build/dev/rollcall)

Each promise about owners has its opposite beside it: the same race on a tenant whose policy switches the guard off must
end without an owner, or this program could not tell.
"""
from __future__ import annotations

import argparse
import json
import random
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.client import Client, Response     # noqa: E402
from support.outcome import Outcome             # noqa: E402
from support.server import Server               # noqa: E402

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ROLE = "urn:modelux:params:scim:schemas:extension:2.0:User"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


def ask(client: Client, method: str, path: str, document: Any = None, tag: str = "") -> Response:
    headers = {"Authorization": f"Bearer {client.token}"} | ({"If-Match": tag} if tag else {})
    if document is None:
        return client.send(method, client.base + path, headers)
    headers["Content-Type"] = "application/scim+json"
    return client.send(method, client.base + path, headers, json.dumps(document).encode())


class Racers:
    """Clients that do one thing each at the same time, round after round."""

    def __init__(self, clients: list[Client]) -> None:
        self.clients = clients
        self.barrier = threading.Barrier(len(clients) + 1)
        self.tasks: list[Callable[[Client], Response]] = []
        self.answers: list[Response | None] = [None] * len(clients)
        self.ending = False
        self.threads = [threading.Thread(target=self._run, args=(i,), daemon=True) for i in range(len(clients))]
        for thread in self.threads:
            thread.start()

    def _run(self, index: int) -> None:
        while True:
            self.barrier.wait()
            if self.ending:
                return
            self.answers[index] = self.tasks[index](self.clients[index])
            self.barrier.wait()

    def race(self, tasks: list[Callable[[Client], Response]]) -> list[Response]:
        self.tasks = tasks
        self.barrier.wait()
        self.barrier.wait()
        return [answer for answer in self.answers if answer is not None]

    def end(self) -> None:
        self.ending = True
        self.barrier.wait()
        for thread in self.threads:
            thread.join()


def wide(text: str) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) for letter in text)


def names_are_given_once(outcome: Outcome, server: Server, rounds: int) -> None:
    clients = [server.tenant_client("names")]
    clients += [Client(server.port, clients[0].token) for _ in range(3)]
    racers = Racers(clients)
    wrong = []
    for number in range(rounds):
        name = f"race{number}"
        spellings = [name, name.upper(), wide(name), name]

        def create(client: Client, spelling: str) -> Response:
            return ask(client, "POST", "/Users", {"schemas": [USER], "userName": spelling})

        answers = racers.race([lambda client, s=spelling: create(client, s) for spelling in spellings])
        statuses = sorted(answer.status for answer in answers)
        types = {answer.json().get("scimType") for answer in answers if answer.status == 409}
        if statuses != [201, 409, 409, 409] or types != {"uniqueness"}:
            wrong.append((number, statuses, types))
    racers.end()
    title = f"P13: of 4 creations with one name, spelt differently, one wins, {rounds} times"
    outcome.check(title, not wrong, f"{len(wrong)} rounds, the first: {wrong[:1]}")


def patch(*operations: dict[str, Any]) -> dict[str, Any]:
    return {"schemas": [PATCH], "Operations": list(operations)}


def four_clients(server: Server, slug: str) -> tuple[list[Client], list[str]]:
    """And four users."""
    clients = [server.tenant_client(slug)]
    clients += [Client(server.port, clients[0].token) for _ in range(3)]
    users = [ask(clients[0], "POST", "/Users", {"schemas": [USER], "userName": f"u{i}"}).json()["id"] for i in range(4)]
    return clients, users


def of_one_version_one_wins(outcome: Outcome, server: Server, rounds: int) -> None:
    clients, users = four_clients(server, "versions")
    path, wrong, count = f"/Users/{users[0]}", [], 0
    racers = Racers(clients)
    tag = ask(clients[0], "GET", path).header("ETag") or ""
    for number in range(rounds):
        def change(client: Client, index: int, tag: str = tag, title: str = f"title {number}") -> Response:
            if index == 3:
                return ask(client, "PUT", path, {"schemas": [USER], "userName": "u0", "title": f"{title} put"}, tag)
            retitled = patch({"op": "replace", "path": "title", "value": f"{title} {index}"})
            return ask(client, "PATCH", path, retitled, tag)

        answers = racers.race([lambda client, i=index: change(client, i) for index in range(4)])
        won = [answer for answer in answers if answer.status == 200]
        count += len(won)
        if len(won) != 1 or sorted(answer.status for answer in answers) != [200, 412, 412, 412]:
            wrong.append((number, [answer.status for answer in answers]))
        now = ask(clients[0], "GET", path)
        if len(won) == 1 and now.json()["title"] != won[0].json()["title"]:
            wrong.append((number, [now.body, won[0].body]))
        tag = now.header("ETag") or ""
    racers.end()
    title = f"P15: of 4 changes of one version one is made and the others are told so, {rounds} times"
    outcome.check(title, not wrong and count == rounds, f"{len(wrong)} rounds, the first: {wrong[:1]}")


def every_member_is_kept(outcome: Outcome, server: Server, rounds: int) -> None:
    clients, users = four_clients(server, "members")
    made = ask(clients[0], "POST", "/Groups", {"schemas": [GROUP], "displayName": "all"})
    path, wrong = f"/Groups/{made.json()['id']}", []
    racers = Racers(clients)
    for number in range(rounds):
        def add(client: Client, user: str) -> Response:
            return ask(client, "PATCH", path, patch({"op": "add", "path": "members", "value": [{"value": user}]}))

        answers = racers.race([lambda client, u=user: add(client, u) for user in users])
        members = {one["value"] for one in ask(clients[0], "GET", path).json().get("members", [])}
        if members != set(users) or any(answer.status not in (200, 204) for answer in answers):
            wrong.append((number, members, [answer.status for answer in answers]))
        ask(clients[0], "PATCH", path, patch({"op": "remove", "path": "members"}))
    racers.end()
    title = f"P15: of 4 members that are added at once none is lost, {rounds} times"
    outcome.check(title, not wrong, f"{len(wrong)} rounds, the first: {wrong[:1]}")


def leave(how: int, user: str) -> Callable[[Client], Response]:
    inactive = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "active", "value": False}]}
    demoted = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": f"{ROLE}:role", "value": "member"}]}
    ways: list[Callable[[Client], Response]] = [
        lambda client: ask(client, "PATCH", f"/Users/{user}", inactive),
        lambda client: ask(client, "PUT", f"/Users/{user}",
                           {"schemas": [USER], "userName": f"n{user}", "active": False}),
        lambda client: ask(client, "PATCH", f"/Users/{user}", demoted),
        lambda client: ask(client, "POST", "/Bulk", {"schemas": [BULK], "Operations": [
            {"method": "PATCH", "path": f"/Users/{user}", "data": inactive}]}),
    ]
    return ways[how % len(ways)]


def succeeded(answer: Response) -> bool:
    if answer.status == 200 and "Operations" in (answer.json() or {}):
        return bool(answer.json()["Operations"][0]["status"] == "200")
    return answer.status == 200


def refused(answer: Response) -> bool:
    document = answer.json() or {}
    if answer.status == 200 and "Operations" in document:
        first = document["Operations"][0]
        return bool(first["status"] == "409" and first["response"]["scimType"] == "mutability")
    return bool(answer.status == 409 and document.get("scimType") == "mutability")


def two_owners(server: Server, slug: str, guard: bool) -> tuple[list[Client], list[str]]:
    # With the ceiling at the top SCIM may give back what a round took.
    setting = f"last_owner_guard={'true' if guard else 'false'}"
    made = server.command("tenant", "create", slug, "--profile", "modelux", "--set", setting, "--set",
                          "scim_ceiling_role=owner", "--json")
    assert made.returncode == 0, made.stderr
    issued = server.command("credential", "issue", "--tenant", slug, "--name", "race", "--json")
    clients = [Client(server.port, json.loads(issued.stdout)["token"]) for _ in range(2)]
    users = []
    for _ in range(2):
        answer = ask(clients[0], "POST", "/Users", {
            "schemas": [USER, ROLE], "userName": f"o{len(users)}", ROLE: {"role": "owner"}})
        assert answer.status == 201, answer.body
        users.append(answer.json()["id"])
        back(clients[0], users[-1])
    return clients, users


def back(client: Client, user: str) -> None:
    answer = ask(client, "PUT", f"/Users/{user}", {
        "schemas": [USER, ROLE], "userName": f"n{user}", "active": True, ROLE: {"role": "owner"}})
    assert answer.status == 200, answer.body


def an_owner_stays(outcome: Outcome, server: Server, rounds: int) -> None:
    clients, users = two_owners(server, "owners", True)
    racers = Racers(clients)
    wrong: list[Any] = []
    for number in range(rounds):
        answers = racers.race([leave(number, users[0]), leave(number // 4, users[1])])
        if sum(map(succeeded, answers)) != 1 or sum(map(refused, answers)) != 1:
            wrong.append((number, [answer.body for answer in answers]))
        for answer, user in zip(answers, users, strict=True):
            if succeeded(answer):
                back(clients[0], user)
    racers.end()
    title = f"P14: of two last owners who leave at once, each in one of four ways, one stays, {rounds} times"
    outcome.check(title, not wrong, f"{len(wrong)} rounds, the first: {wrong[:1]}")


def without_guard_none_stays(outcome: Outcome, server: Server) -> None:
    clients, users = two_owners(server, "unguarded", False)
    racers = Racers(clients)
    answers = racers.race([leave(0, users[0]), leave(0, users[1])])
    racers.end()
    title = "P14: without the guard nobody stays"
    outcome.check(title, all(map(succeeded, answers)), str([answer.body for answer in answers]))


def race_until_both_leave(outcome: Outcome, rounds: int) -> None:
    """The guard without the lock: two who leave at once count on each other, and the race must show it."""
    with Server("--unsafe", "owners-before-lock") as server:
        clients, users = two_owners(server, "hasty", True)
        racers = Racers(clients)
        caught = 0
        for number in range(rounds):
            answers = racers.race([leave(number, users[0]), leave(number // 4, users[1])])
            gone = list(map(succeeded, answers))
            if all(gone):
                caught = number + 1
                break
            for left, user in zip(gone, users, strict=True):
                if left:
                    back(clients[0], user)
        # With one request at a time the guard still holds: what is caught is the race.
        racers.end()
        for user in users:
            back(clients[0], user)
        alone = [leave(0, user)(clients[0]) for user in users]
    outcome.check("canary: a guard that counts before it has the lock is caught", caught > 0,
                  f"in {rounds} rounds somebody always stayed: the test is blind, repair it")
    outcome.check("canary: ... and holds where nobody races", succeeded(alone[0]) and refused(alone[1]),
                  str([answer.body for answer in alone]))
    print(f"the canary was caught in round {caught}", flush=True)


def header_names(answer: Response) -> list[str]:
    """Without the farewell to a connection that has been used often enough."""
    return sorted(name for name, _ in answer.headers if name != "Connection")


def hidden_and_absent(server: Server) -> tuple[Client, str, str]:
    """A tenant, one of its members that SCIM may not see, and an id that is nobody's."""
    client = server.tenant_client("hidden", "mobieus")
    for number in range(300):
        ask(client, "POST", "/Users", {"schemas": [USER], "userName": f"u{number}"})
    user = ask(client, "GET", "/Users?filter=userName%20eq%20%22u150%22").json()["Resources"][0]["id"]
    promoted = server.command("member", "set", user, "--tenant", "hidden", "--role", "moderator")
    assert promoted.returncode == 0, promoted.stderr
    return client, user, user[:-1] + ("0" if user[-1] != "0" else "1")


def precedence(ones: list[float], others: list[float]) -> float:
    """How often one of the first takes longer than one of the others (Mann and Whitney's U, divided by the pairs): 0.5
    when nobody can tell them apart, whatever the form of the distributions and however long the longest take."""
    ranked = sorted([(value, 0) for value in others] + [(value, 1) for value in ones])
    total, at = 0.0, 0
    while at < len(ranked):
        end = at
        while end < len(ranked) and ranked[end][0] == ranked[at][0]:
            end += 1
        total += sum(which for _, which in ranked[at:end]) * (at + end + 1) / 2
        at = end
    return (total - len(ones) * (len(ones) + 1) / 2) / (len(ones) * len(others))


# A request that a hidden member would have answered, and how many of each are compared.
WAYS_TO_ASK: tuple[tuple[str, Any, int], ...] = (
    ("GET", None, 1_000), ("DELETE", None, 300), ("PUT", {"schemas": [USER], "userName": "x"}, 300),
    ("PATCH", {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "title", "value": "x"}]}, 300))
# Five times what chance does to 300 of each; on a machine with other work one attempt may still be over it.
FARTHEST, ATTEMPTS = 0.12, 3


def how_far_apart(client: Client, user: str, absent: str, way: tuple[str, Any, int]) -> tuple[float, bool]:
    """|precedence - 0.5| of requests that take turns, each pair in an order of its own; and whether answers differ."""
    method, document, samples = way
    times: dict[str, list[float]] = {user: [], absent: []}
    same = True
    for _ in range(samples):
        answers = {who: ask(client, method, f"/Users/{who}", document) for who in random.sample((user, absent), 2)}
        one, other = answers[user], answers[absent]
        same &= one.status == other.status == 404 and one.body == other.body
        same &= header_names(one) == header_names(other)
        for who, answer in answers.items():
            times[who].append(answer.ms)
    return abs(precedence(times[user], times[absent]) - 0.5), same


def the_hidden_take_as_long(outcome: Outcome, server: Server) -> None:
    client, user, absent = hidden_and_absent(server)
    for way in WAYS_TO_ASK:
        seen = []
        same = True
        while len(seen) < ATTEMPTS and (not seen or seen[-1] > FARTHEST):
            far, alike = how_far_apart(client, user, absent, way)
            seen.append(far)
            same &= alike
        outcome.check(f"P28: a hidden member has the bytes and headers of an absent one: {way[0]}", same, "they differ")
        outcome.check(f"P28: ... and takes as long: {way[0]}", seen[-1] <= FARTHEST, f"each time apart by {seen}")


def who_takes_longer_is_seen(outcome: Outcome) -> None:
    """A server that looks at a hidden member before it says that there is nobody. Reads tell; what changes something
    takes as long as the disk takes, and hides as much."""
    with Server("--unsafe", "hidden-take-longer") as server:
        client, user, absent = hidden_and_absent(server)
        far, _ = how_far_apart(client, user, absent, WAYS_TO_ASK[0])
    outcome.check("canary: a hidden member that takes longer is caught", far > FARTHEST,
                  f"apart by {far} only: the test is blind, repair it")
    print(f"the hidden are apart by {far:.2f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=2_000)
    parser.add_argument("--owner-rounds", type=int, help="of the last owner alone; like --rounds when not given")
    parser.add_argument("--canary", action="store_true")
    arguments = parser.parse_args()
    outcome = Outcome()
    if arguments.canary:
        race_until_both_leave(outcome, arguments.rounds)
        who_takes_longer_is_seen(outcome)
        return outcome.finish()
    with Server() as server:
        names_are_given_once(outcome, server, arguments.rounds)
        an_owner_stays(outcome, server, arguments.owner_rounds or arguments.rounds)
        without_guard_none_stays(outcome, server)
        of_one_version_one_wins(outcome, server, arguments.rounds)
        every_member_is_kept(outcome, server, arguments.rounds // 4)
        the_hidden_take_as_long(outcome, server)
        verified = server.verify()
        outcome.check("the directory agrees with itself", verified.returncode == 0, verified.stdout)
    outcome.finish()


if __name__ == "__main__":
    main()
