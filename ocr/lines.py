"""Lines of text on a straightened page, found before anything is read.

A recogniser left alone with a form reads across two columns, joins cells of a table and takes a signature
for words. Here every line is collected from the pieces of ink that belong to it: letters that follow each
other make its body, marks above and dots below join the body they are nearest to, and what belongs to no
line (specks, frames, strokes of a stamp) stays out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from ocr.image import Array
from ocr.ink import Mask, Pieces
from ocr.reading import Box

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# A body: an x of 7 pt is 1.1 mm high, the capitals of a 30 pt title 9 mm; photocopied words run together.
_BODY_MM = (1.05, 9.5)
_BODY_WIDEST_MM = 70.0
# Smaller pieces are grain; a full stop of 8 pt is 0.3 mm wide.
_SPECK_MM = 0.22
# Flat slivers are what is left of a rule.
_REMNANT_MM = 0.3

# Letters further apart than this share of their height (and at least so many mm) begin another line: the
# spaces of justified text are below 2, columns of a letterhead from 2.5 up.
_GAP_HEIGHTS = 2.1
_GAP_MIN_MM = 3.6

# The palest lines of a faded page keep 0.3 of the depth of its darkest; patterns and the back's print have
# up to 0.25.
_GHOST_SHARE = 0.275

# Widths and areas of printed letters spread by a third; figures of a number and ornaments of a frame hardly.
_PATTERN_MIN = 10
_PATTERN_SPREAD = 0.05
_PATTERN_WIDE = 0.85

# Pale ink that belongs to a line: darker than this, so many heights of letters above and below them.
_PALE_LEVEL = 225
_PALE_ABOVE = 0.45
_PALE_BELOW = 0.3

# How far the marks of letters reach above and below them, in heights of letters.
_MARKS_ABOVE, _MARKS_BELOW = 0.6, 0.4

# Small print: from an x of 5 pt up to the smallest body, letters less than a millimetre apart.
_SMALL_PRINT_MM = 0.6
_SMALL_PRINT_GAP_MM = 0.9
_SMALL_PRINT_MIN = 7

# Lines are joined on a canvas of this resolution.
_CANVAS_DPI = 120


@dataclass(frozen=True)
class TextLine:
    """The ink of one line.

    Attributes:
        box: around all its pieces, page pixels.
        pieces: labels of its ink.
        top, base: the usual top and bottom of its letters, y in page pixels at the line's middle.
        slope: of its base line, pixels down per pixel right.
        height_px: usual height of its letters.
    """

    box: Box
    pieces: Ints
    top: float
    base: float
    slope: float
    height_px: float


def find_lines(pieces: Pieces, barriers: list[Box], leaders: list[Box], dpi: int) -> list[TextLine]:
    """All lines, in no particular order.

    Args:
        pieces: ink of the page without rules and leaders.
        barriers: upright rules; no line crosses them.
        leaders: dotted lines; they hold a form's line together.
        dpi: of the page.
    """
    mm = dpi / 25.4
    body = np.flatnonzero(_bodies(pieces, mm))
    if len(body) == 0:
        return []
    of_body = _joined(pieces.boxes[body].astype(np.float64), barriers, leaders, pieces.labels.shape, dpi)
    order = np.argsort(of_body, kind="stable")
    groups = np.split(body[order], np.flatnonzero(np.diff(of_body[order])) + 1)
    lines = [_line(pieces, group, mm) for group in groups if not _is_pattern(pieces, group)]
    lines = _without_stacked_marks(lines)
    return _with_marks(lines + _small_print(pieces, barriers, dpi), pieces, mm)


def _small_print(pieces: Pieces, barriers: list[Box], dpi: int) -> list[TextLine]:
    """Lines of letters no higher than the marks of larger ones: captions of identity cards, footnotes.

    Marks stand apart from each other; letters of small print follow each other closely, many in a row.
    """
    mm = dpi / 25.4
    width, height = pieces.boxes[:, 2], pieces.boxes[:, 3]
    small = (height >= _SMALL_PRINT_MM * mm) & (height < _BODY_MM[0] * mm) & (width <= 6 * height)
    small[0] = False
    index = np.flatnonzero(small)
    if len(index) < _SMALL_PRINT_MIN:
        return []
    of_piece = _joined(
        pieces.boxes[index].astype(np.float64), barriers, [], pieces.labels.shape, dpi, _SMALL_PRINT_GAP_MM
    )
    order = np.argsort(of_piece, kind="stable")
    groups = np.split(index[order], np.flatnonzero(np.diff(of_piece[order])) + 1)
    return [
        _line(pieces, group, mm)
        for group in groups
        if len(group) >= _SMALL_PRINT_MIN and not _is_pattern(pieces, group)
    ]


def without_ghosts(lines: list[TextLine], even: Array, pieces: Pieces) -> list[TextLine]:
    """Drops what is far paler than the page's print: patterns of certificates, print of the back.

    Args:
        lines: as found on the strengthened picture.
        even: the evened picture before it was strengthened.
        pieces: the ink the lines are made of.
    """
    if not lines:
        return []
    depth = np.array([_depth(line, even, pieces) for line in lines])
    letters = np.array([len(line.pieces) for line in lines], np.float64)
    order = np.argsort(-depth)
    # The print that counts: what a few words or a quarter of the letters reach; patterns may be the most.
    reached = np.cumsum(letters[order]) >= min(0.25 * letters.sum(), 20)
    usual = float(depth[order][int(np.argmax(reached))])
    return [line for line, dark in zip(lines, depth, strict=True) if dark >= _GHOST_SHARE * usual]


def _depth(line: TextLine, even: Array, pieces: Pieces) -> float:
    """How much darker than paper the darkest third of a line's ink is; every third row says enough."""
    left, top, right, bottom = line.box
    wanted = np.zeros(len(pieces.boxes), bool)
    wanted[line.pieces] = True
    inked = even[top:bottom:3, left:right][wanted[pieces.labels[top:bottom:3, left:right]]]
    return 250.0 - float(np.percentile(inked, 33)) if inked.size else 0.0


