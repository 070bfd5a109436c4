"""Looking after the data folder: rows against files against hashes, backup and restore, retention, doctor."""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from station.core import files
from station.core.errors import N_, StorageProblem, UsageProblem
from station.store import audit, database
from station.store.accounts import Right
from station.work.scanning import Progress, no_progress
from station.work.station import Station, at_work


class BackupNotWhole(StorageProblem):
    sentence = N_("The backup in {folder} is not whole ({what}). Nothing was changed. Choose another backup.")


class HomeInUse(UsageProblem):
    sentence = N_(
        "The data folder {folder} already holds data. Restore into an empty folder: station --home NEW restore {backup}"
    )


@dataclass
class Check:
    """What `station check` found: problems as (sentence, values), files nobody speaks of, and counts."""

    problems: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)
    originals: int = 0
    packages: int = 0

    def add(self, sentence: str, **values: object) -> None:
        self.problems.append((sentence, values))


def check(station: Station, progress: Progress = no_progress) -> Check:
    """Compares rows, files and hashes, walks the audit chain and asks SQLite for its own integrity."""
    station.actor.require(Right.CARE)
    found = Check()
    with station.reading() as conn:
        for row in conn.execute("PRAGMA integrity_check"):
            if row[0] != "ok":
                found.add(N_("The database is damaged: {what}. Restore the last backup."), what=row[0])
        for row in conn.execute("PRAGMA foreign_key_check"):
            found.add(N_("A row of {table} points to nothing. Call your IT staff."), table=row[0])
        broken = audit.first_broken(conn)
        if broken is not None:
            found.add(N_("The audit trail was changed at row {row}. Tell your supervisor."), row=broken)
        _check_originals(station, conn, found, progress)
        _check_packages(station, conn, found)
        _check_documents(station, conn, found)
    with station.transaction() as conn:
        station.audit(conn, "check", "station:0", problems=len(found.problems))
    return found


def _check_originals(station: Station, conn: sqlite3.Connection, found: Check, progress: Progress) -> None:
    rows = {r["sha256"]: r["purged_at"] for r in conn.execute("SELECT sha256, purged_at FROM original")}
    for number, (sha256, purged_at) in enumerate(sorted(rows.items()), 1):
        path = station.original(sha256)
        found.originals += 1
        if purged_at is not None:
            continue
        if not path.exists():
            found.add(N_("The original {sha256} is missing. Restore it from the backup."), sha256=sha256[:12])
        elif files.sha256_of(path) != sha256:
            found.add(
                N_("The original {sha256} was changed. Restore it from the backup."), sha256=sha256[:12]
            )
        progress("check", number, len(rows))
    for path in sorted(station.folder("originals").iterdir()):
        if path.name not in rows:
            found.orphans.append(f"originals/{path.name}")


def _check_packages(station: Station, conn: sqlite3.Connection, found: Check) -> None:
    rows = conn.execute("SELECT id, sha256, state FROM package").fetchall()
    for row in rows:
        path = station.folder("packages") / f"{row['id']}.tar"
        found.packages += 1
        if path.exists() and files.sha256_of(path) != row["sha256"]:
            found.add(N_("The package {id} was changed. Seal the dossier again."), id=row["id"])
        elif not path.exists() and row["state"] != "delivered":
            found.add(N_("The package {id} is missing. Seal the dossier again."), id=row["id"])
    known = {f"{r['id']}.tar" for r in rows}
    for path in sorted(station.folder("packages").iterdir()):
        if path.name not in known:
            found.orphans.append(f"packages/{path.name}")


def _check_documents(station: Station, conn: sqlite3.Connection, found: Check) -> None:
    for row in conn.execute("SELECT id, pdf_file, pdf_sha256 FROM document WHERE pdf_file IS NOT NULL"):
        path = station.home / row["pdf_file"]
        if not path.exists() or files.sha256_of(path) != row["pdf_sha256"]:
            found.add(
                N_("The sealed document {file} is missing or changed; its package still holds it."),
                file=row["pdf_file"],
            )


