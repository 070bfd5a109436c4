"""The scan screen: record card left, page strip, page with the places of fields, fields right."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QImage, QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QMenu,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QToolButton,
    QWidget,
)

from station.core.errors import N_
from station.ui import parts, theme
from station.ui.commands import get
from station.ui.language import Language
from station.ui.pictures import Pictures
from station.ui.scan.choices import ScanChoices
from station.ui.scan.office import Edit
from station.ui.scan.page_panel import PagePanel
from station.ui.shown import (
    CountsShown,
    DocumentShown,
    DossierShown,
    OfferShown,
    PageShown,
    RecordShown,
    RescanShown,
    SourceShown,
    WordShown,
)
from station.ui.widgets.field_panel import FieldPanel
from station.ui.widgets.record_card import STAGE_WORDS, RecordCard
from station.ui.widgets.thumbnails import PageStrip
from station.ui.widgets.toast import Toasts

if TYPE_CHECKING:
    from station.ui.scan.presenter import ScanPresenter

# At 1366 px: rail 84, card 268, strip 250, fields 272; the rest, about 450 px, is the page.
CARD_PX, STRIP_PX, FIELDS_PX = 268, 250, 272


class ScanView(QWidget):
    """Draws and reports; every decision is the presenter's."""

    def __init__(
        self, presenter: "ScanPresenter", pictures: Pictures, language: Language, toasts: Toasts
    ) -> None:
        super().__init__()
        self.setObjectName("ground")
        self._presenter = presenter
        self._pictures = pictures
        self._language = language
        self._toasts = toasts
        self._dossier: DossierShown | None = None
        self._has_pages = False
        self._progress = parts.progress(language(N_("Progress of scanning and reading")))
        self._progress_words = parts.label("", "small")
        self._bar = self._make_bar()
        self._card = RecordCard(language, pictures.thumbnail)
        self._sent_back = [parts.button("", presenter.choose_rescan, "rescan", "Ctrl+T") for _ in range(2)]
        self._card.layout().insertWidget(0, self._sent_back[0])  # type: ignore[union-attr]
        self._strip = PageStrip(language)
        self._panel = PagePanel(pictures, language, self.edit_pages)
        self._fields = FieldPanel(language)
        self._split = self._make_split()
        self._begin = parts.button(self._title("scan.start"), presenter.start, "scan", "F5", primary=True)
        self._empty = parts.empty_state(
            "scan",
            language(N_("Ready for the first pile")),
            language(
                N_(
                    "Put the dossier in the feeder, the receipt or separator on top, and press F5. Pages appear here."
                )
            ),
            self._begin,
            parts.button(self._title("scan.files"), self.choose_files, "folder", "Ctrl+O"),
            self._sent_back[1],
        )
        self._choices = ScanChoices(self, presenter, self._strip, language)
        layout = parts.column(self._bar, gap_px=theme.SPACE_S_PX, margin_px=theme.SPACE_S_PX)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._split)
        layout.addWidget(self._stack, 1)
        self.setLayout(layout)
        self._connect()
        self.hide_progress()

    # ---- building

    def _title(self, command: str) -> str:
        return self._language(get(command).title)

    def _make_bar(self) -> QFrame:
        presenter, language = self._presenter, self._language
        self._sources = QComboBox()
        self._sources.setAccessibleName(language(N_("Scanner or folder")))
        self._sources.setMinimumWidth(180)
        self._sources.setMaximumWidth(240)
        self._sources.activated.connect(
            lambda number: presenter.choose_source(str(self._sources.itemData(number)))
        )
        self._start = parts.button(language(N_("Scan")), presenter.start, "scan", "F5", primary=True)
        self._stop = parts.button(language(N_("Stop")), presenter.stop, "stop", get("scan.stop").key)
        self._confirm = parts.button(language(N_("Confirm")), presenter.confirm, "good", "Return")
        self._seal = parts.button(language(N_("Seal")), presenter.seal, "seal", "Ctrl+Return")
        self._stage = QPushButton()
        self._stage.setToolTip(parts.with_key(self._title("scan.stage"), "F7"))
        self._stage.clicked.connect(lambda _checked=False: presenter.change_stage())
        files = parts.tool(self._title("scan.files"), self.choose_files, "folder", "Ctrl+O")
        self._edit = QPushButton(language(N_("Pages")) + "     ")
        self._edit.setAccessibleName(language(N_("Change pages and documents")))
        self._edit.setToolTip(language(N_("Change pages and documents")))
        self._edit_menu = QMenu(self._edit)
        self._edit.setMenu(self._edit_menu)
        words = parts.column(self._progress_words, self._progress, gap_px=3)
        bar = parts.row(self._sources, files, self._start, self._stop, self._stage)
        large = parts.large_texts()
        second = parts.row() if large else bar
        bar.addStretch(int(large))
        second.addLayout(words, 1)
        for part in (self._edit, self._confirm, self._seal):
            second.addWidget(part)
        return parts.frame("plain", parts.column(bar, second) if large else bar)

    def _make_split(self) -> QSplitter:
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        for part, width, grows in (
            (self._card, CARD_PX, 0),
            (self._strip, STRIP_PX, 0),
            (self._panel, 420, 1),
            (self._fields, FIELDS_PX, 0),
        ):
            split.addWidget(part)
            split.setStretchFactor(split.count() - 1, grows)
            part.setMinimumWidth(min(width, 240))
        split.setSizes([CARD_PX, STRIP_PX, 480, FIELDS_PX])
        return split

    def _connect(self) -> None:
        presenter = self._presenter
        self._card.searched.connect(presenter.find_record)
        self._card.record_chosen.connect(presenter.choose_record)
        self._card.sheets_typed.connect(self._sheets_typed)
        self._card.offer_taken.connect(presenter.take_offer)
        self._card.rescan_finished.connect(presenter.finish_rescan)
        self._strip.page_chosen.connect(self._panel.show_page)
        self._panel.page_shown.connect(presenter.page_chosen)
        self._strip.picture_wanted.connect(self._fetch_thumbnail)
        self._strip.pages_dropped.connect(
            lambda ids, document, before: presenter.edit(Edit("page.move", tuple(ids), document, before))
        )
        self._fields.accepted.connect(presenter.accept_field)
        self._fields.entered.connect(self._field_entered)
        self._panel.field_clicked.connect(self._fields.light_up)

    # ---- commands

    def commands(self) -> dict[str, Callable[[], object]]:
        """What each command of this screen does."""
        presenter, view = self._presenter, self._panel.view
        handlers: dict[str, Callable[[], object]] = {
            "scan.start": presenter.start,
            "scan.stop": presenter.stop,
            "scan.files": self.choose_files,
            "scan.confirm": presenter.confirm,
            "scan.seal": presenter.seal,
            "scan.new": presenter.begin_new,
            "scan.record": self.focus_record,
            "scan.stage": presenter.change_stage,
            "scan.next_dossier": lambda: presenter.step(1),
            "scan.previous_dossier": lambda: presenter.step(-1),
            "scan.next_doubt": presenter.next_doubt,
            "scan.rescans": presenter.choose_rescan,
            "scan.reuse": presenter.choose_offer,
            "page.type": self._choices.choose_type,
            "page.rescan": lambda: self._rescan(True),
            "page.insert": lambda: self._rescan(False),
            "page.replace_file": lambda: self._choices.ask_files(partial(self._rescan, True)),
            "page.insert_files": lambda: self._choices.ask_files(partial(self._rescan, False)),
            "undo": presenter.undo,
            "redo": presenter.redo,
            "view.in": view.zoom_in,
            "view.out": view.zoom_out,
            "view.fit": view.fit,
            "view.magnifier": self._panel.magnify,
            "view.compare": self._panel.compare,
            **self._choices.commands(),
        }
        kinds = "left right up down split split_all blank new_document merge delete document_up document_down"
        for kind in (f"page.{name}" for name in kinds.split()):
            handlers[kind] = partial(self.edit_pages, kind)
        return handlers

    def page_widgets(self) -> tuple[QWidget, ...]:
        """Where keys without Ctrl are heard."""
        return (self._strip, self._panel.view)

    def edit_menu(self) -> QMenu:
        """The menu the window fills with the page commands."""
        return self._edit_menu

    def edit_pages(self, kind: str) -> None:
        """Asks for a change of the selected pages."""
        pages = tuple(p.page_id for p in self._strip.chosen_pages())
        document = self._strip.chosen_document()
        self._presenter.edit(Edit(kind, pages, document.document_id if document else None))

    def choose_files(self) -> None:
        """Asks for files to take in."""
        self._choices.ask_files(self._presenter.take_files)

    def _rescan(self, replace: bool, files: Sequence[Path] = ()) -> None:
        page = self._strip.chosen_page()
        if page is not None:
            self._presenter.rescan(page, replace, files)

    def _sheets_typed(self, sheets: int) -> None:
        self._toasts.close()
        self._presenter.type_sheets(sheets)
        self.show_strip_or_empty()
        self.focus_pages()

    # ---- pages

    def _field_entered(self, key: tuple[int, str]) -> None:
        field = next((f for f in self._dossier.fields if f.key == key), None) if self._dossier else None
        if field is None or field.page_id is None:
            return
        page = self._panel.page
        if page is None or page.page_id != field.page_id:
            self._strip.choose(field.page_id)
        self._panel.view.light_up(key, closer=True)

    def _fetch_thumbnail(self, page: PageShown) -> None:
        def deliver(image: QImage) -> None:
            self._strip.show_picture(page, image)

        self._pictures.thumbnail(page.page_id, deliver)

    def entered(self) -> None:
        """The cursor stands on the pages: Enter and the page keys work at once."""
        self._presenter.refresh()
        self._presenter.find_rescans()
        self.focus_pages()

    # ---- what the presenter tells

    def show_sources(self, sources: Sequence[SourceShown], chosen: str) -> None:
        self._sources.clear()
        for source in sources:
            words = source.name if source.available else f"{source.name} ({self._language(N_('off'))})"
            self._sources.addItem(words, source.id)
        if not sources:
            self._sources.addItem(self._language(N_("No scanner found")), "")
        self._sources.setCurrentIndex(max(0, self._sources.findData(chosen)))

    def show_stage(self, stage: str) -> None:
        words = self._language(STAGE_WORDS.get(stage, stage))
        self._stage.setText(words)
        self._stage.setAccessibleName(words)

    def show_dossier(self, dossier: DossierShown | None, number: int, count: int) -> None:
        self._dossier = dossier
        self._card.show_dossier(dossier, number, count)
        self._fields.show_fields(dossier.fields if dossier else (), dossier.documents if dossier else ())
        self._confirm.setEnabled(dossier is not None)
        self._seal.setEnabled(dossier is not None and dossier.ready)
        self._panel.show_fields(dossier.fields if dossier else ())

    def show_strip(self, documents: Sequence[DocumentShown]) -> None:
        was_empty = self._stack.currentIndex() == 0
        self._has_pages = bool(documents)
        self.show_strip_or_empty()
        if was_empty and self._stack.currentIndex():
            self._strip.setFocus()
        first_time = self._strip.model().rowCount() == 0
        self._strip.show_documents(documents)
        pages = [page for document in documents for page in document.pages]
        shown = self._strip.chosen_page()
        if not pages:
            self._panel.clear()
        elif first_time or shown is None:
            self._strip.choose(pages[0].page_id)
        elif shown != self._panel.page:
            self._panel.show_page(shown)

    def show_strip_or_empty(self) -> None:
        """The pile, or what to do where there is none."""
        self._stack.setCurrentIndex(1 if self._has_pages or self._dossier is not None else 0)

    def show_counts(self, counts: CountsShown) -> None:
        self._card.show_counts(counts)

    def show_progress(self, words: str, done: int, total: int) -> None:
        self._progress.setRange(0, total)
        self._progress.setValue(done)
        self._progress_words.setText(words)
        self._progress.setAccessibleDescription(words)
        self._progress.show()
        self._stop.show()

    def hide_progress(self) -> None:
        self._progress.hide()
        self._progress_words.setText("")
        self._stop.hide()

    def show_words(self, page_id: int, words: Sequence[WordShown]) -> None:
        self._panel.show_words(page_id, words)

    def show_records(self, records: Sequence[RecordShown]) -> None:
        self._card.show_records(records)

    def show_open_points(self, sentences: Sequence[str]) -> None:
        if sentences:
            self._toasts.problem("\n".join(sentences[:4]))

    def ask_sheets(self, sentence: str, number: int) -> None:
        self._stack.setCurrentIndex(1)
        self._card.ask_sheets(number)
        self._toasts.problem(sentence)

    def show_rescans(self, waiting: Sequence[RescanShown]) -> None:
        words = self._language(N_("Sent back for scanning: {count}"), count=len(waiting))
        for button in self._sent_back:
            button.setText(words)
            button.setAccessibleName(words)
            button.setVisible(bool(waiting))

    def choose_rescan(self, waiting: Sequence[RescanShown]) -> None:
        self._choices.choose_rescan(waiting)

    def show_offers(self, dossier_id: int, offers: Sequence[OfferShown]) -> None:
        self._card.show_offers(dossier_id, offers)

    def focus_offer(self) -> bool:
        return self._card.focus_offer()

    def show_page(self, page_id: int) -> None:
        self._strip.choose(page_id)

    def focus_field(self, key: tuple[int, str]) -> None:
        self._fields.focus_field(key)

    def focus_pages(self) -> None:
        self._panel.view.step_back()
        (self._strip if self._stack.currentIndex() else self._begin).setFocus()

    def focus_record(self) -> None:
        self._card.focus_record()

    def say(self, sentence: str, undo: bool = False) -> None:
        if undo:
            self._toasts.good(sentence, self._language(N_("Undo")), self._presenter.undo)
        else:
            self._toasts.good(sentence)

    def complain(self, sentence: str) -> None:
        self._toasts.problem(sentence)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter anywhere but in a text confirms; on a focused button it presses the button."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
            return
        focused = self.focusWidget()
        if isinstance(focused, (QPushButton, QToolButton)) and focused.hasFocus():
            focused.click()
        else:
            self._presenter.confirm()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._panel.clear()
        super().closeEvent(event)
