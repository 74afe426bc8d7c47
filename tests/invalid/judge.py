"""What every refusal must look like (RFC 7644 §3.12, P-ERR-01 to P-ERR-05)."""
from __future__ import annotations

import re

from invalid.line import Line, Request
from support.client import Response

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
# A marker in inputs: it stands for a value or a secret, which no answer may repeat (P-ERR-05).
SECRET = "zq7"
INTERNAL = re.compile(r"(?i:sqlite|exception|stack|std::|boost|json::|\.cpp|\.h:|errno|nullptr|assert|abort|"
                      r"0x[0-9a-f]{6}|_scim_|thread|null pointer)|SELECT |INSERT |UPDATE |DELETE ")


def fault_of(line: Line, request: Request, answer: Response) -> str | None:
    """None, or a sentence that says what is wrong with the answer."""
    try:
        document = answer.json() or {}
    except ValueError:
        return f"{answer.status} with a body that is no JSON: {answer.body[:120]!r}"
    status = answer.status
    if line.in_bulk and status == 200:
        last = (document.get("Operations") or [{}])[-1]
        document, status = last.get("response", {}), int(last.get("status", 0))
    said = f"{status} {document.get('scimType', '')} \"{document.get('detail', '')}\""
    if status != line.status or document.get("scimType", "") != line.scim_type:
        return f"{said}, expected {line.status} {line.scim_type}"
    if request.method == "HEAD":
        return None
    wants_json = any(name == "Accept" and value == "application/json" for name, value in request.headers)
    if answer.header("Content-Type") != ("application/json" if wants_json else "application/scim+json"):
        return f"Content-Type is {answer.header('Content-Type')} (P-HTTP-01)"
    return fault_of_form(request.words, document, status, said) or fault_of_whole(answer, said)


def fault_of_form(words: list[str], document: dict[str, object], status: int, said: str) -> str | None:
    if document.get("schemas") != [ERROR]:
        return f"schemas is {document.get('schemas')} (P-ERR-01)"
    if document.get("status") != str(status):
        return f"status is {document.get('status')!r}, not a string with {status} (P-ERR-02)"
    detail = document.get("detail")
    if not isinstance(detail, str) or len(detail) < 10:
        return f"detail is {detail!r} (P-ERR-04)"
    if set(document) - {"schemas", "status", "scimType", "detail"}:
        return f"the error has members that RFC 7644 does not know: {sorted(document)}"
    for word in words:
        if word.lower() not in detail.lower():
            return f"the detail does not name {word}: {said} (P-ERR-04)"
    if found := INTERNAL.search(detail):
        return f"the detail shows {found[0]!r}: {said} (P-ERR-05)"
    return None


def fault_of_whole(answer: Response, said: str) -> str | None:
    if SECRET in answer.body.decode("utf-8", "replace").lower():
        return f"the answer repeats a value that was sent: {said} (P-ERR-05)"
    if answer.status == 401 and not answer.header("WWW-Authenticate"):
        return "a 401 without WWW-Authenticate (P-AUTH-01)"
    if answer.status == 405 and not answer.header("Allow"):
        return "a 405 without Allow (P-HTTP-23)"
    return None
