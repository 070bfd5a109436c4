"""`warehouse exchange`: giving results to other systems, fetching their procedure records, and what they refused."""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from station.core.errors import NetworkProblem, StationError
from sync.warehouse import handover
from sync.warehouse.cli_common import (
    DatabaseOption,
    DataOption,
    JsonOption,
    ObjectsOption,
    house_of,
    print_json,
)
from sync.warehouse.systems import OtherSystem, read_systems
from sync.warehouse.uploads import Warehouse

log = logging.getLogger(__name__)

exchange_app = typer.Typer(no_args_is_help=True, help="Other systems: results to them, records from them.")

SystemsOption = Annotated[
    Path,
    typer.Option("--systems", envvar="WAREHOUSE_SYSTEMS", help="TOML file that names the other systems."),
]
NameOption = Annotated[str | None, typer.Option("--name", help="One of them; all without it.")]


@exchange_app.command("check")
def check(systems: SystemsOption, name: NameOption = None, as_json: JsonOption = False) -> None:
    """Asks each system whether it answers and lets this warehouse in; gives nothing. Exit code 5 if one does not."""
    _rounds(read_systems(systems, name), 0, as_json, _ping)


@exchange_app.command("push")
def push(
    systems: SystemsOption,
    name: NameOption = None,
    watch: Annotated[int, typer.Option(help="Seconds between rounds, for ever; 0 for one round.")] = 0,
    data: DataOption = None,
    database: DatabaseOption = None,
    objects: ObjectsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Gives what is new to each system. Exit code 3 if one refused a dossier, 5 if one could not be reached."""
    house, known = house_of(data, database, objects), read_systems(systems, name)
    _rounds(known, watch, as_json, lambda system: _push_one(house, system))


@exchange_app.command("pull")
def pull(
    systems: SystemsOption,
    name: NameOption = None,
    watch: Annotated[int, typer.Option(help="Seconds between rounds, for ever; 0 for one round.")] = 0,
    data: DataOption = None,
    database: DatabaseOption = None,
    objects: ObjectsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fetches the procedure records that changed, from each system that gives any."""
    house, known = house_of(data, database, objects), read_systems(systems, name)
    sources = [system for system in known if system.source is not None]
    _rounds(sources, watch, as_json, lambda system: _pull_one(house, system))


@exchange_app.command("list")
def list_command(
    name: NameOption = None,
    state: Annotated[str | None, typer.Option(help="pending, given or refused")] = None,
    data: DataOption = None,
    database: DatabaseOption = None,
    objects: ObjectsOption = None,
    as_json: JsonOption = False,
) -> None:
    """How each package stands with each system; `--state refused` is a person's work list."""
    found = handover.list_standing(house_of(data, database, objects), name, state)
    if as_json:
        print_json({"packages": [standing.__dict__ for standing in found]})
        return
    for row in found:
        typer.echo(f"{row.system}  {row.dossier_code}  {row.package_id}  {row.state}  {row.problem or ''}")


@exchange_app.command("retry")
def retry(
    name: Annotated[str, typer.Argument(help="The system.")],
    package_id: Annotated[str | None, typer.Argument(help="One package; without it, all it refused.")] = None,
    data: DataOption = None,
    database: DatabaseOption = None,
    objects: ObjectsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Lets refused packages be given again, after a person mended what was wrong."""
    count = handover.retry(house_of(data, database, objects), name, package_id)
    print_json({"waiting_again": count}) if as_json else typer.echo(str(count), err=True)


def _ping(system: OtherSystem) -> dict[str, Any]:
    try:
        system.connector.ping()
    except NetworkProblem as problem:
        return {"answers": False, "problem": problem}
    return {"answers": True, "problem": None}


def _push_one(house: Warehouse, system: OtherSystem) -> dict[str, Any]:
    done = handover.push(house, system.name, system.connector, system.base_url)
    return {"given": done.given, "refused": done.refused, "problem": done.problem}


def _pull_one(house: Warehouse, system: OtherSystem) -> dict[str, Any]:
    assert system.source is not None
    try:
        changed, refused = handover.pull(house, system.name, system.source)
    except NetworkProblem as problem:
        return {"changed": 0, "refused": 0, "problem": problem}
    return {"changed": changed, "refused": len(refused), "problem": None}


def _rounds(
    systems: list[OtherSystem], watch: int, as_json: bool, act: Callable[[OtherSystem], dict[str, Any]]
) -> None:
    """One round over all systems, or rounds for ever; one that is away does not hold up the others."""
    while True:
        outcome = {system.name: act(system) for system in systems}
        for name, said in outcome.items():
            if said["problem"] is not None:
                log.info("%s: %s", name, type(said["problem"]).__name__)
        if not watch:
            break
        time.sleep(watch)
    problems: list[StationError] = [said["problem"] for said in outcome.values() if said["problem"]]
    if as_json:
        print_json(
            {n: {**said, "problem": said["problem"] and str(said["problem"])} for n, said in outcome.items()}
        )
    if problems:
        raise problems[0]
    if any(said.get("refused") for said in outcome.values()):
        raise typer.Exit(3)
