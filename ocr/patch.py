"""Patch bars: four thick bars near the edge of a separator sheet, which barcode readers do not know.

Two bars are wide (5 mm) and two narrow (2 mm), with narrow spaces between; they are at least 50 mm long and
carry no data, their order alone tells six sheets apart. Read from the edge of the paper inwards:
1 wwnn, 2 wnnw, 3 wnwn, 4 nwwn, 6 nnww, T nwnw. Turned by half a circle 3 looks like T and 1 like 6, so
the nearest edge says from which side to read.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from ocr.reading import Box, Code

_NAMES = {"wwnn": "1", "wnnw": "2", "wnwn": "3", "nwwn": "4", "nnww": "6", "nwnw": "T"}

# A narrow bar of 2 mm is eight pixels here, enough to tell it from a wide one under blur; A4 takes 10 ms.
_WORK_DPI = 100
# The standard is 2.0 and 5.1 mm; sheets are printed to fit other paper and copied, which thickens bars.
_NARROW_MM = (1.1, 3.4)
_WIDE_TO_NARROW = (1.7, 3.6)
_LENGTH_MM = 25.0
# Ink bridges breaks of folds this wide, and what is shorter than a stroke is no bar. A 2 mm bar turned by
# 8 degrees still holds a level stroke of 14 mm.
_BREAK_MM = 2.5
_STROKE_MM = 9.0
_SKEW_DEG = 8.0


@dataclass(frozen=True)
class _Bar:
    """A thick dark bar lying about level, in millimetres: its middle, length, thickness and slope."""

    column: float
    row: float
    length: float
    thickness: float
    slope_deg: float


def find_patch(grey: np.ndarray, dpi: int) -> Code | None:
    """The patch bars of a sheet in any of four directions, or None.

    Args:
        grey: shape (height, width), 8 bit; the sheet may lie turned and up to 6 degrees askew.
        dpi: dots per inch of `grey`.

    Returns:
        Code with symbology Patch1, Patch2, Patch3, Patch4, Patch6 or PatchT, its payload the last letter,
        its box in pixels of `grey`.
    """
    scale = _WORK_DPI / dpi
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    ink = _ink(small)
    for turned in (False, True):
        page = np.ascontiguousarray(ink.T) if turned else ink
        height_mm = page.shape[0] * 25.4 / _WORK_DPI
        for group in _groups(_bars(page)):
            name = _name(group, height_mm)
            if name is not None and _stands_free(page, group):
                return Code(f"Patch{name}", name, _box(group, turned, dpi, grey.shape))
    return None


def _ink(small: np.ndarray) -> np.ndarray:
    """1 where it is dark against its surroundings; wide bars stay filled, faded ones are seen."""
    # The paper around: the brightest of 26 mm, wider than the whole symbol is high.
    paper = cv2.dilate(
        cv2.resize(small, None, fx=0.125, fy=0.125, interpolation=cv2.INTER_AREA), np.ones((13, 13))
    )
    paper = cv2.resize(
        cv2.blur(paper, (5, 5)), (small.shape[1], small.shape[0]), interpolation=cv2.INTER_LINEAR
    )
    soft = cv2.GaussianBlur(small, (3, 3), 0)
    return (soft.astype(np.uint16) * 100 < paper.astype(np.uint16) * 68).astype(np.uint8)


def _bars(ink: np.ndarray) -> list[_Bar]:
    mend = np.ones((1, _pixels(_BREAK_MM)), np.uint8)
    stroke = np.ones((1, _pixels(_STROKE_MM)), np.uint8)
    strokes = cv2.morphologyEx(cv2.morphologyEx(ink, cv2.MORPH_CLOSE, mend), cv2.MORPH_OPEN, stroke)
    outlines, _ = cv2.findContours(strokes, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    bars = []
    for outline in outlines:
        if outline[:, 0, 0].max() - outline[:, 0, 0].min() < _pixels(_LENGTH_MM):
            continue
        (column, row), (one, other), angle = cv2.minAreaRect(outline)
        length, thickness = max(one, other), min(one, other)
        slope = angle if one >= other else angle - 90
        slope = (slope + 90) % 180 - 90
        area = cv2.contourArea(outline) + cv2.arcLength(outline, True) / 2
        if abs(slope) > _SKEW_DEG or area < 0.8 * length * thickness:
            continue
        # A bar's thickness is its area over its length: the rectangle of a frayed bar is too high.
        bar = _Bar(_mm(column), _mm(row), _mm(length), _mm(area / (length + 1)), slope)
        if _NARROW_MM[0] <= bar.thickness <= _NARROW_MM[1] * _WIDE_TO_NARROW[1]:
            bars.append(bar)
    return sorted(bars, key=lambda bar: bar.row)


def _groups(bars: Sequence[_Bar]) -> Iterator[tuple[_Bar, ...]]:
    """Four bars in a row below each other, equally long and ending at the same places."""
    for first in range(len(bars)):
        group = [bars[first]]
        for bar in bars[first + 1 :]:
            if _belongs(group[-1], bar):
                group.append(bar)
        if len(group) == 4:
            yield tuple(group)


def _belongs(above: _Bar, bar: _Bar) -> bool:
    slope = math.radians(above.slope_deg)
    across = bar.row - above.row
    shift = bar.column - above.column + across * math.tan(slope)
    return (
        across < 2 * _NARROW_MM[1] * _WIDE_TO_NARROW[1]
        and abs(bar.length - above.length) < 0.08 * above.length + 1
        and abs(shift) < 0.05 * above.length + 1
        and abs(bar.slope_deg - above.slope_deg) < 2.0
    )


def _name(group: Sequence[_Bar], height_mm: float) -> str | None:
    """Which patch four bars are, read from the nearest edge of the page; None when they are none."""
    level = math.cos(math.radians(group[0].slope_deg))
    rows = [(bar.row - math.tan(math.radians(bar.slope_deg)) * bar.column) * level for bar in group]
    thickness = [bar.thickness for bar in group]
    narrow = sum(sorted(thickness)[:2]) / 2
    wide = sum(sorted(thickness)[2:]) / 2
    spaces = [
        below - above - (thickness[index] + thickness[index + 1]) / 2
        for index, (above, below) in enumerate(pairwise(rows))
    ]
    if (
        not _NARROW_MM[0] <= narrow <= _NARROW_MM[1]
        or not _WIDE_TO_NARROW[0] < wide / narrow < _WIDE_TO_NARROW[1]
    ):
        return None
    cut = (narrow + wide) / 2
    if sorted(thickness)[1] > 0.9 * cut or sorted(thickness)[2] < 1.1 * cut:
        return None
    # Copying widens bars by as much as it narrows spaces, so a space is compared with both kinds.
    if max(spaces) > 1.8 * narrow or min(spaces) < 0.35 * narrow or max(spaces) > 2.2 * min(spaces) + 0.3:
        return None
    pattern = "".join("w" if value > cut else "n" for value in thickness)
    middle = (group[0].row + group[-1].row) / 2
    return _NAMES.get(pattern if middle <= height_mm / 2 else pattern[::-1])


def _stands_free(ink: np.ndarray, group: Sequence[_Bar]) -> bool:
    """Whether the paper above and below the bars is empty, as it is on a separator sheet and not in a table."""
    slope = math.radians(group[0].slope_deg)
    for bar, side in ((group[0], -1), (group[-1], 1)):
        distance = side * (bar.thickness / 2 + 2.5)
        row, column = bar.row + distance, bar.column - distance * math.tan(slope)
        half = bar.length / 2
        steps = np.linspace(-0.95 * half, 0.95 * half, 200)
        rows = np.clip(_to_pixels(row + steps * math.sin(slope)), 0, ink.shape[0] - 1)
        columns = np.clip(_to_pixels(column + steps * math.cos(slope)), 0, ink.shape[1] - 1)
        if ink[rows, columns].mean() > 0.15:
            return False
    return True


def _box(group: Sequence[_Bar], turned: bool, dpi: int, shape: tuple[int, ...]) -> Box:
    slope = math.radians(max(abs(bar.slope_deg) for bar in group))
    half_width = max(bar.length for bar in group) / 2 * math.cos(slope)
    rise = max(bar.length for bar in group) / 2 * math.sin(slope)
    left = min(bar.column for bar in group) - half_width
    right = max(bar.column for bar in group) + half_width
    top = group[0].row - group[0].thickness / 2 - rise
    bottom = group[-1].row + group[-1].thickness / 2 + rise
    if turned:
        left, top, right, bottom = top, left, bottom, right
    scale = dpi / 25.4
    return (
        max(0, math.floor(left * scale)),
        max(0, math.floor(top * scale)),
        min(shape[1], math.ceil(right * scale)),
        min(shape[0], math.ceil(bottom * scale)),
    )


def _pixels(length_mm: float) -> int:
    return round(length_mm / 25.4 * _WORK_DPI)


def _to_pixels(positions_mm: np.ndarray) -> np.ndarray:
    return np.rint(positions_mm / 25.4 * _WORK_DPI).astype(np.intp)


def _mm(length_px: float) -> float:
    return length_px * 25.4 / _WORK_DPI
