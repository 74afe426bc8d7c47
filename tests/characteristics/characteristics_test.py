#!/usr/bin/env python3
"""What the server's own /Schemas promises of every attribute, checked over HTTP with POST, PUT, PATCH, GET and filters.

  characteristics_test.py [WORD...]     all attributes, or those whose "Type.attribute" holds one of the words

Nothing here knows an attribute, apart from the few in SPECIAL: the cases follow from mutability, returned, uniqueness,
caseExact, required, type and multiValued as they are published (RFC 7643 sections 2.2, 2.3 and 7).
"""
from __future__ import annotations

import copy
import itertools
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from characteristics import test_resource, values                        # noqa: E402
from support.client import Client, Response                              # noqa: E402
from support.outcome import Outcome                                      # noqa: E402
from support.server import Server                                        # noqa: E402

PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
COMMON = {"id", "externalId", "schemas", "meta"}
# What means more than its characteristics say, and where that is tested.
SPECIAL = {
    "Group.members": "rows of their own: tests/behaviour/groups.http",
    "User.groups": "computed: tests/behaviour/user-groups.http",
    "User.password": "judged and discarded: tests/behaviour/password.http",
    "User.active": "has a default: tests/behaviour/user-attributes.http",
    "User.manager": "names another user: tests/behaviour/enterprise.http",
}
NUMBERS = itertools.count(100)


class Attribute:
    """One attribute, or one part of a single complex attribute, of a resource type."""

    def __init__(self, kind: dict[str, Any], container: str, definition: dict[str, Any],
                 part: dict[str, Any] | None = None) -> None:
        self.kind = kind                # ResourceType
        self.container = container      # URI of the extension, or empty
        self.outer = definition
        self.part = part
        self.definition = part or definition
        self.names = [definition["name"]] + ([part["name"]] if part else [])
        self.path = (container + ":" if container else "") + ".".join(self.names)
        self.title = f"{kind['name']}.{'.'.join(self.names)}"

    def __getattr__(self, name: str) -> Any:
        return self.definition[name]

    @property
    def returned(self) -> str:
        outer, own = self.outer["returned"], self.definition["returned"]
        return "never" if "never" in (outer, own) else own

    def value(self, number: int) -> Any:
        if self.part:
            return values.value_of_part(self.part, number, self.outer["name"])
        return values.whole(self.definition, number)

    def put_into(self, document: dict[str, Any], value: Any) -> None:
        """As if it were written by a client; the parts beside it stay."""
        place = document.setdefault(self.container, {}) if self.container else document
        if self.part:
            place = place.setdefault(self.names[0], {})
        place[self.names[-1]] = value

    def take_from(self, document: dict[str, Any]) -> Any:
        place: Any = document.get(self.container, {}) if self.container else document
        for name in self.names:
            place = place.get(name) if isinstance(place, dict) else None
        return place

    def nested(self, value: Any) -> dict[str, Any]:
        """The value of a PATCH without a path."""
        document: dict[str, Any] = {}
        self.put_into(document, value)
        return document


