"""What paper and scanners do to a page: wear of the sheet, the copier, the glass, the sensor.

Every effect takes and gives an image of mode L or RGB of the same size, and moves nothing: what moves
a page (skew, turning) is in `scan`, so that the truth can follow. Pillow's own arithmetic is used
throughout, which keeps a page at 300 dpi within a few hundred milliseconds.
"""

import random
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

Picture = Image.Image
NOISE_SIDE_PX = 1024


def _field(size: tuple[int, int], cells: int, low: int, high: int, rng: random.Random) -> Picture:
    """A soft random field between two greys: uneven light, stains, worn toner."""
    source = np.random.default_rng(rng.getrandbits(32)).integers(
        low, high + 1, (cells, cells), dtype=np.uint8
    )
    return Image.fromarray(source).resize(size, Image.Resampling.BICUBIC)


def _like(picture: Picture, layer: Picture) -> Picture:
    return layer if picture.mode == "L" else Image.merge("RGB", (layer, layer, layer))


def _multiply(picture: Picture, layer: Picture) -> Picture:
    return ImageChops.multiply(picture, _like(picture, layer))


@lru_cache(maxsize=8)
def _noise_tile(sigma: int) -> Picture:
    values = np.random.default_rng(sigma).normal(128, sigma, (NOISE_SIDE_PX, NOISE_SIDE_PX))
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


def grain(picture: Picture, sigma: int, rng: random.Random) -> Picture:
    """Sensor noise."""
    tile = _noise_tile(sigma)
    cover = Image.new("L", picture.size, 128)
    shift_x, shift_y = rng.randrange(NOISE_SIDE_PX), rng.randrange(NOISE_SIDE_PX)
    for top in range(-shift_y, picture.height, NOISE_SIDE_PX):
        for left in range(-shift_x, picture.width, NOISE_SIDE_PX):
            cover.paste(tile, (left, top))
    return ImageChops.add(picture, _like(picture, cover), 1, -128)


def yellowed(picture: Picture, rng: random.Random) -> Picture:
    """Old paper: warm where there is colour, duller where there is none."""
    depth = rng.uniform(0.4, 1.0)
    if picture.mode == "L":
        return picture.point([round(value * (1 - 0.12 * depth)) for value in range(256)])
    tone = Image.new(
        "RGB", picture.size, (255 - round(8 * depth), 255 - round(18 * depth), 255 - round(58 * depth))
    )
    return ImageChops.multiply(picture, tone)


def faded(picture: Picture, rng: random.Random) -> Picture:
    """Toner running out: dark becomes grey."""
    lift = rng.randint(45, 95)
    table = [lift + round(value * (255 - lift) / 255) for value in range(256)]
    return picture.point(table * len(picture.getbands()))


def uneven_light(picture: Picture, rng: random.Random) -> Picture:
    return _multiply(picture, _field(picture.size, 3, rng.randint(175, 205), 255, rng))


