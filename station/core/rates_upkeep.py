"""The tables behind the rates, and the triggers that keep them: SQL for SQLite and PostgreSQL alike.

`tally` holds sums of `received`. Every change of a row of `received` takes the old row's counts away and adds the
new one's, in the same transaction, so that the sums are never behind and never ahead. The rows a change touches are
always touched in the same order, so two writers wait for each other and never deadlock.
"""

from station.core.rates import _KEYS, DAY_COLUMNS, FLAGS, MEASURES, RECEIVED_COLUMNS, _one

_IDENTITY = ("basis", "dimension", "period", "branch", "key")
COUNT_COLUMNS = tuple(dict.fromkeys(c for measures in MEASURES.values() for c in measures))
_DIMENSIONS = {"day": None, **_KEYS}

MAKE_TALLY = (
    "CREATE TABLE tally ("
    + ", ".join(f"{name} TEXT NOT NULL" for name in _IDENTITY)
    + ", "
    + ", ".join(f"{name} INTEGER NOT NULL DEFAULT 0" for name in COUNT_COLUMNS)
    + f", PRIMARY KEY ({', '.join(_IDENTITY)}))"
)
# Reports by day and branch read this way.
MAKE_TALLY_INDEX = "CREATE INDEX tally_by_key ON tally(basis, dimension, key, branch)"

_CHANGED = " OR ".join(f"OLD.{c} IS NOT NEW.{c}" for c in (*RECEIVED_COLUMNS, *FLAGS))


def _cells(prefix: str) -> list[tuple[str, str, str, str, dict[str, str]]]:
    """Where a row of `received` is counted: basis, dimension, its day, its key, its counts."""
    found = []
    for basis, column in DAY_COLUMNS.items():
        for dimension, key in _DIMENSIONS.items():
            day = f"{prefix}{column}"
            found.append((basis, dimension, day, f"{prefix}{key}" if key else day, MEASURES[basis]))
    return found


def _count(prefix: str, sign: str) -> list[str]:
    """Statements that add a row's counts (`sign` "") or take them away ("-")."""
    statements = []
    for basis, dimension, day, key, measures in _cells(prefix):
        added = ", ".join(f"{sign}({_one(condition, prefix)})" for condition in measures.values())
        sums = ", ".join(f"{c} = tally.{c} + excluded.{c}" for c in measures)
        statements.append(
            f"INSERT INTO tally ({', '.join((*_IDENTITY, *measures))})"
            f" SELECT '{basis}', '{dimension}', substr({day}, 1, 7), {prefix}branch, {key}, {added}"
            f" WHERE {day} IS NOT NULL ON CONFLICT ({', '.join(_IDENTITY)}) DO UPDATE SET {sums};"
        )
    return statements


def fill() -> list[str]:
    """Statements that make `tally` anew from `received`.

    Rows alike in all that the counts look at are counted together first: the conditions are then asked of some
    thousand groups and not, for each grouping anew, of a million rows.
    """
    statements = ["DELETE FROM tally"]
    for basis, column in DAY_COLUMNS.items():
        measures = MEASURES[basis]
        sums = ", ".join(f"sum(r.alike * ({_one(condition, 'r.')}))" for condition in measures.values())
        begin = f"INSERT INTO tally ({', '.join((*_IDENTITY, *measures))})"
        by_day = _alike(column, {"day": f"r.{column}"})
        statements.append(
            f"{begin} WITH counted AS MATERIALIZED ({by_day}) SELECT '{basis}', 'day', substr(r.day, 1, 7), r.branch,"
            f" r.day, {sums} FROM counted r GROUP BY r.day, r.branch"
        )
        keys = {key: f"r.{key}" for key in _KEYS.values()}
        by_month = _alike(column, {"month": f"substr(r.{column}, 1, 7)", **keys})
        parts = " UNION ALL ".join(
            f"SELECT '{basis}', '{dimension}', r.month, r.branch, r.{key}, {sums}"
            f" FROM counted r GROUP BY r.month, r.branch, r.{key}"
            for dimension, key in _KEYS.items()
        )
        statements.append(f"{begin} WITH counted AS MATERIALIZED ({by_month}) {parts}")
    return statements


def _alike(day: str, places: dict[str, str]) -> str:
    """Groups of rows of `received` that no count tells apart, each with its number of rows, `alike`.

    Of the days of issue and of appointment only their order is kept, as '1' for late and '0' for in time.

    Args:
        places: column → SQL of what the sums are grouped by besides the branch.
    """
    issued = "CASE WHEN r.resolved_on > r.due_on THEN '1' WHEN r.resolved_on IS NOT NULL THEN '0' END"
    columns = {**places, "branch": "r.branch", "resolved_on": issued}
    columns |= {name: f"r.{name}" for name in ("status", "progress", "has_result", *FLAGS)}
    named = ", ".join(f"{text} AS {name}" for name, text in columns.items())
    by = ", ".join(str(place) for place in range(1, len(columns) + 1))
    return f"SELECT {named}, '0' AS due_on, count(*) AS alike FROM received r WHERE r.{day} IS NOT NULL GROUP BY {by}"


def sqlite_triggers() -> list[str]:
    away, added = " ".join(_count("OLD.", "-")), " ".join(_count("NEW.", ""))
    return [
        f"CREATE TRIGGER received_counted AFTER INSERT ON received BEGIN {added} END",
        f"CREATE TRIGGER received_recounted AFTER UPDATE ON received WHEN {_CHANGED} BEGIN {away} {added} END",
        f"CREATE TRIGGER received_discounted AFTER DELETE ON received BEGIN {away} END",
    ]


def postgres_triggers() -> list[str]:
    away, added = " ".join(_count("OLD.", "-")), " ".join(_count("NEW.", ""))
    return [
        "CREATE OR REPLACE FUNCTION count_received() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF TG_OP = 'UPDATE' THEN IF OLD IS NOT DISTINCT FROM NEW THEN RETURN NULL; END IF; END IF;"
        f" IF TG_OP <> 'INSERT' THEN {away} END IF; IF TG_OP <> 'DELETE' THEN {added} END IF; RETURN NULL; END $$",
        "CREATE TRIGGER received_counted AFTER INSERT OR UPDATE OR DELETE ON received"
        " FOR EACH ROW EXECUTE FUNCTION count_received()",
    ]


SQLITE_TRIGGERS = ("received_counted", "received_recounted", "received_discounted")


def drop_triggers(dialect: str) -> list[str]:
    """For a rebuild: afterwards `fill` and the triggers of the dialect make everything true again."""
    if dialect == "sqlite":
        return [f"DROP TRIGGER IF EXISTS {name}" for name in SQLITE_TRIGGERS]
    return ["DROP TRIGGER IF EXISTS received_counted ON received"]
