#!/usr/bin/env python3
"""Writes docs/tolerances.md from the table in src/scim/tolerances.cpp.

  docs/make_tolerances.py            writes the page
  docs/make_tolerances.py --check    writes nothing; exit code 1 when the page does not agree with the table
"""
from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import generated

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "scim" / "tolerances.cpp"
PAGE = ROOT / "docs" / "tolerances.md"

TOKEN = re.compile(r'\s+|//[^\n]*|/\*.*?\*/|(?P<text>"(?:[^"\\]|\\.)*")|(?P<word>[A-Za-z_]\w*)|(?P<number>\d+)|'
                   r'(?P<mark>[{},])', re.S)
ESCAPE = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}


@dataclass
class Row:
    name: str
    quirk: int
    sent_by: str
    accepted: str
    why_safe: str
    strict_refuses: bool
    never: bool


def tokens(text: str) -> list[tuple[str, str]]:
    """Strings, words, numbers and marks; strings that stand side by side are one, as in C++."""
    found: list[tuple[str, str]] = []
    position = 0
    while position < len(text):
        match = TOKEN.match(text, position)
        if match is None:
            raise SystemExit(f"{SOURCE.name}: cannot read the table at {text[position:position + 40]!r}")
        position = match.end()
        kind = match.lastgroup
        if kind is None:
            continue
        value = match.group(kind)
        if kind == "text":
            value = re.sub(r"\\(.)", lambda escape: ESCAPE[escape.group(1)], value[1:-1])
            if found and found[-1][0] == "text":
                found[-1] = ("text", found[-1][1] + value)
                continue
        found.append((kind, value))
    return found


def read_rows() -> list[Row]:
    source = SOURCE.read_text(encoding="utf-8")
    begin = source.index("return {", source.index("make_table()")) + len("return ")
    table = tokens(source[begin:source.index("};", begin)])[1:]
    rows: list[Row] = []
    fields: list[str] = []
    depth = 0
    for kind, value in table:
        if (kind, value) == ("mark", "{"):
            depth, fields = depth + 1, []
        elif (kind, value) == ("mark", "}"):
            depth -= 1
            _, name, quirk, sent_by, accepted, why, strict, *never = fields
            rows.append(Row(name, int(quirk), sent_by, accepted, why, strict == "kStrictRefuses", never == ["true"]))
        elif depth == 1 and kind != "mark":
            fields.append(value)
    return rows


def cell(text: str) -> str:
    return text.replace("|", "\\|").replace("[", "\\[").replace("<", "&lt;").replace("*", "\\*")


def section(title: str, intro: str, rows: list[Row]) -> list[str]:
    lines = ["", f"## {title}", "", intro, "",
             "| Name | Sent by | What is done | Why it is safe |", "|---|---|---|---|"]
    lines += [f"| `{row.name}` | {cell(row.sent_by)} | {cell(row.accepted)} | {cell(row.why_safe)} |" for row in rows]
    return lines


def page() -> str:
    rows = read_rows()
    taken = [row for row in rows if not row.never]
    lines = [
        "# Tolerances",
        "",
        "<!-- Written by docs/make_tolerances.py from src/scim/tolerances.cpp. Change the table there. -->",
        "",
        "Identity providers deviate from RFC 7643 and RFC 7644. This page lists each deviation that the server knows,",
        "who sends it, what the server does, and why that cannot do harm. Every request is judged by itself: one",
        "tenant of Microsoft Entra ID may send two dialects.",
        "",
        "A tenant whose policy value `strict` is true gets strict mode, and so does a single request with the header",
        "`Prefer: handling=strict`. `AMB-nn` is the number of a reading in [readings.md](readings.md).",
    ]
    lines += section("Accepted, refused in strict mode", "Strict mode answers 400 to these.",
                     [row for row in taken if row.strict_refuses])
    lines += section("Accepted always", "These follow from the standards, or have one possible meaning.",
                     [row for row in taken if not row.strict_refuses])
    lines += section("Known and not accepted", "These are refused in every mode.", [row for row in rows if row.never])
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    generated.write(PAGE, lambda _: page(),
                    "docs/tolerances.md does not agree with src/scim/tolerances.cpp; run docs/make_tolerances.py.",
                    __doc__)
