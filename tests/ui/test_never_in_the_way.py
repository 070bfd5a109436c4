"""The main thread is free: a watchdog measures how long it is away while a pile comes in and is read.

`pytest tests/ui/test_never_in_the_way.py -m slow -s` runs the full pile of 500 pages and prints what it measured;
every run of the tests does it with a small one.
"""

import gc
import os
import resource
import sys
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from capture.files import close_decoder
from station.ui.app import LOCK_TURN_S
from station.ui.shown import FoundShown
from station.ui.tidying import ANEW_AFTER_LOOKS, Tidying
from station.ui.widgets.rows import Column, Table
from tests.ui.office import CODE, LETTER, RECEIPT, Bench, draw_page, make_home

# What the product promises.
PROMISED_MS = 50.0
TICK_MS = 5
STATION_BYTES = 2 << 30


class Watchdog:
    """A timer that should ring every 5 ms; what is late beyond that, the main thread was away.

    Three numbers of each moment, from the harshest: `late_ms` by the clock on the wall; `away_ms`, without what the
    machine gave to others while the thread was ready to run (the kernel counts it: the second number of schedstat,
    nanoseconds), waiting for the interpreter's lock included; `own_ms`, at most what the whole window, jobs
    included, computed meanwhile: the rest of a late moment nobody of ours was at work, on whoever we waited.
    """

    def __init__(self) -> None:
        self.late_ms: list[float] = []
        self.away_ms: list[float] = []
        self.own_ms: list[float] = []
        self.station_bytes = 0
        # Kept open: each opening would hand the interpreter's lock over five times a tick.
        schedstat = Path("/proc/thread-self/schedstat").resolve()
        self._schedstat = os.open(schedstat, os.O_RDONLY) if schedstat.exists() else None
        self._last = self._clocks()
        self._timer = QTimer()
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._ring)
        self._timer.start()
        self._stopping = threading.Event()
        self._scale = threading.Thread(target=self._weigh)
        self._scale.start()

    def _clocks(self) -> tuple[float, float, float]:
        """Wall, what others were given, processor time of the window; milliseconds."""
        return time.perf_counter() * 1000, self._delayed_ms(), time.process_time() * 1000

    def _delayed_ms(self) -> float:
        if self._schedstat is None:
            return 0.0
        return int(os.pread(self._schedstat, 200, 0).split()[1]) / 1e6

    def _ring(self) -> None:
        now = self._clocks()
        wall, delay, used = (b - a for a, b in zip(self._last, now, strict=True))
        self.late_ms.append(wall - TICK_MS)
        self.away_ms.append(wall - TICK_MS - delay)
        self.own_ms.append(min(self.away_ms[-1], used))
        self._last = now

    def _weigh(self) -> None:
        """Once a second: window and workers together, shared pages counted once (PSS)."""
        own = os.getpid()
        while not self._stopping.wait(1.0):
            weight = sum(_weight(pid) for pid in (own, *_children(own)))
            self.station_bytes = max(self.station_bytes, weight)

    def stop(self) -> None:
        self._timer.stop()
        self._stopping.set()
        self._scale.join()
        if self._schedstat is not None:
            os.close(self._schedstat)

    def report(self) -> str:
        told = [f"{len(self.away_ms)} moments, station {self.station_bytes / 2**20:.0f} MiB"]
        for name, moments in (("late", self.late_ms), ("away", self.away_ms), ("own work", self.own_ms)):
            over = sorted((ms for ms in moments if ms > PROMISED_MS), reverse=True)
            told.append(
                f"{name}: {within(moments):.4%} within {PROMISED_MS:.0f} ms, longest {max(moments):.0f} ms,"
                f" over it {[round(ms) for ms in over[:8]]}"
            )
        return "; ".join(told)


def within(moments: list[float]) -> float:
    """The share of the moments that keep the promise."""
    return sum(ms <= PROMISED_MS for ms in moments) / len(moments)


class Doors:
    """Files and databases that the main thread opens itself while watched: it should wait for no disk."""

    def __init__(self) -> None:
        self.opened: list[str] = []
        self.watching = False
        sys.addaudithook(self._heard)

    def _heard(self, event: str, told: tuple[object, ...]) -> None:
        if self.watching and event in ("open", "sqlite3.connect"):
            name = str(told[0])
            if threading.current_thread() is threading.main_thread() and not name.startswith("/proc/"):
                self.opened.append(name)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            direct = [int(child) for child in (task / "children").read_text(encoding="ascii").split()]
        except OSError:
            continue
        found += direct
        for child in direct:
            try:
                found += _children(child)
            except OSError:
                continue
    return found


def _weight(pid: int) -> int:
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0
    return int(next(line.split()[1] for line in rollup.splitlines() if line.startswith("Pss:"))) << 10


