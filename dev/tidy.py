#!/usr/bin/env python3
"""House style as a test: what can be judged by reading the text.

  tidy.py [FILE...]     all sources of the repository, or these; the last line is `N passed, N failed`

A line may be excused with a comment that says why: `// tidy: allow RULE: reason`.
"""
from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CPP = {".h", ".cpp"}
PYTHON = {".py"}
SHELL = {".sh", ""}
FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 800
# clang-format breaks at 110; a line that a person let run on (a table row, a comment) stops here.
LINE_CHARACTERS_MAX = 120
HEADER_COMMENT_LINES_MIN = 1

BANNED: list[tuple[str, str, str]] = [
    (r"\b(?:std::)?(?:strcmp|strncmp|memcmp)\s*\([^)]*(?:secret|token|password|hash|digest)", "compare-secrets",
     "use equal_in_constant_time"),
    (r"(?<![\w.>:])(?:std::)?s?rand\s*\(", "rand", "use random_bytes"),
    (r"(?<![\w.>:])(?:std::|::)?system\s*\(", "system", "no shell is started by the server"),
    (r"(?<![\w.>:])(?:std::|::)?(?:gmtime|localtime|asctime|ctime)\s*\(", "gmtime",
     "not safe on threads; use base/time.h"),
    (r"\bstd::regex\b", "regex", "no regular expressions for protocol grammar"),
    (r"(?<!_ptr)(?<![\w_])(?<!>\()(?<!\w\()new\s+[A-Za-z_:]+[<({\s;]", "raw-new", "use make_unique or a container"),
    (r"(?<![\w.>:])(?:sprintf|strcpy|strcat|gets|strtok)\s*\(", "unbounded", "writes without a bound or keeps state"),
    (r"\bstd::(?:to_lower|tolower|toupper)\s*\(", "locale-case", "depends on the locale; use base/text.h"),
    (r"\bprofile\s*[!=]=", "profile-asked", "no rule asks which profile a tenant has; ask a policy value"),
    (r"\busing namespace std\s*;", "using-std", "names stay qualified"),
]
SQL = re.compile(r'"\s*(?:SELECT\s+[\w*(]|INSERT\s+(?:OR\s+\w+\s+)?INTO\s|UPDATE\s+\w+\s+SET\s|'
                 r'DELETE\s+FROM\s|PRAGMA\s+\w|'
                 r'CREATE\s+(?:TABLE|INDEX|VIEW|TRIGGER)|BEGIN\s+IMMEDIATE|SAVEPOINT\s)')
TODO = re.compile(r"\b(?:TODO|FIXME|XXX)\b(?!\s*\(#\d+\))")
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:home|root|workspace|work|mnt)/")
ALLOW = re.compile(r"tidy: allow ([\w-]+): \S")
CONTROL_WORDS = ("if", "for", "while", "switch", "catch", "do", "else", "try", "namespace", "class", "struct", "enum",
                 "union", "extern")


@dataclass
class Finding:
    path: str
    line: int
    rule: str
    text: str


def sources(arguments: list[str]) -> list[Path]:
    if arguments:
        return [Path(argument).resolve() for argument in arguments]
    listed = subprocess.run(["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"],
                            capture_output=True, text=True, check=False)
    names = listed.stdout.split("\n") if listed.returncode == 0 else [
        str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if path.is_file()]
    found = []
    for name in names:
        path = ROOT / name
        if not name or name.startswith(("build/", "data/", "tests/replay/data/", "fuzz/corpus")) or not path.is_file():
            continue
        if "/corpus/" in name:
            continue
        if path.suffix in CPP | PYTHON or name in ("run", "test", ".ci/run") or name.startswith("dev/"):
            found.append(path)
    return sorted(found)


def findings(path: Path) -> Iterator[Finding]:
    name = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else str(path)
    text = path.read_text(encoding="utf-8", errors="replace")
    lines = text.split("\n")
    if len(lines) > FILE_LINES_MAX:
        yield Finding(name, FILE_LINES_MAX, "file-length", f"{len(lines)} lines, at most {FILE_LINES_MAX}")
    for number, line in enumerate(lines, 1):
        yield from line_findings(name, number, line, path.suffix in CPP)
    if path.suffix in CPP:
        yield from function_findings(name, lines)
        if path.suffix == ".h" and not lines[0].startswith(("//", "/*")):
            yield Finding(name, 1, "header-comment", "a header opens with what it is for and what it promises")
    if path.suffix in PYTHON:
        yield from python_findings(name, lines)


