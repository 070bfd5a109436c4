"""The station's own icons, drawn in the theme's colours.

The files are SVG with `currentColor`; Qt knows no such colour, so the text is replaced before drawing.
"""

from functools import cache
from importlib.resources import files

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

# Twice and three times the usual 20 px, so that icons stay sharp at 200 % and 300 %.
_SIZES_PX = (20, 40, 60)


@cache
def _drawing(name: str) -> str:
    return (files("resources") / "icons" / f"{name}.svg").read_text(encoding="utf-8")


@cache
def pixmap(name: str, colour: str, size_px: int) -> QPixmap:
    """An icon as a picture of `size_px` × `size_px` in the colour `#RRGGBB`."""
    renderer = QSvgRenderer(QByteArray(_drawing(name).replace("currentColor", colour).encode()))
    picture = QPixmap(size_px, size_px)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    renderer.render(painter, QRectF(0, 0, size_px, size_px))
    painter.end()
    return picture


@cache
def icon(name: str, colour: str, off_colour: str | None = None) -> QIcon:
    """An icon in one colour, greyed by Qt when disabled; `off_colour` colours it while not checked."""
    made = QIcon()
    for size_px in _SIZES_PX:
        if off_colour:
            made.addPixmap(pixmap(name, colour, size_px), QIcon.Mode.Normal, QIcon.State.On)
            made.addPixmap(pixmap(name, off_colour, size_px), QIcon.Mode.Normal, QIcon.State.Off)
        else:
            made.addPixmap(pixmap(name, colour, size_px))
    return made
