"""Verifying: what is doubtful comes one by one, every key is counted, every step is taken back."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QImage, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMainWindow

from station.core.errors import StationError
from station.ui.language import Language
from station.ui.shown import DoubtShown, FieldShown
from station.ui.verify.group import ROWS
from station.ui.verify.presenter import VerifyPresenter
from station.ui.verify.view import VerifyView
from station.ui.widgets.toast import Toasts
from tests.ui.office import at_once

Key = Qt.Key


def doubt(document: int, name: str = "id_number", second_person: bool = False) -> DoubtShown:
    field = FieldShown(
        document_id=document,
        name=name,
        label="Số định danh",
        value=f"0481990000{document:02}",
        confidence=0.5,
        doubtful=True,
        critical=True,
        verified_by="",
        page_id=document,
        box=(10, 10, 200, 40),
        candidates=(f"0481990001{document:02}",),
        second_person=second_person,
    )
    return DoubtShown(field, f"H48.12-260301-{document:04}", "Căn cước công dân", "", f"{document}.full.x")


class Office:
    """The verbs, remembering what they were asked."""

    def __init__(self, doubts: Sequence[DoubtShown]) -> None:
        self.doubts = doubts
        self.given: list[tuple[int, str, int]] = []
        self.said: list[tuple[object, ...]] = []
        self.refusal: StationError | None = None

    def list_doubts(self) -> Sequence[DoubtShown]:
        return self.doubts

    def give_value(self, document_id: int, name: str, value: str, keys: int) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.given.append((document_id, value, keys))

    def take_back(self, document_id: int, name: str) -> None:
        self.said.append(("take back", document_id, name))

    def reject(self, document_id: int, page_id: int | None, reason: str, note: str, keys: int) -> int:
        self.said.append(("reject", document_id, reason, note, keys))
        return 70 + document_id

    def withdraw(self, task_id: int) -> None:
        self.said.append(("withdraw", task_id))


class Snippets:
    """Where pictures come from, counting what is asked for."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def page(self, page_id: int, key: str, deliver: Callable[[Any], None]) -> None: ...

    def snippet(self, page_id: int, key: str, box: object, deliver: Callable[[QImage], None]) -> None:
        self.asked.append(page_id)
        deliver(QImage(200, 40, QImage.Format.Format_RGB32))


class Bench:
    """The screen in a window of its own."""

    def __init__(self, doubts: Sequence[DoubtShown]) -> None:
        self.office, self.pictures = Office(doubts), Snippets()
        language = Language("vi")
        self.window = QMainWindow()
        self.presenter = VerifyPresenter(self.office, at_once, language)
        toasts = Toasts(self.window, language)
        self.toasts = toasts
        self.view = VerifyView(self.presenter, self.pictures, language, toasts)  # type: ignore[arg-type]
        self.window.setCentralWidget(self.view)
        self.window.resize(1200, 700)
        self.window.show()
        self.window.activateWindow()
        QTest.qWaitForWindowActive(self.window)
        self.settle()
        self.presenter.attach(self.view)
        self.view.entered()
        self.settle()

    def settle(self) -> None:
        for _ in range(5):
            QApplication.processEvents()

    def press(self, key: Qt.Key) -> None:
        QTest.keyClick(QApplication.focusWidget() or self.window, key)
        self.settle()


@pytest.fixture
def open_bench(qt: QApplication) -> Iterator[Callable[[Sequence[DoubtShown]], Bench]]:
    made: list[Bench] = []

    def open_one(doubts: Sequence[DoubtShown]) -> Bench:
        made.append(Bench(doubts))
        return made[-1]

    yield open_one
    for bench in made:
        bench.window.close()
        bench.window.deleteLater()
    QApplication.processEvents()


Open = Callable[[Sequence[DoubtShown]], Bench]


