"""Bars by branch and a line by day, drawn by hand: nothing to load, sharp at every scale.

The figures are written beside the bars and every point has a tooltip, so that colour is never the only sign.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from station.ui import theme


@dataclass(frozen=True)
class Point:
    """One bar or point: its label, its value (None where there is none) and how the value is written."""

    label: str
    value: float | None
    written: str


class _Chart(QWidget):
    """What bars and lines share: points, a target, a name for screen readers."""

    chosen = Signal(str)

    def __init__(self, name: str, most: float) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self._name = name
        self._most = most
        self._points: tuple[Point, ...] = ()
        self._target: float | None = None
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def show_points(self, points: Sequence[Point], target: float | None) -> None:
        """Draws the points; `target` is a thin line with its meaning in the caption."""
        self._points = tuple(points)
        self._target = target
        self.setAccessibleDescription("; ".join(f"{p.label}: {p.written}" for p in self._points))
        self.updateGeometry()
        self.update()

    def _place(self, number: int) -> QRectF:
        raise AssertionError("bars and lines say where their points are")

    def _point_at(self, at: QPointF) -> Point | None:
        for number, point in enumerate(self._points):
            if self._place(number).contains(at):
                return point
        return None

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            point = self._point_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), f"{point.label}: {point.written}" if point else "", self)
            return True
        return super().event(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        point = self._point_at(event.position())
        if point is not None:
            self.chosen.emit(point.label)


class Bars(_Chart):
    """Horizontal bars, one a row, the longest label first measured."""

    def _row_px(self) -> int:
        return QFontMetrics(self.font()).height() + theme.SPACE_M_PX

    def sizeHint(self) -> QSize:
        return QSize(360, max(3, len(self._points)) * self._row_px())

    def minimumSizeHint(self) -> QSize:
        return QSize(200, max(1, len(self._points)) * self._row_px())

    def _place(self, number: int) -> QRectF:
        return QRectF(0, number * self._row_px(), self.width(), self._row_px())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours, metrics = theme.current(), QFontMetrics(self.font())
        widest = max((metrics.horizontalAdvance(p.label) for p in self._points), default=0)
        label_px = min(widest + theme.SPACE_M_PX, self.width() // 2)
        written_px = max((metrics.horizontalAdvance(p.written) for p in self._points), default=0) + 12
        room = max(20, self.width() - label_px - written_px)
        for number, point in enumerate(self._points):
            place = self._place(number)
            text = metrics.elidedText(point.label, Qt.TextElideMode.ElideMiddle, label_px - 8)
            painter.setPen(QColor(colours.text))
            painter.drawText(
                QRectF(0, place.y(), label_px - 8, place.height()), Qt.AlignmentFlag.AlignVCenter, text
            )
            track = QRectF(label_px, place.y() + 5, room, place.height() - 10)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.raised))
            painter.drawRoundedRect(track, 3, 3)
            share = min(1.0, max(0.0, (point.value or 0.0) / self._most))
            painter.setBrush(QColor(colours.accent))
            painter.drawRoundedRect(QRectF(track.x(), track.y(), room * share, track.height()), 3, 3)
            painter.setPen(QColor(colours.text))
            painter.drawText(
                QRectF(track.right() + 8, place.y(), written_px, place.height()),
                Qt.AlignmentFlag.AlignVCenter,
                point.written,
            )
        if self._target is not None and self._points:
            across = label_px + room * min(1.0, self._target / self._most)
            painter.setPen(QPen(QColor(colours.text), 1.5, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(across, 0), QPointF(across, len(self._points) * self._row_px()))


class Line(_Chart):
    """A line over the days of a period, the same days of the year before behind it, with three ruled heights."""

    LEFT_PX, BOTTOM_PX, TOP_PX, RIGHT_PX = 44, 26, 10, 16
    # A tooltip and a click take the nearest day within this.
    NEAR_PX = 10

    def __init__(self, name: str, most: float) -> None:
        super().__init__(name, most)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._across: tuple[float, ...] = ()
        self._before: tuple[tuple[float, float | None], ...] = ()

    def show_days(
        self,
        points: Sequence[Point],
        across: Sequence[float],
        before: Sequence[tuple[float, float | None]],
        target: float | None,
    ) -> None:
        """Draws each point at its share (0 to 1) of the period; `before` is the year before, share and value."""
        self._across = tuple(across)
        self._before = tuple(before)
        self.show_points(points, target)

    def sizeHint(self) -> QSize:
        return QSize(360, 180)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 120)

    def _spot(self, across: float, value: float | None) -> QPointF:
        width = self.width() - self.LEFT_PX - self.RIGHT_PX
        height = self.height() - self.TOP_PX - self.BOTTOM_PX
        share = min(1.0, max(0.0, (value or 0.0) / self._most))
        return QPointF(self.LEFT_PX + width * across, self.TOP_PX + height * (1 - share))

    def _place(self, number: int) -> QRectF:
        at = self._spot(self._across[number], self._points[number].value)
        return QRectF(at.x() - self.NEAR_PX, 0, 2 * self.NEAR_PX, self.height())

    def _point_at(self, at: QPointF) -> Point | None:
        """The nearest day: with many of them their places lie over each other."""
        near = [
            (abs(self._spot(across, None).x() - at.x()), point)
            for across, point in zip(self._across, self._points, strict=True)
        ]
        gap, point = min(near, key=lambda pair: pair[0], default=(self.NEAR_PX + 1.0, None))
        return point if gap <= self.NEAR_PX else None

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_rules(painter)
        colours = theme.current()
        before = [self._spot(x, value) for x, value in self._before if value is not None]
        painter.setPen(QPen(QColor(colours.muted), 1.5, Qt.PenStyle.DotLine))
        painter.drawPolyline(QPolygonF(before))
        at = [
            self._spot(x, p.value)
            for x, p in zip(self._across, self._points, strict=True)
            if p.value is not None
        ]
        painter.setPen(QPen(QColor(colours.accent), 2))
        painter.drawPolyline(QPolygonF(at))
        if len(at) * 2 * self.NEAR_PX < self.width():
            painter.setBrush(QColor(colours.accent))
            for dot in at:
                painter.drawEllipse(dot, 3, 3)
        painter.setPen(QColor(colours.muted))
        metrics = QFontMetrics(self.font())
        free_from = 0.0
        for across, point in zip(self._across, self._points, strict=True):
            width = metrics.horizontalAdvance(point.label)
            left = min(self._spot(across, None).x() - width / 2, self.width() - width)
            if left >= free_from:
                painter.drawText(QPointF(left, self.height() - 6), point.label)
                free_from = left + width + theme.SPACE_M_PX

    def _draw_rules(self, painter: QPainter) -> None:
        colours = theme.current()
        right = self.width() - self.RIGHT_PX
        for share in (0.0, 0.5, 1.0):
            down = self._spot(0, self._most * share).y()
            painter.setPen(QColor(colours.line))
            painter.drawLine(QPointF(self.LEFT_PX, down), QPointF(right, down))
            painter.setPen(QColor(colours.muted))
            painter.drawText(
                QRectF(0, down - 10, self.LEFT_PX - 6, 20),
                Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                f"{self._most * share:.0f}",
            )
        if self._target is not None:
            down = self._spot(0, self._target).y()
            painter.setPen(QPen(QColor(colours.text), 1.5, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(self.LEFT_PX, down), QPointF(right, down))
