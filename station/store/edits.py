"""The edits of a dossier, each with what it changed before and after it, so that undo has no end until sealing."""

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

#: The edit of somebody who vouches for a value.
GIVE_VALUE = "give value"


@dataclass(frozen=True)
class PastEdit:
    """`before` and `after` are snapshots of the dossier's papers (documents.snapshot), or of one value under
    "value" (documents.value_of)."""

    id: int
    action: str
    before: dict[str, Any]
    after: dict[str, Any]
    at: str


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


def find_last_done(conn: sqlite3.Connection, dossier_id: int, by: str) -> PastEdit | None:
    """The edit that an undo by this person takes back; values that others gave are left to them."""
    return _find(conn, dossier_id, by, "undone = 0", "DESC")


def find_first_undone(conn: sqlite3.Connection, dossier_id: int, by: str) -> PastEdit | None:
    """The edit that a redo by this person does again."""
    return _find(conn, dossier_id, by, "undone = 1", "ASC")


def find_value(conn: sqlite3.Connection, dossier_id: int, document_id: int, name: str) -> PastEdit | None:
    """The edit that gave a field the value it has."""
    row = conn.execute(
        "SELECT * FROM edit WHERE dossier_id = :id AND undone = 0 AND action = :value"
        " AND json_extract(after, '$.value.document_id') = :document AND json_extract(after, '$.value.name') = :name"
        " ORDER BY id DESC LIMIT 1",
        {"id": dossier_id, "value": GIVE_VALUE, "document": document_id, "name": name},
    ).fetchone()
    return _edit(row) if row else None


def _find(conn: sqlite3.Connection, dossier_id: int, by: str, which: str, order: str) -> PastEdit | None:
    row = conn.execute(
        f"SELECT * FROM edit WHERE dossier_id = :id AND {which} AND (action <> :value OR by = :by)"
        f" ORDER BY id {order} LIMIT 1",
        {"id": dossier_id, "value": GIVE_VALUE, "by": by},
    ).fetchone()
    return _edit(row) if row else None


def _edit(row: sqlite3.Row) -> PastEdit:
    return PastEdit(row["id"], row["action"], json.loads(row["before"]), json.loads(row["after"]), row["at"])


def set_undone(conn: sqlite3.Connection, edit_id: int, undone: bool) -> None:
    conn.execute("UPDATE edit SET undone = :undone WHERE id = :id", {"id": edit_id, "undone": int(undone)})


def list_vouched_since(conn: sqlite3.Connection, dossier_id: int, at: str) -> list[sqlite3.Row]:
    """Rows of the values people gave after an edit: taking the edit back does not take those back."""
    return conn.execute(
        "SELECT f.* FROM field f JOIN document d ON d.id = f.document_id WHERE d.dossier_id = :id"
        " AND f.value IS NOT NULL AND f.verified_by NOT LIKE 'rule:%' AND f.verified_at > :at",
        {"id": dossier_id, "at": at},
    ).fetchall()
