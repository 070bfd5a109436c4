"""Where paper ends and ink begins: even light, the sheet's outline, the ink on it.

Everything here works on brightness, so that yellow paper, the shadow of a fold and a dark corner all become
white before anything is measured. Surroundings of the sheet (the dark lid of a copier, its noise in a
bilevel scan) are found as dark fields that touch the picture's edge.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ocr.image import Array, reduced
from ocr.reading import Box

Mask = npt.NDArray[np.bool_]

# Faded print is brought up to this contrast, of 250; print fainter than the weakest gains no more.
_FULL_CONTRAST = 200.0
_WEAKEST_PRINT = 70.0
_STRENGTH_WINDOW_MM = 9.0
_STRENGTH_DPI = 100
# Depth below the white of evened paper for every level, and the other way round.
_DEPTHS = np.clip(250 - np.arange(256), 0, 250).astype(np.uint8)
#: Ink of a strengthened picture: thin strokes of photocopies reach no more than this.
STRENGTHENED_INK = 200

#: Geometry is measured on copies at this resolution: letters of 8 pt are still 6 px high.
WORK_DPI = 100

# Light is estimated in cells of half a millimetre and changes over no less than this; the bold strokes of
# a title are 1.5 mm wide and must not be taken for shadow.
LIGHT_DPI = 50
_LIGHT_CLOSING_MM = 4.5

# The sheet's shaded rim, either side of the border of the dark field, in cells of half a millimetre.
_RIM_CELLS = 17

# A part of the sheet cut off by a black bar is larger than this share of the rest; strips of lid are less.
_SHEET_SHARE = 0.2

# Surroundings are at most this share of the paper's brightness, averaged over 5 mm; a page of dense text
# averages 0.8, a dithered copier lid 0.5.
_SURROUNDINGS_SHARE = 0.68


def light(grey: Array, dpi: int) -> Array:
    """Brightness of the bare paper at 50 dpi (or the picture's own, if lower): text and rules closed over."""
    small = reduced(grey, LIGHT_DPI / dpi)
    size = max(3, round(_LIGHT_CLOSING_MM * LIGHT_DPI / 25.4) | 1)
    closed = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((size, size), np.uint8))
    return np.asarray(cv2.GaussianBlur(closed, (0, 0), size / 2), np.uint8)


def evened(grey: Array, dpi: int) -> Array:
    """The picture divided by its own light: paper at 255, ink as dark as it is against its paper."""
    paper = np.maximum(light(grey, dpi), 40)
    full = cv2.resize(paper, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_LINEAR)
    # 250 leaves grain of the paper at white instead of wrapping shades around it.
    return np.asarray(cv2.divide(grey, full, scale=250.0), np.uint8)


def strengthened(even: Array, dpi: int) -> Array:
    """An evened picture whose faded parts are as dark as the rest: ink is measured against the darkest nearby.

    What shines through from the back is fainter than any print and gains less than it needs to count.
    """
    small = reduced(even, min(1.0, _STRENGTH_DPI / dpi))
    work_dpi = min(dpi, _STRENGTH_DPI)
    size = max(3, round(_STRENGTH_WINDOW_MM * work_dpi / 25.4) | 1)
    # The second darkest of a neighbourhood, so that one speck does not speak for it.
    calm = np.asarray(cv2.medianBlur(small, 3), np.uint8)
    darkest = cv2.erode(np.maximum(small, np.maximum(calm, 60) - 60), np.ones((size, size), np.uint8))
    # It changes slowly: smoothing a quarter of the size does the same in a fortieth of the time.
    coarse = cv2.GaussianBlur(reduced(np.asarray(darkest, np.uint8), 0.25), (0, 0), size / 12)
    contrast = np.clip(250.0 - coarse.astype(np.float32), _WEAKEST_PRINT, _FULL_CONTRAST).astype(np.uint8)
    depth = cv2.LUT(even, _DEPTHS)
    full = cv2.resize(contrast, (even.shape[1], even.shape[0]), interpolation=cv2.INTER_LINEAR)
    cv2.divide(depth, full, dst=depth, scale=_FULL_CONTRAST)
    return np.asarray(cv2.LUT(depth, _DEPTHS), np.uint8)


