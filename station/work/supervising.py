"""Why the rate is what it is, and what next: forecast, alerts, slow steps, people, scanners."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from station.core import forecast as forecasting
from station.core.errors import N_
from station.core.forecast import Forecast
from station.core.outlook import ALERTS, Alert, alerts_of, closed_days, last_days, quarter_of
from station.store import operations, reports
from station.store.accounts import Right
from station.store.operations import Fault, Person, Scanner, Step, Waiting
from station.work.station import Station

#: Faults listed of each period.
FAULTS_SHOWN = 50
#: Local hours a package may wait before it is worth a word: a night without a network is ordinary.
WAITING_LONG_H = 24

STEP_NAMES = {
    "waiting for the scanner": N_("waiting for the scanner"),
    "scanning": N_("scanning"),
    "reading": N_("reading"),
    "verifying": N_("verifying"),
    "sending": N_("sending"),
}


@dataclass(frozen=True)
class Outlook:
    """How the running quarter goes: by stage its forecast, then slow steps, what is missing by reason, alerts."""

    since: str
    until: str
    forecasts: Mapping[str, Forecast]
    steps: tuple[Step, ...]
    bottleneck: str | None
    missing: Mapping[str, int]
    alerts: tuple[Alert, ...]


@dataclass(frozen=True)
class ScannerReport:
    """The sources of pages used in a period, and the batches that ended in a fault."""

    scanners: tuple[Scanner, ...]
    faults: tuple[Fault, ...]


def outlook(station: Station) -> Outlook:
    """The running quarter: forecast, bottleneck, reasons, alerts."""
    station.actor.require(Right.REPORT)
    today = station.clock().astimezone().date()
    first, last = quarter_of(today)
    since, until, now = first.isoformat(), last.isoformat(), today.isoformat()
    branch, measured_since = station.settings.branch, (today - timedelta(days=90)).isoformat()
    with station.reading() as conn:
        forecasts = {stage: _forecast(station, conn, stage, today) for stage in ("intake", "result")}
        steps = tuple(operations.list_steps(conn, "intake", measured_since, now))
        missing = reports.count_missing(conn, "official", "intake", since, until, branch)
        overdue = operations.count_overdue(conn, since, now, branch)
        days = last_days(today, forecasting.SILENT_DAYS, closed_days(station.settings.days_closed))
        days = [day for day in days if day >= since]
        pace = operations.days_of_work(conn, "intake", since, until, days, branch)
        queue = operations.waiting(conn)
    slowest = max(steps, key=lambda step: step.mean_hours * step.dossiers, default=None)
    intake = forecasts["intake"]
    alerts = alerts_of(
        intake.rate,
        intake.expected,
        station.settings.target_rate,
        intake.received - intake.digitised,
        overdue,
        pace,
    )
    alerts += _outbox_alerts(station, queue)
    return Outlook(since, until, forecasts, steps, slowest.name if slowest else None, missing, tuple(alerts))


def people(station: Station, since: str, until: str) -> list[Person]:
    """What each person did. A supervisor sees everybody, anybody else only themself."""
    everybody = station.actor.may(Right.REPORT)
    with station.reading() as conn:
        return operations.list_people(conn, since, until, None if everybody else station.actor.name)


def scanners(station: Station, since: str, until: str) -> ScannerReport:
    """Use and faults of each scanner, folder and other source."""
    station.actor.require(Right.REPORT)
    with station.reading() as conn:
        used = operations.list_scanners(conn, since, until)
        return ScannerReport(tuple(used), tuple(operations.list_faults(conn, since, until, FAULTS_SHOWN)))


def outlook_json(found: Outlook) -> dict[str, Any]:
    """The document `station report outlook --json` prints."""
    return {
        "from": found.since,
        "to": found.until,
        "forecast": {stage: asdict(forecast) for stage, forecast in found.forecasts.items()},
        "steps": [asdict(step) for step in found.steps],
        "bottleneck": found.bottleneck,
        "missing": dict(found.missing),
        "alerts": [{"kind": a.kind, "sentence": ALERTS[a.kind], "values": dict(a.values)} for a in found.alerts],
    }  # fmt: skip


def _forecast(station: Station, conn: Any, stage: str, today: date) -> Forecast:
    first, last = quarter_of(today)
    closed = closed_days(station.settings.days_closed)
    since, until, branch = first.isoformat(), last.isoformat(), station.settings.branch
    report = reports.rates(conn, "official", stage, "branch", since, until, branch)
    # What was digitised before the quarter began is another quarter's.
    days = [day for day in last_days(today, forecasting.PACE_DAYS, closed) if day >= since]
    scanner_s, staff_s = operations.seconds_each(
        conn, (today - timedelta(days=28)).isoformat(), today.isoformat()
    )
    left = len(forecasting.working_days(today, last, closed))
    return forecasting.forecast(
        report.total.received,
        report.total.digitised,
        operations.days_of_work(conn, stage, since, until, days, branch),
        left,
        station.settings.target_rate,
        scanner_s,
        staff_s,
    )


def _outbox_alerts(station: Station, queue: Waiting) -> list[Alert]:
    long_ago = (station.clock() - timedelta(hours=WAITING_LONG_H)).isoformat()
    if queue.oldest_at is None or queue.oldest_at >= long_ago:
        return []
    return [Alert("outbox", {"count": queue.packages, "since": queue.oldest_at[:10]})]
