"""Files that were set aside with their sentence: what they are called, where their bytes lie, what became of them."""

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from station.core.errors import N_, UsageProblem


class RefusalUnknown(UsageProblem):
    sentence = N_("No file is set aside under the number {id}.")


@dataclass(frozen=True)
class Refusal:
    """A file set aside. `file` is its name in HOME/quarantine, empty when it had no bytes."""

    id: int
    intake_id: int | None
    name: str
    file: str
    sentence: str
    values: dict[str, Any]
    at: str


def add(
    conn: sqlite3.Connection,
    intake_id: int | None,
    name: str,
    file: str,
    sentence: str,
    values: dict[str, object],
    at: str,
) -> int:
    """A file set aside with its sentence; the same file again in the same intake is one row."""
    row = conn.execute(
        "SELECT id FROM quarantine WHERE intake_id IS :intake AND name = :name AND file = :file",
        {"intake": intake_id, "name": name, "file": file},
    ).fetchone()
    if row is not None:
        return int(row["id"])
    cursor = conn.execute(
        "INSERT INTO quarantine (intake_id, name, file, sentence, sentence_values, at)"
        " VALUES (:intake, :name, :file, :sentence, :values, :at)",
        {
            "intake": intake_id,
            "name": name,
            "file": file,
            "sentence": sentence,
            "values": json.dumps(values, ensure_ascii=False, default=str),
            "at": at,
        },
    )
    return int(cursor.lastrowid or 0)


def get(conn: sqlite3.Connection, refusal_id: int) -> Refusal:
    found = next((r for r in list_open(conn) if r.id == refusal_id), None)
    if found is None:
        raise RefusalUnknown(id=refusal_id)
    return found


def set_released(conn: sqlite3.Connection, refusal_id: int, at: str) -> None:
    """A file set aside was taken in after all; its row stays as history."""
    conn.execute("UPDATE quarantine SET released_at = :at WHERE id = :id", {"id": refusal_id, "at": at})


def list_open(conn: sqlite3.Connection) -> list[Refusal]:
    rows = conn.execute("SELECT * FROM quarantine WHERE released_at IS NULL ORDER BY id")
    return [
        Refusal(
            r["id"],
            r["intake_id"],
            r["name"],
            r["file"],
            r["sentence"],
            json.loads(r["sentence_values"]),
            r["at"],
        )
        for r in rows
    ]
