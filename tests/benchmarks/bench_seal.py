"""What sealing costs, how small the layered form is and how like the paper it stays.

    python -m tests.benchmarks.bench_seal --dossiers 24 --seed 3 [--read]
    STATION_CORPUS=DIR python -m tests.benchmarks.bench_seal

Each A4 colour page is sealed alone in both profiles (whole file counted), rendered again and compared with what
was captured: SSIM in grey at 100 dpi, ΔE2000 inside stamps; with --read the bare recogniser reads both and the
error rates stand side by side.
"""

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pypdfium2
import tesserocr
from PIL import Image

from ocr.engine import model_folder
from ocr.layers import structural_similarity
from ocr.pdfa import DocumentMeta, SealPage, write_document
from ocr.reading import PageReading, PageRecipe, Recipe, SideReading
from tests.benchmarks.alignment import character_errors
from tests.benchmarks.bench_codes import images
from tests.benchmarks.colour import delta_e_2000
from tests.benchmarks.corpus import dossiers

META = DocumentMeta("Giấy tờ mẫu", "H48.12-240401-0123", "vi", "khac", datetime(2024, 4, 1, tzinfo=UTC))


@dataclass(frozen=True)
class Sealed:
    """One page in one profile."""

    byte_count: int
    cpu_s: float
    likeness: float
    stamp_delta_e: float | None
    errors: int = 0
    letters: int = 0


def as_captured(array: np.ndarray, dpi: int, folder: Path) -> SealPage:
    """The picture as a scanner's file and an empty reading of it."""
    path = folder / "side"
    Image.fromarray(np.ascontiguousarray(array[:, :, ::-1])).save(
        path, format="JPEG", quality=85, dpi=(dpi, dpi)
    )
    size = (array.shape[1], array.shape[0])
    page = PageReading("full", size[0], size[1], dpi, None, False, (), ())
    recipe = Recipe(0, None, (PageRecipe("full", (0.0, 0.0, 1.0, 1.0), None),))
    return SealPage(path, 0, SideReading(recipe, size[0], size[1], dpi, "colour", False, None, (page,)))


def rendered(pdf: Path, dpi: int, size: tuple[int, int]) -> np.ndarray:
    document = pypdfium2.PdfDocument(pdf)
    try:
        drawn = np.ascontiguousarray(document[0].render(scale=dpi / 72).to_numpy()[:, :, :3])
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


def inside_stamps(before: np.ndarray, after: np.ndarray, image: dict) -> float | None:
    differences = []
    for stamp in (stamp for page in image["pages"] for stamp in page.get("stamps", [])):
        corners = np.array(stamp["quad"])
        left, top = np.maximum(corners.min(axis=0), 0).astype(int)
        right, bottom = corners.max(axis=0).astype(int)
        window = (slice(top, bottom), slice(left, right))
        if before[window].size:
            differences.append(delta_e_2000(before[window], after[window]).ravel())
    return float(np.median(np.concatenate(differences))) if differences else None


def errors(array: np.ndarray, dpi: int, image: dict) -> tuple[int, int]:
    upright = np.ascontiguousarray(np.rot90(array, image["rotation"] // 90))
    with tesserocr.PyTessBaseAPI(path=model_folder(("vie",)), lang="vie") as recogniser:
        recogniser.SetImage(Image.fromarray(np.ascontiguousarray(upright[:, :, ::-1])))
        recogniser.SetSourceResolution(dpi)
        text = recogniser.GetUTF8Text()
    return character_errors(image["pages"][0], text)


def measure(corpus: Path, folder: Path, every: int, read: bool) -> dict[str, list[Sealed]]:
    results: dict[str, list[Sealed]] = {"faithful": [], "layered": []}
    for array, dpi, image in images(corpus, every):
        if (
            array.ndim != 3
            or image["paper"] != "A4"
            or len(image["pages"]) != 1
            or not image["pages"][0].get("lines")
        ):
            continue
        page = as_captured(array, dpi, folder)
        array = np.array(Image.open(page.image).convert("RGB"))[:, :, ::-1]
        for profile, rows in results.items():
            started = time.process_time()
            report = write_document([page], folder / "out.pdf", META, profile)  # type: ignore[arg-type]
            cpu_s = time.process_time() - started
            after = rendered(folder / "out.pdf", dpi, (array.shape[1], array.shape[0]))
            wrong = errors(after, dpi, image) if read else (0, 0)
            rows.append(
                Sealed(
                    report.bytes,
                    cpu_s,
                    likeness(array, after, dpi),
                    inside_stamps(array, after, image),
                    *wrong,
                )
            )
    return results


def table(results: dict[str, list[Sealed]]) -> str:
    lines = []
    for profile, rows in results.items():
        stamps = [row.stamp_delta_e for row in rows if row.stamp_delta_e is not None]
        letters = sum(row.letters for row in rows)
        lines.append(
            f"{profile:9} n {len(rows)}  median {np.median([row.byte_count for row in rows]) / 1000:.0f} kB  "
            f"CPU-s {np.mean([row.cpu_s for row in rows]):.2f}  "
            f"SSIM least {min(row.likeness for row in rows):.3f} median {np.median([row.likeness for row in rows]):.3f}  "
            f"stamps ΔE median {np.median(stamps) if stamps else float('nan'):.2f} most {max(stamps, default=0):.2f}"
            + (f"  error rate {100 * sum(row.errors for row in rows) / letters:.2f} %" if letters else "")
        )
    return "\n".join(lines)


def test_layers_are_small_and_like_the_paper(tmp_path: Path) -> None:
    results = measure(dossiers(tmp_path / "corpus", 6, 3, records=50), tmp_path, 2, read=False)
    print(table(results))
    layered = results["layered"]
    assert np.median([row.byte_count for row in layered]) <= 100_000
    assert min(row.likeness for row in layered) >= 0.90
    assert np.median([row.stamp_delta_e for row in layered if row.stamp_delta_e is not None]) <= 3


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dossiers", type=int, default=24)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--read", action="store_true", help="also recognise both and compare error rates")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        corpus = dossiers(Path(folder) / "corpus", wanted.dossiers, wanted.seed, records=50)
        print(table(measure(corpus, Path(folder), wanted.every, wanted.read)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
