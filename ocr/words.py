"""From a clean page to words: every line cut out and read alone, put in reading order.

A line read alone cannot be mixed with its neighbours, and costs no layout analysis. What comes back as
noise from patterns, strokes and specks is left out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from ocr import lines as line_finder
from ocr import marks, order, shapes, syllables, zone
from ocr.clean import Cleaned
from ocr.engine import RAW_LINE, SINGLE_LINE, Engine
from ocr.image import Array
from ocr.lines import TextLine
from ocr.reading import Box, Line, Word

# White around a cut-out line, as the recogniser was trained with.
_MARGIN_PX = 10

# A second look: lines less sure than this, at a height the model likes, if it comes out clearly surer.
_DOUBTFUL_BELOW = 0.72
_SECOND_HEIGHT_PX = 26.0
_SURER_BY = 0.04
_SECOND_LOOK_SHARE = 0.10

# Handwriting: of 10,700 printed words on readable pages 95 % come out surer than 0.92; of handwritten ones half
# come out below 0.8, mostly several in a row.
_READ_WELL_FROM = 0.88
_PRINT_FROM = 0.90
_HAND_BELOW = 0.78
_HAND_ON_LEADER_BELOW = 0.85
_HAND_LETTERS = 4

# A line of so many pieces of which nothing was read is read once more.
_EMPTY_LETTERS = 5

# A line of a form in which handwriting spoiled the label, and how sure the label alone must be.
_LABEL_DOUBTFUL_BELOW = 0.8
_LABEL_SURE_FROM = 0.8
_LABEL_LETTERS = 8
# Forms filled in by hand cost this share more at most.
_LABELS_SHARE = 0.35

# Segments on one base line are one line over a wide space of typewritten or justified text, or over a leader,
# in heights of letters.
_SPACE_GAP = 3.5
_LEADER_GAP = 40.0

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

    @property
    def impossible_count(self) -> int:
        """Words that no Vietnamese syllable looks like."""
        return sum(syllables.is_impossible(word.text) for word in self.words)


def read_words(cleaned: Cleaned, even: Array, dpi: int, recogniser: Engine) -> tuple[Line, ...]:
    """All lines of a page in reading order.

    Args:
        cleaned: the strengthened page without leaders and rules.
        even: the page before it was strengthened.
        dpi: of both.
        recogniser: the engine to use.
    """
    cleaned = shapes.without_dots_in_zeros(cleaned, dpi)
    # Only a table's rules part lines; the trace of a dirty scanner runs through words.
    tables = _tables(cleaned)
    barriers = [rule for rule in cleaned.upright if any(order.is_inside(rule, table) for table in tables)]
    found = line_finder.find_lines(cleaned.pieces, barriers, list(cleaned.leaders), dpi)
    found = line_finder.without_ghosts(found, even, cleaned.pieces)
    read = [_read(line, cleaned, dpi, recogniser) for line in found]
    read = _labels_apart(read, cleaned, dpi, recogniser)
    read = _second_look(read, cleaned, dpi, recogniser)
    kept = [
        replace(line, words=_looked_at_closely(line, cleaned, dpi, recogniser))
        for line in read
        if line.words and not _is_noise(line)
    ]
    return with_syllables(marked_handwriting(_ordered(kept, cleaned), cleaned.leaders))


def _looked_at_closely(line: ReadLine, cleaned: Cleaned, dpi: int, recogniser: Engine) -> tuple[Word, ...]:
    words = marks.looked_at_closely(line.words, line.found, cleaned, dpi, recogniser)
    return shapes.told_by_shape(words, line.found, cleaned)


def with_syllables(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """Words trusted more or less for what Vietnamese syllables can be; their text stays as it was read."""
    return tuple(
        replace(
            line,
            words=tuple(
                replace(word, confidence=syllables.trusted(word.text, word.confidence)) for word in line.words
            ),
        )
        for line in lines
    )


def marked_handwriting(lines: tuple[Line, ...], leaders: tuple[Box, ...]) -> tuple[Line, ...]:
    """Marks words that look written by hand.

    A recogniser of print is surest of print: on a page it reads well, several doubtful words in a row are
    handwriting. One doubtful word is a misprint, unless it stands on a dotted line to be filled in.
    """
    sure = [word.confidence for line in lines for word in line.words if len(word.text) > 1]
    if not sure or float(np.median(sure)) < _READ_WELL_FROM:
        return lines
    return tuple(replace(line, words=_marked(line.words, leaders)) for line in lines)


def _marked(words: tuple[Word, ...], leaders: tuple[Box, ...]) -> tuple[Word, ...]:
    result = list(words)
    start = 0
    while start < len(words):
        end = start
        while end < len(words) and words[end].confidence < _PRINT_FROM:
            end += 1
        run = words[start:end]
        letters = sum(len(word.text) for word in run)
        if letters >= _HAND_LETTERS:
            mean = sum(word.confidence * len(word.text) for word in run) / letters
            on_leader = any(_stands_on(word.box, leader) for word in run for leader in leaders)
            if mean < (_HAND_ON_LEADER_BELOW if on_leader else _HAND_BELOW) and (on_leader or len(run) > 1):
                result[start:end] = [replace(word, handwritten=True) for word in run]
        start = max(end, start + 1)
    return tuple(result)


def _stands_on(word: Box, leader: Box) -> bool:
    """Whether a leader runs under or right beside the word."""
    height = word[3] - word[1]
    level = word[1] + 0.4 * height <= leader[3] <= word[3] + 0.5 * height
    return level and leader[0] < word[2] + 2 * height and leader[2] > word[0] - 2 * height


def _read(line: TextLine, cleaned: Cleaned, dpi: int, recogniser: Engine) -> ReadLine:
    read = _read_as(line, cleaned, dpi, recogniser, SINGLE_LINE, 1.0)
    if not read.words and len(line.pieces) >= _EMPTY_LETTERS:
        # Dots far above or below, a neighbour's, keep the engine's own line search from finding one.
        read = replace(
            _read_as(line_finder.trimmed(line), cleaned, dpi, recogniser, SINGLE_LINE, 1.0), found=line
        )
    if zone.is_zone("".join(word.text for word in read.words)):
        other = _read_as(line, cleaned, dpi, zone.recogniser(recogniser), SINGLE_LINE, 1.0)
        return max(read, other, key=lambda one: one.confidence)
    return read


def _read_as(
    line: TextLine, cleaned: Cleaned, dpi: int, recogniser: Engine, layout: int, scale: float
) -> ReadLine:
    """The line's words as read from its picture at `scale`."""
    picture = line_finder.cut_out(line, cleaned.picture, cleaned.pieces, _MARGIN_PX)
    if scale != 1.0:
        how = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
        picture = np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=how), np.uint8)
    dx, dy = line.box[0] - _MARGIN_PX, line.box[1] - _MARGIN_PX
    words = []
    for read in recogniser.lines(picture, dpi, layout):
        for word in read.words:
            left, top, right, bottom = (round(value / scale) for value in word.box)
            words.append(Word(word.text, _moved((left, top, right, bottom), dx, dy), word.confidence))
    return ReadLine(line, tuple(words))


