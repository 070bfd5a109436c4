"""The reasons an office gave for what the pictures of its papers lack by law."""

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True)
class Excuse:
    """Why a side is as it is. `kind` as in ocr.lawful: not_colour, low_resolution."""

    side_id: int
    kind: str
    reason: str
    given_by: str
    given_at: str


def put(conn: sqlite3.Connection, excuse: Excuse) -> None:
    """The reason for one lack of one side; a later one takes the place of an earlier."""
    conn.execute(
        "INSERT OR REPLACE INTO excuse (side_id, kind, reason, given_by, given_at)"
        " VALUES (:side_id, :kind, :reason, :given_by, :given_at)",
        vars(excuse),
    )


def remove(conn: sqlite3.Connection, side_id: int) -> None:
    """The reasons given for a side are taken back."""
    conn.execute("DELETE FROM excuse WHERE side_id = :side", {"side": side_id})


def of_sides(conn: sqlite3.Connection, side_ids: Collection[int]) -> dict[tuple[int, str], Excuse]:
    """The reasons given, by side and kind."""
    found = {}
    for side_id in side_ids:
        for row in conn.execute("SELECT * FROM excuse WHERE side_id = :side", {"side": side_id}):
            excuse = Excuse(**dict(row))
            found[(excuse.side_id, excuse.kind)] = excuse
    return found
