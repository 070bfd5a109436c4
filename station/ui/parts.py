"""Small parts every screen is made of, each with an accessible name and a tooltip from the start."""

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QCoreApplication, QEvent, QSize, Qt
from PySide6.QtGui import QFontMetrics, QKeySequence
from PySide6.QtWidgets import (
    QApplication,
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from station.core.errors import N_
from station.ui import icons, theme
from station.ui.language import Language

_L = TypeVar("_L", bound=QBoxLayout)

ICON_PX = 20
# Height of a line of text at 140 %.
LARGE_FROM_PX = 25

#: Keys that do nothing by themselves; they are not counted.
MODIFIERS = (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_AltGr, Qt.Key.Key_Meta)


def shown_key(key: str) -> str:
    """A key as it is printed on the keyboard."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText).replace("Return", "Enter")


def with_key(text: str, key: str) -> str:
    """The tooltip of an action: what it does and its key."""
    return f"{text} ({shown_key(key)})" if key else text


def large_texts() -> bool:
    """Whether texts are of 140 % and more: what stands side by side else stands below each other then."""
    return QFontMetrics(QApplication.font()).height() > LARGE_FROM_PX


def label(text: str = "", role: str = "", wrap: bool = False) -> QLabel:
    """A text; `role` is one of the style sheet's: title, large, figure, strong, small, muted, good, warn, bad."""
    made = QLabel(text)
    if role:
        made.setProperty("role", role)
    made.setWordWrap(wrap)
    made.setTextFormat(Qt.TextFormat.PlainText)
    return made


def text_px(longest: str) -> int:
    """How wide a field is that shows this text whole, in the size of texts chosen."""
    metrics = QFontMetrics(QApplication.font())
    return metrics.horizontalAdvance(longest) + 2 * theme.SPACE_XL_PX


def asked(name: str, part: QWidget, hint: str = "") -> QVBoxLayout:
    """A control under its name, which screen readers hear too, perhaps with a hint below."""
    words = label(name)
    words.setBuddy(part)
    part.setAccessibleName(name)
    made = column(words, part, gap_px=theme.SPACE_XS_PX)
    if hint:
        made.addWidget(label(hint, "small", wrap=True))
    return made


def chip(text: str, kind: str) -> QLabel:
    """A small coloured word; `kind` is good, warn, bad or plain."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setProperty("chip", kind)
    made.setWordWrap(large_texts())
    made.setSizePolicy(made.sizePolicy().horizontalPolicy().Maximum, made.sizePolicy().verticalPolicy())
    return made


def restyle(widget: QWidget) -> None:
    """Lets the style sheet see a property that changed."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def button(
    text: str, clicked: Callable[[], object], icon: str = "", key: str = "", primary: bool = False
) -> QPushButton:
    """A button with its words; `key` is only named in the tooltip, the window's actions own the keys."""
    made = QPushButton(text)
    made.setAccessibleName(text)
    made.setToolTip(with_key(text, key))
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    made.setAutoDefault(False)
    if primary:
        made.setProperty("primary", "true")
    if icon:
        colours = theme.current()
        made.setIcon(icons.icon(icon, colours.on_accent if primary else colours.text))
        made.setIconSize(QSize(ICON_PX, ICON_PX))
    made.clicked.connect(lambda _checked=False: clicked())
    return made


def tool(text: str, clicked: Callable[[], object], icon: str, key: str = "") -> QToolButton:
    """A button with a picture only; its words are the accessible name and the tooltip."""
    made = QToolButton()
    made.setAccessibleName(text)
    made.setToolTip(with_key(text, key))
    made.setIcon(icons.icon(icon, theme.current().text))
    made.setIconSize(QSize(ICON_PX, ICON_PX))
    made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    made.clicked.connect(lambda _checked=False: clicked())
    return made


def picture(icon: str, colour: str, size_px: int = ICON_PX) -> QLabel:
    """An icon that only goes with words."""
    made = QLabel()
    made.setPixmap(icons.pixmap(icon, colour, size_px))
    made.setFixedWidth(size_px)
    return made


