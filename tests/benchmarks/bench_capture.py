"""How fast paper becomes durable files: ratios against the bare tools on the same machine, in the same run.

    python -m pytest tests/benchmarks/bench_capture.py -s

A3 colour at 300 dpi from SANE's test device and from a loopback copier; 500 sheets for memory. A scanner is
slower than this machine, so what counts is the paced run: a feeder of 100 sides a minute must not wait.
"""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from capture.escl import EsclSource
from capture.escl_find import Address
from capture.sane import SaneSource, sane_environment
from capture.source import CaptureSource, RawFile, ScanSettings
from station.core.files import keep_original
from tests.capture.escl_device import Manners, running

A3 = ScanSettings(source="adf", dpi=300, page_width_mm=297, page_height_mm=420)
A3_ARGUMENTS = ("--source=Automatic Document Feeder", "--mode=Color", "--depth=8", "--resolution=300")
A3_AREA = ("-x", "297", "-y", "420")
DEVICE = "sane:test:0"
# A driver's read buffer of the test device, and the pause after each: about 100 A3 sides a minute.
PACE = {"read-delay": "yes", "read-delay-duration": "1200"}
# Copying, encoding at quality 92 without colour thinning, hashing: the share of a core an 80-page feeder leaves.
MOST_CPU_S_A_SIDE = 0.6
# Encoding a side costs more than copying its pixels; the bare tool that also encodes is the fair neighbour.
# It encodes at quality 75 with colours thinned to a quarter, a third of the work.
MOST_TIMES_PLAIN_JPEG = 4.0
MOST_TIMES_PACED = 1.15
MOST_TIMES_FETCH = 2.5
# A raw A3 side has 52 MB; the child holds one, its copy and its JPEG.
MOST_CHILD_BYTES = 400 << 20
MOST_GROWTH_BYTES = 40 << 20


@pytest.fixture(autouse=True)
def test_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATION_SANE_TEST", "1")
    monkeypatch.delenv("SANE_CONFIG_DIR", raising=False)


def never() -> bool:
    return False


def is_quiet() -> bool:
    """Whether a ratio of times means anything: others on the machine slow three processes more than one."""
    return os.getloadavg()[0] < (os.cpu_count() or 1)


