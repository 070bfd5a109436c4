"""Messages that do not stand in the way: a toast at the foot of the window, never a box to click away.

Good news leaves by itself; a problem stays until it is closed or the next message comes. Screen
readers hear each one.
"""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from station.core.errors import N_
from station.ui import parts, theme
from station.ui.language import Language

# Long enough to read two lines aloud; problems stay.
GOOD_STAYS_MS = 5000
WIDTH_PX = 560


class Toasts(QObject):
    """The one toast of a window."""

    def __init__(self, window: QWidget, language: Language) -> None:
        super().__init__(window)
        self._window = window
        self._language = language
        self._toast: QFrame | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.close)
        window.installEventFilter(self)

    def good(self, sentence: str, action: str = "", act: Callable[[], object] | None = None) -> None:
        """Says that something is done, with one thing to do about it, such as Undo."""
        self._show(sentence, "good", "good", action, act)
        self._timer.start(GOOD_STAYS_MS)

    def problem(self, sentence: str, action: str = "", act: Callable[[], object] | None = None) -> None:
        """Says what went wrong and the remedy; stays."""
        self._timer.stop()
        self._show(sentence, "bad", "problem", action, act)

    def close(self) -> None:
        """Takes the message away."""
        if self._toast is not None:
            self._toast.hide()
            self._toast.deleteLater()
            self._toast = None

    @property
    def text(self) -> str:
        """What is being said, empty when nothing is."""
        return self._toast.accessibleName() if self._toast is not None else ""

    def _show(
        self, sentence: str, kind: str, icon: str, action: str, act: Callable[[], object] | None
    ) -> None:
        self.close()
        colours = theme.current()
        words = parts.label(sentence, wrap=True)
        words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.MinimumExpanding)
        row = parts.row(
            parts.picture(icon, colours.good if kind == "good" else colours.bad, 24),
            margin_px=theme.SPACE_M_PX,
            gap_px=theme.SPACE_M_PX,
        )
        row.addWidget(words, 1)
        if act is not None:
            row.addWidget(parts.button(action, partial(self._act, act)))
        row.addWidget(parts.tool(self._language(N_("Close")), self.close, "close"))
        toast = parts.frame("toast", row)
        toast.setProperty("kind", kind)
        toast.setAccessibleName(sentence)
        toast.setParent(self._window)
        self._toast = toast
        self._place()
        toast.show()
        toast.raise_()
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(toast, sentence))

    def _act(self, act: Callable[[], object]) -> None:
        self.close()
        act()

    def _place(self) -> None:
        if self._toast is None:
            return
        width = min(WIDTH_PX, self._window.width() - 2 * theme.SPACE_XL_PX)
        self._toast.setFixedWidth(width)
        layout = self._toast.layout()
        height = max(layout.heightForWidth(width) if layout else 0, self._toast.sizeHint().height())
        self._toast.setGeometry(
            (self._window.width() - width) // 2, self._window.height() - height - 52, width, height
        )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        elif (
            event.type() == QEvent.Type.KeyPress
            and getattr(event, "key", lambda: None)() == Qt.Key.Key_Escape
        ):
            self.close()
        return False
