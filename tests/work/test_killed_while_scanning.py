"""kill −9 while paper comes: every sheet the scanner handed over is there afterwards, once, and in its order.

    KILLS=1000 python -m pytest -m slow tests/work/test_killed_while_scanning.py

The scanner is scripted (its feeder outlives the kills, and each sheet bears its number); station, driver, spool,
files and database are real. Half the kills hit the station, half its driver.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from capture.files import close_decoder
from capture.problems import DriverFailed
from capture.sane import SaneSource
from capture.source import ScanSettings
from station.store import pages
from station.work import caretaking, scanning
from station.work.scanning import Taken
from station.work.station import open_station
from tests.capture.pages import number_on

DEVICE = "sane:fake:one"
KILLS = int(os.environ.get("KILLS", "60"))
SHEETS_A_KILL = 20
FAKE = Path(__file__).parents[1] / "capture" / "fake_scanimage.py"
# What the station does at a scan, without reading: recover what is left, go on with the pile.
RUN = """
import sys
from pathlib import Path
from capture.sane import SaneSource
from capture.source import ScanSettings
from station.store import pages
from station.work import scanning
from station.work.station import at_work, open_station

home, program, intake_id = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
station = open_station(home)
with at_work(home, "scan"):
    scanning.recover(station)
    with station.reading() as conn:
        intake = pages.get_intake(conn, intake_id)
    print("scanning", flush=True)
    settings = ScanSettings(source="adf", dpi=100)
    batch = scanning.scan_batch(station, intake, SaneSource(program), "sane:fake:one", settings)
    print(batch.stopped_by or "empty", flush=True)
"""


class Counter:
    """A data folder, a scanner with a pile in its feeder, and a hand with a kill."""

    def __init__(self, folder: Path, sheets: int, seconds: float = 0.02) -> None:
        self.home = folder / "home"
        self.station = open_station(self.home)
        self.intake = scanning.open_intake(self.station, f"{DEVICE} adf")
        self.script = folder / "script.json"
        self.script.write_text(
            json.dumps(
                {
                    "sheets": sheets,
                    "then": "Document feeder out of documents",
                    "seconds": seconds,
                    "feeder": str(folder / "feeder"),
                }
            )
        )
        self.hits = 0
        self.program = folder / "scanimage"
        self.program.write_text(f'#!/bin/sh\nexec {sys.executable} {FAKE} "$@"\n')
        self.program.chmod(0o755)

    def scan(self, kill: str | None, after_s: float) -> str:
        """Runs the station until its scan ends or the kill; returns its last line."""
        run = subprocess.Popen(
            [sys.executable, "-c", RUN, str(self.home), str(self.program), str(self.intake.id)],
            stdout=subprocess.PIPE,
            env={**os.environ, "FAKE_SCANNER": str(self.script)},
            text=True,
        )
        with run:
            assert run.stdout is not None
            assert run.stdout.readline() == "scanning\n"
            if kill == "station":
                self._wait_for_a_sheet()
                time.sleep(after_s)
                self.hits += run.poll() is None
                run.kill()
            elif kill == "driver":
                self._kill_driver(run, after_s)
            return run.stdout.read().strip()

    def _wait_for_a_sheet(self) -> None:
        before, until = len(self.delivered), time.monotonic() + 10
        while len(self.delivered) == before and time.monotonic() < until:
            time.sleep(0.01)

    def _kill_driver(self, run: subprocess.Popen[str], after_s: float) -> None:
        until = time.monotonic() + after_s + 5
        while run.poll() is None and time.monotonic() < until:
            if driver := _driver_of(run.pid):
                time.sleep(after_s)
                with suppress(ProcessLookupError):  # its pile is through
                    os.kill(driver, signal.SIGKILL)
                    self.hits += 1
                return
            time.sleep(0.01)

    @property
    def delivered(self) -> list[int]:
        listed = Path(f"{self.script}.delivered")
        return [int(row) for row in listed.read_text().split()] if listed.exists() else []

    def kept(self) -> list[int]:
        """The numbers on the sheets of the intake, in its order."""
        with self.station.reading() as conn:
            sides = pages.list_sides(conn, self.intake.id)
        return [number_on(self.station.original(side.original_sha256)) for side in sides]


def _driver_of(station: int) -> int:
    """The process id of a station's driver; 0 while it has none."""
    try:
        tasks = list(Path(f"/proc/{station}/task").iterdir())
        children = [child for task in tasks for child in (task / "children").read_text().split()]
        drivers = [c for c in children if b"sane_driver" in Path(f"/proc/{c}/cmdline").read_bytes()]
    except OSError:
        return 0
    return int(drivers[0]) if drivers else 0


@pytest.fixture
def chance() -> random.Random:
    seed = int(os.environ.get("SEED", random.randrange(1 << 30)))
    print(f"SEED={seed}")
    return random.Random(seed)


@pytest.fixture(autouse=True)
def _decoder_ends() -> Iterator[None]:
    yield
    close_decoder()


def check(counter: Counter) -> None:
    kept, delivered = counter.kept(), counter.delivered
    assert sorted(set(delivered) - set(kept)) == [], "handed over by the scanner and lost"
    assert len(kept) == len(set(kept)), "twice"
    assert kept == sorted(kept), "out of order"
    assert caretaking.check(counter.station).problems == []


def kill_and_go_on(folder: Path, kills: list[str], chance: random.Random) -> Counter:
    counter = Counter(folder, sheets=SHEETS_A_KILL * len(kills))
    for kill in kills:
        counter.scan(kill, chance.uniform(0, 0.4))
    ended = [counter.scan(None, 0)]
    while ended[-1] != "empty":
        ended.append(counter.scan(None, 0))
        assert len(ended) < 5, ended
    check(counter)
    assert counter.hits >= len(kills) * 0.9, "the pile was through before the kill"
    return counter


def test_a_kill_of_the_driver_loses_no_sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counter = Counter(tmp_path, sheets=12)
    monkeypatch.setenv("FAKE_SCANNER", str(counter.script))
    source, settings = SaneSource(str(counter.program)), ScanSettings(source="adf", dpi=100)

    def kill(taken: Taken) -> None:
        if taken.sides[0].position == 3:
            os.kill(_driver_of(os.getpid()), signal.SIGKILL)

    first = scanning.scan_batch(counter.station, counter.intake, source, DEVICE, settings, kill)
    assert isinstance(first.fault, DriverFailed)
    assert first.sides >= 3
    last = scanning.scan_batch(counter.station, counter.intake, source, DEVICE, settings)
    assert last.stopped_by is None
    check(counter)


def test_a_station_started_again_at_once_waits_for_the_sheet_in_the_scanner(tmp_path: Path) -> None:
    counter = Counter(tmp_path, sheets=6, seconds=0.3)
    counter.scan("station", 0.1)
    begun = len(counter.delivered)
    scanning.recover(counter.station)
    assert len(counter.delivered) > begun, "the scanner was at work while the station was away"
    check(counter)
    assert list(counter.station.folder("spool").iterdir()) == []


@pytest.mark.slow
@pytest.mark.timeout(60 + 10 * KILLS)
def test_many_kills_lose_no_sheet(tmp_path: Path, chance: random.Random) -> None:
    kills = [chance.choice(["station", "driver"]) for _ in range(KILLS)]
    counter = kill_and_go_on(tmp_path, kills, chance)
    print(f"{counter.hits} kills, {len(counter.delivered)} sheets handed over, {len(counter.kept())} kept")
