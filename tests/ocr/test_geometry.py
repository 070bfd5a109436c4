"""Way up, angle, gutter: measured where the page says so, refused where it does not."""

import cv2
import numpy as np
import pytest

from ocr import deskew, engine, ink, orient, split
from ocr.image import Array, turned
from tests.ocr.pages import DPI, fallen, letter, paper, px, write


def inked(page: np.ndarray) -> ink.Mask:
    return ink.ink(ink.evened(page, DPI))


def pieces(page: np.ndarray) -> ink.Pieces:
    return ink.pieces_of(inked(page))


def parted(page: np.ndarray, previous: float | None = None) -> split.Split:
    light = cv2.resize(ink.evened(page, DPI), None, fx=50 / DPI, fy=50 / DPI, interpolation=cv2.INTER_AREA)
    return split.find_split(pieces(page).boxes, page.shape, DPI, 0.0, previous, np.asarray(light, np.uint8))


def line_score(picture: Array) -> float:
    lines = engine.engine("tesserocr", ("vie",)).lines(picture, DPI, engine.SINGLE_LINE)
    return sum(w.confidence**2 * len(w.text) for line in lines for w in line.words if w.confidence > 0.6)


@pytest.mark.parametrize("skew_deg", [-6.3, -1.17, 0.0, 0.34, 4.55])
def test_the_angle_of_text_is_found_to_a_twentieth_of_a_degree(skew_deg: float) -> None:
    measured = deskew.measure_skew(inked(fallen(letter(18), skew_deg)), DPI)
    assert measured == pytest.approx(skew_deg, abs=0.05)


def test_a_straightened_page_lies_straight() -> None:
    page = deskew.straightened(fallen(letter(18), 2.4), 2.4)
    assert deskew.measure_skew(inked(page), DPI) == pytest.approx(0.0, abs=0.05)


def test_a_blank_sheet_a_drawing_and_a_stamp_are_given_no_angle() -> None:
    blank = np.full((px(297), px(210)), 255, np.uint8)
    drawing = blank.copy()
    cv2.polylines(drawing, [np.int32([[200, 300], [1300, 500], [1100, 1500], [350, 1300]])], True, (0,), 4)
    stamp = blank.copy()
    for radius in (180, 150, 60):
        cv2.circle(stamp, (900, 900), radius, (60,), 5)
    for page in (blank, drawing, stamp):
        assert deskew.measure_skew(inked(page), DPI) is None


@pytest.mark.parametrize("rotation_deg", [0, 90, 180, 270])
def test_a_page_is_turned_until_its_letters_stand(rotation_deg: int) -> None:
    lying = turned(letter(12), (360 - rotation_deg) % 360)
    found = orient.find_orientation(ink.evened(lying, DPI), pieces(lying), DPI, line_score)
    assert (found.rotation_deg, found.sure) == (rotation_deg, True)


def test_words_and_rows_of_brackets_say_more_about_the_way_than_figures() -> None:
    for text in ("Đặc", "nhân:", "9903078M3903076VNM<<<<<<<<<<<2"):
        assert orient.way_weight(text) == 1.0
    assert orient.way_weight(">>>>>>>>>>>>>>>>>LVd>HNVHL>>0L") == 0.0
    for text in ("8/6600980", "Buộp"):
        assert 0.0 < orient.way_weight(text) < 0.5


def test_a_page_without_text_is_never_turned() -> None:
    page = np.full((px(297), px(210)), 255, np.uint8)
    cv2.circle(page, (700, 900), 250, (40,), 6)
    found = orient.find_orientation(ink.evened(page, DPI), pieces(page), DPI, line_score)
    assert (found.rotation_deg, found.sure) == (0, False)


def test_a_spread_is_cut_in_its_gutter() -> None:
    assert parted(np.hstack([letter(20), letter(14)])).at == pytest.approx(0.5, abs=0.03)


def test_a_spread_with_an_empty_half_is_cut_in_its_middle() -> None:
    page = letter(20)
    assert parted(np.hstack([np.full_like(page, 255), page])).at == pytest.approx(0.5, abs=0.01)


