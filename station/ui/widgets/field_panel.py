"""The fields beside the page: value, how sure, and whose word it is. Enter accepts, typing corrects."""

from collections import deque
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QFrame, QLineEdit, QVBoxLayout

from station.core.errors import N_
from station.ui import parts, theme
from station.ui.language import Language
from station.ui.shown import DocumentShown, FieldShown

# Making a row takes about a millisecond: a few leave the window free for keys and paint.
AT_ONCE = 8


def certainty(field: FieldShown, language: Language) -> tuple[str, str]:
    """How sure a field is: (words, role of the style sheet)."""
    if field.verified_by.startswith("rule:"):
        return "✓ " + language(N_("as in the record")), "good"
    if field.verified_by:
        return f"✓ {field.verified_by}", "good"
    percent = language.share(field.confidence)
    if field.waits_for_another:
        return f"⚠ {language(N_('a second person'))} · {percent}", "warn"
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

    def choose_all(self) -> None:
        """Everything chosen, so that typing replaces it, and its beginning in sight."""
        self.end(False)
        self.home(True)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusIn:
            self._keys = 0
            self.entered.emit(self.key)
        elif event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            # A line keeps Ctrl+Z for its own letters; while none was typed the key is the screen's undo.
            if event.matches(QKeySequence.StandardKey.Undo) and not self.isUndoAvailable():
                event.ignore()
                return True
        elif event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            self._keys += event.key() not in parts.MODIFIERS
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


class _FieldRow:
    """A field's name, how sure it is, its value; the whole value under it where the line is too short for it."""

    def __init__(self, field: FieldShown, language: Language) -> None:
        self._language = language
        self.field = field
        self.edit = FieldEdit(field, language)
        self._state = parts.label(wrap=parts.large_texts())
        self._whole = parts.label("", "small", wrap=True)
        self._whole.hide()
        name = parts.label(field.label + (" *" if field.critical else ""), "small", wrap=True)
        name.setBuddy(self.edit)
        beside = parts.column if parts.large_texts() else parts.row
        head = beside(name, self._state, gap_px=theme.SPACE_XS_PX)
        head.setStretch(0, 1)
        self.layout = parts.column(head, self.edit, self._whole, gap_px=2)
        self._show_state()

    def update_field(self, field: FieldShown) -> None:
        """The same field with another value or standing; what is being typed is left alone."""
        if field == self.field:
            return
        self.field = field
        if (not self.edit.hasFocus() or field.verified_by) and self.edit.text() != field.value:
            self.edit.setText(field.value)
            self.edit.setCursorPosition(0)
        self.edit.show_certainty(field, self._language)
        self._show_state()

    def _show_state(self) -> None:
        words, role = certainty(self.field, self._language)
        self._state.setText(words)
        self._state.setProperty("certainty", role)
        parts.restyle(self._state)

    def show_whole(self, shown: bool) -> None:
        """A value longer than its line is shown whole while its field is looked at: nobody accepts half of it."""
        text = self.edit.text()
        room = self.edit.width() - 2 * theme.SPACE_M_PX
        self._whole.setText(text)
        self._whole.setVisible(shown and self.edit.fontMetrics().horizontalAdvance(text) > room)


class FieldPanel(QFrame):
    """All fields of the dossier, document by document; a hundred of them are made a few at a time."""

    accepted = Signal(object, str, int)
    entered = Signal(object)

    def __init__(self, language: Language) -> None:
        super().__init__()
        self.setObjectName("card")
        self._language = language
        self._fields: tuple[FieldShown, ...] = ()
        self._rows: dict[tuple[int, str], _FieldRow] = {}
        self._to_make: deque[FieldShown] = deque()
        self._titles: dict[int | None, str] = {}
        self._wanted: tuple[int, str] | None = None
        self._lit: tuple[int, str] | None = None
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
            by_key = {f.key: f for f in shown}
            self._to_make = deque(by_key[f.key] for f in self._to_make)
            for key, row in self._rows.items():
                row.update_field(by_key[key])
            return
        self._fields = shown
        self._rows.clear()
        self._wanted = self._lit = None
        self._titles = {d.document_id: d.title for d in documents}
        parts.clear(self._body)
        if not shown:
            self._body.addWidget(parts.label(self._language(N_("Fields")), "title"))
            hint = N_("What is read on the papers appears here, with the doubtful ones marked.")
            self._body.addWidget(parts.label(self._language(hint), "muted", wrap=True))
        self._body.addStretch(1)
        self._to_make = deque(shown)
        QTimer.singleShot(0, self, self._make_some)

    def _make_some(self) -> None:
        """Makes the next rows and comes back for the rest once keys and paint have had their turn."""
        for _ in range(min(AT_ONCE, len(self._to_make))):
            self._add(self._to_make.popleft())
        if self._wanted is not None and self._wanted in self._rows:
            self.focus_field(self._wanted)
        # Drawn when all are there: half made, they would stand on top of each other for a moment.
        self._area.setUpdatesEnabled(not self._to_make)
        if self._to_make:
            QTimer.singleShot(0, self, self._make_some)

    def _add(self, field: FieldShown) -> None:
        last = next(reversed(self._rows.values())).field if self._rows else None
        if last is None or field.document_id != last.document_id:
            title = parts.label(self._titles.get(field.document_id, ""), "strong", wrap=True)
            self._body.insertWidget(self._body.count() - 1, title)
        row = _FieldRow(field, self._language)
        row.edit.accepted.connect(self.accepted)
        row.edit.entered.connect(self._entered)
        self._body.insertLayout(self._body.count() - 1, row.layout)
        self._rows[field.key] = row

    def _entered(self, key: tuple[int, str]) -> None:
        before = self._rows.get(self._lit) if self._lit is not None else None
        if before is not None:
            before.show_whole(False)
        self._lit = key
        self._rows[key].show_whole(True)
        self.entered.emit(key)

    def focus_field(self, key: tuple[int, str]) -> None:
        """Puts the cursor into a field, all of it selected so that typing replaces."""
        row = self._rows.get(key)
        self._wanted = key if row is None and self._to_make else None
        if row is not None:
            row.edit.setFocus()
            row.edit.choose_all()
            self._area.ensureWidgetVisible(row.edit, 0, 60)

    def light_up(self, key: tuple[int, str]) -> None:
        """The field whose place on the page was clicked."""
        self.focus_field(key)
