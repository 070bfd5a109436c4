"""How a report is asked for and shown: days as people write them, rates, ranks, and the points of the day line."""

from collections.abc import Callable
from datetime import date
from typing import Any

from station.core import levels
from station.core.errors import N_, UsageProblem
from sync.folding import day_of

# The drawing of the line by day, in units of its own; the browser scales it.
CHART_WIDTH, CHART_HEIGHT = 720, 200
# A day line of ten years; more points than a screen has columns help nobody.
MOST_DAYS = 3660


class DateWrong(UsageProblem):
    sentence = N_("{text} is not a date. Write it as 2026-03-31 or 31/03/2026.")


def day_or(written: str, otherwise: str) -> str:
    """An ISO day; `otherwise` for nothing written.

    Raises:
        DateWrong.
    """
    if not written.strip():
        return otherwise
    day = day_of(written)
    if day is None:
        raise DateWrong(text=written)
    return day


def rate_text(rate: float | None, language: str) -> str:
    """One decimal, with the decimal comma outside English; – for no rate."""
    if rate is None:
        return "–"
    return f"{rate:.1f} %" if language == "en" else f"{rate:.1f} %".replace(".", ",")


def day_text(day: str | None, language: str) -> str:
    """A day as the reader's office writes it; – for none."""
    if not day:
        return "–"
    return day if language == "en" else f"{day[8:10]}/{day[5:7]}/{day[:4]}"


def row_label(by: str, key: str, translate: Callable[[str], str]) -> str:
    """What is read for a row's key other than a day; – for records that do not name one."""
    return translate(levels.NAMES[key]) if by == "level" and key in levels.NAMES else key or "–"


def ranked(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of both rules side by side: days in their order, anything else by the official rate, best first."""
    sides = {rule: {row["key"]: row for row in said["rows"]} for rule, said in answer["rule"].items()}
    nothing = {"received": 0, "digitised": 0, "delivered": 0, "rate": None, "excluded": 0}
    rows = [
        {"key": key, **{rule: side.get(key, nothing) for rule, side in sides.items()}}
        for key in sorted({key for side in sides.values() for key in side})
    ]
    if answer["by"] != "day":
        rows.sort(
            key=lambda row: -1.0 if row["official"]["rate"] is None else row["official"]["rate"], reverse=True
        )
    return rows


def line_of(rows: list[dict[str, Any]], rule: str) -> list[str]:
    """The day line of a rule as SVG point lists; days without a rate part it, as nothing is known of them."""
    known = rows[-MOST_DAYS:]
    if not known:
        return []
    return points_between(known, rule, known[0]["key"], known[-1]["key"])


def points_between(rows: list[dict[str, Any]], rule: str, since: str, until: str) -> list[str]:
    """As `line_of`, drawn from the day `since` at the left to `until` at the right; other days are left out."""
    first = date.fromisoformat(since)
    span = max(1, (date.fromisoformat(until) - first).days)
    parts: list[list[str]] = [[]]
    for row in rows:
        rate = row[rule]["rate"]
        if rate is None:
            parts.append([])
            continue
        if since <= row["key"] <= until:
            x = (date.fromisoformat(row["key"]) - first).days * CHART_WIDTH / span
            parts[-1].append(f"{x:.1f},{CHART_HEIGHT - rate * CHART_HEIGHT / 100:.1f}")
    # A lone day would be a line without length, which browsers do not draw.
    return [" ".join(part if len(part) > 1 else [part[0], _beside(part[0])]) for part in parts if part]


def year_later(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows by day moved on by a year, to be drawn over this one's; a leap day has no place there."""
    return [
        {**row, "key": f"{int(row['key'][:4]) + 1:04d}{row['key'][4:]}"}
        for row in rows
        if not row["key"].endswith("-02-29")
    ]


def _beside(point: str) -> str:
    x, _, y = point.partition(",")
    return f"{float(x) + 3:.1f},{y}"
