"""What is taken away before recognition, and what must stay; what is blank and what is not."""

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

from ocr import blank, clean, ink, stamps
from ocr.image import reduced
from ocr.reading import Line, Word
from tests.ocr.pages import DPI, dotted, letter, paper, px, write


def cleaned(page: np.ndarray) -> clean.Cleaned:
    even = ink.evened(page, DPI)
    return clean.cleaned(even, ink.ink(even), DPI)


def test_a_dotted_leader_is_erased_and_its_place_kept() -> None:
    page = paper()
    write(page, 25, 50, "Họ và tên:")
    dotted(page, 60, 54.5, 100)
    result = cleaned(np.array(page))
    assert int(result.picture[px(52) : px(57), px(62) : px(158)].min()) > 200
    assert any(box[2] - box[0] > px(80) for box in result.leaders)


def test_the_dot_below_a_letter_and_an_ellipsis_stay() -> None:
    page = paper()
    write(page, 25, 50, "Độc lập một cửa hiện đại thị trấn lại địa điểm...")
    even = ink.evened(np.array(page), DPI)
    result = cleaned(np.array(page))
    assert np.array_equal(result.picture, even)
    assert result.leaders == ()


def ruled(
    columns_mm: tuple[int, ...] = (25, 100, 185), right_mm: int = 185
) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """A sheet with a table of two rows, and what draws on it."""
    page = paper()
    draw = ImageDraw.Draw(page)
    for y in (50, 62, 74):
        draw.line([px(25), px(y), px(right_mm), px(y)], fill=20, width=2)
    for x in columns_mm:
        draw.line([px(x), px(50), px(x), px(74)], fill=20, width=2)
    return page, draw


def test_rules_of_a_table_are_erased_and_the_words_in_it_stay() -> None:
    page, _ = ruled()
    write(page, 30, 53, "Diện tích")
    words_only = paper()
    write(words_only, 30, 53, "Diện tích")
    result = cleaned(np.array(page))
    assert (len(result.across), len(result.upright)) == (3, 3)
    left = np.count_nonzero(result.picture < 128)
    assert abs(left - np.count_nonzero(np.array(words_only) < 128)) < 0.06 * left


@pytest.mark.parametrize(("start_mm", "end_mm"), [(0, 300), (20, 200)])
def test_the_trace_of_a_dirty_scanner_is_erased_and_is_no_rule(start_mm: float, end_mm: float) -> None:
    page, draw = ruled()
    draw.line([px(140), px(start_mm), px(140), px(end_mm)], fill=20, width=2)
    result = cleaned(np.array(page))
    assert (len(result.across), len(result.upright)) == (3, 3)
    assert int(result.picture[px(80) :, px(138) : px(142)].min()) > 200


def test_a_table_that_runs_off_the_sheet_keeps_its_rules() -> None:
    page, _ = ruled(columns_mm=(25, 100), right_mm=210)
    result = cleaned(np.array(page))
    assert (len(result.across), len(result.upright)) == (3, 2)