def cpu_s() -> float:
    """Processor time of this process and of all its ended children."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def bare(folder: Path, form: str, *more: str) -> float:
    """Seconds of scanimage alone for ten sheets."""
    folder.mkdir()
    command = ["scanimage", "--device-name=test:0", *A3_ARGUMENTS, *A3_AREA, *more]
    start = time.monotonic()
    subprocess.run(
        [*command, f"--format={form}", f"--batch={folder}/p%d.{form}"],
        env={**os.environ, **sane_environment()},
        capture_output=True,
        check=False,
    )
    seconds = time.monotonic() - start
    assert len(list(folder.iterdir())) == 10
    return seconds


def ours(
    source: CaptureSource, device: str, settings: ScanSettings, folder: Path
) -> tuple[float, list[float]]:
    """Seconds from Scan to the last side durable under its hash, and the moment of each side."""
    spool, originals = folder / "spool", folder / "originals"
    spool.mkdir(parents=True)
    moments = []
    start = time.monotonic()
    for side in source.scan(device, settings, spool, never):
        assert isinstance(side, RawFile)
        keep_original(side.path, originals)
        side.path.unlink()
        moments.append(time.monotonic() - start)
    return time.monotonic() - start, moments


def test_ten_a3_sides_against_scanimage(tmp_path: Path) -> None:
    source = SaneSource()
    source.plan(DEVICE, A3)
    plain = bare(tmp_path / "pnm", "pnm")
    encoded = bare(tmp_path / "jpeg", "jpeg")
    before = cpu_s()
    seconds, moments = ours(source, DEVICE, A3, tmp_path / "ours")
    cpu_a_side = (cpu_s() - before) / 10
    assert len(moments) == 10
    print(
        f"\n10 A3 sides: scanimage pnm {plain:.2f} s, jpeg {encoded:.2f} s; ours, durable {seconds:.2f} s "
        f"(x{seconds / encoded:.2f} of jpeg), {cpu_a_side:.2f} CPU-s a side, first side after {moments[0]:.2f} s"
    )
    assert cpu_a_side <= MOST_CPU_S_A_SIDE
    assert not is_quiet() or seconds <= MOST_TIMES_PLAIN_JPEG * encoded


def test_a_feeder_at_its_own_pace_never_waits(tmp_path: Path) -> None:
    source = SaneSource()
    paced = ScanSettings(**{**vars(A3), "extra": PACE})
    source.plan(DEVICE, paced)
    arguments = [f"--{name}={value}" for name, value in PACE.items()]
    plain = bare(tmp_path / "pnm", "pnm", *arguments)
    seconds, _moments = ours(source, DEVICE, paced, tmp_path / "ours")
    print(
        f"\n10 A3 sides from a paced feeder ({600 / plain:.0f} a minute): scanimage {plain:.2f} s; ours, durable "
        f"{seconds:.2f} s (x{seconds / plain:.2f})"
    )
    assert not is_quiet() or seconds <= MOST_TIMES_PACED * plain


def test_ten_a3_sides_from_a_copier_against_a_plain_fetch(tmp_path: Path) -> None:
    settings = ScanSettings(source="adf-duplex", dpi=300, page_width_mm=297, page_height_mm=420)
    with running(Manners(sheets=5)) as copier:
        source = EsclSource([copier.url], discover_s=0)
        wish = source.plan(f"escl:{copier.url}", settings).xml
        plain = fetch(Address.from_url(copier.url).url, wish)
        copier.server.load(5)
        seconds, moments = ours(source, f"escl:{copier.url}", settings, tmp_path / "ours")
    assert len(moments) == 10
    print(f"\n10 A3 sides by eSCL: plain fetch {plain:.2f} s; ours, looked into and durable {seconds:.2f} s "
          f"(x{seconds / plain:.2f})")  # fmt: skip
    assert not is_quiet() or seconds <= MOST_TIMES_FETCH * plain


def fetch(base: str, wish: str) -> float:
    start = time.monotonic()
    with httpx.Client(base_url=base, timeout=60) as client:
        job = client.post("ScanJobs", content=wish).headers["Location"]
        while client.get(f"{job}/NextDocument").status_code == httpx.codes.OK:
            pass
    return time.monotonic() - start


@pytest.fixture
def endless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], SaneSource]:
    """A feeder with as many A3 sheets as asked, through the scripted scanimage."""
    program = tmp_path / "scanimage"
    script = tmp_path / "script.json"
    fake = Path(__file__).parents[1] / "capture" / "fake_scanimage.py"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {fake} "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("FAKE_SCANNER", str(script))

    def make(sheets: int) -> SaneSource:
        script.write_text(
            f'{{"sheets": {sheets}, "then": "Document feeder out of documents", "size": [3508, 4961]}}'
        )
        return SaneSource(str(program))

    return make


def test_five_hundred_sheets_in_flat_memory(endless: Callable[[int], SaneSource], tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    after_20 = 0
    count, most_in_spool = 0, 0
    for side in endless(500).scan("sane:fake:one", A3, spool, never):
        count += 1
        most_in_spool = max(most_in_spool, sum(f.stat().st_size for f in _files(spool)))
        side.path.unlink()
        if count == 20:
            after_20 = _own_bytes()
    growth = _own_bytes() - after_20
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss << 10
    print(
        f"\n{count} sheets: our process grew {growth >> 20} MB, largest child {child >> 20} MB, "
        f"spool at most {most_in_spool >> 20} MB"
    )
    assert count == 500
    assert growth <= MOST_GROWTH_BYTES
    assert child <= MOST_CHILD_BYTES


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _own_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()
