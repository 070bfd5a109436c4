"""One side of a sheet, from its file to what stands on it.

The steps, each a pure function: load → which way up → split → straighten → clean → codes → words. Geometry is
measured on a reduced copy; the full picture is touched once. The worker process keeps its recogniser.
"""

from __future__ import annotations

import time
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ocr import (
    barcode,
    blank,
    clean,
    deskew,
    engine,
    ink,
    lawful,
    orient,
    quality,
    split,
    stamps,
    words,
)
from ocr.image import (
    Array,
    Picture,
    encode_jpeg,
    fitted,
    load,
    reduced,
    turned,
)
from ocr.reading import Box, Code, Finding, Line, PageReading, PageRecipe, ReadOptions, Recipe, SideReading

# A separator says what it is, its code in letters, a procedure's name, and nothing more.
_SEPARATOR_LONGEST_TEXT = 400
# Without marks, which are what recognition errs in: PHÂN is read PHẦN.
_SEPARATOR_WORDS = ("NGAN CACH", "PHAN CACH", "SEPARATOR", "TO NGAN", "TO PHAN")


@dataclass(frozen=True)
class _Sketch:
    """A reduced copy of a side for measuring on.

    Attributes:
        even: evened, surroundings white, at `dpi`.
        pieces: its ink.
        light: brightness at 50 dpi.
        has_lid: whether dark surroundings of the sheet are in the picture.
        bare: grey with its red ink, evened, at 100 dpi: what blanks are told by.
        dpi, full_dpi: of `even` and of the side.
    """

    even: Array
    pieces: ink.Pieces
    light: Array
    has_lid: bool
    bare: Array
    dpi: int
    full_dpi: int


def read_side(path: Path, frame: int, options: ReadOptions) -> SideReading:
    """Reads one image; pure: the same file and options give the same reading.

    Raises:
        InputRefused: the file cannot be read; the sentence says why.
        NoRecogniser: Tesseract or a language is missing.
    """
    started = time.perf_counter()
    picture = load(path, frame, options.pixel_limit)
    channels = stamps.channels_of(picture.array, picture.dpi)
    sketch = sketched(channels, picture.dpi)
    recogniser, way = _find_way(sketch, options)
    recipe = options.recipe or find_recipe(sketch, way, options.previous_split)
    upright = channels.each(lambda array: turned(array, recipe.rotation_deg))
    bare = turned(sketch.bare, recipe.rotation_deg)
    pages = tuple(
        _read_page(upright, bare, picture, page, recogniser, sketch.has_lid) for page in recipe.pages
    )
    height, width = picture.array.shape[:2]
    return SideReading(
        recipe=recipe,
        width_px=width,
        height_px=height,
        dpi=picture.dpi,
        colour=picture.mode,
        blank=all(page.blank for page in pages),
        separator=_separator(pages),
        pages=pages,
        findings=lawful.lacks_of(picture.dpi, picture.mode),
        seconds=time.perf_counter() - started,
    )


def _find_way(sketch: _Sketch, options: ReadOptions) -> tuple[engine.Engine, orient.Orientation]:
    """Which way the side lies, and the recogniser that could read it: another script's where the main fails."""
    main = engine.engine(options.engine, options.languages)
    way = _way_read_by(main, sketch)
    if way.is_well_read or not way.lean.sharpness:
        return main, way
    for script in options.other_scripts:
        if script not in options.languages and engine.is_installed(script):
            other = engine.engine(options.engine, (script,))
            other_way = _way_read_by(other, sketch)
            if other_way.is_readable and other_way.score > 2 * way.score:
                return other, other_way
    return main, way