def test_enter_accepts_with_one_key_and_typing_is_counted(open_bench: Open) -> None:
    bench = open_bench([doubt(1), doubt(2)])
    bench.press(Key.Key_Return)
    QTest.keyClicks(QApplication.focusWidget(), "04819")
    bench.press(Key.Key_Return)
    assert bench.office.given == [(1, "048199000001", 1), (2, "04819", 6)]
    assert (bench.presenter.keys_total, bench.presenter.fields_total) == (7, 2)
    assert bench.presenter.current is None


def test_the_arrows_go_to_the_other_readings(open_bench: Open) -> None:
    bench = open_bench([doubt(1)])
    bench.press(Key.Key_Down)
    bench.press(Key.Key_Return)
    assert bench.office.given == [(1, "048199000101", 2)]


def test_a_paper_is_sent_back_by_two_keys_and_undo_takes_that_back(open_bench: Open) -> None:
    bench = open_bench([doubt(1), doubt(1, "full_name"), doubt(2)])
    bench.presenter.begin_reject()
    bench.press(Key.Key_1)
    assert bench.office.said == [("reject", 1, "illegible", "", 2)]
    assert bench.presenter.current == doubt(2)
    bench.presenter.undo()
    assert bench.office.said[-1] == ("withdraw", 71)
    assert bench.presenter.current == doubt(1)


def test_undo_goes_back_through_values_and_papers_in_their_order(open_bench: Open) -> None:
    bench = open_bench([doubt(1), doubt(2)])
    bench.press(Key.Key_Return)
    bench.presenter.reject("poor scan", "mờ")
    for _ in range(3):
        bench.presenter.undo()
    assert bench.office.said[1:] == [("withdraw", 72), ("take back", 1, "id_number")]
    assert "hoàn tác" in bench.toasts.text, "a third undo finds nothing and says so"


def test_undo_is_the_screens_key_until_a_letter_was_typed(open_bench: Open) -> None:
    bench = open_bench([doubt(1)])
    edit = QApplication.focusWidget()

    def keeps_the_key() -> bool:
        asked = QKeyEvent(QEvent.Type.ShortcutOverride, Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        asked.ignore()
        QApplication.sendEvent(edit, asked)
        return asked.isAccepted()

    assert not keeps_the_key()
    QTest.keyClicks(edit, "0")
    assert keeps_the_key()
    bench.settle()


def test_what_could_not_be_stored_comes_back_and_blocks_nothing(open_bench: Open) -> None:
    bench = open_bench([doubt(1), doubt(2)])
    bench.office.refusal = StationError("The disk is full.")
    bench.press(Key.Key_Return)
    assert bench.presenter.current == doubt(2)
    bench.presenter.step(1)
    assert bench.presenter.current == doubt(1)


def test_whoever_scanned_a_paper_for_two_persons_cannot_accept_it(open_bench: Open) -> None:
    bench = open_bench([doubt(1, second_person=True)])
    bench.press(Key.Key_Return)
    assert bench.office.given == []
    assert "người thứ hai" in bench.toasts.text


def test_side_by_side_one_key_each_and_the_cursor_stays_in_its_line(open_bench: Open) -> None:
    bench = open_bench([doubt(n) for n in range(1, 6)] + [doubt(9, "full_name")])
    bench.presenter.toggle_group()
    bench.settle()
    asked = len(bench.pictures.asked)
    assert asked >= 5
    QTest.keyClick(QApplication.focusWidget(), Key.Key_Tab)
    bench.press(Key.Key_Return)
    bench.press(Key.Key_Return)
    assert [given[0] for given in bench.office.given] == [2, 3]
    assert len(bench.pictures.asked) == asked, "what is shown already is not fetched again"
    for _ in range(3):
        bench.press(Key.Key_Return)
    assert sorted(given[0] for given in bench.office.given) == [1, 2, 3, 4, 5]
    assert bench.presenter.current == doubt(9, "full_name")


def test_of_a_large_group_a_screenful_is_fetched(open_bench: Open) -> None:
    bench = open_bench([doubt(n) for n in range(1, 90)])
    asked_before = len(bench.pictures.asked)
    bench.presenter.toggle_group()
    bench.settle()
    assert 1 < len(bench.pictures.asked) - asked_before <= ROWS
