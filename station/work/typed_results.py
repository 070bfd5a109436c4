"""A result without a new file: the registration is noted on a certificate, whose serial is typed.

A mortgage and its cancellation end so: nothing is printed anew, and the certificate the note stands on was scanned
at intake already. The typed serial stands for it; the package carries it and no picture.
"""

import sqlite3

from forms.checks import check_serial
from forms.doctype import Catalogue, Procedure
from forms.doctype import Component as Wanted
from forms.normalise import normal_serial
from station.core.errors import N_, UsageProblem
from station.store import documents, dossiers, pages, reference
from station.store.accounts import Right
from station.store.model import EDITABLE, Dossier
from station.store.reference import ProcedureRecord
from station.work import checklist
from station.work.sorting import RecordUnknown
from station.work.standing import DossierClosed, catalogue_of, refresh
from station.work.station import Station


class NotASerial(UsageProblem):
    sentence = N_("{serial} is not a certificate's serial: two letters, then 6 or 8 digits.")


class NewFileExpected(UsageProblem):
    sentence = N_(
        "The result of {code} is a new paper: scan it. A serial is typed only where the result is noted on a certificate."
    )


def type_serial(station: Station, code: str, serial: str) -> int:
    """The serial of the certificate the result is noted on stands for a scan of it; returns the dossier's id.

    The result dossier is opened where none is yet; typing again replaces the serial until the dossier is sealed.

    Raises:
        NotASerial.
        RecordUnknown: no procedure record has this code.
        NewFileExpected: the procedure ends with a paper of its own, or is not in the catalogue.
        DossierClosed: the result is sealed already.
    """
    station.actor.require(Right.SCAN)
    station.actor.require(Right.VERIFY)
    if check_serial(serial):
        raise NotASerial(serial=serial)
    catalogue = catalogue_of(station)
    with station.transaction() as conn:
        record = reference.find(conn, code)
        if record is None:
            raise RecordUnknown(code=code)
        dossier = dossiers.find_by_code(conn, record.dossier_code, "result") or _open(station, conn, record)
        if dossier.state not in EDITABLE:
            raise DossierClosed(code=dossier.code)
        component = noted_on(checklist.procedure_of(conn, dossier, catalogue), catalogue)
        if component is None:
            raise NewFileExpected(code=record.dossier_code)
        component_id = checklist.component_id_of(component)
        checklist.refresh(conn, dossier, catalogue)
        dossiers.set_reused(conn, dossier.id, component_id, checklist.TYPED + normal_serial(serial))
        if dossier.sheets_confirmed is None and not documents.list_of(conn, dossier.id):
            dossiers.set_sheets(conn, dossier.id, 0)
        station.audit(conn, "type serial", f"dossier:{dossier.id}", component=component_id)
    refresh(station, dossier.id)
    return dossier.id


def awaits_serial(station: Station, code: str) -> bool:
    """Whether a dossier's result is a typed serial that may still be typed."""
    catalogue = catalogue_of(station)
    with station.reading() as conn:
        dossier = dossiers.find_by_code(conn, code)
        if dossier is None or noted_on(checklist.procedure_of(conn, dossier, catalogue), catalogue) is None:
            return False
        result = dossiers.find_by_code(conn, code, "result")
    return result is None or result.state in EDITABLE


def noted_on(procedure: Procedure | None, catalogue: Catalogue) -> Wanted | None:
    """The result component whose serial is typed; None where the procedure ends with a paper of its own."""
    if procedure is None or procedure.new_file_expected:
        return None
    return next((c for c in procedure.results if catalogue.is_certificate(c)), None)


def _open(station: Station, conn: sqlite3.Connection, record: ProcedureRecord) -> Dossier:
    """A result dossier without a page, under its record."""
    by, at = station.actor.name, station.now()
    intake = pages.open_intake(conn, None, "typed", "result", record.dossier_code, by, at)
    branch = station.settings.branch or record.branch
    dossier_id = dossiers.add(conn, intake.id, 1, "result", branch, by, at)
    dossiers.set_match(conn, dossier_id, record.dossier_code, "named", record.procedure_code, ["operator"])
    return dossiers.get(conn, dossier_id)
