"""What reports count by: the records' columns, what is held of each dossier, and their sums.

Table `received` is made of `record.payload` and of the packages that came, and is written by nothing else: its columns
when a record comes, its flags by triggers whenever a package or one of its components does. Its sums are `tally`
(station/core/rates.py).

A record is fulfilled by packages of its own branch alone, also by those whose time was over (`removed`): retention takes
papers, not the work that was done. A dossier that a branch delivered without a record of that branch stands in
`unrecorded`.

On PostgreSQL a record and the first package of its dossier may arrive in two transactions at the same moment, and
neither would see the other. So records wait for the packages under way, and packages for the records.
"""

import json
from typing import Any

from sqlalchemy import Column, Connection, Index, Integer, MetaData, Table, Text, insert, inspect, text

from station.core import rates_upkeep
from station.core.rates import FLAGS
from sync.warehouse.received import columns_of

# A metadata of its own: these tables can be made anew at any time, and no backup carries them.
metadata = MetaData()

received = Table(
    "received",
    metadata,
    Column("dossier_code", Text, primary_key=True),
    Column("branch", Text, nullable=False),
    Column("procedure_code", Text, nullable=False),
    Column("counter", Text, nullable=False),
    Column("receiver", Text, nullable=False),
    Column("received_on", Text),
    Column("due_on", Text),
    Column("resolved_on", Text),
    Column("status", Integer),  # 1-10 of the national list
    Column("progress", Text, nullable=False),
    Column("has_result", Integer),  # 0 where the procedure has none to hand over
    *(Column(flag, Integer, nullable=False, server_default="0") for flag in FLAGS),
    Index("received_by_day", "received_on", "branch"),
    Index("received_by_issue", "resolved_on", "branch"),
)

MAKE_UNRECORDED = "CREATE TABLE unrecorded (dossier_code TEXT NOT NULL, branch TEXT NOT NULL, PRIMARY KEY (branch, dossier_code))"
# As many as fit in a few megabytes.
RECORDS_AT_A_TIME = 1000
# Any number does, as long as every process uses the same; see the module's text.
_LOCK = 7_204_114

_OF_RECORD = (
    "{p}.dossier_code = received.dossier_code AND {p}.branch = received.branch AND {p}.stage = '{{stage}}'"
)
_PACKAGE = f"SELECT 1 FROM package p WHERE {_OF_RECORD.format(p='p')}"
_REMOVED = f"SELECT 1 FROM removed m WHERE {_OF_RECORD.format(p='m')}"
_COMPONENT = "SELECT 1 FROM component c WHERE c.package_id = p.id AND c."
# What package `p` counts for. As at the station (station/store/report_tables.py), it is held with one component that has
# a file, or with no checklist at all.
_COUNTS = {
    "held": f"(p.stage = 'result' OR EXISTS ({_COMPONENT}outcome <> 'missing') OR NOT EXISTS ({_COMPONENT}package_id = p.id))",
    "whole": f"NOT EXISTS ({_COMPONENT}duty = 'required' AND c.outcome = 'missing')",
    "reused": f"EXISTS ({_COMPONENT}outcome = 'reused')",
}


def _flag(name: str) -> str:
    stage, _, what = name.partition("_")
    counts, counted = (f" AND {_COUNTS[what]}", f" AND m.{what} = 1") if what in _COUNTS else ("", "")
    held = f"EXISTS ({_PACKAGE}{counts}) OR EXISTS ({_REMOVED}{counted})".format(stage=stage)
    return f"CASE WHEN {held} THEN 1 ELSE 0 END"


_SET_FLAGS = "UPDATE received SET " + ", ".join(f"{name} = {_flag(name)}" for name in FLAGS)
_ALL = "(SELECT dossier_code, branch FROM package UNION SELECT dossier_code, branch FROM removed) p"
_STRAYS = (
    f"INSERT INTO unrecorded (dossier_code, branch) SELECT p.dossier_code, p.branch FROM {_ALL} WHERE NOT EXISTS"
    " (SELECT 1 FROM received r WHERE r.dossier_code = p.dossier_code AND r.branch = p.branch)"
)


