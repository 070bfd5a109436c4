"""What sealing costs, how small the layered form is and how like the paper it stays.

    python -m tests.benchmarks.bench_seal --pages 72 --seed 7 [--read] [--worst 5]

Freshly made A4 text pages in colour, offices, damage and resolution taking turns, are sealed alone in both profiles
(whole file counted, words included), rendered again and compared with what was captured: SSIM in grey at 100 dpi,
ΔE2000 inside stamps and on the strokes of coloured ink (stamps, signatures); with --read the bare recogniser reads
the page before and after, and both error rates stand side by side. Intervals are 95 %, by drawing pages again.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pypdfium2
import tesserocr
from PIL import Image

from ocr.engine import model_folder
from ocr.layers import structural_similarity
from ocr.pdfa import DocumentMeta, write_document
from ocr.pdfpages import Profile, SealPage
from ocr.reading import Line, PageReading, PageRecipe, Recipe, SideReading, Word
from tests.benchmarks.alignment import character_errors
from tests.benchmarks.colour import delta_e_2000
from tests.benchmarks.colour_scans import ColourScan, colour_scans

META = DocumentMeta("Giấy tờ mẫu", "H48.12-240401-0123", "vi", "khac", datetime(2024, 4, 1, tzinfo=UTC))
PROFILES: tuple[Profile, ...] = ("faithful", "layered")
# Levels by which the channels of coloured ink differ; paper that has yellowed stays below.
_INK_SPREAD = 60
# Times the pages are drawn again for an interval.
_DRAWS = 2000


@dataclass(frozen=True)
class Sealed:
    """One page in one profile; differences of colour are those of its stamps' places and of its coloured strokes."""

    name: str
    byte_count: int
    cpu_s: float
    layered: bool
    likeness: float
    stamps: np.ndarray
    strokes: np.ndarray
    errors: int = 0


@dataclass
class Outcome:
    """All pages; `before` holds wrong and printed characters of each captured page."""

    sealed: dict[Profile, list[Sealed]] = field(default_factory=lambda: {profile: [] for profile in PROFILES})
    before: list[tuple[int, int]] = field(default_factory=list)


def with_words(scan: ColourScan) -> SealPage:
    """The scan with its true lines as what was read, so that the text counts in the size of the file."""
    with Image.open(scan.path) as picture:
        width, height = picture.size
    lines = []
    for line in scan.truth["pages"][0]["lines"]:
        corners = np.array(line["quad"])
        left, top = corners.min(axis=0)
        right, bottom = corners.max(axis=0)
        parts = line["text"].split()
        step = (right - left) / max(1, len(parts))
        words = tuple(
            Word(
                part,
                (round(left + step * i), round(top), round(left + step * (i + 0.9)), round(bottom)),
                0.9,
            )
            for i, part in enumerate(parts)
        )
        lines.append(Line(words, 0))
    page = PageReading("full", width, height, scan.dpi, None, False, tuple(lines), ())
    recipe = Recipe(0, None, (PageRecipe("full", (0.0, 0.0, 1.0, 1.0), None),))
    return SealPage(
        scan.path, 0, SideReading(recipe, width, height, scan.dpi, "colour", False, None, (page,))
    )


