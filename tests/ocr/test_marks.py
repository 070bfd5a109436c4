"""Letters a recogniser takes for their twins are told apart by a closer look."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr import marks, shapes
from ocr.reading import ReadOptions
from ocr.side import read_side

FONT = "/usr/share/fonts/truetype/liberation2/Liberation{style}.ttf"
DPI = 300


def read_page(page: Image.Image, folder: Path, blur: float) -> list[str]:
    """What the station reads of a printed sheet that was scanned."""
    soft = cv2.GaussianBlur(np.array(page), (0, 0), blur).astype(float)
    noise = np.random.default_rng(3).normal(0, 5, soft.shape)
    path = folder / "sheet.png"
    Image.fromarray((soft * 0.8 + 40 + noise).clip(0, 255).astype(np.uint8)).save(path, dpi=(DPI, DPI))
    return read_side(path, 0, ReadOptions()).pages[0].text.splitlines()


def read_lines(lines: list[str], folder: Path, style: str, size_pt: int, blur: float) -> list[str]:
    """What the station reads of lines printed in one face."""
    page = Image.new("L", (2480, 1500), 255)
    font = ImageFont.truetype(FONT.format(style=style), round(size_pt / 72 * DPI))
    for row, text in enumerate(lines):
        ImageDraw.Draw(page).text((200, 150 + 90 * row), text, font=font, fill=0)
    return read_page(page, folder, blur)


LINES = [
    "Nội dung thay đổi và cơ sở pháp lý của tổ chức",
    "Người được cấp không được tẩy xóa hoặc bổ sung",
    "Ngân hàng và Chi nhánh Văn phòng đăng ký đất đai",
    "Cấp số thứ tự, chỉ số đối chiếu, đất ở, thế chấp",
    "III. NỘI DUNG ỦY QUYỀN",
    "Diện tích: 192,9 m²; chung: Không",
]


def test_hooks_over_hats_headings_and_square_metres_are_read_to_the_letter(tmp_path: Path) -> None:
    assert read_lines(LINES, tmp_path, "Serif-Regular", 12, 1.2) == LINES


def test_without_the_closer_look_they_are_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marks, "looked_at_closely", lambda words, *_: words)
    assert read_lines(LINES, tmp_path, "Serif-Regular", 12, 1.2) != LINES


@pytest.mark.parametrize("text", ["L. Những người khác", "1. Tên người sử dụng", "H. Mục lục"])
def test_a_heading_that_is_no_roman_figure_stays(tmp_path: Path, text: str) -> None:
    assert read_lines([text, LINES[0]], tmp_path, "Serif-Bold", 13, 0.9)[0] == text


TYPEWRITTEN = [
    "Độc lập, quyền sử dụng đất gắn liền với đất, lô 06",
    "Liên lạc: 0990600896, nhận lúc 08 giờ 00 phút",
    "Lê Thị Loan, Lào Cai, thửa đất số 968, tờ bản đồ số 60",
    "Ngày 20/06/2060, căn cước số 000060900680",
]


def test_dotted_zeros_and_the_l_of_a_typewriter_are_read_to_the_letter(tmp_path: Path) -> None:
    assert read_lines(TYPEWRITTEN, tmp_path, "Mono-Regular", 11, 1.2) == TYPEWRITTEN


def test_without_their_shapes_they_are_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapes, "told_by_shape", lambda words, *_: words)
    monkeypatch.setattr(shapes, "without_dots_in_zeros", lambda cleaned, _: cleaned)
    assert read_lines(TYPEWRITTEN, tmp_path, "Mono-Regular", 11, 1.2) != TYPEWRITTEN


@pytest.mark.parametrize("number", ["0990609929", "066099000662", "000000000000"])
def test_a_number_whose_figures_are_all_of_one_size_is_read(tmp_path: Path, number: str) -> None:
    assert read_lines([LINES[0], number], tmp_path, "Sans-Regular", 11, 0.8)[1] == number


FILLED_IN = ["1147", "1529", "1040", "1983", "7741"]


def read_values(folder: Path) -> list[str]:
    """What is read of slanting figures without serifs, filled into lines of a form in another face."""
    page = Image.new("L", (2480, 1500), 255)
    draw = ImageDraw.Draw(page)
    faces = ("dejavu/DejaVuSans.ttf", "noto/NotoSans-Italic.ttf")
    form, value = (
        ImageFont.truetype(f"/usr/share/fonts/truetype/{face}", round(11 / 72 * DPI)) for face in faces
    )
    for row, number in enumerate(FILLED_IN):
        x, y = 200.0, 200 + 90 * row
        for text, font in (("Thửa đất số (nếu có): ", form), (number, value), ("; tờ bản đồ", form)):
            draw.text((x, y), text, font=font, fill=0, anchor="ls")
            x += draw.textlength(text, font=font)
    return [line.partition(": ")[2].partition(";")[0] for line in read_page(page, folder, 1.0)]


def test_a_slanting_1_without_serifs_is_no_7(tmp_path: Path) -> None:
    assert read_values(tmp_path) == FILLED_IN


def test_without_its_shape_it_is_taken_for_7(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapes, "told_by_shape", lambda words, *_: words)
    assert read_values(tmp_path) != FILLED_IN
