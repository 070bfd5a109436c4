"""A table over plain rows: columns are functions of a row; 100,000 rows scroll as fast as 10."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QApplication, QHeaderView, QTableView

from station.ui import icons, theme

# Headings are drawn in the heavier weight, which Noto Sans makes about a tenth wider.
HEADING_BOLDER = 1.12

_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class Column:
    """A column: its heading, the text of a row, right-aligned for numbers, perhaps an icon and its colour."""

    title: str
    text: Callable[[Any], str]
    number: bool = False
    icon: Callable[[Any], tuple[str, str]] | None = None
    #: At texts of 100 %.
    width_px: int = 120


class RowsModel(QAbstractTableModel):
    """Rows as they were given, or fetched as they come into sight."""

    #: The row at this place is looked at and is not there yet.
    row_missing = Signal(int)

    def __init__(self, columns: Sequence[Column]) -> None:
        super().__init__()
        self._columns = tuple(columns)
        self._rows: Sequence[Any] | None = ()
        self._count = 0
        self._row_at: Callable[[int], Any | None] = self._given

    def _given(self, number: int) -> Any:
        assert self._rows is not None
        return self._rows[number]

    def show(self, rows: Sequence[Any]) -> None:
        """Shows the rows; cells that changed are drawn anew where the number of rows stayed."""
        old = self._rows
        if old is not None and len(rows) == len(old):
            self._rows = rows
            changed = [n for n, (a, b) in enumerate(zip(old, rows, strict=True)) if a != b]
            if changed:
                last = self.index(changed[-1], len(self._columns) - 1)
                self.dataChanged.emit(self.index(changed[0], 0), last)
            return
        self.beginResetModel()
        self._rows, self._count, self._row_at = rows, len(rows), self._given
        self.endResetModel()

    def show_fetched(self, count: int, row_at: Callable[[int], Any | None]) -> None:
        """Shows so many rows; `row_at` answers None for one that is fetched only now."""
        self.beginResetModel()
        self._rows, self._count, self._row_at = None, count, row_at
        self.endResetModel()

    def came(self, first: int, last: int) -> None:
        """Rows `first` to `last` are there now, or changed."""
        if last < self._count:
            self.dataChanged.emit(self.index(first, 0), self.index(last, len(self._columns) - 1))

    def row(self, number: int) -> Any | None:
        return self._row_at(number)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else self._count

    def columnCount(self, parent: _Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._columns)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation == Qt.Orientation.Horizontal:
            if role == Qt.ItemDataRole.DisplayRole:
                return self._columns[section].title
            if role == Qt.ItemDataRole.TextAlignmentRole:
                return int(_side(self._columns[section]))
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        column = self._columns[index.column()]
        row = self._row_at(index.row())
        if row is None:
            if role == Qt.ItemDataRole.DisplayRole:
                self.row_missing.emit(index.row())
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return column.text(row)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(_side(column))
        if column.icon is not None and role in (
            Qt.ItemDataRole.DecorationRole,
            Qt.ItemDataRole.ForegroundRole,
        ):
            name, colour = column.icon(row)
            shown = getattr(theme.current(), colour)
            return QColor(shown) if role == Qt.ItemDataRole.ForegroundRole else icons.icon(name, shown)
        return None


def _side(column: Column) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column.number else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


class Table(QTableView):
    """A calm table: whole rows, no grid, the last column takes the rest."""

    def __init__(self, name: str, columns: Sequence[Column], widest: int) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.rows = RowsModel(columns)
        self.setModel(self.rows)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        vertical = self.verticalHeader()
        vertical.hide()
        vertical.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        vertical.setDefaultSectionSize(self.fontMetrics().height() + theme.SPACE_L_PX)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setAccessibleName(name)
        scale = QApplication.font().pointSizeF() / theme.TYPE_BODY_PT
        for number, column in enumerate(columns):
            heading_px = header.fontMetrics().horizontalAdvance(column.title) * HEADING_BOLDER
            self.setColumnWidth(
                number, max(round(column.width_px * scale), round(heading_px) + theme.SPACE_XL_PX)
            )
        header.setSectionResizeMode(widest, QHeaderView.ResizeMode.Stretch)

    def chosen(self) -> Any | None:
        """The row under the cursor."""
        index = self.currentIndex()
        return self.rows.row(index.row()) if index.isValid() else None
