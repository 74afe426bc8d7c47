"""Tenants apart in the admin API (STD-12): whatever names something of another tenant is answered as what nobody has,
headers included: in paths, in queries, in cursors and in filters."""
from __future__ import annotations

import re
import urllib.parse
from collections.abc import Callable
from typing import Any, Protocol

from support.client import Response
from support.outcome import Outcome
from support.server import Server

UNKNOWN = "0190a000-0000-7000-8000-0000000000aa"
ALWAYS_DIFFERENT = {"date", "x-request-id"}
# What is in a path and names nothing of one tenant: every tenant has the same features.
NOT_OF_A_TENANT = {"feature"}
MALFORMED = ("nobody", "17", UNKNOWN.upper(), UNKNOWN[:-1], UNKNOWN + "0", "%27%22", "%00", "..%2F", "bulkId%3Ax",
             "x" * 300)
# What of the other tenant must be the same afterwards. What counts requests is not.
CHANGING = {"/status", "/audit", "/audit/export", "/notices"}


class World(Protocol):
    server: Server
    operator: str
    ours: dict[str, str]
    theirs: dict[str, str]

    def ask(self, row: dict[str, Any], token: str | None, tenant: str | None = None, **names: str) -> Response: ...


def fingerprint(answer: Response, identifier: str) -> bytes:
    """Everything that can be seen, with what was sent replaced; lengths are those of the text without it."""
    forms = sorted({identifier, urllib.parse.unquote(identifier)}, key=len, reverse=True)
    body = answer.body
    for form in forms:
        body = body.replace(form.encode(), b"ID")
    lines = [f"{name.lower()}: {len(body) if name.lower() == 'content-length' else value}"
             for name, value in answer.headers if name.lower() not in ALWAYS_DIFFERENT]
    return f"{answer.status}\n".encode() + "\n".join(lines).encode() + b"\n\n" + body


def neighbour(identifier: str) -> str:
    """An id that nobody has and that stands where this one does: ids have an order, which a list goes on from."""
    return identifier[:-1] + ("0" if identifier[-1] != "0" else "1")


def tenants_apart(outcome: Outcome, world: World, rows: list[dict[str, Any]]) -> None:
    before = snapshot(world, rows)
    in_paths(outcome, world, rows)
    in_queries(outcome, world)
    in_cursors(outcome, world)
    features(outcome, world)
    after = snapshot(world, rows)
    for path in before:
        outcome.check(f"the other tenant's {path} is what it was (STD-12)", before[path] == after[path],
                      f"{before[path]!r}\n{after[path]!r}"[:1000])
    outcome.check("... and there is something in it", len(before) >= 10 and all(
        world.theirs[name].encode() in b"".join(before.values()) for name in ("member", "group", "credential")), "")


def snapshot(world: World, rows: list[dict[str, Any]]) -> dict[str, bytes]:
    """What the other tenant sees of itself."""
    paths = [row["path"].removeprefix("/api/admin/v1") for row in rows
             if row["method"] == "GET" and row["needs"] == "administer" and "{" not in row["path"]]
    return {path: world.server.api("GET", path, None, world.theirs["admin_token"]).body
            for path in paths if path not in CHANGING}


def in_paths(outcome: Outcome, world: World, rows: list[dict[str, Any]]) -> None:
    token = world.ours["admin_token"]
    count = 0
    for row in rows:
        for position in re.findall(r"\{(\w+)\}", row["path"]):
            if position in NOT_OF_A_TENANT:
                continue
            count += 1
            name = f"{row['method']} {row['path']} with {position} of another tenant (STD-12)"
            if not outcome.check(f"{name}: the test has one", position in world.theirs, "its World makes none"):
                continue
            theirs = world.theirs[position]
            nobodys = "urn:example:Nobodys" if position == "schema" else UNKNOWN
            foreign, unknown = (world.ask(row, token, **{position: one}) for one in (theirs, nobodys))
            seen = fingerprint(foreign, theirs), fingerprint(unknown, nobodys)
            outcome.check(name, seen[0] == seen[1] and foreign.status == 404, f"{seen[0]!r}\n{seen[1]!r}")
            by_operator = world.ask(row, world.operator, "ours", **{position: theirs})
            outcome.check(name + ", by an operator in the wrong tenant", by_operator.status == 404,
                          f"{by_operator.status} {by_operator.body[:200]!r}")
            for text in MALFORMED:
                answer = world.ask(row, token, **{position: text})
                wanted = (400, 404) if "%" in text or len(text) > 100 else (404,)
                outcome.check(f"{row['method']} {row['path']} with {text[:40]} for {position}",
                              answer.status in wanted, f"{answer.status} {answer.body[:200]!r}")
    outcome.check("positions of ids were found", count >= 25, str(count))


