"""The words beneath a picture come out in reading order and light up their own pixels, also on a page askew."""

import html
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from PIL import Image

from ocr.pdfa import DocumentMeta, write_document
from ocr.pdfpages import SealPage
from ocr.reading import Box, Line, PageReading, PageRecipe, Recipe, SideReading, Word
from ocr.textlayer import placement

META = DocumentMeta("Giấy tờ mẫu", "H48.12-240401-0123", "vi", "khac", datetime(2024, 4, 1, tzinfo=UTC))
SIZE, DPI = (1654, 2339), 200
# A share of the true box and the lit one together that both cover; the outermost words of a steep line have 0.70.
LEAST_OVERLAP = 0.68


def lines() -> tuple[Line, ...]:
    """A letterhead of two columns, then paragraphs as wide as the page, 12 points high."""
    rows = [
        Line(words(f"{side}{row}", left, 150 + 46 * row, 4), block)
        for block, (side, left) in enumerate((("trái", 230), ("phải", 980)))
        for row in range(3)
    ]
    rows += [Line(words(f"dòng{row}", 170, 340 + 46 * row, 13), 2 + row // 7) for row in range(28)]
    return tuple(rows)


def words(name: str, left: int, top: int, count: int) -> tuple[Word, ...]:
    """Words of their own names: `count` from `left`, each 84 px wide."""
    return tuple(
        Word(f"{name}.{number}", (left + 98 * number, top, left + 98 * number + 84, top + 34), 0.9)
        for number in range(count)
    )


def sealed(
    folder: Path, skew_deg: float, written: tuple[Line, ...] | None = None
) -> tuple[Path, SideReading]:
    picture = folder / "scan.jpg"
    Image.new("RGB", SIZE, (250, 250, 250)).save(picture, dpi=(DPI, DPI))
    page = PageReading("full", *SIZE, DPI, skew_deg, False, lines() if written is None else written, ())
    recipe = Recipe(0, None, (PageRecipe("full", (0.0, 0.0, 1.0, 1.0), skew_deg),))
    reading = SideReading(recipe, *SIZE, DPI, "colour", False, None, (page,))
    write_document([SealPage(picture, 0, reading)], folder / "out.pdf", META, "faithful")
    return folder / "out.pdf", reading


def as_poppler_reads(pdf: Path, *options: str) -> str:
    return subprocess.run(
        ["pdftotext", *options, str(pdf), "-"], capture_output=True, text=True, check=True
    ).stdout


def as_pdfium_reads(pdf: Path) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return str(document[0].get_textpage().get_text_range())
    finally:
        document.close()


def lit_boxes(pdf: Path) -> dict[str, tuple[float, ...]]:
    """Where poppler lights up each word: left, top, right, bottom in points from the top."""
    found = re.findall(r"<word (.*)>(.*)</word>", as_poppler_reads(pdf, "-bbox"))
    return {html.unescape(text): tuple(map(float, re.findall(r'"(.*?)"', box))) for box, text in found}


def true_box(box: Box, reading: SideReading) -> tuple[float, ...]:
    """Where the word's pixels lie on the page, as `lit_boxes` says it."""
    place = placement(reading.recipe.pages[0], *SIZE, DPI)
    corners = np.array([place.point(x, y) for x in (box[0], box[2]) for y in (box[1], box[3])])
    (left, low), (right, high) = corners.min(axis=0), corners.max(axis=0)
    height = SIZE[1] * 72 / DPI
    return left, height - high, right, height - low


def overlap(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    both = max(0.0, across) * max(0.0, down)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return both / (sum(areas) - both)


@pytest.mark.parametrize("skew_deg", [0.0, 0.8, -1.2, 2.0, -2.0])
def test_any_extractor_finds_the_lines_of_a_page_askew_in_order(tmp_path: Path, skew_deg: float) -> None:
    pdf, _ = sealed(tmp_path, skew_deg)
    in_order = [word.text for line in lines() for word in line.words]
    assert as_poppler_reads(pdf).split() == in_order
    assert as_poppler_reads(pdf, "-raw").split() == in_order
    assert as_pdfium_reads(pdf).split() == in_order


@pytest.mark.parametrize("skew_deg", [0.0, -1.2, 3.0])
def test_a_word_selected_lights_up_its_own_pixels(tmp_path: Path, skew_deg: float) -> None:
    pdf, reading = sealed(tmp_path, skew_deg)
    lit = lit_boxes(pdf)
    for word in reading.pages[0].words:
        assert overlap(lit[word.text], true_box(word.box, reading)) >= LEAST_OVERLAP


def test_a_straight_page_needs_one_font(tmp_path: Path) -> None:
    pdf, _ = sealed(tmp_path, 0.1)
    listed = subprocess.run(["pdffonts", str(pdf)], capture_output=True, text=True, check=True).stdout
    assert len(listed.splitlines()) == 3


def test_words_whose_boxes_touch_stay_two_words(tmp_path: Path) -> None:
    close = (Word("BÊN", (170, 300, 240, 334), 0.9), Word("A", (238, 300, 260, 334), 0.9))
    pdf, _ = sealed(tmp_path, 0.0, (Line(close, 0),))
    for text in (as_poppler_reads(pdf), as_poppler_reads(pdf, "-raw"), as_pdfium_reads(pdf)):
        assert text.split() == ["BÊN", "A"]
