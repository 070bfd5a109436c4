"""The tables behind the rates, and the triggers that keep them: SQL for SQLite and PostgreSQL alike.

`tally` holds sums of `received`. Every change of a row of `received` takes the old row's counts away and adds the
new one's, in the same transaction, so that the sums are never behind and never ahead. The rows a change touches are
always touched in the same order, so two writers wait for each other and never deadlock.
"""

from station.core.rates import (
    _KEYS,
    DAY_COLUMNS,
    FLAGS,
    MEASURES,
    RECEIVED_COLUMNS,
    TRANSFER,
    TRANSFERRED,
    _one,
)  # fmt: skip

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

    All that the counts look at is one number while rows are grouped, which halves the time, and is columns again
    after: of dates only whether the result is late, of the progress word only whether it says transferred.

    Args:
        places: column → SQL of what the sums are grouped by besides the branch.
    """
    looks = [
        ("CASE WHEN r.status IS NULL THEN 0 WHEN r.status BETWEEN 1 AND 10 THEN r.status ELSE 15 END", 16),
        ("CASE WHEN r.has_result IS NULL THEN 0 WHEN r.has_result = 0 THEN 1 ELSE 2 END", 4),
        ("CASE WHEN r.resolved_on > r.due_on THEN 2 WHEN r.resolved_on IS NOT NULL THEN 1 ELSE 0 END", 4),
        (_one(TRANSFERRED, "r."), 2),
        *((f"r.{flag}", 2) for flag in FLAGS),
    ]
    packed, parts, unit = [], [], 1
    for text, size in looks:
        packed.append(f"{unit} * ({text})")
        parts.append(f"(g.looks / {unit}) % {size}")
        unit *= size
    status, has_result, issued, transferred, *flags = parts
    columns = {**places, "branch": "r.branch", "looks": " + ".join(packed)}
    by = ", ".join(str(place) for place in range(1, len(columns) + 1))
    named = ", ".join(f"{text} AS {name}" for name, text in columns.items())
    groups = f"SELECT {named}, count(*) AS alike FROM received r WHERE r.{day} IS NOT NULL GROUP BY {by}"
    plain = ", ".join(f"g.{name}" for name in (*places, "branch", "alike"))
    return (
        f"SELECT {plain}, nullif({status}, 0) AS status, nullif({has_result}, 0) - 1 AS has_result,"
        f" CASE {issued} WHEN 2 THEN '1' WHEN 1 THEN '0' END AS resolved_on, '0' AS due_on,"
        f" CASE WHEN {transferred} = 1 THEN '{TRANSFER}' ELSE '' END AS progress, "
        + ", ".join(f"{text} AS {flag}" for text, flag in zip(flags, FLAGS, strict=True))
        + f" FROM ({groups}) g"
    )


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
