"""Verbs of the catalogue: catalogue, catalogue import."""

from pathlib import Path
from typing import Annotated

import typer

from station.cli.app import app
from station.cli.session import Session
from station.work import cataloguing

catalogue_app = typer.Typer(help="Papers and procedures the station knows.", invoke_without_command=True)
app.add_typer(catalogue_app, name="catalogue")


@catalogue_app.callback()
def catalogue(ctx: typer.Context) -> None:
    """How many papers and procedures are known, and which files of the data folder add to them."""
    if ctx.invoked_subcommand is not None:
        return
    session: Session = ctx.obj
    found = cataloguing.overview(session.station())
    session.answer(
        {
            "document_types": found.document_types,
            "procedures": found.procedures,
            "own_files": list(found.own_files),
        },
        lambda: [
            f"document_types {found.document_types}",
            f"procedures {found.procedures}",
            *found.own_files,
        ],
    )


@catalogue_app.command("import")
def import_table(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV or XLSX, one row an entry.")],
) -> None:
    """Add or replace papers or procedures from a table; all rows are taken or none."""
    session: Session = ctx.obj
    written = cataloguing.import_table(session.station(), file)
    session.answer({"files": list(written)}, lambda: list(written))
