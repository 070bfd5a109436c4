"""Where a dossier stands: its checklist, what rules vouch for, what it still needs, how it is found.

A machine's reading and the office's value are two things. A value comes from a person, or from a rule
that names itself: a critical field whose reading equals the procedure record is vouched for by
`rule:record` (two independent sources, one of them the record).
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from forms.doctype import Catalogue, load_catalogue
from ocr.reading import PageReading, SideReading
from station.core.errors import N_, UsageProblem
from station.store import documents, dossiers, pages, reference, search
from station.store.model import EDITABLE, Document, Dossier, DossierState, Field
from station.work import checklist
from station.work.counting import RECEIPT, Announced, count_sheets, find_announced
from station.work.reading import reading_of
from station.work.station import Station

# Which column of the procedure record a field of the applicant's own papers must equal.
RECORD_COLUMNS = {
    "dossier_code": "dossier_code",
    "certificate_serial": "certificate_serial",
    "parcel_no": "parcel_no",
    "map_sheet": "map_sheet",
}


@dataclass(frozen=True)
class OpenField:
    """A field somebody must look at, with the document it stands in."""

    dossier_id: int
    dossier_code: str
    document: Document
    field: Field
    critical: bool


class DossierClosed(UsageProblem):
    sentence = N_("The dossier {code} is sealed. Open a new version of it to change its papers.")


def catalogue_of(station: Station) -> Catalogue:
    """The shipped catalogue with the office's own files (HOME/catalogue) over it, read anew when one changes."""
    folder = station.home / "catalogue"
    if not folder.is_dir():
        return load_catalogue(None)
    return _own_catalogue(folder, max(p.stat().st_mtime_ns for p in (folder, *folder.rglob("*"))))


@lru_cache(maxsize=2)
def _own_catalogue(folder: Path, changed_ns: int) -> Catalogue:
    return load_catalogue(folder)


def refresh(station: Station, dossier_id: int) -> None:
    """After anything changed: checklist, values that rules vouch for, readiness and the search index anew."""
    catalogue = catalogue_of(station)
    with station.transaction() as conn:
        dossier = dossiers.get(conn, dossier_id)
        if dossier.state not in EDITABLE:
            return
        checklist.refresh(conn, dossier, catalogue)
        apply_rules(conn, dossier, catalogue, station.now())
        refresh_state(conn, dossier_id, catalogue)
        _index(station, conn, dossier)


def _index(station: Station, conn: sqlite3.Connection, dossier: Dossier) -> None:
    codes = [dossier.dossier_code or "", dossier.temporary_code]
    names: list[str] = []
    body: list[str] = []
    record = reference.find(conn, dossier.dossier_code) if dossier.dossier_code else None
    if record is not None:
        codes += [record.applicant_id, record.certificate_serial]
        names.append(record.applicant_name)
    for document in documents.list_of(conn, dossier.id):
        for field in documents.list_fields(conn, document.id):
            (names if field.name.endswith("_name") else codes).append(field.shown)
        body += [page.text for page in page_readings(station, conn, [p.page_id for p in document.pages])]
    search.put(conn, dossier.id, " ".join(codes), " ".join(names), "\n".join(body))


def page_readings(station: Station, conn: sqlite3.Connection, page_ids: Sequence[int]) -> list[PageReading]:
    """The readings of pages, those of unreadable sides left out."""
    found: list[PageReading] = []
    cache_of_sides: dict[int, SideReading | None] = {}
    for page_id in page_ids:
        page = pages.get_page(conn, page_id)
        if page.side_id not in cache_of_sides:
            cache_of_sides[page.side_id] = reading_of(station, pages.get_side(conn, page.side_id))
        reading = cache_of_sides[page.side_id]
        found += [p for p in (reading.pages if reading else ()) if p.side == page.half]
    return found


