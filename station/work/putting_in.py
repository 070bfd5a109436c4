"""Fresh sheets for a dossier that is there already: scanned again in a page's place, or put in behind a page.

The sides come into the dossier's own intake, are read, and then take their place by an edit that can be
undone. What they replace stays among the loose pages of the pile; no original is touched.
"""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from capture.source import CaptureSource, ScanSettings
from station.core.errors import N_, ScannerProblem, StationError, UsageProblem
from station.store import documents, dossiers, pages
from station.store.model import EDITABLE
from station.work import reading, scanning
from station.work.editing import change_papers, document_of_page, own_document, read_fields_again
from station.work.standing import DossierClosed
from station.work.station import Station


class NothingReadYet(UsageProblem):
    sentence = N_(
        "The new pages are not read yet, so nothing was replaced. Wait until reading has ended, then try again."
    )


class NothingCame(ScannerProblem):
    sentence = N_("No page came, so nothing was changed. Put the sheet in the feeder and try again.")


class HereAlready(UsageProblem):
    sentence = N_(
        "{name} is in this pile already, so nothing was changed. Move its page to this place instead of taking the file in again."
    )


@dataclass(frozen=True)
class Place:
    """A page of a dossier, and whether fresh pages replace it or follow it."""

    dossier_id: int
    page_id: int
    replace: bool


def insert_sides(
    station: Station, dossier_id: int, side_ids: Sequence[int], document_id: int, position: int
) -> None:
    """Puts freshly scanned sides (already read) into a document at a place, for inserting and rescanning."""

    def change(conn: sqlite3.Connection) -> None:
        document = own_document(conn, dossier_id, document_id)
        fresh = _fresh(conn, side_ids)
        order = [p.page_id for p in document.pages if p.page_id not in fresh]
        documents.set_pages(conn, document_id, [*order[:position], *fresh, *order[position:]])
        read_fields_again(station, conn, document_id)

    change_papers(station, dossier_id, "insert pages", change)


def replace_page(station: Station, dossier_id: int, page_id: int, side_ids: Sequence[int]) -> None:
    """Puts freshly scanned sides in a page's place: rescan in place. A rescan asked for that page is done then."""

    def change(conn: sqlite3.Connection) -> None:
        document = document_of_page(conn, dossier_id, page_id)
        if document is None:
            raise pages.PageUnknown(id=page_id)
        fresh = _fresh(conn, side_ids)
        order = [p.page_id for p in document.pages]
        at = order.index(page_id)
        documents.set_pages(conn, document.id, [*order[:at], *fresh, *order[at + 1 :]])
        read_fields_again(station, conn, document.id)
        for task in dossiers.list_rescans(conn, dossier_id):
            if task.page_id == page_id:
                dossiers.set_rescan_done(conn, task.id, station.actor.name, station.now())

    change_papers(station, dossier_id, "replace page", change)


def take_files_in(
    station: Station, place: Place, paths: Sequence[Path], should_stop: Callable[[], bool] = lambda: False
) -> None:
    """Files of the operator in a page's place or behind it; the files themselves stay.

    Raises:
        The refusal of the first file, where every file was refused; nothing is changed then.
        HereAlready: nor where the pile has them all.
    """
    intake, before = _intake_of(station, place)
    taken = scanning.take_files(station, intake, paths, should_stop=should_stop)
    known = next((HereAlready(name=Path(t.name).name) for t in taken if t.known), NothingCame())
    refused = next((t.refused for t in taken if t.refused is not None), known)
    _put_in(station, place, intake.id, before, refused, should_stop)


def scan_in(
    station: Station,
    place: Place,
    source: CaptureSource,
    device_id: str,
    settings: ScanSettings,
    should_stop: Callable[[], bool] = lambda: False,
) -> scanning.Batch:
    """What lies in the feeder in a page's place or behind it; a fault after the first side is in the batch.

    Raises:
        NothingCame: the feeder was empty.
        ScannerProblem: the scanner failed before the first side. Nothing is changed in either case.
    """
    intake, before = _intake_of(station, place)
    batch = scanning.scan_batch(station, intake, source, device_id, settings, should_stop=should_stop)
    refused = next((t.refused for t in batch.refused if t.refused is not None), NothingCame())
    _put_in(station, place, intake.id, before, batch.fault or refused, should_stop)
    return batch


def _intake_of(station: Station, place: Place) -> tuple[pages.Intake, set[int]]:
    """The dossier's intake and the sides it holds before anything new comes; refuses before paper is drawn in."""
    with station.reading() as conn:
        dossier = dossiers.get(conn, place.dossier_id)
        if dossier.state not in EDITABLE:
            raise DossierClosed(code=dossier.code)
        if document_of_page(conn, place.dossier_id, place.page_id) is None:
            raise pages.PageUnknown(id=place.page_id)
        intake = pages.get_intake(conn, dossier.intake_id)
        return intake, {s.id for s in pages.list_sides(conn, intake.id)}


def _put_in(
    station: Station,
    place: Place,
    intake_id: int,
    before: set[int],
    nothing: StationError,
    should_stop: Callable[[], bool],
) -> None:
    reading.read_waiting(station, should_stop=should_stop)
    with station.reading() as conn:
        fresh = [s.id for s in pages.list_sides(conn, intake_id) if s.id not in before]
        document = document_of_page(conn, place.dossier_id, place.page_id)
    if not fresh:
        raise nothing
    if place.replace or document is None:
        replace_page(station, place.dossier_id, place.page_id, fresh)
        return
    at = [p.page_id for p in document.pages].index(place.page_id)
    insert_sides(station, place.dossier_id, fresh, document.id, at + 1)


def _fresh(conn: sqlite3.Connection, side_ids: Sequence[int]) -> list[int]:
    """The pages of newly scanned sides, blank ones too where nothing else came.

    Raises:
        NothingReadYet: a side still waits to be read, or none came; nothing is changed then.
    """
    found = [p for side_id in side_ids for p in pages.list_pages(conn, side_id)]
    unread = any(pages.get_side(conn, side_id).state == "captured" for side_id in side_ids)
    if unread or not found:
        raise NothingReadYet
    return [p.id for p in found if not p.blank] or [p.id for p in found]
