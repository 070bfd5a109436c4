"""A4 text papers scanned in colour: the pages that the bounds of the sealed size are about.

Offices, levels of damage and resolutions (200 and 300 dpi) take turns. Cards, certificates on patterned ground and
drawings are left out: they are no text pages, and layers leave them as they were captured.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count, cycle, product
from pathlib import Path

from resources.samples import case as cases
from resources.samples import dossier, plans
from resources.samples.papers import Order
from resources.samples.scan import Scan, scan
from resources.samples.style import OFFICES

_COLOUR = next(way for way in plans.DELIVERIES if way.name == "colour_jpeg")
_NO_TEXT_PAGES = ("cccd", "giay_chung_nhan", "trich_luc_ban_do")
_DPI = (200, 300)


@dataclass(frozen=True)
class ColourScan:
    """A page as its scanner delivered it, and its truth in the form of the truth file."""

    path: Path
    dpi: int
    office: str
    level: str
    truth: dict


def colour_scans(folder: Path, pages: int, seed: int) -> Iterator[ColourScan]:
    """Makes `pages` pages one by one; each file stays until the caller removes it."""
    made = 0
    for number, (level, office, dpi) in zip(
        count(1), cycle(product(plans.LEVELS, OFFICES, _DPI)), strict=False
    ):
        rng = random.Random(f"colour {seed} {number}")
        for scanned in _two_sides(number, office, level, dpi, rng):
            if made == pages:
                return
            made += 1
            path = folder / f"scan_{made:04d}.jpg"
            scanned.image.convert("RGB").save(path, dpi=(dpi, dpi), quality=scanned.truth["quality"])
            yield ColourScan(path, dpi, office, level, scanned.truth)


def _two_sides(number: int, office: str, level: str, dpi: int, rng: random.Random) -> list[Scan]:
    """The first text paper with text enough that the dossier holds, two sides of it at most."""
    procedure = cases.PROCEDURES[number % len(cases.PROCEDURES)].key
    case = cases.make(number, rng, route=plans.route(rng), procedure=procedure)
    plan = plans.plan(case, level, office, _COLOUR, rng)
    order = rng.choice([order for order, _ in plan.orders if order.doc_type not in _NO_TEXT_PAGES])
    # What went through a copier has lost its colours; only originals are asked for here.
    paper = dossier.documents_of(case, [(_at(order, dpi), 0)], rng)[0]
    sides = dossier.sides_of(paper, duplex=False, spreads=False, rng=rng)
    lies = [plans.lie(level, "color", dpi, 0, wide=False, rng=rng) for _ in sides]
    return [scan(side, replace(lie, turn=0), rng) for side, lie in list(zip(sides, lies, strict=True))[:2]]


def _at(order: Order, dpi: int) -> Order:
    return replace(order, dpi=dpi, coloured=True)
