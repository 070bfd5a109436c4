"""Verbs that ask the warehouse: records pull."""

from typing import Any

import typer

from station.cli.intake_verbs import records_app
from station.cli.session import Session, SomeRefused
from station.work import asking, enrolling


@records_app.command("pull")
def pull_records(ctx: typer.Context) -> None:
    """Fetch the branch's procedure records that changed at the warehouse since the last time."""
    session: Session = ctx.obj
    station = session.station()
    result = asking.pull_records(station, enrolling.target_of(station), session.progress)
    rows: list[dict[str, Any]] = [
        {"row": bad.number, "reason": bad.text(session.translate)} for bad in result.bad_rows
    ]
    session.answer(
        {"taken": result.taken, "total": result.total, "refused": result.refused, "bad_rows": rows},
        lambda: [f"{result.taken} / {result.total}"],
    )
    if result.refused:
        raise SomeRefused(count=result.refused)
