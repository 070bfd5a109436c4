"""Machine-readable codes on a page: QR, DataMatrix, PDF417, Code 128, Code 39, EAN-13, and patch bars.

A page is read once as it is, which finds nearly everything. Only where the picture still shows
something that looks like a code nobody read (a patch of dense texture, a band of parallel bars, or an
even block of a label's size) is that place cut out and tried again: larger, sharper, levelled, with a second reader. Codes of
identity cards are 11 mm wide and need this at 200 dpi.

What makes a sheet a separator is decided by `is_separator` from payloads alone, so that office
separators, scanner makers' patch sheets and the station's own sheets are treated alike. The scheme of
the station's own sheets is here (`separator_payload`), printed by `capture.separators`.
"""

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import zxingcpp

from ocr.code_places import Place, at_evidence_dpi, bar_places, block_places, gather, texture_places
from ocr.code_second_reader import read_with_zbar
from ocr.patch import find_patch
from ocr.reading import Box, Code

SYMBOLOGIES = ("QRCode", "Code128", "Code39", "DataMatrix", "PDF417", "EAN13")
_LINEAR = frozenset({"Code128", "Code39", "EAN13"})
# Looking for QR and bars costs 25 ms on A4 at 300 dpi, for the other two 70 ms; these have modules of 0.25 mm and
# more on paper and are looked for at 200 dpi, with one threshold for the page: a local one takes the grain of
# paper for modules (of 12 PDF417 on grainy text pages it read none, the one threshold all, in a fifth of the time).
_FIRST_FORMATS = zxingcpp.barcode_formats_from_str("QRCode,Code128,Code39,EAN13")
_SECOND_FORMATS = zxingcpp.barcode_formats_from_str("DataMatrix,PDF417")
_MATRIX_FORMATS = zxingcpp.barcode_formats_from_str("QRCode,DataMatrix")
_LINEAR_FORMATS = zxingcpp.barcode_formats_from_str("Code128,Code39,EAN13,PDF417")
_BLOCK_FORMATS = zxingcpp.barcode_formats_from_str("DataMatrix,PDF417,Code128,Code39,EAN13")
_LOCAL = zxingcpp.Binarizer.LocalAverage
_ONE_THRESHOLD = zxingcpp.Binarizer.GlobalHistogram

# The station's separator sheets: SCAN:NEXT-DOCUMENT, SCAN:NEXT-DOSSIER, SCAN:NEXT-DOSSIER:<dossier code>,
# SCAN:NEXT-DOSSIER:<dossier code>:SHEETS=<number> where the number of sheets is known when it is printed.
SEPARATOR_PREFIX = "SCAN:"
NEXT_DOCUMENT = "NEXT-DOCUMENT"
NEXT_DOSSIER = "NEXT-DOSSIER"

# Code 39 has no check character of its own and short symbols appear in table rules and hatching: the
# shortest code an office prints in it is a five-digit counter number, and PATCHT has six letters.
_CODE39_LENGTH = 4
_CODE128_LENGTH = 2
# A linear symbol lower than this is a rule or an underline: labels are at least 5 mm high.
_LINEAR_HEIGHT_MM = 2.0
_LINEAR_WIDTH_MM = 8.0
# A character a person can have meant: letters, marks, digits, punctuation, symbols, spaces, and the
# separators GS1 and multi-line payloads use.
_CONTROLS_ALLOWED = frozenset("\t\n\r\x1d\x1e\x04")


def find_codes(image: np.ndarray, dpi: int) -> list[Code]:
    """Every readable code of a page, at any angle.

    Args:
        image: grey (height, width) or BGR (height, width, 3), 8 bit, upright or not.
        dpi: dots per inch of `image`.

    Returns:
        Codes from top to bottom, boxes in pixels of `image`, each symbol once; payloads NFC.
    """
    grey = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    found = _read(grey, _FIRST_FORMATS)
    small = at_evidence_dpi(grey, dpi)
    scale = grey.shape[0] / small.shape[0]
    for code in _read(small, _SECOND_FORMATS, _ONE_THRESHOLD):
        found.append(replace(code, box=_scaled(code.box, scale, grey.shape)))
    found = [code for code in found if _is_plausible(code, dpi)]
    evidence = gather(grey, dpi, small)
    for place in texture_places(evidence, _boxes(found)):
        found += _look_closer(grey, place, _MATRIX_FORMATS, _texture_pictures(grey, dpi, place))
    for place in bar_places(evidence, _boxes(found)):
        found += _look_closer(grey, place, _LINEAR_FORMATS, _bar_pictures(grey, dpi, place))
    for place in block_places(evidence, _boxes(found)):
        found += _look_closer(grey, place, _BLOCK_FORMATS, _block_pictures(grey, dpi, place))
    patch = find_patch(small, round(dpi / scale))
    if patch is not None:
        found.append(replace(patch, box=_scaled(patch.box, scale, grey.shape)))
    return sorted(_once_each(found), key=lambda code: (code.box or (0, 0, 0, 0))[1])