def _delivered(where: str) -> str:
    """Whether anything was ever delivered, by a condition on table `p`."""
    return (
        f"(EXISTS (SELECT 1 FROM package p WHERE {where}) OR EXISTS (SELECT 1 FROM removed p WHERE {where}))"
    )


def counts_of(conn: Connection, package_id: str) -> dict[str, int]:
    """What a package counts for, to be kept when it is removed: "held", "whole" and "reused", each 0 or 1."""
    columns = ", ".join(
        f"CASE WHEN {condition} THEN 1 ELSE 0 END AS {name}" for name, condition in _COUNTS.items()
    )
    return dict(
        conn.execute(text(f"SELECT {columns} FROM package p WHERE p.id = :id"), {"id": package_id})
        .mappings()
        .one()
    )


def make(conn: Connection) -> None:
    """Lays the tables beside what is there, filled; also over an older `received`, which had no flags."""
    there = {column["name"] for column in inspect(conn).get_columns(received.name)}
    for flag in FLAGS:
        if flag not in there:
            conn.execute(text(f"ALTER TABLE received ADD COLUMN {flag} INTEGER NOT NULL DEFAULT 0"))
    for statement in (rates_upkeep.MAKE_TALLY, rates_upkeep.MAKE_TALLY_INDEX, MAKE_UNRECORDED):
        conn.execute(text(statement))
    rebuild(conn)


def fill_received(conn: Connection) -> None:
    """Makes table `received` anew from the records, as after a restore, and its sums."""
    _drop_triggers(conn)
    conn.execute(received.delete())
    payloads = conn.scalars(text("SELECT payload FROM record").execution_options(yield_per=RECORDS_AT_A_TIME))
    for some in payloads.partitions(RECORDS_AT_A_TIME):
        conn.execute(insert(received), [columns_of(json.loads(payload)) for payload in some])
    if inspect(conn).has_table("tally"):
        rebuild(conn)


def rebuild(conn: Connection) -> None:
    """Flags, sums and triggers anew."""
    _drop_triggers(conn)
    held = _delivered("p.dossier_code = received.dossier_code")
    conn.execute(text(f"{_SET_FLAGS} WHERE {held} OR {' OR '.join(f'{flag} = 1' for flag in FLAGS)}"))
    for statement in (*rates_upkeep.fill(), "DELETE FROM unrecorded", _STRAYS):
        conn.execute(text(statement))
    for statement in _sqlite() if conn.dialect.name == "sqlite" else _postgres():
        conn.execute(text(statement))


def _drop_triggers(conn: Connection) -> None:
    statements = rates_upkeep.drop_triggers(conn.dialect.name)
    if conn.dialect.name == "sqlite":
        statements += [f"DROP TRIGGER IF EXISTS {name}" for name, _, _ in _sqlite_parts()]
    else:
        statements += [
            f"DROP TRIGGER IF EXISTS {name}_held ON {name}" for name in ("package", "component", "received")
        ]
    for statement in statements:
        conn.execute(text(statement))


def _note(code: str, branch: str) -> str:
    """What a package's coming or going changes."""
    known = f"EXISTS (SELECT 1 FROM received r WHERE r.dossier_code = {code} AND r.branch = {branch})"
    there = _delivered(f"p.dossier_code = {code} AND p.branch = {branch}")
    return (
        f"{_SET_FLAGS} WHERE dossier_code = {code};"
        f" INSERT INTO unrecorded (dossier_code, branch) SELECT {code}, {branch} WHERE {there} AND NOT {known}"
        " ON CONFLICT (branch, dossier_code) DO NOTHING;"
        f" DELETE FROM unrecorded WHERE dossier_code = {code} AND branch = {branch} AND NOT {there};"
    )


def _of_component(row: str) -> str:
    return f"{_SET_FLAGS} WHERE dossier_code = (SELECT p.dossier_code FROM package p WHERE p.id = {row}package_id);"


