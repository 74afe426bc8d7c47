#!/usr/bin/env python3
"""Mass mistakes are survivable (P32, T66): an identity provider with a wrong scope.

  mass_change_test.py [--members 3000] [--groups 300]

Three stories: it deactivates five of six members, it deletes them, it empties all groups. Each time somebody is
told within the minute, nothing that happens after that is final, and one call brings the directory back to what it
was, within a minute. Beside each story is its canary: the same with the guard off, where the directory must not come
back, or this program could not tell.
"""
from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.client import Client                # noqa: E402
from support.outcome import Outcome             # noqa: E402
from support.server import Server               # noqa: E402

CORE = "urn:ietf:params:scim:schemas:core:2.0"
MESSAGE = "urn:ietf:params:scim:api:messages:2.0"
IN_GROUP, KEYS = 10, 20
SECONDS = 60


def operation(method: str, path: str, data: Any = None) -> dict[str, Any]:
    return {"method": method, "path": path} | ({"data": data} if data is not None else {})


def patch(*operations: dict[str, Any]) -> dict[str, Any]:
    return {"schemas": [MESSAGE + ":PatchOp"], "Operations": list(operations)}


class Directory:
    """A tenant with members and groups, and what can be seen of it."""

    groups_made = 300

    def __init__(self, server: Server, slug: str, members: int, *policy: str) -> None:
        self.server = server
        self.slug = slug
        options = [word for value in ("bulk=true", "groups=paths", "unique_group_names=true", *policy)
                   for word in ("--set", value)]
        self.scim = server.tenant_client(slug, "modelux", "/scim/v2", *options)
        key = server.issue_service_key(slug, "App", "--scope", "introspect,keys:write")
        self.application: Client = server.client(key["token"], "/api/v1")
        users = [operation("POST", "/Users", {"schemas": [CORE + ":User"], "userName": f"user{i}",
                                              "externalId": f"E{i}", "title": "Somebody"}) | {"bulkId": f"u{i}"}
                 for i in range(members)]
        self.users = [one["location"].rpartition("/")[2] for one in self.bulk(users)]
        groups = [operation("POST", "/Groups", {
            "schemas": [CORE + ":Group"], "displayName": f"Group {i}",
            "members": [{"value": self.users[(i * IN_GROUP + j) % members]} for j in range(IN_GROUP)]})
            | {"bulkId": f"g{i}"} for i in range(self.groups_made)]
        self.groups = [one["location"].rpartition("/")[2] for one in self.bulk(groups)]
        self.keys = [self.key_of(user) for user in self.users[:KEYS]]

    def close(self) -> None:
        self.scim.close()
        self.application.close()

    def bulk(self, operations: list[dict[str, Any]]) -> list[dict[str, Any]]:
        done: list[dict[str, Any]] = []
        for at in range(0, len(operations), 500):
            answer = self.scim.scim("POST", "/Bulk", {"schemas": [MESSAGE + ":BulkRequest"],
                                                      "Operations": operations[at:at + 500]})
            if answer.status != 200:
                raise SystemExit(f"Bulk: {answer.status} {answer.body[:300]!r}")
            done += answer.json()["Operations"]
        return done

    def key_of(self, user: str) -> str:
        answer = self.application.send("POST", f"/api/v1/members/{user}/keys",
                                       {"Authorization": f"Bearer {self.application.token}",
                                        "Content-Type": "application/json"}, b'{"name": "Key"}')
        return str(answer.json()["token"])

    def is_good(self, key: str) -> bool:
        answer = self.application.send("POST", "/api/v1/introspect",
                                       {"Authorization": f"Bearer {self.application.token}",
                                        "Content-Type": "application/x-www-form-urlencoded"}, b"token=" + key.encode())
        return bool(answer.json()["active"])

    def listed(self, path: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        start = 1
        while True:
            page = self.scim.scim("GET", f"{path}?count=200&startIndex={start}").json()
            for one in page.get("Resources", []):
                one["meta"] = {"created": one["meta"]["created"]}   # version and time go on
                for name in ("members", "groups"):
                    one[name] = sorted(element["value"] for element in one.get(name, []))
                found.append(one)
            start += 200
            if start > page["totalResults"]:
                return found

    def seen(self) -> str:
        everything = {path: self.listed(path) for path in ("/Users", "/Groups")}
        return json.dumps([everything, [self.is_good(key) for key in self.keys]], sort_keys=True)

    def mass_changes(self) -> list[dict[str, Any]]:
        done = self.server.command("mass-change", "list", "--tenant", self.slug, "--json")
        return list(json.loads(done.stdout))

    def command(self, *words: str) -> dict[str, Any]:
        done = self.server.command(*words, "--tenant", self.slug, "--json")
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(words)}: {done.stderr}")
        return dict(json.loads(done.stdout))


