"""The watched folder on its bad days: half copies, vanishing shares, links, rubbish, our own output."""

import errno
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import pytest
from PIL import Image

from capture import problems
from capture.folder import FolderSource
from capture.source import RawFile, RefusedFile, ScanSettings
from tests.capture.pages import draw_page

SETTLE_S = 0.15


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    share = tmp_path / "share"
    share.mkdir()
    return share


@pytest.fixture
def source(folder: Path) -> FolderSource:
    return FolderSource(folder, SETTLE_S, patience_seconds=0.6)


def put(path: Path, number: int = 1) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    draw_page(number).save(path, format="JPEG", dpi=(300, 300))
    return path


def sweep(source: FolderSource, spool: Path) -> list[RawFile | RefusedFile]:
    return list(source.scan("folder", ScanSettings(), spool, lambda: False))


def names(found: list[RawFile | RefusedFile]) -> list[str]:
    return [Path(it.name).name for it in found]


class Until:
    """Tells a watcher to stop after enough files, or after a while."""

    def __init__(self, seconds: float) -> None:
        self._end_s = time.monotonic() + seconds
        self.stop = False

    def __call__(self) -> bool:
        return self.stop or time.monotonic() > self._end_s


def watch(source: FolderSource, spool: Path, count: int, meanwhile: Callable[[int], None]) -> list[str]:
    """Watches until `count` files came; `meanwhile` is called with how many are in at each look at the clock."""
    until = Until(10)
    found: list[str] = []
    ticks = 0

    def should_stop() -> bool:
        nonlocal ticks
        meanwhile(ticks)
        ticks += 1
        return until() or len(found) >= count

    watched: Iterator[RawFile | RefusedFile] = source.watch(spool, should_stop)
    for it in watched:
        found.append(Path(it.name).name)
        if isinstance(it, RawFile):
            it.done()
    return found


def test_what_lies_in_the_folder_comes_in_natural_order(
    folder: Path, source: FolderSource, spool: Path
) -> None:
    for name in ("scan10.jpg", "scan2.jpg", "counter 1/scan3.jpg"):
        put(folder / name)
    assert names(sweep(source, spool)) == ["scan3.jpg", "scan2.jpg", "scan10.jpg"]


def test_a_source_file_moves_away_only_when_its_copy_is_durable(
    folder: Path, source: FolderSource, spool: Path
) -> None:
    path = put(folder / "scan.jpg")
    content = path.read_bytes()
    (found,) = sweep(source, spool)
    assert isinstance(found, RawFile)
    assert path.exists()
    found.done()
    assert not path.exists()
    (moved,) = (folder / ".done").rglob("scan.jpg")
    assert moved.read_bytes() == content == found.path.read_bytes()
    assert sweep(source, spool) == []


def test_a_file_that_was_never_made_durable_comes_again_after_a_restart(folder: Path, spool: Path) -> None:
    put(folder / "scan.jpg")
    first = FolderSource(folder, SETTLE_S)
    assert names(sweep(first, spool)) == ["scan.jpg"]
    assert sweep(first, spool) == []
    assert names(sweep(FolderSource(folder, SETTLE_S), spool)) == ["scan.jpg"]


def test_a_file_that_still_grows_is_waited_for(folder: Path, source: FolderSource, spool: Path) -> None:
    whole = put(folder.parent / "whole.jpg").read_bytes()
    target = folder / "slow.jpg"

    def write_slowly(tick: int) -> None:
        share = min(tick + 1, 8) / 8
        if not target.exists() or target.stat().st_size < len(whole):
            target.write_bytes(whole[: int(len(whole) * share)])

    assert watch(source, spool, 1, write_slowly) == ["slow.jpg"]
    (copy,) = spool.iterdir()
    assert copy.read_bytes() == whole


