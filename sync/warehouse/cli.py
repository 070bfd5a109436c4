"""The `warehouse` command: the province's server and everything its staff do with it.

`--json` prints one JSON document on standard output; sentences go to standard error in the language of `--lang`.
Exit codes are the station's: 0 done, 1 our fault, 2 usage, 3 input refused, 5 network, 6 not allowed, 7 storage.
"""

import json
import logging
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from station.core.errors import OurFault, StationError
from station.core.files import put_bytes
from station.core.texts import translator
from sync.trust import pin_of
from sync.warehouse import cli_care, cli_exchange, cli_report, stations
from sync.warehouse.cli_common import (
    DatabaseOption,
    DataOption,
    JsonOption,
    ObjectsOption,
    SpoolOption,
    house_of,
    print_json,
    settings_of,
)
from sync.warehouse.inviting import invite, qr_text
from sync.warehouse.measures import JsonLines
from sync.warehouse.receiving import receive
from sync.warehouse.schema import reading, writing
from sync.warehouse.serving import Address, print_url, serve
from sync.warehouse.uploads import Warehouse

log = logging.getLogger(__name__)

app = typer.Typer(no_args_is_help=True, add_completion=False, help="The province's warehouse.")
stations_app = typer.Typer(no_args_is_help=True, help="Stations that may deliver.")
app.add_typer(stations_app, name="stations")
cli_care.add_to(app)
app.add_typer(cli_report.report_app, name="report")
app.add_typer(cli_exchange.exchange_app, name="exchange")


@dataclass
class _Edge:
    """What the edge of the command needs to know of this call."""

    language: str = "vi"


_edge = _Edge()


@app.callback()
def _common(lang: Annotated[str, typer.Option("--lang", help="vi, en or km")] = "vi") -> None:
    _edge.language = lang


@app.command("serve")
def serve_command(
    data: DataOption = None,
    database: DatabaseOption = None,
    objects: ObjectsOption = None,
    spool: SpoolOption = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.")] = 8400,
    cert: Annotated[Path | None, typer.Option(help="Certificate chain, PEM.")] = None,
    key: Annotated[Path | None, typer.Option(help="Its private key, PEM.")] = None,
    behind_proxy: Annotated[bool, typer.Option(help="A proxy in front does the TLS.")] = False,
    as_json: JsonOption = False,
    child: Annotated[bool, typer.Option("--child", hidden=True)] = False,
) -> None:
    """Takes packages until stopped."""
    _start_log()

    def announce(url: str) -> None:
        if as_json:
            print_url(url)
        else:
            typer.echo(url, err=True)

    serve(
        settings_of(data, database, objects, spool),
        Address(host, port, cert, key, behind_proxy),
        announce,
        child,
    )


@stations_app.command("add")
def stations_add(
    branch: Annotated[str, typer.Argument(help="Branch code, as in the procedure records.")],
    url: Annotated[str, typer.Option(help="How stations reach the warehouse: https://…")],
    name: Annotated[str, typer.Option(help="What the office calls the PC.")] = "station",
    cert: Annotated[Path | None, typer.Option(help="The server's certificate; its key is pinned.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write the invitation to this file.")] = None,
    reuse: Annotated[
        bool, typer.Option(help="May look at papers other dossiers of a person brought.")
    ] = False,
    data: DataOption = None,
    database: DatabaseOption = None,
    objects: ObjectsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Invites a station: prints a file and a QR with a code for 15 minutes."""
    house = house_of(data, database, objects)
    with writing(house.engine) as conn:
        rights = frozenset({"reuse"} if reuse else ())
        new = stations.add_station(conn, branch, name, datetime.now(UTC), rights)
    _hand_out(house, new, url, cert, out, as_json)


@stations_app.command("rotate")
def stations_rotate(
    station_id: str,
    url: Annotated[str, typer.Option(help="How stations reach the warehouse: https://…")],
    cert: Annotated[Path | None, typer.Option(help="The server's certificate; its key is pinned.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write the invitation to this file.")] = None,
    data: DataOption = None,
    database: DatabaseOption = None,
    objects: ObjectsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ends a station's token and invites it again."""
    house = house_of(data, database, objects)
    with writing(house.engine) as conn:
        new = stations.rotate_station(conn, station_id, datetime.now(UTC))
    _hand_out(house, new, url, cert, out, as_json)


@stations_app.command("revoke")
def stations_revoke(
    station_id: str,
    data: DataOption = None,
    database: DatabaseOption = None,
    objects: ObjectsOption = None,
) -> None:
    """Ends a station's token at once; what it delivered stays."""
    house = house_of(data, database, objects)
    with writing(house.engine) as conn:
        stations.revoke_station(conn, station_id, datetime.now(UTC))


@stations_app.command("list")
def stations_list(
    data: DataOption = None,
    database: DatabaseOption = None,
    objects: ObjectsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Every station with its branch and state."""
    house = house_of(data, database, objects)
    with reading(house.engine) as conn:
        found = [dict(s.__dict__) for s in stations.list_stations(conn)]
    if as_json:
        print_json({"stations": found})
    else:
        for row in found:
            typer.echo(f"{row['station_id']}  {row['branch']:<16} {row['state']:<10} {row['name']}")


@app.command("receive")
def receive_command(
    folder: Annotated[Path, typer.Argument(help="The stick.", exists=True, file_okay=False)],
    data: DataOption = None,
    database: DatabaseOption = None,
    objects: ObjectsOption = None,
    spool: SpoolOption = None,
    as_json: JsonOption = False,
) -> None:
    """Takes the packages on a stick; its receipts are left on it."""
    received = receive(house_of(data, database, objects, spool), folder)
    if as_json:
        print_json(
            {
                "receipts": [receipt.to_json() for receipt in received.receipts],
                "refused": [refusal.__dict__ for refusal in received.refusals],
            }
        )
    else:
        for receipt in received.receipts:
            typer.echo(f"{receipt.package_id}  {receipt.dossier_code}")
        for refusal in received.refusals:
            typer.echo(f"{refusal.package_id}  {refusal.problem}", err=True)
    if received.refusals:
        raise typer.Exit(3)


def main() -> None:
    """Entry point: sentences for what staff can mend, a traceback in the log for what is our fault."""
    try:
        app()
    except StationError as error:
        _complain(error)
    except Exception as error:
        log.exception("warehouse command failed")
        _complain(OurFault(what=type(error).__name__))


def _complain(error: StationError) -> None:
    typer.echo(error.text(translator(_edge.language)), err=True)
    sys.exit(error.exit_code)


def _hand_out(
    house: Warehouse, new: stations.NewStation, url: str, cert: Path | None, out: Path | None, as_json: bool
) -> None:
    pins = () if cert is None else (pin_of(cert.read_bytes()),)
    invitation = invite(house.engine, new, url, pins)
    if out is not None:
        put_bytes(out, invitation.to_text().encode())
    if as_json:
        print_json(json.loads(invitation.to_text()))
    else:
        typer.echo(qr_text(invitation), err=True)
        if out is None:
            typer.echo(invitation.to_text())


def _start_log() -> None:
    lines = logging.StreamHandler(sys.stderr)
    lines.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[lines])
