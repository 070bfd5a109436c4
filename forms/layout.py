"""Words of pages put back into rows, cells and one stream, so that a label's value can be found beside or below it.

Recognition gives lines in blocks; forms think in rows. A row is what stands at one height across the page; a
cell is a run of words in it without a wide gap. The stream of a document is all its tokens: page by page, row
by row, from left to right.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import median

from forms.columns import cut_like_neighbours, with_wrapped
from forms.normalise import fold_tight, nfc
from ocr.reading import Box, PageReading, Word

#: A gap wider than this many letter heights parts two cells. Words of justified text in contracts come to 1.2
#: heights, columns of forms begin at 2 (samples of three offices' forms).
CELL_GAP_HEIGHTS = 1.8
#: Two words stand in one row when their heights overlap by this share of the smaller.
ROW_OVERLAP = 0.5
#: A word that ends in a letter and a colon, dots of a line, another word; no address of a web page.
_GLUED = re.compile(r"([^:]*[^\W\d_]:)[.…_]*([^\W_/][^:]*)")
#: An item's number and the first word of its label.
_GLUED_NUMBER = re.compile(r"(\d{1,2}[.)]|\[\d{1,2}(?:\.\d)?\])([^\W\d_]{2}[^\d]*)")
#: So many lone letters under each other beside all text are holes or ornaments of the sheet's edge.
BORDER_FROM = 8


@dataclass(frozen=True)
class Token:
    """A word with its place in the document. `key` is its folded form without blanks, "" for mere punctuation."""

    text: str
    key: str
    box: Box
    confidence: float
    handwritten: bool
    page: int
    row: int
    cell: int


@dataclass(frozen=True)
class Row:
    """What stands at one height of a page; `cells` are runs of tokens, by position in the page's stream."""

    first: int
    last: int
    cells: tuple[tuple[int, int], ...]
    box: Box


@dataclass(frozen=True)
class PageLayout:
    """A page as rows. `left` and `right` bound its text."""

    tokens: tuple[Token, ...]
    rows: tuple[Row, ...]
    width: int
    height: int
    left: int
    right: int
    letter_height: float

    def row_text(self, row: Row) -> str:
        return " ".join(t.text for t in self.tokens[row.first : row.last])

    def cell_texts(self, row: Row) -> list[str]:
        return [" ".join(t.text for t in self.tokens[a:b]) for a, b in row.cells]


def lay_out(reading: PageReading, page: int = 0) -> PageLayout:
    """The rows and cells of a page. `page` is its number within the document, kept in each token."""
    words = [w for line in reading.lines for w in line.words if w.text.strip()]
    height = median([w.box[3] - w.box[1] for w in words]) if words else 1.0
    border = _border(words, height)
    tokens: list[Token] = []
    rows: list[Row] = []
    parted = cut_like_neighbours([_cells(r, height) for r in _rows(reading, border)], height)
    for number, row in enumerate(with_wrapped(parted, height)):
        first = len(tokens)
        cells: list[tuple[int, int]] = []
        for cell_number, cell in enumerate(row):
            start = len(tokens)
            tokens.extend(_token(w, page, number, cell_number) for whole in cell for w in _parted(whole))
            cells.append((start, len(tokens)))
        rows.append(Row(first, len(tokens), tuple(cells), _around(t.box for t in tokens[first:])))
    box = _around(t.box for t in tokens) if tokens else (0, 0, reading.width_px, reading.height_px)
    return PageLayout(
        tuple(tokens), tuple(rows), reading.width_px, reading.height_px, box[0], box[2], max(1.0, height)
    )


def _token(word: Word, page: int, row: int, cell: int) -> Token:
    text = nfc(word.text)
    return Token(text, fold_tight(text), word.box, word.confidence, word.handwritten, page, row, cell)


