"""Verbs of care: doctor, check, backup, restore, users, settings."""

from dataclasses import fields
from pathlib import Path
from typing import Annotated

import typer

from station.cli.app import app
from station.cli.session import Session, read_password
from station.core.errors import N_, StorageProblem
from station.core.settings import Settings
from station.work import caretaking, people
from station.work.station import at_work

users_app = typer.Typer(help="Accounts: who may act.", invoke_without_command=True)
settings_app = typer.Typer(help="Settings of this station.", invoke_without_command=True)
app.add_typer(users_app, name="users")
app.add_typer(settings_app, name="settings")


class CheckFoundProblems(StorageProblem):
    sentence = N_("The check found {count} problems; each is listed with its remedy.")


@app.command()
def doctor(
    ctx: typer.Context,
    bundle: Annotated[
        Path | None,
        typer.Option("--bundle", help="Also write a ZIP for the IT staff, without personal data."),
    ] = None,
) -> None:
    """What is missing on this PC, and the remedy."""
    from station.work import diagnosing, doctoring

    session: Session = ctx.obj
    station = session.station()
    findings = doctoring.examine(station)
    if bundle is not None:
        diagnosing.bundle(station, bundle)
    session.answer(
        {"checks": [{"name": f.name, "ok": f.ok, "text": f.text(session.translate)} for f in findings]},
        lambda: [f"{'✓' if f.ok else '✗'} {f.name}: {f.text(session.translate)}" for f in findings],
    )
    if any(not f.ok for f in findings):
        raise typer.Exit(3)


@app.command()
def check(ctx: typer.Context) -> None:
    """Compare rows, files and hashes; walk the audit trail."""
    session: Session = ctx.obj
    found = caretaking.check(session.station(), session.progress)
    problems = [session.translate(sentence).format(**values) for sentence, values in found.problems]
    session.answer(
        {
            "problems": problems,
            "orphans": found.orphans,
            "originals": found.originals,
            "packages": found.packages,
        },
        lambda: [*problems, *(f"? {o}" for o in found.orphans)] or ["✓"],
    )
    if problems:
        raise CheckFoundProblems(count=len(problems))


@app.command()
def backup(
    ctx: typer.Context, folder: Annotated[Path, typer.Argument(help="A folder on another disk.")]
) -> None:
    """Copy the database and every file, whole."""
    session: Session = ctx.obj
    count = caretaking.backup(session.station(), folder, session.progress)
    session.answer({"folder": str(folder), "new_files": count}, lambda: [f"{count} → {folder}"])


@app.command()
def restore(ctx: typer.Context, folder: Annotated[Path, typer.Argument(help="A backup.")]) -> None:
    """Make an empty data folder what a backup was."""
    session: Session = ctx.obj
    caretaking.restore(session.home, folder, "station restore")
    found = caretaking.check(session.station())
    session.answer(
        {"folder": str(session.home), "problems": len(found.problems)}, lambda: [str(session.home)]
    )


@app.command()
def purge(ctx: typer.Context) -> None:
    """Remove originals that were delivered longer ago than the setting keep_originals_days says."""
    session: Session = ctx.obj
    count = caretaking.purge_originals(session.station())
    session.answer({"purged": count}, lambda: [str(count)])


@app.command()
def enrol(
    ctx: typer.Context, file: Annotated[Path, typer.Argument(help="The invitation of the province.")]
) -> None:
    """Enrol this station at the provincial warehouse."""
    from station.work import enrolling

    session: Session = ctx.obj
    station = enrolling.enrol_from_file(session.station(), file)
    session.answer(
        {"branch": station.settings.branch, "warehouse_url": station.settings.warehouse_url},
        lambda: [f"{station.settings.branch} → {station.settings.warehouse_url}"],
    )


