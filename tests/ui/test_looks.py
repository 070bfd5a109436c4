"""Colours, fonts, icons, numbers: what every screen is made of."""

import json
from datetime import UTC, date, datetime
from importlib.resources import files

import pytest
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QApplication

from station.core.errors import StationError
from station.ui import commands, icons, theme
from station.ui.language import Language
from station.ui.widgets.overlays import plain

VIETNAMESE = "ăâđêôơưĂÂĐÊÔƠƯ" + "ạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ"
KHMER = "កខគឃងចឆជឈញដឋឌឍណតថទធនបផពភមយរលវសហឡអ"


@pytest.mark.parametrize("name", sorted(theme.THEMES))
@pytest.mark.parametrize(("text", "ground"), theme.TEXT_PAIRS)
def test_every_text_stands_out_from_its_ground_as_wcag_aa_asks(name: str, text: str, ground: str) -> None:
    colours = theme.THEMES[name]
    assert theme.contrast(getattr(colours, text), getattr(colours, ground)) >= 4.5


@pytest.mark.parametrize("name", sorted(theme.THEMES))
@pytest.mark.parametrize(("line", "ground"), theme.LINE_PAIRS)
def test_every_border_and_focus_ring_stands_out_from_its_ground(name: str, line: str, ground: str) -> None:
    colours = theme.THEMES[name]
    assert theme.contrast(getattr(colours, line), getattr(colours, ground)) >= 3.0


def test_black_on_white_has_the_contrast_of_the_standard() -> None:
    assert theme.contrast("#000000", "#FFFFFF") == pytest.approx(21.0)


@pytest.mark.parametrize("letters", [VIETNAMESE, KHMER])
def test_the_fonts_of_this_pc_hold_every_letter(qt: QApplication, letters: str) -> None:
    metrics = [QFontMetrics(QFont(family)) for family in theme.font(1.0).families()]
    missing = [c for c in letters if not any(m.inFontUcs4(ord(c)) for m in metrics)]
    assert missing == []


@pytest.mark.parametrize("language", ["vi", "en", "km"])
def test_no_sentence_of_any_language_shows_a_box_instead_of_a_letter(qt: QApplication, language: str) -> None:
    catalogues = (files("resources") / "i18n" / ("vi" if language == "en" else language)).iterdir()
    tables = [json.loads(catalogue.read_text(encoding="utf-8")) for catalogue in catalogues]
    said = "".join("".join(table if language == "en" else table.values()) for table in tables)
    metrics = [QFontMetrics(QFont(family)) for family in theme.font(1.0).families()]
    # Zero-width spaces part Khmer words; they are not drawn.
    letters = {c for c in said if not c.isspace() and c != "\u200b"}
    assert {c for c in letters if not any(m.inFontUcs4(ord(c)) for m in metrics)} == set()


def test_every_command_has_its_icon_and_every_icon_is_drawn(qt: QApplication) -> None:
    names = {c.icon for c in commands.COMMANDS if c.icon} | {icon for _s, _t, icon in commands.SCREENS}
    shipped = {p.name.removesuffix(".svg") for p in (files("resources") / "icons").iterdir()}
    assert names <= shipped
    for name in sorted(names):
        image = icons.pixmap(name, "#000000", 40).toImage()
        inked = sum(image.pixelColor(x, y).alpha() > 0 for x in range(40) for y in range(40))
        assert inked > 20, name


@pytest.mark.parametrize("screen", ["", *(s for s, _t, _i in commands.SCREENS)])
def test_no_key_means_two_things_on_a_screen(screen: str) -> None:
    keys = [c.key for c in commands.of_screen(screen) if c.key]
    assert sorted(keys) == sorted(set(keys))


def test_every_action_has_a_key() -> None:
    assert [c.id for c in commands.COMMANDS if not c.key] == []


@pytest.mark.parametrize(
    ("code", "number", "size", "percent"),
    [("vi", "12.345,6", "2,4 MB", "72,0 %"), ("en", "12,345.6", "2.4 MB", "72.0 %")],
)
def test_numbers_are_written_as_the_language_writes_them(
    code: str, number: str, size: str, percent: str
) -> None:
    language = Language(code)
    assert language.number(12345.6, 1) == number
    assert language.size(2_500_000) == size
    assert language.percent(72.0) == percent
    assert language.percent(None) == "–"
    assert language.day(date(2026, 3, 5)) == "05/03/2026"


def test_a_confidence_is_a_hundred_percent_only_when_it_is() -> None:
    language = Language("vi")
    assert [language.share(x) for x in (0.999, 1.0, 0.5)] == ["99 %", "100 %", "50 %"]


def test_moments_are_shown_in_the_time_of_the_pc() -> None:
    moment = datetime(2026, 3, 5, 7, 5, tzinfo=UTC)
    shown = Language("vi").moment(moment)
    assert shown == moment.astimezone().strftime("%d/%m/%Y %H:%M")
    assert Language("vi").moment_text(moment.isoformat()) == shown
    assert Language("vi").moment_text("") == "–"


def test_an_unknown_language_is_vietnamese_and_a_bug_is_said_in_it() -> None:
    language = Language("fr")
    assert language.code == "vi"
    assert "Stop" not in language("Stop")
    assert language.error(ValueError("inner")) != ""
    assert language.error(StationError()) != ""


@pytest.mark.parametrize(("typed", "title"), [("dong bo", "Đồng bộ"), ("quet", "Quét cả tập giấy")])
def test_the_palette_finds_words_without_their_tones(typed: str, title: str) -> None:
    assert plain(typed) in plain(title)
