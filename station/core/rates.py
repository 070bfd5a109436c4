"""What a digitization rate is: both rules in words and in SQL, for the station and the warehouse alike.

Rate = dossiers digitised ÷ dossiers received (stage *intake*), results digitised ÷ results issued (stage *result*).
Two rules stand side by side:

official — the province's counting (decision 766's practice): of the dossiers *received* in the period whose status
    is one of 2, 4–10, one counts as digitised when at least one paper of it is. Results: of the same dossiers, those
    resolved (7, 9, 10) are the denominator — the same reception window — and those with a digitised result, or of a
    procedure that has none (`has_result` = 0), the numerator. Nothing is left out.
strict — complete and clean: late (issued after the due day), withdrawn (7), stopped (8) and transferred dossiers are
    left out and listed, each under the first reason that fits; a dossier counts when every required paper of it is
    digitised or reused. A *partial* one is received and not digitised: half the work must not raise the rate. It is
    listed too. Results by their date of issue.

A rate has one decimal, rounded half up on integers; nothing received has none. A rule whose column no record of the
period fills has none either, and the reason is given.

Both databases keep a table `received`: one row a dossier, its columns as comparable values and what is held of it as
0 or 1. Table `tally` sums it by branch and day, and by month for the other groupings; triggers keep it, so that a
report over a million dossiers reads some thousand rows. The list behind a number asks `received` with the same
conditions, so a number and its list cannot differ.
"""

import calendar
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from station.core.errors import N_

RULES = ("official", "strict")
STAGES = ("intake", "result")
#: What a row may stand for. A level is a kind of branch (station.core.levels); day and branch need no month sums.
GROUPINGS = ("branch", "procedure", "operator", "counter", "level", "day")
#: A cell that begins with one of these is a formula to a spreadsheet (OWASP, CSV injection; full-width forms too).
SPREADSHEET_TAKES_FOR_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
#: Before and after any dossier: what "no date given" means.
FIRST_DAY, LAST_DAY = "1900-01-01", "9999-12-31"

NO_STATUS = N_("No record of this period has a status; import the column, or map the progress words to it.")
NO_RESOLVED_DATE = N_("No record of this period has a date of issue (resolved_at); import the column.")

#: Why the strict rule leaves a dossier out; the first that fits counts.
LEFT_OUT = ("withdrawn", "stopped", "transferred", "late")
#: A progress word that says so, and the condition it fulfils.
TRANSFER = "chuyển đơn vị"
TRANSFERRED = "lower({r}progress) LIKE '%chuyển%đơn vị%'"
_REASON = (
    "CASE WHEN {r}status = 7 THEN 'withdrawn' WHEN {r}status = 8 THEN 'stopped'"
    f" WHEN {TRANSFERRED} THEN 'transferred'"
    " WHEN {r}resolved_on > {r}due_on THEN 'late' ELSE '' END"
)
_RECEIVED = "{r}status IN (2, 4, 5, 6, 7, 8, 9, 10)"
_RESOLVED = "{r}status IN (7, 9, 10)"
# The strict rule needs no status to know that a dossier was received; it only leaves out what was turned away.
_TAKEN_IN = "({r}status IS NULL OR {r}status NOT IN (1, 3))"
_ANY = {"intake": "{r}intake_held = 1", "result": "({r}result_held = 1 OR {r}has_result = 0)"}
_WHOLE = {"intake": "{r}intake_whole = 1", "result": "({r}result_whole = 1 OR {r}has_result = 0)"}
_PARTIAL = {
    "intake": "{r}intake_held = 1 AND {r}intake_whole = 0",
    "result": "{r}result_held = 1 AND {r}result_whole = 0 AND ({r}has_result IS NULL OR {r}has_result <> 0)",
}
# Rule, stage: which dossiers are in question, and which of them are digitised.
_COUNTED = {
    ("official", "intake"): (_RECEIVED, _ANY["intake"]),
    ("official", "result"): (f"{_RECEIVED} AND {_RESOLVED}", _ANY["result"]),
    ("strict", "intake"): (f"{_TAKEN_IN} AND {_REASON} = ''", _WHOLE["intake"]),
    ("strict", "result"): (f"{_REASON} = ''", _WHOLE["result"]),
}
#: The day a rule counts a dossier by.
BASIS = {key: "issued" if key == ("strict", "result") else "received" for key in _COUNTED}
DAY_COLUMNS = {"received": "received_on", "issued": "resolved_on"}


