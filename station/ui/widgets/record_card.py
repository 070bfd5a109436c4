"""The record card: whose dossier this is, why, what it must hold, and how many sheets came."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QPushButton, QSpinBox, QWidget

from station.core.errors import N_
from station.ui import parts, theme
from station.ui.commands import get
from station.ui.language import Language
from station.ui.shown import (
    ComponentShown,
    CountsShown,
    DossierShown,
    OfferShown,
    RecordShown,
    RescanShown,
)
from station.ui.widgets.picture import SmallPicture

# Icon and colour of each outcome; the word stands beside it.
_OUTCOMES = {"digitised": ("good", "good"), "reused": ("reused", "good"), "missing": ("missing", "warn")}

STATE_WORDS = {
    "open": N_("being put together"),
    "ready": N_("ready to seal"),
    "returned": N_("rescan asked for"),
    "sealed": N_("sealed"),
    "delivered": N_("delivered"),
}
STATE_CHIPS = {"open": "plain", "ready": "good", "returned": "warn", "sealed": "good", "delivered": "good"}
UNDATED = N_("without a date")
ELSEWHERE = N_("at the warehouse, from {place}")
STAGE_WORDS = {"intake": N_("Intake dossier"), "result": N_("Result")}


class RecordCard(QFrame):
    """Left column of the scan screen."""

    searched = Signal(str)
    record_chosen = Signal(str)
    sheets_typed = Signal(int)
    offer_taken = Signal(object)
    rescan_finished = Signal(int)

    def __init__(
        self, language: Language, thumbnail: Callable[[int, Callable[[QImage], None]], object]
    ) -> None:
        """Args: thumbnail: fetches a small picture of a page."""
        super().__init__()
        self.setObjectName("card")
        self._language = language
        self._thumbnail = thumbnail
        self._offers: tuple[OfferShown, ...] = ()
        self._dossier: DossierShown | None = None
        self._find = QLineEdit()
        self._find.setPlaceholderText(language(N_("Code, name, ID number, parcel")))
        self._find.setAccessibleName(language(N_("Find the record")))
        self._find.setClearButtonEnabled(True)
        self._find.textEdited.connect(self.searched)
        self._find.installEventFilter(self)
        self._found = QListWidget()
        self._found.setAccessibleName(language(N_("Records found")))
        self._found.setWordWrap(True)
        self._found.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._found.setMaximumHeight(190)
        self._found.itemActivated.connect(lambda _item: self._choose())
        self._found.itemClicked.connect(lambda _item: self._choose())
        self._found.hide()
        self._sheets = QSpinBox()
        self._sheets.setRange(0, 9999)
        self._sheets.lineEdit().setTextMargins(theme.SPACE_S_PX, 0, theme.SPACE_S_PX, 0)
        self._sheets.setAccessibleName(language(N_("Sheets you counted")))
        self._sheets.installEventFilter(self)
        self._sheets_frame = parts.frame(
            "plain", parts.row(parts.label(language(N_("Sheets you counted"))), self._sheets)
        )
        self._sheets_frame.hide()
        self._body = parts.column(gap_px=theme.SPACE_S_PX)
        self._area = parts.scrolling(self._body, language(N_("Record")))
        self._counts = parts.label("", "figure")
        self._count_words = parts.label("", "small", wrap=True)
        foot = parts.column(self._sheets_frame, parts.row(self._counts, self._count_words), gap_px=4)
        foot.itemAt(1).layout().setStretch(1, 1)  # type: ignore[union-attr]
        layout = parts.column(self._find, self._found, margin_px=theme.SPACE_M_PX)
        layout.addWidget(self._area, 1)
        layout.addLayout(foot)
        self.setLayout(layout)
        self.show_dossier(None, 0, 0)
        self.show_counts(CountsShown())

    # ---- shown

    def show_dossier(
        self, dossier: DossierShown | None, number: int, count: int, keep_offers: bool = False
    ) -> None:
        """The dossier in hand, `number` of `count` in the pile."""
        self._number = (number, count)
        if dossier is not None and dossier == self._dossier and self._body.count():
            return
        same = dossier is not None and self._dossier is not None
        if not keep_offers and not (same and dossier.dossier_id == self._dossier.dossier_id):  # type: ignore[union-attr]
            self._offers = ()
        self._dossier = dossier
        parts.clear(self._body)
        language = self._language
        if dossier is None:
            self._body.addWidget(parts.label(language(N_("No dossier yet")), "title"))
            self._body.addWidget(
                parts.label(
                    language(
                        N_("Put the pile in the feeder and press F5. A receipt on top finds the record.")
                    ),
                    "muted",
                    wrap=True,
                )
            )
            self._body.addStretch(1)
            return
        if count > 1:
            words = language(N_("Dossier {number} of {count}"), number=number, count=count)
            self._body.addWidget(parts.label(words, "small"))
        self._body.addWidget(self._selectable(parts.breakable(dossier.code), "title"))
        chips = parts.row(
            parts.chip(
                language(STATE_WORDS.get(dossier.state, dossier.state)),
                STATE_CHIPS.get(dossier.state, "plain"),
            ),
            None,
        )
        self._body.addLayout(chips)
        self._add_record(dossier)
        self._add_rescans(dossier.rescans)
        self._add_sentences(N_("Tell the citizen"), dossier.noticed)
        self._add_offers()
        self._add_checklist(dossier.components)
        self._add_sentences(N_("Still to do"), dossier.open_points)
        self._body.addStretch(1)

    def _selectable(self, text: str, role: str) -> QWidget:
        made = parts.label(text, role, wrap=True)
        made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return made

    def _add_record(self, dossier: DossierShown) -> None:
        language, record = self._language, dossier.record
        if record is None:
            self._body.addWidget(
                parts.label(language(N_("No record is chosen. Find it above.")), "warn", wrap=True)
            )
            return
        self._body.addWidget(self._selectable(record.applicant_name, "strong"))
        for name, value in (
            (N_("ID number"), record.applicant_id),
            (N_("Born"), record.date_of_birth),
            (N_("Parcel"), record.parcel_no and f"{record.parcel_no} / {record.map_sheet}"),
            (N_("Commune"), record.commune),
            (N_("Due"), record.due_at),
        ):
            if value:
                beside = parts.column if parts.large_texts() else parts.row
                line = beside(parts.label(language(name), "muted"), self._selectable(value, ""))
                line.setStretch(1, 1)
                self._body.addLayout(line)
        self._body.addWidget(parts.label(record.procedure_name, "small", wrap=True))
        for reason in record.reasons[:3]:
            self._body.addWidget(parts.label("· " + reason, "small", wrap=True))

    def _add_checklist(self, components: Sequence[ComponentShown]) -> None:
        if not components:
            return
        language, colours = self._language, theme.current()
        done = sum(c.outcome != "missing" for c in components)
        head = language(N_("Papers: {done} of {count}"), done=done, count=len(components))
        self._body.addWidget(parts.label(head, "strong", wrap=True))
        for component in components:
            icon, role = _OUTCOMES[component.outcome]
            if component.outcome == "missing" and component.duty != "required":
                icon, role = "exempt", "muted"
            words = {
                "digitised": N_("digitised"),
                "reused": N_("reused"),
                "missing": N_("missing") if component.duty == "required" else N_("optional"),
            }[component.outcome]
            if component.outcome == "missing" and component.duty == "exempt":
                words = N_("not needed")
            mark = parts.picture(icon, getattr(colours, role), 18)
            name = parts.label(component.name, wrap=True)
            state = parts.label(language(words), "small")
            line = parts.row(mark, parts.column(name, state, gap_px=0), gap_px=theme.SPACE_S_PX)
            line.setStretch(1, 1)
            line.setAlignment(mark, Qt.AlignmentFlag.AlignTop)
            self._body.addLayout(line)

    def _add_rescans(self, rescans: Sequence[RescanShown]) -> None:
        """What was sent back: why, by whom, and the way out when the paper was right after all."""
        language = self._language
        for task in rescans:
            where = language(N_("Page {number} of {document}"), number=task.number, document=task.document)
            said = " · ".join(x for x in (task.reason, task.note, task.asked_by) if x)
            words = parts.column(
                parts.label(language(N_("Scan again")), "warn"),
                parts.label(where if task.number else task.dossier_code, wrap=True),
                parts.label(said, "small", wrap=True),
                gap_px=0,
            )
            done = parts.tool(
                language(N_("Settled: nothing to scan again")),
                partial(self.rescan_finished.emit, task.task_id),
                "good",
            )
            line = parts.row(parts.picture("rescan", theme.current().warn, 18), words, done)
            line.setStretch(1, 1)
            self._body.addLayout(line)

    def show_offers(self, dossier_id: int, offers: Sequence[OfferShown]) -> None:
        """Papers the office already holds, each with its date and picture."""
        if self._dossier is not None and self._dossier.dossier_id == dossier_id:
            self._offers = tuple(offers)
            shown, self._dossier = self._dossier, None
            number, count = self._number
            self.show_dossier(shown, number, count, keep_offers=True)

    def _add_offers(self) -> None:
        if not self._offers:
            return
        language = self._language
        head = parts.with_key(language(N_("Held already")), get("scan.reuse").key)
        self._body.addWidget(parts.label(head, "strong", wrap=True))
        for offer in self._offers[:6]:
            dated = language(N_("of {date}"), date=offer.issued_on) if offer.issued_on else language(UNDATED)
            words = parts.column(
                parts.label(offer.title, wrap=True), parts.label(dated, "small", wrap=True), gap_px=0
            )
            if offer.page_id is None:
                words.addWidget(parts.label(language(ELSEWHERE, place=offer.place), "small", wrap=True))
            take = parts.button(language(N_("Reuse")), partial(self.offer_taken.emit, offer), "reused")
            take.setAccessibleName(language(N_("Reuse {paper}, {dated}"), paper=offer.title, dated=dated))
            take.setToolTip(offer.reason)
            take.setProperty("offer", True)
            words.addLayout(parts.row(take, None))
            line = parts.row(words)
            if offer.page_id is not None:
                fetch = partial(self._thumbnail, offer.page_id)
                line.insertWidget(0, SmallPicture(offer.title, fetch), 0, Qt.AlignmentFlag.AlignTop)
            line.setStretch(line.count() - 1, 1)
            self._body.addLayout(line)

    def focus_offer(self) -> bool:
        """Puts the cursor on the first paper that can be reused; False where none is, or it stands on one already."""
        buttons = [b for b in self.findChildren(QPushButton) if b.property("offer")]
        if not buttons or any(b.hasFocus() for b in buttons):
            return False
        buttons[0].setFocus()
        self._area.ensureWidgetVisible(buttons[0])
        return True

    def _add_sentences(self, title: str, sentences: Sequence[str]) -> None:
        if not sentences:
            return
        self._body.addWidget(parts.label(self._language(title), "strong", wrap=True))
        for sentence in sentences:
            self._body.addWidget(parts.label("· " + sentence, "warn", wrap=True))

    def show_counts(self, counts: CountsShown) -> None:
        """The number of sheets, large; sides, pages and blanks beside it."""
        self._counts.setText(self._language.number(counts.sheets))
        self._counts.setAccessibleName(self._language(N_("{count} sheets"), count=counts.sheets))
        self._count_words.setText(
            self._language(
                N_("sheets · {sides} sides · {pages} pages · {blanks} blank"),
                sides=counts.sides,
                pages=counts.pages,
                blanks=counts.blanks,
            )
        )

    def show_records(self, records: Sequence[RecordShown]) -> None:
        """Records found, best first; Enter takes the first."""
        self._found.clear()
        for record in records:
            words = f"{record.applicant_name} · {record.dossier_code}"
            detail = " · ".join(
                x for x in (record.date_of_birth, record.parcel_no, record.commune, *record.reasons[:1]) if x
            )
            item = QListWidgetItem(f"{words}\n{detail}")
            item.setData(Qt.ItemDataRole.UserRole, record.dossier_code)
            self._found.addItem(item)
        self._found.setVisible(bool(records))
        self._found.setCurrentRow(0)

    def ask_sheets(self, number: int) -> None:
        """Asks for the number of sheets in the operator's hand; `number` stands there to begin with."""
        self._sheets_frame.show()
        self._sheets.setValue(number)
        self._sheets.setFocus()
        self._sheets.selectAll()

    def hide_sheets(self) -> None:
        self._sheets_frame.hide()

    def focus_record(self) -> None:
        self._find.setFocus()
        self._find.selectAll()

    # ---- keys

    def _choose(self) -> None:
        item = self._found.currentItem()
        if item is not None:
            self._found.hide()
            self._find.clear()
            self.record_chosen.emit(str(item.data(Qt.ItemDataRole.UserRole)))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers() & (
            Qt.KeyboardModifier.ControlModifier
        )
        if watched is self._sheets and enter:
            self._sheets_frame.hide()
            self.sheets_typed.emit(self._sheets.value())
            return True
        if watched is self._find and not self._found.isHidden():
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if step is not None:
                last = self._found.count() - 1
                self._found.setCurrentRow(max(0, min(last, self._found.currentRow() + step)))
                return True
            if enter:
                self._choose()
                return True
            if event.key() == Qt.Key.Key_Escape:
                self._found.hide()
                return True
        return False
