"""What the verbs of the `warehouse` command share: where a warehouse is, how an answer is printed."""

import json
import os
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from station.core.errors import N_, UsageProblem
from station.core.outlook import closed_days
from sync.warehouse.app import WarehouseSettings, embedded_settings, open_warehouse
from sync.warehouse.uploads import Warehouse


class WhereUnclear(UsageProblem):
    sentence = N_(
        "Say where the warehouse keeps its things: --data DIR, or --database URL with --objects URL."
    )


class AimWrong(UsageProblem):
    sentence = N_(
        "{name} is {value}. Give a percentage from 0 to 100, or days as 2026-04-30 with commas between."
    )


DataOption = Annotated[Path | None, typer.Option("--data", help="Folder with database and objects.")]
DatabaseOption = Annotated[str | None, typer.Option("--database", help="postgresql://… or sqlite:///…")]
ObjectsOption = Annotated[str | None, typer.Option("--objects", help="s3://bucket/prefix or file:///folder")]
SpoolOption = Annotated[Path | None, typer.Option("--spool", help="Folder for packages being checked.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


def settings_of(
    data: Path | None, database: str | None, objects: str | None, spool: Path | None
) -> WarehouseSettings:
    """Where the warehouse is: from the options, or else WAREHOUSE_DATA, WAREHOUSE_DATABASE, WAREHOUSE_OBJECTS.

    What reports aim at stands in WAREHOUSE_TARGET_RATE and WAREHOUSE_DAYS_CLOSED.

    Raises:
        WhereUnclear: neither a folder nor both addresses.
        AimWrong.
    """
    if data is None and database is None and objects is None:
        folder = os.environ.get("WAREHOUSE_DATA")
        data = None if folder is None else Path(folder)
        database, objects = os.environ.get("WAREHOUSE_DATABASE"), os.environ.get("WAREHOUSE_OBJECTS")
    if data is not None and database is None and objects is None:
        return replace(embedded_settings(data), **_aims())
    if database is None or objects is None:
        raise WhereUnclear
    return WarehouseSettings(database, objects, spool or (data or Path.cwd()) / "spool", **_aims())


def _aims() -> dict[str, Any]:
    found: dict[str, Any] = {}
    rate, days = os.environ.get("WAREHOUSE_TARGET_RATE"), os.environ.get("WAREHOUSE_DAYS_CLOSED")
    if rate:
        if not re.fullmatch(r"\d{1,3}(\.\d+)?", rate) or float(rate) > 100:
            raise AimWrong(name="WAREHOUSE_TARGET_RATE", value=rate)
        found["target_rate"] = float(rate)
    if days:
        if not all(re.fullmatch(r"\d{4}-\d{2}-\d{2}", day) for day in closed_days(days)):
            raise AimWrong(name="WAREHOUSE_DAYS_CLOSED", value=days)
        found["days_closed"] = days
    return found


def house_of(
    data: Path | None, database: str | None, objects: str | None, spool: Path | None = None
) -> Warehouse:
    return open_warehouse(settings_of(data, database, objects, spool))


def print_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False))


def show_progress(done: int, total: int) -> None:
    """A counter on standard error where a person is looking."""
    if sys.stderr.isatty():
        typer.echo(f"\r{done}/{total}", err=True, nl=done == total)