def _labels_apart(read: list[ReadLine], cleaned: Cleaned, dpi: int, recogniser: Engine) -> list[ReadLine]:
    """Doubtful lines of a form read again in parts: handwriting after a label spoils the label's reading too."""
    result: list[ReadLine] = []
    allowance = max(_LABELS_SHARE * sum(len(line.found.pieces) for line in read), 60.0)
    for line in read:
        parts = []
        if (
            allowance > 0
            and line.confidence < _LABEL_DOUBTFUL_BELOW
            and len(line.found.pieces) >= _LABEL_LETTERS
        ):
            parts = line_finder.parted_after_colons(line.found, cleaned.pieces)
        if len(parts) < 2:
            result.append(line)
            continue
        allowance -= len(line.found.pieces)
        apart = [_read(part, cleaned, dpi, recogniser) for part in parts]
        together = ReadLine(line.found, tuple(word for part in apart for word in part.words))
        label = max(part.confidence for part in apart)
        if label > _LABEL_SURE_FROM and together.confidence > line.confidence + _SURER_BY:
            result += apart
        else:
            result.append(line)
    return result


def _second_look(read: list[ReadLine], cleaned: Cleaned, dpi: int, recogniser: Engine) -> list[ReadLine]:
    """Doubtful lines once more, in another size and without the engine's own line search; the surer wins.

    At most a tenth of the page's letters are looked at again, the most doubtful lines first.
    """
    letters = sum(len(line.found.pieces) for line in read)
    allowance = max(_SECOND_LOOK_SHARE * letters, 30.0)
    result = list(read)
    doubtful = sorted(
        (index for index, line in enumerate(read) if _is_doubtful(line)),
        key=lambda index: read[index].confidence,
    )
    for index in doubtful:
        line = read[index]
        allowance -= len(line.found.pieces)
        if allowance < 0:
            break
        again = _read_as(
            line.found, cleaned, dpi, recogniser, RAW_LINE, _SECOND_HEIGHT_PX / line.found.height_px
        )
        better = line.impossible_count - again.impossible_count
        if again.confidence > line.confidence + (_SURER_BY if better <= 0 else -_SURER_BY):
            result[index] = again
    return result


def _is_doubtful(line: ReadLine) -> bool:
    """Whether a second look may help: unsure, or sure of what no syllable looks like."""
    unsure = _NOISE_BELOW * 0.5 < line.confidence < _DOUBTFUL_BELOW
    return unsure or (line.impossible_count > 0 and line.confidence >= _DOUBTFUL_BELOW)


def _moved(box: Box, dx: int, dy: int) -> Box:
    return box[0] + dx, box[1] + dy, box[2] + dx, box[3] + dy


def _is_noise(line: ReadLine) -> bool:
    if any(word.confidence > 0.85 and len(word.text) > 2 and word.text.isalpha() for word in line.words):
        return False
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
        Line(words, block)
        for block, numbers in enumerate(blocks)
        for words in _rows_joined(numbers, read, cleaned)
    )


def _rows_joined(numbers: list[int], read: list[ReadLine], cleaned: Cleaned) -> list[tuple[Word, ...]]:
    """Words of a block's lines; neighbours on one base line with a word space or leader between are one line."""
    joined: list[tuple[Word, ...]] = []
    before: TextLine | None = None
    for number in numbers:
        line = read[number]
        if before is not None and _continues(before, line.found, cleaned):
            joined[-1] += line.words
        else:
            joined.append(line.words)
        before = line.found
    return joined


def _continues(left: TextLine, right: TextLine, cleaned: Cleaned) -> bool:
    height = max(left.height_px, right.height_px)
    start, end = left.box[2], right.box[0]
    level = abs((left.base + left.slope * (left.box[2] - left.box[0]) / 2) - right.base) < 0.6 * height
    if not level or end < start - height:
        return False
    if any(
        start - 3 < (rule[0] + rule[2]) / 2 < end + 3 and rule[1] < right.base < rule[3]
        for rule in cleaned.upright
    ):
        return False
    bridged = any(
        leader[0] < end and leader[2] > start and abs(leader[3] - left.base) < height
        for leader in cleaned.leaders
    )
    return end - start < (_LEADER_GAP if bridged else _SPACE_GAP) * height


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