def asked(world: World, path: str) -> Response:
    return world.server.api("GET", path, None, world.ours["admin_token"])


def in_queries(outcome: Outcome, world: World) -> None:
    """Each parameter that may be an id, and filters."""
    quoted = urllib.parse.quote
    places: dict[str, Callable[[str], str]] = {
        "after of members": lambda one: f"/members?after={one}",
        "after of groups": lambda one: f"/groups?after={one}",
        "a filter by id": lambda one: "/members?filter=" + quoted(f'id eq "{one}"'),
        "a filter by group": lambda one: "/members?filter=" + quoted(f'groups.value eq "{one}"'),
        "the actor of the audit": lambda one: f"/audit?actor={one}",
        "the target of the audit": lambda one: f"/audit?target={one}",
        "the actor of an export": lambda one: f"/audit/export?format=csv&actor={one}",
        "the target of an export": lambda one: f"/audit/export?format=csv&target={one}",
    }
    for place, path in places.items():
        for kind in ("member", "group", "credential", "mass_change"):
            theirs = world.theirs[kind]
            foreign, unknown = (asked(world, path(one)) for one in (theirs, neighbour(theirs)))
            seen = fingerprint(foreign, theirs), fingerprint(unknown, neighbour(theirs))
            outcome.check(f"{place}: a {kind} of another tenant is nobody (STD-12)", seen[0] == seen[1],
                          f"{seen[0]!r}\n{seen[1]!r}"[:1500])
        for text in MALFORMED:
            status = asked(world, path(text)).status
            outcome.check(f"{place}: {text[:40]}", status in (200, 400), str(status))
    own = asked(world, "/audit?target=" + world.ours["member"]).json()["changes"]
    outcome.check("... and one's own is somebody", len(own) > 0 and own[0]["target"] == world.ours["member"], str(own))
    outside = asked(world, "/members?tenant=theirs")
    outcome.check("the name of another tenant in the query is refused (STD-12)", outside.status == 403,
                  f"{outside.status} {outside.body[:200]!r}")


def in_cursors(outcome: Outcome, world: World) -> None:
    """A cursor of another tenant opens nothing of it."""
    secrets = [value.encode() for name, value in world.theirs.items() if name != "tenant"]
    theirs, ours = world.theirs["admin_token"], world.ours["admin_token"]
    mine = f"/credentials/{world.ours['credential']}/requests"
    yours = f"/credentials/{world.theirs['credential']}/requests"
    for name, foreign, own in (("members", "/members?limit=1", "/members?after={}"),
                               ("the audit", "/audit?count=1", "/audit?cursor={}"),
                               ("an export", "/audit?count=1", "/audit/export?format=csv&cursor={}"),
                               ("requests", yours, mine + "?cursor={}")):
        page = world.server.api("GET", foreign, None, theirs)
        cursor = page.json().get("next") or page.json().get("next_cursor") or "1"
        answer = world.server.api("GET", own.format(cursor), None, ours)
        outcome.check(f"a cursor of another tenant shows nothing of it: {name} (STD-12)", answer.status in (200, 400)
                      and not any(one in answer.body for one in secrets), f"{answer.status} {answer.body[:300]!r}")


def features(outcome: Outcome, world: World) -> None:
    """What one tenant switches is its own."""
    def switched(enabled: bool) -> tuple[int, bytes]:
        answer = world.server.api("PUT", "/features/learn_scim", {"enabled": enabled}, world.ours["admin_token"])
        return answer.status, world.server.api("GET", "/features", None, world.theirs["admin_token"]).body

    found = [switched(False), switched(True)]
    outcome.check("a feature that is switched off is the other tenant's all the same (STD-12)",
                  [one[0] for one in found] == [200, 200] and found[0][1] == found[1][1]
                  and b'"enabled":true' in found[0][1], str(found))
    unknown = world.server.api("PUT", "/features/nothing", {"enabled": True}, world.ours["admin_token"])
    outcome.check("a feature that there is not is 404", unknown.status == 404, f"{unknown.status} {unknown.body!r}")
