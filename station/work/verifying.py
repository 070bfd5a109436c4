"""The office vouches for what the machine read.

A machine's reading and the office's value are two things. A value comes from a person, or from a rule
that names itself: a critical field whose reading equals the procedure record is vouched for by
`rule:record` (two independent sources, one of them the record).
"""

import sqlite3
import uuid
from dataclasses import dataclass
from typing import Any

from station.core.errors import N_, NotAllowed, UsageProblem
from station.store import documents, dossiers, edits, pages, snapshots
from station.store.accounts import Right
from station.store.model import EDITABLE, Document, Dossier, RescanTask
from station.work.counting import count_sheets
from station.work.standing import (
    DossierClosed,
    OpenField,
    announced_sheets,
    catalogue_of,
    open_fields,
    refresh,
)
from station.work.station import Station

RESCAN_REASONS = ("illegible", "missing page", "poor scan", "wrong document")


class FourEyes(NotAllowed):
    sentence = N_("This paper needs a second person: {name} scanned it and may not verify it.")


class ReasonUnknown(UsageProblem):
    sentence = N_("{reason} is not a reason for a rescan. Choose one of: {reasons}.")


class GivenByAnother(NotAllowed):
    sentence = N_("{name} gave this field its value, and it stays. Correct it in the dossier if it is wrong.")


class SheetCountDiffers(UsageProblem):
    sentence = N_(
        "You counted {said} sheets, the pictures make {counted}. Count again, or scan the missing sheet."
    )


def list_open_fields(
    station: Station, dossier_id: int | None = None, only_critical: bool = False
) -> list[OpenField]:
    """Fields waiting for a person, most critical first: critical ones without a value, then flagged ones."""
    station.actor.require(Right.VERIFY)
    catalogue = catalogue_of(station)
    found: list[OpenField] = []
    with station.reading() as conn:
        states = tuple(state.value for state in EDITABLE)
        chosen = [dossiers.get(conn, dossier_id)] if dossier_id else dossiers.list_all(conn, states)
        for dossier in chosen:
            found += open_fields(conn, dossier, catalogue)
    found = [f for f in found if f.critical or not only_critical]
    return sorted(found, key=lambda f: (not f.critical, f.dossier_id, f.document.position, f.field.id))


def accept(station: Station, document_id: int, name: str, keys: int = 1) -> None:
    """The actor vouches for the reading as it stands."""
    with station.reading() as conn:
        fields = {f.name: f for f in documents.list_fields(conn, document_id)}
    if name not in fields:
        raise documents.FieldUnknown(name=name)
    correct(station, document_id, name, fields[name].shown, keys)


def correct(station: Station, document_id: int, name: str, value: str, keys: int = 1) -> None:
    """The actor gives the field's value, as read or typed; their undo of the dossier's edits takes it back.

    Raises:
        FourEyes: the type asks for a second person and the actor captured one of its pages.
        DossierClosed: values are final.
    """
    station.actor.require(Right.VERIFY)
    with station.transaction() as conn:
        document, dossier = _open_document(conn, document_id)
        _refuse_own_scan(station, conn, document)
        before = snapshots.value_of(conn, document_id, name)
        documents.set_value(
            conn, document_id, name, " ".join(value.split()), station.actor.name, station.now(), keys
        )
        documents.settle_state(conn, document_id)
        _remember(station, conn, dossier, before)
        station.audit(conn, "verify", f"document:{document_id}", dossier=dossier.id, field=name)
    refresh(station, dossier.id)


def take_back(station: Station, document_id: int, name: str) -> None:
    """The field is open again, as the machine read it: undo of `correct`.

    Raises:
        GivenByAnother: somebody else has vouched for it since.
        DossierClosed: values are final.
        FieldUnknown.
    """
    station.actor.require(Right.VERIFY)
    with station.transaction() as conn:
        _document, dossier = _open_document(conn, document_id)
        field = next((f for f in documents.list_fields(conn, document_id) if f.name == name), None)
        if field is None:
            raise documents.FieldUnknown(name=name)
        by = field.verified_by or station.actor.name
        if by != station.actor.name and not by.startswith("rule:"):
            raise GivenByAnother(name=by)
        documents.clear_value(conn, document_id, name)
        edits.set_value_undone(conn, dossier.id, document_id, name)
        documents.settle_state(conn, document_id)
        station.audit(conn, "take back", f"document:{document_id}", dossier=dossier.id, field=name)
    refresh(station, dossier.id)


def accept_all(station: Station, dossier_id: int, keys: int = 1) -> int:
    """The actor vouches for every open field of the dossier; returns how many. One undo takes them all back.

    Its sheets are confirmed with it, unless their number is not the one announced: that costs a count.
    """
    station.actor.require(Right.VERIFY)
    count, step = 0, uuid.uuid4().hex
    with station.transaction() as conn:
        dossier = _open_dossier(conn, dossier_id)
        for document in documents.list_of(conn, dossier_id):
            unvouched = [
                f for f in documents.list_fields(conn, document.id) if f.value is None and f.read_value
            ]
            if unvouched:
                _refuse_own_scan(station, conn, document)
            for field in unvouched:
                before = snapshots.value_of(conn, document.id, field.name)
                documents.set_value(
                    conn, document.id, field.name, field.shown, station.actor.name, station.now(), 0
                )
                _remember(station, conn, dossier, before, step)
            count += len(unvouched)
            documents.set_state(conn, document.id, "verified", station.actor.name, station.now())
        counted = count_sheets(conn, dossier)
        said = announced_sheets(station, conn, dossier)
        if dossier.sheets_confirmed is None and (said is None or said.sheets in counted.fitting):
            dossiers.set_sheets(conn, dossier_id, counted.shown)
        dossiers.add_measure(conn, dossier_id, "verifying", station.actor.name, station.now(), 0.0, keys)
        station.audit(conn, "accept all", f"dossier:{dossier_id}", fields=count)
    refresh(station, dossier_id)
    return count


