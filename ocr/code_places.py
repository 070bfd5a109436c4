"""Where on a page an unread code may stand: evidence that is cheap to gather.

A matrix code is a small patch in which the grey value changes along rows and columns alike and evenly;
lines of text leave white between them. A linear code is a band of parallel bars: it changes in one
direction only. Both are seen on averages over 1 mm cells of the differences of neighbouring pixels.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ocr.image import reduced
from ocr.reading import Box

# The evidence is gathered at this resolution: modules of a card's QR (0.2 mm) are still 1.6 pixels.
_EVIDENCE_DPI = 200
_CELL_PX = 8
_CELL_MM = _CELL_PX * 25.4 / _EVIDENCE_DPI
_MARGIN_MM = 2.5

# Mean difference of neighbours in grey levels over a 5 mm square. Seen over 113 delivered files: unread
# QR codes 18-47 (one hard copy 13), the densest text and stamps of the median page 19, of 9 in 10 pages 24.
_TEXTURE_LEVELS = (12, 18)
_TEXTURE_SIDE_MM = (6.0, 45.0)
# Same files, 69 codes against 281 other places: spread of the cells over their mean at most 0.74 (others:
# 95 in 100 above 0.68), down against across 0.87-1.11 (others: half below 0.80).
_TEXTURE_UNEVENNESS = 0.8
_TEXTURE_SLANT = 1.25
# Looking closer at a place costs 5 to 20 ms; the true code was never beyond the fourth place.
_MOST_PLACES = 4

# Across bars the grey value changes strongly, along them hardly: printed bars show 0.05-0.35, text 0.6-0.9.
_BAR_LEVEL = 9
_BAR_SHARE = 0.4
_BAR_LENGTH_MM = (14.0, 130.0)
_BAR_HEIGHT_MM = (3.5, 40.0)
_BAR_TILT_DEG = 25.0
_MOST_BANDS = 2

# Codes on labels change by 8 to 40 levels: with these three all of 72 made sheets (DataMatrix, PDF417, Code 128 at any
# angle, 24 each) were read.
_BLOCK_LEVELS = (8, 11, 16)
_BLOCK_UNEVENNESS = 0.6
_BLOCK_LONG_MM = (12.0, 120.0)
_BLOCK_SHORT_MM = (8.0, 50.0)

# Where ink stands less than this from its paper a page is pale; the levels above are told of pages with some 200.
_PALE_LEVELS = 130
_USUAL_LEVELS = 200
_MOST_RAISED = 3.0


@dataclass(frozen=True)
class Place:
    """A box in pixels of the page worth a closer look; turned clockwise by `angle_deg` its bars stand upright."""

    box: Box
    angle_deg: float = 0.0


@dataclass(frozen=True)
class Evidence:
    """Mean difference of neighbouring pixels per cell in four directions; `dpi` and `shape` are the page's."""

    across: np.ndarray
    down: np.ndarray
    falling: np.ndarray
    rising: np.ndarray
    dpi: int
    shape: tuple[int, int]


def at_evidence_dpi(grey: np.ndarray, dpi: int) -> np.ndarray:
    """The page at the resolution the evidence is gathered at; the page itself where it has about that."""
    scale = _EVIDENCE_DPI / dpi
    if abs(scale - 1) < 0.02:
        return grey
    return reduced(grey, scale) if scale < 1 else cv2.resize(grey, None, fx=scale, fy=scale)


def gather(page: np.ndarray, dpi: int, grey: np.ndarray) -> Evidence:
    """Looks over a page once; `grey` is the page at the evidence's resolution."""
    grey = _in_contrast(grey)
    shape = (page.shape[0], page.shape[1])
    rows, columns = (grey.shape[0] - 1) // _CELL_PX, (grey.shape[1] - 1) // _CELL_PX
    if rows < 1 or columns < 1:
        none = np.zeros((1, 1), np.uint8)
        return Evidence(none, none, none, none, dpi, shape)
    height, width = rows * _CELL_PX, columns * _CELL_PX

    def cells(ahead: np.ndarray, behind: np.ndarray) -> np.ndarray:
        difference = cv2.absdiff(ahead[:height, :width], behind[:height, :width])
        return cv2.resize(difference, (columns, rows), interpolation=cv2.INTER_AREA)

    return Evidence(
        across=cells(grey[:, 1:], grey),
        down=cells(grey[1:], grey),
        falling=cells(grey[1:, 1:], grey),
        rising=cells(grey[:-1, 1:], grey[1:]),
        dpi=dpi,
        shape=shape,
    )


