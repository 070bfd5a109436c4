"""The sync screen: every package with how far it is, when it is tried again and why it failed."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFileDialog, QLineEdit, QSpinBox, QStackedWidget, QWidget

from station.core.errors import N_
from station.ui import parts, theme
from station.ui.language import Language
from station.ui.shown import ParcelShown
from station.ui.sync.presenter import SendingWindow, SyncPresenter
from station.ui.widgets.flow import Flow
from station.ui.widgets.rows import Column, Table
from station.ui.widgets.toast import Toasts

LOOK_EVERY_MS = 1500

STATE_WORDS = {"waiting": N_("waiting"), "delivered": N_("delivered"), "refused": N_("refused")}
STATE_ICONS = {"waiting": ("outbox", "muted"), "delivered": ("good", "good"), "refused": ("problem", "bad")}


class SyncView(QWidget):
    """Draws and reports."""

    def __init__(self, presenter: SyncPresenter, language: Language, toasts: Toasts) -> None:
        super().__init__()
        self.setObjectName("ground")
        self._presenter = presenter
        self._language = language
        self._toasts = toasts
        self._parcels: tuple[ParcelShown, ...] = ()
        self._figures = {name: parts.label("0", "figure") for name in ("waiting", "refused", "delivered")}
        self._progress = parts.progress(language(N_("Progress of sending")))
        self._progress_words = parts.label("", "small")
        self._stop = parts.button(language(N_("Stop")), presenter.stop, "stop", "Shift+F5")
        self._table = self._make_table()
        self._detail = parts.label("", "muted", wrap=True)
        self._stack = QStackedWidget()
        self._stack.addWidget(
            parts.empty_state(
                "sync",
                language(N_("The outbox is empty")),
                language(N_("Sealed dossiers wait here and leave by themselves when a network is there.")),
            )
        )
        self._stack.addWidget(self._table)
        layout = parts.column(self._make_head(), gap_px=theme.SPACE_M_PX, margin_px=theme.SPACE_M_PX)
        layout.addWidget(self._stack, 1)
        layout.addWidget(self._detail)
        layout.addWidget(self._make_window())
        self.setLayout(layout)
        self.hide_sending()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        self._timer.start(LOOK_EVERY_MS)

    def _make_head(self) -> QWidget:
        language, presenter = self._language, self._presenter
        row = parts.row(gap_px=theme.SPACE_XL_PX)
        for name, words in (
            ("waiting", N_("packages wait")),
            ("refused", N_("need you")),
            ("delivered", N_("delivered")),
        ):
            row.addLayout(parts.row(self._figures[name], parts.label(language(words), "muted"), gap_px=6))
        progress = parts.column(self._progress_words, self._progress, gap_px=3)
        row.addLayout(progress, 1)
        row.addWidget(self._stop)
        buttons = Flow(
            parts.button(language(N_("Send now")), presenter.send_now, "sync", "F5", primary=True),
            parts.button(language(N_("Export to stick")), self.choose_export, "export", "Ctrl+E"),
            parts.button(language(N_("Take in receipts")), self.choose_receipts, "receipt", "Ctrl+O"),
            parts.button(language(N_("List of the day")), self.choose_list, "reports", "Ctrl+L"),
        )
        row.addLayout(buttons)
        return parts.frame("plain", row)

    def _make_table(self) -> Table:
        language = self._language
        table = Table(
            language(N_("Packages")),
            (
                Column(
                    language(N_("State")),
                    lambda p: language(STATE_WORDS[p.state]),
                    icon=lambda p: STATE_ICONS[p.state],
                    width_px=110,
                ),
                Column(language(N_("Dossier code")), lambda p: p.dossier_code, width_px=190),
                Column(language(N_("Size")), lambda p: language.size(p.size_bytes), number=True, width_px=90),
                Column(language(N_("Sent")), self._share, number=True, width_px=70),
                Column(language(N_("Tries")), lambda p: language.number(p.tries), number=True, width_px=60),
                Column(language(N_("Next try")), lambda p: language.moment_text(p.next_try), width_px=130),
                Column(
                    language(N_("Last problem or receipt")), lambda p: p.problem or p.receipt, width_px=260
                ),
                Column(language(N_("Sealed")), lambda p: language.moment_text(p.queued_at), width_px=130),
            ),
            widest=6,
        )
        table.selectionModel().currentChanged.connect(lambda _now, _before: self._show_detail())
        table.doubleClicked.connect(lambda _index: self._wake())
        return table

    def _share(self, parcel: ParcelShown) -> str:
        share = 100 * parcel.sent_bytes / parcel.size_bytes if parcel.size_bytes else 0
        return f"{self._language.number(share)} %"

    def _make_window(self) -> QWidget:
        language = self._language
        self._since, self._until = QLineEdit(), QLineEdit()
        for edit, name in ((self._since, N_("Sending starts at")), (self._until, N_("Sending ends at"))):
            edit.setAccessibleName(language(name))
            edit.setPlaceholderText(language(N_("any time")))
            edit.setInputMask("")
            edit.setFixedWidth(parts.text_px(edit.placeholderText()))
            edit.editingFinished.connect(self._change_window)
        self._limit = QSpinBox()
        self._limit.setRange(0, 1_000_000)
        self._limit.lineEdit().setTextMargins(theme.SPACE_S_PX, 0, theme.SPACE_S_PX, 0)
        self._limit.setSuffix(" KB/s")
        self._limit.setSpecialValueText(language(N_("no limit")))
        self._limit.setAccessibleName(language(N_("Fastest sending")))
        self._limit.setFixedWidth(parts.text_px("1.000.000 KB/s"))
        self._limit.editingFinished.connect(self._change_window)
        self._pause = parts.button(language(N_("Pause sending")), self._presenter.pause, "pause", "F8")
        self._pause.setCheckable(True)
        self._pause_words = parts.label("", "muted")
        row = parts.row(
            parts.label(language(N_("Send from"))),
            self._since,
            parts.label(language(N_("to"))),
            self._until,
            parts.label(language(N_("at most"))),
            self._limit,
            None,
            self._pause_words,
            self._pause,
        )
        return parts.frame("plain", row)

    # ---- commands

    def commands(self) -> dict[str, Callable[[], object]]:
        return {
            "sync.now": self._presenter.send_now,
            "sync.stop": self._presenter.stop,
            "sync.export": self.choose_export,
            "sync.receipts": self.choose_receipts,
            "sync.list": self.choose_list,
            "sync.pause": self._presenter.pause,
        }

    def entered(self) -> None:
        self._presenter.refresh()
        self._table.setFocus()

    def _look(self) -> None:
        if self.isVisible():
            self._presenter.refresh()

    def choose_export(self) -> None:
        """Asks for the stick's folder."""
        self._choose_folder(N_("Export to stick"), self._presenter.export)

    def choose_receipts(self) -> None:
        self._choose_folder(N_("Take in receipts"), self._presenter.take_receipts)

    def choose_list(self) -> None:
        self._choose_folder(N_("List of the day"), self._presenter.write_list)

    def _choose_folder(self, title: str, use: Callable[[Path], object]) -> None:
        dialog = QFileDialog(self, self._language(title))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(lambda name: use(Path(name)))
        dialog.open()

    def _change_window(self) -> None:
        self._presenter.set_window(
            SendingWindow(self._since.text().strip(), self._until.text().strip(), self._limit.value() * 1024)
        )

    def _wake(self) -> None:
        parcel = self._table.chosen()
        if isinstance(parcel, ParcelShown) and parcel.state != "delivered":
            self._presenter.wake(parcel.package_id)

    def _show_detail(self) -> None:
        parcel = self._table.chosen()
        if not isinstance(parcel, ParcelShown):
            self._detail.setText("")
        elif parcel.state == "refused":
            words = self._language(N_("Double-click or press Send now to try again."))
            self._detail.setText(f"{parcel.problem} {words}")
        else:
            self._detail.setText(parcel.problem or parcel.receipt)

    # ---- what the presenter tells

    def show_parcels(self, parcels: Sequence[ParcelShown]) -> None:
        if parcels == self._parcels:
            return
        self._parcels = tuple(parcels)
        for name, figure in self._figures.items():
            figure.setText(self._language.number(sum(p.state == name for p in parcels)))
        self._table.rows.show(parcels)
        self._stack.setCurrentIndex(1 if parcels else 0)
        self._show_detail()

    def show_sending(self, words: str, done: int, total: int) -> None:
        self._progress.setRange(0, total)
        self._progress.setValue(done)
        self._progress_words.setText(words)
        self._progress.show()
        self._stop.show()

    def hide_sending(self) -> None:
        self._progress.hide()
        self._progress_words.setText("")
        self._stop.hide()

    def show_window(self, window: SendingWindow, paused: bool) -> None:
        self._since.setText(window.since)
        self._until.setText(window.until)
        self._limit.setValue(window.limit_bytes_s // 1024)
        self._pause.setChecked(paused)
        self._pause_words.setText(self._language(N_("Sending is paused.")) if paused else "")

    def say(self, sentence: str) -> None:
        self._toasts.good(sentence)

    def complain(self, sentence: str) -> None:
        self._toasts.problem(sentence)
