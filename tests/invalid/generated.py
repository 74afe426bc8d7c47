"""Lines made from the server's own /ResourceTypes and /Schemas: each attribute with every kind of wrong value, by POST,
PUT and PATCH, in filters, paths and sortBy. What must come back follows from type, mutability and returned alone:

    a value of the wrong type                  400 invalidValue    RFC 7643 §2.3, RFC 7644 Table 9
    a readOnly attribute named by a path       400 mutability      RFC 7644 §3.5.2
    a required attribute without a value       400 invalidValue; taken away by PATCH: 400 mutability
    an operator or literal that does not fit   400 invalidFilter   RFC 7644 §3.4.2.2
    an attribute that no schema defines        400 invalidPath in a path, invalidFilter in a filter
"""
from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from invalid.line import Line, Way
from invalid.population import MESSAGES
from support.client import Client

# JSON texts, by the type of the attribute. zq7 marks a value that no answer may repeat.
WRONG_TEXT = {
    "string": ["5", "-1.5", "true", '{"zq7": 1}', '["zq7", "zq7b"]'],
    "boolean": ['"zq7"', '"yes"', '"1"', "1", "0", "1.0", '{"zq7": true}', "[true, false]"],
    "integer": ['"zq7"', '"5"', "1.5", "1.0", "1e3", "true", '{"zq7": 1}', "[1, 2]"],
    "decimal": ['"zq7"', '"1.5"', "true", '{"zq7": 1}', "[1.5, 2.5]"],
    "dateTime": ['"zq7"', '"2008-01-23"', '"2011-02-30T00:00:00Z"', '"10:00Z"', '"2011-05-13 04:42:34Z"',
                 '"2011-13-01T00:00:00Z"', '"2011-05-13T24:30:00Z"', '"2011-05-13T04:60:00Z"',
                 '"2011-05-13T04:42:34+25:00"', '"11-05-13T04:42:34Z"', "5", "true", '{"zq7": 1}',
                 '["zq7", "zq7b"]'],
    "binary": ['"zq7*"', '"A*=="', '"-_-_"', '"A"', '"QUJD====="', '"QUI=QUI="', '"QU JD"', "5", "true",
               '{"zq7": 1}', '["zq7", "zq7b"]'],
    "reference": ['"ht tp://zq7"', '"http://[zq7"', '"1:zq7"', '"http://zq7/%zz"', '"http://zq7/<>"', "5", "true",
                  '{"zq7": 1}', '["zq7", "zq7b"]'],
}
# Refused while the JSON is read, where no attribute is known yet.
UNREADABLE = {"string": [r'"zq7\u0000b"'], "integer": ["99999999999999999999", "9223372036854775808"],
              "decimal": ["1e400", "-1e999"]}
OPERATORS_MISFIT = {
    "boolean": ["co", "sw", "ew", "gt", "ge", "lt", "le"], "binary": ["co", "sw", "ew", "gt", "ge", "lt", "le"],
    "integer": ["co", "sw", "ew"], "decimal": ["co", "sw", "ew"], "dateTime": ["co", "sw", "ew"],
    "string": [], "reference": []}
LITERALS_WRONG = {"string": ["5", "true", "1.5"], "reference": ["5", "true"], "binary": ["5", "true"],
                  "boolean": ['"zq7"', "1", '"yes"'], "integer": ['"5"', "true"], "decimal": ['"1.5"', "true"],
                  "dateTime": ['"zq7"', "5", "true", '"2008-01-23"', '"10:00Z"']}
LITERAL_GOOD = {"string": '"a"', "reference": '"a"', "binary": '"QUJD"', "boolean": "true", "integer": "1",
                "decimal": "1.5", "dateTime": '"2011-05-13T04:42:34Z"'}
IDS = {"string": "S-TYPE-02", "boolean": "S-TYPE-04", "integer": "S-TYPE-06", "decimal": "S-TYPE-05",
       "dateTime": "S-TYPE-08", "binary": "S-TYPE-10", "reference": "S-TYPE-12", "complex": "S-TYPE-19"}
VALUES_MAX = 100


