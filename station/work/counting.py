"""How many sheets a dossier has, and how many somebody said it should have.

A side is one image of a sheet. Where the scanner took both sides in one go, two sides are one sheet; where
nobody knows (a copier's folder, files), the number of images is shown; where blank backs say that the pile
was copied on both sides, its number of sheets is right too. What is compared comes from the operator's own count before scanning,
else from the separator, else from the receipt.
"""

import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from forms.normalise import KHMER_DIGITS, fold, nfc
from station.store.model import Document, Dossier

_HELD = (
    "SELECT DISTINCT s.id, s.position, s.delivery, s.frame, i.source, i.laid FROM document_page dp"
    " JOIN document d ON d.id = dp.document_id JOIN page p ON p.id = dp.page_id JOIN side s ON s.id = p.side_id"
    " JOIN intake i ON i.id = s.intake_id WHERE d.dossier_id = :id ORDER BY s.position"
)
_BATCH = re.compile(r"^scan:(?P<batch>[^:/]+)[:/](?:side-)?0*(?P<number>\d+)")

#: Written by the separator's own QR: the number of sheets that follow it.
_ON_SEPARATOR = re.compile(r"\bSHEETS?\s*[=:]\s*0*(\d{1,4})\b", re.IGNORECASE)
# "số tờ" alone is the map sheet's number, so a word that means all of them must stand before it.
_ON_RECEIPT = (
    re.compile(
        r"\btong (?:cong )?(?:so )?(?:luong )?to(?: giay)?(?: nop| da nop| ho so| trong ho so)? 0*(\d{1,4})\b"
    ),
    re.compile(r"\bso (?:luong )?to (?:giay|nop|trong ho so|cua ho so|ho so)(?: nop)? 0*(\d{1,4})\b"),
    re.compile(r"\bho so (?:nop )?(?:gom|co)(?: co)? 0*(\d{1,4}) to\b"),
    re.compile(r"\b(?:total|number of) sheets(?: of paper)? 0*(\d{1,4})\b"),
    re.compile(r"ចំនួនសន្លឹក[\s៖:]*(?:សរុប[\s៖:]*)?0*(\d{1,4})"),
)

Source = Literal["operator", "separator", "receipt"]


@dataclass(frozen=True)
class Announced:
    """A number of sheets known before anybody counts, and who says so."""

    sheets: int
    source: Source


@dataclass(frozen=True)
class Count:
    """The sheets of a dossier: `shown` is the station's own number, `fitting` every number that is right."""

    shown: int
    fitting: frozenset[int]


def count_sheets(conn: sqlite3.Connection, dossier: Dossier) -> Count:
    """Counts the sheets of a dossier's documents; blank backs belong to their fronts."""
    rows = conn.execute(_HELD, {"id": dossier.id}).fetchall()
    singles = len(rows)
    pairs = len({sheet_of(row) for row in rows})
    if not rows:
        return Count(0, frozenset({0}))
    if all("duplex" in row["source"] or row["position"] <= row["laid"] for row in rows):
        return Count(pairs, frozenset({pairs}))
    if any(row["delivery"].startswith("scan:") for row in rows):
        return Count(singles, frozenset({singles}))
    return Count(singles, frozenset({singles, _folded(conn, dossier, rows)}))


