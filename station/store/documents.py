"""Documents of a dossier, their pages and their fields."""

import json
import sqlite3
from collections.abc import Sequence

from station.core.errors import N_, UsageProblem
from station.store.model import Document, DocumentPage, Field


class DocumentUnknown(UsageProblem):
    sentence = N_("There is no document {id} in this dossier.")


class FieldUnknown(UsageProblem):
    sentence = N_("The dossier has no field {name}. station dossiers CODE lists its fields.")


def add(
    conn: sqlite3.Connection,
    dossier_id: int,
    type_id: str,
    confidence: float,
    reasons: Sequence[str],
    page_ids: Sequence[int],
    same_as: int | None = None,
) -> int:
    """A proposed document at the end of its dossier, with its pages in logical order.

    Args:
        same_as: the document it is known to be a second scan of.
    """
    cursor = conn.execute(
        "INSERT INTO document (dossier_id, position, type_id, confidence, reasons, state, same_as) VALUES (:dossier,"
        " (SELECT coalesce(max(position), 0) + 1 FROM document WHERE dossier_id = :dossier),"
        " :type, :confidence, :reasons, 'proposed', :same_as)",
        {
            "dossier": dossier_id,
            "type": type_id,
            "confidence": confidence,
            "reasons": json.dumps(list(reasons), ensure_ascii=False),
            "same_as": same_as,
        },
    )
    document_id = int(cursor.lastrowid or 0)
    set_pages(conn, document_id, page_ids)
    return document_id


def set_pages(conn: sqlite3.Connection, document_id: int, page_ids: Sequence[int]) -> None:
    """Gives the document exactly these pages; pages of another document of the same dossier leave that one."""
    conn.execute("DELETE FROM document_page WHERE document_id = :id", {"id": document_id})
    siblings = (
        "SELECT b.id FROM document a JOIN document b ON b.dossier_id = a.dossier_id WHERE a.id = :document"
    )
    for position, page_id in enumerate(page_ids):
        values = {"page": page_id, "document": document_id, "position": position}
        conn.execute(
            f"DELETE FROM document_page WHERE page_id = :page AND document_id IN ({siblings})",
            {"page": page_id, "document": document_id},
        )
        conn.execute(
            "INSERT INTO document_page (document_id, page_id, position) VALUES (:document, :page, :position)",
            values,
        )


def delete(conn: sqlite3.Connection, document_id: int) -> None:
    """Takes away the document and its fields; its pages stay, without a document."""
    conn.execute("UPDATE component SET document_id = NULL WHERE document_id = :id", {"id": document_id})
    for table in ("field", "document_page"):
        conn.execute(f"DELETE FROM {table} WHERE document_id = :id", {"id": document_id})
    conn.execute("DELETE FROM document WHERE id = :id", {"id": document_id})


def get(conn: sqlite3.Connection, document_id: int) -> Document:
    row = conn.execute("SELECT * FROM document WHERE id = :id", {"id": document_id}).fetchone()
    if row is None:
        raise DocumentUnknown(id=document_id)
    return _document(conn, row)


def list_of(conn: sqlite3.Connection, dossier_id: int) -> list[Document]:
    rows = conn.execute(
        "SELECT * FROM document WHERE dossier_id = :id ORDER BY position, id", {"id": dossier_id}
    ).fetchall()
    return [_document(conn, r) for r in rows]


def list_pages(conn: sqlite3.Connection, document_id: int) -> tuple[DocumentPage, ...]:
    rows = conn.execute(
        "SELECT p.id, p.side_id, p.half, p.blank, s.name, s.frame, s.original_sha256 FROM document_page dp"
        " JOIN page p ON p.id = dp.page_id JOIN side s ON s.id = p.side_id"
        " WHERE dp.document_id = :id ORDER BY dp.position, dp.page_id",
        {"id": document_id},
    )
    return tuple(
        DocumentPage(
            r["id"], r["side_id"], r["half"], bool(r["blank"]), r["name"], r["frame"], r["original_sha256"]
        )
        for r in rows
    )


def set_same_as(conn: sqlite3.Connection, document_id: int, earlier_id: int | None, reason: str) -> None:
    """Links a second scan to the document it repeats, and says so among its reasons."""
    conn.execute(
        "UPDATE document SET same_as = :earlier, reasons = json_insert(reasons, '$[#]', :reason) WHERE id = :id",
        {"id": document_id, "earlier": earlier_id, "reason": reason},
    )


def has_unreadable_page(conn: sqlite3.Connection, document_id: int) -> bool:
    row = conn.execute(
        "SELECT 1 FROM document_page dp JOIN page p ON p.id = dp.page_id JOIN side s ON s.id = p.side_id"
        " WHERE dp.document_id = :id AND s.state = 'unreadable'",
        {"id": document_id},
    ).fetchone()
    return row is not None


def set_type(conn: sqlite3.Connection, document_id: int, type_id: str, confidence: float) -> None:
    conn.execute(
        "UPDATE document SET type_id = :type, confidence = :confidence WHERE id = :id",
        {"id": document_id, "type": type_id, "confidence": confidence},
    )


def set_position(conn: sqlite3.Connection, document_id: int, position: int) -> None:
    conn.execute(
        "UPDATE document SET position = :position WHERE id = :id", {"id": document_id, "position": position}
    )


def set_state(conn: sqlite3.Connection, document_id: int, state: str, by: str | None, at: str | None) -> None:
    conn.execute(
        "UPDATE document SET state = :state, verified_by = :by, verified_at = :at WHERE id = :id",
        {"id": document_id, "state": state, "by": by, "at": at},
    )


