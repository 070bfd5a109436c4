"""A watched folder taken in: who gets which pile, thousands of files at once, a clock that jumps.

python -m pytest -m slow -s tests/work/test_watched_folder.py      thousands of files (FILES=3000)
"""

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image

from capture.files import close_decoder
from capture.folder import FolderSource
from capture.source import ScanSettings
from station.store import pages
from station.work import caretaking, ingesting, scanning
from station.work.scanning import Taken
from station.work.station import Station, open_station
from tests.capture.scripted import ScriptedScanner

FILES = int(os.environ.get("FILES", "3000"))


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Station]:
    yield open_station(tmp_path / "home")
    close_decoder()


@pytest.fixture
def share(tmp_path: Path) -> Path:
    folder = tmp_path / "share"
    folder.mkdir()
    return folder


def put(path: Path, shade: int, more: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    sheets = [Image.new("RGB", (120, 160), (255, 255, shade + n)) for n in range(1 + more)]
    rest = {"save_all": True, "append_images": sheets[1:]} if more else {}
    sheets[0].save(path, dpi=(100, 100), **rest)


def take(station: Station, share: Path) -> int:
    source = FolderSource(share, 0.05)

    def ignore(_taken: Taken) -> None:
        """Nobody listens."""

    device = source.device.id
    return ingesting.take_burst(station, source, device, "intake", None, lambda: False, ignore)


def piles(station: Station) -> dict[str, list[str]]:
    """Each intake's place below the share and the names of its sides, in order."""
    found: dict[str, list[str]] = {}
    with station.reading() as conn:
        for row in conn.execute("SELECT id, source FROM intake ORDER BY id"):
            place = row["source"].partition("/share")[2].lstrip("/")
            sides = pages.list_sides(conn, row["id"])
            found[place] = [Path(side.name).name for side in sides]
    return found


def test_each_counters_folder_is_a_pile_of_its_own_and_so_is_a_file_of_several_pages(
    empty: Station, share: Path
) -> None:
    put(share / "counter 1" / "2.jpg", 10)
    put(share / "counter 1" / "10.jpg", 20)
    put(share / "counter 2" / "1.jpg", 30)
    put(share / "whole dossier.tif", 40, more=2)
    put(share / "1.jpg", 50)
    assert take(empty, share) == 5
    assert piles(empty) == {
        "counter 1": ["2.jpg", "10.jpg"],
        "counter 2": ["1.jpg"],
        "": ["1.jpg"],
        "whole dossier.tif": ["whole dossier.tif"] * 3,
    }


def test_a_pile_of_a_counter_goes_on_with_what_comes_before_it_is_sorted(empty: Station, share: Path) -> None:
    put(share / "counter 1" / "1.jpg", 10)
    take(empty, share)
    put(share / "counter 1" / "2.jpg", 20)
    put(share / "counter 2" / "1.jpg", 30)
    take(empty, share)
    assert piles(empty) == {"counter 1": ["1.jpg", "2.jpg"], "counter 2": ["1.jpg"]}


def test_a_clock_that_jumps_changes_no_order_and_loses_nothing(empty: Station, share: Path) -> None:
    """Batteries on the board die: the clock wakes in 2001, and the network sets it right in the middle of a pile."""
    moments = iter(datetime(2001, 1, 1, tzinfo=UTC) + timedelta(days=9000 * (n % 3)) for n in range(10_000))
    jumping = replace(empty, clock=lambda: next(moments))
    sheets = [Image.new("RGB", (120, 160), (255, 255, shade)) for shade in range(6)]
    intake = scanning.open_intake(jumping, "scripted:1")
    batch = scanning.scan_batch(jumping, intake, ScriptedScanner(sheets), "scripted:1", ScanSettings())
    assert (batch.sides, batch.fault) == (6, None)
    for number in (1, 2):
        put(share / f"{number}.jpg", number)
        os.utime(share / f"{number}.jpg", (time.time() + 10**8 * number,) * 2)
    assert take(jumping, share) == 2
    with empty.reading() as conn:
        assert [s.position for s in pages.list_sides(conn, intake.id)] == [1, 2, 3, 4, 5, 6]
    assert caretaking.check(empty).problems == []


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_thousands_of_files_at_once_come_once_each_in_their_order(empty: Station, share: Path) -> None:
    for number in range(FILES):
        put(share / f"{number}.png", number % 200)
    since, cpu = time.monotonic(), time.process_time()
    assert take(empty, share) == FILES
    print(
        f"\n{FILES} files: {(time.monotonic() - since) / FILES * 1000:.0f} ms by the clock and"
        f" {(time.process_time() - cpu) / FILES * 1000:.1f} ms of this process's time a file"
    )
    assert piles(empty) == {"": [f"{number}.png" for number in range(FILES)]}
    assert take(empty, share) == 0
    assert caretaking.check(empty).problems == []
