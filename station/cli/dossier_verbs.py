"""Verbs on dossiers: dossiers, verify, seal, edit."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from station.cli.app import app
from station.cli.report_verbs import Since, Until
from station.cli.session import Session
from station.core.errors import N_, UsageProblem
from station.store.model import Dossier
from station.work import sealing, searching, verifying
from station.work.browsing import Narrowed
from station.work.reporting import day_of
from station.work.searching import DossierView
from station.work.shown import field_json
from station.work.station import Station, at_work


@app.command("dossiers")
def dossiers_(
    ctx: typer.Context,
    code: Annotated[
        str | None, typer.Argument(help="A dossier code or temporary code: shows it in full.")
    ] = None,
    find: Annotated[str, typer.Option("--find", help="Words in codes, names and recognised text.")] = "",
    state: Annotated[list[str] | None, typer.Option("--state", help="Only these states.")] = None,
    branch: Annotated[str, typer.Option("--branch", help="Only those opened at this branch.")] = "",
    procedure: Annotated[str, typer.Option("--procedure", help="Only those of this procedure's code.")] = "",
    since: Since = "",
    until: Until = "",
) -> None:
    """List dossiers, or show one in full."""
    session: Session = ctx.obj
    station = session.station()
    if code is not None:
        view = searching.show(station, code)
        session.answer(view_json(view), lambda: _view_lines(session, view))
        return
    days = [date.fromisoformat(day_of(day, "")) if day else None for day in (since, until)]
    found = searching.find_dossiers(station, find, Narrowed(tuple(state or ()), branch, procedure, *days))
    session.answer(
        {"dossiers": [row_json(d) for d in found]},
        lambda: [f"{d.code}\t{d.state.value}\t{d.stage}\t{d.opened_at}" for d in found],
    )


def row_json(dossier: Dossier) -> dict[str, Any]:
    return {
        "id": dossier.id,
        "dossier_code": dossier.dossier_code,
        "temporary_code": dossier.temporary_code,
        "state": dossier.state.value,
        "stage": dossier.stage,
        "version": dossier.version,
        "matched_by": dossier.matched_by,
        "procedure_code": dossier.procedure_code,
        "branch": dossier.branch,
        "intake_id": dossier.intake_id,
        "opened_at": dossier.opened_at,
        "sealed_at": dossier.sealed_at,
        "delivered_at": dossier.delivered_at,
    }


def view_json(view: DossierView) -> dict[str, Any]:
    """One dossier in full, as `station dossiers CODE --json` prints it."""
    return {
        **row_json(view.dossier),
        "reasons": list(view.dossier.match_reasons),
        "record": vars(view.record) if view.record else None,
        "candidates": list(view.dossier.candidates),
        "sheets": view.sheets,
        "sheets_confirmed": view.dossier.sheets_confirmed,
        "missing": list(view.missing),
        "told": list(view.told),
        "components": [vars(c) for c in view.components],
        "documents": [
            {
                "id": d.id,
                "type": d.type_id,
                "state": d.state,
                "confidence": round(d.confidence, 3),
                "reasons": list(d.reasons),
                "same_as": view.same_as.get(d.id),
                "pages": [
                    {
                        "page_id": p.page_id,
                        "file": p.name,
                        "image": p.frame,
                        "side": p.half,
                        "lacks": view.lacks[p.side_id],
                    }
                    for p in d.pages
                ],
                "fields": {f.name: field_json(f) for f in view.fields[d.id]},
                "pdf": d.pdf_file,
            }
            for d in view.documents
        ],
        "rescans": [vars(r) for r in view.rescans],
        "history": [{"at": e.at, "actor": e.actor, "action": e.action} for e in view.history],
    }


def _view_lines(session: Session, view: DossierView) -> list[str]:
    lines = [f"{view.dossier.code}  {view.dossier.state.value}  {view.dossier.matched_by or '–'}"]
    for paper in view.documents:
        lines.append(f"  {paper.id}: {paper.type_id}  ({len(paper.pages)})")
        for field in view.fields[paper.id]:
            mark = "✓" if field.value is not None else "?" if field.flagged else " "
            lines.append(f"    {mark} {field.name}: {field.shown}  {field.confidence:.2f}")
    lines += ["  " + session.translate(sentence) for sentence in view.missing]
    return lines + ["  " + sentence for sentence in view.told]


@app.command()
def verify(
    ctx: typer.Context,
    code: Annotated[str, typer.Argument(help="Dossier code or temporary code.")],
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="FIELD=VALUE, or DOCUMENT.FIELD=VALUE; repeatable.")
    ] = None,
    accept: Annotated[bool, typer.Option("--accept", help="Vouch for every value as read.")] = False,
    sheets: Annotated[int | None, typer.Option("--sheets", help="Confirm the number of sheets.")] = None,
    record: Annotated[str | None, typer.Option("--record", help="Choose the procedure record.")] = None,
    reject: Annotated[str | None, typer.Option("--reject", help="DOCUMENT=REASON: ask for a rescan.")] = None,
    explain: Annotated[
        str | None,
        typer.Option(
            "--explain", help="PAGE=REASON or all=REASON: why it is not in colour or below 200 dpi."
        ),
    ] = None,
    finish: Annotated[int | None, typer.Option("--rescanned", help="A rescan task that is done.")] = None,
    withdraw: Annotated[
        int | None, typer.Option("--withdraw", help="A rescan task asked for by mistake.")
    ] = None,
) -> None:
    """Give, accept or reject values; what is left to do is told."""
    session: Session = ctx.obj
    station = session.station()
    view = searching.show(station, code)
    if record is not None:
        from station.work.sorting import choose_record

        choose_record(station, view.dossier.id, record)
    for pair in set_ or []:
        _set_field(station, view, pair)
    if reject is not None:
        document, _, reason = reject.partition("=")
        verifying.reject(station, _document_id(view, document), None, reason)
    if explain is not None:
        _explain(station, view, explain)
    if finish is not None:
        verifying.finish_rescan(station, finish)
    if withdraw is not None:
        verifying.withdraw_rescan(station, withdraw)
    if sheets is not None:
        verifying.confirm_sheets(station, view.dossier.id, sheets)
    if accept:
        verifying.accept_all(station, view.dossier.id)
    after = searching.show_by_id(station, view.dossier.id)
    session.answer(view_json(after), lambda: _view_lines(session, after))


def _explain(station: Station, view: DossierView, pair: str) -> None:
    from station.work import explaining

    page, equals, reason = pair.partition("=")
    if not equals or (page != "all" and not page.isdigit()):
        raise UsageProblem(N_("{pair} is not PAGE=REASON."), pair=pair)
    explaining.explain(station, view.dossier.id, None if page == "all" else [int(page)], reason)


def _set_field(station: Station, view: DossierView, pair: str) -> None:
    name, equals, value = pair.partition("=")
    if not equals:
        raise UsageProblem(N_("{pair} is not FIELD=VALUE."), pair=pair)
    document, _, field = name.rpartition(".")
    if document:
        verifying.correct(station, _document_id(view, document), field, value)
        return
    holders = [d.id for d in view.documents if any(f.name == field for f in view.fields[d.id])]
    if not holders:
        from station.store.documents import FieldUnknown

        raise FieldUnknown(name=field)
    for document_id in holders:
        verifying.correct(station, document_id, field, value)


def _document_id(view: DossierView, text: str) -> int:
    for document in view.documents:
        if text in (str(document.id), document.type_id):
            return document.id
    raise UsageProblem(N_("There is no document {id} in this dossier."), id=text)


@app.command()
def result(
    ctx: typer.Context,
    code: Annotated[str, typer.Argument(help="Dossier code of the procedure record.")],
    serial: Annotated[str, typer.Argument(help="Serial of the certificate the result is noted on.")],
) -> None:
    """Type the result of a procedure that makes no new paper, such as a mortgage."""
    from station.work import typed_results

    session: Session = ctx.obj
    station = session.station()
    view = searching.show_by_id(station, typed_results.type_serial(station, code, serial))
    session.answer(view_json(view), lambda: _view_lines(session, view))


@app.command()
def seal(
    ctx: typer.Context,
    code: Annotated[str | None, typer.Argument(help="Dossier code.")] = None,
    ready: Annotated[bool, typer.Option("--ready", help="Every dossier that is ready.")] = False,
) -> None:
    """Write PDF/A and manifest, and queue the package."""

    session: Session = ctx.obj
    station = session.station()
    if not ready and code is None:
        raise UsageProblem(N_("Name a dossier code, or --ready for all that are ready."))
    with at_work(station.home, "station seal"):
        chosen = sealing.list_ready(station) if ready else [searching.show(station, code or "").dossier]
        sealed = []
        for number, dossier in enumerate(chosen, 1):
            package_id = sealing.seal(station, dossier.id)
            sealed.append({"dossier_code": dossier.code, "package_id": package_id})
            session.progress("seal", number, len(chosen))
    session.answer({"sealed": sealed}, lambda: [f"{s['dossier_code']}\t{s['package_id']}" for s in sealed])


@app.command()
def edit(
    ctx: typer.Context,
    code: Annotated[str, typer.Argument(help="Dossier code or temporary code.")],
    action: Annotated[
        str,
        typer.Argument(
            help="move, order, merge, split, gather, type, rotate, blank, remove, resplit, resplit-all, replace, insert,"
            " undo, redo, sort, version"
        ),
    ],
    values: Annotated[list[str] | None, typer.Argument(help="What the action needs; see the guide.")] = None,
) -> None:
    """Change a dossier's papers; undo has no end until sealing."""

    from station.work import edits_by_name

    session: Session = ctx.obj
    station = session.station()
    view = searching.show(station, code)
    with at_work(station.home, "station edit"):
        dossier_id = edits_by_name.act(station, view.dossier.id, action, values or [])
    after = searching.show_by_id(station, dossier_id)
    session.answer(view_json(after), lambda: _view_lines(session, after))