def column(
    *parts: QWidget | QLayout | None, gap_px: int = theme.SPACE_S_PX, margin_px: int = 0
) -> QVBoxLayout:
    """Parts above each other; None is a stretch."""
    return _filled(QVBoxLayout(), parts, gap_px, margin_px)


def row(*parts: QWidget | QLayout | None, gap_px: int = theme.SPACE_S_PX, margin_px: int = 0) -> QHBoxLayout:
    """Parts beside each other; None is a stretch."""
    return _filled(QHBoxLayout(), parts, gap_px, margin_px)


def _filled(layout: _L, parts: tuple[QWidget | QLayout | None, ...], gap_px: int, margin_px: int) -> _L:
    layout.setSpacing(gap_px)
    layout.setContentsMargins(margin_px, margin_px, margin_px, margin_px)
    for part in parts:
        if part is None:
            layout.addStretch(1)
        elif isinstance(part, QWidget):
            layout.addWidget(part)
        else:
            layout.addLayout(part)
    return layout


def frame(name: str, layout: QLayout) -> QFrame:
    """A frame the style sheet knows by name: card, plain, rail, status, overlay, toast, banner."""
    made = QFrame()
    made.setObjectName(name)
    made.setLayout(layout)
    return made


def card(*parts: QWidget | QLayout | None, gap_px: int = theme.SPACE_S_PX) -> QFrame:
    """A surface with a thin line around it."""
    return frame("card", column(*parts, gap_px=gap_px, margin_px=theme.SPACE_M_PX))


class _Column(QWidget):
    """Inside of a scrolling column.

    A scroll area hears that parts were laid out anew before the parts do, and asks for a height that counts words
    broken over two lines as one: it is made to ask once more, or parts would stand on top of each other.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("inside")
        self._asked_px = 0

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            wanted_px = self.heightForWidth(self.width())
            if self.height() >= wanted_px:
                self._asked_px = 0
            elif wanted_px != self._asked_px:
                self._asked_px = wanted_px
                QCoreApplication.postEvent(self, QEvent(QEvent.Type.LayoutRequest))
        return done


def scrolling(layout: QLayout, name: str) -> QScrollArea:
    """A column that scrolls up and down and is never wider than its place."""
    inside = _Column()
    inside.setLayout(layout)
    # Without this a long word would push the right edge out of sight.
    inside.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    area = QScrollArea()
    area.setWidget(inside)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setAccessibleName(name)
    area.setStyleSheet("QScrollArea, QWidget#inside { background: transparent; }")
    return area


def pages(language: Language, count: int) -> str:
    """How many pages, in words."""
    return language(N_("1 page")) if count == 1 else language(N_("{count} pages"), count=count)


def breakable(code: str) -> str:
    """A code that may be broken over two lines after its points and hyphens."""
    return code.replace("-", "-\u200b").replace(".", ".\u200b")


def progress(name: str) -> QProgressBar:
    """A thin bar; the words beside it say what it means."""
    made = QProgressBar()
    made.setTextVisible(False)
    made.setAccessibleName(name)
    return made


def empty_state(icon: str, title: str, what_to_do: str, *actions: QWidget) -> QFrame:
    """What a screen says when there is nothing yet: what it is for and the next step."""
    colours = theme.current()
    mark = picture(icon, colours.accent, 48)
    mark.setFixedWidth(48)
    head = label(title, "title", wrap=True)
    text = label(what_to_do, "muted", wrap=True)
    for words in (head, text):
        words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        words.setFixedWidth(440)
    body = column(None, gap_px=theme.SPACE_M_PX, margin_px=theme.SPACE_XL_PX)
    body.addWidget(mark, 0, Qt.AlignmentFlag.AlignHCenter)
    body.addLayout(row(None, head, None))
    body.addLayout(row(None, text, None))
    for action in actions:
        body.addWidget(action, 0, Qt.AlignmentFlag.AlignHCenter)
    body.addStretch(1)
    return frame("plain", body)


def clear(layout: QLayout) -> None:
    """Takes every part out of a layout and lets it go."""
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            # Hidden first: a part that Qt had yet to show would come up as a window of its own.
            widget.hide()
            widget.setParent(None)
            widget.deleteLater()
        elif (inner := item.layout()) is not None:
            clear(inner)
