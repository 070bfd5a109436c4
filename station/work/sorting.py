"""From read pages to proposed dossiers: documents, fields, the procedure record, the checklist."""

import logging
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from datetime import date
from functools import cache

from capture.parting import parse_parting
from forms.classify import PageEvidence
from forms.doctype import Catalogue
from forms.gazetteer import Gazetteer, load_gazetteer
from forms.proposal import (
    Candidate,
    FieldReading,
    FlowPage,
    ProposedDocument,
    ProposedDossier,
    Record,
)
from forms.sorting import group_pages
from forms.sorting import sort_intake as propose
from station.core.errors import N_, UsageProblem
from station.store import documents, dossiers, pages, reference
from station.store.accounts import Right
from station.store.model import EDITABLE, Dossier
from station.store.pages import Intake, Side
from station.work.parting import BY_HAND, marks_of
from station.work.reading import read_unlike, reading_of
from station.work.standing import DossierClosed, catalogue_of, refresh
from station.work.station import Station
from station.work.twice import note_scanned_before

log = logging.getLogger(__name__)

UNSORTED = N_("The station could not sort these pages; put them in order by hand and tell your IT staff.")
_RECORD_FIELDS = tuple(f.name for f in fields(Record))


class StillReading(UsageProblem):
    sentence = N_("The pages of this intake are still being read. Wait until reading has ended.")


class RecordSource:
    """Procedure records of the store, as the matcher asks for them (a CandidateSource)."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn

    def by_code(self, dossier_code: str) -> Sequence[Record]:
        return _records(reference.by_code(self._conn, dossier_code))

    def near_code(self, dossier_code: str) -> Sequence[Record]:
        return _records(reference.near_code(self._conn, dossier_code))

    def by_id(self, personal_id: str) -> Sequence[Record]:
        return _records(reference.by_id(self._conn, personal_id))

    def by_serial(self, certificate_serial: str) -> Sequence[Record]:
        return _records(reference.by_serial(self._conn, certificate_serial))

    def by_name_birth(self, name: str, date_of_birth: str) -> Sequence[Record]:
        return _records(reference.by_name_birth(self._conn, name, date_of_birth))

    def by_parcel(self, parcel_no: str, map_sheet: str, commune: str) -> Sequence[Record]:
        return _records(reference.by_parcel(self._conn, parcel_no, map_sheet, commune))


def _records(rows: Sequence[reference.ProcedureRecord]) -> list[Record]:
    return [Record(**{name: getattr(row, name) for name in _RECORD_FIELDS}) for row in rows]


def record_of(conn: sqlite3.Connection, dossier: Dossier) -> Record | None:
    """The dossier's procedure record as the forms room knows it."""
    found = reference.find(conn, dossier.dossier_code) if dossier.dossier_code else None
    return _records([found])[0] if found else None


@cache
def gazetteer() -> Gazetteer:
    return load_gazetteer()


def sort_waiting(station: Station) -> list[int]:
    """Sorts every intake whose pages are read but which has no dossier yet; returns the dossiers' ids."""
    station.actor.require(Right.SCAN)
    with station.reading() as conn:
        waiting = pages.list_unsorted_intakes(conn)
    return [dossier_id for intake_id in waiting for dossier_id in sort_when_read(station, intake_id)]


def sort_when_read(
    station: Station, intake_id: int, should_stop: Callable[[], bool] = lambda: False
) -> list[int]:
    """Sorts an intake unless pages of it have come meanwhile: whoever reads those sorts it.

    Before that its sheets that are cut unlike the others are looked at once more: now the whole pile is known.
    Stopped there, the intake stays unsorted.
    """
    read_unlike(station, intake_id, should_stop)
    if should_stop():
        return []
    try:
        return sort_intake(station, intake_id)
    except StillReading:
        log.info("intake %d goes on coming in and is sorted later", intake_id)
        return []


def sort_as_it_comes(
    station: Station, intake_id: int, fresh: bool, should_stop: Callable[[], bool] = lambda: False
) -> list[int]:
    """Sorts an intake by the one rule for all that comes in by itself, `may_sort`; returns the ids of new dossiers."""
    return sort_when_read(station, intake_id, should_stop) if may_sort(station, intake_id, fresh) else []


