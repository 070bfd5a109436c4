"""Files dropped on the scan screen, and what lies on the clipboard: taken in as if they had been chosen."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QEvent, QIODevice, QMimeData, QObject
from PySide6.QtGui import QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QWidget

Take = Callable[[Sequence[Path]], object]


class FileDrops(QObject):
    """Listens to a screen; what its inner parts do not want themselves arrives here."""

    def __init__(self, screen: QWidget, take: Take) -> None:
        super().__init__(screen)
        self._take = take
        screen.setAcceptDrops(True)
        screen.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # Entering and moving are drops too, to Qt.
        if not isinstance(event, QDropEvent) or not files_of(event.mimeData()):
            return False
        event.acceptProposedAction()
        if event.type() == QEvent.Type.Drop:
            self._take(files_of(event.mimeData()))
        return True


def files_of(carried: QMimeData) -> list[Path]:
    """The local files and folders that are carried."""
    return [Path(url.toLocalFile()) for url in carried.urls() if url.isLocalFile()]


def pasted() -> list[Path] | Callable[[], bytes] | None:
    """What lies on the clipboard: files, what makes a PNG of the picture there, or nothing to take in.

    A photograph takes a second to encode: that is for another thread.
    """
    carried = QGuiApplication.clipboard().mimeData()
    if found := files_of(carried):
        return found
    image = QGuiApplication.clipboard().image()
    return None if image.isNull() else lambda: _png(image)


def _png(image: QImage) -> bytes:
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # the stub knows no format as text
    return bytes(content.data())