def _conditions(rule: str, stage: str) -> dict[str, str]:
    """Name of a count → the condition on a row of `received` that a dossier of it fulfils."""
    counted, digitised = _COUNTED[rule, stage]
    found = {
        "received": counted,
        "digitised": f"{counted} AND {digitised}",
        "delivered": f"{counted} AND {digitised} AND {{r}}{stage}_delivered = 1",
    }
    if rule == "strict":
        taken = _TAKEN_IN if stage == "intake" else "1 = 1"
        found |= {reason: f"{taken} AND {_REASON} = '{reason}'" for reason in LEFT_OUT}
        found["partial"] = f"{counted} AND {_PARTIAL[stage]}"
    return found


CONDITIONS = {key: _conditions(*key) for key in _COUNTED}
_EVERYWHERE = {"records": "1 = 1", "unmapped": "{r}status IS NULL"}
# For the official form (station.core.official_form), and to know whether a column is there at all.
_EXTRA = {"dated": "{r}resolved_on IS NOT NULL", "reused": f"{_RECEIVED} AND {{r}}intake_reused = 1"}


def column_of(rule: str, stage: str, count: str) -> str:
    """The column of `tally` that keeps a count."""
    return f"{rule}_{stage}_{count}"


def _measures(basis: str) -> dict[str, str]:
    """Columns of `tally` on a basis, each with the condition it counts."""
    found = {**_EVERYWHERE, **(_EXTRA if basis == "received" else {})}
    for key, conditions in CONDITIONS.items():
        if BASIS[key] == basis:
            found |= {column_of(*key, count): condition for count, condition in conditions.items()}
    return found


MEASURES = {basis: _measures(basis) for basis in DAY_COLUMNS}
FLAGS = (
    "intake_held", "intake_whole", "intake_delivered", "intake_reused",
    "result_held", "result_whole", "result_delivered",
)  # fmt: skip
RECEIVED_COLUMNS = (
    "dossier_code", "branch", "procedure_code", "counter", "receiver", "received_on", "due_on", "resolved_on",
    "status", "progress", "has_result",
)  # fmt: skip
_KEYS = {"procedure": "procedure_code", "counter": "counter", "operator": "receiver"}


@dataclass(frozen=True)
class Cell:
    """One row of a report. `rate` is percent to one decimal, None where it cannot be computed; `left_out` counts
    the strict rule's exclusions by reason, `partial` those received of which a required paper is missing."""

    key: str
    received: int
    digitised: int
    delivered: int
    rate: float | None
    left_out: Mapping[str, int]
    partial: int

    @property
    def excluded(self) -> int:
        return sum(self.left_out.values())

    @property
    def missing(self) -> int:
        return self.received - self.digitised


@dataclass(frozen=True)
class RuleReport:
    """A rule's rows, their total, how many dossiers it leaves out, how many have no status it knows, and why it
    has no rate where it has none."""

    rule: str
    rows: tuple[Cell, ...]
    total: Cell
    excluded: int
    unmapped: int
    reason: str | None


