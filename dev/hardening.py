#!/usr/bin/env python3
"""Reads the program back and says whether the protections it was built with are really there.

  hardening.py [PROGRAM]     build/release/rollcall by default
"""
from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def readelf(*arguments: str) -> str:
    return subprocess.run(["readelf", "-W", *arguments], capture_output=True, text=True, check=True).stdout


def main() -> None:
    program = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / "build" / "release" / "rollcall")
    if not Path(program).is_file():
        sys.exit(f"There is no program at {program}: build it first.")
    header, segments, dynamic = readelf("-h", program), readelf("-l", program), readelf("-d", program)
    symbols, notes = readelf("--dyn-syms", program), readelf("-n", program)
    stack = re.search(r"GNU_STACK.*", segments)
    checks = [
        ("position independent (PIE)", "DYN (Position-Independent Executable" in header),
        ("relocations read-only (RELRO)", "GNU_RELRO" in segments),
        ("all symbols bound at start (BIND_NOW)", re.search(r"BIND_NOW|FLAGS_1.*NOW", dynamic) is not None),
        ("stack not executable (NX)", stack is not None and "RWE" not in stack[0]),
        ("no segment writable and executable", re.search(r"LOAD.*RWE", segments) is None),
        ("stack protector", "__stack_chk_fail" in symbols),
        ("fortified calls (_FORTIFY_SOURCE)",
         re.search(r"__(?:mem|str|v?snprintf|read|printf)\w*_chk", symbols) is not None),
        ("assertions of the standard library (_GLIBCXX_ASSERTIONS)", "__glibcxx_assert_fail" in symbols
         or b"__glibcxx_assert" in Path(program).read_bytes() or "_ZSt21__glibcxx_assert_fail" in symbols),
        # A library built without them takes the mark from the whole program, so the flags are looked for as well.
        ("control-flow protection (CET)", re.search(r"IBT|SHSTK", notes) is not None or endbr(program)),
        ("code in a segment of its own (separate-code)", separate_code(segments)),
        ("no search path for libraries (RPATH, RUNPATH)", not re.search(r"\((?:RPATH|RUNPATH)\)", dynamic)),
    ]
    failed = [name for name, holds in checks if not holds]
    for name in failed:
        print(f"FAIL  {name}")
    print(f"{len(checks) - len(failed)} passed, {len(failed)} failed")
    sys.exit(1 if failed else 0)


def endbr(program: str) -> bool:
    """True when most functions that other files can call begin with an ENDBR64 instruction.

    Functions of one file need none while nobody takes their address."""
    symbols = [line.split() for line in readelf("-s", program).splitlines()
               if " FUNC " in line and " GLOBAL " in line and "rollcall" in line]
    data = Path(program).read_bytes()
    sections = re.findall(r"\.text\s+PROGBITS\s+([0-9a-f]+)\s+([0-9a-f]+)", readelf("-S", program))
    if not sections or not symbols:
        return False
    address, offset = int(sections[0][0], 16), int(sections[0][1], 16)
    starts = [int(words[1], 16) for words in symbols[:2000] if int(words[1], 16) >= address]
    marked = sum(data[start - address + offset:start - address + offset + 4] == b"\xf3\x0f\x1e\xfa" for start in starts)
    return marked > len(starts) * 0.5


def separate_code(segments: str) -> bool:
    executable = [line for line in segments.splitlines() if line.strip().startswith("LOAD") and " R E " in line]
    read_only = [line for line in segments.splitlines() if line.strip().startswith("LOAD") and " R   " in line]
    return bool(executable) and bool(read_only)


if __name__ == "__main__":
    main()
