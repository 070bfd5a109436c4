"""Where the benchmarks take their dossiers from: STATION_CORPUS, or freshly made ones."""

import os
from pathlib import Path

from resources.samples.corpus import make_corpus
from resources.samples.plans import LEVELS
from resources.samples.style import OFFICES


def dossiers(
    folder: Path,
    count: int,
    seed: int,
    *,
    styles: tuple[str, ...] = tuple(OFFICES),
    levels: tuple[str, ...] = LEVELS,
    records: int = 20_000,
) -> Path:
    """A folder with files/, records.csv and truth.json."""
    given = os.environ.get("STATION_CORPUS")
    if given:
        return Path(given)
    make_corpus(folder, count, seed, styles, levels, records)
    return folder
