"""Who follows cursors through a directory over HTTP, while others create, rename, switch off and delete, meets every
user that is left alone exactly once (C-CUR-35): in any order, with a filter, forwards by nextCursor and back by
previousCursor. tests/store/walk_test.cpp does the same with 100,000 users, below HTTP."""
from __future__ import annotations

import collections
import itertools
import threading
import time
import urllib.parse
from typing import Any

from program.check import Check
from support.client import Client
from support.server import Server

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"

USERS = 6_000
PAGE = 150
LETTERS = ("A", "b", "ß", "Ä", "e\u0301", "日", "Ж", "z")     # folded, composed and sorted in one way only


def name_of(number: int) -> str:
    return f"{LETTERS[number % len(LETTERS)]}{number * 7_919 % 100_003:06}.{number}"


def user(number: int, suffix: str = "") -> dict[str, Any]:
    document: dict[str, Any] = {"schemas": [USER], "userName": name_of(number) + suffix, "active": True}
    if number % 3:
        document["title"] = f"t{number % 40}"
    return document


def fill(client: Client) -> list[str]:
    ids: list[str] = []
    for start in range(0, USERS, 500):
        operations = [{"method": "POST", "path": "/Users", "bulkId": str(number), "data": user(number)}
                      for number in range(start, start + 500)]
        answer = client.scim("POST", "/Bulk", {"schemas": [BULK], "Operations": operations}).json()
        ids += [done["location"].rpartition("/")[2] for done in answer["Operations"]]
    return ids


class Others(threading.Thread):
    """Create, rename, switch off and on again, and delete, all over the directory. Users whose number ends with 3 or 7
    are theirs; all others are left alone."""

    def __init__(self, client: Client, ids: list[str], round_: int) -> None:
        super().__init__(daemon=True)
        self.client, self.ids, self.round = client, ids, round_
        self.over = threading.Event()
        self.turns = threading.Semaphore(0)         # one for each turn; a walk waits for one between two pages
        self.writes = 0
        self.wrong: list[str] = []

    def run(self) -> None:
        for turn in itertools.count():
            number = turn * 131 % USERS // 10 * 10
            created = self.client.scim("POST", "/Users", user(number, f"new{self.round}.{turn}"))
            renamed = self.patch(number + 3, "userName", name_of(number + 3) + f"r{self.round}.{turn}")
            switched = self.patch(number + 3, "active", turn % 2 == 0)
            gone = self.client.scim("DELETE", "/Users/" + self.ids[number + 7])
            answers = (created.status, renamed, switched, gone.status)
            if answers not in ((201, 200, 200, 204), (201, 200, 200, 404)):
                self.wrong.append(str(answers))
            self.writes += 4
            self.turns.release()
            if self.over.is_set():
                return

    def patch(self, number: int, path: str, value: Any) -> int:
        return self.client.scim("PATCH", "/Users/" + self.ids[number], {
            "schemas": [PATCH], "Operations": [{"op": "replace", "path": path, "value": value}]}).status


def walk(client: Client, others: Others, order: dict[str, str], method: str) -> tuple[list[str], list[str], str]:
    """ids met on the way forth, and on the way back; and what went wrong."""
    def page(cursor: str) -> dict[str, Any]:
        others.turns.acquire(timeout=1)
        if method == "POST":
            body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "count": PAGE,
                    "attributes": ["userName"], "cursor": cursor, **order}
            answer = client.scim("POST", "/Users/.search", body)
        else:
            asked = {"cursor": cursor, "count": str(PAGE), "attributes": "userName", **order}
            answer = client.scim("GET", "/Users?" + urllib.parse.urlencode(asked))
        if answer.status != 200:
            raise ValueError(f"{answer.status} {answer.body[:200]!r}")
        return dict(answer.json())

    forth: list[str] = []
    back: list[str] = []
    try:
        found = page("")
        while True:
            forth += [one["id"] for one in found["Resources"]]
            if "nextCursor" not in found:
                break
            found = page(found["nextCursor"])
        # The last page is where the way back begins.
        back += [one["id"] for one in found["Resources"]]
        while "previousCursor" in found:
            found = page(found["previousCursor"])
            back += [one["id"] for one in found["Resources"]]
    except ValueError as error:
        return forth, back, str(error)
    return forth, back, ""


def test_meet_everybody_once(check: Check) -> None:
    """C-CUR-35: each user left alone exactly once, forth and back, in every order, with and without a filter."""
    with Server() as server:
        client = server.tenant_client("acme")
        ids = fill(client)
        check.that("C-CUR-35 the users are there", len(ids) == USERS)
        alone = {ids[number] for number in range(USERS) if number % 10 not in (3, 7)}
        ways: list[tuple[str, dict[str, str]]] = [
            ("GET", {"sortBy": "userName"}),
            ("GET", {"sortBy": "userName", "sortOrder": "descending",
                     "filter": "active eq true and not (nickName pr)"}),
            ("POST", {"sortBy": "title", "filter": 'userName pr and meta.created gt "2000-01-01T00:00:00+02:00"'}),
            ("GET", {"sortBy": "meta.lastModified"}),
            ("GET", {})]
        for number, (method, order) in enumerate(ways):
            others = Others(Client(server.port, client.token), ids, number)
            others.start()
            began = time.monotonic()
            forth, back, wrong = walk(client, others, order, method)
            others.over.set()
            others.join()
            took = time.monotonic() - began
            what = f"C-CUR-35 {method} {order}"
            check.that(f"{what}: to the end and back", not wrong, wrong)
            for way, met in (("forth", forth), ("back", back)):
                times = collections.Counter(one for one in met if one in alone)
                missed, twice = alone - set(times), [one for one, count in times.items() if count > 1]
                check.that(f"{what}: {way}, each once", not missed and not twice,
                           f"{len(missed)} missed, {len(twice)} met twice, {took:.1f} s")
            check.that(f"{what}: others wrote meanwhile", others.writes > 4 * USERS // PAGE and not others.wrong,
                       f"{others.writes} {others.wrong[:3]}")
