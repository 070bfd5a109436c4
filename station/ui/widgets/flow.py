"""Parts beside each other, on further lines where the window is narrow or the texts are large."""

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget

from station.ui import theme


class Flow(QLayout):
    """Wraps like words in a paragraph; tab goes on in the order the parts were given."""

    def __init__(self, *parts: QWidget, gap_px: int = theme.SPACE_S_PX) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self._gap_px = gap_px
        self.setContentsMargins(0, 0, 0, 0)
        for part in parts:
            self.addWidget(part)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width_px: int) -> int:
        return self._lay(QRect(0, 0, width_px, 0), move=False)

    def sizeHint(self) -> QSize:
        """All on one line, where there is room."""
        sizes = [item.sizeHint() for item in self._shown()]
        width = sum(size.width() for size in sizes) + self._gap_px * max(0, len(sizes) - 1)
        return QSize(width, max((size.height() for size in sizes), default=0))

    def minimumSize(self) -> QSize:
        """The widest part alone."""
        least = QSize()
        for item in self._shown():
            least = least.expandedTo(item.minimumSize())
        return least

    def setGeometry(self, place: QRect) -> None:
        super().setGeometry(place)
        self._lay(place, move=True)

    def _shown(self) -> list[QLayoutItem]:
        return [item for item in self._items if not item.isEmpty()]

    def _lay(self, place: QRect, move: bool) -> int:
        """Puts each part after the one before, in the middle of its line; returns the height used."""
        top = place.top()
        for line in self._lines(place.width()):
            left, line_px = place.left(), max(item.sizeHint().height() for item in line)
            for item in line:
                size = item.sizeHint()
                if move:
                    width, down = min(size.width(), place.width()), (line_px - size.height()) // 2
                    item.setGeometry(QRect(QPoint(left, top + down), QSize(width, size.height())))
                left += size.width() + self._gap_px
            top += line_px + self._gap_px
        return max(0, top - self._gap_px - place.top())

    def _lines(self, width_px: int) -> list[list[QLayoutItem]]:
        """What stands beside each other where there is so much room."""
        lines: list[list[QLayoutItem]] = []
        left = 0
        for item in self._shown():
            wide = item.sizeHint().width()
            if not lines or (left and left + wide > width_px):
                lines.append([])
                left = 0
            lines[-1].append(item)
            left += wide + self._gap_px
        return lines
