"""What is taken away before recognition, and only for it: dotted leaders and rules.

The dotted lines of Vietnamese forms make a recogniser drop or garble whole lines. They are known by what
letters never are: at least six small marks of one size at one distance on one line. The dot below a
letter (dấu nặng), the dots of an ellipsis and the letters standing on the dots stay.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ocr.image import Array
from ocr.ink import Mask, Pieces, pieces_of
from ocr.reading import Box

Ints = npt.NDArray[np.int64]

# A leader's dot at 9–14 pt is 0.2–0.6 mm; merged pairs of a photocopy are wider, never higher.
# On photocopies they swell to a millimetre.
_DOT_HIGHEST_MM = 1.0
_DOT_WIDEST_MM = 2.2
# From centre to centre 0.5–2.5 mm; the next dot differs by less than this share of the usual distance.
_PITCH_MM = (0.35, 2.6)
_PITCH_TOLERANCE = 0.3
_CHAIN_MIN = 6
# Dots of one leader differ in area by less than this factor from the usual one.
_DOT_AREAS = 2.2

# Table rules and underlines: long and thin. 9 mm is longer than any stroke of a 16 pt letter.
_RULE_LONG_MM = 9.0
_RULE_THICK_MM = 0.9
# A one-pixel break of a photocopy has closed by itself on a copy of this resolution.
_RULE_DPI = 150
# Ink beside a rule: letters standing on an underline cover a quarter of it, strokes of bold words half.
_RULE_NEIGHBOURS = 0.33
# A rule that ends so near to the edge of the sheet runs off it.
_EDGE_MM = 1.5
# So near to a rule another one ends upon it.
_RULE_MEETS_MM = 1.5


@dataclass(frozen=True)
class Cleaned:
    """The picture for the recogniser, its ink, and what was taken out of it.

    Attributes:
        picture: evened page without leaders and rules.
        pieces: its connected ink.
        leaders: places of dotted lines.
        across, upright: places of rules; what runs off the sheet is erased too and is none.
    """

    picture: Array
    pieces: Pieces
    leaders: tuple[Box, ...]
    across: tuple[Box, ...]
    upright: tuple[Box, ...]


def cleaned(even: Array, inked: Mask, dpi: int) -> Cleaned:
    """Leaders and rules erased from an evened, straightened page."""
    erased, across, upright = _rules(inked, dpi)
    pieces = pieces_of(inked & ~erased if across or upright else inked)
    is_dot, leaders = _leaders(pieces, dpi)
    picture = even.copy()
    rim_px = _rule_rim_px(dpi) + 1
    places = [_slices(box, rim_px, inked.shape) for box in [*across, *upright]] + _bands(pieces, is_dot)
    # First all dots go, then the grey rims, so that no rim is spared for a dot still standing there.
    for place in places:
        labels = pieces.labels[place]
        dots = is_dot[labels]
        labels[dots] = 0
        erased[place] |= dots
    for place in places:
        # The grey rim of what is erased goes too, but no ink that is not part of it.
        rim = cv2.dilate(erased[place].view(np.uint8), np.ones((3, 3), np.uint8)) > 0
        picture[place][rim & (pieces.labels[place] == 0)] = 255
    own_across = _without_traces(across, upright, inked.shape[1], dpi, lying=True)
    own_upright = _without_traces(upright, across, inked.shape[0], dpi, lying=False)
    return Cleaned(picture, pieces, tuple(leaders), own_across, own_upright)


def _without_traces(
    rules: list[Box], others: list[Box], length: int, dpi: int, *, lying: bool
) -> tuple[Box, ...]:
    """The rules that are no traces of a dirty scanner.

    A trace runs off the sheet and is only crossed; where it pales it ends somewhere, upon no rule, where no other rule
    ends. A table may run off the sheet too: rules of its other direction end upon its outer ones, and its inner ones
    reach as far as those.
    """
    edge, reach = _EDGE_MM * dpi / 25.4, _RULE_MEETS_MM * dpi / 25.4
    start, end, side = (0, 2, 1) if lying else (1, 3, 0)

    def is_as_long(one: Box, other: Box) -> bool:
        return abs(one[start] - other[start]) < reach and abs(one[end] - other[end]) < reach

    def ends_upon(other: Box, rule: Box) -> bool:
        middle = (other[start] + other[end]) / 2
        nearest = min(abs(other[side] - rule[side]), abs(other[side + 2] - rule[side]))
        return rule[start] <= middle <= rule[end] and nearest < reach

    def is_pale_trace(rule: Box) -> bool:
        places = [
            (o[start] + o[end]) / 2 for o in others if o[side] - reach <= rule[side] <= o[side + 2] + reach
        ]
        crossed = [place for place in places if rule[start] + reach < place < rule[end] - reach]
        meets = any(min(abs(place - rule[start]), abs(place - rule[end])) <= reach for place in places)
        alone = sum(is_as_long(rule, one) for one in rules) == 1
        return len(crossed) >= 2 and not meets and alone

    off = [rule for rule in rules if min(rule[start], length - rule[end]) < edge]
    outer = [rule for rule in off if any(ends_upon(other, rule) for other in others)]
    traces = [rule for rule in off if not any(is_as_long(rule, one) for one in outer)]
    traces += [rule for rule in rules if rule not in off and is_pale_trace(rule)]
    return tuple(rule for rule in rules if rule not in traces)


def _scaled(box: Box, factor: float) -> Box:
    return round(box[0] * factor), round(box[1] * factor), round(box[2] * factor), round(box[3] * factor)


def _slices(box: Box, margin: int, shape: tuple[int, ...]) -> tuple[slice, slice]:
    """The box grown by `margin` pixels, as far as the picture reaches."""
    left, top, right, bottom = box
    return (
        slice(max(0, top - margin), min(shape[0], bottom + margin)),
        slice(max(0, left - margin), min(shape[1], right + margin)),
    )


def _bands(pieces: Pieces, chosen: Mask) -> list[tuple[slice, slice]]:
    """The rows of the page in which chosen pieces lie, with a pixel around."""
    height, width = pieces.labels.shape
    left, top, wide, high, _ = pieces.boxes[chosen].T
    edges = np.zeros(height + 2, np.int32)
    np.add.at(edges, np.maximum(0, top - 1), 1)
    np.add.at(edges, np.minimum(height, top + high + 1), -1)
    inside = np.flatnonzero(np.diff(np.concatenate([[0], np.cumsum(edges) > 0, [0]])))
    bands = []
    for first, past in zip(inside[::2].tolist(), inside[1::2].tolist(), strict=True):
        own = (top < past) & (top + high > first)
        start, end = int(left[own].min()), int((left + wide)[own].max())
        bands.append((slice(first, min(height, past)), slice(max(0, start - 1), min(width, end + 1))))
    return bands


def _rules(inked: Mask, dpi: int) -> tuple[Mask, list[Box], list[Box]]:
    """Rules, cut out between the letters that touch them: mask, lying ones, upright ones."""
    scale = min(1.0, _RULE_DPI / dpi)
    small: Array = inked.view(np.uint8)
    if scale < 1:
        grey = small * np.uint8(255)
        small = np.asarray(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) > 100)
        small = small.view(np.uint8)
    mm = dpi * scale / 25.4
    mask: Array = np.zeros(small.shape, np.uint8)
    boxes: tuple[list[Box], list[Box]] = ([], [])
    for across in (True, False):
        for run in _runs(small, mm, across, mask):
            boxes[0 if across else 1].append(_scaled(run, 1 / scale))
    erased = np.zeros(inked.shape, bool)
    every = [(box, True) for box in boxes[0]] + [(box, False) for box in boxes[1]]
    down, along = mask.shape[0] / inked.shape[0], mask.shape[1] / inked.shape[1]
    for box, _ in every:
        place = _slices(box, _rule_rim_px(dpi), inked.shape)
        rows = (np.arange(place[0].start, place[0].stop) * down).astype(np.intp)
        columns = (np.arange(place[1].start, place[1].stop) * along).astype(np.intp)
        erased[place] = (mask[rows[:, None], columns[None]] > 0) & inked[place]
    for box, across in every:
        _keep_crossings(erased, inked, box, across, max(3, round(1.2 * dpi / 25.4)))
    return erased, boxes[0], boxes[1]


def _rule_rim_px(dpi: int) -> int:
    """How far the ink of a rule may reach beyond its box: two cells of the copy it was found on."""
    return max(2, round(2 * dpi / _RULE_DPI))


def _runs(small: Array, mm: float, across: bool, mask: Array) -> list[Box]:
    """Boxes of the long thin runs of ink that stand alone; drawn into `mask`, one cell wider to both sides."""
    long = round(_RULE_LONG_MM * mm)
    thick = max(2, round(_RULE_THICK_MM * mm))
    line = np.ones((1, long) if across else (long, 1), np.uint8)
    bridge = np.ones((1, 3) if across else (3, 1), np.uint8)
    runs = cv2.morphologyEx(cv2.morphologyEx(small, cv2.MORPH_CLOSE, bridge), cv2.MORPH_OPEN, line)
    if not cv2.countNonZero(runs):
        return []
    count, labels, stats, _ = cv2.connectedComponentsWithStatsWithAlgorithm(runs, 8, cv2.CV_32S, cv2.CCL_BBDT)
    # The rule's own shaded edge.
    wider = np.ones((3, 1) if across else (1, 3), np.uint8)
    found: list[Box] = []
    for label in range(1, count):
        left, top, width, height, area = (int(v) for v in stats[label])
        length, depth = (width, height) if across else (height, width)
        box = (left, top, left + width, top + height)
        thin = area / max(1, length) <= thick and depth <= max(thick, length // 8)
        if thin and _stands_alone(small, box, across, max(1, round(0.4 * mm))):
            place = _slices(box, 1, small.shape)
            mask[place] |= np.asarray(cv2.dilate((labels[place] == label).astype(np.uint8), wider), np.uint8)
            found.append(box)
    return found


def _keep_crossings(erased: Mask, inked: Mask, box: Box, across: bool, reach: int) -> None:
    """Takes back, in place, what is a letter's stroke crossing the rule: ink on both sides of it."""
    height, width = inked.shape
    left, top, right, bottom = box
    place = np.s_[
        max(0, top - reach) : min(height, bottom + reach), max(0, left - reach) : min(width, right + reach)
    ]
    beside = (inked[place] & ~erased[place]).astype(np.uint8)
    size = (1, reach) if not across else (reach, 1)
    kernel = np.ones(size, np.uint8)
    before = cv2.dilate(beside, kernel, anchor=(0, 0))
    after = cv2.dilate(beside, kernel, anchor=(size[1] - 1, size[0] - 1))
    erased[place] &= ~((before > 0) & (after > 0))


