#!/usr/bin/env python3
"""scim2-tester, a conformance checker by others, against the real program (STD-17).

Run it with the Python of build/venv (requirements.txt); `./test conformance` does. A check that ends as ERROR
(breaks a MUST) or CRITICAL fails; a DEVIATION (breaks a SHOULD) is listed. The tester is taught two things first, see
`teach_the_tester`.
"""
from __future__ import annotations

import base64
import json
import random
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from httpx2 import Client as HttpClient                            # noqa: E402
from pydantic import BaseModel                                     # noqa: E402
from scim2_client.engines.httpx2 import SyncSCIMClient             # noqa: E402
from scim2_tester import Status, check_server, filling             # noqa: E402
from scim2_tester.checkers import patch_add, patch_replace         # noqa: E402

from characteristics import test_resource                         # noqa: E402
from characteristics.values import CERTIFICATE                    # noqa: E402
from support.outcome import Outcome                                # noqa: E402
from support.server import Server                                  # noqa: E402


# Sub-attributes that the published schemas call readOnly and that the server computes.
COMPUTED = {"display", "displayName"}


def teach_the_tester() -> None:
    """Three things that scim2-tester 0.5.2 does not know.

    Decimals are numbers and dates are dates; it would send any text.

    x509Certificates.value is "exactly one DER-encoded X.509 certificate" (RFC 7643 section 4.1.2), and not any bytes.
    A value may come back with readOnly sub-attributes that the client did not send (members.display,
    manager.displayName); everything that it did send must come back.
    """
    usual_example = filling.get_random_example_value

    def example(path: Any) -> Any:
        binding = path.resolve()
        kind = binding.target_type if binding is not None else None
        if kind is float:
            return round(random.uniform(-1000, 1000), 3)
        if kind is datetime:
            return datetime.fromtimestamp(random.randrange(10**9), UTC)
        return CERTIFICATE if kind is bytes else usual_example(path)

    filling.get_random_example_value = example
    patch_add.fields_equality = patch_replace.fields_equality = came_back


def came_back(sent: Any, shown: Any) -> bool:
    if isinstance(sent, BaseModel) and isinstance(shown, BaseModel):
        return came_back(sent.model_dump(), shown.model_dump())
    if isinstance(sent, dict) and isinstance(shown, dict):
        names = {name for name in sent.keys() | shown.keys()
                 if not (name in COMPUTED and sent.get(name) is None)}
        return all(came_back(sent.get(name), shown.get(name)) for name in names)
    if isinstance(sent, list) and isinstance(shown, list):
        return len(sent) == len(shown) and all(map(came_back, sent, shown))
    if isinstance(sent, str) and isinstance(shown, bytes):
        return base64.b64decode(sent) == shown          # the tester's text and its own reading of the same text
    return bool(sent == shown)


def is_returned_by_default(attribute: dict[str, Any]) -> bool:
    return attribute.get("returned", "default") == "default"


def with_such_parts(attribute: dict[str, Any]) -> dict[str, Any]:
    if "subAttributes" not in attribute:
        return attribute
    return {**attribute, "subAttributes": [part for part in attribute["subAttributes"] if is_returned_by_default(part)]}


def load_test_resource(server: Server, outcome: Outcome) -> None:
    """A type of the tenant's own, with an attribute for every combination of characteristics.

    Those that are returned always, never or on request are left out: the tester takes each of them for missing when it
    is not there, or expects it where it must not be.
    """
    documents = test_resource.documents()
    for document in documents[:2]:
        document["attributes"] = [with_such_parts(one) for one in document["attributes"] if is_returned_by_default(one)]
    file = Path(server.store_path).with_name("test-resource.json")
    file.write_text(json.dumps(documents), encoding="utf-8")
    loaded = server.command("schema", "load", str(file), "--tenant", "conformance")
    outcome.check("TestResource is loaded", loaded.returncode == 0, loaded.stderr)


def main() -> None:
    teach_the_tester()
    outcome = Outcome("-v" in sys.argv)
    counts: Counter[str] = Counter()
    with Server() as server:
        server.create_tenant("conformance")
        load_test_resource(server, outcome)
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