def backup(station: Station, target: Path, progress: Progress = no_progress) -> int:
    """Copies the database and every file to a folder outside HOME, whole; returns how many files were new.

    The folder may hold an earlier backup: files already there are not copied again, the database is.

    Raises:
        UsageProblem: the folder lies inside HOME.
        DiskFull.
    """
    station.actor.require(Right.CARE)
    if target.resolve().is_relative_to(station.home.resolve()):
        raise UsageProblem(N_("Choose a backup folder outside the data folder, best on another disk."))
    files.private_folder(target)
    count = 0
    with station.transaction() as conn:
        station.audit(conn, "backup", "station:0")
    with files.full_disk_in_words(target), station.reading() as conn:
        fresh = target / "station.db.new"
        fresh.unlink(missing_ok=True)
        database.copy_to(conn, fresh)
        fresh.replace(target / "station.db")
    for name in ("originals", "packages", "documents", "quarantine", "derived"):
        for path in sorted(p for p in station.folder(name).rglob("*") if p.is_file()):
            copy = target / path.relative_to(station.home)
            if not copy.exists() or copy.stat().st_size != path.stat().st_size:
                files.private_folder(copy.parent)
                files.put_copy(path, copy)
                count += 1
                progress("backup", count, 0)
    settings_file = station.home / "station.toml"
    if settings_file.exists():
        files.put_copy(settings_file, target / "station.toml")
    return count


def restore(home: Path, source: Path, who: str) -> None:
    """Makes `home`, which must hold no dossier, what the backup in `source` was.

    Raises:
        BackupNotWhole: no database in it, or SQLite finds it damaged.
        HomeInUse: `home` already holds pages.
    """
    kept = source / "station.db"
    if not kept.exists():
        raise BackupNotWhole(folder=str(source), what="station.db")
    with closing(sqlite3.connect(kept)) as conn:
        try:
            row = conn.execute("PRAGMA integrity_check").fetchone()
        except sqlite3.DatabaseError as error:
            raise BackupNotWhole(folder=str(source), what=str(error)) from error
        if row[0] != "ok":
            raise BackupNotWhole(folder=str(source), what=str(row[0]))
    if _holds_pages(home):
        raise HomeInUse(folder=str(home), backup=str(source))
    files.private_folder(home)
    with at_work(home, who), files.full_disk_in_words(home):
        for path in sorted(p for p in source.rglob("*") if p.is_file() and p.name != "station.db"):
            copy = home / path.relative_to(source)
            files.private_folder(copy.parent)
            files.put_copy(path, copy)
        for leftover in ("station.db", "station.db-wal", "station.db-shm"):
            (home / leftover).unlink(missing_ok=True)
        files.put_copy(kept, home / "station.db")


def _holds_pages(home: Path) -> bool:
    file = home / "station.db"
    if not file.exists():
        return False
    with closing(sqlite3.connect(file)) as conn:
        try:
            return bool(conn.execute("SELECT EXISTS (SELECT 1 FROM side)").fetchone()[0])
        except sqlite3.DatabaseError:
            return False


def purge_originals(station: Station) -> int:
    """Removes originals whose every dossier was delivered longer ago than the setting says; returns how many.

    Nothing without a receipt is ever removed; each removal is in the audit trail.
    """
    station.actor.require(Right.CARE)
    before = (station.clock() - timedelta(days=station.settings.keep_originals_days)).isoformat()
    with station.transaction() as conn:
        rows = conn.execute(
            "SELECT o.sha256 FROM original o WHERE o.purged_at IS NULL AND NOT EXISTS ("
            " SELECT 1 FROM side s WHERE s.original_sha256 = o.sha256 AND NOT EXISTS ("
            "  SELECT 1 FROM page p JOIN document_page dp ON dp.page_id = p.id"
            "  JOIN document d ON d.id = dp.document_id JOIN dossier x ON x.id = d.dossier_id"
            "  JOIN package k ON k.dossier_id = x.id WHERE p.side_id = s.id AND x.state = 'delivered'"
            "  AND k.receipt IS NOT NULL AND x.delivered_at < :before))"
            " AND NOT EXISTS (SELECT 1 FROM side s JOIN page p ON p.side_id = s.id"
            "  JOIN document_page dp ON dp.page_id = p.id JOIN document d ON d.id = dp.document_id"
            "  JOIN dossier x ON x.id = d.dossier_id WHERE s.original_sha256 = o.sha256"
            "  AND NOT (x.state = 'delivered' AND x.delivered_at < :before))",
            {"before": before},
        ).fetchall()
        for row in rows:
            conn.execute(
                "UPDATE original SET purged_at = :at WHERE sha256 = :sha",
                {"at": station.now(), "sha": row["sha256"]},
            )
            station.audit(conn, "purge original", f"original:{row['sha256']}")
    for row in rows:
        station.original(row["sha256"]).unlink(missing_ok=True)
    return len(rows)


def free_bytes(station: Station) -> int:
    return shutil.disk_usage(station.home).free
