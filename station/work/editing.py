"""Changing a dossier's papers before sealing: every edit is stored with its before and after.

Undo and redo walk along the stored edits and have no end until the dossier is sealed; they survive a
restart. Originals are never touched: turning and splitting change a side's recipe only, and the page is
read anew under it.
"""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from forms.proposal import FlowPage
from forms.rereading import read_document
from ocr.reading import PageRecipe, Recipe
from station.core.errors import N_, UsageProblem
from station.store import documents, dossiers, edits, pages
from station.store.accounts import Right
from station.store.model import EDITABLE, Document
from station.work import reading, sorting
from station.work.reading import reading_of
from station.work.recipes import recipe_to_json
from station.work.standing import DossierClosed, catalogue_of, page_readings, refresh
from station.work.station import Station


class NothingToUndo(UsageProblem):
    sentence = N_("There is nothing to undo.")


class NothingToRedo(UsageProblem):
    sentence = N_("There is nothing to redo.")


class NothingReadYet(UsageProblem):
    sentence = N_(
        "The new pages are not read yet, so nothing was replaced. Wait until reading has ended, then try again."
    )


Change = Callable[[sqlite3.Connection], None]


def _edit(
    station: Station,
    dossier_id: int,
    action: str,
    change: Change,
    papers: dict[str, Any] | None = None,
    geometry: dict[str, Any] | None = None,
) -> None:
    """Runs a change in one transaction with its before and after; edits undone before are forgotten.

    Args:
        papers: the snapshot from before, where something was changed already.
        geometry: the side and recipe this edit reads it under, for redo.
    """
    station.actor.require(Right.SCAN)
    with station.transaction() as conn:
        dossier = dossiers.get(conn, dossier_id)
        if dossier.state not in EDITABLE:
            raise DossierClosed(code=dossier.code)
        before = papers or documents.snapshot(conn, dossier_id)
        change(conn)
        _drop_empty(conn, dossier_id)
        after = documents.snapshot(conn, dossier_id)
        if geometry is not None:
            after["geometry"] = geometry
        edits.add(conn, dossier_id, action, before, after, station.actor.name, station.now())
        station.audit(conn, "edit", f"dossier:{dossier_id}", what=action)
    refresh(station, dossier_id)


def _drop_empty(conn: sqlite3.Connection, dossier_id: int) -> None:
    for document in documents.list_of(conn, dossier_id):
        if not document.pages:
            documents.delete(conn, document.id)


def undo(station: Station, dossier_id: int) -> str:
    """Takes the last edit back; returns its name.

    Raises:
        NothingToUndo.
    """
    return _walk(station, dossier_id, back=True)


def redo(station: Station, dossier_id: int) -> str:
    """Does the last undone edit again; returns its name."""
    return _walk(station, dossier_id, back=False)


def _walk(station: Station, dossier_id: int, back: bool) -> str:
    station.actor.require(Right.SCAN)
    with station.transaction() as conn:
        dossier = dossiers.get(conn, dossier_id)
        if dossier.state not in EDITABLE:
            raise DossierClosed(code=dossier.code)
        find = edits.find_last_done if back else edits.find_first_undone
        edit = find(conn, dossier_id)
    if edit is None:
        raise NothingToUndo if back else NothingToRedo
    target = edit.before if back else edit.after
    if "geometry" in target:
        _turn(station, target["geometry"])
    with station.transaction() as conn:
        vouched = edits.list_vouched_since(conn, dossier_id, edit.at)
        documents.restore(conn, dossier_id, target)
        for value in vouched:
            documents.put_value_back(conn, value)
        edits.set_undone(conn, edit.id, back)
        station.audit(conn, "undo" if back else "redo", f"dossier:{dossier_id}", what=edit.action)
    refresh(station, dossier_id)
    return edit.action


def move_page(station: Station, dossier_id: int, page_id: int, document_id: int, position: int) -> None:
    """Moves a page to a place in a document of the same dossier; both documents' fields are read anew."""

    def change(conn: sqlite3.Connection) -> None:
        source = _document_of_page(conn, dossier_id, page_id)
        target = _own(conn, dossier_id, document_id)
        order = [p.page_id for p in target.pages if p.page_id != page_id]
        order.insert(max(0, min(position, len(order))), page_id)
        documents.set_pages(conn, document_id, order)
        _read_again(station, conn, document_id)
        if source is not None and source.id != document_id:
            _read_again(station, conn, source.id)

    _edit(station, dossier_id, "move page", change)


