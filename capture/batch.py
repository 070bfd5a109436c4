"""One batch from a driver's child process, seen from the station: sides come, a fault ends it, Stop keeps all.

Each batch has its own folder in the spool. What was encoded there and not yet taken over when the station
was killed is found again by `list_left`: no sheet that passed the scanner is lost.
"""

import contextlib
import json
import logging
import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from PIL import Image

from capture import problems
from capture.child import HELD_NAME
from capture.encode import encode_side
from capture.files import close_decoder, inspect
from capture.host import Child, ChildDied, Report
from capture.source import Frame, RawFile, Remark
from station.core.errors import DiskFull, StationError
from station.core.files import full_disk_in_words, held, put_bytes

log = logging.getLogger(__name__)

BATCH_PREFIX = "scan-"
LIST_NAME = "batch.json"
# For drivers that cannot look at their standard input while they work.
STOP_NAME = "stop"
# Lamps warm up for a minute on old devices; a map at 600 dpi on glass reports growth meanwhile.
SILENCE_S = 120.0
# A driver whose station was killed finishes its sheet, then ends; a map at 600 dpi on glass takes two minutes, and
# one that hangs is given up after `SILENCE_S`.
DRIVER_PATIENCE_S = 180.0
# How often Stop is looked at while the scanner works.
STOP_EVERY_S = 0.2
# An equal picture this often in a row is a scanner that repeats itself, not blank backs: paper has grain.
REPEATS = 3
# Pages smaller than asked for by more than this were cut by the device, not rounded.
SIZE_TOLERANCE = 0.03
MM_PER_INCH = 25.4


@dataclass
class Outcome:
    """How the batch ended; filled when the last side has been handed over."""

    sides: int = 0
    #: "empty" (feeder ran out), "count" (asked number reached), "stopped" (operator), "" while running or after a fault
    stopped_by: str = ""


@dataclass(frozen=True)
class Job:
    """What a batch is run with, besides the driver's own request."""

    device: str
    width_mm: float
    height_mm: float
    remarks: tuple[Remark, ...] = ()
    silence_s: float = SILENCE_S
    outcome: Outcome = field(default_factory=Outcome)


def run_batch(
    child: Child,
    request: Mapping[str, object],
    job: Job,
    spool: Path,
    should_stop: Callable[[], bool],
    fault: Callable[[str, int], StationError],
) -> Iterator[RawFile]:
    """Hands over each side as it comes and ends the child.

    Args:
        fault: turns a driver's words, and the number of sides that came before, into the operator's sentence.

    Raises:
        ScannerProblem: after every side that came before it has been handed over.
        DiskFull: likewise.
    """
    folder = new_folder(spool, job.device, request["dpi"])
    child.send({**request, "folder": str(folder), "batch": folder.name.removeprefix(BATCH_PREFIX)})
    remarks = list(job.remarks)
    asked_to_stop = False
    try:
        while True:
            if not asked_to_stop and should_stop():
                asked_to_stop = True
                child.send({"stop": True})
                (folder / STOP_NAME).touch()
            report = _wait(child, job, should_stop, asked_to_stop)
            if report is None:
                continue
            if "page" in report:
                raw = _raw_file(report["page"], job, remarks, job.outcome.sides)
                remarks = []
                job.outcome.sides += 1
                yield raw
                child.send({"kept": 1})
            elif "end" in report:
                job.outcome.stopped_by = str(report["end"])
                return
            elif "alive" not in report:
                raise _problem(report, fault)
    finally:
        child.close()
        remove_when_empty(folder)


def list_left(spool: Path) -> list[tuple[str, list[RawFile]]]:
    """Sides that an earlier run scanned and did not take over: pairs of the device's name and its files in order.

    Called at start, before the spool is swept; batches are found in any folder below. A driver that is still at its
    last sheet is waited for. Raw pixels that were whole and not yet encoded are encoded now.
    """
    left = []
    for folder in sorted(spool.rglob(f"{BATCH_PREFIX}*")):
        listed = folder / LIST_NAME
        if not listed.exists():
            continue  # killed before scanimage was started
        _wait_for_driver(folder)
        about: Report = json.loads(listed.read_text(encoding="utf-8"))
        _encode_raw(folder, about["dpi"])
        found = [inspect(path) for path in sorted(folder.glob("side-*")) if not path.name.endswith(".part")]
        held = [
            replace(raw, name=f"{about['device']} {n}")
            for n, raw in enumerate(found, 1)
            if isinstance(raw, RawFile)
        ]
        if held:
            left.append((about["device"], held))
        else:
            remove_when_empty(folder)
    if left:
        close_decoder()
    return left


