"""Reading the lines of tests/invalid/lines: what is sent, and what must come back. README.md describes the form."""
from __future__ import annotations

import codecs
import json
import re
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

KEYWORDS = {"invalidFilter", "tooMany", "uniqueness", "mutability", "invalidSyntax", "invalidPath", "noTarget",
            "invalidValue", "invalidVers", "sensitive", "invalidCursor", "expiredCursor", "invalidCount"}
PLACES = re.compile(r"<(input|raw|url|text)>")
VARIABLE = re.compile(r"\$\{([^}]+)\}")
EXPECTED = re.compile(r"^(?P<operation>op +)?(?P<status>[45]\d\d)(?: +(?P<rest>.*?))? *(?:\[(?P<ids>[A-Z][\w -]*)\])?$")


class LineError(Exception):
    pass


@dataclass
class Way:
    """How an input is sent: a request with places for it."""
    method: str
    target: str
    headers: list[str] = field(default_factory=list)
    body: str | None = None


@dataclass
class Line:
    where: str                 # "filters:12", or the name of a generator
    way: Way
    input: str
    status: int
    scim_type: str             # empty: none
    words: list[str]           # the detail has to hold them, letter case aside
    ids: list[str]
    in_bulk: bool = False      # the answer is 200, and the last operation has the status

    def title(self) -> str:
        shown = self.input if len(self.input) <= 100 else self.input[:97] + "..."
        return f"{' '.join([*self.ids, self.where])}: {self.way.method} {self.way.target.split('?')[0]} {shown}"


@dataclass
class Request:
    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes | None
    words: list[str]


def read_expected(text: str, where: str) -> tuple[int, str, list[str], list[str], bool]:
    match = EXPECTED.match(text.strip())
    if not match:
        raise LineError(f"{where}: not understood: => {text}")
    words = (match["rest"] or "").split()
    scim_type = words.pop(0) if words and words[0] in KEYWORDS else ""
    return int(match["status"]), scim_type, words, (match["ids"] or "").split(), bool(match["operation"])


def read_file(path: Path) -> Iterator[Line]:
    ways: list[Way] = []
    in_head = False
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        where = f"{path.stem}:{number}"
        if not text.strip() or text.startswith("# "):
            continue
        if text.startswith(">> "):
            method, _, target = text[3:].strip().partition(" ")
            ways = [*ways, Way(method, target)] if in_head else [Way(method, target)]
            in_head = True
        elif text.startswith("   ") and in_head:
            if ways[-1].body is None and re.match(r"^   [A-Za-z-]+:", text):
                ways[-1].headers.append(text.strip().removeprefix("header: "))
            else:
                ways[-1].body = (ways[-1].body or "") + text.strip()
        else:
            in_head = False
            given, arrow, expected = text.rpartition(" => ")
            if not arrow or not ways:
                raise LineError(f"{where}: a line is INPUT => STATUS, below a request")
            given = given.strip()
            for way in ways:
                yield Line(where, way, "" if given == "(empty)" else given, *read_expected(expected, where))


def make_request(line: Line, variable: Callable[[str], str], token: str) -> Request:
    """The request of a line; `variable` gives the text of ${...}."""
    def filled(text: str) -> str:
        return VARIABLE.sub(lambda match: variable(match[1]), text)

    given = filled(line.input)

    def placed(template: str, encode: Callable[[str], bytes]) -> bytes:
        forms = {"input": lambda: encode(given), "text": lambda: json.dumps(given).encode(),
                 "url": lambda: urllib.parse.quote(given, safe="").encode(),
                 "raw": lambda: codecs.decode(given, "unicode_escape").encode("latin-1")}
        out, end = b"", 0
        for match in PLACES.finditer(template):
            out += encode(filled(template[end:match.start()])) + forms[match[1]]()
            end = match.end()
        return out + encode(filled(template[end:]))

    headers: list[tuple[str, str]] = []
    for template in line.way.headers:
        for text in placed(template, str.encode).decode().split("\\n"):
            name, colon, value = text.partition(":")
            if not colon:
                raise LineError(f"{line.where}: a header is NAME: VALUE")
            headers.append((name.strip(), value.strip()))
    names = {name.lower() for name, _ in headers}
    if "authorization" not in names:
        headers.append(("Authorization", "Bearer " + token))
    body = None if line.way.body is None else placed(line.way.body, str.encode)
    if body is not None and "content-type" not in names:
        headers.append(("Content-Type", "application/scim+json"))
    headers = [(name, value) for name, value in headers if value != "<none>"]
    target = placed(line.way.target, str.encode).decode()
    target = target.removeprefix("root:") if target.startswith("root:") else "/scim/v2" + target
    return Request(line.way.method, target, headers, body, [filled(word) for word in line.words])
