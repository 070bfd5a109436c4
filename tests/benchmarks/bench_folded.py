"""Folded certificates, from the A3 glass to the order of their pages.

    python -m tests.benchmarks.bench_folded --certificates 36 --seed 4

Every certificate is taken in by the station as a pile of its own: two A3 sides, either first. What counts: both sides
cut at the fold, and the paper's pages in the order 1-2-3-4.
"""

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

from station.store import dossiers, pages
from station.work import ingesting, searching
from station.work.reading import reading_of
from station.work.station import Station, open_station
from tests.benchmarks.folded import Folded, folded_certificates
from tests.benchmarks.scoring import wilson

# Of the width of an A3 sheet: 2 mm.
_NEAR = 2 / 420


def pages_found(station: Station, folded: Folded) -> tuple[list[tuple[int, str]], int]:
    """Pages of the longest paper as (side fed, half), and how many of the two sides were cut at their fold."""
    result = ingesting.ingest(station, [folded.sides[0].parent], "intake", None)
    cut = 0
    with station.reading() as conn:
        sides = pages.list_sides(conn, result.intake_ids[0])
        [dossier] = dossiers.list_of_intake(conn, result.intake_ids[0])
    number_of = {side.id: number for number, side in enumerate(sides)}
    for side, truth in zip(sides, folded.truths, strict=True):
        reading = reading_of(station, side)
        at = reading.recipe.split_at if reading else None
        cut += at is not None and abs(at - truth["split"]["at"]) < _NEAR
    view = searching.show_by_id(station, dossier.id)
    paper = max(view.documents, key=lambda document: len(document.pages))
    return [(number_of[p.side_id], p.half) for p in paper.pages], cut


def measure(folder: Path, certificates: int, seed: int) -> str:
    station = open_station(folder / "home")
    ordered: Counter[str] = Counter()
    every: Counter[str] = Counter()
    cut = 0
    wrong = []
    for folded in folded_certificates(folder / "papers", certificates, seed):
        found, both = pages_found(station, folded)
        cut += both
        for key in ("all", folded.level, folded.fed):
            every[key] += 1
            ordered[key] += found == folded.pages
        if found != folded.pages:
            wrong.append(
                f"  {folded.sides[0].parent.name} {folded.level} {folded.fed} {folded.office}: {found}"
            )
    low, high = wilson(cut, 2 * every["all"])
    lines = [
        f"sides cut within 2 mm of the fold {cut}/{2 * every['all']} ({100 * low:.0f}-{100 * high:.0f} %)"
    ]
    for key, count in every.items():
        low, high = wilson(ordered[key], count)
        lines.append(
            f"{key:10} pages in the order 1-2-3-4 {ordered[key]}/{count} ({100 * low:.0f}-{100 * high:.0f} %)"
        )
    return "\n".join(lines + wrong)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--certificates", type=int, default=36)
    parser.add_argument("--seed", type=int, default=4)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(measure(Path(folder), wanted.certificates, wanted.seed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
