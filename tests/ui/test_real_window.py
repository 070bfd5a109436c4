"""The journeys through a real window: an X server of its own, real key presses, nobody's mouse.

Run with `pytest tests/ui/test_real_window.py -m slow`; needs Debian's xvfb and xdotool.
"""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from station.work import people
from station.work.enrolling import enrol_station
from station.work.station import open_station
from sync.warehouse import embedded
from sync.warehouse.embedded import EmbeddedWarehouse
from tests.ui.office import CODE, LETTER, PASSWORD, RECEIPT, fill_folder, make_home

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(
        shutil.which("Xvfb") is None or shutil.which("xdotool") is None, reason="needs xvfb and xdotool"
    ),
]
# A machine that is busy with other work reads a page in half a minute.
PATIENCE_S = 300.0
# A key that came before its screen was there does nothing: it is pressed again after so long.
AGAIN_S = 10.0


class RealWindow:
    """A running station and the keyboard in front of it."""

    def __init__(self, home: Path, display: str) -> None:
        self.home = home
        self.environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "QT_IM_MODULE": ""}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "station", "--home", str(home), "--lang", "vi"], env=self.environment
        )
        self.started_at = time.monotonic()

    def until(self, true: Callable[[], bool], what: str) -> float:
        """Waits until something is so; returns the seconds it took."""
        since = time.monotonic()
        while not true():
            assert self.process.poll() is None, f"the window ended before: {what}"
            assert time.monotonic() - since < PATIENCE_S, f"never came: {what}"
            time.sleep(0.05)
        return time.monotonic() - since

    def tell(self, *words: str) -> str:
        """xdotool's answer."""
        run = subprocess.run(
            ["xdotool", *words], env=self.environment, capture_output=True, text=True, check=False, timeout=20
        )
        return run.stdout.strip()

    def focus(self) -> float:
        """Waits for the window and gives it the keyboard; returns seconds since the start."""
        found = ["search", "--onlyvisible", "--pid", str(self.process.pid)]
        self.until(lambda: bool(self.tell(*found)), "a window")
        seconds = time.monotonic() - self.started_at
        # The first is the station's; tooltips and menus are windows too, later.
        self.window = self.tell(*found).splitlines()[0]
        self.tell("windowfocus", "--sync", self.window)
        return seconds

    def title(self) -> str:
        return self.tell("getwindowname", self.window)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.tell("key", "--clearmodifiers", key)
            time.sleep(0.25)

    def press_until(self, true: Callable[[], bool], what: str, *keys: str) -> None:
        """Presses keys, one after the other, and again when nothing came of it for a while."""
        pressed_at = -AGAIN_S

        def tried() -> bool:
            nonlocal pressed_at
            if true():
                return True
            if time.monotonic() - pressed_at > AGAIN_S:
                self.press(*keys)
                pressed_at = time.monotonic()
            return true()

        self.until(tried, what)

    def write(self, text: str) -> None:
        self.tell("type", "--delay", "30", text)

    def ask(self, query: str) -> list[tuple[object, ...]]:
        conn = sqlite3.connect(f"file:{self.home / 'station.db'}?mode=ro", uri=True, timeout=10)
        try:
            return conn.execute(query).fetchall()
        finally:
            conn.close()

    def processor_seconds(self) -> float:
        """What the process has used so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=30)


@pytest.fixture
def x_server() -> Iterator[str]:
    """A display of its own; the server takes the first number that is free."""
    asking, told = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(told), "-screen", "0", "1366x768x24", "-nolisten", "tcp"], pass_fds=(told,)
    )
    os.close(told)
    with os.fdopen(asking, encoding="ascii") as number:
        display = f":{number.readline().strip()}"
    yield display
    server.terminate()
    server.wait(timeout=10)


@pytest.fixture
def open_window(x_server: str) -> Iterator[Callable[[Path], RealWindow]]:
    windows: list[RealWindow] = []

    def open_one(home: Path) -> RealWindow:
        windows.append(RealWindow(home, x_server))
        return windows[-1]

    yield open_one
    for window in windows:
        window.close()


def sign_in(window: RealWindow) -> None:
    signed = "SELECT count(*) FROM audit WHERE action = 'sign in'"
    [(before,)] = window.ask(signed)
    window.focus()
    window.until(lambda: window.title().startswith("Đăng nhập"), "the sign-in card")
    time.sleep(1.0)
    window.write(PASSWORD)
    window.press("Return")
    window.until(lambda: window.ask(signed) != [(before,)], "signed in")
    window.until(lambda: window.title().startswith("Quét"), "the scan screen")


def fix(window: RealWindow) -> None:
    """Takes a page out and puts it back: keys on the page strip."""
    held = "SELECT count(*) FROM document_page"
    [(before,)] = window.ask(held)
    window.press_until(
        lambda: window.ask(held) == [(int(str(before)) - 1,)], "Delete takes the page out", "Delete"
    )
    window.press_until(lambda: window.ask(held) == [(before,)], "Ctrl+Z brings it back", "ctrl+z")


def send_back(window: RealWindow) -> None:
    """F8 and a reason make a rescan task; Ctrl+Z withdraws it."""
    asked = "SELECT reason, done_at IS NULL FROM rescan_task"
    window.press_until(lambda: window.ask(asked) == [("poor scan", 1)], "F8 3 sends it back", "F8", "3")
    window.press_until(lambda: window.ask(asked) == [("poor scan", 0)], "Ctrl+Z takes that back", "ctrl+z")


def confirm_and_seal(window: RealWindow) -> None:
    """Enter for each doubt and for the whole, Ctrl+Enter: a package in the outbox."""
    state = "SELECT state FROM dossier"
    window.until(lambda: bool(window.press("Return") or window.ask(state)[0][0] == "ready"), "Enter confirms")
    queued = "SELECT 1 FROM package"
    window.press_until(lambda: bool(window.ask(queued)), "Ctrl+Enter seals", "ctrl+Return")
    assert window.ask(state) == [("sealed",)]


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[EmbeddedWarehouse]:
    with embedded.start(tmp_path / "warehouse") as running:
        yield running


def test_intake_fix_verify_and_day_end_go_through_a_real_window(
    tmp_path: Path, open_window: Callable[[Path], RealWindow], warehouse: EmbeddedWarehouse
) -> None:
    home = tmp_path / "home"
    station = make_home(home)
    papers = fill_folder(tmp_path / "copier", (RECEIPT, CODE), (LETTER, ""))
    people.change_settings(open_station(home), {"watched_folders": str(papers)})
    enrol_station(open_station(home), warehouse.add_station("Chi nhánh Mẫu").to_text(), "invitation")
    (home / "window.json").write_text('{"last_name": "admin"}', encoding="utf-8")
    assert station.actor.name == "admin"
    window = open_window(home)
    sign_in(window)

    window.press_until(lambda: bool(window.ask("SELECT 1 FROM side")), "F5 scans", "F5")
    window.until(lambda: bool(window.ask("SELECT 1 FROM dossier")), "read and grouped")
    fix(window)

    window.press_until(lambda: window.title().startswith("Kiểm tra"), "the verify screen", "ctrl+2")
    send_back(window)
    settled = "SELECT count(*) FROM field WHERE verified_by = 'admin'"
    window.press_until(lambda: bool(window.ask(settled)[0][0]), "Enter verifies a field", "Return")
    for _ in range(12):
        window.press("Return")

    window.press_until(lambda: window.title().startswith("Quét"), "the scan screen", "ctrl+1")
    confirm_and_seal(window)

    window.press_until(lambda: window.title().startswith("Đồng bộ"), "the sync screen", "ctrl+4")
    delivered = "SELECT state FROM dossier"
    window.press_until(lambda: window.ask(delivered) == [("delivered",)], "F5 delivers", "F5")
    window.press("F1", "Escape", "ctrl+k", "Escape")
    assert window.process.poll() is None


def test_a_station_that_is_killed_in_mid_pile_goes_on_where_it_was(
    tmp_path: Path, open_window: Callable[[Path], RealWindow]
) -> None:
    home, count = tmp_path / "home", 6
    make_home(home)
    letters = [([*LETTER, f"Tờ số {number} của tập giấy mẫu"], "") for number in range(2, count + 1)]
    papers = fill_folder(tmp_path / "copier", (RECEIPT, CODE), *letters)
    people.change_settings(open_station(home), {"watched_folders": str(papers)})
    (home / "window.json").write_text('{"last_name": "admin"}', encoding="utf-8")
    window = open_window(home)
    sign_in(window)
    read = "SELECT count(*) FROM side WHERE state = 'read'"
    window.press_until(lambda: bool(window.ask("SELECT 1 FROM side")), "F5 scans", "F5")
    window.until(lambda: bool(window.ask(read)[0][0]), "the first page is read")
    window.process.kill()
    window.process.wait(timeout=30)
    assert window.ask("SELECT count(*) FROM dossier") == [(0,)], "it was killed before the pile was grouped"

    again = open_window(home)
    sign_in(again)
    came, waiting = (
        "SELECT count(*), count(DISTINCT original_sha256) FROM side",
        len(list(papers.glob("*.jpg"))),
    )
    [(sides, different)] = again.ask(came)
    # A file whose side was kept and that had not left the folder yet is in both: nothing is lost.
    assert sides == different
    assert int(str(sides)) + waiting >= count
    again.until(lambda: again.ask("SELECT count(*) FROM side WHERE state = 'captured'") == [(0,)], "all read")
    again.press_until(lambda: again.ask(came) == [(count, count)], "F5 scans what was left", "F5")
    again.until(lambda: bool(again.ask("SELECT 1 FROM dossier")), "read and grouped")
    confirm_and_seal(again)
    held = "SELECT count(*) FROM document_page p JOIN document d ON d.id = p.document_id"
    assert again.ask(held) == [(count,)], "every page once, and Enter confirmed the pile that was in hand"


def test_the_window_is_there_within_two_seconds_of_work(
    tmp_path: Path, open_window: Callable[[Path], RealWindow]
) -> None:
    """Counted in processor time, so that a machine shared with others tells the same as an office PC."""
    home = tmp_path / "home"
    make_home(home)
    window = open_window(home)
    window.focus()
    window.until(lambda: bool(window.title()), "a titled window")
    # The sign-in card, which needs the data folder.
    window.until(lambda: window.title().startswith("Đăng nhập"), "the sign-in card")
    assert window.processor_seconds() < 2.0
