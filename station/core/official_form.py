"""The official reporting form: received, digitised, reused, resolved, results, by kind of office.

The columns and groups are those a province's one-stop system prints for decision 766: departments, the land
registration office with its branches, districts (until July 2025) and communes. Every figure is the official rule's
(station/core/rates.py), so each opens the list of that rule which `LISTS` names.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from station.core.errors import N_
from station.core.levels import level_of
from station.core.rates import NO_STATUS, rate_percent

#: The sums of `tally` the form is made of (station.core.rates.sums_query on basis "received", by branch).
SUMS = (
    "records", "unmapped", "official_intake_received", "official_intake_digitised", "reused",
    "official_result_received", "official_result_digitised",
)  # fmt: skip
COLUMNS = (
    ("received", N_("Received")),
    ("not_digitised", N_("Papers not digitised")),
    ("digitised", N_("Papers digitised")),
    ("reused", N_("With a reused paper")),
    ("reused_national", N_("With a paper reused from the national portal")),
    ("resolved", N_("Resolved")),
    ("results_not_digitised", N_("Results not digitised")),
    ("results_digitised", N_("Results digitised")),
)
#: Column → stage and list of the official rule that hold its dossiers.
LISTS = {
    "received": ("intake", "received"),
    "not_digitised": ("intake", "missing"),
    "digitised": ("intake", "digitised"),
    "reused": ("intake", "reused"),
    "resolved": ("result", "received"),
    "results_not_digitised": ("result", "missing"),
    "results_digitised": ("result", "digitised"),
}
GROUPS = (
    ("I", N_("Departments of the province"), ("province",)),
    ("II", N_("Land registration office and its branches"), ("land_registry",)),
    ("III", N_("Districts, communes and wards"), ("district", "commune")),
    ("IV", N_("Other offices"), ("other",)),
)
NO_NATIONAL = N_("Nothing is taken from the national portal here, so papers reused from it are not counted.")


@dataclass(frozen=True)
class FormRow:
    """One line: an office, a group or the total. A figure is None where it cannot be counted."""

    number: str
    name: str
    figures: Mapping[str, int | None]
    intake_rate: float | None
    result_rate: float | None


@dataclass(frozen=True)
class FormGroup:
    """A kind of office: its line (name to be translated), and its offices by name."""

    line: FormRow
    rows: tuple[FormRow, ...]


@dataclass(frozen=True)
class Form:
    """The whole form, its total, and why figures are missing."""

    groups: tuple[FormGroup, ...]
    total: FormRow
    reasons: tuple[str, ...]


def form_of(rows: Iterable[Mapping[str, Any]]) -> Form:
    """The form from one row of sums a branch (`key` and SUMS); groups without an office are left away."""
    offices = [(str(row["key"] or ""), {name: int(row[name] or 0) for name in SUMS}) for row in rows]
    whole = _added(sums for _, sums in offices)
    unknown = bool(whole["records"]) and whole["unmapped"] == whole["records"]
    groups = []
    for number, name, levels in GROUPS:
        inside = sorted((key, sums) for key, sums in offices if level_of(key) in levels and sums["records"])
        if inside:
            line = _row(number, name, _added(sums for _, sums in inside), unknown)
            lines = (_row(str(n), key, sums, unknown) for n, (key, sums) in enumerate(inside, 1))
            groups.append(FormGroup(line, tuple(lines)))
    return Form(
        tuple(groups), _row("", "", whole, unknown), (*((NO_STATUS,) if unknown else ()), NO_NATIONAL)
    )


def _added(rows: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total = dict.fromkeys(SUMS, 0)
    for row in rows:
        for name in SUMS:
            total[name] += row[name]
    return total


def _row(number: str, name: str, sums: Mapping[str, int], unknown: bool) -> FormRow:
    received, digitised = sums["official_intake_received"], sums["official_intake_digitised"]
    resolved, results = sums["official_result_received"], sums["official_result_digitised"]
    figures: dict[str, int | None] = {
        "received": received,
        "not_digitised": received - digitised,
        "digitised": digitised,
        "reused": sums["reused"],
        "reused_national": None,
        "resolved": resolved,
        "results_not_digitised": resolved - results,
        "results_digitised": results,
    }
    if unknown:
        figures = dict.fromkeys(figures, None)
    return FormRow(
        number, name, figures,
        None if unknown else rate_percent(digitised, received), None if unknown else rate_percent(results, resolved),
    )  # fmt: skip