def parted_after_colons(line: TextLine, pieces: Pieces) -> list[TextLine]:
    """The line cut after every colon: a form's printed label and what was filled in, which may be handwritten.

    A colon is two dots of one size above each other, the lower one on the base line.
    """
    boxes = pieces.boxes[line.pieces].astype(np.float64)
    size = line.height_px
    small = (boxes[:, 2] < 0.4 * size) & (boxes[:, 3] < 0.4 * size)
    dots = boxes[small]
    cuts: list[float] = []
    for low in dots:
        foot = low[1] + low[3] - line.base - line.slope * (low[0] - (line.box[0] + line.box[2]) / 2)
        rise = low[1] - dots[:, 1]
        above = (np.abs(dots[:, 0] - low[0]) < 0.2 * size) & (rise > 0.3 * size) & (rise < 0.8 * size)
        if abs(foot) < 0.2 * size and above.any():
            cuts.append(float(low[0] + low[2] + 1))
    middle = boxes[:, 0] + boxes[:, 2] / 2
    part_of = np.searchsorted(np.sort(cuts), middle)
    parts = []
    for number in np.unique(part_of):
        own = line.pieces[part_of == number]
        left, top, width, height = (pieces.boxes[own, i] for i in range(4))
        box = (int(left.min()), int(top.min()), int((left + width).max()), int((top + height).max()))
        shift = line.slope * ((box[0] + box[2]) / 2 - (line.box[0] + line.box[2]) / 2)
        parts.append(TextLine(box, own, line.top + shift, line.base + shift, line.slope, size))
    return parts


def trimmed(line: TextLine) -> TextLine:
    """The line without what stands further from its letters than their own marks."""
    left, top, right, bottom = line.box
    lean = abs(line.slope) * (right - left) / 2
    high = round(line.top - lean - _MARKS_ABOVE * line.height_px)
    low = round(line.base + lean + _MARKS_BELOW * line.height_px)
    return replace(line, box=(left, max(top, high), right, min(bottom, low)))


def cut_out(line: TextLine, even: Array, pieces: Pieces, margin: int) -> Array:
    """The line's own ink on white paper, its box plus `margin` pixels on every side.

    Between its letters what is too pale to be a piece stays too: slashes and crossbars of faded copies.
    """
    left, top, right, bottom = line.box
    part = even[top:bottom, left:right]
    labels = pieces.labels[top:bottom, left:right]
    wanted = np.zeros(len(pieces.boxes), np.uint8)
    wanted[line.pieces] = 1
    own = wanted[labels]
    foreign = ((labels > 0) & (own == 0)).view(np.uint8)
    near = np.ones((3, 3), np.uint8)
    shift = line.slope * (np.arange(left, right) - (left + right) / 2)
    rows = np.arange(top, bottom)[:, None]
    between = rows > line.top + shift - _PALE_ABOVE * line.height_px
    between &= rows < line.base + shift + _PALE_BELOW * line.height_px
    pale = between & (part < _PALE_LEVEL) & (cv2.dilate(foreign, near) == 0)
    crop = np.where(((cv2.dilate(own, near) > 0) & (foreign == 0)) | pale, part, 255).astype(np.uint8)
    return np.asarray(
        cv2.copyMakeBorder(crop, margin, margin, margin, margin, cv2.BORDER_CONSTANT, value=(255,)), np.uint8
    )


