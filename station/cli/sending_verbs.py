"""Verbs of day end: outbox, sync, export, receipts, day-list."""

import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from station.cli.app import app
from station.cli.intake_verbs import stop_on_interrupt
from station.cli.session import Session
from station.core.errors import N_, NetworkProblem, StationError, StorageProblem, UsageProblem
from station.work import day_list, enrolling, sending, sticks
from station.work.reporting import day_of
from station.work.sending import Sent, outbox_json

# How often `sync --watch` looks whether something waits and whether it may be sent.
WATCH_EVERY_S = 30.0


@app.command()
def outbox(
    ctx: typer.Context,
    send_now: Annotated[
        bool, typer.Option("--send-now", help="Let everything that waits or was refused go again.")
    ] = False,
) -> None:
    """Packages on their way: state, size, offset, tries, next try, last problem."""
    session: Session = ctx.obj
    station = session.station()
    if send_now:
        sending.send_now(station)
    rows = [outbox_json(p, session.translate) for p in sending.list_outbox(station)]
    session.answer(
        {"packages": rows},
        lambda: [
            f"{r['dossier_code']}\t{r['state']}\t{r['offset_bytes']}/{r['size_bytes']}\t{r['problem'] or ''}"
            for r in rows
        ],
    )


@app.command()
def sync(
    ctx: typer.Context,
    limit_rate: Annotated[
        str, typer.Option("--limit-rate", help="Bytes a second; K and M are understood.")
    ] = "",
    watch: Annotated[
        bool, typer.Option("--watch", help="Stay and send whenever something waits and it is allowed.")
    ] = False,
    scheduled: Annotated[
        bool,
        typer.Option("--scheduled", help="For a timer: only what is due, only within the sending window."),
    ] = False,
    list_folder: Annotated[
        Path | None,
        typer.Option("--list", help="Folder for the list of the day, written anew after each delivery."),
    ] = None,
) -> None:
    """Send what is sealed to the warehouse, oldest first."""
    session: Session = ctx.obj
    stop = stop_on_interrupt()
    rate = parse_rate(limit_rate)
    if watch:
        result = _watch(session, rate, stop, list_folder)
    else:
        try:
            result = _round(session, rate, stop, list_folder, at_once=not scheduled)
        except sending.OutsideWindow as closed:
            session.say(closed.sentence, **closed.values)
            result = Sent()
    session.answer(
        _sent_json(session, result), lambda: [f"{len(result.delivered)} ✓  {len(result.refused)} ✗"]
    )
    if result.problem is not None:
        raise result.problem


def _watch(session: Session, rate: float | None, stop: Callable[[], bool], list_folder: Path | None) -> Sent:
    """Rounds until stopped; what is in the way is said once and tried again. Returns what all of them brought."""
    total, said = Sent(), None
    enrolling.target_of(session.station())  # a station nobody enrolled has nothing to watch for
    while not stop():
        try:
            result = _round(session, rate, stop, list_folder, at_once=False)
        except (NetworkProblem, StorageProblem) as problem:
            result = Sent(problem=problem)
        if result.delivered:
            session.say(N_("{count} packages delivered, each with its receipt."), count=len(result.delivered))
        problem_now = None if result.problem is None else result.problem.text(session.translate)
        if problem_now is not None and problem_now != said and not stop():
            session.say("{problem}", problem=problem_now)
        said = problem_now
        total.delivered += result.delivered
        total.refused += result.refused
        until = time.monotonic() + WATCH_EVERY_S
        while time.monotonic() < until and not stop():
            time.sleep(0.2)
    return total


def _round(
    session: Session,
    rate: float | None,
    stop: Callable[[], bool],
    list_folder: Path | None,
    at_once: bool,
) -> Sent:
    """One round, with the settings and the enrolment as they are now.

    A list that can't be written is the round's problem, beside what it delivered.
    """
    station = session.station()
    limit_bytes_s = rate or (station.settings.send_limit_bytes_s or None)

    def progress(package_id: str, done: int, total: int) -> None:
        session.progress(package_id[:8], done, total)

    target = enrolling.target_of(station)
    sent = sending.sync(station, target, limit_bytes_s, progress, stop, at_once=at_once)
    if list_folder is not None and sent.delivered:
        try:
            day_list.write_of(station, list_folder, sent.delivered)
        except StorageProblem as problem:
            sent.problem = sent.problem or problem
    return sent


def _sent_json(session: Session, result: Sent) -> dict[str, Any]:
    problem: StationError | None = result.problem
    return {
        "delivered": result.delivered,
        "refused": result.refused,
        "problem": problem.text(session.translate) if problem else None,
    }


def parse_rate(text: str) -> float | None:
    """Bytes a second of "500K", "2M" or "250000"; None for an empty text."""
    if not text:
        return None
    factor = {"k": 1 << 10, "m": 1 << 20}.get(text[-1].lower(), 1)
    try:
        return float(text[:-1] if factor > 1 else text) * factor
    except ValueError as error:
        raise UsageProblem(
            N_("{rate} is not a rate. Write bytes a second, such as 500K or 2M."), rate=text
        ) from error


@app.command()
def export(ctx: typer.Context, folder: Annotated[Path, typer.Argument(help="The stick.")]) -> None:
    """Write what waits to a stick, encrypted to the warehouse; each file is read back."""
    session: Session = ctx.obj
    station = session.station()
    written = sticks.export(station, enrolling.target_of(station), folder, session.progress)
    session.answer({"exported": written}, lambda: written)


@app.command("day-list")
def day_list_(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Where the three files are written.")],
    on: Annotated[str, typer.Option("--on", help="The day; today without it.")] = "",
) -> None:
    """Write what was handed over on a day, by network or stick, as JSON, CSV and SHA-256 sums."""
    session: Session = ctx.obj
    station = session.station()
    today = station.clock().astimezone().date()
    written = day_list.write(station, folder, date.fromisoformat(day_of(on, today.isoformat())))
    session.answer(
        {
            "on": written.on.isoformat(),
            "packages": list(written.rows),
            "files": [str(file) for file in written.files],
        },
        lambda: [str(file) for file in written.files],
    )


@app.command()
def receipts(
    ctx: typer.Context, folder: Annotated[Path, typer.Argument(help="The stick that came back.")]
) -> None:
    """Take the warehouse's receipts from a stick."""
    session: Session = ctx.obj
    station = session.station()
    taken = sticks.take_receipts(station, enrolling.target_of(station), folder)
    session.answer(
        {"delivered": taken.delivered, "refused": taken.refused},
        lambda: [*taken.delivered, *(f"{package_id} ✗" for package_id in taken.refused)],
    )
    if taken.refused:
        session.say(
            N_("{count} packages were not taken by the warehouse; station outbox says why."),
            count=len(taken.refused),
        )
        raise typer.Exit(3)
