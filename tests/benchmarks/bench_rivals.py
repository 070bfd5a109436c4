"""Reading and sealing beside what anyone could install: OCRmyPDF, and the layered files of archive-pdf-tools.

    uv venv .rivals && uv pip install --python .rivals --group rivals
    apt-get install ghostscript pngquant               what OCRmyPDF calls; no part of the station
    python -m tests.benchmarks.bench_rivals --pages 16 --batch 4 --seed 5

The same freshly made A4 colour pages go through all of them in one run, batch by batch in turn, two workers each.
Pace: OCRmyPDF `--deskew --rotate-pages -l vie --output-type pdfa -j 2` against reading and sealing in layers.
Size: whole files divided by their pages. Errors: characters wrong in what `pdftotext` takes out of each file.
Likeness where the picture stays in its place (SSIM in grey at 100 dpi, ΔE2000 inside stamps). Intervals are 95 %,
by drawing batches or pages again. `STATION_RIVALS` names another environment than `.rivals`.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from ocr.pdfa import write_document
from ocr.pdfpages import SealPage
from ocr.side import ReadOptions, read_side
from station.core.process import worker_pool
from tests.benchmarks.alignment import character_errors
from tests.benchmarks.bench_reading import Cost, cost_of
from tests.benchmarks.bench_seal import META, inside_stamps, likeness, rendered
from tests.benchmarks.colour_scans import ColourScan, colour_scans

WORKERS = 2
_DRAWS = 2000
_OCRMYPDF = (
    "--deskew",
    "--rotate-pages",
    "-l",
    "vie",
    "--output-type",
    "pdfa",
    "-j",
    str(WORKERS),
    "--quiet",
)
OURS, FAITHFUL, THEIRS, SQUEEZED, MRC = (
    "station, layered",
    "station, faithful",
    "OCRmyPDF",
    "OCRmyPDF --optimize 3",
    "archive-pdf-tools (MRC)",
)


@dataclass
class Outcome:
    """Per way: kilobytes a page, by file; wrong and printed characters a page; likeness and ΔE of stamps a page."""

    kilobytes: dict[str, list[float]] = field(default_factory=dict)
    errors: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    likeness: dict[str, list[float]] = field(default_factory=dict)
    stamps: dict[str, list[float]] = field(default_factory=dict)
    paces: list[tuple[Cost, Cost]] = field(default_factory=list)
    sealing: list[Cost] = field(default_factory=list)


def rivals() -> Path:
    """The folder of the rivals' programs."""
    folder = Path(os.environ.get("STATION_RIVALS", ".rivals")) / "bin"
    if not (folder / "ocrmypdf").exists():
        raise SystemExit(f"No rivals in {folder}: install them as the first lines of this file say.")
    return folder.resolve()


def run(program: str, *arguments: object, folder: Path) -> None:
    path = f"{rivals()}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(
        [program, *map(str, arguments)],
        cwd=folder,
        env=os.environ | {"PATH": path, "OMP_THREAD_LIMIT": "1"},
        check=True,
        capture_output=True,
    )


def read_and_seal(scans: Sequence[ColourScan], folder: Path, outcome: Outcome) -> Cost:
    """The station's cost; leaves `ours.pdf` in layers and, not counted, `faithful.pdf`."""
    pages: list[SealPage] = []

    def read() -> None:
        with worker_pool(WORKERS) as pool:
            jobs = [pool.submit(read_side, scan.path, 0, ReadOptions()) for scan in scans]
            pages.extend(SealPage(scan.path, 0, job.result()) for scan, job in zip(scans, jobs, strict=True))

    reading = cost_of(read)
    sealing = cost_of(lambda: _seal(pages, folder / "ours.pdf", layered=True))
    _seal(pages, folder / "faithful.pdf", layered=False)
    outcome.sealing.append(sealing)
    return Cost(reading.wall_s + sealing.wall_s, reading.cpu_s + sealing.cpu_s)


def _seal(pages: Sequence[SealPage], target: Path, *, layered: bool) -> None:
    write_document(pages, target, META, "layered" if layered else "faithful")


def measure_batch(scans: Sequence[ColourScan], folder: Path, outcome: Outcome, *, ours_first: bool) -> None:
    run("img2pdf", *(scan.path for scan in scans), "-o", "scanned.pdf", folder=folder)
    costs: dict[str, Cost] = {}
    ways: dict[str, Callable[[], Cost]] = {
        OURS: lambda: read_and_seal(scans, folder, outcome),
        THEIRS: lambda: cost_of(
            lambda: run("ocrmypdf", *_OCRMYPDF, "scanned.pdf", "theirs.pdf", folder=folder)
        ),
    }
    for name in sorted(ways, key=lambda name: (name == OURS) != ours_first):
        costs[name] = ways[name]()
    outcome.paces.append((costs[OURS], costs[THEIRS]))
    run("ocrmypdf", *_OCRMYPDF, "--optimize", "3", "scanned.pdf", "squeezed.pdf", folder=folder)
    names = ((OURS, "ours"), (FAITHFUL, "faithful"), (THEIRS, "theirs"), (SQUEEZED, "squeezed"))
    for way, name in names:
        pdf = folder / f"{name}.pdf"
        outcome.kilobytes.setdefault(way, []).append(pdf.stat().st_size / 1000 / len(scans))
        if way in (OURS, THEIRS):
            rows = outcome.errors.setdefault(way, [])
            rows += [errors(pdf, number, scan) for number, scan in enumerate(scans)]
    for number, scan in enumerate(scans):
        mrc(scan, folder)
        outcome.kilobytes.setdefault(MRC, []).append((folder / "mrc.pdf").stat().st_size / 1000)
        compare(scan, {OURS: (folder / "ours.pdf", number), MRC: (folder / "mrc.pdf", 0)}, outcome)


