"""Papers of sealed dossiers that may stand for a new scan: those of a person, those of a parcel."""

import sqlite3
from dataclasses import dataclass

#: No look-up offers more; the newest come first.
MOST = 50
_OWNERS = ("applicant_id", "id_number", "owner_id", "wife_id", "husband_id", "taxpayer_id")


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