def _bodies(pieces: Pieces, mm: float) -> Mask:
    width, height, area = pieces.boxes[:, 2], pieces.boxes[:, 3], pieces.boxes[:, 4]
    keep = (height >= _BODY_MM[0] * mm) & (height <= _BODY_MM[1] * mm) & (width <= _BODY_WIDEST_MM * mm)
    # A solid block is no letter: seals of redaction, thick bars, filled holes.
    keep &= ~((area > 0.85 * width * height) & (width > 2.5 * mm) & (height > 2.5 * mm))
    keep[0] = False
    return np.asarray(keep)


def _joined(
    boxes: Floats,
    barriers: list[Box],
    leaders: list[Box],
    shape: tuple[int, ...],
    dpi: int,
    gap_mm: float | None = None,
) -> Ints:
    """A line number for each letter: dashes at half height, drawn on a canvas, that touch.

    Letters are joined over `gap_mm`, or as far as their height allows.
    """
    scale = _CANVAS_DPI / dpi
    mm = _CANVAS_DPI / 25.4
    canvas = np.zeros((int(shape[0] * scale) + 2, int(shape[1] * scale) + 2), np.uint8)
    left, top, width, height = (boxes[:, i] * scale for i in range(4))
    middle = top + height / 2
    thick = np.maximum(1, np.round(0.18 * height)).astype(int)
    usual = float(np.median(height))
    gap = np.maximum(_GAP_MIN_MM * mm, _GAP_HEIGHTS * np.minimum(height, 2.5 * usual))
    if gap_mm is not None:
        gap = np.full_like(height, gap_mm * mm)
    rows, starts, ends = middle.astype(int), left.astype(int), (left + width + gap).astype(int)
    dashes = zip(rows.tolist(), thick.tolist(), starts.tolist(), ends.tolist(), strict=True)
    for row, half, start, end in dashes:
        canvas[max(0, row - half) : row + half + 1, start : end + 1] = 1
    for box in leaders:
        bottom = int(box[3] * scale)
        canvas[
            max(0, int(bottom - 0.6 * usual)) : max(1, bottom - int(0.2 * usual)),
            int(box[0] * scale) : int(box[2] * scale + 2 * mm),
        ] = 1
    for box in barriers:
        canvas[
            int(box[1] * scale) : int(box[3] * scale) + 1, int(box[0] * scale) : int(box[2] * scale) + 1
        ] = 0
    _, labels = cv2.connectedComponents(canvas, connectivity=4)
    # The dash may have been cut at its very start by a barrier; its middle is safe.
    centre = (left + width / 2).astype(int)
    found = np.asarray(labels[rows, centre], np.int64)
    # A letter standing on a barrier keeps to what is left of it, or to itself.
    found = np.where(found > 0, found, labels[rows, starts])
    return np.where(found > 0, found, -1 - np.arange(len(found)))


def _is_pattern(pieces: Pieces, group: Ints) -> bool:
    """Whether the pieces are all of one size and as wide as high: dots, the rings and lozenges of a printed frame.

    The figures of a long number may be of one size too, but they are slim.
    """
    if len(group) < _PATTERN_MIN:
        return False
    width, height, area = (pieces.boxes[group, i].astype(np.float64) for i in (2, 3, 4))
    if float(np.median(width)) < _PATTERN_WIDE * float(np.median(height)):
        return False
    even_sides = all(
        float(np.std(size)) < _PATTERN_SPREAD * float(np.mean(size)) + 0.4 for size in (width, height)
    )
    return even_sides and float(np.std(area)) < 1.2 * _PATTERN_SPREAD * float(np.mean(area))


def _line(pieces: Pieces, group: Ints, mm: float) -> TextLine:
    left, top, width, height, _ = pieces.boxes[group].T.astype(np.float64)
    x = left + width / 2
    bottom = top + height
    usual_height = float(np.median(height))
    slope = 0.0
    if len(group) >= 6 and np.ptp(x) > 20 * mm:
        slope = _slope(x, bottom, usual_height)
    box = (int(left.min()), int(top.min()), int((left + width).max()), int(bottom.max()))
    middle = (box[0] + box[2]) / 2
    flat_bottom, flat_top = bottom - slope * (x - middle), top - slope * (x - middle)
    return TextLine(
        box, group, float(np.median(flat_top)), float(np.median(flat_bottom)), float(slope), usual_height
    )


