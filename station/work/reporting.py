"""Digitization rates for supervisors: two rules side by side, the dossiers behind each number, the day's card."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from station.core.errors import N_, UsageProblem
from station.store import reports
from station.store.accounts import Right
from station.store.reports import KEYS, RULES, Listed, RuleReport
from station.work.station import Station

# Before the first one-stop system and after every printed due date: what "no date given" means.
FIRST_DAY, LAST_DAY = "2000-01-01", "2999-12-31"


class GroupingUnknown(UsageProblem):
    sentence = N_("Rates can't be grouped by {by}. Choose one of: {groupings}.")


class DateWrong(UsageProblem):
    sentence = N_("{text} is not a date. Write it as 2026-03-31 or 31/03/2026.")


@dataclass(frozen=True)
class Rates:
    """One question and its answer by each rule. Days are ISO dates, both inclusive."""

    since: str
    until: str
    by: str
    stage: str
    rules: dict[str, RuleReport]


def rates(station: Station, since: str, until: str, by: str, stage: str) -> Rates:
    """Rates of this station's branch (every branch where the station names none).

    Raises:
        GroupingUnknown.
    """
    station.actor.require(Right.REPORT)
    if by not in KEYS:
        raise GroupingUnknown(by=by, groupings=", ".join(KEYS))
    branch = station.settings.branch
    with station.reading() as conn:
        answers = {rule: reports.rates(conn, rule, stage, by, since, until, branch) for rule in RULES}
    return Rates(since, until, by, stage, answers)


def behind(
    station: Station, since: str, until: str, by: str, stage: str, rule: str, key: str | None
) -> list[Listed]:
    """The dossiers behind a row of a report, or behind its total (None)."""
    station.actor.require(Right.REPORT)
    with station.reading() as conn:
        return reports.behind(conn, rule, stage, by, since, until, key, station.settings.branch)


def today(station: Station) -> dict[str, Any]:
    """The day's card by local date: received, digitised, missing, rate, doubtful, waiting, and the target."""
    station.actor.require(Right.REPORT)
    day = station.clock().astimezone().date().isoformat()
    with station.reading() as conn:
        return {**reports.today(conn, day, station.settings.branch), "target": station.settings.target_rate}


def day_of(text: str, otherwise: str) -> str:
    """An ISO date of 2026-03-31 or 31/03/2026; `otherwise` for an empty text.

    Raises:
        DateWrong.
    """
    if not text:
        return otherwise
    try:
        if "/" in text:
            day, month, year = (int(part) for part in text.split("/"))
            return date(year, month, day).isoformat()
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise DateWrong(text=text) from error


def rates_json(answer: Rates) -> dict[str, Any]:
    """The document `station report rates --json` prints."""
    return {
        "from": None if answer.since == FIRST_DAY else answer.since,
        "to": None if answer.until == LAST_DAY else answer.until,
        "by": answer.by,
        "stage": answer.stage,
        "rule": {rule: _rule_json(report) for rule, report in answer.rules.items()},
    }


def _rule_json(report: RuleReport) -> dict[str, Any]:
    return {
        "rows": [vars(row) for row in report.rows],
        "total": {k: v for k, v in vars(report.total).items() if k != "key"},
        "excluded": report.excluded,
        "unmapped": report.unmapped,
        "reason": report.reason,
    }
