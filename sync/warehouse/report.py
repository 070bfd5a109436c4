"""Digitization rates of the province, from the warehouse's own rows.

The two rules, official and strict, are defined in words and SQL in station/store/reports.py; here is the same
counting over the warehouse's tables, and a test holds both against each other. What differs is only where the facts
come from: *received* is what the one-stop system has put here as procedure records, *digitised* what the stations
have delivered. So province and station differ by exactly the outbox.

A rule whose column no record of the period fills has no rate, and the reason is given; nothing received has no rate.
Records without a day of reception, and dossiers delivered without a record, are in no rate and counted apart.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.engine import RowMapping

from station.core.errors import N_
from sync.warehouse.stations import Caller

RULES = ("official", "strict")
STAGES = ("intake", "result")
KEYS = {
    "branch": "r.branch",
    "procedure": "r.procedure_code",
    "day": "r.received_on",
    "counter": "r.counter",
    "operator": "r.receiver",
}
# Which of a report's dossiers to list.
SHOWN = {
    "all": "(included = 1 OR excluded = 1)",
    "received": "included = 1",
    "digitised": "digitised = 1",
    "missing": "included = 1 AND digitised = 0",
    "excluded": "excluded = 1",
    "unmapped": "status IS NULL",
}
# Before and after any dossier.
FIRST_DAY, LAST_DAY = "1900-01-01", "9999-12-31"
# No report is longer; a page shows fewer.
LIST_LIMIT = 1_000_000

NO_STATUS = N_("No record of this period has a status; import the column, or map the progress words to it.")
NO_RESOLVED_DATE = N_("No record of this period has a date of issue (resolved_at); import the column.")
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


# Everything the rules need of one record, in one row; 0 and 1 as numbers, which both databases add up.
_FACTS = """
WITH held AS (
    SELECT p.dossier_code, max(CASE WHEN EXISTS (
        SELECT 1 FROM component c WHERE c.package_id = p.id AND c.duty = 'required' AND c.outcome = 'missing'
    ) THEN 0 ELSE 1 END) AS whole
    FROM package p WHERE p.stage = :stage GROUP BY p.dossier_code
), facts AS (
    SELECT r.dossier_code, r.branch, r.procedure_code, r.receiver, r.received_on, r.status, {key} AS key,
        CASE WHEN h.dossier_code IS NULL THEN 0 ELSE 1 END AS delivered,
        CASE WHEN h.dossier_code IS NOT NULL OR {no_result} THEN 1 ELSE 0 END AS any_held,
        CASE WHEN h.whole = 1 OR {no_result} THEN 1 ELSE 0 END AS all_held,
        CASE WHEN r.status IN (2, 4, 5, 6, 7, 8, 9, 10) THEN 1 ELSE 0 END AS received,
        CASE WHEN r.status IN (7, 9, 10) THEN 1 ELSE 0 END AS resolved,
        CASE WHEN r.status IN (1, 3) THEN 0 ELSE 1 END AS taken_in,
        CASE WHEN r.status IN (7, 8) OR r.resolved_on > r.due_on OR r.progress LIKE '%chuyển%đơn vị%'
            THEN 1 ELSE 0 END AS left_out
    FROM received r LEFT JOIN held h ON h.dossier_code = r.dossier_code
    WHERE {window} BETWEEN :since AND :until AND {scope}
), counted AS (
    SELECT dossier_code, branch, procedure_code, receiver, received_on, status, key, delivered, any_held,
        {included} AS included, {excluded} AS excluded, {digitised} AS digitised
    FROM facts
)
"""

_PARTS: dict[tuple[str, str], dict[str, str]] = {
    ("official", "intake"): {
        "included": "received",
        "excluded": "0",
        "digitised": "received * any_held",
        "window": "r.received_on",
    },
    ("official", "result"): {
        "included": "received * resolved",
        "excluded": "0",
        "digitised": "received * resolved * any_held",
        "window": "r.received_on",
    },
    ("strict", "intake"): {
        "included": "taken_in * (1 - left_out)",
        "excluded": "taken_in * left_out",
        "digitised": "taken_in * (1 - left_out) * all_held",
        "window": "r.received_on",
    },
    ("strict", "result"): {
        "included": "1 - left_out",
        "excluded": "left_out",
        "digitised": "(1 - left_out) * all_held",
        "window": "r.resolved_on",
    },
}
_NO_RESULT = {"intake": "1 = 0", "result": "r.has_result = 0"}


def rates(
    conn: Connection, caller: Caller, by: str, stage: str, since: str, until: str, branch: str = ""
) -> dict[str, Any]:
    """Both rules over ISO dates since … until, both inclusive, for what the caller may see.

    Args:
        by: one of KEYS.
        branch: only this one; empty for all the caller may see.
    """
    values = _values(caller, stage, since, until, branch)
    apart = _one(conn, _APART.format(scope=_scope(caller, branch), own=_scope(caller, branch, "p")), values)
    return {
        "from": None if since == FIRST_DAY else since,
        "to": None if until == LAST_DAY else until,
        "by": by,
        "stage": stage,
        "rule": {rule: _report(conn, rule, by, stage, _scope(caller, branch), values) for rule in RULES},
        "undated": apart["undated"],
        "unrecorded": apart["unrecorded"],
    }


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
    values = _values(caller, stage, since, until, branch)
    rows = conn.execute(
        text(
            _query(rule, by, stage, _scope(caller, branch)) + f"SELECT * FROM counted WHERE {SHOWN[shown]}"
            " AND (CAST(:key AS TEXT) IS NULL OR key = :key)"
            " ORDER BY received_on, dossier_code LIMIT :limit OFFSET :offset"
        ),
        {**values, "key": key, "limit": limit, "offset": offset},
    )
    return [_listed(row) for row in rows.mappings()]


def unrecorded(conn: Connection, caller: Caller, branch: str = "", limit: int = LIST_LIMIT) -> list[str]:
    """Codes of dossiers that were delivered and that no procedure record is known of."""
    scope = _scope(caller, branch, "p")
    return _codes(conn, caller, f"p.dossier_code {_UNRECORDED.format(own=scope)}", branch, limit)


def undated(conn: Connection, caller: Caller, branch: str = "", limit: int = LIST_LIMIT) -> list[str]:
    """Codes of procedure records without a day of reception."""
    scope = _scope(caller, branch)
    return _codes(
        conn, caller, f"r.dossier_code FROM received r WHERE r.received_on IS NULL AND {scope}", branch, limit
    )


def rate_percent(digitised: int, received: int) -> float | None:
    """Percent to one decimal, half up on integers; None for nothing received."""
    return None if received <= 0 else ((digitised * 2000 + received) // (received * 2)) / 10


_UNRECORDED = (
    "FROM package p WHERE {own} AND NOT EXISTS"
    " (SELECT 1 FROM received r WHERE r.dossier_code = p.dossier_code)"
)
_APART = (
    "SELECT (SELECT count(*) FROM received r WHERE r.received_on IS NULL AND {scope}) AS undated,"
    f" (SELECT count(DISTINCT p.dossier_code) {_UNRECORDED}) AS unrecorded"
)


def _report(
    conn: Connection, rule: str, by: str, stage: str, scope: str, values: Mapping[str, Any]
) -> dict[str, Any]:
    reason = _why_no_rate(conn, rule, stage, scope, values)
    groups = conn.execute(
        text(
            _query(rule, by, stage, scope)
            + "SELECT key, sum(included) AS received, sum(digitised) AS digitised,"
            " sum(digitised * delivered) AS delivered, sum(excluded) AS excluded,"
            " sum(CASE WHEN status IS NULL THEN 1 ELSE 0 END) AS unmapped FROM counted GROUP BY key ORDER BY key"
        ),
        values,
    ).mappings()
    found = list(groups)
    rows = [
        {"key": row["key"] or "", **_numbers([row], reason), "excluded": int(row["excluded"])}
        for row in found
        if row["received"] or row["excluded"]
    ]
    return {
        "rows": rows,
        "total": _numbers(found, reason),
        "excluded": sum(int(row["excluded"]) for row in found),
        "unmapped": sum(int(row["unmapped"]) for row in found),
        "reason": reason,
    }


def _numbers(groups: list[RowMapping], reason: str | None) -> dict[str, Any]:
    sums = {name: sum(int(g[name]) for g in groups) for name in ("received", "digitised", "delivered")}
    return {**sums, "rate": None if reason else rate_percent(sums["digitised"], sums["received"])}


def _why_no_rate(
    conn: Connection, rule: str, stage: str, scope: str, values: Mapping[str, Any]
) -> str | None:
    """Why the rule cannot be computed; None when it can."""
    query = (
        "SELECT count(*) AS everything, count(r.status) AS statuses, count(r.resolved_on) AS issued"
        f" FROM received r WHERE r.received_on BETWEEN :since AND :until AND {scope}"
    )
    row = _one(conn, query, values)
    if rule == "official" and row["everything"] and not row["statuses"]:
        return NO_STATUS
    if (rule, stage) == ("strict", "result"):
        return NO_RESOLVED_DATE if row["everything"] and not row["issued"] else None
    return None if row["everything"] else NO_RECORDS


def _codes(conn: Connection, caller: Caller, which: str, branch: str, limit: int) -> list[str]:
    values = {**_values(caller, "", "", "", branch), "limit": limit}
    return list(conn.scalars(text(f"SELECT DISTINCT {which} ORDER BY 1 LIMIT :limit"), values))


def _query(rule: str, by: str, stage: str, scope: str) -> str:
    return _FACTS.format(key=KEYS[by], no_result=_NO_RESULT[stage], scope=scope, **_PARTS[rule, stage])


def _scope(caller: Caller, branch: str, table: str = "r") -> str:
    """What the caller may see, and of that what is asked for."""
    own = "1 = 1" if caller.reads_all else f"{table}.branch = :own"
    return f"{own} AND {table}.branch = :branch" if branch else own


def _values(caller: Caller, stage: str, since: str, until: str, branch: str) -> dict[str, Any]:
    values = {"stage": stage, "since": since, "until": until, "branch": branch, "own": caller.branch or ""}
    return values


def _one(conn: Connection, query: str, values: Mapping[str, Any]) -> RowMapping:
    return conn.execute(text(query), values).mappings().one()


def _listed(row: RowMapping) -> Listed:
    return Listed(
        dossier_code=row["dossier_code"],
        key=row["key"] or "",
        branch=row["branch"],
        procedure_code=row["procedure_code"],
        received_on=row["received_on"],
        receiver=row["receiver"],
        digitised=bool(row["digitised"]),
        delivered=bool(row["delivered"]),
        excluded=bool(row["excluded"]),
        why=None if row["digitised"] else _why(row),
    )


def _why(row: RowMapping) -> str:
    if row["excluded"]:
        return N_("Left out by the strict rule: late, withdrawn, stopped or transferred.")
    if row["status"] is None and not row["included"]:
        return N_("Its status is unknown, so the official rule does not count it.")
    return N_("Delivered, but a required paper is missing.") if row["any_held"] else N_("Not delivered yet.")
