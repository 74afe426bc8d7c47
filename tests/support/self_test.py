#!/usr/bin/env python3
"""Tests of the test runners: what must be seen as a failure is seen as one."""
from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from behaviour.invariants import broken                   # noqa: E402
from behaviour.match import header_mismatch, mismatch     # noqa: E402
from invalid.judge import fault_of                        # noqa: E402
from invalid.line import Line, Request, Way               # noqa: E402
from openapi.schema import faults                         # noqa: E402
from replay.paths import holds                            # noqa: E402
from support.client import Response                       # noqa: E402
from support.outcome import Outcome                       # noqa: E402
from trace.check import Trace                             # noqa: E402
from trace.records import Records                         # noqa: E402
from trace.sources import Sources                         # noqa: E402

MATCHES = [
    ({"a": 1}, {"a": 1, "b": 2}), ({"a": "<absent>"}, {}), ({"a": "<text>"}, {"a": "x"}), ([], []), (1, 1.0),
    (["<unordered>", 1, 2], [2, 1]), (["<contains>", 2], [1, 2]), (["<none>", 3], [1, 2]),
    (["<each>", "<int>"], [1, 2]),
    ({"<only>": True, "a": 1}, {"a": 1}), ("<re:^a.c$>", "abc"), ("<decimal>", 3.0),
    ("<len:2>", [1, 2]), ("<not:x>", "y"), ("<min:3>", 3),
    ("<time>", "2026-01-01T00:00:00.000Z"), ("<gt:a>", "b"), ("<has:B>", "abc"), ("<list>", []), ("<bool>", False),
]
MISMATCHES = [
    ({"a": 1}, {}), ({"a": 1}, {"a": 2}), ({"a": 1}, {"a": "1"}), ({"a": True}, {"a": 1}),
    ({"a": "<absent>"}, {"a": None}),
    ({"a": "<text>"}, {"a": ""}), ([], [1]), ([1], []), ([1, 2], [2, 1]), (["<unordered>", 1], [1, 1]),
    (["<unordered>", 1, 1], [1]), (["<contains>", 3], [1, 2]), (["<none>", 2], [1, 2]), (["<each>", "<int>"], [1, "2"]),
    ({"<only>": True, "a": 1}, {"a": 1, "b": 2}), ("<re:^a.c$>", "abd"), ("<len:2>", [1]), ("<not:x>", "x"),
    ("<min:3>", 2), ("<max:3>", 4), ("<time>", "2026-01-01T00:00:00Z"), ("<gt:b>", "b"), ("<has:x>", "abc"),
    ("<decimal>", 3), ("<int>", True), ("<bool>", 0), ("<nonsense>", "x"), ("text", None), ({}, []), ([], {}),
]
SCIM = [("Content-Type", "application/scim+json"), ("Cache-Control", "no-store")]
LIST = b'"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"]'
ERROR = b'"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"]'
GOOD = [
    (200, b'{"schemas":["x"],"id":"1"}'), (404, b'{%s,"status":"404","detail":"d"}' % ERROR), (204, b""),
    (200, b'{%s,"totalResults":0,"startIndex":1,"itemsPerPage":0,"Resources":[]}' % LIST),
]
BROKEN = [
    (200, b"<html>"), (200, b"{}"), (200, b'{"schemas":[]}'), (200, b'{"schemas":["x","x"]}'), (200, b"[]"), (200, b""),
    (200, b'{"schemas":["x"],"title":null}'), (200, b'{"schemas":["x"],"password":"p"}'),
    (200, b'{"schemas":["x"],"meta":{"created":"yesterday"}}'), (200, b'{"schemas":["x"],"meta":{"version":"W/1"}}'),
    (204, b"{}"), (404, b'{"schemas":["x"],"status":"404","detail":"d"}'),
    (404, b'{%s,"status":404,"detail":"d"}' % ERROR),
    (404, b'{%s,"status":"400","detail":"d"}' % ERROR), (404, b'{%s,"status":"404"}' % ERROR),
    (400, b'{%s,"status":"400","detail":"d","scimType":"nonsense"}' % ERROR),
    (400, b'{%s,"status":"400","detail":"SELECT id FROM x"}' % ERROR),
    (200, b'{%s,"totalResults":"0","startIndex":1,"itemsPerPage":0,"Resources":[]}' % LIST),
    (200, b'{%s,"totalResults":0,"startIndex":1,"itemsPerPage":0}' % LIST),
    (200, b'{%s,"totalResults":0,"startIndex":1,"itemsPerPage":5,"Resources":[]}' % LIST),
    (200, b'{%s,"totalResults":1,"startIndex":1,"itemsPerPage":1,"Resources":[{"id":"1"}]}' % LIST),
]
REFUSED_WELL = b'{%s,"status":"400","scimType":"invalidValue","detail":"title must be a text."}' % ERROR
REFUSED_BADLY = [
    (500, REFUSED_WELL), (200, b"{}"), (400, b"<html>"), (400, REFUSED_WELL.replace(b"invalidValue", b"invalidPath")),
    (400, REFUSED_WELL.replace(b'"scimType":"invalidValue",', b"")), (400, REFUSED_WELL.replace(b"title", b"name")),
    (400, REFUSED_WELL.replace(b'"400"', b"400")), (400, REFUSED_WELL.replace(b"text.", b"text, not zq7.")),
    (400, REFUSED_WELL.replace(b"text.", b"text: sqlite3_step.")), (400, REFUSED_WELL.replace(b"Error", b"Errors")),
    (400, REFUSED_WELL.replace(b'"detail"', b'"details"')),
]
DOCUMENT = {"a": {"b": [{"t": "x", "v": 1}, {"t": "y", "v": 2}]}, "s": "True", "n": None}
HOLDS = [("$.a.b[*].t", "set==", ["y", "x"]), ('$.a.b[?(@.t=="y")].v', "contains", 2), ("$.s", "==", "True"),
         ("$.a.b", "len", 2), ("$.c", "absent", True), ("$.n", "nullish", True), ("$.a.b[0].v", ">=", 1),
         ("$.a.b[*].v", "type-each", "integer"), ("$['a'].b[1].t", "!=", "x"), ("$.a.b[*].t", "disjoint", ["z"])]
