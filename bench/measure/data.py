"""The data: generated once for a number of users, copied for every work, so that no work sees what another wrote."""
from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

SEED = 1
EMPTY_GROUPS_MAX = 40_000


class Data:
    """A folder that the generator filled."""

    def __init__(self, folder: Path, users: int) -> None:
        self.folder = folder
        self.users = users

    @property
    def database(self) -> Path:
        return self.folder / "rollcall.db"

    @property
    def token(self) -> str:
        return (self.folder / "token").read_text(encoding="ascii").strip()

    @property
    def summary(self) -> dict[str, float]:
        return json.loads((self.folder / "summary.json").read_text(encoding="ascii"))

    def file(self, name: str) -> str:
        return str(self.folder / name)

    def last_user_ids(self, count: int) -> list[str]:
        with open(self.folder / "users.tsv", "rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - 100 * count))
            lines = file.read().decode("ascii").split("\n")[1:-1]
        return [line.split("\t")[0] for line in lines]

    def copy(self, folder: Path) -> "Data":
        """A copy whose bytes are on the disk, so that writing them back disturbs no measurement."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for path in self.folder.iterdir():
            target = folder / path.name
            shutil.copyfile(path, target)
            target.chmod(0o600)
            with open(target, "rb") as file:
                os.fsync(file.fileno())
        return Data(folder, self.users)

    def warm(self) -> None:
        """Reads the database once: the kernel may have dropped it from memory while it was idle."""
        with open(self.database, "rb", buffering=0) as file:
            while file.read(8 << 20):
                pass

    def rows(self) -> dict[str, int]:
        """How many users there are and how many audit rows were ever written."""
        connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)
        users = connection.execute("SELECT value FROM counter WHERE name = 'type:User'").fetchone()[0]
        audit = connection.execute("SELECT max(seq) FROM audit WHERE tenant_id = 1").fetchone()[0]
        connection.close()
        return {"users": users, "audit": audit}


def stamp_of(source: Path, users: int, empty_groups: int) -> str:
    """Changes with everything that decides what the generator writes."""
    digest = hashlib.sha256(f"{users} {SEED} {empty_groups}".encode())
    names = ["bench/people.cpp", "bench/words.h", "bench/generate.cpp", "src/directory/row.cpp"]
    for folder in ("src/store/sqlite/migrations", "schemas"):
        names += [str(path.relative_to(source)) for path in sorted((source / folder).rglob("*.*"))]
    for name in names:
        digest.update((source / name).read_bytes())
    return digest.hexdigest()[:16]


def generated(source: Path, generator: Path, folder: Path, users: int) -> Data:
    """The data for so many users; made when it is not there or out of date."""
    empty_groups = min(EMPTY_GROUPS_MAX, max(100, users * 4))
    stamp = stamp_of(source, users, empty_groups)
    mark = folder / "stamp"
    if not mark.exists() or mark.read_text(encoding="ascii") != stamp:
        print(f"generating {users:,} users ...", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        done = subprocess.run([str(generator), "--folder", str(folder), "--users", str(users), "--seed", str(SEED),
                               "--empty-groups", str(empty_groups)], check=True, capture_output=True, text=True)
        (folder / "summary.json").write_text(done.stdout, encoding="ascii")
        mark.write_text(stamp, encoding="ascii")
        print(f"  {json.loads(done.stdout)['seconds']} s, {(folder / 'rollcall.db').stat().st_size / 2**20:,.0f} MiB")
    return Data(folder, users)
