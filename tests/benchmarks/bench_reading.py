"""What reading costs, beside what anyone could install: the bare `tesseract` program.

    python -m tests.benchmarks.bench_reading --sides 24
    STATION_CORPUS=DIR python -m tests.benchmarks.bench_reading      dossiers of one's own

Both read the same pages with the same model, one thread each, two at a time. The program is handed the
pages as the station straightened them, so that it pays for recognition alone; the station pays for everything.
"""

import argparse
import json
import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import cv2
import numpy as np
import pytest

from ocr import barcode, engine
from ocr.image import Array, load
from ocr.reading import Line, SideReading
from ocr.side import ReadOptions, read_side, render_page
from station.core.process import worker_pool
from tests.benchmarks.corpus import dossiers

WORKERS = 2
OPTIONS = ReadOptions()


@dataclass(frozen=True)
class Cost:
    """Seconds on the clock and of processor time."""

    wall_s: float
    cpu_s: float


def cost_of(work: Callable[[], None]) -> Cost:
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


def read_all(sides: Sequence[tuple[Path, int]]) -> list[SideReading]:
    with worker_pool(WORKERS) as pool:
        return [
            job.result() for job in [pool.submit(read_side, path, frame, OPTIONS) for path, frame in sides]
        ]


def bare_program(pictures: Sequence[Path]) -> None:
    def run(picture: Path) -> None:
        subprocess.run(
            ["tesseract", str(picture), str(picture.with_suffix("")), "-l", "vie"],
            env=os.environ | {"OMP_THREAD_LIMIT": "1"},
            check=True,
            capture_output=True,
        )

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(run, pictures))


def reading_against_bare(corpus: Path, count: int, scratch: Path) -> tuple[Cost, Cost, int]:
    """The station's cost, the bare program's, and the number of pages."""
    sides = sides_of(corpus, count)
    readings: list[SideReading] = []
    ours = cost_of(lambda: readings.extend(read_all(sides)))
    pictures = []
    for (path, frame), reading in zip(sides, readings, strict=True):
        for index, page in enumerate(reading.pages):
            if not page.blank:
                picture = scratch / f"{len(pictures)}.png"
                cv2.imwrite(str(picture), render_page(path, frame, reading.recipe, index))
                pictures.append(picture)
    theirs = cost_of(lambda: bare_program(pictures))
    return ours, theirs, len(pictures)


class Mute:
    """A recogniser that reads nothing and costs nothing: what is left is everything else."""

    def lines(self, picture: Array, dpi: int, layout: int) -> list[Line]:
        return []


def a3_preparation(corpus: Path, scratch: Path) -> Cost:
    """Decoding, splitting and cleaning one A3 colour side at 300 dpi, its halves taken from the dossiers.

    It is the station's own reading of the side, without codes and recognition.
    """
    halves = []
    for path, frame in sides_of(corpus, 2):
        page = load(path, frame).array
        page = page if page.ndim == 3 else cv2.cvtColor(page, cv2.COLOR_GRAY2BGR)
        halves.append(cv2.resize(page, (2480, 3508), interpolation=cv2.INTER_AREA))
    picture = scratch / "a3.jpg"
    cv2.imwrite(str(picture), np.hstack(halves), [cv2.IMWRITE_JPEG_QUALITY, 92])

    with (
        patch.object(barcode, "find_codes", return_value=[]),
        patch.object(engine, "engine", return_value=Mute()),
    ):
        return cost_of(lambda: read_side(picture, 0, OPTIONS) and None)


def report(ours: Cost, theirs: Cost, pages: int, a3: Cost) -> str:
    return "\n".join(
        [
            f"{'pages read':38} {pages}",
            f"{'station, 2 workers':38} {ours.wall_s:8.1f} s {ours.cpu_s / pages:8.2f} CPU-s a page",
            f"{'bare tesseract, straightened pages':38} {theirs.wall_s:8.1f} s {theirs.cpu_s / pages:8.2f} CPU-s a page",
            f"{'ratio':38} {ours.wall_s / theirs.wall_s:8.2f}   {ours.cpu_s / theirs.cpu_s:8.2f}",
            f"{'A3 colour side: decode, split, clean':38} {a3.cpu_s:8.2f} CPU-s",
        ]
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sides", type=int, default=24)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        corpus = dossiers(Path(folder) / "corpus", 6, 3, records=1)
        ours, theirs, pages = reading_against_bare(corpus, wanted.sides, Path(folder))
        print(report(ours, theirs, pages, a3_preparation(corpus, Path(folder))))
    return 0


def test_reading_costs_no_more_than_bare_recognition(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus = dossiers(tmp_path / "corpus", 4, 3, records=1)
    ours, theirs, pages = reading_against_bare(corpus, 16, tmp_path)
    with capsys.disabled():
        print("\n" + report(ours, theirs, pages, a3_preparation(corpus, tmp_path)))
    assert ours.cpu_s <= 1.3 * theirs.cpu_s


if __name__ == "__main__":
    raise SystemExit(main())
