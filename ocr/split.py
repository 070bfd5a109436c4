"""Spreads: an A3 sheet (or open booklet) that carries two pages side by side.

A spread has a band without text from top to bottom near its middle, and lines that stop on both sides
of it. A single A3 sheet (an extract of the cadastral map, a drawing) has print across the middle and
is left whole.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ocr import deskew
from ocr.image import Array
from ocr.ink import Mask

# A sheet is a spread only when lying and at least this wide: two A4 pages are 420 mm, two A5 are 297 mm.
_WIDEST_SINGLE_MM = 340.0

# The gutter lies within this share of the width on either side of the middle.
_GUTTER_REACH = 0.06


@dataclass(frozen=True)
class Split:
    """`at`: the gutter as a share of the width; `why` says what decided."""

    at: float | None
    why: str


def find_split(inked: Mask, dpi: int, skew_deg: float, previous: float | None) -> Split:
    """Where to cut an upright side, or why not to.

    Args:
        inked: ink of the upright side, surroundings white, at about 100 dpi.
        dpi: of it.
        skew_deg: its lean, undone before columns are looked at.
        previous: the gutter of the sheet before, preferred when as good.
    """
    height, width = inked.shape
    if width / dpi * 25.4 < _WIDEST_SINGLE_MM or width < 1.15 * height:
        return Split(None, "not a lying sheet of two pages")
    letters, _ = deskew.letter_mask(inked, dpi)
    straight = deskew.straightened(letters.astype(np.uint8), skew_deg)
    reach = round(_GUTTER_REACH * width)
    middle = width // 2
    columns = straight.sum(axis=0).astype(np.float64)
    band = columns[middle - reach : middle + reach]
    gap_left, gap_right = _widest_gap(band, (previous or 0.5) * width - (middle - reach), dpi)
    if gap_right - gap_left < 5 * dpi / 25.4:
        return Split(None, "print runs across the middle")
    at = (middle - reach + (gap_left + gap_right) / 2) / width
    return Split(float(at), "a band without print from top to bottom")


def _widest_gap(band: npt.NDArray[np.float64], wanted: float, dpi: int) -> tuple[int, int]:
    """(first, past last) column of the widest run without letters; near-equals go to the wanted place."""
    empty = np.concatenate([[False], band <= 2, [False]]).astype(np.int8)
    starts = np.flatnonzero(np.diff(empty) == 1)
    ends = np.flatnonzero(np.diff(empty) == -1)
    if len(starts) == 0:
        return 0, 0
    value = (ends - starts) - 0.2 * np.abs((starts + ends) / 2 - wanted)
    best = int(np.argmax(value))
    return int(starts[best]), int(ends[best])


def halves(array: Array, at: float) -> tuple[Array, Array]:
    """Left and right page of a side."""
    cut = round(at * array.shape[1])
    return array[:, :cut], array[:, cut:]
