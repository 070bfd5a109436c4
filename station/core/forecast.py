"""How a period will close, and what reaching the target would take.

The pace is that of the last working days: how many dossiers of the period came and how many were digitised on each.
The days left are drawn from them at random, a thousand times over; the middle eight of ten outcomes are the range.
Hours come from measured times alone: without a measure there is no figure, and the reason is given.
"""

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from station.core.errors import N_
from station.core.rates import rate_percent

#: Working days the pace is taken from: four weeks even out Mondays and Fridays.
PACE_DAYS = 20
#: With fewer, one odd day would decide the quarter.
FEWEST_DAYS = 5
DRAWS = 1000
#: Days without a digitised dossier after which an office that receives some is called silent.
SILENT_DAYS = 3

OVER = N_("The period is over.")
TOO_SHORT = N_("Fewer than five working days are known, so no range can be given.")
NO_TIMES = N_("No times were measured for it, so no hours can be given.")


@dataclass(frozen=True)
class PaceDay:
    """One working day: dossiers of the period that came, and that were digitised."""

    received: int
    digitised: int


@dataclass(frozen=True)
class Forecast:
    """Rates in percent to one decimal; `low` and `high` hold eight of ten outcomes. `wanted` dossiers are still to be
    digitised to reach the target, of what is expected to come by the end too. Hours are a working day's."""

    received: int
    digitised: int
    rate: float | None
    days_left: int
    received_a_day: float | None
    digitised_a_day: float | None
    expected: float | None
    low: float | None
    high: float | None
    target: float
    wanted: int
    wanted_a_day: float | None
    scanner_hours_a_day: float | None
    staff_hours_a_day: float | None
    reasons: tuple[str, ...]


def working_days(first: date, last: date, closed: Collection[str] = ()) -> list[str]:
    """ISO days from Monday to Friday, both ends included, but those the office is closed on."""
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day.isoformat() for day in days if day.weekday() < 5 and day.isoformat() not in closed]


def forecast(
    received: int,
    digitised: int,
    pace: Sequence[PaceDay],
    days_left: int,
    target: float,
    scanner_s: float | None,
    staff_s: float | None,
) -> Forecast:
    """How the period closes.

    Args:
        pace: the last working days, at most PACE_DAYS.
        days_left: working days still to come.
        target: percent.
        scanner_s, staff_s: measured seconds a dossier takes at the scanner, and of somebody's attention.
    """
    coming = _mean([day.received for day in pace])
    going = _mean([day.digitised for day in pace])
    ends = sorted(_draws(received, digitised, pace, days_left)) if len(pace) >= FEWEST_DAYS else []
    by_the_end = received + round((coming or 0) * days_left)
    wanted = max(0, -int(-by_the_end * target // 100) - digitised)
    a_day = wanted / days_left if days_left else None
    expected = rate_percent(min(by_the_end, digitised + round((going or 0) * days_left)), by_the_end)
    reasons = [OVER] if not days_left else [TOO_SHORT] if not ends else []
    if days_left and None in (scanner_s, staff_s):
        reasons.append(NO_TIMES)
    return Forecast(
        received=received,
        digitised=digitised,
        rate=rate_percent(digitised, received),
        days_left=days_left,
        received_a_day=coming,
        digitised_a_day=going,
        expected=expected if pace or not days_left else None,
        low=ends[len(ends) // 10] if ends else None,
        high=ends[-1 - len(ends) // 10] if ends else None,
        target=target,
        wanted=wanted,
        wanted_a_day=None if a_day is None else round(a_day, 1),
        scanner_hours_a_day=_hours(a_day, scanner_s),
        staff_hours_a_day=_hours(a_day, staff_s),
        reasons=tuple(reasons),
    )


def _draws(received: int, digitised: int, pace: Sequence[PaceDay], days_left: int) -> list[float]:
    """Rates the period may close at. The same question draws the same days, so that a report can be repeated."""
    chance = random.Random(0)
    ends = []
    for _ in range(DRAWS):
        days = chance.choices(pace, k=days_left)
        came = received + sum(day.received for day in days)
        rate = rate_percent(min(came, digitised + sum(day.digitised for day in days)), came)
        if rate is not None:
            ends.append(rate)
    return ends


def _mean(counts: Sequence[int]) -> float | None:
    return round(sum(counts) / len(counts), 1) if counts else None


def _hours(dossiers: float | None, seconds_each: float | None) -> float | None:
    if dossiers is None or seconds_each is None:
        return None
    return round(dossiers * seconds_each / 3600, 1)
