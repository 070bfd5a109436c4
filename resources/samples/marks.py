"""What hands leave on paper: signatures, round stamps, ticks of a highlighter."""

import math
import random

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from resources.samples import fonts
from resources.samples.sheet import Colour, Sheet, TruthStamp

STAMP_RED: Colour = (205, 30, 45)
SIGNATURE_INKS: tuple[Colour, ...] = ((30, 50, 150), (25, 25, 40), (40, 60, 170))
STAMP_MM = 34.0


def signature(
    sheet: Sheet, x_mm: float, y_mm: float, width_mm: float, height_mm: float, rng: random.Random
) -> None:
    """A quick scrawl: a wave that dies away, and a flourish under it."""
    phase, turns = rng.uniform(0, 6.28), rng.uniform(3.0, 6.0)
    points: list[tuple[float, float]] = []
    for step in range(90):
        share = step / 89
        swing = (
            height_mm
            * 0.45
            * (1 - 0.6 * share)
            * math.sin(phase + turns * 6.28 * share + 2 * math.sin(5 * share + phase))
        )
        x = x_mm + width_mm * share + 2.2 * math.cos(phase + turns * 6.28 * share)
        points.append((sheet.px(x), sheet.px(y_mm + height_mm * 0.5 + swing)))
    ink = sheet.ink(rng.choice(SIGNATURE_INKS))
    sheet.draw.line(points, fill=ink, width=max(2, sheet.px(0.45)), joint="curve")
    under = [
        (sheet.px(x_mm + width_mm * s), sheet.px(y_mm + height_mm * (0.85 + 0.12 * math.sin(3 * s + phase))))
        for s in (0.1, 0.3, 0.5, 0.7, 0.95)
    ]
    sheet.draw.line(under, fill=ink, width=max(1, sheet.px(0.35)), joint="curve")


def round_stamp(
    sheet: Sheet, x_mm: float, y_mm: float, text: str, rng: random.Random, colour: Colour = STAMP_RED
) -> None:
    """The office's red seal: two rings, its name around, a star; laid over what is printed."""
    side = sheet.px(STAMP_MM)
    layer = Image.new("L", (side, side), 0)
    draw = ImageDraw.Draw(layer)
    middle = side / 2
    for share, thick in ((0.49, 0.7), (0.45, 0.3), (0.28, 0.25)):
        reach = side * share
        draw.ellipse(
            (middle - reach, middle - reach, middle + reach, middle + reach),
            outline=255,
            width=max(1, sheet.px(thick)),
        )
    draw.polygon(_star(middle, side * 0.14), fill=255)
    font = fonts.load("sans", "bold", max(8, round(side * 0.085)))
    letters = text.upper()
    spread = min(5.4, 0.155 * len(letters) + 0.6)
    for index, letter in enumerate(letters):
        angle = -spread / 2 + spread * (index / max(1, len(letters) - 1))
        _letter_on_ring(layer, letter, font, angle, side * 0.365)
    turned = layer.rotate(rng.uniform(-25, 25), Image.Resampling.BILINEAR)
    worn = np.asarray(turned, dtype=np.float32)
    cells = np.random.default_rng(rng.getrandbits(32)).normal(
        128, 60, (max(4, side // 24), max(4, side // 24))
    )
    patches = Image.fromarray(np.clip(cells, 0, 255).astype(np.uint8)).resize(
        (side, side), Image.Resampling.BILINEAR
    )
    worn = worn * np.clip(np.asarray(patches, dtype=np.float32) / 128.0, 0.35, 1.0)
    soft = Image.fromarray(worn.astype(np.uint8)).filter(ImageFilter.GaussianBlur(max(0.4, sheet.dpi / 600)))
    left, top = sheet.px(x_mm), sheet.px(y_mm)
    sheet.multiply(soft, left, top, colour, rng.uniform(0.6, 0.9))
    sheet.stamps.append(
        TruthStamp(letters, [(left, top), (left + side, top), (left + side, top + side), (left, top + side)])
    )


def _letter_on_ring(layer: Image.Image, letter: str, font: object, angle: float, reach: float) -> None:
    box = int(reach * 0.5)
    glyph = Image.new("L", (box, box), 0)
    ImageDraw.Draw(glyph).text((box / 2, box / 2), letter, font=font, fill=255, anchor="mm")  # type: ignore[arg-type]
    turned = glyph.rotate(-math.degrees(angle), Image.Resampling.BILINEAR)
    middle = layer.width / 2
    x = middle + reach * math.sin(angle) - box / 2
    y = middle - reach * math.cos(angle) - box / 2
    layer.paste(255, (round(x), round(y)), turned)


def _star(middle: float, reach: float) -> list[tuple[float, float]]:
    return [
        (
            middle + (reach if index % 2 == 0 else reach * 0.4) * math.sin(index * math.pi / 5),
            middle - (reach if index % 2 == 0 else reach * 0.4) * math.cos(index * math.pi / 5),
        )
        for index in range(10)
    ]
