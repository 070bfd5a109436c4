"""Where spreads of a pile are cut: as the sheet before was, and all alike at once.

Sheets of one pile lie in the feeder alike, so the cut of one is the best guess for the next. Each sheet is still
cut by an edit of its own that can be taken back.
"""

import sqlite3

from station.core.errors import N_, UsageProblem
from station.store import documents, pages
from station.store.pages import Side
from station.work import editing
from station.work.cuts import is_alike
from station.work.reading import reading_of
from station.work.station import Station

# Where nothing else is known: the middle, where an A3 sheet is folded.
_MIDDLE = 0.5


class NotSplit(UsageProblem):
    sentence = N_("This page lies on no split spread. Split it first, then apply the split to the others.")


def suggested_split(station: Station, page_id: int) -> float:
    """Where to cut the side a page lies on: as the nearest like side of its pile, those before it first."""
    with station.reading() as conn:
        side = pages.get_side(conn, pages.get_page(conn, page_id).side_id)
        alike = [s for s in pages.list_sides(conn, side.intake_id) if s.id != side.id and is_alike(s, side)]
    before = [s for s in reversed(alike) if s.position < side.position]
    after = [s for s in alike if s.position > side.position]
    cuts = (_cut_of(station, other) for other in before + after)
    return next((cut for cut in cuts if cut is not None), _MIDDLE)


def split_all_alike(station: Station, dossier_id: int, page_id: int) -> int:
    """Cuts every other side of the dossier that has this page's side's size where this one is cut.

    Returns:
        How many sides were cut anew; sides already cut there are left alone.

    Raises:
        NotSplit: the page's own side is one page.
    """
    with station.reading() as conn:
        side = pages.get_side(conn, pages.get_page(conn, page_id).side_id)
    cut = _cut_of(station, side)
    if cut is None:
        raise NotSplit
    with station.reading() as conn:
        others = [s for s in _sides_of(conn, dossier_id) if s.id != side.id and is_alike(s, side)]
    count = 0
    for other in others:
        if _cut_of(station, other) != cut and not other.blank:
            with station.reading() as conn:
                first = pages.list_pages(conn, other.id)[0]
            editing.resplit(station, dossier_id, first.id, cut)
            count += 1
    return count


def _sides_of(conn: sqlite3.Connection, dossier_id: int) -> list[Side]:
    """Sides of the dossier's pages, each once, in the order of its papers."""
    held = [page.side_id for document in documents.list_of(conn, dossier_id) for page in document.pages]
    return [pages.get_side(conn, side_id) for side_id in dict.fromkeys(held)]


def _cut_of(station: Station, side: Side) -> float | None:
    reading = reading_of(station, side)
    return reading.recipe.split_at if reading is not None else None
