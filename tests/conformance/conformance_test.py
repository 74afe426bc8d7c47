#!/usr/bin/env python3
"""scim2-tester, a conformance checker by others, against the real program (STD-17).

Run it with the Python of build/venv (requirements.txt); `./test conformance` does. A check that ends as ERROR
(breaks a MUST) or CRITICAL fails; a DEVIATION (breaks a SHOULD) is listed.
"""
from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from httpx2 import Client as HttpClient                            # noqa: E402
from scim2_client.engines.httpx2 import SyncSCIMClient             # noqa: E402
from scim2_tester import Status, check_server                      # noqa: E402

from support.outcome import Outcome                                # noqa: E402
from support.server import Server                                  # noqa: E402


def main() -> None:
    outcome = Outcome("-v" in sys.argv)
    counts: Counter[str] = Counter()
    with Server() as server:
        server.create_tenant("conformance")
        token = server.issue_credential("conformance")["token"]
        base = f"http://127.0.0.1:{server.port}/scim/v2"
        with HttpClient(base_url=base, headers={"Authorization": f"Bearer {token}"}) as http:
            for result in check_server(SyncSCIMClient(http)):
                counts[result.status.name] += 1
                name = " ".join(part for part in (result.title, result.resource_type) if part)
                if result.status in (Status.ERROR, Status.CRITICAL):
                    outcome.fail(f"{result.status.name} {name}", f"{result.reason}\n{str(result.data)[:600]}")
                    continue
                if result.status != Status.SKIPPED:
                    outcome.ok(name)
                if result.status == Status.DEVIATION:
                    print(f"note  deviation: {name}: {result.reason}")
    print("scim2-tester: " + ", ".join(f"{count} {name}" for name, count in sorted(counts.items())))
    if not outcome.passed:
        outcome.fail("scim2-tester", "no check was executed")
    outcome.finish()


if __name__ == "__main__":
    main()
