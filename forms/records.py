"""Reading procedure records as the one-stop systems export them: CSV, XLSX or JSON.

Columns are known by name, ours or the usual Vietnamese headings, or by a mapping the office gives once. Dates
become dd/mm/yyyy; the progress word becomes a status of the national list where the table knows it. A bad row
is answered with its number and the reason, and the rest goes on.
"""

import csv
import json
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import BadZipFile

from forms.normalise import fold
from station.core.errors import N_, InputRefused


class RecordsFileRefused(InputRefused):
    sentence = N_(
        "{file} can't be read as procedure records ({why}). Export it as CSV (UTF-8), XLSX or JSON."
    )


class ColumnMissing(InputRefused):
    sentence = N_(
        "{file} has no column for {column}. Name it: --column {column}=THEIR_NAME. It has: {columns}."
    )


TEXTS = (
    "dossier_code", "procedure_code", "procedure_name", "applicant_name", "applicant_id", "date_of_birth", "address",
    "commune", "district", "province", "parcel_no", "map_sheet", "certificate_serial", "received_at", "due_at",
    "branch", "progress",
)  # fmt: skip
EXTRAS = ("status", "resolved_at", "returned_at", "counter", "receiver", "has_result")
REQUIRED = ("dossier_code",)
_DATE_PLACES = tuple((name, TEXTS.index(name)) for name in ("date_of_birth", "received_at", "due_at"))

#: Headings seen in exports, compared without tones, case and punctuation.
HEADINGS = {
    "ma ho so": "dossier_code", "so ho so": "dossier_code", "ma thu tuc": "procedure_code",
    "ma tthc": "procedure_code", "ten thu tuc": "procedure_name", "thu tuc": "procedure_name",
    "nguoi nop": "applicant_name", "chu ho so": "applicant_name", "ho ten": "applicant_name",
    "ho va ten": "applicant_name", "so cccd": "applicant_id", "cccd": "applicant_id", "so dinh danh": "applicant_id",
    "ngay sinh": "date_of_birth", "dia chi": "address", "xa phuong": "commune", "xa": "commune",
    "quan huyen": "district", "huyen": "district", "tinh": "province", "so thua": "parcel_no", "thua dat": "parcel_no",
    "thua dat so": "parcel_no", "to ban do": "map_sheet", "so to": "map_sheet", "so phat hanh": "certificate_serial",
    "so seri": "certificate_serial", "ngay tiep nhan": "received_at", "ngay nhan": "received_at",
    "ngay hen tra": "due_at", "hen tra": "due_at", "chi nhanh": "branch", "don vi": "branch",
    "stage": "progress", "trang thai": "progress", "tinh trang": "progress", "tien do": "progress",
    "ngay co ket qua": "resolved_at", "ngay tra": "returned_at", "quay": "counter", "nguoi tiep nhan": "receiver",
}  # fmt: skip

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_PRINTED = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})")
#: What needs no rewriting: a million rows are read in a minute.
_OFFICE_DATE = re.compile(r"(?:0[1-9]|[12]\d|3[01])/(?:0[1-9]|1[0-2])/\d{4}")
_NOT_WORD = re.compile(r"[\W_]+")


class ImportedRecord(NamedTuple):
    """One good row. Dates of texts are dd/mm/yyyy or empty; `resolved_on`, `returned_on` ISO or None.

    A tuple, for a million of them are made in a minute.
    """

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
    progress: str
    status: int | None
    resolved_on: str | None
    returned_on: str | None
    counter: str | None
    receiver: str | None
    has_result: int | None


@dataclass(frozen=True)
class BadRow:
    """A row that was refused: its number in the file (the heading is row 1) and why."""

    number: int
    sentence: str
    value: str

    def text(self, translate: Callable[[str], str] = lambda s: s) -> str:
        return translate(self.sentence).format(value=self.value)


def read_records(
    file: Path, columns: Mapping[str, str] | None, remembered: Mapping[str, str] | None = None
) -> Iterator[ImportedRecord | BadRow]:
    """The rows of a file, streamed.

    Args:
        columns: our column → the file's, where headings alone do not tell.
        remembered: the same from earlier imports; what this file does not have is passed over.

    Raises:
        RecordsFileRefused: not such a file.
        ColumnMissing: no column holds the dossier code.
    """
    headings, rows = _open(file)
    for ours, theirs in (columns or {}).items():
        if theirs not in headings or ours not in (*TEXTS, *EXTRAS):
            raise ColumnMissing(file=file.name, column=ours, columns=", ".join(headings))
    places = _places(file, headings, {**(remembered or {}), **(columns or {})})
    # A cell that is not there is the empty one behind the row.
    texts = itemgetter(*(places.get(name, -1) for name in TEXTS))
    extras = itemgetter(*(places.get(name, -1) for name in EXTRAS))
    for number, row in enumerate(rows, start=2):
        if any(row):
            row += [""] * max(1, len(headings) + 1 - len(row))
            tidy = row if _is_tidy(row) else [_tidy(cell) for cell in row]
            yield _record(number, texts(tidy), extras(tidy))


def _open(file: Path) -> tuple[list[str], Iterable[list[str]]]:
    try:
        if file.suffix.lower() in (".xlsx", ".xlsm"):
            return _sheet(file)
        if file.suffix.lower() == ".json":
            return _objects(file)
        return _table(file)
    except (
        OSError,
        UnicodeDecodeError,
        csv.Error,
        ValueError,
        BadZipFile,
        KeyError,
    ) as error:
        raise RecordsFileRefused(file=file.name, why=type(error).__name__) from error