def test_a_copy_that_rests_half_way_is_not_refused_at_once(folder: Path, spool: Path) -> None:
    source = FolderSource(folder, SETTLE_S, patience_seconds=8)
    whole = put(folder.parent / "whole.jpg").read_bytes()
    target = folder / "slow.jpg"
    target.write_bytes(whole[:500])
    start_s = time.monotonic()

    def finish_late(tick: int) -> None:
        if time.monotonic() - start_s > 0.4 and target.exists() and target.stat().st_size == 500:
            target.write_bytes(whole)

    assert watch(source, spool, 1, finish_late) == ["slow.jpg"]
    assert not (folder / ".refused").exists()


def test_a_copy_that_never_ends_is_set_aside_and_taken_when_it_comes_again_whole(
    folder: Path, source: FolderSource, spool: Path
) -> None:
    whole = put(folder.parent / "whole.jpg").read_bytes()
    (folder / "cut.jpg").write_bytes(whole[:500])
    (found,) = sweep(source, spool)
    assert isinstance(found, RefusedFile)
    assert found.sentence == problems.HALF_WRITTEN
    (aside,) = source.list_refused()
    assert not (folder / "cut.jpg").exists()
    assert sweep(source, spool) == []
    aside.write_bytes(whole)
    aside.replace(folder / "cut.jpg")
    (again,) = sweep(source, spool)
    assert isinstance(again, RawFile)
    assert source.list_refused() == []


def test_rubbish_is_set_aside_with_a_sentence_and_the_rest_goes_on(
    folder: Path, source: FolderSource, spool: Path
) -> None:
    (folder / "1.jpg").write_bytes(b"not a picture")
    put(folder / "2.jpg")
    bad, good = sweep(source, spool)
    assert isinstance(bad, RefusedFile)
    assert "1.jpg" in bad.sentence.format(**bad.values)
    assert isinstance(good, RawFile)


def test_unfinished_names_and_droppings_are_left_alone(
    folder: Path, source: FolderSource, spool: Path
) -> None:
    for name in ("a.jpg.part", "~b.jpg", ".c.jpg", "d.TMP", "Thumbs.db", "e.pdf.filepart"):
        put(folder / name)
    assert sweep(source, spool) == []
    assert len(list(folder.iterdir())) == 6


def test_a_temporary_file_is_taken_once_it_is_renamed(
    folder: Path, source: FolderSource, spool: Path
) -> None:
    put(folder / "scan.tmp")

    def rename(tick: int) -> None:
        if tick == 3:
            (folder / "scan.tmp").rename(folder / "scan.jpg")

    assert watch(source, spool, 1, rename) == ["scan.jpg"]


def test_double_events_bring_a_file_once(folder: Path, source: FolderSource, spool: Path) -> None:
    path = put(folder / "scan.jpg")

    def touch_and_end(tick: int) -> None:
        if tick in (1, 2):
            path.touch()
        if tick == 10:
            put(folder / "the end.jpg")

    assert watch(source, spool, 2, touch_and_end) == ["scan.jpg", "the end.jpg"]


def test_a_new_scan_of_the_same_name_is_a_new_file(folder: Path, source: FolderSource, spool: Path) -> None:
    path = put(folder / "scan.jpg", 1)
    (first,) = sweep(source, spool)
    put(path, 2)
    assert isinstance(first, RawFile)
    first.done()
    assert path.exists()
    (second,) = sweep(source, spool)
    assert isinstance(second, RawFile)
    second.done()
    assert first.path.read_bytes() != second.path.read_bytes()
    assert not path.exists()


def test_two_done_files_of_one_name_are_both_kept(folder: Path, source: FolderSource, spool: Path) -> None:
    for number in (1, 2):
        put(folder / "scan.jpg", number)
        (found,) = sweep(source, spool)
        assert isinstance(found, RawFile)
        found.done()
    assert len(list((folder / ".done").rglob("*.jpg"))) == 2


