"""From delivered files to proposed dossiers in one go, and the JSON that says what became of each.

`ingest` never seals. The JSON follows the contract of resources/schemas/ingest.json: every file, refused ones
too; every image, blank and separator ones too; one entry per dossier proposed.
"""

import hashlib
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from capture.files import list_intakes
from capture.folder import DEVICE_PREFIX, FolderSource
from capture.problems import FolderGone
from capture.source import RawFile, RefusedFile, ScanSettings
from ocr.reading import Code, PageReading
from ocr.twins import twin_finding
from station.core import files
from station.core.errors import N_, UsageProblem
from station.store import documents, dossiers, pages, piles
from station.store.accounts import Right
from station.store.model import Dossier
from station.store.pages import Side
from station.work import reading, scanning, sorting
from station.work.reading import likeness_by_half, reading_of, repeated_pages
from station.work.scanning import Batch, Progress, Taken, no_progress
from station.work.shown import field_json
from station.work.station import Station
from station.work.worker import Readers

Translate = Callable[[str], str]

# Between two looks at a watched folder: a copier writes a page in two to three seconds.
LOOK_EVERY_S = 1.0


class NothingThere(UsageProblem):
    sentence = N_("{path} does not exist. Check the path.")


@dataclass
class Ingested:
    """What one call took in: per intake its files, and the dossiers proposed."""

    files: list[tuple[Path, Taken]] = field(default_factory=list)
    intake_ids: list[int] = field(default_factory=list)


def ingest(
    station: Station,
    paths: Sequence[Path],
    stage: str,
    wanted_code: str | None,
    progress: Progress = no_progress,
    should_stop: Callable[[], bool] = lambda: False,
) -> Ingested:
    """Captures, reads and sorts files and folders. A file already known in its intake makes no second row.

    Raises:
        NothingThere: a path does not exist.
    """
    station.actor.require(Right.SCAN)
    for path in paths:
        if not path.exists():
            raise NothingThere(path=path)
    result = Ingested()
    changed: list[int] = []
    for key, found in _intakes(paths, stage):
        intake = scanning.open_intake(station, "files", stage, wanted_code, key)
        result.intake_ids.append(intake.id)
        taken = scanning.take_files(station, intake, found, should_stop=should_stop)
        result.files += zip(found, taken, strict=False)
        if any(t.sides and not t.known for t in taken):
            changed.append(intake.id)
        progress("capture", len(result.files), 0)
    reading.read_waiting(station, progress=progress, should_stop=should_stop)
    if not should_stop():
        waiting = _unsorted(station, result.intake_ids)
        for intake_id in dict.fromkeys([*changed, *waiting]):
            sorting.sort_as_it_comes(station, intake_id, fresh=True, should_stop=should_stop)
    return result


def _intakes(paths: Sequence[Path], stage: str) -> list[tuple[str, list[Path]]]:
    """Source keys and files: a folder is known by its path, files named together by all their paths."""
    named = [p for p in paths if not p.is_dir()]
    intakes = []
    if named:
        joined = "\n".join(str(p.resolve()) for p in named)
        intakes.append((f"{stage}:files:{hashlib.sha256(joined.encode()).hexdigest()}", named))
    for folder in (p for p in paths if p.is_dir()):
        intakes += [(f"{stage}:{held[0].resolve().parent}", held) for _, held in list_intakes([folder])]
    return intakes


def _unsorted(station: Station, intake_ids: Sequence[int]) -> list[int]:
    with station.reading() as conn:
        return [i for i in pages.list_unsorted_intakes(conn) if i in intake_ids]


def watch_folder(
    station: Station,
    source: FolderSource,
    readers: Readers,
    stage: str,
    wanted_code: str | None,
    should_stop: Callable[[], bool],
    on_file: Callable[[Taken], None],
    once: bool = False,
) -> int:
    """Takes what a folder holds, burst by burst, until stopped; returns how many files came.

    A burst is what lies there when it has settled; its pictures are one intake, of each inner folder one. An intake
    that a power cut left unsorted is continued, so that a file delivered twice by the cut is taken once.
    """
    station.actor.require(Right.SCAN)
    count, said = 0, False
    device = source.list_devices()[0].id
    while not should_stop():
        try:
            count += take_burst(station, source, device, stage, wanted_code, should_stop, on_file)
        except FolderGone as gone:
            # A share comes back by itself; said once, waited for without end.
            if not said:
                on_file(Taken(device, (), known=False, refused=gone))
            said = True
        reading.read_waiting(station, readers, should_stop=should_stop)
        if not should_stop():
            sorting.sort_waiting(station)
        if once:
            break
        time.sleep(LOOK_EVERY_S)
    return count


