"""What the station's reports count by: `received`, one row a procedure record, kept by triggers.

Its columns follow `record`, its flags the dossiers that are sealed and what their components say; its sums are `tally`
(station/core/rates.py). Nothing else writes to them, so a report cannot differ from the rows it is made of.
"""

from station.core import rates_upkeep
from station.core.rates import FLAGS, RECEIVED_COLUMNS

# The plus keeps SQLite from looking dossiers up by their state, which thousands share, instead of by their code.
_SEALED = (
    "SELECT 1 FROM dossier d WHERE d.dossier_code = {code} AND d.stage = '{stage}' AND +d.state IN ({states})"
)
_COMPONENT = "SELECT 1 FROM component c WHERE c.dossier_id = d.id AND c."
# At least one component with a digitised file; of a procedure without a checklist every paper is one. A result is
# digitised once its file is there.
_ONE_PAPER = f"(d.stage = 'result' OR EXISTS ({_COMPONENT}outcome <> 'missing') OR NOT EXISTS ({_COMPONENT}dossier_id = d.id))"
_HELD = {
    "held": f"{_SEALED} AND {_ONE_PAPER}",
    "whole": f"{_SEALED} AND NOT EXISTS ({_COMPONENT}duty = 'required' AND c.outcome = 'missing')",
    "delivered": _SEALED,
    "reused": f"{_SEALED} AND EXISTS ({_COMPONENT}outcome = 'reused')",
}
_STATES = "'sealed', 'delivered'"


def _flag(name: str, code: str) -> str:
    stage, _, what = name.partition("_")
    states = "'delivered'" if what == "delivered" else _STATES
    return f"EXISTS ({_HELD[what].format(code=code, stage=stage, states=states)})"


def _day(printed: str) -> str:
    """An ISO day of a printed dd/mm/yyyy; NULL for what is no day of the calendar."""
    iso = f"substr({printed}, 7, 4) || '-' || substr({printed}, 4, 2) || '-' || substr({printed}, 1, 2)"
    return f"CASE WHEN date({iso}) = {iso} THEN {iso} END"


def _columns(row: str) -> dict[str, str]:
    """Column of `received` → SQL of a row of `record`."""
    plain = {name: f"{row}{name}" for name in RECEIVED_COLUMNS}
    return {
        **plain,
        "counter": f"coalesce({row}counter, '')",
        "receiver": f"coalesce({row}receiver, '')",
        "received_on": f"CASE WHEN date({row}received_on) = {row}received_on THEN {row}received_on END",
        "due_on": _day(f"{row}due_at"),
        **{flag: _flag(flag, f"{row}dossier_code") for flag in FLAGS},
    }


MAKE_RECEIVED = (
    "CREATE TABLE received (dossier_code TEXT PRIMARY KEY, branch TEXT NOT NULL, procedure_code TEXT NOT NULL,"
    " counter TEXT NOT NULL, receiver TEXT NOT NULL, received_on TEXT, due_on TEXT, resolved_on TEXT,"
    " status INTEGER, progress TEXT NOT NULL, has_result INTEGER, "
    + ", ".join(f"{flag} INTEGER NOT NULL DEFAULT 0" for flag in FLAGS)
    + ") STRICT"
)
_INSERT = f"INSERT INTO received ({', '.join((*RECEIVED_COLUMNS, *FLAGS))}) SELECT "
_NEW, _EVERY = _columns("NEW."), _columns("r.")
_UPDATE = "UPDATE received SET " + ", ".join(f"{name} = {text}" for name, text in _NEW.items())
_SET_FLAGS = "UPDATE received SET " + ", ".join(f"{n} = {_flag(n, 'received.dossier_code')}" for n in FLAGS)
_COMPONENT_OF = (
    f"{_SET_FLAGS} WHERE dossier_code = (SELECT d.dossier_code FROM dossier d WHERE d.id = {{row}}dossier_id"
    f" AND d.state IN ({_STATES}));"
)
_DOSSIER_OF = f"{_SET_FLAGS} WHERE dossier_code = {{row}}dossier_code;"
_IS_SEALED = f"{{row}}dossier_code IS NOT NULL AND {{row}}state IN ({_STATES})"

