"""The edits of a dossier, each with what it changed before and after it, so that undo has no end until sealing."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

#: The edit of somebody who vouches for a value.
GIVE_VALUE = "give value"


@dataclass(frozen=True)
class PastEdit:
    """`before` and `after` are snapshots of the dossier's papers (snapshots.snapshot), of one value under "value"
    (snapshots.value_of), or of what stands for a component under "reused" (snapshots.reused_of)."""

    id: int
    action: str
    before: dict[str, Any]
    after: dict[str, Any]


def add(
    conn: sqlite3.Connection,
    dossier_id: int,
    action: str,
    before: dict[str, Any],
    after: dict[str, Any],
    by: str,
    at: str,
) -> None:
    """A new edit; what was undone before it can't be done again."""
    conn.execute("DELETE FROM edit WHERE dossier_id = :id AND undone = 1", {"id": dossier_id})
    conn.execute(
        "INSERT INTO edit (dossier_id, action, before, after, by, at) VALUES (:id, :action, :before, :after, :by, :at)",
        {
            "id": dossier_id,
            "action": action,
            "before": json.dumps(before, ensure_ascii=False),
            "after": json.dumps(after, ensure_ascii=False),
            "by": by,
            "at": at,
        },
    )


def newest_done(conn: sqlite3.Connection, dossier_id: int, by: str) -> Iterator[PastEdit]:
    """What an undo by this person may take back, newest first; values that others gave are left to them."""
    return _each(conn, dossier_id, by, "undone = 0", "DESC")


def oldest_undone(conn: sqlite3.Connection, dossier_id: int, by: str) -> Iterator[PastEdit]:
    """What a redo by this person may do again, oldest first."""
    return _each(conn, dossier_id, by, "undone = 1", "ASC")


def _each(conn: sqlite3.Connection, dossier_id: int, by: str, which: str, order: str) -> Iterator[PastEdit]:
    rows = conn.execute(
        f"SELECT * FROM edit WHERE dossier_id = :id AND {which} AND (action <> :value OR by = :by)"
        f" ORDER BY id {order}",
        {"id": dossier_id, "value": GIVE_VALUE, "by": by},
    )
    return map(_edit, rows)


def _edit(row: sqlite3.Row) -> PastEdit:
    return PastEdit(row["id"], row["action"], json.loads(row["before"]), json.loads(row["after"]))


def set_undone(conn: sqlite3.Connection, edit_id: int, undone: bool) -> None:
    conn.execute("UPDATE edit SET undone = :undone WHERE id = :id", {"id": edit_id, "undone": int(undone)})


def set_left(conn: sqlite3.Connection, edit_id: int, back: bool, papers: dict[str, Any]) -> None:
    """Keeps what walking an edit left behind: its after when it went back, its before when it was done again."""
    side = "after" if back else "before"
    conn.execute(
        f"UPDATE edit SET {side} = :papers WHERE id = :id",
        {"id": edit_id, "papers": json.dumps(papers, ensure_ascii=False)},
    )


def set_value_undone(conn: sqlite3.Connection, dossier_id: int, document_id: int, name: str) -> None:
    """Takes back every edit that gave this field a value."""
    conn.execute(
        "UPDATE edit SET undone = 1 WHERE dossier_id = :id AND action = :value"
        " AND json_extract(after, '$.value.document_id') = :document AND json_extract(after, '$.value.name') = :name",
        {"id": dossier_id, "value": GIVE_VALUE, "document": document_id, "name": name},
    )
