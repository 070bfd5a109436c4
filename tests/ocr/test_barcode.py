"""Codes on a page are read at any angle, small, pale and several at once; nothing else is taken for one."""

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
import printing

from ocr.barcode import find_codes, is_separator, separator_payload
from ocr.code_second_reader import read_with_zbar
from ocr.reading import Code

DOSSIER = "000.00.12.H48-240401-0123"
CARD = "000000000000|111111111|Trần Thị Thử Nghiệm|01011900|Nữ|Số 1 Đường Mẫu, Xã Ví Dụ, Tỉnh Thử|02022021"


def payloads(codes: list[Code]) -> list[tuple[str, str]]:
    return sorted((code.symbology, code.payload) for code in codes)


@pytest.mark.parametrize(
    ("kind", "payload", "width_mm", "height_mm", "name"),
    [
        ("QRCode", DOSSIER, 25, None, "QRCode"),
        ("DataMatrix", DOSSIER, 18, None, "DataMatrix"),
        ("PDF417", DOSSIER, 60, None, "PDF417"),
        ("Code128", DOSSIER, 75, 12, "Code128"),
        ("Code39", "H48-240401-0123", 95, 12, "Code39"),
        ("EAN13", "8934567890120", 37, 20, "EAN13"),
    ],
)
def test_every_symbology_is_read_and_named(
    kind: str, payload: str, width_mm: float, height_mm: float | None, name: str
) -> None:
    page = printing.text_page(200, lines=12)
    printing.lay(page, printing.symbol(kind, payload, width_mm, 200, height_mm), 60, 120, 200)

    found = find_codes(printing.scanned(page), 200)

    assert payloads(found) == [(name, payload)]
    left, top, right, bottom = found[0].box or (0, 0, 0, 0)
    middle_mm = ((left + right) / 2 * 25.4 / 200, (top + bottom) / 2 * 25.4 / 200)
    assert 60 < middle_mm[0] < 60 + width_mm
    assert 120 < middle_mm[1] < 160


@pytest.mark.parametrize("angle", [0, 7, 23, 45, 90, 137, 180, 251, 270, 338])
def test_codes_are_read_at_any_angle(angle: float) -> None:
    page = printing.sheet(200, 150, 150)
    printing.lay(page, printing.symbol("Code128", DOSSIER, 75, 200, 14), 37, 40, 200)
    printing.lay(page, printing.qr(DOSSIER, 25, 200), 60, 85, 200)

    found = find_codes(printing.scanned(printing.turned(page, angle)), 200)

    assert payloads(found) == [("Code128", DOSSIER), ("QRCode", DOSSIER)]


@pytest.mark.parametrize("angle", [17, 63, 128])
def test_stacked_and_square_codes_are_read_at_any_angle_on_pale_print(angle: float) -> None:
    page = printing.sheet(200, 150, 150)
    printing.lay(page, printing.symbol("PDF417", DOSSIER, 60, 200), 45, 40, 200)
    printing.lay(page, printing.symbol("DataMatrix", DOSSIER, 16, 200), 60, 85, 200)

    found = find_codes(printing.scanned(printing.turned(page, angle), paper=200, ink=120), 200)

    assert payloads(found) == [("DataMatrix", DOSSIER), ("PDF417", DOSSIER)]


def test_the_small_code_of_an_identity_card_is_read_at_200_dpi() -> None:
    read = 0
    for seed in range(6):
        page = printing.text_page(200, lines=8)
        printing.lay(page, printing.qr(CARD, 15, 200), 120, 90, 200)
        found = find_codes(printing.scanned(printing.turned(page, seed * 0.7 - 2), seed), 200)
        read += payloads(found) == [("QRCode", CARD)]
    assert read == 6


