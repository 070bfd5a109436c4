"""Dossiers: one separated run of an intake, matched to a procedure record or not yet."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from station.core.errors import N_, UsageProblem
from station.store import search
from station.store.model import Component, Dossier, DossierState, RescanTask


class DossierUnknown(UsageProblem):
    sentence = N_("There is no dossier {code}. station dossiers lists them.")


def add(
    conn: sqlite3.Connection, intake_id: int, run_no: int, stage: str, branch: str, by: str, at: str
) -> int:
    """A new open dossier under a temporary code (the station never invents a dossier code)."""
    number = conn.execute("SELECT coalesce(max(id), 0) + 1 FROM dossier").fetchone()[0]
    cursor = conn.execute(
        "INSERT INTO dossier (intake_id, run_no, stage, state, temporary_code, branch, opened_by, opened_at)"
        " VALUES (:intake, :run, :stage, 'open', :temporary, :branch, :by, :at)",
        {
            "intake": intake_id,
            "run": run_no,
            "stage": stage,
            "temporary": f"TMP-{at[2:10].replace('-', '')}-{number:05d}",
            "branch": branch,
            "by": by,
            "at": at,
        },
    )
    return int(cursor.lastrowid or 0)


def add_version(conn: sqlite3.Connection, dossier_id: int, by: str, at: str) -> int:
    """A new open version of a sealed dossier; the old one stays as it was sealed. Returns the new id."""
    old = get(conn, dossier_id)
    number = conn.execute("SELECT coalesce(max(id), 0) + 1 FROM dossier").fetchone()[0]
    cursor = conn.execute(
        "INSERT INTO dossier (intake_id, run_no, stage, state, dossier_code, temporary_code, matched_by,"
        " match_reasons, candidates, procedure_code, catalogue_version, branch, version, opened_by, opened_at)"
        " SELECT intake_id, run_no, stage, 'open', dossier_code, :temporary, matched_by, match_reasons,"
        " candidates, procedure_code, catalogue_version, branch, version + 1, :by, :at"
        " FROM dossier WHERE id = :id",
        {
            "id": dossier_id,
            "temporary": f"TMP-{at[2:10].replace('-', '')}-{number:05d}",
            "by": by,
            "at": at,
        },
    )
    assert old.version >= 1
    return int(cursor.lastrowid or 0)


def newest_version(conn: sqlite3.Connection, dossier: Dossier) -> int:
    """The highest version number of the same run."""
    row = conn.execute(
        "SELECT max(version) FROM dossier WHERE intake_id = :intake AND run_no = :run",
        {"intake": dossier.intake_id, "run": dossier.run_no},
    ).fetchone()
    return int(row[0])


def find_sealed_twin(conn: sqlite3.Connection, dossier: Dossier) -> Dossier | None:
    """A sealed dossier of another run under the same code and stage: only its new version may be sealed."""
    row = conn.execute(
        "SELECT * FROM dossier WHERE dossier_code = :code AND stage = :stage AND state IN ('sealed', 'delivered')"
        " AND NOT (intake_id = :intake AND run_no = :run) LIMIT 1",
        {
            "code": dossier.dossier_code,
            "stage": dossier.stage,
            "intake": dossier.intake_id,
            "run": dossier.run_no,
        },
    ).fetchone()
    return _dossier(row) if row else None


def copy_components(conn: sqlite3.Connection, source_id: int, target_id: int) -> None:
    """The checklist of an older version, what was reused or exempted included."""
    set_components(conn, target_id, [replace(c, document_id=None) for c in list_components(conn, source_id)])


def get(conn: sqlite3.Connection, dossier_id: int) -> Dossier:
    row = conn.execute("SELECT * FROM dossier WHERE id = :id", {"id": dossier_id}).fetchone()
    if row is None:
        raise DossierUnknown(code=dossier_id)
    return _dossier(row)


def get_by_code(conn: sqlite3.Connection, code: str, stage: str | None = None) -> Dossier:
    """The newest version under a dossier code or temporary code.

    Raises:
        DossierUnknown: no dossier carries it.
    """
    found = find_by_code(conn, code, stage)
    if found is None:
        raise DossierUnknown(code=code)
    return found


def find_by_code(conn: sqlite3.Connection, code: str, stage: str | None = None) -> Dossier | None:
    """The newest version under a dossier code or temporary code, if there is one."""
    row = conn.execute(
        "SELECT * FROM dossier WHERE (dossier_code = :code OR temporary_code = :code)"
        " AND (:stage IS NULL OR stage = :stage) ORDER BY version DESC, id DESC LIMIT 1",
        {"code": code.strip(), "stage": stage},
    ).fetchone()
    return _dossier(row) if row else None


def list_of_intake(conn: sqlite3.Connection, intake_id: int) -> list[Dossier]:
    rows = conn.execute(
        "SELECT * FROM dossier d WHERE intake_id = :id AND version = (SELECT max(version) FROM dossier"
        " WHERE intake_id = d.intake_id AND run_no = d.run_no) ORDER BY run_no",
        {"id": intake_id},
    )
    return [_dossier(r) for r in rows]


def list_all(
    conn: sqlite3.Connection, states: Sequence[str] = (), limit: int = 100_000, newest_first: bool = True
) -> list[Dossier]:
    """Newest first; with `states` only those in one of them."""
    marks = ", ".join(f":s{i}" for i in range(len(states)))
    values: dict[str, object] = {f"s{i}": state for i, state in enumerate(states)}
    where = f"WHERE state IN ({marks})" if states else ""
    order = "DESC" if newest_first else "ASC"
    rows = conn.execute(
        f"SELECT * FROM dossier {where} ORDER BY id {order} LIMIT :limit", {**values, "limit": limit}
    )
    return [_dossier(r) for r in rows]


def set_match(
    conn: sqlite3.Connection,
    dossier_id: int,
    dossier_code: str | None,
    matched_by: str | None,
    procedure_code: str | None,
    reasons: Sequence[str],
) -> None:
    conn.execute(
        "UPDATE dossier SET dossier_code = :code, matched_by = :by, procedure_code = :procedure,"
        " match_reasons = :reasons WHERE id = :id",
        {
            "id": dossier_id,
            "code": dossier_code,
            "by": matched_by,
            "procedure": procedure_code,
            "reasons": json.dumps(list(reasons), ensure_ascii=False),
        },
    )


def catalogue_version(conn: sqlite3.Connection, dossier_id: int) -> str | None:
    """Under which version of its procedure the dossier was received."""
    row = conn.execute("SELECT catalogue_version FROM dossier WHERE id = :id", {"id": dossier_id}).fetchone()
    return row["catalogue_version"] if row else None


def set_catalogue_version(conn: sqlite3.Connection, dossier_id: int, version: str | None) -> None:
    conn.execute(
        "UPDATE dossier SET catalogue_version = :version WHERE id = :id AND catalogue_version IS NOT :version",
        {"version": version, "id": dossier_id},
    )


def set_candidates(conn: sqlite3.Connection, dossier_id: int, candidates: Sequence[dict[str, Any]]) -> None:
    conn.execute(
        "UPDATE dossier SET candidates = :candidates WHERE id = :id",
        {"id": dossier_id, "candidates": json.dumps(list(candidates), ensure_ascii=False)},
    )


def set_state(conn: sqlite3.Connection, dossier_id: int, state: DossierState) -> None:
    conn.execute("UPDATE dossier SET state = :state WHERE id = :id", {"id": dossier_id, "state": state.value})


def set_sheets(conn: sqlite3.Connection, dossier_id: int, sheets: int | None) -> None:
    conn.execute(
        "UPDATE dossier SET sheets_confirmed = :sheets WHERE id = :id", {"id": dossier_id, "sheets": sheets}
    )


def set_sealed(conn: sqlite3.Connection, dossier_id: int, by: str, at: str) -> None:
    conn.execute(
        "UPDATE dossier SET state = 'sealed', sealed_by = :by, sealed_at = :at WHERE id = :id",
        {"id": dossier_id, "by": by, "at": at},
    )


def set_delivered(conn: sqlite3.Connection, dossier_id: int, at: str) -> None:
    conn.execute(
        "UPDATE dossier SET state = 'delivered', delivered_at = :at WHERE id = :id",
        {"id": dossier_id, "at": at},
    )


def delete_run(conn: sqlite3.Connection, dossier_id: int) -> None:
    """Takes away a proposal that is to be sorted anew; pages and originals stay."""
    for table in ("component", "rescan_task", "edit", "measure"):
        conn.execute(f"DELETE FROM {table} WHERE dossier_id = :id", {"id": dossier_id})
    documents = "SELECT id FROM document WHERE dossier_id = :id"
    conn.execute(f"DELETE FROM field WHERE document_id IN ({documents})", {"id": dossier_id})
    conn.execute(f"DELETE FROM document_page WHERE document_id IN ({documents})", {"id": dossier_id})
    conn.execute("DELETE FROM document WHERE dossier_id = :id", {"id": dossier_id})
    search.remove(conn, dossier_id)
    conn.execute("DELETE FROM dossier WHERE id = :id", {"id": dossier_id})


def is_touched(conn: sqlite3.Connection, dossier_id: int) -> bool:
    """Whether a person has worked on it: edited, verified, confirmed, asked for a rescan, or sealed it."""
    row = conn.execute(
        "SELECT d.state IN ('sealed', 'delivered') OR d.sheets_confirmed IS NOT NULL OR d.matched_by = 'operator' OR d.version > 1"
        " OR EXISTS (SELECT 1 FROM edit WHERE dossier_id = d.id AND undone = 0)"
        " OR EXISTS (SELECT 1 FROM rescan_task WHERE dossier_id = d.id)"
        " OR EXISTS (SELECT 1 FROM document p JOIN field f ON f.document_id = p.id WHERE p.dossier_id = d.id"
        "  AND f.value IS NOT NULL AND f.verified_by NOT LIKE 'rule:%') AS touched"
        " FROM dossier d WHERE d.id = :id",
        {"id": dossier_id},
    ).fetchone()
    return bool(row["touched"])


def list_worked_pages(conn: sqlite3.Connection, intake_id: int) -> frozenset[int]:
    """Pages of an intake's dossiers that a person has worked on, those taken out by an edit included."""
    worked = [d.id for d in list_of_intake(conn, intake_id) if is_touched(conn, d.id)]
    ids = json.dumps(worked)
    rows = conn.execute(
        "SELECT dp.page_id FROM document_page dp JOIN document d ON d.id = dp.document_id"
        " WHERE d.dossier_id IN (SELECT value FROM json_each(:ids))"
        " UNION SELECT page.value FROM edit e, json_each(e.before, '$.documents') paper,"
        "  json_each(paper.value, '$.pages') page"
        " WHERE e.undone = 0 AND e.dossier_id IN (SELECT value FROM json_each(:ids))",
        {"ids": ids},
    )
    return frozenset(int(row[0]) for row in rows)


