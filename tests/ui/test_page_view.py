"""A page to look at: zoom, pan, words, places of fields, magnifier."""

import itertools
import time
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from station.ui.pictures import cut_out
from station.ui.shown import WordShown
from station.ui.widgets.page_view import PageView
from station.ui.widgets.picture import PictureItem, halves

A3_300_PX = (4961, 3508)
WORDS = [
    WordShown("Đặng", (100, 100, 200, 140)),
    WordShown("Thị", (210, 100, 280, 140)),
    WordShown("Bịa", (100, 400, 180, 440)),
]


def picture(width: int = 1000, height: int = 1400) -> QImage:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    return image


@pytest.fixture
def view(qt: QApplication) -> Iterator[PageView]:
    made = PageView()
    made.resize(500, 700)
    made.show()
    made.show_picture(halves(picture()))
    QApplication.processEvents()
    yield made
    made.close()
    made.deleteLater()


def at(view: PageView, x: int, y: int) -> QPoint:
    return view.mapFromScene(x, y)


def test_a_page_is_shown_whole_and_stays_whole_when_the_window_grows(view: PageView) -> None:
    assert view.zoom == pytest.approx(0.5, abs=0.02)
    view.resize(250, 350)
    QApplication.processEvents()
    assert view.zoom == pytest.approx(0.25, abs=0.02)


def test_zooming_has_its_limits_and_fit_comes_back(view: PageView) -> None:
    for _ in range(40):
        view.zoom_in()
    assert view.zoom == pytest.approx(8.0)
    for _ in range(80):
        view.zoom_out()
    assert view.zoom == pytest.approx(0.03)
    view.fit()
    assert view.zoom == pytest.approx(0.5, abs=0.02)


def test_words_are_selected_by_dragging_over_them(view: PageView) -> None:
    view.show_words(WORDS)
    viewport = view.viewport()
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, pos=at(view, 80, 90))
    QTest.mouseMove(viewport, at(view, 290, 150))
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=at(view, 290, 150))
    assert view.selected_text() == "Đặng Thị"
    QTest.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text() == "Đặng Thị"
    QTest.keyClick(view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert view.selected_text() == "Đặng Thị Bịa"


def test_clicking_the_place_of_a_field_names_the_field(view: PageView) -> None:
    clicked: list[object] = []
    view.field_clicked.connect(clicked.append)
    view.show_fields(
        [((7, "parcel_no"), (100, 100, 200, 140), True), ((7, "dob"), (100, 400, 180, 440), False)]
    )
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at(view, 140, 420))
    assert clicked == [(7, "dob")]


def test_a_lit_field_comes_into_sight(view: PageView) -> None:
    view.show_fields([("deep", (900, 1300, 980, 1340), False)])
    for _ in range(8):
        view.zoom_in()
    view.centerOn(0, 0)
    view.light_up("deep")
    seen = view.mapToScene(view.viewport().rect()).boundingRect()
    assert seen.contains(940, 1320)


def test_a_place_lit_before_its_page_has_come_is_lit_when_it_comes(view: PageView) -> None:
    view.light_up("late", closer=True)
    view.show_picture(halves(picture()))
    view.show_fields([("late", (100, 100, 400, 120), True)])
    [item] = [i for i in view.items(at(view, 250, 110)) if hasattr(i, "brush")]
    assert item.brush().color().alpha() > 0
    assert view.zoom > 0.9, "small print is brought closer"
    view.step_back()
    assert view.zoom == pytest.approx(0.5, abs=0.02)


def test_a_zoom_chosen_by_hand_is_left_alone_by_the_fields(view: PageView) -> None:
    for _ in range(6):
        view.zoom_in()
    chosen = view.zoom
    view.show_fields([("near", (100, 100, 400, 160), True)])
    view.light_up("near", closer=True)
    view.step_back()
    assert view.zoom == pytest.approx(chosen)


