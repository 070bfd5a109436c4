"""Spreads: an A3 sheet (or open booklet) that carries two pages side by side.

A spread has a band without text from top to bottom near its middle, and lines that stop on both sides
of it. A single A3 sheet (an extract of the cadastral map, a drawing) has print or the frame of its plan across the
middle and is left whole. Within the band the cut goes through the fold where one shows, else where other sheets of
its pile were cut, else through the middle of the band.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ocr import deskew
from ocr.deskew import Boxes
from ocr.image import Array
from ocr.ink import LIGHT_DPI
from ocr.reading import WIDEST_SINGLE_MM

Floats = npt.NDArray[np.float64]

# The gutter lies within this share of the width on either side of the middle.
_GUTTER_REACH = 0.06
_GUTTER_MIN_MM = 5.0
# A fold this near to where the pile's other sheets are cut decides, whatever stands on it: a stamp or a signature over
# the fold is no print across the middle of a single sheet.
_USUAL_REACH_MM = 5.0
# The cut stays so far from print where the band is wide enough.
_MARGIN_MM = 4.0

# A fold's shadow is 2–3 mm wide from top to bottom; it differs from the paper 4 mm beside it by more levels than
# the grain of copies, and clearly more than any other line in the band.
_FOLD_MM = 2.5
_BESIDE_MM = 4.0
_FOLD_LEVELS = 1.5
_FOLD_STANDS_OUT = 1.4

# The upright line of a page's frame in a picture at 50 dpi: so many levels darker than the paper so far beside it, and
# its dark core so thick at most; the core of most folds is three pixels wide.
_LINE_LEVELS = 12
_LINE_REACH_PX = 4
_LINE_CORE = 0.4
_LINE_THICKEST_PX = 2
# A fold so near to a line, as a share of the width, is that line, unless it lies amid two others.
_AT_THE_LINE = 0.005
_AMID_TOLERANCE = 0.3
# The shadow of a fold is this much lighter so far away than beside its core.
_FADED_PX = 10
_FADES_BY = 2.5

# The frame of a plan that lies across the middle of a single sheet: so large, and so far over the cut.
_DRAWING_MM = 60.0
_DRAWING_WIDEST = 0.75
_DRAWN_BEYOND_MM = 15.0
# Over a fold that shows, further than a stamp on it that touches the frame of a page.
_DRAWN_BEYOND_FOLD_MM = 25.0


@dataclass(frozen=True)
class Split:
    """`at`: the gutter as a share of the width; `why` says what decided, `by_fold` whether a fold that shows did."""

    at: float | None
    why: str
    by_fold: bool = False


def find_split(
    boxes: Boxes,
    shape: tuple[int, ...],
    dpi: int,
    skew_deg: float,
    previous: float | None,
    light: Array | None,
) -> Split:
    """Where to cut an upright side, or why not to.

    Args:
        boxes: of the pieces of ink of the upright side, surroundings white.
        shape: (height, width) of the side, in the same pixels.
        dpi: of it.
        skew_deg: its lean, undone before columns are looked at.
        previous: where sheets like it are cut in its pile, as a share of the width.
        light: the upright side at about 50 dpi, straightened, in which the fold may show; None to leave it.
    """
    height, width = shape[0], shape[1]
    if width / dpi * 25.4 < WIDEST_SINGLE_MM or width < 1.15 * height:
        return Split(None, "not a lying sheet of two pages")
    mm = dpi / 25.4
    found = _cut_of(boxes, shape, mm, skew_deg, previous, light)
    beyond = _DRAWN_BEYOND_FOLD_MM if found.by_fold else _DRAWN_BEYOND_MM
    if found.at is not None and _is_drawn_across(boxes, shape, skew_deg, found.at, beyond * mm, mm):
        # A drawing may have been folded in the middle to fit its folder.
        return Split(None, "a drawing runs across the middle")
    return found


def _cut_of(
    boxes: Boxes,
    shape: tuple[int, ...],
    mm: float,
    skew_deg: float,
    previous: float | None,
    light: Array | None,
) -> Split:
    """Where a lying sheet is cut by its folds and its print; `mm` is how many pixels a millimetre has."""
    width = shape[1]
    if previous is not None and light is not None:
        reach = _USUAL_REACH_MM * mm / width
        fold = _fold(light, previous - reach, previous + reach)
        if fold is not None:
            return Split(fold, "a fold where other sheets are cut", by_fold=True)
    letters = deskew.letters_of(boxes, round(mm * 25.4))
    if not letters.any():
        return Split(None, "no print to part")
    columns = _columns(boxes[letters], shape, skew_deg)
    reach, middle = round(_GUTTER_REACH * width), width // 2
    wanted = (previous or 0.5) * width - (middle - reach)
    first, past = _widest_gap(columns[middle - reach : middle + reach], wanted)
    if past - first < _GUTTER_MIN_MM * mm:
        return Split(None, "print runs across the middle")
    start, end = (middle - reach + first) / width, (middle - reach + past) / width
    margin = min(_MARGIN_MM * mm / width, 0.4 * (end - start))
    start, end = start + margin, end - margin
    fold, start, end = _fold_between_frames(light, start, end)
    if fold is not None:
        return Split(fold, "a fold in a band without print", by_fold=True)
    if previous is not None and start <= previous <= end:
        return Split(previous, "where other sheets are cut, in a band without print")
    return Split(float((start + end) / 2), "a band without print from top to bottom")


def _fold_between_frames(light: Array | None, start: float, end: float) -> tuple[float | None, float, float]:
    """A fold that is no frame's line, if one shows, and the part of the band that the pages' frames leave."""
    if light is None:
        return None, start, end
    fold = _fold(light, start, end)
    if fold is None or _is_frame(fold, light, start, end):
        start, end = _between_frames(light, start, end)
        fold = _fold(light, start, end)
    return fold, start, end


def _is_drawn_across(
    boxes: Boxes, shape: tuple[int, ...], skew_deg: float, cut: float, beyond: float, mm: float
) -> bool:
    """Whether the frame of a plan or map, no page's own, reaches so many pixels over the cut, a share of the width."""
    width = shape[1]
    _, _, wide, high, _ = boxes[1:].T
    drawn = np.minimum(wide, high) > _DRAWING_MM * mm
    # Frames of two pages that a fold joins reach from edge to edge.
    drawn &= wide < _DRAWING_WIDEST * width
    # The box around an upright frame that leans is wider than the frame.
    own = (wide - high * abs(np.sin(np.radians(skew_deg)))) / 2 - beyond
    return bool((drawn & (np.abs(_middles(boxes[1:], shape, skew_deg) - cut * width) < own)).any())


