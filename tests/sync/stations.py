"""A station whose outbox holds packages made for a test: day end without the scanning before it."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from station.store import audit
from station.work import enrolling
from station.work.station import Station, open_station
from sync import outbox
from sync.outbox import NewPackage
from sync.package import BuiltPackage
from sync.trust import WarehouseTarget
from sync.warehouse.embedded import EmbeddedWarehouse

SEALED_AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def enrolled_station(home: Path, warehouse: EmbeddedWarehouse) -> tuple[Station, WarehouseTarget]:
    """A new data folder, enrolled for branch CN-THU."""
    station = open_station(home)
    station = enrolling.enrol_station(station, warehouse.add_station("CN-THU").to_text(), "invitation")
    return station, enrolling.target_of(station)


def queue(station: Station, make_package: Any, code: str, **options: Any) -> tuple[Path, BuiltPackage]:
    """What sealing does last: the package lies in its folder, the trail tells of it, the outbox holds it."""
    with station.transaction() as conn:
        station.audit(conn, "seal", f"dossier:{code}")
        head = audit.head(conn)

    def change(manifest: dict[str, Any]) -> None:
        manifest["audit_head"] = head
        if also := options.get("change"):
            also(manifest)

    file, built, manifest = make_package(code=code, **{**options, "change": change})
    kept = station.folder("packages") / f"{built.package_id}.tar"
    shutil.move(file, kept)
    dossier = manifest["dossier"]
    with station.transaction() as conn:
        outbox.put(
            conn,
            NewPackage(
                built.package_id,
                None,
                code,
                manifest["branch"],
                dossier["stage"],
                dossier["version"],
                built.sha256,
                built.size_bytes,
                SEALED_AT,
            ),
        )
    return kept, built


def states(station: Station) -> dict[str, str]:
    """Dossier code → state of its package."""
    with station.reading() as conn:
        return {package.dossier_code: package.state for package in outbox.list_all(conn)}


def rewrite_log(home: Path) -> None:
    """What a culprit with the database at hand would do: take an entry out and make the chain fit again."""
    with sqlite3.connect(home / "station.db") as conn:
        conn.row_factory = sqlite3.Row
        for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            conn.execute(f"DROP TRIGGER {name}")
        conn.execute("DELETE FROM audit WHERE id = (SELECT min(id) FROM audit WHERE action = 'seal')")
        previous = audit.FIRST_HASH
        for row in conn.execute("SELECT * FROM audit ORDER BY id").fetchall():
            fresh = audit._hash(
                previous, row["at"], row["actor"], row["action"], row["subject"], row["details"]
            )
            conn.execute(
                "UPDATE audit SET previous_hash = ?, hash = ? WHERE id = ?", (previous, fresh, row["id"])
            )
            previous = fresh
    conn.close()


def at(station: Station, moment: datetime) -> Station:
    """The station with its clock at a moment."""
    return replace(station, clock=lambda: moment)


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A file system of its own in memory, of this size; needs the right to mount."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("mounting a small disk needs root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill_up(folder: Path, leave_bytes: int) -> Path:
    """Fills a disk but for so many bytes; returns the file to remove again."""
    ballast = folder / "ballast"
    with ballast.open("wb") as stream:
        stream.write(os.urandom(max(0, shutil.disk_usage(folder).free - leave_bytes)))
    return ballast
