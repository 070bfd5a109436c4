"""The same sheet twice in a pile is told by what stands on it; two people's forms are not the same."""

from dataclasses import replace

from ocr.reading import Line, PageReading, Word
from ocr.twins import find_twins, likeness_of

FORM = (
    "Kính gửi Chi nhánh Văn phòng đăng ký đất đai huyện Ví Dụ tôi tên là {name} sinh năm {year} căn cước số {card} "
    "thường trú tại thôn Tưởng Tượng xin đăng ký biến động thửa đất số {parcel} tờ bản đồ số {sheet} diện tích {area} "
    "tôi cam đoan nội dung kê khai trên đơn là đúng sự thật và chịu trách nhiệm trước pháp luật"
)
ONE = FORM.format(name="Trần Văn Thử", year=1961, card="000061000001", parcel=101, sheet=12, area="245,5")
TWO = FORM.format(name="Lê Thị Mẫu", year=1974, card="000174000002", parcel=377, sheet=21, area="1032,0")


def page(text: str) -> PageReading:
    words = tuple(Word(word, (10 * i, 10, 10 * i + 9, 20), 0.95) for i, word in enumerate(text.split()))
    return PageReading("full", 2480, 3508, 300, 0.0, False, (Line(words, 0),), ())


def twins(pages: list[PageReading]) -> dict[int, int]:
    return find_twins([likeness_of(one) for one in pages])


def test_a_sheet_fed_twice_is_found_though_a_word_was_read_differently() -> None:
    again = page(ONE.replace("Tưởng", "Tương").replace("cam", "carn"))
    assert twins([page(ONE), page(TWO), again]) == {2: 0}


def test_the_third_one_names_the_first() -> None:
    assert twins([page(ONE)] * 3) == {1: 0, 2: 0}


def test_the_forms_of_two_people_are_not_twins() -> None:
    assert twins([page(ONE), page(TWO)]) == {}


def test_a_reduced_copy_and_pages_of_few_words_are_not_twins() -> None:
    small = replace(page(ONE), width_px=1754, height_px=2480)
    caption = page("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM")
    assert twins([page(ONE), small, caption, caption]) == {}