def _middles(boxes: Boxes, shape: tuple[int, ...], skew_deg: float) -> Floats:
    """Where each box's middle lies across the straightened side, in pixels."""
    height, width = shape[0], shape[1]
    left, top, wide, high, _ = boxes.T.astype(np.float64)
    cosine, sine = np.cos(np.radians(skew_deg)), np.sin(np.radians(skew_deg))
    across = (left + wide / 2 - width / 2) * cosine + (top + high / 2 - height / 2) * sine + width / 2
    return np.asarray(across)


def _columns(boxes: Boxes, shape: tuple[int, ...], skew_deg: float) -> Floats:
    """Height of the letters above each other in each column of the straightened side."""
    width = shape[1]
    _, _, wide, high, _ = boxes.T.astype(np.float64)
    middle = _middles(boxes, shape, skew_deg)
    edges = np.zeros(width + 2)
    first = np.clip(np.floor(middle - wide / 2), 0, width).astype(np.intp)
    past = np.clip(np.ceil(middle + wide / 2), 0, width).astype(np.intp) + 1
    np.add.at(edges, first, high)
    np.add.at(edges, past, -high)
    return np.cumsum(edges)[:width]


def _widest_gap(band: Floats, wanted: float) -> tuple[int, int]:
    """(first, past last) column of the widest run without letters; near-equals go to the wanted place."""
    empty = np.concatenate([[False], band <= 0.5, [False]]).astype(np.int8)
    starts = np.flatnonzero(np.diff(empty) == 1)
    ends = np.flatnonzero(np.diff(empty) == -1)
    if len(starts) == 0:
        return 0, 0
    value = (ends - starts) - 0.2 * np.abs((starts + ends) / 2 - wanted)
    best = int(np.argmax(value))
    return int(starts[best]), int(ends[best])


