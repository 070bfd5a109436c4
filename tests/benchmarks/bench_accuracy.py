"""How well the station reads: ingests dossiers with known truth and prints every figure of the targets.

    python -m tests.benchmarks.bench_accuracy --dossiers 24 --seed 3
    STATION_CORPUS=DIR python -m tests.benchmarks.bench_accuracy      dossiers of one's own
    python -m tests.benchmarks.bench_accuracy --together A.json B.json    figures that --json wrote, as of one set

The station is run as an operator would, through its command line, in an empty data folder.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from resources.samples.plans import LEVELS
from resources.samples.style import OFFICES
from tests.benchmarks.corpus import dossiers
from tests.benchmarks.levels import score_levels
from tests.benchmarks.scoring import Row, score, table

# One page of a slow machine, many times over; a station that takes longer hangs.
INGEST_LIMIT_S = 6 * 3600


def ingest(corpus: Path, home: Path) -> tuple[dict, float]:
    """Imports the records and ingests the files; the result and the seconds it took."""
    environment = os.environ | {"STATION_HOME": str(home), "OMP_THREAD_LIMIT": "1"}
    station = [sys.executable, "-m", "station"]
    subprocess.run(
        [*station, "records", "import", str(corpus / "records.csv")],
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    started = time.monotonic()
    done = subprocess.run(
        [*station, "ingest", str(corpus / "files"), "--json"],
        env=environment,
        stdout=subprocess.PIPE,
        timeout=INGEST_LIMIT_S,
    )
    if done.returncode not in (0, 3):
        raise RuntimeError(f"station ingest ended with {done.returncode}")
    return json.loads(done.stdout), time.monotonic() - started


def measure(corpus: Path, keep: Path | None = None, home: Path | None = None) -> list[Row]:
    """All figures of one corpus; the raw result is kept in `keep`, the data folder in `home`."""
    with tempfile.TemporaryDirectory() as scratch:
        result, seconds = ingest(corpus, home or Path(scratch))
    if keep:
        keep.write_text(json.dumps(result, ensure_ascii=False), encoding="utf-8")
    truth = json.loads((corpus / "truth.json").read_text(encoding="utf-8"))
    images = sum(len(file["images"]) for file in truth["files"])
    print(f"{images} images in {seconds:.0f} s: {60 * images / seconds:.1f} a minute", file=sys.stderr)
    return [*score(truth, result), *score_levels(truth, result)]


def together(files: Sequence[Path]) -> list[Row]:
    """The figures of several sets as of one; notes are left out."""
    hits: dict[str, list[int]] = {}
    for file in files:
        for told in json.loads(file.read_text(encoding="utf-8")):
            pair = hits.setdefault(told["name"], [0, 0])
            pair[0], pair[1] = pair[0] + told["hits"], pair[1] + told["n"]
    return [Row(name, *pair) for name, pair in hits.items()]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dossiers", type=int, default=24)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--styles", default=",".join(OFFICES))
    parser.add_argument("--levels", default=",".join(LEVELS))
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--result", type=Path, help="keep the station's result here")
    parser.add_argument("--keep", type=Path, help="make the dossiers here and leave them")
    parser.add_argument("--home", type=Path, help="keep the data folder here, for bench_sorting")
    parser.add_argument("--together", type=Path, nargs="+", help="print these figures as of one set instead")
    wanted = parser.parse_args()
    if wanted.together:
        print(table(together(wanted.together)))
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        folder = wanted.keep or Path(scratch)
        corpus = dossiers(
            folder,
            wanted.dossiers,
            wanted.seed,
            styles=tuple(wanted.styles.split(",")),
            levels=tuple(wanted.levels.split(",")),
            records=wanted.records,
        )
        rows = measure(corpus, wanted.result, wanted.home)
    print(table(rows))
    if wanted.json:
        wanted.json.write_text(
            json.dumps([row.told() for row in rows], indent=1, ensure_ascii=False), encoding="utf-8"
        )
    return 0


def test_the_station_answers_every_image_and_matches_nothing_falsely(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = {row.name: row for row in measure(dossiers(tmp_path / "corpus", 12, 3))}
    with capsys.disabled():
        print("\n" + table(list(rows.values())))
    assert rows["images answered"].share == 1.0
    assert rows["false matches"].hits == 0


if __name__ == "__main__":
    raise SystemExit(main())
