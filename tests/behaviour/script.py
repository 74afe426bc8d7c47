"""Behaviour scripts: from the text of a .http file to steps. README.md describes the format."""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
HEADER = re.compile(r"^([A-Za-z][A-Za-z0-9-]*):[ \t]*(.*)$")
ID = re.compile(r"^(?:[A-Z]+(?:-[A-Z0-9]+)*-\d+|[TP]\d+|quirk-\d\d|filter-cases)$")
GIVEN = re.compile(r"^GIVEN (\w+) = (User|Group) ?(.*)$", re.S)


class ScriptError(Exception):
    pass


@dataclass
class Step:
    line: int
    title: str = ""
    ids: list[str] = field(default_factory=list)
    shows: list[str] = field(default_factory=list)   # those of the ids that a reader sees best here
    kind: str = "http"                       # http, cli, sql, given, wait
    parallel: int = 1
    repeat: int = 1
    method: str = ""
    target: str = ""                         # path and query, command line, SQL, or milliseconds
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: str = ""
    expected: str = ""                       # the words after "=>"
    expected_headers: list[tuple[str, str]] = field(default_factory=list)
    expected_body: str = ""
    heading: str = ""                        # the title before the row of a table was filled in


@dataclass
class Script:
    path: Path
    header_ids: list[str] = field(default_factory=list)
    directives: list[list[str]] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.path.stem

    def ids(self) -> list[str]:
        seen: dict[str, None] = {}
        for step in self.steps:
            for one in step.ids:
                seen.setdefault(one)
        return list(seen)


def read_script(path: Path) -> Script:
    script = Script(path)
    lines = path.read_text(encoding="utf-8").splitlines()
    position = 0
    while position < len(lines):
        line = lines[position]
        if line.startswith("### "):
            position = read_step(script, lines, position)
        elif line.startswith("GIVEN "):
            first = position
            text = [line]
            while position + 1 < len(lines) and lines[position + 1].startswith("    "):
                position += 1
                text.append(lines[position])
            match = GIVEN.match("\n".join(text))
            if not match:
                raise ScriptError(f"{path.name}:{first + 1}: GIVEN name = User|Group {{...}}")
            script.steps.append(Step(first + 1, f"given {match[1]}", kind="given", method=match[1], target=match[2],
                                     body=match[3] or "{}"))
            position += 1
        elif line.startswith("WAIT "):
            script.steps.append(Step(position + 1, "wait", kind="wait", target=line[5:].strip()))
            position += 1
        elif line.startswith("#"):
            if not script.steps and not script.directives and line.startswith("# ids:"):
                script.header_ids += line[6:].split()
            elif script.header_ids and re.fullmatch(r"#   +[^a-z]*(?:quirk-\d\d[^a-z]*)*", line) and not script.steps:
                script.header_ids += line[1:].split()
            position += 1
        elif line.split(" ")[0] in ("tenant", "credential", "servicekey", "server", "operator", "admin"):
            script.directives.append(line.split())
            position += 1
        elif line.strip() == "":
            position += 1
        else:
            raise ScriptError(f"{path.name}:{position + 1}: expected a step (###), GIVEN, WAIT, a directive or a "
                              f"comment, found: {line[:60]}")
    return script


def read_step(script: Script, lines: list[str], start: int) -> int:
    """Reads the step that begins at `start`, once for each row of its table. Returns the line after it."""
    end = start + 1
    while end < len(lines) and not lines[end].startswith(("### ", "GIVEN ", "WAIT ")):
        end += 1
    block = lines[start:end]
    columns: list[str] = []
    rows: list[list[str]] = []
    rest: list[str] = [block[0]]
    for line in block[1:]:
        if line.startswith("WITH ") and not rows:
            columns = [name.strip() for name in line[5:].split(",")]
        elif columns and line.startswith("| ") and len(rest) == 1:
            cells = [cell.strip() for cell in line[2:].split(" | ")]
            if len(cells) != len(columns):
                raise ScriptError(f"{script.path.name}:{start + 1}: a row has {len(cells)} cells, "
                                  f"the table {len(columns)} columns: {line}")
            rows.append(cells)
        elif line.startswith("# ") or line == "#":
            rest.append("")
        else:
            rest.append(line)
    if columns and not rows:
        raise ScriptError(f"{script.path.name}:{start + 1}: WITH without rows")
    for row in rows or [[]]:
        filled = rest
        for name, cell in zip(columns, row):
            filled = [line.replace(f"%{name}%", cell) for line in filled]
        step = parse_step(script, "\n".join(filled).split("\n"), start + 1)
        step.heading = title_of(block[0])[1]
        script.steps.append(step)
    return end


def title_of(line: str) -> re.Match[str]:
    """Title and ids of `### Title  [ids]`."""
    title = re.fullmatch(r"### (.*?)(?:\s+\[([^\][]*)\])?\s*", line)
    assert title
    return title


def parse_step(script: Script, block: list[str], line: int) -> Step:
    where = f"{script.path.name}:{line}"
    step = Step(line)
    title = title_of(block[0])
    words = (title[2] or "").split()
    step.title, step.ids = title[1], [word.removesuffix("*") for word in words]
    step.shows = [word.removesuffix("*") for word in words if word.endswith("*")]
    for one in step.ids:
        if not ID.match(one):
            raise ScriptError(f"{where}: {one} is no id of a behaviour")
    position = 1
    while position < len(block) and not block[position].strip():
        position += 1
    if position == len(block):
        raise ScriptError(f"{where}: the step does nothing")
    position = read_action(step, block, position, where)
    if position >= len(block) or not block[position].startswith("=>"):
        raise ScriptError(f"{where}: the step expects nothing (no line with =>)")
    step.expected = block[position][2:].strip()
    position += 1
    while position < len(block) and (match := HEADER.match(block[position])):
        step.expected_headers.append((match[1], match[2].strip()))
        position += 1
    step.expected_body = "\n".join(block[position:]).strip()
    return step


def read_action(step: Step, block: list[str], position: int, where: str) -> int:
    words = block[position].split(" ", 1)
    while words[0] in ("PARALLEL", "REPEAT"):
        count, rest = words[1].split(" ", 1)
        setattr(step, words[0].lower(), int(count))
        words = rest.split(" ", 1)
    if words[0] in ("CLI", "SQL"):
        step.kind = words[0].lower()
        text = [words[1]]
        position += 1
        while position < len(block) and not block[position].startswith("=>"):
            text.append(block[position])
            position += 1
        step.target = "\n".join(text).strip()
        return position
    if words[0] not in METHODS or len(words) < 2:
        raise ScriptError(f"{where}: not a request, CLI or SQL line: {block[position][:60]}")
    step.method, step.target = words[0], words[1]
    position += 1
    while position < len(block) and (match := HEADER.match(block[position])):
        step.headers.append((match[1], match[2].strip()))
        position += 1
    body: list[str] = []
    while position < len(block) and not block[position].startswith("=>"):
        body.append(block[position])
        position += 1
    step.body = "\n".join(body).strip()
    return position


def header_lines(ids: list[str]) -> list[str]:
    """The first lines of a script, at most 110 characters each."""
    lines, current = [], "# ids:"
    for one in ids:
        if len(current) + len(one) + 1 > 110:
            lines.append(current)
            current = "#      "
        current += " " + one
    return lines + [current]
