"""The page beside the strip: its picture, its tools, the places of its fields."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QToolButton

from station.core.errors import N_
from station.ui import parts, theme
from station.ui.commands import get
from station.ui.language import Language
from station.ui.pictures import Levels, Pictures
from station.ui.shown import FieldShown, PageShown, WordShown
from station.ui.widgets.page_view import PageView


class PagePanel(QFrame):
    """One page at a time; `edit` is asked to turn it."""

    field_clicked = Signal(object)
    page_shown = Signal(object)

    def __init__(self, pictures: Pictures, language: Language, edit: Callable[[str], object]) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.setAccessibleName(language(N_("Page")))
        self._pictures = pictures
        self._language = language
        self._page: PageShown | None = None
        self._fields: Sequence[FieldShown] = ()
        self._comparing = False
        self._words = parts.label("", "small")
        # A sentence that says what to do is read whole, on lines of its own.
        self._problem = parts.label("", "warn", wrap=True)
        self._problem.hide()
        self.view = PageView()
        self.view.setAccessibleName(language(N_("Page")))
        self.view.field_clicked.connect(self.field_clicked)
        self._compare = self._tool("view.compare", self.compare)
        self._magnify = self._tool("view.magnifier", self.magnify)
        for button in (self._compare, self._magnify):
            button.setCheckable(True)
        tools = parts.row(
            self._words,
            None,
            self._tool("page.left", partial(edit, "page.left")),
            self._tool("page.right", partial(edit, "page.right")),
            self._tool("view.out", self.view.zoom_out),
            self._tool("view.fit", self.view.fit),
            self._tool("view.in", self.view.zoom_in),
            self._magnify,
            self._compare,
            gap_px=0,
        )
        layout = parts.column(tools, self._problem, gap_px=theme.SPACE_XS_PX)
        layout.addWidget(self.view, 1)
        self.setLayout(layout)

    def _tool(self, command_id: str, clicked: Callable[[], object]) -> QToolButton:
        command = get(command_id)
        return parts.tool(self._language(command.title), clicked, command.icon, command.key)

    @property
    def page(self) -> PageShown | None:
        """The page looked at."""
        return self._page

    def show_page(self, page: PageShown) -> None:
        """Fetches and shows a page; the same picture again only takes its new fields."""
        if self._page is not None and page.picture_key == self._page.picture_key:
            self._page = page
            self._show_title()
            self._show_boxes()
            return
        self._page = page
        self._stop_comparing()

        def deliver(levels: Levels) -> None:
            if self._page is not None and self._page.picture_key == page.picture_key:
                self.view.show_picture(levels)
                self._show_boxes()
                self.page_shown.emit(page)

        self._pictures.page(page.page_id, page.picture_key, deliver)

    def clear(self) -> None:
        """No page."""
        self._page = None
        self.view.clear()
        self._stop_comparing()

    def show_fields(self, fields: Sequence[FieldShown]) -> None:
        """The fields of the dossier; those of the page looked at are marked on it."""
        self._fields = fields
        self._show_boxes()

    def show_words(self, page_id: int, words: Sequence[WordShown]) -> None:
        if self._page is not None and self._page.page_id == page_id:
            self.view.show_words(words)

    def magnify(self) -> None:
        """The magnifier on or off."""
        self.view.magnify(not self.view.magnifying)
        self._magnify.setChecked(self.view.magnifying)

    def compare(self) -> None:
        """Shows the side as scanned, and back."""
        page = self._page
        if self._comparing or page is None:
            self._stop_comparing()
            return

        def deliver(levels: Levels) -> None:
            if self._page == page:
                self._comparing = True
                self.view.show_other(levels)
                self._compare.setChecked(True)
                self._show_title()

        self._pictures.original(page.page_id, page.picture_key, deliver)

    def _stop_comparing(self) -> None:
        self._comparing = False
        self.view.hide_other()
        self._compare.setChecked(False)
        self._show_title()

    def _show_title(self) -> None:
        page = self._page
        words = self._language(N_("Page {number}"), number=page.number) if page else ""
        if self._comparing:
            words += " · " + self._language(N_("as scanned"))
        problem = " · ".join(filter(None, (page.problem, page.excuse))) if page else ""
        self._words.setText(words)
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        heard = " · ".join(filter(None, (words, problem)))
        self.view.setAccessibleName(heard or self._language(N_("Page")))

    def _show_boxes(self) -> None:
        page = self._page
        if page is not None and self.view.has_picture:
            self.view.show_fields(
                [
                    (f.key, f.box, f.doubtful and not f.verified_by)
                    for f in self._fields
                    if f.page_id == page.page_id and f.box is not None
                ]
            )
