"""The angle at which text lines fall, to a twentieth of a degree, or no answer.

A coarse search over sheared row histograms finds the neighbourhood; then every line of letters and every
dotted leader is fitted with a straight baseline, and the mean of those that agree is the answer. Drawings, stamps and blank sheets give no
sharp answer and are refused.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ocr.image import Array
from ocr.ink import Mask, Pieces, pieces_of

# Feeders pull sheets in at up to 7°; a wider search finds the diagonals of stamps.
MAX_SKEW_DEG = 8.0

# Letters and their parts at any text size: 0.4–9 mm high, at most 14 mm wide (a word run together).
_LETTER_MM = (0.5, 9.0)
_LETTER_WIDEST_MM = 14.0

# The best angle must gather rows this much more sharply than angles away from it.
_SHARPNESS_MIN = 1.25
_LETTERS_MIN = 25

# Words of a line are at most this far apart; columns and table cells are further.
_WORD_GAP_MM = 6.0
_DOT_GAP_MM = 2.2
_ON_LINE_MIN = 6
_LINE_SHORTEST_MM = 12.0
# Lines of a sheet scanned askew or bent differ by less from their middle one.
_AGREEING_DEG = 0.7
# Less line than this is a stamp, a caption, a drawing's figures.
_LINES_MIN_MM = 25.0

Points = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Lean:
    """An angle in degrees, positive when lines fall to the right, and how sharply rows gather there."""

    skew_deg: float
    sharpness: float


def letter_mask(inked: Mask, dpi: int) -> tuple[Mask, int]:
    """The ink that is the size of letters, and how many pieces of it there are."""
    pieces = pieces_of(inked)
    keep = _letters(pieces, dpi)
    return np.asarray(keep[pieces.labels]), int(keep.sum())


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
    pieces = pieces_of(inked)
    letters = _letters(pieces, dpi)
    if int(letters.sum()) < _LETTERS_MIN:
        return None
    if coarse is None:
        points = lower_edges(np.asarray(letters[pieces.labels]))
        coarse = lean(points / (dpi / 100.0))
    if coarse.sharpness < _SHARPNESS_MIN:
        return None
    baselines = _baselines(pieces, _tall(pieces, dpi), coarse.skew_deg, _WORD_GAP_MM, dpi)
    baselines += _baselines(pieces, _dots(pieces, dpi), coarse.skew_deg, _DOT_GAP_MM, dpi)
    return _agreed(baselines)


@dataclass(frozen=True)
class _Baseline:
    """One line's slope in degrees, its weight (length in mm, less where letters stray)."""

    slope_deg: float
    weight: float


def _letters(pieces: Pieces, dpi: int) -> Mask:
    """Which pieces have the size of letters."""
    mm = dpi / 25.4
    width, height = pieces.boxes[:, 2], pieces.boxes[:, 3]
    keep = (height >= _LETTER_MM[0] * mm) & (height <= _LETTER_MM[1] * mm)
    keep &= (width >= 0.3 * mm) & (width <= _LETTER_WIDEST_MM * mm) & (width < 6 * height + 2)
    keep[0] = False
    return np.asarray(keep)


def _tall(pieces: Pieces, dpi: int) -> Mask:
    """Letters without their marks: an x of 8 pt is 1.3 mm high."""
    return np.asarray(_letters(pieces, dpi) & (pieces.boxes[:, 3] >= 1.1 * dpi / 25.4))


def _dots(pieces: Pieces, dpi: int) -> Mask:
    """Dots of leaders."""
    small = np.maximum(pieces.boxes[:, 2], pieces.boxes[:, 3]) <= 0.8 * dpi / 25.4
    small &= pieces.boxes[:, 4] >= 3
    small[0] = False
    return np.asarray(small)


def _baselines(pieces: Pieces, chosen: Mask, coarse_deg: float, gap_mm: float, dpi: int) -> list[_Baseline]:
    """Slopes of the lines that pieces no further apart than `gap_mm` form."""
    mm = dpi / 25.4
    left, top, width, height, _ = pieces.boxes[chosen].T.astype(np.float64)
    if len(left) < _ON_LINE_MIN:
        return []
    x = left + width / 2
    slope = np.tan(np.radians(coarse_deg))
    bottom = top + height - x * slope
    middle = bottom - height / 2
    middle -= middle.min() - 2 * mm
    # Each piece becomes a dash at half its height; dashes of a line run together, lines stay apart.
    canvas = np.zeros((int(middle.max() + 3 * mm), int(x.max() + width.max() + 3 * mm)), np.uint8)
    thick = max(1, round(0.35 * mm))
    rows, starts, ends = middle.astype(int), left.astype(int), (left + width + gap_mm * mm).astype(int)
    for row, start, end in zip(rows.tolist(), starts.tolist(), ends.tolist(), strict=True):
        canvas[row - thick : row + thick + 1, start:end] = 1
    _, labels = cv2.connectedComponents(canvas, connectivity=4)
    of_piece = labels[rows, starts]
    order = np.argsort(of_piece, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(of_piece[order])) + 1)
    found = [_fitted(x[g], bottom[g], mm) for g in groups if len(g) >= _ON_LINE_MIN]
    return [
        _Baseline(coarse_deg + np.degrees(line.slope_deg), line.weight) for line in found if line is not None
    ]


def _fitted(x: Points, bottom: Points, mm: float) -> _Baseline | None:
    """A straight line under the letters; what hangs below or floats above is dropped step by step.

    The slope is still a tangent against the coarse angle here.
    """
    keep = np.ones(len(x), bool)
    slope, offset = 0.0, float(np.median(bottom))
    for limit_mm in (1.0, 0.6, 0.4, 0.3, 0.25):
        keep = np.abs(bottom - offset - slope * x) <= limit_mm * mm
        if int(keep.sum()) < _ON_LINE_MIN:
            return None
        xs, ys = x[keep], bottom[keep]
        spread = float(((xs - xs.mean()) ** 2).sum())
        if spread <= 0:
            return None
        slope = float(((xs - xs.mean()) * (ys - ys.mean())).sum() / spread)
        offset = float(ys.mean() - slope * xs.mean())
    length_mm = float(np.ptp(x[keep])) / mm
    stray_mm = float(np.std(bottom[keep] - offset - slope * x[keep])) / mm
    error_deg = float(np.degrees(stray_mm * mm / np.sqrt(spread)))
    if length_mm < _LINE_SHORTEST_MM or error_deg > 0.25:
        return None
    return _Baseline(slope, length_mm / (1.0 + (error_deg / 0.05) ** 2))


def _agreed(baselines: list[_Baseline]) -> float | None:
    """The mean slope of the lines that agree, None where too little line is left."""
    if not baselines:
        return None
    slopes = np.array([b.slope_deg for b in baselines])
    weights = np.array([b.weight for b in baselines])
    order = np.argsort(slopes)
    middle = slopes[order][int(np.searchsorted(np.cumsum(weights[order]), weights.sum() / 2))]
    close = np.abs(slopes - middle) <= _AGREEING_DEG
    if weights[close].sum() < _LINES_MIN_MM:
        return None
    return float((slopes[close] * weights[close]).sum() / weights[close].sum())


def straightened(array: Array, skew_deg: float) -> Array:
    """The picture turned anticlockwise by `skew_deg` about its centre, same shape.

    What comes in at the corners continues the picture's edge: a dark lid stays dark and is known as such.
    """
    if abs(skew_deg) < 0.02:
        return array
    height, width = array.shape[:2]
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), skew_deg, 1.0)
    return np.asarray(
        cv2.warpAffine(
            array, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        ),
        np.uint8,
    )
