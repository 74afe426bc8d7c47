#!/usr/bin/env python3
"""Writes docs/profiles/*.md: what each profile promises, and how to see it with curl. The promises come from
tests/trace/mission.json, the requests from the behaviour scripts that prove them, the values from profiles/*.json.

  docs/make_profiles.py            writes the pages
  docs/make_profiles.py --check    writes nothing; exit code 1 when a page does not agree with its sources
"""
from __future__ import annotations

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "behaviour"))

from script import Script, Step, read_script   # noqa: E402

# Proven by programs of their own.
WITHOUT_SCRIPT = {"STD-17"}
AREAS = {"MOB": "mobieus", "MOD": "modelux", "PLU": "plur", "STD": "standard"}
SCIM, MESSAGES = "urn:ietf:params:scim:schemas:core:2.0:", "urn:ietf:params:scim:api:messages:2.0:"
SCHEMAS = {"USER": [SCIM + "User"], "GROUP": [SCIM + "Group"], "SEARCH": [MESSAGES + "SearchRequest"]}
OPERATIONS = {"OPS": "PatchOp", "BULK": "BulkRequest"}
WRITTEN_OUT = {"USER": SCIM + "User", "GROUP": SCIM + "Group", "SPC": SCIM + "ServiceProviderConfig",
               "ENT": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", "tenant": "acme"}
FORM = "RAW "                     # what is sent as it is: forms, which a shell writes the same way


def body_of(step: Step) -> str:
    kind, _, text = step.body.partition(" ")
    text = re.sub(r"\s+", " ", text)
    if kind in OPERATIONS:
        return f'{{"schemas": ["{MESSAGES}{OPERATIONS[kind]}"], "Operations": {text}}}'
    if kind in SCHEMAS and text.startswith("{"):
        rest = text[1:].lstrip()
        return f'{{"schemas": {json.dumps(SCHEMAS[kind])}' + (", " if rest != "}" else "") + rest
    return re.sub(r"\s+", " ", step.body)


def named(text: str) -> str:
    """Variables of scripts as those of a shell; those that every script has are written out."""
    def one(match: re.Match[str]) -> str:
        return WRITTEN_OUT.get(match[1], "$" + re.sub(r"\W+", "_", match[1]).strip("_"))
    return re.sub(r"\$\{([\w.@:\[\]-]+)\}", one, text)


def quoted(text: str) -> str:
    """For a shell, which looks for variables in double quotes only."""
    plain = named(text).replace("'", r"'\''")
    return "'" + re.sub(r"\$([A-Za-z_]\w*)", r"""'"$\1"'""", plain) + "'"


def token_of(step: Step, headers: dict[str, str]) -> str:
    """The variable that has the token, by the face that is asked and by whose it is."""
    who = headers.get("As", "")
    if step.target.startswith("root:/api/admin"):
        return "SESSION"
    if step.target.startswith("root:/api/v1"):
        return "KEY"
    return "TOKEN_" + who.upper() if who not in ("", "main") else "TOKEN"


def curl_of(step: Step) -> str:
    target = step.target
    headers = dict(step.headers)
    url = f"$ORIGIN{target.removeprefix('root:')}" if target.startswith("root:") else f"$BASE{target}"
    words = ["curl -sg"] + ([f"-X {step.method}"] if step.method != "GET" else [])
    words.append('"' + re.sub(r'[ "\[\]]', lambda one: f"%{ord(one[0]):02X}", named(url)) + '"')
    if "Authorization" not in headers and headers.get("As") != "none":
        words.append(f'-H "Authorization: Bearer ${token_of(step, headers)}"')
    words += ["-H " + quoted(f"{name}: {value}") for name, value in step.headers if name not in ("As", "Content-Type")]
    if step.body.startswith(FORM):
        words.append("-d " + quoted(step.body.removeprefix(FORM)))
    elif step.body:
        words.append("-H 'Content-Type: application/scim+json'" if not target.startswith("root:/api")
                     else "-H 'Content-Type: application/json'")
        words.append("-d " + quoted(body_of(step)))
    return " \\\n    ".join(words)


def shown_for(scripts: list[Script], one: str) -> tuple[Script, Step] | None:
    """The step that is marked as the one that shows it: the first row where it is a table."""
    found: dict[int, tuple[Script, Step]] = {}
    for script in scripts:
        for step in script.steps:
            if one in step.shows:
                found.setdefault(step.line, (script, step))
    if len(found) > 1:
        sys.exit(f"{one} is shown by more than one step: {', '.join(script.name for script, _ in found.values())}.")
    return next(iter(found.values()), None)


def command_of(step: Step) -> str:
    """What a reader types."""
    if step.kind == "cli":
        return f"rollcall {named(step.target)} --store $STORE"
    if step.kind == "sql":
        return f'sqlite3 rollcall.db "{named(" ".join(step.target.split()))}"'
    return curl_of(step)


def expectation(step: Step) -> str:
    return re.sub(r" (?:same )?as \w+", "", step.expected).replace("|", " or ")


def example(scripts: list[Script], one: str) -> list[str]:
    shown = shown_for(scripts, one)
    if shown is None:
        if one in WITHOUT_SCRIPT:
            return []
        sys.exit(f"No step of a behaviour script is marked as the one that shows {one} ([{one}*]).")
    script, step = shown
    title = re.sub(r"^(?:\.\.\. )+(?:and )?", "", step.title)
    return [f"**{one}**, {title}: `{expectation(step)}`", "", "```sh", command_of(step),
            "```", "", f"All of it: `tests/behaviour/run.py {script.name}`.", ""]


def page(area: str, profile: str, scripts: list[Script], promises: list[dict[str, str]]) -> str:
    values = json.loads((ROOT / "profiles" / f"{profile}.json").read_text(encoding="utf-8"))
    values.pop("description", None)
    lines = [f"# Profile {profile}", "", "Written by `docs/make_profiles.py`.", "",
             f"    rollcall tenant create acme --profile {profile} --store sqlite:rollcall.db", "",
             "A profile is where a tenant starts; every value can be changed with `rollcall tenant set`. It sets:", "",
             "| Value | Is |", "|---|---|"]
    lines += [f"| `{name}` | `{json.dumps(value, ensure_ascii=False)}` |" for name, value in values.items()]
    lines += ["", "## What it promises", "", "| ID | Promise |", "|---|---|"]
    lines += [f"| {one['id']} | {one['text']} |" for one in promises]
    lines += ["", "## How to see it", "",
              "`BASE` is the base URL with `/scim/v2`, `ORIGIN` the server's address, `TOKEN` a credential of",
              "the tenant, `TOKEN_OTHER` and its like another one's, `SESSION` the token of an administrator",
              "(`POST /api/admin/v1/sign-in`), `KEY` a service key. Other names stand for ids of answers before:",
              "an example is one request of a story, and the script below it has the rest. Behind each title is",
              "the status that comes back. `./test documents` plays each story so far and types the example.", ""]
    for one in promises:
        lines += example(scripts, one["id"])
    return "\n".join(lines).rstrip() + "\n"


def main() -> None:
    promises = json.loads((ROOT / "tests" / "trace" / "mission.json").read_text(encoding="utf-8"))
    scripts = [read_script(path) for path in sorted((ROOT / "tests" / "behaviour").glob("*.http"))]
    wrong = []
    for area, profile in AREAS.items():
        target = ROOT / "docs" / "profiles" / f"{profile}.md"
        text = page(area, profile, scripts, promises[area]["requirements"])
        if sys.argv[1:] != ["--check"]:
            target.write_text(text, encoding="utf-8")
        elif not target.exists() or target.read_text(encoding="utf-8") != text:
            wrong.append(target.name)
    if wrong:
        sys.exit(f"docs/profiles: {', '.join(wrong)} do not agree with their sources; run docs/make_profiles.py.")


if __name__ == "__main__":
    main()
