"""What reading costs, beside what anyone could install: the bare `tesseract` program.

    python -m tests.benchmarks.bench_reading --sides 60
    python -m tests.benchmarks.bench_reading --pile 500                  memory and pace over a thick pile
    STATION_CORPUS=DIR python -m tests.benchmarks.bench_reading          dossiers of one's own

Both read the same pages with the same model, one thread each, two at a time. The program is handed the pages as the
station straightened them, so that it pays for recognition alone; the station pays for everything. Each side's cost is
taken in its own process; the interval is 95 %, by drawing sides again. A pile is the same sides over and over, read by
the station's own pool of readers.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from unittest.mock import patch

import cv2
import numpy as np
import pytest

from ocr import barcode, engine
from ocr.image import Array, load
from ocr.reading import Line, ReadOptions, SideReading
from ocr.side import read_side, render_page
from station.core.process import worker_pool
from station.work.worker import Readers, ReadJob
from tests.benchmarks.corpus import dossiers

WORKERS = 2
OPTIONS = ReadOptions()
_DRAWS = 2000
A3_SHEETS = 8
# No page of the dossiers takes a tenth of this on a loaded machine.
_PAGE_LIMIT_S = 600


@dataclass(frozen=True)
class Cost:
    """Seconds on the clock and of processor time."""

    wall_s: float
    cpu_s: float


def cost_of(work: Callable[[], object]) -> Cost:
    """What `work` and the children it waits for take."""

    def used() -> float:
        own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime

    wall, cpu = time.perf_counter(), used()
    work()
    return Cost(time.perf_counter() - wall, used() - cpu)


def sides_of(corpus: Path, count: int) -> list[tuple[Path, int]]:
    """Evenly chosen sides that carry something."""
    truth = json.loads((corpus / "truth.json").read_text(encoding="utf-8"))
    every = [
        (corpus / file["path"], image["index"])
        for file in truth["files"]
        for image in file["images"]
        if not image["blank"]
    ]
    return every[:: max(1, len(every) // count)][:count]


def timed_reading(path: Path, frame: int) -> tuple[SideReading, float]:
    """A side's reading and the processor seconds it took; runs in a worker."""
    started = time.process_time()
    return read_side(path, frame, OPTIONS), time.process_time() - started


