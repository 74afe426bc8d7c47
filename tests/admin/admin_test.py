#!/usr/bin/env python3
"""The admin API against its own route table: who may ask what (T16, T18), tenants apart (STD-12), and whether
api/openapi/admin.json says what the server does."""
from __future__ import annotations

import json
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from admin.apart import tenants_apart                    # noqa: E402
from admin.described import Judge                        # noqa: E402
from support import program                              # noqa: E402
from support.client import Client, Response              # noqa: E402
from support.openid_provider import OpenIdProvider       # noqa: E402
from support.outcome import Outcome                      # noqa: E402
from support.server import PASSWORD, Server, checkout_file   # noqa: E402

BASE = "/api/admin/v1"
UNKNOWN = "0190a000-0000-7000-8000-0000000000aa"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
# Where a body is needed for the request to come as far as the id.
BODIES: dict[str, dict[str, Any]] = {
    "PATCH /members/{member}": {"display_name": "x"}, "PUT /groups/{group}/sync": {"enabled": True},
    "PUT /features/{feature}": {"enabled": True}, "PUT /members/{member}/grants": {"grants": []},
    "PUT /groups/{group}/grants": {"grants": []}, "PUT /credentials/{credential}/networks": {"networks": []},
    "PUT /members/{member}/openid-subject": {"subject": "x"}}
