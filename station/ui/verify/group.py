"""The same field of many dossiers side by side: what the papers show, what was read, one key each."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QVBoxLayout, QWidget
from shiboken6 import isValid

from station.core.errors import N_
from station.ui import parts
from station.ui.language import Language
from station.ui.pictures import Pictures
from station.ui.shown import DoubtShown
from station.ui.widgets.field_panel import FieldEdit

SNIPPET_PX = 54
# A screenful; the next ones come up as these are settled.
ROWS = 20
# A word of 30 px is shown at most three times its size: larger only shows the scanner's noise.
MOST_ENLARGED = 3.0

Fetch = Callable[[Callable[[QImage], None]], object]


class Snippet(QWidget):
    """A cut of the page, as large as there is room; fetched when it is first in sight."""

    def __init__(self, height_px: int, name: str, fetch: Fetch | None = None) -> None:
        super().__init__()
        self._image = QImage()
        self._fetch = fetch
        self.setFixedHeight(height_px)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_image(self, image: QImage) -> None:
        self._image = image
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(300, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(self.rect(), QColor("#FFFFFF"))  # paper is white in both themes
        if self._image.isNull():
            self._ask()
            return
        size = self._image.size()
        room = self.size().boundedTo(size * MOST_ENLARGED)
        place = size.scaled(room, Qt.AspectRatioMode.KeepAspectRatio)
        left, top = (self.width() - place.width()) // 2, (self.height() - place.height()) // 2
        painter.drawImage(
            self.rect().adjusted(
                left, top, -(self.width() - place.width() - left), -(self.height() - place.height() - top)
            ),
            self._image,
        )

    def _ask(self) -> None:
        fetch, self._fetch = self._fetch, None
        if fetch is not None:
            QTimer.singleShot(0, self, lambda: fetch(self._arrived))

    def _arrived(self, image: QImage) -> None:
        if isValid(self):
            self.show_image(image)


class _Row(QWidget):
    """One dossier's value."""

    def __init__(self, doubt: DoubtShown, language: Language, pictures: Pictures) -> None:
        super().__init__()
        self.edit = FieldEdit(doubt.field, language)
        self.edit.setFixedWidth(300)
        field = doubt.field
        fetch: Fetch | None = None
        if field.page_id is not None and field.box is not None:
            page_id, box = field.page_id, field.box

            def fetch(deliver: Callable[[QImage], None]) -> None:
                pictures.snippet(page_id, doubt.picture_key, box, deliver)

        code = parts.label(doubt.dossier_code, "small")
        code.setFixedWidth(170)
        row = parts.row(code, Snippet(SNIPPET_PX, field.value, fetch), self.edit)
        row.setStretch(1, 1)
        self.setLayout(row)


class Group(QFrame):
    """The rows; those settled go, the others stay as they are, so that nothing jumps under the eye."""

    accepted = Signal(object, str)

    def __init__(self, language: Language, pictures: Pictures, key_filter: QObject) -> None:
        """Args: key_filter: sees every key pressed in a row, to count them."""
        super().__init__()
        self.setObjectName("plain")
        self._language = language
        self._pictures = pictures
        self._key_filter = key_filter
        self._title = parts.label("", "title")
        self._body: QVBoxLayout = parts.column()
        self._body.addStretch(1)
        self._rows: dict[tuple[int, str], _Row] = {}
        area = parts.scrolling(self._body, language(N_("Same field side by side")))
        layout = parts.column(self._title)
        layout.addWidget(area, 1)
        self.setLayout(layout)

    def show_doubts(self, label: str, doubts: Sequence[DoubtShown]) -> None:
        """The first of the doubts; the cursor goes to the one after that just settled."""
        self._title.setText(label)
        wanted = {d.field.key: d for d in doubts[:ROWS]}
        order = list(self._rows)
        focused = next((n for n, key in enumerate(order) if self._rows[key].edit.hasFocus()), 0)
        for key in [k for k in order if k not in wanted]:
            row = self._rows.pop(key)
            self._body.removeWidget(row)
            row.hide()
            row.deleteLater()
        for key, doubt in wanted.items():
            if key not in self._rows:
                self._add(key, doubt)
        stays = [n for n, key in enumerate(order) if key in self._rows and n >= focused]
        if stays:
            self._focus(order[stays[0]])
        elif self._rows:
            self._focus(next(iter(self._rows)))

    def _add(self, key: tuple[int, str], doubt: DoubtShown) -> None:
        row = _Row(doubt, self._language, self._pictures)
        row.edit.installEventFilter(self._key_filter)
        row.edit.accepted.connect(lambda key, value, _keys: self.accepted.emit(key, value))
        self._body.insertWidget(self._body.count() - 1, row)
        self._rows[key] = row

    def _focus(self, key: tuple[int, str]) -> None:
        self._rows[key].edit.setFocus()
        self._rows[key].edit.choose_all()
