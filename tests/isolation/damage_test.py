#!/usr/bin/env python3
"""Stores that say what this program cannot follow: a policy that it cannot read is nobody's policy, on every face, and
keeps a server from starting; `verify` names every invariant of members that does not hold. On either engine."""
from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support import program                      # noqa: E402
from support.client import Client, Response      # noqa: E402
from support.outcome import Outcome             # noqa: E402
from support.server import PASSWORD, Server      # noqa: E402

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ADMIN = "/api/admin/v1"
FORM = "application/x-www-form-urlencoded"


class World:
    """A tenant with everything that asks for its policy, and one beside it."""

    def __init__(self, server: Server, slug: str) -> None:
        self.server = server
        self.slug = slug
        self.client = Client(server.port)
        server.create_tenant(slug, None, "--set", "oauth_client_credentials=true")
        issued = server.issue_credential(slug)
        self.credential, self.token = issued["id"], issued["token"]
        self.app = server.issue_service_key(slug, "App", "--scope", "introspect,members:read,members:write,"
                                            "sessions:write,keys:write")["token"]
        self.operator = server.sign_in(operator="root")["token"]
        self.owner = server.administrator(slug, "olga", "owner", self.operator)
        invited = self.send("POST", f"{ADMIN}/members/{self.owner['id']}/invitation?tenant={slug}", self.operator)
        self.link = invited.json()["token"]

    def send(self, method: str, path: str, token: str | None, body: Any = None,
             kind: str = "application/json") -> Response:
        headers = {"Authorization": token if " " in token else f"Bearer {token}"} if token else {}
        content = None
        if body is not None:
            headers["Content-Type"] = kind
            content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        return self.client.send(method, path, headers, content)

    def questions(self) -> dict[str, Response]:
        basic = "Basic " + base64.b64encode(f"{self.credential}:{self.token}".encode()).decode()
        here = f"?tenant={self.slug}"
        user = {"schemas": [USER], "userName": "new"}
        sign_in = {"tenant": self.slug, "password": PASSWORD}
        return {
            "a list of SCIM": self.send("GET", "/scim/v2/Users", self.token),
            "... a creation": self.send("POST", "/scim/v2/Users", self.token, user, "application/scim+json"),
            "... below /api": self.send("GET", "/api/scim/v2/Users", self.token),
            "... with the tenant in the path": self.send("GET", f"/scim/v2/tenants/{self.slug}/Users", self.token),
            "... the configuration": self.send("GET", "/scim/v2/ServiceProviderConfig", self.token),
            "an access token": self.send("POST", "/oauth/token", basic, "grant_type=client_credentials", FORM),
            "the application's members": self.send("GET", "/api/v1/members", self.app),
            "... introspection": self.send("POST", "/api/v1/introspect", self.app, "token=rc_ses_none", FORM),
            "an administrator's members": self.send("GET", ADMIN + "/members", self.owner["token"]),
            "... policy": self.send("GET", ADMIN + "/policy", self.owner["token"]),
            "an operator's members": self.send("GET", ADMIN + "/members" + here, self.operator),
            "signing in": self.send("POST", ADMIN + "/sign-in", None, {**sign_in, "user_name": "olga"}),
            "... by nobody": self.send("POST", ADMIN + "/sign-in", None, {**sign_in, "user_name": "nobody"}),
            "a link": self.send("POST", ADMIN + "/invitations/accept", None, {"token": self.link, "password": "short"}),
        }


def is_served(answers: dict[str, int]) -> bool:
    return all(status < 500 for status in answers.values())


