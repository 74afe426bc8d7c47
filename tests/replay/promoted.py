"""A conversation about people who are promoted as soon as they are made: for the provider they are gone (MOB-06)."""
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from replay.conversation import Conversation
from support.client import Client, Response


class OfPromoted(Conversation):
    """What is sent to one of them is answered with 404, whatever the recorded answer is; nothing else is judged."""

    def __init__(self, path: Path, client: Client, base: str, promote: Callable[[str], None]) -> None:
        super().__init__(path, client, base)
        self.promote = promote
        self.promoted: set[str] = set()
        self.hidden: list[str] = []     # methods of the requests that met nobody

    def judge(self, row: dict[str, Any], expected: dict[str, Any], answer: Response) -> str | None:
        super().judge(row, expected, answer)    # for what it captures
        user = self.target(row["path"]).partition("?")[0].removeprefix("/Users/")
        if row["method"] == "POST" and row["path"] == "/Users" and answer.status == 201:
            self.promoted.add(answer.json()["id"])
            self.promote(answer.json()["id"])
        if user not in self.promoted or row.get("auth"):
            return None
        self.hidden.append(row["method"])
        return None if answer.status == 404 else f"{answer.status} {answer.body[:300]!r}"
