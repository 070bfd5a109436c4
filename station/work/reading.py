"""Reading captured sides: the state column is the queue, the pool does the work, readings lie in derived/.

A reading is keyed to the bytes, the frame and the options it was made with, so the same picture is never
read twice and another geometry never finds an old reading.
"""

import hashlib
import json
import time
import zlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ocr.reading import ReadOptions, SideReading
from ocr.twins import Likeness, find_twins, likeness_of
from station.core import files
from station.core.errors import StationError
from station.store import dossiers, pages
from station.store.accounts import Right
from station.store.pages import Side
from station.work.cuts import may_be_spread, usual_cut
from station.work.recipes import recipe_from_json
from station.work.scanning import Progress, no_progress
from station.work.station import Station
from station.work.worker import Readers, ReadJob

# A cut this share of the width from the usual one (8 mm of A3) is another one, not another margin.
_ELSEWHERE = 0.02
# As many sheets before the ones just read are looked at for the usual cut.
_SHEETS_BEFORE = 20

# Counts up when reading changes so much that old readings should be made anew.
READING_VERSION = 5


def read_waiting(
    station: Station,
    readers: Readers | None = None,
    progress: Progress = no_progress,
    should_stop: Callable[[], bool] = lambda: False,
    on_side: Callable[[Side], None] = lambda _: None,
) -> int:
    """Reads every captured side; returns how many were read or set aside as unreadable."""
    station.actor.require(Right.SCAN)
    with station.reading() as conn:
        total = pages.count_to_read(conn)
        sides = pages.list_to_read(conn, total)
    if not sides:
        return 0
    if readers is not None:
        return _read(station, readers, sides, progress, should_stop, on_side)
    with Readers(station.settings.workers, station.settings.page_time_limit_s) as own:
        return _read(station, own, sides, progress, should_stop, on_side)


def _read(
    station: Station,
    readers: Readers,
    sides: Sequence[Side],
    progress: Progress,
    should_stop: Callable[[], bool],
    on_side: Callable[[Side], None],
) -> int:
    since = time.monotonic()
    wanted = [(side, _options(station, side)) for side in sides]
    done = _read_so(station, readers, wanted, progress, should_stop, on_side)
    fresh = {side.id for side in sides if may_be_spread(side)}
    for intake_id in dict.fromkeys(side.intake_id for side in sides if side.id in fresh):
        near = _spreads_of(station, intake_id)[-len(fresh) - _SHEETS_BEFORE :]
        again = _cut_unlike_others(station, near, fresh)
        _read_so(station, readers, again, no_progress, should_stop, on_side)
    with station.transaction() as conn:
        seconds = round(time.monotonic() - since, 2)
        dossiers.add_measure(conn, None, "reading", station.actor.name, station.now(), seconds, done)
    return done


def read_unlike(station: Station, intake_id: int, should_stop: Callable[[], bool]) -> None:
    """Reads sheets of a whole pile once more with its usual cut, each once: the first came before that was known.

    What a person has worked on stays as it is, and so does a pile that is still being read.
    """
    with station.reading() as conn:
        sides = pages.list_sides(conn, intake_id)
        worked = dossiers.list_worked_pages(conn, intake_id)
        held = {side.id for side in sides if any(p.id in worked for p in pages.list_pages(conn, side.id))}
    if any(side.state == "captured" for side in sides):
        return
    first_read = {
        side.id
        for side in sides
        if side.id not in held
        and may_be_spread(side)
        and side.reading_key == reading_key(side.original_sha256, side.frame, _options(station, side))
    }
    if again := _cut_unlike_others(station, _spreads_of(station, intake_id), first_read):
        with Readers(station.settings.workers, station.settings.page_time_limit_s) as readers:
            _read_so(station, readers, again, no_progress, should_stop, lambda _: None)


def _spreads_of(station: Station, intake_id: int) -> list[Side]:
    """The read sides of a pile that may be two pages side by side, in order."""
    with station.reading() as conn:
        return [s for s in pages.list_sides(conn, intake_id) if s.state == "read" and may_be_spread(s)]


def _cut_unlike_others(
    station: Station, pile: Sequence[Side], asked: Collection[int]
) -> "list[tuple[Side, ReadOptions]]":
    """Sheets left whole, or cut far from where most like them in their pile are: to be read with that cut in mind.

    Pages of a pile are read at the same time, so none can wait for the cut of the sheet before it.

    Args:
        asked: ids of the sides it is about.
    """
    if not any(side.id in asked for side in pile):
        return []
    found = []
    cuts = [(side, read.recipe.split_at) for side in pile if (read := reading_of(station, side))]
    for side, cut in cuts:
        usual = usual_cut(side, cuts)
        by_machine = side.id in asked and not side.recipe and side.separator is None
        if by_machine and usual is not None and (cut is None or abs(cut - usual) > _ELSEWHERE):
            found.append((side, replace(_options(station, side), previous_split=usual)))
    return found