def mrc(scan: ColourScan, folder: Path) -> None:
    run("tesseract", scan.path, "mrc", "-l", "vie", "hocr", folder=folder)
    arguments = ("--from-imagestack", scan.path, "--hocr-file", "mrc.hocr", "--dpi", scan.dpi)
    run(
        "recode_pdf",
        *arguments,
        "-J",
        "pillow",
        "--mask-compression",
        "ccitt",
        "-o",
        "mrc.pdf",
        folder=folder,
    )


def errors(pdf: Path, number: int, scan: ColourScan) -> tuple[int, int]:
    page = str(number + 1)
    done = subprocess.run(
        ["pdftotext", "-f", page, "-l", page, str(pdf), "-"], capture_output=True, text=True, check=True
    )
    return character_errors(scan.truth["pages"][0], done.stdout)


def compare(scan: ColourScan, files: dict[str, tuple[Path, int]], outcome: Outcome) -> None:
    captured = cv2.imread(str(scan.path), cv2.IMREAD_COLOR)
    for way, (pdf, number) in files.items():
        after = rendered(pdf, scan.dpi, (captured.shape[1], captured.shape[0]), number)
        outcome.likeness.setdefault(way, []).append(likeness(captured, after, scan.dpi))
        stamped = inside_stamps(captured, after, scan.truth)
        if stamped.size:
            outcome.stamps.setdefault(way, []).append(float(np.median(stamped)))


def interval(count: int, of: Callable[[Sequence[int]], float]) -> str:
    """A figure over `count` pages or batches, given by their numbers, with its 95 % interval."""
    rng = random.Random(1)
    drawn = sorted(of(rng.choices(range(count), k=count)) for _ in range(_DRAWS))
    return f"{of(range(count)):8.2f} ({drawn[_DRAWS // 40]:.2f}-{drawn[-_DRAWS // 40]:.2f})"


def table(outcome: Outcome, pages: int) -> str:
    paces, lines = outcome.paces, [f"{pages} pages in {len(outcome.paces)} batches"]
    for name, of in (("on the clock", lambda c: c.wall_s), ("processor", lambda c: c.cpu_s)):
        ratio = interval(
            len(paces),
            lambda some, of=of: sum(of(paces[i][1]) for i in some) / sum(of(paces[i][0]) for i in some),
        )
        ours, theirs = (sum(of(pair[side]) for pair in paces) / pages for side in (0, 1))
        lines.append(f"OCRmyPDF's time to ours, {name:14}{ratio}   {theirs:.2f} : {ours:.2f} s a page")
    sealing = sum(cost.cpu_s for cost in outcome.sealing) / pages
    lines.append(f"of ours, sealing in layers with its checks {sealing:.2f} CPU-s a page")
    for way, values in outcome.kilobytes.items():
        lines.append(f"{way:26} kB a page, median {interval(len(values), median_of(values))}")
    for way, rows in outcome.errors.items():
        share = interval(len(rows), share_of(rows))
        lines.append(f"{way:26} characters wrong, %  {share}")
    for way, values in outcome.likeness.items():
        stamps = outcome.stamps.get(way, [])
        lines.append(
            f"{way:26} SSIM, median {interval(len(values), median_of(values))} least {min(values):.3f}"
            f"   ΔE2000 of {len(stamps)} stamped, median {np.median(stamps) if stamps else float('nan'):.2f}"
        )
    return "\n".join(lines)


def median_of(values: Sequence[float]) -> Callable[[Sequence[int]], float]:
    return lambda some: float(np.median([values[i] for i in some]))


def share_of(rows: Sequence[tuple[int, int]]) -> Callable[[Sequence[int]], float]:
    return lambda some: 100 * sum(rows[i][0] for i in some) / max(1, sum(rows[i][1] for i in some))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=16)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--seed", type=int, default=5)
    wanted = parser.parse_args()
    rivals()
    outcome, made = Outcome(), 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        batch: list[ColourScan] = []
        for scan in colour_scans(folder, wanted.pages, wanted.seed):
            batch.append(scan)
            made += 1
            if len(batch) == wanted.batch or made == wanted.pages:
                measure_batch(batch, folder, outcome, ours_first=len(outcome.paces) % 2 == 0)
                print(table(outcome, made), flush=True)
                for done in batch:
                    done.path.unlink()
                batch = []
    return 0


if __name__ == "__main__":
    sys.exit(main())