def folded(page: np.ndarray, at: float) -> np.ndarray:
    """The sheet with the shadow of a fold at this share of its width."""
    away = np.abs(np.arange(page.shape[1]) - round(at * page.shape[1]))
    shadow = np.maximum(0, 30 - 30 * away / px(2)).astype(np.uint8)
    return np.asarray(cv2.subtract(page, np.broadcast_to(shadow, page.shape).copy()))


def test_a_spread_is_cut_in_its_fold() -> None:
    page = np.hstack([letter(20), letter(14)])
    assert parted(folded(page, 0.507)).at == pytest.approx(0.507, abs=0.002)


def framed(page: np.ndarray, left_mm: float, right_mm: float) -> np.ndarray:
    """The page with a double frame whose upright lines stand so far from its edges."""
    page = page.copy()
    for more in (0, 3):
        corner = (px(left_mm + more), px(12 + more))
        cv2.rectangle(page, corner, (page.shape[1] - px(right_mm + more), px(285 - more)), (60,), 2)
    return page


def test_a_line_of_a_pages_frame_is_not_the_fold() -> None:
    # The sheet lies 4 mm askew in the feeder: the gutter of 12 mm is not in the picture's middle.
    page = np.hstack([framed(letter(20), 14, 2), framed(letter(14), 10, 8)])
    assert parted(page).at == pytest.approx(0.5 + 4 / 420, abs=0.004)


def test_a_single_a3_sheet_with_the_frame_of_a_plan_across_its_middle_stays_whole() -> None:
    page = np.hstack([np.array(paper()), letter(20)])
    cv2.rectangle(page, (px(15), px(20)), (px(240), px(270)), (20,), 3)
    cv2.line(page, (px(60), px(60)), (px(190), px(220)), (20,), 3)
    # Folded to fit its folder, and among sheets that are cut, it is one sheet all the same.
    for sheet in (page, folded(page, 0.5)):
        assert parted(sheet).at is None
        assert parted(sheet, 0.5).at is None


def test_a_stamp_over_the_fold_that_touches_a_pages_frame_does_not_keep_a_spread_whole() -> None:
    page = np.hstack([letter(20), framed(letter(14), 8, 8)])
    cv2.circle(page, (px(210), px(250)), px(18), (60,), 4)
    sheet = folded(page, 0.5)
    assert parted(sheet).at == pytest.approx(0.5, abs=0.002)
    assert parted(sheet, 0.5).at == pytest.approx(0.5, abs=0.002)


def test_an_empty_a3_sheet_stays_whole() -> None:
    assert parted(np.array(paper(420, 297))).at is None


def test_a_spread_is_cut_where_the_sheet_before_was_if_no_print_stands_there() -> None:
    page = np.hstack([letter(20), letter(14)])
    assert parted(page, 0.512).at == pytest.approx(0.512, abs=0.001)
    assert parted(page, 0.56).at == pytest.approx(0.5, abs=0.03)


def test_a_stamp_over_the_fold_does_not_keep_a_sheet_whole_among_cut_ones() -> None:
    page = np.hstack([letter(20), letter(14)])
    middle = round(0.5 * page.shape[1])
    for row in range(20):
        cv2.putText(
            page,
            "DA DANG KY THE CHAP",
            (middle - 240, 400 + 60 * row),
            cv2.FONT_HERSHEY_SIMPLEX,
            1.4,
            (60,),
            3,
        )
    assert parted(page).at is None
    assert parted(page, 0.5).at is None
    assert parted(folded(page, 0.5), 0.503).at == pytest.approx(0.5, abs=0.002)


def test_a_single_a3_sheet_with_print_across_its_middle_stays_whole() -> None:
    page = paper(420, 297)
    for row in range(12):
        write(page, 60, 30 + 15 * row, "Trích lục bản đồ địa chính thửa đất số 999 " * 3)
    assert parted(np.array(page)).at is None
    assert parted(np.array(page), 0.5).at is None


def test_a_lying_a4_page_is_not_a_spread() -> None:
    assert parted(np.hstack([letter(10, 148, 210), letter(10, 148, 210)])).at is None
