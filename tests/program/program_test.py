#!/usr/bin/env python3
"""The program at the command line: help, exit codes, settings, damaged and foreign databases, ports, disk full, TLS,
and that secrets never leave it.

  program_test.py [NAME...]     all tests, or those whose function name holds one of the words
"""
from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from program import (alerts, authentication, canaries, commands, commits, costly_queries, databases,  # noqa: E402
                     disk, errors, hard_delete, issuer_keys, leaks, logs, mails, mass_assignment, newcomers,
                     openid, run_script, serving, stored_schemas, tenant_schemas, tls, tolerances, trust, walks)
from program.check import Check                                                          # noqa: E402
from support.outcome import Outcome                                                      # noqa: E402

MODULES = (authentication, commands, stored_schemas, tenant_schemas, databases, serving, disk, leaks, tolerances,
           costly_queries, openid, issuer_keys, mails, hard_delete, commits, walks, alerts,
           canaries, trust, newcomers, mass_assignment, run_script, tls, logs, errors)


def tests() -> list[tuple[str, Callable[[Check], None]]]:
    return [(f"{module.__name__.rsplit('.', 1)[-1]}.{name.removeprefix('test_')}", function)
            for module in MODULES for name, function in vars(module).items() if name.startswith("test_")]


def main() -> None:
    words = [word for word in sys.argv[1:] if not word.startswith("-")]
    outcome = Outcome("-v" in sys.argv)
    for name, function in tests():
        if words and not any(word in name for word in words):
            continue
        with Check(name, outcome) as check:
            try:
                function(check)
            except Exception as error:
                outcome.fail(name, f"{type(error).__name__}: {error}", f"program: {name}")
    outcome.finish()


if __name__ == "__main__":
    main()
