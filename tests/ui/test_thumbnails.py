"""The page strip: grouped, virtual, moved by drag."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDropEvent, QImage
from PySide6.QtWidgets import QApplication

from station.ui.language import Language
from station.ui.shown import DocumentShown, PageShown
from station.ui.widgets.thumbnails import PAGE_IDS, PageStrip


def document(number: int, first: int, count: int) -> DocumentShown:
    pages = tuple(PageShown(n, n, f"{n}.full", "read") for n in range(first, first + count))
    return DocumentShown(number, "giay_chung_nhan", f"Giấy {number}", 0.99, "proposed", pages)


@pytest.fixture
def strip(qt: QApplication) -> Iterator[PageStrip]:
    made = PageStrip(Language("vi"))
    made.resize(250, 600)
    made.show()
    yield made
    made.close()
    made.deleteLater()


def settle() -> None:
    for _ in range(5):
        QApplication.processEvents()


def test_of_five_hundred_pages_only_those_in_sight_are_fetched(strip: PageStrip) -> None:
    wanted: list[int] = []
    strip.picture_wanted.connect(lambda page: wanted.append(page.page_id))
    strip.show_documents([document(1, 1, 500)])
    settle()
    assert 0 < len(wanted) < 20
    strip.choose(400)
    settle()
    assert 400 in wanted
    assert len(wanted) < 60


def test_new_pages_at_the_end_leave_the_chosen_one_chosen(strip: PageStrip) -> None:
    strip.show_documents([document(1, 1, 3)])
    strip.choose(2)
    strip.show_documents([document(1, 1, 3), document(2, 4, 2)])
    chosen = strip.chosen_page()
    assert chosen is not None and chosen.page_id == 2
    strip.show_documents([document(2, 4, 2), document(1, 1, 3)])
    chosen = strip.chosen_page()
    assert chosen is not None and chosen.page_id == 2


def test_of_a_long_pile_only_the_pages_that_changed_are_drawn_anew(strip: PageStrip) -> None:
    before = document(1, 1, 400)
    strip.show_documents([before])
    settle()
    drawn: list[int] = []
    strip.model().dataChanged.connect(lambda first, last: drawn.extend(range(first.row(), last.row() + 1)))
    pages = list(before.pages)
    pages[6], pages[300] = replace(pages[6], state="captured"), replace(pages[300], problem="nghiêng")
    strip.show_documents([replace(before, pages=tuple(pages))])
    assert drawn == [7, 301], "a heading stands before the pages"
    strip.choose(7)
    chosen = strip.chosen_document()
    assert chosen is not None and chosen.pages[300].problem == "nghiêng", (
        "the document in hand is the new one"
    )


def test_a_page_dropped_on_another_document_asks_to_stand_there(strip: PageStrip) -> None:
    asked: list[tuple[list[int], object, object]] = []
    strip.pages_dropped.connect(lambda ids, target, before: asked.append((ids, target, before)))
    strip.show_documents([document(1, 1, 2), document(2, 3, 2)])
    settle()
    carried = QMimeData()
    carried.setData(PAGE_IDS, b"1")
    spot = QPointF(strip.place_of(4).center() - QPoint(9, 0))
    event = QDropEvent(
        spot, Qt.DropAction.MoveAction, carried, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    strip.dropEvent(event)
    assert asked == [([1], 2, 4)]


def test_pages_land_where_they_are_dropped(strip: PageStrip) -> None:
    asked: list[tuple[object, ...]] = []
    strip.pages_dropped.connect(lambda ids, target, before: asked.append((ids, target, before)))
    strip.show_documents([document(1, 1, 2), document(2, 3, 2)])
    settle()
    assert strip.viewport().acceptDrops(), "otherwise nothing can be dropped at all"
    carried = QMimeData()
    carried.setData(PAGE_IDS, b"1")
    first, last = strip.place_of(3), strip.place_of(4)
    heading = QPointF(first.center().x(), first.top() - 20)
    for spot in (QPointF(last.right() - 8, last.center().y()), heading, QPointF(last.center().x(), 5000)):
        event = QDropEvent(
            spot,
            Qt.DropAction.MoveAction,
            carried,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        strip.dropEvent(event)
    assert asked == [([1], 2, None), ([1], 2, 3), ([1], 2, None)]


def test_the_strip_says_pages_and_problems_to_a_screen_reader(strip: PageStrip) -> None:
    pages = (
        PageShown(1, 1, "1", "read", blank=True),
        PageShown(2, 2, "2", "unreadable", problem="Không đọc được"),
    )
    strip.show_documents([DocumentShown(1, "khac", "Giấy tờ", 0.5, "proposed", pages)])
    model = strip.model()
    said = [model.index(n, 0).data(Qt.ItemDataRole.AccessibleTextRole) for n in range(model.rowCount())]
    assert said == ["Giấy tờ, 2 trang", "Trang 1, trắng", "Trang 2, Không đọc được"]


def test_a_picture_that_arrives_is_drawn_without_being_asked_for_again(strip: PageStrip) -> None:
    wanted: list[PageShown] = []
    strip.picture_wanted.connect(wanted.append)
    strip.show_documents([document(1, 1, 1)])
    settle()
    image = QImage(100, 140, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    strip.show_picture(wanted[0], image)
    settle()
    centre = strip.place_of(1).center()
    assert strip.viewport().grab().toImage().pixelColor(centre).red() > 200
    assert len(wanted) == 1
