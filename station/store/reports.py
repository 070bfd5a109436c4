"""Digitization rates from the station's own rows, and the dossiers behind each number.

The rules are station/core/rates.py's. Here *digitised* counts at sealing; *delivered* is a column of its own and is
what the warehouse counts, so the two differ by exactly the outbox.
"""

import sqlite3
from collections import Counter
from dataclasses import dataclass
from typing import Any

from station.core import official_form as forms
from station.core import rates as rules
from station.core.errors import N_
from station.core.levels import level_of
from station.core.rates import (
    GROUPINGS,
    NO_RESOLVED_DATE,
    NO_STATUS,
    RULES,
    Cell,
    RuleReport,
    rate_percent,
    report_of,
)

__all__ = [
    "GROUPINGS",
    "NO_RESOLVED_DATE",
    "NO_STATUS",
    "RULES",
    "Cell",
    "Listed",
    "RuleReport",
    "behind",
    "count_missing",
    "official_form",
    "rate_percent",
    "rates",
    "today",
]

_NOT_SCANNED = N_("Not scanned yet.")
#: Why a dossier is not digitised, and the sentence for it; "waiting" is digitised and not yet delivered.
WHY = {
    "no scan": _NOT_SCANNED,
    "rejected": N_("A rescan is asked for."),
    "verifying": N_("Scanned, waiting to be verified."),
    "ready": N_("Verified, waiting to be sealed."),
    "partial": N_("Sealed, but a required paper is missing."),
    "waiting": N_("Digitized, waiting to be sent."),
    "withdrawn": N_("Left out by the strict rule: withdrawn."),
    "stopped": N_("Left out by the strict rule: stopped."),
    "transferred": N_("Left out by the strict rule: transferred."),
    "late": N_("Left out by the strict rule: late."),
    "unknown": N_("Its status is unknown, so the official rule does not count it."),
}
_BY_STATE = {"returned": "rejected", "open": "verifying", "ready": "ready"}
LIST_LIMIT = 1_000_000


@dataclass(frozen=True)
class Listed:
    """A dossier behind a number: what it is, since when, and why it is not digitised (None when it is).

    `reason` is a key of WHY, "" for one that is digitised and delivered.
    """

    dossier_code: str
    received_on: str | None
    branch: str
    receiver: str | None
    procedure_code: str
    digitised: bool
    delivered: bool
    excluded: bool
    why: str | None
    reason: str


def rates(
    conn: sqlite3.Connection, rule: str, stage: str, by: str, since: str, until: str, branch: str = ""
) -> RuleReport:
    """One rule's report over ISO dates since … until, both inclusive; `branch` empty for all."""
    values = {"branch": branch, **rules.span_values(since, until)}
    scope = _scope(branch)
    known = conn.execute(rules.sums_query("received", "branch", _KNOWN, scope), values).fetchall()
    reason = rules.why_no_rate(rule, stage, *(sum(row[name] for row in known) for name in _KNOWN))
    query = rules.sums_query(rules.BASIS[rule, stage], by, rules.columns_for(rule, stage), scope)
    rows = [dict(row) for row in conn.execute(query, values)]
    merge = {str(row["key"]): level_of(str(row["key"])) for row in rows} if by == "level" else None
    return report_of(rule, stage, rows, reason, merge)


_KNOWN = ("records", "unmapped", "dated")


