"""A dossier's papers, one value, or what stands for a component, as an edit found and left them, and the way back."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from station.store import dossiers
from station.store.documents import (
    clear_value,
    delete,
    list_of,
    set_pages,
    set_value,
    settle_state,
)


def snapshot(conn: sqlite3.Connection, dossier_id: int) -> dict[str, Any]:
    """The dossier's papers as an edit finds them: documents, their types and pages, readings and values.

    `restore` brings exactly this back; it is what undo and redo work with.
    """
    papers = []
    for document in list_of(conn, dossier_id):
        fields = conn.execute("SELECT * FROM field WHERE document_id = :id ORDER BY id", {"id": document.id})
        row = conn.execute("SELECT * FROM document WHERE id = :id", {"id": document.id}).fetchone()
        papers.append(
            {
                "document": dict(row),
                "pages": [p.page_id for p in document.pages],
                "fields": [dict(f) for f in fields],
            }
        )
    blanks = conn.execute(
        "SELECT p.id, p.blank FROM page p JOIN document_page dp ON dp.page_id = p.id"
        " JOIN document d ON d.id = dp.document_id WHERE d.dossier_id = :id",
        {"id": dossier_id},
    )
    sides = conn.execute(
        "SELECT DISTINCT p.id, p.side_id FROM page p JOIN document_page dp ON dp.page_id = p.id"
        " JOIN document d ON d.id = dp.document_id WHERE d.dossier_id = :id ORDER BY p.id",
        {"id": dossier_id},
    )
    return {
        "documents": papers,
        "blanks": {str(r["id"]): r["blank"] for r in blanks},
        "sides": {str(r["id"]): r["side_id"] for r in sides},
    }


def restore(conn: sqlite3.Connection, dossier_id: int, papers: dict[str, Any]) -> None:
    """Puts a snapshot back, ids included. Where a side was split anew since, its pages of now stand in for those
    that vanished: no sheet is lost by undoing. Of a document that is there now, people's values stay as they are:
    each was given, or taken back, by an edit of its own."""
    given = {document.id: _list_given(conn, document.id) for document in list_of(conn, dossier_id)}
    for document_id in given:
        delete(conn, document_id)
    existing = {int(r["id"]) for r in conn.execute("SELECT id FROM page")}
    for paper in papers["documents"]:
        _insert(conn, "document", paper["document"])
        set_pages(conn, paper["document"]["id"], _present(conn, paper["pages"], papers["sides"], existing))
        for row in paper["fields"]:
            _insert(conn, "field", {**row, "page_id": row["page_id"] if row["page_id"] in existing else None})
        _keep_given(conn, paper["document"]["id"], given)
    for page_id, blank in papers["blanks"].items():
        if int(page_id) not in existing:
            continue
        conn.execute("UPDATE page SET blank = :blank WHERE id = :id", {"id": int(page_id), "blank": blank})


def _list_given(conn: sqlite3.Connection, document_id: int) -> dict[str, tuple[str, str, str]]:
    rows = conn.execute("SELECT * FROM field WHERE document_id = :id", {"id": document_id})
    return {r["name"]: given for r in rows if (given := _given(r)) is not None}


def _keep_given(
    conn: sqlite3.Connection, document_id: int, given: dict[int, dict[str, tuple[str, str, str]]]
) -> None:
    back = _list_given(conn, document_id)
    kept = given.get(document_id, back)
    if kept == back:
        return
    for name in back:
        clear_value(conn, document_id, name)
    for name, value in kept.items():
        set_value(conn, document_id, name, *value)
    settle_state(conn, document_id)


def _present(
    conn: sqlite3.Connection, page_ids: Sequence[int], sides: dict[str, int], existing: set[int]
) -> list[int]:
    found: list[int] = []
    for page_id in page_ids:
        if page_id in existing:
            found.append(page_id)
            continue
        rows = conn.execute(
            "SELECT id FROM page WHERE side_id = :side ORDER BY half = 'right', id",
            {"side": sides[str(page_id)]},
        )
        found += [int(r["id"]) for r in rows]
    return list(dict.fromkeys(found))


def _insert(conn: sqlite3.Connection, table: str, row: dict[str, Any]) -> None:
    columns = ", ".join(row)
    marks = ", ".join(f":{c}" for c in row)
    conn.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", row)


def value_of(conn: sqlite3.Connection, document_id: int, name: str) -> dict[str, Any]:
    """The office's value of a field, for `still_holds` and `restore_value`."""
    row = conn.execute(
        "SELECT value, verified_by, verified_at FROM field WHERE document_id = :document AND name = :name",
        {"document": document_id, "name": name},
    ).fetchone()
    found = dict(row) if row else {"value": None, "verified_by": None, "verified_at": None}
    return {"document_id": document_id, "name": name, **found}


def reused_of(conn: sqlite3.Connection, dossier_id: int, component_id: str) -> dict[str, Any]:
    """The held paper that stands for a component, for `still_holds` and `restore_reused`; None where none does."""
    sources = {c.component_id: c.reused_from for c in dossiers.list_components(conn, dossier_id)}
    return {"component_id": component_id, "paper": sources.get(component_id)}


def restore_reused(conn: sqlite3.Connection, dossier_id: int, kept: dict[str, Any]) -> None:
    """Puts back what `reused_of` gave."""
    dossiers.set_reused(conn, dossier_id, kept["component_id"], kept["paper"])


def still_holds(conn: sqlite3.Connection, dossier_id: int, left: dict[str, Any]) -> bool:
    """Whether what an edit left behind is there still, so that it can be walked; papers always can."""
    if "reused" in left:
        kept = left["reused"]
        return bool(reused_of(conn, dossier_id, kept["component_id"]) == kept)
    return "value" not in left or _holds_value(conn, left["value"])


def _holds_value(conn: sqlite3.Connection, kept: dict[str, Any]) -> bool:
    """Whether a field has the value that `value_of` gave. What rules vouched for counts as none: they look again
    at every change. False where the document is gone."""
    if conn.execute("SELECT 1 FROM document WHERE id = :document_id", kept).fetchone() is None:
        return False
    return _given(value_of(conn, kept["document_id"], kept["name"])) == _given(kept)


def _given(row: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """What a person vouched for, who and when."""
    by = row["verified_by"]
    return None if by is None or by.startswith("rule:") else (row["value"], by, row["verified_at"])


def restore_value(conn: sqlite3.Connection, kept: dict[str, Any]) -> None:
    """Puts back what `value_of` gave."""
    given = _given(kept)
    if given is None:
        clear_value(conn, kept["document_id"], kept["name"])
    else:
        set_value(conn, kept["document_id"], kept["name"], *given)
    settle_state(conn, kept["document_id"])


def copy_field(conn: sqlite3.Connection, document_id: int, row: dict[str, Any]) -> None:
    """A field row of another document version, reading and value alike, under this document."""
    _insert(conn, "field", {**{k: v for k, v in row.items() if k != "id"}, "document_id": document_id})
