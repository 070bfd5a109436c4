"""Piles: which still wait, which of their sides lie on one sheet of paper, what was said of their number of sheets."""

import re
import sqlite3
from dataclasses import dataclass

_BATCH = re.compile(r"^scan:(?P<batch>[^:/]+)[:/](?:side-)?0*(?P<number>\d+)")
_SIDE = "s.id, s.position, s.delivery, i.source, i.laid, s.separator IS NOT NULL"


@dataclass(frozen=True)
class PiledSide:
    """One side in its pile. `laid`: so many sides, from the first, lie front by back after manual duplex."""

    id: int
    position: int
    delivery: str
    source: str
    laid: int
    is_separator: bool

    @property
    def is_scanned(self) -> bool:
        """Whether it came from a scanner rather than from a folder or a file."""
        return self.delivery.startswith("scan:")

    @property
    def is_paired(self) -> bool:
        """Whether the next side or the one before it is known to be the other side of its sheet."""
        return self.source.endswith(" adf-duplex") or self.position <= self.laid

    @property
    def sheet(self) -> tuple[object, ...]:
        """What two sides of one sheet have in common."""
        if self.position <= self.laid:
            return ("laid", (self.position + 1) // 2)
        found = _BATCH.match(self.delivery)
        if found is None or not self.source.endswith(" adf-duplex"):
            return ("side", self.id)
        return (found["batch"], (int(found["number"]) + 1) // 2)


def list_waiting(conn: sqlite3.Connection) -> list[int]:
    """Intakes with a side to read or a dossier to finish, newest first."""
    rows = conn.execute(
        "SELECT i.id FROM intake i WHERE EXISTS (SELECT 1 FROM side s WHERE s.intake_id = i.id"
        " AND s.state = 'captured' AND s.removed_at IS NULL) OR EXISTS (SELECT 1 FROM dossier d"
        " WHERE d.intake_id = i.id AND d.state IN ('open', 'ready', 'returned')) ORDER BY i.id DESC"
    )
    return [int(row["id"]) for row in rows]


def find_undivided(conn: sqlite3.Connection, source: str, stage: str, wanted_code: str | None) -> int | None:
    """The newest intake of a source that has no dossier yet."""
    row = conn.execute(
        "SELECT i.id FROM intake i WHERE i.source = :source AND i.stage = :stage AND i.wanted_code IS :code"
        " AND NOT EXISTS (SELECT 1 FROM dossier d WHERE d.intake_id = i.id) ORDER BY i.id DESC LIMIT 1",
        {"source": source, "stage": stage, "code": wanted_code},
    ).fetchone()
    return int(row["id"]) if row is not None else None


def list_of_dossier(conn: sqlite3.Connection, dossier_id: int) -> list[PiledSide]:
    """The sides that a dossier's documents hold, in the order of the pile."""
    rows = conn.execute(
        f"SELECT DISTINCT {_SIDE} FROM document_page dp JOIN document d ON d.id = dp.document_id"
        " JOIN page p ON p.id = dp.page_id JOIN side s ON s.id = p.side_id"
        " JOIN intake i ON i.id = s.intake_id WHERE d.dossier_id = :id ORDER BY s.position",
        {"id": dossier_id},
    )
    return [PiledSide(*row) for row in rows]


def list_of_pile(conn: sqlite3.Connection, intake_id: int) -> list[PiledSide]:
    """The sides of a whole pile in their order, separators too, removed ones left out."""
    rows = conn.execute(
        f"SELECT {_SIDE} FROM side s JOIN intake i ON i.id = s.intake_id"
        " WHERE i.id = :id AND s.removed_at IS NULL ORDER BY s.position",
        {"id": intake_id},
    )
    return [PiledSide(*row) for row in rows]


def count_of_pile(conn: sqlite3.Connection, intake_id: int) -> int:
    """Sheets of a whole intake so far, separators left out."""
    rows = conn.execute(
        f"SELECT {_SIDE} FROM side s JOIN intake i ON i.id = s.intake_id"
        " WHERE i.id = :id AND s.removed_at IS NULL AND s.separator IS NULL",
        {"id": intake_id},
    )
    return len({PiledSide(*row).sheet for row in rows})


def list_blanks(conn: sqlite3.Connection, intake_id: int, first: int, last: int) -> list[bool]:
    """Whether each image is blank, from one place in the pile to another and the blank ones right after it.

    Args:
        first: position of the first image.
        last: position of the last that is wanted whatever it holds.
    """
    rows = conn.execute(
        "SELECT blank FROM side WHERE intake_id = :intake AND removed_at IS NULL AND separator IS NULL"
        " AND position >= :first AND position < (SELECT coalesce(min(position), :last + 1000000) FROM side"
        "  WHERE intake_id = :intake AND position > :last AND (blank = 0 OR separator IS NOT NULL)) ORDER BY position",
        {"intake": intake_id, "first": first, "last": last},
    )
    return [bool(row["blank"]) for row in rows]


def find_separator_before(conn: sqlite3.Connection, intake_id: int, dossier_id: int) -> str | None:
    """What the last separator between dossiers says that lies before a dossier's first page."""
    row = conn.execute(
        "SELECT separator FROM side WHERE intake_id = :intake AND separator IS NOT NULL AND removed_at IS NULL"
        " AND separator NOT LIKE '%NEXT-DOCUMENT%' AND position < (SELECT min(s.position) FROM document_page dp"
        "  JOIN document d ON d.id = dp.document_id JOIN page p ON p.id = dp.page_id JOIN side s ON s.id = p.side_id"
        "  WHERE d.dossier_id = :id AND s.intake_id = :intake) ORDER BY position DESC LIMIT 1",
        {"intake": intake_id, "id": dossier_id},
    ).fetchone()
    return str(row["separator"]) if row is not None else None