def behind(
    conn: sqlite3.Connection,
    rule: str,
    stage: str,
    by: str,
    since: str,
    until: str,
    key: str | None = None,
    branch: str = "",
    *,
    shown: str = "all",
    limit: int = LIST_LIMIT,
) -> list[Listed]:
    """The dossiers behind a report's row (`key`), or behind its total, oldest first; `shown` is one of SHOWN."""
    column, day = rules.key_column(rule, stage, by), rules.DAY_COLUMNS[rules.BASIS[rule, stage]]
    values: dict[str, Any] = {"since": since, "until": until, "branch": branch, "key": key, "limit": limit}
    chosen = "1 = 1" if key is None else f"r.{column} = :key"
    if key is not None and by == "level":
        there = [name for name in branches(conn) if level_of(name) == key]
        values |= {f"branch_{number}": name for number, name in enumerate(there)}
        chosen = f"r.branch IN ({', '.join(f':branch_{n}' for n in range(len(there)))})"
    rows = conn.execute(
        f"SELECT r.*, {rules.listed_columns(rule, stage)}, (SELECT d.state FROM dossier d"
        f"  WHERE d.dossier_code = r.dossier_code AND d.stage = '{stage}' ORDER BY d.version DESC LIMIT 1) AS state"
        f" FROM received r WHERE r.{day} BETWEEN :since AND :until AND {_scope(branch, 'r.')} AND {chosen}"
        f" AND {rules.shown_condition(rule, stage, shown)} ORDER BY r.received_on, r.dossier_code LIMIT :limit",
        values,
    )
    return [_listed(row) for row in rows]


def count_missing(
    conn: sqlite3.Connection, rule: str, stage: str, since: str, until: str, branch: str = ""
) -> dict[str, int]:
    """How many dossiers are not digitised, by reason (keys of WHY), most first. They sum to what is missing."""
    found = behind(conn, rule, stage, "branch", since, until, None, branch, shown="missing")
    return dict(Counter(dossier.reason for dossier in found).most_common())


def official_form(conn: sqlite3.Connection, since: str, until: str, branch: str = "") -> forms.Form:
    """The official form over dossiers received on these days."""
    query = rules.sums_query("received", "branch", forms.SUMS, _scope(branch))
    rows = conn.execute(query, {"branch": branch, **rules.span_values(since, until)})
    return forms.form_of(dict(row) for row in rows)


def branches(conn: sqlite3.Connection) -> list[str]:
    """The branches of which a dated record is known."""
    rows = conn.execute("SELECT DISTINCT branch FROM tally WHERE dimension = 'counter' ORDER BY 1")
    return [row["branch"] for row in rows]


def _scope(branch: str, prefix: str = "") -> str:
    return f"{prefix}branch = :branch" if branch else "1 = 1"


def _listed(row: sqlite3.Row) -> Listed:
    reason = _reason(row)
    digitised = bool(row["digitised"])
    return Listed(
        dossier_code=row["dossier_code"],
        received_on=row["received_on"],
        branch=row["branch"],
        receiver=row["receiver"] or None,
        procedure_code=row["procedure_code"],
        digitised=digitised,
        delivered=bool(row["delivered"]),
        excluded=bool(row["left_out"]),
        why=None if digitised else WHY[reason],
        reason=reason,
    )


def _reason(row: sqlite3.Row) -> str:
    """A key of WHY; "" for a dossier that is digitised and delivered, or needs nothing."""
    if row["digitised"]:
        return "waiting" if row["held"] and not row["delivered"] else ""
    if row["left_out"]:
        return str(row["left_out"])
    if row["held"] or row["state"] in ("sealed", "delivered"):
        return "partial" if row["counted"] else "unknown"
    if row["status"] is None and not row["counted"]:
        return "unknown"
    return _BY_STATE.get(row["state"], "no scan")


def today(conn: sqlite3.Connection, day: str, branch: str = "") -> dict[str, Any]:
    """The day's card: received, digitised, missing, doubtful, waiting to be sent."""
    report = rates(conn, "official", "intake", "branch", day, day, branch)
    doubtful = conn.execute(
        "SELECT count(DISTINCT d.id) FROM dossier d JOIN document p ON p.dossier_id = d.id"
        " JOIN field f ON f.document_id = p.id WHERE d.state IN ('open', 'returned') AND f.flagged AND f.value IS NULL"
    ).fetchone()[0]
    waiting = conn.execute("SELECT count(*) FROM package WHERE state = 'waiting'").fetchone()[0]
    return {
        "received": report.total.received,
        "digitised": report.total.digitised,
        "missing": report.total.missing,
        "rate": report.total.rate,
        "doubtful": doubtful,
        "waiting": waiting,
    }
