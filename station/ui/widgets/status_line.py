"""The status line: scanner, network, outbox, disk, who is signed in. Always there, never blinking."""

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel

from station.core.errors import N_
from station.ui import icons, parts, theme
from station.ui.language import Language
from station.ui.shown import StatusShown

ICON_PX = 16
# Below this the disk is said to be short: about a day's scanning of one counter (300 A3 sides of 5 MB).
SHORT_DISK_BYTES = 2 << 30


class StatusLine(QFrame):
    """Five short texts, each with an icon; a problem changes icon, word and colour together."""

    def __init__(self, language: Language) -> None:
        super().__init__()
        self.setObjectName("status")
        self._language = language
        self._items: dict[str, tuple[QLabel, QLabel]] = {}
        layout = QHBoxLayout(self)
        layout.setContentsMargins(theme.SPACE_M_PX, 3, theme.SPACE_M_PX, 3)
        layout.setSpacing(theme.SPACE_XS_PX)
        for name in ("scanner", "network", "outbox", "disk", "person"):
            mark, words = QLabel(), parts.label("", "small")
            mark.setFixedWidth(ICON_PX)
            layout.addWidget(mark)
            layout.addWidget(words)
            if name != "person":
                layout.addSpacing(theme.SPACE_L_PX)
            if name == "disk":
                layout.addStretch(1)
            self._items[name] = (mark, words)

    def show_status(self, status: StatusShown) -> None:
        language = self._language
        self._show("scanner", "scanner", status.scanner or language(N_("No scanner")), status.scanner_good)
        if status.place == "training":
            self._show("network", "network-off", language(N_("Training: nothing is sent")), True)
        elif status.place == "demonstration":
            self._show("network", "network", language(N_("Demonstration: warehouse on this PC")), True)
        elif status.network_good is None:
            self._show("network", "network-off", language(N_("No warehouse set")), True)
        elif status.network_good:
            self._show("network", "network", language(N_("Warehouse reached")), True)
        else:
            self._show("network", "network-off", language(N_("Warehouse not reached")), False)
        words = language(
            N_("{waiting} waiting · {failed} failed"),
            waiting=language.number(status.waiting),
            failed=language.number(status.failed),
        )
        self._show("outbox", "outbox" if not status.failed else "warning", words, not status.failed)
        enough = status.free_bytes >= SHORT_DISK_BYTES
        free = language(N_("{size} free"), size=language.size(status.free_bytes))
        self._show("disk", "disk" if enough else "warning", free, enough)
        self._show("person", "person", status.who, True)

    def _show(self, name: str, icon: str, text: str, good: bool) -> None:
        mark, words = self._items[name]
        colours = theme.current()
        mark.setPixmap(icons.pixmap(icon, colours.muted if good else colours.bad, ICON_PX))
        words.setText(text)
        words.setAccessibleName(text)
        words.setStyleSheet("" if good else f"color: {colours.bad}; font-weight: 600;")
