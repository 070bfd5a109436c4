"""A quick look at how a paper lies, over the screen; any key takes it away."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QPixmap
from PySide6.QtWidgets import QLabel, QWidget

from station.core.errors import N_
from station.ui import parts, theme
from station.ui.language import Language
from station.ui.widgets.overlays import Overlay
from station.ui.widgets.picture import decode

HEIGHT_PX = 600


class PreviewOverlay(Overlay):
    """Shows one side; nothing of it is kept."""

    def __init__(self, window: QWidget, language: Language, picture: bytes) -> None:
        title = language(N_("A look before scanning; nothing of it is kept"))
        super().__init__(window, title)
        shown = QLabel()
        shown.setAlignment(Qt.AlignmentFlag.AlignCenter)
        shown.setAccessibleName(title)
        height = min(HEIGHT_PX, window.height() - 8 * theme.SPACE_XL_PX)
        image = decode(picture)
        if not image.isNull():
            smooth = Qt.TransformationMode.SmoothTransformation
            shown.setPixmap(QPixmap.fromImage(image.scaledToHeight(height, smooth)))
        close = parts.tool(language(N_("Close")), self.leave, "close", "Esc")
        head = parts.row(parts.label(title, "title"), None, close)
        self.setLayout(parts.column(head, shown, margin_px=theme.SPACE_M_PX))
        self.open_at(max(620, image.width() * height // max(1, image.height()) + 60), height + 100)
        close.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self.leave()