@app.command()
def train(ctx: typer.Context) -> None:
    """Make the training folder: sample dossiers of invented citizens, from which nothing can leave."""
    from station.work import training

    session: Session = ctx.obj
    station = session.station()
    language = session.language or station.settings.language
    practised = training.prepare(session.home, station.actor.name, language, session.progress)
    folders = [part.strip() for part in practised.settings.watched_folders.split(";") if part.strip()]
    session.answer({"home": str(practised.home), "folders": folders}, lambda: [str(practised.home), *folders])


@users_app.callback()
def users(ctx: typer.Context) -> None:
    """List the accounts."""
    if ctx.invoked_subcommand is None:
        session: Session = ctx.obj
        found = people.list_accounts(session.station())
        session.answer(
            {
                "users": [
                    {"name": a.name, "role": a.role, "os_user": a.os_user, "active": a.active} for a in found
                ]
            },
            lambda: [f"{a.name}\t{a.role}\t{a.os_user or '–'}\t{'' if a.active else '✗'}" for a in found],
        )


@users_app.command("add")
def add_user(
    ctx: typer.Context,
    name: str,
    role: Annotated[str, typer.Option("--role", help="operator, supervisor or admin")] = "operator",
    os_user: Annotated[str | None, typer.Option("--os-user", help="Link to this system user.")] = None,
) -> None:
    """Make an account. The password is asked for, or read from STATION_PASSWORD_FILE."""
    session: Session = ctx.obj
    station = session.station()
    password = None if os_user else read_password(name)
    account = people.add_account(station, name, role, password, os_user)
    session.answer({"name": account.name, "role": account.role}, lambda: [account.name])


@users_app.command("password")
def password_of(ctx: typer.Context, name: str) -> None:
    """Set a password. It is asked for, or read from STATION_PASSWORD_FILE."""
    session: Session = ctx.obj
    people.set_password(session.station(), name, read_password(name))
    session.answer({"name": name}, lambda: [name])


@users_app.command("role")
def role_of(ctx: typer.Context, name: str, role: str) -> None:
    """Change an account's role."""
    session: Session = ctx.obj
    people.set_role(session.station(), name, role)
    session.answer({"name": name, "role": role}, lambda: [f"{name}\t{role}"])


@users_app.command("off")
def switch_off(ctx: typer.Context, name: str) -> None:
    """Switch an account off; what it did stays."""
    session: Session = ctx.obj
    people.set_active(session.station(), name, False)
    session.answer({"name": name, "active": False}, lambda: [name])


@users_app.command("on")
def switch_on(ctx: typer.Context, name: str) -> None:
    """Switch an account on again."""
    session: Session = ctx.obj
    people.set_active(session.station(), name, True)
    session.answer({"name": name, "active": True}, lambda: [name])


@settings_app.callback()
def settings(ctx: typer.Context) -> None:
    """Show the settings."""
    if ctx.invoked_subcommand is None:
        session: Session = ctx.obj
        chosen = session.station().settings
        values = {f.name: getattr(chosen, f.name) for f in fields(Settings)}
        session.answer({"settings": values}, lambda: [f"{k} = {v}" for k, v in values.items()])


@settings_app.command("push")
def push_settings(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="The IT staff's file: locked, [settings], [profiles.NAME].")],
) -> None:
    """Lay IT staff's file under this counter's settings: values, locked ones, scan profiles."""
    session: Session = ctx.obj
    station = session.station()
    with at_work(station.home, "station settings"):
        chosen = people.push_settings(station, file).settings
    values = {f.name: getattr(chosen, f.name) for f in fields(Settings)}
    session.answer({"settings": values}, lambda: [f"{k} = {v}" for k, v in values.items()])


@settings_app.command("set")
def set_setting(ctx: typer.Context, name: str, value: str) -> None:
    """Change one setting."""
    session: Session = ctx.obj
    station = session.station()
    with at_work(station.home, "station settings"):
        changed = people.change_settings(station, {name: value})
    session.answer(
        {name: getattr(changed.settings, name)}, lambda: [f"{name} = {getattr(changed.settings, name)}"]
    )
