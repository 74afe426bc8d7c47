#!/usr/bin/env python3
"""Leavers lose everything (P31, T68): every way to deactivate or remove a member ends every kind of access at once,
and who comes back gets what the policy gives back and nothing else.

The canary: in a database that does not let go of sessions and keys, they survive, and the same questions must say so.
"""
from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.client import Client                # noqa: E402
from support.outcome import Outcome             # noqa: E402
from support.server import Server               # noqa: E402

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
MESSAGE = "urn:ietf:params:scim:api:messages:2.0"
ADMIN = "/api/admin/v1"
# Whether each policy gives API keys back; and the role of who leaves, of who has left, and of who is back.
PROFILES = {"standard": (False, ("admin", "admin", "admin")), "modelux": (True, ("admin", "admin", "admin")),
            "plur": (False, ("admin", "admin", "admin")),
            "mobieus": (False, ("registered", "banned", "registered"))}
# SCIM sees the two lowest of mobieus; here they administer, so that they have that to lose as well.
VALUES = {"mobieus": ("--set", "admin_role=registered", "--set", "sign_in_needs_verified_email=false")}


class World:
    def __init__(self, server: Server, profile: str) -> None:
        self.server = server
        self.slug = profile
        self.client = Client(server.port)
        # Nobody waits for an approval: that is the mass-change guard's.
        self.scim = server.tenant_client(profile, profile, "/scim/v2", "--set", "mass_change_members=1000000",
                                         *VALUES.get(profile, ()))
        self.app = server.issue_service_key(profile, "App", "--scope",
                                            "introspect,sessions:write,keys:write,members:read,members:write")["token"]
        self.operator = server.sign_in(operator="root")["token"]
        self.members = 0

    def send(self, method: str, path: str, token: str | None, body: Any = None, kind: str = "application/json") -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        content = None
        if body is not None:
            headers["Content-Type"] = kind
            content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        return self.client.send(method, path, headers, content)

    def leaver(self) -> tuple[str, dict[str, str]]:
        """A member that administers, and one of every kind of access that it may have."""
        self.members += 1
        name = f"leaver{self.members}"
        made = self.server.administrator(self.slug, name, PROFILES[self.slug][1][0], self.operator)
        member = made["id"]
        self.send("PATCH", f"{ADMIN}/members/{member}?tenant={self.slug}", self.operator,
                  {"managed": "scim", "email": f"{name}@{self.slug}.example"})
        path = f"/api/v1/members/{member}"
        link = self.send("POST", f"{ADMIN}/members/{member}/invitation?tenant={self.slug}", self.operator).json()
        return member, {
            "session": self.send("POST", path + "/sessions", self.app, {}).json()["token"],
            "key": self.send("POST", path + "/keys", self.app, {"name": "K"}).json()["token"],
            "credential": self.server.issue_credential(self.slug, "Own", "--user", member)["token"],
            "administration": made["token"],
            "link": link["token"],
            "verification": self.verification(member),
        }

    def verification(self, member: str) -> str:
        """A link that verifies the address. One is used up to see that it would be good: here, a first one."""
        path = f"{ADMIN}/members/{member}/email-verification?tenant={self.slug}"
        first, second = (self.send("POST", path, self.operator).json()["token"] for _ in range(2))
        # The second ends the first, so that only the last of two is asked.
        assert self.verifies(second), "a link that was just made verifies nothing"
        assert not self.verifies(first) and not self.verifies(second), "a link is good for once"
        return str(self.send("POST", path, self.operator).json()["token"])

    def verifies(self, token: str) -> bool:
        return self.send("POST", ADMIN + "/email-verifications", None, {"token": token}).status == 200

    def role(self, member: str) -> str:
        path = f"{ADMIN}/members/{member}?tenant={self.slug}"
        return str(self.send("GET", path, self.operator).json().get("role", "none"))

    def is_good(self, kind: str, token: str) -> bool:
        if kind in ("session", "key"):
            answer = self.send("POST", "/api/v1/introspect", self.app, "token=" + token,
                               "application/x-www-form-urlencoded")
            return bool(answer.json()["active"])
        if kind == "credential":
            return self.send("GET", "/scim/v2/Me", token).status == 200
        if kind == "administration":
            return self.send("GET", ADMIN + "/session", token).status == 200
        if kind == "verification":
            return self.verifies(token)
        # A link that is good says what is wrong with the password; it is not used up by that.
        answer = self.send("POST", ADMIN + "/invitations/accept", None, {"token": token, "password": "x"})
        return answer.status == 400

    def bulk(self, method: str, member: str, data: Any) -> int:
        part: dict[str, Any] = {"method": method, "path": f"/Users/{member}"}
        if data is not None:
            part["data"] = data
        answer = self.scim.scim("POST", "/Bulk", {"schemas": [MESSAGE + ":BulkRequest"], "Operations": [part]})
        return int(answer.json()["Operations"][0]["status"])


