"""Which way up: whether lines run across or along, then whether letters stand or hang.

Lines of text gather ink into rows; the direction that gathers it more sharply is tried first. Letters stand
where their lower edges share a line more sharply than their upper ones; a quick recognition of a line or
two confirms it, or tries the other ways. A page without text is never turned.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from ocr import deskew, syllables
from ocr.deskew import Boxes, Edges, Lean
from ocr.image import Array, turned
from ocr.ink import Pieces

#: Recognises one line; answers a score, higher for more and surer words.
LineScore = Callable[[Array], float]

# Fewer pieces of the size of letters are no text to judge by.
_LETTERS_MIN = 20

# Letters of sure words: a short line read right scores 10; noise read as words stays below 6.
_SURE_SCORE = 30.0
_READABLE_SCORE = 8.0
_LINES_TRIED = 6
# A line read so well stands: hanging capitals score up to two fifths of their letters, standing print two thirds.
_SURE_LINE = 12.0
_SURE_SHARE = 0.55
# Of a word that tells which way a page lies so many signs are letters.
_LETTERS_OF_WORD = 0.7
# What figures and impossible syllables say: little where there are words, enough where there are none.
_FIGURES_WEIGHT = 0.2
# A line of sixty letters takes long and says no more than one of thirty.
_LETTERS_ENOUGH = 30
# Of the height of its letters: marks stand above a line, tails hang below it.
_MARKS_SHARE = 0.45
_MARGIN_PX = 8


@dataclass(frozen=True)
class Orientation:
    """Degrees clockwise by which the content lies turned; `sure` False where the page gave no evidence.

    `score` is what the arbiter gave to the lines as they stand.
    """

    rotation_deg: int
    sure: bool
    lean: Lean
    score: float = 0.0

    @property
    def is_readable(self) -> bool:
        """Whether at least a short line was read well."""
        return self.score >= _READABLE_SCORE

    @property
    def is_well_read(self) -> bool:
        """Whether it was read so well that no other script need be tried: worn Khmer read as Vietnamese scores up to 10."""
        return self.score >= _SURE_LINE


def find_orientation(even: Array, pieces: Pieces, dpi: int, score: LineScore) -> Orientation:
    """The way the content lies.

    Args:
        even: evened picture at about 100–200 dpi, surroundings white.
        pieces: its ink.
        dpi: of both.
        score: the arbiter between standing and hanging letters.
    """
    letters = deskew.letters_of(pieces.boxes, dpi)
    if int(letters.sum()) < _LETTERS_MIN:
        return Orientation(0, False, Lean(0.0, 0.0))
    edges = deskew.edges_of(pieces, letters, dpi)
    leans = {quarter: deskew.lean(edges[quarter].lower) for quarter in (0, 90)}
    first = 90 if leans[90].sharpness > leans[0].sharpness else 0
    best, turn = _read_both_ways(even, pieces, dpi, first, leans[first], edges[first], score)
    if best < _READABLE_SCORE:
        second = 90 - first
        other, other_turn = _read_both_ways(even, pieces, dpi, second, leans[second], edges[second], score)
        if other > max(best, 2.0):
            best, turn = other, other_turn
    if best < 2.0:
        return Orientation(0, False, leans[0], best)
    return Orientation(turn, True, leans[turn % 180], best)


def way_weight(text: str) -> float:
    """How much a word read with confidence says that its line stands, 0 to 1.

    Letters do, and the rows of < on cards, which turned look like >; figures are read as well on their heads.
    """
    if ">>" in text:
        return 0.0
    letters = sum(unicodedata.category(letter)[0] in "LM" for letter in text)
    is_word = letters >= _LETTERS_OF_WORD * len(text) and not syllables.is_impossible(text)
    return 1.0 if is_word or "<<" in text else _FIGURES_WEIGHT


def _read_both_ways(
    even: Array, pieces: Pieces, dpi: int, quarter: int, lean: Lean, edges: Edges, score: LineScore
) -> tuple[float, int]:
    """The better score of a few lines read standing and hanging, and the turn it belongs to."""
    boxes = turned_boxes(pieces.boxes, even.shape, quarter)
    rows = deskew.text_rows(boxes, lean.skew_deg, dpi)
    rows.sort(key=lambda row: abs(len(row) - _LETTERS_ENOUGH))
    stands = deskew.standing_share(edges, lean.skew_deg) >= 1.0
    likely = other = 0.0
    for row in rows[:_LINES_TRIED]:
        picture = _cut_out(even, row, quarter, lean.skew_deg)
        upside_down = turned(picture, 180)
        read = score(picture if stands else upside_down)
        likely += read
        if read > max(_SURE_LINE, _SURE_SHARE * len(row)) and likely > 2 * other:
            break
        other += score(upside_down if stands else picture)
        if max(likely, other) > _SURE_SCORE and min(likely, other) < 0.5 * max(likely, other):
            break
    return max(likely, other), quarter if (likely >= other) == stands else quarter + 180


def turned_boxes(boxes: Boxes, shape: tuple[int, ...], rotation_deg: int) -> Boxes:
    """Boxes of pieces where the picture of `shape` is turned anticlockwise by 0, 90, 180 or 270."""
    left, top, width, height, area = boxes.T
    right, bottom = shape[1] - left - width, shape[0] - top - height
    turns = {
        0: (left, top, width, height),
        90: (top, right, height, width),
        180: (right, bottom, width, height),
        270: (bottom, left, height, width),
    }
    return np.stack([*turns[rotation_deg % 360], area], axis=1)


def _cut_out(even: Array, row: Boxes, quarter: int, lean_deg: float) -> Array:
    """The line of letters, levelled, with room for its marks on both sides; `row` counts in the turned picture."""
    left, top, width, height, _ = row.T.astype(np.float64)
    slope = np.tan(np.radians(lean_deg))
    rise = (left + width / 2) * slope
    room = _MARKS_SHARE * float(np.median(height))
    start = float(left.min()) - _MARGIN_PX
    first = float(np.percentile(top - rise, 10)) - room + start * slope
    size = (
        round((left + width).max() - start) + _MARGIN_PX,
        round(float(np.percentile(top + height - rise, 90) - np.percentile(top - rise, 10)) + 2 * room),
    )
    cosine, sine = np.cos(np.radians(lean_deg)), np.sin(np.radians(lean_deg))
    # From the line's own pixels to those of the turned picture, and from there to the picture as it is.
    place = np.array([[cosine, -sine, start], [sine, cosine, first]])
    if quarter == 90:
        place = np.array([[0, -1], [1, 0]]) @ place + np.array([[0, 0, even.shape[1] - 1], [0, 0, 0]])
    line = cv2.warpAffine(
        even,
        place,
        size,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(255,),
    )
    # White instead of the lines above and below, which may stand close.
    framed = cv2.copyMakeBorder(line, _MARGIN_PX, _MARGIN_PX, 0, 0, cv2.BORDER_CONSTANT, value=(255,))
    return np.asarray(framed, np.uint8)
