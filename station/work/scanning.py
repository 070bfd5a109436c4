"""Taking pages in: from scanners, folders and files, each durable before the next is asked for.

File first, row second: an original lies whole under its hash before any row speaks of it. What the source
delivered once is taken once: a second delivery of the same file in the same intake finds its rows and
makes none.
"""

import logging
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from capture import files as capture_files
from capture.batch import BATCH_PREFIX, list_left
from capture.counts import back_missing
from capture.problems import DISK_FULL_AFTER, FRONT_ALONE, NO_FEEDER, ONE_SIDE_ONLY
from capture.source import CaptureSource, RawFile, RefusedFile, Remark, ScanSettings
from station.core import files
from station.core.errors import DiskFull, ScannerProblem, StationError
from station.store import dossiers, pages, refusals
from station.store.accounts import Right
from station.store.pages import Intake, Side
from station.work.station import Station

log = logging.getLogger(__name__)

#: Name of an intake's folder in the spool, before its id: what is left there after a cut belongs to it.
SPOOL_PREFIX = "intake-"

# A window lets people scan while what the last run left is still being taken in, and that ends with an empty spool.
_SPOOL = threading.RLock()

Progress = Callable[[str, int, int], None]


@contextmanager
def _spool_in_hand() -> Iterator[None]:
    """Either a scan fills the spool or `recover` empties it; the other waits."""
    with _SPOOL:
        yield


def no_progress(_what: str, _done: int, _all: int) -> None:
    """For callers that show none."""


@dataclass(frozen=True)
class Taken:
    """What became of one delivered file: its sides (known: an earlier delivery made them) or the refusal."""

    name: str
    sides: tuple[Side, ...]
    known: bool
    refused: StationError | None = None


@dataclass
class Batch:
    """What a scan brought. `remarks` are said once, though nothing failed. `stopped_by`: None (the feeder is empty), "operator", or the fault's sentence."""

    intake_id: int
    taken: list[Taken] = field(default_factory=list)
    remarks: tuple[Remark, ...] = ()
    stopped_by: str | None = None
    fault: StationError | None = None

    @property
    def sides(self) -> int:
        return sum(len(t.sides) for t in self.taken if not t.known)

    @property
    def refused(self) -> list[Taken]:
        return [t for t in self.taken if t.refused is not None]


def open_intake(
    station: Station,
    source: str,
    stage: str = "intake",
    wanted_code: str | None = None,
    source_key: str | None = None,
) -> Intake:
    """A new intake for what one operator feeds in one go, or the known one of the same folder."""
    station.actor.require(Right.SCAN)
    with station.transaction() as conn:
        intake = pages.open_intake(
            conn, source_key, source, stage, wanted_code, station.actor.name, station.now()
        )
        station.audit(conn, "open intake", f"intake:{intake.id}", source=source, stage=stage)
    return intake


def expect_sheets(station: Station, intake_id: int, sheets: int) -> None:
    """The operator counted the pile before scanning; what comes is compared with it."""
    station.actor.require(Right.SCAN)
    with station.transaction() as conn:
        pages.set_sheets_expected(conn, intake_id, sheets)
        station.audit(conn, "count before scan", f"intake:{intake_id}", sheets=sheets)