def order_documents(station: Station, dossier_id: int, document_ids: Sequence[int]) -> None:
    """Puts the documents in this order; those not named follow in their old order."""

    def change(conn: sqlite3.Connection) -> None:
        rest = [d.id for d in documents.list_of(conn, dossier_id) if d.id not in document_ids]
        for position, document_id in enumerate([*document_ids, *rest], 1):
            documents.set_position(conn, _own(conn, dossier_id, document_id).id, position)

    _edit(station, dossier_id, "order documents", change)


def merge(station: Station, dossier_id: int, first_id: int, second_id: int) -> None:
    """Puts the second document's pages behind the first's; the second is gone."""

    def change(conn: sqlite3.Connection) -> None:
        first, second = _own(conn, dossier_id, first_id), _own(conn, dossier_id, second_id)
        documents.set_pages(conn, first.id, [p.page_id for p in (*first.pages, *second.pages)])
        _read_again(station, conn, first.id)

    _edit(station, dossier_id, "merge documents", change)


def split(station: Station, dossier_id: int, document_id: int, at_page_id: int) -> None:
    """Parts a document: from this page on it is a document of its own, of unknown type until somebody says."""

    def change(conn: sqlite3.Connection) -> None:
        document = _own(conn, dossier_id, document_id)
        order = [p.page_id for p in document.pages]
        at = order.index(at_page_id) if at_page_id in order else 0
        if at == 0:
            raise UsageProblem(N_("Choose a later page: the document begins with this one."))
        new_id = documents.add(conn, dossier_id, "khac", 0.0, ["operator"], order[at:])
        _place_after(conn, dossier_id, document_id, new_id)
        _read_again(station, conn, document_id)

    _edit(station, dossier_id, "split document", change)


def set_type(station: Station, dossier_id: int, document_id: int, type_id: str) -> None:
    """The operator says what the paper is; its fields are read by the new type's rules."""
    if type_id not in catalogue_of(station).document_types:
        raise UsageProblem(N_("The catalogue knows no document type {type}."), type=type_id)

    def change(conn: sqlite3.Connection) -> None:
        documents.set_type(conn, _own(conn, dossier_id, document_id).id, type_id, 1.0)
        _read_again(station, conn, document_id)

    _edit(station, dossier_id, "change type", change)


def set_blank(station: Station, dossier_id: int, page_id: int, blank: bool) -> None:
    """Flags a page blank or not; a blank page leaves its document's text but is never dropped."""

    def change(conn: sqlite3.Connection) -> None:
        pages.set_page_blank(conn, page_id, blank)

    _edit(station, dossier_id, "mark blank", change)


def remove_page(station: Station, dossier_id: int, page_id: int) -> None:
    """Takes a page out of the dossier; its original stays, and undo brings it back."""

    def change(conn: sqlite3.Connection) -> None:
        document = _document_of_page(conn, dossier_id, page_id)
        if document is None:
            raise pages.PageUnknown(id=page_id)
        documents.set_pages(conn, document.id, [p.page_id for p in document.pages if p.page_id != page_id])
        _read_again(station, conn, document.id)

    _edit(station, dossier_id, "remove page", change)


def insert_sides(
    station: Station, dossier_id: int, side_ids: Sequence[int], document_id: int, position: int
) -> None:
    """Puts freshly scanned sides (already read) into a document at a place, for inserting and rescanning."""

    def change(conn: sqlite3.Connection) -> None:
        document = _own(conn, dossier_id, document_id)
        fresh = _fresh(conn, side_ids)
        order = [p.page_id for p in document.pages if p.page_id not in fresh]
        documents.set_pages(conn, document_id, [*order[:position], *fresh, *order[position:]])
        _read_again(station, conn, document_id)

    _edit(station, dossier_id, "insert pages", change)


def replace_page(station: Station, dossier_id: int, page_id: int, side_ids: Sequence[int]) -> None:
    """Puts freshly scanned sides in a page's place: rescan in place. A rescan asked for that page is done then."""

    def change(conn: sqlite3.Connection) -> None:
        document = _document_of_page(conn, dossier_id, page_id)
        if document is None:
            raise pages.PageUnknown(id=page_id)
        fresh = _fresh(conn, side_ids)
        order = [p.page_id for p in document.pages]
        at = order.index(page_id)
        documents.set_pages(conn, document.id, [*order[:at], *fresh, *order[at + 1 :]])
        _read_again(station, conn, document.id)
        for task in dossiers.list_rescans(conn, dossier_id):
            if task.page_id == page_id:
                dossiers.set_rescan_done(conn, task.id, station.actor.name, station.now())

    _edit(station, dossier_id, "replace page", change)


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