def rate_percent(digitised: int, received: int) -> float | None:
    """Percent to one decimal, half up on integers; None for nothing received."""
    return None if received <= 0 else ((digitised * 2000 + received) // (received * 2)) / 10


def year_before(day: str) -> str:
    """The same ISO day a year earlier; 28 February for a leap day."""
    return f"{int(day[:4]) - 1:04d}-{'02-28' if day[5:] == '02-29' else day[5:]}"


def report_of(
    rule: str, stage: str, rows: Iterable[Mapping[str, Any]], reason: str | None, merge: Mapping[str, str] | None = None
) -> RuleReport:  # fmt: skip
    """The report of a rule from rows of `sums_query`; `merge` names the group of each key where keys are grouped."""
    counts = tuple(CONDITIONS[rule, stage])
    sums: dict[str, dict[str, int]] = {}
    unmapped = 0
    for row in rows:
        key = str(row["key"] or "")
        group = sums.setdefault(merge[key] if merge is not None else key, dict.fromkeys(counts, 0))
        for count in counts:
            group[count] += int(row[column_of(rule, stage, count)] or 0)
        unmapped += int(row["unmapped"] or 0)
    cells = [_cell(key, group, reason) for key, group in sorted(sums.items())]
    cells = [cell for cell in cells if cell.received or cell.excluded]
    total = _cell("", {c: sum(g[c] for g in sums.values()) for c in counts}, reason)
    return RuleReport(rule, tuple(cells), total, total.excluded, unmapped, reason)


def _cell(key: str, group: Mapping[str, int], reason: str | None) -> Cell:
    received, digitised = group["received"], group["digitised"]
    return Cell(
        key, received, digitised, group["delivered"],
        None if reason else rate_percent(digitised, received),
        {name: group.get(name, 0) for name in LEFT_OUT}, group.get("partial", 0),
    )  # fmt: skip


def with_key(cell: Cell, key: str) -> Cell:
    return replace(cell, key=key)


def why_no_rate(rule: str, stage: str, records: int, unmapped: int, dated: int) -> str | None:
    """Why a rule cannot be computed of these records by day of reception; None when it can or there are none."""
    if rule == "official" and records and unmapped == records:
        return NO_STATUS
    return NO_RESOLVED_DATE if (rule, stage) == ("strict", "result") and records and not dated else None


# ---- asking


def sums_query(basis: str, by: str, columns: Sequence[str], scope: str) -> str:
    """SQL that sums `columns` of `tally` by group, over :since … :until and what `span_values` gives.

    Args:
        by: one of GROUPINGS; a level is asked for by branch.
        scope: a condition on column `branch`, which both tables have.
    """
    if by in ("branch", "day", "level"):
        sums = ", ".join(f"sum({c}) AS {c}" for c in columns)
        key = "key" if by == "day" else "branch"
        return (
            f"SELECT {key} AS key, {sums} FROM tally WHERE basis = '{basis}' AND dimension = 'day'"
            f" AND key BETWEEN :since AND :until AND {scope} GROUP BY {key}"
        )
    day, measures = DAY_COLUMNS[basis], MEASURES[basis]
    edge = ", ".join(f"{_one(measures[c], '')} AS {c}" for c in columns)
    return (
        f"SELECT key, {', '.join(f'sum({c}) AS {c}' for c in columns)} FROM ("
        f"SELECT key, {', '.join(columns)} FROM tally WHERE basis = '{basis}' AND dimension = '{by}'"
        f" AND period BETWEEN :first_month AND :last_month AND {scope}"
        f" UNION ALL SELECT {_KEYS[by]} AS key, {edge} FROM received"
        f" WHERE {day} BETWEEN :head_since AND :head_until AND {scope}"
        f" UNION ALL SELECT {_KEYS[by]} AS key, {edge} FROM received"
        f" WHERE {day} BETWEEN :tail_since AND :tail_until AND {scope}) AS parts GROUP BY key"
    )


def span_values(since: str, until: str) -> dict[str, str]:
    """A period as whole months and the days before and after them, ISO dates, all ends included."""
    nothing = ("9", "0")
    first_month, last_month = since[:7], until[:7]
    whole_end = int(until[8:]) == calendar.monthrange(int(until[:4]), int(until[5:7]))[1]
    head = tail = nothing
    if since[8:] != "01" or (first_month == last_month and not whole_end):
        head = (since, min(until, f"{first_month}-31"))
        first_month = _next_month(first_month)
    if not whole_end and until[:7] >= first_month:
        tail = (f"{last_month}-01", until)
        last_month = _month_before(last_month)
    return {
        "since": since, "until": until, "first_month": first_month, "last_month": last_month,
        "head_since": head[0], "head_until": head[1], "tail_since": tail[0], "tail_until": tail[1],
    }  # fmt: skip


def columns_for(rule: str, stage: str) -> list[str]:
    """The columns of `tally` a rule's report needs."""
    return ["unmapped", *(column_of(rule, stage, count) for count in CONDITIONS[rule, stage])]


#: Which of a report's dossiers to list.
SHOWN = (
    "all", "received", "digitised", "missing", "delivered", "undelivered", "excluded", *LEFT_OUT, "partial", "reused",
    "unmapped",
)  # fmt: skip


def listed_columns(rule: str, stage: str) -> str:
    """SQL of what a list needs beside the columns of `received` AS r: counted, digitised, left_out."""
    conditions = CONDITIONS[rule, stage]
    out = _REASON.format(r="r.") if rule == "strict" else "''"
    if (rule, stage) == ("strict", "intake"):
        out = f"CASE WHEN {_TAKEN_IN.format(r='r.')} THEN {out} ELSE '' END"
    return (
        f"{_one(conditions['received'], 'r.')} AS counted, {_one(conditions['digitised'], 'r.')} AS digitised,"
        f" r.{stage}_delivered AS delivered, r.{stage}_held AS held, {out} AS left_out"
    )


def shown_condition(rule: str, stage: str, shown: str) -> str:
    """SQL on `received` AS r: the dossiers a list shows; one of SHOWN."""
    conditions = {name: f"({text.format(r='r.')})" for name, text in CONDITIONS[rule, stage].items()}
    counted, digitised = conditions["received"], conditions["digitised"]
    out = " OR ".join(conditions[name] for name in LEFT_OUT if name in conditions) or "1 = 0"
    not_digitised = f"{_one(digitised, '')} = 0"
    return {
        **dict.fromkeys((*LEFT_OUT, "partial"), "1 = 0"), **conditions,
        "reused": f"({_EXTRA['reused'].format(r='r.')})" if (rule, stage) == ("official", "intake") else "1 = 0",
        "all": f"({counted} OR {out})",
        "missing": f"({counted} AND {not_digitised})",
        "undelivered": f"({digitised} AND r.{stage}_delivered = 0)",
        "excluded": f"({out})",
        "unmapped": "r.status IS NULL",
    }[shown]  # fmt: skip


def key_column(rule: str, stage: str, by: str) -> str:
    """The column of `received` a grouping goes by."""
    if by in ("branch", "level"):
        return "branch"
    return DAY_COLUMNS[BASIS[rule, stage]] if by == "day" else _KEYS[by]


def came_query(stage: str, scope: str) -> str:
    """SQL: branch, day and count of the dossiers of :since … :until (official rule) that came since :first.

    Results come on their day of issue. `scope` is a condition on `received` AS r, here and below.
    """
    counted = CONDITIONS["official", stage]["received"].format(r="r.")
    day = "r.received_on" if stage == "intake" else "r.resolved_on"
    return _by_branch_and_day(day, f"{counted} AND {scope}")


def paperless_query(stage: str, scope: str) -> str:
    """SQL as `came_query`: dossiers that count as digitised though nothing is held, by their day of issue."""
    digitised = CONDITIONS["official", stage]["digitised"].format(r="r.")
    return _by_branch_and_day("r.resolved_on", f"{digitised} AND r.{stage}_held = 0 AND {scope}")


def overdue_query(scope: str) -> str:
    """SQL: branch and count of the dossiers of :since … :today, not digitised (official rule), due before :today."""
    counted = CONDITIONS["official", "intake"]["received"].format(r="r.")
    return (
        "SELECT r.branch AS branch, count(*) AS dossiers FROM received r WHERE r.received_on BETWEEN :since AND :today"
        f" AND r.due_on < :today AND {counted} AND r.intake_held = 0 AND {scope} GROUP BY r.branch"
    )


def _by_branch_and_day(day: str, condition: str) -> str:
    return (
        f"SELECT r.branch AS branch, {day} AS day, count(*) AS dossiers FROM received r"
        f" WHERE r.received_on BETWEEN :since AND :until AND {day} >= :first AND {condition} GROUP BY r.branch, {day}"
    )


def _one(condition: str, prefix: str) -> str:
    return f"CASE WHEN {condition.replace('{r}', prefix)} THEN 1 ELSE 0 END"


def _next_month(month: str) -> str:
    year, number = int(month[:4]), int(month[5:])
    return f"{year + number // 12:04d}-{number % 12 + 1:02d}"


def _month_before(month: str) -> str:
    year, number = int(month[:4]), int(month[5:])
    return f"{year - (number == 1):04d}-{(number - 2) % 12 + 1:02d}"
