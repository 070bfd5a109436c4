"""Folded certificates as they lie open on A3 glass: the outside shows pages 4|1, the inside 2|3."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, product
from pathlib import Path

from resources.samples import case as cases
from resources.samples import dossier, plans
from resources.samples.papers import Order
from resources.samples.scan import scan
from resources.samples.style import OFFICES

#: Either side may be laid on the glass first.
FED = ("4|1, 2|3", "2|3, 4|1")


@dataclass(frozen=True)
class Folded:
    """A certificate's two sides as files, `number`_1 and `number`_2, and the truth of each in the order fed."""

    sides: tuple[Path, Path]
    truths: tuple[dict, dict]
    fed: str
    level: str
    office: str

    @property
    def pages(self) -> list[tuple[int, str]]:
        """Pages 1 to 4 as (side fed, half): where each lies."""
        outside = 0 if self.fed == FED[0] else 1
        return [(outside, "right"), (1 - outside, "left"), (1 - outside, "right"), (outside, "left")]


def folded_certificates(folder: Path, certificates: int, seed: int) -> Iterator[Folded]:
    """Levels of damage, ways of feeding and offices take turns; each has a folder of its own."""
    turns = cycle(product(OFFICES, FED, plans.LEVELS))
    for number, (office, fed, level) in zip(range(1, certificates + 1), turns, strict=False):
        yield folded_certificate(folder / f"{number:03d}", f"folded {seed} {number}", level, fed, office)


def folded_certificate(folder: Path, seed: str, level: str, fed: str, office: str, dpi: int = 200) -> Folded:
    """One certificate, scanned into `folder`, which is made."""
    rng = random.Random(seed)
    case = cases.make(1, rng, route="barcode_receipt", procedure="chuyen_nhuong")
    order = Order("giay_chung_nhan", office, variant="folded", dpi=dpi, coloured=True)
    [paper] = dossier.documents_of(case, [(order, 0)], rng)
    sides = dossier.sides_of(paper, duplex=False, spreads=True, rng=rng)
    scans = [scan(side, plans.lie(level, "color", dpi, 0, wide=True, rng=rng), rng) for side in sides]
    scans = scans if fed == FED[0] else scans[::-1]
    folder.mkdir(parents=True)
    files = folder / "1.jpg", folder / "2.jpg"
    for file, scanned in zip(files, scans, strict=True):
        scanned.image.convert("RGB").save(file, dpi=(dpi, dpi), quality=scanned.truth["quality"])
    return Folded(files, (scans[0].truth, scans[1].truth), fed, level, office)
