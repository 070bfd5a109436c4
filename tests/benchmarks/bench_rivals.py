"""Reading and sealing beside what anyone could install: OCRmyPDF, and the layered files of archive-pdf-tools.

    uv venv .rivals && uv pip install --python .rivals --group rivals
    apt-get install ghostscript pngquant               what OCRmyPDF calls; no part of the station
    python -m tests.benchmarks.bench_rivals --pages 48 --batch 6 --seed 5

The same freshly made A4 colour pages go through all of them in one run, batch by batch in turn, two workers each.
Pace: OCRmyPDF `--deskew --rotate-pages -l vie --output-type pdfa -j 2` against reading and sealing in layers.
Cost: processor seconds of every way; archive-pdf-tools with the `tesseract` whose hOCR it asks for.
Size: whole files divided by their pages. Errors: characters wrong in what `pdftotext` takes out of each file, and
in what the bare `tesseract` reads of the page as scanned. Likeness where the picture stays in its place (SSIM in
grey at 100 dpi, ΔE2000 inside stamps). Intervals are 95 %, by drawing batches or pages again. A rival that fails or
takes too long on a batch is named, and the batch or page left out of its own rows. `STATION_RIVALS` names another
environment than `.rivals`.
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
from ocr.reading import ReadOptions
from ocr.side import read_side
from station.core.process import worker_pool
from tests.benchmarks.alignment import character_errors
from tests.benchmarks.bench_reading import Cost, cost_of
from tests.benchmarks.bench_seal import META, inside_stamps, likeness, rendered
from tests.benchmarks.colour_scans import ColourScan, colour_scans

WORKERS = 2
_DRAWS = 2000
# A page of a loaded machine many times over; a rival that takes longer hangs.
_LONGEST_S = 120
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
OURS, FAITHFUL, THEIRS, SQUEEZED, MRC, BARE = (
    "station, layered",
    "station, faithful",
    "OCRmyPDF",
    "OCRmyPDF --optimize 3",
    "archive-pdf-tools (MRC)",
    "tesseract alone",
)


class Failed(Exception):
    """A rival's program ended with an error or not in time."""


@dataclass
class Outcome:
    """Per way: kilobytes a page, by file; wrong and printed characters a page; likeness and ΔE of stamps a page.

    `costs` holds per way (cost, pages) of each batch or page; `paces` ours and OCRmyPDF's of each batch.
    """

    kilobytes: dict[str, list[float]] = field(default_factory=dict)
    errors: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    likeness: dict[str, list[float]] = field(default_factory=dict)
    stamps: dict[str, list[float]] = field(default_factory=dict)
    costs: dict[str, list[tuple[Cost, int]]] = field(default_factory=dict)
    paces: list[tuple[Cost, Cost]] = field(default_factory=list)
    sealing: list[Cost] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def try_rival(self, way: str, pages: int, work: Callable[[], None]) -> Cost | None:
        """What `work` costs; None where it failed, which is noted."""
        try:
            cost = cost_of(work)
        except Failed as failure:
            self.failures.append(f"{way}: {failure}")
            return None
        self.costs.setdefault(way, []).append((cost, pages))
        return cost


def rivals() -> Path:
    """The folder of the rivals' programs."""
    folder = Path(os.environ.get("STATION_RIVALS", ".rivals")) / "bin"
    if not (folder / "ocrmypdf").exists():
        raise SystemExit(f"No rivals in {folder}: install them as the first lines of this file say.")
    return folder.resolve()


def run(program: str, *arguments: object, folder: Path, pages: int = 1) -> None:
    path = f"{rivals()}{os.pathsep}{os.environ['PATH']}"
    try:
        subprocess.run(
            [program, *map(str, arguments)],
            cwd=folder,
            env=os.environ | {"PATH": path, "OMP_THREAD_LIMIT": "1"},
            check=True,
            capture_output=True,
            timeout=_LONGEST_S * pages,
        )
    except subprocess.CalledProcessError as error:
        raise Failed(error.stderr.decode(errors="replace").strip()[-200:] or str(error)) from error
    except subprocess.TimeoutExpired as error:
        raise Failed(f"not done after {error.timeout:.0f} s") from error


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
    count = len(scans)

    def ocrmypdf(target: str, *more: str) -> Callable[[], None]:
        return lambda: run("ocrmypdf", *_OCRMYPDF, *more, "scanned.pdf", target, folder=folder, pages=count)

    def ours() -> Cost:
        cost = read_and_seal(scans, folder, outcome)
        outcome.costs.setdefault(OURS, []).append((cost, count))
        return cost

    if ours_first:
        mine, theirs = ours(), outcome.try_rival(THEIRS, count, ocrmypdf("theirs.pdf"))
    else:
        theirs, mine = outcome.try_rival(THEIRS, count, ocrmypdf("theirs.pdf")), ours()
    squeezed = outcome.try_rival(SQUEEZED, count, ocrmypdf("squeezed.pdf", "--optimize", "3"))
    if theirs is not None:
        outcome.paces.append((mine, theirs))
    written = ((OURS, "ours", mine), (FAITHFUL, "faithful", mine), (THEIRS, "theirs", theirs))
    for way, name, done in (*written, (SQUEEZED, "squeezed", squeezed)):
        if done is None:
            continue
        pdf = folder / f"{name}.pdf"
        outcome.kilobytes.setdefault(way, []).append(pdf.stat().st_size / 1000 / count)
        if way in (OURS, THEIRS):
            rows = outcome.errors.setdefault(way, [])
            rows += [errors(pdf, number, scan) for number, scan in enumerate(scans)]
    for number, scan in enumerate(scans):
        files = {OURS: (folder / "ours.pdf", number)}
        if outcome.try_rival(MRC, 1, lambda scan=scan: mrc(scan, folder)) is not None:
            outcome.kilobytes.setdefault(MRC, []).append((folder / "mrc.pdf").stat().st_size / 1000)
            files[MRC] = (folder / "mrc.pdf", 0)
        compare(scan, files, outcome)
        if outcome.try_rival(BARE, 1, lambda scan=scan: bare(scan, folder)) is not None:
            read = (folder / "bare.txt").read_text(encoding="utf-8")
            outcome.errors.setdefault(BARE, []).append(character_errors(scan.truth["pages"][0], read))