def deactivate(directory: Directory, some: int) -> list[dict[str, Any]]:
    return directory.bulk([operation("PATCH", f"/Users/{user}", patch({"op": "replace", "path": "active",
                                                                       "value": False}))
                           for user in directory.users[:some]])


def delete(directory: Directory, some: int) -> list[dict[str, Any]]:
    return directory.bulk([operation("DELETE", f"/Users/{user}") for user in directory.users[:some]])


def empty_groups(directory: Directory, _some: int) -> list[dict[str, Any]]:
    return directory.bulk([operation("PATCH", f"/Groups/{group}", patch({"op": "remove", "path": "members"}))
                           for group in directory.groups])


STORIES: list[tuple[str, Callable[[Directory, int], list[dict[str, Any]]]]] = [
    ("five of six are deactivated", deactivate), ("five of six are deleted", delete),
    ("all groups are emptied", empty_groups)]


def story(outcome: Outcome, server: Server, name: str, slug: str, members: int,
          mistake: Callable[[Directory, int], list[dict[str, Any]]]) -> None:
    directory = Directory(server, slug, members)
    some = members * 5 // 6
    before = directory.seen()
    mark = len(server.log())
    done = mistake(directory, some)
    outcome.check(f"{name}: nothing of it is refused (T66)",
                  all(one["status"][0] == "2" for one in done), str(done[:2]))
    changes = directory.mass_changes()
    if not outcome.check(f"{name}: it is noticed (P32)", len(changes) == 1 and changes[0]["state"] == "open",
                         str(changes)):
        return
    outcome.check(f"{name}: the log says so (P32)", '"mass change"' in server.log(mark), server.log(mark)[-500:])
    outcome.check(f"{name}: all who lost something are counted",
                  changes[0]["losses"] >= min(some, len(directory.groups) * IN_GROUP), str(changes))
    after = directory.seen()
    outcome.check(f"{name}: access ends at once (T66)", after != before and not (
        mistake is not empty_groups and any(directory.is_good(key) for key in directory.keys)), "")
    started = time.monotonic()
    decision = directory.command("mass-change", "undo", "open")
    took = time.monotonic() - started
    outcome.check(f"{name}: everything is put back", decision["skipped"] == [] and took < SECONDS,
                  f"{len(decision['skipped'])} skipped, {took:.1f} s")
    paused = directory.scim.scim("GET", "/Users?count=1")
    outcome.check(f"{name}: the identity provider waits (T66)",
                  paused.status == 503 and paused.header("Retry-After") == "3600", str(paused.status))
    directory.command("credential", "enable", decision["paused"][0])
    outcome.check(f"{name}: the directory is what it was (P32)", directory.seen() == before, "it is not")
    directory.close()


def canary(outcome: Outcome, server: Server, name: str, slug: str, members: int,
           mistake: Callable[[Directory, int], list[dict[str, Any]]]) -> None:
    directory = Directory(server, slug, members, "mass_change_guard=off")
    before = directory.seen()
    mistake(directory, members * 5 // 6)
    undone = directory.server.command("mass-change", "undo", "open", "--tenant", slug)
    outcome.check(f"{name}: without the guard it is not (canary of P32)",
                  directory.mass_changes() == [] and undone.returncode == 1 and directory.seen() != before,
                  "nothing was lost, so this test would not notice")
    directory.close()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--members", type=int, default=3000)
    parser.add_argument("--groups", type=int, default=Directory.groups_made)
    parser.add_argument("-v", action="store_true")
    arguments = parser.parse_args()
    Directory.groups_made = arguments.groups
    outcome = Outcome(arguments.v)
    with Server("--limit", "bulk_operations_max=1000") as server:
        for number, (name, mistake) in enumerate(STORIES):
            story(outcome, server, name, f"story{number}", arguments.members, mistake)
            canary(outcome, server, name, f"canary{number}", arguments.members // 10, mistake)
        checked = server.verify()
        outcome.check("the directory agrees with itself", checked.returncode == 0, checked.stdout[-500:])
    outcome.finish()


if __name__ == "__main__":
    main()