def take_burst(
    station: Station,
    source: FolderSource,
    device: str,
    stage: str,
    wanted_code: str | None,
    should_stop: Callable[[], bool],
    on_file: Callable[[Taken], None],
) -> int:
    """Takes what lies in the folder now; each file leaves the folder after its rows are durable."""
    spool = files.private_folder(station.folder("spool") / f"folder-{time.time_ns()}")
    intakes: dict[str, int] = {}
    count = 0
    try:
        for item in source.scan(device, ScanSettings(), spool, should_stop):
            pile = _pile_of(item)
            taken = _known(station, pile, item)
            if taken is None:
                if pile not in intakes:
                    intakes[pile] = _burst_intake(station, pile, stage, wanted_code)
                taken = scanning.take(station, intakes[pile], item, None)
            if isinstance(item, RawFile):
                item.done()
                item.path.unlink(missing_ok=True)
            on_file(taken)
            count += 1
    finally:
        shutil.rmtree(spool, ignore_errors=True)
    return count


def _pile_of(item: RawFile | RefusedFile) -> str:
    """The source of the intake a file belongs to.

    The pictures of one folder are one pile; an inner folder (a counter's) has its own. A file of several pages is a
    pile by itself: after a weekend forty of them lie there, from as many citizens.
    """
    path = Path(item.name)
    whole = isinstance(item, RawFile) and len(item.frames) > 1
    return f"{DEVICE_PREFIX}{path if whole else path.parent}"


def _burst_intake(station: Station, pile: str, stage: str, wanted_code: str | None) -> int:
    with station.reading() as conn:
        begun = piles.find_undivided(conn, pile, stage, wanted_code)
    return begun or scanning.open_intake(station, pile, stage, wanted_code).id


def _known(station: Station, pile: str, item: RawFile | RefusedFile) -> Taken | None:
    """What a file of the same name and bytes brought before; None for a new one."""
    if not isinstance(item, RawFile):
        return None
    sha256 = files.sha256_of(item.path)
    with station.reading() as conn:
        known = pages.find_delivery_of_source(conn, pile, f"{item.name}\n{sha256}")
    return Taken(item.name, tuple(known), known=True) if known else None


def result_json(station: Station, result: Ingested, translate: Translate) -> dict[str, Any]:
    """The document `station ingest --json` prints."""
    with station.reading() as conn:
        twins = _twins(station, conn, result)
        entries = [_file_json(station, conn, path, taken, twins, translate) for path, taken in result.files]
        found = [d for i in result.intake_ids for d in dossiers.list_of_intake(conn, i)]
        proposals = [_dossier_json(station, conn, d) for d in found]
    return {"files": entries, "dossiers": proposals}


def _twins(station: Station, conn: Any, result: Ingested) -> dict[tuple[int, str], int]:
    """Pages that repeat an earlier one of their intake, as `repeated_pages` tells them."""
    found: dict[tuple[int, str], int] = {}
    for intake_id in result.intake_ids:
        sides = [s for s in pages.list_sides(conn, intake_id) if s.removed_at is None]
        found |= repeated_pages([(side, likeness_by_half(reading_of(station, side))) for side in sides])
    return found


def _file_json(
    station: Station,
    conn: Any,
    path: Path,
    taken: Taken,
    twins: dict[tuple[int, str], int],
    translate: Translate,
) -> dict[str, Any]:
    images = [_image_json(station, pages.get_side(conn, s.id), twins, translate) for s in taken.sides]
    return {
        "path": str(path),
        "refused": taken.refused.text(translate) if taken.refused else None,
        "known": taken.known,
        "images": images,
    }