def bare_program(picture: Path) -> float:
    """Processor seconds of one call of the program."""
    done = subprocess.Popen(
        ["tesseract", str(picture), str(picture.with_suffix("")), "-l", "vie"],
        env=os.environ | {"OMP_THREAD_LIMIT": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(done.pid, 0)
    if status:
        raise RuntimeError(f"tesseract ended with {status}")
    return used.ru_utime + used.ru_stime


@dataclass(frozen=True)
class Compared:
    """Per side: our processor seconds and the program's. `pages` not blank, and seconds on the clock of both."""

    costs: list[tuple[float, float]]
    pages: int
    ours_wall_s: float
    theirs_wall_s: float

    @property
    def ratio(self) -> float:
        return sum(ours for ours, _ in self.costs) / sum(theirs for _, theirs in self.costs)

    def interval(self) -> tuple[float, float]:
        rng = random.Random(1)
        drawn = []
        for _ in range(_DRAWS):
            some = rng.choices(self.costs, k=len(self.costs))
            drawn.append(sum(ours for ours, _ in some) / sum(theirs for _, theirs in some))
        drawn.sort()
        return drawn[_DRAWS // 40], drawn[-_DRAWS // 40]


def reading_against_bare(corpus: Path, count: int, scratch: Path) -> Compared:
    """A few sides by one, the same by the other, in turn."""
    sides = sides_of(corpus, count)
    costs: list[tuple[float, float]] = []
    pages, walls = 0, [0.0, 0.0]
    with worker_pool(WORKERS) as pool, ThreadPoolExecutor(WORKERS) as programs:
        list(pool.map(timed_reading, *zip(*sides[:WORKERS], strict=True)))  # the models are loaded
        for start in range(0, len(sides), 4 * WORKERS):
            some = sides[start : start + 4 * WORKERS]
            since = time.perf_counter()
            read = list(pool.map(timed_reading, *zip(*some, strict=True)))
            walls[0] += time.perf_counter() - since
            pictures = [
                _straightened(side, reading, scratch) for side, (reading, _) in zip(some, read, strict=True)
            ]
            since = time.perf_counter()
            theirs = list(programs.map(lambda few: sum(map(bare_program, few)), pictures))
            walls[1] += time.perf_counter() - since
            costs += [(ours, bare) for (_, ours), bare in zip(read, theirs, strict=True)]
            pages += sum(map(len, pictures))
    return Compared(costs, pages, *walls)


def _straightened(side: tuple[Path, int], reading: SideReading, scratch: Path) -> list[Path]:
    pictures = []
    for index, page in enumerate(reading.pages):
        if not page.blank:
            pictures.append(scratch / f"{side[0].stem}_{side[1]}_{index}.png")
            cv2.imwrite(str(pictures[-1]), render_page(*side, reading.recipe, index))
    return pictures


def thick_pile(corpus: Path, pages: int) -> Iterator[str]:
    """Reads so many sides in one pile; says now and then how many are done and what the workers hold."""
    sides = islice(cycle(sides_of(corpus, pages)), pages)
    jobs = [ReadJob(number, path, frame, OPTIONS) for number, (path, frame) in enumerate(sides)]
    since, read = time.perf_counter(), 0
    with Readers(WORKERS, _PAGE_LIMIT_S) as readers:
        for done, (_, outcome) in enumerate(readers.read(jobs), 1):
            if not isinstance(outcome, SideReading):
                raise RuntimeError(outcome.sentence)
            read += len(outcome.pages)
            if done % 50 == 0 or done == pages:
                minutes = (time.perf_counter() - since) / 60
                yield f"{done:5} sides, {read} pages, {read / minutes:.0f} a minute   workers' MB {held_mb()}"


def held_mb() -> list[tuple[int, int]]:
    """What each reader holds now, and held at most."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            rows = dict(row.split(":", 1) for row in status.read_text().splitlines() if ":" in row)
        except OSError:
            continue
        if int(rows["PPid"]) == os.getpid() and "VmRSS" in rows:
            now, most = (int(rows[name].split()[0]) // 1000 for name in ("VmRSS", "VmHWM"))
            if most > 100:  # the pool's own helper processes are small
                found.append((now, most))
    return sorted(found)


class Mute:
    """A recogniser that reads nothing and costs nothing: what is left is everything else."""

    def lines(self, picture: Array, dpi: int, layout: int) -> list[Line]:
        return []


def a3_preparation(corpus: Path, scratch: Path, sheets: int = A3_SHEETS) -> list[float]:
    """Processor seconds for decoding, splitting and cleaning A3 colour sides at 300 dpi, halves from the dossiers.

    It is the station's own reading of the sides, without codes and recognition.
    """
    halves = []
    for path, frame in sides_of(corpus, 2 * sheets):
        page = load(path, frame).array
        page = page if page.ndim == 3 else cv2.cvtColor(page, cv2.COLOR_GRAY2BGR)
        halves.append(cv2.resize(page, (2480, 3508), interpolation=cv2.INTER_AREA))
    seconds = []
    with (
        patch.object(barcode, "find_codes", return_value=[]),
        patch.object(engine, "engine", return_value=Mute()),
    ):
        for number, pair in enumerate(zip(halves[::2], halves[1::2], strict=False)):
            picture = scratch / f"a3_{number}.jpg"
            cv2.imwrite(str(picture), np.hstack(pair), [cv2.IMWRITE_JPEG_QUALITY, 92])
            if not number:
                read_side(picture, 0, OPTIONS)  # a reader at work has its memory already
            seconds.append(cost_of(partial(read_side, picture, 0, OPTIONS)).cpu_s)
    return seconds


def report(found: Compared, a3: list[float]) -> str:
    ours, theirs = (sum(pair[side] for pair in found.costs) / found.pages for side in (0, 1))
    low, high = found.interval()
    return "\n".join(
        [
            f"{'sides, pages read':38} {len(found.costs)}, {found.pages}",
            f"{'station, 2 workers':38} {found.ours_wall_s:8.1f} s {ours:8.3f} CPU-s a page",
            f"{'bare tesseract, straightened pages':38} {found.theirs_wall_s:8.1f} s {theirs:8.3f} CPU-s a page",
            f"{'ratio of processor seconds':38} {found.ratio:8.3f} ({low:.3f}-{high:.3f})",
            f"{'ratio on the clock':38} {found.ours_wall_s / found.theirs_wall_s:8.3f}",
            f"{'A3 colour side: decode, split, clean':38} {np.mean(a3):8.3f} CPU-s, at most {max(a3):.3f} (n {len(a3)})",
        ]
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sides", type=int, default=60)
    parser.add_argument("--dossiers", type=int, default=12)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--pile", type=int, default=0, help="read so many sides in one pile instead")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        corpus = dossiers(Path(folder) / "corpus", wanted.dossiers, wanted.seed, records=1)
        if wanted.pile:
            for line in thick_pile(corpus, wanted.pile):
                print(line, flush=True)
            return 0
        found = reading_against_bare(corpus, wanted.sides, Path(folder))
        print(report(found, a3_preparation(corpus, Path(folder))))
    return 0


def test_reading_costs_no_more_than_bare_recognition(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus = dossiers(tmp_path / "corpus", 4, 3, records=1)
    found = reading_against_bare(corpus, 16, tmp_path)
    with capsys.disabled():
        print("\n" + report(found, a3_preparation(corpus, tmp_path)))
    assert found.ratio <= 1.0


if __name__ == "__main__":
    raise SystemExit(main())
