"""Verbs of day end: outbox, sync, export, receipts, report."""

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from station.cli.app import app
from station.cli.intake_verbs import stop_on_interrupt
from station.cli.session import Session
from station.core.errors import N_, StationError, UsageProblem
from station.work import enrolling, sending, sticks
from station.work.sending import Sent, outbox_json
from station.work.station import Station

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
) -> None:
    """Send what is sealed to the warehouse, oldest first."""
    session: Session = ctx.obj
    station = session.station()
    stop = stop_on_interrupt()
    rate = parse_rate(limit_rate) or (station.settings.send_limit_bytes_s or None)
    target = enrolling.target_of(station)

    def progress(package_id: str, done: int, total: int) -> None:
        session.progress(package_id[:8], done, total)

    result = Sent()
    while True:
        result = _round(
            session, station, lambda s: sending.sync(s, target, rate, progress, stop, at_once=not watch)
        )
        if not watch or stop():
            break
        until = time.monotonic() + WATCH_EVERY_S
        while time.monotonic() < until and not stop():
            time.sleep(0.2)
    session.answer(
        _sent_json(session, result), lambda: [f"{len(result.delivered)} ✓  {len(result.refused)} ✗"]
    )
    if result.problem is not None:
        raise result.problem


def _round(session: Session, station: Station, send: Any) -> Sent:
    try:
        result: Sent = send(station)
    except sending.OutsideWindow as closed:
        session.say(closed.sentence, **closed.values)
        return Sent()
    return result


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


@app.command()
def receipts(
    ctx: typer.Context, folder: Annotated[Path, typer.Argument(help="The stick that came back.")]
) -> None:
    """Take the warehouse's receipts from a stick."""
    session: Session = ctx.obj
    station = session.station()
    taken = sticks.take_receipts(station, enrolling.target_of(station), folder)
    session.answer({"delivered": taken}, lambda: taken)
