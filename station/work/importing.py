"""Bringing procedure records in from the one-stop system."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from forms.records import BadRow, ImportedRecord, read_records
from station.core import files
from station.store import reference
from station.store.accounts import Right
from station.store.reference import ProcedureRecord
from station.work.scanning import Progress, no_progress
from station.work.station import Station

# Bad rows listed to the operator; the rest are counted.
MOST_BAD_ROWS = 200
# In HOME/catalogue: what the columns of the one-stop system's export are called.
COLUMNS_FILE = "record_columns.json"


@dataclass
class Imported:
    """What an import brought: rows taken, records there now, rows refused with number and reason."""

    taken: int = 0
    total: int = 0
    refused: int = 0
    bad_rows: list[BadRow] = field(default_factory=list)


def import_records(
    station: Station, file: Path, columns: dict[str, str] | None = None, progress: Progress = no_progress
) -> Imported:
    """Adds or updates procedure records by dossier code, all good rows in one transaction.

    Args:
        columns: names of the file's columns for ours, where they differ; remembered for the next import.

    Raises:
        InputRefused: the file is none of CSV, XLSX, JSON, or a required column is missing.
    """
    station.actor.require(Right.IMPORT)
    result = Imported()
    with station.transaction() as conn:
        read = read_records(file, columns, remembered_columns(station))
        rows = _good(read, station.settings.branch, result, progress)
        result.taken = reference.import_values(conn, rows, station.now())
        result.total = reference.count(conn)
        station.audit(conn, "import records", "record:all", taken=result.taken, refused=result.refused)
    if columns and result.taken:
        kept = {**remembered_columns(station), **columns}
        folder = files.private_folder(station.home / "catalogue")
        files.put_bytes(folder / COLUMNS_FILE, json.dumps(kept, ensure_ascii=False, indent=1).encode())
    return result


def remembered_columns(station: Station) -> dict[str, str]:
    """Our column → the file's, as an earlier import was told; {} where none was, or the file is not readable."""
    try:
        kept = json.loads((station.home / "catalogue" / COLUMNS_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(ours): str(theirs) for ours, theirs in kept.items()} if isinstance(kept, dict) else {}


def _good(
    rows: Iterable[ImportedRecord | BadRow], branch: str, result: Imported, progress: Progress
) -> Iterator[tuple[Any, ...]]:
    """The good rows; one that names no branch is this station's own, whose reports count by that name."""
    for number, row in enumerate(rows, 1):
        if isinstance(row, BadRow):
            result.refused += 1
            if len(result.bad_rows) < MOST_BAD_ROWS:
                result.bad_rows.append(row)
        else:
            yield row if row.branch else row._replace(branch=branch)
        if number % 10_000 == 0:
            progress("import", number, 0)


def find_records(station: Station, text: str, limit: int = 50) -> list[ProcedureRecord]:
    """Records by code, name, ID number, serial or parcel; with or without diacritics."""
    station.actor.require(Right.SEARCH)
    with station.reading() as conn:
        return list(reference.search(conn, text, limit))
