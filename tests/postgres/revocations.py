#!/usr/bin/env python3
"""The revocation journal (T36), on SQLite and PostgreSQL: what was taken back after a backup stays taken back when that
backup is restored and everything in it is confirmed, and who left since is named.

  revocations.py          all of it, and that without the journal the revoked tokens live again
  revocations.py STORY... of failing, killed and settings, which need no PostgreSQL
"""
from __future__ import annotations

import json
import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support import program                                                           # noqa: E402
from support.outcome import Outcome                                                   # noqa: E402
from support.postgres import Cluster                                                  # noqa: E402
from support.server import Server                                                     # noqa: E402

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
JSON = {"Content-Type": "application/json"}
ISSUER = "https://login.acme.example"


def wait(condition: Any, seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def lines_of(journal: str) -> list[dict[str, Any]]:
    lines = []
    for name in sorted(os.listdir(journal)):
        for line in Path(journal, name).read_text().splitlines():
            try:
                lines.append(json.loads(line))
            except ValueError:
                continue
    return lines


def has(journal: str, action: str, target: str | None = None) -> bool:
    return any(one["action"] == action and target in (None, one.get("target")) for one in lines_of(journal))


def must(done: Any) -> Any:
    if done.returncode != 0:
        raise program.CommandFailed(f"{done.args}: {done.returncode}: {done.stdout} {done.stderr}")
    return done


def active(server: Server, token: str, user: str, value: bool) -> None:
    answer = server.client(token).scim("PATCH", f"/Users/{user}", {"schemas": [PATCH], "Operations": [
        {"op": "replace", "path": "active", "value": value}]})
    assert answer.status in (200, 204), f"{answer.status} {answer.body!r}"


class Installation:
    """A tenant with everything that can be taken back; ids and tokens by name."""

    def __init__(self, server: Server, folder: str) -> None:
        server.create_tenant("acme")
        self.credentials = {name: server.issue_credential("acme", name, "--slug", name)
                            for name in ("okta", "revoked", "rotated", "disabled", "held", "enabled", "networks", "cli",
                                         "late")}
        self.token = {name: one["token"] for name, one in self.credentials.items()}
        scopes = [part for scope in ("members:read", "keys:write", "introspect") for part in ("--scope", scope)]
        self.service = {name: server.issue_service_key("acme", name, *scopes) for name in ("app", "gone")}
        self.operator = server.operator("root")["token"]
        self.other_operator = server.operator("leaver")
        self.user: dict[str, str] = {}
        client = server.client(self.token["okta"])
        for name in ("ann", "bob", "cid", "dan", "eve", "pia"):
            made = client.scim("POST", "/Users", {"schemas": [USER], "userName": name, "active": True})
            self.user[name] = made.json()["id"]
        self.user["olga"] = server.administrator("acme", "olga", "owner", self.operator)["id"]
        must(server.command("member", "set", "cid", "--tenant", "acme", "--role", "admin"))
        self.key = {name: self.make_key(server, owner) for name, owner in (
            ("ann", "ann"), ("dan", "dan"), ("eve", "eve"), ("stays", "eve"))}
        self.group = client.scim("POST", "/Groups", {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Sales",
            "members": [{"value": self.user["eve"]}]}).json()["id"]
        pem = os.path.join(folder, "issuer.pem")
        private = subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
                                 check=True, capture_output=True).stdout
        subprocess.run(["openssl", "pkey", "-pubout", "-out", pem], input=private, check=True, capture_output=True)
        must(server.command("issuer", "add", "--issuer", ISSUER, "--tenant", "acme", "--audience", "rollcall",
                            "--key", pem))

    def make_key(self, server: Server, owner: str) -> dict[str, Any]:
        made = server.client(self.service["app"]["token"], "/api/v1").scim(
            "POST", f"/members/{self.user[owner]}/keys", {"name": "script", "scope": "all"}, JSON)
        assert made.status == 201, f"{made.status} {made.body!r}"
        return made.json()

    def take_back(self, server: Server) -> None:
        """What happens after the backup."""
        tenant = ("--tenant", "acme")
        must(server.command("credential", "revoke", "revoked", *tenant))
        must(server.command("credential", "rotate", "rotated", *tenant))
        for change, slug in (("disable", "disabled"), ("quarantine", "held"), ("disable", "enabled"),
                             ("enable", "enabled")):
            must(server.command("credential", change, slug, *tenant))
        must(server.command("credential", "networks", "networks", "192.0.2.0/24", *tenant))
        must(server.command("service-key", "revoke", self.service["gone"]["id"], *tenant))
        must(server.command("issuer", "remove", ISSUER, *tenant))
        must(server.command("operator", "remove", "leaver"))
        gone = server.client(self.service["app"]["token"], "/api/v1").scim(
            "DELETE", f"/members/{self.user['eve']}/keys/{self.key['eve']['id']}")
        assert gone.status == 204, str(gone.status)
        client = server.client(self.token["okta"])
        active(server, self.token["okta"], self.user["ann"], False)
        assert client.scim("DELETE", f"/Users/{self.user['bob']}").status == 204
        must(server.command("member", "set", "cid", *tenant, "--role", "member"))
        active(server, self.token["okta"], self.user["dan"], False)
        active(server, self.token["okta"], self.user["dan"], True)
        must(server.command("member", "set", "pia", *tenant, "--role", "owner"))
        must(server.command("member", "set", "olga", *tenant, "--active", "false"))
        client.scim("PATCH", f"/Groups/{self.group}", {"schemas": [PATCH], "Operations": [
            {"op": "remove", "path": f'members[value eq "{self.user["eve"]}"]'}]})
        late = client.scim("POST", "/Users", {"schemas": [USER], "userName": "gus"}).json()["id"]
        self.user["gus"] = late
        active(server, self.token["okta"], late, False)

    def statuses(self, server: Server) -> dict[str, int]:
        seen = {name: server.client(token).scim("GET", "/Users?count=1").status for name, token in self.token.items()}
        for name, key in self.service.items():
            seen[name] = server.client(key["token"], "/api/v1").scim("GET", f"/members/{self.user['eve']}").status
        return seen

    def keys_alive(self, server: Server) -> set[str]:
        token = self.service["app"]["token"]
        client = server.client(token)
        return {name for name, key in self.key.items() if client.send(
            "POST", "/api/v1/introspect", {"Authorization": f"Bearer {token}",
                                           "Content-Type": "application/x-www-form-urlencoded"},
            f"token={key['token']}".encode()).json()["active"]}

    def members(self, server: Server) -> dict[str, tuple[bool, str]]:
        listed = json.loads(must(server.command("member", "list", "--tenant", "acme", "--json")).stdout)
        return {one["userName"]: (one["active"], one["role"]) for one in listed}


