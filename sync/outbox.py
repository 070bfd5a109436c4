"""The outbox: sealed packages on their way, in the station's own database.

The state column is the queue: `waiting` until the warehouse's receipt is stored (`delivered`) or it refused
for good (`refused`). Nothing "in progress" is stored; the offset is only a hint of how far the server was.
Functions work on a connection given to them, inside the caller's transaction; they never open or commit.
"""

import json
import random
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any, NamedTuple

from station.core.errors import StationError

OUTBOX_DDL = """
CREATE TABLE package (
    id TEXT PRIMARY KEY,
    dossier_id INTEGER,
    dossier_code TEXT NOT NULL,
    branch TEXT NOT NULL,
    stage TEXT NOT NULL,
    version INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'refused')),
    offset_bytes INTEGER NOT NULL DEFAULT 0,
    upload_url TEXT,
    tries INTEGER NOT NULL DEFAULT 0,
    next_try_at TEXT,
    problem TEXT,
    sealed_at TEXT NOT NULL,
    delivered_at TEXT,
    receipt TEXT,
    UNIQUE (branch, dossier_code, stage, version)
) STRICT;
CREATE INDEX package_waiting ON package (state, sealed_at, id);
"""

STATES = ("waiting", "delivered", "refused")

# First pause, doubling up to the longest: the pauses the national exchange adapters use.
FIRST_PAUSE_S = 30
LONGEST_PAUSE_S = 3600
# The longest list the sync screen asks for at once.
LIST_LIMIT = 100_000

_COLUMNS = (
    "id, dossier_id, dossier_code, branch, stage, version, sha256, size_bytes, state, offset_bytes, upload_url,"
    " tries, next_try_at, problem, sealed_at, delivered_at, receipt"
)


@dataclass(frozen=True)
class Problem:
    """Why the last try failed: a key of the catalogues and the values of its placeholders."""

    sentence: str
    values: dict[str, Any]


class QueuedPackage(NamedTuple):
    """A row of the outbox, as it is stored: ten thousand are listed at once, and few of them are looked at closely.

    What is stored as text of another kind (moments, JSON) is read when it is asked for. Moments are UTC.
    """

    package_id: str
    dossier_id: int | None
    dossier_code: str
    branch: str
    stage: str
    version: int
    sha256: str
    size_bytes: int
    state: str
    offset_bytes: int
    upload_url: str | None
    tries: int
    next_try_text: str | None
    problem_text: str | None
    sealed_text: str
    delivered_text: str | None
    receipt_text: str | None

    @property
    def next_try_at(self) -> datetime | None:
        return None if self.next_try_text is None else datetime.fromisoformat(self.next_try_text)

    @property
    def problem(self) -> Problem | None:
        return None if self.problem_text is None else Problem(**json.loads(self.problem_text))

    @property
    def sealed_at(self) -> datetime:
        return datetime.fromisoformat(self.sealed_text)

    @property
    def delivered_at(self) -> datetime | None:
        return None if self.delivered_text is None else datetime.fromisoformat(self.delivered_text)

    @property
    def receipt(self) -> dict[str, Any] | None:
        receipt: dict[str, Any] | None = None if self.receipt_text is None else json.loads(self.receipt_text)
        return receipt


# What packages are ordered by: the oldest first, and none at the same moment twice.
_AGE = itemgetter(QueuedPackage._fields.index("sealed_text"), QueuedPackage._fields.index("package_id"))


@dataclass(frozen=True)
class NewPackage:
    """What sealing knows of a package that has just been built."""

    package_id: str
    dossier_id: int | None
    dossier_code: str
    branch: str
    stage: str
    version: int
    sha256: str
    size_bytes: int
    sealed_at: datetime


