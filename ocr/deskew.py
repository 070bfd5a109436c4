"""The angle at which text lines fall, to a twentieth of a degree, or no answer.

A coarse search over sheared row histograms finds the neighbourhood; then every line of letters and every
dotted leader is fitted with a straight baseline, and the mean of those that agree is the answer. Drawings, stamps and blank sheets give no
sharp answer and are refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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
#: left, top, width, height, area of pieces of ink; the first row is the paper.
Boxes = npt.NDArray[np.int32]

# So many edge points give the coarse angle to 0.1°.
_EDGE_POINTS = 12_000


@dataclass(frozen=True)
class Lean:
    """An angle in degrees, positive when lines fall to the right, and how sharply rows gather there."""

    skew_deg: float
    sharpness: float


@dataclass(frozen=True)
class Edges:
    """(x, y) of letters' edges at 100 dpi, paper right below and right above them as they stand."""

    lower: Points
    upper: Points


def letters_of(boxes: Boxes, dpi: int) -> Mask:
    """Which pieces have the size of letters."""
    mm = dpi / 25.4
    width, height = boxes[:, 2], boxes[:, 3]
    keep = (height >= _LETTER_MM[0] * mm) & (height <= _LETTER_MM[1] * mm)
    keep &= (width >= 0.3 * mm) & (width <= _LETTER_WIDEST_MM * mm) & (width < 6 * height + 2)
    keep[0] = False
    return np.asarray(keep)


def edges_of(pieces: Pieces, letters: Mask, dpi: int) -> dict[int, Edges]:
    """Edges of the letters for the picture as it is (0) and turned a quarter anticlockwise (90)."""
    step = max(1, round(dpi / 100))
    labels = pieces.labels[::step, ::step]
    inked = (labels > 0).view(np.uint8)
    width = labels.shape[1]
    scale = 100.0 * step / dpi

    def points(ahead: Array, behind: Array, dx: int, dy: int) -> Points:
        """Where `ahead` is inked and its neighbour `behind` is not."""
        found = cv2.findNonZero(cv2.subtract(ahead, behind))
        if found is None:
            return np.empty((0, 2))
        places = _thinned(found.reshape(-1, 2), 3 * _EDGE_POINTS) + np.array([dx, dy])
        own = letters[labels[places[:, 1], places[:, 0]]]
        return np.asarray(places[own] * scale, np.float64)

    below = points(inked[:-1], inked[1:], 0, 0)
    above = points(inked[1:], inked[:-1], 0, 1)
    left = points(inked[:, 1:], inked[:, :-1], 1, 0)
    right = points(inked[:, :-1], inked[:, 1:], 0, 0)

    def turned(places: Points) -> Points:
        return np.stack([places[:, 1], (width - 1) * scale - places[:, 0]], axis=1)

    return {0: Edges(below, above), 90: Edges(turned(left), turned(right))}


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