def _slope(x: Floats, bottom: Floats, usual_height: float) -> float:
    """Of the straight line under the letters, those that hang below or float above left out step by step."""
    slope, offset = 0.0, float(np.median(bottom))
    for limit in (0.6, 0.3, 0.2):
        keep = np.abs(bottom - offset - slope * x) <= max(2.0, limit * usual_height)
        if keep.sum() < 4:
            return 0.0
        xs, ys = x[keep], bottom[keep]
        aside = xs - xs.mean()
        slope = float((aside * ys).sum() / max(1e-9, (aside * aside).sum()))
        offset = float(ys.mean() - slope * xs.mean())
    return slope


def _without_stacked_marks(lines: list[TextLine]) -> list[TextLine]:
    """Marks of large capitals are as high as small letters: a row of them joins the line right below."""
    if not lines:
        return []
    first = np.array([line.box[0] for line in lines], np.float64)
    last = np.array([line.box[2] for line in lines], np.float64)
    top = np.array([line.top for line in lines])
    base = np.array([line.base for line in lines])
    high = np.array([line.height_px for line in lines])
    count = np.array([len(line.pieces) for line in lines])
    kept: list[TextLine] = []
    for number, line in enumerate(lines):
        # A raised 2 or 3 is as high as a small letter, and alone.
        share = 1.05 if count[number] <= 2 else 0.62
        above, below = (top - line.base) / high, (line.top - base) / high
        host = (line.height_px <= share * high) & (count[number] <= 0.7 * count)
        host &= (line.box[0] >= first - 1.2 * high) & (line.box[2] <= last + 1.2 * high)
        host &= ((above > -0.5) & (above < 0.45)) | ((below > -0.6) & (below < 0.2))
        host[number] = False
        if not host.any():
            kept.append(line)
    return kept


def _with_marks(lines: list[TextLine], pieces: Pieces, mm: float) -> list[TextLine]:
    """Gives every small piece to the line it is nearest to."""
    if not lines:
        return []
    taken = np.zeros(len(pieces.boxes), bool)
    taken[0] = True
    for line in lines:
        taken[line.pieces] = True
    left, top, width, height, _ = pieces.boxes.T.astype(np.float64)
    loose = np.flatnonzero(
        ~taken
        & ~((width > 4 * height) & (height <= _REMNANT_MM * mm))
        & (np.maximum(width, height) >= _SPECK_MM * mm)
        & (height <= 1.1 * _BODY_MM[1] * mm)
        & (width <= 12 * mm)
    )
    if len(loose) == 0:
        return lines
    nearest = _nearest_line(lines, (left + width / 2)[loose, None], (top + height / 2)[loose, None])
    return [_widened(line, loose[nearest == number], pieces) for number, line in enumerate(lines)]


def _nearest_line(lines: list[TextLine], x: Array, y: Array) -> Array:
    """For pieces with middles (x, y), shape (count, 1): the number of the line each belongs to, -1 for none."""
    first = np.array([line.box[0] for line in lines])[None]
    last = np.array([line.box[2] for line in lines])[None]
    high = np.array([line.height_px for line in lines])[None]
    shift = (x - (first + last) / 2) * np.array([line.slope for line in lines])[None]
    above = np.array([line.top for line in lines])[None] + shift - y
    below = y - np.array([line.base for line in lines])[None] - shift
    aside = np.maximum(first - x, x - last)
    # A mark may stand a letter's height above its line; a dot or tail hangs less far below.
    far = np.maximum(np.maximum(above, 1.25 * below), 0.0)
    allowed = (aside <= 1.6 * high) & (above <= 1.15 * high) & (below <= 0.75 * high)
    # A signature is higher than print and would draw in the dots of all lines around it.
    usual = float(np.median(np.repeat(high[0], [len(line.pieces) for line in lines])))
    strange = np.where(high > 2.2 * usual, 3.0 * high, 0.2 * high)
    cost = np.where(allowed, far + 0.7 * np.maximum(aside, 0) + strange, np.inf)
    nearest = np.argmin(cost, axis=1)
    return np.where(np.isfinite(cost[np.arange(len(x)), nearest]), nearest, -1)


def _widened(line: TextLine, extra: Array, pieces: Pieces) -> TextLine:
    """The line with some more pieces."""
    if len(extra) == 0:
        return line
    left, top, width, height, _ = pieces.boxes[extra].T
    box = (
        int(min(line.box[0], left.min())),
        int(min(line.box[1], top.min())),
        int(max(line.box[2], (left + width).max())),
        int(max(line.box[3], (top + height).max())),
    )
    return TextLine(
        box, np.concatenate([line.pieces, extra]), line.top, line.base, line.slope, line.height_px
    )
