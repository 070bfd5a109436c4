"""From a clean page to words: every line cut out and read alone, put in reading order.

A line read alone cannot be mixed with its neighbours, and costs no layout analysis. What comes back as
noise from patterns, strokes and specks is left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ocr import lines as line_finder
from ocr import order
from ocr.clean import Cleaned
from ocr.engine import SINGLE_LINE, Engine
from ocr.image import Array
from ocr.lines import TextLine
from ocr.reading import Box, Line, Word

# White around a cut-out line, as the recogniser was trained with.
_MARGIN_PX = 10

# Below this a line is what the recogniser makes of a pattern or a signature.
_NOISE_BELOW = 0.30


@dataclass(frozen=True)
class ReadLine:
    """A found line and the words read from it."""

    found: TextLine
    words: tuple[Word, ...]

    @property
    def confidence(self) -> float:
        """Mean confidence, longer words counting more."""
        letters = sum(len(w.text) for w in self.words)
        return sum(w.confidence * len(w.text) for w in self.words) / letters if letters else 0.0


def read_words(cleaned: Cleaned, even: Array, dpi: int, recogniser: Engine) -> tuple[Line, ...]:
    """All lines of a page in reading order.

    Args:
        cleaned: the strengthened page without leaders and rules.
        even: the page before it was strengthened.
        dpi: of both.
        recogniser: the engine to use.
    """
    found = line_finder.find_lines(cleaned.pieces, list(cleaned.upright), list(cleaned.leaders), dpi)
    found = line_finder.without_ghosts(found, even, cleaned.pieces)
    read = [_read(line, cleaned, dpi, recogniser) for line in found]
    kept = [line for line in read if line.words and not _is_noise(line)]
    return _ordered(kept, cleaned)


def _read(line: TextLine, cleaned: Cleaned, dpi: int, recogniser: Engine) -> ReadLine:
    picture = line_finder.cut_out(line, cleaned.picture, cleaned.pieces, _MARGIN_PX)
    dx, dy = line.box[0] - _MARGIN_PX, line.box[1] - _MARGIN_PX
    words = [
        Word(word.text, _moved(word.box, dx, dy), word.confidence)
        for read in recogniser.lines(picture, dpi, SINGLE_LINE)
        for word in read.words
    ]
    return ReadLine(line, tuple(words))


def _moved(box: Box, dx: int, dy: int) -> Box:
    return box[0] + dx, box[1] + dy, box[2] + dx, box[3] + dy


def _is_noise(line: ReadLine) -> bool:
    text = "".join(w.text for w in line.words)
    letters = sum(c.isalnum() for c in text)
    if letters == 0:
        return len(text) < 2 or line.confidence < 0.6
    return line.confidence < _NOISE_BELOW or (letters <= 2 and line.confidence < 0.5)


def _ordered(read: list[ReadLine], cleaned: Cleaned) -> tuple[Line, ...]:
    placed = [
        order.Placed(number, line.found.box, line.found.top, line.found.base, line.found.height_px)
        for number, line in enumerate(read)
    ]
    tables = _tables(cleaned)
    blocks = order.in_order(placed, tables, cleaned.upright, cleaned.across)
    return tuple(
        Line(read[number].words, block) for block, numbers in enumerate(blocks) for number in numbers
    )


def _tables(cleaned: Cleaned) -> list[Box]:
    """Outlines of ruled tables: lying and upright rules that touch, two of each at least."""
    rules = [*cleaned.across, *cleaned.upright]
    if len(cleaned.across) < 2 or len(cleaned.upright) < 2:
        return []
    scale = 0.25
    height, width = (int(side * scale) + 8 for side in cleaned.picture.shape)
    canvas = np.zeros((height, width), np.uint8)
    for left, top, right, bottom in rules:
        canvas[
            max(0, int(top * scale) - 2) : int(bottom * scale) + 3,
            max(0, int(left * scale) - 2) : int(right * scale) + 3,
        ] = 1
    count, labels, stats, _ = cv2.connectedComponentsWithStats(canvas, connectivity=8)
    tables: list[Box] = []
    for label in range(1, count):
        members = [
            sum(
                1
                for b in group
                if labels[int((b[1] + b[3]) / 2 * scale), int((b[0] + b[2]) / 2 * scale)] == label
            )
            for group in (cleaned.across, cleaned.upright)
        ]
        left, top, box_width, box_height, _ = (int(v) for v in stats[label])
        if min(members) >= 2 and sum(members) >= 5:
            tables.append(
                (
                    int(left / scale),
                    int(top / scale),
                    int((left + box_width) / scale),
                    int((top + box_height) / scale),
                )
            )
    return tables
