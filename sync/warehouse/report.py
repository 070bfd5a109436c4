"""Digitization rates of the province, from the warehouse's own rows.

The rules are station/core/rates.py's, word for word and condition for condition the station's own. What differs is
only where the facts come from: *received* is what the one-stop system has put here as procedure records, *digitised*
what the stations have delivered. So province and station differ by exactly the outbox.

A rule whose column no record of the period fills has no rate, and the reason is given; nothing received has no rate.
Records without a day of reception, and dossiers delivered without a record, are in no rate and counted apart.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.engine import RowMapping

from station.core import rates as rules
from station.core.errors import N_
from station.core.levels import level_of
from station.core.rates import (
    FIRST_DAY,
    LAST_DAY,
    NO_RESOLVED_DATE,
    NO_STATUS,
    RULES,
    STAGES,
    Cell,
    RuleReport,
)
from sync.warehouse.stations import Caller

__all__ = ["FIRST_DAY", "LAST_DAY", "NO_RESOLVED_DATE", "NO_STATUS", "RULES", "STAGES"]

# No report is longer; a page shows fewer.
LIST_LIMIT = 1_000_000

NO_RECORDS = N_("No procedure record of this period is known here; the one-stop system puts them.")


@dataclass(frozen=True)
class Listed:
    """A dossier behind a number, and why it is not digitised (a sentence to translate; None when it is)."""

    dossier_code: str
    key: str
    branch: str
    procedure_code: str
    received_on: str | None
    receiver: str
    digitised: bool
    delivered: bool
    excluded: bool
    why: str | None


def rates(
    conn: Connection, caller: Caller, by: str, stage: str, since: str, until: str, branch: str = ""
) -> dict[str, Any]:
    """Both rules over ISO dates since … until, both inclusive, for what the caller may see.

    Args:
        by: one of station.core.rates.GROUPINGS.
        branch: only this one; empty for all the caller may see.
    """
    scope, own = scope_of(caller, branch), scope_values(caller, branch)
    apart = _one(conn, _APART.format(scope=scope), own)
    reports = rule_reports(conn, caller, by, stage, since, until, branch)
    return {
        "from": None if since == FIRST_DAY else since,
        "to": None if until == LAST_DAY else until,
        "by": by,
        "stage": stage,
        "rule": {rule: _rule_json(report) for rule, report in reports.items()},
        "undated": apart["undated"],
        "unrecorded": apart["unrecorded"],
    }


def rule_reports(
    conn: Connection, caller: Caller, by: str, stage: str, since: str, until: str, branch: str = ""
) -> dict[str, RuleReport]:
    """The report of each rule."""
    return {rule: _report(conn, rule, by, stage, since, until, caller, branch) for rule in RULES}


def behind(
    conn: Connection,
    caller: Caller,
    rule: str,
    by: str,
    stage: str,
    since: str,
    until: str,
    key: str | None,
    *,
    branch: str = "",
    shown: str = "all",
    limit: int = LIST_LIMIT,
    offset: int = 0,
) -> list[Listed]:
    """The dossiers behind a row (`key`) or behind the total; what is left out is marked. `shown` is one of SHOWN."""
    values: dict[str, Any] = {**scope_values(caller, branch), "since": since, "until": until, "key": key}
    column, day = rules.key_column(rule, stage, by), rules.DAY_COLUMNS[rules.BASIS[rule, stage]]
    chosen = "1 = 1" if key is None else f"r.{column} = :key"
    if key is not None and by == "level":
        there = [name for name in _branches(conn, caller, branch) if level_of(name) == key]
        values |= {f"branch_{number}": name for number, name in enumerate(there)}
        chosen = f"r.branch IN ({', '.join(f':branch_{n}' for n in range(len(there)))})" if there else "1 = 0"
    rows = conn.execute(
        text(
            f"SELECT r.*, r.{column} AS key, {rules.listed_columns(rule, stage)} FROM received r"
            f" WHERE r.{day} BETWEEN :since AND :until AND {scope_of(caller, branch, 'r.')} AND {chosen}"
            f" AND {rules.shown_condition(rule, stage, shown)}"
            f" ORDER BY r.received_on, r.dossier_code LIMIT :limit OFFSET :offset"
        ),
        {**values, "limit": limit, "offset": offset},
    )
    return [_listed(row, by) for row in rows.mappings()]


def branches(conn: Connection, caller: Caller, branch: str = "") -> list[str]:
    """The branches the caller may see of which a dated record is known."""
    return _branches(conn, caller, branch)


def unrecorded(conn: Connection, caller: Caller, branch: str = "", limit: int = LIST_LIMIT) -> list[str]:
    """Codes of dossiers that were delivered and that no procedure record is known of."""
    return _codes(conn, caller, "unrecorded WHERE 1 = 1", branch, limit)


def undated(conn: Connection, caller: Caller, branch: str = "", limit: int = LIST_LIMIT) -> list[str]:
    """Codes of procedure records without a day of reception."""
    return _codes(conn, caller, "received WHERE received_on IS NULL", branch, limit)


_APART = (
    "SELECT (SELECT count(*) FROM received WHERE received_on IS NULL AND {scope}) AS undated,"
    " (SELECT count(*) FROM unrecorded WHERE {scope}) AS unrecorded"
)


def _report(
    conn: Connection, rule: str, by: str, stage: str, since: str, until: str, caller: Caller, branch: str
) -> RuleReport:
    scope = scope_of(caller, branch)
    values = {**scope_values(caller, branch), **rules.span_values(since, until)}
    known = _one(
        conn, rules.sums_query("received", "branch", ("records", "unmapped", "dated"), scope), values, everything=True
    )  # fmt: skip
    reason = rules.why_no_rate(rule, stage, known["records"], known["unmapped"], known["dated"])
    if not known["records"] and (rule, stage) != ("strict", "result"):
        reason = NO_RECORDS
    query = rules.sums_query(rules.BASIS[rule, stage], by, rules.columns_for(rule, stage), scope)
    rows = [dict(row) for row in conn.execute(text(query), values).mappings()]
    merge = {str(row["key"]): level_of(str(row["key"])) for row in rows} if by == "level" else None
    return rules.report_of(rule, stage, rows, reason, merge)


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


def _branches(conn: Connection, caller: Caller, branch: str) -> list[str]:
    query = f"SELECT DISTINCT branch FROM tally WHERE dimension = 'counter' AND {scope_of(caller, branch)} ORDER BY 1"
    return list(conn.scalars(text(query), scope_values(caller, branch)))


def _codes(conn: Connection, caller: Caller, which: str, branch: str, limit: int) -> list[str]:
    query = (
        f"SELECT DISTINCT dossier_code FROM {which} AND {scope_of(caller, branch)} ORDER BY 1 LIMIT :limit"
    )
    return list(conn.scalars(text(query), {**scope_values(caller, branch), "limit": limit}))


def scope_of(caller: Caller, branch: str, prefix: str = "") -> str:
    """What the caller may see, and of that what is asked for."""
    own = "1 = 1" if caller.reads_all else f"{prefix}branch = :own"
    return f"{own} AND {prefix}branch = :branch" if branch else own


def scope_values(caller: Caller, branch: str) -> dict[str, Any]:
    return {"branch": branch, "own": caller.branch or ""}


def _one(
    conn: Connection, query: str, values: Mapping[str, Any], everything: bool = False
) -> Mapping[str, int]:
    """The only row; or with `everything` the sum of all rows, 0 without any."""
    if not everything:
        return dict(conn.execute(text(query), values).mappings().one())
    rows = conn.execute(text(query), values).mappings().all()
    names = ("records", "unmapped", "dated")
    return {name: sum(int(row[name]) for row in rows) for name in names}


def _listed(row: RowMapping, by: str) -> Listed:
    key = str(row["key"] or "")
    return Listed(
        dossier_code=row["dossier_code"],
        key=level_of(key) if by == "level" else key,
        branch=row["branch"],
        procedure_code=row["procedure_code"],
        received_on=row["received_on"],
        receiver=row["receiver"],
        digitised=bool(row["digitised"]),
        delivered=bool(row["delivered"]),
        excluded=bool(row["left_out"]),
        why=None if row["digitised"] else _why(row),
    )


WHY_LEFT_OUT = {
    "withdrawn": N_("Left out by the strict rule: withdrawn."),
    "stopped": N_("Left out by the strict rule: stopped."),
    "transferred": N_("Left out by the strict rule: transferred."),
    "late": N_("Left out by the strict rule: late."),
}


def _why(row: RowMapping) -> str:
    if row["left_out"]:
        return WHY_LEFT_OUT[row["left_out"]]
    if row["status"] is None and not row["counted"]:
        return N_("Its status is unknown, so the official rule does not count it.")
    return N_("Delivered, but a required paper is missing.") if row["delivered"] else N_("Not delivered yet.")