def _wait_for_driver(folder: Path) -> None:
    """Until the driver that outlived its station has ended; not for ever."""
    with contextlib.suppress(TimeoutError), held(folder / HELD_NAME, DRIVER_PATIENCE_S):
        return


def _encode_raw(folder: Path, dpi: int) -> None:
    """Our own scanimage wrote these, so they are opened here; one that it had not finished is no page.

    Each keeps its number: sides are encoded two at a time, so a raw one may lie before an encoded one.
    """
    for raw in sorted(folder.glob("raw-*.pnm")):
        number = raw.stem.removeprefix("raw-")
        try:
            with Image.open(raw, formats=["PPM"]) as picture:
                picture.load()
                encode_side(picture, folder / f"side-{number}", dpi, f"batch {folder.name} side {number}")
        except (OSError, ValueError):
            log.info("an unfinished scan was left behind and could not be read")
            continue
        raw.unlink()


def remove_when_empty(folder: Path) -> None:
    """The batch's folder goes when all its sides have been taken over; half a raw side is nothing to keep."""
    if any(folder.glob("side-*")) or any(folder.glob("raw-*.pnm")):
        return
    shutil.rmtree(folder, ignore_errors=True)


def new_folder(spool: Path, device: str, dpi: object) -> Path:
    """A folder of its own for a batch, with what `list_left` needs to know."""
    folder = spool / f"{BATCH_PREFIX}{uuid.uuid4().hex[:12]}"
    with full_disk_in_words(spool):
        folder.mkdir(parents=True)
        put_bytes(folder / LIST_NAME, json.dumps({"device": device, "dpi": dpi}).encode())
    return folder


def _problem(report: Report, fault: Callable[[str, int], StationError]) -> StationError:
    if "disk_full" in report:
        return DiskFull(folder=report["disk_full"])
    if "missing" in report:
        return problems.DriverMissing(program=report["missing"])
    words = f"{report['fault']} {report.get('detail', '')}".strip()
    return fault(words, int(report["pages"]))


def _wait(child: Child, job: Job, should_stop: Callable[[], bool], asked_to_stop: bool) -> Report | None:
    """The next report; None when Stop has to be looked at again."""
    waited_s = 0.0
    while True:
        try:
            report = child.poll(STOP_EVERY_S)
        except ChildDied as death:
            log.info("a driver process died: %s", death)
            raise problems.DriverFailed(device=job.device, reason=f"it ended with {death.code}") from death
        if report is not None:
            return report
        waited_s += STOP_EVERY_S
        if not asked_to_stop and should_stop():
            return None
        if waited_s >= job.silence_s:
            child.kill()
            raise problems.ScannerSilent(device=job.device, seconds=round(job.silence_s))


def _raw_file(page: Report, job: Job, remarks: list[Remark], number: int) -> RawFile:
    frame = Frame(0, page["width_px"], page["height_px"], page["dpi"], page["mode"])
    if number == 0:
        remarks += size_remarks(frame, job)
    remarks += [Remark(said, {"device": job.device, **values}) for said, values in page.get("remarks", ())]
    if page.get("repeats") == REPEATS:
        remarks.append(Remark(problems.SAME_PICTURE, {"device": job.device}))
    path = Path(page["path"])
    return RawFile(path, f"{job.device} {number + 1}", page["media_type"], (frame,), remarks=tuple(remarks))


def size_remarks(frame: Frame, job: Job) -> list[Remark]:
    """A device asked for A3 that delivers A4 has cut the paper; a shorter page may just be a shorter sheet."""
    width_mm, height_mm = (round(px / frame.dpi * MM_PER_INCH) for px in (frame.width_px, frame.height_px))
    if not job.width_mm or width_mm >= job.width_mm * (1 - SIZE_TOLERANCE):
        return []
    return [Remark(problems.OTHER_SIZE, {"device": job.device, "width_mm": width_mm, "height_mm": height_mm})]