@app.command()
def reuse(
    ctx: typer.Context,
    code: Annotated[str, typer.Argument(help="Dossier code.")],
    take: Annotated[
        str | None, typer.Option("--take", help="COMPONENT=PAPER, as the list shows them: reuse it.")
    ] = None,
    warehouse: Annotated[
        bool, typer.Option("--warehouse", help="Ask the warehouse too; the dossier's code is recorded there.")
    ] = False,
    picture: Annotated[
        str | None, typer.Option("--picture", help="PAPER of the warehouse whose PDF to fetch; needs --out.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="File the PDF is written to.")] = None,
) -> None:
    """Papers the office already holds of the same person or parcel, instead of a new scan."""
    from forms.reasons import explain
    from station.work import asking, enrolling, reusing
    from station.work.checklist import component_id_of

    session: Session = ctx.obj
    station = session.station()
    dossier = searching.show(station, code).dossier
    if (picture is None) != (out is None):
        raise UsageProblem(N_("Give --picture and --out together."))
    if picture is not None and out is not None:
        asking.save_picture(station, enrolling.target_of(station), dossier.id, picture, out)
    elsewhere = (
        asking.ask_held_papers(station, enrolling.target_of(station), dossier.id)
        if warehouse or (take or "").partition("=")[2].startswith(asking.PREFIX)
        else None
    )
    if take is not None:
        component, _, paper = take.rpartition("=")
        reusing.take_offer(station, dossier.id, component, paper, elsewhere)
    rows = [
        {
            "component": component_id_of(offer.component),
            "paper": offer.paper.paper_id,
            "type": offer.paper.type_id,
            "issued_on": offer.paper.issued_on,
            "reason": offer.reason,
        }
        for offer in reusing.list_offers(station, dossier.id, elsewhere)
    ]
    lines = [
        f"{row['component']}\t{row['paper']}\t{explain(str(row['reason']), session.translate)}"
        for row in rows
    ]
    session.answer({"offers": rows}, lambda: lines)
