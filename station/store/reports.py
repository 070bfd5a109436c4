"""Digitization rates from the station's own rows: the definition, in words and in SQL, in one place.

Two rules stand side by side, each for both stages:

official — the province's counting (decision 766's practice): of the records *received* in the period whose
    status is one of 2, 4–10, a dossier counts as digitised when at least one paper of it was sealed. Results:
    of the same records, those resolved (status 7, 9, 10) are the denominator — the same reception window —
    and those with a sealed result, or of a procedure that has none (`has_result` = 0), the numerator.
strict — complete and clean: late (resolved after due), withdrawn (7), stopped (8) and transferred dossiers are
    left out and listed; a dossier counts when every required component is digitised or reused; results by the
    date of issue (`resolved_on`).

A rule whose column no record of the period fills has no rate, and the reason is given. A zero denominator has
no rate. *Digitised* counts at sealing; *delivered* is a column of its own.
"""

import sqlite3
from dataclasses import dataclass
from typing import Any

from station.core.errors import N_

#: Statuses of the national list that count as received (product: procedure records; domain: statuses 1–10).
RECEIVED_STATUSES = (2, 4, 5, 6, 7, 8, 9, 10)
RESOLVED_STATUSES = (7, 9, 10)
WITHDRAWN, STOPPED = 7, 8

KEYS = {
    "branch": "r.branch",
    "procedure": "r.procedure_code",
    "day": "r.received_on",
    "counter": "coalesce(r.counter, '')",
    "operator": "coalesce(r.receiver, '')",
}
RULES = ("official", "strict")
NO_STATUS = N_("No record of this period has a status; import the column, or map the progress words to it.")
NO_RESOLVED_DATE = N_("No record of this period has a date of issue (resolved_at); import the column.")


@dataclass(frozen=True)
class Cell:
    """One row of a report. `rate` is percent to one decimal, None where it cannot be computed."""

    key: str
    received: int
    digitised: int
    delivered: int
    rate: float | None


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


@dataclass(frozen=True)
class Listed:
    """A dossier behind a number: what it is, since when, and why it is not digitised (None when it is)."""

    dossier_code: str
    received_on: str | None
    branch: str
    receiver: str | None
    procedure_code: str
    digitised: bool
    delivered: bool
    excluded: bool
    why: str | None