def set_pdf(conn: sqlite3.Connection, document_id: int, file: str, sha256: str, pages: int) -> None:
    conn.execute(
        "UPDATE document SET pdf_file = :file, pdf_sha256 = :sha, pdf_pages = :pages WHERE id = :id",
        {"id": document_id, "file": file, "sha": sha256, "pages": pages},
    )


def put_reading(
    conn: sqlite3.Connection,
    document_id: int,
    name: str,
    value: str,
    confidence: float,
    flagged: bool,
    page_id: int | None,
    box: Sequence[int] | None,
    rule: str,
    kind: str,
    reasons: Sequence[str],
    candidates: Sequence[str],
) -> None:
    """Stores what the machine read; a value the office has given stays untouched."""
    conn.execute(
        "INSERT INTO field (document_id, name, read_value, confidence, flagged, page_id, box, rule, kind, reasons,"
        " candidates) VALUES (:document, :name, :value, :confidence, :flagged, :page, :box, :rule, :kind, :reasons,"
        " :candidates) ON CONFLICT (document_id, name) DO UPDATE SET read_value = excluded.read_value,"
        " confidence = excluded.confidence, flagged = excluded.flagged, page_id = excluded.page_id,"
        " box = excluded.box, rule = excluded.rule, kind = excluded.kind, reasons = excluded.reasons,"
        " candidates = excluded.candidates",
        {
            "document": document_id,
            "name": name,
            "value": value,
            "confidence": confidence,
            "flagged": int(flagged),
            "page": page_id,
            "box": json.dumps(list(box)) if box is not None else None,
            "rule": rule,
            "kind": kind,
            "reasons": json.dumps(list(reasons), ensure_ascii=False),
            "candidates": json.dumps(list(candidates), ensure_ascii=False),
        },
    )


def set_value(
    conn: sqlite3.Connection, document_id: int, name: str, value: str, by: str, at: str, keys: int = 0
) -> None:
    """The office's value: who vouches (an account, or rule:<name>) and when."""
    conn.execute(
        "INSERT INTO field (document_id, name, value, verified_by, verified_at, keys_pressed)"
        " VALUES (:document, :name, :value, :by, :at, :keys) ON CONFLICT (document_id, name) DO UPDATE SET"
        " value = excluded.value, verified_by = excluded.verified_by, verified_at = excluded.verified_at,"
        " keys_pressed = keys_pressed + excluded.keys_pressed",
        {"document": document_id, "name": name, "value": value, "by": by, "at": at, "keys": keys},
    )


def settle_state(conn: sqlite3.Connection, document_id: int) -> None:
    """Verified, by who vouched last, once people gave values and no doubtful field is open; proposed otherwise."""
    fields = list_fields(conn, document_id)
    given = [f for f in fields if f.verified_by is not None and not f.verified_by.startswith("rule:")]
    if given and not any(f.value is None and f.flagged for f in fields):
        last = max(given, key=lambda f: f.verified_at or "")
        set_state(conn, document_id, "verified", last.verified_by, last.verified_at)
    else:
        set_state(conn, document_id, "proposed", None, None)


def clear_value(conn: sqlite3.Connection, document_id: int, name: str) -> None:
    conn.execute(
        "UPDATE field SET value = NULL, verified_by = NULL, verified_at = NULL"
        " WHERE document_id = :document AND name = :name",
        {"document": document_id, "name": name},
    )


def clear_rule_values(conn: sqlite3.Connection, document_id: int) -> None:
    """Forgets what rules vouched for; what people said stays."""
    conn.execute(
        "UPDATE field SET value = NULL, verified_by = NULL, verified_at = NULL"
        " WHERE document_id = :document AND verified_by LIKE 'rule:%'",
        {"document": document_id},
    )


def delete_readings(conn: sqlite3.Connection, document_id: int) -> None:
    """Forgets machine readings nobody has vouched for, before the document is read anew."""
    conn.execute(
        "DELETE FROM field WHERE document_id = :id AND (value IS NULL OR verified_by LIKE 'rule:%')",
        {"id": document_id},
    )


def list_fields(conn: sqlite3.Connection, document_id: int) -> list[Field]:
    rows = conn.execute("SELECT * FROM field WHERE document_id = :id ORDER BY id", {"id": document_id})
    return [_field(r) for r in rows]


def _field(row: sqlite3.Row) -> Field:
    box: list[int] | None = json.loads(row["box"]) if row["box"] else None
    return Field(
        id=row["id"],
        document_id=row["document_id"],
        name=row["name"],
        read_value=row["read_value"],
        confidence=row["confidence"],
        flagged=bool(row["flagged"]),
        page_id=row["page_id"],
        box=(box[0], box[1], box[2], box[3]) if box else None,
        rule=row["rule"],
        kind=row["kind"],
        reasons=tuple(json.loads(row["reasons"])),
        candidates=tuple(json.loads(row["candidates"])),
        value=row["value"],
        verified_by=row["verified_by"],
        verified_at=row["verified_at"],
    )


def _document(conn: sqlite3.Connection, row: sqlite3.Row) -> Document:
    return Document(
        id=row["id"],
        dossier_id=row["dossier_id"],
        position=row["position"],
        type_id=row["type_id"],
        confidence=row["confidence"],
        reasons=tuple(json.loads(row["reasons"])),
        state=row["state"],
        verified_by=row["verified_by"],
        pdf_file=row["pdf_file"],
        pdf_sha256=row["pdf_sha256"],
        pdf_pages=row["pdf_pages"],
        same_as=row["same_as"],
        pages=list_pages(conn, row["id"]),
    )
