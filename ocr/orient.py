"""Which way up: whether lines run across or along, then whether letters stand or hang.

Lines of text gather ink into rows; the direction that gathers it more sharply is the reading direction.
Up and down are told by a quick recognition of a few lines, both ways. A page without text is never turned.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from ocr import deskew
from ocr.deskew import Lean
from ocr.image import Array, turned
from ocr.ink import Mask

#: Recognises a strip of a few lines; answers a score, higher for more and surer words.
StripScore = Callable[[Array], float]

# Fewer pieces of the size of letters are no text to judge by.
_LETTERS_MIN = 20


@dataclass(frozen=True)
class Orientation:
    """Degrees clockwise by which the content lies turned; `sure` False where the page gave no evidence."""

    rotation_deg: int
    sure: bool
    lean: Lean


def find_orientation(even: Array, inked: Mask, dpi: int, score: StripScore) -> Orientation:
    """The way the content lies.

    Args:
        even: evened picture at about 100–200 dpi, surroundings white.
        inked: its ink.
        dpi: of both.
        score: the arbiter between standing and hanging letters.
    """
    letters, count = deskew.letter_mask(inked, dpi)
    if count < _LETTERS_MIN:
        return Orientation(0, False, Lean(0.0, 0.0))
    scale = dpi / 100.0
    across = deskew.lean(deskew.lower_edges(letters) / scale)
    along = deskew.lean(deskew.lower_edges(np.ascontiguousarray(np.rot90(letters))) / scale)
    lying = along.sharpness > across.sharpness
    lean = along if lying else across
    quarter = 90 if lying else 0
    standing = turned(even, quarter)
    strips = _strips(
        deskew.straightened(standing, lean.skew_deg), turned(letters.astype(np.uint8), quarter), dpi, lean
    )
    upright = hanging = 0.0
    for strip in strips:
        upright += score(strip)
        hanging += score(turned(strip, 180))
        if abs(upright - hanging) > 0.5 * max(upright, hanging) and max(upright, hanging) > 8:
            break
    if upright == hanging:
        return Orientation(quarter if lying and lean.sharpness > 1.5 else 0, False, lean)
    return Orientation(quarter if upright > hanging else quarter + 180, True, lean)


def _strips(straight: Array, letters: Array, dpi: int, lean: Lean) -> list[Array]:
    """Up to three strips of about four lines where the page is most evenly full of letters."""
    rows = deskew.straightened(letters, lean.skew_deg).sum(axis=1).astype(np.float64)
    height = max(20, round(16 * dpi / 25.4))
    if len(rows) <= height:
        return [straight]
    sums = cv2.blur(rows.reshape(-1, 1), (1, height), borderType=cv2.BORDER_CONSTANT).ravel()
    strips = []
    for _ in range(3):
        middle = int(np.argmax(sums))
        if sums[middle] <= 0:
            break
        top = max(0, middle - height // 2)
        strips.append(straight[top : top + height])
        sums[max(0, middle - height) : middle + height] = 0
    return strips