def separator_payload(kind: str, dossier_code: str | None = None, sheets: int | None = None) -> str:
    """The payload of one of the station's own separator sheets."""
    counted = f":SHEETS={sheets}" if sheets else ""
    return SEPARATOR_PREFIX + kind + (f":{dossier_code}" if dossier_code else "") + counted


# A page is parted by these words when they stand alone in a code; scanner makers and offices print them.
_SEPARATOR_WORDS = re.compile(
    r"^(?:PATCH[ _-]?(?:CODE)?[ _-]?[12346T]|(?:DOC(?:UMENT)?|BATCH|JOB|FILE|DOSSIER)[ _-]?SEP(?:ARATOR)?"
    r"|SEPARATOR(?:[ _-]?(?:PAGE|SHEET))?|(?:NEXT|NEW)[ _-](?:DOC(?:UMENT)?|DOSSIER|BATCH)"
    r"|(?:TO|TỜ)[ _-](?:PHAN|PHÂN|NGAN|NGĂN)[ _-](?:CACH|CÁCH).*)$",
    re.IGNORECASE,
)


def is_separator(codes: Iterable[Code]) -> str | None:
    """The payload or patch name by which these codes make their sheet a separator, else None.

    The station's own payload wins, then words that stand alone in a code, then patch bars. A sheet that carries
    only a dossier code is not judged here: a receipt carries one too, and the rest of the page decides.
    """
    codes = tuple(codes)
    for code in codes:
        if code.payload.startswith(SEPARATOR_PREFIX + "NEXT-"):
            return code.payload
    for code in codes:
        if code.symbology.startswith("Patch"):
            return code.symbology
    for code in codes:
        if _SEPARATOR_WORDS.match(code.payload.strip()):
            return code.payload.strip()
    return None


def _boxes(codes: Sequence[Code]) -> list[Box]:
    return [code.box for code in codes if code.box is not None]


def _read(
    grey: np.ndarray, formats: zxingcpp.BarcodeFormats, binarizer: zxingcpp.Binarizer = _LOCAL
) -> list[Code]:
    results = zxingcpp.read_barcodes(
        np.ascontiguousarray(grey),
        formats=formats,
        binarizer=binarizer,
        try_invert=False,
        try_downscale=False,
        text_mode=zxingcpp.TextMode.Plain,
    )
    return [
        Code(_symbology(result), _payload(result), _quad_box(result.position, grey.shape))
        for result in results
    ]


def _symbology(result: zxingcpp.Barcode) -> str:
    name = str(result.format).replace(" ", "").replace("-", "")
    for symbology in SYMBOLOGIES:
        if name.upper().startswith(symbology.upper()):
            return symbology
    return name


def _payload(result: zxingcpp.Barcode) -> str:
    """The text as it was encoded; bytes that are good UTF-8 are UTF-8, whatever a guess would say."""
    try:
        text = bytes(result.bytes).decode("utf-8")
    except UnicodeDecodeError:
        text = result.text
    return unicodedata.normalize("NFC", text)


def _quad_box(position: zxingcpp.Position, shape: tuple[int, ...]) -> Box:
    corners = (position.top_left, position.top_right, position.bottom_right, position.bottom_left)
    columns = [point.x for point in corners]
    rows = [point.y for point in corners]
    return (
        max(0, min(columns)),
        max(0, min(rows)),
        min(shape[1], max(columns) + 1),
        min(shape[0], max(rows) + 1),
    )


def _is_plausible(code: Code, dpi: int) -> bool:
    """Whether a reading is a code somebody printed and not letters, rules or halftone that look like one."""
    text = code.payload
    if not text.strip() or "\ufffd" in text:
        return False
    if any(unicodedata.category(c)[0] == "C" and c not in _CONTROLS_ALLOWED for c in text):
        return False
    if code.symbology not in _LINEAR:
        return True
    if code.box is not None:
        width_mm, height_mm = sorted(
            ((code.box[2] - code.box[0]) * 25.4 / dpi, (code.box[3] - code.box[1]) * 25.4 / dpi), reverse=True
        )
        if width_mm < _LINEAR_WIDTH_MM or height_mm < _LINEAR_HEIGHT_MM:
            return False
    if code.symbology == "EAN13":
        return len(text) == 13 and text.isdigit()
    shortest = _CODE39_LENGTH if code.symbology == "Code39" else _CODE128_LENGTH
    return len(text.strip()) >= shortest


@dataclass(frozen=True)
class _Picture:
    """A place of the page made larger: its own dpi, and the affine matrix from page pixels to its own."""

    pixels: np.ndarray
    dpi: int
    from_page: np.ndarray


