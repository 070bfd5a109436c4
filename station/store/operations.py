"""How the work goes: when dossiers came and were digitised, how long each step takes, who does what, which scanner.

Everything is counted from rows the verbs left behind (dossiers, sides, the audit trail, measures); nobody is asked to
log anything. Moments in the database are UTC; days are this PC's.
"""

import json
import sqlite3
from collections import Counter
from dataclasses import dataclass
from statistics import mean, median
from typing import Any

from station.core import rates as rules
from station.core.forecast import PaceDay

#: Steps of a dossier's way, in order. The first is known in whole days only: records say the day of reception.
STEPS = ("waiting for the scanner", "scanning", "reading", "verifying", "sending")
#: Longer between two acts of one person is a pause: verifying one field rarely takes a minute.
LONGEST_ACT_S = 120
#: What only a person at the station does; everything else happens in the background or once a month.
BY_HAND = (
    "open intake", "scan", "look at", "verify", "accept all", "choose record", "confirm sheets", "ask for rescan",
    "rescan done", "edit", "undo", "redo", "take back", "operator", "part pile", "lay passes together", "reuse",
    "seal", "new version", "count before scan",
)  # fmt: skip
_HANDS = ", ".join(f"'{action}'" for action in BY_HAND)
_LOCAL = "date({moment}, 'localtime')"


@dataclass(frozen=True)
class Step:
    """Hours dossiers spent in a step. `share` of all their hours, percent to one decimal."""

    name: str
    dossiers: int
    mean_hours: float
    median_hours: float
    share: float | None


@dataclass(frozen=True)
class Person:
    """What one person did: sides scanned, dossiers sealed, keys pressed while verifying, minutes of attention, and
    how many of the pages they scanned had to be scanned again."""

    name: str
    sides: int
    dossiers: int
    keys: int
    attention_min: int
    rescans: int


@dataclass(frozen=True)
class Scanner:
    """What one source of pages gave. Seconds are of scanning alone, 0 for files and folders, which nobody times."""

    device: str
    sides: int
    batches: int
    seconds: float
    sides_a_minute: float | None
    faults: int
    last_used_at: str


@dataclass(frozen=True)
class Fault:
    """A batch a scanner did not finish, and its sentence with the values of its placeholders."""

    at: str
    device: str
    sentence: str
    values: dict[str, Any]


@dataclass(frozen=True)
class Waiting:
    """The outbox: how many packages wait, and since when the oldest does."""

    packages: int
    oldest_at: str | None


def days_of_work(
    conn: sqlite3.Connection, stage: str, since: str, until: str, days: list[str], branch: str
) -> list[PaceDay]:
    """For each of `days`: dossiers of the period (official rule) that came on it, and that were digitised on it.

    A dossier is digitised on the day its first version was sealed; the result of a procedure that has none on the
    day of issue. Results come on their day of issue.
    """
    if not days:
        return []
    digitised = rules.CONDITIONS["official", stage]["digitised"].format(r="r.")
    values = {"since": since, "until": until, "branch": branch, "first": days[0], "stage": stage}
    scope = "r.branch = :branch" if branch else "1 = 1"
    sealed_on = _LOCAL.format(moment="d.sealed_at")
    sealed = (
        f"SELECT {sealed_on} AS day, count(DISTINCT r.dossier_code) AS dossiers FROM dossier d JOIN received r"
        f" ON r.dossier_code = d.dossier_code WHERE d.sealed_at >= date(:first, '-1 day') AND {sealed_on} >= :first"
        f" AND d.version = 1 AND d.stage = :stage AND r.received_on BETWEEN :since AND :until AND {scope}"
        f" AND {digitised} GROUP BY 1"
    )
    came: Counter[str] = Counter()
    going: Counter[str] = Counter()
    for query, counted in (
        (rules.came_query(stage, scope), came),
        (sealed, going),
        (rules.paperless_query(stage, scope), going),
    ):
        for row in conn.execute(query, values):
            counted[row["day"]] += row["dossiers"]
    return [PaceDay(came[day], going[day]) for day in days]


