"""A full disk, a reader that dies, a page that takes too long: a sentence each, and nothing is lost."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest_work import CODE, draw_paper

from station.core.errors import DiskFull
from station.store import pages
from station.work import caretaking, ingesting, people, reading, scanning, sealing, searching, verifying
from station.work.station import Station, StationBusy, at_work, open_station
from station.work.worker import PageTooSlow, ReaderCrashed, Readers


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with three megabytes; needs the right to mount."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("mounting a small disk needs root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_a_sentence_and_the_file_can_be_taken_later(small_disk: Path, tmp_path: Path) -> None:
    station = open_station(small_disk / "home")
    paper = draw_paper(tmp_path / "paper.png", ("GIẤY ỦY QUYỀN",))
    with (small_disk / "ballast").open("wb") as ballast:
        ballast.write(os.urandom(shutil.disk_usage(small_disk).free - 20_000))
    intake_paths = [paper]
    with pytest.raises(DiskFull, match="Free some space"):
        ingesting.ingest(station, intake_paths, "intake", None)
    (small_disk / "ballast").unlink()
    intake = scanning.open_intake(station, "files")
    [taken] = scanning.take_files(station, intake, intake_paths)
    assert taken.refused is None
    assert len(taken.sides) == 1
    assert caretaking.check(station).problems == []


def test_programs_that_start_at_once_on_a_new_folder_share_it_and_one_works_in_it(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        stations = list(pool.map(open_station, [tmp_path / "home"] * 4))
    assert {s.actor.name for s in stations} == {"admin"}
    assert [a.name for a in people.list_accounts(stations[0])] == ["admin"]
    with (
        at_work(stations[0].home, "the window"),
        pytest.raises(StationBusy, match="the window"),
        at_work(stations[1].home, "station scan"),
    ):
        pass
    with at_work(stations[1].home, "station scan"):
        pass


def test_sealing_on_a_full_disk_leaves_the_dossier_ready(small_disk: Path, read_home: Path) -> None:
    home = small_disk / "home"
    shutil.copytree(read_home, home)
    station = open_station(home)
    view = searching.show(station, CODE)
    verifying.accept_all(station, view.dossier.id)
    with (small_disk / "ballast").open("wb") as ballast:
        ballast.write(os.urandom(shutil.disk_usage(small_disk).free - 60_000))
    with pytest.raises(DiskFull):
        sealing.seal(station, view.dossier.id)
    (small_disk / "ballast").unlink()
    assert searching.show(station, CODE).dossier.state.value == "ready"
    assert sealing.seal(station, view.dossier.id)


def test_a_page_over_its_time_is_set_aside_and_the_others_are_read(station: Station, tmp_path: Path) -> None:
    paper = draw_paper(tmp_path / "paper.png", ("GIẤY ỦY QUYỀN", "Nguyễn Thị Mẫu"))
    intake = scanning.open_intake(station, "files")
    scanning.take_files(station, intake, [paper])
    with Readers(workers=1, time_limit_s=0.01) as readers:
        reading.read_waiting(station, readers)
    with station.reading() as conn:
        [side] = pages.list_sides(conn, intake.id)
    assert side.state == "unreadable"
    assert side.problem is not None
    assert side.problem["sentence"] == PageTooSlow.sentence
    with station.transaction() as conn:
        pages.set_to_read_again(conn, side.id, None)
    reading.read_waiting(station)
    with station.reading() as conn:
        assert pages.get_side(conn, side.id).state == "read"


@pytest.mark.expects_log("a page could not be read")
def test_a_reader_that_dies_costs_its_page_only(
    station: Station, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ocr.side

    for name in ("deadly", "harmless"):
        draw_paper(tmp_path / f"{name}.png", (name,))
    intake = scanning.open_intake(station, "files")
    scanning.take_files(station, intake, [tmp_path / "deadly.png", tmp_path / "harmless.png"])
    with station.reading() as conn:
        first, _ = pages.list_sides(conn, intake.id)
    monkeypatch.setenv("DEADLY", first.original_sha256)
    monkeypatch.setattr(ocr.side, "read_side", die_on_the_deadly)
    reading.read_waiting(station)
    with station.reading() as conn:
        states = [(s.state, (s.problem or {}).get("sentence")) for s in pages.list_sides(conn, intake.id)]
    assert states[0] == ("unreadable", ReaderCrashed.sentence)
    assert states[1] == ("read", None)


def die_on_the_deadly(path: Path, frame: int, options: object) -> object:
    """A reader whose recogniser crashes the process on one page, as a broken library would."""
    from ocr.side import read_side

    if path.name == os.environ["DEADLY"]:
        os.kill(os.getpid(), signal.SIGKILL)
    return read_side(path, frame, options)  # type: ignore[arg-type]


@pytest.mark.expects_log("an intake could not be sorted")
def test_a_fault_in_sorting_loses_no_page_and_stops_no_other_intake(
    station: Station, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from station.work import sorting

    real = sorting.propose

    def stumble(flow, *rest):  # type: ignore[no-untyped-def]
        if "BROKEN" in flow[0].reading.text:
            raise ZeroDivisionError
        return real(flow, *rest)

    monkeypatch.setattr(sorting, "propose", stumble)
    for name, text in (("a", "BROKEN"), ("b", "GIẤY ỦY QUYỀN")):
        (tmp_path / name).mkdir()
        draw_paper(tmp_path / name / "paper.png", (text, "Nguyễn Thị Mẫu"))
    ingested = ingesting.ingest(station, [tmp_path / "a", tmp_path / "b"], "intake", None)
    types = [
        [d.type_id for d in searching.show_by_id(station, dossier.id).documents]
        for intake_id in ingested.intake_ids
        for dossier in searching.list_of_intake(station, intake_id)
    ]
    assert types == [["khac"], ["giay_uy_quyen"]]
