"""Whether a page is blank: paper, holes, shadows and what shines through from the back, but no ink of its own."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ocr.image import Array
from ocr.ink import pieces_of

# Strokes of a pencil or a worn stamp are at least this much darker than the paper beside them, of 250;
# print of the back shines through at 10–40, blurred by the paper.
_STROKE_CONTRAST = 45

# Ink that lies together: within 4 mm. A word of small print covers 3 mm², a signature more.
_TOGETHER_MM = 4.0
_CLUSTER_MIN_MM2 = 3.0
# The smallest code, a QR 8 mm wide, has some 30 mm² of ink.
_MARKS_MIN_MM2 = 10.0
_PIECES_MIN = 3
_SIGNATURE_LONG_MM = 9.0
# Letters; only larger pieces can be holes or straight lines.
_STROKE_SMALL_MM = 3.0

#: A page with so much ink was printed or written on, whatever its larger pieces are.
ENOUGH_MM2 = 400.0

# Dust and grain are smaller than a full stop.
_PIECE_MIN_MM = 0.6

# Nothing in this rim of the sheet counts: shadows of the edge, feeder marks.
_RIM_MM = 6.0

# Staples, folds and scanner lines are straight: this many times longer than wide.
_STRAIGHT = 7.0


def has_marks(even: Array, dpi: int) -> bool:
    """Whether there is any ink at all, the rim and straight lines included: too little of it holds no code."""
    return bool(np.count_nonzero(even < 250 - _STROKE_CONTRAST) >= _MARKS_MIN_MM2 * (dpi / 25.4) ** 2)


def ink_mm2(even: Array, dpi: int) -> float:
    """Area of the strokes that lie together like writing on an evened page (surroundings white).

    Specks, holes, staples, folds and what shines through are not counted. Where small strokes alone are more
    than ENOUGH_MM2 the large ones are not looked at.
    """
    mm = dpi / 25.4
    dark = (even < 250 - _STROKE_CONTRAST).astype(np.uint8)
    rim = round(_RIM_MM * mm)
    dark[:rim] = dark[-rim:] = 0
    dark[:, :rim] = dark[:, -rim:] = 0
    pieces = pieces_of(dark > 0)
    labels, places = pieces.labels, pieces.boxes
    long = np.maximum(places[:, 2], places[:, 3])
    keep = (long >= _PIECE_MIN_MM * mm) & (long <= _STROKE_SMALL_MM * mm)
    keep[0] = False
    total = _clustered_mm2(keep, labels, places, mm) if keep.any() else 0.0
    large = np.flatnonzero(long > _STROKE_SMALL_MM * mm)
    if total > ENOUGH_MM2 or len(large) <= 1:
        return total
    for label in large[large > 0].tolist():
        keep[label] = _is_stroke(labels, label, tuple(int(v) for v in places[label]), mm)
    return _clustered_mm2(keep, labels, places, mm) if keep.any() else 0.0


def _is_stroke(labels: npt.NDArray[np.int32], label: int, place: tuple[int, ...], mm: float) -> bool:
    """Neither a hole nor a straight line."""
    left, top, width, height, area = place
    long, short = max(width, height), min(width, height)
    if 4 * mm < long < 9 * mm and short > 0.75 * long and area > 0.6 * long * short:
        return False
    points = np.argwhere(labels[top : top + height, left : left + width] == label)[:, ::-1]
    (_, _), (side_one, side_two), _ = cv2.minAreaRect(points.astype(np.float32))
    return bool(max(side_one, side_two) <= _STRAIGHT * max(1.0, min(side_one, side_two)))


def _clustered_mm2(
    keep: npt.NDArray[np.bool_], labels: npt.NDArray[np.int32], stats: npt.NDArray[np.int32], mm: float
) -> float:
    """Area of the strokes in groups large enough to be writing."""
    strokes = keep[labels].astype(np.uint8)
    size = round(_TOGETHER_MM * mm) | 1
    _, groups = cv2.connectedComponents(cv2.dilate(strokes, np.ones((size, size), np.uint8)))
    index = np.flatnonzero(keep)
    middle_x = stats[index, 0] + stats[index, 2] // 2
    middle_y = stats[index, 1] + stats[index, 3] // 2
    of_group = np.asarray(groups)[middle_y, middle_x]
    total = 0.0
    for group in np.unique(of_group):
        members = index[of_group == group]
        area = float(stats[members, 4].sum()) / mm**2
        long = float(stats[members, 2:4].max()) / mm
        if area >= _CLUSTER_MIN_MM2 and (len(members) >= _PIECES_MIN or long >= _SIGNATURE_LONG_MM):
            total += area
    return total


def is_blank(even: Array, dpi: int) -> bool:
    """True when the page has no ink of its own."""
    return ink_mm2(even, dpi) == 0.0