def sort_intake(station: Station, intake_id: int) -> list[int]:
    """Proposes the dossiers of an intake; earlier proposals that nobody has worked on are replaced.

    What a person has edited, verified, confirmed or sealed stays, and its pages are not proposed again.

    Raises:
        StillReading: some side is still in the queue.
    """
    station.actor.require(Right.SCAN)
    catalogue = catalogue_of(station)
    ids = None
    while ids is None:
        with station.reading() as conn:
            intake = pages.get_intake(conn, intake_id)
            sides = [s for s in pages.list_sides(conn, intake_id) if s.removed_at is None]
            if any(s.state == "captured" for s in sides):
                raise StillReading
            kept = dossiers.list_worked_pages(conn, intake_id)
            flow, loose = flow_of(station, conn, intake, sides, kept)
            proposals = _propose(station, flow, catalogue, RecordSource(conn)) if flow else ()
        with station.transaction() as conn:
            # A person may have verified one of the old proposals meanwhile: its pages are no longer ours.
            if dossiers.list_worked_pages(conn, intake_id) == kept:
                ids = _replace(station, conn, intake, proposals, loose, bool(sides))
    for dossier_id in ids:
        note_scanned_before(station, dossier_id)
        refresh(station, dossier_id)
    return ids


def preview(
    station: Station, intake_id: int, weighed: dict[int, PageEvidence]
) -> tuple[ProposedDocument, ...]:
    """The papers as far as they are read, for the eye while a pile still comes in; nothing is stored.

    `weighed` is what earlier looks found of the pile's pages; what this one finds is added.
    """
    with station.reading() as conn:
        intake = pages.get_intake(conn, intake_id)
        sides = [s for s in pages.list_sides(conn, intake_id) if s.removed_at is None]
        kept = dossiers.list_worked_pages(conn, intake_id)
        flow, _loose = flow_of(station, conn, intake, sides, kept)
    try:
        return group_pages(flow, catalogue_of(station), gazetteer(), weighed) if flow else ()
    except Exception:
        log.exception("the pages so far could not be grouped")
        return ()


def may_sort(station: Station, intake_id: int, fresh: bool) -> bool:
    """Whether the intake is sorted (anew): never over an order or a value a person has worked on.

    Pages that came after that stay outside the documents, to be moved by hand, unless they begin a dossier.

    Args:
        fresh: pages came since it was sorted.
    """
    with station.reading() as conn:
        found = dossiers.list_of_intake(conn, intake_id)
        touched = any(dossiers.is_touched(conn, d.id) for d in found)
    if not found:
        return True
    return fresh and (not touched or begins_anew(station, intake_id))


def begins_anew(station: Station, intake_id: int) -> bool:
    """Whether what came after a person had begun to work is another dossier, and not a page of this one.

    Its first page carries the code of a record that no dossier of the intake has.
    """
    with station.reading() as conn:
        intake = pages.get_intake(conn, intake_id)
        sides = [s for s in pages.list_sides(conn, intake_id) if s.removed_at is None]
        worked = dossiers.list_worked_pages(conn, intake_id)
        taken = {d.dossier_code for d in dossiers.list_of_intake(conn, intake_id)}
        flow, _loose = flow_of(station, conn, intake, sides, worked)
        found = _propose(station, flow, catalogue_of(station), RecordSource(conn)) if flow else ()
    match = found[0].match if found else None
    return match is not None and match.record.dossier_code not in taken


def _replace(
    station: Station,
    conn: sqlite3.Connection,
    intake: Intake,
    proposals: Sequence[ProposedDossier],
    loose: list[int],
    any_side: bool,
) -> list[int]:
    """Puts the new proposals in the place of those nobody has worked on; returns their ids."""
    for old in dossiers.list_of_intake(conn, intake.id):
        if not dossiers.is_touched(conn, old.id):
            dossiers.delete_run(conn, old.id)
    left = dossiers.list_of_intake(conn, intake.id)
    first_run = max((d.run_no for d in left), default=0) + 1
    ids = [
        _store(station, conn, intake, first_run + number, proposal)
        for number, proposal in enumerate(proposals)
    ]
    if loose or (any_side and not ids and not left):
        ids = _keep_loose(station, conn, intake, ids, loose, first_run)
    station.audit(conn, "sort", f"intake:{intake.id}", dossiers=ids)
    return ids


def office_day(station: Station) -> date:
    """Today at the office."""
    return station.clock().astimezone().date()


def _propose(
    station: Station, flow: Sequence[FlowPage], catalogue: Catalogue, records: RecordSource
) -> Sequence[ProposedDossier]:
    """The proposals; should sorting itself fail on some paper, the intake is one unknown paper, and nothing is lost."""
    try:
        return propose(flow, catalogue, records, gazetteer(), office_day(station))
    except Exception:
        log.exception("an intake could not be sorted")
        everything = tuple(page.page_key for page in flow if not page.reading.blank)
        unknown = ProposedDocument("khac", 0.0, everything, {}, (UNSORTED,))
        return (ProposedDossier(documents=(unknown,) if everything else (), match=None),)


