"""Clients that write as fast as they can and remember what was acknowledged."""
from __future__ import annotations

import math
import random
import threading
from dataclasses import dataclass, field
from typing import Any

from support.client import Client, NoAnswer

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


@dataclass
class Written:
    """One user as its only writer knows it."""
    identifier: str
    title: str                       # acknowledged
    maybe: str | None = None         # sent, no answer: may be there or not
    in_group: bool = False
    deleted: bool = False
    maybe_deleted: bool = False


@dataclass
class History:
    users: list[Written] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)         # X-Request-Id of acknowledged writes
    refused: list[str] = field(default_factory=list)          # answers that were no success
    # When the whole request was sent (infinity: never), and what happened.
    unanswered: list[tuple[float, str]] = field(default_factory=list)
    # userNames of each Bulk that had no answer: all of it is there, or nothing.
    unanswered_bulks: list[list[str]] = field(default_factory=list)
    acknowledged: int = 0


class Writer(threading.Thread):
    """One client with users of its own; all writers share one group."""

    def __init__(self, number: int, port: int, token: str, group: str, seed: int) -> None:
        super().__init__(daemon=True)
        self.number = number
        self.client = Client(port, token, timeout=15)
        self.group = group
        self.random = random.Random(seed * 1000 + number)
        self.history = History()
        self.stopping = threading.Event()
        self.sequence = 0

    def run(self) -> None:
        while not self.stopping.is_set():
            if not self.step():
                break
        self.client.close()

    def step(self) -> bool:
        self.sequence += 1
        choice = self.random.random()
        alive = [user for user in self.history.users[-20:] if not user.deleted]
        if choice < 0.1:
            return self.bulk()
        if choice < 0.4 or not alive:
            return self.create()
        user = self.random.choice(alive)
        if choice < 0.7:
            return self.change(user)
        if choice < 0.95:
            return self.enter_group(user)
        return self.delete(user)

    def send(self, method: str, path: str, document: Any) -> dict[str, Any] | bool | None:
        """The document of a success (True without one), False after a refusal, None when no answer came."""
        try:
            answer = self.client.scim(method, path, document)
        except NoAnswer as error:
            self.history.unanswered.append((error.sent or math.inf, str(error)))
            return None
        if answer.status >= 300:
            self.history.refused.append(f"{method} {path}: {answer.status} {answer.body[:200]!r}")
            return False
        self.history.acknowledged += 1
        self.history.requests.append(answer.header("X-Request-Id") or "")
        if (answer.header("Connection") or "").lower() == "close":
            self.client.close()
        return answer.json() or True

    def create(self) -> bool:
        title = f"t{self.number}-{self.sequence}"
        made = self.send("POST", "/Users", {"schemas": [USER], "userName": f"u{self.number}-{self.sequence}-"
                                            f"{self.random.getrandbits(48):x}", "title": title})
        if isinstance(made, dict):
            self.history.users.append(Written(made["id"], title))
        return made is not None

    def bulk(self) -> bool:
        """Users of one manager, whom the group takes in: every operation but the first refers to another one."""
        title = f"t{self.number}-{self.sequence}"
        names = [f"b{self.number}-{self.sequence}-{i}-{self.random.getrandbits(48):x}" for i in range(8)]
        operations: list[dict[str, Any]] = [
            {"method": "POST", "path": "/Users", "bulkId": name,
             "data": {"schemas": [USER], "userName": name, "title": title,
                      ENTERPRISE: {"manager": {"value": f"bulkId:{names[-1]}"}}}} for name in names]
        members = [{"value": f"bulkId:{name}"} for name in names]
        operations.append({"method": "PATCH", "path": f"/Groups/{self.group}", "data": {
            "schemas": [PATCH], "Operations": [{"op": "add", "path": "members", "value": members}]}})
        done = self.send("POST", "/Bulk", {"schemas": [BULK], "Operations": operations})
        if not isinstance(done, dict):
            self.history.unanswered_bulks.append(names)
            return done is not None
        for result in done["Operations"]:
            if result["status"] not in ("201", "204"):
                self.history.refused.append(f"Bulk: {result}")
            elif result["method"] == "POST":
                self.history.users.append(Written(result["location"].rsplit("/", 1)[1], title, in_group=True))
        return True

    def change(self, user: Written) -> bool:
        title = f"t{self.number}-{self.sequence}"
        user.maybe = title
        done = self.send("PATCH", f"/Users/{user.identifier}", {
            "schemas": [PATCH], "Operations": [{"op": "replace", "path": "title", "value": title}]})
        if done:
            user.title = title
        if done is not None:
            user.maybe = None
        return done is not None

    def enter_group(self, user: Written) -> bool:
        added = {"op": "add", "path": "members", "value": [{"value": user.identifier}]}
        done = self.send("PATCH", f"/Groups/{self.group}", {"schemas": [PATCH], "Operations": [added]})
        user.in_group = user.in_group or bool(done)
        return done is not None

    def delete(self, user: Written) -> bool:
        user.maybe_deleted = True
        done = self.send("DELETE", f"/Users/{user.identifier}", None)
        user.deleted = bool(done)
        user.maybe_deleted = done is None
        return done is not None
