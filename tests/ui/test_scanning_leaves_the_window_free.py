"""The main thread is free while a scanner delivers: SANE's own test device, as fast as memory lets it.

`pytest -m slow -s tests/ui/test_scanning_leaves_the_window_free.py` scans A3 in colour at 300 dpi and prints what was
measured; every run of the tests does it with cards.
"""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication

from tests.ui.office import Bench, make_home
from tests.ui.test_never_in_the_way import PROMISED_MS, Doors, Watchdog, within

DEVICE = "sane:test:0"
SIDES = 10  # what the test device's feeder holds
PROFILE = """[a3_dossier]
source = "adf"
dpi = {dpi}
page_width_mm = {width}
page_height_mm = {height}
extra = {{ "test-picture" = "Grid" }}
"""


def scan_and_watch(open_desk: Callable[[Path], Bench], home: Path, size_mm: tuple[int, int]) -> Watchdog:
    """Watches from F5 until the last side is durable and shown; the reading behind it is stopped."""
    make_home(home)
    (home / "profiles.toml").write_text(PROFILE.format(dpi=300, width=size_mm[0], height=size_mm[1]))
    bench = open_desk(home)
    presenter = bench.desk.screens.scan_presenter()
    bench.quiet()
    presenter.choose_source(DEVICE)
    bench.quiet()
    bench.rest(0.3)
    watch, doors = Watchdog(), Doors()
    doors.watching = True
    since = time.monotonic()
    presenter.start()
    while presenter.scanning:
        QCoreApplication.processEvents()
        time.sleep(0.001)
    seconds = time.monotonic() - since
    doors.watching = False
    watch.stop()
    assert presenter._pile is not None, "what came is shown while more comes"
    presenter.stop()
    bench.until(lambda: not presenter.busy, what="reading stops")
    bench.quiet()
    assert [name for name in doors.opened if str(home) in name] == [], "the main thread waits for no disk"
    with bench.desk.session.station.reading() as conn:
        assert conn.execute("SELECT count(*) FROM side").fetchone()[0] == SIDES
    print(f"\n{SIDES} sides of {size_mm} mm in {seconds:.1f} s: {watch.report()}")
    return watch


@pytest.fixture
def sane_test_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATION_SANE_TEST", "1")
    monkeypatch.delenv("SANE_CONFIG_DIR", raising=False)


@pytest.mark.usefixtures("sane_test_device")
def test_ten_cards_leave_the_window_free(open_desk: Callable[[Path], Bench], tmp_path: Path) -> None:
    watch = scan_and_watch(open_desk, tmp_path / "home", (86, 54))
    assert max(watch.own_ms) <= PROMISED_MS, watch.report()


@pytest.mark.slow
@pytest.mark.usefixtures("sane_test_device")
def test_ten_a3_sides_in_colour_leave_the_window_free(
    open_desk: Callable[[Path], Bench], tmp_path: Path
) -> None:
    watch = scan_and_watch(open_desk, tmp_path / "home", (297, 420))
    assert max(watch.own_ms) <= PROMISED_MS, watch.report()
    assert within(watch.away_ms) >= 0.99, watch.report()
