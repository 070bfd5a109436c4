"""Opening and upgrading the station's SQLite file.

Migrations are registered in order in `station.store.schema` and their names kept in the file itself
(sqlite-utils). A copy of the file is made before each upgrade; a file from a newer station is refused.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from station.core.errors import N_, DiskFull, StorageProblem
from station.core.files import held

#: Every migration of station.store.schema, in order (a test holds them equal). Kept here too because loading
#: sqlite-utils takes longer than most commands run, and an up-to-date file needs no more than this list.
MIGRATIONS = (
    "accounts_and_audit",
    "procedure_records",
    "intake_and_pages",
    "dossiers_documents_fields",
    "outbox",
    "full_text_search",
    "piles_parted_and_laid_together",
    "report_sums",
    "search_in_tiers",
    "one_paper_digitised_and_times_by_device",
    "ids_never_given_twice",
    "same_paper_across_dossiers",
    "separators_said_by_hand",
    "reasons_for_what_pictures_lack",
)

UPGRADE_LOCK = "upgrade.lock"
# An index over a million pages takes a minute or two on an office PC.
UPGRADE_PATIENCE_S = 300.0
# How long a write waits for another process (window and command line side by side) before it gives up.
BUSY_TIMEOUT_S = 20.0


class DatabaseTooNew(StorageProblem):
    sentence = N_("The data folder was written by a newer station. Install the newest version on this PC.")


class DatabaseDamaged(StorageProblem):
    sentence = N_("The database {file} is damaged ({what}). Restore the last backup: station restore.")


class DatabaseProblem(StorageProblem):
    sentence = N_(
        "The database can't be used now ({what}). Nothing was lost; try again, or run station doctor."
    )


# With less free than this SQLite can't even grow its shared-memory file, and reports an I/O error instead.
FULL_BELOW_BYTES = 1 << 20


def in_words(error: sqlite3.Error, file: Path) -> StorageProblem:
    """The sentence for what SQLite met: a full disk, a damaged file, or a database that can't be used now."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    no_space = shutil.disk_usage(file.parent).free < FULL_BELOW_BYTES
    if code == sqlite3.SQLITE_FULL or (no_space and code in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)):
        return DiskFull(folder=str(file.parent))
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return DatabaseDamaged(file=file.name, what=str(error))
    return DatabaseProblem(what=str(error))


def connect(file: Path) -> sqlite3.Connection:
    """An open connection with the station's rules: WAL, full sync, foreign keys, rows by name.

    Transactions are opened by `transaction` only; outside one each statement commits by itself.
    """
    conn = sqlite3.connect(file, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    conn.row_factory = sqlite3.Row
    try:
        conn.execute("PRAGMA journal_mode=WAL")
        conn.execute("PRAGMA synchronous=FULL")
        conn.execute("PRAGMA foreign_keys=ON")
    except sqlite3.DatabaseError as error:
        conn.close()
        raise in_words(error, file) from error
    return conn


@contextmanager
def transaction(conn: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """All of it or nothing; writers queue up behind each other."""
    conn.execute("BEGIN IMMEDIATE")
    try:
        yield conn
    except BaseException:
        conn.rollback()
        raise
    conn.commit()


def upgrade(file: Path, backup_folder: Path) -> None:
    """Brings the file to this version's schema; a filled older file is copied to `backup_folder` first.

    Programs that start at the same moment, as a window and a timer after an installation, wait for the first of them.

    Raises:
        DatabaseTooNew: it holds migrations this version does not know.
        DatabaseDamaged: SQLite cannot read it.
        DatabaseProblem: another program has been upgrading it for minutes.
    """
    try:
        with held(file.with_name(UPGRADE_LOCK), UPGRADE_PATIENCE_S):
            _upgrade(file, backup_folder)
    except TimeoutError as error:
        raise DatabaseProblem(what=UPGRADE_LOCK) from error


def _upgrade(file: Path, backup_folder: Path) -> None:
    with closing(connect(file)) as conn:
        try:
            applied = {row["name"] for row in _applied(conn)}
            if applied - set(MIGRATIONS):
                raise DatabaseTooNew
            if applied and set(MIGRATIONS) - applied:
                backup_folder.mkdir(parents=True, exist_ok=True)
                copy_to(conn, backup_folder / f"before-upgrade-{len(applied)}.db")
            if set(MIGRATIONS) - applied:
                _apply(conn)
        except sqlite3.DatabaseError as error:
            raise in_words(error, file) from error


def _apply(conn: sqlite3.Connection) -> None:
    import sqlite_utils

    from station.store.schema import migrations

    migrations.apply(sqlite_utils.Database(conn))


def copy_to(conn: sqlite3.Connection, target: Path) -> None:
    """A consistent copy of the open database, also while others write."""
    with closing(sqlite3.connect(target)) as copy:
        conn.backup(copy)


def _applied(conn: sqlite3.Connection) -> list[sqlite3.Row]:
    exists = conn.execute("SELECT 1 FROM sqlite_master WHERE name = '_sqlite_migrations'").fetchone()
    if not exists:
        return []
    return conn.execute("SELECT name FROM _sqlite_migrations WHERE migration_set = 'station'").fetchall()