class Attempt:
    """Resources with one attribute, and what must be true of it."""

    def __init__(self, client: Client, outcome: Outcome, attribute: Attribute, base: dict[str, Any]) -> None:
        self.client, self.outcome, self.attribute, self.base = client, outcome, attribute, base
        self.endpoint = attribute.kind["endpoint"]

    def that(self, what: str, holds: bool, answer: Response | None = None) -> None:
        found = f"{answer.status} {answer.text()[:400]!r}" if answer is not None else "it does not"
        self.outcome.check(f"{what}: {self.attribute.title}", holds, found)

    def document(self, value: Any = None) -> dict[str, Any]:
        document = copy.deepcopy(self.base)
        make_unique(document, self.attribute.kind)
        if value is not None:
            self.attribute.put_into(document, value)
        return document

    def send(self, method: str, path: str, body: Any = None) -> Response:
        return self.client.scim(method, self.endpoint + path, body)

    def patch(self, id_: str, operation: dict[str, Any]) -> Response:
        return self.send("PATCH", f"/{id_}", {"schemas": [PATCH_OP], "Operations": [operation]})

    def refused_in_bulk(self, what: str, method: str, id_: str, data: Any, scim_type: str) -> None:
        answer = self.client.scim("POST", "/Bulk", {"schemas": [BULK], "Operations": [
            {"method": method, "path": f"{self.endpoint}/{id_}", "data": data}]})
        done = (answer.json() or {}).get("Operations", [{}])[0]
        self.that(what, done.get("status") == "400" and done["response"].get("scimType") == scim_type, answer)

    def shown(self, id_: str, query: str = "") -> Any:
        return self.attribute.take_from(self.send("GET", f"/{id_}{query}").json())

    def refused(self, what: str, answer: Response, scim_type: str, status: int = 400) -> None:
        self.that(what, answer.status == status and (answer.json() or {}).get("scimType") == scim_type, answer)

    # ---- the cases

    def run(self) -> None:
        attribute, number = self.attribute, next(NUMBERS)
        value = attribute.value(number)
        created = self.send("POST", "", self.document(value))
        self.that("POST takes it", created.status == 201, created)
        if created.status != 201:
            return
        id_ = created.json()["id"]
        if attribute.mutability == "readOnly":
            return self.read_only(id_, attribute.value(next(NUMBERS)))
        self.visible(id_, value)
        self.wrong_type()
        if attribute.type != "complex":
            self.filtered(id_, value)
        if attribute.definition.get("uniqueness", "none") != "none":
            self.unique(value)
        if attribute.required and not attribute.part:
            self.is_required(id_)
        if attribute.multiValued and attribute.type == "complex":
            self.primary(number)
        other = attribute.value(number + 1 if attribute.type == "boolean" else next(NUMBERS))
        if isinstance(other, dict) and attribute.mutability == "readWrite":
            other.update({part["name"]: value[part["name"]] for part in attribute.subAttributes
                          if part["mutability"] == "immutable"})
        self.changed(id_, value, other)

    def read_only(self, id_: str, other: Any) -> None:
        """RFC 7644 sections 3.3, 3.5.1, 3.5.2: ignored in bodies, refused as a target."""
        was = self.shown(id_)
        self.that("readOnly: POST ignores it", values_of(was) != values_of(other))
        answer = self.send("PUT", f"/{id_}", self.document(other))
        self.that("readOnly: PUT ignores it", answer.status == 200 and self.shown(id_) == was, answer)
        answer = self.patch(id_, {"op": "add", "value": self.attribute.nested(other)})
        self.that("readOnly: PATCH without path ignores it",
                  answer.status in (200, 204) and self.shown(id_) == was, answer)
        for operation in ("add", "replace"):
            self.refused(f"readOnly: PATCH {operation} is refused",
                         self.patch(id_, {"op": operation, "path": self.attribute.path, "value": other}), "mutability")
        self.refused("readOnly: PATCH remove is refused",
                     self.patch(id_, {"op": "remove", "path": self.attribute.path}), "mutability")

    def visible(self, id_: str, value: Any) -> None:
        """Section 7, "returned"; RFC 7644 section 3.9. `always` wins over both parameters."""
        attribute = self.attribute
        path = quote(attribute.path, safe=":.$")
        plain, wanted = self.shown(id_), self.shown(id_, f"?attributes={path}")
        unwanted = self.shown(id_, f"?excludedAttributes={path}")
        others = self.shown(id_, "?attributes=externalId")
        returned = attribute.returned
        inherited = attribute.part is not None and attribute.outer["returned"] != "default"
        if returned == "never":
            self.that("never: not shown", plain is None and wanted is None and others is None)
            return
        self.that(f"{returned}: shown when asked for", same(wanted, value, attribute))
        if inherited:
            return
        self.that(f"{returned}: without a question", same(plain, value, attribute) == (returned != "request"))
        if returned == "always":
            self.that("always: shown though excluded", same(unwanted, value, attribute))
            self.that("always: shown though others are asked for", attribute.part is not None
                      or same(others, value, attribute))
        else:
            self.that(f"{returned}: not shown when excluded", unwanted is None)
            self.that(f"{returned}: not shown when others are asked for", others is None)

    def wrong_type(self) -> None:
        attribute = self.attribute
        wrong = values.WRONG[attribute.type]
        answer = self.send("POST", "", self.document([wrong] if attribute.multiValued else wrong))
        self.refused("a value of another type is refused", answer, "invalidValue")

    def filtered(self, id_: str, value: Any) -> None:
        attribute = self.attribute
        only = value[0] if isinstance(value, list) else value

        def found(wanted: Any) -> Response:
            return self.send("GET", "?count=200&filter=" + quote(f"{attribute.path} eq {values.literal(wanted)}"))

        if attribute.returned == "never":
            self.refused("never: not to be filtered by", found(only), "invalidFilter")
            answer = self.send("GET", "?filter=" + quote(f"{attribute.path} pr"))
            self.refused("never: nor by presence", answer, "invalidFilter")
            return
        answer = found(only)
        narrow = attribute.type != "boolean" and only != values.CERTIFICATE
        ids = [one["id"] for one in (answer.json() or {}).get("Resources", [])]
        self.that("a filter finds it", answer.status == 200
                  and (ids == [id_] if narrow else answer.json()["totalResults"] > 0), answer)
        if attribute.type == "string":
            swapped = found(only.swapcase())
            self.that("a filter regards letter case as caseExact says",
                      swapped.json()["totalResults"] == (0 if attribute.caseExact else 1), swapped)

    def unique(self, value: Any) -> None:
        self.refused("a second resource with it is refused", self.send("POST", "", self.document(value)), "uniqueness",
                     409)
        if self.attribute.type != "string" or self.attribute.multiValued:
            return
        answer = self.send("POST", "", self.document(value.swapcase()))
        if self.attribute.caseExact:
            self.that("... in another letter case it is another value", answer.status == 201, answer)
        else:
            self.refused("... in another letter case too", answer, "uniqueness", 409)

    def is_required(self, id_: str) -> None:
        without = self.document()
        place = without[self.attribute.container] if self.attribute.container else without
        del place[self.attribute.names[0]]
        self.refused("required: POST without it", self.send("POST", "", without), "invalidValue")
        self.refused("required: PUT without it", self.send("PUT", f"/{id_}", without), "invalidValue")
        answer = self.patch(id_, {"op": "remove", "path": self.attribute.path})
        self.that("required: PATCH remove", answer.status == 400, answer)

    def primary(self, number: int) -> None:
        parts = {part["name"] for part in self.attribute.subAttributes}
        if "primary" not in parts:
            return
        two = self.attribute.value(number + 10_000) + self.attribute.value(number + 20_000)
        for element in two:
            element["primary"] = True
        self.refused("two primary values are refused", self.send("POST", "", self.document(two)), "invalidValue")

    def changed(self, id_: str, value: Any, other: Any) -> None:
        if other == value:
            return
        if self.attribute.mutability == "immutable" or (self.attribute.part and self.attribute.outer["mutability"]
                                                        == "immutable"):
            return self.immutable(id_, value, other)
        shows = self.attribute.returned != "never"
        path = quote(self.attribute.path, safe=":.$")
        answer = self.send("PUT", f"/{id_}", self.document(other))
        self.that("PUT changes it", answer.status == 200 and
                  (not shows or same(self.shown(id_, f"?attributes={path}"), other, self.attribute)), answer)
        answer = self.patch(id_, {"op": "replace", "path": self.attribute.path, "value": value})
        self.that("PATCH changes it", answer.status in (200, 204) and
                  (not shows or same(self.shown(id_, f"?attributes={path}"), value, self.attribute)), answer)
        is_fixed = self.attribute.type == "complex" and not self.attribute.multiValued and any(
            part["mutability"] == "immutable" for part in self.attribute.subAttributes)
        if self.attribute.required:
            return
        name = "immutable part: PATCH remove of the whole" if is_fixed else "PATCH removes it"
        answer = self.patch(id_, {"op": "remove", "path": self.attribute.path})
        self.that(name, answer.status in (200, 204) and self.shown(id_, f"?attributes={path}") is None, answer)
        if not is_fixed:
            return
        for what, wanted in (("null", None), ("{}", {})):
            answer = self.patch(id_, {"op": "add", "path": self.attribute.path, "value": value})
            self.that("immutable part: set again", answer.status in (200, 204), answer)
            document = self.document()
            self.attribute.put_into(document, wanted)
            answer = self.send("PUT", f"/{id_}", document)
            self.that(f"immutable part: PUT with {what} of the whole",
                      answer.status == 200 and self.shown(id_, f"?attributes={path}") is None, answer)

    def immutable(self, id_: str, value: Any, other: Any) -> None:
        for verb in ("replace", "add"):
            self.refused(f"immutable: PATCH {verb} of another value",
                         self.patch(id_, {"op": verb, "path": self.attribute.path, "value": other}), "mutability")
        answer = self.patch(id_, {"op": "replace", "path": self.attribute.path, "value": value})
        self.that("immutable: PATCH of the same value", answer.status in (200, 204), answer)
        self.refused("immutable: PATCH without path",
                     self.patch(id_, {"op": "replace", "value": self.attribute.nested(other)}), "mutability")
        self.refused("immutable: PATCH remove", self.patch(id_, {"op": "remove", "path": self.attribute.path}),
                     "mutability")
        self.refused("immutable: PUT of another value", self.send("PUT", f"/{id_}", self.document(other)), "mutability")
        self.refused_in_bulk("immutable: PUT in a Bulk", "PUT", id_, self.document(other), "mutability")
        self.refused_in_bulk("immutable: PATCH in a Bulk", "PATCH", id_, {"schemas": [PATCH_OP], "Operations": [
            {"op": "replace", "path": self.attribute.path, "value": other}]}, "mutability")
        for what, wanted in (("the same value", value), ("no value", None)):
            document = self.document(wanted)
            answer = self.send("PUT", f"/{id_}", document)
            path = quote(self.attribute.path, safe=":.$")
            kept = self.attribute.returned == "never" or same(self.shown(id_, f"?attributes={path}"), value,
                                                              self.attribute)
            self.that(f"immutable: PUT with {what} keeps it", answer.status == 200 and kept, answer)