def _parted(word: Word) -> tuple[Word, ...]:
    """A label and its value, or an item's number and its label, that were read as one word, as two: "số:1349", "2.MST"."""
    text = word.text.strip()
    glued = _GLUED.fullmatch(text) or _GLUED_NUMBER.fullmatch(text)
    if glued is None:
        return (word,)
    left, top, right, bottom = word.box
    middle = left + round((right - left) * len(glued[1]) / len(text))
    return (
        replace(word, text=glued[1], box=(left, top, middle, bottom)),
        replace(word, text=glued[2], box=(middle, top, right, bottom)),
    )


def _border(words: Sequence[Word], height: float) -> frozenset[Box]:
    """Holes and ornaments along an edge, read as a column of lone letters outside of all words."""
    specks = [w for w in words if len(w.text.strip()) <= 2]
    rest = [w for w in words if len(w.text.strip()) > 2]
    if not rest:
        return frozenset()
    left, right = min(w.box[0] for w in rest), max(w.box[2] for w in rest)
    sides = ([w for w in specks if w.box[2] <= left], [w for w in specks if w.box[0] >= right])
    found: set[Box] = set()
    for side in sides:
        middle = median([w.box[0] for w in side]) if side else 0.0
        column = [w for w in side if abs(w.box[0] - middle) <= height]
        if len(column) >= BORDER_FROM and sum(w.text.strip()[0].isdigit() for w in column) < len(column) / 4:
            found |= {w.box for w in column}
    return frozenset(found)


def _rows(reading: PageReading, border: frozenset[Box]) -> list[list[Word]]:
    """Lines that overlap in height joined to rows, top to bottom, words left to right, those of the border left out."""
    pieces: list[tuple[float, float, list[Word]]] = []
    for line in reading.lines:
        words = [w for w in line.words if w.text.strip() and w.box not in border]
        if words:
            tops = median([w.box[1] for w in words])
            bottoms = median([w.box[3] for w in words])
            pieces.append((tops, bottoms, words))
    pieces.sort(key=lambda p: (p[0] + p[1]) / 2)
    rows: list[tuple[float, float, list[Word]]] = []
    for top, bottom, words in pieces:
        for index in range(len(rows) - 1, max(-1, len(rows) - 4), -1):
            row_top, row_bottom, members = rows[index]
            shared = min(bottom, row_bottom) - max(top, row_top)
            smaller = min(bottom - top, row_bottom - row_top)
            if shared > ROW_OVERLAP * smaller and not _collide(words, members):
                count = len(members)
                members.extend(words)
                weight = len(words) / (count + len(words))
                rows[index] = (
                    row_top + (top - row_top) * weight,
                    row_bottom + (bottom - row_bottom) * weight,
                    members,
                )
                break
        else:
            rows.append((top, bottom, list(words)))
    rows.sort(key=lambda r: (r[0] + r[1]) / 2)
    return [sorted(members, key=lambda w: w.box[0]) for _, _, members in rows]


def _collide(words: Sequence[Word], members: Sequence[Word]) -> bool:
    """Do two lines lie over each other? Then they are two rows, however close."""
    left, right = min(w.box[0] for w in words), max(w.box[2] for w in words)
    return any(min(right, m.box[2]) - max(left, m.box[0]) > 0.5 * (m.box[2] - m.box[0]) for m in members)


def _cells(words: list[Word], letter_height: float) -> list[list[Word]]:
    cells: list[list[Word]] = []
    for word in words:
        if cells and word.box[0] - max(w.box[2] for w in cells[-1]) <= CELL_GAP_HEIGHTS * letter_height:
            cells[-1].append(word)
        else:
            cells.append([word])
    return cells


def _around(boxes: Iterable[Box]) -> Box:
    kept = list(boxes)
    return (
        min(b[0] for b in kept),
        min(b[1] for b in kept),
        max(b[2] for b in kept),
        max(b[3] for b in kept),
    )


def box_of(tokens: Sequence[Token]) -> Box | None:
    """The box around tokens of one page; None for none."""
    return _around(t.box for t in tokens) if tokens else None


def text_of(tokens: Sequence[Token]) -> str:
    return " ".join(t.text for t in tokens)
