"""The verify screen: the place on the paper large, the value under it, the page small beside it."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QImage, QKeyEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from station.core.errors import N_
from station.ui import parts, theme
from station.ui.language import Language
from station.ui.pictures import Levels, Pictures
from station.ui.shown import DoubtShown
from station.ui.verify.group import Group, Snippet
from station.ui.verify.presenter import REASONS, SECOND_PERSON, VerifyPresenter
from station.ui.widgets.chooser import Choice, Chooser
from station.ui.widgets.field_panel import FieldEdit
from station.ui.widgets.flow import Flow
from station.ui.widgets.page_view import PageView
from station.ui.widgets.toast import Toasts

SNIPPET_PX = 190


class VerifyView(QWidget):
    """Draws one doubt, or a group of them."""

    def __init__(
        self, presenter: VerifyPresenter, pictures: Pictures, language: Language, toasts: Toasts
    ) -> None:
        super().__init__()
        self.setObjectName("ground")
        self._presenter = presenter
        self._pictures = pictures
        self._language = language
        self._toasts = toasts
        self._doubt: DoubtShown | None = None
        self._edit: FieldEdit | None = None
        self._count = parts.label("", "figure")
        self._count_words = parts.label("", "muted")
        self._group = parts.button(language(N_("Side by side")), presenter.toggle_group, "group", "Ctrl+G")
        self._group.setCheckable(True)
        self._reject = parts.button(language(N_("Send back")), presenter.begin_reject, "reject", "F8")
        self._accept = parts.button(
            language(N_("Accept")), self._accept_current, "good", "Return", primary=True
        )
        self._cost = parts.label("", "small")
        head = parts.row(
            self._count,
            self._count_words,
            None,
            self._cost,
            Flow(self._group, self._reject, self._accept),
        )
        self._stack = QStackedWidget()
        self._empty = parts.empty_state(
            "verify",
            language(N_("Nothing to verify")),
            language(
                N_("Every field read so far is sure or verified. New doubts appear here by themselves.")
            ),
        )
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._make_single())
        self._rows = Group(language, pictures, self)
        self._rows.accepted.connect(presenter.accept_in_group)
        self._stack.addWidget(self._rows)
        layout = parts.column(head, margin_px=theme.SPACE_M_PX)
        layout.addWidget(self._stack, 1)
        self.setLayout(layout)

    def _make_single(self) -> QWidget:
        language = self._language
        self._where = parts.label("", "title", wrap=True)
        self._why = parts.label("", "muted", wrap=True)
        self._snippet = Snippet(SNIPPET_PX, language(N_("The place on the paper")))
        self._field_box = QVBoxLayout()
        self._record = parts.label("", "", wrap=True)
        self._choices = parts.label("", "muted", wrap=True)
        keys = Flow()
        for key, words in (
            ("Return", N_("accept")),
            ("Up", N_("other readings")),
            ("F8", N_("send back")),
            ("F6", N_("later")),
            ("Ctrl+Z", N_("undo")),
        ):
            cap = parts.label("↑ ↓" if key == "Up" else parts.shown_key(key), "key")
            keys.addWidget(parts.frame("plain", parts.row(cap, parts.label(language(words), "small"))))
        left = parts.column(self._where, self._snippet, gap_px=theme.SPACE_M_PX)
        left.addLayout(self._field_box)
        for part in (self._record, self._choices, self._why):
            left.addWidget(part)
        left.addStretch(1)
        left.addLayout(keys)
        card = parts.frame("card", left)
        left.setContentsMargins(*(theme.SPACE_L_PX,) * 4)
        self._page = PageView()
        self._page.setAccessibleName(language(N_("Page")))
        body = parts.row(gap_px=theme.SPACE_M_PX)
        body.addWidget(card, 3)
        body.addWidget(self._page, 2)
        return parts.frame("plain", body)

    # ---- commands

    def commands(self) -> dict[str, Callable[[], object]]:
        presenter = self._presenter
        return {
            "verify.accept": self._accept_current,
            "verify.reject": presenter.begin_reject,
            "verify.skip": lambda: presenter.step(1),
            "verify.back": lambda: presenter.step(-1),
            "verify.group": presenter.toggle_group,
            "verify.undo": presenter.undo,
        }

    def entered(self) -> None:
        self._presenter.refresh()
        if self._edit is not None:
            self._edit.setFocus()

    def _accept_current(self) -> None:
        if self._edit is not None:
            self._presenter.key_pressed()
            self._presenter.accept(self._edit.text().strip())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() not in parts.MODIFIERS
        ):
            self._presenter.key_pressed()
        return False

    # ---- what the presenter tells

    def show_doubt(self, doubt: DoubtShown | None, number: int, count: int, critical: int) -> None:
        language = self._language
        self._group.setChecked(False)
        self._count.setText(language.number(count))
        words = N_("fields to look at · {critical} of them critical")
        self._count_words.setText(language(words, critical=critical))
        for button in (self._group, self._reject, self._accept):
            button.setEnabled(doubt is not None)
        if doubt is not None and doubt.second_person:
            self._accept.setEnabled(False)
        self._stack.setCurrentIndex(0 if doubt is None else 1)
        if doubt == self._doubt and doubt is not None:
            return
        self._doubt = doubt
        if doubt is None:
            self._edit = None
            return
        field = doubt.field
        self._where.setText(f"{field.label} · {doubt.document_title} · {doubt.dossier_code}")
        second = (language(SECOND_PERSON),) if doubt.second_person else ()
        self._why.setText("\n".join((*second, *field.reasons)))
        self._record.setText(
            language(N_("The record says: {value}"), value=doubt.record_value) if doubt.record_value else ""
        )
        others = [c for c in field.candidates if c != field.value]
        self._choices.setText(
            language(N_("Other readings: {values}"), values=" · ".join(others)) if others else ""
        )
        for words_label in (self._record, self._choices, self._why):
            words_label.setVisible(bool(words_label.text()))
        self._new_edit(doubt)
        self._show_place(doubt)

    def _new_edit(self, doubt: DoubtShown) -> None:
        parts.clear(self._field_box)
        edit = FieldEdit(doubt.field, self._language)
        edit.setStyleSheet(f"font-size: {theme.TYPE_LARGE_PT}pt; min-height: 36px;")
        edit.installEventFilter(self)
        edit.accepted.connect(lambda _key, value, _keys: self._presenter.accept(value))
        self._field_box.addWidget(edit)
        self._edit = edit
        if self.isVisible():
            edit.setFocus()
        edit.choose_all()

    def _show_place(self, doubt: DoubtShown) -> None:
        field = doubt.field
        self._snippet.show_image(QImage())
        if field.page_id is None:
            self._page.clear()
            return
        page_id, box = field.page_id, field.box

        def deliver(levels: Levels) -> None:
            if self._doubt is not doubt:
                return
            self._page.show_picture(levels)
            if box is not None:
                self._page.show_fields([(field.key, box, True)])
                self._page.light_up(field.key)

        def deliver_snippet(image: QImage) -> None:
            if self._doubt is doubt:
                self._snippet.show_image(image)

        self._pictures.page(page_id, doubt.picture_key, deliver)
        if box is not None:
            self._pictures.snippet(page_id, doubt.picture_key, box, deliver_snippet)

    def show_group(self, label: str, doubts: Sequence[DoubtShown]) -> None:
        self._group.setChecked(True)
        self._stack.setCurrentIndex(2)
        self._doubt = None
        self._edit = None
        self._count.setText(self._language.number(len(doubts)))
        self._count_words.setText(self._language(N_("times this field")))
        self._rows.show_doubts(label, doubts)

    def show_cost(self, keys: int, fields: int) -> None:
        """What verifying has cost so far, for whoever wonders whether it pays."""
        words = N_("{keys} keys for {fields} fields")
        self._cost.setText(self._language(words, keys=keys, fields=fields) if fields else "")

    def ask_reason(self) -> None:
        """The reasons with a line for a note: one key, or Enter after typing."""
        language, presenter = self._language, self._presenter
        presenter.key_pressed()

        def chosen(reason: object, note: str) -> None:
            presenter.reject(str(reason), note)

        Chooser(
            self.window(),
            language,
            language(N_("Send back for scanning")),
            [Choice(reason, language(words)) for reason, words in REASONS],
            chosen,
            note=language(N_("A note for the scanning operator, if you like")),
            key_pressed=presenter.key_pressed,
        )

    def say(self, sentence: str) -> None:
        self._toasts.good(sentence)

    def complain(self, sentence: str) -> None:
        self._toasts.problem(sentence)
