"""What becomes a page of a document's sealed file: its sheets in physical order, or, where the office wants them
as pages of their own, the halves of its sheets in the order they are read; with the blank backs by policy.
"""

import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING

from forms.doctype import Sheets
from ocr.reading import PageReading, PageRecipe, Recipe, SideReading
from station.store import pages
from station.store.model import Document, Dossier
from station.store.pages import Side
from station.work.reading import reading_of
from station.work.station import Station

if TYPE_CHECKING:
    from ocr.pdfpages import SealPage


def pages_of(
    station: Station, conn: sqlite3.Connection, dossier: Dossier, paper: Document, sheets: Sheets
) -> list[tuple[Side, "SealPage"]]:
    """The pages of the paper's file, each with the side it shows; a sheet of two documents is whole in each."""
    if sheets == "halves":
        return _halves_of(station, conn, dossier, paper)
    wanted = {p.side_id for p in paper.pages}
    order = {p.side_id: i for i, p in reversed(list(enumerate(paper.pages)))}
    chosen = [pages.get_side(conn, side_id) for side_id in sorted(wanted, key=lambda side_id: order[side_id])]
    if any(p.half != "full" for p in paper.pages):
        chosen.sort(key=lambda s: s.position)
    numbers = {(p.side_id, p.half): str(i) for i, p in enumerate(paper.pages, 1) if p.half != "full"}
    found = []
    for side in _with_backs(station, conn, dossier, chosen):
        reading = reading_of(station, side) or unread(side)
        bookmarks = tuple(numbers.get((side.id, page.side), "") for page in reading.pages)
        found.append((side, _seal_page(station, side, reading, bookmarks, "full")))
    return found


def _halves_of(
    station: Station, conn: sqlite3.Connection, dossier: Dossier, paper: Document
) -> list[tuple[Side, "SealPage"]]:
    """Page by page as the paper is read; a sheet's blank half and blank back follow its last written page."""
    sides = {p.side_id: pages.get_side(conn, p.side_id) for p in paper.pages}
    readings = {side.id: reading_of(station, side) or unread(side) for side in sides.values()}
    held = {(p.side_id, p.half) for p in paper.pages}
    last = {p.side_id: number for number, p in enumerate(paper.pages)}
    found = []
    for number, page in enumerate(paper.pages):
        side, reading = sides[page.side_id], readings[page.side_id]
        title = str(number + 1) if page.half != "full" else ""
        found.append((side, _seal_page(station, side, reading, (title,), page.half)))
        if last[side.id] != number or not station.settings.keep_blank_backs:
            continue
        for read in reading.pages:
            if read.blank and read.side != "full" and (side.id, read.side) not in held:
                found.append((side, _seal_page(station, side, reading, (), read.side)))
        for back in _with_backs(station, conn, dossier, [side])[1:]:
            if back.id not in sides:
                found.append(
                    (back, _seal_page(station, back, reading_of(station, back) or unread(back), (), "full"))
                )
    return found


def _with_backs(
    station: Station, conn: sqlite3.Connection, dossier: Dossier, chosen: Sequence[Side]
) -> list[Side]:
    """Each side, and its blank back where the office keeps those."""
    if not station.settings.keep_blank_backs:
        return list(chosen)
    after = {s.position: s for s in pages.list_sides(conn, dossier.intake_id) if s.removed_at is None}
    result = []
    for side in chosen:
        result.append(side)
        back = after.get(side.position + 1)
        if back is not None and back.blank and back.id not in {s.id for s in chosen}:
            result.append(back)
    return result


def _seal_page(
    station: Station, side: Side, reading: SideReading, bookmarks: tuple[str, ...], half: str
) -> "SealPage":
    """The side with what was read on it; an unreadable one is sealed as it came, without text."""
    # Imported here: the PDF libraries take longer to load than most commands to run.
    from ocr.pdfpages import SealPage

    return SealPage(station.original(side.original_sha256), side.frame, reading, bookmarks, half, side.id)


def unread(side: Side) -> SideReading:
    """A side of which nothing is known but its picture."""
    whole = PageRecipe("full", (0.0, 0.0, 1.0, 1.0), None)
    page = PageReading("full", side.width_px, side.height_px, side.dpi, None, False, (), ())
    return SideReading(
        recipe=Recipe(0, None, (whole,)),
        width_px=side.width_px,
        height_px=side.height_px,
        dpi=side.dpi,
        colour=side.mode,
        blank=False,
        separator=None,
        pages=(page,),
    )