def fill(papers: Path, pages: int) -> list[Path]:
    """Small real pages: a receipt with its code before every eleven letters, no two the same."""
    papers.mkdir()
    files = []
    for number in range(pages):
        first = number % 12 == 0
        lines = [*(RECEIPT if first else LETTER), f"Tờ số {number + 1} của tập giấy mẫu"]
        code = CODE[:-4] + f"{number // 12:04d}" if first else ""
        page = draw_page([line.replace(CODE, code) if code else line for line in lines], code)
        page = page.resize((page.width * 3 // 5, page.height * 3 // 5))
        files.append(papers / f"{number:04d}.jpg")
        page.save(files[-1], dpi=(120, 120), quality=80)
    return files


def scan_and_watch(
    open_desk: Callable[[Path], Bench], tmp_path: Path, pages: int, seconds: float
) -> Watchdog:
    home = tmp_path / "home"
    make_home(home)
    files = fill(tmp_path / "papers", pages)
    bench = open_desk(home)
    bench.quiet()
    presenter = bench.desk.screens.scan_presenter()
    # As after each signing in.
    bench.desk.background.run(lambda _task: bench.desk.screens.prepare(), lambda _none: None, pytest.fail)
    bench.quiet()
    bench.rest(1.0)
    # As the window's own application does.
    usual_turn_s = sys.getswitchinterval()
    sys.setswitchinterval(LOCK_TURN_S)
    watch, doors = Watchdog(), Doors()
    doors.watching = True
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    presenter.take_files(files)
    end = time.monotonic() + seconds
    while presenter.busy and time.monotonic() < end:
        # As the event loop would, without sleeping longer than a tick.
        QCoreApplication.processEvents()
        time.sleep(0.001)
    for _ in range(200):
        QCoreApplication.processEvents()
        time.sleep(0.005)
    watch.stop()
    sys.setswitchinterval(usual_turn_s)
    doors.watching = False
    bench.quiet()
    close_decoder()
    assert doors.opened == [], "the main thread waits for no disk"
    assert not presenter.busy, "the pile is read to its end"
    assert presenter.dossier is not None
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"\n{pages} pages: {watch.report()}, readers {now.ru_utime - used.ru_utime:.0f} CPU-s")
    return watch


def test_a_small_pile_leaves_the_window_free(open_desk: Callable[[Path], Bench], tmp_path: Path) -> None:
    watch = scan_and_watch(open_desk, tmp_path, 14, 200)
    assert within(watch.away_ms) >= 0.99, watch.report()
    assert max(watch.own_ms) <= PROMISED_MS, watch.report()
    assert watch.station_bytes <= STATION_BYTES


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_pile_of_five_hundred_pages_leaves_the_window_free(
    open_desk: Callable[[Path], Bench], tmp_path: Path
) -> None:
    watch = scan_and_watch(open_desk, tmp_path, 500, 3500)
    assert within(watch.away_ms) >= 0.999, watch.report()
    assert max(watch.own_ms) <= PROMISED_MS, watch.report()
    assert watch.station_bytes <= STATION_BYTES, watch.report()


def test_garbage_is_searched_for_when_no_job_runs_and_never_by_itself(bench: Bench) -> None:
    bench.quiet()
    tidying = bench.desk.findChild(Tidying)
    assert isinstance(tidying, Tidying)
    full = gc.get_stats()[2]["collections"]
    kept = [[] for _ in range(200_000)]  # as much as a pile of hundreds of pages while it is grouped
    assert len(kept) and gc.get_stats()[2]["collections"] == full
    task = bench.desk.background.run(lambda task: task.wait(5), lambda _stopped: None, lambda _error: None)
    assert not tidying.look()
    task.stop()
    bench.quiet()
    assert not tidying.look(), "right after a job the clerk types"
    assert tidying.look()
    assert gc.get_stats()[2]["collections"] == full + 1


def test_what_was_in_use_at_one_search_and_is_garbage_later_is_found_after_a_while(qt: QApplication) -> None:
    tidying = Tidying(lambda: True)
    try:
        held: list[object] = [threading.Event()]
        held.append(held)
        gone = weakref.ref(held[0])
        tidying.look()
        tidying.look()
        del held
        tidying.look()
        assert gone() is not None, "left out of the next search"
        for _ in range(ANEW_AFTER_LOOKS):
            tidying.look()
        assert gone() is None
    finally:
        tidying.close()


def test_a_window_that_is_used_all_day_does_not_end_by_itself(qt: QApplication) -> None:
    """A hundred thousand calls that return nothing: more than enough to end an unprotected process."""
    widget = QWidget()
    before = sys.getrefcount(None)
    for _ in range(100_000):
        widget.update()
    assert sys.getrefcount(None) > before - 1_000
    widget.deleteLater()


def test_a_hundred_thousand_rows_scroll_as_ten_do(qt: QApplication) -> None:
    rows = [
        FoundShown(n, f"H48.12-260301-{n:06d}", "Đặng Thị Bịa", "Đăng ký", "open", "intake", "", 3, "")
        for n in range(100_000)
    ]
    table = Table("Hồ sơ", (Column("Mã", lambda r: r.code), Column("Tên", lambda r: r.applicant_name)), 1)
    table.resize(600, 500)
    table.show()
    table.rows.show_fetched(len(rows), lambda n: rows[n] if n % 400 < 200 else None)
    QApplication.processEvents()
    worst = 0.0
    for step in range(20):
        table.verticalScrollBar().setValue(step * table.verticalScrollBar().maximum() // 20)
        since = time.perf_counter()
        table.viewport().repaint()
        worst = max(worst, time.perf_counter() - since)
    table.close()
    table.deleteLater()
    assert worst < 0.3, "a repaint draws a screenful, whatever the number of rows"