def set_components(conn: sqlite3.Connection, dossier_id: int, components: Sequence[Component]) -> None:
    """The checklist as it stands now, whole."""
    conn.execute("DELETE FROM component WHERE dossier_id = :id", {"id": dossier_id})
    conn.executemany(
        "INSERT INTO component (dossier_id, component_id, duty, exempt_reason, outcome, document_id, reused_from)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (dossier_id, c.component_id, c.duty, c.exempt_reason, c.outcome, c.document_id, c.reused_from)
            for c in components
        ],
    )


def set_reused(conn: sqlite3.Connection, dossier_id: int, component_id: str, paper: str | None) -> None:
    """A component is fulfilled by a paper the office holds already; None: not any more, it is missing."""
    conn.execute(
        "UPDATE component SET outcome = CASE WHEN :paper IS NULL THEN 'missing' ELSE 'reused' END,"
        " reused_from = :paper, document_id = NULL WHERE dossier_id = :id AND component_id = :component",
        {"id": dossier_id, "component": component_id, "paper": paper},
    )


def list_components(conn: sqlite3.Connection, dossier_id: int) -> list[Component]:
    rows = conn.execute("SELECT * FROM component WHERE dossier_id = :id ORDER BY rowid", {"id": dossier_id})
    return [
        Component(
            r["component_id"], r["duty"], r["exempt_reason"], r["outcome"], r["document_id"], r["reused_from"]
        )
        for r in rows
    ]


