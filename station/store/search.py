"""Tone-insensitive search over codes, names and recognised text.

SQLite's tokenizer folds tones but not đ, so text is folded before it goes in and before it is asked for.
"""

import re
import sqlite3

from station.store.reference import fold

_WORD = re.compile(r"\w+")


def put(conn: sqlite3.Connection, dossier_id: int, codes: str, names: str, body: str) -> None:
    """Indexes a dossier anew."""
    conn.execute("DELETE FROM search WHERE dossier_id = :id", {"id": dossier_id})
    conn.execute(
        "INSERT INTO search (dossier_id, codes, names, body) VALUES (:id, :codes, :names, :body)",
        {"id": dossier_id, "codes": fold(codes), "names": fold(names), "body": fold(body)},
    )


def find(conn: sqlite3.Connection, text: str, limit: int) -> list[int]:
    """Ids of dossiers in which every word of `text` begins a word, best first; empty for no word."""
    words = _WORD.findall(fold(text))
    if not words:
        return []
    query = " ".join(f'"{w}"*' for w in words)
    rows = conn.execute(
        "SELECT dossier_id FROM search WHERE search MATCH :query ORDER BY bm25(search, 0, 10, 5, 1) LIMIT :limit",
        {"query": query, "limit": limit},
    )
    return [int(r["dossier_id"]) for r in rows]
