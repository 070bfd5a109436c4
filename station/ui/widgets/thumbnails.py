"""The page strip: small pictures grouped under their documents, filling while the scanner runs.

Only what is in sight is drawn and only what is drawn is fetched, so that a pile of 500 pages costs no
more than a dozen. Pages move by drag and by key; the strip asks, the presenter decides.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QDragMoveEvent,
    QDropEvent,
    QFontMetrics,
    QImage,
    QPainter,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from station.core.errors import N_
from station.ui import icons, parts, theme
from station.ui.language import Language
from station.ui.shown import DocumentShown, PageShown

_Index = QModelIndex | QPersistentModelIndex

# Two beside each other in a strip of 250 px at 100 %.
CELL_WIDTH_PX, PICTURE_HEIGHT_PX = 108, 132
# 400 small pictures are about 20 MB.
PICTURES_KEPT = 400

PAGE_IDS = "application/x-station-pages"


@dataclass(frozen=True)
class Row:
    """A line of the strip: a document's heading, or a page of it."""

    document: DocumentShown
    page: PageShown | None


def rows_of(documents: Sequence[DocumentShown]) -> list[Row]:
    """Headings and pages in the order shown."""
    rows: list[Row] = []
    for document in documents:
        rows.append(Row(document, None))
        rows.extend(Row(document, page) for page in document.pages)
    return rows


class StripModel(QAbstractListModel):
    """Headings and pages; pictures are asked for when first drawn."""

    def __init__(self, language: Language, fetch: Callable[[PageShown], None]) -> None:
        super().__init__()
        self._language = language
        self._fetch = fetch
        self._rows: list[Row] = []
        self._pictures: OrderedDict[str, QImage | None] = OrderedDict()

    def show(self, documents: Sequence[DocumentShown]) -> None:
        """Shows the documents; when pages were only added at the end, nothing else is touched."""
        rows = rows_of(documents)
        old = len(self._rows)
        if rows == self._rows:
            return
        same_places = len(rows) >= old and all(
            _identity(a) == _identity(b) for a, b in zip(self._rows, rows, strict=False)
        )
        if not same_places:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()
            return
        changed = [n for n in range(old) if self._rows[n] != rows[n]]
        if len(rows) > old:
            self.beginInsertRows(QModelIndex(), old, len(rows) - 1)
            self._rows = rows
            self.endInsertRows()
        else:
            self._rows = rows
        if changed:
            self.dataChanged.emit(self.index(changed[0]), self.index(changed[-1]))

    def show_picture(self, page: PageShown, picture: QImage) -> None:
        """A fetched picture; the oldest are forgotten."""
        self._pictures[page.picture_key] = picture
        while len(self._pictures) > PICTURES_KEPT:
            self._pictures.popitem(last=False)
        for number, row in enumerate(self._rows):
            if row.page is not None and row.page.picture_key == page.picture_key:
                self.dataChanged.emit(self.index(number), self.index(number))

    def picture(self, page: PageShown) -> QImage | None:
        """The page's small picture, None while it is on its way."""
        if page.picture_key not in self._pictures:
            self._pictures[page.picture_key] = None
            self._fetch(page)
        else:
            self._pictures.move_to_end(page.picture_key)
        return self._pictures[page.picture_key]

    def row(self, index: _Index) -> Row:
        return self._rows[index.row()]

    def find(self, page_id: int) -> QModelIndex:
        """Where a page is shown; an invalid index where it is not."""
        for number, row in enumerate(self._rows):
            if row.page is not None and row.page.page_id == page_id:
                return self.index(number)
        return QModelIndex()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self._rows[index.row()]
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return self._words(row)
        if role == Qt.ItemDataRole.DisplayRole:
            return str(row.page.number) if row.page else row.document.title
        return None

    def _words(self, row: Row) -> str:
        if row.page is None:
            return f"{row.document.title}, {parts.pages(self._language, len(row.document.pages))}"
        words = self._language(N_("Page {number}"), number=row.page.number)
        if row.page.blank:
            words += ", " + self._language(N_("blank"))
        return words + (", " + row.page.problem if row.page.problem else "")

    def flags(self, index: _Index) -> Qt.ItemFlag:
        flag = Qt.ItemFlag
        if not index.isValid():
            return flag.ItemIsDropEnabled
        if self._rows[index.row()].page is None:
            return flag.ItemIsEnabled | flag.ItemIsDropEnabled
        return flag.ItemIsEnabled | flag.ItemIsSelectable | flag.ItemIsDragEnabled | flag.ItemIsDropEnabled

    def mimeTypes(self) -> list[str]:
        return [PAGE_IDS]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        pages = [self._rows[i.row()].page for i in sorted(indexes, key=lambda i: i.row())]
        carried = QMimeData()
        carried.setData(PAGE_IDS, ",".join(str(p.page_id) for p in pages if p).encode())
        return carried

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction


def _identity(row: Row) -> tuple[int | None, int | None]:
    return (row.document.document_id, row.page.page_id if row.page else None)


class _Drawer(QStyledItemDelegate):
    """Draws headings over the whole width and pages two beside each other."""

    def __init__(self, strip: "PageStrip", model: StripModel) -> None:
        super().__init__(strip)
        self._strip = strip
        self._model = model

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        line = self._strip.fontMetrics().height()
        if self._model.row(index).page is None:
            return QSize(self._strip.viewport().width() - 6, 2 * line + theme.SPACE_M_PX)
        return QSize(CELL_WIDTH_PX, PICTURE_HEIGHT_PX + line + theme.SPACE_S_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
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


class PageStrip(QListView):
    """The strip. `page_chosen` follows the selection; `pages_dropped` asks for a move."""

    page_chosen = Signal(object)
    pages_dropped = Signal(list, object, object)  # page ids, target document id, page id to stand before
    picture_wanted = Signal(object)

    def __init__(self, language: Language, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.language = language
        self._model = StripModel(language, self.picture_wanted.emit)
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
        self.setAcceptDrops(True)
        self.setDragDropMode(QListView.DragDropMode.DragDrop)
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

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if event.mimeData().hasFormat(PAGE_IDS):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        if not event.mimeData().hasFormat(PAGE_IDS):
            return
        ids = [int(n) for n in bytes(event.mimeData().data(PAGE_IDS).data()).decode().split(",") if n]
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and ids:
            row = self._model.row(index)
            before = row.page.page_id if row.page else None
            self.pages_dropped.emit(ids, row.document.document_id, before)
        event.setDropAction(Qt.DropAction.IgnoreAction)
        event.accept()