NAMES = ("member", "group", "credential", "service_key", "mass_change", "issuer")
SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Schema"
# The public key of RFC 8037 §A.2.
KEYS = {"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "one", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


class World:
    """Two tenants with everything in them that has an id, and everybody who might ask."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.operator = server.operator("root")["token"]
        self.theirs = self.fill("theirs")
        self.ours = self.fill("ours")
        self.callers = {
            "nobody": None,
            "a credential of the tenant": self.ours["credential_token"],
            "a service key of the tenant": self.ours["service_token"],
            "a token that is none": "rc_adm_" + "A" * 48,
            "an administrator of another tenant": self.theirs["admin_token"],
        }

    def fill(self, tenant: str) -> dict[str, str]:
        scim = self.server.tenant_client(tenant)
        admin = self.server.administrator(tenant, "ann", "owner", self.operator)
        credential = self.server.issue_credential(tenant, "Second")
        service = self.server.issue_service_key(tenant, "Key", "--scope", "members:read")
        member = scim.scim("POST", "/Users", {"schemas": [USER], "userName": "m",
                                              "emails": [{"value": f"m@{tenant}.example"}]}).json()["id"]
        group = scim.scim("POST", "/Groups", {"schemas": [GROUP], "displayName": "g"}).json()["id"]
        self.server.command("openid", "set", "--tenant", tenant, "--issuer", "https://id.example", "--client-id", "x")
        issuer = self.server.api("PUT", f"/issuers?tenant={tenant}", {
            "issuer": "https://id.example", "audience": "rollcall", "keys": KEYS}, self.operator).json()["credential"]
        schema = f"urn:example:{tenant.title()}"
        loaded = self.server.api("POST", f"/schemas?tenant={tenant}", {"documents": [{
            "schemas": [SCHEMA], "id": schema, "name": "Of" + tenant,
            "attributes": [{"name": "weight", "type": "string"}]}]}, self.operator)
        assert loaded.status == 200, loaded.body
        return {"mass_change": self.mass_change(tenant, scim), "issuer": issuer, "schema": schema, "member": member,
                "group": group, "credential": credential["id"], "service_key": service["id"],
                "admin_token": admin["token"], "credential_token": credential["token"],
                "service_token": service["token"], "tenant": tenant}

    def mass_change(self, tenant: str, scim: Client) -> str:
        """Two leave, where more than one is too many."""
        self.server.command("tenant", "set", tenant, "mass_change_members=1", "mass_change_percent=0")
        for name in ("leaver1", "leaver2"):
            user = scim.scim("POST", "/Users", {"schemas": [USER], "userName": name}).json()["id"]
            scim.scim("PATCH", f"/Users/{user}", {"schemas": [PATCH], "Operations": [
                {"op": "replace", "path": "active", "value": False}]})
        scim.close()
        self.server.command("tenant", "set", tenant, "mass_change_members=1000000")
        return str(self.server.api("GET", f"/mass-changes?tenant={tenant}", None, self.operator).json()
                   ["mass_changes"][0]["id"])

    def ask(self, row: dict[str, Any], token: str | None, tenant: str | None = None, **names: str) -> Response:
        pattern = row["path"].removeprefix(BASE)
        path = re.sub(r"\{(\w+)\}", lambda match: names.get(match[1], UNKNOWN), pattern)
        body = BODIES.get(f"{row['method']} {pattern}", {}) if row["body"] == "json" else None
        return self.server.api(row["method"], path + (f"?tenant={tenant}" if tenant else ""), body, token)


def who_may_ask(outcome: Outcome, world: World, rows: list[dict[str, Any]]) -> None:
    for row in rows:
        if not row["needs"]:
            continue
        name = f"{row['method']} {row['path']}"
        ids = {key: world.ours[key] for key in NAMES}
        for caller, token in world.callers.items():
            if caller == "an administrator of another tenant" and row["needs"].startswith("session"):
                continue                              # it is about that session and nothing else
            answer = world.ask(row, token, "ours", **ids)
            wanted = {401} if caller in ("nobody", "a token that is none") else {403}
            outcome.check(f"{name} by {caller} (T16, T18)", answer.status in wanted,
                          f"{answer.status} {answer.body[:200]!r}")
        if row["needs"].startswith("operator"):
            answer = world.ask(row, world.ours["admin_token"])
            outcome.check(f"{name} by an administrator (T18)", answer.status == 403, str(answer.status))
        if row["needs"].startswith("administer"):
            answer = world.ask(row, world.operator)
            outcome.check(f"{name} by an operator who names no tenant (T18)", answer.status == 403,
                          str(answer.status))


def sessions_of_roles(server: Server, slug: str, profile: dict[str, Any], operator: str) -> dict[str, str]:
    """One of each role that signs in: all did so while the lowest role was enough."""
    roles = [role for role in profile["roles"] if role != profile.get("inactive_role")]
    server.create_tenant(slug, slug.removeprefix("of-"))
    server.command("tenant", "set", slug, f"admin_role={roles[0]}")
    sessions = {role: server.administrator(slug, role, role, operator)["token"] for role in roles}
    server.command("tenant", "set", slug, f"admin_role={profile['admin_role']}")
    return sessions


def roles_administer(outcome: Outcome, world: World, rows: list[dict[str, Any]]) -> None:
    """Every route by every role of every profile: from admin_role up it answers, below nobody has a session."""
    unknown = dict.fromkeys(NAMES, UNKNOWN)
    for name in ("mobieus", "modelux", "plur", "standard"):
        slug = "of-" + name
        profile = json.loads(checkout_file("profiles", f"{name}.json").read_text(encoding="utf-8"))
        sessions = sessions_of_roles(world.server, slug, profile, world.operator)
        least = profile["roles"].index(profile["admin_role"])
        for role, token in sessions.items():
            may = profile["roles"].index(role) >= least
            wrong, count = [], 0
            for row in rows:
                if not row["needs"].startswith("administer") and (may or not row["needs"]):
                    continue
                for tenant in ("", slug, "theirs"):
                    count += 1
                    status = world.ask(row, token, tenant, **unknown).status
                    good = status == 401 if not may else (status == 403) == (tenant == "theirs") and status < 500 \
                        and status != 401
                    wrong += [] if good else [(row["method"], row["path"], tenant, status)]
            title = f"T18: in {name} a {role} {'administers its tenant and no other' if may else 'administers nothing'}"
            outcome.check(title, not wrong and count > 100, f"{count} requests: {wrong[:5]}")


def described(outcome: Outcome, world: World, rows: list[dict[str, Any]]) -> None:
    document = json.loads(checkout_file("api", "openapi", "admin.json").read_text(encoding="utf-8"))
    served = {(row["method"], row["path"].removeprefix(BASE)): row for row in rows}
    stated = {(method.upper(), path): operation for path, operations in document["paths"].items()
              for method, operation in operations.items()}
    outcome.check("every endpoint is described, and nothing else", set(served) == set(stated),
                  str(set(served) ^ set(stated)))
    for key in set(served) & set(stated):
        outcome.check(f"{key[0]} {key[1]} states what it needs", served[key]["needs"] == stated[key]["x-needs"], "")
        outcome.check(f"{key[0]} {key[1]} says whether it has a body",
                      (served[key]["body"] == "json") == ("requestBody" in stated[key]), "")
    answer = world.server.api("GET", "/openapi.json")
    outcome.check("the document that is served is the one of the source tree", answer.json() == document, "")
    # What they answer is judged wherever they are asked (described.py): here, that they are.
    for (method, path), operation in stated.items():
        if method != "GET" or "200" not in operation["responses"]:
            continue
        token = world.operator if operation["x-needs"] == "operator" else world.ours["admin_token"]
        got = world.ask(served[method, path], token, **{key: world.ours[key] for key in NAMES})
        outcome.check(f"{method} {path} is answered", got.status == 200, f"{got.status} {got.body[:200]!r}")


# ---- each change leaves its event (STD-13)

# What is sent to each route that changes something, in this order; each answer must be a success.
CHANGES: list[tuple[str, dict[str, Any] | None, str]] = [
    ("PATCH /policy", {"rotation_reminder_days": 77}, "tenant.set"),
    ("PUT /features/{feature}", {"enabled": False}, "tenant.disable"),
    ("POST /members", {"user_name": "eve", "email": "eve@ours.example"}, "user.create"),
    ("PATCH /members/{member}", {"display_name": "Em"}, "user.update"),
    ("POST /members/{member}/invitation", None, "member.invite"),
    ("POST /members/{member}/email-verification", None, "member.begin_email_verification"),
    ("PUT /members/{member}/grants", {"grants": [{"scope": "global", "access": "read"}]}, "grants.set"),
    ("PUT /groups/{group}/grants", {"grants": [{"scope": "org:a", "access": "write"}]}, "grants.set"),
    ("PUT /groups/{group}/sync", {"enabled": False}, "group.disable"),
    ("POST /credentials", {"name": "Third"}, "credential.issue"),
    ("POST /credentials/{credential}/rotate", {"overlap": "1h"}, "credential.rotate"),
    ("POST /credentials/{credential}/disable", None, "credential.disable"),
    ("POST /credentials/{credential}/enable", None, "credential.enable"),
    ("PUT /credentials/{credential}/networks", {"networks": ["127.0.0.1"]}, "credential.networks"),
    ("POST /credentials/{credential}/quarantine", None, "credential.quarantine"),
    ("POST /credentials/{credential}/confirm", None, "credential.confirm"),
    ("POST /credentials/{credential}/revoke", None, "credential.revoke"),
    ("POST /service-keys", {"name": "Fourth", "scopes": ["members:read"]}, "service-key.issue"),
    ("POST /service-keys/{service_key}/revoke", None, "service-key.revoke"),
    ("POST /schemas", {"documents": [{"schemas": [SCHEMA],
                                      "id": "urn:example:Extra", "name": "Extra", "attributes": [
                                          {"name": "size", "type": "string"}]}]}, "schema.load"),
    ("DELETE /schemas/{schema}", None, "schema.remove"),
    ("PUT /mass-changes/announcement", {"losses": 5}, "mass_change.announce"),
    ("POST /mass-changes/{mass_change}/release", None, "mass_change.release"),
    ("PUT /members/{member}/openid-subject", {"subject": "x"}, "openid.link"),
    ("DELETE /openid-provider", None, "openid.remove"),
    ("PUT /issuers", {"issuer": "https://id.example", "audience": "other", "keys": KEYS}, "issuer.add"),
    ("DELETE /issuers/{issuer}", None, "issuer.remove"),
    ("DELETE /members/{member}", None, "user.delete"),
]
# Changes that need something from another answer, or that are about sessions: elsewhere() has them.
ELSEWHERE = {"POST /sign-in", "POST /sign-out", "POST /session/proof", "POST /session/password", "POST /tenants",
             "POST /invitations/accept", "POST /email-verifications", "POST /mass-changes/{mass_change}/undo",
             "PUT /openid-provider"}


def events_of(world: World) -> list[dict[str, Any]]:
    answer = world.server.api("GET", "/audit?count=200&tenant=ours", None, world.operator)
    return list(answer.json()["changes"])


def trail(outcome: Outcome, world: World, rows: list[dict[str, Any]]) -> None:
    served = {f"{row['method']} {row['path'].removeprefix(BASE)}": row for row in rows if row["method"] != "GET"}
    names = {key: world.ours[key] for key in NAMES} | {"feature": "learn_scim", "schema": "urn:example:Extra"}
    outcome.check("every route that changes something is among those of this test",
                  set(served) == {one[0] for one in CHANGES} | ELSEWHERE,
                  str(set(served) ^ ({one[0] for one in CHANGES} | ELSEWHERE)))
    admin = world.server.api("GET", "/session", None, world.ours["admin_token"]).json()["member"]
    secrets = []
    for key, body, action in CHANGES:
        before = len(events_of(world))
        path = re.sub(r"\{(\w+)\}", lambda match: names[match[1]], key.partition(" ")[2])
        answer = world.server.api(served[key]["method"], path, body if served[key]["body"] == "json" else None,
                                  world.ours["admin_token"])
        secrets += re.findall(rb'"token":"([^"]+)"', answer.body)
        events = events_of(world)
        new = events[:len(events) - before]
        outcome.check(f"{key} does something", answer.status < 300, f"{answer.status} {answer.body[:300]!r}")
        outcome.check(f"{key} leaves one event, {action} (STD-13)",
                      len(new) == 1 and new[0]["action"] == action, str([one["action"] for one in new]))
        outcome.check(f"{key} says who did it (STD-13)", all(
            (one["channel"], one["actor_kind"], one.get("actor")) == ("admin", "admin", admin) for one in new),
            str(new[:1]))
    text = json.dumps(events_of(world)).encode()
    outcome.check("no token is in the trail (STD-13, P29)",
                  len(secrets) >= 4 and not any(secret in text for secret in secrets), "")
    outcome.check("nor a part of its hash or of a password", b"hash" not in text and b"argon" not in text, "")


def latest(world: World, tenant: str | None, count: int = 1, wait_for: str = "") -> list[dict[str, Any]]:
    """The newest events of a tenant, or of the installation; those of refusals come a moment after the answer."""
    path = f"/audit?count=200&tenant={tenant}" if tenant else "/installation/audit?count=200"
    for _ in range(100):
        events = world.server.api("GET", path, None, world.operator).json()["changes"]
        if not wait_for or events and events[0]["action"] == wait_for:
            break
        time.sleep(0.05)
    return list(events[:count])


def elsewhere(outcome: Outcome, world: World, provider: OpenIdProvider) -> None:
    api = world.server.api
    seen = set()

    def leaves(key: str, answer: Response, status: int, action: str, tenant: str | None, actor: str) -> None:
        event = latest(world, tenant, 1, action)[0]
        seen.add(key)
        outcome.check(f"{key} answers {status}", answer.status == status, f"{answer.status} {answer.body[:200]!r}")
        outcome.check(f"{key} leaves {action} (STD-13)", event["action"] == action and event["channel"] == "admin"
                      and event.get("actor") == actor, str(event))

    made = api("POST", "/members?tenant=theirs", {"user_name": "zoe", "role": "owner", "email": "zoe@theirs.example"},
               world.operator).json()["id"]
    invited = api("POST", f"/members/{made}/invitation?tenant=theirs", None, world.operator).json()["token"]
    zoe = {"tenant": "theirs", "user_name": "zoe", "password": PASSWORD}
    answer = api("POST", "/invitations/accept", {"token": invited, "password": PASSWORD})
    event = latest(world, "theirs")[0]
    seen.add("POST /invitations/accept")
    outcome.check("POST /invitations/accept leaves member.password (STD-13)",
                  answer.status == 204 and (event["action"], event["target"]) == ("member.password", made), str(event))
    link = api("POST", f"/members/{made}/email-verification?tenant=theirs", None, world.operator).json()["token"]
    answer = api("POST", "/email-verifications", {"token": link})
    event = latest(world, "theirs")[0]
    seen.add("POST /email-verifications")
    outcome.check("POST /email-verifications leaves an event of the member (STD-13)",
                  answer.status == 200 and event["target"] == made and event["action"].startswith("user."), str(event))
    used_up(outcome, world, invited, link)
    answer = api("POST", "/sign-in", zoe)
    leaves("POST /sign-in", answer, 201, "admin.sign_in", "theirs", made)
    token = answer.json()["token"]
    leaves("POST /sign-in", api("POST", "/sign-in", {**zoe, "password": "wrong " + PASSWORD}), 401, "admin.refuse",
           "theirs", made)
    leaves("POST /session/proof", api("POST", "/session/proof", {"password": PASSWORD}, token), 200, "admin.prove",
           "theirs", made)
    leaves("POST /session/proof", api("POST", "/session/proof", {"password": "no " + PASSWORD}, token), 401,
           "admin.refuse", "theirs", made)
    leaves("POST /session/password", api("POST", "/session/password", {"password": "another " + PASSWORD}, token), 204,
           "member.password", "theirs", made)
    leaves("POST /sign-out", api("POST", "/sign-out", None, token), 204, "admin.sign_out", "theirs", made)
    before = len(latest(world, "theirs", 200))
    for who in ({**zoe, "user_name": "nobody"}, {**zoe, "user_name": "m"}):
        api("POST", "/sign-in", who)
    time.sleep(0.3)
    outcome.check("names that nobody signs in with leave nothing (T70)",
                  len(latest(world, "theirs", 200)) == before, "")

    root = {"operator": "root", "password": PASSWORD}
    answer = api("POST", "/sign-in", root)
    second, actor = answer.json()["token"], latest(world, None)[0]["actor"]
    leaves("POST /sign-in", answer, 201, "admin.sign_in", None, actor)
    outcome.check("an operator is no member of the tenant 0", latest(world, None)[0]["target_type"] == "operator", "")
    leaves("POST /sign-in", api("POST", "/sign-in", {**root, "password": "x"}), 401, "admin.refuse", None, actor)
    leaves("POST /sign-out", api("POST", "/sign-out", None, second), 204, "admin.sign_out", None, actor)
    leaves("POST /session/password", api("POST", "/session/password", {"password": PASSWORD}, world.operator), 204,
           "operator.password", None, actor)
    outcome.check("an administrator does not see what operators do (T29)",
                  api("GET", "/installation/audit", None, world.ours["admin_token"]).status == 403, "")

    leaves("POST /tenants", api("POST", "/tenants", {"slug": "third", "profile": "plur"}, world.operator), 201,
           "tenant.create", "third", actor)
    leaves("PUT /openid-provider", api("PUT", "/openid-provider?tenant=theirs", {
        "issuer": provider.issuer, "client_id": provider.client_id}, world.operator), 200, "openid.set", "theirs",
        actor)
    leaves("POST /mass-changes/{mass_change}/undo", api(
        "POST", f"/mass-changes/{world.theirs['mass_change']}/undo?tenant=theirs", None, world.operator), 200,
        "mass_change.undo", "theirs", actor)
    outcome.check("every other route that changes something was asked", seen == ELSEWHERE, str(seen ^ ELSEWHERE))
    installation(outcome, world)


def used_up(outcome: Outcome, world: World, invited: str, link: str) -> None:
    for path, body in (("/invitations/accept", {"token": invited, "password": PASSWORD}),
                       ("/email-verifications", {"token": link})):
        answer = world.server.api("POST", path, body)
        outcome.check(f"POST {path}: a link is good for once", 400 <= answer.status < 500, str(answer.status))


def installation(outcome: Outcome, world: World) -> None:
    checked = json.loads(world.server.command("audit", "verify", "--json").stdout)
    outcome.check("the trail of the installation is checked with the others (P33)", any(
        one["tenant"] == "(installation)" and one["rows"] >= 5 and one["holds"] for one in checked["tenants"]),
        str(checked))
    exported = world.server.command("audit", "export", "--installation")
    actions = [json.loads(line)["action"] for line in exported.stdout.splitlines()]
    outcome.check("and exported: what the command line did to operators is in it (STD-13)",
                  actions[0] == "operator.create" and "admin.refuse" in actions, str(actions[:5]))


def long_ago_is_not_enough(outcome: Outcome, world: World, rows: list[dict[str, Any]]) -> None:
    """What wants the password lately is refused to sessions that gave it six minutes ago, and to no others."""
    sessions = {"an operator": world.server.sign_in(operator="root")["token"],
                "an administrator": world.server.sign_in(tenant="ours", user_name="ann")["token"]}
    world.server.change_behind("UPDATE admin_session SET proven = proven - 360000")
    unknown = dict.fromkeys(NAMES, UNKNOWN)
    for who, token in sessions.items():
        for row in rows:
            if not row["needs"] or (who == "an administrator" and row["needs"].startswith("operator")):
                continue
            wants = row["needs"].endswith("recently")
            if not wants and row["method"] != "GET":
                continue
            answer = world.ask(row, token, "ours", **unknown)
            outcome.check(f"T18: {row['method']} {row['path']} by {who} who gave the password long ago",
                          (answer.status == 403) == wants, f"{answer.status} {answer.body[:200]!r}")
        proven = world.server.api("POST", "/session/proof", {"password": PASSWORD}, token)
        again = world.server.api("PATCH", "/policy?tenant=ours", {}, token)
        outcome.check(f"T18: {who} who has given it again may", (proven.status, again.status) == (200, 200),
                      f"{proven.status} {again.status} {again.body[:200]!r}")


def as_promised(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The routes with the rights that the description states: a row that lost its right is asked nevertheless."""
    document = json.loads(checkout_file("api", "openapi", "admin.json").read_text(encoding="utf-8"))
    return [row | {"needs": document["paths"][row["path"].removeprefix(BASE)][row["method"].lower()]["x-needs"]}
            for row in rows]


def main() -> None:
    outcome = Outcome("-v" in sys.argv)
    rows = program.run_json("routes", "--json")["apis"][BASE]
    with tempfile.TemporaryDirectory() as folder, OpenIdProvider(Path(folder)) as provider, Server(
            "--limit", "sign_ins_per_address_max=1000", "--outgoing-loopback", "true") as server:
        judge = Judge()
        server.api = judge.around(server.api)            # type: ignore[method-assign]
        world = World(server)
        described(outcome, world, rows)
        who_may_ask(outcome, world, as_promised(rows))
        roles_administer(outcome, world, as_promised(rows))
        tenants_apart(outcome, world, rows)
        trail(outcome, world, rows)
        elsewhere(outcome, world, provider)
        long_ago_is_not_enough(outcome, world, as_promised(rows))
        judge.report(outcome)
    outcome.finish()


if __name__ == "__main__":
    main()
