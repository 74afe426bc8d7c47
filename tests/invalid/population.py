"""The known population, and the digest over all that a client can see of it."""
from __future__ import annotations

import hashlib
import json
import uuid
from typing import Any

from support.client import Client
from support.server import Server

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
DEVICE = "urn:example:params:scim:schemas:test:2.0:Device"
WARRANTY = "urn:example:params:scim:schemas:test:2.0:Warranty"
MESSAGES = "urn:ietf:params:scim:api:messages:2.0"
NOBODY = "0190a000-0000-7000-8000-0000000000aa"

ANN = {"schemas": [USER, ENTERPRISE], "userName": "ann", "externalId": "00u1", "active": True, "title": "Lead",
       "name": {"givenName": "Ann", "familyName": "Lee"}, "displayName": "Ann Lee",
       "emails": [{"value": "ann@example.com", "type": "work", "primary": True},
                  {"value": "ann@home.example", "type": "home"}],
       "phoneNumbers": [{"value": "+1 555 0100", "type": "work"}],
       "addresses": [{"type": "work", "locality": "Oslo", "country": "NO"}],
       "roles": [{"value": "editor", "primary": True}],
       ENTERPRISE: {"employeeNumber": "7", "department": "Risk"}}
SENSOR = {"schemas": [DEVICE, WARRANTY], "serial": "S-1", "batch": "B1", "maker": {"name": "Acme", "country": "NO"},
          "weight": 1.5, "slots": 4, "tags": ["a", "b"], "wireless": True,
          WARRANTY: {"contract": "C1", "displayName": "three years"}}


class Directory:
    """A tenant with the population, and a second one that nothing may ever reach."""

    def __init__(self, server: Server) -> None:
        self.server = server
        run = uuid.uuid4().hex[:8]
        self.slug = "invalid-" + run
        # As the RFC has it: no tolerance of the profile for groups of users.
        self.client = server.tenant_client(self.slug, None, "/scim/v2", "--set", "writable_user_groups=false")
        self.other = server.tenant_client("apart-" + run)
        zoe = self.create(self.other, "/Users", {"schemas": [USER], "userName": "zoe"})
        ann = self.create(self.client, "/Users", ANN)
        bob = self.create(self.client, "/Users", {"schemas": [USER, ENTERPRISE], "userName": "bob", "active": False,
                                                  ENTERPRISE: {"manager": {"value": ann["id"]}}})
        staff = self.create(self.client, "/Groups", {"schemas": [GROUP], "displayName": "staff",
                                                     "members": [{"value": ann["id"]}, {"value": bob["id"]}]})
        everyone = self.create(self.client, "/Groups", {"schemas": [GROUP], "displayName": "everyone",
                                                        "members": [{"value": staff["id"]}]})
        sensor = self.create(self.client, "/Devices", SENSOR)
        self.variables = {
            "USER": USER, "GROUP": GROUP, "ENT": ENTERPRISE, "DEVICE": DEVICE, "WARRANTY": WARRANTY, "MSG": MESSAGES,
            "ann": ann["id"], "bob": bob["id"], "staff": staff["id"], "everyone": everyone["id"],
            "sensor": sensor["id"], "zoe": zoe["id"], "nobody": NOBODY, "slug": self.slug,
            "other": "apart-" + run, "token": self.client.token or "", "other_token": self.other.token or "",
            "ann_tag": ann["meta"]["version"], "origin": f"http://127.0.0.1:{server.port}"}

    @staticmethod
    def create(client: Client, endpoint: str, document: dict[str, Any]) -> dict[str, Any]:
        answer = client.scim("POST", endpoint, document)
        if answer.status != 201:
            raise SystemExit(f"POST {endpoint}: {answer.status} {answer.body!r}")
        return answer.json()

    def variable(self, name: str) -> str:
        """${ann}, ${repeat:x:100}, ${close:9} for braces, or ${each:TEXT:100}: TEXT with commas between, # is
        the number and < > are braces."""
        if name.startswith("repeat:"):
            text, _, count = name[7:].rpartition(":")
            return text * int(count)
        if name.startswith("close:"):
            return "}" * int(name[6:])
        if name.startswith("each:"):
            text, _, count = name[5:].replace("<", "{").replace(">", "}").rpartition(":")
            return ",".join(text.replace("#", str(i)) for i in range(int(count)))
        return self.variables[name]

    def digest(self) -> str:
        """Over every resource of both tenants with its version, and over what ann can be found by."""
        seen: list[Any] = []
        for client in (self.client, self.other):
            answer = client.scim("GET", "/?count=200")
            if answer.status != 200:
                raise SystemExit(f"GET /: {answer.status} {answer.body!r}")
            page = answer.json()
            if page["totalResults"] != len(page["Resources"]):
                raise SystemExit("The population no longer fits into one page.")
            seen.append(sorted(page["Resources"], key=lambda one: one["id"]))
        seen.append([self.client.scim("GET", path).json()["totalResults"] for path in (
            "/Users?filter=userName%20eq%20%22ann%22", "/Users?filter=emails.value%20eq%20%22ann%40example.com%22",
            "/Groups?filter=members.value%20eq%20%22" + self.variables["ann"] + "%22")])
        return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()