@dataclass
class Place:
    """An attribute or sub-attribute where a resource type has it."""
    kind: "Kind"
    uri: str | None                     # of the extension
    attribute: dict[str, Any]
    sub: dict[str, Any] | None = None

    @property
    def target(self) -> dict[str, Any]:
        return self.sub or self.attribute

    @property
    def path(self) -> str:
        path = f"{self.uri}:{self.attribute['name']}" if self.uri else self.attribute["name"]
        return f"{path}.{self.sub['name']}" if self.sub else path

    def read_only(self) -> bool:
        return "readOnly" in (self.attribute["mutability"], self.target["mutability"])

    def never(self) -> bool:
        return "never" in (self.attribute["returned"], self.target["returned"])

    def wrapped(self, value: str) -> str:
        """The value as it stands below the attribute in a body."""
        if self.sub is None:
            return value
        inner = f'{{{json.dumps(self.sub["name"])}: {value}}}'
        return f"[{inner}]" if self.attribute["multiValued"] else inner

    def member(self, value: str) -> str:
        """`"name": value` at the top of a body, in the object of its extension where it has one."""
        own = f'{json.dumps(self.attribute["name"])}: {self.wrapped(value)}'
        if self.uri is None:
            return own
        filled = self.kind.filled(self.uri, self.attribute["name"])
        return f'{json.dumps(self.uri)}: {{{", ".join([*filled, own])}}}'


class Kind:
    """A resource type with its schemas, and the resource of it that the population has."""

    def __init__(self, document: dict[str, Any], schemas: dict[str, dict[str, Any]], existing: dict[str, Any]) -> None:
        self.name = document["name"]
        self.endpoint = document["endpoint"]
        self.base = document["schema"]
        self.extensions = [one["schema"] for one in document.get("schemaExtensions", [])]
        self.required_extensions = [one["schema"] for one in document.get("schemaExtensions", []) if one["required"]]
        self.schemas = schemas
        self.existing = existing

    def places(self) -> Iterator[Place]:
        for uri in [None, *self.extensions]:
            for attribute in self.schemas[uri or self.base]["attributes"]:
                yield Place(self, uri, attribute)
                for sub in attribute.get("subAttributes", []):
                    yield Place(self, uri, attribute, sub)

    def filled(self, uri: str, but: str) -> list[str]:
        """What makes an extension present and good: its required attributes, and one more text."""
        others = [one for one in self.schemas[uri]["attributes"] if one["name"] != but and one["type"] == "string"]
        optional = [one for one in others if not one["required"]][:1]
        return [f'{json.dumps(one["name"])}: "filled"' for one in others if one["required"]] + [
            f'{json.dumps(one["name"])}: "filled"' for one in optional]

    def body(self, place: Place | None, member: str, existing: bool) -> str:
        """A body that is good but for `member`."""
        parts = []
        for one in self.schemas[self.base]["attributes"]:
            at_fault = place and place.uri is None and place.attribute["name"] == one["name"]
            if one["required"] and not at_fault:
                value = self.existing[one["name"]] if existing else "newcomer"
                parts.append(f'{json.dumps(one["name"])}: {json.dumps(value)}')
        for uri in self.required_extensions:
            if place is None or place.uri != uri:
                parts.append(f'{json.dumps(uri)}: {{{", ".join(self.filled(uri, ""))}}}')
        schemas = f'"schemas": [{json.dumps(self.base)}]'
        return "{" + ", ".join([schemas, *parts, *([member] if member else [])]) + "}"

    def resource(self) -> str:
        return f"{self.endpoint}/{self.existing['id']}"


def kinds_of(client: Client) -> list[Kind]:
    schemas = {one["id"]: one for one in client.scim("GET", "/Schemas").json()["Resources"]}
    kinds = []
    for document in client.scim("GET", "/ResourceTypes").json()["Resources"]:
        found = client.scim("GET", document["endpoint"] + "?count=1").json().get("Resources")
        if found:
            kinds.append(Kind(document, schemas, found[0]))
    return kinds


def patch(operation: str) -> str:
    return f'{{"schemas": ["{MESSAGES}:PatchOp"], "Operations": [{operation}]}}'


def operation(op: str, path: str | None, value: str | None) -> str:
    parts = [f'"op": "{op}"']
    if path is not None:
        parts.append(f'"path": {json.dumps(path)}')
    if value is not None:
        parts.append(f'"value": {value}')
    return "{" + ", ".join(parts) + "}"