def flow_of(
    station: Station, conn: sqlite3.Connection, intake: Intake, sides: Sequence[Side], kept: frozenset[int]
) -> tuple[list[FlowPage], list[int]]:
    """Pages for sorting, and pages of unreadable sides, which belong to a document of their own."""
    flow: list[FlowPage] = []
    loose: list[int] = []
    marks = marks_of(conn, intake, sides)
    rule = parse_parting(intake.parted_by)
    for side in sides:
        rows = {p.half: p for p in pages.list_pages(conn, side.id) if p.id not in kept}
        reading = reading_of(station, side)
        if reading is None:
            loose += [p.id for p in rows.values()]
            continue
        mark = marks.get(side.id)
        parts = mark == "parts" and side.separator_by is None
        separator = BY_HAND[rule.begins] if rule and parts else side.separator
        begins = rule.begins if rule and mark == "first" else ""
        for page in reading.pages:
            if page.side in rows:
                flow.append(FlowPage(rows[page.side].id, side.id, page, separator, begins))
                begins = ""
    return flow, loose


def _store(
    station: Station, conn: sqlite3.Connection, intake: Intake, run_no: int, proposal: ProposedDossier
) -> int:
    named = reference.find(conn, intake.wanted_code) if intake.wanted_code else None
    taken = named or (proposal.match.record if proposal.match else None)
    branch = station.settings.branch or (taken.branch if taken else "")
    dossier_id = dossiers.add(
        conn, intake.id, run_no, intake.stage, branch, station.actor.name, station.now()
    )
    for document in proposal.documents:
        document_id = documents.add(
            conn, dossier_id, document.type_id, document.confidence, document.reasons, document.page_keys
        )
        put_readings(conn, document_id, list(document.fields.values()))
    dossiers.set_candidates(conn, dossier_id, [_candidate(c) for c in proposal.candidates])
    _match(conn, dossier_id, intake, proposal)
    return dossier_id


def _match(conn: sqlite3.Connection, dossier_id: int, intake: Intake, proposal: ProposedDossier) -> None:
    if intake.wanted_code is not None and proposal is not None:
        record = reference.find(conn, intake.wanted_code)
        if record is not None:
            dossiers.set_match(
                conn, dossier_id, record.dossier_code, "named", record.procedure_code, ["operator"]
            )
            return
    if proposal.match is not None:
        match = proposal.match
        dossiers.set_match(
            conn,
            dossier_id,
            match.record.dossier_code,
            match.by,
            match.record.procedure_code,
            match.reasons,
        )


def _keep_loose(
    station: Station,
    conn: sqlite3.Connection,
    intake: Intake,
    ids: list[int],
    loose: list[int],
    first_run: int,
) -> list[int]:
    """Unreadable pages stay with the intake's last dossier as unknown papers: never lost."""
    if not ids:
        empty = ProposedDossier(documents=(), match=None)
        ids = [_store(station, conn, intake, first_run, empty)]
    for page_id in loose:
        documents.add(conn, ids[-1], "khac", 0.0, ["unreadable"], [page_id])
    return ids


def put_readings(conn: sqlite3.Connection, document_id: int, readings: Sequence[FieldReading]) -> None:
    """Stores the machine's readings of a document; values of the office stay."""
    for reading in readings:
        documents.put_reading(
            conn,
            document_id,
            reading.name,
            reading.value,
            reading.confidence,
            reading.flagged,
            reading.page_key,
            reading.box,
            reading.rule,
            reading.kind,
            reading.reasons,
            reading.candidates,
        )


def _candidate(candidate: Candidate) -> dict[str, object]:
    return {
        "record": asdict(candidate.record),
        "score": candidate.score,
        "by": candidate.by,
        "reasons": list(candidate.reasons),
    }


def choose_record(station: Station, dossier_id: int, dossier_code: str | None) -> Dossier:
    """The operator says which procedure record the dossier belongs to, or that it is none of these (None).

    Raises:
        RecordUnknown: no record of that code was imported.
        DossierClosed: it is sealed.
    """
    station.actor.require(Right.SCAN)
    with station.transaction() as conn:
        _require_open(conn, dossier_id)
        if dossier_code is None:
            dossiers.set_match(conn, dossier_id, None, None, None, [])
        else:
            record = reference.find(conn, dossier_code)
            if record is None:
                raise RecordUnknown(code=dossier_code)
            dossiers.set_match(
                conn, dossier_id, record.dossier_code, "operator", record.procedure_code, ["operator"]
            )
        station.audit(conn, "choose record", f"dossier:{dossier_id}", chosen=dossier_code is not None)
    note_scanned_before(station, dossier_id)
    refresh(station, dossier_id)
    with station.reading() as conn:
        return dossiers.get(conn, dossier_id)


class RecordUnknown(UsageProblem):
    sentence = N_("No procedure record {code} was imported. Import the newest records, or check the code.")


def _require_open(conn: sqlite3.Connection, dossier_id: int) -> Dossier:
    dossier = dossiers.get(conn, dossier_id)
    if dossier.state not in EDITABLE:
        raise DossierClosed(code=dossier.code)
    return dossier