class Others:
    """What lets people in beside tokens, and a tenant in which inactive members have a role of their own."""

    def __init__(self, server: Server, operator: str) -> None:
        moby = server.create_tenant("moby", "mobieus") and server.issue_credential("moby", "okta")
        self.token = moby["token"]
        client = server.client(self.token, "/api/scim/v2")
        self.user = {name: client.scim("POST", "/Users", {
            "schemas": [USER], "userName": f"{name}@moby.example", "active": True,
            "emails": [{"value": f"{name}@moby.example", "primary": True}]}).json()["id"]
            for name in ("uma", "vic", "wes")}
        must(server.command("member", "set", self.user["uma"], "--tenant", "moby", "--role", "moderator"))
        server.create_tenant("off")
        server.operator("second")
        server.administrator("acme", "hans", "admin", operator)
        must(server.command("openid", "set", "--tenant", "acme", "--issuer", ISSUER, "--client-id", "rollcall"))
        self.admin = "/members/{}/invitation?tenant=moby"
        self.link = server.api("POST", self.admin.format(self.user["vic"]), {}, operator).json()["token"]
        okta = server.issue_credential("acme", "groups")["token"]
        made = server.client(okta).scim("POST", "/Groups", {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Closed"})
        self.group = made.json()["id"]

    def take_back(self, server: Server, operator: str) -> None:
        client = server.client(self.token, "/api/scim/v2")
        for value in ("false", "true"):
            must(server.command("member", "set", self.user["uma"], "--tenant", "moby", "--active", value))
        assert client.scim("DELETE", f"/Users/{self.user['wes']}").status == 204
        must(server.command("tenant", "disable", "off"))
        for arguments in (("operator", "password", "second"), ("member", "password", "--tenant", "acme", "hans")):
            must(program.run(*arguments, "--store", server.store, typed="another horse battery staple\n"))
        must(server.command("openid", "remove", "--tenant", "acme"))
        must(server.command("group", "disable", self.group, "--tenant", "acme"))
        assert server.api("POST", self.admin.format(self.user["vic"]), {}, operator).status == 201

    def are_taken_back(self, outcome: Outcome, name: str, server: Server) -> None:
        listed = json.loads(must(server.command("member", "list", "--tenant", "moby", "--json")).stdout)
        seen = {one["userName"].split("@")[0]: (one["active"], one["role"]) for one in listed}
        outcome.check(f"T36 {name}: who returned has the role of the return, who left that of the inactive", seen == {
            "uma": (True, "registered"), "vic": (True, "registered"), "wes": (False, "banned")}, str(seen))
        listed = json.loads(must(server.command("tenant", "list", "--json")).stdout)
        tenants = {one["slug"]: one["enabled"] for one in listed}
        outcome.check(f"T36 {name}: SCIM is off where it was switched off", tenants == {
            "acme": True, "moby": True, "off": False}, str(tenants))
        groups = json.loads(must(server.command("group", "list", "--tenant", "acme", "--json")).stdout)["groups"]
        outcome.check(f"T36 {name}: the group grants nothing", {one["id"]: one["enabled"] for one in groups}[self.group]
                      is False, str(groups))
        statuses = [server.api("POST", "/sign-in", {"password": "correct horse battery staple", **who}).status
                    for who in ({"operator": "second"}, {"tenant": "acme", "user_name": "hans"})]
        outcome.check(f"T36 {name}: passwords that were changed are not good", statuses == [401, 401], str(statuses))
        outcome.check(f"T36 {name}: the OpenID provider is gone",
                      server.command("openid", "show", "--tenant", "acme").returncode == 1, "it is there")
        accepted = server.api("POST", "/invitations/accept", {"token": self.link, "password": "a new horse battery"})
        outcome.check(f"T36 {name}: a link that was replaced is not good", accepted.status in (400, 404),
                      f"{accepted.status} {accepted.body!r}")


def restored(server: Server, file: str, *more: str) -> dict[str, Any]:
    return json.loads(must(program.run("store", "restore", file, "--store", server.store, "--json", *more)).stdout)


def is_secret(outcome: Outcome, name: str, there: Installation, journal: str) -> None:
    files = [os.path.join(journal, one) for one in os.listdir(journal)]
    outcome.check(f"T36 {name}: one file for the month, which its owner may read", len(files) == 1 and
                  stat.S_IMODE(os.stat(files[0]).st_mode) == 0o600 and os.path.basename(files[0]) ==
                  time.strftime("revocations-%Y-%m.jsonl", time.gmtime()), str(files))
    text = Path(files[0]).read_text()
    words = [*there.token.values(), *(key["token"] for key in there.service.values()), "ann", "olga", "Sales"]
    outcome.check(f"T35 {name}: no token and no name in it", not any(
        f'"{word}"' in text or (len(word) > 20 and word in text) for word in words), text[:500])


def is_told(outcome: Outcome, name: str, there: Installation, report: dict[str, Any]) -> None:
    revoked = {(one["type"], one.get("name", one.get("userName", one.get("id")))): one["what"]
               for one in report["revoked"]}
    for wanted in (("credential", "revoked"), ("credential", "cli"), ("credential", "rotated"),
                   ("credential", "disabled"), ("credential", "held"), ("service-key", "gone"), ("key", "script"),
                   ("issuer", ISSUER), ("operator", "leaver")):
        outcome.check(f"T36 {name}: told of {' '.join(wanted)}", wanted in revoked, str(report))
    outcome.check(f"T36 {name}: not of what was given back", ("credential", "enabled") not in revoked
                  and ("credential", "okta") not in revoked, str(revoked))
    members = {one["userName"]: one["what"] for one in report["members"]}
    outcome.check(f"T36 {name}: who left, who was lowered", members == {
        "ann": "deactivated", "bob": "deleted: deactivated", "cid": "role lowered to member",
        "uma@moby.example": "role lowered to registered", "wes@moby.example": "deleted: deactivated"}, str(members))
    ann = next(one for one in report["members"] if one["userName"] == "ann")
    outcome.check(f"T36 {name}: with tenant, id and time", ann["tenant"] == "acme" and ann["id"] == there.user["ann"]
                  and ann["time"].startswith(time.strftime("%Y-", time.gmtime())), str(ann))
    open_ends = {(one["type"], one["id"]): one["why"] for one in report["not_applied"]}
    outcome.check(f"T36 {name}: what could not be done", set(open_ends) == {
        ("User", there.user["olga"]), ("Group", there.group), ("credential", there.credentials["networks"]["id"])}
        and "last active owner" in open_ends[("User", there.user["olga"])], str(report["not_applied"]))
    outcome.check(f"{name}: nothing of what the backup does not have", there.user["gus"] not in json.dumps(report),
                  str(report))


def is_taken_back(outcome: Outcome, name: str, there: Installation, server: Server, ann: bool = False,
                  late: int = 200) -> None:
    """Everything was confirmed."""
    must(server.command("credential", "confirm"))
    seen = there.statuses(server)
    outcome.check(f"T36 {name}: what was revoked gets 401", seen == {
        "okta": 200, "revoked": 401, "rotated": 401, "disabled": 401, "held": 401, "enabled": 200, "networks": 200,
        "cli": 401, "late": late, "app": 200, "gone": 401}, str(seen))
    alive = there.keys_alive(server)
    outcome.check(f"T36 {name}: keys of members that were revoked, or whose member was away, are dead",
                  alive == {"stays"}, str(alive))
    members = there.members(server)
    outcome.check(f"T36 {name}: leavers are inactive, who returned is active", members == {
        "ann": (ann, "member"), "bob": (False, "member"), "cid": (True, "member"), "dan": (True, "member"),
        "eve": (True, "member"), "pia": (True, "member"), "olga": (True, "owner"),
        "hans": (True, "admin")}, str(members))
    sees = server.client(there.token["okta"]).scim("GET", f"/Users/{there.user['ann']}").json()
    outcome.check(f"T36 {name}: SCIM sees it too", sees["active"] is ann, str(sees))
    listed = json.loads(must(server.command("operator", "list", "--json")).stdout)
    outcome.check(f"T36 {name}: an operator who was removed is not there",
                  [one["name"] for one in listed] == ["root", "second"], str(listed))
    issuers = json.loads(must(server.command("issuer", "list", "--tenant", "acme", "--json")).stdout)
    outcome.check(f"T36 {name}: nor is the issuer", issuers == [], str(issuers))
    outcome.check(f"{name}: the trail holds", server.command("audit", "verify").returncode == 0, "it does not")
    outcome.check(f"{name}: every invariant holds", server.verify().returncode == 0, server.verify().stdout)


def lose_and_restore(outcome: Outcome, urls: list[str | None], folder: str, name: str) -> None:
    journal, file = os.path.join(folder, "journal"), os.path.join(folder, "old.backup")
    os.mkdir(journal)
    with Server("--revocation-journal", journal, url=urls[0]) as server:
        there = Installation(server, folder)
        others = Others(server, there.operator)
        must(server.command("store", "backup", file))
        there.take_back(server)
        others.take_back(server, there.operator)
        server.stop()
        must(server.command("credential", "revoke", "cli", "--tenant", "acme"))
        server.start()
        revoked = there.credentials["cli"]["id"]
        outcome.check(f"{name}: what a command did while no server ran is in the journal", wait(
            lambda: has(journal, "credential.revoke", revoked)), str(lines_of(journal)[-3:]))
        active(server, there.token["okta"], there.user["dan"], False)
        active(server, there.token["okta"], there.user["dan"], True)
        outcome.check(f"{name}: the journal follows", wait(
            lambda: sum(one["action"] == "user.activate" for one in lines_of(journal)) == 2), str(lines_of(journal)))
        server.kill()
        is_secret(outcome, name, there, journal)
        server.start()
    flag = ("--revocation-journal", journal)
    with Server(*flag, url=urls[1]) as server:
        server.stop()
        done = restored(server, file, *flag)
        is_told(outcome, name, there, done["revocations"])
        server.start()
        must(server.command("credential", "confirm"))
        is_taken_back(outcome, name, there, server)
        others.are_taken_back(outcome, name, server)
        outcome.check(f"{name}: the journal knows that the database is another one", wait(
            lambda: "the database was restored" in server.log()), server.log()[-500:])
        # The journal goes on: what happens now counts when the same backup is restored once more.
        active(server, there.token["okta"], there.user["ann"], True)
        newer = os.path.join(folder, "newer.backup")
        must(server.command("store", "backup", newer))
        must(server.command("credential", "revoke", "late", "--tenant", "acme"))
        late = there.credentials["late"]["id"]
        outcome.check(f"{name}: it goes on", wait(lambda: has(journal, "credential.revoke", late)), "it does not")
        server.kill()
        server.start()
    with Server(url=urls[3]) as server:
        server.stop()
        report = restored(server, newer, *flag)["revocations"]
        outcome.check(f"T36 {name}: of a newer backup, what it knows better is not done again", report["members"] == []
                      and [one["name"] for one in report["revoked"]] == ["late"], str(report))
        server.start()
        is_taken_back(outcome, f"{name}, newer", there, server, ann=True, late=401)
    with Server(*flag, url=urls[2]) as server:
        server.stop()
        again = restored(server, file, *flag)["revocations"]
        left = [one["userName"] for one in again["members"]]
        outcome.check(f"T36 {name}: restored again, the last state counts",
                      sorted(left) == ["bob", "cid", "uma@moby.example", "wes@moby.example"], str(again))
        server.start()
        is_taken_back(outcome, f"{name}, again", there, server, ann=True, late=401)
    without_journal(outcome, urls[4], file, name, there)


def without_journal(outcome: Outcome, url: str | None, file: str, name: str, there: Installation) -> None:
    """The canary: these tests must see that revoked tokens live again."""
    with Server(url=url) as server:
        server.stop()
        done = restored(server, file)
        outcome.check(f"T36 {name}: without a journal it says what is unknown", "revocations" not in done and
                      done["revocations_unknown_since"].startswith(time.strftime("%Y-", time.gmtime())), str(done))
        server.start()
        must(server.command("credential", "confirm"))
        seen = there.statuses(server)
        outcome.check(f"canary {name}: without the journal what was revoked lives again",
                      {seen[one] for one in ("revoked", "rotated", "gone")} == {200}, str(seen))
        outcome.check(f"canary {name}: and so do leavers and their keys", there.members(server)["ann"][0]
                      and "ann" in there.keys_alive(server), str(there.members(server)))


def metric(server: Server, name: str) -> float:
    for line in server.client().send("GET", "/metrics").body.decode().splitlines():
        if line.startswith(f"rollcall_{name} "):
            return float(line.split(" ")[1])
    return -1


def failing(outcome: Outcome, folder: str) -> None:
    """A journal that cannot be written holds nobody up, is told, and catches up."""
    journal = os.path.join(folder, "lost")
    os.mkdir(journal)
    old = Path(journal, "revocations-2020-01.jsonl")
    old.write_text("{}\n")
    kept = Path(journal, "revocations-2020-01.txt")
    kept.write_text("not ours\n")
    with Server("--revocation-journal", journal) as server:
        server.create_tenant("acme")
        first, second = (server.issue_credential("acme", name, "--slug", name) for name in ("first", "second"))
        must(server.command("credential", "revoke", "first", "--tenant", "acme"))
        outcome.check("failing: it is written", wait(lambda: has(journal, "credential.revoke", first["id"])),
                      server.log()[-500:])
        outcome.check("files older than 90 days are removed, and nothing else", not old.exists() and kept.exists(),
                      str(os.listdir(journal)))
        kept.unlink()
        outcome.check("failing: the metric says that it is well", metric(server, "revocation_journal_failing") == 0
                      and metric(server, "revocation_journal_last_success_seconds") > time.time() - 60, "it does not")
        with Server("--revocation-journal", journal) as other:
            outcome.check("failing: another process waits for the folder", wait(
                lambda: "another process writes into the folder" in other.log()), other.log()[-500:])
        away = journal + "-away"
        os.rename(journal, away)
        Path(journal).write_text("no folder\n")
        must(server.command("credential", "revoke", "second", "--tenant", "acme"))
        outcome.check("failing: the log says so", wait(
            lambda: "revocation journal cannot be written" in server.log()), server.log()[-500:])
        outcome.check("failing: so does the metric", metric(server, "revocation_journal_failing") == 1, "it does not")
        outcome.check("failing: requests are answered", server.client().send("GET", "/readyz").status == 200
                      and server.client(second["token"]).scim("GET", "/Users").status == 401, "they are not")
        os.unlink(journal)
        os.mkdir(journal)
        outcome.check("failing: an empty folder gets all of it again", wait(
            lambda: has(journal, "credential.revoke", first["id"])
            and has(journal, "credential.revoke", second["id"])), str(os.listdir(journal)))
        outcome.check("failing: and the log says that too", wait(
            lambda: "revocation journal is written again" in server.log()), server.log()[-500:])
        outcome.check("failing: the metric is well again", wait(
            lambda: metric(server, "revocation_journal_failing") == 0), "it is not")
        torn(outcome, folder, journal, server)


def torn(outcome: Outcome, folder: str, journal: str, server: Server) -> None:
    """A line that was not written to its end costs nothing."""
    fourth = server.issue_credential("acme", "fourth", "--slug", "fourth")
    must(server.command("credential", "revoke", "fourth", "--tenant", "acme"))
    server.stop()
    outcome.check("stopped: after a last look", has(journal, "credential.revoke", fourth["id"]),
                  str(lines_of(journal)[-2:]))
    third = server.issue_credential("acme", "third", "--slug", "third")
    file = os.path.join(folder, "torn.backup")
    must(server.command("store", "backup", file))
    (name,) = os.listdir(journal)
    with open(os.path.join(journal, name), "a") as end:
        end.write('{"time":"2026-11-2')
    server.start()
    must(server.command("credential", "revoke", "third", "--tenant", "acme"))
    outcome.check("torn: the journal goes on behind it", wait(
        lambda: has(journal, "credential.revoke", third["id"])), Path(journal, name).read_text()[-500:])
    target = f"sqlite:{folder}/torn.db"
    done = must(program.run("store", "restore", file, "--store", target, "--json", "--revocation-journal", journal))
    report = json.loads(done.stdout)["revocations"]
    outcome.check("torn: it is counted, and nothing is lost", report["unreadable_lines"] == 1
                  and [one["name"] for one in report["revoked"]] == ["third"], str(report))
    lines = [one for one in lines_of(journal) if one["action"] == "credential.revoke"]
    outcome.check("torn: no line was written again", len(lines) == 4, str(lines))


def killed(outcome: Outcome, folder: str) -> None:
    """A restore that is killed while it takes back what the journal says goes on, and does nothing twice."""
    journal, file = os.path.join(folder, "killed"), os.path.join(folder, "killed.backup")
    os.mkdir(journal)
    with Server() as server:
        client = server.tenant_client("acme", None, "/scim/v2", "--set", "mass_change_guard=hold")
        users: list[str] = []
        for first in range(0, 3_000, 500):
            made = client.scim("POST", "/Bulk", {
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [
                    {"method": "POST", "path": "/Users", "bulkId": f"u{number}",
                     "data": {"schemas": [USER], "userName": f"user-{number}", "active": True}}
                    for number in range(first, first + 500)]})
            users += [one["location"].rsplit("/", 1)[1] for one in made.json()["Operations"]]
        must(server.command("store", "backup", file))
    with open(os.path.join(journal, "revocations-2026-11.jsonl"), "w") as out:
        for number, user in enumerate(users):
            line = {"time": "2026-11-20T10:00:00.000Z", "tenant": "acme", "seq": 1_000_000 + number, "code": "ab" * 32,
                    "action": "user.deactivate", "type": "User", "target": user, "active": False}
            out.write(json.dumps(line) + "\n")
    database = os.path.join(folder, "killed.db")
    command = [program.binary(), "store", "restore", file, "--store", f"sqlite:{database}", "--json",
               "--revocation-journal", journal]
    before = 0
    for attempt in range(2):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None and inactive(database) <= before:
            time.sleep(0.005)
        process.kill()
        process.wait()
        before = inactive(database)
        outcome.check(f"killed: {attempt + 1}, within its replay", 0 < before < len(users), str(before))
    said = must(subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)).stdout
    report = json.loads(said)["revocations"]
    outcome.check("T36 killed: it goes on, and names all of them", len(report["members"]) == len(users)
                  and report["not_applied"] == [], f"{len(report['members'])} {report['not_applied'][:3]}")
    events = json.loads(must(program.run("audit", "verify", "--store", f"sqlite:{database}", "--json")).stdout)
    outcome.check("killed: everybody is inactive, and each was deactivated once", inactive(database) == len(users)
                  and deactivations(database) == len(users), f"{inactive(database)} {deactivations(database)}")
    sound = program.run("verify", "--store", f"sqlite:{database}")
    outcome.check("killed: every invariant holds", sound.returncode == 0 and bool(events["tenants"]), sound.stdout)


def counted(database: str, statement: str) -> int:
    if not os.path.exists(database):
        return 0
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10) as opened:
        try:
            return int(opened.execute(statement).fetchone()[0])
        except sqlite3.OperationalError:    # its tables are not made yet
            return 0


