"""`warehouse report rates`: the province's digitization rates on the terminal or as JSON."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from sync.warehouse import report
from sync.warehouse.cli_common import DatabaseOption, DataOption, ObjectsOption, house_of, print_json
from sync.warehouse.schema import reading
from sync.warehouse.stations import Caller

report_app = typer.Typer(no_args_is_help=True, help="Digitization rates of the province.")

# Before and after any dossier.
FIRST_DAY, LAST_DAY = "1900-01-01", "9999-12-31"
_STAFF = Caller("province", None, None, "command line")


class By(StrEnum):
    branch = "branch"
    procedure = "procedure"
    operator = "operator"
    day = "day"


class Stage(StrEnum):
    intake = "intake"
    result = "result"


class Format(StrEnum):
    table = "table"
    json = "json"


@report_app.callback()
def _reports() -> None:
    """Keeps `rates` a verb of its own while it is the only one."""


@report_app.command("rates")
def rates(
    since: Annotated[str, typer.Option("--from", help="First day, yyyy-mm-dd.")] = FIRST_DAY,
    until: Annotated[str, typer.Option("--to", help="Last day, yyyy-mm-dd.")] = LAST_DAY,
    by: Annotated[By, typer.Option(help="What a row stands for.")] = By.branch,
    stage: Annotated[Stage, typer.Option(help="Papers handed in, or results.")] = Stage.intake,
    form: Annotated[Format, typer.Option("--format")] = Format.table,
    data: DataOption = None,
    database: DatabaseOption = None,
    objects: ObjectsOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Received, digitised and rate by both rules, from the records and packages of this warehouse."""
    with reading(house_of(data, database, objects).engine) as conn:
        answer = report.rates(conn, _STAFF, by.value, stage.value, since, until)
    if as_json or form is Format.json:
        print_json(answer)
        return
    for rule, said in answer["rule"].items():
        typer.echo(f"{rule}: {said['reason'] or ''}")
        for row in [*said["rows"], {"key": "", **said["total"]}]:
            typer.echo(_line(row))


def _line(row: dict[str, Any]) -> str:
    rate = "–" if row["rate"] is None else f"{row['rate']:.1f} %"
    return f"  {row['key']:<24} {row['received']:>9} {row['digitised']:>9} {rate:>8}"
