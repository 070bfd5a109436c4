"""Separator sheets come out of the printer, through the scanner, and part the pile."""

from pathlib import Path

import numpy as np
import pypdfium2
import pytest

from capture.separators import NoFont, Separator, _font, write_separators
from ocr.barcode import find_codes, is_separator


def scanned(pdf: Path, number: int, turned: int = 0) -> np.ndarray:
    document = pypdfium2.PdfDocument(pdf)
    try:
        page = document[number].render(scale=200 / 72, grayscale=True).to_numpy().copy()
    finally:
        document.close()
    return np.ascontiguousarray(np.rot90(page, turned))


@pytest.mark.parametrize("turned", [0, 1, 2])
def test_each_sheet_says_what_comes_next(tmp_path: Path, turned: int) -> None:
    sheets = [Separator("dossier", "H48.12-240401-0123"), Separator("document")]
    write_separators(tmp_path / "sheets.pdf", sheets)

    for number, sheet in enumerate(sheets):
        codes = find_codes(scanned(tmp_path / "sheets.pdf", number, turned), 200)
        assert {code.symbology for code in codes} == {"QRCode", "DataMatrix"}
        assert is_separator(codes) == sheet.payload


def test_one_torn_code_is_enough(tmp_path: Path) -> None:
    write_separators(tmp_path / "sheets.pdf", [Separator("dossier")])
    page = scanned(tmp_path / "sheets.pdf", 0)
    upper, lower = page.copy(), page.copy()
    upper[900:1500] = 255
    lower[1600:] = 255
    assert is_separator(find_codes(upper, 200)) == "SCAN:NEXT-DOSSIER"
    assert is_separator(find_codes(lower, 200)) == "SCAN:NEXT-DOSSIER"


def test_the_sheet_speaks_three_languages(tmp_path: Path) -> None:
    write_separators(tmp_path / "sheets.pdf", [Separator("document")])
    document = pypdfium2.PdfDocument(tmp_path / "sheets.pdf")
    text = document[0].get_textpage().get_text_range()
    document.close()
    assert "Separator: next document" in text
    assert "giấy tờ tiếp theo" in text
    assert any("\u1780" <= letter <= "\u17ff" for letter in text)


def test_a_missing_font_is_said_with_its_remedy() -> None:
    with pytest.raises(NoFont, match="Noto"):
        _font("Khmer", ("/nowhere/font.ttf",))