def _remember(
    station: Station, conn: sqlite3.Connection, dossier: Dossier, before: dict[str, Any], step: str = ""
) -> None:
    """A value given is an edit of the dossier, for undo and redo; those of one `step` are walked together."""
    after: dict[str, Any] = {"value": snapshots.value_of(conn, before["document_id"], before["name"])}
    if step:
        after["step"] = step
    now = station.now()
    edits.add(conn, dossier.id, edits.GIVE_VALUE, {"value": before}, after, station.actor.name, now)


def confirm_sheets(station: Station, dossier_id: int, sheets: int) -> None:
    """The operator confirms how many sheets were handed in; the law wants image count = page count.

    Raises:
        SheetCountDiffers: the number is not that of the pictures.
    """
    station.actor.require(Right.SCAN)
    with station.transaction() as conn:
        dossier = _open_dossier(conn, dossier_id)
        counted = count_sheets(conn, dossier)
        if sheets not in counted.fitting:
            raise SheetCountDiffers(said=sheets, counted=counted.shown)
        dossiers.set_sheets(conn, dossier_id, sheets)
        station.audit(conn, "confirm sheets", f"dossier:{dossier_id}", sheets=sheets)
    refresh(station, dossier_id)


def needs_second_person(station: Station, document: Document) -> bool:
    """Whether the type asks for four eyes and the actor captured one of the pages."""
    known = catalogue_of(station).document_types.get(document.type_id)
    if known is None or not known.four_eyes:
        return False
    with station.reading() as conn:
        try:
            _refuse_own_scan(station, conn, document)
        except FourEyes:
            return True
    return False


def reject(
    station: Station, document_id: int, page_id: int | None, reason: str, note: str = "", keys: int = 1
) -> int:
    """Asks the scanning operator to scan again; the dossier is `returned` until that is done.

    Raises:
        ReasonUnknown: see RESCAN_REASONS.
    """
    station.actor.require(Right.VERIFY)
    if reason not in RESCAN_REASONS:
        raise ReasonUnknown(reason=reason, reasons=", ".join(RESCAN_REASONS))
    with station.transaction() as conn:
        document, dossier = _open_document(conn, document_id)
        if page_id is None and document.pages:
            page_id = document.pages[0].page_id
        task = dossiers.add_rescan(conn, dossier.id, page_id, reason, note, station.actor.name, station.now())
        dossiers.add_measure(conn, dossier.id, "verifying", station.actor.name, station.now(), 0.0, keys)
        station.audit(conn, "ask for rescan", f"dossier:{dossier.id}", task=task, reason=reason)
    refresh(station, dossier.id)
    return task


@dataclass(frozen=True)
class RescanAsked:
    """A task of the scanning operator: what to scan again, of which dossier, and where the page stands."""

    task: RescanTask
    dossier: Dossier
    type_id: str
    page_number: int


def list_rescans(station: Station) -> list[RescanAsked]:
    """Everything that was sent back and is not scanned again yet, oldest first."""
    station.actor.require(Right.SCAN)
    found = []
    with station.reading() as conn:
        for task in dossiers.list_rescans(conn):
            type_id, number = "", 0
            for document in documents.list_of(conn, task.dossier_id):
                held = [p.page_id for p in document.pages]
                if task.page_id in held:
                    type_id, number = document.type_id, held.index(task.page_id) + 1
            found.append(RescanAsked(task, dossiers.get(conn, task.dossier_id), type_id, number))
    return found


def finish_rescan(station: Station, task_id: int) -> None:
    """The operator has scanned again, or the paper turned out to be right."""
    station.actor.require(Right.SCAN)
    _end_rescan(station, task_id, "rescan done")


def withdraw_rescan(station: Station, task_id: int) -> None:
    """Whoever sent the paper back takes that back: undo of `reject`."""
    station.actor.require(Right.VERIFY)
    _end_rescan(station, task_id, "withdraw rescan")


def _end_rescan(station: Station, task_id: int, how: str) -> None:
    with station.transaction() as conn:
        task = dossiers.find_rescan(conn, task_id)
        if task is None:
            raise UsageProblem(N_("There is no rescan task {id}."), id=task_id)
        dossiers.set_rescan_done(conn, task_id, station.actor.name, station.now())
        station.audit(conn, how, f"dossier:{task.dossier_id}", task=task_id)
    refresh(station, task.dossier_id)


def _open_document(conn: sqlite3.Connection, document_id: int) -> tuple[Document, Dossier]:
    document = documents.get(conn, document_id)
    return document, _open_dossier(conn, document.dossier_id)


def _open_dossier(conn: sqlite3.Connection, dossier_id: int) -> Dossier:
    dossier = dossiers.get(conn, dossier_id)
    if dossier.state not in EDITABLE:
        raise DossierClosed(code=dossier.code)
    return dossier


def _refuse_own_scan(station: Station, conn: sqlite3.Connection, document: Document) -> None:
    known = catalogue_of(station).document_types.get(document.type_id)
    if known is None or not known.four_eyes:
        return
    for page in document.pages:
        if pages.get_side(conn, page.side_id).captured_by == station.actor.name:
            raise FourEyes(name=station.actor.name)
