"""Which way Khmer pages lie: made land titles in all four turns, read by a station set to Vietnamese and to Khmer.

    python -m tests.benchmarks.bench_khmer --titles 12 --seed 3

Levels of damage take turns. A turn of 0 where nothing was read counts as wrong for the other three ways.
"""

import argparse
import random
import sys
import time
from collections import Counter
from dataclasses import replace

import numpy as np

from ocr import side, stamps
from resources.samples import khmer, plans
from resources.samples.dossier import Document, sides_of
from resources.samples.scan import scan
from tests.benchmarks.scoring import wilson

_DPI = 200
SET_TO = {"vie": side.ReadOptions(), "khm": side.ReadOptions(languages=("khm",))}


def measure(titles: int, seed: int) -> str:
    right: Counter[tuple[str, str]] = Counter()
    every: Counter[tuple[str, str]] = Counter()
    seconds: dict[str, list[float]] = {name: [] for name in SET_TO}
    for number in range(titles):
        rng = random.Random(f"khmer {seed} {number}")
        level = plans.LEVELS[number % len(plans.LEVELS)]
        paper = khmer.title(khmer.KINDS[number % 2], _DPI, rng, coloured=True)
        [face] = sides_of(Document("k", "k", 1, paper, 0), duplex=False, spreads=False, rng=rng)[:1]
        lies = plans.lie(level, "color", _DPI, 0, wide=False, rng=rng)
        for turn in (0, 90, 180, 270):
            scanned = scan(face, replace(lies, turn=turn), random.Random(f"{seed} {number}"))
            picture = np.ascontiguousarray(np.array(scanned.image.convert("RGB"))[:, :, ::-1])
            sketch = side.sketched(stamps.channels_of(picture, _DPI), _DPI)
            for name, options in SET_TO.items():
                started = time.process_time()
                _, way = side._find_way(sketch, options)
                seconds[name].append(time.process_time() - started)
                for key in ("all", level):
                    every[name, key] += 1
                    right[name, key] += way.rotation_deg == scanned.truth["rotation"]
    lines = []
    for (name, key), count in sorted(every.items()):
        low, high = wilson(right[name, key], count)
        lines.append(
            f"set to {name}, {key:7} {right[name, key]}/{count} upright ({100 * low:.0f}-{100 * high:.0f} %)"
        )
    lines += [f"set to {name}, CPU-s a page {np.mean(some):.3f}" for name, some in seconds.items()]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--titles", type=int, default=12)
    parser.add_argument("--seed", type=int, default=3)
    wanted = parser.parse_args()
    print(measure(wanted.titles, wanted.seed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
