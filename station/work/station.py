"""The running station: a data folder, its settings, and who acts.

Every verb of this package takes a Station first, checks the right, does its work and writes the audit row
in one transaction.
"""

import getpass
import logging
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from station.core import files, settings
from station.core.errors import N_, NotAllowed, StorageProblem
from station.core.log import start_log
from station.core.settings import Settings
from station.store import accounts, audit, database
from station.store.accounts import Account

log = logging.getLogger(__name__)

#: Marks a data folder of `station.work.training`.
TRAINING_MARK = "training-only"
#: Marks a data folder of the demonstration.
DEMO_MARK = "demonstration"

FOLDERS = ("originals", "derived", "spool", "packages", "documents", "backup", "logs", "quarantine")


class NobodySignedIn(NotAllowed):
    sentence = N_(
        "No account is linked to the system user {user}. Use --user NAME, or ask the administrator to link one."
    )


class FolderNotWritable(StorageProblem):
    sentence = N_(
        "The data folder {folder} can't be written. Choose another with --home, or free it for this user."
    )


class StationBusy(StorageProblem):
    sentence = N_(
        "The station is already at work in this data folder ({who}). Close it there, then try again."
    )


@dataclass(frozen=True)
class Station:
    """One data folder seen by one actor. Frozen: signing in gives a new one."""

    home: Path
    settings: Settings
    actor: Account
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    @property
    def in_training_folder(self) -> bool:
        """Whether this data folder was made for training; no setting changes that."""
        return (self.home / TRAINING_MARK).exists()

    @property
    def training(self) -> bool:
        """Whether nothing may leave: by setting, or because this is a training folder."""
        return self.settings.training or self.in_training_folder

    def now(self) -> str:
        """This moment in UTC, ISO 8601 to the millisecond: what is sealed in one second still has its order."""
        return self.clock().astimezone(UTC).isoformat(timespec="milliseconds")

    def folder(self, name: str) -> Path:
        return self.home / name

    def original(self, sha256: str) -> Path:
        return self.home / "originals" / sha256

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of it or nothing, on a connection of its own."""
        with (
            files.full_disk_in_words(self.home),
            _database_in_words(self.home / "station.db"),
            closing(database.connect(self.home / "station.db")) as conn,
            database.transaction(conn),
        ):
            yield conn

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for queries; writes through it would commit one by one, so don't."""
        with closing(database.connect(self.home / "station.db")) as conn:
            yield conn

    def audit(self, conn: sqlite3.Connection, action: str, subject: str, **details: object) -> None:
        audit.record(conn, self.now(), self.actor.name, action, subject, **details)

    def acting_as(self, actor: Account) -> "Station":
        return replace(self, actor=actor)


@contextmanager
def _database_in_words(file: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise database.in_words(error, file) from error


def default_home() -> Path:
    """STATION_HOME, or the user's own data folder."""
    named = os.environ.get("STATION_HOME")
    if named:
        return Path(named)
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "station"


def open_home(home: Path) -> tuple[Settings, str | None]:
    """Makes or upgrades a data folder.

    Returns:
        Its settings, and the name of the account just made for a new folder (None for an old one).

    Raises:
        FolderNotWritable, DatabaseTooNew, DatabaseDamaged, SettingsWrong.
    """
    try:
        files.private_folder(home)
        for name in FOLDERS:
            files.private_folder(home / name)
    except (PermissionError, NotADirectoryError, FileExistsError) as error:
        raise FolderNotWritable(folder=str(home)) from error
    start_log(home / "logs")
    database.upgrade(home / "station.db", home / "backup")
    chosen = settings.load(home / "station.toml")
    return chosen, _first_account(home)


def open_station(home: Path, user: str | None = None, password: str | None = None) -> Station:
    """The station for a command: by name and password, or by the operating-system user.

    Raises:
        SignInRefused, NobodySignedIn and what `open_home` raises.
    """
    chosen, made = open_home(home)
    if user is not None:
        return sign_in(home, chosen, user, password or "")
    with closing(database.connect(home / "station.db")) as conn:
        account = accounts.find_by_os_user(conn, os_user())
    if account is None:
        raise NobodySignedIn(user=os_user())
    if made:
        log.info("first account made for a new data folder")
    return Station(home, chosen, account)


# After five wrong passwords an account rests for five minutes: guessing stays slow, nobody is locked out for good.
TRIES_ALLOWED = 5
LOCK_S = 300


class AccountResting(NotAllowed):
    sentence = N_(
        "Too many wrong passwords for {name}. Wait five minutes, or ask the administrator for a new password."
    )


def sign_in(
    home: Path, chosen: Settings, name: str, password: str, clock: Callable[[], datetime] | None = None
) -> Station:
    """The station as seen by an account.

    Raises:
        SignInRefused: unknown name or wrong password; which of the two is not told.
        AccountResting: too many wrong tries.
    """
    now = (clock or (lambda: datetime.now(UTC)))()
    at = now.isoformat(timespec="seconds")
    with closing(database.connect(home / "station.db")) as conn:
        until = accounts.locked_until(conn, name)
        if until is not None and until > at:
            raise AccountResting(name=name)
        stored = accounts.find_password_hash(conn, name)
        fits = stored is not None and accounts.password_fits(password, stored)
        with database.transaction(conn):
            if fits:
                accounts.note_sign_in(conn, name)
            else:
                later = datetime.fromtimestamp(now.timestamp() + LOCK_S, UTC).isoformat(timespec="seconds")
                accounts.note_failed_try(conn, name, later, TRIES_ALLOWED)
            audit.record(conn, at, name, "sign in" if fits else "sign-in refused", "station:0")
        if not fits:
            raise accounts.SignInRefused
        account = accounts.get(conn, name)
    return Station(home, chosen, account, clock) if clock else Station(home, chosen, account)


def os_user() -> str:
    return getpass.getuser()


def _first_account(home: Path) -> str | None:
    """On a new folder: an administrator linked to the user who owns it, without a password."""
    with closing(database.connect(home / "station.db")) as conn:
        if accounts.list_all(conn):
            return None
        owner = _owner_of(home)
        at = datetime.now(UTC).isoformat(timespec="seconds")
        with database.transaction(conn):
            if accounts.list_all(conn):
                return None
            accounts.add(conn, "admin", "admin", None, owner, at)
            audit.record(conn, at, "admin", "first account", "account:admin", os_user=owner)
    return "admin"


def _owner_of(folder: Path) -> str:
    if os.name == "nt":
        return os_user()
    import pwd

    try:
        return pwd.getpwuid(folder.stat().st_uid).pw_name
    except KeyError:
        return os_user()


@contextmanager
def at_work(home: Path, who: str, lock_name: str = "lock") -> Iterator[None]:
    """Holds the data folder for one running station; the system frees the lock when the process dies.

    Raises:
        StationBusy: another process holds it, and who it is.
    """
    path = home / lock_name
    with path.open("a+", encoding="utf-8") as stream:
        try:
            files.lock_at_once(stream.fileno())
        except OSError as error:
            stream.seek(0)
            raise StationBusy(who=stream.read().strip() or "?") from error
        stream.truncate(0)
        # Who it is helps whoever finds the folder held; on a full disk the lock must do without. Written past the
        # stream's buffer, which would meet the full disk once more when it is closed.
        with suppress(OSError):
            os.write(stream.fileno(), f"{who}, process {os.getpid()}\n".encode())
        yield
