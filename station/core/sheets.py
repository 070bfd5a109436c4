"""Reports as sheets, for the station and the warehouse alike: headings, rows, notes and what to draw of them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from station.core.errors import N_
from station.core.rates import FIRST_DAY, LAST_DAY, Cell, RuleReport

Translate = Callable[[str], str]
#: A text, a count, a percentage to one decimal, a day, or nothing known ("–").
Value = str | int | float | date | None

RULE_NAMES = {
    "official": N_("official rule: at least one paper"),
    "strict": N_("strict rule: every required paper"),
}
SHEET_NAMES = {"official": N_("Official"), "strict": N_("Strict")}
STAGE_NAMES = {"intake": N_("Rate of digitized dossiers"), "result": N_("Rate of digitized results")}
KEY_NAMES = {
    "branch": N_("Branch"),
    "procedure": N_("Procedure"),
    "counter": N_("Counter"),
    "operator": N_("Received by"),
    "level": N_("Level"),
    "day": N_("Day"),
}
HEADINGS = (
    N_("Received"),
    N_("Digitised"),
    N_("Not digitised"),
    N_("Delivered"),
    N_("Left out"),
    N_("Rate %"),
)
TOTAL = N_("Total")
PERIOD = N_("From {since} to {until}")
PERIOD_SINCE, PERIOD_UNTIL = N_("From {since}"), N_("Until {until}")
LEFT_OUT = N_("Left out: {count}. Without a known status: {unmapped}.")


@dataclass(frozen=True)
class Chart:
    """What to draw: `column` of the first `rows` rows, over the first column; a line by day or ranked bars."""

    column: int
    rows: int
    by_day: bool


@dataclass(frozen=True)
class Sheet:
    """A table with everything around it. `strong` are the numbers of rows that sum others up."""

    name: str
    title: str
    subtitle: str
    headings: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    strong: frozenset[int] = frozenset()
    notes: tuple[str, ...] = ()
    chart: Chart | None = None


class ListedDossier(Protocol):
    """A dossier behind a number, as the station's and the warehouse's lists give it."""

    @property
    def dossier_code(self) -> str: ...
    @property
    def received_on(self) -> str | None: ...
    @property
    def branch(self) -> str: ...
    @property
    def receiver(self) -> str | None: ...
    @property
    def procedure_code(self) -> str: ...
    @property
    def digitised(self) -> bool: ...
    @property
    def why(self) -> str | None: ...


def sheet_of_rule(
    report: RuleReport,
    by: str,
    stage: str,
    period: str,
    label: Callable[[str], Value],
    translate: Translate,
) -> Sheet:
    """A rule's report: ranked best first, days in their order, the total below.

    Args:
        period: the days in words, of `period_text`.
        label: what is read for a row's key.
    """
    by_day = by == "day"
    cells = list(report.rows) if by_day else ranked(report.rows)
    rows = [_rate_row(label(cell.key), cell) for cell in cells]
    rows.append(_rate_row(translate(TOTAL), report.total))
    left_out = translate(LEFT_OUT).format(count=report.excluded, unmapped=report.unmapped)
    return Sheet(
        name=translate(SHEET_NAMES[report.rule]),
        title=translate(STAGE_NAMES[stage]),
        subtitle=f"{period} {translate(RULE_NAMES[report.rule])}".strip(),
        headings=(translate(KEY_NAMES[by]), *map(translate, HEADINGS)),
        rows=tuple(rows),
        strong=frozenset({len(rows) - 1}),
        notes=(*((translate(report.reason),) if report.reason else ()), left_out),
        chart=Chart(len(HEADINGS), len(cells), by_day) if cells else None,
    )


def ranked(rows: Sequence[Cell]) -> list[Cell]:
    """Highest rate first, without a rate last; equal ones by name."""
    return sorted(rows, key=lambda row: (row.rate is None, -(row.rate or 0.0), row.key))


def _rate_row(label: Value, cell: Cell) -> tuple[Value, ...]:
    return (label, cell.received, cell.digitised, cell.missing, cell.delivered, cell.excluded, cell.rate)


def sheet_of_list(found: Iterable[ListedDossier], today: date, subtitle: str, translate: Translate) -> Sheet:
    """The dossiers behind a number, with the days since reception of those not digitised."""
    headings = (
        N_("Dossier"), N_("Received on"), N_("Days since reception"), N_("Branch"), N_("Received by"), N_("Procedure"),
        N_("Why not digitised"),
    )  # fmt: skip
    rows = []
    for dossier in found:
        received = date.fromisoformat(dossier.received_on) if dossier.received_on else None
        age = (today - received).days if received and not dossier.digitised else None
        why = translate(dossier.why) if dossier.why else translate(N_("Digitised"))
        rows.append(
            (
                dossier.dossier_code,
                received,
                age,
                dossier.branch,
                dossier.receiver,
                dossier.procedure_code,
                why,
            )
        )
    title = translate(N_("Dossiers"))
    return Sheet(title, title, subtitle, tuple(map(translate, headings)), tuple(rows))


def period_text(since: str, until: str, translate: Translate) -> str:
    """The days of a report in words; nothing where it has neither first nor last."""
    words = {
        (True, True): "", (True, False): PERIOD_UNTIL, (False, True): PERIOD_SINCE, (False, False): PERIOD,
    }[since == FIRST_DAY, until == LAST_DAY]  # fmt: skip
    first, last = (day_text(date.fromisoformat(day)) for day in (since, until))
    return f"{translate(words).format(since=first, until=last)}." if words else ""


def day_text(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def value_text(value: Value, language: str) -> str:
    """A value as it is printed: one decimal for percentages, a decimal comma outside English, – for nothing."""
    if value is None:
        return "–"
    if isinstance(value, date):
        return day_text(value)
    if isinstance(value, float):
        return f"{value:.1f}" if language == "en" else f"{value:.1f}".replace(".", ",")
    return str(value)
