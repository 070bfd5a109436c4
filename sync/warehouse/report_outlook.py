"""How the running quarter will close at the province, and which branches need a word.

The rules are the station's (station/core/forecast.py, station/core/outlook.py). What differs is the moment: here a
dossier is digitised on the day its first package came, by UTC; offices of this time zone work within one UTC day.
Nobody measures scanners or people here, so no hours are given.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from station.core import rates as rules
from station.core.forecast import PACE_DAYS, SILENT_DAYS, Forecast, PaceDay, forecast, working_days
from station.core.outlook import ALERTS, Alert, alerts_of, last_days, quarter_of
from sync.warehouse import report
from sync.warehouse.stations import Caller


@dataclass(frozen=True)
class Outlook:
    """ISO days of the quarter, by stage how it will close, and by branch, worst rate first, what needs a look."""

    since: str
    until: str
    target: float
    forecasts: Mapping[str, Forecast]
    alerts: Mapping[str, tuple[Alert, ...]]


@dataclass(frozen=True)
class _Pace:
    """By branch and day: dossiers of the quarter that came, and that were digitised."""

    came: Mapping[str, Counter[str]]
    going: Mapping[str, Counter[str]]

    def of(self, days: Sequence[str], branch: str | None) -> list[PaceDay]:
        """One branch's days, or those of all together (None)."""

        def count(counts: Mapping[str, Counter[str]], day: str) -> int:
            return sum(own[day] for own in counts.values()) if branch is None else counts[branch][day]

        return [PaceDay(count(self.came, day), count(self.going, day)) for day in days]


def outlook(
    conn: Connection, caller: Caller, today: date, target: float, closed: Collection[str], branch: str = ""
) -> Outlook:
    """The quarter of `today` for what the caller may see, or for one branch of it.

    Args:
        target: percent.
        closed: ISO days on which no office works.
    """
    first, last = quarter_of(today)
    since, until = first.isoformat(), last.isoformat()
    days = [day for day in last_days(today, PACE_DAYS, closed) if day >= since]
    left = len(working_days(today, last, closed))
    forecasts, paces, reports = {}, {}, {}
    for stage in report.STAGES:
        said = report.rule_reports(conn, caller, "branch", stage, since, until, branch)["official"]
        pace = _pace(conn, caller, stage, since, until, days, branch)
        reports[stage], paces[stage] = said, pace
        total = said.total
        forecasts[stage] = forecast(
            total.received, total.digitised, pace.of(days, None), left, target, None, None
        )
    overdue = _overdue(conn, caller, since, today.isoformat(), branch)
    found = {
        row.key: tuple(
            alerts_of(
                row.rate, None, target, row.missing, overdue.get(row.key, 0),
                paces["intake"].of(days[-SILENT_DAYS:], row.key),
            )
        )
        for row in sorted(reports["intake"].rows, key=lambda row: (row.rate is None, row.rate or 0.0, row.key))
    }  # fmt: skip
    return Outlook(since, until, target, forecasts, {key: alerts for key, alerts in found.items() if alerts})


def outlook_json(found: Outlook) -> dict[str, Any]:
    """The document `GET /v1/reports/outlook` answers."""
    return {
        "from": found.since,
        "to": found.until,
        "target": found.target,
        "forecast": {stage: asdict(forecast) for stage, forecast in found.forecasts.items()},
        "alerts": [
            {"branch": branch, "kind": a.kind, "sentence": ALERTS[a.kind], "values": dict(a.values)}
            for branch, alerts in found.alerts.items()
            for a in alerts
        ],
    }


def _pace(
    conn: Connection, caller: Caller, stage: str, since: str, until: str, days: Sequence[str], branch: str
) -> _Pace:
    came: dict[str, Counter[str]] = defaultdict(Counter)
    going: dict[str, Counter[str]] = defaultdict(Counter)
    if days:
        scope = report.scope_of(caller, branch, "r.")
        values = {
            **report.scope_values(caller, branch), "since": since, "until": until, "first": days[0], "stage": stage
        }  # fmt: skip
        for query, counted in (
            (rules.came_query(stage, scope), came),
            (_delivered_query(stage, scope), going),
            (rules.paperless_query(stage, scope), going),
        ):
            for row in conn.execute(text(query), values).mappings():
                counted[row["branch"]][row["day"]] += row["dossiers"]
    return _Pace(came, going)


def _delivered_query(stage: str, scope: str) -> str:
    """SQL as `came_query`: dossiers that are digitised, by the day their first package came."""
    digitised = rules.CONDITIONS["official", stage]["digitised"].format(r="r.")
    return (
        "SELECT r.branch AS branch, substr(p.received_at, 1, 10) AS day, count(DISTINCT r.dossier_code) AS dossiers"
        " FROM package p JOIN received r ON r.dossier_code = p.dossier_code AND r.branch = p.branch"
        " WHERE p.received_at >= :first AND p.stage = :stage AND p.version = 1 AND p.conflict = 0"
        f" AND r.received_on BETWEEN :since AND :until AND {digitised} AND {scope}"
        " GROUP BY r.branch, substr(p.received_at, 1, 10)"
    )


def _overdue(conn: Connection, caller: Caller, since: str, today: str, branch: str) -> dict[str, int]:
    query = rules.overdue_query(report.scope_of(caller, branch, "r."))
    values = {**report.scope_values(caller, branch), "since": since, "today": today}
    return {row["branch"]: row["dossiers"] for row in conn.execute(text(query), values).mappings()}