_TRIGGERS = {
    "record_received AFTER INSERT ON record": f"{_INSERT}{', '.join(_NEW.values())};",
    "record_changed AFTER UPDATE ON record": f"{_UPDATE} WHERE dossier_code = OLD.dossier_code;",
    "record_gone AFTER DELETE ON record": "DELETE FROM received WHERE dossier_code = OLD.dossier_code;",
    f"dossier_held AFTER INSERT ON dossier WHEN {_IS_SEALED.format(row='NEW.')}": _DOSSIER_OF.format(row="NEW."),
    "dossier_changed AFTER UPDATE OF state, dossier_code, stage ON dossier"
    f" WHEN ({_IS_SEALED.format(row='OLD.')}) OR ({_IS_SEALED.format(row='NEW.')})":
        _DOSSIER_OF.format(row="OLD.") + " " + _DOSSIER_OF.format(row="NEW."),
    f"dossier_gone AFTER DELETE ON dossier WHEN {_IS_SEALED.format(row='OLD.')}": _DOSSIER_OF.format(row="OLD."),
    "component_held AFTER INSERT ON component": _COMPONENT_OF.format(row="NEW."),
    "component_changed AFTER UPDATE ON component": _COMPONENT_OF.format(row="NEW."),
    "component_gone AFTER DELETE ON component": _COMPONENT_OF.format(row="OLD."),
}  # fmt: skip

# What is held is asked only of the records that a sealed dossier has: of a first import's million, none.
_FILL = (
    f"INSERT INTO received ({', '.join(RECEIVED_COLUMNS)})"
    f" SELECT {', '.join(_EVERY[name] for name in RECEIVED_COLUMNS)} FROM record r",
    f"{_SET_FLAGS} WHERE dossier_code IN (SELECT d.dossier_code FROM dossier d WHERE d.state IN ({_STATES}))",
)


def stand_aside(empty: bool) -> list[str]:
    """Statements for an import of many records: summing row by row costs more than all sums in one go.

    Args:
        empty: no record is there yet, so that `received` too can be filled in one go.
    """
    return [*rates_upkeep.drop_triggers("sqlite"), *(["DROP TRIGGER record_received"] if empty else [])]


def come_back(empty: bool) -> list[str]:
    """Statements that make the sums true after it, and keep them again."""
    head = next(h for h in _TRIGGERS if h.startswith("record_received "))
    received = [*_FILL, f"CREATE TRIGGER {head} BEGIN {_TRIGGERS[head]} END"] if empty else []
    return [*received, *rates_upkeep.fill(), *rates_upkeep.sqlite_triggers()]


_KEEP = (
    *rates_upkeep.sqlite_triggers(),
    *(f"CREATE TRIGGER {head} BEGIN {body} END" for head, body in _TRIGGERS.items()),
)
#: In this order: tables, what is there already, then what keeps them.
MAKE = (
    MAKE_RECEIVED,
    "CREATE INDEX received_by_day ON received(received_on, branch)",
    "CREATE INDEX received_by_issue ON received(resolved_on, branch) WHERE resolved_on IS NOT NULL",
    rates_upkeep.MAKE_TALLY,
    rates_upkeep.MAKE_TALLY_INDEX,
    "CREATE INDEX measure_by_day ON measure(at)",
    *_FILL,
    *rates_upkeep.fill(),
    *_KEEP,
)
_REST = (
    *rates_upkeep.drop_triggers("sqlite"),
    *(f"DROP TRIGGER IF EXISTS {head.split()[0]}" for head in _TRIGGERS),
)
#: Over tables that are there, when what a flag means has changed.
REMAKE = (*_REST, "DELETE FROM received", *_FILL, *rates_upkeep.fill(), *_KEEP)
