"""Procedure records of the one-stop system: what was received, and what dossiers are matched against."""

import re
import sqlite3
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, fields
from functools import lru_cache
from itertools import chain, islice
from operator import attrgetter
from typing import Any

from station.store import report_tables

# No look-up hands more rows to the matcher (house rule 13).
MOST_CANDIDATES = 50


@dataclass(frozen=True)
class ProcedureRecord:
    """One row as imported; texts are empty where the file had none. Dates as printed, dd/mm/yyyy;
    `resolved_on`, `returned_on` ISO dates; `status` 1–10 of the national list, None where unmapped."""

    dossier_code: str
    procedure_code: str
    procedure_name: str
    applicant_name: str
    applicant_id: str
    date_of_birth: str
    address: str
    commune: str
    district: str
    province: str
    parcel_no: str
    map_sheet: str
    certificate_serial: str
    received_at: str
    due_at: str
    branch: str
    progress: str = ""
    status: int | None = None
    resolved_on: str | None = None
    returned_on: str | None = None
    counter: str | None = None
    receiver: str | None = None
    has_result: int | None = None


COLUMNS = tuple(f.name for f in fields(ProcedureRecord))
_KEYS = ("received_on", "code_key", "serial_key", "name_key", "imported_at")
_UPSERT = (
    f"INSERT INTO record ({', '.join(COLUMNS + _KEYS)}) VALUES ({', '.join('?' * len(COLUMNS + _KEYS))})"
    f" ON CONFLICT (dossier_code) DO UPDATE SET "
    + ", ".join(f"{c} = excluded.{c}" for c in (*COLUMNS[1:], *_KEYS))
    # What is imported again unchanged, as most rows of a daily export are, costs no writing.
    + f" WHERE ({', '.join(f'record.{c}' for c in COLUMNS[1:])})"
    + f" IS NOT ({', '.join(f'excluded.{c}' for c in COLUMNS[1:])})"
)
_VALUES = attrgetter(*COLUMNS)
#: Memory for the pages of the indexes while a million rows come in; SQLite's 2 MB would read each anew.
IMPORT_CACHE_KB = 192_000

#: From so many rows on it is cheaper to make the reports' sums anew than to change them row by row.
MANY = 5_000

_RECEIVED, _SERIAL, _NAME = map(COLUMNS.index, ("received_at", "certificate_serial", "applicant_name"))

_DIGITS = "0123456789"
#: Letters of a code that recognition takes for figures.
_LOOKS_LIKE = {"O": "0", "Q": "0", "D": "0", "I": "1", "L": "1", "S": "5", "B": "8", "Z": "2", "G": "6"}
#: Letters and figures of the longest code, a root-last one with seven figures of number.
LONGEST_CODE = 32

_NOT_A_LETTER_OR_DIGIT = re.compile(r"[\W_]+")
_TO_D = str.maketrans({"đ": "d", "Đ": "D"})


def code_key(code: str) -> str:
    """A code as it is compared: letters and digits only, upper case."""
    if not code.isascii():
        code = unicodedata.normalize("NFC", code)
    return _NOT_A_LETTER_OR_DIGIT.sub("", code).upper()


def fold(text: str) -> str:
    """Text as it is searched: no tones, đ as d, lower case, single spaces."""
    if text.isascii():
        return " ".join(text.lower().split())
    plain = unicodedata.normalize("NFD", text.translate(_TO_D))
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).lower().split())


#: Names are made of some thousand syllables, days of some thousand dates: each is worked out once an import.
_fold_word = lru_cache(maxsize=16_384)(fold)


@lru_cache(maxsize=16_384)
def _iso_day(printed: str) -> str | None:
    return iso_date(printed)


def iso_date(printed: str) -> str | None:
    """yyyy-mm-dd of a printed dd/mm/yyyy, None for anything else."""
    if len(printed) == 10 and printed[2] == "/" and printed[5] == "/":
        return f"{printed[6:]}-{printed[3:5]}-{printed[:2]}"
    return None


def import_rows(conn: sqlite3.Connection, rows: Iterable[ProcedureRecord], at: str) -> int:
    """Adds or updates records by dossier code; returns how many rows were taken."""
    return import_values(conn, map(_VALUES, rows), at)


def import_values(conn: sqlite3.Connection, rows: Iterable[tuple[Any, ...]], at: str) -> int:
    """The same of rows that are only their values, in the order of COLUMNS."""
    count = 0

    def values() -> Iterator[tuple[object, ...]]:
        nonlocal count
        for row in rows:
            count += 1
            yield (
                *row,
                _iso_day(row[_RECEIVED]),
                code_key(row[0]),
                code_key(row[_SERIAL]),
                " ".join(map(_fold_word, row[_NAME].split())),
                at,
            )

    conn.execute(f"PRAGMA cache_size = -{IMPORT_CACHE_KB}")
    coming = values()
    first = list(islice(coming, MANY))
    with _in_one_go(conn, len(first) == MANY):
        conn.executemany(_UPSERT, chain(first, coming))
    return count