def patch(active: bool) -> dict[str, Any]:
    return {"schemas": [MESSAGE + ":PatchOp"], "Operations": [{"op": "replace", "path": "active", "value": active}]}


def put(world: World, member: str) -> dict[str, Any]:
    document = world.scim.scim("GET", f"/Users/{member}").json()
    return dict(document) | {"active": False}


WAYS: dict[str, Callable[[World, str], int]] = {
    "PATCH": lambda world, member: world.scim.scim("PATCH", f"/Users/{member}", patch(False)).status,
    "PUT": lambda world, member: world.scim.scim("PUT", f"/Users/{member}", put(world, member)).status,
    "DELETE": lambda world, member: world.scim.scim("DELETE", f"/Users/{member}").status,
    "PATCH in a Bulk": lambda world, member: world.bulk("PATCH", member, patch(False)),
    "DELETE in a Bulk": lambda world, member: world.bulk("DELETE", member, None),
    "the admin API": lambda world, member: world.send(
        "PATCH", f"{ADMIN}/members/{member}?tenant={world.slug}", world.operator, {"active": False}).status,
    "deletion by the admin API": lambda world, member: world.send(
        "DELETE", f"{ADMIN}/members/{member}?tenant={world.slug}", world.operator).status,
    "the application": lambda world, member: world.send(
        "PATCH", f"/api/v1/members/{member}", world.app, {"active": False}).status,
    "the command line": lambda world, member: 200 if world.server.command(
        "member", "set", member, "--active", "false", "--tenant", world.slug).returncode == 0 else 500,
}


def survivors(world: World, way: Callable[[World, str], int]) -> tuple[int, str, dict[str, str], list[str], list[str]]:
    member, tokens = world.leaver()
    # That a verification is good was seen with one like it: it is so once only.
    before = [kind for kind, token in tokens.items() if kind != "verification" and not world.is_good(kind, token)]
    status = way(world, member)
    return status, member, tokens, before, [kind for kind, token in tokens.items() if world.is_good(kind, token)]


def leavers(outcome: Outcome, world: World) -> None:
    for name, way in WAYS.items():
        # Bulk is not on every profile; a member that is deleted there is deleted here all the same.
        if "Bulk" in name and world.scim.scim("GET", "/ServiceProviderConfig").json()["bulk"]["supported"] is False:
            continue
        status, member, tokens, before, after = survivors(world, way)
        title = f"a leaver by {name}, {world.slug}"
        outcome.check(f"{title} could do everything before", not before and status < 300, f"{before} {status}")
        outcome.check(f"{title} can do nothing (P31, T68)", not after, str(after))
        roles = [PROFILES[world.slug][1][0], world.role(member)]
        back = world.scim.scim("PATCH", f"/Users/{member}", patch(True)).status
        if back != 200:
            outcome.check(f"{title} comes back only if it was not deleted", "DELETE" in name or "deletion" in name,
                          str(back))
            continue
        roles.append(world.role(member))
        outcome.check(f"{title} has the roles of the policy, before, away and back (MOB-05, MOD-04)",
                      tuple(roles) == PROFILES[world.slug][1], str(roles))
        alive = [kind for kind, token in tokens.items() if world.is_good(kind, token)]
        outcome.check(f"{title} gets back what the policy gives (MOD-04, PLU-07)",
                      alive == (["key"] if PROFILES[world.slug][0] else []), str(alive))


KEPT_ON_POSTGRES = """
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER kept BEFORE DELETE ON member_session FOR EACH ROW EXECUTE FUNCTION keep();
CREATE TRIGGER kept BEFORE UPDATE ON member_key FOR EACH ROW EXECUTE FUNCTION keep();
"""
KEPT = """
CREATE TRIGGER sessions_are_kept BEFORE DELETE ON member_session BEGIN SELECT RAISE(IGNORE); END;
CREATE TRIGGER keys_are_kept BEFORE UPDATE ON member_key BEGIN SELECT RAISE(IGNORE); END;
"""


def canary(outcome: Outcome) -> None:
    with Server("--limit", "sign_ins_per_address_max=1000") as server:
        server.operator("root")
        world = World(server, "standard")
        server.change_behind(KEPT, KEPT_ON_POSTGRES)
        after = survivors(world, WAYS["PATCH"])[4]
        outcome.check("canary: sessions and keys that survive are seen (P31)", after == ["session", "key"], str(after))


def main() -> None:
    outcome = Outcome("-v" in sys.argv)
    with Server("--limit", "sign_ins_per_address_max=1000") as server:
        server.operator("root")
        for profile in PROFILES:
            leavers(outcome, World(server, profile))
    canary(outcome)
    outcome.finish()


if __name__ == "__main__":
    main()