def _thinned(points: npt.NDArray[Any], most: int) -> npt.NDArray[Any]:
    return points if len(points) <= most else points[:: len(points) // most + 1]


def lean(points: Points, max_deg: float = MAX_SKEW_DEG, bin_px: float = 1.5) -> Lean:
    """The coarse angle of letter edges at 100 dpi, to about 0.1°."""
    sample = _thinned(points, _EDGE_POINTS)
    if len(sample) < 50:
        return Lean(0.0, 0.0)
    angles = np.arange(-max_deg, max_deg + 0.01, 0.5)
    wide = _scores(sample, angles, bin_px * 2)
    best = float(angles[int(np.argmax(wide))])
    fine = best + np.arange(-0.6, 0.61, 0.1)
    scores = _scores(sample, fine, bin_px)
    away = float(np.median(wide))
    return Lean(float(fine[int(np.argmax(scores))]), float(wide.max() / away) if away else 0.0)


def standing_share(edges: Edges, lean_deg: float) -> float:
    """How much more sharply lower edges gather in rows than upper ones, above 1.0 where letters stand.

    Letters share a base line; capitals, small letters and marks end at many heights.
    """
    at = np.array([lean_deg])
    lower, upper = _thinned(edges.lower, _EDGE_POINTS), _thinned(edges.upper, _EDGE_POINTS)
    if len(lower) < 50 or len(upper) < 50:
        return 1.0
    return float(
        (_scores(lower, at, 1.5)[0] / len(lower) ** 2) / (_scores(upper, at, 1.5)[0] / len(upper) ** 2)
    )


def measure_skew(inked: Mask, dpi: int) -> float | None:
    """Degrees by which the lines of a page fall to the right, None where it gives no sharp answer.

    Args:
        inked: ink of the upright page, surroundings white, at any resolution from 100 dpi.
        dpi: of it.
    """
    pieces = pieces_of(inked)
    letters = letters_of(pieces.boxes, dpi)
    return skew_near(pieces.boxes, dpi, lean(edges_of(pieces, letters, dpi)[0].lower))


def skew_near(boxes: Boxes, dpi: int, coarse: Lean) -> float | None:
    """The same from the boxes of the page's pieces of ink, looked for around an earlier answer."""
    if int(letters_of(boxes, dpi).sum()) < _LETTERS_MIN or coarse.sharpness < _SHARPNESS_MIN:
        return None
    baselines: list[_Baseline] = []
    for chosen, gap_mm in ((_tall(boxes, dpi), _WORD_GAP_MM), (_dots(boxes, dpi), _DOT_GAP_MM)):
        baselines += _baselines(boxes[chosen], coarse.skew_deg, gap_mm, dpi)
    return _agreed(baselines)


@dataclass(frozen=True)
class _Baseline:
    """One line's slope in degrees, its weight (length in mm, less where letters stray)."""

    slope_deg: float
    weight: float


def _tall(boxes: Boxes, dpi: int) -> Mask:
    """Letters without their marks: an x of 8 pt is 1.3 mm high."""
    return np.asarray(letters_of(boxes, dpi) & (boxes[:, 3] >= 1.1 * dpi / 25.4))


def _dots(boxes: Boxes, dpi: int) -> Mask:
    """Dots of leaders."""
    small = np.maximum(boxes[:, 2], boxes[:, 3]) <= 0.8 * dpi / 25.4
    small &= boxes[:, 4] >= 3
    small[0] = False
    return np.asarray(small)


def text_rows(boxes: Boxes, coarse_deg: float, dpi: int) -> list[Boxes]:
    """Boxes of the letters of each line, six at least."""
    tall = boxes[_tall(boxes, dpi)]
    return [tall[row] for row in _rows(tall, coarse_deg, _WORD_GAP_MM, dpi)]


def _rows(boxes: Boxes, coarse_deg: float, gap_mm: float, dpi: int) -> list[npt.NDArray[np.int64]]:
    """Which pieces follow each other on a line, no further apart than `gap_mm`."""
    if len(boxes) < _ON_LINE_MIN:
        return []
    scale = min(1.0, 100 / dpi)
    mm = dpi * scale / 25.4
    left, top, width, height, _ = boxes.T * scale
    middle = top + height / 2 - (left + width / 2) * np.tan(np.radians(coarse_deg))
    middle -= middle.min() - 2 * mm
    # Each piece becomes a dash at half its height; dashes of a line run together, lines stay apart.
    left = left - left.min() + 1
    canvas = np.zeros((int(middle.max() + 3 * mm), int(left.max() + width.max() + 3 * mm)), np.uint8)
    thick = max(1, round(0.35 * mm))
    rows, starts, ends = middle.astype(int), left.astype(int), (left + width + gap_mm * mm).astype(int)
    for row, start, end in zip(rows.tolist(), starts.tolist(), ends.tolist(), strict=True):
        canvas[row - thick : row + thick + 1, start:end] = 1
    _, labels = cv2.connectedComponents(canvas, connectivity=4)
    of_piece = labels[rows, starts]
    order = np.argsort(of_piece, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(of_piece[order])) + 1)
    return [group for group in groups if len(group) >= _ON_LINE_MIN]


def _baselines(boxes: Boxes, coarse_deg: float, gap_mm: float, dpi: int) -> list[_Baseline]:
    """Slopes of the lines that pieces no further apart than `gap_mm` form."""
    mm = dpi / 25.4
    left, top, width, height, _ = boxes.T.astype(np.float64)
    x = left + width / 2
    bottom = top + height - x * np.tan(np.radians(coarse_deg))
    found = [_fitted(x[row], bottom[row], mm) for row in _rows(boxes, coarse_deg, gap_mm, dpi)]
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