def _read_so(
    station: Station,
    readers: Readers,
    wanted: "Sequence[tuple[Side, ReadOptions]]",
    progress: Progress,
    should_stop: Callable[[], bool],
    on_side: Callable[[Side], None],
) -> int:
    """Reads each side with its options, or takes the stored reading; returns how many were dealt with."""
    jobs: dict[int, tuple[Side, str]] = {}
    to_read: list[ReadJob] = []
    done = 0
    for side, options in wanted:
        key = reading_key(side.original_sha256, side.frame, options)
        jobs[side.id] = (side, key)
        stored = find_reading(station, key)
        if stored is not None:
            _keep(station, side, key, stored)
            done += 1
            on_side(side)
        else:
            to_read.append(ReadJob(side.id, station.original(side.original_sha256), side.frame, options))
    progress("read", done, len(wanted))
    for job, outcome in readers.read(to_read, should_stop):
        side, key = jobs[job.key]
        if isinstance(outcome, SideReading):
            packed = zlib.compress(json.dumps(outcome.to_json(), ensure_ascii=False).encode(), 6)
            files.put_bytes(station.folder("derived") / key, packed)
            _keep(station, side, key, outcome)
        elif side.state == "captured":  # what was read once stays
            _give_up(station, side, outcome)
        done += 1
        on_side(side)
        progress("read", done, len(wanted))
    return done


def reading_key(sha256: str, frame: int, options: ReadOptions) -> str:
    """Name of a reading in derived/."""
    asked = json.dumps([READING_VERSION, frame, repr(options)]).encode()
    return f"{sha256}.{hashlib.sha256(asked).hexdigest()[:12]}"


def find_reading(station: Station, key: str | None) -> SideReading | None:
    """The stored reading, None where it was never made or its file is gone or torn (it can be made again)."""
    if key is None:
        return None
    try:
        packed = (station.folder("derived") / key).read_bytes()
        data: dict[str, Any] = json.loads(zlib.decompress(packed))
        return SideReading.from_json(data)
    except (FileNotFoundError, zlib.error, ValueError, KeyError, TypeError):
        return None


def reading_of(station: Station, side: Side) -> SideReading | None:
    """The reading a side's row points to, None for an unread or unreadable side."""
    return find_reading(station, side.reading_key) if side.state == "read" else None


def likeness_by_half(reading: SideReading | None) -> Mapping[str, Likeness | None]:
    """What each half of a side is compared by (full, left, right); {} for a side that is not read."""
    return {page.side: likeness_of(page) for page in reading.pages} if reading else {}


def repeated_pages(
    pile: Sequence[tuple[Side, Mapping[str, Likeness | None]]],
) -> dict[tuple[int, str], int]:
    """(side id, half) of each page that repeats an earlier one of its pile, and that page's number in the pile.

    Args:
        pile: its sides in their order, with the likeness of their halves; one without is a page all the same.
    """
    places: list[tuple[int, str]] = []
    seen: list[Likeness | None] = []
    for side, halves in pile:
        if side.separator is None:
            for half, likeness in (halves or {"full": None}).items():
                places.append((side.id, half))
                seen.append(likeness)
    return {places[index]: other + 1 for index, other in find_twins(seen).items()}


def _options(station: Station, side: Side) -> ReadOptions:
    recipe = recipe_from_json(side.recipe) if side.recipe else None
    return ReadOptions(languages=tuple(station.settings.ocr_languages.split("+")), recipe=recipe)


def _keep(station: Station, side: Side, key: str, reading: SideReading) -> None:
    halves = [(page.side, page.blank) for page in reading.pages] or [("full", reading.blank)]
    with station.transaction() as conn:
        pages.set_measured(conn, side.id, (reading.width_px, reading.height_px), reading.dpi, reading.colour)
        pages.set_read(conn, side.id, key, reading.blank, reading.separator, halves)


def _give_up(station: Station, side: Side, error: StationError) -> None:
    with station.transaction() as conn:
        pages.set_unreadable(conn, side.id, error.sentence, dict(error.values))
        station.audit(conn, "unreadable", f"side:{side.id}", why=type(error).__name__)


def original_of(station: Station, side: Side) -> Path:
    return station.original(side.original_sha256)
