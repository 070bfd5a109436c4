"""What the page strip holds: headings and pages in their order, and the small pictures fetched so far."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QMimeData, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QImage

from station.core.errors import N_
from station.ui import parts
from station.ui.language import Language
from station.ui.shown import DocumentShown, PageShown

Index = QModelIndex | QPersistentModelIndex

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
        same_places = len(rows) >= old and all(
            _identity(a) == _identity(b) for a, b in zip(self._rows, rows, strict=False)
        )
        if not same_places:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()
            return
        changed = [n for n in range(old) if _looks(self._rows[n]) != _looks(rows[n])]
        if len(rows) > old:
            self.beginInsertRows(QModelIndex(), old, len(rows) - 1)
            self._rows = rows
            self.endInsertRows()
        else:
            self._rows = rows
        # Each by itself: the view measures every row between the first and the last of a range anew.
        for number in changed:
            self.dataChanged.emit(self.index(number), self.index(number))

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

    def row(self, index: Index) -> Row:
        return self._rows[index.row()]

    def find(self, page_id: int) -> QModelIndex:
        """Where a page is shown; an invalid index where it is not."""
        for number, row in enumerate(self._rows):
            if row.page is not None and row.page.page_id == page_id:
                return self.index(number)
        return QModelIndex()

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
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

    def flags(self, index: Index) -> Qt.ItemFlag:
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


def _looks(row: Row) -> object:
    """What is drawn of a row. Not the whole document: each of its pages would compare all of its pages."""
    held = row.document
    return row.page or (held.title, held.state, held.confidence, len(held.pages))