def test_pale_print_on_grey_paper_is_read() -> None:
    page = printing.sheet(200)
    printing.lay(page, printing.symbol("Code128", DOSSIER, 75, 200, 12), 60, 40, 200)
    printing.lay(page, printing.qr(DOSSIER, 25, 200), 60, 100, 200)

    found = find_codes(printing.scanned(page, paper=200, ink=145, noise=4), 200)

    assert payloads(found) == [("Code128", DOSSIER), ("QRCode", DOSSIER)]


def test_several_codes_on_a_page_are_each_read_once() -> None:
    page = printing.text_page(300, lines=10)
    for place, text in enumerate(("A-0001", "A-0002", "A-0003")):
        printing.lay(page, printing.qr(text, 18, 300), 20 + 50 * place, 150, 300)
    printing.lay(page, printing.symbol("Code128", DOSSIER, 75, 300, 12), 60, 220, 300)

    found = find_codes(printing.scanned(page), 300)

    assert payloads(found) == [
        ("Code128", DOSSIER),
        ("QRCode", "A-0001"),
        ("QRCode", "A-0002"),
        ("QRCode", "A-0003"),
    ]


def test_a_colour_picture_is_read_like_a_grey_one() -> None:
    page = printing.sheet(200, 100, 100)
    printing.lay(page, printing.qr(DOSSIER, 25, 200), 30, 30, 200)
    colour = cv2.merge([printing.scanned(page)] * 3)
    assert payloads(find_codes(colour, 200)) == [("QRCode", DOSSIER)]


@pytest.mark.parametrize("dpi", [200, 300])
@pytest.mark.parametrize("angle", [0, 2.5, 90])
def test_text_is_no_code(dpi: int, angle: float) -> None:
    assert find_codes(printing.scanned(printing.turned(printing.text_page(dpi), angle)), dpi) == []


def test_tables_rules_and_hatching_are_no_code() -> None:
    page = printing.text_page(200, lines=20)
    for step in range(0, 1200, 7):
        page[1500:1560, 200 + step : 202 + step] = 0
    for step in range(0, 600, 24):
        page[1650:2200, 200 + 2 * step : 203 + 2 * step] = 0
        page[1650 + step : 1653 + step, 200:1400] = 0
    assert find_codes(printing.scanned(page), 200) == []


def test_a_photograph_is_no_code() -> None:
    rng = np.random.default_rng(5)
    rough = cv2.resize(
        rng.integers(0, 255, (300, 220), dtype=np.uint8), (1654, 2339), interpolation=cv2.INTER_CUBIC
    )
    fine = cv2.resize(
        rng.integers(0, 255, (1169, 827), dtype=np.uint8), (1654, 2339), interpolation=cv2.INTER_NEAREST
    )
    assert find_codes(rough, 200) == []
    assert find_codes(fine, 200) == []


def test_the_second_reader_returns_vietnamese_bytes_as_printed() -> None:
    page = printing.sheet(300, 60, 60)
    printing.lay(page, printing.qr(CARD, 40, 300), 10, 10, 300)
    assert read_with_zbar(page) == [Code("QRCode", CARD)]


@pytest.mark.parametrize(
    ("code", "separator"),
    [
        (Code("QRCode", separator_payload("NEXT-DOSSIER", DOSSIER)), f"SCAN:NEXT-DOSSIER:{DOSSIER}"),
        (Code("DataMatrix", separator_payload("NEXT-DOCUMENT")), "SCAN:NEXT-DOCUMENT"),
        (Code("Code128", "PATCHT"), "PATCHT"),
        (Code("Code39", "PATCH-2"), "PATCH-2"),
        (Code("PatchT", "T"), "PatchT"),
        (Code("QRCode", "TO PHAN CACH HO SO"), "TO PHAN CACH HO SO"),
        (Code("QRCode", DOSSIER), None),
        (Code("QRCode", CARD), None),
        (Code("Code128", "PATCHING 2024"), None),
    ],
)
def test_a_sheet_is_a_separator_by_its_payload(code: Code, separator: str | None) -> None:
    assert is_separator([code]) == separator
