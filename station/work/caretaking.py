"""Looking after the data folder: rows against files against hashes, backup and restore, retention, doctor."""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from station.core import files
from station.core.errors import N_, StorageProblem, UsageProblem
from station.store import audit, database, upkeep
from station.store.accounts import Right
from station.store.upkeep import KnownFile
from station.work.scanning import Progress, no_progress
from station.work.station import Station, at_work
from sync import outbox, secrets
from sync.protocol import Receipt


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
        for what in upkeep.list_damage(conn):
            found.add(N_("The database is damaged: {what}. Restore the last backup."), what=what)
        for table in upkeep.list_dangling_tables(conn):
            found.add(N_("A row of {table} points to nothing. Call your IT staff."), table=table)
        broken = audit.first_broken(conn)
        if broken is not None:
            found.add(N_("The audit trail was changed at row {row}. Tell your supervisor."), row=broken)
        originals = upkeep.list_originals(conn)
        packages = upkeep.list_packages(conn)
        pdfs = upkeep.list_sealed_pdfs(conn)
        _check_receipts(conn, secrets.known_receipt_keys(station.home), found)
    _check_originals(station, originals, found, progress)
    _check_packages(station, packages, found)
    _check_documents(station, pdfs, found)
    with station.transaction() as conn:
        station.audit(conn, "check", "station:0", problems=len(found.problems))
    return found


def _check_originals(station: Station, rows: list[KnownFile], found: Check, progress: Progress) -> None:
    for number, row in enumerate(rows, 1):
        path = station.original(row.sha256)
        found.originals += 1
        if row.gone:
            continue
        if not path.exists():
            found.add(
                N_("The original {sha256} is missing. Restore it from the backup."), sha256=row.sha256[:12]
            )
        elif files.sha256_of(path) != row.sha256:
            found.add(
                N_("The original {sha256} was changed. Restore it from the backup."), sha256=row.sha256[:12]
            )
        progress("check", number, len(rows))
    known = {row.name for row in rows}
    for path in sorted(station.folder("originals").iterdir()):
        if path.name not in known:
            found.orphans.append(f"originals/{path.name}")


def _check_packages(station: Station, rows: list[KnownFile], found: Check) -> None:
    for row in rows:
        path = station.folder("packages") / f"{row.name}.tar"
        found.packages += 1
        if path.exists() and files.sha256_of(path) != row.sha256:
            found.add(N_("The package {id} was changed. Seal the dossier again."), id=row.name)
        elif not path.exists() and not row.gone:
            found.add(N_("The package {id} is missing. Seal the dossier again."), id=row.name)
    known = {f"{row.name}.tar" for row in rows}
    for path in sorted(station.folder("packages").iterdir()):
        if path.name not in known:
            found.orphans.append(f"packages/{path.name}")


def _check_receipts(conn: sqlite3.Connection, keys: dict[str, str] | None, found: Check) -> None:
    """The receipts against the warehouse's keys, and the heads of the audit trail they name against the trail."""
    entries = audit.list_hashes(conn)
    for package in outbox.list_all(conn):
        if package.receipt is None:
            continue
        try:
            receipt = Receipt.from_json(package.receipt)
        except ValueError:
            receipt = None
        if receipt is None or (keys is not None and not receipt.is_genuine(keys)):
            found.add(
                N_("The receipt of package {id} is not signed by the warehouse. Call your IT staff."),
                id=package.package_id,
            )
        if receipt is None:
            continue
        if not entries.issuperset(filter(None, (receipt.audit_head, receipt.earlier_audit_head))):
            found.add(
                N_("The audit trail no longer has the entry package {id} carried. Tell your supervisor."),
                id=package.package_id,
            )


def _check_documents(station: Station, rows: list[KnownFile], found: Check) -> None:
    for row in rows:
        path = station.home / row.name
        if not path.exists() or files.sha256_of(path) != row.sha256:
            found.add(
                N_("The sealed document {file} is missing or changed; its package still holds it."),
                file=row.name,
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
            damage = upkeep.list_damage(conn)
        except sqlite3.DatabaseError as error:
            raise BackupNotWhole(folder=str(source), what=str(error)) from error
        if damage:
            raise BackupNotWhole(folder=str(source), what=damage[0])
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
            return upkeep.holds_pages(conn)
        except sqlite3.DatabaseError:
            return False


def purge_originals(station: Station) -> int:
    """Removes originals whose every dossier was delivered longer ago than the setting says; returns how many.

    Nothing without a receipt is ever removed; each removal is in the audit trail.
    """
    station.actor.require(Right.CARE)
    before = (station.clock() - timedelta(days=station.settings.keep_originals_days)).isoformat()
    with station.transaction() as conn:
        purged = upkeep.list_purgeable(conn, before)
        for sha256 in purged:
            upkeep.set_purged(conn, sha256, station.now())
            station.audit(conn, "purge original", f"original:{sha256}")
    _remove_purged(station)
    return len(purged)


def _remove_purged(station: Station) -> None:
    """Removes the files of purged originals, also those a purge that was killed left lying.

    No row changes meanwhile: the same bytes scanned once more are either noted before, and stay, or find their file gone
    and keep it anew (station.work.scanning.take).
    """
    with station.transaction() as conn:
        gone = {known.name for known in upkeep.list_originals(conn) if known.gone}
        for path in station.folder("originals").iterdir():
            if path.name in gone:
                path.unlink()


def free_bytes(station: Station) -> int:
    return shutil.disk_usage(station.home).free