def policies(outcome: Outcome) -> None:
    with Server("--limit", "sign_ins_per_address_max=1000") as server:
        server.operator("root")
        world, other = World(server, "acme"), World(server, "bolt")
        served = {name: answer.status for name, answer in other.questions().items()}
        outcome.check("a policy that can be read is served", is_served(served), str(served))
        newer = "UPDATE tenant SET policy = replace(policy, '\"bulk\"', '\"not_known_yet\"') WHERE slug = 'acme'"
        server.change_behind(newer)
        for name, answer in world.questions().items():
            outcome.check(f"a policy that cannot be read is not taken for another: {name} is 503",
                          answer.status == 503 and int(answer.header("Retry-After") or "0") > 0,
                          f"{answer.status} {answer.header('Retry-After')} {answer.body[:200]!r}")
        after = {name: answer.status for name, answer in other.questions().items()}
        outcome.check("... and other tenants do not notice", is_served(after), str(after))
        told = [line for line in server.log().splitlines() if "policy cannot be read" in line]
        outcome.check("the log names the tenant and the key, once a minute",
                      len(told) == 1 and '"acme"' in told[0] and "not_known_yet" in told[0], str(told))
        found = server.verify()
        outcome.check("verify names it too: tenant.policy_readable",
                      found.returncode == 3 and found.stdout == "tenant.policy_readable\tacme\n", found.stdout)
        server.change_behind(newer.replace("not_known_yet", "*").replace("bulk", "not_known_yet").replace("*", "bulk"))
        again = {name: answer.status for name, answer in world.questions().items()}
        outcome.check("it is served again when it can be read", is_served(again), str(again))
        server.stop()
        for what, statement, says in (
                ("a key of a newer program", newer, "not_known_yet"),
                ("half a text", "UPDATE tenant SET policy = substr(policy, 1, 40) WHERE slug = 'acme'", "JSON object"),
                ("no policy at all", "UPDATE tenant SET policy = '[]' WHERE slug = 'acme'", "JSON object")):
            server.change_behind(statement)
            done = program.run("serve", "--store", server.store, "--listen", "127.0.0.1:0", timeout=30)
            outcome.check(f"a server does not start with {what}, and says whose it is",
                          done.returncode == 1 and "acme" in done.stderr and says in done.stderr,
                          f"exit {done.returncode}: {done.stderr}")
        server.process = None


ANN = "(SELECT m.id FROM member m JOIN resource r ON r.id = m.id WHERE r.user_name_key = 'ann')"
GONE = "(SELECT m.id FROM member m JOIN resource r ON r.id = m.id WHERE r.user_name_key = 'gone')"
TEAM = "(SELECT id FROM resource WHERE type = 'Group')"
KING = "(SELECT m.id FROM member m JOIN resource r ON r.id = m.id WHERE r.user_name_key = 'king')"

# The invariant, what breaks it, and what mends it; {on} and {off} are true and false of the engine.
DAMAGES = (
    ("session.member_is_active", f"UPDATE member_session SET member_id = {GONE}",
     f"UPDATE member_session SET member_id = {ANN}"),
    ("key.member_is_active", f"UPDATE member_key SET member_id = {GONE}", f"UPDATE member_key SET member_id = {ANN}"),
    ("admin_session.member_is_active", f"UPDATE admin_session SET member_id = {GONE} WHERE member_id IS NOT NULL",
     f"UPDATE admin_session SET member_id = {KING} WHERE member_id IS NOT NULL"),
    ("link.member_is_active", f"UPDATE member_token SET member_id = {GONE}",
     f"UPDATE member_token SET member_id = {ANN}"),
    ("credential.user_is_active", f"UPDATE credential SET user_id = {GONE} WHERE user_id IS NOT NULL",
     f"UPDATE credential SET user_id = {ANN} WHERE user_id IS NOT NULL"),
    ("resource.required_attributes",
     "UPDATE resource SET document = replace(document, 'displayName', 'displayedAs') WHERE type = 'Group'",
     "UPDATE resource SET document = replace(document, 'displayedAs', 'displayName') WHERE type = 'Group'"),
    ("unique_value.by_policy",
     "UPDATE tenant SET policy = replace(policy, '\"unique_external_ids\":false', '\"unique_external_ids\":true')",
     "UPDATE tenant SET policy = replace(policy, '\"unique_external_ids\":true', '\"unique_external_ids\":false')"),
    ("member.exists", f"UPDATE member SET id = {TEAM} WHERE id = {ANN}",
     f"UPDATE member SET id = (SELECT id FROM resource WHERE user_name_key = 'ann') WHERE id = {TEAM}"),
    ("member.user_exists", f"UPDATE member SET id = {TEAM} WHERE id = {ANN}",
     f"UPDATE member SET id = (SELECT id FROM resource WHERE user_name_key = 'ann') WHERE id = {TEAM}"),
    ("member.account_exists", f"UPDATE member SET account_id = id WHERE id = {ANN}",
     f"UPDATE member SET account_id = NULL WHERE id = {ANN}"),
    ("member.active", f"UPDATE member SET deactivated_at = 1 WHERE id = {ANN}",
     f"UPDATE member SET deactivated_at = NULL WHERE id = {ANN}"),
    ("member.hidden", f"UPDATE resource SET hidden = {{on}} WHERE id = {ANN}",
     f"UPDATE resource SET hidden = {{off}} WHERE id = {ANN}"),
    ("member.role_known", f"UPDATE member SET role = 'emperor' WHERE id = {ANN}",
     f"UPDATE member SET role = 'guest' WHERE id = {ANN}"),
    ("member.removed", f"UPDATE member SET removed_at = 1 WHERE id = {ANN}",
     f"UPDATE member SET removed_at = NULL WHERE id = {ANN}"),
    ("member.last_owner", f"UPDATE member SET deactivated_at = 1 WHERE id = {KING}",
     f"UPDATE member SET deactivated_at = NULL WHERE id = {KING}"),
    ("member.inactive_role",
     "UPDATE tenant SET policy = replace(policy, '\"inactive_role\":\"\"', '\"inactive_role\":\"member\"')",
     "UPDATE tenant SET policy = replace(policy, '\"inactive_role\":\"member\"', '\"inactive_role\":\"\"')"),
    ("resource.hidden_is_member", "UPDATE resource SET hidden = {on} WHERE type = 'Group'",
     "UPDATE resource SET hidden = {off} WHERE type = 'Group'"),
)