def test_a_link_is_refused_and_what_it_points_to_stays(
    folder: Path, source: FolderSource, spool: Path
) -> None:
    secret = put(folder.parent / "secret.jpg")
    (folder / "link.jpg").symlink_to(secret)
    (folder / "elsewhere").symlink_to(folder.parent, target_is_directory=True)
    found = sweep(source, spool)
    assert {it.sentence for it in found if isinstance(it, RefusedFile)} == {problems.OUTSIDE}
    assert not any(isinstance(it, RawFile) for it in found)
    assert secret.exists()


def test_a_share_that_vanishes_is_waited_for(folder: Path, source: FolderSource, spool: Path) -> None:
    put(folder / "1.jpg")
    away = folder.with_name("away")

    def vanish_and_return(tick: int) -> None:
        if tick == 4:
            folder.rename(away)
        if tick == 10:
            away.rename(folder)
            put(folder / "2.jpg")

    assert watch(source, spool, 2, vanish_and_return) == ["1.jpg", "2.jpg"]
    assert source.problem is None


@pytest.mark.parametrize("comes_back", [True, False])
def test_a_share_that_fails_in_the_middle_of_a_file_brings_the_whole_file_when_it_is_back(
    folder: Path, source: FolderSource, spool: Path, monkeypatch: pytest.MonkeyPatch, comes_back: bool
) -> None:
    content = put(folder / "1.jpg").read_bytes()
    put(folder / "2.jpg", 2)
    away = folder.with_name("away")
    failures = 0

    def copy(stream: BinaryIO, target: BinaryIO, size: int) -> None:
        nonlocal failures
        if failures or not stream.name.endswith("1.jpg"):
            target.write(stream.read())
            return
        failures += 1
        target.write(stream.read(1000))
        if comes_back:
            folder.rename(away)
        raise OSError(errno.EHOSTDOWN, "Host is down")

    def open_by_name(path: Path) -> BinaryIO:
        return path.open("rb")

    monkeypatch.setattr("capture.files.shutil.copyfileobj", copy)
    monkeypatch.setattr("capture.files._open_no_link", open_by_name)

    def mend(_tick: int) -> None:
        if away.exists():
            away.rename(folder)

    assert sorted(watch(source, spool, 2, mend)) == ["1.jpg", "2.jpg"]
    assert failures == 1
    assert source.list_refused() == []
    assert content in {path.read_bytes() for path in spool.iterdir()}


def test_a_sweep_of_a_folder_that_is_gone_says_so(folder: Path, source: FolderSource, spool: Path) -> None:
    folder.rmdir()
    with pytest.raises(problems.FolderGone):
        sweep(source, spool)


def test_the_station_does_not_watch_its_own_data(folder: Path) -> None:
    inside = folder / "home" / "spool"
    inside.mkdir(parents=True)
    with pytest.raises(problems.WatchesItself):
        sweep(FolderSource(folder, SETTLE_S), inside)
    with pytest.raises(problems.WatchesItself):
        sweep(FolderSource(inside / "in", SETTLE_S), inside)


def test_hundreds_of_files_at_once_come_once_each(folder: Path, source: FolderSource, spool: Path) -> None:
    small = folder.parent / "small.png"
    Image.new("1", (50, 70)).save(small)
    content = small.read_bytes()
    for number in range(400):
        (folder / f"{number}.png").write_bytes(content)
    count = 0
    for found in source.scan("folder", ScanSettings(), spool, lambda: False):
        assert isinstance(found, RawFile)
        assert Path(found.name).name == f"{count}.png"
        found.done()
        found.path.unlink()
        count += 1
    assert count == 400


def test_stop_leaves_the_rest_for_the_next_time(folder: Path, spool: Path) -> None:
    for number in range(5):
        put(folder / f"{number}.jpg", number)
    source = FolderSource(folder, SETTLE_S)
    taken: list[str] = []
    for found in source.scan("folder", ScanSettings(), spool, lambda: len(taken) >= 2):
        assert isinstance(found, RawFile)
        taken.append(Path(found.name).name)
        found.done()
    assert taken == ["0.jpg", "1.jpg"]
    assert names(sweep(FolderSource(folder, SETTLE_S), spool)) == ["2.jpg", "3.jpg", "4.jpg"]
