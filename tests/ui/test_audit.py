"""Every screen can be used without a mouse and without seeing: names, roles, tab order, cut texts."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QGraphicsView,
    QHeaderView,
    QLabel,
    QLineEdit,
    QListWidget,
    QWidget,
)

from station.ui.commands import SCREENS
from station.ui.desk import Desk
from station.ui.settings.setup_view import SetupView
from station.ui.settings.view import SettingsView
from station.ui.widgets.overlays import CheatSheet, Overlay, Palette
from station.ui.widgets.sign_in import NotOpened, SignIn
from tests.ui.office import Bench

CONTROLS = (QAbstractButton, QLineEdit, QComboBox, QAbstractItemView, QAbstractSpinBox, QGraphicsView)
NAMES = [screen for screen, _title, _icon in SCREENS]


def controls(root: QWidget) -> Iterator[QWidget]:
    """Visible controls a person works with; the inner parts of other controls are left out."""
    for widget in root.findChildren(QWidget):
        inner = isinstance(
            widget.parentWidget(), (QComboBox, QAbstractSpinBox, QLineEdit, QAbstractScrollArea)
        )
        frame = isinstance(widget.window(), QWidget) and widget.window() is not root.window()
        head = isinstance(widget, QHeaderView)
        used = isinstance(widget, CONTROLS) or widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        if used and widget.isVisible() and not (inner or frame or head):
            yield widget


def faults(root: QWidget) -> list[str]:
    """Controls under `root` that a screen reader cannot name or a keyboard cannot reach."""
    found = []
    for widget in controls(root):
        face = QAccessible.queryAccessibleInterface(widget)
        known = f"{type(widget).__name__} {widget.accessibleName() or widget.objectName()}"
        if not widget.accessibleName():
            found.append(f"nameless: {known}")
        if face is None or face.role() == QAccessible.Role.NoRole:
            found.append(f"no role: {known}")
        if widget.isEnabled() and widget.focusPolicy() == Qt.FocusPolicy.NoFocus:
            found.append(f"unreachable: {known}")
    return found


def cut(root: QWidget) -> list[str]:
    """Buttons narrower than their words."""
    return [
        f"{w.text()} {w.width()} < {w.sizeHint().width()}"
        for w in controls(root)
        if isinstance(w, QAbstractButton) and w.text() and w.width() < w.sizeHint().width()
    ]


def least_width_px(bench: Bench) -> int:
    """The narrowest that the screens made so far can be drawn without being cut."""
    return bench.desk.window.centralWidget().minimumSizeHint().width()


def not_reached_by_tab(root: QWidget) -> list[str]:
    """Controls under `root` where Tab, pressed again and again, never arrives."""
    wanted = {w for w in controls(root) if w.isEnabled() and w.focusPolicy() & Qt.FocusPolicy.TabFocus}
    left = set(wanted)
    for _ in range(4 * len(wanted) + 20):
        focus = QApplication.focusWidget()
        left.discard(focus)  # type: ignore[arg-type]
        if not left:
            break
        QTest.keyClick(focus or root.window(), Qt.Key.Key_Tab)
    return [f"{type(w).__name__} {w.accessibleName()}" for w in left]


@pytest.mark.parametrize("language", ["vi", "en", "km"])
def test_every_screen_names_its_controls_begins_somewhere_and_fits_the_smallest_office_display(
    bench: Bench, language: str
) -> None:
    desk = bench.desk
    desk.window.resize(1366, 728)
    desk.choose_language(language)
    for name in NAMES:
        desk.window.shell.go(name)  # type: ignore[union-attr]
        bench.quiet()
        assert (name, faults(desk.window)) == (name, [])
        assert (name, cut(desk.window)) == (name, [])
        assert (name, least_width_px(bench) <= 1366) == (name, True)
        focus = QApplication.focusWidget()
        assert focus is not None and focus.isVisible(), f"{name} begins nowhere"
    for show in (desk.window.open_palette, desk.window.open_help):
        show()
        overlay = desk.window.findChildren(Overlay)[-1]
        assert (show.__name__, faults(overlay)) == (show.__name__, [])
        overlay.leave()
        bench.rest(0.02)
    desk.show_sign_in()
    assert faults(desk.window) == []


def test_tab_reaches_every_control(bench: Bench) -> None:
    window = bench.desk.window
    window.activateWindow()
    for name in NAMES:
        window.shell.go(name)  # type: ignore[union-attr]
        bench.quiet()
        assert (name, not_reached_by_tab(window)) == (name, [])
    settings = window.shell.made_screen("settings")  # type: ignore[union-attr]
    assert isinstance(settings, SettingsView)
    names = settings.findChild(QListWidget)
    for part in range(names.count()):
        names.setCurrentRow(part)
        bench.rest(0.02)
        words = names.item(part).text()
        assert (words, faults(window), not_reached_by_tab(settings)) == (words, [], [])


@pytest.mark.parametrize("scale", [1.5, 2.0])
def test_texts_of_twice_the_size_still_fit_the_smallest_office_display(bench: Bench, scale: float) -> None:
    desk = bench.desk
    desk.window.resize(1366, 728)
    desk.choose_looks("light", scale)
    for name in NAMES:
        desk.window.shell.go(name)  # type: ignore[union-attr]
        bench.quiet()
        assert (name, least_width_px(bench)) == (name, min(1366, least_width_px(bench)))
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
    for step in ("scanner", "folder", "warehouse", "done"):
        assert (step, faults(guide), cut(guide), not_reached_by_tab(guide)) == (step, [], [], [])
        guide.focusProxy().setFocus()
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
