"""One of several, over the screen: a list to walk with the arrows and a line to type into. Escape leaves it.

The line either narrows the list (a type among thirty) or is a note that goes with the choice (why a paper is
sent back); then a digit takes the entry of that number at once while nothing is typed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QWidget

from station.core.errors import N_
from station.ui import icons, parts, theme
from station.ui.language import Language
from station.ui.widgets.overlays import Overlay, plain

WIDTH_PX, HEIGHT_PX = 620, 460


@dataclass(frozen=True)
class Choice:
    """An entry: what is handed back, what is read, what stands under it."""

    value: object
    title: str
    detail: str = ""
    icon: str = ""


class Chooser(Overlay):
    """`chosen(value, typed)` is called once; nothing is when it is left."""

    def __init__(
        self,
        window: QWidget,
        language: Language,
        title: str,
        choices: Sequence[Choice],
        chosen: Callable[[object, str], object],
        note: str = "",
        key_pressed: Callable[[], object] = lambda: None,
    ) -> None:
        """Args:
        note: what the line is for when it is a note; empty: it narrows the list.
        key_pressed: told of every key, for a screen that counts them.
        """
        super().__init__(window, title)
        self._choices = tuple(choices)
        self._chosen = chosen
        self._key_pressed = key_pressed
        self._is_note = bool(note)
        self._typed = QLineEdit()
        words = note or language(N_("Type a part of the name"))
        self._typed.setPlaceholderText(words)
        self._typed.setAccessibleName(words)
        self._typed.installEventFilter(self)
        self._list = QListWidget()
        self._list.setAccessibleName(title)
        self._list.setWordWrap(True)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.itemActivated.connect(lambda _item: self._take())
        self._list.itemClicked.connect(lambda _item: self._take())
        close = parts.tool(language(N_("Close")), self.leave, "close", "Esc")
        head = parts.row(parts.label(title, "title"), None, close)
        lines = (self._list, self._typed) if note else (self._typed, self._list)
        self.setLayout(parts.column(head, *lines, margin_px=theme.SPACE_M_PX))
        if not note:
            self._typed.textChanged.connect(self._fill)
        self._fill("")
        rows = 2 if any(c.detail for c in self._choices) else 1
        line_px = self.fontMetrics().height() * rows + theme.SPACE_L_PX
        self.open_at(WIDTH_PX, min(HEIGHT_PX, 150 + len(self._choices) * line_px))
        self._typed.setFocus()

    def _fill(self, typed: str) -> None:
        self._list.clear()
        for number, choice in enumerate(self._choices, 1):
            if not all(part in plain(choice.title) for part in plain(typed).split()):
                continue
            title = f"{number}   {choice.title}" if self._is_note else choice.title
            item = QListWidgetItem(f"{title}\n{choice.detail}" if choice.detail else title)
            item.setData(Qt.ItemDataRole.UserRole, number - 1)
            if choice.icon:
                item.setIcon(icons.icon(choice.icon, theme.current().text))
            self._list.addItem(item)
        self._list.setCurrentRow(0)

    def _take(self) -> None:
        item = self._list.currentItem()
        typed = self._typed.text().strip()
        self.leave()
        if item is not None:
            self._chosen(self._choices[int(item.data(Qt.ItemDataRole.UserRole))].value, typed)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is not self._typed:
            return super().eventFilter(watched, event)
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        if event.key() not in parts.MODIFIERS:
            self._key_pressed()
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        if step is not None:
            last = self._list.count() - 1
            self._list.setCurrentRow(max(0, min(last, self._list.currentRow() + step)))
            return True
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take()
            return True
        number = event.text()
        free = self._is_note and not self._typed.text() and number.isdecimal()
        if free and 1 <= int(number) <= self._list.count():
            self._list.setCurrentRow(int(number) - 1)
            self._take()
            return True
        return False
