"""T7: who gets the userName of somebody who was deleted inherits nothing, on every profile, in every way to delete."""
from __future__ import annotations

import json
from typing import Any

from program.check import Check
from support.client import Client, Response
from support.server import Server, checkout_file

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
MODES = ("soft", "membership", "hard")
WITHOUT_GROUPS = {"modelux"}
HIDES_WHO_IS_RAISED = {"mobieus"}
# Tables that say what a member may or has, with the column that names it.
BELONGINGS = {"membership": "member_id", "scope_grant": "subject_id", "member_session": "member_id",
              "member_key": "member_id", "content": "owner_id", "member_password": "member_id",
              "provider_subject": "member_id"}


class Tenant:
    def __init__(self, server: Server, slug: str, profile: str, mode: str) -> None:
        self.server, self.slug, self.profile = server, slug, profile
        self.scim = server.tenant_client(slug, profile, "/scim/v2", "--set", f"delete={mode}",
                                         "--set", "sign_in_needs_verified_email=false")
        self.key = server.issue_service_key(slug, "App", "--scope", "sessions:write,keys:write",
                                            "--scope", "content:write,introspect,members:read")["token"]
        self.client = server.client()

    def app(self, method: str, path: str, document: Any = None, media_type: str = "application/json") -> Response:
        body = document if isinstance(document, bytes) or document is None else json.dumps(document).encode()
        return self.client.send(method, "/api/v1" + path,
                                {"Authorization": "Bearer " + self.key, "Content-Type": media_type}, body)

    def command(self, *words: str) -> None:
        done = self.server.command(*words, "--tenant", self.slug)
        assert done.returncode == 0, done.stderr

    def user(self, external: str) -> Response:
        return self.scim.scim("POST", "/Users", {"schemas": [USER], "userName": "ann", "externalId": external})

    def leaver(self) -> tuple[str, list[str]]:
        """With a role, a group, a grant, content, a session and a key. Its id, and its tokens."""
        ann = str(self.user("one").json()["id"])
        if self.profile not in HIDES_WHO_IS_RAISED:
            self.command("member", "set", "ann", "--role", "admin")
        if self.profile not in WITHOUT_GROUPS:
            owner = "super-admin" if self.profile == "mobieus" else "owner"
            self.command("member", "create", "keeper", "--role", owner)
            made = self.scim.scim("POST", "/Groups", {"schemas": [GROUP], "displayName": "staff",
                                                      "members": [{"value": ann}]})
            assert made.status == 201, made.body
        self.command("scope", "grant", ann, "org:acme=write")
        for scope in (f"user:{ann}", "org:acme"):
            put = self.app("PUT", "/content", {"scope": scope, "reference": "page", "owner": ann})
            assert put.status in (200, 201), put.body
        tokens = [self.app("POST", f"/members/{ann}/{what}", body) for what, body in
                  (("sessions", {}), ("keys", {"name": "key"}))]
        assert all(one.status == 201 for one in tokens), tokens
        return ann, [one.json()["token"] for one in tokens]

    def live(self, token: str) -> Any:
        return self.app("POST", "/introspect", b"token=" + token.encode(),
                        "application/x-www-form-urlencoded").json()["active"]

    def belongings(self, member: str) -> dict[str, int]:
        name = member.replace("-", "")
        counts = {}
        for table, column in BELONGINGS.items():
            rows = self.server.rows(f"SELECT count(*) AS n FROM {table} WHERE lower(hex({column})) = '{name}'")
            counts[table] = int(rows[0]["n"])
        return {table: count for table, count in counts.items() if count > 0}

    def close(self) -> None:
        self.scim.close()
        self.client.close()


def test_inherit_nothing(check: Check) -> None:
    with Server() as server:
        for profile in ("standard", "mobieus", "modelux", "plur"):
            for mode in MODES:
                tenant = Tenant(server, f"{profile}-{mode}", profile, mode)
                where = f"T7 {profile}, delete is {mode}"
                ann, tokens = tenant.leaver()
                had = tenant.belongings(ann)
                check.that(f"{where}: there is something to inherit", len(had) >= 4 and all(map(tenant.live, tokens)),
                           str(had))
                gone = tenant.scim.scim("DELETE", "/Users/" + ann)
                check.that(f"{where}: what opened is shut", gone.status == 204 and not any(map(tenant.live, tokens)),
                           f"{gone.status} {gone.body!r}")
                made = tenant.user("two")
                check.that(f"{where}: the newcomer is somebody else", made.status == 201 and made.json()["id"] != ann,
                           f"{made.status} {made.body!r}")
                newcomer = tenant.app("GET", "/members/" + made.json()["id"]).json()
                usual = json.loads(checkout_file("profiles", f"{profile}.json").read_text())["default_role"]
                check.that(f"{where}: has the role of everybody, and is active", newcomer["role"] == usual
                           and newcomer["active"] is True, str(newcomer))
                check.that(f"{where}: and nothing else", tenant.belongings(newcomer["id"]) == {},
                           str(tenant.belongings(newcomer["id"])))
                check.that(f"{where}: the old tokens stay dead", not any(map(tenant.live, tokens)))
                tenant.close()