@contextmanager
def _in_one_go(conn: sqlite3.Connection, many: bool) -> Iterator[None]:
    """Many rows go in without what is kept row by row, sums and, where the table is empty, indexes; it is made after."""
    empty = conn.execute("SELECT 1 FROM record LIMIT 1").fetchone() is None
    if not many:
        yield
        return
    for statement in report_tables.stand_aside(empty):
        conn.execute(statement)
    with _indexes_after(conn) if empty else nullcontext():
        yield
        for statement in report_tables.come_back(empty):
            conn.execute(statement)


@contextmanager
def _indexes_after(conn: sqlite3.Connection) -> Iterator[None]:
    """Rows go in without the indexes of records and of what reports count, which are then built in one go."""
    found = conn.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name IN ('record', 'received')"
        " AND sql IS NOT NULL"
    ).fetchall()
    for row in found:
        conn.execute(f'DROP INDEX "{row["name"]}"')
    yield
    for row in found:
        conn.execute(row["sql"])


def count(conn: sqlite3.Connection) -> int:
    return int(conn.execute("SELECT count(*) FROM record").fetchone()[0])


def find(conn: sqlite3.Connection, dossier_code: str) -> ProcedureRecord | None:
    rows = by_code(conn, dossier_code)
    return rows[0] if len(rows) == 1 else None


def by_code(conn: sqlite3.Connection, dossier_code: str) -> Sequence[ProcedureRecord]:
    return _rows(conn, "code_key = :code", {"code": code_key(dossier_code)})


def near_code(conn: sqlite3.Connection, dossier_code: str) -> Sequence[ProcedureRecord]:
    """Records whose code is one slip away: a figure wrong, lost or doubled, neighbours swapped, O for 0."""
    key = code_key(dossier_code)
    if not 8 <= len(key) <= LONGEST_CODE:
        return []
    keys = sorted(_slips(key))
    marks = ", ".join("?" * len(keys))
    rows = conn.execute(
        f"SELECT {', '.join(COLUMNS)} FROM record WHERE code_key IN ({marks}) LIMIT {MOST_CANDIDATES}", keys
    )
    return [ProcedureRecord(**dict(row)) for row in rows]


def _slips(key: str) -> set[str]:
    """Every key one slip away from a code's; letters are only taken for the figures they look like."""
    found = set()
    for at, letter in enumerate(key):
        figures = _DIGITS if letter.isdigit() else _LOOKS_LIKE.get(letter, "")
        found |= {key[:at] + figure + key[at + 1 :] for figure in figures}
        found.add(key[:at] + key[at + 1 :])
        found |= {key[:at] + figure + key[at:] for figure in _DIGITS}
        found.add(key[:at] + key[at + 1 : at + 2] + letter + key[at + 2 :])
    found |= {key + figure for figure in _DIGITS}
    return found - {key}


def by_id(conn: sqlite3.Connection, personal_id: str) -> Sequence[ProcedureRecord]:
    return _rows(conn, "applicant_id = :id AND applicant_id <> ''", {"id": personal_id})


def by_serial(conn: sqlite3.Connection, serial: str) -> Sequence[ProcedureRecord]:
    return _rows(conn, "serial_key = :serial AND serial_key <> ''", {"serial": code_key(serial)})


def by_name_birth(conn: sqlite3.Connection, name: str, date_of_birth: str) -> Sequence[ProcedureRecord]:
    """By folded name; with an empty date of birth by the name alone."""
    if date_of_birth:
        return _rows(
            conn, "name_key = :name AND date_of_birth = :birth", {"name": fold(name), "birth": date_of_birth}
        )
    return _rows(conn, "name_key = :name", {"name": fold(name)})


def by_parcel(
    conn: sqlite3.Connection, parcel_no: str, map_sheet: str, commune: str
) -> Sequence[ProcedureRecord]:
    """By parcel and sheet; rows of the named commune first, for the same numbers stand in every commune."""
    rows = conn.execute(
        f"SELECT {', '.join(COLUMNS)} FROM record WHERE parcel_no = :parcel AND map_sheet = :sheet"
        " AND parcel_no <> '' LIMIT 400",
        {"parcel": parcel_no, "sheet": map_sheet},
    ).fetchall()
    wanted = fold(commune)
    ranked = sorted(rows, key=lambda r: not wanted or wanted not in fold(f"{r['commune']} {r['address']}"))
    return [ProcedureRecord(**dict(r)) for r in ranked[:MOST_CANDIDATES]]


def search(conn: sqlite3.Connection, text: str, limit: int = MOST_CANDIDATES) -> Sequence[ProcedureRecord]:
    """Records whose code, ID number, serial or name begins with the text, tones ignored."""
    key, name = code_key(text), fold(text)
    if not key:
        return []
    return _rows(
        conn,
        "code_key LIKE :key || '%' OR applicant_id LIKE :key || '%' OR serial_key LIKE :key || '%'"
        " OR name_key LIKE :name || '%' OR name_key LIKE '% ' || :name || '%' OR parcel_no = :text",
        {"key": key, "name": name, "text": text.strip()},
        limit,
    )


def _rows(
    conn: sqlite3.Connection, where: str, values: dict[str, object], limit: int = MOST_CANDIDATES
) -> list[ProcedureRecord]:
    rows = conn.execute(f"SELECT {', '.join(COLUMNS)} FROM record WHERE {where} LIMIT {limit}", values)
    return [ProcedureRecord(**dict(row)) for row in rows]
