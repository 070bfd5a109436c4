"""Inks beside print's own: red and pale ink over it, faded before recognition and only for it; the blue of pens.

Stamps, signatures and the grounds of certificates cross the letters they bear witness to. Colour parts them where
there is some; in grey the depth of the ink does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ocr.image import Array, reduced
from ocr.ink import Mask
from ocr.reading import Box, Line

# Red of a title or a stamp: this much above the other channels; pink paper is below 40.
_STRONG_RED = 45
_RED_DPI = 75
# Ink of a blue pen: blue above red by so many levels in the darker half of a word at this resolution. Black print on
# yellow paper stays below 5, fringes of a scanner's colours cancel at this resolution.
_PEN_DPI = 100
_PEN_BLUE = 22
# Of a word's ink so much is blue: a stamp over print, a signature through it or a line under it leave half of it black.
_PEN_INK = 0.75
# So much of a page at least: a date of a few figures.
_PEN_SHARE = 0.0001
# Where half of a page's words are blue, the page is printed so.
_PEN_SHARE_MOST = 0.5

# Red above grey by so many levels on this share of a page is colour; JPEG's own noise stays below.
_RED_SEEN = 10
_RED_SEEN_SHARE = 0.0005

# Pale ink over print: a stamp of a grey scan is 0.3 to 0.65 as deep as the print beneath it. What is larger than
# any letter is looked at, if at least this share of it is pale and this share as dark as print.
_PALE_DPI = 100
_PALE_SMALLEST_MM = 7.0
_PALE_LEVEL = 215
_PALE_SHARE = 0.45
_PALE_DARK_SHARE = 0.02
_PALE_STEP = 1.45


@dataclass(frozen=True)
class Channels:
    """A side or page in the brightnesses it is read in.

    Attributes:
        grey: what a person sees.
        red: the red channel, in which red ink fades; None where grey says the same.
        redness: at 75 dpi, how far red stands above the other channels; None without `red`.
        blueness: at 100 dpi, how far blue stands above red; None where nothing is blue.
    """

    grey: Array
    red: Array | None = None
    redness: Array | None = None
    blueness: Array | None = None

    def each(self, step: Callable[[Array], Array]) -> Channels:
        """The same step (a turn, a cut by shares) done to every channel."""
        others = (None if a is None else step(a) for a in (self.red, self.redness, self.blueness))
        return Channels(step(self.grey), *others)


def channels_of(array: Array, dpi: int) -> Channels:
    """The channels of a grey or BGR picture."""
    if array.ndim == 2:
        return Channels(array)
    grey = np.asarray(cv2.cvtColor(array, cv2.COLOR_BGR2GRAY), np.uint8)
    small = reduced(array, min(1.0, _PEN_DPI / dpi))
    blueness = np.asarray(cv2.subtract(cv2.extractChannel(small, 0), cv2.extractChannel(small, 2)), np.uint8)
    pens = blueness if np.count_nonzero(blueness > _PEN_BLUE) > _PEN_SHARE * blueness.size else None
    small = reduced(array, min(1.0, _RED_DPI / dpi))
    blue, green, red = cv2.split(small)
    gain = cv2.subtract(red, cv2.cvtColor(small, cv2.COLOR_BGR2GRAY))
    if np.count_nonzero(np.asarray(gain) > _RED_SEEN) < _RED_SEEN_SHARE * gain.size:
        return Channels(grey, blueness=pens)
    redness = np.asarray(cv2.subtract(red, cv2.max(blue, green)), np.uint8)
    return Channels(grey, np.asarray(cv2.extractChannel(array, 2), np.uint8), redness, pens)


def without_red_ink(channels: Channels, dpi: int) -> Array:
    """Brightness in which stamps and pink grounds fade and red print stays.

    The red channel shows red ink as white. It is taken everywhere but where strong red lies in rows, as
    the titles and serial numbers of certificates do.
    """
    if channels.red is None or channels.redness is None:
        return channels.grey
    grey = channels.grey
    faded = np.asarray(cv2.max(grey, channels.red), np.uint8)
    for left, top, right, bottom in _red_print(channels.redness, grey.shape, dpi):
        place = np.s_[top:bottom, left:right]
        # Grey paper is darker than red paper; without this the place itself would stand out.
        level = float(np.percentile(faded[place], 80)) / max(1.0, float(np.percentile(grey[place], 80)))
        faded[place] = cv2.convertScaleAbs(grey[place], alpha=level)
    return faded


def _red_print(redness: Array, shape: tuple[int, ...], dpi: int) -> list[Box]:
    """Places of strong red that are rows of print, not round or square stamps; pixels of the page of `shape`."""
    strong = (redness > _STRONG_RED).astype(np.uint8)
    if not strong.any():
        return []
    scale = redness.shape[1] / shape[1]
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
                    min(shape[1], int((left + width + rim) / scale)),
                    min(shape[0], int((top + height + rim) / scale)),
                )
            )
    return boxes


def without_pale_ink(even: Array, dpi: int) -> Array:
    """The evened page with stamps and grounds much paler than the print they touch whitened between the letters.

    Where nothing parts the two (a copy of a stamp is as black as print) the page is returned as it came.
    """
    step = max(1, round(dpi / _PALE_DPI))
    # The darkest of each cell, so that thin lines keep their depth.
    small = np.ascontiguousarray(
        cv2.erode(even, np.ones((step, step), np.uint8), anchor=(0, 0))[::step, ::step]
    )
    _, labels, stats, _ = cv2.connectedComponentsWithStatsWithAlgorithm(
        (small < _PALE_LEVEL).view(np.uint8), 8, cv2.CV_32S, cv2.CCL_BBDT
    )
    smallest = _PALE_SMALLEST_MM * dpi / step / 25.4
    large = (stats[:, 2] >= smallest) & (stats[:, 3] >= smallest)
    large[0] = False
    bare = even
    for label in np.flatnonzero(large).tolist():
        left, top, width, height, _ = (int(value) for value in stats[label])
        place = np.s_[top : top + height, left : left + width]
        own = labels[place] == label
        print_level = _print_level(small[place][own])
        if print_level is None:
            continue
        if bare is even:
            bare = even.copy()
        _fade(bare, own, (left * step, top * step), step, print_level)
    return bare


def _print_level(levels: Array) -> int | None:
    """The brightness that parts pale ink from the print it touches; None where there are not both."""
    level, _ = cv2.threshold(levels.reshape(1, -1), 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    dark = levels <= level
    share = float(dark.mean())
    if not _PALE_DARK_SHARE <= share <= 1.0 - _PALE_SHARE:
        return None
    deep, pale = 250.0 - float(levels[dark].mean()), 250.0 - float(levels[~dark].mean())
    return int(level) if deep >= _PALE_STEP * pale else None


def _fade(bare: Array, own: Mask, corner: tuple[int, int], step: int, print_level: int) -> None:
    """Whitens, in place, what is paler than print in the cells of a component and around; letters keep their rims."""
    near = cv2.dilate(own.view(np.uint8), np.ones((3, 3), np.uint8))
    height, width = near.shape
    x, y = corner
    place = bare[y : y + height * step, x : x + width * step]
    cells = cv2.resize(near, (width * step, height * step), interpolation=cv2.INTER_NEAREST)
    cells = cells[: place.shape[0], : place.shape[1]]
    print_ = cv2.dilate((place <= print_level).view(np.uint8), np.ones((3, 3), np.uint8))
    place[(cells > 0) & (print_ == 0)] = 255


def written_in_blue(lines: tuple[Line, ...], picture: Channels) -> tuple[Line, ...]:
    """The lines with the words in the ink of a blue pen marked as written by hand.

    Args:
        lines: in pixels of `picture.grey`.
        picture: the page.
    """
    blueness = picture.blueness
    if blueness is None:
        return lines
    scale = blueness.shape[1] / picture.grey.shape[1]
    small = np.asarray(cv2.resize(picture.grey, blueness.shape[::-1], interpolation=cv2.INTER_AREA), np.uint8)
    blue = [[_is_blue(word.box, blueness, small, scale) for word in line.words] for line in lines]
    if sum(map(sum, blue)) > _PEN_SHARE_MOST * sum(map(len, blue)):
        return lines
    return tuple(
        replace(
            line,
            words=tuple(
                replace(w, handwritten=w.handwritten or b) for w, b in zip(line.words, of, strict=True)
            ),
        )
        for line, of in zip(lines, blue, strict=True)
    )


def _is_blue(box: Box, blueness: Array, grey: Array, scale: float) -> bool:
    left, top, right, bottom = (round(value * scale) for value in box)
    levels = grey[top : bottom + 1, left : right + 1]
    if levels.size == 0:
        return False
    ink = levels <= (float(levels.min()) + float(levels.max())) / 2
    return float(np.mean(blueness[top : bottom + 1, left : right + 1][ink] > _PEN_BLUE)) > _PEN_INK
