"""Is every answer of the admin API the one that api/openapi/admin.json describes? Whatever a test asks goes by here."""
from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from openapi.schema import faults
from support.client import Response
from support.outcome import Outcome
from support.server import checkout_file

Api = Callable[..., Response]


def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(checkout_file("api", "openapi", "admin.json").read_text(encoding="utf-8"))
    return found


class Judge:
    """Collects, for each operation and status, what does not fit; `report` says it."""

    def __init__(self) -> None:
        self.document = document()
        self.found: dict[tuple[str, str, int], list[str]] = {}
        # Paths without a variable come first: /mass-changes/announcement is no mass change.
        self.patterns = [(re.compile(re.sub(r"\\?\{\w+\\?\}", "[^/]+", re.escape(path))), path)
                         for path in sorted(self.document["paths"], key=lambda path: path.count("{"))]

    def around(self, api: Api) -> Api:
        def asked(method: str, path: str, *arguments: Any, **named: Any) -> Response:
            answer = api(method, path, *arguments, **named)
            self.judge(method, path.partition("?")[0], answer)
            return answer
        return asked

    def operation(self, method: str, path: str) -> tuple[str, dict[str, Any]] | None:
        for expression, pattern in self.patterns:
            if expression.fullmatch(path) and method.lower() in self.document["paths"][pattern]:
                return pattern, self.document["paths"][pattern][method.lower()]
        return None

    def judge(self, method: str, path: str, answer: Response) -> None:
        found = self.operation(method, path)
        if found is None:
            return                                    # no such operation: the answer is nobody's
        pattern, operation = found
        said = self.found.setdefault((method, pattern, answer.status), [])
        responses = operation["responses"]
        described = responses.get(str(answer.status)) or (responses.get("default") if answer.status >= 400 else None)
        if described is None:
            said.append("the status is not described")
            return
        content = described.get("content")
        kind = (answer.header("Content-Type") or "").split(";")[0]
        if content is None:
            said += [f"a body where none is described: {answer.body[:200]!r}"] if answer.body else []
        elif "%" in path and answer.status == 400 and kind == "application/scim+json":
            pass                                      # an URL that cannot be read is refused before any API sees it
        elif kind not in content:
            said.append(f"the type is {kind!r}")
        elif kind.endswith("json") and "ndjson" not in kind:
            said += [f"{one} {answer.body[:300]!r}" for one in
                     faults(answer.json(), content[kind].get("schema", {}), self.document, closed=True)]

    def report(self, outcome: Outcome) -> None:
        for (method, pattern, status), said in sorted(self.found.items()):
            outcome.check(f"OpenAPI: {method} {pattern} answers {status} as described", not said, "; ".join(said[:2]))
        done = {(method, pattern) for method, pattern, status in self.found if status < 400}
        refused = {(method, pattern) for method, pattern, status in self.found if status >= 400}
        every = {(method.upper(), path) for path, operations in self.document["paths"].items()
                 for method in operations}
        # The answers of a sign-in by OpenID are judged with the provider: program/openid.py.
        every -= {("GET", "/sign-in/openid"), ("GET", "/sign-in/openid/callback")}
        outcome.check("OpenAPI: every operation was done", not every - done, str(sorted(every - done)))
        never = {("GET", "/openapi.json")}
        outcome.check("OpenAPI: every operation was refused, too", not every - refused - never,
                      str(sorted(every - refused - never)))
