"""Patch bars are told apart in four directions, askew, at both resolutions, worn; nothing else is one."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
import printing

from ocr.patch import find_patch

PATTERNS = {"1": "wwnn", "2": "wnnw", "3": "wnwn", "4": "nwwn", "6": "nnww", "T": "nwnw"}


def patch_sheet(name: str, dpi: int) -> np.ndarray:
    page = printing.sheet(dpi)
    top_mm = 15.0
    for bar in PATTERNS[name]:
        height_mm = 5.08 if bar == "w" else 2.03
        bars = np.zeros((round(height_mm / 25.4 * dpi), round(65 / 25.4 * dpi)), np.uint8)
        printing.lay(page, bars, 70, top_mm, dpi)
        top_mm += height_mm + 2.03
    return page


@pytest.mark.parametrize("quarter", range(4))
@pytest.mark.parametrize("name", PATTERNS)
def test_each_patch_is_named_in_every_direction_and_askew(name: str, quarter: int) -> None:
    for dpi, skew in ((200, -6.0), (200, 1.3), (300, 6.0)):
        page = printing.turned(patch_sheet(name, dpi), skew)
        found = find_patch(np.ascontiguousarray(np.rot90(printing.scanned(page), quarter)), dpi)
        assert found is not None
        assert (found.symbology, found.payload) == (f"Patch{name}", name)


def test_the_box_holds_the_bars() -> None:
    found = find_patch(printing.scanned(patch_sheet("T", 200)), 200)
    assert found is not None
    assert found.box is not None
    expected = [round(value / 25.4 * 200) for value in (70, 15, 135, 15 + 20.3)]
    assert np.abs(np.array(found.box) - expected).max() <= 6


def test_a_faded_patch_with_a_scanner_line_and_a_fold_is_found() -> None:
    page = printing.scanned(patch_sheet("T", 200), paper=215, ink=120, noise=9)
    page[:, 700:702] = 90
    page[:, 850:853] = 230
    found = find_patch(page, 200)
    assert found is not None
    assert found.symbology == "PatchT"


def test_text_tables_and_black_borders_are_no_patch() -> None:
    page = printing.text_page(200)
    assert find_patch(printing.scanned(page), 200) is None
    for row in range(8):
        page[1200 + row * 40 : 1204 + row * 40, 200:1400] = 0
    page[:, :60] = 0
    page[-80:] = 0
    assert find_patch(printing.scanned(page), 200) is None


def test_five_equal_bars_are_no_patch() -> None:
    page = printing.sheet(200)
    for row in range(5):
        page[200 + row * 40 : 220 + row * 40, 500:1000] = 0
    assert find_patch(printing.scanned(page), 200) is None