@_spool_in_hand()
def scan_batch(
    station: Station,
    intake: Intake,
    source: CaptureSource,
    device_id: str,
    settings: ScanSettings,
    on_side: Callable[[Taken], None] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Batch:
    """Takes everything the source gives. A fault ends the batch; what came before it is kept and counted.

    Never raises for the scanner or a full disk: the fault is in the batch, and scanning the same intake again
    continues it. Sides that the disk had no room for stay in the spool and come first then.
    """
    station.actor.require(Right.SCAN)
    batch = Batch(intake.id)
    spool = files.private_folder(station.folder("spool") / f"{SPOOL_PREFIX}{intake.id}")
    since = time.monotonic()
    try:
        for taken in _take_left(station, spool, intake.id):
            batch.taken.append(taken)
            on_side(taken)
        items = _numbered(device_id, source.scan(device_id, settings, spool, should_stop))
        _receive(station, batch, items, spool, on_side)
        if should_stop():
            batch.stopped_by = "operator"
    except (ScannerProblem, DiskFull) as fault:
        batch.fault = fault
        batch.stopped_by = fault.text()
        if isinstance(fault, DiskFull):
            waiting = sum(1 for side in spool.rglob("side-*") if side.suffix != ".part")
            batch.remarks += (Remark(DISK_FULL_AFTER, {"count": batch.sides + waiting}),)
    try:
        batch.taken += _take_left(station, spool, intake.id)
        shutil.rmtree(spool, ignore_errors=True)
        batch.remarks += _odd_sides(settings, batch)
        _note_batch(station, batch, time.monotonic() - since)
    except DiskFull as fault:
        batch.fault = batch.fault or fault
        batch.stopped_by = batch.fault.text()
    return batch


def _receive(
    station: Station,
    batch: Batch,
    items: Generator[tuple[str | None, RawFile | RefusedFile], None, None],
    spool: Path,
    on_side: Callable[[Taken], None],
) -> None:
    """Makes each side durable before the next is asked for.

    One connection stays open meanwhile: the last to close lets SQLite write its log back into the database, which
    after every side costs the disk as much again as the side's rows.
    """
    # Closed at once when a side cannot be kept: the driver must not draw in sheets nobody waits for.
    with station.reading(), closing(items):
        for delivery, item in items:
            taken = take(station, batch.intake_id, item, delivery)
            if isinstance(item, RawFile):
                item.done()
                batch.remarks += item.remarks
            if item.path.is_relative_to(spool):
                item.path.unlink(missing_ok=True)
            batch.taken.append(taken)
            on_side(taken)


def _odd_sides(settings: ScanSettings, batch: Batch) -> tuple[Remark, ...]:
    """Both sides of each sheet were asked for: an odd number of them is said at once."""
    if settings.source != "adf-duplex" or _one_sided(batch) or batch.stopped_by == "operator":
        return ()
    if batch.fault is not None:
        return (Remark(FRONT_ALONE),) if batch.sides % 2 else ()
    said = back_missing(batch.sides)
    return (said,) if said else ()


def _one_sided(batch: Batch) -> bool:
    """Whether the device said that it cannot take both sides."""
    return any(r.sentence in (ONE_SIDE_ONLY, NO_FEEDER) for r in batch.remarks)


def _numbered(
    device_id: str, items: Iterator[RawFile | RefusedFile]
) -> Generator[tuple[str | None, RawFile | RefusedFile], None, None]:
    """What makes a delivery the same on a second try, after a power cut.

    A scanner may deliver the same bytes for two sheets: its sides are told apart by batch and number. A folder's
    file is known by its name and bytes (None).
    """
    batch = uuid.uuid4().hex
    for number, item in enumerate(items, start=1):
        if device_id.startswith("folder:"):
            yield None, item
        else:
            yield _delivery(item.path) or f"scan:{batch}:{number}", item


def _delivery(path: Path) -> str | None:
    """A side's name in its driver's batch folder, which outlives a power cut; None outside such a folder."""
    folder = path.parent.name
    return f"scan:{folder}/{path.name}" if folder.startswith(BATCH_PREFIX) else None


def _take_left(station: Station, folder: Path, intake_id: int) -> list[Taken]:
    """What a driver that died had whole on the disk; only what was not known before."""
    found = []
    for _, sides in list_left(folder):
        for side in sides:
            found.append(take(station, intake_id, side, _delivery(side.path)))
            side.path.unlink(missing_ok=True)
    return [t for t in found if not t.known]


@_spool_in_hand()
def recover(station: Station) -> int:
    """Takes in what a driver had delivered when the station was killed; returns how many sides were new.

    Called at start: afterwards the spool is empty. A scan that begins meanwhile waits, or is waited for.
    """
    station.actor.require(Right.SCAN)
    count = 0
    for folder in sorted(station.folder("spool").glob(f"{SPOOL_PREFIX}*")):
        number = folder.name.removeprefix(SPOOL_PREFIX)
        taken = _take_left(station, folder, _intake_of(station, number)) if number.isdecimal() else []
        count += sum(len(t.sides) for t in taken)
    files.sweep(station.folder("spool"))
    return count


def _intake_of(station: Station, number: str) -> int:
    """The intake a folder of the spool belongs to; a new one where a restored database does not know it."""
    with station.reading() as conn:
        try:
            return pages.get_intake(conn, int(number)).id
        except pages.IntakeUnknown:
            log.warning("sides were left of intake %s, which is not known here", number)
    return open_intake(station, "recovered").id


def _note_batch(station: Station, batch: Batch, seconds: float) -> None:
    with station.transaction() as conn:
        source, fault = pages.get_intake(conn, batch.intake_id).source, batch.fault
        # For the report on scanners, which says it in the reader's language.
        told = (
            {"fault": fault.sentence, "values": {k: str(v) for k, v in fault.values.items()}} if fault else {}
        )
        station.audit(
            conn, "scan", f"intake:{batch.intake_id}", sides=batch.sides, stopped_by=batch.stopped_by or "end", **told
        )  # fmt: skip
        dossiers.add_measure(
            conn, None, "scanning", station.actor.name, station.now(), round(seconds, 2), batch.sides, source
        )
        if _one_sided(batch):
            pages.set_one_sided(conn, batch.intake_id)
        if fault is not None:
            dossiers.add_measure(
                conn, None, "scanner fault", station.actor.name, station.now(), 0.0, 1, source
            )


def take_files(
    station: Station,
    intake: Intake,
    paths: Sequence[Path],
    on_file: Callable[[Taken], None] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> list[Taken]:
    """Takes files of the operator into an intake, in the order given; the files themselves stay."""
    station.actor.require(Right.SCAN)
    taken = []
    for path in paths:
        if should_stop():
            break
        result = take(station, intake.id, capture_files.inspect(path), None)
        taken.append(result)
        on_file(result)
    return taken


def take_from_folder(
    station: Station, items: Iterable[RawFile | RefusedFile], intake_id: int, on_file: Callable[[Taken], None]
) -> int:
    """Takes what a watched folder delivers; each file leaves the folder only after its rows are durable."""
    count = 0
    for item in items:
        result = take(station, intake_id, item, None)
        if isinstance(item, RawFile):
            item.done()
        on_file(result)
        count += 1
    return count


def take(station: Station, intake_id: int, item: RawFile | RefusedFile, delivery: str | None) -> Taken:
    """One delivered file becomes an original and its sides, or goes to quarantine with its sentence.

    Raises:
        DiskFull: nothing was taken; the file is where it was.
    """
    if isinstance(item, RefusedFile):
        return _set_aside(station, intake_id, item)
    ours = item.path.is_relative_to(station.folder("spool"))
    keep = files.adopt_original if ours else files.keep_original
    sha256 = keep(item.path, station.folder("originals"))
    key = delivery or f"{item.name}\n{sha256}"
    with station.transaction() as conn:
        known = pages.find_delivery(conn, intake_id, key)
        if known:
            return Taken(item.name, tuple(known), known=True)
        if not station.original(sha256).exists():
            keep(
                item.path, station.folder("originals")
            )  # a purge has just removed the same bytes of an old dossier
        size_bytes = station.original(sha256).stat().st_size
        pages.note_original(conn, sha256, item.media_type, size_bytes, station.now())
        ids = [
            pages.add_side(
                conn,
                intake_id,
                key,
                sha256,
                frame.index,
                item.name,
                (frame.width_px, frame.height_px),
                frame.dpi,
                frame.mode,
                station.actor.name,
                station.now(),
            )
            for frame in item.frames
        ]
        station.audit(conn, "capture", f"intake:{intake_id}", original=sha256, sides=ids)
        sides = tuple(pages.get_side(conn, side_id) for side_id in ids)
    return Taken(item.name, sides, known=False)


def _set_aside(station: Station, intake_id: int, item: RefusedFile) -> Taken:
    kept = ""
    if item.path.is_file() and not item.path.is_symlink():
        kept = files.keep_original(item.path, station.folder("quarantine"))
    with station.transaction() as conn:
        refusals.add(conn, intake_id, item.name, kept, item.sentence, dict(item.values), station.now())
        station.audit(conn, "quarantine", f"intake:{intake_id}", file=kept)
    refusal = StationError(item.sentence, **item.values)
    return Taken(item.name, (), known=False, refused=refusal)
