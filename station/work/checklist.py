"""The checklist of a dossier: which components its procedure asks for, and what became of each.

The rules are those of `forms.checklist`; here its answer is joined to the store's rows.
"""

import sqlite3
from datetime import UTC, date, datetime

from forms import checklist as rules
from forms.checklist import HeldPaper, Standing
from forms.doctype import Catalogue, Procedure
from forms.doctype import Component as Wanted
from forms.normalise import parse_date
from station.store import documents, dossiers, reference
from station.store.model import Component, Document, Dossier

#: Fields that say when a paper was issued, the surest first.
ISSUE_DATES = ("certificate_date", "contract_date", "issue_date", "marriage_date", "confirmed_at", "doc_date")

#: Before the serial an operator typed for a certificate, where the store says what a component is reused from.
TYPED = "serial "


def refresh(conn: sqlite3.Connection, dossier: Dossier, catalogue: Catalogue) -> None:
    """Writes the dossier's components anew; what was reused stays reused, what the operator exempted stays."""
    before = {c.component_id: c for c in dossiers.list_components(conn, dossier.id)}
    found = examine(conn, dossier, catalogue, "vi")
    procedure = procedure_of(conn, dossier, catalogue)
    dossiers.set_catalogue_version(conn, dossier.id, procedure.edition if procedure else None)
    standings = found.standings if found else ()
    dossiers.set_components(conn, dossier.id, [_row(s, before) for s in standings])


def examine(
    conn: sqlite3.Connection, dossier: Dossier, catalogue: Catalogue, language: str
) -> rules.Checklist | None:
    """The checklist with its sentences for the citizen; None while no procedure is known."""
    procedure = procedure_of(conn, dossier, catalogue)
    if procedure is None:
        return None
    papers = [_held(conn, paper) for paper in documents.list_of(conn, dossier.id)]
    record = _record_of(conn, dossier)
    found = rules.check(procedure, dossier.stage, papers, catalogue, _received_on(dossier, record), language)
    taken = {c.component_id for c in dossiers.list_components(conn, dossier.id) if c.outcome == "reused"}
    reused = [s.component for s in found.standings if component_id_of(s.component) in taken]
    found = rules.with_reused(found, reused)
    typed = typed_serial(conn, dossier.id)
    return (
        found
        if typed is None
        else rules.with_serial(found, typed, record.certificate_serial if record else "")
    )


def procedure_of(conn: sqlite3.Connection, dossier: Dossier, catalogue: Catalogue) -> Procedure | None:
    """The procedure in the version the dossier was received under; None while none is known."""
    if not dossier.procedure_code:
        return None
    record = _record_of(conn, dossier)
    # One national code covers transfer, gift and inheritance: the name tells which checklist holds.
    name = record.procedure_name if record else ""
    kept = dossiers.catalogue_version(conn, dossier.id) or ""
    return catalogue.procedure_received(dossier.procedure_code, _received_on(dossier, record), name, kept)


def _record_of(conn: sqlite3.Connection, dossier: Dossier) -> reference.ProcedureRecord | None:
    return reference.find(conn, dossier.dossier_code) if dossier.dossier_code else None


def typed_serial(conn: sqlite3.Connection, dossier_id: int) -> str | None:
    """The serial typed for the certificate a result is noted on (station.work.typed_results)."""
    sources = (c.reused_from or "" for c in dossiers.list_components(conn, dossier_id))
    return next((s.removeprefix(TYPED) for s in sources if s.startswith(TYPED)), None)


def component_id_of(component: Wanted) -> str:
    """What a component is known by in the store: its types, and the case it is asked for in."""
    return "|".join(component.types) + (f" ({component.case})" if component.case else "")


def _row(standing: Standing, before: dict[str, Component]) -> Component:
    component = standing.component
    component_id = component_id_of(component)
    old = before.get(component_id)
    document_id = standing.papers[0] if standing.papers else None
    if old is not None and document_id is None and (old.outcome == "reused" or old.duty == "exempt"):
        return old
    return Component(
        component_id=component_id,
        # What a case asks for is asked only in that case, which a person knows: it never blocks a dossier.
        duty="optional" if component.case and component.duty == "required" else component.duty,
        exempt_reason=component.reason or None,
        outcome=standing.outcome,
        document_id=document_id,
        reused_from=None,
    )


def _held(conn: sqlite3.Connection, paper: Document) -> HeldPaper:
    values = {f.name: f.shown for f in documents.list_fields(conn, paper.id)}
    dated = next((values[name] for name in ISSUE_DATES if values.get(name)), "")
    readable = not documents.has_unreadable_page(conn, paper.id)
    return HeldPaper(paper.id, paper.type_id, parse_date(dated), readable)


def _received_on(dossier: Dossier, record: reference.ProcedureRecord | None) -> date:
    received = parse_date(record.received_at) if record else None
    return received or datetime.fromisoformat(dossier.opened_at).astimezone(UTC).date()
