"""The angle at which text lines fall, to a twentieth of a degree, or no answer.

A coarse search over sheared row histograms finds the neighbourhood; inside it the lower edges of letters,
whose baselines are the straightest thing on a page, decide. Drawings, stamps and blank sheets give no
sharp answer and are refused.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ocr.image import Array
from ocr.ink import Mask

# Feeders pull sheets in at up to 7°; a wider search finds the diagonals of stamps.
MAX_SKEW_DEG = 8.0

# Letters and their parts at any text size: 0.4–9 mm high, at most 14 mm wide (a word run together).
_LETTER_MM = (0.5, 9.0)
_LETTER_WIDEST_MM = 14.0

# The best angle must gather rows this much more sharply than angles away from it.
_SHARPNESS_MIN = 1.25
_LETTERS_MIN = 25

Points = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Lean:
    """An angle in degrees, positive when lines fall to the right, and how sharply rows gather there."""

    skew_deg: float
    sharpness: float


def letter_mask(inked: Mask, dpi: int) -> tuple[Mask, int]:
    """The ink that is the size of letters, and how many pieces of it there are."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(inked.astype(np.uint8), connectivity=8)
    mm = dpi / 25.4
    width, height = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    keep = (
        (height >= _LETTER_MM[0] * mm)
        & (height <= _LETTER_MM[1] * mm)
        & (width <= _LETTER_WIDEST_MM * mm)
        & (width >= 0.3 * mm)
        & (width < 6 * height + 2)
    )
    keep[0] = False
    return np.asarray(keep[labels]), int(keep[1:].sum()) if count > 1 else 0


def lower_edges(inked: Mask) -> Points:
    """(x, y) of ink with paper right below it."""
    below = np.zeros_like(inked)
    below[:-1] = inked[:-1] & ~inked[1:]
    y, x = np.nonzero(below)
    return np.stack([x, y], axis=1).astype(np.float64)


def _scores(points: Points, angles_deg: Points, bin_px: float) -> Points:
    """For each angle, how unevenly the sheared points fall into rows (1.0 would be perfectly even)."""
    x, y = points[:, 0], points[:, 1]
    scores = np.empty(len(angles_deg))
    for index, angle in enumerate(angles_deg):
        rows = (y - x * np.tan(np.radians(angle))) / bin_px
        rows -= rows.min()
        whole = rows.astype(np.int64)
        share = rows - whole
        size = int(whole.max()) + 2
        histogram = np.bincount(whole, 1.0 - share, size) + np.bincount(whole + 1, share, size)
        scores[index] = float((histogram**2).sum())
    return scores


def _thinned(points: Points, most: int) -> Points:
    return points if len(points) <= most else points[:: len(points) // most + 1]


def lean(points: Points, max_deg: float = MAX_SKEW_DEG, bin_px: float = 1.5) -> Lean:
    """The coarse angle of letter edges at 100 dpi, to about 0.1°."""
    sample = _thinned(points, 12_000)
    if len(sample) < 50:
        return Lean(0.0, 0.0)
    angles = np.arange(-max_deg, max_deg + 0.01, 0.5)
    wide = _scores(sample, angles, bin_px * 2)
    best = float(angles[int(np.argmax(wide))])
    fine = best + np.arange(-0.6, 0.61, 0.1)
    scores = _scores(sample, fine, bin_px)
    away = float(np.median(wide))
    return Lean(float(fine[int(np.argmax(scores))]), float(wide.max() / away) if away else 0.0)


def measure_skew(inked: Mask, dpi: int, coarse: Lean | None = None) -> float | None:
    """Degrees by which the lines fall to the right, None where the page gives no sharp answer.

    Args:
        inked: ink of the upright page, surroundings white, at any resolution from 100 dpi.
        dpi: of it.
        coarse: an earlier answer to look around of.
    """
    letters, count = letter_mask(inked, dpi)
    if count < _LETTERS_MIN:
        return None
    points = lower_edges(letters)
    if len(points) < 150:
        return None
    if coarse is None:
        coarse = lean(points / (dpi / 100.0))
    if coarse.sharpness < _SHARPNESS_MIN:
        return None
    return _refined(points, coarse.skew_deg, dpi)


def _refined(points: Points, around_deg: float, dpi: int) -> float:
    """A parabola through the sharpest of finely stepped angles."""
    sample = _thinned(points, 40_000)
    step = 0.05
    angles = around_deg + np.arange(-0.4, 0.401, step)
    scores = _scores(sample, angles, max(1.0, dpi / 100.0))
    best = int(np.argmax(scores))
    if 0 < best < len(angles) - 1:
        left, middle, right = scores[best - 1 : best + 2]
        curve = left - 2 * middle + right
        shift = 0.5 * (left - right) / curve if curve < 0 else 0.0
        return float(angles[best] + shift * step)
    return float(angles[best])


def straightened(array: Array, skew_deg: float, paper: int = 255) -> Array:
    """The picture turned anticlockwise by `skew_deg` about its centre, same shape, corners filled with paper."""
    if abs(skew_deg) < 0.02:
        return array
    height, width = array.shape[:2]
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), skew_deg, 1.0)
    fill = (paper, paper, paper)
    return np.asarray(
        cv2.warpAffine(
            array,
            matrix,
            (width, height),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=fill,
        ),
        np.uint8,
    )