def put(conn: sqlite3.Connection, package: NewPackage) -> None:
    """Queues a sealed package. Queueing the same package again is harmless.

    Raises:
        sqlite3.IntegrityError: another package of the same dossier, stage and version is there already.
    """
    conn.execute(
        "INSERT INTO package (id, dossier_id, dossier_code, branch, stage, version, sha256, size_bytes, state, sealed_at)"
        " VALUES (:package_id, :dossier_id, :dossier_code, :branch, :stage, :version, :sha256, :size_bytes, 'waiting', :sealed_at)"
        " ON CONFLICT (id) DO NOTHING",
        {**package.__dict__, "sealed_at": _text(package.sealed_at)},
    )


def next_version(conn: sqlite3.Connection, branch: str, dossier_code: str, stage: str) -> int:
    """The version an edited dossier is sealed as: one more than the last, 1 for the first."""
    row = conn.execute(
        "SELECT coalesce(max(version), 0) + 1 FROM package"
        " WHERE branch = :branch AND dossier_code = :dossier_code AND stage = :stage",
        {"branch": branch, "dossier_code": dossier_code, "stage": stage},
    ).fetchone()
    return int(row[0])


def list_waiting(conn: sqlite3.Connection, now: datetime, limit: int = LIST_LIMIT) -> list[QueuedPackage]:
    """Packages whose time has come, oldest first.

    A next try further away than the longest pause was set while the PC's clock was wrong; it counts as come.
    """
    rows = _plain(conn).execute(
        f"SELECT {_COLUMNS} FROM package WHERE state = 'waiting'"
        " AND (next_try_at IS NULL OR next_try_at <= :now OR next_try_at > :beyond)"
        " ORDER BY sealed_at, id LIMIT :limit",
        {"now": _text(now), "beyond": _text(now + timedelta(seconds=LONGEST_PAUSE_S)), "limit": limit},
    )
    return [QueuedPackage._make(row) for row in rows]


def list_delivered(conn: sqlite3.Connection, since: datetime, until: datetime) -> list[QueuedPackage]:
    """Packages whose receipt came from `since` on and before `until`, oldest first."""
    rows = _plain(conn).execute(
        f"SELECT {_COLUMNS} FROM package WHERE state = 'delivered' AND delivered_at >= :since AND delivered_at < :until"
        " ORDER BY sealed_at, id",
        {"since": _text(since), "until": _text(until)},
    )
    return [QueuedPackage._make(row) for row in rows]


def try_all_now(conn: sqlite3.Connection) -> None:
    """Every waiting package's time has come: the operator pressed Send now."""
    conn.execute("UPDATE package SET next_try_at = NULL WHERE state = 'waiting'")


def list_all(conn: sqlite3.Connection, limit: int = LIST_LIMIT) -> list[QueuedPackage]:
    """Every package, newest last."""
    rows: list[tuple[Any, ...]] = []
    for state in STATES:
        # State by state, so that the index gives the order; merging three ordered runs costs next to nothing.
        rows += _plain(conn).execute(
            f"SELECT {_COLUMNS} FROM package WHERE state = :state ORDER BY sealed_at, id LIMIT :limit",
            {"state": state, "limit": limit},
        )
    rows.sort(key=_AGE)
    return [QueuedPackage._make(row) for row in rows[:limit]]


def get(conn: sqlite3.Connection, package_id: str) -> QueuedPackage:
    """One package.

    Raises:
        KeyError: there is none of this id.
    """
    package = find(conn, package_id)
    if package is None:
        raise KeyError(package_id)
    return package


def find(conn: sqlite3.Connection, package_id: str) -> QueuedPackage | None:
    row = (
        _plain(conn).execute(f"SELECT {_COLUMNS} FROM package WHERE id = :id", {"id": package_id}).fetchone()
    )
    return None if row is None else QueuedPackage._make(row)


def count_by_state(conn: sqlite3.Connection) -> dict[str, int]:
    """How many packages are waiting, delivered and refused; every state is a key."""
    counts = dict.fromkeys(STATES, 0)
    counts.update(
        (str(state), int(count))
        for state, count in conn.execute("SELECT state, count(*) FROM package GROUP BY state")
    )
    return counts


