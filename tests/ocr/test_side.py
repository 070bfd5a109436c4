"""A side from its file to its words, as the station's workers read it."""

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from forms.mrz import parse_td1_lines
from ocr import clean, ink, lines, order
from ocr.image import PictureTooLarge, turned
from ocr.lawful import lacks_of
from ocr.reading import Line, PageRecipe, ReadOptions, Recipe, SideReading, Word
from ocr.side import read_side, render_page, thumbnail
from ocr.words import marked_handwriting, read_words
from resources.samples import case as cases
from resources.samples import dossier, plans
from resources.samples.papers import Order
from resources.samples.scan import scan
from station.core.process import worker_pool
from tests.ocr.pages import (
    DPI,
    TEXT,
    centre,
    dotted,
    fallen,
    khmer_letter,
    letter,
    paper,
    px,
    qr_sheet,
    saved,
    write,
)

VIETNAMESE = ReadOptions()


def test_a_turned_and_skewed_page_is_read_to_the_letter(tmp_path: Path) -> None:
    page = turned(fallen(letter(8), 2.2), 180)
    reading = read_side(saved(page, tmp_path / "page.jpg"), 0, VIETNAMESE)
    assert reading.recipe.rotation_deg == 180
    assert reading.pages[0].skew_deg == pytest.approx(2.2, abs=0.1)
    assert reading.pages[0].text.splitlines() == list(TEXT)
    assert reading.colour == "grey"
    assert [finding.kind for finding in reading.findings] == ["not_colour"]


@pytest.mark.parametrize("rotation_deg", [90, 180, 270])
def test_a_page_of_lines_set_close_stands_upright(tmp_path: Path, rotation_deg: int) -> None:
    page = paper()
    for row in range(30):
        write(page, 25, 30 + 4.3 * row, f"[{row:02}] {TEXT[row % len(TEXT)][:30]}")
    reading = read_side(
        saved(turned(np.array(page), 360 - rotation_deg), tmp_path / "page.png"), 0, VIETNAMESE
    )
    assert reading.recipe.rotation_deg == rotation_deg


@pytest.mark.parametrize("rotation_deg", [0, 90, 180, 270])
def test_a_table_of_coordinates_stands_upright(tmp_path: Path, rotation_deg: int) -> None:
    page, random_ = paper(), random.Random(4)
    for row in range(22):
        for column in range(3):
            number = f"{random_.randint(1000000, 1999999)}.{random_.randint(10, 99)}"
            write(page, 30 + 50 * column, 40 + 8 * row, number)
    sheet = turned(np.array(page), (360 - rotation_deg) % 360)
    reading = read_side(saved(sheet, tmp_path / "page.png"), 0, VIETNAMESE)
    assert reading.recipe.rotation_deg == rotation_deg


def test_boxes_of_words_lie_on_the_rendered_page(tmp_path: Path) -> None:
    path = saved(fallen(letter(6), -1.5), tmp_path / "page.png")
    reading = read_side(path, 0, VIETNAMESE)
    picture = render_page(path, 0, reading.recipe, 0)
    assert picture.shape[:2] == (reading.pages[0].height_px, reading.pages[0].width_px)
    for word in reading.pages[0].words:
        left, top, right, bottom = word.box
        assert int(picture[top:bottom, left:right].min()) < 100, word


def test_a_form_is_read_past_its_dotted_lines(tmp_path: Path) -> None:
    page = paper()
    for row, text in enumerate(
        ("Họ và tên: Trần Văn Thử", "Ngày sinh: 01/01/1900", "Nơi cư trú: thôn Ví Dụ")
    ):
        write(page, 25, 40 + 12 * row, text)
        dotted(page, 25 + 62, 44.5 + 12 * row, 95)
    reading = read_side(saved(np.array(page), tmp_path / "form.png"), 0, VIETNAMESE)
    assert reading.pages[0].text.splitlines() == [
        "Họ và tên: Trần Văn Thử",
        "Ngày sinh: 01/01/1900",
        "Nơi cư trú: thôn Ví Dụ",
    ]
    assert len(reading.pages[0].leaders) == 3


