"""How fast paper becomes durable files: ratios against the bare tools on the same machine, in the same run.

    python -m tests.benchmarks.bench_capture [--sheets 500]      a table
    python -m pytest tests/benchmarks/bench_capture.py -s        the same with its bounds, 60 sheets for memory or
                                                                 BENCH_SHEETS of them

A3 colour at 300 dpi from SANE's test device (which knows no duplex: each sheet is a side) beside `scanimage
--batch`, and both sides of each sheet from a loopback copier beside a plain fetch. Durable is: encoded or taken as
it came, hashed, on the disk, with its row and its line of audit. The test device has two pictures that matter: a
grid, which weighs 1.1 MB a side as paper does, and patches of every colour, which weigh 22 MB and are what the
encoder fears most. It delivers at the speed of memory, which no paper does, so the paced run says whether a fast
feeder has to wait. Processor time is shown beside the clock: on a busy machine only that means something.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import httpx
import pytest

from capture.escl import EsclSource
from capture.escl_find import Address
from capture.sane import SaneSource, sane_environment
from capture.source import CaptureSource, ScanSettings
from station.work import scanning
from station.work.scanning import Taken
from station.work.station import open_station
from tests.capture.escl_device import Manners, running

A3 = ScanSettings(source="adf", dpi=300, page_width_mm=297, page_height_mm=420)
A3_ARGUMENTS = ("--source=Automatic Document Feeder", "--mode=Color", "--depth=8", "--resolution=300")
A3_AREA = ("-x", "297", "-y", "420")
DEVICE = "sane:test:0"
SIDES = 10  # what the test device's feeder holds
PICTURES = ("Grid", "Color pattern")
# Both sides of 80 sheets a minute, the fastest feeder an office would buy.
FEEDER_SIDES_A_MINUTE = 160
# A millisecond's rest after each buffer: 150 to 200 A3 sides a minute, the pace of an 80-sheet duplex feeder.
PACE = {"read-delay": "yes", "read-delay-duration": "1000"}
# Encoding at quality 92 without colour thinning, hashing, keeping: the share of a core that is left to reading.
MOST_CPU_S_A_SIDE = 0.6
# scanimage's own JPEG has quality 75 and colours thinned to a quarter: a third of the work.
MOST_TIMES_PLAIN_JPEG = 3.0
MOST_TIMES_PACED = 1.25
MOST_TIMES_FETCH = 2.5
# A raw A3 side has 52 MB; the driver holds two as Pillow does (70 MB each), the blocks it keeps, and their JPEGs.
MOST_CHILD_BYTES = 600 << 20
MOST_GROWTH_BYTES = 40 << 20


@dataclass(frozen=True)
class Took:
    """What some sides cost. `first_s` is the wait for the first of them."""

    sides: int
    wall_s: float
    cpu_s: float
    first_s: float = 0.0

    @property
    def sides_a_minute(self) -> float:
        """The pace once sides come; what a batch costs to begin is in `first_s`."""
        return 60 * (self.sides - 1) / (self.wall_s - self.first_s)

    def __str__(self) -> str:
        return f"{self.wall_s / self.sides:.3f} s, {self.cpu_s / self.sides:.3f} CPU-s a side"


def is_quiet() -> bool:
    """Whether a ratio of times means anything: others on the machine slow three processes more than one."""
    return os.getloadavg()[0] < (os.cpu_count() or 1)


def cpu_s() -> float:
    """Processor time of this process and of all its ended children."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


@contextmanager
def sane_test_device() -> Iterator[None]:
    before = {name: os.environ.pop(name, None) for name in ("STATION_SANE_TEST", "SANE_CONFIG_DIR")}
    os.environ["STATION_SANE_TEST"] = "1"
    yield
    del os.environ["STATION_SANE_TEST"]
    os.environ.update({name: value for name, value in before.items() if value is not None})


def bare(folder: Path, form: str, *more: str) -> Took:
    """scanimage alone, until its feeder is empty."""
    folder.mkdir()
    command = ["scanimage", "--device-name=test:0", *A3_ARGUMENTS, *A3_AREA, *more]
    start, cpu = time.monotonic(), cpu_s()
    subprocess.run(
        [*command, f"--format={form}", f"--batch={folder}/p%d.{form}"],
        env={**os.environ, **sane_environment()},
        capture_output=True,
        check=False,
    )
    took = Took(SIDES, time.monotonic() - start, cpu_s() - cpu)
    assert len(list(folder.iterdir())) == SIDES
    return took


