"""What is taken away before recognition, and only for it: red stamps, dotted leaders, rules.

The dotted lines of Vietnamese forms make a recogniser drop or garble whole lines. They are known by what
letters never are: at least six small marks of one size at one distance on one line. The dot below a
letter (dấu nặng), the dots of an ellipsis and the letters standing on the dots stay.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ocr.image import Array, reduced
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
# Ink beside a rule: letters standing on an underline cover a quarter of it, strokes of bold words half.
_RULE_NEIGHBOURS = 0.33


# Red of a title or a stamp: this much above the other channels; pink paper is below 40.
_STRONG_RED = 45
_RED_DPI = 75


@dataclass(frozen=True)
class Cleaned:
    """The picture for the recogniser, its ink, and what was taken out of it.

    Attributes:
        picture: evened page without leaders and rules.
        pieces: its connected ink.
        leaders: places of dotted lines.
        across, upright: places of rules.
    """

    picture: Array
    pieces: Pieces
    leaders: tuple[Box, ...]
    across: tuple[Box, ...]
    upright: tuple[Box, ...]


def without_red_ink(array: Array, dpi: int) -> Array:
    """Brightness in which stamps and pink grounds fade and red print stays.

    The red channel shows red ink as white. It is taken everywhere but where strong red lies in rows, as
    the titles and serial numbers of certificates do.
    """
    if array.ndim == 2:
        return array
    grey = np.asarray(cv2.cvtColor(array, cv2.COLOR_BGR2GRAY), np.uint8)
    faded = np.asarray(cv2.max(grey, array[:, :, 2]), np.uint8)
    for left, top, right, bottom in _red_print(array, dpi):
        place = np.s_[top:bottom, left:right]
        # Grey paper is darker than red paper; without this the place itself would stand out.
        level = float(np.percentile(faded[place], 80)) / max(1.0, float(np.percentile(grey[place], 80)))
        faded[place] = cv2.convertScaleAbs(grey[place], alpha=level)
    return faded


def _red_print(array: Array, dpi: int) -> list[Box]:
    """Places of strong red that are rows of print, not round or square stamps."""
    scale = min(1.0, _RED_DPI / dpi)
    small = reduced(array, scale)
    blue, green, red = cv2.split(small)
    strong = (cv2.subtract(red, cv2.max(blue, green)) > _STRONG_RED).astype(np.uint8)
    if not strong.any():
        return []
    mm = dpi * scale / 25.4
    reach = max(3, round(3.0 * mm) | 1)
    joined = cv2.morphologyEx(strong, cv2.MORPH_CLOSE, np.ones((3, reach), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    boxes: list[Box] = []
    for left, top, width, height, _ in (tuple(int(v) for v in row) for row in stats[1:count]):
        row_like = 1.2 * mm <= height <= 11 * mm and width >= 2.2 * height and width >= 8 * mm
        if row_like:
            rim = round(1.0 * mm)
            boxes.append(
                (
                    max(0, int((left - rim) / scale)),
                    max(0, int((top - rim) / scale)),
                    min(array.shape[1], int((left + width + rim) / scale)),
                    min(array.shape[0], int((top + height + rim) / scale)),
                )
            )
    return boxes


def cleaned(even: Array, inked: Mask, dpi: int) -> Cleaned:
    """Leaders and rules erased from an evened, straightened page."""
    rule_mask, across, upright = _rules(inked, dpi)
    pieces = pieces_of(inked & ~rule_mask)
    is_dot, leaders = _leaders(pieces, dpi)
    labels = pieces.labels.copy()
    dot_mask = is_dot[labels]
    labels[dot_mask] = 0
    picture = even.copy()
    erase = (rule_mask | dot_mask).astype(np.uint8)
    # The grey rim of what is erased goes too, but no ink that is not part of it.
    rim = cv2.dilate(erase, np.ones((3, 3), np.uint8)) > 0
    picture[rim & (labels == 0)] = 255
    return Cleaned(picture, Pieces(labels, pieces.boxes), tuple(leaders), tuple(across), tuple(upright))


def _rules(inked: Mask, dpi: int) -> tuple[Mask, list[Box], list[Box]]:
    """Rules, cut out between the letters that touch them: mask, lying ones, upright ones.

    Found on a copy at 150 dpi, where a one-pixel break of a photocopy has closed by itself.
    """
    scale = min(1.0, 150 / dpi)
    source = inked.astype(np.uint8)
    small = (
        cv2.resize(source * 255, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        if scale < 1
        else source
    )
    small = (small > 100 if scale < 1 else small > 0).astype(np.uint8)
    mm = dpi * scale / 25.4
    long = round(_RULE_LONG_MM * mm)
    thick = max(2, round(_RULE_THICK_MM * mm))
    mask = np.zeros(small.shape, np.uint8)
    boxes: tuple[list[Box], list[Box]] = ([], [])
    for across in (True, False):
        line = np.ones((1, long) if across else (long, 1), np.uint8)
        bridge = np.ones((1, 3) if across else (3, 1), np.uint8)
        runs = cv2.morphologyEx(cv2.morphologyEx(small, cv2.MORPH_CLOSE, bridge), cv2.MORPH_OPEN, line)
        count, labels, stats, _ = cv2.connectedComponentsWithStats(runs, connectivity=8)
        keep = np.zeros(count, np.uint8)
        for label in range(1, count):
            left, top, width, height, area = (int(v) for v in stats[label])
            length, depth = (width, height) if across else (height, width)
            box = (left, top, left + width, top + height)
            thin = area / max(1, length) <= thick and depth <= max(thick, length // 8)
            if thin and _stands_alone(small, box, across, max(1, round(0.4 * mm))):
                keep[label] = 1
                boxes[0 if across else 1].append(tuple(round(v / scale) for v in box))  # type: ignore[arg-type]
        # One cell wider across: the rule's own shaded edge.
        wider = cv2.dilate(keep[labels], np.ones((3, 1) if across else (1, 3), np.uint8))
        mask |= np.asarray(wider, np.uint8)
    if scale < 1:
        mask = np.asarray(
            cv2.resize(mask, (inked.shape[1], inked.shape[0]), interpolation=cv2.INTER_NEAREST), np.uint8
        )
    erased = (mask > 0) & inked
    for group, across in zip(boxes, (True, False), strict=True):
        for box in group:
            _keep_crossings(erased, inked, box, across, max(3, round(1.2 * dpi / 25.4)))
    return erased, boxes[0], boxes[1]


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
    if across:
        sides = inked[max(0, top - away) : top, left:right], inked[bottom : bottom + away, left:right]
    else:
        sides = inked[top:bottom, max(0, left - away) : left], inked[top:bottom, right : right + away]
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