def _stands_alone(inked: Array, box: Box, across: bool, away: int) -> bool:
    """Whether paper lies on both sides of a run: inside the letters of a bold word it does not."""
    left, top, right, bottom = box
    # The cell next to it belongs to the rule itself, where that leans or is worn.
    before, after = (top - 1, bottom + 1) if across else (left - 1, right + 1)
    bands = slice(max(0, before - away), max(0, before)), slice(after, after + away)
    sides = [inked[band, left:right] if across else inked[top:bottom, band] for band in bands]
    return all(side.size == 0 or float(side.mean()) < _RULE_NEIGHBOURS for side in sides)


def _leaders(pieces: Pieces, dpi: int) -> tuple[Mask, list[Box]]:
    """Marks of one size, evenly spaced on a line: which pieces they are, and the chains' boxes."""
    mm = dpi / 25.4
    sizes = pieces.boxes
    left, top, width, height = (sizes[:, i] for i in range(4))
    places = np.stack([left + width / 2, top + height / 2], axis=1)
    small = (height <= max(3, _DOT_HIGHEST_MM * mm)) & (width <= _DOT_WIDEST_MM * mm)
    small[0] = False
    index = np.flatnonzero(small)
    chosen = np.zeros(len(sizes), bool)
    boxes: list[Box] = []
    if len(index) >= _CHAIN_MIN:
        bucket = max(3.0, 0.6 * mm)
        for phase in (0.0, 0.5):
            rows = np.floor(places[index, 1] / bucket + phase).astype(np.int64)
            order = np.lexsort((places[index, 0], rows))
            boxes += _chains(index[order], rows[order], places, sizes, mm, chosen)
    return chosen, boxes


