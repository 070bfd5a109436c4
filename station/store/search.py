"""Tone-insensitive search over codes, names and recognised text, narrowed by what dossiers are.

SQLite's tokenizer folds tones but not đ, so text is folded before it goes in and before it is asked for.
A Vietnamese office's papers are made of some thousand syllables, and most stand in most dossiers: ranking every
dossier that has them would read the whole index at each key. So the answer comes in tiers, each newest first and
read only as far as it is shown: codes and names that begin so, then papers with these words in a row, then papers
with all of them anywhere.
"""

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from station.store.reference import fold

_WORD = re.compile(r"\w+")
#: A word still being typed is looked for by its beginning in the papers from this length on: one or two letters
#: begin half of all words, and half a million pages would be merged to show a screenful of chance.
BEGINNING_FROM = 3


@dataclass(frozen=True)
class Wanted:
    """Which dossiers are looked at; empty means all."""

    states: tuple[str, ...] = ()
    branch: str = ""
    procedure: str = ""
    #: UTC moments as the store keeps them, from one and before the other.
    opened_from: str = ""
    opened_before: str = ""


def put(conn: sqlite3.Connection, dossier_id: int, codes: str, names: str, body: str) -> None:
    """Indexes a dossier anew."""
    remove(conn, dossier_id)
    named = fold(f"{codes} {names}")
    for table, words in (("search_names", named), ("search_words", f"{named} {fold(body)}")):
        conn.execute(
            f"INSERT INTO {table} (rowid, words) VALUES (:id, :words)", {"id": dossier_id, "words": words}
        )


def remove(conn: sqlite3.Connection, dossier_id: int) -> None:
    """A dossier that is no more is not found any more."""
    for table in ("search_names", "search_words"):
        conn.execute(f"DELETE FROM {table} WHERE rowid = :id", {"id": dossier_id})


def find(conn: sqlite3.Connection, text: str, wanted: Wanted, limit: int) -> list[int]:
    """Ids of dossiers with every word of `text`, best first; all, newest first, where `text` has no word."""
    words = _WORD.findall(fold(text))
    where, values = _narrowed(wanted)
    if not words:
        rows = conn.execute(
            f"SELECT d.id FROM dossier d WHERE {where} ORDER BY d.id DESC LIMIT :limit",
            {**values, "limit": limit},
        )
        return [int(row[0]) for row in rows] if not text.strip() else []
    found: dict[int, None] = {}
    for table, query in _tiers(words):
        if len(found) >= limit:
            break
        rows = conn.execute(
            f"SELECT s.rowid FROM {table} s CROSS JOIN dossier d ON d.id = s.rowid"
            f" WHERE {table} MATCH :query AND {where} ORDER BY s.rowid DESC LIMIT :limit",
            {**values, "query": query, "limit": limit},
        )
        found.update((int(row[0]), None) for row in rows)
    return list(found)[:limit]


def _tiers(words: list[str]) -> Iterator[tuple[str, str]]:
    """Table and query of each tier."""
    begun = "*" if len(words[-1]) >= BEGINNING_FROM else ""
    yield "search_names", " ".join(f'"{word}"*' for word in words)
    yield "search_words", f'"{" ".join(words)}"{begun}'
    if len(words) > 1:
        yield "search_words", " ".join(f'"{word}"' for word in words) + begun


def _narrowed(wanted: Wanted) -> tuple[str, dict[str, object]]:
    """The condition on `dossier d`, and its values."""
    values: dict[str, object] = {f"s{n}": state for n, state in enumerate(wanted.states)}
    kept = [f"d.state IN ({', '.join(':' + name for name in values)})"] if wanted.states else []
    for condition, name, value in (
        ("d.branch = :branch", "branch", wanted.branch),
        ("d.procedure_code = :procedure", "procedure", wanted.procedure),
        ("d.opened_at >= :from", "from", wanted.opened_from),
        ("d.opened_at < :before", "before", wanted.opened_before),
    ):
        if value:
            kept.append(condition)
            values[name] = value
    return " AND ".join(kept) or "TRUE", values
