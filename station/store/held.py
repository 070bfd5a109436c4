"""Papers of sealed dossiers that may stand for a new scan: those of a person, those of a parcel."""

import sqlite3
from dataclasses import dataclass

#: No look-up offers more; the newest come first.
MOST = 50
_OWNERS = ("applicant_id", "id_number", "owner_id", "wife_id", "husband_id", "taxpayer_id")

# Joins the dossier o of a document d where it is not another version of the run that asks.
_OTHER_RUN = (
    "JOIN dossier o ON o.id = d.dossier_id AND NOT EXISTS (SELECT 1 FROM document m JOIN dossier x"
    " ON x.id = m.dossier_id WHERE m.id = :id AND x.intake_id = o.intake_id AND x.run_no = o.run_no)"
)


@dataclass(frozen=True)
class Held:
    """A document, and the owner's number it was found by (empty where it was found by its parcel)."""

    document_id: int
    owner: str


def list_of_person(conn: sqlite3.Connection, personal_id: str, asking: int) -> list[Held]:
    """Sealed documents that name a person as their owner, but those of the dossier that asks."""
    marks = ", ".join(f"'{name}'" for name in _OWNERS)
    rows = conn.execute(
        "SELECT DISTINCT d.id, coalesce(f.value, f.read_value) FROM field f"
        " JOIN document d ON d.id = f.document_id JOIN dossier o ON o.id = d.dossier_id"
        f" WHERE f.name IN ({marks}) AND coalesce(f.value, f.read_value) = :id"
        " AND o.state IN ('sealed', 'delivered') AND o.id <> :asking ORDER BY d.id DESC LIMIT :most",
        {"id": personal_id, "asking": asking, "most": MOST},
    )
    return [Held(*row) for row in rows]


def list_of_parcel(
    conn: sqlite3.Connection, parcel_no: str, map_sheet: str, commune: str, asking: int
) -> list[Held]:
    """Sealed documents that name a parcel; an empty commune means any."""
    rows = conn.execute(
        "SELECT DISTINCT d.id, '' FROM document d JOIN dossier o ON o.id = d.dossier_id"
        " JOIN record r ON r.dossier_code = o.dossier_code"
        " JOIN field p ON p.document_id = d.id AND p.name = 'parcel_no'"
        " JOIN field m ON m.document_id = d.id AND m.name = 'map_sheet'"
        " WHERE coalesce(p.value, p.read_value) = :parcel AND coalesce(m.value, m.read_value) = :sheet"
        " AND (:commune = '' OR r.commune = :commune) AND o.state IN ('sealed', 'delivered')"
        " AND o.id <> :asking ORDER BY d.id DESC LIMIT :most",
        {"parcel": parcel_no, "sheet": map_sheet, "commune": commune, "asking": asking, "most": MOST},
    )
    return [Held(*row) for row in rows]


def list_same_pictures(conn: sqlite3.Connection, document_id: int) -> list[int]:
    """Documents of other dossiers that hold a page with the picture of one of its pages; sealed ones first."""
    rows = conn.execute(
        "SELECT DISTINCT d.id, o.state IN ('sealed', 'delivered') AS sealed FROM document_page mine"
        " JOIN page p ON p.id = mine.page_id JOIN side s ON s.id = p.side_id"
        " JOIN side t ON t.original_sha256 = s.original_sha256 AND t.frame = s.frame"
        " JOIN page q ON q.side_id = t.id AND q.half = p.half JOIN document_page theirs ON theirs.page_id = q.id"
        f" JOIN document d ON d.id = theirs.document_id {_OTHER_RUN}"
        " WHERE mine.document_id = :id ORDER BY sealed DESC, d.id DESC LIMIT :most",
        {"id": document_id, "most": MOST},
    )
    return [int(row["id"]) for row in rows]


def list_same_kind(conn: sqlite3.Connection, document_id: int) -> list[int]:
    """Documents of its type in other dossiers of the same applicant or parcel; sealed ones first."""
    rows = conn.execute(
        "WITH me AS (SELECT m.type_id, r.applicant_id, r.parcel_no, r.map_sheet FROM document m"
        " JOIN dossier x ON x.id = m.dossier_id JOIN record r ON r.dossier_code = x.dossier_code WHERE m.id = :id),"
        " akin AS (SELECT k.dossier_code FROM me JOIN record k ON k.applicant_id = me.applicant_id"
        "  WHERE me.applicant_id <> '' AND k.applicant_id <> ''"
        "  UNION SELECT k.dossier_code FROM me JOIN record k ON k.parcel_no = me.parcel_no"
        "   AND k.map_sheet = me.map_sheet WHERE me.parcel_no <> '' AND k.parcel_no <> '')"
        " SELECT DISTINCT d.id, o.state IN ('sealed', 'delivered') AS sealed FROM akin"
        " JOIN dossier f ON f.dossier_code = akin.dossier_code JOIN document d ON d.dossier_id = f.id"
        f" {_OTHER_RUN} WHERE d.type_id = (SELECT type_id FROM me) ORDER BY sealed DESC, d.id DESC LIMIT :most",
        {"id": document_id, "most": MOST},
    )
    return [int(row["id"]) for row in rows]
