"""Verbs for supervisors: report rates, report behind, report today."""

from pathlib import Path
from typing import Annotated

import typer

from station.cli.app import app
from station.cli.session import Session
from station.core.errors import N_, UsageProblem
from station.core.rates import FIRST_DAY, LAST_DAY, SHOWN
from station.work import reporting
from station.work.reporting import day_of
from station.work.stages import stage_of

report_app = typer.Typer(help="Digitization rates and the dossiers behind them.")
app.add_typer(report_app, name="report")

Since = Annotated[str, typer.Option("--from", help="First day, 2026-01-01 or 01/01/2026.")]
Until = Annotated[str, typer.Option("--to", help="Last day, included.")]
By = Annotated[str, typer.Option("--by", help="branch, procedure, operator, counter, level or day")]
Stage = Annotated[str, typer.Option("--stage", help="intake or result")]


@report_app.command("rates")
def rates(
    ctx: typer.Context,
    since: Since = "",
    until: Until = "",
    by: By = "branch",
    stage: Stage = "intake",
    format_: Annotated[str, typer.Option("--format", help="table, json, csv, xlsx or pdf")] = "table",
    out: Annotated[Path | None, typer.Option("--out", help="File for csv, xlsx, pdf.")] = None,
) -> None:
    """Digitized ÷ received, by the official and by the strict rule."""
    from station.work import report_files

    session: Session = ctx.obj
    station = session.station()
    language = session.language or station.settings.language
    answer = reporting.rates(station, day_of(since, FIRST_DAY), day_of(until, LAST_DAY), by, stage_of(stage))
    session.as_json = session.as_json or format_ == "json"
    if format_ in ("table", "json"):
        session.answer(reporting.rates_json(answer), lambda: report_files.table_lines(answer, language))
        return
    if out is None:
        raise UsageProblem(N_("Name the file to write: --out FILE."))
    if format_ == "csv":
        report_files.write_csv(answer, out, language)
    elif format_ == "xlsx":
        report_files.write_xlsx(answer, out, language)
    elif format_ == "pdf":
        report_files.write_pdf(answer, out, language, station.settings.branch)
    else:
        raise UsageProblem(
            N_("There is no format {format}. Choose table, json, csv, xlsx or pdf."), format=format_
        )
    session.answer({"file": str(out)}, lambda: [str(out)])


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
) -> None:
    """The dossiers behind a number, and why each is not digitised."""
    session: Session = ctx.obj
    station = session.station()
    found = reporting.behind(
        station, day_of(since, FIRST_DAY), day_of(until, LAST_DAY), by, stage_of(stage), rule, key, shown
    )
    rows = [{**vars(d), "why": session.translate(d.why) if d.why else None} for d in found]
    session.answer(
        {"dossiers": rows},
        lambda: [f"{r['dossier_code']}\t{r['received_on'] or '–'}\t{r['why'] or '✓'}" for r in rows],
    )


@report_app.command("today")
def today(ctx: typer.Context) -> None:
    """The day's card: received, digitised, missing, doubtful, waiting to be sent."""
    session: Session = ctx.obj
    card = reporting.today(session.station())
    session.answer(card, lambda: [f"{k}: {'–' if v is None else v}" for k, v in card.items()])
