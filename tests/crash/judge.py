"""Is everything that was acknowledged in the database, with its content and its audit row, and no Bulk in part?"""
from __future__ import annotations

import json
import sqlite3
import uuid

from crash.writers import History


def losses(database: str, histories: list[History], group: str) -> list[str]:
    """Sentences about what is missing or wrong; empty when all is well."""
    connection = sqlite3.connect(database, timeout=10)
    try:
        found: list[str] = []
        check = connection.execute("PRAGMA quick_check").fetchone()[0]
        if check != "ok":
            found.append(f"quick_check: {check}")
        members = {row[0] for row in connection.execute(
            "SELECT member_id FROM membership WHERE group_id = ?", (uuid.UUID(group).bytes,))}
        for history in histories:
            found += lost_users(connection, history, members)
            found += lost_audit_rows(connection, history)
            found += torn_bulks(connection, history, members)
        return found
    finally:
        connection.close()


def lost_users(connection: sqlite3.Connection, history: History, members: set[bytes]) -> list[str]:
    found = []
    for user in history.users:
        key = uuid.UUID(user.identifier).bytes
        row = connection.execute("SELECT document, hidden FROM resource WHERE id = ?", (key,)).fetchone()
        if user.deleted:
            if row is not None and not row[1]:
                found.append(f"user {user.identifier} was deleted and is back")
            continue
        if row is None:
            if not user.maybe_deleted:
                found.append(f"user {user.identifier} was acknowledged and is not there")
            continue
        title = json.loads(row[0]).get("title")
        if title not in (user.title, user.maybe):
            found.append(f"user {user.identifier} has title {title}, acknowledged was {user.title}"
                         + (f" (or {user.maybe}, which had no answer)" if user.maybe else ""))
        if user.in_group and key not in members and not user.maybe_deleted:
            found.append(f"user {user.identifier} was added to the group and is no member")
    return found


def torn_bulks(connection: sqlite3.Connection, history: History, members: set[bytes]) -> list[str]:
    found = []
    for names in history.unanswered_bulks:
        keys = [row[0] for name in names for row in connection.execute(
            "SELECT id FROM resource WHERE user_name_key = ?", (name,))]
        inside = sum(key in members for key in keys)
        if len(keys) not in (0, len(names)) or inside != len(keys):
            found.append(f"a Bulk of {len(names)} users without an answer left {len(keys)}, {inside} of them members")
    return found


def lost_audit_rows(connection: sqlite3.Connection, history: History) -> list[str]:
    found = []
    for request in history.requests:
        if not request:
            found.append("an answer without X-Request-Id")
            continue
        row = connection.execute("SELECT status FROM audit WHERE request_id = ?",
                                 (uuid.UUID(request).bytes,)).fetchone()
        if row is None:
            found.append(f"request {request} was acknowledged and has no audit row")
    return found
