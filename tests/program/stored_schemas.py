"""Schema files: what is refused when it is loaded, with a sentence that names the file's fault."""
from __future__ import annotations

import json
import re
import subprocess
from typing import Any

from program.check import Check
from support import program
from support.server import Server, checkout_file

SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Schema"
TYPE = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"


def schema(*attributes: dict[str, Any], uri: str = "urn:example:test:2.0:Thing") -> dict[str, Any]:
    return {"schemas": [SCHEMA], "id": uri, "name": "Thing", "description": "A thing.", "attributes": list(attributes)}


def resource_type(**more: Any) -> dict[str, Any]:
    return {"schemas": [TYPE], "id": "Thing", "name": "Thing", "endpoint": "/Things", "description": "Things.",
            "schema": "urn:example:test:2.0:Thing", **more}


GOOD = schema({"name": "label", "type": "string"})
# What is wrong, the documents, a word of the sentence.
REFUSED: list[tuple[str, list[Any], str]] = [
    ("S-ATTR-04 a name that begins with a digit", [schema({"name": "1x"})], "1x|name"),
    ("S-ATTR-04 a name with a blank", [schema({"name": "a b"})], "name"),
    ("S-ATTR-04 an empty name", [schema({"name": ""})], "name"),
    ("S-ATTR-07 an unknown data type", [schema({"name": "x", "type": "uuid"})], "type"),
    ("S-ATTR-08 sub-attributes of a simple attribute",
     [schema({"name": "x", "type": "string", "subAttributes": [{"name": "y"}]})], "sub"),
    ("S-ATTR-08 complex in complex", [schema({"name": "x", "type": "complex", "subAttributes": [
        {"name": "y", "type": "complex", "subAttributes": [{"name": "z"}]}]})], "complex"),
    ("S-SCH-12 an unknown reference type",
     [schema({"name": "x", "type": "reference", "referenceTypes": ["Nobody"]})], "reference|Nobody"),
    ("S-RT-01 two types with one name", [GOOD, resource_type(), resource_type(endpoint="/Others")], "name|Thing"),
    ("S-RT-02 two types with one endpoint", [GOOD, resource_type(), resource_type(name="Other", id="Other")],
     "endpoint|Things"),
    ("S-RT-02 P-DISC-10 the endpoint of a standard type", [GOOD, resource_type(endpoint="/Users")], "endpoint|Users"),
    ("P-DISC-09 an endpoint that names tenants", [GOOD, resource_type(endpoint="/Tenants")], "endpoint"),
    ("P-DISC-09 an endpoint that looks like a version", [GOOD, resource_type(endpoint="/v3")], "endpoint"),
    ("S-RT-03 a type without its schema", [resource_type(schema="urn:example:none")], "schema"),
    ("S-RT-04 an extension without its schema",
     [GOOD, resource_type(schemaExtensions=[{"schema": "urn:example:none", "required": False}])], "schema|extension"),
    ("two attributes with one name", [schema({"name": "x"}, {"name": "X"})], "x"),
    ("two schemas with one id", [GOOD, GOOD], "Thing|id|twice"),
    ("a file that is no JSON", ["{"], "JSON|line|bad"),
    ("a document of another kind", [{"schemas": ["urn:example:other"], "id": "x"}], "schemas|Schema|kind"),
    ("a number", ["5"], "object|document|JSON"),
    ("an empty list", ["[]"], r"bad0\.json.*empty list"),
    ("a fault, with the file that has it", [GOOD, schema({"name": "x", "type": "uuid"}, uri="urn:example:other")],
     r"bad1\.json.*attribute x: .uuid. is no known type; there are string, boolean"),
]


def test_refused(check: Check) -> None:
    for number, (what, documents, word) in enumerate(REFUSED):
        folder = check.folder / f"schemas{number}"
        folder.mkdir()
        for index, document in enumerate(documents):
            text = document if isinstance(document, str) else json.dumps(document)
            (folder / f"bad{index}.json").write_text(text)
        try:
            result = program.run("serve", "--store", check.store(), "--listen", "127.0.0.1:0", "--schemas",
                                 str(folder), timeout=10)
        except subprocess.TimeoutExpired:
            check.that(f"{what}: refused", False, "the server runs")
            continue
        check.that(f"{what}: refused", result.returncode in (1, 2), f"exit {result.returncode}")
        check.that(f"{what}: with a sentence", re.search(word, result.stderr) is not None, result.stderr)
    check.run("serve", "--store", check.store(), "--listen", "127.0.0.1:0", "--schemas", str(check.folder / "none"),
              code=(1, 2), says=str(check.folder / "none"))


def log_of_server_with(check: Check, *documents: dict[str, Any]) -> tuple[str, Any]:
    folder = check.folder / "schemas"
    folder.mkdir(exist_ok=True)
    for index, document in enumerate(documents):
        (folder / f"s{index}.json").write_text(json.dumps(document))
    with Server("--schemas", str(folder)) as server:
        client = server.tenant_client("schemas")
        answer = client.scim("POST", "/Things", {"schemas": ["urn:example:test:2.0:Thing"], "label": "a", "id": "b"})
        client.close()
        return server.log(), answer


def test_common_attributes_win(check: Check) -> None:
    """S-COM-19: a schema that lists id with other characteristics does not change them."""
    _, answer = log_of_server_with(
        check, schema({"name": "label"}, {"name": "id", "type": "string", "returned": "request",
                                          "mutability": "readWrite"}), resource_type())
    check.that("S-COM-19 id is still the server's and always shown",
               answer.status == 201 and answer.json()["id"] != "b", f"{answer.status} {answer.body!r}")


def test_warning(check: Check) -> None:
    """S-RES-17: an extension that redefines a core attribute is taken, with a warning."""
    log, answer = log_of_server_with(
        check, GOOD, schema({"name": "label"}, uri="urn:example:test:2.0:More"),
        resource_type(schemaExtensions=[{"schema": "urn:example:test:2.0:More", "required": False}]))
    check.that("S-RES-17 it works", answer.status == 201, f"{answer.status} {answer.body!r}")
    check.that("S-RES-17 the log warns", "label" in log and "warning" in log.lower(), log)


def test_schemas_of_the_behaviour_scripts(check: Check) -> None:
    """S-ATTR-04: $ref and x-y_1 are good names."""
    folder = str(checkout_file("tests", "behaviour", "schemas"))
    types = json.loads(check.run("routes", "--json", "--schemas", folder).stdout)["types"]
    check.that("S-RES-16 its types are served", {"/Devices", "/Badges"} <= set(types), str(types))