def mrc(scan: ColourScan, folder: Path) -> None:
    run("tesseract", scan.path, "mrc", "-l", "vie", "hocr", folder=folder)
    arguments = ("--from-imagestack", scan.path, "--hocr-file", "mrc.hocr", "--dpi", scan.dpi)
    packed = ("-J", "pillow", "--mask-compression", "ccitt")
    run("recode_pdf", *arguments, *packed, "-o", "mrc.pdf", folder=folder)


def bare(scan: ColourScan, folder: Path) -> None:
    run("tesseract", scan.path, "bare", "-l", "vie", folder=folder)


def errors(pdf: Path, number: int, scan: ColourScan) -> tuple[int, int]:
    page = str(number + 1)
    done = subprocess.run(
        ["pdftotext", "-f", page, "-l", page, str(pdf), "-"], capture_output=True, text=True, check=True
    )
    return character_errors(scan.truth["pages"][0], done.stdout)


def compare(scan: ColourScan, files: dict[str, tuple[Path, int]], outcome: Outcome) -> None:
    captured = cv2.imread(str(scan.path), cv2.IMREAD_COLOR)
    for way, (pdf, number) in files.items():
        after = rendered(pdf, (captured.shape[1], captured.shape[0]), number)
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
    paces, lines = outcome.paces, [f"{pages} pages, pace over {len(outcome.paces)} batches"]
    for name, of in (("on the clock", lambda c: c.wall_s), ("processor", lambda c: c.cpu_s)):
        if not paces:
            break
        ratio = interval(
            len(paces),
            lambda some, of=of: sum(of(paces[i][1]) for i in some) / sum(of(paces[i][0]) for i in some),
        )
        lines.append(f"OCRmyPDF's time to ours, {name:14}{ratio}")
    for way, costs in outcome.costs.items():
        count = sum(number for _, number in costs)
        wall, cpu = (sum(getattr(cost, of) for cost, _ in costs) for of in ("wall_s", "cpu_s"))
        # One page at a time where a rival knows no workers: its pace is no match for two.
        pace = f"{60 * count / wall:6.1f} pages a minute on the clock" if way not in (MRC, BARE) else ""
        lines.append(f"{way:26} {cpu / count:6.2f} CPU-s a page   n {count}   {pace}")
    sealing = sum(cost.cpu_s for cost in outcome.sealing) / pages
    lines.append(f"of ours, sealing in layers with its checks {sealing:.2f} CPU-s a page")
    for way, values in outcome.kilobytes.items():
        lines.append(f"{way:26} kB a page, median {interval(len(values), median_of(values))}")
    for way, rows in outcome.errors.items():
        lines.append(f"{way:26} characters wrong, %  {interval(len(rows), share_of(rows))}   n {len(rows)}")
    for way, values in outcome.likeness.items():
        stamps = outcome.stamps.get(way, [])
        lines.append(
            f"{way:26} SSIM, median {interval(len(values), median_of(values))} least {min(values):.3f}"
            f"   ΔE2000 of {len(stamps)} stamped, median {np.median(stamps) if stamps else float('nan'):.2f}"
        )
    return "\n".join(lines + outcome.failures)


def median_of(values: Sequence[float]) -> Callable[[Sequence[int]], float]:
    return lambda some: float(np.median([values[i] for i in some]))


def share_of(rows: Sequence[tuple[int, int]]) -> Callable[[Sequence[int]], float]:
    return lambda some: 100 * sum(rows[i][0] for i in some) / max(1, sum(rows[i][1] for i in some))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=48)
    parser.add_argument("--batch", type=int, default=6)
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