def note_offset(
    conn: sqlite3.Connection, package_id: str, offset_bytes: int, upload_url: str | None = None
) -> None:
    """Remembers how far the server has it, and where; a later try asks the server anyway."""
    conn.execute(
        "UPDATE package SET offset_bytes = :offset, upload_url = coalesce(:url, upload_url)"
        " WHERE id = :id AND state = 'waiting'",
        {"id": package_id, "offset": offset_bytes, "url": upload_url},
    )


def note_problem(conn: sqlite3.Connection, package_id: str, error: StationError, now: datetime) -> datetime:
    """Remembers why a try failed and sets the next one, later each time, for ever.

    Returns:
        The moment of the next try.
    """
    row = conn.execute("SELECT tries FROM package WHERE id = :id", {"id": package_id}).fetchone()
    tries = int(row[0]) + 1
    next_try_at = now + timedelta(seconds=pause_s(tries, random.random()))
    conn.execute(
        "UPDATE package SET tries = :tries, next_try_at = :next, problem = :problem"
        " WHERE id = :id AND state = 'waiting'",
        {"id": package_id, "tries": tries, "next": _text(next_try_at), "problem": _problem_text(error)},
    )
    return next_try_at


def pause_s(tries: int, chance: float) -> float:
    """Seconds before the next try: doubling, capped, spread by half so that a branch's PCs do not call together.

    Args:
        tries: failed tries so far, 1 or more.
        chance: 0 to 1, evenly drawn.
    """
    full = float(min(LONGEST_PAUSE_S, FIRST_PAUSE_S << min(tries - 1, 20)))
    return full * (0.5 + 0.5 * chance)


def refuse(conn: sqlite3.Connection, package_id: str, error: StationError) -> None:
    """The warehouse refused this package for good; only a person can go on (`retry`, or a new version)."""
    conn.execute(
        "UPDATE package SET state = 'refused', tries = tries + 1, next_try_at = NULL, problem = :problem"
        " WHERE id = :id AND state = 'waiting'",
        {"id": package_id, "problem": _problem_text(error)},
    )


def deliver(conn: sqlite3.Connection, package_id: str, receipt: Mapping[str, Any], now: datetime) -> bool:
    """Stores the warehouse's receipt, whose signature the caller has checked. False if it was there already."""
    changed = conn.execute(
        "UPDATE package SET state = 'delivered', delivered_at = :now, receipt = :receipt, offset_bytes = size_bytes,"
        " problem = NULL, next_try_at = NULL, upload_url = NULL WHERE id = :id AND state <> 'delivered'",
        {"id": package_id, "now": _text(now), "receipt": json.dumps(dict(receipt), ensure_ascii=False)},
    )
    return changed.rowcount == 1


def retry(conn: sqlite3.Connection, package_id: str | None = None) -> int:
    """Send now: lets one package, or all that wait, go at once; one that was refused waits again.

    Returns:
        How many packages changed. Refused ones are woken only by their id.
    """
    if package_id is None:
        return conn.execute("UPDATE package SET next_try_at = NULL WHERE state = 'waiting'").rowcount
    return conn.execute(
        "UPDATE package SET state = 'waiting', next_try_at = NULL WHERE id = :id AND state IN ('waiting', 'refused')",
        {"id": package_id},
    ).rowcount


def _problem_text(error: StationError) -> str:
    values = {
        name: value if isinstance(value, int | float) else str(value) for name, value in error.values.items()
    }
    return json.dumps({"sentence": error.sentence, "values": values}, ensure_ascii=False)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def _plain(conn: sqlite3.Connection) -> sqlite3.Cursor:
    """A cursor that gives tuples, whatever the connection gives: named rows take half as long again."""
    cursor = conn.cursor()
    cursor.row_factory = None
    return cursor
