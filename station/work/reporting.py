"""Digitization rates for supervisors: two rules side by side, the dossiers behind each number, the day's card."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from station.core.errors import N_, UsageProblem
from station.core.official_form import Form, FormRow
from station.core.rates import (
    FIRST_DAY,
    GROUPINGS,
    LAST_DAY,
    RULES,
    SHOWN,
    Cell,
    RuleReport,
    year_before,
)
from station.store import reports
from station.store.accounts import Right
from station.store.reports import Listed
from station.work.station import Station


class GroupingUnknown(UsageProblem):
    sentence = N_("Rates can't be grouped by {by}. Choose one of: {groupings}.")


class RuleUnknown(UsageProblem):
    sentence = N_("There is no rule {rule}. Choose one of: {rules}.")


class ListUnknown(UsageProblem):
    sentence = N_("There is no list {shown}. Choose one of: {lists}.")


class ReasonUnknown(UsageProblem):
    sentence = N_("There is no reason {why}. Choose one of: {reasons}.")


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
    _check_grouping(by)
    branch = station.settings.branch
    with station.reading() as conn:
        answers = {rule: reports.rates(conn, rule, stage, by, since, until, branch) for rule in RULES}
    return Rates(since, until, by, stage, answers)


def behind(
    station: Station,
    since: str,
    until: str,
    by: str,
    stage: str,
    rule: str,
    key: str | None,
    shown: str = "all",
    why: str = "",
) -> list[Listed]:
    """The dossiers behind a row of a report, or behind its total (None); with `why` only those of one reason.

    Raises:
        GroupingUnknown, RuleUnknown, ListUnknown, ReasonUnknown.
    """
    station.actor.require(Right.REPORT)
    _check_grouping(by)
    if rule not in RULES:
        raise RuleUnknown(rule=rule, rules=", ".join(RULES))
    if shown not in SHOWN:
        raise ListUnknown(shown=shown, lists=", ".join(SHOWN))
    if why and why not in reports.WHY:
        raise ReasonUnknown(why=why, reasons=", ".join(reports.WHY))
    with station.reading() as conn:
        found = reports.behind(conn, rule, stage, by, since, until, key, station.settings.branch, shown=shown)
    return [dossier for dossier in found if not why or dossier.reason == why]


def last_year(station: Station, since: str, until: str, stage: str) -> Rates | None:
    """Rates by day of the same days a year earlier; None for a period without a first and a last day."""
    station.actor.require(Right.REPORT)
    if since == FIRST_DAY or until == LAST_DAY:
        return None
    return rates(station, year_before(since), year_before(until), "day", stage)


def official_form(station: Station, since: str, until: str) -> Form:
    """The figures in the layout of the official form."""
    station.actor.require(Right.REPORT)
    with station.reading() as conn:
        return reports.official_form(conn, since, until, station.settings.branch)


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


def form_json(form: Form, since: str, until: str) -> dict[str, Any]:
    """The document `station report form --json` prints."""
    return {
        "from": None if since == FIRST_DAY else since,
        "to": None if until == LAST_DAY else until,
        "groups": [
            {**_form_row(group.line), "rows": [_form_row(row) for row in group.rows]} for group in form.groups
        ],
        "total": _form_row(form.total),
        "reasons": list(form.reasons),
    }


def _form_row(row: FormRow) -> dict[str, Any]:
    return {
        "number": row.number,
        "name": row.name,
        **row.figures,
        "intake_rate": row.intake_rate,
        "result_rate": row.result_rate,
    }


def _check_grouping(by: str) -> None:
    if by not in GROUPINGS:
        raise GroupingUnknown(by=by, groupings=", ".join(GROUPINGS))


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
        "rows": [{"key": row.key, **_numbers(row)} for row in report.rows],
        "total": _numbers(report.total),
        "excluded": report.excluded,
        "left_out": dict(report.total.left_out),
        "unmapped": report.unmapped,
        "reason": report.reason,
    }


def _numbers(cell: Cell) -> dict[str, Any]:
    return {
        "received": cell.received,
        "digitised": cell.digitised,
        "delivered": cell.delivered,
        "rate": cell.rate,
        "partial": cell.partial,
        "excluded": cell.excluded,
    }
