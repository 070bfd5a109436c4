"""The table of dossiers: found by words, narrowed by state, branch, procedure and day."""

import sqlite3
from dataclasses import dataclass

from station.store import search


@dataclass(frozen=True)
class Wanted:
    """What is looked for; empty means all. Days are ISO dates of the day a dossier was opened."""

    states: tuple[str, ...] = ()
    branch: str = ""
    procedure: str = ""
    since: str = ""
    until: str = ""


@dataclass(frozen=True)
class Row:
    dossier_id: int
    code: str
    applicant_name: str
    procedure_name: str
    state: str
    stage: str
    branch: str
    opened_at: str


_ROWS = (
    "SELECT d.id AS dossier_id, coalesce(d.dossier_code, d.temporary_code) AS code,"
    " coalesce(r.applicant_name, '') AS applicant_name, coalesce(r.procedure_name, '') AS procedure_name,"
    " d.state, d.stage, d.branch, d.opened_at FROM dossier d"
    " LEFT JOIN record r ON r.dossier_code = d.dossier_code"
)
_NARROW = (
    " (:branch = '' OR d.branch = :branch) AND (:procedure = '' OR d.procedure_code = :procedure)"
    " AND (:since = '' OR d.opened_at >= :since) AND (:until = '' OR substr(d.opened_at, 1, 10) <= :until)"
)
# Words that stand in very many dossiers are narrowed among this many of the best.
MOST_FOUND = 20_000


def list_rows(conn: sqlite3.Connection, text: str, wanted: Wanted, limit: int) -> list[Row]:
    """Dossiers in which every word of `text` begins a word, best first; newest first without a text."""
    marks = ", ".join(f":s{n}" for n in range(len(wanted.states)))
    values: dict[str, object] = {f"s{n}": state for n, state in enumerate(wanted.states)}
    values |= {
        "branch": wanted.branch,
        "procedure": wanted.procedure,
        "since": wanted.since,
        "until": wanted.until,
        "limit": limit,
    }
    where = _NARROW + (f" AND d.state IN ({marks})" if marks else "")
    if not text.strip():
        rows = conn.execute(f"{_ROWS} WHERE {where} ORDER BY d.id DESC LIMIT :limit", values)
        return [Row(*row) for row in rows]
    narrowed = bool(wanted.states or wanted.branch or wanted.procedure or wanted.since or wanted.until)
    found = search.find(conn, text, MOST_FOUND if narrowed else limit)
    listed = ", ".join(str(number) for number in found)
    kept = {
        row[0]: Row(*row) for row in conn.execute(f"{_ROWS} WHERE {where} AND d.id IN ({listed})", values)
    }
    return [kept[number] for number in found if number in kept][:limit]


def list_branches(conn: sqlite3.Connection) -> list[str]:
    """Branches that dossiers were opened at."""
    rows = conn.execute("SELECT DISTINCT branch FROM dossier WHERE branch <> '' ORDER BY branch")
    return [str(row[0]) for row in rows]


def list_procedures(conn: sqlite3.Connection) -> list[tuple[str, str]]:
    """Procedures of the dossiers as (code, name)."""
    rows = conn.execute(
        "SELECT d.procedure_code, max(coalesce(r.procedure_name, d.procedure_code)) FROM dossier d"
        " LEFT JOIN record r ON r.dossier_code = d.dossier_code WHERE d.procedure_code IS NOT NULL"
        " GROUP BY d.procedure_code ORDER BY 2"
    )
    return [(str(row[0]), str(row[1])) for row in rows]
