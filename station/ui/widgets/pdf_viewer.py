"""A sealed PDF inside the window, page by page; the system's own viewer on request. Escape leaves it."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from station.core.errors import N_
from station.ui import parts, theme
from station.ui.language import Language
from station.ui.pictures import Levels, Pictures
from station.ui.widgets.overlays import Overlay
from station.ui.widgets.page_view import PageView


class PdfViewer(Overlay):
    """The pages come one at a time from the child process that draws them."""

    def __init__(
        self,
        window: QWidget,
        language: Language,
        pictures: Pictures,
        title: str,
        file: str,
        outside: Callable[[], object],
    ) -> None:
        super().__init__(window, title)
        self._language = language
        self._pictures = pictures
        self._file = file
        self._number = 0
        self._count = 0
        self._where = parts.label("", "muted")
        self._page = PageView()
        self._page.setAccessibleName(title)
        self._before = parts.tool(language(N_("Page before")), lambda: self.step(-1), "up", "PgUp")
        self._after = parts.tool(language(N_("Page after")), lambda: self.step(1), "down", "PgDown")
        head = parts.row(
            parts.label(title, "title"),
            None,
            self._where,
            self._before,
            self._after,
            parts.tool(language(N_("Smaller")), self._page.zoom_out, "zoom-out"),
            parts.tool(language(N_("Whole page")), self._page.fit, "fit"),
            parts.tool(language(N_("Larger")), self._page.zoom_in, "zoom-in"),
            parts.button(language(N_("Open in the PC's viewer")), outside, "pdf"),
            parts.tool(language(N_("Close")), self.leave, "close", "Esc"),
        )
        layout = parts.column(head, margin_px=theme.SPACE_M_PX)
        layout.addWidget(self._page, 1)
        self.setLayout(layout)
        self.open_at(window.width(), window.height())
        self._page.setFocus()
        # As shortcuts: the page view would scroll by these keys before the viewer heard of them.
        for key, by in (("PgDown", 1), ("PgUp", -1)):
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(partial(self.step, by))
        pictures.pdf_count(file, self._counted)

    def _counted(self, count: int) -> None:
        if isValid(self):
            self._count = count
            self._show()

    @property
    def place(self) -> tuple[int, int]:
        """The page looked at, from 1, and how many there are; (1, 0) while nobody knows."""
        return self._number + 1, self._count

    def step(self, by: int) -> None:
        """Another page of the file."""
        wanted = max(0, min(self._count - 1, self._number + by))
        if wanted != self._number:
            self._number = wanted
            self._show()

    def _show(self) -> None:
        number = self._number
        words = N_("Page {number} of {count}") if self._count else N_("This PDF can't be shown here.")
        self._where.setText(self._language(words, number=number + 1, count=self._count))
        self._before.setEnabled(number > 0)
        self._after.setEnabled(number + 1 < self._count)

        def deliver(levels: Levels) -> None:
            if isValid(self) and number == self._number:
                self._page.show_picture(levels)

        if self._count:
            self._pictures.pdf_page(self._file, number, deliver)
