"""The checklist of a dossier: which components its procedure asks for, and what became of each.

The station's own tables joined to `forms`: duty comes from the procedure's catalogue entry for the stage,
outcome from the documents that are there.
"""

import sqlite3

from forms.doctype import Catalogue
from forms.doctype import Component as Wanted
from station.store import documents, dossiers
from station.store.model import Component, Dossier


def refresh(conn: sqlite3.Connection, dossier: Dossier, catalogue: Catalogue) -> None:
    """Writes the dossier's components anew; what is reused stays reused, what the operator exempted stays."""
    wanted = _wanted(catalogue, dossier)
    before = {c.component_id: c for c in dossiers.list_components(conn, dossier.id)}
    held = {d.type_id: d.id for d in reversed(documents.list_of(conn, dossier.id))}
    now = [_component(item, held, before) for item in wanted]
    now += [c for key, c in before.items() if c.reused_from and key not in {n.component_id for n in now}]
    dossiers.set_components(conn, dossier.id, now)


def _wanted(catalogue: Catalogue, dossier: Dossier) -> tuple[Wanted, ...]:
    if dossier.procedure_code is None:
        return ()
    procedure = catalogue.find_procedure(dossier.procedure_code)
    if procedure is None:
        return ()
    return procedure.results if dossier.stage == "result" else procedure.components


def _component(item: Wanted, held: dict[str, int], before: dict[str, Component]) -> Component:
    component_id = "|".join(item.types) + (f" ({item.case})" if item.case else "")
    document_id = next((held[t] for t in item.types if t in held), None)
    old = before.get(component_id)
    if old is not None and (old.outcome == "reused" or (old.exempt_reason and not item.reason)):
        return Component(component_id, old.duty, old.exempt_reason, old.outcome, document_id, old.reused_from)
    return Component(
        component_id=component_id,
        duty="optional" if item.case and item.duty == "required" else item.duty,
        exempt_reason=item.reason or None,
        outcome="digitised" if document_id is not None else "missing",
        document_id=document_id,
        reused_from=None,
    )
