"""A page to look at: smooth zoom and pan, whole page, magnifier, words to select, places of fields.

Left drag selects words (Ctrl+C copies them), right or middle drag moves the page, the wheel scrolls and
with Ctrl zooms. Clicking the place of a field tells `field_clicked`; `light_up` shows a field's place.
"""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QGraphicsRectItem, QGraphicsScene, QGraphicsView, QWidget

from ocr.reading import Box
from station.ui import theme
from station.ui.shown import WordShown
from station.ui.widgets.picture import PictureItem

# One notch of the wheel, or one press of a key.
ZOOM_STEP = 1.25
# 800 % shows single pixels of a stamp; 3 % shows an A3 side as a thumbnail.
LEAST_ZOOM, MOST_ZOOM = 0.03, 8.0
# A field's place is shown at least this high: a line of print is read at arm's length then.
READABLE_LINE_PX = 30
MAGNIFIER_PX = 260
MAGNIFIED = 2.0
# Around a lit field, so that its label on the paper is seen too.
FIELD_MARGIN_PX = 6


def rect_of(box: Box) -> QRectF:
    """A box of a reading as Qt's rectangle."""
    return QRectF(box[0], box[1], box[2] - box[0], box[3] - box[1])


class _Magnifier(QWidget):
    """A window on the full picture beside the pointer."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._view = parent
        self.setFixedSize(MAGNIFIER_PX, MAGNIFIER_PX)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._image = QImage()
        self.hide()

    def show_at(self, image: QImage, pointer: QPoint) -> None:
        self._image = image
        room = self._view.size() - self.size()
        beside = pointer + QPoint(24, 24)
        if beside.x() > room.width():
            beside.setX(pointer.x() - MAGNIFIER_PX - 24)
        if beside.y() > room.height():
            beside.setY(pointer.y() - MAGNIFIER_PX - 24)
        self.move(max(0, beside.x()), max(0, beside.y()))
        self.show()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(self.rect(), QColor(theme.current().paper_ground))
        painter.drawImage(self.rect(), self._image)
        painter.setPen(QPen(QColor(theme.current().accent), 3))
        painter.drawRect(self.rect().adjusted(1, 1, -2, -2))


class PageView(QGraphicsView):
    """The page view. Boxes are in pixels of the picture shown."""

    field_clicked = Signal(object)
    words_selected = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        scene = QGraphicsScene(self)
        self.setScene(scene)
        self._scene = scene
        self._picture: PictureItem | None = None
        self._other: PictureItem | None = None
        self._words: Sequence[WordShown] = ()
        self._fields: dict[object, QGraphicsRectItem] = {}
        self._marks: list[QGraphicsRectItem] = []
        self._pressed_at: QPointF | None = None
        self._panned_from: QPoint | None = None
        self._fitting = True
        self._lit: object | None = None
        self._closer = self._came_closer = False
        self._magnifying = False
        self._selected = ""
        self._magnifier = _Magnifier(self.viewport())
        self.setMouseTracking(True)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.AnchorViewCenter)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.MinimalViewportUpdate)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    # ---- what is shown

    def show_picture(self, levels: tuple[QImage, ...], keep_zoom: bool = False) -> None:
        """Shows a page; `keep_zoom` keeps the place looked at, for another picture of the same page."""
        self.clear()
        if not levels or levels[0].isNull():
            return
        self._picture = PictureItem(levels)
        self._scene.addItem(self._picture)
        self._scene.setSceneRect(self._picture.boundingRect())
        if not keep_zoom:
            self._fitting, self._came_closer = True, False
        self._fit_if_wanted()

    def show_other(self, levels: tuple[QImage, ...]) -> None:
        """Lays the picture before cleaning over the page until `hide_other`."""
        self.hide_other()
        if self._picture is None or not levels or levels[0].isNull():
            return
        self._other = PictureItem(levels)
        here, there = self._picture.boundingRect(), self._other.boundingRect()
        self._other.setScale(min(here.width() / there.width(), here.height() / there.height()))
        self._other.setZValue(1)
        self._scene.addItem(self._other)

    def hide_other(self) -> None:
        if self._other is not None:
            self._scene.removeItem(self._other)
            self._other = None

    def clear(self) -> None:
        """Shows nothing."""
        self._scene.clear()
        self._picture = self._other = None
        self._fields.clear()
        self._marks.clear()
        self._words = ()
        self._selected = ""
        self._magnifier.hide()

    def show_words(self, words: Sequence[WordShown]) -> None:
        """The recognised words, to be selected on the picture."""
        self._words = words

    def show_fields(self, boxes: Sequence[tuple[object, Box, bool]]) -> None:
        """Marks the places of fields: (key, box, doubtful)."""
        for item in self._fields.values():
            self._scene.removeItem(item)
        self._fields.clear()
        colours = theme.LIGHT  # paper is white in both themes
        for key, box, doubtful in boxes:
            item = QGraphicsRectItem(
                rect_of(box).adjusted(-FIELD_MARGIN_PX, -FIELD_MARGIN_PX, FIELD_MARGIN_PX, FIELD_MARGIN_PX)
            )
            pen = QPen(QColor(colours.warn if doubtful else colours.accent), 2)
            pen.setCosmetic(True)
            # Dashes beside the colour: doubtful places are told apart without seeing colours.
            pen.setStyle(Qt.PenStyle.DashLine if doubtful else Qt.PenStyle.SolidLine)
            item.setPen(pen)
            item.setZValue(2)
            self._scene.addItem(item)
            self._fields[key] = item
        self._show_lit()

    def light_up(self, key: object | None, closer: bool = False) -> None:
        """Fills the place of one field and brings it into sight, also when its page comes later.

        Args:
            closer: zooms in where the place would be too small to read; `step_back` undoes it.
        """
        self._lit, self._closer = key, closer
        self._show_lit()

    def step_back(self) -> None:
        """The whole page again, where it was left for one place only."""
        self._lit, self._closer = None, False
        self._show_lit()
        if self._came_closer:
            self.fit()

    def _show_lit(self) -> None:
        for name, item in self._fields.items():
            colour = QColor("#FFD54A" if name == self._lit else "transparent")
            colour.setAlpha(90 if name == self._lit else 0)
            item.setBrush(colour)
        lit = self._fields.get(self._lit)
        if lit is None:
            return
        if self._closer and self._come_closer(lit.rect()):
            return
        if not self._fitting:
            self.ensureVisible(lit, 60, 60)

    def _come_closer(self, place: QRectF) -> bool:
        """Zooms in until one line of the place is readable, or the place as wide as the view; False if it is."""
        self._closer = False
        room = self.viewport().width() * 0.94
        wanted = min(READABLE_LINE_PX / place.height(), room / place.width(), 1.0)
        if self.zoom >= wanted * 0.99:
            return False
        was_whole = self._fitting or self._came_closer
        self.zoom_by(wanted / self.zoom)
        self._came_closer = was_whole
        self.centerOn(place.center())
        return True

    @property
    def has_picture(self) -> bool:
        return self._picture is not None

    @property
    def zoom(self) -> float:
        """Screen pixels per picture pixel."""
        return self.transform().m11()

    # ---- zoom

    def zoom_by(self, factor: float, around: QPoint | None = None) -> None:
        """Zooms; what lies at a point of the view, or in its middle, stays there."""
        wanted = max(LEAST_ZOOM, min(MOST_ZOOM, self.zoom * factor))
        self._fitting = self._came_closer = False
        here = around or self.viewport().rect().center()
        held = self.mapToScene(here)
        self.scale(wanted / self.zoom, wanted / self.zoom)
        self._move_by(here - self.mapFromScene(held))

    def zoom_in(self) -> None:
        self.zoom_by(ZOOM_STEP)

    def zoom_out(self) -> None:
        self.zoom_by(1 / ZOOM_STEP)

    def fit(self) -> None:
        """Shows the whole page, and keeps doing so when the window's size changes."""
        self._fitting, self._came_closer = True, False
        self._fit_if_wanted()

    def magnify(self, on: bool) -> None:
        """Shows the picture twice its size beside the pointer."""
        self._magnifying = on
        self._magnifier.setVisible(False)
        if on:
            self._magnify_at(self.viewport().rect().center())

    @property
    def magnifying(self) -> bool:
        return self._magnifying

    def _move_by(self, moved: QPoint) -> None:
        """Moves the paper by so many pixels of the screen, as far as its edges let it."""
        for bar, by in ((self.horizontalScrollBar(), moved.x()), (self.verticalScrollBar(), moved.y())):
            bar.setValue(bar.value() - by)

    def _fit_if_wanted(self) -> None:
        if self._fitting and self._picture is not None:
            self.fitInView(self._picture, Qt.AspectRatioMode.KeepAspectRatio)

    def _magnify_at(self, pointer: QPoint) -> None:
        if self._picture is None:
            return
        at = self.mapToScene(pointer)
        side = round(MAGNIFIER_PX / MAGNIFIED)
        # At small zoom twice the full size would show a few letters only.
        side = max(side, round(side / max(self.zoom * 2, 0.25)) if self.zoom < 0.5 else side)
        place = QRect(round(at.x() - side / 2), round(at.y() - side / 2), side, side)
        self._magnifier.show_at((self._other or self._picture).full.copy(place), pointer)

    # ---- mouse and keys

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_if_wanted()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_by(ZOOM_STEP ** (event.angleDelta().y() / 120), event.position().toPoint())
            event.accept()
        else:
            super().wheelEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() in (Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton):
            self._panned_from = event.position().toPoint()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif event.button() == Qt.MouseButton.LeftButton:
            self._pressed_at = self.mapToScene(event.position().toPoint())
            self._mark_words(QRectF())
        self.setFocus(Qt.FocusReason.MouseFocusReason)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        here = event.position().toPoint()
        if self._panned_from is not None:
            self._move_by(here - self._panned_from)
            self._panned_from = here
        elif self._pressed_at is not None:
            self._mark_words(QRectF(self._pressed_at, self.mapToScene(here)).normalized())
        if self._magnifying:
            self._magnify_at(here)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._panned_from is not None:
            self._panned_from = None
            self.unsetCursor()
        elif self._pressed_at is not None:
            at = self.mapToScene(event.position().toPoint())
            moved = (at - self._pressed_at).manhattanLength() * self.zoom
            self._pressed_at = None
            if moved < QGuiApplication.styleHints().startDragDistance():
                self._click(at)
            elif self._selected:
                self.words_selected.emit(self._selected)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.modifiers() == Qt.KeyboardModifier.ControlModifier and event.key() == Qt.Key.Key_C:
            QGuiApplication.clipboard().setText(self._selected)
        elif event.modifiers() == Qt.KeyboardModifier.ControlModifier and event.key() == Qt.Key.Key_A:
            self._mark_words(self._scene.sceneRect())
        else:
            super().keyPressEvent(event)

    def selected_text(self) -> str:
        """The words selected on the picture, in reading order."""
        return self._selected

    def sizeHint(self) -> QSize:
        return QSize(480, 600)

    def _click(self, at: QPointF) -> None:
        for key, item in self._fields.items():
            if item.rect().contains(at):
                self.light_up(key)
                self.field_clicked.emit(key)
                return

    def _mark_words(self, area: QRectF) -> None:
        for mark in self._marks:
            self._scene.removeItem(mark)
        self._marks.clear()
        chosen = [w for w in self._words if not area.isEmpty() and rect_of(w.box).intersects(area)]
        colour = QColor(theme.LIGHT.accent)
        colour.setAlpha(70)
        for word in chosen:
            mark = self._scene.addRect(rect_of(word.box), QPen(Qt.PenStyle.NoPen), colour)
            mark.setZValue(3)
            self._marks.append(mark)
        self._selected = " ".join(w.text for w in chosen)
