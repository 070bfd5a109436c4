"""Machine-readable codes on a page: QR, DataMatrix, PDF417, Code 128, Code 39, EAN-13.

A page is read once as it is, which finds nearly everything. Only where the picture still shows
something that looks like a code nobody read (a patch of dense texture, or a band of parallel bars)
is that place cut out and tried again: larger, sharper, levelled, with a second reader. Codes of
identity cards are 11 mm wide and need this at 200 dpi.

What makes a sheet a separator is decided by `is_separator` from payloads alone, so that office
separators, scanner makers' patch sheets and the station's own sheets are treated alike. The scheme of
the station's own sheets is here (`separator_payload`), printed by `capture.separators`.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

import cv2
import numpy as np
import zxingcpp

from ocr.code_places import Place, bar_places, texture_places
from ocr.code_second_reader import read_with_zbar
from ocr.reading import Box, Code

SYMBOLOGIES = ("QRCode", "Code128", "Code39", "DataMatrix", "PDF417", "EAN13")
_LINEAR = frozenset({"Code128", "Code39", "EAN13"})
_ALL_FORMATS = zxingcpp.barcode_formats_from_str(",".join(SYMBOLOGIES))
_MATRIX_FORMATS = zxingcpp.barcode_formats_from_str("QRCode,DataMatrix,PDF417")
_LINEAR_FORMATS = zxingcpp.barcode_formats_from_str("Code128,Code39,EAN13")

# The station's separator sheets: SCAN:NEXT-DOCUMENT, SCAN:NEXT-DOSSIER, SCAN:NEXT-DOSSIER:<dossier code>.
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
    found = [code for code in _read(grey, _ALL_FORMATS) if _is_plausible(code, dpi)]
    for place in texture_places(grey, dpi, _boxes(found)):
        found += _look_closer(grey, dpi, place, _MATRIX_FORMATS, found)
    for place in bar_places(grey, dpi, _boxes(found)):
        found += _look_closer(grey, dpi, place, _LINEAR_FORMATS, found)
    return sorted(_once_each(found), key=lambda code: (code.box or (0, 0, 0, 0))[1])


def separator_payload(kind: str, dossier_code: str | None = None) -> str:
    """The payload of one of the station's own separator sheets."""
    return SEPARATOR_PREFIX + kind + (f":{dossier_code}" if dossier_code else "")


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


def _read(grey: np.ndarray, formats: zxingcpp.BarcodeFormats, *, invert: bool = False) -> list[Code]:
    results = zxingcpp.read_barcodes(
        np.ascontiguousarray(grey),
        formats=formats,
        try_invert=invert,
        try_downscale=False,
        text_mode=zxingcpp.TextMode.Plain,
    )
    return [
        Code(_symbology(result), _payload(result), _quad_box(result.position, grey.shape)) for result in results
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


def _look_closer(
    grey: np.ndarray, dpi: int, place: Place, formats: zxingcpp.BarcodeFormats, known: Sequence[Code]
) -> list[Code]:
    """Tries one place again with better and better pictures of it until something reads."""
    for picture in _pictures(grey, dpi, place):
        codes = _read(picture.pixels, formats, invert=True) or read_with_zbar(picture.pixels)
        codes = [
            Code(code.symbology, code.payload, place.box) for code in codes if _is_plausible(code, picture.dpi)
        ]
        if codes:
            return [code for code in codes if code.payload not in {k.payload for k in known}] or []
    return []


class _Picture:
    """A cut-out made larger, with its own dpi."""

    def __init__(self, pixels: np.ndarray, dpi: int) -> None:
        self.pixels = pixels
        self.dpi = dpi


def _pictures(grey: np.ndarray, dpi: int, place: Place) -> Iterator[_Picture]:
    left, top, right, bottom = place.box
    cut = grey[top:bottom, left:right]
    if place.angle_deg:
        cut = _turned(cut, place.angle_deg)
    # ×3 at 200 dpi brings the smallest module of a card (0.2 mm) to five pixels; at 300 dpi ×2 does.
    for factor in (3, 2, 4) if dpi < 260 else (2, 3, 1.5):
        large = cv2.resize(cut, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
        large = cv2.normalize(large, None, 0, 255, cv2.NORM_MINMAX)
        yield _Picture(large, round(dpi * factor))
        soft = cv2.GaussianBlur(large, (0, 0), factor * 0.8)
        yield _Picture(cv2.addWeighted(large, 2.5, soft, -1.5, 0), round(dpi * factor))
        yield _Picture(soft, round(dpi * factor))


def _turned(cut: np.ndarray, angle_deg: float) -> np.ndarray:
    """The cut-out turned anticlockwise by `angle_deg`, white where nothing was."""
    height, width = cut.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle_deg, 1.0)
    cosine, sine = abs(matrix[0, 0]), abs(matrix[0, 1])
    new_width, new_height = int(height * sine + width * cosine), int(height * cosine + width * sine)
    matrix[0, 2] += new_width / 2 - width / 2
    matrix[1, 2] += new_height / 2 - height / 2
    return cv2.warpAffine(cut, matrix, (new_width, new_height), flags=cv2.INTER_CUBIC, borderValue=255)


def _once_each(codes: Sequence[Code]) -> list[Code]:
    """Drops a second sighting of the same symbol; the same payload at two places stays two codes."""
    kept: list[Code] = []
    for code in codes:
        if not any(
            code.symbology == other.symbology and code.payload == other.payload and _overlap(code.box, other.box)
            for other in kept
        ):
            kept.append(code)
    return kept


def _overlap(one: Box | None, other: Box | None) -> bool:
    if one is None or other is None:
        return True
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
