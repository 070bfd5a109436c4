"""What is wrong with a picture, each finding a sentence with the remedy: scan again.

The recogniser's own confidence is useless as a gate: it is sure of nonsense and unsure of good print. So the picture
itself is judged: sharpness of the letters' edges, how far ink stands from paper, print
running off the sheet, and ink in which no words were found.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from ocr.image import Array
from ocr.reading import Finding, Line
from station.core.errors import N_

# Edges of letters are 0.17–0.27 mm wide in good scans at 300 dpi and 0.33–0.42 at 200; beyond, marks over
# vowels run together.
_EDGE_WIDEST_MM = 0.46

# Ink of faded thermal paper and worn ribbons stands less than this from its paper, of 250.
_PALEST_PRINT = 65.0

# Paper below this brightness is a wrong exposure or a lid left open; recycled and yellowed paper is above.
_DARKEST_PAPER = 110

_JUDGED_LINES = 12
_JUDGED_PX = 900
_UNREAD_INK_MM2 = 150.0

BLURRED = N_("This page is blurred. Clean the glass and scan it again.")
PALE = N_("The print on this page is very pale. Scan it again with a darker setting.")
DARK = N_("This page is too dark. Scan it again with a brighter setting, the lid closed.")
CUT = N_("Print is cut off at the edge of this page. Scan it again, straight and whole.")
NO_WORDS = N_(
    "There is ink on this page, but no words could be read. Look at it; if the picture is poor, scan it again."
)


def page_findings(
    grey: Array, even: Array, lines: Sequence[Line], dpi: int, mode: str, ink_mm2: float
) -> tuple[Finding, ...]:
    """What is wrong with a page that is not blank.

    Args:
        grey: the straightened page as delivered.
        even: the same, evened.
        lines: what was read.
        dpi: of both pictures.
        mode: "colour", "grey" or "bilevel"; bilevel letters have no edges to judge.
        ink_mm2: area of strokes that lie together like writing.
    """
    findings = []
    if sum(len(word.text) for line in lines for word in line.words if word.confidence > 0.5) < 3:
        if ink_mm2 > _UNREAD_INK_MM2:
            findings.append(Finding("no_words", NO_WORDS))
        return tuple(findings)
    judged = sorted(lines, key=lambda line: -len(line.text))[:_JUDGED_LINES]
    if mode != "bilevel":
        if edge_width_mm(even, judged, dpi) > _EDGE_WIDEST_MM:
            findings.append(Finding("blurred", BLURRED))
        if print_depth(even, judged) < _PALEST_PRINT:
            findings.append(Finding("pale", PALE))
        if float(np.percentile(grey[::8, ::8], 80)) < _DARKEST_PAPER:
            findings.append(Finding("dark", DARK))
    if is_cut(lines, even.shape, dpi):
        findings.append(Finding("cut", CUT))
    return tuple(findings)


def edge_width_mm(even: Array, lines: Sequence[Line], dpi: int) -> float:
    """How far it is from paper to ink at the edges of letters, the median of the lines judged."""
    widths = []
    for crop in _crops(even, lines):
        contrast = _level(crop, 0.98) - _level(crop, 0.02)
        steps = cv2.Sobel(crop, cv2.CV_16S, 1, 0, ksize=3)
        steepest = _level(np.abs(steps), 0.97) / 8.0
        if contrast > 40 and steepest > 0:
            widths.append(contrast / steepest / dpi * 25.4)
    return float(np.median(widths)) if widths else 0.0


def print_depth(even: Array, lines: Sequence[Line]) -> float:
    """How much darker than paper the print is, of 250: the median line's darkest twentieth."""
    depths = [250.0 - _level(crop, 0.05) for crop in _crops(even, lines)]
    return float(np.median(depths)) if depths else 250.0


def _crops(even: Array, lines: Sequence[Line]) -> list[Array]:
    boxes = [line.box for line in lines]
    crops = [even[max(0, top) : bottom, max(0, left) : left + _JUDGED_PX] for left, top, _, bottom in boxes]
    return [crop for crop in crops if crop.size >= 400]


def _level(values: npt.NDArray[Any], share: float) -> float:
    """The value that `share` of them do not exceed; counted, which is ten times faster than sorting."""
    counts = np.cumsum(np.bincount(values.ravel()))
    return float(np.searchsorted(counts, share * counts[-1]))


def is_cut(lines: Sequence[Line], shape: tuple[int, ...], dpi: int) -> bool:
    """Whether several sure lines end in the picture's very edge."""
    edge = 0.8 * dpi / 25.4
    height, width = shape[:2]
    touching = 0
    for line in lines:
        sure = [word for word in line.words if word.confidence > 0.7 and len(word.text) > 1]
        if not sure:
            continue
        left, top = min(w.box[0] for w in sure), min(w.box[1] for w in sure)
        right, bottom = max(w.box[2] for w in sure), max(w.box[3] for w in sure)
        touching += left <= edge or right >= width - edge
        touching += 3 * (top <= edge or bottom >= height - edge)
    return touching >= 3