def rate_percent(digitised: int, received: int) -> float | None:
    """Percent to one decimal, half up on integers; None for nothing received."""
    if received <= 0:
        return None
    return ((digitised * 2000 + received) // (received * 2)) / 10


# Everything the rules need of one record, in one row. Two facts per stage: is anything sealed, is all required there.
_FACTS = """
WITH sealed AS (
    SELECT d.dossier_code, d.stage, max(d.state = 'delivered') AS delivered,
        max(NOT EXISTS (SELECT 1 FROM component c WHERE c.dossier_id = d.id
            AND c.duty = 'required' AND c.outcome = 'missing')) AS complete
    FROM dossier d WHERE d.state IN ('sealed', 'delivered') AND d.dossier_code IS NOT NULL
    GROUP BY d.dossier_code, d.stage
), facts AS (
    SELECT r.*, {key} AS key,
        s.dossier_code IS NOT NULL OR (:stage = 'result' AND r.has_result = 0) AS any_sealed,
        coalesce(s.complete, 0) OR (:stage = 'result' AND r.has_result = 0) AS all_sealed,
        coalesce(s.delivered, 0) AS is_delivered,
        coalesce(r.resolved_on > substr(r.due_at, 7, 4) || '-' || substr(r.due_at, 4, 2) || '-'
            || substr(r.due_at, 1, 2), 0) AS late
    FROM record r LEFT JOIN sealed s ON s.dossier_code = r.dossier_code AND s.stage = :stage
    WHERE (:branch = '' OR r.branch = :branch)
), counted AS (
    SELECT *,
        {included} AS included,
        {excluded} AS excluded,
        {digitised} AS digitised
    FROM facts WHERE {window}
)
"""

_RECEIVED = f"coalesce(status IN {RECEIVED_STATUSES}, 0)"
# The strict rule needs no status to know that a record was received; it only leaves out what was turned away.
_TAKEN_IN = "coalesce(status NOT IN (1, 3), 1)"
_RESOLVED = f"coalesce(status IN {RESOLVED_STATUSES}, 0)"
_LEFT_OUT = f"(coalesce(status IN ({WITHDRAWN}, {STOPPED}), 0) OR late OR progress LIKE '%chuyển%đơn vị%')"
_BY_RECEPTION = "received_on BETWEEN :since AND :until"
_BY_ISSUE = "resolved_on BETWEEN :since AND :until"

_PARTS: dict[tuple[str, str], dict[str, str]] = {
    ("official", "intake"): {
        "included": _RECEIVED,
        "excluded": "0",
        "digitised": f"{_RECEIVED} AND any_sealed",
        "window": _BY_RECEPTION,
    },
    ("official", "result"): {
        "included": f"{_RECEIVED} AND {_RESOLVED}",
        "excluded": "0",
        "digitised": f"{_RECEIVED} AND {_RESOLVED} AND any_sealed",
        "window": _BY_RECEPTION,
    },
    ("strict", "intake"): {
        "included": f"{_TAKEN_IN} AND NOT {_LEFT_OUT}",
        "excluded": f"{_TAKEN_IN} AND {_LEFT_OUT}",
        "digitised": f"{_TAKEN_IN} AND NOT {_LEFT_OUT} AND all_sealed",
        "window": _BY_RECEPTION,
    },
    ("strict", "result"): {
        "included": f"NOT {_LEFT_OUT}",
        "excluded": _LEFT_OUT,
        "digitised": f"NOT {_LEFT_OUT} AND all_sealed",
        "window": _BY_ISSUE,
    },
}


def rates(
    conn: sqlite3.Connection, rule: str, stage: str, by: str, since: str, until: str, branch: str = ""
) -> RuleReport:
    """One rule's report over ISO dates since … until, both inclusive; `branch` empty for all."""
    values = {"stage": stage, "since": since, "until": until, "branch": branch}
    reason = _missing_column(conn, rule, stage, values)
    rows = conn.execute(
        _query(rule, stage, by)
        + "SELECT key, coalesce(sum(included), 0) AS received, coalesce(sum(digitised), 0) AS digitised,"
        " coalesce(sum(digitised AND is_delivered), 0) AS delivered, coalesce(sum(excluded), 0) AS excluded,"
        " sum(status IS NULL) AS unmapped"
        " FROM counted GROUP BY key ORDER BY key",
        values,
    ).fetchall()
    cells = tuple(_cell(row, reason) for row in rows if row["received"] or row["excluded"])
    total = _total(cells, reason)
    return RuleReport(
        rule, cells, total, sum(row["excluded"] for row in rows), sum(row["unmapped"] for row in rows), reason
    )


def behind(
    conn: sqlite3.Connection,
    rule: str,
    stage: str,
    by: str,
    since: str,
    until: str,
    key: str | None = None,
    branch: str = "",
) -> list[Listed]:
    """The dossiers behind a report's row (`key`), or behind its total; those left out are marked."""
    values = {"stage": stage, "since": since, "until": until, "branch": branch, "key": key}
    rows = conn.execute(
        _query(rule, stage, by) + "SELECT c.*, (SELECT d.state FROM dossier d"
        "  WHERE d.dossier_code = c.dossier_code AND d.stage = :stage ORDER BY d.version DESC LIMIT 1) AS open_state"
        " FROM counted c WHERE (included OR excluded) AND (:key IS NULL OR key = :key) ORDER BY received_on, dossier_code",
        values,
    )
    return [_listed(row) for row in rows]


def _query(rule: str, stage: str, by: str) -> str:
    return _FACTS.format(key=KEYS[by], **_PARTS[rule, stage])


def _missing_column(conn: sqlite3.Connection, rule: str, stage: str, values: dict[str, str]) -> str | None:
    """Why the rule cannot be computed; None when it can, or when there is nothing to compute."""
    needs_status = rule == "official"
    column = "status" if needs_status else "resolved_on" if stage == "result" else None
    if column is None:
        return None
    row = conn.execute(
        f"SELECT count(*) AS everything, count({column}) AS filled FROM record r"
        " WHERE received_on BETWEEN :since AND :until AND (:branch = '' OR r.branch = :branch)",
        values,
    ).fetchone()
    if row["everything"] and not row["filled"]:
        return NO_STATUS if needs_status else NO_RESOLVED_DATE
    return None


def _cell(row: sqlite3.Row, reason: str | None) -> Cell:
    rate = None if reason else rate_percent(row["digitised"], row["received"])
    return Cell(str(row["key"] or ""), row["received"], row["digitised"], row["delivered"], rate)


def _total(cells: tuple[Cell, ...], reason: str | None) -> Cell:
    received = sum(c.received for c in cells)
    digitised = sum(c.digitised for c in cells)
    delivered = sum(c.delivered for c in cells)
    return Cell("", received, digitised, delivered, None if reason else rate_percent(digitised, received))


def _listed(row: sqlite3.Row) -> Listed:
    return Listed(
        dossier_code=row["dossier_code"],
        received_on=row["received_on"],
        branch=row["branch"],
        receiver=row["receiver"],
        procedure_code=row["procedure_code"],
        digitised=bool(row["digitised"]),
        delivered=bool(row["is_delivered"]),
        excluded=bool(row["excluded"]),
        why=None if row["digitised"] else _why(row),
    )


def _why(row: sqlite3.Row) -> str:
    """Why a dossier is not counted as digitised, as a catalogue sentence."""
    if row["excluded"]:
        return N_("Left out by the strict rule: late, withdrawn, stopped or transferred.")
    if row["any_sealed"]:
        return N_("Sealed, but a required paper is missing.")
    return {
        None: N_("Not scanned yet."),
        "returned": N_("A rescan is asked for."),
        "open": N_("Scanned, waiting to be verified."),
        "ready": N_("Verified, waiting to be sealed."),
    }.get(row["open_state"], N_("Not scanned yet."))


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
        "missing": report.total.received - report.total.digitised,
        "rate": report.total.rate,
        "doubtful": doubtful,
        "waiting": waiting,
    }
