"""What lies over a screen for a moment: the palette of all actions and the sheet of all keys."""

import unicodedata
from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QWidget,
)

from station.core.errors import N_
from station.ui import icons, parts, theme
from station.ui.commands import SCREENS, Command
from station.ui.language import Language

WIDTH_PX = 620


# Parts Khmer words, so that lines may be broken between them; nobody types it.
ZERO_WIDTH_SPACE = "\u200b"


def plain(text: str) -> str:
    """A text without tones and capitals, so that "quet" finds "Quét" and "dong" finds "Đồng bộ"."""
    folded = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(c for c in folded if not unicodedata.combining(c) and c != ZERO_WIDTH_SPACE)


class Overlay(QFrame):
    """A frame over the window that Escape takes away and that gives the focus back."""

    def __init__(self, window: QWidget, name: str) -> None:
        super().__init__(window)
        self.setObjectName("overlay")
        self.setAccessibleName(name)
        self._window = window
        self._focus_before = window.focusWidget()
        window.installEventFilter(self)

    def open_at(self, width_px: int, height_px: int) -> None:
        """Shows the overlay in the upper middle, within the window."""
        width = min(width_px, self._window.width() - 2 * theme.SPACE_XL_PX)
        height = min(height_px, self._window.height() - 2 * theme.SPACE_XL_PX)
        self.setGeometry((self._window.width() - width) // 2, theme.SPACE_XL_PX * 2, width, height)
        self.show()
        self.raise_()

    def leave(self) -> None:
        """Takes the overlay away."""
        if self.isHidden():
            return
        self._window.removeEventFilter(self)
        self.hide()
        if self._focus_before is not None:
            self._focus_before.setFocus()
        self.deleteLater()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseButtonPress:
            self.leave()
        return False


class Palette(Overlay):
    """All actions, found by typing a part of their names with or without tones."""

    def __init__(
        self,
        window: QWidget,
        language: Language,
        commands: Sequence[Command],
        chosen: Callable[[str], None],
    ) -> None:
        super().__init__(window, language(N_("All actions")))
        self._language = language
        self._commands = commands
        self._chosen = chosen
        self._typed = QLineEdit()
        self._typed.setPlaceholderText(language(N_("Type what you want to do")))
        self._typed.setAccessibleName(language(N_("Type what you want to do")))
        self._typed.textChanged.connect(self._filter)
        self._typed.installEventFilter(self)
        self._list = QListWidget()
        self._list.setAccessibleName(language(N_("All actions")))
        self._list.itemActivated.connect(lambda _item: self._take())
        self._list.itemClicked.connect(lambda _item: self._take())
        self.setLayout(parts.column(self._typed, self._list, margin_px=theme.SPACE_M_PX))
        self._filter("")
        self.open_at(WIDTH_PX, 460)
        self._typed.setFocus()

    def _filter(self, typed: str) -> None:
        self._list.clear()
        colour = theme.current().text
        for command in self._commands:
            title = self._language(command.title)
            if all(part in plain(title) for part in plain(typed).split()):
                keys = f"    {parts.shown_key(command.key)}" if command.key else ""
                item = QListWidgetItem(title + keys)
                item.setData(Qt.ItemDataRole.UserRole, command.id)
                if command.icon:
                    item.setIcon(icons.icon(command.icon, colour))
                self._list.addItem(item)
        self._list.setCurrentRow(0)

    def _take(self) -> None:
        item = self._list.currentItem()
        self.leave()
        if item is not None:
            self._chosen(item.data(Qt.ItemDataRole.UserRole))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._typed and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if step is not None:
                last = self._list.count() - 1
                self._list.setCurrentRow(max(0, min(last, self._list.currentRow() + step)))
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._take()
                return True
            return False
        return False if watched is self._typed else super().eventFilter(watched, event)


def _group(command: Command) -> str:
    """The heading a command stands under: its screen, or the pages of the scan screen."""
    on_pages = command.id.startswith(("page.", "view.")) or command.id in ("undo", "redo")
    return "pages" if on_pages else command.screen


class CheatSheet(Overlay):
    """All keys, screen by screen, in three columns."""

    def __init__(self, window: QWidget, language: Language, commands: Sequence[Command]) -> None:
        super().__init__(window, language(N_("All keys")))
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.SPACE_XL_PX)
        groups = [("", N_("Everywhere")), *((s, title) for s, title, _icon in SCREENS)]
        groups.insert(2, ("pages", N_("Pages")))
        columns = [parts.column() for _ in range(3)]
        used = [0, 0, 0]
        for screen, title in groups:
            of_group = [c for c in commands if _group(c) == screen and c.key]
            if not of_group:
                continue
            at = used.index(min(used))
            columns[at].addWidget(parts.label(language(title), "title"))
            for command in of_group:
                line = parts.row(
                    parts.label(language(command.title), wrap=True),
                    parts.label(parts.shown_key(command.key), "key"),
                )
                line.setStretch(0, 1)
                columns[at].addLayout(line)
            columns[at].addSpacing(theme.SPACE_M_PX)
            used[at] += len(of_group) + 2
        for number, made in enumerate(columns):
            made.addStretch(1)
            grid.addLayout(made, 0, number)
            grid.setColumnStretch(number, 1)
        area = parts.scrolling(grid, language(N_("All keys")))
        area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        close = parts.tool(language(N_("Close")), self.leave, "close", "Esc")
        head = parts.row(parts.label(language(N_("All keys")), "large"), None, close)
        self.setLayout(parts.column(head, area, margin_px=theme.SPACE_L_PX))
        self.open_at(1120, 700)
        close.setFocus()
