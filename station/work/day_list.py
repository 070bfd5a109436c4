"""The list of a day: what the branch handed over and the warehouse has signed for.

Three files with the same packages in each: JSON for programs, CSV for a spreadsheet, and SHA-256 sums as sha256sum
checks them in HOME/packages. Network and stick end in the same receipts, so both give the same list, byte for byte.
"""

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from station.core import files
from station.core.errors import N_, DiskFull, StorageProblem
from station.core.sheet_files import safe_cell
from station.store.accounts import Right
from station.work.station import Station
from sync import outbox
from sync.outbox import QueuedPackage

FORMAT = "day-list/1"
COLUMNS = (
    *("package_id", "dossier_code", "branch", "stage", "version", "sealed_at", "size_bytes", "sha256"),
    *("received_at", "conflict_with"),
)


class ListUnwritable(StorageProblem):
    sentence = N_("The folder {folder} can't be written ({reason}). Choose another one.")


@dataclass(frozen=True)
class DayList:
    """What was handed over on a day of the office. `files` are the three that were written."""

    on: date
    rows: tuple[dict[str, Any], ...]
    files: tuple[Path, ...]


def write(station: Station, folder: Path, on: date) -> DayList:
    """Writes packages-<day>.json, .csv and .sha256; what an earlier list of that day said is replaced.

    Raises:
        ListUnwritable, DiskFull.
    """
    station.actor.require(Right.SEND)
    since = datetime.combine(on, time.min).astimezone()
    until = datetime.combine(on + timedelta(days=1), time.min).astimezone()
    with station.transaction() as conn:
        rows = tuple(_row(package) for package in outbox.list_delivered(conn, since, until))
        station.audit(conn, "day list", "package:all", on=on.isoformat(), count=len(rows))
    contents = {"json": _json(on, rows), "csv": _csv(rows), "sha256": _sums(rows)}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        written = [
            files.put_bytes(folder / f"packages-{on.isoformat()}.{ending}", content)
            for ending, content in contents.items()
        ]
    except DiskFull:
        raise
    except OSError as error:
        raise ListUnwritable(folder=str(folder), reason=error.strerror or type(error).__name__) from error
    return DayList(on, rows, tuple(written))


def write_of(station: Station, folder: Path, package_ids: Iterable[str]) -> list[DayList]:
    """Writes the list of every day on which one of these packages was delivered: two after a round over midnight.

    Raises:
        ListUnwritable, DiskFull.
    """
    with station.reading() as conn:
        found = [outbox.find(conn, package_id) for package_id in package_ids]
    days = {p.delivered_at.astimezone().date() for p in found if p is not None and p.delivered_at}
    return [write(station, folder, on) for on in sorted(days)]


def _row(package: QueuedPackage) -> dict[str, Any]:
    receipt = package.receipt or {}
    known = {**receipt, **package._asdict(), "sealed_at": package.sealed_text}
    return {name: known.get(name) for name in COLUMNS}


def _json(on: date, rows: tuple[dict[str, Any], ...]) -> bytes:
    said = {"format": FORMAT, "on": on.isoformat(), "packages": rows}
    return json.dumps(said, ensure_ascii=False, indent=1).encode() + b"\n"


def _csv(rows: tuple[dict[str, Any], ...]) -> bytes:
    """As the office's spreadsheets expect it: semicolons, a byte-order mark, no cell they would compute."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=";")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow(["" if row[name] is None else safe_cell(str(row[name])) for name in COLUMNS])
    return ("\ufeff" + stream.getvalue()).encode()


def _sums(rows: tuple[dict[str, Any], ...]) -> bytes:
    return "".join(f"{row['sha256']}  {row['package_id']}.tar\n" for row in rows).encode()
