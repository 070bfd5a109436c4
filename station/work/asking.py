"""What the office asks of the warehouse: procedure records that changed, and papers it need not ask a citizen for."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forms.normalise import digits_only, parse_date
from forms.reuse import StoredPaper
from station.core import files
from station.core.errors import N_, UsageProblem
from station.store import dossiers, reference
from station.store.accounts import Right
from station.work.importing import Imported, import_records
from station.work.scanning import Progress, no_progress
from station.work.station import Station
from sync import asking
from sync.asking import PaperThere
from sync.trust import WarehouseTarget

# How far the records have been fetched; losing it costs fetching them all again.
MARK_FILE = "records-fetched.json"
PREFIX = "warehouse:"


class NoSuchPaper(UsageProblem):
    sentence = N_("{paper} is not a paper the warehouse told of. station reuse CODE --warehouse lists them.")


@dataclass(frozen=True)
class HeldAtWarehouse:
    """The warehouse's answer about one person (a HeldPapers)."""

    owner_id: str
    papers: tuple[PaperThere, ...]

    def of_person(self, personal_id: str) -> Sequence[StoredPaper]:
        if personal_id != self.owner_id:
            return []
        return [
            StoredPaper(
                paper_id=f"{PREFIX}{paper.package_id}/{paper.number}",
                type_id=paper.type_id,
                place=paper.branch,
                issued_on=parse_date(paper.issued_on or ""),
                owner_id=self.owner_id,
                parcel_no="",
                map_sheet="",
                page_id=None,
            )
            for paper in self.papers
        ]

    def of_parcel(self, parcel_no: str, map_sheet: str, commune: str) -> Sequence[StoredPaper]:
        return []


def pull_records(station: Station, target: WarehouseTarget, progress: Progress = no_progress) -> Imported:
    """Fetches the branch's procedure records that changed since the last time and takes them in.

    Raises:
        NetworkProblem: what came before it is taken in; the next time goes on there.
    """
    station.actor.require(Right.IMPORT)
    total = Imported()
    mark = _read_mark(station, target)
    while True:
        page = asking.fetch_records(target, mark["since"], mark["tag"])
        if page is None or not page.records:
            break
        _take_in(station, page.records, total)
        progress("records", total.taken, 0)
        mark = {**mark, "since": page.next, "tag": ""}
        files.put_bytes(station.home / MARK_FILE, json.dumps(mark).encode())
    if page is not None and page.tag != mark["tag"]:
        files.put_bytes(station.home / MARK_FILE, json.dumps({**mark, "tag": page.tag}).encode())
    with station.reading() as conn:
        total.total = reference.count(conn)
    return total


def ask_held_papers(station: Station, target: WarehouseTarget, dossier_id: int) -> HeldAtWarehouse | None:
    """What the warehouse holds of a dossier's applicant; None where the record names no ID number.

    Raises:
        NoPurpose, NetworkProblem.
    """
    station.actor.require(Right.SCAN)
    code, owner_id = _owner_of(station, dossier_id)
    if not owner_id:
        return None
    found = asking.look_up_papers(target, code, owner_id)
    with station.transaction() as conn:
        station.audit(conn, "ask the warehouse for papers", f"dossier:{dossier_id}", found=len(found))
    return HeldAtWarehouse(owner_id, tuple(found))


def save_picture(station: Station, target: WarehouseTarget, dossier_id: int, paper: str, out: Path) -> None:
    """Fetches the PDF of a paper at the warehouse into a file; written down here and at the warehouse.

    Raises:
        NoSuchPaper, PictureNotShown, NetworkProblem.
    """
    station.actor.require(Right.SCAN)
    package_id, _, number = paper.removeprefix(PREFIX).partition("/")
    if not paper.startswith(PREFIX) or not _is_uuid(package_id) or not number.isdecimal():
        raise NoSuchPaper(paper=paper)
    code, owner_id = _owner_of(station, dossier_id)
    # Written down first: a look that was answered and not recorded must not be possible.
    with station.transaction() as conn:
        station.audit(conn, "look at a paper of the warehouse", f"dossier:{dossier_id}", paper=paper)
    files.put_bytes(out, asking.fetch_picture(target, code, owner_id, package_id, int(number)))


def _owner_of(station: Station, dossier_id: int) -> tuple[str, str]:
    with station.reading() as conn:
        code = dossiers.get(conn, dossier_id).dossier_code or ""
        record = reference.find(conn, code) if code else None
    return code, digits_only(record.applicant_id) if record else ""


def _take_in(station: Station, records: list[dict[str, Any]], total: Imported) -> None:
    """Through the same reading as an office's own file, so that both are checked alike."""
    file = station.folder("spool") / f"records-{uuid.uuid4().hex[:8]}.json"
    try:
        files.put_bytes(file, asking.records_text(records).encode())
        some = import_records(station, file)
    finally:
        file.unlink(missing_ok=True)
    total.taken += some.taken
    total.refused += some.refused
    total.bad_rows += some.bad_rows


def _read_mark(station: Station, target: WarehouseTarget) -> dict[str, Any]:
    """Where the last fetching ended; another warehouse begins anew."""
    fresh = {"station_id": target.station_id, "since": 0, "tag": ""}
    file = station.home / MARK_FILE
    try:
        mark = json.loads(files.read_text(file)) if file.is_file() else fresh
        fits = mark["station_id"] == target.station_id and isinstance(mark["since"], int)
    except (ValueError, KeyError, TypeError):
        return fresh
    return mark if fits else fresh


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False
