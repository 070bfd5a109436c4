"""Every screen can be used without a mouse and without seeing: names, roles, tab order, cut texts."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QFrame,
    QGraphicsView,
    QHeaderView,
    QLabel,
    QLineEdit,
    QListWidget,
    QProgressBar,
    QScrollArea,
    QWidget,
)

from station.ui.commands import SCREENS
from station.ui.demo import DemoCard, WaitingCard
from station.ui.desk import Desk
from station.ui.settings.setup_view import SetupView
from station.ui.settings.view import SettingsView
from station.ui.widgets.chooser import Choice, Chooser
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


def cut_texts(root: QWidget) -> list[str]:
    """Texts higher or wider than their place, pictures and what scrolls out of sight left out."""
    found = []
    for words in root.findChildren(QLabel):
        if not words.isVisible() or not words.text():
            continue
        wide, high = words.width(), words.height()
        if words.wordWrap():
            # A title's last line may lack the air under its letters.
            fits = high >= words.heightForWidth(wide) - 3
        else:
            fits = wide >= words.sizeHint().width() and high >= words.sizeHint().height() - 3
        if not fits:
            found.append(f"{words.text()} {wide}x{high}")
    return found


def not_seen_with_the_cursor(root: QWidget) -> list[str]:
    """Controls that look the same with the keyboard's focus and without it."""
    found = []
    for widget in list(controls(root)):
        if not widget.isEnabled() or not widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            continue
        for area in root.findChildren(QScrollArea):
            if area.isAncestorOf(widget):
                area.ensureWidgetVisible(widget)
        around = QRect(widget.mapTo(root, QPoint()), widget.size()).adjusted(-3, -3, 3, 3)
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        seen = root.grab(around).toImage()
        widget.clearFocus()
        blind = root.grab(around).toImage()
        points = [(x, y) for x in range(seen.width()) for y in range(seen.height())]
        changed = sum(seen.pixel(x, y) != blind.pixel(x, y) for x, y in points)
        # The blinking line of a text is 20 points or so; a ring or a ground is as long as its control.
        if changed < seen.width() // 2 + seen.height() // 2:
            found.append(f"{type(widget).__name__} {widget.accessibleName()} {changed}")
    return found


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
        assert (name, cut(desk.window), cut_texts(desk.window)) == (name, [], [])
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


def test_the_keyboards_focus_is_seen_on_every_control(bench: Bench) -> None:
    desk = bench.desk
    desk.window.activateWindow()
    for theme in ("light", "dark"):
        desk.choose_looks(theme, 1.0)
        for name in NAMES:
            desk.window.shell.go(name)  # type: ignore[union-attr]
            bench.quiet()
            assert (theme, name, not_seen_with_the_cursor(desk.window)) == (theme, name, [])
    desk.choose_looks("light", 1.0)


def test_what_is_laid_over_a_screen_is_named_reached_by_keys_and_left_by_escape(bench: Bench) -> None:
    window, language = bench.desk.window, bench.desk.language
    window.activateWindow()
    bench.quiet()
    window.toasts.good("Đã xóa.", "Hoàn tác", lambda: None)
    [toast] = [part for part in window.findChildren(QFrame) if part.objectName() == "toast"]
    assert toast.accessibleName() == "Đã xóa."
    assert (faults(toast), cut(toast), cut_texts(toast)) == ([], [], [])
    assert not_reached_by_tab(toast) == [], "undo is reached without a mouse"
    QTest.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Escape)
    assert window.toasts.text == ""
    taken: list[object] = []
    chooser = Chooser(
        window,
        language,
        "Vì sao trả lại",
        [Choice(1, "mờ"), Choice(2, "thiếu trang")],
        lambda value, note: taken.append((value, note)),
        note="Ghi chú",
    )
    bench.rest(0.02)
    assert (faults(chooser), cut(chooser), cut_texts(chooser)) == ([], [], [])
    assert not_reached_by_tab(chooser) == []
    QTest.keyClick(QApplication.focusWidget() or chooser, Qt.Key.Key_Escape)
    assert not chooser.isVisible() and taken == []


def test_the_cards_that_wait_and_show_the_demonstration_can_be_heard(bench: Bench) -> None:
    desk = bench.desk
    waiting = WaitingCard(desk.language, "Đang mở")
    desk.window.show_card(waiting)
    waiting.show_progress(1, 3)
    bars = waiting.findChildren(QProgressBar)
    assert [bar.accessibleName() for bar in bars] == ["Đang mở"]
    demo = DemoCard(desk.language)
    desk.window.show_card(demo)
    demo.show_step("scan", 1, 2)
    demo.show_step("read", 0, 0)
    demo.finish(lambda: None)
    bench.rest(0.05)
    assert [bar.accessibleName() != "" for bar in demo.findChildren(QProgressBar)] == [True, True]
    assert (faults(demo), cut(demo), cut_texts(demo), not_reached_by_tab(demo)) == ([], [], [], [])
    assert isinstance(QApplication.focusWidget(), QAbstractButton), "Enter opens the screens"


@pytest.mark.parametrize("scale", [1.5, 2.0])
def test_texts_of_twice_the_size_still_fit_the_smallest_office_display(bench: Bench, scale: float) -> None:
    desk = bench.desk
    desk.window.resize(1366, 728)
    desk.choose_looks("light", scale)
    for name in NAMES:
        desk.window.shell.go(name)  # type: ignore[union-attr]
        bench.quiet()
        assert (name, least_width_px(bench)) == (name, min(1366, least_width_px(bench)))
        assert (name, cut(desk.window), cut_texts(desk.window)) == (name, [], [])
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