def list_steps(conn: sqlite3.Connection, stage: str, since: str, until: str) -> list[Step]:
    """How long each step took the dossiers first sealed on these days; steps nobody went through are left out."""
    taken: dict[str, list[float]] = {name: [] for name in STEPS}
    for row in conn.execute(_WAYS, {"stage": stage, "since": since, "until": until}):
        if row["waited_days"] is not None:
            taken[STEPS[0]].append(max(0.0, row["waited_days"] * 24))
        moments = (row["first_at"], row["last_at"], row["opened_at"], row["sealed_at"], row["delivered_at"])
        for name, begun, ended in zip(STEPS[1:], moments, moments[1:], strict=False):
            if begun is not None and ended is not None:
                taken[name].append(max(0.0, (ended - begun) * 24))
    whole = sum(sum(hours) for hours in taken.values())
    return [
        Step(name, len(hours), round(mean(hours), 2), round(median(hours), 2), _share(sum(hours), whole))
        for name, hours in taken.items()
        if hours
    ]


# A page put in later, by a rescan, belongs to verifying: reading begins when the first pile was through.
_WAYS = f"""
SELECT julianday({_LOCAL.format(moment="min(s.captured_at)")})
       - julianday(CASE WHEN d.stage = 'intake' THEN r.received_on ELSE r.resolved_on END) AS waited_days,
       julianday(min(s.captured_at)) AS first_at,
       julianday(max(CASE WHEN s.captured_at <= d.opened_at THEN s.captured_at END)) AS last_at,
       julianday(d.opened_at) AS opened_at, julianday(d.sealed_at) AS sealed_at,
       julianday(d.delivered_at) AS delivered_at
  FROM dossier d JOIN document x ON x.dossier_id = d.id JOIN document_page dp ON dp.document_id = x.id
  JOIN page p ON p.id = dp.page_id JOIN side s ON s.id = p.side_id
  LEFT JOIN received r ON r.dossier_code = d.dossier_code
 WHERE d.stage = :stage AND d.version = 1 AND d.sealed_at >= date(:since, '-1 day')
   AND {_LOCAL.format(moment="d.sealed_at")} BETWEEN :since AND :until
 GROUP BY d.id
"""


def list_people(conn: sqlite3.Connection, since: str, until: str, name: str | None = None) -> list[Person]:
    """What each account did on these days, by name; only one of them where `name` is given."""
    values = {"since": since, "until": until, "name": name}
    counts: dict[str, dict[str, int]] = {}
    for what, query in _BY_PERSON.items():
        for who, count in conn.execute(query, values):
            counts.setdefault(who, dict.fromkeys(_BY_PERSON, 0))[what] = int(count or 0)
    accounts = {row["name"] for row in conn.execute("SELECT name FROM account")}
    return [Person(who, **counts[who]) for who in sorted(counts) if who in accounts]


def _on(moment: str) -> str:
    """On the days asked for; the plain comparison beside it is what an index can answer."""
    return f"{moment} >= date(:since, '-1 day') AND {_LOCAL.format(moment=moment)} BETWEEN :since AND :until"


_ONE = "(:name IS NULL OR {who} = :name)"
_BY_PERSON = {
    "sides": f"SELECT captured_by, count(*) FROM side WHERE {_on('captured_at')} AND {_ONE.format(who='captured_by')}"
    " GROUP BY 1",
    "dossiers": f"SELECT sealed_by, count(*) FROM dossier WHERE {_on('sealed_at')} AND {_ONE.format(who='sealed_by')}"
    " GROUP BY 1",
    "keys": f"SELECT by, sum(count) FROM measure WHERE what = 'verifying' AND {_on('at')} AND {_ONE.format(who='by')}"
    " GROUP BY 1",
    "attention_min": f"SELECT actor, round(sum(s) / 60) FROM (SELECT actor, min({LONGEST_ACT_S}.0, 86400 *"
    " (julianday(at) - lag(julianday(at)) OVER (PARTITION BY actor, date(at, 'localtime') ORDER BY at))) AS s"
    f" FROM audit WHERE action IN ({_HANDS}) AND {_on('at')} AND {_ONE.format(who='actor')}) GROUP BY 1",
    "rescans": "SELECT s.captured_by, count(*) FROM rescan_task t JOIN page p ON p.id = t.page_id"
    f" JOIN side s ON s.id = p.side_id WHERE {_on('t.asked_at')} AND {_ONE.format(who='s.captured_by')} GROUP BY 1",
}  # fmt: skip


