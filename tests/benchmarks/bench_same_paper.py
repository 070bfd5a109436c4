"""How alike two scans of one paper are, and two papers of one form: what SAME_TEXT_FROM (forms/reuse.py) parts.

    python -m tests.benchmarks.bench_same_paper --papers 60

Each made paper is scanned twice, at levels drawn anew, and recognised twice. Its two texts are compared with each
other, and with those of every other paper of its kind and number of pages that no critical value tells apart.
"""

import argparse
import random
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from rapidfuzz import fuzz

from forms.doctype import UNKNOWN, DocumentType, load_catalogue
from forms.normalise import fold
from forms.reuse import SAME_TEXT_FROM, contradict
from ocr.side import ReadOptions, read_side
from resources.samples import case as cases
from resources.samples import dossier, plans, style
from resources.samples.scan import scan

LIMITS = (0.8, 0.85, 0.88, SAME_TEXT_FROM, 0.92, 0.94, 0.96)


@dataclass(frozen=True)
class Twice:
    """A made paper: its kind, its true values, and the folded text of each of its two scans."""

    kind: DocumentType
    fields: dict[str, str]
    pages: int
    texts: tuple[str, str]


def scanned_twice(count: int, seed: int, folder: Path) -> Iterator[Twice]:
    """Papers of the samples' offices, one of each kind of a dossier; cards are not compared by text."""
    known = load_catalogue().document_types
    rng = random.Random(f"same paper {seed}")
    number = made = 0
    while made < count:
        number += 1
        case = cases.make(
            number, rng, route="name_parcel", procedure=cases.PROCEDURES[number % len(cases.PROCEDURES)].key
        )
        way = rng.choice([w for w in plans.DELIVERIES if w.mode != "bilevel"])
        plan = plans.plan(case, "normal", rng.choice(tuple(style.OFFICES)), way, rng)
        for document in dossier.documents_of(case, list(plan.orders), rng):
            kind = known[document.paper.doc_type]
            if kind.card or kind.id == UNKNOWN or made == count:
                continue
            made += 1
            sides = dossier.sides_of(document, duplex=False, spreads=False, rng=rng)
            once, again = (_read(sides, rng.choice(plans.LEVELS), way.mode, folder, rng) for _ in range(2))
            yield Twice(kind, dict(document.paper.fields), len(sides), (once, again))


def _read(sides: list, level: str, mode: str, folder: Path, rng: random.Random) -> str:
    texts = []
    for side in sides:
        lie = plans.lie(level, mode, 200, 0, wide=side.paper_mm[0] > side.paper_mm[1], rng=rng)
        file = folder / "side.png"
        scan(side, lie, rng).image.save(file, dpi=(200, 200))
        texts += [page.text for page in read_side(file, 0, ReadOptions()).pages]
    return fold("\n".join(texts))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--papers", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        papers = list(scanned_twice(wanted.papers, wanted.seed, Path(scratch)))
    same = sorted(fuzz.ratio(*paper.texts) / 100 for paper in papers)
    others = sorted(
        fuzz.ratio(one.texts[0], other.texts[1]) / 100
        for one, other in combinations(papers, 2)
        if (one.kind.id, one.pages) == (other.kind.id, other.pages)
        and not contradict(one.kind, one.fields, other.fields)
    )
    alike = sorted(
        fuzz.ratio(one.texts[0], other.texts[1]) / 100
        for one, other in combinations(papers, 2)
        if (one.kind.id, one.pages) == (other.kind.id, other.pages)
    )
    for limit in LIMITS:
        print(
            f"from {limit:.2f}: {sum(s >= limit for s in same)} of {len(same)} papers known again,"
            f" {sum(o >= limit for o in others)} of {len(others)} others taken for one"
            f" ({sum(o >= limit for o in alike)} of {len(alike)} without critical values)"
        )


if __name__ == "__main__":
    main()