def ours(source: CaptureSource, device: str, settings: ScanSettings, home: Path) -> Took:
    """From Scan to the last side durable with its row."""
    station = open_station(home)
    intake = scanning.open_intake(station, device)
    moments: list[float] = []
    start, cpu = time.monotonic(), cpu_s()
    batch = scanning.scan_batch(
        station, intake, source, device, settings, lambda _: moments.append(time.monotonic() - start)
    )
    assert batch.fault is None
    return Took(batch.sides, time.monotonic() - start, cpu_s() - cpu, moments[0])


def from_sane(folder: Path, picture: str) -> tuple[Took, Took, Took]:
    """scanimage to raw pixels, scanimage to JPEG, and ours."""
    with sane_test_device():
        source, settings = SaneSource(), replace(A3, extra={"test-picture": picture})
        source.plan(DEVICE, settings)
        return (
            bare(folder / "pnm", "pnm", f"--test-picture={picture}"),
            bare(folder / "jpeg", "jpeg", f"--test-picture={picture}"),
            ours(source, DEVICE, settings, folder / "home"),
        )


def from_paced_sane(folder: Path, picture: str) -> tuple[Took, Took]:
    """scanimage to raw pixels from a feeder at the pace of paper, and ours."""
    with sane_test_device():
        source, paced = SaneSource(), replace(A3, extra={**PACE, "test-picture": picture})
        source.plan(DEVICE, paced)
        plain = bare(folder / "pnm", "pnm", *(f"--{name}={value}" for name, value in paced.extra.items()))
        return plain, ours(source, DEVICE, paced, folder / "home")


def from_copier(folder: Path, sheets: int = 5) -> tuple[Took, Took]:
    """A plain fetch of both sides of each sheet, and ours. The copier runs in this process: its work counts twice."""
    settings = replace(A3, source="adf-duplex")
    with running(Manners(sheets=sheets)) as copier:
        source = EsclSource([copier.url], discover_s=0)
        wish = source.plan(f"escl:{copier.url}", settings).xml
        plain = fetch(Address.from_url(copier.url).url, wish, 2 * sheets)
        copier.server.load(sheets)
        return plain, ours(source, f"escl:{copier.url}", settings, folder / "home")


def fetch(base: str, wish: str, sides: int) -> Took:
    start, cpu = time.monotonic(), cpu_s()
    with httpx.Client(base_url=base, timeout=60) as client:
        job = client.post("ScanJobs", content=wish).headers["Location"]
        while client.get(f"{job}/NextDocument").status_code == httpx.codes.OK:
            pass
    return Took(sides, time.monotonic() - start, cpu_s() - cpu)


@dataclass(frozen=True)
class Memory:
    """How memory went while sheets came. Bytes: what each process held (resident) at every tenth of the pile."""

    sheets: int
    station: list[int]
    driver: list[int]
    most_in_spool: int

    @property
    def growth(self) -> int:
        """Of both, over the last nine tenths."""
        return max(self.station[-1] - self.station[0], self.driver[-1] - self.driver[0])