def _in_contrast(grey: np.ndarray) -> np.ndarray:
    """A pale page brought to the contrast the levels here are told in; any other page as it is."""
    paper, ink = (int(np.percentile(grey[::8, ::8], share)) for share in (60, 0.3))
    if paper - ink >= _PALE_LEVELS:
        return grey
    factor = _USUAL_LEVELS / max(paper - ink, _USUAL_LEVELS / _MOST_RAISED)
    return (
        cv2.convertScaleAbs(grey, alpha=factor, beta=255 - factor * paper) if factor * paper > 255 else grey
    )


def texture_places(evidence: Evidence, known: Sequence[Box]) -> list[Place]:
    """Places of even texture in both directions and about square, densest first."""
    raw = np.minimum(evidence.across, evidence.down)
    level = cv2.boxFilter(raw, -1, (5, 5))
    places: list[tuple[float, Place]] = []
    for threshold in _TEXTURE_LEVELS:
        count, labels, stats, _ = cv2.connectedComponentsWithStats((level >= threshold).astype(np.uint8))
        for label in range(1, count):
            left, top, width, height, area = (int(value) for value in stats[label])
            short_mm, long_mm = sorted((width * _CELL_MM, height * _CELL_MM))
            if short_mm < _TEXTURE_SIDE_MM[0] or long_mm > _TEXTURE_SIDE_MM[1] or long_mm > 1.8 * short_mm:
                continue
            window = (slice(top, top + height), slice(left, left + width))
            inside = labels[window] == label
            if area < 0.45 * width * height or not _is_even(evidence, raw, window, inside):
                continue
            place = Place(_page_box(evidence, left, top, width, height))
            if not any(_same_place(other, place.box) for other in known):
                places.append((float(raw[window][inside].mean()), place))
    return _strongest(places)


def bar_places(evidence: Evidence, known: Sequence[Box]) -> list[Place]:
    """Bands of parallel bars nobody read, strongest first, with the angle that stands them upright."""
    four = [
        cv2.boxFilter(direction, cv2.CV_32F, (5, 5))
        for direction in (evidence.across, evidence.down, evidence.falling, evidence.rising)
    ]
    strongest = np.maximum.reduce(four)
    mask = (strongest >= _BAR_LEVEL) & (np.minimum.reduce(four) < _BAR_SHARE * strongest)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    places: list[tuple[float, Place]] = []
    for label in range(1, count):
        left, top, width, height, area = (int(value) for value in stats[label])
        if area * _CELL_MM**2 < _BAR_LENGTH_MM[0] * _BAR_HEIGHT_MM[0]:
            continue
        window = (slice(top, top + height), slice(left, left + width))
        inside = labels[window] == label
        change = [float(direction[window][inside].mean()) for direction in four]
        angle = _change_angle_deg(change)
        if not _is_band(inside, angle):
            continue
        place = Place(_page_box(evidence, left, top, width, height), angle)
        if not any(_same_place(other, place.box) for other in known):
            places.append((max(change) * min(area, 400), place))
    return _strongest(places)[:_MOST_BANDS]


def block_places(evidence: Evidence, known: Sequence[Box]) -> list[Place]:
    """Blocks of even change of a label's size, most even first, with the angle that lays their long side level.

    The first reader finds stacked codes (PDF417) only where they lie about level or upright. Lines of text leave
    white between them and words, so a block of text is uneven, or as wide as the page.
    """
    raw = cv2.addWeighted(evidence.across, 0.5, evidence.down, 0.5, 0)
    change = cv2.boxFilter(raw, -1, (3, 3))
    places: list[tuple[float, Place]] = []
    for threshold in _BLOCK_LEVELS:
        count, labels, stats, _ = cv2.connectedComponentsWithStats((change >= threshold).astype(np.uint8))
        for label in range(1, count):
            left, top, width, height, area = (int(value) for value in stats[label])
            if area * _CELL_MM**2 < _BLOCK_LONG_MM[0] * _BLOCK_SHORT_MM[0]:
                continue
            window = (slice(top, top + height), slice(left, left + width))
            inside = labels[window] == label
            angle = _oblong_angle_deg(inside)
            values = raw[window][inside]
            unevenness = float(values.std()) / max(1.0, float(values.mean()))
            if angle is None or unevenness > _BLOCK_UNEVENNESS:
                continue
            place = Place(_page_box(evidence, left, top, width, height), angle)
            if not any(_same_place(other, place.box) for other in known):
                places.append((-unevenness, place))
    return _strongest(places)