class Generator:
    def __init__(self, kind: Kind, bulk: bool) -> None:
        self.kind = kind
        self.bulk = bulk
        self.lines: list[Line] = []

    def add(self, group: str, way: Way, given: str, expected: tuple[int, str], words: list[str], ids: str) -> None:
        self.lines.append(Line(f"generated-{group}:{self.kind.name}", way, given, *expected, words, ids.split()))

    def write(self, group: str, place: Place, value: str, words: list[str], ids: str) -> None:
        """A wrong value by POST, PUT, PATCH with a path and PATCH without."""
        kind, member, wrong = self.kind, place.member(value), (400, "invalidValue")
        self.body(group, "POST", kind.endpoint, kind.body(place, member, False), wrong, words, ids)
        self.body(group, "PUT", kind.resource(), kind.body(place, member, True), wrong, words, ids)
        self.change(group, operation("replace", place.path, value), wrong, words, ids)
        self.change(group, operation("add", None, "{" + member + "}"), wrong, words, ids)

    def body(self, group: str, method: str, target: str, body: str, expected: tuple[int, str], words: list[str],
             ids: str) -> None:
        """A request with a body, and every third one as an operation of a Bulk too, where it can be read at all."""
        self.add(group, Way(method, target, [], "<input>"), body, expected, words, ids)
        if self.bulk and words and len(self.lines) % 3 == 0:
            one = f'{{"method": "{method}", "path": "{target}", "bulkId": "b1", "data": {body}}}'
            text = f'{{"schemas": ["{MESSAGES}:BulkRequest"], "Operations": [{one}]}}'
            self.add("bulk", Way("POST", "/Bulk", [], "<input>"), text, expected, words, "P-BULK-30")
            self.lines[-1].in_bulk = True

    def change(self, group: str, text: str, expected: tuple[int, str], words: list[str], ids: str) -> None:
        self.body(group, "PATCH", self.kind.resource(), patch(text), expected, words, ids)

    def query(self, group: str, parameter: str, text: str, expected: tuple[int, str], words: list[str],
              ids: str) -> None:
        way = Way("GET", f"{self.kind.endpoint}?{parameter}=<url>")
        self.add(group, way, text, expected, words, ids)

    # ---- values

    def values(self, place: Place) -> None:
        target, name = place.target, place.target["name"]
        if name == "members" or place.attribute["name"] == "members":
            return                                   # rows of their own: lines/members.txt
        if place.read_only():
            self.read_only(place)
            return
        if target["type"] == "complex":
            for wrong in ["5", "true", "[5]", "[[5]]" if not target["multiValued"] else "[true]"]:
                self.write("types", place, wrong, [name], IDS["complex"])
            if target["multiValued"]:
                self.write("types", place, '"zq7"', [name], IDS["complex"])
                self.several(place)
            return
        for wrong in WRONG_TEXT[target["type"]]:
            if target["multiValued"] and wrong.startswith("["):
                wrong = "[5, true]" if target["type"] == "string" else wrong
            self.write("types", place, wrong, [name], IDS[target["type"]])
            if target["multiValued"] and not wrong.startswith("["):
                self.write("types", place, f"[{wrong}]", [name], IDS[target["type"]])
        for wrong in UNREADABLE.get(target["type"], []):
            self.write("types", place, wrong, [], "S-TYPE-07" if target["type"] == "integer" else "P-I18N-09")
        if target["required"]:
            self.required(place)

    def several(self, place: Place) -> None:
        subs = {sub["name"] for sub in place.attribute.get("subAttributes", [])}
        name = place.attribute["name"]
        if {"value", "primary"} <= subs and name != "x509Certificates":
            two = '[{"value": "zq7a", "primary": true}, {"value": "zq7b", "primary": true}]'
            self.write("several", place, two, [name, "primary"], "S-MV-03 P-PATCH-29")
        if "value" in subs and name != "x509Certificates":
            many = "[" + ", ".join(f'{{"value": "zq7-{i}"}}' for i in range(VALUES_MAX + 1)) + "]"
            self.write("several", place, many, [name], "")

    def read_only(self, place: Place) -> None:
        words = [place.target["name"]]
        if place.target["name"] == "$ref" and place.attribute["mutability"] != "readOnly":
            return                                   # says which value is meant: lines/patch-values.txt
        for op in ("add", "replace"):
            self.change("read-only", operation(op, place.path, '"x"'), (400, "mutability"), words, "P-PATCH-24")
        self.change("read-only", operation("remove", place.path, None), (400, "mutability"), words, "P-PATCH-63")

    def required(self, place: Place) -> None:
        kind, name = self.kind, place.target["name"]
        group, missing = "required", (400, "invalidValue")
        if place.sub is not None:
            return
        for empty in ("null", '""', "[]"):
            member = place.member(empty)
            for method, target, existing in (("POST", kind.endpoint, False), ("PUT", kind.resource(), True)):
                self.body(group, method, target, kind.body(place, member, existing), missing, [name], "S-NULL-04")
            self.change(group, operation("replace", place.path, empty), (400, "mutability"), [name], "P-PATCH-81")
        if place.uri is None:
            self.body(group, "POST", kind.endpoint, kind.body(place, "", False), missing, [name], "P-POST-09")
            self.body(group, "PUT", kind.resource(), kind.body(place, "", True), missing, [name], "P-PUT-11")
        self.change(group, operation("remove", place.path, None), (400, "mutability"), [name], "P-PATCH-63")

    # ---- paths

    def paths(self, place: Place) -> None:
        bad = (400, "invalidPath")
        for path in (f"{place.path}.nosuch", f"{place.path}.", f"{place.path}..value", f"{place.path}[0]",
                     f"{place.path}/0", f"{place.path}:nosuch", f"{place.path} "):
            self.change("paths", operation("replace", path, '"x"'), bad, ["path"], "P-PATCH-09")
        if not place.target["multiValued"] or place.sub is not None:
            path = f'{place.path}[value eq "zq7"]'
            self.change("paths", operation("replace", path, '"x"'), bad, ["path"], "P-PATCH-09")
        elif not place.never():
            for inner, scim_type in (("value xx 1", "invalidFilter"), ("", "invalidFilter"), ("value", "invalidFilter"),
                                     ('nosuch eq "a"', "invalidFilter")):
                path = f"{place.path}[{inner}]"
                self.change("paths", operation("remove", path, None), (400, scim_type), ["path"], "P-PATCH-11")

    # ---- filters and sorting

    def filters(self, place: Place) -> None:
        bad, path, name = (400, "invalidFilter"), place.path, place.target["name"]
        kind = place.target["type"]
        if place.never():
            for text in (f"{path} pr", f'{path} eq "zq7"', f'{path} sw "z"', f"not ({path} pr)",
                         f'id pr and {path} co "z"'):
                self.query("filters", "filter", text, bad, [name], "P-FILT-45")
            self.query("sorting", "sortBy", path, (400, "invalidValue"), ["sortBy"], "P-SORT-13")
            return
        for text in (f"{path} like 1", f"{path} eq", f"{path}", f"{path} eq 'zq7'", f"{path} eq zq7",
                     f"{path} eq null x", f"{path} gt null", f"{path}.nosuch pr", f"{path}[value eq",
                     f"not {path} pr"):
            self.query("filters", "filter", text, bad, [], "P-FILT-02")
        if kind == "complex":
            if not any(sub["name"] == "value" for sub in place.target.get("subAttributes", [])):
                for op in ("eq", "co", "gt"):
                    self.query("filters", "filter", f'{path} {op} "zq7"', bad, [name], "P-FILT-33")
                self.query("sorting", "sortBy", path, (400, "invalidValue"), ["sortBy"], "P-SORT-05")
            return
        for op in OPERATORS_MISFIT[kind]:
            self.query("filters", "filter", f"{path} {op} {LITERAL_GOOD[kind]}", bad, [name, op], "P-FILT-15 P-FILT-16")
        for literal in LITERALS_WRONG[kind]:
            self.query("filters", "filter", f"{path} eq {literal}", bad, [name], "P-FILT-37")
            if place.sub is not None:
                inner = f"{place.path.rpartition('.')[0]}[{name} eq {literal}]"
                self.query("filters", "filter", inner, bad, [name], "P-FILT-37")
        self.query("sorting", "sortBy", f"{path}.nosuch", (400, "invalidValue"), ["sortBy"], "P-SORT-11")

    def run(self) -> list[Line]:
        for place in self.kind.places():
            self.values(place)
            self.paths(place)
            self.filters(place)
        return self.lines


def generate(client: Client, bulk: bool) -> list[Line]:
    return [line for kind in kinds_of(client) for line in Generator(kind, bulk).run()]
