"""Letters told by their shape: a zero with a dot in it, an l with a flag at its top, a 1 without a bar.

The models of Tesseract take such a zero of typewriters' faces for 6, 8 or 9 or for two figures, such an l for L or t, and
the slanting 1 of faces without serifs for 7.
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ocr.clean import Cleaned
from ocr.image import Array
from ocr.lines import Ints, TextLine
from ocr.reading import Word

Labels = npt.NDArray[np.int32]

# Of figures and no tick box or ring: so slim at most.
_FIGURE_SLIM = 0.85
# A figure's height in millimetres, and how large the dot in a zero is, a share of that height.
_FIGURE_MM = (1.2, 7.0)
_DOT_SHARE = (0.07, 0.45)

# What an l with a flag is taken for; a small letter follows.
_FLAGGED = re.compile(r"[Lt](?=[a-zà-ỹ])")
# The bar of a 7 is this wide at least, a share of its height; it lies in the uppermost share of it.
_BAR = 0.34
_BAR_WITHIN = 0.14
# A number with a 7 that has no bar is no surer than this: below what passes without a look (forms.confirm).
_FIGURE_DOUBTED = 0.6
# Where the stem of a 1 is fitted, and where its flag stands out to the left by this share of the height.
_STEM_BELOW = 0.45
_FLAG_ROWS = (0.10, 0.40)
_FLAG_REACH = 0.05
# Letters and figures of a line reach so high at least, in heights of its letters; marks and points do not.
_TALL = 0.75
# Of a word's characters these are not as tall.
_LOW = frozenset(".,;:-–_'\"”“·…")
_STROKE_BELOW = 128
# Where the stem of an l is looked at, and the flag at its top, shares of its height from the top; how far the flag
# reaches, a share of it too.
_STEM = (0.3, 0.5, 0.68)
_FLAG = 0.07
_REACH = 0.10


def without_dots_in_zeros(cleaned: Cleaned, dpi: int) -> Cleaned:
    """The page with small islands of ink inside figures whitened: a zero's dot, or dirt.

    An island meets the same other piece of ink on its left, on its right, above and below.
    """
    labels, boxes = cleaned.pieces.labels, cleaned.pieces.boxes.astype(np.int64)
    mm = dpi / 25.4
    least, most = (share * height * mm for share, height in zip(_DOT_SHARE, _FIGURE_MM, strict=True))
    size = np.maximum(boxes[:, 2], boxes[:, 3])
    small = np.flatnonzero((size >= max(2.0, least)) & (size <= most))
    small = small[small > 0]
    around = _first_beside(labels, boxes[small], round(_DOT_SHARE[1] * _FIGURE_MM[1] * mm))
    outer = around[0]
    inside = (outer > 0) & (outer != small) & (around == outer).all(axis=0)
    high, wide = boxes[outer, 3], boxes[outer, 2]
    inside &= (high >= _FIGURE_MM[0] * mm) & (high <= _FIGURE_MM[1] * mm) & (wide <= _FIGURE_SLIM * high)
    inside &= size[small] <= _DOT_SHARE[1] * high
    if not inside.any():
        return cleaned
    picture = cleaned.picture.copy()
    for label, rim in zip(small[inside].tolist(), outer[inside].tolist(), strict=True):
        left, top, width, height, _ = boxes[label].tolist()
        place = np.s_[max(0, top - 1) : top + height + 1, max(0, left - 1) : left + width + 1]
        picture[place][labels[place] != rim] = 255
    return replace(cleaned, picture=picture)


def _first_beside(labels: Labels, boxes: Ints, reach: int) -> Ints:
    """Labels of the first ink to the left, right, above and below the middle of each box; 0 where none is near."""
    left, top, width, height = (boxes[:, i] for i in range(4))
    x, y = left + width // 2, top + height // 2
    found = np.zeros((4, len(boxes)), np.int64)
    for step in range(1, reach + 1):
        ways = ((left - step, y), (left + width - 1 + step, y), (x, top - step), (x, top + height - 1 + step))
        for way, (across, down) in enumerate(ways):
            seen = labels[np.clip(down, 0, labels.shape[0] - 1), np.clip(across, 0, labels.shape[1] - 1)]
            found[way] = np.where(found[way] == 0, seen, found[way])
    return found


def told_by_shape(words: tuple[Word, ...], found: TextLine, cleaned: Cleaned) -> tuple[Word, ...]:
    """The words of a line with each l that has a flag and each slanting 1 put right; a 7 without bar is doubted.

    Args:
        words: as they were read.
        found: the line they were read from.
        cleaned: the page, its ink and what was taken out of it.
    """
    if not any(_is_asked(word.text) for word in words):
        return words
    boxes = cleaned.pieces.boxes[found.pieces].astype(np.int64)
    tall = boxes[boxes[:, 3] >= _TALL * found.height_px]
    tall = tall[np.argsort(tall[:, 0])]
    return tuple(_told(word, tall, cleaned) if _is_asked(word.text) else word for word in words)


def _told(word: Word, tall: Ints, cleaned: Cleaned) -> Word:
    middles = tall[:, 0] + tall[:, 2] / 2
    own = tall[(middles > word.box[0]) & (middles < word.box[2])]
    places = [index for index, letter in enumerate(word.text) if letter not in _LOW]
    if len(own) != len(places):
        return word
    text, confidence = list(word.text), word.confidence
    for index, (left, top, width, height, _) in zip(places, own.tolist(), strict=True):
        letter = cleaned.picture[top : top + height, left : left + width]
        if _FLAGGED.match(word.text, index) and _has_flag(letter):
            text[index] = "l"
        elif text[index] == "7" and not _has_bar(letter):
            # A worn 7 may have lost its bar: whichever it is, a person looks at it.
            confidence = min(confidence, _FIGURE_DOUBTED)
            if _has_flag_beside_stem(letter):
                text[index] = "1"
    return replace(word, text="".join(text), confidence=confidence)


def _is_asked(text: str) -> bool:
    return "7" in text or bool(_FLAGGED.search(text))


def _has_bar(letter: Array) -> bool:
    """Whether a bar runs across the top, as that of a 7 does; the flag of a 1 is shorter."""
    inked = letter < _STROKE_BELOW
    height = len(inked)
    widest = max(
        (end - start for row in inked[: round(_BAR_WITHIN * height) + 1] for start, end in runs(row)),
        default=0,
    )
    return widest >= _BAR * height


def _has_flag_beside_stem(letter: Array) -> bool:
    """Whether ink stands to the left of the line of the stem near its top, as the flag of a 1 does and nothing of a 7."""
    inked = letter < _STROKE_BELOW
    height = len(inked)
    rows = range(round(_STEM_BELOW * height), round(0.95 * height))
    lefts = [(row, found[0][0]) for row in rows if len(found := runs(inked[row])) == 1]
    if len(lefts) < 3:
        return False
    at, left = np.array(lefts, np.float64).T
    slope, start = np.polyfit(at, left, 1)
    flag = range(round(_FLAG_ROWS[0] * height), round(_FLAG_ROWS[1] * height) + 1)
    out = [slope * row + start - found[0][0] for row in flag if (found := runs(inked[row]))]
    return bool(out) and max(out) >= _FLAG_REACH * height


def _has_flag(letter: Array) -> bool:
    """Whether a single stem has a flag to the left of its top and nothing to the right: no L and no t has one."""
    inked = letter < _STROKE_BELOW
    height = len(inked)
    stems = [runs(inked[int(level * height)]) for level in _STEM]
    if any(len(stem) != 1 for stem in stems):
        return False
    left, right = _reach(inked[int(_FLAG * height)], stems[1][0])
    return left >= _REACH * height > right


def _reach(row: Array, stem: tuple[int, int]) -> tuple[int, int]:
    """How far the ink of a row reaches to the left and to the right of the stem, in pixels."""
    for start, end in runs(row):
        if start < stem[1] and end > stem[0]:
            return max(0, stem[0] - start), max(0, end - stem[1])
    return 0, 0


def runs(row: Array) -> list[tuple[int, int]]:
    """Start and end of each run of ink in a row of truth values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], row, [False]]).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