def test_the_zone_of_a_card_is_read_so_that_its_check_digits_hold(tmp_path: Path) -> None:
    rng = random.Random("mrz 0")
    case = cases.make(1, rng, route="cccd_qr", procedure="chuyen_nhuong")
    card = Order("cccd", "a", dpi=DPI, coloured=True)
    [paper_of_card] = dossier.documents_of(case, [(card, 0)], rng)
    *_, back = dossier.sides_of(paper_of_card, duplex=False, spreads=False, rng=rng)
    scanned = scan(back, plans.lie("clean", "color", DPI, 0, wide=False, rng=rng), rng)
    scanned.image.convert("RGB").save(tmp_path / "back.jpg", dpi=(DPI, DPI), quality=80)
    reading = read_side(tmp_path / "back.jpg", 0, VIETNAMESE)
    printed = parse_td1_lines([line["text"] for page in scanned.truth["pages"] for line in page["lines"]])
    read = parse_td1_lines([line.text for line in reading.pages[0].lines])
    assert printed is not None
    assert read is not None
    assert read.id_number == printed.id_number != ""
    assert (read.dob, read.sex, read.expiry_date) == (printed.dob, printed.sex, printed.expiry_date)


def test_a_letterhead_of_two_columns_is_read_column_by_column(tmp_path: Path) -> None:
    page = paper()
    for y, left, right in (
        (20, "ỦY BAN NHÂN DÂN", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
        (27, "XÃ TƯỞNG TƯỢNG", "Độc lập - Tự do - Hạnh phúc"),
    ):
        centre(page, 52, y, left)
        centre(page, 145, y, right)
    for row in range(5):
        write(page, 25, 60 + 10 * row, TEXT[row])
    reading = read_side(saved(np.array(page), tmp_path / "head.png"), 0, VIETNAMESE)
    lines = reading.pages[0].text.splitlines()
    assert lines[:2] == ["ỦY BAN NHÂN DÂN", "XÃ TƯỞNG TƯỢNG"]
    assert lines[3] == "Độc lập - Tự do - Hạnh phúc"
    assert lines[4:] == list(TEXT[:5])


def test_the_halves_of_a_spread_are_two_pages_and_an_empty_half_is_blank(tmp_path: Path) -> None:
    spread = np.hstack([np.full_like(letter(1), 255), letter(10)])
    reading = read_side(saved(spread, tmp_path / "spread.png"), 0, VIETNAMESE)
    assert [page.side for page in reading.pages] == ["left", "right"]
    assert [page.blank for page in reading.pages] == [True, False]
    assert not reading.blank
    assert reading.recipe.split_at == pytest.approx(0.5, abs=0.03)


def test_the_operators_recipe_is_obeyed(tmp_path: Path) -> None:
    path = saved(turned(letter(4), 90), tmp_path / "page.png")
    wanted = Recipe(270, None, (PageRecipe("full", (0.0, 0.0, 1.0, 0.5), 0.0),))
    reading = read_side(path, 0, replace(VIETNAMESE, recipe=wanted))
    assert reading.recipe == wanted
    assert reading.pages[0].height_px == pytest.approx(px(297) / 2, abs=1)
    assert TEXT[0] in reading.pages[0].text


@pytest.mark.parametrize("words", ["TỜ NGĂN CÁCH HỒ SƠ", "TỜ PHẦN CÁCH"])
def test_a_separator_says_so_by_its_code_and_its_words_with_whatever_marks(
    tmp_path: Path, words: str
) -> None:
    page = qr_sheet("H48.99-000101-0001")
    write(page, 60, 30, words, 20)
    reading = read_side(saved(np.array(page), tmp_path / "separator.png"), 0, VIETNAMESE)
    assert reading.separator == "H48.99-000101-0001"
    receipt = qr_sheet("H48.99-000101-0001")
    write(receipt, 40, 30, "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ", 14)
    assert read_side(saved(np.array(receipt), tmp_path / "receipt.png"), 0, VIETNAMESE).separator is None


def test_a_dark_surround_is_cropped_away(tmp_path: Path) -> None:
    page = np.full((px(330), px(240)), 25, np.uint8)
    sheet = letter(8)
    page[px(10) : px(10) + sheet.shape[0], px(12) : px(12) + sheet.shape[1]] = sheet
    reading = read_side(saved(page, tmp_path / "lid.jpg"), 0, VIETNAMESE)
    only = reading.pages[0]
    assert only.width_px == pytest.approx(px(210), abs=px(4))
    assert only.height_px == pytest.approx(px(297), abs=px(4))
    assert only.text.splitlines() == list(TEXT)


def test_a_worker_reads_what_this_process_reads(tmp_path: Path) -> None:
    path = saved(letter(3), tmp_path / "page.png")
    with worker_pool(1) as pool:
        there = pool.submit(read_side, path, 0, VIETNAMESE).result()
    here = read_side(path, 0, VIETNAMESE)
    assert replace(there, seconds=0.0) == replace(here, seconds=0.0)
    assert SideReading.from_json(here.to_json()) == here


def test_a_picture_past_the_limit_is_refused_across_the_process_border(tmp_path: Path) -> None:
    path = saved(letter(1), tmp_path / "page.png")
    with worker_pool(1) as pool, pytest.raises(PictureTooLarge):
        pool.submit(read_side, path, 0, replace(VIETNAMESE, pixel_limit=1000)).result()


@pytest.mark.parametrize("rotation_deg", [0, 180])
def test_a_khmer_page_is_turned_and_read_without_being_announced(tmp_path: Path, rotation_deg: int) -> None:
    page = turned(khmer_letter(), (360 - rotation_deg) % 360)
    reading = read_side(saved(page, tmp_path / "khmer.png"), 0, VIETNAMESE)
    assert reading.recipe.rotation_deg == rotation_deg
    assert "ក្រសួងរៀបចំដែនដី" in reading.pages[0].text


def test_the_second_engine_reads_the_same_words(tmp_path: Path) -> None:
    path = saved(letter(3), tmp_path / "page.png")
    assert read_side(path, 0, replace(VIETNAMESE, engine="pytesseract")).pages[0].text == "\n".join(TEXT[:3])


def test_a_thumbnail_is_small_and_upright(tmp_path: Path) -> None:
    path = saved(turned(letter(2), 90), tmp_path / "page.png")
    recipe = Recipe(270, None, (PageRecipe("full", (0.0, 0.0, 1.0, 1.0), 0.0),))
    (tmp_path / "small.jpg").write_bytes(thumbnail(path, 0, recipe, 160))
    with Image.open(tmp_path / "small.jpg") as small:
        assert small.height == 160 > small.width


def test_doubtful_words_in_a_row_are_handwriting_and_printed_ones_are_not() -> None:
    def word(text: str, confidence: float, x: int) -> Word:
        return Word(text, (x, 100, x + 90, 130), confidence)

    printed = Line(tuple(word("giấy", 0.96, 100 * i) for i in range(8)), 0)
    form = Line(
        (word("Tên:", 0.95, 0), word("Jrần", 0.5, 100), word("Nan", 0.6, 200), word("Thú", 0.4, 300)), 0
    )
    alone = Line((word("chúng", 0.95, 0), word("nhạn", 0.6, 100), word("quyền", 0.96, 200)), 0)
    marked = marked_handwriting((printed, form, alone), ())
    assert [w.handwritten for line in marked for w in line.words] == [False] * 9 + [True] * 3 + [False] * 3


class Shy:
    """A recogniser whose first look at a line finds nothing."""

    def __init__(self) -> None:
        self.looks = 0

    def lines(self, picture: np.ndarray, dpi: int, layout: int) -> list[Line]:
        self.looks += 1
        height, width = picture.shape
        return (
            [Line((Word("0990006471", (10, 10, width - 10, height - 10), 0.97),), 0)]
            if self.looks > 1
            else []
        )


def test_a_line_of_which_nothing_was_read_is_read_once_more() -> None:
    page = paper()
    write(page, 60, 60, "0990006471")
    even = ink.evened(np.array(page), DPI)
    washed = clean.cleaned(even, ink.ink(even), DPI)
    assert [line.text for line in read_words(washed, even, DPI, Shy())] == ["0990006471"]


def test_the_second_look_leaves_out_dots_far_above_the_line() -> None:
    line = lines.TextLine((100, 24, 400, 98), np.arange(9), 61.0, 92.0, 0.0, 31.0)
    assert lines.trimmed(line).box == (100, 42, 400, 98)
    assert lines.trimmed(replace(line, slope=0.02)).box == (100, 39, 400, 98)


def placed(number: int, x: int, y: int, width: int) -> order.Placed:
    return order.Placed(number, (x, y, x + width, y + 30), y + 5, y + 28, 22)


def test_cells_of_a_table_are_read_row_by_row() -> None:
    lines = [placed(0, 20, 20, 100), placed(1, 20, 60, 100), placed(2, 220, 20, 100), placed(3, 20, 140, 100)]
    table = (0, 0, 400, 200)
    upright = [(0, 0, 3, 200), (200, 0, 203, 200), (397, 0, 400, 200)]
    across = [(0, 0, 400, 3), (0, 110, 400, 113), (0, 197, 400, 200)]
    assert order.in_order(lines, [table], upright, across) == [[0, 1], [2], [3]]
    heading, after = placed(4, 20, -26, 100), placed(5, 20, 210, 100)
    assert order.in_order([*lines, heading, after], [table], upright, across)[0] == [4]
    under_the_letterhead = (210, -80, 390, -77)
    assert order.in_order(lines, [table], upright, [under_the_letterhead, *across]) == [[0, 1], [2], [3]]


@pytest.mark.parametrize(
    ("spoil", "kind"),
    [
        (
            lambda page: np.asarray(Image.fromarray(page).resize((400, 566)).resize(page.shape[::-1])),
            "blurred",
        ),
        (lambda page: (255 - (255 - page) // 5).astype(np.uint8), "pale"),
        (lambda page: (page // 3).astype(np.uint8), "dark"),
        (lambda page: page[px(31) :, px(25) : px(120)], "cut"),
    ],
)
def test_a_poor_picture_is_found_with_its_remedy(
    tmp_path: Path, spoil: Callable[[np.ndarray], np.ndarray], kind: str
) -> None:
    reading = read_side(saved(spoil(letter(14)), tmp_path / "poor.png"), 0, VIETNAMESE)
    findings = reading.pages[0].findings
    assert kind in [finding.kind for finding in findings]
    assert all("can it again" in finding.sentence for finding in findings)


def test_a_good_picture_is_not_complained_about(tmp_path: Path) -> None:
    page = np.dstack([letter(14)] * 3)
    page[:, :, 0] -= 5
    reading = read_side(saved(page, tmp_path / "good.jpg"), 0, VIETNAMESE)
    assert (reading.findings, reading.pages[0].findings) == ((), ())
    assert [f.kind for f in lacks_of(150, "colour")] == ["low_resolution"]
    assert reading.dpi == DPI


def test_a_stroke_too_pale_for_ink_stays_with_the_letters_it_stands_between() -> None:
    page = paper()
    write(page, 30, 50, "Sinh ngày 12")
    write(page, 60.5, 50, "01/1971")
    dark = np.array(page)
    write(page, 58.4, 50, "/", fill=215)
    write(page, 58.4, 62, "/", fill=215)
    inked = ink.pieces_of(np.array(page) < ink.STRENGTHENED_INK)
    (line,) = lines.find_lines(inked, [], [], DPI)
    cut = lines.cut_out(line, np.array(page), inked, 0)
    bare = lines.cut_out(line, dark, inked, 0)
    added = cut[cut != bare]
    assert added.size > 20
    assert int(added.min()) >= 200