_ARRIVED = (
    f"{_SET_FLAGS} WHERE dossier_code = NEW.dossier_code AND {_delivered('p.dossier_code = NEW.dossier_code')};"
    " DELETE FROM unrecorded WHERE dossier_code = NEW.dossier_code AND branch = NEW.branch;"
)
_LEFT = (
    " INSERT INTO unrecorded (dossier_code, branch) SELECT OLD.dossier_code, OLD.branch"
    f" WHERE {_delivered('p.dossier_code = OLD.dossier_code AND p.branch = OLD.branch')}"
    " ON CONFLICT (branch, dossier_code) DO NOTHING;"
)


def _sqlite_parts() -> list[tuple[str, str, str]]:
    """Name, when, what."""
    new, old = _note("NEW.dossier_code", "NEW.branch"), _note("OLD.dossier_code", "OLD.branch")
    return [
        ("package_held", "AFTER INSERT ON package", new),
        ("package_changed", "AFTER UPDATE OF dossier_code, branch, stage ON package", old + new),
        ("package_gone", "AFTER DELETE ON package", old),
        ("component_held", "AFTER INSERT ON component", _of_component("NEW.")),
        ("component_changed", "AFTER UPDATE ON component", _of_component("NEW.")),
        ("component_gone", "AFTER DELETE ON component", _of_component("OLD.")),
        ("received_held", "AFTER INSERT ON received", _ARRIVED),
        ("received_gone", "AFTER DELETE ON received", _LEFT),
    ]


def _sqlite() -> list[str]:
    parts = [f"CREATE TRIGGER {name} {when} BEGIN {what} END" for name, when, what in _sqlite_parts()]
    return [*rates_upkeep.sqlite_triggers(), *parts]


def _postgres() -> list[str]:
    new, old = _note("NEW.dossier_code", "NEW.branch"), _note("OLD.dossier_code", "OLD.branch")
    bodies = {
        "package": ("_shared", f"IF TG_OP <> 'INSERT' THEN {old} END IF; IF TG_OP <> 'DELETE' THEN {new} END IF;"),
        "component": (
            "_shared",
            f"IF TG_OP = 'DELETE' THEN {_of_component('OLD.')} ELSE {_of_component('NEW.')} END IF;",
        ),
        "received": ("", f"IF TG_OP = 'DELETE' THEN {_LEFT} ELSE {_ARRIVED} END IF;"),
    }  # fmt: skip
    statements = rates_upkeep.postgres_triggers()
    for table, (shared, body) in bodies.items():
        statements.append(
            f"CREATE OR REPLACE FUNCTION {table}_held() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" PERFORM pg_advisory_xact_lock{shared}({_LOCK}); {body} RETURN NULL; END $$"
        )
        when = "INSERT OR DELETE" if table == "received" else "INSERT OR UPDATE OR DELETE"
        statements.append(
            f"CREATE TRIGGER {table}_held AFTER {when} ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION {table}_held()"
        )
    return statements


def check(conn: Connection) -> list[dict[str, Any]]:
    """Rows of `tally` that do not say what a recount of `received` says; none, unless somebody wrote around us."""
    columns = ", ".join(rates_upkeep.COUNT_COLUMNS)
    kept = {
        tuple(row[:5]): tuple(int(v) for v in row[5:])
        for row in conn.execute(text(f"SELECT basis, dimension, period, branch, key, {columns} FROM tally"))
    }
    with conn.begin_nested() as sketch:
        for statement in rates_upkeep.fill():
            conn.execute(text(statement))
        counted = {
            tuple(row[:5]): tuple(int(v) for v in row[5:])
            for row in conn.execute(
                text(f"SELECT basis, dimension, period, branch, key, {columns} FROM tally")
            )
        }
        sketch.rollback()
    nothing = (0,) * len(rates_upkeep.COUNT_COLUMNS)
    return [
        {"where": key, "kept": kept.get(key, nothing), "counted": counted.get(key, nothing)}
        for key in kept.keys() | counted.keys()
        if kept.get(key, nothing) != counted.get(key, nothing)
    ]