def rendered(pdf: Path, size: tuple[int, int], page: int = 0) -> np.ndarray:
    """A page of the file drawn at this size in pixels, BGR."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        sheet = document[page]
        # Drawn at its dpi, a side of 1654 pixels (595.44 points and a hair) would be 1655 wide, each one blurred.
        scale = min((pixels - 0.5) / points for pixels, points in zip(size, sheet.get_size(), strict=True))
        drawn = np.ascontiguousarray(sheet.render(scale=scale).to_numpy()[:, :, :3])
    finally:
        document.close()
    return cv2.resize(drawn, size, interpolation=cv2.INTER_AREA) if drawn.shape[1::-1] != size else drawn


def likeness(before: np.ndarray, after: np.ndarray, dpi: int) -> float:
    grey = [
        cv2.cvtColor(
            cv2.resize(image, None, fx=100 / dpi, fy=100 / dpi, interpolation=cv2.INTER_AREA),
            cv2.COLOR_BGR2GRAY,
        )
        for image in (before, after)
    ]
    return structural_similarity(*grey)


def inside_stamps(before: np.ndarray, after: np.ndarray, truth: dict) -> np.ndarray:
    """ΔE2000 of every pixel of the places where stamps lie."""
    found = [np.empty(0)]
    for stamp in truth["pages"][0]["stamps"]:
        corners = np.array(stamp["quad"])
        left, top = np.maximum(corners.min(axis=0), 0).astype(int)
        right, bottom = corners.max(axis=0).astype(int)
        window = (slice(top, bottom), slice(left, right))
        if before[window].size:
            found.append(delta_e_2000(before[window], after[window]).ravel())
    return np.concatenate(found).astype(np.float32)


def on_strokes(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """ΔE2000 of the pixels of coloured ink, wherever it is: stamps and signatures, without the paper around."""
    spread = before.max(axis=2).astype(int) - before.min(axis=2)
    paper = cv2.medianBlur(cv2.resize(spread.astype(np.uint8), None, fx=0.1, fy=0.1), 31)
    inked = spread > _INK_SPREAD + cv2.resize(paper, (spread.shape[1], spread.shape[0])).astype(int)
    if not inked.any():
        return np.empty(0, np.float32)
    # A strip of one pixel's height: the measure works on pictures.
    return delta_e_2000(before[inked][None], after[inked][None]).ravel().astype(np.float32)


def errors(array: np.ndarray, scan: ColourScan) -> tuple[int, int]:
    with tesserocr.PyTessBaseAPI(path=model_folder(("vie",)), lang="vie") as recogniser:
        recogniser.SetImage(Image.fromarray(np.ascontiguousarray(array[:, :, ::-1])))
        recogniser.SetSourceResolution(scan.dpi)
        text = recogniser.GetUTF8Text()
    return character_errors(scan.truth["pages"][0], text)


def measure(folder: Path, pages: int, seed: int, *, read: bool) -> Outcome:
    outcome = Outcome()
    for scan in colour_scans(folder, pages, seed):
        captured = cv2.imread(str(scan.path), cv2.IMREAD_COLOR)
        outcome.before.append(errors(captured, scan) if read else (0, 0))
        for profile, rows in outcome.sealed.items():
            rows.append(_sealed(scan, captured, profile, folder / "out.pdf", read=read))
        scan.path.unlink()
    return outcome


def _sealed(scan: ColourScan, captured: np.ndarray, profile: Profile, target: Path, *, read: bool) -> Sealed:
    page = with_words(scan)
    started = time.process_time()
    report = write_document([page], target, META, profile)
    cpu_s = time.process_time() - started
    after = rendered(target, (captured.shape[1], captured.shape[0]))
    wrong = errors(after, scan)[0] if read and report.layered_pages else 0
    return Sealed(
        name=f"{scan.path.stem} {scan.office} {scan.level} {scan.dpi}",
        byte_count=report.bytes,
        cpu_s=cpu_s,
        layered=report.layered_pages > 0,
        likeness=likeness(captured, after, scan.dpi),
        stamps=inside_stamps(captured, after, scan.truth),
        strokes=on_strokes(captured, after),
        errors=wrong,
    )


def interval(values: Sequence[float], of: Callable[[np.ndarray], float]) -> str:
    """A figure of the pages with its 95 % interval (bootstrap over pages)."""
    rng = random.Random(1)
    array = np.array(values)
    drawn = sorted(of(array[rng.choices(range(len(array)), k=len(array))]) for _ in range(_DRAWS))
    return f"{of(array):.2f} ({drawn[_DRAWS // 40]:.2f}-{drawn[-_DRAWS // 40]:.2f})"


def median_of(parts: list[np.ndarray]) -> float:
    joined = np.concatenate([*parts, np.empty(0, np.float32)])
    return float(np.median(joined)) if joined.size else float("nan")


def excess(rows: Sequence[Sealed], before: Sequence[tuple[int, int]]) -> np.ndarray:
    """(characters wrong only after, printed) per page; a page that stayed as captured adds nothing."""
    return np.array(
        [
            (row.errors - wrong if row.layered else 0, printed)
            for row, (wrong, printed) in zip(rows, before, strict=True)
        ]
    )


def table(outcome: Outcome) -> str:
    lines = []
    for profile, rows in outcome.sealed.items():
        stamped = [row.stamps for row in rows if row.stamps.size]
        lines += [
            f"{profile}: n {len(rows)}, in layers {sum(row.layered for row in rows)}",
            f"  whole file, kB, median      {interval([row.byte_count / 1000 for row in rows], lambda a: float(np.median(a)))}",
            f"  CPU-s a page, mean          {interval([row.cpu_s for row in rows], lambda a: float(a.mean()))}  most {max(row.cpu_s for row in rows):.2f}",
            f"  SSIM, median                {interval([row.likeness for row in rows], lambda a: float(np.median(a)))}  least {min(row.likeness for row in rows):.3f}",
            f"  ΔE2000 inside {len(stamped):3d} stamped   median {median_of(stamped):.2f}  worst page's {max((float(np.median(s)) for s in stamped), default=0):.2f}",
            f"  ΔE2000 coloured strokes     median {median_of([row.strokes for row in rows]):.2f}",
        ]
    letters = sum(printed for _, printed in outcome.before)
    if letters:
        rates = excess(outcome.sealed["layered"], outcome.before)
        lines.append(
            f"character errors before {100 * sum(wrong for wrong, _ in outcome.before) / letters:.2f} %, "
            f"points more in layers {interval(rates.tolist(), lambda a: float(100 * a[:, 0].sum() / max(1, a[:, 1].sum())))}"
        )
    return "\n".join(lines)


def worst(outcome: Outcome, count: int) -> str:
    rows = sorted(outcome.sealed["layered"], key=lambda row: -row.byte_count)[:count]
    return "\n".join(
        f"  {row.name}: {row.byte_count / 1000:.0f} kB, SSIM {row.likeness:.3f}, layers {row.layered}"
        for row in rows
    )


def test_layers_are_small_and_like_the_paper(tmp_path: Path) -> None:
    outcome = measure(tmp_path, 12, 3, read=False)
    print(table(outcome))
    rows = outcome.sealed["layered"]
    assert np.median([row.byte_count for row in rows]) <= 100_000
    assert min(row.likeness for row in rows) >= 0.90
    assert median_of([row.stamps for row in rows]) <= 3
    assert median_of([row.strokes for row in rows]) <= 3


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=72)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--read", action="store_true", help="also recognise before and after")
    parser.add_argument("--worst", type=int, default=0, help="name the largest pages")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outcome = measure(Path(folder), wanted.pages, wanted.seed, read=wanted.read)
    print(table(outcome))
    if wanted.worst:
        print(worst(outcome, wanted.worst))
    return 0


if __name__ == "__main__":
    sys.exit(main())
