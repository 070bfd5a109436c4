"""Digitization rates of the province, by the same two rules as the stations', from the warehouse's own rows.

official: of the records received in the period (status 2, 4–10), those with at least one digitised paper; results:
of the same records, those resolved (7, 9, 10), with a delivered result or of a procedure that has none.
strict: late, withdrawn (7), stopped (8) and transferred dossiers are left out; a dossier counts when every required
component is digitised or reused; results by the date of issue.

Received is what the one-stop system has put here as procedure records. Digitised is what the stations have
delivered, so it differs from their own figures by exactly their outboxes. A rule whose column no record of the
period fills has no rate, and the reason is given.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, exists, select

from station.core.errors import N_
from sync.warehouse import schema
from sync.warehouse.catalogue import iso_date
from sync.warehouse.stations import Caller

RULES = ("official", "strict")
KEYS = {"branch": "branch", "procedure": "procedure_code", "day": "received_on", "operator": "receiver"}
RECEIVED_STATUSES = frozenset({2, 4, 5, 6, 7, 8, 9, 10})
RESOLVED_STATUSES = frozenset({7, 9, 10})
WITHDRAWN, STOPPED = 7, 8
NO_STATUS = N_("No record of this period has a status; import the column, or map the progress words to it.")
NO_RESOLVED_DATE = N_("No record of this period has a date of issue (resolved_at); import the column.")


@dataclass(frozen=True)
class Counted:
    """One record as a rule sees it. `digitised` implies `included`."""

    dossier_code: str
    key: str
    included: bool
    excluded: bool
    digitised: bool
    has_status: bool


def rates(conn: Connection, caller: Caller, by: str, stage: str, since: str, until: str) -> dict[str, Any]:
    """Both rules over ISO dates since … until, both inclusive, for what the caller may see."""
    facts = _delivered(conn, caller, stage)
    records = list(_records(conn, caller))
    return {
        "from": since,
        "to": until,
        "by": by,
        "stage": stage,
        "rule": {rule: _report(rule, records, facts, by, stage, (since, until)) for rule in RULES},
    }


def behind(
    conn: Connection, caller: Caller, rule: str, by: str, stage: str, since: str, until: str, key: str | None
) -> list[Counted]:
    """The dossiers behind a row (`key`) or behind the total; what is left out is marked."""
    facts = _delivered(conn, caller, stage)
    counted = (
        _count(rule, r, facts, by, stage)
        for r in _in_period(rule, stage, _records(conn, caller), (since, until))
    )
    return [c for c in counted if (c.included or c.excluded) and key in (None, c.key)]


def rate_percent(digitised: int, received: int) -> float | None:
    """Percent to one decimal, half up on integers; None for nothing received."""
    return None if received <= 0 else ((digitised * 2000 + received) // (received * 2)) / 10


def _report(
    rule: str,
    records: list[dict[str, Any]],
    facts: dict[str, bool],
    by: str,
    stage: str,
    period: tuple[str, str],
) -> dict[str, Any]:
    inside = list(_in_period(rule, stage, records, period))
    reason = _missing_column(rule, stage, list(_in_period("official", "intake", records, period)))
    groups: dict[str, list[Counted]] = defaultdict(list)
    for record in inside:
        counted = _count(rule, record, facts, by, stage)
        groups[counted.key].append(counted)
    rows = [
        {"key": key, **_sums(group, reason)}
        for key, group in sorted(groups.items())
        if any(c.included or c.excluded for c in group)
    ]
    everything = [c for group in groups.values() for c in group]
    return {
        "rows": rows,
        "total": _sums(everything, reason),
        "excluded": sum(c.excluded for c in everything),
        "unmapped": sum(not c.has_status for c in everything),
        "reason": reason,
    }


def _sums(counted: list[Counted], reason: str | None) -> dict[str, Any]:
    received = sum(c.included for c in counted)
    digitised = sum(c.digitised for c in counted)
    rate = None if reason else rate_percent(digitised, received)
    return {"received": received, "digitised": digitised, "delivered": digitised, "rate": rate}


def _count(rule: str, record: dict[str, Any], facts: dict[str, bool], by: str, stage: str) -> Counted:
    status = record["status"]
    code = str(record["dossier_code"])
    without_result = stage == "result" and str(record.get("has_result", "")).lower() in ("0", "false")
    if rule == "official":
        included = status in RECEIVED_STATUSES and (stage == "intake" or status in RESOLVED_STATUSES)
        excluded = False
        done = code in facts or without_result
    else:
        left_out = status in (WITHDRAWN, STOPPED) or _is_late(record) or _was_transferred(record)
        counts = stage == "result" or status not in (1, 3)
        included, excluded = counts and not left_out, counts and left_out
        done = facts.get(code, False) or without_result
    key = str(record.get(KEYS[by]) or "")
    return Counted(code, key, included, excluded, included and done, status is not None)


def _delivered(conn: Connection, caller: Caller, stage: str) -> dict[str, bool]:
    """Dossier code → whether a required component is still missing in none of its newest version."""
    package, component = schema.package, schema.component
    missing = exists().where(
        component.c.package_id == package.c.id,
        component.c.duty == "required",
        component.c.outcome == "missing",
    )
    query = (
        select(package.c.dossier_code, missing.label("missing"))
        .where(package.c.stage == stage, package.c.conflict == 0)
        .order_by(package.c.version)
    )
    if not caller.reads_all:
        query = query.where(package.c.branch == (caller.branch or ""))
    return {row.dossier_code: not row.missing for row in conn.execute(query)}


def _records(conn: Connection, caller: Caller) -> Iterator[dict[str, Any]]:
    query = select(schema.record.c.payload)
    if not caller.reads_all:
        query = query.where(schema.record.c.branch == (caller.branch or ""))
    for payload in conn.scalars(query.execution_options(yield_per=1000)):
        record: dict[str, Any] = json.loads(payload)
        for name in ("received", "due", "resolved"):
            record[f"{name}_on"] = _day(record.get(f"{name}_at"))
        status = str(record.get("status") or "").strip()
        record["status"] = int(status) if status.isdigit() else None
        yield record


def _in_period(rule: str, stage: str, records: Any, period: tuple[str, str]) -> Iterator[dict[str, Any]]:
    name = "resolved_on" if (rule, stage) == ("strict", "result") else "received_on"
    return (r for r in records if r[name] is not None and period[0] <= r[name] <= period[1])


def _missing_column(rule: str, stage: str, records: list[dict[str, Any]]) -> str | None:
    if records and rule == "official" and all(r["status"] is None for r in records):
        return NO_STATUS
    if records and (rule, stage) == ("strict", "result") and all(r["resolved_on"] is None for r in records):
        return NO_RESOLVED_DATE
    return None


def _is_late(record: dict[str, Any]) -> bool:
    resolved, due = record["resolved_on"], record["due_on"]
    return resolved is not None and due is not None and resolved > due


def _was_transferred(record: dict[str, Any]) -> bool:
    progress = str(record.get("progress") or "").lower()
    return "chuyển" in progress and "đơn vị" in progress.partition("chuyển")[2]


def _day(written: Any) -> str | None:
    """A day as ISO, from dd/mm/yyyy or ISO, with or without a time after it."""
    text = str(written or "").strip()
    if found := iso_date(text[:10]):
        return found
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        return None
