"""Which way up: whether lines run across or along, then whether letters stand or hang.

Lines of text gather ink into rows; the direction that gathers it more sharply is tried first. Up and down
are told by a quick recognition of a few lines, both ways; where neither can be read, the other direction
is tried too. A page without text is never turned.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ocr import deskew
from ocr import lines as line_finder
from ocr.deskew import Lean
from ocr.image import Array, turned
from ocr.ink import Mask, pieces_of

#: Recognises one line; answers a score, higher for more and surer words.
LineScore = Callable[[Array], float]

# Fewer pieces of the size of letters are no text to judge by.
_LETTERS_MIN = 20

# Letters of sure words: a short line read right scores 10; noise read as words stays below 6.
_SURE_SCORE = 30.0
_READABLE_SCORE = 8.0
_LINES_TRIED = 6
# A line read so well stands: hanging capitals score up to a third of their pieces of ink, standing print a half.
_SURE_LINE = 12.0
_SURE_SHARE = 0.45


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


def find_orientation(even: Array, inked: Mask, dpi: int, score: LineScore) -> Orientation:
    """The way the content lies.

    Args:
        even: evened picture at about 100–200 dpi, surroundings white.
        inked: its ink.
        dpi: of both.
        score: the arbiter between standing and hanging letters.
    """
    letters, count = deskew.letter_mask(inked, dpi)
    if count < _LETTERS_MIN:
        return Orientation(0, False, Lean(0.0, 0.0))
    scale = dpi / 100.0
    leans = {
        0: deskew.lean(deskew.lower_edges(letters) / scale),
        90: deskew.lean(deskew.lower_edges(np.ascontiguousarray(np.rot90(letters))) / scale),
    }
    first = 90 if leans[90].sharpness > leans[0].sharpness else 0
    best, turn = _read_both_ways(even, inked, dpi, first, leans[first], score)
    if best < _READABLE_SCORE:
        second = 90 - first
        other, other_turn = _read_both_ways(even, inked, dpi, second, leans[second], score)
        if other > max(best, 2.0):
            best, turn = other, other_turn
    if best < 2.0:
        return Orientation(0, False, leans[0], best)
    return Orientation(turn, True, leans[turn % 180], best)


def _read_both_ways(
    even: Array, inked: Mask, dpi: int, quarter: int, lean: Lean, score: LineScore
) -> tuple[float, int]:
    """The better score of a few lines read standing and hanging, and the turn it belongs to."""
    standing = deskew.straightened(turned(even, quarter), lean.skew_deg)
    ink_there = deskew.straightened(turned(inked.astype(np.uint8), quarter), lean.skew_deg) > 0
    pieces = pieces_of(ink_there)
    found = line_finder.find_lines(pieces, [], [], dpi)
    # Long lines say more, but a line of sixty pieces takes long and says no more than one of forty.
    found.sort(key=lambda line: -min(len(line.pieces), 40))
    upright = hanging = 0.0
    for line in found[:_LINES_TRIED]:
        if len(line.pieces) < 3:
            break
        picture = line_finder.cut_out(line, standing, pieces, 8)
        read = score(picture)
        upright += read
        if read > max(_SURE_LINE, _SURE_SHARE * len(line.pieces)):
            break
        hanging += score(turned(picture, 180))
        if max(upright, hanging) > _SURE_SCORE and min(upright, hanging) < 0.5 * max(upright, hanging):
            break
    return max(upright, hanging), quarter if upright >= hanging else quarter + 180