def rotate(station: Station, dossier_id: int, page_id: int, quarter_turns: int) -> None:
    """Turns the side a page lies on by quarter turns clockwise and reads it anew."""

    def turned(recipe: Recipe) -> Recipe:
        rotation = (recipe.rotation_deg - 90 * quarter_turns) % 360
        whole = PageRecipe("full", (0.0, 0.0, 1.0, 1.0), None)
        return Recipe(rotation, None, (whole,))

    _read_under(station, dossier_id, page_id, "rotate", turned)


def resplit(station: Station, dossier_id: int, page_id: int, at: float | None) -> None:
    """Splits the side at a share of its width, or makes it one page again (None)."""
    if at is not None and not 0.1 <= at <= 0.9:
        raise UsageProblem(N_("The split must lie between 0.1 and 0.9 of the width."))

    def parted(recipe: Recipe) -> Recipe:
        if at is None:
            return replace(recipe, split_at=None, pages=(PageRecipe("full", (0.0, 0.0, 1.0, 1.0), None),))
        left = PageRecipe("left", (0.0, 0.0, at, 1.0), None)
        right = PageRecipe("right", (at, 0.0, 1.0, 1.0), None)
        return replace(recipe, split_at=at, pages=(left, right))

    _read_under(station, dossier_id, page_id, "split sheet", parted)


def _read_under(
    station: Station, dossier_id: int, page_id: int, action: str, geometry: Callable[[Recipe], Recipe]
) -> None:
    """Gives a side another recipe, reads it and puts its pages where the old ones were."""
    with station.reading() as conn:
        side = pages.get_side(conn, pages.get_page(conn, page_id).side_id)
        document = _document_of_page(conn, dossier_id, page_id)
        dossier = dossiers.get(conn, dossier_id)
        if dossier.state not in EDITABLE:
            raise DossierClosed(code=dossier.code)
        if document is None:
            raise pages.PageUnknown(id=page_id)
        papers = documents.snapshot(conn, dossier_id)
    found = reading_of(station, side)
    whole = Recipe(0, None, (PageRecipe("full", (0.0, 0.0, 1.0, 1.0), None),))
    recipe = geometry(found.recipe if found else whole)
    turn: dict[str, Any] = {"side_id": side.id, "recipe": recipe_to_json(recipe)}
    _turn(station, turn)

    def change(conn: sqlite3.Connection) -> None:
        _read_again(station, conn, document.id)

    papers["geometry"] = {"side_id": side.id, "recipe": side.recipe}
    _edit(station, dossier_id, action, change, papers, turn)


def _turn(station: Station, geometry: dict[str, Any]) -> None:
    """Reads a side under a recipe; its pages take the place of the old ones as soon as they are there."""
    with station.transaction() as conn:
        pages.set_to_read_again(conn, geometry["side_id"], geometry["recipe"])
    reading.read_waiting(station)


def _read_again(station: Station, conn: sqlite3.Connection, document_id: int) -> None:
    """Reads a document's fields anew from its pages' words, by its type's rules."""
    document = documents.get(conn, document_id)
    documents.delete_readings(conn, document_id)
    flow = []
    for page in document.pages:
        for found in page_readings(station, conn, [page.page_id]):
            flow.append(FlowPage(page.page_id, page.side_id, found))
    if flow:
        record = sorting.record_of(conn, dossiers.get(conn, document.dossier_id))
        today = sorting.office_day(station)
        fields = read_document(
            document.type_id, flow, catalogue_of(station), sorting.gazetteer(), record, today
        )
        sorting.put_readings(conn, document_id, list(fields.values()))


def _own(conn: sqlite3.Connection, dossier_id: int, document_id: int) -> Document:
    document = documents.get(conn, document_id)
    if document.dossier_id != dossier_id:
        raise documents.DocumentUnknown(id=document_id)
    return document


def _document_of_page(conn: sqlite3.Connection, dossier_id: int, page_id: int) -> Document | None:
    for document in documents.list_of(conn, dossier_id):
        if any(p.page_id == page_id for p in document.pages):
            return document
    return None


def _place_after(conn: sqlite3.Connection, dossier_id: int, document_id: int, new_id: int) -> None:
    order = [d.id for d in documents.list_of(conn, dossier_id) if d.id != new_id]
    order.insert(order.index(document_id) + 1, new_id)
    for position, one in enumerate(order, 1):
        documents.set_position(conn, one, position)
