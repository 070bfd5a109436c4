"""Sheets in, sides out: compared at once, and two one-sided passes laid together.

The law wants as many images as pages, so a difference is said while the pile is still on the desk. Nothing
here ever drops a side: when counts disagree, all stay, in the order they came.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from capture.problems import BACK_MISSING, PASSES_DIFFER, SIDES_DIFFER
from capture.source import Remark

Side = TypeVar("Side")


def compare_counts(sheets: int, sides: int, two_sided: bool) -> Remark | None:
    """What to say when the sides do not fit the sheets that were put in; None when they do."""
    expected = sheets * 2 if two_sided else sheets
    if sides == expected:
        return None
    return Remark(SIDES_DIFFER, {"sides": sides, "sheets": sheets, "expected": expected})


def back_missing(sides: int) -> Remark | None:
    """A scan of both sides that gave an odd number has lost a side, or got one too many."""
    return Remark(BACK_MISSING, {"count": sides}) if sides % 2 else None


@dataclass(frozen=True)
class Collation(Generic[Side]):
    """Sides in the order of reading; `remark` when the passes did not fit and were laid one behind the other."""

    sides: tuple[Side, ...]
    remark: Remark | None = None


def collate(fronts: Sequence[Side], backs: Sequence[Side], backs_reversed: bool) -> Collation[Side]:
    """Lays the fronts of a pile and its backs, scanned in a second pass, together.

    Args:
        backs_reversed: the pile was turned over as a whole, so its last sheet came first.

    Returns:
        Front, back, front, back…; when the counts differ, all fronts and then all backs in the order of the
        pile: which sheet was missed cannot be known, and a person decides.
    """
    ordered = tuple(reversed(backs)) if backs_reversed else tuple(backs)
    if len(fronts) != len(ordered):
        said = Remark(PASSES_DIFFER, {"fronts": len(fronts), "backs": len(ordered)})
        return Collation((*fronts, *ordered), said)
    return Collation(tuple(side for pair in zip(fronts, ordered, strict=True) for side in pair))