def _way_read_by(recogniser: engine.Engine, sketch: _Sketch) -> orient.Orientation:
    def score(line_picture: Array) -> float:
        lines = recogniser.lines(line_picture, sketch.dpi, engine.SINGLE_LINE)
        if not lines:
            # Where lines stand close, the rims of two others keep the layout analysis from finding one.
            lines = recogniser.lines(line_picture, sketch.dpi, engine.RAW_LINE)
        return sum(
            w.confidence**2 * len(w.text) * orient.way_weight(w.text)
            for line in lines
            for w in line.words
            if w.confidence > 0.6 and len(w.text) > 1
        )

    return orient.find_orientation(sketch.even, sketch.pieces, sketch.dpi, score)


def find_recipe(sketch: _Sketch, way: orient.Orientation, previous_split: float | None) -> Recipe:
    """Turn, split and angles as measured on the delivered side."""
    boxes = orient.turned_boxes(sketch.pieces.boxes, sketch.even.shape, way.rotation_deg)
    light = turned(sketch.light, way.rotation_deg)
    shape = turned(sketch.even, way.rotation_deg).shape if way.rotation_deg % 180 else sketch.even.shape
    straight = deskew.straightened(light, way.lean.skew_deg)
    found = split.find_split(boxes, shape, sketch.dpi, way.lean.skew_deg, previous_split, straight)
    windows = {"full": (0.0, 0.0, 1.0, 1.0)}
    if found.at is not None:
        windows = {"left": (0.0, 0.0, found.at, 1.0), "right": (found.at, 0.0, 1.0, 1.0)}
    middles = (boxes[:, 0] + boxes[:, 2] / 2) / shape[1]
    skews = {}
    for side, (left, _, right, _) in windows.items():
        own = (middles >= left) & (middles < right)
        own[0] = True
        skews[side] = deskew.skew_near(boxes[own], sketch.dpi, way.lean)
    # A half with too little print lies as its neighbour does: they are one sheet.
    known = [skew for skew in skews.values() if skew is not None]
    pages = []
    for side, window in windows.items():
        skew = skews[side] if skews[side] is not None or not known else known[0]
        crop = _crop(_cut(light, window), skew or 0.0, sketch) if sketch.has_lid else None
        pages.append(PageRecipe(side, window, skew, crop))
    return Recipe(way.rotation_deg, found.at, tuple(pages))


def _crop(light: Array, skew_deg: float, sketch: _Sketch) -> Box | None:
    """The sheet in its straightened window, in pixels of the full picture; None where it fills it."""
    outside = ink.surroundings(deskew.straightened(light, skew_deg), ink.LIGHT_DPI)
    return ink.sheet_box(outside, sketch.full_dpi)


def render_page(path: Path, frame: int, recipe: Recipe, page_index: int) -> Array:
    """The upright page in its own colours, as the boxes of its reading count pixels."""
    picture = load(path, frame)
    return _page_picture(turned(picture.array, recipe.rotation_deg), recipe.pages[page_index])


def thumbnail(path: Path, frame: int, recipe: Recipe | None, longest_px: int) -> bytes:
    """A JPEG of the upright side (all its pages), neither side longer than `longest_px`."""
    small = fitted(load(path, frame, at_least_px=longest_px).array, longest_px)
    return encode_jpeg(turned(small, recipe.rotation_deg) if recipe else small, 80)


def sketched(channels: stamps.Channels, dpi: int) -> _Sketch:
    """Everything geometry is measured on, made once."""
    work_dpi = min(dpi, 2 * ink.WORK_DPI)
    small = reduced(channels.grey, work_dpi / dpi)
    bare = reduced(small, ink.WORK_DPI / work_dpi)
    if channels.red is not None:
        # Red fades here: a stamp says nothing about lines. What is blank it does say.
        small = np.asarray(cv2.max(small, reduced(channels.red, work_dpi / dpi)), np.uint8)
    light = reduced(small, ink.LIGHT_DPI / work_dpi)
    outside = ink.surroundings(light, ink.LIGHT_DPI)
    even = ink.whitened(ink.evened(small, work_dpi), outside)
    bare = ink.whitened(ink.evened(bare, min(dpi, ink.WORK_DPI)), outside)
    return _Sketch(even, ink.pieces_of(ink.ink(even)), light, bool(outside.any()), bare, work_dpi, dpi)


