"""The second reader of codes, zbar, asked for exact bytes.

zbar guesses an East Asian encoding for Vietnamese payloads and garbles two in five of them; with its
binary option (libzbar 0.23.1 and later) it hands back the bytes as printed. Where the library is absent
the first reader stands alone.
"""

import ctypes
import logging
import unicodedata
from functools import cache
from typing import Any

import numpy as np

from ocr.reading import Code

log = logging.getLogger(__name__)

# ZBAR_CFG_ENABLE and ZBAR_CFG_BINARY of zbar.h; the Python package knows only the first.
_ENABLE = 0
_BINARY = 4
_NAMES = {"QRCODE": "QRCode", "CODE128": "Code128", "CODE39": "Code39", "EAN13": "EAN13"}


def read_with_zbar(grey: np.ndarray) -> list[Code]:
    """QR, Code 128, Code 39 and EAN-13 of a small grey picture, without boxes.

    Payloads are NFC; a symbol whose bytes are not UTF-8 is left out. Empty without the library.
    """
    library = _library()
    if library is None:
        return []
    codes = []
    for kind, content in _scan(library, grey):
        try:
            codes.append(Code(kind, unicodedata.normalize("NFC", content.decode("utf-8"))))
        except UnicodeDecodeError:
            continue
    return codes


@cache
def _library() -> Any:
    try:
        from pyzbar import pyzbar
    except (ImportError, OSError):
        log.info("libzbar is absent; codes are read by one reader only")
        return None
    return pyzbar


def _scan(library: Any, grey: np.ndarray) -> list[tuple[str, bytes]]:
    # The package's own decode() offers no way to the binary option; these are the steps it takes.
    height, width = grey.shape
    pixels = np.ascontiguousarray(grey).tobytes()
    wanted = {library.ZBarSymbol[name] for name in _NAMES}
    with library._image_scanner() as scanner, library._image() as image:
        for symbol in library.ZBarSymbol:
            library.zbar_image_scanner_set_config(scanner, symbol, _ENABLE, int(symbol in wanted))
        library.zbar_image_scanner_set_config(scanner, library.ZBarSymbol.QRCODE, _BINARY, 1)
        library.zbar_image_set_format(image, int.from_bytes(b"Y800", "little"))
        library.zbar_image_set_size(image, width, height)
        library.zbar_image_set_data(image, ctypes.c_char_p(pixels), len(pixels), None)
        if library.zbar_scan_image(scanner, image) < 0:
            return []
        symbols = library._decode_symbols(library._symbols_for_image(image))
        return [(_NAMES[symbol.type], symbol.data) for symbol in symbols if symbol.type in _NAMES]
