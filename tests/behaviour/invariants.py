"""What holds for every SCIM answer, whatever the request: judged on each answer of every script."""
from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from support.client import Response

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
KEYWORDS = {"invalidFilter", "tooMany", "uniqueness", "mutability", "invalidSyntax", "invalidPath", "noTarget",
            "invalidValue", "invalidVers", "sensitive", "invalidCursor", "expiredCursor", "invalidCount"}
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")


def walk(value: Any, path: str = "") -> Iterator[tuple[str, str, Any]]:
    """Every member of every object: path, name, value."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield path, name, inner
            yield from walk(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from walk(inner, path + "[]")


def broken(answer: Response, method: str, json_asked: bool, projected: bool,
           cursor_asked: bool = False) -> str | None:
    """None, or a sentence with the id of what the answer breaks."""
    if answer.status == 204 or answer.status == 304 or method == "HEAD":
        return "a body where none may be" if answer.body else None
    if not answer.body:
        return f"a {answer.status} without a body" if answer.status != 201 else None
    try:
        document = answer.json()
    except ValueError:
        return f"the body is no JSON (P-HTTP-01): {answer.body[:120]!r}"
    wanted = "application/json" if json_asked else "application/scim+json"
    if (answer.header("Content-Type") or "").split(";")[0] != wanted:
        return f"Content-Type is {answer.header('Content-Type')}, not {wanted} (P-HTTP-01)"
    if not isinstance(document, dict):
        return "the body is no object"
    if "no-store" not in (answer.header("Cache-Control") or "") and "private" not in (
            answer.header("Cache-Control") or ""):
        return "the answer may be kept by shared caches (P-SEC-09)"
    schemas = document.get("schemas")
    if not isinstance(schemas, list) or not schemas or len(set(schemas)) != len(schemas):
        return "schemas is missing, empty or has an URI twice (S-RES-01, S-RES-03)"
    if answer.status >= 400:
        return broken_error(answer, document)
    return broken_content(answer, document, projected, cursor_asked)


def broken_error(answer: Response, document: dict[str, Any]) -> str | None:
    if document["schemas"] != [ERROR]:
        return "an error without the Error schema (P-ERR-01)"
    if document.get("status") != str(answer.status):
        return f"status is {document.get('status')!r}, not \"{answer.status}\" (P-ERR-02)"
    if "scimType" in document and document["scimType"] not in KEYWORDS:
        return f"scimType {document['scimType']!r} is not registered (P-ERR-03)"
    if not document.get("detail"):
        return "no detail (P-ERR-04)"
    if re.search(r"sqlite|SELECT |INSERT |\.cpp|std::|0x[0-9a-f]{6}|rc_scim_", document["detail"]):
        return f"detail shows internals: {document['detail']!r} (P-ERR-05)"
    return None


def broken_content(answer: Response, document: dict[str, Any], projected: bool,
                   cursor_asked: bool) -> str | None:
    for path, name, value in walk(document):
        if value is None:
            return f"{path}.{name} is null (S-NULL-03)"
        if name == "password" and "subAttributes" not in path and document.get("id", "")[:4] != "urn:":
            return "a password is shown (S-USER-11)"
        if name in ("created", "lastModified") and not TIME.match(str(value)):
            return f"{name} is {value!r} (S-COM-20)"
    if document["schemas"] == [LIST]:
        # Pages by cursor have no startIndex (RFC 9865 §2).
        by_cursor = cursor_asked and "startIndex" not in document
        for name in ("totalResults", "itemsPerPage") + (() if by_cursor else ("startIndex",)):
            if not isinstance(document.get(name), int) or isinstance(document.get(name), bool):
                return f"{name} is {document.get(name)!r} (P-LIST-02, P-LIST-04)"
        elements = document.get("Resources")
        if not isinstance(elements, list):
            return "Resources is no list (P-LIST-03)"
        if document["itemsPerPage"] != len(elements):
            return f"itemsPerPage is {document['itemsPerPage']} with {len(elements)} elements (P-PAGE-10)"
        for element in elements:
            if not element.get("schemas") or not isinstance(element.get("id", "x"), str):
                return "a listed resource without schemas or with a strange id (P-LIST-11)"
            if not projected and "meta" not in element:
                return "a listed resource without meta (P-LIST-11)"
        return None
    version = document.get("meta", {}).get("version") if isinstance(document.get("meta"), dict) else None
    if version is not None and version != answer.header("ETag"):
        return f"meta.version is {version}, ETag {answer.header('ETag')} (S-COM-17)"
    return None


def broken_api(answer: Response) -> str | None:
    """The same for the JSON APIs: an object or no body at all, and problems by RFC 9457."""
    kind = (answer.header("Content-Type") or "").split(";")[0]
    if not answer.body and kind != "application/x-ndjson":
        return None if answer.status == 204 else f"a {answer.status} without a body"
    if answer.status == 200 and kind in ("text/csv", "application/x-ndjson"):
        return None                                   # an export
    if kind != ("application/problem+json" if answer.status >= 400 else "application/json"):
        return f"Content-Type is {kind} with {answer.status}"
    document = answer.json()
    if not isinstance(document, dict):
        return "the body is no object"
    if answer.status < 400:
        return None
    if document.get("status") != answer.status or document.get("type") != "about:blank" or not document.get("title"):
        return f"no problem document: {document}"
    if not document.get("detail") or re.search(r"sqlite|SELECT |\.cpp|std::|rc_[a-z]+_", document["detail"]):
        return f"detail is {document.get('detail')!r}"
    return None