def is_critical(catalogue: Catalogue, type_id: str, name: str) -> bool:
    """Whether the type's catalogue entry says a person or a second source must vouch for the field."""
    known = catalogue.document_types.get(type_id)
    spec = known.field(name) if known else None
    return bool(spec and spec.critical)


def apply_rules(conn: sqlite3.Connection, dossier: Dossier, catalogue: Catalogue, at: str) -> None:
    """Vouches, as a rule and never as a person, for critical readings that equal the record."""
    record = reference.find(conn, dossier.dossier_code) if dossier.dossier_code else None
    for document in documents.list_of(conn, dossier.id):
        documents.clear_rule_values(conn, document.id)
        for field in documents.list_fields(conn, document.id):
            if field.value is not None or record is None or not field.read_value:
                continue
            if is_critical(catalogue, document.type_id, field.name) and _equals_record(field, record):
                documents.set_value(conn, document.id, field.name, field.read_value, "rule:record", at)


def _equals_record(field: Field, record: reference.ProcedureRecord) -> bool:
    key = reference.code_key(field.read_value or "")
    if not key:
        return False
    column = RECORD_COLUMNS.get(field.name)
    if column is not None:
        return key == reference.code_key(getattr(record, column))
    return field.name.endswith(("_id", "id_number", "tax_code")) and key == reference.code_key(
        record.applicant_id
    )


def open_fields(conn: sqlite3.Connection, dossier: Dossier, catalogue: Catalogue) -> list[OpenField]:
    found = []
    for document in documents.list_of(conn, dossier.id):
        for field in documents.list_fields(conn, document.id):
            critical = is_critical(catalogue, document.type_id, field.name)
            if field.value is None and (critical or field.flagged):
                found.append(OpenField(dossier.id, dossier.code, document, field, critical))
    return found


def count_images(conn: sqlite3.Connection, dossier: Dossier) -> int:
    """Sheets of a dossier; two sides scanned in one go are one."""
    return count_sheets(conn, dossier).shown


def announced_sheets(station: Station, conn: sqlite3.Connection, dossier: Dossier) -> Announced | None:
    """How many sheets the operator, the separator or the receipt says the dossier has."""
    papers = documents.list_of(conn, dossier.id)
    held = [p.page_id for paper in papers if paper.type_id == RECEIPT for p in paper.pages]
    texts = [page.text for page in page_readings(station, conn, held)] if held else []
    return find_announced(conn, dossier, papers, texts)


def missing_for_ready(conn: sqlite3.Connection, dossier: Dossier, catalogue: Catalogue) -> list[str]:
    """What stands between a dossier and sealing, as catalogue sentences; empty when it is ready."""
    missing = []
    if dossier.dossier_code is None:
        missing.append(N_("No procedure record is chosen."))
    # Compared again at every change: a page taken out or put in after the count opens it anew.
    if dossier.sheets_confirmed not in count_sheets(conn, dossier).fitting:
        missing.append(N_("The number of sheets is not confirmed."))
    if dossiers.list_rescans(conn, dossier.id):
        missing.append(N_("A rescan is still open."))
    if any(f.critical for f in open_fields(conn, dossier, catalogue)):
        missing.append(N_("A critical field waits for a person."))
    papers = documents.list_of(conn, dossier.id)
    stands_for_paper = checklist.typed_serial(conn, dossier.id) is not None
    if not (papers or stands_for_paper) or not all(paper.pages for paper in papers):
        missing.append(N_("The dossier has no paper."))
    return missing


def refresh_state(conn: sqlite3.Connection, dossier_id: int, catalogue: Catalogue) -> DossierState:
    """open, ready or returned, computed from the facts."""
    dossier = dossiers.get(conn, dossier_id)
    if dossiers.list_rescans(conn, dossier_id):
        state = DossierState.RETURNED
    elif missing_for_ready(conn, dossier, catalogue):
        state = DossierState.OPEN
    else:
        state = DossierState.READY
    dossiers.set_state(conn, dossier_id, state)
    return state
