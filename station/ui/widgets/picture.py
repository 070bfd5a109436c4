"""A page's picture in halves, quarters and eighths, drawn from the size that fits the zoom.

An A3 side at 300 dpi is 17 million pixels: scaling it for each step of the wheel would block the window
for a tenth of a second. The halves are made once, off the main thread, and only the part in sight is drawn.
"""

from collections.abc import Callable

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QImageReader, QPainter, QPixmap
from PySide6.QtWidgets import QGraphicsItem, QLabel, QStyleOptionGraphicsItem, QWidget
from shiboken6 import isValid

# Below 500 px a picture is small enough to be scaled while drawing.
SMALLEST_LEVEL_PX = 500

# An A3 side at 600 dpi is 70 million pixels (280 MB); Qt refuses more than 256 MB unless told.
QImageReader.setAllocationLimit(600)


def decode(encoded: bytes) -> QImage:
    """An encoded picture (PNG, JPEG …) as an image; null where Qt cannot read it. Any thread.

    By a reader, which lets go of Python's lock: QImage.fromData holds it, and with it the main thread, for the tenth of
    a second that an A3 side takes (PySide 6.11).
    """
    stream = QBuffer()
    stream.setData(QByteArray(encoded))
    stream.open(QIODevice.OpenModeFlag.ReadOnly)
    image = QImageReader(stream).read()
    return image.convertToFormat(QImage.Format.Format_RGB32) if not image.isNull() else image


def halves(image: QImage) -> tuple[QImage, ...]:
    """The image and its halves, each smooth, down to about SMALLEST_LEVEL_PX. Any thread."""
    levels = [image]
    while max(levels[-1].width(), levels[-1].height()) > 2 * SMALLEST_LEVEL_PX:
        last = levels[-1]
        levels.append(
            last.scaled(
                QSize((last.width() + 1) // 2, (last.height() + 1) // 2),
                Qt.AspectRatioMode.IgnoreAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
        )
    return tuple(levels)


class SmallPicture(QLabel):
    """A page as small as a stamp, white until its picture comes; one that comes too late is let go."""

    def __init__(self, name: str, fetch: Callable[[Callable[[QImage], None]], object]) -> None:
        super().__init__()
        self.setFixedSize(46, 60)
        self.setStyleSheet("background: #FFFFFF; border: 1px solid #7D8896;")
        self.setAccessibleName(name)
        fetch(self._show)

    def _show(self, image: QImage) -> None:
        if isValid(self) and not image.isNull():
            small = image.scaled(
                self.size(), Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            )
            self.setPixmap(QPixmap.fromImage(small))


class PictureItem(QGraphicsItem):
    """The picture in a scene, in pixels of its full size."""

    def __init__(self, levels: tuple[QImage, ...]) -> None:
        super().__init__()
        self._levels = levels
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)

    @property
    def full(self) -> QImage:
        """The picture in its full size."""
        return self._levels[0]

    def boundingRect(self) -> QRectF:
        return QRectF(0, 0, self.full.width(), self.full.height())

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        zoom = option.levelOfDetailFromTransform(painter.worldTransform())
        number = 0
        while number + 1 < len(self._levels) and zoom <= 0.5 ** (number + 1) * 1.05:
            number += 1
        level = self._levels[number]
        seen = option.exposedRect.intersected(self.boundingRect())
        across, down = level.width() / self.full.width(), level.height() / self.full.height()
        part = QRectF(seen.x() * across, seen.y() * down, seen.width() * across, seen.height() * down)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, zoom < 4)
        painter.drawImage(seen, level, part)

    def cut(self, place: QRect) -> QImage:
        """The part of the full picture within `place`."""
        return self.full.copy(place.intersected(self.full.rect()))
