"""Document types and procedures from a table (CSV or XLSX), for offices that keep their catalogue in one.

One row is one entry; lists stand in one cell, parted by semicolons. The rows become the same TOML files the
catalogue is made of, so that what was imported can be read, corrected and overridden like the rest.
"""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from openpyxl import load_workbook

from forms.catalogue_file import CatalogueProblem
from forms.doctype import load_catalogue
from station.core import files
from station.core.errors import N_, InputRefused

TYPE_COLUMNS = (
    "id",
    "name_vi",
    "name_en",
    "name_km",
    "short",
    "titles",
    "anchors",
    "continuation",
    "fields",
    "legal_basis",
)
PROCEDURE_COLUMNS = (
    "id", "codes", "name_vi", "name_en", "name_km", "aliases", "level", "working_days", "required", "optional", "results", "legal_basis",
)  # fmt: skip


class TableRefused(InputRefused):
    sentence = N_(
        "Row {row} of {file} is wrong at {column}: {why}. Correct it and import again; nothing was changed."
    )


class TableUnknown(InputRefused):
    sentence = N_(
        "{file} is no table of document types or procedures. Its first row must have the columns {columns}."
    )


@dataclass(frozen=True)
class Imported:
    """What an import wrote, as paths of the catalogue folder."""

    document_types: tuple[Path, ...]
    procedures: tuple[Path, ...]


def import_catalogue(file: Path, catalogue_folder: Path) -> Imported:
    """Writes the rows of `file` as catalogue files; all or none.

    Args:
        file: CSV (UTF-8) or XLSX with the columns of TYPE_COLUMNS or PROCEDURE_COLUMNS.
        catalogue_folder: the folder that overrides the shipped catalogue; made when absent.

    Raises:
        TableUnknown: the columns are neither's.
        TableRefused: a row cannot be an entry.
    """
    try:
        rows = list(_rows(file))
    except (OSError, UnicodeDecodeError, csv.Error, BadZipFile, KeyError, ValueError) as error:
        raise TableUnknown(file=file.name, columns=", ".join(TYPE_COLUMNS)) from error
    if not rows or not {"id", "name_vi"} <= set(rows[0]):
        raise TableUnknown(file=file.name, columns=", ".join(TYPE_COLUMNS))
    as_procedures = "required" in rows[0] or "codes" in rows[0]
    folder = catalogue_folder / ("procedures" if as_procedures else "document_types")
    texts: dict[Path, str] = {}
    for number, row in enumerate(rows, start=2):
        _require(row, number, file.name)
        texts[folder / f"{row['id']}.toml"] = _procedure(row) if as_procedures else _document_type(row)
    _write_all(texts, catalogue_folder, file.name)
    written = tuple(texts)
    return Imported((), written) if as_procedures else Imported(written, ())


def _write_all(texts: Mapping[Path, str], catalogue_folder: Path, source: str) -> None:
    """Writes the files, checks the whole catalogue, takes them back when it does not stand."""
    before = {path: path.read_text(encoding="utf-8") if path.exists() else None for path in texts}
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        files.put_bytes(path, text.encode("utf-8"))
    try:
        load_catalogue(catalogue_folder)
    except CatalogueProblem as problem:
        for path, old in before.items():
            if old is None:
                path.unlink(missing_ok=True)
            else:
                files.put_bytes(path, old.encode("utf-8"))
        ids = [path.stem for path in texts]
        stem = str(problem.values["file"]).removesuffix(".toml")
        row = ids.index(stem) + 2 if stem in ids else 1
        raise TableRefused(
            row=row, file=source, column=str(problem.values["key"]), why=str(problem.values["expected"])
        ) from problem


def _rows(file: Path) -> Iterable[dict[str, str]]:
    if file.suffix.lower() in (".xlsx", ".xlsm"):
        sheet = load_workbook(file, read_only=True, data_only=True).worksheets[0]
        lines = [[_cell(v) for v in row] for row in sheet.iter_rows(values_only=True)]
    else:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            lines = list(csv.reader(stream))
    heads = [h.strip().lower() for h in lines[0]] if lines else []
    for line in lines[1:]:
        if any(c.strip() for c in line):
            yield {h: v.strip() for h, v in zip(heads, line, strict=False) if h}


def _cell(value: Any) -> str:
    return "" if value is None else str(value)


def _require(row: Mapping[str, str], number: int, file: str) -> None:
    for column in ("id", "name_vi", "name_en", "name_km"):
        if not row.get(column):
            raise TableRefused(row=number, file=file, column=column, why="-")
    if not re.fullmatch(r"[a-z0-9_]{2,60}", row["id"]):
        raise TableRefused(row=number, file=file, column="id", why=row["id"])


def _document_type(row: Mapping[str, str]) -> str:
    fields = "".join(f"{name} = {{}}\n" for name in _list(row.get("fields", "")))
    return (
        f"id = {_quoted(row['id'])}\n{_name(row)}short = {_quoted(row.get('short', ''))}\n"
        f"titles = {_array(row.get('titles', '') or row['name_vi'].upper())}\nanchors = {_array(row.get('anchors', ''))}\n"
        f"continuation = {_array(row.get('continuation', ''))}\npages = [1, 20]\n"
        f"legal_basis = {_quoted(row.get('legal_basis', ''))}\n{_days(row)}\n[fields]\n{fields}"
    )


def _procedure(row: Mapping[str, str]) -> str:
    days = row.get("working_days", "") or "0"
    text = (
        f"id = {_quoted(row['id'])}\ncodes = {_array(row.get('codes', ''))}\n{_name(row)}"
        f"aliases = {_array(row.get('aliases', ''))}\nlevel = {_quoted(row.get('level', '') or 'province')}\n"
        f"working_days = {days}\nlegal_basis = {_quoted(row.get('legal_basis', ''))}\n{_days(row)}"
    )
    for column, table, duty in (
        ("required", "component", "required"),
        ("optional", "component", "optional"),
        ("results", "result", "required"),
    ):
        for item in _list(row.get(column, "")):
            types = _array(item.replace("|", ";"))
            text += f'\n[[{table}]]\ntypes = {types}\nduty = "{duty}"\n'
    return text


def _days(row: Mapping[str, str]) -> str:
    """From when to when the entry holds, where the table says so."""
    return "".join(f"{name} = {row[name][:10]}\n" for name in ("valid_from", "valid_to") if row.get(name))


def _name(row: Mapping[str, str]) -> str:
    return f"name = {{ vi = {_quoted(row['name_vi'])}, en = {_quoted(row['name_en'])}, km = {_quoted(row['name_km'])} }}\n"


def _list(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]


def _array(cell: str) -> str:
    return "[" + ", ".join(_quoted(part) for part in _list(cell)) + "]"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'"{escaped}"'
