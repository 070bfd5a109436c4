"""Signing in, and the first start: who is the administrator, which language, which branch."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QLineEdit, QWidget

from station.core.errors import N_
from station.core.texts import LANGUAGES
from station.ui import parts, theme
from station.ui.language import LANGUAGE_NAMES, Language

CARD_PX = 420


def _field(name: str, secret: bool = False) -> QLineEdit:
    made = QLineEdit()
    made.setAccessibleName(name)
    if secret:
        made.setEchoMode(QLineEdit.EchoMode.Password)
    return made


def language_box(language: Language, chosen: Callable[[str], None]) -> QComboBox:
    """The three languages, each by its own name."""
    box = QComboBox()
    box.setAccessibleName(language(N_("Language")))
    for code in LANGUAGES:
        box.addItem(LANGUAGE_NAMES[code], code)
    box.setCurrentIndex(box.findData(language.code))
    box.activated.connect(lambda number: chosen(str(box.itemData(number))))
    return box


class _Card(QWidget):
    """A card in the middle of the window."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("ground")
        self.body = parts.column(gap_px=theme.SPACE_S_PX, margin_px=theme.SPACE_XL_PX)
        card: QFrame = parts.frame("card", self.body)
        card.setFixedWidth(CARD_PX)
        middle = parts.row(None, card, None)
        layout = parts.column(None, middle, None)
        self.setLayout(layout)
        self._problem = parts.label("", "bad", wrap=True)

    def head(self, title: str, words: str) -> None:
        mark = parts.picture("station", theme.current().accent, 40)
        mark.setFixedWidth(40)
        self.body.addWidget(mark)
        self.body.addWidget(parts.label(title, "large", wrap=True))
        self.body.addWidget(parts.label(words, "muted", wrap=True))
        self.body.addSpacing(theme.SPACE_S_PX)

    def ask(self, name: str, part: QWidget) -> None:
        words = parts.label(name)
        words.setBuddy(part)
        self.body.addWidget(words)
        self.body.addWidget(part)

    def complain(self, sentence: str) -> None:
        """Says what was wrong, inside the card."""
        self._problem.setText(sentence)
        self._problem.setAccessibleName(sentence)


class NotOpened(_Card):
    """The data folder can't be used now: why, and the way on."""

    def __init__(
        self, language: Language, sentence: str, again: Callable[[], object], leave: Callable[[], object]
    ) -> None:
        super().__init__()
        self.head(language(N_("Digitization station")), language(N_("The data folder could not be opened.")))
        self.complain(sentence)
        self.body.addWidget(self._problem)
        self._again = parts.button(language(N_("Try again")), again, "redo", primary=True)
        self.body.addLayout(parts.row(self._again, parts.button(language(N_("Close")), leave, "close"), None))
        self.setFocusProxy(self._again)

    def wait(self) -> None:
        """While it is tried again."""
        self._again.setEnabled(False)


class SignIn(_Card):
    """Name and password. Enter signs in."""

    submitted = Signal(str, str)

    def __init__(self, language: Language, name: str, choose_language: Callable[[str], None]) -> None:
        super().__init__()
        self.head(language(N_("Digitization station")), language(N_("Sign in to scan and verify.")))
        self._name = _field(language(N_("Name")))
        self._name.setText(name)
        self._password = _field(language(N_("Password")), secret=True)
        self.ask(language(N_("Name")), self._name)
        self.ask(language(N_("Password")), self._password)
        self.body.addWidget(self._problem)
        self.body.addWidget(
            parts.button(language(N_("Sign in")), self._submit, "person", "Return", primary=True)
        )
        self.ask(language(N_("Language")), language_box(language, choose_language))
        for edit in (self._name, self._password):
            edit.returnPressed.connect(self._submit)
        self.setFocusProxy(self._password if name else self._name)

    def _submit(self) -> None:
        self.submitted.emit(self._name.text().strip(), self._password.text())

    def complain(self, sentence: str) -> None:
        super().complain(sentence)
        self._password.selectAll()
        self._password.setFocus(Qt.FocusReason.OtherFocusReason)


class FirstStart(_Card):
    """Asks once for the administrator's password, the branch and the language; no default password exists."""

    submitted = Signal(str, str, str)

    def __init__(self, language: Language, name: str, choose_language: Callable[[str], None]) -> None:
        super().__init__()
        self._language = language
        self.head(
            language(N_("Set up this station")),
            language(
                N_("Choose the administrator's name and password. You can add your colleagues afterwards.")
            ),
        )
        self._name = _field(language(N_("Name of the administrator")))
        self._name.setText(name)
        self._password = _field(language(N_("Password, at least 8 characters")), secret=True)
        self._again = _field(language(N_("The password again")), secret=True)
        self._branch = _field(language(N_("Branch")))
        self._branch.setPlaceholderText(language(N_("As it stands in the procedure records")))
        self.ask(language(N_("Language")), language_box(language, choose_language))
        for edit in (self._name, self._password, self._again, self._branch):
            self.ask(edit.accessibleName(), edit)
            edit.returnPressed.connect(self._submit)
        self.body.addWidget(self._problem)
        self.body.addWidget(parts.button(language(N_("Begin")), self._submit, "good", "Return", primary=True))
        self.setFocusProxy(self._password)

    def _submit(self) -> None:
        if not self._name.text().strip():
            self.complain(self._language(N_("The administrator needs a name.")))
        elif self._password.text() != self._again.text():
            self.complain(self._language(N_("The two passwords differ. Type them again.")))
        else:
            self.submitted.emit(self._name.text().strip(), self._password.text(), self._branch.text().strip())
