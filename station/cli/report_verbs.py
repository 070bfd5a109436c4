"""Verbs for supervisors: report rates, behind, form, today, outlook, people, scanners."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from station.cli.app import app
from station.cli.session import Session
from station.core.errors import N_, UsageProblem
from station.core.rates import FIRST_DAY, LAST_DAY, SHOWN
from station.work import reporting, supervising
from station.work.reporting import day_of
from station.work.stages import stage_of
from station.work.station import Station

if TYPE_CHECKING:
    from station.core.sheets import Sheet

report_app = typer.Typer(help="Digitization rates and the dossiers behind them.")
app.add_typer(report_app, name="report")

Since = Annotated[str, typer.Option("--from", help="First day, 2026-01-01 or 01/01/2026.")]
Until = Annotated[str, typer.Option("--to", help="Last day, included.")]
By = Annotated[str, typer.Option("--by", help="branch, procedure, operator, counter, level or day")]
Stage = Annotated[str, typer.Option("--stage", help="intake or result")]
Format = Annotated[str, typer.Option("--format", help="table, json, csv, xlsx or pdf")]
Out = Annotated[Path | None, typer.Option("--out", help="File for csv, xlsx, pdf.")]


SCANNER = N_("{device}: {sides} sides in {batches} piles, {seconds} s of scanning, {faults} faults")
TODAY = (
    ("received", N_("received today")),
    ("digitised", N_("digitised")),
    ("missing", N_("missing")),
    ("doubtful", N_("doubtful, to verify")),
    ("waiting", N_("waiting to be sent")),
    ("rate", N_("rate today, %")),
    ("target", N_("target, %")),
)


@report_app.command("rates")
def rates(
    ctx: typer.Context,
    since: Since = "",
    until: Until = "",
    by: By = "branch",
    stage: Stage = "intake",
    format_: Format = "table",
    out: Out = None,
) -> None:
    """Digitized ÷ received, by the official and by the strict rule."""
    from station.work import report_sheets

    session: Session = ctx.obj
    station = session.station()
    answer = reporting.rates(station, day_of(since, FIRST_DAY), day_of(until, LAST_DAY), by, stage_of(stage))
    language = _language(session, station)
    _give(
        session,
        station,
        reporting.rates_json(answer),
        lambda: report_sheets.sheets_of_rates(station, answer, session.translate, language),
        format_,
        out,
    )


@report_app.command("form")
def form(
    ctx: typer.Context, since: Since = "", until: Until = "", format_: Format = "table", out: Out = None
) -> None:
    """The figures in the layout of the official form, by kind of office."""
    from station.work import report_sheets

    session: Session = ctx.obj
    station = session.station()
    first, last = day_of(since, FIRST_DAY), day_of(until, LAST_DAY)
    found = reporting.official_form(station, first, last)
    _give(
        session,
        station,
        reporting.form_json(found, first, last),
        lambda: [report_sheets.sheet_of_form(found, first, last, session.translate)],
        format_,
        out,
    )


@report_app.command("behind")
def behind(
    ctx: typer.Context,
    since: Since = "",
    until: Until = "",
    by: By = "branch",
    stage: Stage = "intake",
    rule: Annotated[str, typer.Option("--rule", help="official or strict")] = "official",
    key: Annotated[str | None, typer.Option("--key", help="One row of the report; all without it.")] = None,
    shown: Annotated[str, typer.Option("--shown", help=", ".join(SHOWN))] = "all",
    why: Annotated[str, typer.Option("--why", help="Only those not digitised for this reason.")] = "",
    format_: Format = "table",
    out: Out = None,
) -> None:
    """The dossiers behind a number, and why each is not digitised."""
    from station.core.sheets import period_text, sheet_of_list

    session: Session = ctx.obj
    station = session.station()
    first, last = day_of(since, FIRST_DAY), day_of(until, LAST_DAY)
    found = reporting.behind(station, first, last, by, stage_of(stage), rule, key, shown, why)
    rows = [{**vars(d), "why": session.translate(d.why) if d.why else None} for d in found]
    today = station.clock().astimezone().date()
    words = period_text(first, last, session.translate)
    _give(
        session,
        station,
        {"dossiers": rows},
        lambda: [sheet_of_list(found, today, words, session.translate)],
        format_,
        out,
    )


@report_app.command("today")
def today(ctx: typer.Context) -> None:
    """The day's card: received, digitised, missing, doubtful, waiting to be sent."""
    session: Session = ctx.obj
    station = session.station()
    card = reporting.today(station)
    session.answer(card, lambda: _today_lines(card, session.translate, _language(session, station)))


def _today_lines(card: dict[str, Any], translate: Callable[[str], str], language: str) -> list[str]:
    from station.core.sheets import value_text

    return [f"{translate(words)}: {value_text(card[name], language)}" for name, words in TODAY]


@report_app.command("outlook")
def outlook(ctx: typer.Context) -> None:
    """How the running quarter will close, what takes longest, what is missing and why, what to look at."""
    from station.work.outlook_words import outlook_lines

    session: Session = ctx.obj
    station = session.station()
    found = supervising.outlook(station)
    language = _language(session, station)
    session.answer(supervising.outlook_json(found), lambda: outlook_lines(found, session.translate, language))


@report_app.command("people")
def people(ctx: typer.Context, since: Since = "", until: Until = "") -> None:
    """What each person did; an operator sees only their own line."""
    session: Session = ctx.obj
    rows = supervising.people(session.station(), day_of(since, FIRST_DAY), day_of(until, LAST_DAY))
    session.answer(
        {"people": [asdict(row) for row in rows]},
        lambda: [
            session.translate(
                N_(
                    "{name}: {sides} sides, {dossiers} dossiers, {keys} keys, {attention_min} minutes, {rescans} rescans"
                )
            ).format(**asdict(row))
            for row in rows
        ],
    )


@report_app.command("scanners")
def scanners(ctx: typer.Context, since: Since = "", until: Until = "") -> None:
    """Use of each scanner and folder, and the batches that ended in a fault."""
    session: Session = ctx.obj
    found = supervising.scanners(session.station(), day_of(since, FIRST_DAY), day_of(until, LAST_DAY))
    faults = [
        {
            "at": datetime.fromisoformat(f.at).astimezone().isoformat(timespec="minutes"),
            "device": f.device,
            "sentence": session.translate(f.sentence).format(**f.values),
        }
        for f in found.faults
    ]
    session.answer(
        {"scanners": [asdict(row) for row in found.scanners], "faults": faults},
        lambda: [
            *(session.translate(SCANNER).format(**asdict(scanner)) for scanner in found.scanners),
            *(f"{f['at'][:16].replace('T', ' ')} {f['device']}: {f['sentence']}" for f in faults),
        ],
    )


def _language(session: Session, station: Station) -> str:
    return session.language or station.settings.language


def _give(
    session: Session,
    station: Station,
    document: dict[str, Any],
    sheets: "Callable[[], Sequence[Sheet]]",
    form: str,
    out: Path | None,
) -> None:
    """Answers on the terminal, or writes the file that is asked for."""
    from station.work import report_files
    from station.work.report_pdf import letterhead_of

    session.as_json = session.as_json or form == "json"
    language = _language(session, station)
    if form in ("table", "json"):
        session.answer(document, lambda: report_files.table_lines(sheets(), language))
        return
    if form not in report_files.FORMATS:
        raise report_files.FormatUnknown(format=form)
    if out is None:
        raise UsageProblem(N_("Name the file to write: --out FILE."))
    report_files.write(sheets(), form, out, language, letterhead_of(station))
    session.answer({"file": str(out)}, lambda: [str(out)])
