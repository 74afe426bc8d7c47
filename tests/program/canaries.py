"""Canaries of the promises that a setting switches: each question must get the promised answer, and another one where
the setting is off. A question that gets the same answer both times proves nothing."""
from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from program.check import Check
from support.client import Client
from support.server import PASSWORD, Server

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


class World:
    def __init__(self, server: Server, slug: str, profile: str, *values: str) -> None:
        self.server, self.slug = server, slug
        options = [part for value in values for part in ("--set", value)]
        self.scim = server.tenant_client(slug, profile, "/scim/v2", *options)

    def user(self, name: str, **more: Any) -> Any:
        return self.scim.scim("POST", "/Users", {"schemas": [USER], "userName": name, **more})

    def patch(self, path: str, *operations: dict[str, Any]) -> Any:
        return self.scim.scim("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)})

    def command(self, *words: str) -> Any:
        done = self.server.command(*words, "--tenant", self.slug, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def app(self, key: str, method: str, path: str, document: Any = None, form: str = "") -> Any:
        client = Client(self.server.port)
        body = form.encode() if form else None if document is None else json.dumps(document).encode()
        kind = "application/x-www-form-urlencoded" if form else "application/json"
        answer = client.send(method, "/api/v1" + path, {"Authorization": "Bearer " + key, "Content-Type": kind}, body)
        client.close()
        return answer


def hidden(world: World) -> bool:
    """MOB-06: a manual member is nobody for SCIM."""
    made = world.command("member", "create", "boss", "--role", "registered" if world.slug.endswith("on") else "member")
    return world.scim.scim("GET", f"/Users/{made['id']}").status == 404


def emails(world: World) -> bool:
    """STD-07: an address is one member's."""
    mail = [{"value": "one@acme.example", "type": "work"}]
    return [world.user(name, emails=mail).status for name in ("ann", "bob")] == [201, 409]


def cycles(world: World) -> bool:
    """STD-09: groups do not contain each other."""
    outer, inner = (world.scim.scim("POST", "/Groups", {"schemas": [GROUP], "displayName": name}).json()["id"]
                    for name in ("outer", "inner"))
    answers = [world.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": [{"value": member}]}).status
               for group, member in ((outer, inner), (inner, outer))]
    return answers[0] < 300 and answers[1] == 400


def quota(world: World) -> bool:
    """T67: no more members than the tenant may have."""
    return [world.user(name).status for name in ("ann", "bob", "cid")] == [201, 201, 403]


def sync(world: World) -> bool:
    """PLU-05: a group that was not selected grants nothing."""
    ann = world.user("ann").json()["id"]
    world.scim.scim("POST", "/Groups", {"schemas": [GROUP], "displayName": "Sales", "members": [{"value": ann}]})
    key = world.command("service-key", "issue", "--name", "App", "--scope", "scopes:read")["token"]
    answer = world.app(key, "GET", f"/members/{ann}/scopes")
    assert answer.status == 200, answer.body
    return "group:sales" not in answer.body.decode()


def keys(world: World) -> bool:
    """PLU-07: API keys of who comes back stay dead."""
    ann = world.user("ann").json()["id"]
    app = world.command("service-key", "issue", "--name", "App", "--scope", "keys:write,introspect")["token"]
    token = world.app(app, "POST", f"/members/{ann}/keys", {"name": "Key"}).json()["token"]
    for active in (False, True):
        world.patch(f"/Users/{ann}", {"op": "replace", "path": "active", "value": active})
    return not world.app(app, "POST", "/introspect", form="token=" + token).json()["active"]


def approvers(world: World) -> bool:
    """T66: one person releases nothing."""
    for name in ("ann", "bob"):
        world.scim.scim("DELETE", f"/Users/{world.user(name).json()['id']}")
    return world.command("mass-change", "release", "open")["state"] == "open"


def verification(world: World) -> bool:
    """MOB-14: an address that comes by SCIM is not verified."""
    ann = world.user("ann", emails=[{"value": "ann@acme.example", "type": "work"}]).json()["id"]
    listed = world.command("member", "list")
    return "emailVerifiedAt" not in next(one for one in listed if one["id"] == ann)


Question = Callable[[World], bool]
SWITCHED: list[tuple[Question, tuple[str, ...], tuple[str, ...]]] = [
    # question, profile and values where the promise holds, and where it must not
    (hidden, ("mobieus",), ("standard",)),
    (emails, ("standard", "unique_emails=true"), ("standard", "unique_emails=false")),
    (cycles, ("standard", "group_cycles=refuse"), ("standard", "group_cycles=allow")),
    (quota, ("standard", "members_max=2"), ("standard", "members_max=0")),
    (sync, ("plur", "group_sync=selected"), ("plur", "group_sync=all")),
    (keys, ("plur", "keys_on_return=stay_dead"), ("plur", "keys_on_return=revive")),
    (approvers, ("standard", "mass_change_members=1", "mass_change_percent=0", "mass_change_second_approver=true"),
     ("standard", "mass_change_members=1", "mass_change_percent=0")),
    (verification, ("standard", "email_verification=never"), ("standard", "email_verification=trusted")),
]


def test_policies(check: Check) -> None:
    """MOB-06 STD-07 STD-09 T67 PLU-05 PLU-07 T66 MOB-14, each with its canary."""
    with Server() as server:
        for question, on, off in SWITCHED:
            name, meaning = question.__name__, (question.__doc__ or "").strip()
            check.that(meaning, question(World(server, f"{name}-on", *on)))
            check.that(f"canary: not with {' '.join(off)}", not question(World(server, f"{name}-off", *off)),
                       "the answer is the same: the test would not notice")


def locked_out(server: Server) -> bool:
    """Five wrong passwords, then even the right one has to wait."""
    operator = server.operator("root")["token"]
    server.create_tenant("acme")
    server.administrator("acme", "ann", "owner", operator)
    who = {"tenant": "acme", "user_name": "ann"}
    wrong = [server.api("POST", "/sign-in", {**who, "password": "wrong " + PASSWORD}).status for _ in range(5)]
    assert wrong == [401] * 5, wrong
    late = server.api("POST", "/sign-in", {**who, "password": PASSWORD})
    return late.status == 429 and int(late.header("Retry-After") or 0) > 0


def test_lock_out(check: Check) -> None:
    """The lock-out of administrators, and a server without it."""
    often = ("--limit", "sign_ins_per_address_max=1000")
    with Server(*often) as server:
        check.that("after five wrong passwords a name waits", locked_out(server))
    with Server(*often, "--limit", "sign_in_failures_max=1000000") as server:
        check.that("canary: not without the lock-out", not locked_out(server), "it does")


def test_rotation(check: Check) -> None:
    """MOB-19 STD-11: the token before is good during the overlap, and dead without one."""
    with Server() as server:
        server.create_tenant("acme")
        for overlap, wanted in (("1h", 200), ("0s", 401)):
            made = server.issue_credential("acme", "Okta " + overlap)
            done = server.command("credential", "rotate", made["id"], "--tenant", "acme", "--overlap", overlap,
                                  "--json")
            new = json.loads(done.stdout)["token"] if done.returncode == 0 else done.stderr
            found = [server.client(token).scim("GET", "/Users").status for token in (made["token"], new)]
            check.that(f"overlap {overlap}: the token before is answered {wanted}, the new one 200",
                       found == [wanted, 200], f"{found} {done.stderr}")
