#!/usr/bin/env python3
"""A tenant of each profile, with what its rules keep beside the resources: hidden members, roles of before, owners of
cohorts, groups that are not enabled, who was deleted. Moved to PostgreSQL, backed up there and restored as a file, each
tenant must answer what it answered before: the rules are asked, not the rows.
"""
from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support import program                              # noqa: E402
from support.client import Client, Response              # noqa: E402
from support.outcome import Outcome                      # noqa: E402
from support.postgres import Cluster                     # noqa: E402
from support.server import Server                        # noqa: E402

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ROLE = "urn:modelux:params:scim:schemas:extension:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
SCOPES = "members:read,groups:read,scopes:read,introspect,keys:write"


class Tenant:
    """The same tokens and ids wherever the tenant is."""

    def __init__(self, server: Server, profile: str) -> None:
        self.profile = profile
        self.token = server.tenant_client(profile, profile).token
        self.key = server.issue_service_key(profile, "App", "--scope", SCOPES)["token"]
        self.ids: dict[str, str] = {}
        self.tokens: dict[str, str] = {}
        self.at(server)

    def at(self, server: Server) -> None:
        self.server = server
        self.scim = Client(server.port, self.token)

    def command(self, *words: str) -> Any:
        done = self.server.command(*words, "--tenant", self.profile, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def app(self, method: str, path: str, body: bytes | None = None, kind: str = "application/json") -> Any:
        client = Client(self.server.port)
        headers = {"Authorization": "Bearer " + self.key} | ({"Content-Type": kind} if body is not None else {})
        answer = client.send(method, "/api/v1" + path, headers, body)
        client.close()
        return answer.json()

    def user(self, name: str, **more: Any) -> Response:
        return self.scim.scim("POST", "/Users", {"schemas": [USER], "userName": name, **more})

    def make(self, name: str, **more: Any) -> str:
        answer = self.user(name, **more)
        assert answer.status == 201, answer.body
        self.ids[name] = answer.json()["id"]
        return self.ids[name]

    def group(self, name: str, *members: str) -> None:
        answer = self.scim.scim("POST", "/Groups", {"schemas": [GROUP], "displayName": name,
                                                    "members": [{"value": one} for one in members]})
        assert answer.status == 201, answer.body
        self.ids[name] = answer.json()["id"]

    def switch(self, name: str, active: bool) -> Response:
        return self.scim.scim("PATCH", f"/Users/{self.ids[name]}", {"schemas": [PATCH], "Operations": [
            {"op": "replace", "path": "active", "value": active}]})

    def status(self, method: str, path: str) -> int:
        return self.scim.scim(method, path).status

    def role(self, name: str) -> str:
        return str(self.app("GET", f"/members/{self.ids[name]}").get("role"))


def fill_mobieus(tenant: Tenant) -> None:
    tenant.ids["root"] = tenant.command("member", "create", "root", "--role", "super-admin")["id"]
    tenant.command("member", "create", "later", "--role", "super-admin")
    for name in ("ann", "raised", "banned"):
        tenant.make(name, externalId="E-" + name)
    tenant.group("Autumn", tenant.ids["ann"])
    tenant.command("member", "set", "raised", "--role", "moderator")
    tenant.switch("banned", False)


def ask_mobieus(tenant: Tenant) -> dict[str, Any]:
    ids = tenant.ids
    listed = tenant.scim.scim("GET", "/Users").json()
    return {
        "MOB-06 a promoted member is nobody": (tenant.status("GET", f"/Users/{ids['raised']}"), 404),
        "MOB-06 a manual one too, to changes": (tenant.status("DELETE", f"/Users/{ids['root']}"), 404),
        "MOB-07 lists count the others only": (listed["totalResults"], 2),
        "MOB-15 the name of a hidden member is taken": (tenant.user("x", externalId="E-raised").status, 409),
        "MOB-12 the cohort is the first super-admin's": (
            tenant.app("GET", f"/groups/{ids['Autumn']}")["owner"], ids["root"]),
        "MOB-05 who was banned is": (tenant.role("banned"), "banned"),
        "MOB-05 ... and comes back registered": (
            (tenant.switch("banned", True).status, tenant.role("banned"), tenant.switch("banned", False).status),
            (200, "registered", 200)),
    }


def fill_modelux(tenant: Tenant) -> None:
    for name in ("ann", "bob"):
        tenant.make(name)
    tenant.command("member", "set", "bob", "--role", "owner")
    tenant.command("member", "set", "ann", "--role", "admin")
    tenant.tokens["ann"] = tenant.app("POST", f"/members/{tenant.ids['ann']}/keys", b'{"name": "K"}')["token"]
    tenant.switch("ann", False)


def ask_modelux(tenant: Tenant) -> dict[str, Any]:
    def live() -> bool:
        return bool(tenant.app("POST", "/introspect", b"token=" + tenant.tokens["ann"].encode(),
                               "application/x-www-form-urlencoded")["active"])

    member = tenant.app("GET", f"/members/{tenant.ids['ann']}")
    away = live()
    back = tenant.switch("ann", True).json()
    good = live()
    gone = tenant.switch("ann", False).status
    return {
        "MOD-03 who is away is marked, with when and by whom": (
            member["active"] is False and "deactivated_at" in member and member["deactivated_by"][:10], "credential"),
        "MOD-03 ... and its key is dead": (away, False),
        "MOD-04 it comes back with the role of before": ((back["active"], back[ROLE]["role"]), (True, "admin")),
        "MOD-04 ... and its key": ((good, gone, live()), (True, 200, False)),
        "MOD-08 the last owner stays": (tenant.switch("bob", False).status, 409),
        "MOD-11 there are no groups": (tenant.status("GET", "/Groups"), 404),
    }


def fill_plur(tenant: Tenant) -> None:
    for name in ("ann", "gone"):
        tenant.make(name, externalId="E-" + name)
    tenant.group("Admins", tenant.ids["ann"])
    tenant.group("Engineering/Platform", tenant.ids["ann"])
    tenant.command("group", "enable", "Engineering/Platform")
    tenant.command("member", "set", "gone", "--role", "admin")
    assert tenant.status("DELETE", f"/Users/{tenant.ids['gone']}") == 204
    tenant.ids["manual"] = tenant.command("member", "create", "manual", "--role", "admin")["id"]


def ask_plur(tenant: Tenant) -> dict[str, Any]:
    scopes = {one["scope"] for one in tenant.app("GET", f"/members/{tenant.ids['ann']}/scopes")["scopes"]}
    deleted = tenant.status("GET", f"/Users/{tenant.ids['gone']}")
    revived = tenant.user("gone", externalId="E-gone")
    role = tenant.role("gone")
    return {
        "PLU-04 a group that is enabled grants its scope, PLU-05 another one nothing": (
            scopes, {"group:engineering/platform", "user:" + tenant.ids["ann"]}),
        "PLU-05 SCIM sees no difference": (
            len(tenant.scim.scim("GET", f"/Users/{tenant.ids['ann']}").json()["groups"]), 2),
        "PLU-08 who was deleted is nobody": (deleted, 404),
        "PLU-08 ... and revived with its own externalId, in the role of everybody": (
            (revived.status, revived.json()["id"] == tenant.ids["gone"], role,
             tenant.status("DELETE", f"/Users/{tenant.ids['gone']}")), (201, True, "member", 204)),
        "PLU-10 a manual account that was not pre-linked is not adopted": (tenant.user("manual").status, 409),
    }


def fill_standard(tenant: Tenant) -> None:
    for name in ("ann", "gone"):
        tenant.make(name, externalId="E-" + name, emails=[{"value": f"{name}@profiles.example"}])
    tenant.group("Inner", tenant.ids["ann"])
    tenant.group("Outer", tenant.ids["Inner"])
    assert tenant.status("DELETE", f"/Users/{tenant.ids['gone']}") == 204


def ask_standard(tenant: Tenant) -> dict[str, Any]:
    ids = tenant.ids
    circle = tenant.scim.scim("PATCH", f"/Groups/{ids['Inner']}", {"schemas": [PATCH], "Operations": [
        {"op": "add", "path": "members", "value": [{"value": ids["Outer"]}]}]})
    another = tenant.user("gone", externalId="another")
    free = (another.status, another.json()["id"] != ids["gone"],
            tenant.status("DELETE", f"/Users/{another.json()['id']}"))
    listed = {one["id"]: one for one in tenant.command("member", "list")}
    return {
        "STD-06 who was deleted is nobody": (tenant.status("GET", f"/Users/{ids['gone']}"), 404),
        "STD-06 ... and kept": ("removedAt" in listed[ids["gone"]], True),
        "STD-06 ... its name is free for somebody else": (free, (201, True, 204)),
        "STD-07 an address is one member's": (
            tenant.user("x", emails=[{"value": "ANN@profiles.example"}]).status, 409),
        "STD-09 circles are refused": (circle.status, 400),
        "STD-09 members are members of what is around": ({one["value"] for one in tenant.scim.scim(
            "GET", f"/Users/{ids['ann']}").json()["groups"]}, {ids["Inner"], ids["Outer"]}),
    }


PROFILES: dict[str, tuple[Callable[[Tenant], None], Callable[[Tenant], dict[str, Any]]]] = {
    "mobieus": (fill_mobieus, ask_mobieus), "modelux": (fill_modelux, ask_modelux),
    "plur": (fill_plur, ask_plur), "standard": (fill_standard, ask_standard)}


def ask(outcome: Outcome, where: str, server: Server, tenants: list[Tenant]) -> None:
    for tenant in tenants:
        tenant.at(server)
        for question, (found, wanted) in PROFILES[tenant.profile][1](tenant).items():
            outcome.check(f"{where}, {tenant.profile}: {question}", found == wanted, f"{found}, not {wanted}")
        tenant.scim.close()
    checked = server.verify()
    outcome.check(f"{where}: verify", checked.returncode == 0, checked.stdout[-800:])


def done(outcome: Outcome, what: str, *words: str) -> bool:
    result = program.run(*words, "--json", timeout=120)
    return outcome.check(what, result.returncode == 0, result.stdout + result.stderr)


def main() -> None:
    outcome = Outcome("-v" in sys.argv)
    with Cluster() as cluster, tempfile.TemporaryDirectory() as folder, Server() as server:
        tenants = [Tenant(server, profile) for profile in PROFILES]
        for tenant in tenants:
            PROFILES[tenant.profile][0](tenant)
        ask(outcome, "where they were made", server, tenants)
        server.stop()
        moved = cluster.database()
        file, restored = os.path.join(folder, "all.backup"), os.path.join(folder, "restored.db")
        if done(outcome, "copied to PostgreSQL", "store", "copy", server.store, moved):
            with Server(url=moved) as copy:
                ask(outcome, "after the copy", copy, tenants)
            if done(outcome, "backed up", "store", "backup", file, "--store", moved) and done(
                    outcome, "restored as a file", "store", "restore", file, "--store", "sqlite:" + restored) and done(
                    outcome, "confirmed", "credential", "confirm", "--store", "sqlite:" + restored):
                with Server(store=restored) as again:
                    ask(outcome, "after the restore", again, tenants)
        server.start()
    outcome.finish()


if __name__ == "__main__":
    main()
