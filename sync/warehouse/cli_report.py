"""`warehouse report`: the province's digitization rates, and the dossiers behind each number."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from station.core.rates import FIRST_DAY, LAST_DAY
from station.core.texts import translator
from sync.warehouse import report
from sync.warehouse.cli_common import (
    DatabaseOption,
    DataOption,
    JsonOption,
    ObjectsOption,
    house_of,
    print_json,
)
from sync.warehouse.report_choices import By, Rule, Shown, Stage
from sync.warehouse.report_words import day_or, rate_text
from sync.warehouse.schema import reading
from sync.warehouse.stations import Caller

report_app = typer.Typer(no_args_is_help=True, help="Digitization rates of the province.")

_STAFF = Caller("province", None, None, "command line")


class Format(StrEnum):
    table = "table"
    json = "json"


SinceOption = Annotated[str, typer.Option("--from", help="First day, 2026-01-01 or 01/01/2026.")]
UntilOption = Annotated[str, typer.Option("--to", help="Last day, included.")]
ByOption = Annotated[By, typer.Option(help="What a row stands for.")]
StageOption = Annotated[Stage, typer.Option(help="Papers handed in, or results.")]
BranchOption = Annotated[str, typer.Option(help="Only this branch.")]


@report_app.command("rates")
def rates(
    ctx: typer.Context,
    since: SinceOption = "",
    until: UntilOption = "",
    by: ByOption = By.branch,
    stage: StageOption = Stage.intake,
    branch: BranchOption = "",
    form: Annotated[Format, typer.Option("--format")] = Format.table,
    data: DataOption = None,
    database: DatabaseOption = None,
    objects: ObjectsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Received, digitised and rate by both rules, from the records and packages of this warehouse."""
    first, last = day_or(since, FIRST_DAY), day_or(until, LAST_DAY)
    with reading(house_of(data, database, objects).engine) as conn:
        answer = report.rates(conn, _STAFF, by.value, stage.value, first, last, branch)
    if as_json or form is Format.json:
        print_json(answer)
        return
    language = str(ctx.find_root().params["lang"])
    translate = translator(language)
    for rule, said in answer["rule"].items():
        typer.echo(f"{rule}: {translate(said['reason'] or '')}")
        for row in [*said["rows"], {"key": "", **said["total"]}]:
            typer.echo(_line(row, language))


@report_app.command("behind")
def behind(
    ctx: typer.Context,
    since: SinceOption = "",
    until: UntilOption = "",
    by: ByOption = By.branch,
    stage: StageOption = Stage.intake,
    branch: BranchOption = "",
    rule: Annotated[Rule, typer.Option(help="Whose count.")] = Rule.official,
    key: Annotated[str | None, typer.Option(help="One row of the report; all of them without it.")] = None,
    shown: Annotated[Shown, typer.Option(help="Which of its dossiers.")] = Shown.all,
    data: DataOption = None,
    database: DatabaseOption = None,
    objects: ObjectsOption = None,
    as_json: JsonOption = False,
) -> None:
    """The dossiers behind a number, and why each is not digitised."""
    first, last = day_or(since, FIRST_DAY), day_or(until, LAST_DAY)
    with reading(house_of(data, database, objects).engine) as conn:
        found = report.behind(
            conn,
            _STAFF,
            rule.value,
            by.value,
            stage.value,
            first,
            last,
            key,
            branch=branch,
            shown=shown.value,
        )
    translate = translator(str(ctx.find_root().params["lang"]))
    rows = [{**vars(dossier), "why": translate(dossier.why) if dossier.why else None} for dossier in found]
    if as_json:
        print_json({"dossiers": rows})
        return
    for row in rows:
        typer.echo(
            f"{row['dossier_code']}\t{row['received_on'] or '–'}\t{row['branch']}\t{row['why'] or '✓'}"
        )


def _line(row: dict[str, Any], language: str) -> str:
    numbers = f"{row['received']:>9} {row['digitised']:>9} {row['delivered']:>9}"
    return f"  {row['key']:<24} {numbers} {rate_text(row['rate'], language):>8}"
