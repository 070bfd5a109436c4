"""Where the sheets of one pile are cut: they lie in the feeder alike, so what one shows helps with another."""

from collections.abc import Sequence
from statistics import median

from ocr.reading import WIDEST_SINGLE_MM
from station.store.pages import Side

# Pictures of one size differ by the scanner's own trimming.
_SIZE_TOLERANCE = 0.03
# One sheet cut in two may be an accident; two alike are how the pile lies.
_FEWEST = 2


def may_be_spread(side: Side) -> bool:
    """Whether the picture is as long as two pages side by side, whichever way it lies, and carries something."""
    return not side.blank and max(side.width_px, side.height_px) / side.dpi * 25.4 > WIDEST_SINGLE_MM


def is_alike(one: Side, other: Side) -> bool:
    """Whether two pictures show sheets of one size, lying the same way."""
    mine = (one.width_px / one.dpi, one.height_px / one.dpi)
    theirs = (other.width_px / other.dpi, other.height_px / other.dpi)
    return all(abs(a - b) <= _SIZE_TOLERANCE * max(a, b) for a, b in zip(mine, theirs, strict=True))


def usual_cut(side: Side, others: Sequence[tuple[Side, float | None]]) -> float | None:
    """Where most sheets like this one are cut, as a share of the width; None where most are whole, or few are known.

    Args:
        others: sides of the same pile, each with its cut or None for a whole one.
    """
    alike = [cut for other, cut in others if other.id != side.id and is_alike(other, side)]
    cuts = [cut for cut in alike if cut is not None]
    return round(median(cuts), 3) if len(cuts) >= _FEWEST and 2 * len(cuts) > len(alike) else None