def _table(file: Path) -> tuple[list[str], Iterable[list[str]]]:
    stream = file.open(encoding="utf-8-sig", newline="")
    sample = stream.read(65536)
    stream.seek(0)
    delimiter = max(",;\t", key=sample.partition("\n")[0].count)
    rows = csv.reader(stream, delimiter=delimiter)
    headings = next(rows, None)
    if not headings or "\0" in sample:
        stream.close()
        raise ValueError("empty")
    return headings, _closing(stream, rows)


def _closing(stream: Any, rows: Iterable[list[str]]) -> Iterator[list[str]]:
    with stream:
        yield from rows


def _sheet(file: Path) -> tuple[list[str], Iterable[list[str]]]:
    # Imported here: the library takes longer to load than most commands to run.
    from openpyxl import load_workbook

    rows = load_workbook(file, read_only=True, data_only=True).worksheets[0].iter_rows(values_only=True)
    headings = [_cell(v) for v in next(iter(rows), ())]
    if not any(headings):
        raise ValueError("empty")
    return headings, ([_cell(v) for v in row] for row in rows)


def _cell(value: object) -> str:
    if value is None:
        return ""
    return value.strftime("%d/%m/%Y") if hasattr(value, "strftime") else str(value)


def _objects(file: Path) -> tuple[list[str], Iterable[list[str]]]:
    data = json.loads(file.read_text(encoding="utf-8-sig"))
    items = data.get("records", data.get("data")) if isinstance(data, dict) else data
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise ValueError("no list of records")
    headings = list(dict.fromkeys(key for item in items for key in item))
    return headings, ([_cell(item.get(key)) for key in headings] for item in items)


def _places(file: Path, headings: list[str], columns: Mapping[str, str]) -> dict[str, int]:
    """Our column → its place in a row."""
    places: dict[str, int] = {}
    for place, heading in enumerate(headings):
        plain = _NOT_WORD.sub(" ", fold(heading)).strip()
        name = next((ours for ours, theirs in columns.items() if theirs == heading), None)
        known = heading.strip() if heading.strip() in (*TEXTS, *EXTRAS) else HEADINGS.get(plain)
        name = name or known
        if name is not None:
            places.setdefault(name, place)
    for column in REQUIRED:
        if column not in places:
            raise ColumnMissing(file=file.name, column=column, columns=", ".join(headings))
    return places


def _record(number: int, texts: tuple[str, ...], extras: tuple[str, ...]) -> ImportedRecord | BadRow:
    """A row by its tidy cells, in the order of TEXTS and of EXTRAS."""
    if not texts[0]:
        return BadRow(number, N_("no dossier code"), "")
    for name, place in _DATE_PLACES:
        written = texts[place]
        if written and not _is_office_date(written):
            printed = printed_date(written)
            if printed is not None:
                texts = (*texts[:place], printed, *texts[place + 1 :])
            elif name != "date_of_birth":
                return BadRow(number, N_("{value} is not a date"), written)
    status, resolved, returned, counter, receiver, has_result = extras
    rest = (
        status_of(status, texts[-1]),
        _iso(resolved) if resolved else None,
        _iso(returned) if returned else None,
        counter or None,
        receiver or None,
        _yes_or_no(has_result),
    )
    return ImportedRecord._make((*texts, *rest))


def _is_tidy(row: list[str]) -> bool:
    """Has no cell blanks around it or doubled ones in it? Asked of the whole row at once: most rows are tidy."""
    joined = "|".join(("", *row, ""))
    return joined.isprintable() and not ("| " in joined or " |" in joined or "  " in joined)


@lru_cache(maxsize=16_384)
def _is_office_date(text: str) -> bool:
    return _OFFICE_DATE.fullmatch(text) is not None


def _tidy(text: str) -> str:
    """The cell without blanks around it and doubled ones in it."""
    text = text.strip()
    return " ".join(text.split()) if "  " in text or "\t" in text or "\n" in text else text


def printed_date(text: str) -> str | None:
    """dd/mm/yyyy of the usual ways to write a date, "" for none, None for something else. Time of day is dropped."""
    if not text:
        return ""
    found = _PRINTED.match(text)
    if found:
        day, month, year = found.groups()
    else:
        iso = _ISO.match(text)
        if iso is None:
            return None
        year, month, day = iso.groups()
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return None
    return f"{int(day):02d}/{int(month):02d}/{year}"


def _iso(text: str) -> str | None:
    printed = printed_date(text)
    return f"{printed[6:]}-{printed[3:5]}-{printed[:2]}" if printed else None


@lru_cache(maxsize=4096)
def status_of(status: str, progress: str) -> int | None:
    """The status of the national list, given or meant by the progress word; None where neither tells."""
    if status.isdecimal() and 1 <= int(status) <= 10:
        return int(status)
    return _statuses().get(fold(progress)) if progress else None


@cache
def _statuses() -> dict[str, int]:
    text = (files("resources") / "units" / "progress.toml").read_text(encoding="utf-8")
    return {fold(word): number for word, number in tomllib.loads(text)["status"].items()}


def _yes_or_no(text: str) -> int | None:
    if not text:
        return None
    return 0 if fold(text) in ("0", "khong", "false", "no") else 1
