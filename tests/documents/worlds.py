"""What the documents take for granted: a server, a tenant with people in it, files; and what a reader puts in."""
from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from support import program
from support.client import Client
from support.server import PASSWORD, Server

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
# First lines of commands that end otherwise: exit code, and status where curl asks.
EXPECTED: dict[str, tuple[int, str]] = {}
# Documents that begin with an empty server: their own commands make the tenant.
FROM_NOTHING = "docs/idp/"
# ./run has made this tenant.
DEMO = ("README.md", "docs/behind-your-application.md")
# What a block is about decides which profile its tenant has.
PROFILES = {"super-admin": "mobieus", "Engineering/Platform": "plur", "scope ": "plur"}
KEY = {"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": "1",
       "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}
CURL = """#!/bin/sh
# Says what curl itself does not: the status of every answer.
code=$(/usr/bin/curl --output "$WORLD/answer" --write-out '%{http_code}' "$@")
result=$?
[ ! -f "$WORLD/answer" ] || cat "$WORLD/answer"
rm -f "$WORLD/answer"
echo "$code" >> "$WORLD/codes"
exit $result
"""


def make_programs(folder: Path) -> Path:
    """What commands call, in a folder to be found before others."""
    programs = folder / "bin"
    programs.mkdir()
    (programs / "rollcall").symlink_to(Path(program.binary()).resolve())
    (programs / "curl").write_text(CURL)
    (programs / "curl").chmod(0o755)
    return programs


class World:
    def __init__(self, document: str, profile: str) -> None:
        self.server = Server().__enter__()
        self.folder = Path(tempfile.mkdtemp(prefix="rollcall-documents-"))
        self.codes = self.folder / "codes"
        self.typed = PASSWORD + "\n"
        self.values: dict[str, str] = {}
        self._make_folder()
        if not document.startswith(FROM_NOTHING):
            self._make_tenant("demo" if document in DEMO else "acme", profile)

    def close(self) -> None:
        self.server.__exit__(None)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _make_folder(self) -> None:
        programs = make_programs(self.folder)
        (self.folder / "etc").mkdir()
        (self.folder / "secret.txt").write_text("secret of the client\n")
        (self.folder / "sealing.key").write_bytes(bytes(range(48)))
        for private in ("secret.txt", "sealing.key"):
            (self.folder / private).chmod(0o600)
        (self.folder / "keys.json").write_text(json.dumps({"keys": [KEY]}))
        (self.folder / "user.json").write_text(json.dumps({"schemas": [USER], "userName": "bob@example.com"}))
        self.environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "WORLD": str(self.folder),
                            "ROLLCALL_STORE": self.server.store,
                            "BASE": f"http://127.0.0.1:{self.server.port}/scim/v2"}

    def _make_tenant(self, slug: str, profile: str) -> None:
        self.server.create_tenant(slug, profile)
        issued = self.server.issue_credential(slug, "Made before")
        self.client: Client = self.server.client(issued["token"])
        self.values["rc_scim_..."] = self.environment["TOKEN"] = issued["token"]
        key = self.server.issue_service_key(slug, "Made before", "--scope", "members:read")
        self.values["0190a000-0000-7000-8000-0000000000aa"] = key["id"]
        if profile != "standard":
            return
        member = self.server.command("member", "create", "ann", "--tenant", slug, "--role", "admin", "--json")
        assert member.returncode == 0, member.stderr
        bob = self._create("/Users", {"schemas": [USER], "userName": "bob@example.com",
                                      "emails": [{"value": "b@example.com", "type": "work"}]})
        group = self._create("/Groups", {"schemas": [GROUP], "displayName": "Team"})
        for title in ("one", "two"):                       # the user and the group have version 3 after the examples
            self.client.scim("PATCH", "/Groups/" + group, {
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                "Operations": [{"op": "replace", "path": "displayName", "value": title}]})
        self.client.scim("PATCH", "/Users/" + bob, {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "replace", "path": "title", "value": "Lead"}]})
        self.values["0190a000-0000-7000-8000-000000000000"] = group
        self.environment["ID"] = bob

    def _create(self, path: str, document: dict[str, Any]) -> str:
        answer = self.client.scim("POST", path, document)
        assert answer.status == 201, answer.body
        return str(answer.json()["id"])

    def prepare(self, document: str, command: str) -> None:
        """What the text before the command says, or what a command before it took away."""
        if document == "docs/authentication.md" and command.startswith("curl"):
            self._command("credential", "networks", "okta", "--tenant", "acme")
            self._command("tenant", "set", "acme", "allowed_networks=[]")
        if document == "docs/audit.md" and "requests okta" in command:
            self.server.issue_credential("acme", "Okta", "--slug", "okta")
        if document == "docs/groups.md" and "Engineering/Platform" in command and "enable" in command:
            self._create("/Groups", {"schemas": [GROUP], "displayName": "Engineering/Platform"})
        if document == "docs/groups.md" and "scope grant" in command:
            ann = self._create("/Users", {"schemas": [USER], "userName": "ann"})
            self.values["GROUP-OR-MEMBER-ID"] = self.values["MEMBER-ID"] = ann
            self.environment["ID"] = ann
        if "sqlite3" in command:                           # requests that a look at the trail shows
            self.client_with_token().scim("GET", "/Users")

    def client_with_token(self) -> Client:
        return self.server.client(self.values["rc_scim_..."])

    def _command(self, *words: str) -> None:
        done = self.server.command(*words)
        assert done.returncode == 0, done.stderr

    def put_in(self, command: str) -> str:
        origin = f"http://127.0.0.1:{self.server.port}"
        for shown, meant in self.values.items():
            command = command.replace(shown, meant)
        command = re.sub(r"https://scim\.example\.com|http://127\.0\.0\.1:8080", origin, command)
        command = re.sub(r" *--store sqlite:data/rollcall\.db", "", command)
        command = command.replace("build/release/rollcall", "rollcall")
        command = re.sub(r"(?<= )(data/)?rollcall\.db", self.server.store_path, command)
        command = command.replace('"password": "..."', f'"password": "{PASSWORD}"').replace("/etc/rollcall/", "etc/")
        return command

    def learn(self, command: str, printed: str) -> None:
        """A token that a document tells to write down."""
        issued = re.search(r"\b(?:rc|mlx|ms|plur)_scim_[\w-]{40,}", printed)
        if issued and ("credential issue" in command or "credential rotate" in command):
            self.values["rc_scim_..."] = self.environment["TOKEN"] = issued[0]

    def json_block(self, document: str, text: str) -> list[tuple[str, bool, str]]:
        """Documents that are bodies of requests, sent: title, whether it was taken, the answer."""
        if document == "docs/api.md" and "BulkRequest" in text:
            for shown, meant in self.values.items():
                text = text.replace(shown, meant)
            # The user of the example before is there already.
            answer = self.client.scim("POST", "/Bulk", json.loads(text.replace("ann@example.com", "bulk@example.com")))
            statuses = [one["status"] for one in answer.json().get("Operations", [])]
            return [("the Bulk is carried out", answer.status == 200 and statuses == ["201", "204"],
                     f"{answer.status} {answer.body!r}")]
        if document == "docs/idp/onelogin.md":
            return self._one_login(text)
        return []

    def _one_login(self, template: str) -> list[tuple[str, bool, str]]:
        known = {"parameters.scimusername": "ann@example.com", "user.id": "173049", "user.firstname": "Ann",
                 "user.lastname": "Lee", "user.display_name": "Ann Lee", "user.email": "ann@example.com",
                 "parameters.title": "Lead", "parameters.department": "Risk"}
        filled = re.sub(r"\{\$([\w.]+)\}", lambda match: known[match[1]], template)
        client = self.client_with_token()
        made = client.scim("POST", "/Users", json.loads(filled))
        without = client.scim("POST", "/Users", json.loads(filled) | {"userName": ""})
        plain = {"userName": "bob@example.com", "externalId": "2"}
        other = client.scim("POST", "/Users", {"schemas": ["urn:example:User"], **plain})
        old = client.scim("POST", "/Users", {"schemas": ["urn:scim:schemas:core:1.0"], **plain})
        shown = made.json()
        return [("the template makes the user", made.status == 201 and shown["displayName"] == "Ann Lee"
                 and shown["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]["department"] == "Risk",
                 f"{made.status} {made.body!r}"),
                ("without a user name it is refused as the document says", without.status == 400
                 and without.json()["detail"] == "The required attribute userName is missing.", f"{without.body!r}"),
                ("another schema too", other.status == 400 and other.json()["detail"]
                 == "schemas must hold urn:ietf:params:scim:schemas:core:2.0:User.", f"{other.body!r}"),
                ("that of SCIM 1 is taken", old.status == 201, f"{old.body!r}")]

    def statement(self, text: str) -> list[dict[str, Any]]:
        return self.server.rows(text.strip().rstrip(";"))


def world_of(worlds: dict[str, World], document: str, text: str) -> World:
    """The world of the profile that the text is about; a document has one for each."""
    found = [profile for words, profile in PROFILES.items() if words in text and document == "docs/groups.md"]
    profile = found[0] if found else "standard"
    if profile not in worlds:
        worlds[profile] = World(document, profile)
    return worlds[profile]
