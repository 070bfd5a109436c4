"""The page strip: small pictures grouped under their documents, filling while the scanner runs.

Only what is in sight is drawn and only what is drawn is fetched, so that a pile of 500 pages costs no
more than a dozen. Pages move by drag and by key; the strip asks, the presenter decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFontMetrics,
    QImage,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from station.core.errors import N_
from station.ui import icons, parts, theme
from station.ui.language import Language
from station.ui.shown import DocumentShown, PageShown
from station.ui.widgets.strip_model import PAGE_IDS, Index, StripModel

# Two beside each other in a strip of 250 px at 100 %.
CELL_WIDTH_PX, PICTURE_HEIGHT_PX = 108, 132


class _Drawer(QStyledItemDelegate):
    """Draws headings over the whole width and pages two beside each other."""

    def __init__(self, strip: "PageStrip", model: StripModel) -> None:
        super().__init__(strip)
        self._strip = strip
        self._model = model

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        line = self._strip.fontMetrics().height()
        if self._model.row(index).page is None:
            return QSize(self._strip.viewport().width() - 6, 2 * line + theme.SPACE_M_PX)
        return QSize(CELL_WIDTH_PX, PICTURE_HEIGHT_PX + line + theme.SPACE_S_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = self._model.row(index)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if row.page is None:
            self._draw_heading(painter, option.rect, row.document)
        else:
            self._draw_page(painter, option, row.page)
        painter.restore()

    def _draw_heading(self, painter: QPainter, place: QRect, document: DocumentShown) -> None:
        colours, language = theme.current(), self._strip.language
        font = painter.font()
        font.setWeight(font.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(QColor(colours.text))
        metrics = QFontMetrics(font)
        room = place.adjusted(theme.SPACE_XS_PX, theme.SPACE_S_PX, -theme.SPACE_XS_PX, 0)
        title = metrics.elidedText(document.title, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, title)
        words = parts.pages(language, len(document.pages))
        if document.document_id is not None:
            words += " · " + (
                language(N_("verified"))
                if document.state == "verified"
                else language.share(document.confidence)
            )
        small = self._strip.font()
        small.setPointSizeF(small.pointSizeF() * theme.TYPE_SMALL_PT / theme.TYPE_BODY_PT)
        painter.setFont(small)
        painter.setPen(QColor(colours.muted))
        painter.drawText(
            room.adjusted(0, metrics.height(), 0, 0),
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop,
            words,
        )

    def _draw_page(self, painter: QPainter, option: QStyleOptionViewItem, page: PageShown) -> None:
        colours = theme.current()
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        cell = option.rect.adjusted(3, 3, -3, -3)
        if chosen:
            painter.setPen(QPen(QColor(colours.accent), 2))
            painter.setBrush(QColor(colours.accent_soft))
            painter.drawRoundedRect(cell, 5, 5)
        room = QRect(cell.x() + 6, cell.y() + 5, cell.width() - 12, PICTURE_HEIGHT_PX - 14)
        picture = self._model.picture(page)
        paper = QRect(room.x() + 10, room.y(), room.width() - 20, room.height())
        if picture is not None and not picture.isNull():
            size = picture.size().scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio)
            paper = QRect(0, 0, size.width(), size.height())
            paper.moveCenter(room.center())
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(paper, picture)
        else:
            painter.fillRect(paper, QColor("#FFFFFF"))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QColor(colours.strong_line))
        painter.drawRect(paper)
        if page.blank:
            self._draw_mark(painter, paper, "blank")
        elif page.problem:
            self._draw_mark(painter, paper, "warning")
        foot = QRect(cell.x(), room.bottom() + 2, cell.width(), cell.bottom() - room.bottom() - 2)
        painter.setPen(QColor(colours.accent if chosen else colours.text))
        words = str(page.number)
        if page.blank:
            words += " · " + self._strip.language(N_("blank"))
        elif page.state == "captured":
            words += " …"
        painter.drawText(foot, Qt.AlignmentFlag.AlignCenter, words)

    def _draw_mark(self, painter: QPainter, paper: QRect, icon: str) -> None:
        colours = theme.LIGHT
        spot = QRect(paper.right() - 25, paper.y() + 3, 22, 22)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.warn_soft if icon == "warning" else colours.raised))
        painter.drawEllipse(spot)
        painter.drawPixmap(
            spot.adjusted(3, 3, -3, -3),
            icons.pixmap(icon, colours.warn if icon == "warning" else colours.muted, 32),
        )


@dataclass(frozen=True)
class _DropPlace:
    """Where dragged pages would land: before a page of a document, or at its end; `mark` shows it."""

    document: DocumentShown
    before_page_id: int | None
    mark: QRect


class PageStrip(QListView):
    """The strip. `page_chosen` follows the selection; `pages_dropped` asks for a move."""

    page_chosen = Signal(object)
    pages_dropped = Signal(list, object, object)  # page ids, target document id, page id to stand before
    picture_wanted = Signal(object)

    def __init__(self, language: Language, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.language = language
        self._model = StripModel(language, self.picture_wanted.emit)
        self._mark: QRect | None = None
        self.setModel(self._model)
        self.setItemDelegate(_Drawer(self, self._model))
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.setDragEnabled(True)
        self.setDragDropMode(QListView.DragDropMode.DragDrop)
        # Static movement takes dropping away from the viewport, where the pages are dropped.
        self.viewport().setAcceptDrops(True)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setSpacing(0)
        self.setAccessibleName(language(N_("Pages of the dossier")))
        self.selectionModel().currentChanged.connect(self._current_changed)

    def show_documents(self, documents: Sequence[DocumentShown]) -> None:
        """Shows the documents and keeps the chosen page chosen."""
        chosen = self.chosen_page()
        self._model.show(documents)
        if chosen is not None and self.chosen_page() != chosen:
            self.choose(chosen.page_id)

    def show_picture(self, page: PageShown, picture: QImage) -> None:
        self._model.show_picture(page, picture)

    def choose(self, page_id: int) -> None:
        """Chooses a page and brings it into sight."""
        index = self._model.find(page_id)
        if index.isValid():
            self.setCurrentIndex(index)
            self.scrollTo(index)

    def chosen_page(self) -> PageShown | None:
        index = self.currentIndex()
        return self._model.row(index).page if index.isValid() else None

    def chosen_pages(self) -> list[PageShown]:
        """Every selected page in the order shown."""
        rows = [self._model.row(i) for i in sorted(self.selectedIndexes(), key=lambda i: i.row())]
        return [row.page for row in rows if row.page is not None]

    def chosen_document(self) -> DocumentShown | None:
        index = self.currentIndex()
        return self._model.row(index).document if index.isValid() else None

    def place_of(self, page_id: int) -> QRect:
        """Where a page is drawn, for tests and the magnifier."""
        return self.visualRect(self._model.find(page_id))

    def _current_changed(self, index: QModelIndex, _before: QModelIndex) -> None:
        page = self._model.row(index).page if index.isValid() else None
        if page is not None:
            self.page_chosen.emit(page)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.scheduleDelayedItemsLayout()

    # ---- dragging

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if not event.mimeData().hasFormat(PAGE_IDS):
            return
        event.acceptProposedAction()
        point = event.position().toPoint()
        self._show_mark(self._drop_at(point, ()))
        edge = self.autoScrollMargin()
        if point.y() < edge or point.y() > self.viewport().height() - edge:
            self.startAutoScroll()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._show_mark(None)
        self.stopAutoScroll()
        event.accept()

    def dropEvent(self, event: QDropEvent) -> None:
        self._show_mark(None)
        self.stopAutoScroll()
        if not event.mimeData().hasFormat(PAGE_IDS):
            return
        ids = [int(n) for n in bytes(event.mimeData().data(PAGE_IDS).data()).decode().split(",") if n]
        place = self._drop_at(event.position().toPoint(), ids)
        if place is not None and ids:
            self.pages_dropped.emit(ids, place.document.document_id, place.before_page_id)
        event.setDropAction(Qt.DropAction.IgnoreAction)
        event.accept()

    def _drop_at(self, point: QPoint, moved: Sequence[int]) -> _DropPlace | None:
        """Between which pages a drop at a point lands; `moved` pages are no place to stand before."""
        index = self.indexAt(point)
        if not index.isValid():
            index = self._nearest(point)
        if not index.isValid():
            return None
        row, rect = self._model.row(index), self.visualRect(index)
        pages = row.document.pages
        at = 0 if row.page is None else [p.page_id for p in pages].index(row.page.page_id)
        beyond = point.x() > rect.center().x() or point.y() > rect.bottom()
        after = row.page is not None and beyond
        before = next((p.page_id for p in pages[at + after :] if p.page_id not in moved), None)
        if row.page is None:
            mark = QRect(rect.x(), rect.bottom() - 1, rect.width(), 3)
        else:
            mark = QRect(rect.right() - 1 if after else rect.x() - 1, rect.y() + 4, 3, rect.height() - 8)
        return _DropPlace(row.document, before, mark)

    def _nearest(self, point: QPoint) -> QModelIndex:
        """The last item in or above the line of a point beside every item."""
        for number in range(self._model.rowCount() - 1, -1, -1):
            rect = self.visualRect(self._model.index(number))
            if rect.y() <= point.y() and (rect.bottom() < point.y() or rect.x() <= point.x()):
                return self._model.index(number)
        return QModelIndex()

    def _show_mark(self, place: _DropPlace | None) -> None:
        self._mark = place.mark if place is not None else None
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._mark is not None:
            QPainter(self.viewport()).fillRect(self._mark, QColor(theme.current().accent))