def line_findings(name: str, number: int, line: str, is_cpp: bool) -> Iterator[Finding]:
    allowed = set(ALLOW.findall(line))
    found: list[tuple[str, str]] = []
    if len(line) > LINE_CHARACTERS_MAX and not (is_cpp and "_test.cpp" in name and 'R"' in line):
        found.append(("line-length", f"{len(line)} characters, at most {LINE_CHARACTERS_MAX}"))
    if "\t" in line:
        found.append(("tab", "tabs are not used"))
    if is_cpp and not line.isascii() and not name.startswith("tests/") and "_test." not in name:
        # The section sign is how RFCs are cited in comments.
        rest = line.replace("\u00a7", "")
        if not rest.isascii():
            found.append(("non-ascii", "sources are ASCII; write escapes"))
    if line != line.rstrip():
        found.append(("trailing-space", "spaces at the end of the line"))
    if TODO.search(line) and not name.startswith("dev/tidy"):
        found.append(("todo", "a TODO names its issue: TODO(#12)"))
    if MACHINE_PATH.search(line) and not name.startswith("dev/tidy"):
        found.append(("machine-path", "a path of one machine"))
    if is_cpp:
        code = strip_comment(line)
        for pattern, rule, why in BANNED:
            if name.startswith("src/") and re.search(pattern, code):
                found.append((rule, why))
        if SQL.search(code) and not name.startswith(("src/store/", "tests/")):
            found.append(("sql-outside-store", "SQL is written in store/ only"))
    for rule, why in found:
        if rule not in allowed:
            yield Finding(name, number, rule, why)


def strip_comment(line: str) -> str:
    position = line.find("//")
    return line if position < 0 or line[:position].count('"') % 2 else line[:position]


def function_findings(name: str, lines: list[str]) -> Iterator[Finding]:
    """A function is what stands between a `{` that opens at the end of a signature and the `}` in the same column."""
    for number, line in enumerate(lines):
        stripped = line.strip()
        if not re.search(r"\)\s*(?:const|noexcept|override|final|mutable|->.*|:.*|\s)*\{$", stripped):
            continue
        first = signature_start(lines, number)
        line = lines[first]
        if re.split(r"[^\w]", line.strip())[0] in CONTROL_WORDS or line.strip().startswith("}"):
            continue
        indent = len(line) - len(line.lstrip())
        closing = next((index for index in range(number + 1, len(lines))
                        if lines[index].startswith(" " * indent + "}") and lines[index].strip()[:1] == "}"), None)
        if closing is None:
            continue
        length = closing - number + 1
        if length > FUNCTION_LINES_MAX and not is_table(lines[number:closing]):
            yield Finding(name, number + 1, "function-length", f"{length} lines, at most {FUNCTION_LINES_MAX}")


def signature_start(lines: list[str], number: int) -> int:
    """The line where the parentheses that close on line `number` were opened."""
    open_ones = 0
    while True:
        open_ones += lines[number].count(")") - lines[number].count("(")
        if open_ones <= 0 or number == 0:
            return number
        number -= 1


def is_table(body: list[str]) -> bool:
    """A function that only returns a static table is data."""
    rows = [line.strip() for line in body if line.strip()]
    data = sum(row.startswith(("{", '"', "//", "LIMIT_ROW", "}")) or row.endswith((",", "},")) for row in rows)
    return any("static const" in row or row == "return {" for row in rows[:4]) and data > len(rows) * 0.6


def python_findings(name: str, lines: list[str]) -> Iterator[Finding]:
    start, indent, title = None, 0, ""
    for number, line in enumerate([*lines, "end"]):
        outside = line.strip() and len(line) - len(line.lstrip()) <= indent and not line.strip().startswith(")")
        if start is not None and outside:
            last = number
            while not lines[last - 1].strip():
                last -= 1
            if last - start > FUNCTION_LINES_MAX:
                yield Finding(name, start + 1, "function-length",
                              f"{title}: {last - start} lines, at most {FUNCTION_LINES_MAX}")
            start = None
        match = re.match(r"( *)(?:async )?def (\w+)", line)
        if match and start is None:
            start, indent, title = number, len(match[1]), match[2]


def main() -> None:
    passed, failures = 0, 0
    for path in sources(sys.argv[1:]):
        found = list(findings(path))
        passed += not found
        failures += len(found)
        for one in found:
            print(f"{one.path}:{one.line}: {one.rule}: {one.text}")
    print(f"{passed} passed, {failures} failed")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
