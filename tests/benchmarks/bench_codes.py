"""How many codes of a corpus are read, what is taken for a code that is none, and what a page costs.

    python -m tests.benchmarks.bench_codes --dossiers 24 --seed 3
    python -m tests.benchmarks.bench_codes --printed 40       every kind at any angle, small, pale, several, none
    STATION_CORPUS=DIR python -m tests.benchmarks.bench_codes

Side by side in one run: the station's reader, and one bare pass of zxing-cpp with its own defaults.
"""

import argparse
import json
import sys
import tempfile
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import zxingcpp

from ocr.barcode import SYMBOLOGIES, find_codes
from ocr.image import load
from tests.benchmarks.corpus import dossiers
from tests.benchmarks.printed_codes import printed_sheets
from tests.benchmarks.scoring import wilson

_A4_SQUARE_INCHES = 8.27 * 11.69
_BARE = zxingcpp.barcode_formats_from_str(",".join(SYMBOLOGIES))


@dataclass
class Tally:
    """What one reader did over a corpus."""

    read: Counter[str] = field(default_factory=Counter)
    wanted: Counter[str] = field(default_factory=Counter)
    readable_read: int = 0
    readable: int = 0
    false: int = 0
    seconds_per_a4: list[float] = field(default_factory=list)


def plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


def images(corpus: Path, every: int = 1) -> Iterator[tuple[np.ndarray, int, dict]]:
    """Each image with its dpi and its truth."""
    truth = json.loads((corpus / "truth.json").read_text(encoding="utf-8"))
    number = 0
    for file in truth["files"]:
        for image in file["images"]:
            number += 1
            if number % every == 0:
                picture = load(corpus / file["path"], image["index"])
                yield picture.array, picture.dpi, image


def bare_codes(array: np.ndarray) -> list[str]:
    return [result.text for result in zxingcpp.read_barcodes(array, formats=_BARE)]


def count(tally: Tally, said: list[str], image: dict, seconds: float, area: float) -> None:
    wanted = [code for page in image["pages"] for code in page.get("barcodes", [])]
    tally.seconds_per_a4.append(seconds / area)
    found = {plain(text) for text in said}
    true = {plain(code["payload"]) for code in wanted}
    tally.false += len(found - true)
    for code in wanted:
        tally.wanted[code["symbology"]] += 1
        tally.read[code["symbology"]] += plain(code["payload"]) in found
        # Patch bars carry no judgement of their own; they can always be read.
        if code["readable"] is not False:
            tally.readable += 1
            tally.readable_read += plain(code["payload"]) in found


def measure(corpus: Path, every: int = 1) -> dict[str, Tally]:
    tallies = {"station": Tally(), "zxing-cpp alone": Tally()}
    for array, dpi, image in images(corpus, every):
        area = array.shape[0] * array.shape[1] / dpi**2 / _A4_SQUARE_INCHES
        started = time.process_time()
        said = [code.payload for code in find_codes(array, dpi)]
        count(tallies["station"], said, image, time.process_time() - started, area)
        started = time.process_time()
        said = bare_codes(array)
        count(tallies["zxing-cpp alone"], said, image, time.process_time() - started, area)
    return tallies


def report(tallies: dict[str, Tally]) -> str:
    rows = []
    for name, tally in tallies.items():
        low, high = wilson(tally.readable_read, tally.readable)
        kinds = "  ".join(f"{kind} {tally.read[kind]}/{n}" for kind, n in sorted(tally.wanted.items()))
        rows.append(
            f"{name:16} readable {tally.readable_read}/{tally.readable} ({100 * low:.0f}-{100 * high:.0f} %)  "
            f"false {tally.false}  CPU-s per A4 {np.mean(tally.seconds_per_a4):.3f}  {kinds}"
        )
    return "\n".join(rows)


def measure_printed(of_each: int, seed: int) -> str:
    """Per kind of sheet: codes read by the station and by the bare pass, and false ones of both."""
    read: dict[str, Counter[str]] = {name: Counter() for name in ("station", "zxing-cpp alone")}
    false, wanted, seconds = Counter[str](), Counter[str](), []
    for sheet in printed_sheets(of_each, seed):
        started = time.process_time()
        ours = {(code.symbology, plain(code.payload)) for code in find_codes(sheet.picture, sheet.dpi)}
        area = sheet.picture.shape[0] * sheet.picture.shape[1] / sheet.dpi**2 / _A4_SQUARE_INCHES
        seconds.append((time.process_time() - started) / area)
        bare = {(kind, plain(text)) for kind, _ in sheet.wanted for text in bare_codes(sheet.picture)}
        true = {(kind, plain(payload)) for kind, payload in sheet.wanted}
        wanted[sheet.kind] += len(true)
        for name, found in (("station", ours), ("zxing-cpp alone", bare)):
            read[name][sheet.kind] += len(found & true)
        false[sheet.kind] += len(ours - true)
    rows = [f"CPU-s per A4 {np.mean(seconds):.3f}, 19 of 20 below {np.percentile(seconds, 95):.3f}"]
    for kind, count in wanted.items():
        low, high = wilson(read["station"][kind], count) if count else (0.0, 0.0)
        rows.append(
            f"{kind:26} read {read['station'][kind]}/{count} ({100 * low:.0f}-{100 * high:.0f} %)  false {false[kind]}"
            f"   zxing-cpp alone {read['zxing-cpp alone'][kind]}"
        )
    return "\n".join(rows)


def test_every_readable_code_is_read_and_nothing_else(tmp_path: Path) -> None:
    tallies = measure(dossiers(tmp_path, 6, 3, records=50))
    print(report(tallies))
    assert tallies["station"].false == 0
    assert tallies["station"].readable_read == tallies["station"].readable


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dossiers", type=int, default=12)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--printed", type=int, default=0, help="so many made sheets of each kind instead")
    wanted = parser.parse_args()
    if wanted.printed:
        print(measure_printed(wanted.printed, wanted.seed))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        corpus = dossiers(Path(folder), wanted.dossiers, wanted.seed, records=50)
        print(report(measure(corpus, wanted.every)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