def _frame_lines(light: Array, start: float, end: float) -> Floats:
    """Where upright lines of page frames stand between two shares of the width, as shares of it."""
    width = light.shape[1]
    first, past = max(0, round(start * width) - _LINE_REACH_PX), round(end * width) + _LINE_REACH_PX
    band = light[:, first:past].astype(np.float32)
    profiles = np.array([np.median(part, axis=0) for part in np.array_split(band, 3)])
    paper = np.minimum(np.roll(profiles, _LINE_REACH_PX, axis=1), np.roll(profiles, -_LINE_REACH_PX, axis=1))
    depth = paper - profiles
    near = range(1 - _LINE_REACH_PX, _LINE_REACH_PX)
    thick = sum(
        (np.roll(profiles, shift, axis=1) <= paper - _LINE_CORE * depth).astype(int) for shift in near
    )
    # Along two thirds of the height at least: a table ends sooner.
    is_line = ((depth > _LINE_LEVELS) & (thick <= _LINE_THICKEST_PX)).sum(axis=0) >= 2
    is_line[:_LINE_REACH_PX] = is_line[len(is_line) - _LINE_REACH_PX :] = False
    return np.asarray((np.flatnonzero(is_line) + first + 0.5) / width)


def _is_frame(fold: float, light: Array, start: float, end: float) -> bool:
    """Whether what was taken for a fold is an upright line of a page's frame.

    A fold lies as far from the next line on its left as on its right, or its shadow fades slowly to both sides.
    """
    away = _frame_lines(light, start, end) - fold
    if not (np.abs(away) < _AT_THE_LINE).any():
        return False
    left, right = -away[away < -_AT_THE_LINE], away[away > _AT_THE_LINE]
    if len(left) and len(right):
        near, far = sorted((left.min(), right.min()))
        if far - near <= _AMID_TOLERANCE * far:
            return False
    at = int(fold * light.shape[1])
    profile = np.median(light[:, at - _FADED_PX : at + _FADED_PX + 1].astype(np.float32), axis=0)
    middle = len(profile) // 2
    sides = (profile[[0, -1]] - profile[[middle - _LINE_REACH_PX, middle + _LINE_REACH_PX]]).mean()
    return bool(sides < _FADES_BY)


def _between_frames(light: Array, start: float, end: float) -> tuple[float, float]:
    """The widest part of a band, given and returned as shares of the width, without upright lines of frames."""
    lines = _frame_lines(light, start, end)
    mm = LIGHT_DPI / 25.4 / light.shape[1]
    # Between a frame and the print inside it there may be more room than between the frames of two pages.
    amid = np.diff(lines)
    edges = (
        lines if len(amid) and amid.max() >= _GUTTER_MIN_MM * mm else np.concatenate([[start], lines, [end]])
    )
    widest = int(np.argmax(np.diff(edges)))
    # Out of reach of the softening by which a fold is found.
    beside = min(_FOLD_MM * mm, 0.4 * float(np.diff(edges)[widest]))
    return float(edges[widest]) + beside, float(edges[widest + 1]) - beside


def _fold(light: Array, start: float, end: float) -> float | None:
    """Where a fold shows between two shares of the width: a soft line from top to bottom unlike its sides."""
    width = light.shape[1]
    mm = LIGHT_DPI / 25.4
    soft, reach = round(_FOLD_MM * mm), round(_BESIDE_MM * mm)
    first, past = round(start * width), round(end * width)
    if past - first < 2 * reach:
        return None
    band = light[:, max(0, first - 2 * reach) : past + 2 * reach].astype(np.float32)
    # The median over thirds of the height: a line that is there in all of them is no letter and no smear.
    # Closed and softened, the thin lines of a printed frame vanish and a fold's shadow stays.
    profiles = [np.median(part, axis=0) for part in np.array_split(band, 3)]
    closed = [
        cv2.morphologyEx(part[None], cv2.MORPH_CLOSE, np.ones((1, 3), np.uint8))[0] for part in profiles
    ]
    softened = [np.convolve(profile, np.ones(soft) / soft, "same") for profile in closed]
    stands_out = np.array([part - (np.roll(part, reach) + np.roll(part, -reach)) / 2 for part in softened])
    inner = slice(first - max(0, first - 2 * reach), past - max(0, first - 2 * reach))
    darker = (-stands_out).min(axis=0)[inner]
    best = int(np.argmax(darker))
    others = np.delete(darker, np.s_[max(0, best - soft) : best + soft + 1])
    if darker[best] > _FOLD_LEVELS and darker[best] > _FOLD_STANDS_OUT * others.max(initial=0.0):
        return float((first + best + 0.5) / width)
    return None


def halves(array: Array, at: float) -> tuple[Array, Array]:
    """Left and right page of a side."""
    cut = round(at * array.shape[1])
    return array[:, :cut], array[:, cut:]