def stained(picture: Picture, rng: random.Random) -> Picture:
    """One or two blots of tea or damp."""
    layer = Image.new("L", (picture.width // 8, picture.height // 8), 255)
    draw = ImageDraw.Draw(layer)
    for _ in range(rng.randint(1, 2)):
        x, y = rng.randrange(layer.width), rng.randrange(layer.height)
        reach = rng.randint(layer.width // 14, layer.width // 6)
        draw.ellipse(
            (x - reach, y - reach, x + reach, y + reach * rng.uniform(0.6, 1.2)), fill=rng.randint(195, 228)
        )
    return _multiply(
        picture, layer.filter(ImageFilter.GaussianBlur(5)).resize(picture.size, Image.Resampling.BILINEAR)
    )


def folded(picture: Picture, rng: random.Random) -> Picture:
    """Creases across, one light and one dark side each."""
    layer = Image.new("L", picture.size, 255)
    draw = ImageDraw.Draw(layer)
    thick = max(2, picture.width // 900)
    for share in rng.choice(((0.5,), (1 / 3, 2 / 3), (0.5, 0.25, 0.75))):
        y = round(picture.height * share) + rng.randint(-20, 20)
        tilt = rng.randint(-12, 12)
        draw.line((0, y, picture.width, y + tilt), fill=rng.randint(190, 220), width=thick)
        draw.line((0, y + 3 * thick, picture.width, y + 3 * thick + tilt), fill=238, width=4 * thick)
    if rng.random() < 0.5:
        x = picture.width // 2 + rng.randint(-30, 30)
        draw.line((x, 0, x + rng.randint(-12, 12), picture.height), fill=rng.randint(190, 220), width=thick)
    return _multiply(picture, layer.filter(ImageFilter.BoxBlur(thick)))


def punched(picture: Picture, rng: random.Random) -> Picture:
    """Two filing holes at the left edge; the lid behind shows dark or white."""
    copy = picture.copy()
    draw = ImageDraw.Draw(copy)
    width_mm = 297.0 if picture.width > picture.height else 210.0
    unit = picture.width / width_mm
    tone = rng.choice((25, 40, 60, 215))
    fill = tone if picture.mode == "L" else (tone, tone, tone)
    middle, reach = picture.height / 2 + rng.uniform(-20, 20) * unit, 3 * unit
    x = rng.uniform(9, 13) * unit
    for y in (middle - 40 * unit, middle + 40 * unit):
        draw.ellipse((x - reach, y - reach, x + reach, y + reach), fill=fill)
    return copy


def stapled(picture: Picture, rng: random.Random) -> Picture:
    """The staple and its shadow in the corner."""
    copy = picture.copy()
    unit = picture.width / 210.0
    x, y = rng.uniform(6, 14) * unit, rng.uniform(6, 14) * unit
    tone = rng.randint(70, 130)
    fill = tone if picture.mode == "L" else (tone, tone, tone)
    ImageDraw.Draw(copy).line((x, y + 7 * unit, x + 8 * unit, y), fill=fill, width=max(2, round(0.7 * unit)))
    return copy


def scanner_line(picture: Picture, rng: random.Random) -> Picture:
    """Dust on the glass: a thin line down the whole side."""
    copy = picture.copy()
    draw = ImageDraw.Draw(copy)
    for _ in range(rng.randint(1, 2)):
        x = rng.randrange(picture.width)
        tone = rng.choice((90, 150, 190, 245))
        fill = tone if picture.mode == "L" else (tone, tone, tone)
        draw.line((x, 0, x, picture.height), fill=fill, width=max(1, picture.width // 1600))
    return copy


def dark_edges(picture: Picture, rng: random.Random) -> Picture:
    """The open lid of a copier: black beyond the paper on one to three edges."""
    copy = picture.copy()
    draw = ImageDraw.Draw(copy)
    unit = picture.width / 210.0
    tone = rng.randint(5, 45)
    fill = tone if picture.mode == "L" else (tone, tone, tone)
    w, h = picture.size
    for edge in rng.sample(("left", "right", "top", "bottom"), rng.randint(1, 3)):
        near, far = (rng.uniform(0.5, 4.5) * unit for _ in range(2))
        band = {
            "left": ((0, 0), (near, 0), (far, h), (0, h)),
            "right": ((w - near, 0), (w, 0), (w, h), (w - far, h)),
            "top": ((0, 0), (w, 0), (w, near), (0, far)),
            "bottom": ((0, h - near), (w, h - far), (w, h), (0, h)),
        }[edge]
        draw.polygon(band, fill=fill)
    return copy


def bled_through(picture: Picture, back: Picture, rng: random.Random) -> Picture:
    """The other side shines through, mirrored and soft."""
    small = back.convert("L").resize(
        (max(1, picture.width // 3), max(1, picture.height // 3)), Image.Resampling.BOX
    )
    ghost = small.transpose(Image.Transpose.FLIP_LEFT_RIGHT).filter(ImageFilter.GaussianBlur(1.0))
    strength = rng.uniform(0.08, 0.2)
    ghost = ghost.point([round(255 - (255 - value) * strength) for value in range(256)])
    return _multiply(picture, ghost.resize(picture.size, Image.Resampling.BILINEAR))


def copied(picture: Picture, generation: int, rng: random.Random) -> Picture:
    """Through a copier once or twice: blurred, hard in contrast, specked, toner worn in places."""
    grey = picture.convert("L")
    for turn in range(generation):
        unit = min(picture.size) / 2480
        if turn == 0:
            grey = _blurred(grey, rng.uniform(0.5, 0.8) * unit)
            middle, slope = rng.uniform(140, 170), rng.uniform(1.9, 2.8)
        else:
            # The copy of a copy is made from soft strokes: hairlines that are not dark enough are lost,
            # more of them where toner was short.
            grey = grey.filter(ImageFilter.GaussianBlur(rng.uniform(0.9, 1.4) * unit))
            grey = ImageChops.add(grey, _field(grey.size, 7, 0, rng.randint(15, 45), rng))
            middle, slope = rng.uniform(128, 158), rng.uniform(2.8, 4.5)
        grey = grain(grey, 8, rng)
        grey = grey.point([int(min(255, max(12, 128 + (value - middle) * slope))) for value in range(256)])
        grey = _specked(grey, rng)
        grey = ImageChops.lighter(grey, _field(grey.size, 9, 0, rng.randint(20, 70), rng))
    return grey if picture.mode == "L" else grey.convert("RGB")


def _specked(picture: Picture, rng: random.Random) -> Picture:
    draw = ImageDraw.Draw(picture)
    for _ in range(rng.randint(40, 260)):
        x, y, reach = (
            rng.randrange(picture.width),
            rng.randrange(picture.height),
            rng.choice((0, 1, 1, 2, 2, 4)),
        )
        draw.ellipse((x, y, x + reach, y + reach), fill=rng.randint(0, 110))
    return picture


def softened(picture: Picture, rng: random.Random) -> Picture:
    """The lens: a blur of well under a pixel at 300 dpi."""
    return _blurred(picture, rng.uniform(0.35, 0.6) * min(picture.size) / 2480)


def _blurred(picture: Picture, sigma_px: float) -> Picture:
    """A blur of less than a pixel: three by three weights of that variance, ten times faster than the general one."""
    side = min(0.3, sigma_px * sigma_px / 2)
    line = (side, 1 - 2 * side, side)
    return picture.filter(
        ImageFilter.Kernel((3, 3), [down * across for down in line for across in line], scale=1)
    )


def highlighted(picture: Picture, rng: random.Random) -> Picture:
    """Somebody marked a line in yellow or green."""
    unit = picture.width / 210.0
    layer = Image.new("RGB", picture.size, (255, 255, 255))
    draw = ImageDraw.Draw(layer)
    colour = rng.choice(((255, 245, 110), (160, 245, 150), (255, 190, 210)))
    for _ in range(rng.randint(1, 2)):
        x, y = rng.uniform(25, 80) * unit, rng.uniform(40, 220) * unit
        draw.rectangle((x, y, x + rng.uniform(40, 100) * unit, y + 5.5 * unit), fill=colour)
    return ImageChops.multiply(picture, layer if picture.mode == "RGB" else layer.convert("L"))


SHEET_EFFECTS: dict[str, Callable[[Picture, random.Random], Picture]] = {
    "highlighter": highlighted,
    "faded": faded,
    "stain": stained,
    "yellowed": yellowed,
    "folds": folded,
    "punch_holes": punched,
    "staple": stapled,
}
GLASS_EFFECTS: dict[str, Callable[[Picture, random.Random], Picture]] = {
    "uneven_light": uneven_light,
    "scanner_line": scanner_line,
    "dark_edge": dark_edges,
}