def _chains(
    index: Ints,
    rows: Ints,
    centres: npt.NDArray[np.float64],
    stats: npt.NDArray[np.int32],
    mm: float,
    chosen: npt.NDArray[np.bool_],
) -> list[Box]:
    """Marks `chosen` for every chain in marks sorted by row and place; the chains' boxes."""
    x = centres[index, 0]
    y = centres[index, 1]
    step = np.diff(x)
    near = (np.diff(rows) == 0) & (step >= _PITCH_MM[0] * mm) & (step <= _PITCH_MM[1] * mm)
    near &= np.abs(np.diff(y)) <= max(1.5, 0.25 * mm)
    boxes: list[Box] = []
    start = 0
    breaks = np.flatnonzero(~near)
    for end in [*breaks.tolist(), len(index) - 1]:
        run = index[start : end + 1]
        if len(run) >= _CHAIN_MIN:
            steps = x[start + 1 : end + 1] - x[start:end]
            boxes += _even_stretches(run, steps, stats, chosen)
        start = end + 1
    return boxes


def _even_stretches(
    run: Ints, steps: npt.NDArray[np.float64], stats: npt.NDArray[np.int32], chosen: npt.NDArray[np.bool_]
) -> list[Box]:
    pitch = float(np.median(steps))
    even = np.abs(steps - pitch) <= _PITCH_TOLERANCE * pitch
    area = stats[run, cv2.CC_STAT_AREA].astype(np.float64)
    usual = float(np.median(area))
    alike = (area < _DOT_AREAS * usual) & (area * _DOT_AREAS > usual)
    even &= alike[1:] & alike[:-1]
    boxes: list[Box] = []
    edges = np.flatnonzero(np.diff(np.concatenate([[False], even, [False]]).astype(np.int8)))
    for first, past in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        part = run[first : past + 1]
        if len(part) < _CHAIN_MIN:
            continue
        # The second phase of the search finds most chains again.
        known = bool(chosen[part].mean() > 0.7)
        chosen[part] = True
        if known:
            continue
        left, top = stats[part, 0].min(), stats[part, 1].min()
        right = (stats[part, 0] + stats[part, 2]).max()
        bottom = (stats[part, 1] + stats[part, 3]).max()
        boxes.append((int(left), int(top), int(right), int(bottom)))
    return boxes