def surroundings(grey: Array, dpi: int) -> Mask:
    """What lies outside the sheet, at 50 dpi: dark fields touching the picture's edge, and what they cut off."""
    small = reduced(grey, LIGHT_DPI / dpi)
    mean = cv2.blur(small, (9, 9), borderType=cv2.BORDER_REPLICATE)
    paper = float(np.percentile(mean, 75))
    dark = np.asarray(mean < _SURROUNDINGS_SHARE * max(paper, 120.0), np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=4)
    height, width = dark.shape
    outside = np.zeros(count, bool)
    for label in range(1, count):
        left, top, box_width, box_height, _ = (int(v) for v in stats[label])
        touches = left <= 1 or top <= 1 or left + box_width >= width - 1 or top + box_height >= height - 1
        # A field of the surroundings runs along an edge for at least 2 cm; print cut by the edge does not.
        outside[label] = touches and max(box_width, box_height) >= 40
    if not outside.any():
        return np.zeros(dark.shape, bool)
    field = np.asarray(outside[labels])
    return field | _beyond(~field)


def sheet_box(outside: Mask, dpi: int) -> Box | None:
    """Where the sheet lies in its picture, None where it fills it (to 4 mm on every side)."""
    if not outside.any():
        return None
    # A row or column belongs to the sheet when a twentieth of it does.
    rows = np.flatnonzero((~outside).mean(axis=1) > 0.05)
    columns = np.flatnonzero((~outside).mean(axis=0) > 0.05)
    if len(rows) == 0 or len(columns) == 0:
        return None
    height, width = outside.shape
    edges = (int(columns[0]), int(rows[0]), width - 1 - int(columns[-1]), height - 1 - int(rows[-1]))
    if max(edges) < 4.0 * LIGHT_DPI / 25.4:
        return None
    scale = dpi / min(dpi, LIGHT_DPI)
    return (
        int(columns[0] * scale),
        int(rows[0] * scale),
        int((columns[-1] + 1) * scale),
        int((rows[-1] + 1) * scale),
    )


def _beyond(inside: Mask) -> Mask:
    """Light fields that the dark ones cut off from the sheet: the lid beyond a photocopied frame."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(inside.astype(np.uint8), connectivity=4)
    areas = np.asarray(stats[:, cv2.CC_STAT_AREA], np.int64).copy()
    areas[0] = 0
    small = areas < _SHEET_SHARE * areas.max(initial=0)
    small[0] = False
    return np.asarray(small[labels]) if count > 1 else np.zeros(inside.shape, bool)


def whitened(even: Array, outside: Mask) -> Array:
    """The evened picture with everything outside the sheet white, its shaded rim of 4 mm too."""
    if not outside.any():
        return even
    field = outside.astype(np.uint8) * np.uint8(255)
    wide = cv2.dilate(field, np.ones((_RIM_CELLS, _RIM_CELLS), np.uint8))
    mask = cv2.resize(wide, (even.shape[1], even.shape[0]), interpolation=cv2.INTER_NEAREST)
    return np.asarray(cv2.max(even, mask), np.uint8)


def ink_threshold(even: Array) -> int:
    """The darkness that parts ink from paper in an evened picture, between that of pencil and of print."""
    sample = even[::2, ::2]
    marked = sample[sample < 235]
    if marked.size < 200:
        return 180
    value, _ = cv2.threshold(marked.reshape(1, -1), 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return int(min(205, max(120, value + 15)))


def ink(even: Array) -> Mask:
    """True where an evened picture is inked."""
    return np.asarray(even < ink_threshold(even))


@dataclass(frozen=True)
class Pieces:
    """Connected ink: a picture of labels, and per label left, top, width, height, area (label 0 is paper)."""

    labels: npt.NDArray[np.int32]
    boxes: npt.NDArray[np.int32]


def pieces_of(inked: Mask) -> Pieces:
    """The connected pieces of ink, diagonals included."""
    # Of OpenCV's labelling methods this one takes half the time of the one it picks itself.
    _, labels, stats, _ = cv2.connectedComponentsWithStatsWithAlgorithm(
        inked.view(np.uint8), 8, cv2.CV_32S, cv2.CCL_BBDT
    )
    return Pieces(np.asarray(labels, np.int32), np.asarray(stats, np.int32))
