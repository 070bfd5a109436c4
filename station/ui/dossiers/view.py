"""The dossiers screen: a search field, chips of states, the table, the chosen dossier beside it."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QComboBox, QFileDialog, QLayout, QLineEdit, QPushButton, QStackedWidget, QWidget

from station.core.errors import N_
from station.ui import parts, theme
from station.ui.dossiers.presenter import (
    PERIODS,
    STATES,
    DossierDetail,
    DossiersPresenter,
    FilterChoices,
    Filters,
    Found,
)
from station.ui.language import Language
from station.ui.pictures import Pictures
from station.ui.shown import FoundDocumentShown, FoundShown
from station.ui.widgets.flow import Flow
from station.ui.widgets.pdf_viewer import PdfViewer
from station.ui.widgets.picture import SmallPicture
from station.ui.widgets.record_card import STAGE_WORDS, STATE_CHIPS, STATE_WORDS
from station.ui.widgets.rows import Column, Table
from station.ui.widgets.toast import Toasts

# Short enough to feel immediate, long enough not to ask for every letter of a fast typist.
TYPING_PAUSE_MS = 120
# Wide enough for the words of its buttons, also at 200 %.
DETAIL_PX, LARGE_DETAIL_PX = 330, 410

STATE_ICONS = {
    "open": ("page", "muted"),
    "ready": ("good", "good"),
    "returned": ("rescan", "warn"),
    "sealed": ("seal", "accent"),
    "delivered": ("receipt", "good"),
}


class DossiersView(QWidget):
    """Draws and reports."""

    def __init__(
        self, presenter: DossiersPresenter, pictures: Pictures, language: Language, toasts: Toasts
    ) -> None:
        super().__init__()
        self.setObjectName("ground")
        self._presenter = presenter
        self._pictures = pictures
        self._language = language
        self._toasts = toasts
        self._typed = QLineEdit(presenter.text)
        self._typed.setPlaceholderText(
            language(N_("Search codes, names and every recognised word, with or without tones"))
        )
        self._typed.setAccessibleName(language(N_("Search dossiers")))
        self._typed.setClearButtonEnabled(True)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(TYPING_PAUSE_MS)
        self._pause.timeout.connect(lambda: presenter.search(self._typed.text()))
        self._typed.textEdited.connect(lambda _text: self._pause.start())
        self._chips = {state: self._make_chip(state) for state in STATES}
        self._count = parts.label("", "muted")
        head = parts.row(self._typed)
        head.setStretch(0, 1)
        self._branches, self._procedures, self._periods = self._make_filters()
        narrow = Flow(*self._chips.values(), self._branches, self._procedures, self._periods, self._count)
        self._table = self._make_table()
        self._stack = QStackedWidget()
        self._stack.addWidget(
            parts.empty_state(
                "dossiers",
                language(N_("No dossier found")),
                language(
                    N_("Type fewer letters, choose fewer states, or scan the first pile (Ctrl+1, then F5).")
                ),
            )
        )
        self._stack.addWidget(self._table)
        self._detail = parts.column(gap_px=theme.SPACE_S_PX, margin_px=theme.SPACE_M_PX)
        area = self._make_detail_area()
        left = parts.column(head, narrow)
        left.addWidget(self._stack, 1)
        body = parts.row(gap_px=theme.SPACE_M_PX, margin_px=theme.SPACE_M_PX)
        body.addLayout(left, 1)
        body.addWidget(area)
        self.setLayout(body)

    def _make_chip(self, state: str) -> QPushButton:
        made = QPushButton(self._language(STATE_WORDS[state]))
        made.setCheckable(True)
        made.setChecked(state in self._presenter.filters.states)
        made.setAccessibleName(self._language(STATE_WORDS[state]))
        made.setToolTip(self._language(N_("Show only dossiers in this state")))
        made.clicked.connect(lambda _checked: self._narrow())
        return made

    def _make_filters(self) -> tuple[QComboBox, QComboBox, QComboBox]:
        language = self._language
        boxes = QComboBox(), QComboBox(), QComboBox()
        for box, name in zip(boxes, (N_("Branch"), N_("Procedure"), N_("Opened")), strict=True):
            box.setAccessibleName(language(name))
            box.setToolTip(language(name))
            box.setMaximumWidth(300)
            box.activated.connect(lambda _number: self._narrow())
        boxes[0].addItem(language(N_("all branches")), "")
        boxes[1].addItem(language(N_("all procedures")), "")
        for words, days in PERIODS:
            boxes[2].addItem(language(words), days)
        return boxes

    def _narrow(self) -> None:
        days = self._periods.currentData()
        self._presenter.narrow(
            Filters(
                tuple(state for state, chip in self._chips.items() if chip.isChecked()),
                str(self._branches.currentData()),
                str(self._procedures.currentData()),
                None if days is None else date.today() - timedelta(days=days),
            )
        )

    def show_filters(self, filters: Filters, choices: FilterChoices) -> None:
        for box, chosen, rows in (
            (self._branches, filters.branch, [(b, b) for b in choices.branches]),
            (self._procedures, filters.procedure, choices.procedures),
        ):
            while box.count() > 1:
                box.removeItem(1)
            for key, words in rows:
                box.addItem(words, key)
            box.setCurrentIndex(max(0, box.findData(chosen)))

    def _make_table(self) -> Table:
        language = self._language
        table = Table(
            language(N_("Dossiers")),
            (
                Column(language(N_("Dossier code")), lambda r: r.code, width_px=190),
                Column(language(N_("Applicant")), lambda r: r.applicant_name, width_px=170),
                Column(language(N_("Procedure")), lambda r: r.procedure_name, width_px=200),
                Column(
                    language(N_("State")),
                    lambda r: language(STATE_WORDS.get(r.state, r.state)),
                    icon=lambda r: STATE_ICONS.get(r.state, ("page", "muted")),
                    width_px=175,
                ),
                Column(
                    language(N_("Stage")), lambda r: language(STAGE_WORDS.get(r.stage, r.stage)), width_px=120
                ),
                Column(language(N_("Opened")), lambda r: language.moment_text(r.updated_at), width_px=130),
            ),
            widest=2,
        )
        table.selectionModel().currentChanged.connect(lambda _now, _before: self._choose())
        table.doubleClicked.connect(lambda _index: self._presenter.to_scan())
        table.rows.row_missing.connect(self._presenter.want)
        return table

    def _make_detail_area(self) -> QWidget:
        area = parts.scrolling(self._detail, self._language(N_("The chosen dossier")))
        card = parts.frame("card", parts.column(area))
        card.setFixedWidth(LARGE_DETAIL_PX if parts.large_texts() else DETAIL_PX)
        return card

    def _choose(self) -> None:
        row = self._table.chosen()
        if isinstance(row, FoundShown):
            self._presenter.choose(row.dossier_id)

    # ---- commands

    def commands(self) -> dict[str, Callable[[], object]]:
        return {
            "dossiers.search": self.focus_search,
            "dossiers.open_pdf": self._presenter.open_pdf,
            "dossiers.pdf_outside": lambda: self._presenter.open_pdf(outside=True),
            "dossiers.separator": self.choose_separator_file,
            "dossiers.to_scan": self._presenter.to_scan,
        }

    def focus_search(self) -> None:
        self._typed.setFocus()
        self._typed.selectAll()

    def choose_separator_file(self) -> None:
        """Asks where the separator's PDF is written."""
        row = self._table.chosen()
        if isinstance(row, FoundShown):
            dialog = QFileDialog(
                self, self._language(N_("Print the separator again")), f"{row.code}.pdf", "*.pdf"
            )
            dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
            dialog.setDefaultSuffix("pdf")
            dialog.fileSelected.connect(lambda name: self._presenter.reprint_separator(Path(name)))
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.open()

    def show_pdf(self, title: str, path: str) -> None:
        PdfViewer(self.window(), self._language, self._pictures, title, path, lambda: self.open_file(path))

    def say(self, sentence: str) -> None:
        self._toasts.good(sentence)

    def entered(self) -> None:
        self._presenter.refresh()
        self._presenter.find_choices()
        self.focus_search()

    # ---- what the presenter tells

    def show_search(self, text: str) -> None:
        self._typed.setText(text)
        for chip in self._chips.values():
            chip.setChecked(False)

    def show_found(self, found: Found, more: bool) -> None:
        chosen = self._table.chosen()
        self._table.rows.show_fetched(len(found), found.row)
        self._stack.setCurrentIndex(1 if len(found) else 0)
        words = N_("{count} dossiers and more") if more else N_("{count} dossiers")
        self._count.setText(self._language(words, count=self._language.number(len(found))))
        if not len(found):
            self.show_detail(None)
            return
        at = found.position(chosen.dossier_id) if chosen is not None else None
        self._table.selectRow(at or 0)

    def show_block(self, first: int, last: int) -> None:
        self._table.rows.came(first, last)
        if first <= self._table.currentIndex().row() <= last:
            self._choose()

    def show_detail(self, detail: DossierDetail | None) -> None:
        parts.clear(self._detail)
        language = self._language
        if detail is None:
            self._detail.addWidget(
                parts.label(language(N_("Choose a dossier to see its papers.")), "muted", wrap=True)
            )
            self._detail.addStretch(1)
            return
        self._detail.addWidget(parts.label(parts.breakable(detail.code), "title", wrap=True))
        state = parts.chip(
            language(STATE_WORDS.get(detail.state, detail.state)), STATE_CHIPS.get(detail.state, "plain")
        )
        self._detail.addLayout(parts.row(state, None))
        for words, role in ((detail.applicant_name, "strong"), (detail.procedure_name, "small")):
            if words:
                self._detail.addWidget(parts.label(words, role, wrap=True))
        words = N_("Open on the scan screen") if detail.editable else N_("Open a new version")
        self._detail.addWidget(parts.button(language(words), self._presenter.to_scan, "scan", "Ctrl+Return"))
        self._detail.addWidget(
            parts.button(language(N_("Print the separator again")), self.choose_separator_file, "page")
        )
        if detail.awaits_serial:
            self._detail.addLayout(self._ask_serial())
        for sentence in detail.open_points:
            self._detail.addWidget(parts.label("· " + sentence, "warn", wrap=True))
        self._detail.addWidget(parts.label(language(N_("Papers")), "strong"))
        for number, document in enumerate(detail.documents):
            self._detail.addWidget(self._document(number, document))
        self._add_history(detail)
        self._detail.addStretch(1)

    def _ask_serial(self) -> QLayout:
        typed = QLineEdit()
        typed.returnPressed.connect(lambda: self._presenter.type_result(typed.text()))
        hint = N_("No new paper is made: type the serial, then Enter. Nothing is scanned.")
        name = self._language(N_("Result noted on certificate no."))
        return parts.asked(name, typed, self._language(hint))

    def _document(self, number: int, document: FoundDocumentShown) -> QWidget:
        language = self._language
        words = parts.column(
            parts.label(document.title, wrap=True),
            parts.label(parts.pages(language, document.pages), "small"),
            gap_px=0,
        )
        row = parts.row()
        if document.page_ids:
            fetch = partial(self._pictures.thumbnail, document.page_ids[0])
            row.addWidget(SmallPicture(document.title, fetch))
        row.addLayout(words, 1)
        if document.pdf:
            name = language(N_("Open the PDF of {title}"), title=document.title)
            row.addWidget(parts.tool(name, lambda: self._presenter.open_pdf(number), "pdf"))
        return parts.frame("plain", row)

    def _add_history(self, detail: DossierDetail) -> None:
        language = self._language
        self._detail.addWidget(parts.label(language(N_("Who did what")), "strong"))
        for line in detail.history[:30]:
            words = f"{language.moment_text(line.at)} · {line.who}"
            self._detail.addLayout(
                parts.column(parts.label(line.what, wrap=True), parts.label(words, "small"), gap_px=0)
            )

    def open_file(self, path: str) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(path).resolve())))

    def complain(self, sentence: str) -> None:
        self._toasts.problem(sentence)
