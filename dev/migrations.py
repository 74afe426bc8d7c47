#!/usr/bin/env python3
"""Two versions serve one PostgreSQL database during an upgrade (docs/operations.md): what a migration does must not
disturb the version before. It makes new tables, indexes, functions and views, and adds columns that may be NULL or
have a default. A file that must do more says `-- stop: all processes` in a line of its own, and so must the notes of
the version.

  migrations.py             check the migrations; the last line is `N passed, N failed`
  migrations.py FILE...     check these
"""
from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "src/store/postgres/migrations"
# Written before there was a version to serve beside.
OLD = 7
STOP = re.compile(r"^-- stop: all processes$", re.M)
NAME = r"(?:IF NOT EXISTS )?(\w+)"
ALLOWED = [re.compile(pattern, re.I | re.S) for pattern in (
    r"CREATE TABLE\b", r"CREATE INDEX\b", r"CREATE (?:OR REPLACE )?VIEW\b", r"CREATE (?:OR REPLACE )?FUNCTION\b",
    r"CREATE POLICY\b", r"GRANT\b", r"COMMENT ON\b", r"ALTER TABLE \w+ (?:ENABLE|FORCE) ROW LEVEL SECURITY\b")]
ADDS = re.compile(r"ALTER TABLE (\w+)\s+(.*)", re.I | re.S)
COLUMN = re.compile(r"ADD COLUMN " + NAME + r"\s+(.*)", re.I | re.S)
FORBIDDEN_IN_COLUMN = re.compile(r"\b(?:UNIQUE|PRIMARY KEY|REFERENCES|CHECK|GENERATED)\b", re.I)
NEW_TABLE = re.compile(r"CREATE TABLE " + NAME, re.I)
ON_TABLE = re.compile(r"(?:ALTER TABLE|CREATE UNIQUE INDEX \w+ ON|CREATE TRIGGER \w+ .*? ON|INSERT INTO) (\w+)",
                      re.I | re.S)


def statements(text: str) -> list[str]:
    """Without comments; a body between $$ is part of its statement."""
    text = re.sub(r"--[^\n]*", "", text)
    parts, inside, current = re.split(r"(\$\w*\$|;)", text), False, ""
    found = []
    for part in parts:
        if part == ";" and not inside:
            found.append(current)
            current = ""
            continue
        if part.startswith("$") and part.endswith("$"):
            inside = not inside
        current += part
    return [" ".join(one.split()) for one in [*found, current] if one.strip()]


def split_actions(actions: str) -> list[str]:
    """At commas outside of parentheses."""
    found, depth = [""], 0
    for letter in actions:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            found.append("")
        else:
            found[-1] += letter
    return [one.strip() for one in found]


def is_harmless(action: str) -> bool:
    """Of ALTER TABLE: a column of which the version before need not know."""
    column = COLUMN.fullmatch(action)
    if column is None:
        return re.fullmatch(r"(?:ENABLE|FORCE) ROW LEVEL SECURITY", action, re.I) is not None
    if FORBIDDEN_IN_COLUMN.search(column[2]):
        return False
    return "NOT NULL" not in column[2].upper() or re.search(r"\bDEFAULT\b", column[2], re.I) is not None


def problems(text: str) -> list[str]:
    if STOP.search(text):
        return []
    found, new = [], set()
    for statement in statements(text):
        if made := NEW_TABLE.match(statement):
            new.add(made[1])
            continue
        if any(one.match(statement) for one in ALLOWED):
            continue
        if (table := ON_TABLE.match(statement)) and table[1] in new:
            continue
        if (altered := ADDS.fullmatch(statement)) and all(map(is_harmless, split_actions(altered[2]))):
            continue
        found.append(statement[:100])
    return found


# What must be let through, and what must be seen.
GOOD = ("CREATE TABLE a (b int NOT NULL); CREATE UNIQUE INDEX c ON a (b); INSERT INTO a VALUES (1);",
        "ALTER TABLE member ADD COLUMN a text;",
        "ALTER TABLE member ADD COLUMN a text NOT NULL DEFAULT '', ADD COLUMN b int;",
        "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ DELETE FROM a; DROP TABLE b; $$;",
        "-- stop: all processes\nDROP TABLE member;")
BAD = ("DROP TABLE member;", "ALTER TABLE member DROP COLUMN role;", "ALTER TABLE member RENAME COLUMN role TO rank;",
       "ALTER TABLE member ADD COLUMN a text NOT NULL;", "ALTER TABLE member ADD COLUMN a int UNIQUE;",
       "ALTER TABLE member ALTER COLUMN role TYPE int;", "CREATE UNIQUE INDEX a ON member (role);",
       "UPDATE member SET role = 'x';", "DELETE FROM member;",
       "ALTER TABLE member ADD CONSTRAINT a CHECK (role <> '');",
       "CREATE TRIGGER a BEFORE INSERT ON member FOR EACH ROW EXECUTE FUNCTION f();",
       "ALTER TABLE member ADD COLUMN a text, DROP COLUMN role;", "REVOKE SELECT ON member FROM rollcall_server;",
       "-- stops: all processes\nDROP TABLE member;")


def main() -> None:
    failed = [f"not seen: {text}" for text in BAD if not problems(text)]
    failed += [f"seen without need: {text}" for text in GOOD if problems(text)]
    files = [Path(name) for name in sys.argv[1:]] or [one for one in sorted(FOLDER.glob("*.sql"))
                                                      if int(one.name[:3]) > OLD]
    for path in files:
        failed += [f"{path.name}: the version before may not bear this; add, or say `-- stop: all processes`: {one}"
                   for one in problems(path.read_text(encoding="utf-8"))]
    for line in failed:
        print(line)
    print(f"{len(files) + len(GOOD) + len(BAD) - len(failed)} passed, {len(failed)} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