def _cut(array: Array, window: tuple[float, float, float, float]) -> Array:
    height, width = array.shape[:2]
    left, top, right, bottom = window
    return array[round(top * height) : round(bottom * height), round(left * width) : round(right * width)]


def _page_picture(upright: Array, page: PageRecipe, scale: float = 1.0) -> Array:
    """The page cut out of its upright side; `scale` of a side smaller than the one the recipe counts in."""
    cut = deskew.straightened(_cut(upright, page.window), page.skew_deg or 0.0)
    if page.crop is None:
        return cut
    left, top, right, bottom = (round(value * scale) for value in page.crop)
    return cut[top:bottom, left:right]


def _read_page(
    upright: stamps.Channels,
    bare: Array,
    side: Picture,
    page: PageRecipe,
    recogniser: engine.Engine,
    has_lid: bool,
) -> PageReading:
    dpi, mode = side.dpi, side.mode
    width = upright.grey.shape[1]
    picture = upright.each(lambda array: _page_picture(array, page, array.shape[1] / width))
    bare = _page_picture(bare, page, bare.shape[1] / width)
    codes: tuple[Code, ...] = ()
    if blank.has_marks(bare, min(dpi, ink.WORK_DPI)):
        codes = tuple(barcode.find_codes(picture.grey, dpi))
    ink_mm2 = blank.ink_mm2(bare, min(dpi, ink.WORK_DPI))
    empty = not codes and ink_mm2 == 0.0
    lines: tuple[Line, ...] = ()
    leaders: tuple[Box, ...] = ()
    findings: tuple[Finding, ...] = ()
    if not empty:
        grey = stamps.without_red_ink(picture, dpi)
        straight = ink.evened(grey, dpi)
        if has_lid:
            straight = ink.whitened(straight, ink.surroundings(grey, dpi))
        plain = _without_codes(straight, codes, dpi)
        if mode != "bilevel":
            plain = stamps.without_pale_ink(plain, dpi)
        strong = ink.strengthened(plain, dpi)
        washed = clean.cleaned(strong, strong < ink.STRENGTHENED_INK, dpi)
        lines = stamps.written_in_blue(words.read_words(washed, plain, dpi, recogniser), picture)
        leaders = washed.leaders + washed.across
        findings = quality.page_findings(grey, straight, lines, dpi, mode, ink_mm2)
    return PageReading(
        side=page.side,
        width_px=picture.grey.shape[1],
        height_px=picture.grey.shape[0],
        dpi=dpi,
        skew_deg=page.skew_deg,
        blank=empty,
        lines=lines,
        codes=codes,
        findings=findings,
        leaders=leaders,
    )


def _without_codes(straight: Array, codes: tuple[Code, ...], dpi: int) -> Array:
    """White where codes stand: their modules would be read as letters."""
    if not codes:
        return straight
    bare = straight.copy()
    # No more: the number printed under a bar code stands close to it.
    quiet = round(0.4 * dpi / 25.4)
    for code in codes:
        if code.box is not None:
            left, top, right, bottom = code.box
            bare[max(0, top - quiet) : bottom + quiet, max(0, left - quiet) : right + quiet] = 255
    return bare


def _separator(pages: tuple[PageReading, ...]) -> str | None:
    """What makes the sheet a separator: its codes, or a code on a sheet that calls itself one."""
    codes: list[Code] = [code for page in pages for code in page.codes]
    by_code = barcode.is_separator(codes)
    if by_code or not codes:
        return by_code
    marked = unicodedata.normalize("NFD", " ".join(page.text for page in pages).upper())
    text = "".join(letter for letter in marked if not unicodedata.combining(letter))
    if len(text) <= _SEPARATOR_LONGEST_TEXT and any(word in text for word in _SEPARATOR_WORDS):
        return codes[0].payload
    return None
