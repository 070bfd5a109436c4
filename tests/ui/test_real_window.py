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
    pytest.mark.skipif(
        shutil.which("Xvfb") is None or shutil.which("xdotool") is None, reason="needs xvfb and xdotool"
    ),
]
DISPLAY = ":87"
PATIENCE_S = 120.0


class RealWindow:
    """A running station and the keyboard in front of it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environment = {**os.environ, "DISPLAY": DISPLAY, "QT_QPA_PLATFORM": "xcb", "QT_IM_MODULE": ""}
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
        self.until(lambda: bool(self.window()), "a window")
        seconds = time.monotonic() - self.started_at
        self.tell("windowfocus", "--sync", self.window())
        return seconds

    def window(self) -> str:
        found = self.tell("search", "--onlyvisible", "--pid", str(self.process.pid))
        return found.splitlines()[-1] if found else ""

    def title(self) -> str:
        return self.tell("getwindowname", self.window())

    def press(self, *keys: str) -> None:
        for key in keys:
            self.tell("key", "--clearmodifiers", key)
            time.sleep(0.25)

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
def x_server() -> Iterator[None]:
    server = subprocess.Popen(["Xvfb", DISPLAY, "-screen", "0", "1366x768x24", "-nolisten", "tcp"])
    time.sleep(1.0)
    yield
    server.terminate()
    server.wait(timeout=10)


@pytest.fixture
def open_window(x_server: None) -> Iterator[Callable[[Path], RealWindow]]:
    windows: list[RealWindow] = []

    def open_one(home: Path) -> RealWindow:
        windows.append(RealWindow(home))
        return windows[-1]

    yield open_one
    for window in windows:
        window.close()


def sign_in(window: RealWindow) -> None:
    window.focus()
    window.until(lambda: window.title().startswith("Đăng nhập"), "the sign-in card")
    time.sleep(1.0)
    window.write(PASSWORD)
    window.press("Return")
    signed = "SELECT 1 FROM audit WHERE action = 'sign in'"
    window.until(lambda: bool(window.ask(signed)), "signed in")
    window.until(lambda: window.title().startswith("Quét"), "the scan screen")


def fix(window: RealWindow) -> None:
    """Takes a page out, puts it back, turns one and takes that back: keys on the page strip."""
    held = "SELECT count(*) FROM document_page"
    [(before,)] = window.ask(held)
    window.press("Delete")
    window.until(lambda: window.ask(held) == [(int(str(before)) - 1,)], "Delete takes the page out")
    time.sleep(1.0)
    window.press("ctrl+z")
    window.until(lambda: window.ask(held) == [(before,)], "Ctrl+Z brings it back")


def send_back(window: RealWindow) -> None:
    """F8 and a reason make a rescan task; Ctrl+Z withdraws it."""
    window.press("F8", "3")
    asked = "SELECT reason, done_at IS NULL FROM rescan_task"
    window.until(lambda: window.ask(asked) == [("poor scan", 1)], "F8 3 sends the paper back")
    time.sleep(1.0)
    window.press("ctrl+z")
    window.until(lambda: window.ask(asked) == [("poor scan", 0)], "Ctrl+Z takes that back")
    time.sleep(1.0)


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

    window.until(lambda: bool(window.press("F5") or window.ask("SELECT 1 FROM side")), "F5 scans")
    window.until(lambda: bool(window.ask("SELECT 1 FROM dossier")), "read and grouped")
    time.sleep(3.0)
    fix(window)

    window.press("ctrl+2")
    window.until(lambda: window.title().startswith("Kiểm tra"), "the verify screen")
    time.sleep(4.0)
    send_back(window)
    settled = "SELECT count(*) FROM field WHERE verified_by = 'admin'"
    window.press("Return")
    window.until(lambda: bool(window.ask(settled)[0][0]), "Enter verifies a field")
    for _ in range(12):
        window.press("Return")

    window.press("ctrl+1")
    time.sleep(2.0)
    state = "SELECT state FROM dossier"
    window.until(lambda: bool(window.press("Return") or window.ask(state)[0][0] == "ready"), "Enter confirms")
    time.sleep(1.0)
    window.until(
        lambda: bool(window.press("ctrl+Return") or window.ask("SELECT 1 FROM package")), "Ctrl+Enter seals"
    )
    assert window.ask(state) == [("sealed",)]

    window.press("ctrl+4")
    time.sleep(1.0)
    window.until(lambda: bool(window.press("F5") or window.ask(state) == [("delivered",)]), "F5 delivers")
    window.press("F1", "Escape", "ctrl+k", "Escape")
    assert window.process.poll() is None


def test_the_window_is_there_within_two_seconds_of_work(
    tmp_path: Path, open_window: Callable[[Path], RealWindow]
) -> None:
    """Counted in processor time, so that a machine shared with others tells the same as an office PC."""
    home = tmp_path / "home"
    make_home(home)
    window = open_window(home)
    window.focus()
    window.until(lambda: bool(window.title()), "a titled window")
    assert window.processor_seconds() < 2.0
