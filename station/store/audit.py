"""The audit trail: append only, each row sealed by the hash of the one before.

Details hold ids and counts, never a citizen's data. `station check` walks the chain; its head travels in
every package and comes back in the receipt, so that a rewritten trail shows at the next delivery.
"""

import hashlib
import json
import sqlite3
from dataclasses import dataclass
from typing import Any

FIRST_HASH = "0" * 64


@dataclass(frozen=True)
class Entry:
    id: int
    at: str
    actor: str
    action: str
    subject: str
    details: dict[str, Any]


def record(
    conn: sqlite3.Connection, at: str, actor: str, action: str, subject: str, **details: object
) -> None:
    """Adds a row; call it inside the transaction of what it tells."""
    text = json.dumps(details, ensure_ascii=False, sort_keys=True)
    previous = head(conn)
    conn.execute(
        "INSERT INTO audit (at, actor, action, subject, details, previous_hash, hash)"
        " VALUES (:at, :actor, :action, :subject, :details, :previous, :hash)",
        {
            "at": at,
            "actor": actor,
            "action": action,
            "subject": subject,
            "details": text,
            "previous": previous,
            "hash": _hash(previous, at, actor, action, subject, text),
        },
    )


def head(conn: sqlite3.Connection) -> str:
    """Hash of the newest row; zeros for an empty trail."""
    row = conn.execute("SELECT hash FROM audit ORDER BY id DESC LIMIT 1").fetchone()
    return row["hash"] if row else FIRST_HASH


def contains(conn: sqlite3.Connection, hash_: str) -> bool:
    """Whether a head once given away is still part of the chain."""
    if hash_ == FIRST_HASH:
        return True
    return conn.execute("SELECT 1 FROM audit WHERE hash = :hash", {"hash": hash_}).fetchone() is not None


def list_hashes(conn: sqlite3.Connection) -> set[str]:
    """Every head there ever was."""
    return {FIRST_HASH, *(row["hash"] for row in conn.execute("SELECT hash FROM audit"))}


def first_broken(conn: sqlite3.Connection) -> int | None:
    """Id of the first row that does not follow from the one before; None for a whole chain."""
    previous = FIRST_HASH
    for row in conn.execute("SELECT * FROM audit ORDER BY id"):
        expected = _hash(previous, row["at"], row["actor"], row["action"], row["subject"], row["details"])
        if row["previous_hash"] != previous or row["hash"] != expected:
            return int(row["id"])
        previous = row["hash"]
    return None


def list_of(conn: sqlite3.Connection, subject: str) -> list[Entry]:
    """Who did what to one subject, oldest first."""
    rows = conn.execute("SELECT * FROM audit WHERE subject = :subject ORDER BY id", {"subject": subject})
    return [
        Entry(r["id"], r["at"], r["actor"], r["action"], r["subject"], json.loads(r["details"])) for r in rows
    ]


def _hash(previous: str, at: str, actor: str, action: str, subject: str, details: str) -> str:
    text = "\x1f".join((previous, at, actor, action, subject, details))
    return hashlib.sha256(text.encode()).hexdigest()