def add_rescan(
    conn: sqlite3.Connection, dossier_id: int, page_id: int | None, reason: str, note: str, by: str, at: str
) -> int:
    cursor = conn.execute(
        "INSERT INTO rescan_task (dossier_id, page_id, reason, note, asked_by, asked_at)"
        " VALUES (:dossier, :page, :reason, :note, :by, :at)",
        {"dossier": dossier_id, "page": page_id, "reason": reason, "note": note, "by": by, "at": at},
    )
    return int(cursor.lastrowid or 0)


def list_rescans(conn: sqlite3.Connection, dossier_id: int | None = None) -> list[RescanTask]:
    """Open rescan tasks, oldest first; of one dossier or of all."""
    rows = conn.execute(
        "SELECT * FROM rescan_task WHERE done_at IS NULL AND (:id IS NULL OR dossier_id = :id) ORDER BY id",
        {"id": dossier_id},
    )
    return [_rescan(row) for row in rows]


def find_rescan(conn: sqlite3.Connection, task_id: int) -> RescanTask | None:
    """One task, done or not."""
    row = conn.execute("SELECT * FROM rescan_task WHERE id = :id", {"id": task_id}).fetchone()
    return _rescan(row) if row is not None else None


def set_rescan_done(conn: sqlite3.Connection, task_id: int, by: str, at: str) -> None:
    conn.execute(
        "UPDATE rescan_task SET done_by = :by, done_at = :at WHERE id = :id",
        {"id": task_id, "by": by, "at": at},
    )