def test_the_wheel_with_ctrl_zooms_around_the_pointer_in_steps_and_between_them(view: PageView) -> None:
    pointer = QPoint(150, 500)
    QTest.mouseMove(view.viewport(), pointer)
    under, before = view.mapToScene(pointer), view.zoom
    for angle in (120, 40, 40, 40):  # a notch, then a touchpad's thirds of one
        turn_wheel(view, pointer, angle)
    assert view.zoom == pytest.approx(before * 1.25**2, rel=0.01)
    assert (view.mapToScene(pointer) - under).manhattanLength() < 8, (
        "what is looked at stays under the pointer"
    )


def turn_wheel(view: PageView, pointer: QPoint, angle: int) -> None:
    where = QPointF(pointer), QPointF(view.viewport().mapToGlobal(pointer))
    held = Qt.MouseButton.NoButton, Qt.KeyboardModifier.ControlModifier
    turned = QWheelEvent(*where, QPoint(), QPoint(0, angle), *held, Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(view.viewport(), turned)


def test_the_page_follows_a_drag_with_the_right_button(view: PageView) -> None:
    for _ in range(6):
        view.zoom_in()
    view.centerOn(500, 700)
    held = view.mapToScene(QPoint(250, 350))
    QTest.mousePress(view.viewport(), Qt.MouseButton.RightButton, pos=QPoint(250, 350))
    QTest.mouseMove(view.viewport(), QPoint(210, 300))
    QTest.mouseRelease(view.viewport(), Qt.MouseButton.RightButton, pos=QPoint(210, 300))
    assert (view.mapToScene(QPoint(210, 300)) - held).manhattanLength() < 3, "the paper stays under the hand"


def test_the_magnifier_shows_the_page_at_the_pointer_and_goes(view: PageView) -> None:
    glass = view._magnifier
    dark = picture()
    dark.fill(Qt.GlobalColor.white)
    for x in range(380, 420):
        for y in range(580, 620):
            dark.setPixelColor(x, y, Qt.GlobalColor.black)
    view.show_picture(halves(dark))
    view.magnify(True)
    assert view.magnifying and glass.isVisible()
    for x, y, inked in ((400, 600, True), (900, 1200, False)):
        QTest.mouseMove(view.viewport(), at(view, x, y))
        shown = glass.grab().toImage()
        middle = shown.pixelColor(shown.width() // 2, shown.height() // 2)
        assert (middle.lightness() < 100) is inked, (x, y)
    view.magnify(False)
    assert not view.magnifying and not glass.isVisible()


def test_the_side_as_scanned_is_laid_over_and_taken_away(view: PageView) -> None:
    before = len(view.scene().items())
    view.show_other(halves(picture(2000, 2800)))
    assert len(view.scene().items()) == before + 1
    view.hide_other()
    assert len(view.scene().items()) == before


def test_the_halves_of_an_a3_page_end_near_a_screenful() -> None:
    levels = halves(picture(*A3_300_PX))
    assert levels[0].width() == A3_300_PX[0]
    assert max(levels[-1].width(), levels[-1].height()) <= 1000
    assert all(a.width() in (2 * b.width(), 2 * b.width() - 1) for a, b in itertools.pairwise(levels))


def test_zooming_an_a3_page_redraws_without_a_stutter(view: PageView) -> None:
    view.show_picture(halves(picture(*A3_300_PX)))
    longest = 0.0
    for _ in range(12):
        view.zoom_in()
        since = time.perf_counter()
        view.viewport().repaint()
        longest = max(longest, time.perf_counter() - since)
    assert longest < 0.25, "a redraw scales a screenful, never the whole picture"


def test_a_snippet_holds_the_place_and_its_surroundings() -> None:
    levels = halves(picture())
    cut = cut_out(levels, (100, 100, 300, 140))
    assert cut.width() > 200
    assert cut.height() > 40
    assert cut_out((), (1, 1, 2, 2)).isNull()
    item = PictureItem(levels)
    assert item.boundingRect().width() == 1000
