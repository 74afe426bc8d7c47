#!/usr/bin/env python3
"""Includes may only point down: the table below is the architecture (style: direction of dependencies).

  layers.py          check src/; the last line is `N passed, N failed`
"""
from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "src"
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)

# What each layer may include besides itself. Faces may not include one another.
BELOW: dict[str, set[str]] = {
    "base": set(),
    "model": {"base"},
    "store": {"base", "model"},
    "outside": {"base"},
    "access": {"base", "model", "store", "outside"},
    "audit": {"base", "model", "store"},
    "directory": {"base", "model", "store", "access", "audit"},
    "http": {"base", "model", "store"},
    "scim": {"base", "model", "store", "access", "audit", "directory"},
    "api": {"base", "model", "store", "outside", "access", "audit", "directory"},
    "ops": {"base", "model", "store", "access", "audit", "directory"},
}
# The face of HTTP that other faces may see: plain structs.
SHARED = {"http/message.h", "http/call.h"}
ENGINES = {"sqlite", "postgres", "memory"}
NAMES_ENGINES = "store/open.cpp"


def layer_of(path: str) -> str | None:
    """`scim` for scim/users.cpp; None for a file of src/ itself."""
    first, _, rest = path.partition("/")
    return first if rest else None


def is_test(path: str) -> bool:
    name = path.rsplit("/", 1)[-1]
    return "_test" in name or name.startswith("test_")


def refused(path: str, included: str) -> str | None:
    """Why `path` may not include `included`; None when it may. Both are relative to src/."""
    layer, target = layer_of(path), layer_of(included)
    if target is None:
        return None if layer is None else f"src/{included} belongs to the program itself; no layer may include it"
    if target not in BELOW:
        return f"{target}/ is no layer of the table in dev/layers.py"
    engine = included.split("/")[1] if target == "store" and included.count("/") > 1 else None
    if engine in ENGINES:
        own = path.startswith(f"store/{engine}/")
        if not own and path != NAMES_ENGINES and not is_test(path):
            return f"store/{engine} is named in {NAMES_ENGINES} only"
    if layer is None or layer == target or included in SHARED and layer in ("scim", "api", "ops"):
        return None
    if target not in BELOW.get(layer, set()):
        return f"{layer}/ may not include {target}/"
    return None


def main() -> None:
    passed, failures = 0, []
    for path in sorted(SOURCES.rglob("*")):
        if path.suffix not in (".h", ".cpp"):
            continue
        name = path.relative_to(SOURCES).as_posix()
        layer = layer_of(name)
        reasons = [f"{layer}/ is no layer of the table in dev/layers.py"] if layer and layer not in BELOW else []
        for match in INCLUDE.finditer(path.read_text(encoding="utf-8", errors="replace")):
            reason = refused(name, match[1])
            if reason:
                reasons.append(f'includes "{match[1]}": {reason}')
        passed += not reasons
        failures += [f"src/{name}: {reason}" for reason in reasons]
    print("\n".join(failures), end="\n" if failures else "")
    print(f"{passed} passed, {len(failures)} failed")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