def damages(outcome: Outcome) -> None:
    with Server("--limit", "sign_ins_per_address_max=1000") as server:
        operator = server.operator("root")["token"]
        # A role below the first one, so that a role of inactive members fits.
        server.create_tenant("acme", None, "--set", 'roles=["member","guest","admin","owner"]', "--set",
                             "default_role=guest")
        king = server.administrator("acme", "king", "owner", operator)
        world = server.client(server.issue_credential("acme")["token"])
        made = {name: world.scim("POST", "/Users", {"schemas": [USER], "userName": name,
                                                    "externalId": name}).json()["id"] for name in ("ann", "gone")}
        world.scim("POST", "/Groups", {"schemas": [GROUP], "displayName": "Team", "members": [{"value": made["ann"]}]})
        world.scim("PATCH", f"/Users/{made['gone']}", {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "replace", "path": "active", "value": False}]})
        app = server.issue_service_key("acme", "App", "--scope", "sessions:write,keys:write")["token"]
        client = Client(server.port)
        headers = {"Authorization": f"Bearer {app}", "Content-Type": "application/json"}
        for path, body in (("sessions", b"{}"), ("keys", b'{"name": "K"}')):
            answer = client.send("POST", f"/api/v1/members/{made['ann']}/{path}", headers, body)
            assert answer.status == 201, answer.body
        server.api("POST", f"/members/{made['ann']}/invitation?tenant=acme", None, operator)
        server.issue_credential("acme", "Own", "--user", made["ann"])
        assert king["status"] == 201, king
        client.close()
        world.close()
        whole = server.verify()
        outcome.check("a directory that nobody damaged agrees with itself", whole.returncode == 0, whole.stdout)
        words = {"on": "true", "off": "false"} if server.store.startswith("postgres") else {"on": "1", "off": "0"}
        for invariant, damage, mending in DAMAGES:
            server.change_behind(damage.format(**words))
            found = server.verify()
            outcome.check(f"verify names {invariant}",
                          found.returncode == 3 and f"{invariant}\tacme" in found.stdout, found.stdout + found.stderr)
            server.change_behind(mending.format(**words))
            mended = server.verify()
            outcome.check(f"... and no more when it is mended: {invariant}", mended.returncode == 0, mended.stdout)


def documents(outcome: Outcome) -> None:
    """A row that somebody damaged is no reason for anything else to fail."""
    with Server() as server:
        server.create_tenant("acme", None)
        world = server.client(server.issue_credential("acme")["token"])
        made = {name: world.scim("POST", "/Users", {"schemas": [USER], "userName": name}).json()["id"]
                for name in ("ann", "bob")}
        for damaged in ("{}", "[]", "{", "{nonsense}", "x"):
            server.change_behind(f"UPDATE resource SET document = '{damaged}' WHERE user_name_key = 'ann'")
            for name, path in ("read", "/Users/" + made["ann"]), ("list", "/Users"):
                answer = world.scim("GET", path)
                outcome.check(f"a document {damaged}: {name} is 500 with a SCIM error", answer.status == 500 and
                              answer.json()["status"] == "500", f"{answer.status} {answer.body[:200]!r}")
            others = [world.scim("GET", "/Users/" + made["bob"]).status,
                      world.scim("GET", "/Users?filter=userName%20eq%20%22bob%22").status]
            outcome.check(f"a document {damaged}: others are served", others == [200, 200], str(others))
            found = server.verify()
            outcome.check(f"a document {damaged}: verify names it",
                          found.returncode == 3 and made["ann"] in found.stdout,
                          f"{found.returncode} {found.stdout} {found.stderr}")
            changed = world.scim("PUT", "/Users/" + made["ann"], {"schemas": [USER], "userName": "ann"})
            outcome.check(f"a document {damaged}: a change mends it or is 500", changed.status in (200, 500),
                          f"{changed.status} {changed.body[:200]!r}")
        world.close()


def main() -> None:
    outcome = Outcome("-v" in sys.argv)
    documents(outcome)
    policies(outcome)
    damages(outcome)
    outcome.finish()


if __name__ == "__main__":
    main()
