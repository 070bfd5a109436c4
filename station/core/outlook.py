"""The running quarter's alerts and forecast in sentences, for the station and the warehouse alike."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from station.core.errors import N_
from station.core.forecast import SILENT_DAYS, Forecast, PaceDay, working_days
from station.core.sheets import Translate, value_text

ALERTS = {
    "below target": N_("The quarter's rate is {rate} %, below the target of {target} %."),
    "silent": N_(
        "Nothing was digitized on the last {days} working days, though {count} dossiers are missing."
    ),
    "overdue": N_("{count} dossiers are not digitized though their due day is past."),
    "outbox": N_("{count} packages wait to be sent, the oldest since {since}."),
    "forecast": N_("At this pace the quarter closes at {rate} %, below the target of {target} %."),
}
CLOSES = N_("At this pace the quarter closes at {expected} %.")
CLOSES_BETWEEN = N_(
    "At this pace the quarter closes at {expected} % (in eight of ten cases {low} to {high} %)."
)
TO_TARGET = N_("To reach {target} %: {wanted} dossiers more, {a_day} on each of {days} working days.")
HOURS = N_("That is {scanner} scanner-hours and {staff} staff-hours a day.")
REACHED = N_("The target of {target} % is reached.")
PACE = N_("On a working day {received} dossiers come and {digitised} are digitized.")


@dataclass(frozen=True)
class Alert:
    """Something a supervisor should look at: a key of ALERTS and the values of its sentence."""

    kind: str
    values: Mapping[str, Any]


def quarter_of(day: date) -> tuple[date, date]:
    """First and last day of a day's quarter."""
    first = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    after = date(day.year + (first.month == 10), (first.month + 2) % 12 + 1, 1)
    return first, after - timedelta(days=1)


def closed_days(setting: str) -> set[str]:
    """The ISO days of a setting that names them with commas between."""
    return {day.strip() for day in setting.split(",") if day.strip()}


def last_days(today: date, count: int, closed: Collection[str]) -> list[str]:
    """The last working days before today."""
    span = today - timedelta(days=2 * count + 14)
    return working_days(span, today - timedelta(days=1), closed)[-count:]


def alerts_of(
    rate: float | None,
    expected: float | None,
    target: float,
    missing: int,
    overdue: int,
    pace: Sequence[PaceDay],
) -> list[Alert]:
    """What is to be said of an office's quarter.

    Args:
        rate, expected, target: percent; what the quarter is expected to close at is None where nobody knows.
        missing: dossiers received in the quarter and not digitised; overdue: of them, those past their due day.
        pace: the quarter's last working days.
    """
    found = []
    if rate is not None and rate < target:
        found.append(Alert("below target", {"rate": rate, "target": target}))
    elif expected is not None and expected < target:
        found.append(Alert("forecast", {"rate": expected, "target": target}))
    # A quarter that has just begun has no silent days yet.
    silent = len(pace) >= SILENT_DAYS and not any(day.digitised for day in pace[-SILENT_DAYS:])
    if silent and missing:
        found.append(Alert("silent", {"days": SILENT_DAYS, "count": missing}))
    if overdue:
        found.append(Alert("overdue", {"count": overdue}))
    return found


def forecast_sentences(forecast: Forecast, translate: Translate, language: str) -> list[str]:
    """How the quarter closes and what the target takes; figures nobody measured are –, and the reason follows."""

    def said(value: float | None) -> str:
        return value_text(value, language)

    sentences = []
    if forecast.received_a_day is not None:
        sentences.append(
            translate(PACE).format(
                received=said(forecast.received_a_day), digitised=said(forecast.digitised_a_day)
            )
        )
    if forecast.days_left:
        words = CLOSES if forecast.low is None else CLOSES_BETWEEN
        sentences.append(
            translate(words).format(
                expected=said(forecast.expected), low=said(forecast.low), high=said(forecast.high)
            )
        )
        sentences += _to_target(forecast, translate, language)
    return [*sentences, *map(translate, forecast.reasons)]


def _to_target(forecast: Forecast, translate: Translate, language: str) -> list[str]:
    target = value_text(forecast.target, language)
    if not forecast.wanted:
        return [translate(REACHED).format(target=target)] if forecast.received else []
    sentences = [
        translate(TO_TARGET).format(
            target=target,
            wanted=forecast.wanted,
            a_day=value_text(forecast.wanted_a_day, language),
            days=forecast.days_left,
        ),
    ]
    if forecast.scanner_hours_a_day is not None or forecast.staff_hours_a_day is not None:
        sentences.append(
            translate(HOURS).format(
                scanner=value_text(forecast.scanner_hours_a_day, language),
                staff=value_text(forecast.staff_hours_a_day, language),
            )
        )
    return sentences


def alert_sentence(alert: Alert, translate: Translate, language: str) -> str:
    values = {k: value_text(v, language) for k, v in alert.values.items()}
    return translate(ALERTS[alert.kind]).format(**values)
