"""The feeder on a bad day: jams, doubles, a power cut between scanner and disk."""

import sys
from pathlib import Path

import pytest
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1] / "capture"))

from scripted import ScriptedScanner

from capture.batch import BATCH_PREFIX, LIST_NAME
from capture.files import inspect
from capture.problems import PaperJam
from capture.source import ScanSettings
from station.store import pages
from station.work import scanning
from station.work.scanning import SPOOL_PREFIX
from station.work.station import Station, open_station


@pytest.fixture
def empty(tmp_path: Path) -> Station:
    return open_station(tmp_path / "home")


def sheets(count: int) -> list[Image.Image]:
    return [Image.new("RGB", (400, 560), (255, 255, 255 - number)) for number in range(count)]


def positions(station: Station, intake_id: int) -> list[int]:
    with station.reading() as conn:
        return [s.position for s in pages.list_sides(conn, intake_id)]


def test_sides_before_a_jam_are_kept_and_the_pile_goes_on_after_it(empty: Station) -> None:
    scanner = ScriptedScanner(sheets(5), faults={2: PaperJam(device="Scripted scanner")})
    intake = scanning.open_intake(empty, "scripted:1")
    first = scanning.scan_batch(empty, intake, scanner, "scripted:1", ScanSettings())
    assert first.sides == 2
    assert isinstance(first.fault, PaperJam)
    second = scanning.scan_batch(empty, intake, scanner, "scripted:1", ScanSettings())
    assert (second.sides, second.stopped_by) == (3, None)
    assert positions(empty, intake.id) == [1, 2, 3, 4, 5]


def test_two_sheets_with_the_very_same_picture_are_two_sides(empty: Station) -> None:
    same = Image.new("RGB", (400, 560), "white")
    intake = scanning.open_intake(empty, "scripted:1")
    batch = scanning.scan_batch(empty, intake, ScriptedScanner([same, same]), "scripted:1", ScanSettings())
    assert batch.sides == 2
    assert positions(empty, intake.id) == [1, 2]


def test_stop_keeps_what_has_come(empty: Station) -> None:
    intake = scanning.open_intake(empty, "scripted:1")
    came: list[str] = []
    batch = scanning.scan_batch(
        empty,
        intake,
        ScriptedScanner(sheets(5)),
        "scripted:1",
        ScanSettings(),
        on_side=lambda taken: came.append(taken.name),
        should_stop=lambda: len(came) >= 2,
    )
    assert (batch.sides, batch.stopped_by) == (2, "operator")


def test_what_the_driver_had_delivered_when_the_power_went_is_taken_in_once(empty: Station) -> None:
    intake = scanning.open_intake(empty, "sane:test:0")
    left = empty.folder("spool") / f"{SPOOL_PREFIX}{intake.id}" / f"{BATCH_PREFIX}0a1b2c"
    left.mkdir(parents=True)
    (left / LIST_NAME).write_text('{"device": "test", "dpi": 300}', encoding="utf-8")
    for number, sheet in enumerate(sheets(2), 1):
        sheet.save(left / f"side-{number:06d}", format="JPEG", dpi=(300, 300))
    taken = left / "side-000001"
    known = inspect(taken)
    scanning.take(empty, intake.id, known, f"scan:{left.name}/{taken.name}")
    assert scanning.recover(empty) == 1
    assert positions(empty, intake.id) == [1, 2]
    assert list(empty.folder("spool").iterdir()) == []
    assert scanning.recover(empty) == 0
