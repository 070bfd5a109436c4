"""The verbs that look after a warehouse: check, clean, backup, restore, tokens, keys."""

import getpass
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from station.core.errors import N_, UsageProblem
from station.core.files import read_text
from sync.warehouse import caretaking, catalogue, removing, signing_in, stations
from sync.warehouse.cli_common import (
    DatabaseOption,
    DataOption,
    JsonOption,
    ObjectsOption,
    SpoolOption,
    house_of,
    print_json,
    show_progress,
)
from sync.warehouse.schema import utc_text, writing

tokens_app = typer.Typer(no_args_is_help=True, help="Tokens for people's programs and other systems.")
keys_app = typer.Typer(no_args_is_help=True, help="The warehouse's own keys.")
people_app = typer.Typer(no_args_is_help=True, help="People who look at the warehouse with a browser.")


class NoSuchRole(UsageProblem):
    sentence = N_("{role} is no role. Roles: {roles}; 'branch' needs --branch CODE.")


class NoReason(UsageProblem):
    sentence = N_("Say by which decision of the archive they go: --reason TEXT. Nothing was removed.")


def add_to(app: typer.Typer) -> None:
    """Adds these verbs to the command."""
    app.command("check")(check)
    app.command("clean")(clean)
    app.command("remove")(remove)
    app.command("backup")(backup)
    app.command("restore")(restore)
    app.add_typer(tokens_app, name="tokens")
    app.add_typer(keys_app, name="keys")
    app.add_typer(people_app, name="people")


def check(
    data: DataOption = None,
    database: DatabaseOption = None,
    objects: ObjectsOption = None,
    quick: Annotated[bool, typer.Option(help="Sizes only; do not read every package.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Compares rows, objects and hashes. Exit code 7 if a person must look."""
    found = caretaking.check(house_of(data, database, objects), not quick, show_progress)
    if as_json:
        print_json(found.__dict__)
    else:
        for problem in found.problems:
            typer.echo(f"{problem['package_id']}  {problem['problem']}")
        typer.echo(
            f"{found.packages} packages, {found.bytes} bytes, {len(found.problems)} problems", err=True
        )
    if found.problems:
        raise typer.Exit(7)


def clean(
    data: DataOption = None,
    database: DatabaseOption = None,
    objects: ObjectsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Forgets uploads whose time is over, parts of no upload and bytes a removal left behind; no package goes."""
    count = caretaking.clean(house_of(data, database, objects))
    if as_json:
        print_json({"removed": count})


def remove(
    package_ids: Annotated[list[str] | None, typer.Argument(help="Packages by their numbers.")] = None,
    before: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Those received before this day.")
    ] = None,
    branch: Annotated[str | None, typer.Option(help="Of this branch only.")] = None,
    reason: Annotated[str, typer.Option(help="The archive's decision; written down.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Remove them; without it they are only listed.")] = False,
    data: DataOption = None,
    database: DatabaseOption = None,
    objects: ObjectsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Removes packages whose time is over; their receipts stay good."""
    if yes and not reason.strip():
        raise NoReason
    house = house_of(data, database, objects)
    day = None if before is None else before.strftime("%Y-%m-%d")
    chosen = removing.choose(house, package_ids or (), day, branch)
    if yes:
        for number, over in enumerate(chosen, start=1):
            removing.remove(house, over, reason, getpass.getuser())
            show_progress(number, len(chosen))
    if as_json:
        print_json({"removed": yes, "packages": [over.__dict__ for over in chosen]})
        return
    for over in chosen:
        typer.echo(f"{over.package_id}  {over.branch}  {over.dossier_code}  {over.stage}  {over.received_at}")


def backup(
    folder: Path,
    data: DataOption = None,
    database: DatabaseOption = None,
    objects: ObjectsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Copies everything into a folder; what is there already is not copied again."""
    house = house_of(data, database, objects)
    with writing(house.engine) as conn:
        at = utc_text(house.now())
        catalogue.note_reading(conn, at, getpass.getuser(), None, "backup", purpose=folder.name)
    said = caretaking.backup(house, folder, show_progress)
    if as_json:
        print_json(said)


def restore(
    folder: Path,
    data: DataOption = None,
    database: DatabaseOption = None,
    objects: ObjectsOption = None,
    spool: SpoolOption = None,
    as_json: JsonOption = False,
) -> None:
    """Brings a backup back into an empty warehouse."""
    said = caretaking.restore(house_of(data, database, objects, spool), folder, show_progress)
    if as_json:
        print_json(said)


@tokens_app.command("add")
def tokens_add(
    role: str,
    name: Annotated[str, typer.Option(help="Whose it is; revoke goes by this name.")],
    branch: Annotated[str | None, typer.Option(help="For the role branch.")] = None,
    data: DataOption = None,
    database: DatabaseOption = None,
    objects: ObjectsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Makes a token and shows it once. Roles: branch, province, onestop, monitor."""
    if role not in stations.ROLES or (role == "branch") != (branch is not None):
        raise NoSuchRole(role=role, roles=", ".join(stations.ROLES))
    with writing(house_of(data, database, objects).engine) as conn:
        token = stations.add_token(conn, role, branch, name, datetime.now(UTC))
    print_json({"name": name, "role": role, "token": token}) if as_json else typer.echo(token)


@tokens_app.command("revoke")
def tokens_revoke(
    name: str, data: DataOption = None, database: DatabaseOption = None, objects: ObjectsOption = None
) -> None:
    """Ends the tokens of a name at once."""
    with writing(house_of(data, database, objects).engine) as conn:
        stations.revoke_token(conn, name, datetime.now(UTC))


@keys_app.command("rotate")
def keys_rotate(
    purpose: Annotated[str, typer.Argument(help="receipt or stick")],
    data: DataOption = None,
    database: DatabaseOption = None,
    objects: ObjectsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Makes a new key; what the old one signed or sealed stays good. Stations learn it by `stations rotate`."""
    if purpose not in ("receipt", "stick"):
        raise NoSuchRole(role=purpose, roles="receipt, stick")
    with writing(house_of(data, database, objects).engine) as conn:
        key = stations.rotate_key(conn, purpose, datetime.now(UTC))
    if as_json:
        print_json({"key_id": key.key_id, "public_key": key.public_key})


@people_app.command("add")
def people_add(
    name: str,
    branch: Annotated[
        str | None, typer.Option(help="The branch they see; without it, the whole province.")
    ] = None,
    data: DataOption = None,
    database: DatabaseOption = None,
    objects: ObjectsOption = None,
) -> None:
    """Adds a person, or gives one a new password. It is asked, or read from the file WAREHOUSE_PASSWORD_FILE names."""
    file = os.environ.get("WAREHOUSE_PASSWORD_FILE")
    if file:
        password = read_text(Path(file)).strip()
    else:
        password = typer.prompt("", prompt_suffix="> ", hide_input=True, confirmation_prompt=True, err=True)
    role = "province" if branch is None else "branch"
    with writing(house_of(data, database, objects).engine) as conn:
        signing_in.add_person(conn, name, password, role, branch, datetime.now(UTC))


@people_app.command("remove")
def people_remove(
    name: str, data: DataOption = None, database: DatabaseOption = None, objects: ObjectsOption = None
) -> None:
    """Removes a person and ends their sessions at once."""
    with writing(house_of(data, database, objects).engine) as conn:
        signing_in.remove_person(conn, name)
