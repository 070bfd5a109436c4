"""The fields beside the page: value, how sure, and whose word it is. Enter accepts, typing corrects."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QVBoxLayout, QWidget

from station.core.errors import N_
from station.ui import parts, theme
from station.ui.language import Language
from station.ui.shown import DocumentShown, FieldShown

MODIFIERS = (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_AltGr, Qt.Key.Key_Meta)


def certainty(field: FieldShown, language: Language) -> tuple[str, str]:
    """How sure a field is: (words, role of the style sheet)."""
    if field.verified_by.startswith("rule:"):
        return "✓ " + language(N_("as in the record")), "good"
    if field.verified_by:
        return f"✓ {field.verified_by}", "good"
    percent = language.share(field.confidence)
    if field.doubtful:
        return f"⚠ {language(N_('check'))} · {percent}", "warn"
    return percent, "muted"


class FieldEdit(QLineEdit):
    """A value to accept or correct; the arrows go through the candidates."""

    #: key, value, keys pressed since the cursor came
    accepted = Signal(object, str, int)
    entered = Signal(object)

    def __init__(self, field: FieldShown, language: Language) -> None:
        super().__init__(field.value)
        self._field = field
        self._choice = -1
        self._keys = 0
        self.setAccessibleName(field.label)
        self.setToolTip("\n".join((field.value, *field.reasons)))
        self.setCursorPosition(0)
        self.show_certainty(field, language)
        self.installEventFilter(self)

    def show_certainty(self, field: FieldShown, language: Language) -> None:
        self._field = field
        sure = "verified" if field.verified_by else ("false" if field.doubtful else "true")
        self.setProperty("sure", sure)
        self.setAccessibleDescription(certainty(field, language)[0])
        parts.restyle(self)

    @property
    def key(self) -> tuple[int, str]:
        return self._field.key

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusIn:
            self._keys = 0
            self.entered.emit(self.key)
        elif event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            self._keys += event.key() not in MODIFIERS
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if step is not None and self._field.candidates:
                choices = (self._field.value, *self._field.candidates)
                self._choice = (max(self._choice, 0) + step) % len(choices)
                self.setText(choices[self._choice])
                self.selectAll()
                return True
            plain_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not (
                event.modifiers() & Qt.KeyboardModifier.ControlModifier
            )
            if plain_enter:
                keys, self._keys = self._keys, 0
                self.accepted.emit(self.key, self.text().strip(), keys)
                return True
            if event.key() == Qt.Key.Key_Escape:
                self.setText(self._field.value)
                return True
        return False


class FieldPanel(QFrame):
    """All fields of the dossier, document by document."""

    accepted = Signal(object, str, int)
    entered = Signal(object)

    def __init__(self, language: Language) -> None:
        super().__init__()
        self.setObjectName("card")
        self._language = language
        self._fields: tuple[FieldShown, ...] = ()
        self._edits: dict[tuple[int, str], FieldEdit] = {}
        self._words: dict[tuple[int, str], QWidget] = {}
        self._body: QVBoxLayout = parts.column(gap_px=theme.SPACE_S_PX)
        self._area = parts.scrolling(self._body, language(N_("Fields")))
        self.setLayout(parts.column(self._area, margin_px=theme.SPACE_M_PX))
        self.show_fields((), ())

    def show_fields(self, fields: Sequence[FieldShown], documents: Sequence[DocumentShown]) -> None:
        """Shows the fields; what is being typed is left alone while the same fields stay."""
        shown = tuple(fields)
        if shown == self._fields and self._body.count():
            return
        names = [(f.key, f.label) for f in shown]
        if shown and names == [(f.key, f.label) for f in self._fields]:
            self._fields = shown
            for field in shown:
                self._update(field)
            return
        self._fields = shown
        parts.clear(self._body)
        self._edits.clear()
        self._words.clear()
        if not shown:
            self._body.addWidget(parts.label(self._language(N_("Fields")), "title"))
            hint = N_("What is read on the papers appears here, with the doubtful ones marked.")
            self._body.addWidget(parts.label(self._language(hint), "muted", wrap=True))
        titles = {d.document_id: d.title for d in documents}
        last = None
        for field in shown:
            if field.document_id != last:
                last = field.document_id
                title = titles.get(last, "")
                self._body.addWidget(parts.label(title, "strong", wrap=True))
            self._add(field)
        self._body.addStretch(1)

    def _add(self, field: FieldShown) -> None:
        words, role = certainty(field, self._language)
        edit = FieldEdit(field, self._language)
        edit.accepted.connect(self.accepted)
        edit.entered.connect(self.entered)
        state = parts.label(words, "small")
        state.setProperty("certainty", role)
        name = parts.label(field.label + (" *" if field.critical else ""), "small")
        name.setBuddy(edit)
        name.setWordWrap(True)
        head = parts.row(name, state, gap_px=theme.SPACE_XS_PX)
        head.setStretch(0, 1)
        self._body.addLayout(parts.column(head, edit, gap_px=2))
        self._edits[field.key] = edit
        self._words[field.key] = state
        self._colour(state, role)

    def _update(self, field: FieldShown) -> None:
        edit, state = self._edits[field.key], self._words[field.key]
        if (not edit.hasFocus() or field.verified_by) and edit.text() != field.value:
            edit.setText(field.value)
            edit.setCursorPosition(0)
        edit.show_certainty(field, self._language)
        words, role = certainty(field, self._language)
        state.setText(words)  # type: ignore[attr-defined]
        self._colour(state, role)

    def _colour(self, state: QWidget, role: str) -> None:
        colour = getattr(theme.current(), role)
        state.setStyleSheet(f"color: {colour};")

    def focus_field(self, key: tuple[int, str]) -> None:
        """Puts the cursor into a field, all of it selected so that typing replaces."""
        edit = self._edits.get(key)
        if edit is not None:
            self._area.ensureWidgetVisible(edit, 0, 60)
            edit.setFocus()
            edit.selectAll()

    def light_up(self, key: tuple[int, str]) -> None:
        """The field whose place on the page was clicked."""
        self.focus_field(key)
