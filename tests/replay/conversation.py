"""A recorded conversation: reading, checking its form, and playing it against a server."""
from __future__ import annotations

import json
import random
import re
import urllib.parse
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from replay.paths import OPERATORS, holds, select
from support.client import Client, NoAnswer, Response

MEMBERS = {"step", "method", "path", "headers", "body", "capture", "expect", "source", "confidence", "origin"}
OPTIONAL_MEMBERS = {"note", "auth", "optional", "raw_body", "max_ms", "requires"}
VARIABLE = re.compile(r"\$\{([^}]+)\}")


class NotCaptured(Exception):
    pass


@dataclass
class Result:
    passed: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    failures: list[tuple[str, str]] = field(default_factory=list)
    misses: list[tuple[str, str]] = field(default_factory=list)      # of steps that are optional


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def form_errors(path: Path) -> list[str]:
    """What is wrong with a file without sending anything."""
    errors: list[str] = []
    known = {"run", "RUN", "base"}
    names: set[str] = set()
    for number, row in enumerate(read(path), 1):
        where = f"{path.name} {number} {row.get('step')}"
        if MEMBERS - set(row) or set(row) - MEMBERS - OPTIONAL_MEMBERS:
            errors.append(f"{where}: members missing or unknown")
            continue
        if row["step"] in names:
            errors.append(f"{where}: a step with that name is there already")
        names.add(row["step"])
        if not row["path"].startswith("/") or re.search(r'[ "<>\[\]]', VARIABLE.sub("", row["path"])):
            errors.append(f"{where}: the path is not encoded")
        for name in VARIABLE.findall(json.dumps([row["path"], row["body"], row["expect"]])):
            if name not in known and not name.startswith("uuid:"):
                errors.append(f"{where}: ${{{name}}} is captured nowhere before")
        for check_path, operator, _ in row["expect"].get("json", []):
            select({}, VARIABLE.sub("x", check_path))
            if operator not in OPERATORS:
                errors.append(f"{where}: unknown operator {operator}")
        known |= {name.rstrip("?") for name in row["capture"]}
    return errors


class Conversation:
    def __init__(self, path: Path, client: Client, base: str, groups: bool = True) -> None:
        """`groups` false: what the provider sends when groups are not pushed."""
        self.path = path
        self.groups = groups
        self.client = client
        run = random.choice("abcdefgh") + f"{random.getrandbits(28):07x}"
        self.variables: dict[str, Any] = {"run": run, "RUN": run.upper(), "base": base}
        self.result = Result()

    def play(self) -> Result:
        for row in read(self.path):
            if not self.groups:
                if row["path"].startswith("/Groups"):
                    continue
                row["expect"]["json"] = [one for one in row["expect"].get("json", [])
                                         if not str(one[2]).endswith(":Group")]
            try:
                why = self.exchange(row)
            except NotCaptured as error:
                self.result.skipped.append(f"{row['step']}: ${{{error}}} was not captured")
                continue
            if not why:
                self.result.passed.append(row["step"])
            elif row.get("optional"):
                self.result.misses.append((row["step"], why))
            else:
                self.result.failures.append((row["step"], why))
        return self.result

    # ---- variables

    def value(self, name: str) -> Any:
        if name.startswith("uuid:"):
            self.variables.setdefault(name, str(uuid.uuid4()))
        if name not in self.variables:
            raise NotCaptured(name)
        return self.variables[name]

    def filled(self, document: Any) -> Any:
        if isinstance(document, str):
            whole = VARIABLE.fullmatch(document)
            if whole:
                return self.value(whole[1])
            return VARIABLE.sub(lambda match: str(self.value(match[1])), document)
        if isinstance(document, list):
            return [self.filled(one) for one in document]
        if isinstance(document, dict):
            return {name: self.filled(one) for name, one in document.items()}
        return document

    def target(self, path: str) -> str:
        return VARIABLE.sub(lambda match: urllib.parse.quote(str(self.value(match[1])), safe="-._~"), path)

    # ---- one exchange

    def exchange(self, row: dict[str, Any]) -> str | None:
        target = self.client.base + self.target(row["path"])
        expected = self.filled(row["expect"])
        body: bytes | None = None
        if "raw_body" in row:
            body = row["raw_body"].encode()
        elif row["body"] is not None:
            body = json.dumps(self.filled(row["body"]), ensure_ascii=False).encode()
        headers = {name: value for name, value in row["headers"].items() if value is not None}
        auth = row.get("auth", "")
        if auth == "bad":
            headers["Authorization"] = f"Bearer wrong-{self.client.token}"
        elif auth.startswith("raw:"):
            headers["Authorization"] = auth[4:]
        elif auth != "none":
            headers["Authorization"] = f"Bearer {self.client.token}"
        try:
            answer = self.client.send(row["method"], target, headers, body)
        except NoAnswer as error:
            return str(error)
        return self.judge(row, expected, answer)

    def judge(self, row: dict[str, Any], expected: dict[str, Any], answer: Response) -> str | None:
        reasons: list[str] = []
        try:
            document = answer.json()
        except ValueError:
            return f"{answer.status} with a body that is no JSON: {answer.body[:200]!r}"
        if answer.status not in expected["status"]:
            reasons.append(f"status {answer.status}, expected {expected['status']}")
        if answer.status == 204 and answer.body:
            reasons.append("204 with a body")
        wanted = answer.status == expected["status"][0] or answer.status < 300
        if wanted and not (answer.status == 204 and row["method"] in ("PATCH", "DELETE")):
            for path, operator, value in expected.get("json", []):
                if not holds(document, path, operator, value):
                    reasons.append(f"{path} {operator} {value!r}: it is {select(document, path).values!r}")
        for name, _, part in expected.get("headers", []):
            if part.lower() not in (answer.header(name) or "").lower():
                reasons.append(f"header {name} is {answer.header(name)!r}, expected to contain {part!r}")
        if "max_ms" in row and answer.ms > row["max_ms"]:
            reasons.append(f"took {answer.ms:.0f} ms, allowed are {row['max_ms']}")
        for name, path in row["capture"].items():
            found = select(document, path)
            if found.values or found.several:
                self.variables[name.rstrip("?")] = found.value
            elif not name.endswith("?"):
                reasons.append(f"nothing to capture at {path}")
        if reasons:
            reasons.append(f"{row['method']} {row['path'][:150]} gave {answer.status} {answer.body[:400]!r}")
        return "\n".join(reasons) or None
