"""Separator sheets to print and lay between papers: the next document, or the next dossier begins after it.

Each sheet carries the same payload twice, as a large QR code and as a DataMatrix, so that a torn or stamped
corner does not join two citizens' papers; the words are for the person at the feeder, in Vietnamese, English
and Khmer. The payload's scheme belongs to ocr.barcode, which recognises the sheet again.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import segno
import zxingcpp
from PIL import Image

from ocr.barcode import NEXT_DOCUMENT, NEXT_DOSSIER, separator_payload
from station.core.errors import N_, InputRefused
from station.core.files import whole_file
from station.core.texts import LANGUAGES, translator

Kind = Literal["document", "dossier"]

_PAGE_WIDTH_MM, _PAGE_HEIGHT_MM = 210.0, 297.0
# Large enough to be read at 100 dpi by any scanner: modules of 2 mm and more.
_QR_MM = 80.0
_DATAMATRIX_MM = 50.0

_TITLES = {
    "document": N_("Separator: next document"),
    "dossier": N_("Separator: next dossier"),
}
_HINTS = {
    "document": N_("Lay this sheet before each paper of a dossier. It is not kept."),
    "dossier": N_("Lay this sheet before each dossier. It is not kept."),
}

# Debian's Noto and Liberation, Windows' own fonts; the first that is there. Khmer needs a font of its own.
_LATIN_FONTS = (
    "/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf",
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/truetype/liberation2/LiberationSans-Regular.ttf",
    "C:/Windows/Fonts/segoeui.ttf",
    "C:/Windows/Fonts/arial.ttf",
)
_KHMER_FONTS = (
    "/usr/share/fonts/truetype/noto/NotoSansKhmer-Regular.ttf",
    "/usr/share/fonts/truetype/khmeros/KhmerOSbattambang.ttf",
    "C:/Windows/Fonts/LeelawUI.ttf",
    "C:/Windows/Fonts/KhmerUI.ttf",
)


class NoFont(InputRefused):
    sentence = N_("No font for {language} is installed. Install the Noto fonts, then print the sheets again.")


@dataclass(frozen=True)
class Separator:
    """One sheet. `dossier_code` names the dossier that follows, `sheets` how many, where they are known already."""

    kind: Kind
    dossier_code: str | None = None
    sheets: int | None = None

    @property
    def payload(self) -> str:
        return separator_payload(
            NEXT_DOCUMENT if self.kind == "document" else NEXT_DOSSIER, self.dossier_code, self.sheets
        )


def write_separators(target: Path, sheets: Sequence[Separator]) -> None:
    """Writes a PDF of A4 sheets to print, one per separator.

    Raises:
        NoFont: no font for Vietnamese or Khmer is installed.
        DiskFull: no space; nothing is left behind.
    """
    # Imported here: it takes a second to load, and who only names a separator writes no PDF.
    from fpdf import FPDF

    document = FPDF(format="A4", unit="mm")
    document.set_auto_page_break(False)
    document.add_font("latin", fname=_font("Vietnamese", _LATIN_FONTS))
    document.add_font("khmer", fname=_font("Khmer", _KHMER_FONTS))
    for sheet in sheets:
        _add_sheet(document, sheet)
    with whole_file(target) as stream:
        stream.write(bytes(document.output()))


def _font(language: str, candidates: Sequence[str]) -> Path:
    for candidate in candidates:
        if Path(candidate).is_file():
            return Path(candidate)
    raise NoFont(language=language)


def _add_sheet(document: Any, sheet: Separator) -> None:
    document.add_page()
    top = 28.0
    for language in LANGUAGES:
        translate = translator(language)
        document.set_text_shaping(language == "km")
        document.set_font("khmer" if language == "km" else "latin", size=26 if language == "vi" else 16)
        _centred(document, translate(_TITLES[sheet.kind]), top)
        top += 14
        document.set_font_size(12 if language == "vi" else 10)
        _centred(document, translate(_HINTS[sheet.kind]), top)
        top += 12
    document.set_text_shaping(False)
    document.image(io.BytesIO(_qr(sheet.payload)), x=(_PAGE_WIDTH_MM - _QR_MM) / 2, y=118, w=_QR_MM, h=_QR_MM)
    document.image(
        io.BytesIO(_datamatrix(sheet.payload)),
        x=(_PAGE_WIDTH_MM - _DATAMATRIX_MM) / 2,
        y=212,
        w=_DATAMATRIX_MM,
        h=_DATAMATRIX_MM,
    )
    document.set_font("latin", size=14)
    _centred(document, sheet.dossier_code or "", 270)


def _centred(document: Any, text: str, top_mm: float) -> None:
    document.set_xy(10, top_mm)
    document.cell(_PAGE_WIDTH_MM - 20, 10, text, align="C")


def _qr(payload: str) -> bytes:
    written = io.BytesIO()
    segno.make(payload, error="q", micro=False).save(written, kind="png", scale=8, border=4)
    return written.getvalue()


def _datamatrix(payload: str) -> bytes:
    symbol = zxingcpp.create_barcode(payload, zxingcpp.BarcodeFormat.DataMatrix)
    modules = np.array(symbol.to_image(scale=8), np.uint8)
    written = io.BytesIO()
    Image.fromarray(np.pad(modules, 8, constant_values=255)).save(written, format="PNG")
    return written.getvalue()
