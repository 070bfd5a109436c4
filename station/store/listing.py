"""The table of dossiers: the rows of those found, and what there is to narrow by."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A dossier as the table shows it; texts are empty where nothing is known."""

    dossier_id: int
    code: str
    applicant_name: str
    procedure_name: str
    state: str
    stage: str
    branch: str
    opened_at: str


def list_rows(conn: sqlite3.Connection, ids: Sequence[int]) -> list[Row]:
    """The rows of these dossiers in this order; one that is gone is left out."""
    listed = ", ".join(str(number) for number in ids)
    rows = conn.execute(
        "SELECT d.id, coalesce(d.dossier_code, d.temporary_code), coalesce(r.applicant_name, ''),"
        " coalesce(r.procedure_name, ''), d.state, d.stage, d.branch, d.opened_at FROM dossier d"
        f" LEFT JOIN record r ON r.dossier_code = d.dossier_code WHERE d.id IN ({listed})"
    )
    known = {row[0]: Row(*row) for row in rows}
    return [known[number] for number in ids if number in known]


def list_branches(conn: sqlite3.Connection) -> list[str]:
    """Branches that dossiers were opened at."""
    rows = conn.execute("SELECT DISTINCT branch FROM dossier WHERE branch <> '' ORDER BY branch")
    return [str(row[0]) for row in rows]


def list_procedures(conn: sqlite3.Connection) -> list[tuple[str, str]]:
    """Procedures of the dossiers as (code, name)."""
    rows = conn.execute(
        "SELECT p.code, coalesce((SELECT r.procedure_name FROM record r WHERE r.procedure_code = p.code LIMIT 1),"
        " p.code) FROM (SELECT DISTINCT procedure_code AS code FROM dossier WHERE procedure_code IS NOT NULL) p"
        " ORDER BY 2"
    )
    return [(str(row[0]), str(row[1])) for row in rows]