def _look_closer(
    grey: np.ndarray, place: Place, formats: zxingcpp.BarcodeFormats, pictures: Iterator[_Picture]
) -> list[Code]:
    """Tries one place again with better and better pictures of it until something reads."""
    tried: list[_Picture] = []
    for picture in pictures:
        tried.append(picture)
        codes = [
            code
            for code in _read(picture.pixels, formats) or _read(picture.pixels, formats, _ONE_THRESHOLD)
            if _is_plausible(code, picture.dpi)
        ]
        if codes:
            return [replace(code, box=_on_page(code.box, picture, grey.shape)) for code in codes]
    for picture in tried[:1]:
        codes = [code for code in read_with_zbar(picture.pixels) if _is_plausible(code, picture.dpi)]
        if codes:
            return [replace(code, box=place.box) for code in codes]
    return []


# Enlargement, softening before and sharpening after (sigma in page pixels; strength). Tried in this order:
# over 21 small codes missed by the first pass, 90 combinations were read with three binarisers; the first of
# these reads 15, all of them together what any combination reads.
_TEXTURE_TREATMENTS = (
    (4.0, 0.0, 3.0),
    (1.5, 0.4, 3.0),
    (2.0, 0.0, 1.5),
    (2.0, 0.6, 0.0),
    (3.0, 0.8, 1.5),
)


def _texture_pictures(grey: np.ndarray, dpi: int, place: Place) -> Iterator[_Picture]:
    """Enlarged and sharpened: what brings the modules of a small code apart differs by page."""
    for factor, soften, sharpen in _TEXTURE_TREATMENTS:
        picture = _cut(grey, dpi, place, factor)
        pixels = picture.pixels
        if soften:
            pixels = cv2.GaussianBlur(pixels, (0, 0), factor * soften)
        if sharpen:
            soft = cv2.GaussianBlur(pixels, (0, 0), factor * 1.2)
            pixels = cv2.addWeighted(pixels, 1 + sharpen, soft, -sharpen, 0)
        yield replace(picture, pixels=pixels)


def _bar_pictures(grey: np.ndarray, dpi: int, place: Place) -> Iterator[_Picture]:
    """Bars stood upright, then averaged along their length, which no speck or dropout survives."""
    for factor in (2.0, 3.0):
        plain = _cut(grey, dpi, place, factor)
        yield plain
        along_px = max(3, round(1.5 / 25.4 * dpi * factor))
        yield replace(plain, pixels=cv2.blur(plain.pixels, (1, along_px)))


def _block_pictures(grey: np.ndarray, dpi: int, place: Place) -> Iterator[_Picture]:
    """Laid level, softened, coarser: grain is noise to the reader. All read of 72 made sheets at any angle."""
    level = _cut(grey, dpi, place, 200 / dpi)
    yield replace(level, pixels=cv2.GaussianBlur(level.pixels, (0, 0), 0.8))
    yield level
    yield _cut(grey, dpi, place, 150 / dpi)
    yield _cut(grey, dpi, replace(place, angle_deg=place.angle_deg + 2), 200 / dpi)


def _cut(grey: np.ndarray, dpi: int, place: Place, factor: float) -> _Picture:
    """The place turned by its angle, enlarged and stretched to full contrast."""
    left, top, right, bottom = place.box
    width, height = right - left, bottom - top
    turn = cv2.getRotationMatrix2D(((left + right) / 2, (top + bottom) / 2), place.angle_deg, factor)
    cosine, sine = abs(turn[0, 0]), abs(turn[0, 1])
    size = (round(width * cosine + height * sine), round(width * sine + height * cosine))
    turn[0, 2] += size[0] / 2 - (left + right) / 2
    turn[1, 2] += size[1] / 2 - (top + bottom) / 2
    pixels = cv2.warpAffine(grey, turn, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    pixels = cv2.normalize(pixels, pixels, 0, 255, cv2.NORM_MINMAX)
    return _Picture(pixels, round(dpi * factor), turn)


def _scaled(box: Box | None, factor: float, shape: tuple[int, ...]) -> Box | None:
    if box is None:
        return None
    left, top, right, bottom = (round(value * factor) for value in box)
    return (left, top, min(right, shape[1]), min(bottom, shape[0]))


def _on_page(box: Box | None, picture: _Picture, shape: tuple[int, ...]) -> Box | None:
    """The box on the page that holds a box of the picture."""
    if box is None:
        return None
    back = cv2.invertAffineTransform(picture.from_page)
    left, top, right, bottom = box
    corners = np.array([[left, top, 1], [right, top, 1], [right, bottom, 1], [left, bottom, 1]]) @ back.T
    low, high = corners.min(axis=0), corners.max(axis=0)
    return (
        max(0, math.floor(low[0])),
        max(0, math.floor(low[1])),
        min(shape[1], math.ceil(high[0])),
        min(shape[0], math.ceil(high[1])),
    )


def _once_each(codes: Sequence[Code]) -> list[Code]:
    """Drops a second sighting of the same symbol; the same payload at two places stays two codes."""
    kept: list[Code] = []
    for code in codes:
        if not any(
            code.symbology == other.symbology
            and code.payload == other.payload
            and _overlap(code.box, other.box)
            for other in kept
        ):
            kept.append(code)
    return kept


def _overlap(one: Box | None, other: Box | None) -> bool:
    if one is None or other is None:
        return True
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