def memory(sheets: int, folder: Path) -> Memory:
    """As many A3 colour sheets as asked, durable with their rows, through a scripted scanimage: the real feeder holds ten."""
    program = folder / "scanimage"
    fake = Path(__file__).parents[1] / "capture" / "fake_scanimage.py"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {fake} "$@"\n')
    program.chmod(0o755)
    script = folder / "script.json"
    pile = {
        "sheets": sheets,
        "then": "Document feeder out of documents",
        "size": [3508, 4961],
        "colour": True,
    }
    script.write_text(json.dumps(pile))
    os.environ["FAKE_SCANNER"] = str(script)
    station = open_station(folder / "home")
    intake = scanning.open_intake(station, DEVICE)
    ours: list[int] = []
    drivers: list[int] = []
    most_in_spool = 0

    def came(taken: Taken) -> None:
        nonlocal most_in_spool
        count = taken.sides[0].position
        most_in_spool = max(most_in_spool, sum(_sizes(station.folder("spool"))))
        station.original(taken.sides[0].original_sha256).unlink()  # 500 of them would fill a small disk
        if count % (sheets // 10) == 0:
            ours.append(_own_bytes())
            drivers.append(max(_children_bytes()))

    batch = scanning.scan_batch(station, intake, SaneSource(str(program)), "sane:fake:one", A3, came)
    del os.environ["FAKE_SCANNER"]
    return Memory(batch.sides, ours, drivers, most_in_spool)


def _sizes(folder: Path) -> Iterator[int]:
    for path in folder.rglob("*"):
        try:
            yield path.stat().st_size
        except FileNotFoundError:
            continue  # encoded or taken over this moment


def _children_bytes() -> list[int]:
    """What each running child of this process holds."""
    pids = [
        pid for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()
    ]
    rows = [row for pid in pids for row in Path(f"/proc/{pid}/status").read_text().splitlines()]
    return [0, *(int(row.split()[1]) << 10 for row in rows if row.startswith("VmRSS"))]


def _own_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


@pytest.mark.parametrize("picture", PICTURES)
def test_ten_a3_sides_against_scanimage(tmp_path: Path, picture: str) -> None:
    plain, encoded, durable = from_sane(tmp_path, picture)
    print("\n" + told_sane(picture, plain, encoded, durable))
    assert durable.cpu_s / durable.sides <= MOST_CPU_S_A_SIDE
    assert not is_quiet() or durable.wall_s <= MOST_TIMES_PLAIN_JPEG * encoded.wall_s
    assert not is_quiet() or durable.sides_a_minute >= FEEDER_SIDES_A_MINUTE


@pytest.mark.parametrize("picture", PICTURES)
def test_a_feeder_at_the_pace_of_paper_never_waits(tmp_path: Path, picture: str) -> None:
    plain, durable = from_paced_sane(tmp_path, picture)
    print("\n" + told_paced(picture, plain, durable))
    assert not is_quiet() or durable.wall_s <= MOST_TIMES_PACED * plain.wall_s


def test_both_sides_of_five_a3_sheets_from_a_copier_against_a_plain_fetch(tmp_path: Path) -> None:
    plain, durable = from_copier(tmp_path)
    print("\n" + told_copier(plain, durable))
    assert not is_quiet() or durable.wall_s <= MOST_TIMES_FETCH * plain.wall_s


def test_many_sheets_in_flat_memory(tmp_path: Path) -> None:
    sheets = int(os.environ.get("BENCH_SHEETS", "60"))
    held = memory(sheets, tmp_path)
    print("\n" + told_memory(held))
    assert held.sheets == sheets
    assert held.growth <= MOST_GROWTH_BYTES
    assert max(held.driver) <= MOST_CHILD_BYTES


def told_sane(picture: str, plain: Took, encoded: Took, durable: Took) -> str:
    return (
        f"SANE, unpaced, {picture}: scanimage pnm {plain}; jpeg {encoded}; ours, durable {durable}: "
        f"x{durable.wall_s / plain.wall_s:.2f} of pnm, x{durable.wall_s / encoded.wall_s:.2f} of jpeg by the clock, "
        f"x{durable.cpu_s / encoded.cpu_s:.2f} of jpeg in processor time; first side after {durable.first_s:.2f} s, then "
        f"{durable.sides_a_minute:.0f} sides a minute"
    )


def told_paced(picture: str, plain: Took, durable: Took) -> str:
    return (
        f"SANE, {picture}, {60 * SIDES / plain.wall_s:.0f} sides a minute: scanimage pnm {plain}; ours, durable {durable}: "
        f"x{durable.wall_s / plain.wall_s:.2f}, {durable.sides_a_minute:.0f} sides a minute"
    )


def told_copier(plain: Took, durable: Took) -> str:
    return (
        f"eSCL, both sides: plain fetch {plain}; ours, looked into and durable {durable}: "
        f"x{durable.wall_s / plain.wall_s:.2f} by the clock, x{durable.cpu_s / plain.cpu_s:.2f} in processor time, "
        f"{durable.sides_a_minute:.0f} sides a minute"
    )


def told_memory(held: Memory) -> str:
    def curve(bytes_held: list[int]) -> str:
        return " ".join(str(each >> 20) for each in bytes_held)

    return (
        f"{held.sheets} sheets, MB at each tenth of them: station {curve(held.station)}; driver {curve(held.driver)}; "
        f"spool at most {held.most_in_spool >> 20} MB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sheets", type=int, default=60, help="sheets for the run that watches memory")
    sheets = parser.parse_args().sheets
    runs: tuple[Callable[[Path], str], ...] = (
        # First, while this process has held nothing else.
        lambda folder: told_memory(memory(sheets, folder)),
        *(
            partial(lambda picture, folder: told_sane(picture, *from_sane(folder, picture)), p)
            for p in PICTURES
        ),
        *(
            partial(lambda picture, folder: told_paced(picture, *from_paced_sane(folder, picture)), p)
            for p in PICTURES
        ),
        lambda folder: told_copier(*from_copier(folder)),
    )
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for run in runs:
        with tempfile.TemporaryDirectory() as folder:
            print(run(Path(folder)), flush=True)


if __name__ == "__main__":
    main()
