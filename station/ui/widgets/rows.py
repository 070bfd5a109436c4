"""A table over plain rows: columns are functions of a row; 100,000 rows scroll as fast as 10."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

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
    width_px: int = 120


class RowsModel(QAbstractTableModel):
    """Rows as they were given; asks for more at the end when there is more."""

    more_wanted = Signal()

    def __init__(self, columns: Sequence[Column]) -> None:
        super().__init__()
        self._columns = tuple(columns)
        self._rows: Sequence[Any] = ()
        self._more = False

    def show(self, rows: Sequence[Any], more: bool = False) -> None:
        """Shows the rows; cells that changed are drawn anew where the number of rows stayed."""
        old = self._rows
        if len(rows) == len(old):
            self._rows = rows
            self._more = more
            changed = [n for n, (a, b) in enumerate(zip(old, rows, strict=True)) if a != b]
            if changed:
                last = self.index(changed[-1], len(self._columns) - 1)
                self.dataChanged.emit(self.index(changed[0], 0), last)
            return
        self.beginResetModel()
        self._rows = rows
        self._more = more
        self.endResetModel()

    def row(self, number: int) -> Any:
        return self._rows[number]

    def rowCount(self, parent: _Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._columns)

    def canFetchMore(self, parent: _Index) -> bool:
        return self._more

    def fetchMore(self, parent: _Index) -> None:
        self._more = False
        self.more_wanted.emit()

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
        row = self._rows[index.row()]
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
        for number, column in enumerate(columns):
            heading_px = header.fontMetrics().horizontalAdvance(column.title) * HEADING_BOLDER
            self.setColumnWidth(number, max(column.width_px, round(heading_px) + theme.SPACE_XL_PX))
        header.setSectionResizeMode(widest, QHeaderView.ResizeMode.Stretch)

    def chosen(self) -> Any | None:
        """The row under the cursor."""
        index = self.currentIndex()
        return self.rows.row(index.row()) if index.isValid() else None