def list_scanners(conn: sqlite3.Connection, since: str, until: str) -> list[Scanner]:
    """Every source of pages used on these days, most sides first."""
    values = {"since": since, "until": until}
    sides = conn.execute(
        "SELECT i.source, count(*) AS sides, count(DISTINCT i.id) AS batches, max(s.captured_at) AS last_at"
        f" FROM side s JOIN intake i ON i.id = s.intake_id WHERE {_on('s.captured_at')} GROUP BY 1",
        values,
    ).fetchall()
    times = conn.execute(
        "SELECT device, sum(CASE WHEN what = 'scanning' THEN seconds ELSE 0 END) AS seconds,"
        " sum(CASE WHEN what = 'scanning' THEN count ELSE 0 END) AS timed, sum(what = 'scanner fault') AS faults"
        f" FROM measure WHERE what IN ('scanning', 'scanner fault') AND device <> '' AND {_on('at')} GROUP BY 1",
        values,
    ).fetchall()
    found: dict[str, dict[str, Any]] = {}
    for row in (*sides, *times):
        one = found.setdefault(_device(row[0]), {"last_at": ""})
        for name in row.keys()[1:]:  # a row's own names, not a dict's
            one[name] = (
                max(one[name], row[name]) if name == "last_at" else one.get(name, 0) + (row[name] or 0)
            )
    shown = [_scanner(device, one) for device, one in found.items()]
    return sorted(shown, key=lambda scanner: (-scanner.sides, scanner.device))


def _scanner(device: str, one: dict[str, Any]) -> Scanner:
    seconds, timed = round(one.get("seconds", 0.0), 1), one.get("timed", 0)
    speed = round(timed * 60 / seconds, 1) if seconds and timed else None
    return Scanner(
        device, one.get("sides", 0), one.get("batches", 0), seconds, speed, one.get("faults", 0), one["last_at"]
    )  # fmt: skip


def _device(source: str) -> str:
    """A source is written "device way-in"; files and folders are written as they are."""
    device, _, way = source.rpartition(" ")
    return device if way in ("auto", "flatbed", "adf", "adf-duplex") else source


def list_faults(conn: sqlite3.Connection, since: str, until: str, limit: int) -> list[Fault]:
    """The newest batches scanners did not finish on these days."""
    rows = conn.execute(
        "SELECT a.at, i.source, a.details FROM audit a JOIN intake i ON i.id = CAST(substr(a.subject, 8) AS INTEGER)"
        f" WHERE a.action = 'scan' AND a.details LIKE '%\"fault\"%' AND {_on('a.at')} ORDER BY a.id DESC LIMIT :limit",
        {"since": since, "until": until, "limit": limit},
    )
    told = [(row["at"], _device(row["source"]), json.loads(row["details"])) for row in rows]
    return [Fault(at, device, said["fault"], said["values"]) for at, device, said in told]


def seconds_each(conn: sqlite3.Connection, since: str, until: str) -> tuple[float | None, float | None]:
    """Seconds a dossier took at the scanner and of attention on these days; None where nothing was measured."""
    values = {"since": since, "until": until}
    sealed = conn.execute(
        f"SELECT count(*) FROM dossier WHERE {_on('sealed_at')} AND version = 1", values
    ).fetchone()[0]
    scanned = conn.execute(
        f"SELECT sum(seconds) AS s, sum(count) AS n FROM measure WHERE what = 'scanning' AND count > 0 AND {_on('at')}",
        values,
    ).fetchone()
    sides = conn.execute(f"SELECT count(*) FROM side WHERE {_on('captured_at')}", values).fetchone()[0]
    attention_s = 60 * sum(person.attention_min for person in list_people(conn, since, until))
    if not sealed:
        return None, None
    # Pages from files took no scanner's time here but would at another counter: the measured pace stands for them.
    scanner_s = scanned["s"] / scanned["n"] * sides / sealed if scanned["n"] else None
    return scanner_s, attention_s / sealed if attention_s else None


def waiting(conn: sqlite3.Connection) -> Waiting:
    row = conn.execute("SELECT count(*), min(sealed_at) FROM package WHERE state = 'waiting'").fetchone()
    return Waiting(row[0], row[1])


def count_overdue(conn: sqlite3.Connection, since: str, today: str, branch: str) -> int:
    """Dossiers received since that day, not digitised by the official rule, whose due day is past."""
    query = rules.overdue_query("r.branch = :branch" if branch else "1 = 1")
    return sum(
        row["dossiers"] for row in conn.execute(query, {"since": since, "today": today, "branch": branch})
    )


def _share(part: float, whole: float) -> float | None:
    return rules.rate_percent(round(part * 3600), round(whole * 3600)) if whole else None