def test_a_rule_with_ragged_edges_in_black_and_white_is_a_rule() -> None:
    page = np.array(paper())
    ragged = np.random.default_rng(5).random((2, page.shape[0])) < 0.7
    for row in range(px(50), px(120)):
        before, after = ragged[:, row // 4].astype(int)
        page[row, px(100) - before : px(100) + 3 + after] = 0
    assert len(cleaned(page).upright) == 1


def test_a_red_stamp_fades_and_a_red_title_stays() -> None:
    grey = np.array(paper())
    page = np.dstack([grey] * 3)
    cv2.circle(page, (px(150), px(200)), px(17), (40, 30, 200), 6)
    title = paper()
    write(title, 60, 40, "GIẤY CHỨNG NHẬN", 22)
    page[np.array(title) < 128] = (40, 30, 200)
    faded = stamps.without_red_ink(stamps.channels_of(page, DPI), DPI)
    assert int(faded[px(180) : px(220), px(130) : px(170)].min()) > 190
    assert int(faded[px(38) : px(55), px(60) : px(160)].min()) < 110


def in_ink(bgr: tuple[int, int, int], paper_bgr: tuple[int, int, int]) -> np.ndarray:
    """A form's line in black print whose value is in another ink, on paper of this colour."""
    label, value = paper(), paper()
    write(label, 25, 50, "Họ và tên:")
    write(value, 60, 50, "Nguyễn Thị Thử")
    page = np.full((*np.array(label).shape, 3), paper_bgr, np.uint8)
    for words, ink_bgr in ((label, (25, 25, 25)), (value, bgr)):
        depth = (255 - np.array(words).astype(np.float32))[..., None] / 255
        page = np.asarray(page * (1 - depth) + np.array(ink_bgr) * depth, np.uint8)
    return page


def marked_by_ink(page: np.ndarray) -> list[bool]:
    words = (
        Word("Họ và tên:", (px(25), px(50), px(48), px(56)), 0.95),
        Word("Nguyễn Thị Thử", (px(60), px(50), px(95), px(56)), 0.95),
    )
    line = Line(words, 0)
    (line,) = stamps.written_in_blue((line,), stamps.channels_of(page, DPI))
    return [word.handwritten for word in line.words]


def test_a_value_in_the_blue_ink_of_a_pen_is_written_by_hand_however_well_it_is_read() -> None:
    assert marked_by_ink(in_ink((140, 52, 36), (250, 250, 250))) == [False, True]
    assert marked_by_ink(in_ink((140, 52, 36), (190, 225, 235))) == [False, True]


def test_print_under_a_blue_stamp_or_over_a_blue_line_is_no_handwriting() -> None:
    page = in_ink((25, 25, 25), (250, 250, 250))
    stamped = page.copy()
    cv2.circle(stamped, (px(75), px(52)), px(16), (150, 60, 40), 5)
    cv2.circle(stamped, (px(75), px(52)), px(9), (150, 60, 40), 3)
    underlined = page.copy()
    cv2.line(underlined, (px(60), px(56)), (px(95), px(56)), (140, 52, 36), 3)
    assert marked_by_ink(stamped) == marked_by_ink(underlined) == [False, False]


def test_black_ink_on_yellow_paper_and_red_ink_are_no_blue_pen() -> None:
    assert marked_by_ink(in_ink((25, 25, 25), (190, 225, 235))) == [False, False]
    assert marked_by_ink(in_ink((40, 30, 200), (250, 250, 250))) == [False, False]


def ink_of(page: np.ndarray) -> float:
    return blank.ink_mm2(reduced(ink.evened(page, DPI), 0.5), DPI // 2)


def stamped(level: int) -> np.ndarray:
    """A name of print with a stamp's ring of this brightness across it."""
    page = paper()
    write(page, 130, 100, "Nguyễn Thị Thử")
    named = np.array(page)
    ring = np.full_like(named, 255)
    cv2.circle(ring, (px(140), px(95)), px(17), (level,), 5)
    return np.minimum(named, ring)


def test_a_grey_stamp_fades_between_the_letters_it_crosses() -> None:
    page = paper()
    write(page, 130, 100, "Nguyễn Thị Thử")
    name = np.array(page)
    bare = stamps.without_pale_ink(stamped(130), DPI)
    print_, away = name < 60, cv2.erode(name, np.ones((5, 5), np.uint8)) > 250
    assert np.array_equal(bare[print_], name[print_])
    assert int(bare[away].min()) == 255


def test_a_copied_stamp_as_black_as_print_stays() -> None:
    page = stamped(20)
    assert stamps.without_pale_ink(page, DPI) is page


def test_holes_a_staple_a_fold_and_the_print_of_the_back_are_still_blank() -> None:
    page = np.full((px(297), px(210)), 250, np.uint8)
    for y in (108, 188):
        cv2.circle(page, (px(12), px(y)), px(3), (30,), -1)
    cv2.line(page, (px(8), px(9)), (px(17), px(14)), (60,), 4)
    page[px(148) : px(148) + 3] -= 60
    page[:, :] = np.minimum(page, cv2.GaussianBlur(255 - (255 - letter(20)[:, ::-1]) // 8, (0, 0), 2))
    assert ink_of(page) == 0.0


def test_a_pencil_signature_and_a_faint_stamp_are_not_blank() -> None:
    signed = np.full((px(297), px(210)), 250, np.uint8)
    points = [[px(120 + 3 * i), px(200 + (9 if i % 2 else -4) + i % 3)] for i in range(12)]
    cv2.polylines(signed, [np.int32(points)], False, (170,), 3)
    stamped = np.full((px(297), px(210)), 250, np.uint8)
    for radius in (17, 15):
        cv2.circle(stamped, (px(120), px(200)), px(radius), (190,), 3)
    assert ink_of(signed) > 0
    assert ink_of(stamped) > 0


def test_faded_print_is_brought_up_and_the_back_is_not() -> None:
    page = np.full((px(150), px(210)), 250, np.uint8)
    faint = 255 - (255 - letter(10, 210, 150)) // 3
    page = np.minimum(page, faint)
    even = ink.evened(page, DPI)
    strong = ink.strengthened(even, DPI)
    assert np.percentile(strong[even < 190], 50) < np.percentile(even[even < 190], 50) - 40
    ghost = ink.evened(np.minimum(np.uint8(250), 255 - (255 - letter(10, 210, 150)) // 12), DPI)
    assert not (ink.strengthened(ghost, DPI) < ink.STRENGTHENED_INK).any()
