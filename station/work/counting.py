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
from station.store import dossiers, pages, piles
from station.store.model import Document, Dossier
from station.store.piles import PiledSide

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
    sides = piles.list_of_dossier(conn, dossier.id)
    singles = len(sides)
    if not sides:
        return Count(0, frozenset({0}))
    if all(side.is_paired for side in sides):
        pairs = len({side.sheet for side in sides})
        return Count(pairs, frozenset({pairs}))
    if any(side.is_scanned for side in sides):
        return Count(singles, frozenset({singles}))
    return Count(singles, frozenset({singles, _folded(conn, dossier, sides)}))


def _folded(conn: sqlite3.Connection, dossier: Dossier, sides: Sequence[PiledSide]) -> int:
    """Sheets, were the pile copied on both sides; as many as images where nothing says so.

    A blank image in an even place is what a back without writing looks like; without one a pile of two sheets
    and a sheet with two sides are the same to us, and the stricter number counts.
    """
    blanks = piles.list_blanks(conn, dossier.intake_id, sides[0].position, sides[-1].position)
    backs = blanks[1::2]
    return len(backs) if any(backs) and len(blanks) == 2 * len(backs) else len(sides)


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
    expected = pages.get_intake(conn, dossier.intake_id).sheets_expected
    if expected is None:
        return None
    others = [d for d in dossiers.list_of_intake(conn, dossier.intake_id) if d.id != dossier.id]
    return expected - sum(count_sheets(conn, other).shown for other in others)


def _by_separator(conn: sqlite3.Connection, dossier: Dossier) -> int | None:
    """The separator before the dossier's first page, where its code names a number."""
    said = piles.find_separator_before(conn, dossier.intake_id, dossier.id)
    found = _ON_SEPARATOR.search(said) if said is not None else None
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
