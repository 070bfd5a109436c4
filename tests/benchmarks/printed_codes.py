"""Sheets with codes printed at any angle, small, pale and several at once, patch sheets, and sheets with none.

What the delivered dossiers hold too few of. Everything is drawn from a seed.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from tests.ocr import printing

#: Kind, width and height in millimetres as labels and forms have them.
SIZES = (
    ("QRCode", 25.0, None),
    ("DataMatrix", 16.0, None),
    ("PDF417", 60.0, None),
    ("Code128", 75.0, 12.0),
    ("Code39", 95.0, 12.0),
    ("EAN13", 37.0, 20.0),
)
SMALL, SEVERAL, NONE = "QR, 15 mm, 150 characters", "three on a page", "no code"
_PATCHES = {"1": "wwnn", "2": "wnnw", "3": "wnwn", "4": "nwwn", "6": "nnww", "T": "nwnw"}
_CARD = "000000000000|111111111|Trần Thị Thử Nghiệm|01011900|Nữ|Số 1 Đường Mẫu, Xã Ví Dụ, Huyện Thử, Tỉnh Mẫu"
# Grey of paper and of ink: fresh print, a copy, pale print on grey paper.
_CONTRASTS = ((245, 30), (230, 90), (200, 120))


@dataclass(frozen=True)
class Sheet:
    """`wanted`: (symbology, payload) of every code on it."""

    kind: str
    picture: np.ndarray
    dpi: int
    wanted: tuple[tuple[str, str], ...]


def printed_sheets(of_each: int, seed: int) -> Iterator[Sheet]:
    """So many sheets of each kind."""
    for number in range(of_each):
        rng = random.Random(f"codes {seed} {number}")
        dpi = rng.choice((200, 300))
        for kind, width, height in SIZES:
            yield _one(kind, width, height, dpi, rng)
        payload = f"{_CARD}|{rng.randrange(10**8):08d}".ljust(150, "x")
        small = _half_page(200)
        printing.lay(small, printing.qr(payload, 15, 200), 120, 60, 200)
        yield Sheet(
            SMALL,
            _scanned(printing.turned(small, rng.uniform(-4, 4)), rng, pale=False),
            200,
            (("QRCode", payload),),
        )
        yield _several(dpi, rng)
        name = rng.choice(list(_PATCHES))
        bars = printing.turned(_patch(name, dpi), rng.choice((0, 90, 180, 270)) + rng.uniform(-6, 6))
        yield Sheet("patch", _scanned(bars, rng), dpi, ((f"Patch{name}", name),))
        yield Sheet(NONE, _without(number, dpi, rng), dpi, ())


def _payload(kind: str, rng: random.Random) -> str:
    if kind == "EAN13":
        digits = [rng.randrange(10) for _ in range(12)]
        digits.append(-sum(digit * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10)
        return "".join(map(str, digits))
    number = f"{rng.randrange(10**6):06d}-{rng.randrange(10**4):04d}"
    return f"H48-{number}" if kind == "Code39" else f"000.00.12.H48-{number}"


def _half_page(dpi: int) -> np.ndarray:
    return printing.text_page(dpi, lines=6)


def _one(kind: str, width: float, height: float | None, dpi: int, rng: random.Random) -> Sheet:
    payload = _payload(kind, rng)
    page = _half_page(dpi)
    printing.lay(page, printing.symbol(kind, payload, width, dpi, height), 55, 130, dpi)
    angle = rng.uniform(0, 360)
    return Sheet(kind, _scanned(printing.turned(page, angle), rng), dpi, ((kind, payload),))


def _several(dpi: int, rng: random.Random) -> Sheet:
    page, wanted = _half_page(dpi), []
    for (kind, width, height), top in zip(rng.sample(SIZES, 3), (70, 140, 220), strict=True):
        payload = _payload(kind, rng)
        printing.lay(page, printing.symbol(kind, payload, width, dpi, height), rng.uniform(25, 90), top, dpi)
        wanted.append((kind, payload))
    return Sheet(SEVERAL, _scanned(printing.turned(page, rng.uniform(-5, 5)), rng), dpi, tuple(wanted))


def _patch(name: str, dpi: int) -> np.ndarray:
    page, top_mm = printing.sheet(dpi), 15.0
    for bar in _PATCHES[name]:
        height_mm = 5.08 if bar == "w" else 2.03
        bars = np.zeros((round(height_mm / 25.4 * dpi), round(65 / 25.4 * dpi)), np.uint8)
        printing.lay(page, bars, 70, top_mm, dpi)
        top_mm += height_mm + 2.03
    return page


def _without(number: int, dpi: int, rng: random.Random) -> np.ndarray:
    """Text, a ruled table with hatching, or something like a photograph, in turn."""
    if number % 3 == 0:
        return _scanned(printing.turned(printing.text_page(dpi), rng.uniform(-5, 5)), rng)
    page = printing.text_page(dpi, lines=14)
    height, width = page.shape
    if number % 3 == 1:
        for row in range(rng.randrange(8, 20)):
            page[height // 2 + row * dpi // 6 :][:3, dpi:-dpi] = 0
        for column in range(dpi, width - dpi, rng.randrange(dpi // 20, dpi // 2)):
            page[height // 2 : height * 3 // 4, column : column + 2] = 0
        return _scanned(printing.turned(page, rng.uniform(-5, 5)), rng)
    noise = np.random.default_rng(rng.randrange(10**6)).integers(
        0, 255, (rng.randrange(60, 500),) * 2, np.uint8
    )
    side = min(width, height) * 2 // 3
    page[height // 4 : height // 4 + side, dpi // 2 : dpi // 2 + side] = cv2.resize(noise, (side, side))
    return _scanned(page, rng)


def _scanned(page: np.ndarray, rng: random.Random, *, pale: bool = True) -> np.ndarray:
    paper, ink = rng.choice(_CONTRASTS if pale else _CONTRASTS[:2])
    return printing.scanned(page, rng.randrange(10**6), paper, ink, rng.uniform(2, 8))