def inactive(database: str) -> int:
    return counted(database, "SELECT count(*) FROM member WHERE deactivated_at IS NOT NULL")


def deactivations(database: str) -> int:
    return counted(database, "SELECT count(*) FROM event WHERE action = 'user.deactivate'")


def settings(outcome: Outcome, folder: str) -> None:
    """What cannot work is said before anything is done."""
    nowhere = os.path.join(folder, "nowhere")
    for command in (["config", "check"], ["serve", "--store", f"sqlite:{folder}/none.db", "--listen", "127.0.0.1:0"]):
        done = program.run(*command, "--revocation-journal", nowhere)
        outcome.check(f"{command[0]}: a folder that is not there", done.returncode in (1, 2)
                      and "revocation_journal" in done.stderr, f"{done.returncode} {done.stderr}")
    empty = os.path.join(folder, "empty")
    os.mkdir(empty)
    target = os.path.join(folder, "never.db")
    done = program.run("store", "restore", os.path.join(folder, "torn.backup"), "--store", "sqlite:" + target,
                       "--revocation-journal", empty)
    outcome.check("restore: a folder without a journal is refused, and nothing is restored", done.returncode == 1
                  and "revocation_journal" in done.stderr and not os.path.exists(target), done.stderr)
    done = must(program.run("store", "restore", os.path.join(folder, "torn.backup"), "--store", "sqlite:" + target))
    outcome.check("restore: without a journal a sentence says what is unknown", "is unknown" in done.stdout,
                  done.stdout)


def main() -> None:
    outcome = Outcome()
    if sys.argv[1:]:
        with tempfile.TemporaryDirectory() as folder:
            for name in sys.argv[1:]:
                {"failing": failing, "killed": killed, "settings": settings}[name](outcome, folder)
        outcome.finish()
        return
    with Cluster() as cluster, tempfile.TemporaryDirectory() as folder:
        for name, urls in (("SQLite", [None] * 5), ("PostgreSQL", [cluster.database() for _ in range(5)])):
            own = os.path.join(folder, name)
            os.mkdir(own)
            lose_and_restore(outcome, urls, own, name)
        failing(outcome, folder)
        killed(outcome, folder)
        settings(outcome, folder)
    outcome.finish()


if __name__ == "__main__":
    main()
