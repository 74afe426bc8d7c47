#!/usr/bin/env python3
"""Replays what identity providers send against the real program.

  run.py              every conversation on a tenant of its own, for each profile; then all of them on one tenant
  run.py okta entra   those whose name starts so
  run.py --lint       check the form of the files, send nothing

README.md describes the format.
"""
from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from replay.conversation import Conversation, form_errors     # noqa: E402
from replay.promoted import OfPromoted                         # noqa: E402
from support.outcome import Outcome                           # noqa: E402
from support.server import Server                             # noqa: E402

FOLDER = Path(__file__).resolve().parent / "data"
PROFILES = ("standard", "mobieus", "plur", "modelux")
WITH_OWNER = {"mobieus": "super-admin"}   # MOB-13: groups that are pushed need somebody to own them
WITHOUT_GROUPS = {"modelux"}      # MOD-11, MOD-12
# Reads the first user of the list and expects a mail address on it, so it needs a tenant of its own.
NEEDS_FRESH_TENANT = {"okta-spec-test"}


def report(outcome: Outcome, conversation: Conversation, where: str) -> None:
    result = conversation.play()
    name = f"{conversation.path.stem} on {where}"
    reference = f"replay/{conversation.path.name}: "
    for step in result.passed:
        outcome.ok(f"{name}: {step}", reference + step)
    for step, why in result.failures:
        outcome.fail(f"{name}: {step}", why, reference + step)
    for skipped in result.skipped:
        outcome.fail(f"{name}: skipped {skipped}", "a step before it should have captured it")
    for step, why in result.misses:
        print(f"note  {name}: {step} (optional)\n      " + why.replace("\n", "\n      "))
    print(f"{name}: {len(result.passed)} exchanges, {len(result.failures) + len(result.skipped)} failed", flush=True)


def of_promoted(outcome: Outcome, server: Server, files: list[Path], base: str) -> None:
    """MOB-06: nothing that a provider sends reaches who was promoted after the provider had made them."""
    methods: set[str] = set()
    for path in files:
        slug = f"{path.stem}-promoted"
        client = server.tenant_client(slug, "mobieus")

        def promote(user: str, slug: str = slug) -> None:
            done = server.command("member", "set", user, "--tenant", slug, "--role", "moderator")
            assert done.returncode == 0, done.stderr

        conversation = OfPromoted(path, client, base, promote)
        result = conversation.play()
        before = server.rows("SELECT count(*) AS n FROM member WHERE role = 'moderator' AND deactivated_at IS NULL "
                             f"AND tenant_id = (SELECT id FROM tenant WHERE slug = '{slug}')")[0]["n"]
        outcome.check(f"MOB-06: {path.stem} reaches nobody who was promoted",
                      not result.failures and before == len(conversation.promoted), str(result.failures[:3]))
        methods |= set(conversation.hidden)
        client.close()
    outcome.check("MOB-06: promoted members were asked for in every way", len(files) < 8
                  or {"GET", "PUT", "PATCH"} <= methods, str(methods))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--lint", action="store_true")
    arguments = parser.parse_args()
    files = [path for path in sorted(FOLDER.glob("*.jsonl"))
             if not arguments.names or path.stem.startswith(tuple(arguments.names))]
    errors = [error for path in files for error in form_errors(path)]
    if arguments.lint or errors:
        print("\n".join(errors) or f"{len(files)} files are well-formed")
        sys.exit(1 if errors else 0)
    outcome = Outcome()
    with Server() as server:
        base = f"http://127.0.0.1:{server.port}/scim/v2"
        for profile in PROFILES:
            for path in files:
                slug = f"{path.stem}-{profile}"
                client = server.tenant_client(slug, profile)
                if profile in WITH_OWNER:
                    made = server.command("member", "create", "owner", "--role", WITH_OWNER[profile], "--tenant", slug)
                    outcome.check(f"an owner of cohorts in {slug}", made.returncode == 0, made.stderr)
                conversation = Conversation(path, client, base, profile not in WITHOUT_GROUPS)
                report(outcome, conversation, f"a tenant of its own ({profile})")
                client.close()
        of_promoted(outcome, server, files, base)
        together = server.tenant_client("together")
        for path in files:
            if path.stem not in NEEDS_FRESH_TENANT:
                report(outcome, Conversation(path, together, base), "one tenant with the others")
        check = server.verify()
        outcome.check("rollcall verify after the replays", check.returncode == 0, check.stdout + check.stderr)
    outcome.finish()


if __name__ == "__main__":
    main()
