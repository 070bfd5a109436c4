"""The feeder on a bad day: jams, doubles, a power cut between scanner and disk."""

import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

sys.path.insert(0, str(Path(__file__).parents[1] / "capture"))

from scripted import ScriptedScanner

from capture.batch import BATCH_PREFIX, LIST_NAME
from capture.files import FileLimits, close_decoder, inspect
from capture.folder import FolderSource
from capture.problems import DISK_FULL_AFTER, FRONT_ALONE, SIDES_DIFFER, PaperJam
from capture.profiles import Profile
from capture.source import ScanSettings
from station.core import files
from station.core.errors import DiskFull, InputRefused
from station.store import documents, dossiers, pages
from station.store.refusals import RefusalUnknown
from station.work import ingesting, reading, refused, scanning, sorting
from station.work.piling import Pile, part_by, scan_pile, set_separator
from station.work.scanning import SPOOL_PREFIX
from station.work.station import Station, open_station
from tests.conftest import ExpectLog


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Station]:
    yield open_station(tmp_path / "home")
    close_decoder()


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


def test_sides_the_disk_had_no_room_for_come_first_at_the_next_scan(
    empty: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    adopt, room = files.adopt_original, [1]

    def full_after_one(source: Path, originals: Path) -> str:
        if not room:
            raise DiskFull(folder=str(originals))
        room.pop()
        return adopt(source, originals)

    scanner = ScriptedScanner(sheets(4), batch=True)
    intake = scanning.open_intake(empty, "scripted:1")
    monkeypatch.setattr("station.core.files.adopt_original", full_after_one)
    first = scanning.scan_batch(empty, intake, scanner, "scripted:1", ScanSettings())
    assert isinstance(first.fault, DiskFull)
    assert first.sides == 1
    assert [r.values["count"] for r in first.remarks if r.sentence == DISK_FULL_AFTER] == [3]
    monkeypatch.setattr("station.core.files.adopt_original", adopt)
    second = scanning.scan_batch(empty, intake, scanner, "scripted:1", ScanSettings())
    assert (second.sides, second.stopped_by) == (3, None)
    with empty.reading() as conn:
        names = [row[0] for row in conn.execute("SELECT name FROM side ORDER BY position")]
    assert len(names) == 4
    assert list(empty.folder("spool").glob("*/*")) == []


def test_a_jam_behind_a_front_says_that_it_may_come_twice(empty: Station) -> None:
    scanner = ScriptedScanner(sheets(6), faults={3: PaperJam(device="Scripted scanner")})
    intake = scanning.open_intake(empty, "scripted:1 adf-duplex")
    batch = scanning.scan_batch(empty, intake, scanner, "scripted:1", ScanSettings())
    assert [r.sentence for r in batch.remarks] == [FRONT_ALONE]


def test_sides_left_of_an_intake_that_a_restored_database_does_not_know_get_one(
    empty: Station, expect_log: ExpectLog
) -> None:
    left = empty.folder("spool") / f"{SPOOL_PREFIX}77" / f"{BATCH_PREFIX}0a1b2c"
    left.mkdir(parents=True)
    (left / LIST_NAME).write_text('{"device": "test", "dpi": 300}', encoding="utf-8")
    sheets(1)[0].save(left / "side-000001", format="JPEG", dpi=(300, 300))
    with expect_log("intake 77"):
        assert scanning.recover(empty) == 1


def test_a_pile_is_parted_as_its_profile_says_and_fewer_sheets_than_counted_are_said_at_once(
    empty: Station,
) -> None:
    profile = Profile("receipts", "Receipts", ScanSettings(source="adf"), is_locked=True, part="2")
    batch = scan_pile(empty, Pile(sheets=5), ScriptedScanner(sheets(4)), "scripted:1", profile)
    assert [r.sentence for r in batch.remarks] == [SIDES_DIFFER]
    with empty.reading() as conn:
        assert pages.get_intake(conn, batch.intake_id).parted_by == "2"
    again = scan_pile(empty, Pile(batch.intake_id), ScriptedScanner(sheets(1)), "scripted:1", profile)
    assert (again.intake_id, again.remarks) == (batch.intake_id, ())


def test_a_pile_that_goes_on_is_parted_as_was_said_then_or_else_as_before(empty: Station) -> None:
    profile = Profile("receipts", "Receipts", ScanSettings(source="adf"), is_locked=True, part="2")

    def parted_by(pile: Pile) -> tuple[int, str]:
        batch = scan_pile(empty, pile, ScriptedScanner(sheets(2)), "scripted:1", profile)
        with empty.reading() as conn:
            return batch.intake_id, pages.get_intake(conn, batch.intake_id).parted_by

    begun, said = parted_by(Pile(part="blank"))
    assert said == "blank"
    assert parted_by(Pile(begun)) == (begun, "blank")
    assert parted_by(Pile(begun, part="3")) == (begun, "3")


def test_a_scan_begun_while_the_last_run_is_taken_in_loses_no_side(
    empty: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake = scanning.open_intake(empty, "scripted:1")
    left = empty.folder("spool") / f"{SPOOL_PREFIX}{intake.id}" / f"{BATCH_PREFIX}0a1b2c"
    left.mkdir(parents=True)
    (left / LIST_NAME).write_text('{"device": "test", "dpi": 300}', encoding="utf-8")
    sheets(1)[0].save(left / "side-000001", format="JPEG", dpi=(300, 300))
    sweep, came = files.sweep, threading.Event()

    def sweep_late(folder: Path) -> int:
        # As long as a slow disk takes: the operator presses F5, and the first side is there.
        came.wait(0.5)
        return sweep(folder)

    def side_came(_taken: scanning.Taken) -> None:
        came.set()
        time.sleep(0.1)

    monkeypatch.setattr("station.core.files.sweep", sweep_late)
    with ThreadPoolExecutor(2) as pool:
        recovering = pool.submit(scanning.recover, empty)
        while not came.is_set() and not positions(empty, intake.id):
            time.sleep(0.01)
        scanner = ScriptedScanner(sheets(5), batch=True)
        batch = pool.submit(
            scanning.scan_batch, empty, intake, scanner, "scripted:1", ScanSettings(), side_came
        )
        assert (recovering.result(), batch.result().fault) == (1, None)
    assert positions(empty, intake.id) == [1, 2, 3, 4, 5, 6]


def test_a_file_that_was_set_aside_is_tried_again_on_request(empty: Station, tmp_path: Path) -> None:
    folder = tmp_path / "copier"
    folder.mkdir()
    sheets(1)[0].save(folder / "scan.jpg", dpi=(300, 300))
    strict = FolderSource(folder, 0.05, FileLimits(pixels=1000))
    device = strict.device.id
    intake = scanning.open_intake(empty, device)
    batch = scanning.scan_batch(empty, intake, strict, device, ScanSettings())
    assert batch.sides == 0
    (row,) = refused.list_refused(empty)
    taken = refused.retry(empty, row.id)
    assert len(taken.sides) == 1
    assert refused.list_refused(empty) == strict.list_refused() == []
    assert len(list((folder / ".done").rglob("scan.jpg"))) == 1
    with pytest.raises(RefusalUnknown):
        refused.retry(empty, row.id)


def test_a_file_that_is_still_rubbish_stays_aside_with_its_sentence(empty: Station, tmp_path: Path) -> None:
    rubbish = tmp_path / "scan.pdf"
    rubbish.write_bytes(b"nothing of the kind")
    scanning.take_files(empty, scanning.open_intake(empty, "files"), [rubbish])
    (row,) = refused.list_refused(empty)
    with pytest.raises(InputRefused, match=r"scan\.pdf"):
        refused.retry(empty, row.id)
    assert refused.list_refused(empty) == [row]


def test_a_pile_that_goes_on_is_sorted_anew(station: Station) -> None:
    with station.reading() as conn:
        (intake_id,) = [row[0] for row in conn.execute("SELECT id FROM intake")]
    before = sorting.sort_intake(station, intake_id)
    assert len(sorting.sort_intake(station, intake_id)) == len(before)
    with station.reading() as conn:
        assert len(dossiers.list_of_intake(conn, intake_id)) == len(before)


def test_a_side_is_as_large_on_paper_as_its_reader_found_it(station: Station) -> None:
    """A page with text is drawn at 300 dpi, whatever its picture was taken at."""
    with station.transaction() as conn:
        read = pages.get_side(conn, 1)
        believed = (2 * read.width_px, 2 * read.height_px), 2 * read.dpi
        again = pages.add_side(
            conn, read.intake_id, "again", read.original_sha256, read.frame, read.name, *believed, "grey",
            "Lan", station.now(),
        )  # fmt: skip
    reading.read_waiting(station)
    with station.reading() as conn:
        side = pages.get_side(conn, again)
    assert (side.width_px, side.height_px, side.dpi, side.mode) == (1654, 2339, 200, "colour")


def test_what_a_clerk_says_of_a_separator_outlives_a_new_reading(station: Station) -> None:
    with station.reading() as conn:
        (intake_id,) = [row[0] for row in conn.execute("SELECT id FROM intake")]
        side = pages.list_sides(conn, intake_id)[-1]

    def read_anew(separator: str | None) -> str | None:
        with station.transaction() as conn:
            assert side.reading_key is not None
            pages.set_read(conn, side.id, side.reading_key, side.blank, separator, [("full", side.blank)])
        with station.reading() as conn:
            return pages.get_side(conn, side.id).separator

    assert read_anew("SCAN:NEXT-DOSSIER") == "SCAN:NEXT-DOSSIER"
    set_separator(station, side.id, None)
    assert read_anew("SCAN:NEXT-DOSSIER") is None
    set_separator(station, side.id, "document")
    assert read_anew(None) == "SCAN:NEXT-DOCUMENT"


def test_a_blank_sheet_that_a_clerk_calls_a_page_parts_no_pile(station: Station) -> None:
    with station.transaction() as conn:
        (intake_id,) = [row[0] for row in conn.execute("SELECT id FROM intake")]
        side = pages.list_sides(conn, intake_id)[0]
        conn.execute("UPDATE side SET blank = 1 WHERE id = :id", {"id": side.id})
    part_by(station, intake_id, "blank")

    def parts() -> list[str | None]:
        with station.reading() as conn:
            intake, sides = pages.get_intake(conn, intake_id), pages.list_sides(conn, intake_id)
            flow, _ = sorting.flow_of(station, conn, intake, sides, frozenset())
            return [page.separator for page in flow if page.side_key == side.id]

    assert set(parts()) == {"SCAN:NEXT-DOSSIER"}
    set_separator(station, side.id, None)
    assert set(parts()) == {None}


def test_what_came_last_before_the_power_went_is_sorted_into_the_pile_it_belongs_to(
    empty: Station, tmp_path: Path
) -> None:
    """Its first pages had been sorted already, and nobody has worked on them yet."""
    letter = []
    for number in (1, 2):
        page = Image.new("L", (1200, 900), "white")
        text = f"Page {number} of a letter\n" + "with a few plain words on it\n" * 4
        ImageDraw.Draw(page).multiline_text((100, 100), text, fill="black", font_size=48)
        letter.append(tmp_path / f"{number}.png")
        page.save(letter[-1], dpi=(200, 200))
    intake = scanning.open_intake(empty, "files")
    scanning.take_files(empty, intake, letter[:1])
    assert ingesting.resume(empty) == 1
    scanning.take_files(empty, intake, letter[1:])
    assert ingesting.resume(empty) == 1
    with empty.reading() as conn:
        (dossier,) = dossiers.list_of_intake(conn, intake.id)
        assert sum(len(paper.pages) for paper in documents.list_of(conn, dossier.id)) == 2
