"""Whether a page is blank: paper, holes, shadows and what shines through from the back, but no ink of its own."""

from __future__ import annotations

import cv2
import numpy as np

from ocr.image import Array

# Strokes of a pencil or a worn stamp are at least this much darker than the paper beside them, of 250;
# print of the back shines through at 10–40, blurred by the paper.
_STROKE_CONTRAST = 45

# A page number alone covers about 6 mm² of ink.
_INK_MIN_MM2 = 4.0

# Dust and grain are smaller than a full stop.
_PIECE_MIN_MM = 0.7

# Nothing in this rim of the sheet counts: shadows of the edge, staples, feeder marks.
_RIM_MM = 6.0


def ink_mm2(even: Array, dpi: int) -> float:
    """Area of strokes on an evened page (surroundings white): neither specks, lines across, holes nor shine-through."""
    mm = dpi / 25.4
    dark = (even < 250 - _STROKE_CONTRAST).astype(np.uint8)
    rim = round(_RIM_MM * mm)
    dark[:rim] = dark[-rim:] = 0
    dark[:, :rim] = dark[:, -rim:] = 0
    count, _, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    if count <= 1:
        return 0.0
    width = stats[1:, cv2.CC_STAT_WIDTH]
    height = stats[1:, cv2.CC_STAT_HEIGHT]
    area = stats[1:, cv2.CC_STAT_AREA].astype(np.float64)
    long, short = np.maximum(width, height), np.minimum(width, height)
    piece = long >= _PIECE_MIN_MM * mm
    piece &= ~((long > 40 * mm) & (short < 4 * mm))
    hole = (long > 4 * mm) & (long < 9 * mm) & (short > 0.75 * long) & (area > 0.6 * long * short)
    return float(area[piece & ~hole].sum() / mm**2)


def is_blank(even: Array, dpi: int) -> bool:
    """True when the page has no ink of its own."""
    return ink_mm2(even, dpi) < _INK_MIN_MM2
