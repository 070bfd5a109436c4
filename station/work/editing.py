"""Changing a dossier's papers before sealing: every edit is stored with its before and after.

Undo and redo walk along the stored edits, and along the values the actor has given between them
(work/verifying.py), and have no end until the dossier is sealed; they survive a
restart. Originals are never touched: turning and splitting change a side's recipe only, and the page is read
anew under it.
"""

import sqlite3
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import Any

from forms.proposal import FlowPage
from forms.rereading import read_document
from ocr.reading import PageRecipe, Recipe
from station.core.errors import N_, UsageProblem
from station.store import documents, dossiers, edits, pages, snapshots
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


Change = Callable[[sqlite3.Connection], None]

#: Names the step that the edits of this thread belong to, None: each is a step of its own.
_STEP: ContextVar[str | None] = ContextVar("step", default=None)


@contextmanager
def as_one_step() -> Iterator[None]:
    """Edits within are taken back, and done again, by one undo: five pages turned with one key are one step."""
    token = _STEP.set(uuid.uuid4().hex)
    try:
        yield
    finally:
        _STEP.reset(token)


def change_papers(
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
        before = papers or snapshots.snapshot(conn, dossier_id)
        change(conn)
        _drop_empty(conn, dossier_id)
        after = snapshots.snapshot(conn, dossier_id)
        if geometry is not None:
            after["geometry"] = geometry
        if _STEP.get() is not None:
            after["step"] = _STEP.get()
        edits.add(conn, dossier_id, action, before, after, station.actor.name, station.now())
        station.audit(conn, "edit", f"dossier:{dossier_id}", what=action)
    refresh(station, dossier_id)


def change_reused(station: Station, dossier_id: int, component_id: str, paper: str) -> None:
    """A paper the office holds stands for a component of the checklist from now on."""
    with station.transaction() as conn:
        dossier = dossiers.get(conn, dossier_id)
        if dossier.state not in EDITABLE:
            raise DossierClosed(code=dossier.code)
        before = {"reused": snapshots.reused_of(conn, dossier_id, component_id)}
        dossiers.set_reused(conn, dossier_id, component_id, paper)
        after = {"reused": snapshots.reused_of(conn, dossier_id, component_id), "step": _STEP.get()}
        edits.add(conn, dossier_id, "reuse", before, after, station.actor.name, station.now())
        station.audit(conn, "reuse", f"dossier:{dossier_id}", component=component_id, paper=paper)
    refresh(station, dossier_id)


def _drop_empty(conn: sqlite3.Connection, dossier_id: int) -> None:
    for document in documents.list_of(conn, dossier_id):
        if not document.pages:
            documents.delete(conn, document.id)


def undo(station: Station, dossier_id: int) -> str:
    """Takes the last step back; returns its name.

    Raises:
        NothingToUndo.
    """
    return _walk_step(station, dossier_id, back=True)


def redo(station: Station, dossier_id: int) -> str:
    """Does the last undone step again; returns its name."""
    return _walk_step(station, dossier_id, back=False)


def _walk_step(station: Station, dossier_id: int, back: bool) -> str:
    """Walks along the edits of one step."""
    station.actor.require(Right.SCAN)
    edit = _next_edit(station, dossier_id, back)
    if edit is None:
        raise NothingToUndo if back else NothingToRedo
    action, step = edit.action, edit.after.get("step")
    while edit is not None:
        _walk(station, dossier_id, edit, back)
        edit = _next_edit(station, dossier_id, back) if step else None
        if edit is not None and edit.after.get("step") != step:
            edit = None
    return action


def _next_edit(station: Station, dossier_id: int, back: bool) -> edits.PastEdit | None:
    """The edit to walk next: the newest done one, or the oldest undone one. A value that somebody has changed
    since is passed over, it is theirs; so is a component whose paper was scanned after all.

    Raises:
        DossierClosed: the dossier is sealed.
    """
    with station.reading() as conn:
        dossier = dossiers.get(conn, dossier_id)
        if dossier.state not in EDITABLE:
            raise DossierClosed(code=dossier.code)
        walk = edits.newest_done if back else edits.oldest_undone
        for edit in walk(conn, dossier_id, station.actor.name):
            left = edit.after if back else edit.before
            if snapshots.still_holds(conn, dossier_id, left):
                return edit
    return None


def _walk(station: Station, dossier_id: int, edit: edits.PastEdit, back: bool) -> None:
    left, target = (edit.after, edit.before) if back else (edit.before, edit.after)
    papers: dict[str, Any] = {}
    if "documents" in target:
        with station.reading() as conn:
            # What was done since the edit was walked last belongs to what the other way brings back.
            papers = snapshots.snapshot(conn, dossier_id)
    if "geometry" in target:
        _turn(station, target["geometry"])
    with station.transaction() as conn:
        if "value" in target:
            snapshots.restore_value(conn, target["value"])
        elif "reused" in target:
            snapshots.restore_reused(conn, dossier_id, target["reused"])
        else:
            snapshots.restore(conn, dossier_id, target)
            edits.set_left(conn, edit.id, back, {**left, **papers})
        edits.set_undone(conn, edit.id, back)
        station.audit(conn, "undo" if back else "redo", f"dossier:{dossier_id}", what=edit.action)
    refresh(station, dossier_id)


def move_page(station: Station, dossier_id: int, page_id: int, document_id: int, position: int) -> None:
    """Moves a page to a place in a document of the same dossier; both documents' fields are read anew."""

    def change(conn: sqlite3.Connection) -> None:
        source = document_of_page(conn, dossier_id, page_id)
        target = own_document(conn, dossier_id, document_id)
        order = [p.page_id for p in target.pages if p.page_id != page_id]
        order.insert(max(0, min(position, len(order))), page_id)
        documents.set_pages(conn, document_id, order)
        read_fields_again(station, conn, document_id)
        if source is not None and source.id != document_id:
            read_fields_again(station, conn, source.id)

    change_papers(station, dossier_id, "move page", change)


def order_documents(station: Station, dossier_id: int, document_ids: Sequence[int]) -> None:
    """Puts the documents in this order; those not named follow in their old order."""

    def change(conn: sqlite3.Connection) -> None:
        rest = [d.id for d in documents.list_of(conn, dossier_id) if d.id not in document_ids]
        for position, document_id in enumerate([*document_ids, *rest], 1):
            documents.set_position(conn, own_document(conn, dossier_id, document_id).id, position)

    change_papers(station, dossier_id, "order documents", change)


def merge(station: Station, dossier_id: int, first_id: int, second_id: int) -> None:
    """Puts the second document's pages behind the first's; the second is gone."""

    def change(conn: sqlite3.Connection) -> None:
        first, second = own_document(conn, dossier_id, first_id), own_document(conn, dossier_id, second_id)
        documents.set_pages(conn, first.id, [p.page_id for p in (*first.pages, *second.pages)])
        read_fields_again(station, conn, first.id)

    change_papers(station, dossier_id, "merge documents", change)


def split(station: Station, dossier_id: int, document_id: int, at_page_id: int) -> None:
    """Parts a document: from this page on it is a document of its own, of unknown type until somebody says."""

    def change(conn: sqlite3.Connection) -> None:
        document = own_document(conn, dossier_id, document_id)
        order = [p.page_id for p in document.pages]
        at = order.index(at_page_id) if at_page_id in order else 0
        if at == 0:
            raise UsageProblem(N_("Choose a later page: the document begins with this one."))
        new_id = documents.add(conn, dossier_id, "khac", 0.0, ["operator"], order[at:])
        _place_after(conn, dossier_id, document_id, new_id)
        read_fields_again(station, conn, document_id)

    change_papers(station, dossier_id, "split document", change)


def gather(station: Station, dossier_id: int, page_ids: Sequence[int]) -> None:
    """Makes pages a document of their own, of unknown type until somebody says, behind the one they lay in.

    Pages that lie in no document are taken up: those taken out before, those that came after grouping.
    """

    def change(conn: sqlite3.Connection) -> None:
        sources = {d.id: d for p in page_ids if (d := document_of_page(conn, dossier_id, p))}
        new_id = documents.add(conn, dossier_id, "khac", 0.0, ["operator"], page_ids)
        if sources:
            _place_after(conn, dossier_id, next(iter(sources)), new_id)
        for source_id in sources:
            read_fields_again(station, conn, source_id)

    change_papers(station, dossier_id, "new document", change)


def set_type(station: Station, dossier_id: int, document_id: int, type_id: str) -> None:
    """The operator says what the paper is; its fields are read by the new type's rules."""
    if type_id not in catalogue_of(station).document_types:
        raise UsageProblem(N_("The catalogue knows no document type {type}."), type=type_id)

    def change(conn: sqlite3.Connection) -> None:
        documents.set_type(conn, own_document(conn, dossier_id, document_id).id, type_id, 1.0)
        read_fields_again(station, conn, document_id)

    change_papers(station, dossier_id, "change type", change)


def set_blank(station: Station, dossier_id: int, page_id: int, blank: bool) -> None:
    """Flags a page blank or not; a blank page leaves its document's text but is never dropped."""

    def change(conn: sqlite3.Connection) -> None:
        pages.set_page_blank(conn, page_id, blank)

    change_papers(station, dossier_id, "mark blank", change)


def is_blank(station: Station, page_id: int) -> bool:
    """Raises: PageUnknown."""
    with station.reading() as conn:
        return pages.get_page(conn, page_id).blank


def remove_page(station: Station, dossier_id: int, page_id: int) -> None:
    """Takes a page out of the dossier; its original stays, and undo brings it back."""

    def change(conn: sqlite3.Connection) -> None:
        document = document_of_page(conn, dossier_id, page_id)
        if document is None:
            raise pages.PageUnknown(id=page_id)
        documents.set_pages(conn, document.id, [p.page_id for p in document.pages if p.page_id != page_id])
        read_fields_again(station, conn, document.id)

    change_papers(station, dossier_id, "remove page", change)


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
        document = document_of_page(conn, dossier_id, page_id)
        dossier = dossiers.get(conn, dossier_id)
        if dossier.state not in EDITABLE:
            raise DossierClosed(code=dossier.code)
        if document is None:
            raise pages.PageUnknown(id=page_id)
        papers = snapshots.snapshot(conn, dossier_id)
    found = reading_of(station, side)
    whole = Recipe(0, None, (PageRecipe("full", (0.0, 0.0, 1.0, 1.0), None),))
    recipe = geometry(found.recipe if found else whole)
    turn: dict[str, Any] = {"side_id": side.id, "recipe": recipe_to_json(recipe)}
    _turn(station, turn)

    def change(conn: sqlite3.Connection) -> None:
        read_fields_again(station, conn, document.id)

    papers["geometry"] = {"side_id": side.id, "recipe": side.recipe}
    change_papers(station, dossier_id, action, change, papers, turn)


def _turn(station: Station, geometry: dict[str, Any]) -> None:
    """Reads a side under a recipe; its pages take the place of the old ones as soon as they are there."""
    with station.transaction() as conn:
        pages.set_to_read_again(conn, geometry["side_id"], geometry["recipe"])
    reading.read_waiting(station)


def read_fields_again(station: Station, conn: sqlite3.Connection, document_id: int) -> None:
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


def own_document(conn: sqlite3.Connection, dossier_id: int, document_id: int) -> Document:
    document = documents.get(conn, document_id)
    if document.dossier_id != dossier_id:
        raise documents.DocumentUnknown(id=document_id)
    return document


def document_of_page(conn: sqlite3.Connection, dossier_id: int, page_id: int) -> Document | None:
    for document in documents.list_of(conn, dossier_id):
        if any(p.page_id == page_id for p in document.pages):
            return document
    return None


def _place_after(conn: sqlite3.Connection, dossier_id: int, document_id: int, new_id: int) -> None:
    order = [d.id for d in documents.list_of(conn, dossier_id) if d.id != new_id]
    order.insert(order.index(document_id) + 1, new_id)
    for position, one in enumerate(order, 1):
        documents.set_position(conn, one, position)