def add_measure(
    conn: sqlite3.Connection,
    dossier_id: int | None,
    what: str,
    by: str,
    at: str,
    seconds: float,
    count: int,
    source: str = "",
) -> None:
    """Time spent on a step, for the reports on bottlenecks; `source` is the intake's, where a scanner took part."""
    conn.execute(
        "INSERT INTO measure (dossier_id, what, by, at, seconds, count, device)"
        " VALUES (:id, :what, :by, :at, :s, :n, :device)",
        {"id": dossier_id, "what": what, "by": by, "at": at, "s": seconds, "n": count, "device": source},
    )


def _rescan(row: sqlite3.Row) -> RescanTask:
    names = ("id", "dossier_id", "page_id", "reason", "note", "asked_by", "asked_at", "done_at")
    return RescanTask(*(row[name] for name in names))


def _dossier(row: sqlite3.Row) -> Dossier:
    return Dossier(
        id=row["id"],
        intake_id=row["intake_id"],
        run_no=row["run_no"],
        stage=row["stage"],
        state=DossierState(row["state"]),
        dossier_code=row["dossier_code"],
        temporary_code=row["temporary_code"],
        matched_by=row["matched_by"],
        match_reasons=tuple(json.loads(row["match_reasons"])),
        candidates=tuple(json.loads(row["candidates"])),
        procedure_code=row["procedure_code"],
        branch=row["branch"],
        version=row["version"],
        sheets_confirmed=row["sheets_confirmed"],
        opened_by=row["opened_by"],
        opened_at=row["opened_at"],
        sealed_at=row["sealed_at"],
        delivered_at=row["delivered_at"],
    )