HOLDS_NOT = [("$.a.b[*].t", "set==", ["y"]), ("$.s", "==", True), ("$.a.b[0].v", "==", True), ("$.c", "==", None),
             ("$.c", "!=", 1), ("$.n", "nonempty", True), ("$.a.b[*].t", "disjoint", ["x"]), ("$.c", "exists", True),
             ("$.a.b[*].v", "type-each", "string"), ("$.a.b", "len", 3), ("$.s", "type", "boolean")]


PROVES_NOTHING = ["behaviour/nowhere.http: x", "behaviour/delete.http: nowhere", "unit: No.Such",
                  "replay/okta.jsonl: x",
                  "filters: x", "program: x", "edge: xyzzy", "step: x", "nonsense: x", "nonsense",
                  "edge:"]


def trace_cases(outcome: Outcome) -> None:
    sources = Sources()
    for reference in PROVES_NOTHING:
        outcome.check(f"'{reference}' proves nothing", sources.missing(reference, "P-DEL-01") is not None, "it does")
    with tempfile.TemporaryDirectory() as name:
        step = Path(name) / "program"
        step.mkdir()
        (step / "program.jsonl").write_text('{"name": "program: a", "passed": true}\n'
                                            '{"name": "program: b", "passed": true}\n'
                                            '{"name": "program: b", "passed": false}\n', encoding="utf-8")
        records = Records(Path(name))
        for reference, why in (("program: a", None), ("program: b", "it failed"), ("program: c", "it did not run"),
                               ("edge: a step that was not asked for", None)):
            found = records.missing(reference)
            outcome.check(f"trace: {reference} is {why}", found == why, f"{found}")


    own, others = ["behaviour/mob-16-audit-rows.http: A write"], ["behaviour/audit-trail.http: A read"]
    for one, tests, good in (("MOB-16", own, True), ("MOB-16", others, False), ("MOB-1", own, False),
                             ("STD-17", others, True), ("P-DEL-01", others, True)):
        outcome.check(f"trace: {one} {'has' if good else 'has no'} script of its own in {tests}",
                      (not Trace.without_script(one, tests)) == good, "")