def _image_json(
    station: Station, side: Side, twins: dict[tuple[int, str], int], translate: Translate
) -> dict[str, Any]:
    found = reading_of(station, side)
    if found is None:
        problem = side.problem or {"sentence": "", "values": {}}
        sentence = translate(problem["sentence"]).format(**problem["values"])
        return {"index": side.frame, "pages": [], "quality": [sentence] if sentence else []}
    recipe = found.recipe
    findings = [*found.findings, *(finding for page in found.pages for finding in page.findings)]
    findings += [twin_finding(other) for (side_id, _), other in twins.items() if side_id == side.id]
    return {
        "index": side.frame,
        "blank": side.blank,
        "separator": side.separator is not None,
        "rotation": recipe.rotation_deg,
        "skew": recipe.pages[0].skew_deg if recipe.pages else None,
        "split": {"at": recipe.split_at} if recipe.split_at is not None else None,
        "barcodes": _codes_json(found.codes),
        "quality": [translate(f.sentence).format(**f.values) for f in findings],
        "pages": [_page_json(p) for p in found.pages],
    }


def _page_json(page: PageReading) -> dict[str, Any]:
    return {
        "side": page.side,
        "text": page.text,
        "blank": page.blank,
        "skew": page.skew_deg,
        "barcodes": _codes_json(page.codes),
    }


def _codes_json(codes: Sequence[Code]) -> list[dict[str, str]]:
    return [{"symbology": c.symbology, "payload": c.payload} for c in codes]


def _dossier_json(station: Station, conn: Any, dossier: Dossier) -> dict[str, Any]:
    return {
        "dossier_code": dossier.dossier_code,
        "matched_by": dossier.matched_by,
        "temporary_code": dossier.temporary_code,
        "state": dossier.state.value,
        "stage": dossier.stage,
        "reasons": list(dossier.match_reasons),
        "documents": [
            {
                "type": paper.type_id,
                "confidence": round(paper.confidence, 3),
                "pages": [{"file": p.name, "image": p.frame, "side": p.half} for p in paper.pages],
                "fields": {f.name: field_json(f) for f in documents.list_fields(conn, paper.id)},
            }
            for paper in documents.list_of(conn, dossier.id)
        ],
    }


def result_lines(document: dict[str, Any]) -> list[str]:
    """The same for a person."""
    lines = [f"{Path(f['path']).name}: {f['refused']}" for f in document["files"] if f["refused"]]
    for dossier in document["dossiers"]:
        lines.append(
            f"{dossier['dossier_code'] or dossier['temporary_code']}  ({dossier['matched_by'] or '–'})"
        )
        lines += [f"    {d['type']}: {len(d['pages'])}" for d in dossier["documents"]]
    return lines


def batch_json(station: Station, batch: Batch, dossier_ids: Sequence[int]) -> dict[str, Any]:
    """The document `station scan --json` prints."""
    with station.reading() as conn:
        sides = [s for s in pages.list_sides(conn, batch.intake_id) if s.removed_at is None]
        found = [dossiers.get(conn, i) for i in dossier_ids]
        page_count = sum(len(pages.list_pages(conn, s.id)) for s in sides)
    codes = [d.dossier_code for d in found if d.dossier_code]
    return {
        "sides": len(sides),
        "pages": page_count,
        "blank_pages": sum(s.blank for s in sides),
        "intake_id": batch.intake_id,
        "dossier_code": codes[0] if codes else None,
        "stopped_by": batch.stopped_by,
    }


def batch_lines(translate: Translate, station: Station, batch: Batch) -> list[str]:
    told = batch_json(station, batch, ())
    return [translate(N_("{sides} sides, {pages} pages, {blank_pages} blank.")).format(**told)]


def resume(station: Station, should_stop: Callable[[], bool] = lambda: False) -> int:
    """Goes on where the last run was stopped or killed: takes in what a driver left, reads, sorts.

    Returns:
        How many dossiers were proposed.
    """
    station.actor.require(Right.SCAN)
    scanning.recover(station)
    with station.reading() as conn:
        fresh = {side.intake_id for side in pages.list_to_read(conn, pages.count_to_read(conn))}
    reading.read_waiting(station, should_stop=should_stop)
    if should_stop():
        return 0
    ids: list[int] = []
    # Some of it may belong to piles that were sorted before it came: the rest of a jam, a file taken after all.
    for intake_id in sorted(fresh):
        ids += sorting.sort_as_it_comes(station, intake_id, fresh=True, should_stop=should_stop)
    return len(ids) + len(sorting.sort_waiting(station))
