"""Why the rate is what it is, and what next: forecast, alerts, slow steps, people, scanners."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from station.core import forecast as forecasting
from station.core.errors import N_
from station.core.forecast import Forecast
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
ALERTS = {
    "below target": N_("The quarter's rate is {rate} %, below the target of {target} %."),
    "silent": N_(
        "Nothing was digitized on the last {days} working days, though {count} dossiers are missing."
    ),
    "overdue": N_("{count} dossiers are not digitized though their due day is past."),
    "outbox": N_("{count} packages wait to be sent, the oldest since {since}."),
    "forecast": N_("At this pace the quarter closes at {rate} %, below the target of {target} %."),
}


@dataclass(frozen=True)
class Alert:
    """Something a supervisor should look at: a key of ALERTS and the values of its sentence."""

    kind: str
    values: Mapping[str, Any]


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
        pace = operations.days_of_work(conn, "intake", since, until, _last_days(station, today, forecasting.SILENT_DAYS), branch)  # fmt: skip
        queue = operations.waiting(conn)
    slowest = max(steps, key=lambda step: step.mean_hours * step.dossiers, default=None)
    silent = len(pace) == forecasting.SILENT_DAYS and not any(day.digitised for day in pace)
    alerts = _alerts(station, forecasts["intake"], silent, overdue, queue)
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


def quarter_of(day: date) -> tuple[date, date]:
    """First and last day of a day's quarter."""
    first = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    after = date(day.year + (first.month == 10), (first.month + 2) % 12 + 1, 1)
    return first, after - timedelta(days=1)


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


def _closed(station: Station) -> set[str]:
    return {day.strip() for day in station.settings.days_closed.split(",") if day.strip()}


def _last_days(station: Station, today: date, count: int) -> list[str]:
    """The last working days before today."""
    span = today - timedelta(days=2 * count + 14)
    return forecasting.working_days(span, today - timedelta(days=1), _closed(station))[-count:]


def _forecast(station: Station, conn: Any, stage: str, today: date) -> Forecast:
    first, last = quarter_of(today)
    since, until, branch = first.isoformat(), last.isoformat(), station.settings.branch
    report = reports.rates(conn, "official", stage, "branch", since, until, branch)
    # What was digitised before the quarter began is another quarter's.
    days = [day for day in _last_days(station, today, forecasting.PACE_DAYS) if day >= since]
    scanner_s, staff_s = operations.seconds_each(
        conn, (today - timedelta(days=28)).isoformat(), today.isoformat()
    )
    left = len(forecasting.working_days(today, last, _closed(station)))
    return forecasting.forecast(
        report.total.received,
        report.total.digitised,
        operations.days_of_work(conn, stage, since, until, days, branch),
        left,
        station.settings.target_rate,
        scanner_s,
        staff_s,
    )


def _alerts(station: Station, intake: Forecast, silent: bool, overdue: int, queue: Waiting) -> list[Alert]:
    target, found = station.settings.target_rate, []
    if intake.rate is not None and intake.rate < target:
        found.append(Alert("below target", {"rate": intake.rate, "target": target}))
    elif intake.expected is not None and intake.expected < target:
        found.append(Alert("forecast", {"rate": intake.expected, "target": target}))
    missing = intake.received - intake.digitised
    if silent and missing:
        found.append(Alert("silent", {"days": forecasting.SILENT_DAYS, "count": missing}))
    if overdue:
        found.append(Alert("overdue", {"count": overdue}))
    long_ago = (station.clock() - timedelta(hours=WAITING_LONG_H)).isoformat()
    if queue.oldest_at is not None and queue.oldest_at < long_ago:
        found.append(Alert("outbox", {"count": queue.packages, "since": queue.oldest_at[:10]}))
    return found