def _oblong_angle_deg(inside: np.ndarray) -> float | None:
    """How a filled oblong of a label's size lies, falling positive; None for any other shape."""
    points = cv2.findNonZero(inside.astype(np.uint8))
    _, (one, other), angle = cv2.minAreaRect(points)
    long_mm, short_mm = (max(one, other) + 1) * _CELL_MM, (min(one, other) + 1) * _CELL_MM
    filled = np.count_nonzero(inside) * _CELL_MM**2 > 0.65 * long_mm * short_mm
    fits = (
        _BLOCK_SHORT_MM[0] < short_mm < _BLOCK_SHORT_MM[1] and _BLOCK_LONG_MM[0] < long_mm < _BLOCK_LONG_MM[1]
    )
    return (angle if one >= other else angle - 90) if filled and fits else None


def _change_angle_deg(change: Sequence[float]) -> float:
    """Direction of strongest change from its size across, down, falling, rising: -90 to 90, falling positive."""
    across, down, falling, rising = change
    return math.degrees(math.atan2(falling**2 - rising**2, 2 * (across**2 - down**2))) / 2


def _is_band(inside: np.ndarray, angle_deg: float) -> bool:
    """Whether a patch of cells is a filled band of a label's size lying along the direction of change."""
    points = cv2.findNonZero(inside.astype(np.uint8))
    (_, (one, other), _) = cv2.minAreaRect(points)
    length, height = max(one, other) + 1, min(one, other) + 1
    if not _BAR_LENGTH_MM[0] <= length * _CELL_MM <= _BAR_LENGTH_MM[1]:
        return False
    if (
        not _BAR_HEIGHT_MM[0] <= height * _CELL_MM <= _BAR_HEIGHT_MM[1]
        or np.count_nonzero(inside) < 0.6 * length * height
    ):
        return False
    if length < 1.4 * height:
        return True
    vector = cv2.fitLine(points, cv2.DIST_L2, 0, 0.01, 0.01).ravel()
    along = math.degrees(math.atan2(float(vector[1]), float(vector[0])))
    return abs((along - angle_deg + 90) % 180 - 90) < _BAR_TILT_DEG


def _is_even(evidence: Evidence, raw: np.ndarray, window: tuple[slice, slice], inside: np.ndarray) -> bool:
    values = raw[window][inside].astype(np.float32)
    slant = float(evidence.down[window][inside].mean()) / max(
        1.0, float(evidence.across[window][inside].mean())
    )
    return 1 / _TEXTURE_SLANT < slant < _TEXTURE_SLANT and float(values.std()) < _TEXTURE_UNEVENNESS * float(
        values.mean()
    )


def _strongest(places: list[tuple[float, Place]]) -> list[Place]:
    """The strongest places, one of those that share their middle."""
    kept: list[Place] = []
    for _, place in sorted(places, key=lambda item: -item[0]):
        if not any(_same_place(other.box, place.box) for other in kept):
            kept.append(place)
    return kept[:_MOST_PLACES]


def _page_box(evidence: Evidence, left: int, top: int, width: int, height: int) -> Box:
    scale = _CELL_PX * evidence.dpi / _EVIDENCE_DPI
    margin = round(_MARGIN_MM / 25.4 * evidence.dpi)
    return (
        max(0, round(left * scale) - margin),
        max(0, round(top * scale) - margin),
        min(evidence.shape[1], round((left + width) * scale) + margin),
        min(evidence.shape[0], round((top + height) * scale) + margin),
    )


def _same_place(one: Box, other: Box) -> bool:
    return _holds_middle(one, other) or _holds_middle(other, one)


def _holds_middle(outer: Box, inner: Box) -> bool:
    column, row = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return outer[0] <= column < outer[2] and outer[1] <= row < outer[3]
