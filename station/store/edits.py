"""The edits of a dossier, each with the papers before and after it, so that undo has no end until sealing."""

import json
import sqlite3
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class PastEdit:
    """`before` and `after` are snapshots of the dossier's papers (documents.snapshot)."""

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


def find_last_done(conn: sqlite3.Connection, dossier_id: int) -> PastEdit | None:
    """The edit that undo takes back."""
    return _find(conn, dossier_id, "undone = 0 ORDER BY id DESC")


def find_first_undone(conn: sqlite3.Connection, dossier_id: int) -> PastEdit | None:
    """The edit that redo does again."""
    return _find(conn, dossier_id, "undone = 1 ORDER BY id")


def _find(conn: sqlite3.Connection, dossier_id: int, which: str) -> PastEdit | None:
    row = conn.execute(
        f"SELECT * FROM edit WHERE dossier_id = :id AND {which} LIMIT 1", {"id": dossier_id}
    ).fetchone()
    if row is None:
        return None
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