def values_of(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value


def same(found: Any, sent: Any, attribute: Attribute) -> bool:
    """What is shown is what was sent, apart from parts that are never or not by default shown."""
    if isinstance(sent, list) and isinstance(found, list):
        return len(sent) == len(found) and all(same(one, other, attribute) for one, other in zip(found, sent))
    if isinstance(sent, dict) and isinstance(found, dict):
        hidden = {part["name"] for part in attribute.subAttributes if part["returned"] in ("never", "request")}
        return all(found.get(name) == value for name, value in sent.items() if name not in hidden)
    return bool(found == sent)


def make_unique(document: dict[str, Any], kind: dict[str, Any]) -> None:
    number = next(NUMBERS)
    for name in ("userName", "displayName", "name"):
        if isinstance(document.get(name), str):
            document[name] = f"{kind['name']} {number}"


def minimal(kind: dict[str, Any], schemas: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """A valid resource with what is required."""
    document: dict[str, Any] = {"schemas": [kind["schema"]]}

    def fill(place: dict[str, Any], uri: str) -> None:
        for definition in schemas[uri]["attributes"]:
            if definition["required"] and values.writable(definition) and definition["name"] not in COMMON:
                place[definition["name"]] = values.whole(definition, next(NUMBERS))

    fill(document, kind["schema"])
    for extension in kind["schemaExtensions"]:
        if extension["required"]:
            document["schemas"].append(extension["schema"])
            fill(document.setdefault(extension["schema"], {}), extension["schema"])
    return document


def attributes_of(kind: dict[str, Any], schemas: dict[str, dict[str, Any]]) -> Iterator[Attribute]:
    extensions = [extension["schema"] for extension in kind["schemaExtensions"]]
    for container in ["", *extensions]:
        for definition in schemas[container or kind["schema"]]["attributes"]:
            if definition["name"] in COMMON or f"{kind['name']}.{definition['name']}" in SPECIAL:
                continue
            yield Attribute(kind, container, definition)
            if definition["type"] == "complex" and not definition["multiValued"] \
                    and values.writable(definition):
                for part in definition["subAttributes"]:
                    yield Attribute(kind, container, definition, part)


def check_all(server: Server, client: Client, outcome: Outcome, chosen: list[str]) -> None:
    documents = Path(server.store_path).with_name("test-resource.json")
    test_resource_documents = test_resource.documents()
    documents.write_text(json.dumps(test_resource_documents), encoding="utf-8")
    loaded = server.command("schema", "load", str(documents), "--tenant", "characteristics")
    outcome.check("TestResource is loaded", loaded.returncode == 0, loaded.stderr)
    schemas = {one["id"]: one for one in client.scim("GET", "/Schemas").json()["Resources"]}
    kinds = client.scim("GET", "/ResourceTypes").json()["Resources"]
    outcome.check("types", {kind["name"] for kind in kinds} >= {"User", "Group", "TestResource"}, str(kinds))
    seen: set[tuple[str, ...]] = set()
    for kind in kinds:
        base = minimal(kind, schemas)
        for attribute in attributes_of(kind, schemas):
            if chosen and not any(word in attribute.title for word in chosen):
                continue
            seen.add(tuple(str(attribute.definition.get(name)) for name in (
                "type", "mutability", "returned", "uniqueness", "caseExact")))
            Attempt(client, outcome, attribute, base).run()
    if not chosen:
        wanted = {tuple(str(one.get(name)) for name in ("type", "mutability", "returned", "uniqueness", "caseExact"))
                  for one in schemas[test_resource.URI]["attributes"]}
        outcome.check("every combination was tried", wanted <= seen and len(wanted) > 230, str(wanted - seen))
        verified = server.verify()
        outcome.check("every invariant holds after it", verified.returncode == 0, verified.stdout[-500:])


def main() -> None:
    chosen = [word for word in sys.argv[1:] if not word.startswith("-")]
    outcome = Outcome("-v" in sys.argv)
    with Server() as server:
        client = server.tenant_client("characteristics")
        check_all(server, client, outcome, chosen)
        client.close()
    outcome.finish()


if __name__ == "__main__":
    main()