def sheet_of(row: sqlite3.Row) -> tuple[object, ...]:
    """What two sides of one sheet have in common. Needs the side's id, position, delivery and its intake's
    source and laid."""
    if row["position"] <= row["laid"]:
        return ("laid", (row["position"] + 1) // 2)
    found = _BATCH.match(row["delivery"])
    if found is None or "duplex" not in row["source"]:
        return ("side", row["id"])
    return (found["batch"], (int(found["number"]) + 1) // 2)


def _folded(conn: sqlite3.Connection, dossier: Dossier, rows: Sequence[sqlite3.Row]) -> int:
    """Sheets, were the pile copied on both sides; as many as images where nothing says so.

    A blank image in an even place is what a back without writing looks like; without one a pile of two sheets
    and a sheet with two sides are the same to us, and the stricter number counts.
    """
    images = conn.execute(
        "SELECT blank FROM side WHERE intake_id = :intake AND removed_at IS NULL AND separator IS NULL"
        " AND position >= :first AND position < (SELECT coalesce(min(position), :last + 1000000) FROM side"
        "  WHERE intake_id = :intake AND position > :last AND (blank = 0 OR separator IS NOT NULL)) ORDER BY position",
        {"intake": dossier.intake_id, "first": rows[0]["position"], "last": rows[-1]["position"]},
    ).fetchall()
    backs = [bool(row["blank"]) for row in images[1::2]]
    return len(backs) if any(backs) and len(images) == 2 * len(backs) else len(rows)


def count_pile(conn: sqlite3.Connection, intake_id: int) -> int:
    """Sheets of a whole intake so far, separators left out."""
    rows = conn.execute(
        "SELECT s.id, s.position, s.delivery, i.source, i.laid FROM side s JOIN intake i ON i.id = s.intake_id"
        " WHERE i.id = :id AND s.removed_at IS NULL AND s.separator IS NULL",
        {"id": intake_id},
    ).fetchall()
    return len({sheet_of(row) for row in rows})


def find_announced(
    conn: sqlite3.Connection, dossier: Dossier, papers: Sequence[Document], receipt_texts: Sequence[str]
) -> Announced | None:
    """What the operator, the separator or the receipt says of the number of sheets.

    Args:
        papers: the dossier's documents.
        receipt_texts: recognised text of its receipt's pages.
    """
    said = _by_operator(conn, dossier)
    if said is not None:
        return Announced(said, "operator")
    said = _by_separator(conn, dossier)
    if said is not None:
        return Announced(said, "separator")
    for text in receipt_texts:
        said = sheets_on_receipt(text)
        if said is not None:
            return Announced(_without_receipt(conn, dossier, papers, said), "receipt")
    return None


def _by_operator(conn: sqlite3.Connection, dossier: Dossier) -> int | None:
    """The count typed before scanning is the whole pile's: the other dossiers' sheets are taken off."""
    row = conn.execute(
        "SELECT sheets_expected FROM intake WHERE id = :id", {"id": dossier.intake_id}
    ).fetchone()
    if row is None or row["sheets_expected"] is None:
        return None
    from station.store import dossiers

    others = [d for d in dossiers.list_of_intake(conn, dossier.intake_id) if d.id != dossier.id]
    return int(row["sheets_expected"]) - sum(count_sheets(conn, other).shown for other in others)


def _by_separator(conn: sqlite3.Connection, dossier: Dossier) -> int | None:
    """The separator before the dossier's first page, where its code names a number."""
    row = conn.execute(
        "SELECT separator FROM side WHERE intake_id = :intake AND separator IS NOT NULL AND removed_at IS NULL"
        " AND separator NOT LIKE '%NEXT-DOCUMENT%' AND position < (SELECT min(s.position) FROM document_page dp"
        "  JOIN document d ON d.id = dp.document_id JOIN page p ON p.id = dp.page_id JOIN side s ON s.id = p.side_id"
        "  WHERE d.dossier_id = :id AND s.intake_id = :intake) ORDER BY position DESC LIMIT 1",
        {"intake": dossier.intake_id, "id": dossier.id},
    ).fetchone()
    found = _ON_SEPARATOR.search(row["separator"]) if row is not None else None
    return int(found[1]) if found else None


def sheets_on_receipt(text: str) -> int | None:
    """The number of sheets a receipt's text names, None where it names none."""
    for line in nfc(text).translate(KHMER_DIGITS).splitlines():
        folded = fold(line)
        for pattern in _ON_RECEIPT:
            found = pattern.search(folded) or pattern.search(line)
            if found and int(found[1]):
                return int(found[1])
    return None


def _without_receipt(
    conn: sqlite3.Connection, dossier: Dossier, papers: Sequence[Document], said: int
) -> int:
    """A receipt counts what the citizen brought, not itself: the office's own sheet on top is added."""
    own = {p.side_id for paper in papers if paper.type_id == RECEIPT for p in paper.pages}
    counted = count_sheets(conn, dossier)
    return counted.shown if counted.shown - len(own) == said else said


#: The document type of receipts.
RECEIPT = "giay_tiep_nhan"