def schema_cases(outcome: Outcome) -> None:
    schema = {"$ref": "#/o"}
    document = {"o": {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}}
    for value, closed, good in (({"n": 1}, True, True), ({"n": "1"}, False, False), ({"n": True}, False, False),
                                ({}, False, False), ({"n": 1, "m": 2}, False, True), ({"n": 1, "m": 2}, True, False),
                                ([], False, False)):
        found = faults(value, schema, document, closed=closed)
        outcome.check(f"{value} {'fits' if good else 'does not fit'}, closed {closed}", (not found) == good, str(found))


def refusal_cases(outcome: Outcome) -> None:
    line = Line("lines:1", Way("POST", "/Users"), "zq7", 400, "invalidValue", ["title"], [])
    request = Request("POST", "/scim/v2/Users", [], b"{}", ["title"])

    def why(status: int, headers: list[tuple[str, str]], body: bytes) -> str | None:
        return fault_of(line, request, Response(status, headers, body, 0))

    good = why(400, SCIM, REFUSED_WELL)
    outcome.check("a good refusal is good", good is None, str(good))
    for status, body in REFUSED_BADLY:
        outcome.check(f"{status} {body!r} is no good refusal", why(status, SCIM, body) is not None, "not noticed")
    plain = [("Content-Type", "application/json")]
    outcome.check("a refusal of another type is seen", why(400, plain, REFUSED_WELL) is not None, "not noticed")


def main() -> None:
    outcome = Outcome("-v" in sys.argv)
    for expected, found in MATCHES:
        why = mismatch(expected, found)
        outcome.check(f"{expected} matches {found}", why is None, str(why))
    for expected, found in MISMATCHES:
        outcome.check(f"{expected} does not match {found}", mismatch(expected, found) is not None, "it does")
    for status, body in GOOD:
        why = broken(Response(status, SCIM, body, 0), "GET", False, False)
        outcome.check(f"{status} {body!r} is good", why is None, str(why))
    for status, body in BROKEN:
        outcome.check(f"{status} {body!r} is broken",
                      broken(Response(status, SCIM, body, 0), "GET", False, False) is not None, "not noticed")
    for lines in ([("Content-Type", "text/html"), SCIM[1]], SCIM[:1]):
        answer = Response(200, lines, GOOD[0][1], 0)
        outcome.check(f"{lines} is broken", broken(answer, "GET", False, False) is not None, "not noticed")
    for path, operator, value in HOLDS:
        outcome.check(f"{path} {operator} {value}", holds(DOCUMENT, path, operator, value), "it does not hold")
    for path, operator, value in HOLDS_NOT:
        outcome.check(f"not: {path} {operator} {value}", not holds(DOCUMENT, path, operator, value), "it holds")
    outcome.check("a missing header is seen", header_mismatch("ETag", "<text>", None) is not None, "")
    outcome.check("a wrong header is seen", header_mismatch("ETag", 'W/"1"', 'W/"2"') is not None, "")
    outcome.check("a header that should be absent is seen", header_mismatch("ETag", "<absent>", "x") is not None, "")
    refusal_cases(outcome)
    schema_cases(outcome)
    trace_cases(outcome)
    outcome.finish()


if __name__ == "__main__":
    main()
