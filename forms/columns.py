"""Rows of tables whose columns stand close together: parted like the rows around them, broken lines joined.

A wide gap parts two cells; in narrow columns the gaps are hardly wider than blanks, and headings and values are
broken ("Mục đích sử / dụng"). What the rules of the table told the eye is told here by the neighbouring rows.
"""

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from ocr.reading import Word

Cells = Sequence[Sequence[Word]]

#: Lines of one cell follow each other within so many letter heights; rows of ruled tables lie further apart.
WRAP_HEIGHTS = 2.1
#: A line that comes so near to the text's right edge is full.
LINE_FULL = 0.05
#: A row is parted like another one no further away than this, in letter heights.
NEIGHBOUR_HEIGHTS = 4.5
#: Between columns there is at least this much, in letter heights, and this many times the page's usual blank.
COLUMN_GAP_HEIGHTS = 0.5
COLUMN_GAP_BLANKS = 1.6
#: Points and commas fill less of their width: after one a gap is so many times as wide.
AFTER_POINT = 1.4
#: How far a column's words may begin from where the neighbour's begin, in letter heights.
ALIGNED_HEIGHTS = 0.4


def cut_like_neighbours(rows: Sequence[Cells], letter_height: float) -> list[Cells]:
    """Rows parted further where a neighbouring row has more cells and every one of its gaps is a gap here too."""
    least = _least_gap(rows, letter_height)
    parted: list[Cells] = []
    for index, row in enumerate(rows):
        found: Cells = row
        for near in (1, -1, 2, -2):
            place = index + near
            if not 0 <= place < len(rows) or len(rows[place]) <= len(row):
                continue
            if abs(_centre(rows[place]) - _centre(row)) > NEIGHBOUR_HEIGHTS * letter_height:
                continue
            cut = _cut(row, rows[place], letter_height, least)
            if cut is not None:
                found = cut
                break
        parted.append(found)
    return parted


def _cut(row: Cells, guide: Cells, letter_height: float, least: float) -> Cells | None:
    """The row parted at the gaps of a guide; None when it does not fit."""
    words = [w for cell in row for w in cell]
    starts = _aligned_starts(words, guide, letter_height, least)
    if starts is None and len(guide) > 2:
        starts = _centred_starts(words, guide, least)
    if starts is None:
        return None
    own = {sum(len(c) for c in row[:n]) for n in range(1, len(row))}
    edges = [0, *sorted({*starts, *own}), len(words)]
    return [words[a:b] for a, b in pairwise(edges)]


def _aligned_starts(
    words: Sequence[Word], guide: Cells, letter_height: float, least: float
) -> list[int] | None:
    """The words that begin where the guide's cells begin, with a gap before each."""
    starts = []
    for cell in guide[1:]:
        left = cell[0].box[0]
        fitting = [
            n
            for n in range(1, len(words))
            if abs(words[n].box[0] - left) <= ALIGNED_HEIGHTS * letter_height and _is_gap(words, n, least)
        ]
        if not fitting:
            return None
        starts.append(fitting[0])
    return starts


def _centred_starts(words: Sequence[Word], guide: Cells, least: float) -> list[int] | None:
    """The words after the widest gap between the middles of the guide's cells."""
    middles = [(cell[0].box[0] + cell[-1].box[2]) / 2 for cell in guide]
    starts = []
    for left, right in pairwise(middles):
        between = [
            n for n in range(1, len(words)) if left < (words[n - 1].box[2] + words[n].box[0]) / 2 < right
        ]
        widest = max(between, key=lambda n: _gap(words, n), default=None)
        if widest is None or not _is_gap(words, widest, least):
            return None
        starts.append(widest)
    return starts if len(set(starts)) == len(starts) else None


def _least_gap(rows: Sequence[Cells], letter_height: float) -> float:
    """Pixels between two words from which they may stand in two columns."""
    blanks = [_gap(cell, n) for row in rows for cell in row for n in range(1, len(cell))]
    usual = median(blanks) if blanks else 0.0
    return max(COLUMN_GAP_HEIGHTS * letter_height, COLUMN_GAP_BLANKS * usual)


def _is_gap(words: Sequence[Word], index: int, least: float) -> bool:
    """Is there a gap between columns before the word?"""
    return _gap(words, index) >= least * (AFTER_POINT if words[index - 1].text[-1:] in ",.;:" else 1.0)


def _gap(words: Sequence[Word], index: int) -> int:
    return words[index].box[0] - words[index - 1].box[2]


def with_wrapped(rows: Sequence[Cells], letter_height: float) -> list[list[list[Word]]]:
    """Rows of cells, lines that only go on with the cells above them taken into those.

    A line that goes on begins with a small letter in every cell, and each of its cells lies under one cell.
    """
    joined: list[list[list[Word]]] = []
    lines: list[Cells] = []  # the last line of each joined row
    left = min((row[0][0].box[0] for row in rows), default=0)
    right = max((row[-1][-1].box[2] for row in rows), default=0)
    for row in rows:
        places = _places_above(joined[-1], lines[-1], row, letter_height) if joined else None
        if places is not None and _sentence_goes_on(lines[-1], row, left, right, letter_height):
            places = None
        if places is None:
            joined.append([list(cell) for cell in row])
            lines.append(row)
            continue
        for place, cell in zip(places, row, strict=True):
            joined[-1][place].extend(cell)
        lines[-1] = row
    return joined


def _sentence_goes_on(line: Cells, row: Cells, left: float, right: float, letter_height: float) -> bool:
    """Is the row the next line of a full line of text, whatever gaps that has, not of one of its cells?"""
    return (
        len(row) == 1
        and row[0][0].box[0] < left + 2 * letter_height
        and line[0][0].box[0] < left + 2 * letter_height
        and line[-1][-1].box[2] > right - LINE_FULL * (right - left)
    )


def _places_above(above: Cells, line: Cells, row: Cells, letter_height: float) -> list[int] | None:
    """For each cell of a row the cell above it that it goes on; None when the row is a row of its own."""
    if len(above) < 2 or not all(cell[0].text[:1].islower() for cell in row):
        return None
    if _centre(row) - _centre(line) > WRAP_HEIGHTS * letter_height:
        return None
    lefts = [min(w.box[0] for w in cell) for cell in above]
    rights = [max(w.box[2] for w in cell) for cell in above]
    places = []
    for cell in row:
        left, right = cell[0].box[0], cell[-1].box[2]
        under = [
            n
            for n in range(len(above))
            if left < rights[n] and right > lefts[n] and left > (rights[n - 1] if n else left - 1)
        ]
        if len(under) != 1 or (under[0] + 1 < len(above) and right > lefts[under[0] + 1]):
            return None
        places.append(under[0])
    return places if len(set(places)) == len(places) else None


def _centre(row: Cells) -> float:
    return median([(w.box[1] + w.box[3]) / 2 for cell in row for w in cell])
