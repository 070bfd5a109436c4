"""Every screen can be used without a mouse and without seeing: names, roles, tab order, cut texts."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QGraphicsView,
    QHeaderView,
    QLabel,
    QLineEdit,
    QWidget,
)

from station.ui.commands import SCREENS
from station.ui.desk import Desk
from station.ui.settings.setup_view import SetupView
from station.ui.widgets.overlays import CheatSheet, Palette
from station.ui.widgets.sign_in import NotOpened, SignIn
from tests.ui.office import Bench

CONTROLS = (QAbstractButton, QLineEdit, QComboBox, QAbstractItemView, QAbstractSpinBox, QGraphicsView)
NAMES = [screen for screen, _title, _icon in SCREENS]


def controls(root: QWidget) -> Iterator[QWidget]:
    """Visible controls a person works with; the inner parts of other controls are left out."""
    for widget in root.findChildren(QWidget):
        inner = isinstance(widget.parentWidget(), (QComboBox, QAbstractSpinBox, QLineEdit))
        frame = isinstance(widget.window(), QWidget) and widget.window() is not root.window()
        head = isinstance(widget, QHeaderView)
        if isinstance(widget, CONTROLS) and widget.isVisible() and not (inner or frame or head):
            yield widget


@pytest.mark.parametrize("language", ["vi", "en", "km"])
def test_every_control_has_a_name_and_every_screen_a_place_to_begin(bench: Bench, language: str) -> None:
    desk = bench.desk
    desk.choose_language(language)
    for name in NAMES:
        desk.window.shell.go(name)  # type: ignore[union-attr]
        bench.quiet()
        nameless = [
            f"{name}: {type(w).__name__} {w.objectName()}"
            for w in controls(desk.window)
            if not w.accessibleName()
        ]
        assert nameless == []
        focus = QApplication.focusWidget()
        assert focus is not None and focus.isVisible(), f"{name} begins nowhere"


def test_tab_reaches_every_control(bench: Bench) -> None:
    window = bench.desk.window
    window.activateWindow()
    for name in NAMES:
        window.shell.go(name)  # type: ignore[union-attr]
        bench.quiet()
        wanted = {w for w in controls(window) if w.isEnabled() and w.focusPolicy() & Qt.FocusPolicy.TabFocus}
        unreachable = [
            w for w in controls(window) if w.isEnabled() and w.focusPolicy() == Qt.FocusPolicy.NoFocus
        ]
        assert [type(w).__name__ + w.accessibleName() for w in unreachable] == []
        reached: set[QWidget] = set()
        for _ in range(4 * len(wanted) + 20):
            focus = QApplication.focusWidget()
            if focus is not None:
                reached.add(focus)
            QTest.keyClick(focus or window, Qt.Key.Key_Tab)
        missed = [f"{name}: {type(w).__name__} {w.accessibleName()}" for w in wanted - reached]
        assert missed == []


@pytest.mark.parametrize("language", ["vi", "en", "km"])
def test_no_button_cuts_its_words_at_the_smallest_office_display(bench: Bench, language: str) -> None:
    desk = bench.desk
    desk.window.resize(1366, 728)
    desk.choose_language(language)
    for name in NAMES:
        desk.window.shell.go(name)  # type: ignore[union-attr]
        bench.quiet()
        assert desk.window.width() == 1366, f"{name} in {language} pushes the window wider"
        cut = [
            f"{name}: {w.text()} {w.width()} < {w.sizeHint().width()}"
            for w in controls(desk.window)
            if isinstance(w, QAbstractButton) and w.text() and w.width() < w.sizeHint().width()
        ]
        assert cut == []


@pytest.mark.parametrize("scale", [1.5, 2.0])
def test_texts_of_twice_the_size_still_fit_a_full_hd_display(bench: Bench, scale: float) -> None:
    desk = bench.desk
    desk.window.resize(1920, 1040)
    desk.choose_looks("light", scale)
    for name in NAMES:
        desk.window.shell.go(name)  # type: ignore[union-attr]
        bench.quiet()
        assert desk.window.width() == 1920, name
    desk.choose_looks("light", 1.0)


def test_every_action_is_found_in_the_palette_and_carried_out(bench: Bench) -> None:
    window = bench.desk.window
    bench.quiet()
    window.open_palette()
    palette = window.findChild(Palette)
    assert isinstance(palette, Palette)
    QTest.keyClicks(QApplication.focusWidget(), "dong bo")
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    bench.quiet()
    assert window.shell is not None and window.shell.current == "sync"


def test_the_cheat_sheet_opens_by_f1_and_goes_by_escape(bench: Bench) -> None:
    window = bench.desk.window
    bench.quiet()
    window.activateWindow()
    QTest.keyClick(window, Qt.Key.Key_F1)
    sheet = window.findChild(CheatSheet)
    assert isinstance(sheet, CheatSheet) and sheet.isVisible()
    QTest.keyClick(QApplication.focusWidget() or sheet, Qt.Key.Key_Escape)
    assert not sheet.isVisible()


def test_the_first_start_goes_step_by_step_and_no_default_password_exists(
    qt: QApplication, tmp_path: Path
) -> None:
    desk = Desk(qt, tmp_path / "new", "vi")
    bench = Bench(desk)
    desk.start()
    bench.until(lambda: isinstance(desk.window.centralWidget(), SetupView), what="the first start")
    guide = desk.window.centralWidget()
    assert isinstance(guide, SetupView)
    desk.window.activateWindow()
    bench.quiet()
    type_and_go_on(bench, "Chi nhanh Mau")
    type_and_go_on(bench, "ngan")
    assert not desk.session.signed_in, "the two passwords differ, and this one is too short"
    for line in guide.findChildren(QLineEdit):
        if line.echoMode() == QLineEdit.EchoMode.Password:
            line.setText("mot-mat-khau-dai")
    QTest.keyClick(guide.focusProxy(), Qt.Key.Key_Return)
    bench.until(lambda: desk.session.signed_in, what="the administrator is signed in")
    bench.quiet()
    for _step in ("scanner", "folder", "warehouse", "done"):
        QTest.keyClick(guide.focusProxy(), Qt.Key.Key_Return)
        bench.quiet()
    bench.until(lambda: desk.window.shell is not None, what="the screens")
    bench.quiet()
    assert desk.session.settings.branch == "Chi nhanh Mau"
    desk.sign_out()
    sign_in = desk.window.centralWidget()
    assert isinstance(sign_in, SignIn)
    sign_in.submitted.emit("admin", "wrong-password")
    bench.quiet()
    assert desk.window.shell is None
    sign_in.submitted.emit("admin", "mot-mat-khau-dai")
    bench.until(lambda: desk.window.shell is not None, what="signed in again")
    bench.quiet()
    desk.window.close()


def type_and_go_on(bench: Bench, text: str) -> None:
    bench.until(lambda: QApplication.focusWidget() is not None, what="a place to type")
    QTest.keyClicks(QApplication.focusWidget(), text)
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    bench.quiet()


def test_a_second_window_on_the_same_folder_is_refused_in_words(bench: Bench, qt: QApplication) -> None:
    second = Desk(qt, bench.desk.session.home, "vi")
    waiting = Bench(second)
    second.start()
    waiting.until(lambda: isinstance(second.window.centralWidget(), NotOpened), what="the refusal")
    said = " ".join(label.text() for label in second.window.findChildren(QLabel))
    assert "station" in said and str(os.getpid()) in said
    second.window.close()
    waiting.rest()
