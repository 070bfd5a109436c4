"""The cards before the screens: signing in, and what is said when the data folder can't be opened."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QLineEdit, QWidget

from station.core.errors import N_
from station.core.texts import LANGUAGES
from station.ui import parts, theme
from station.ui.language import LANGUAGE_NAMES, Language

CARD_PX = 420


def field(name: str, secret: bool = False) -> QLineEdit:
    """A line to type into; a secret one shows dots."""
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


class Card(QWidget):
    """A card in the middle of the window."""

    def __init__(self, width_px: int = CARD_PX) -> None:
        super().__init__()
        self.setObjectName("ground")
        self.body = parts.column(gap_px=theme.SPACE_S_PX, margin_px=theme.SPACE_XL_PX)
        card: QFrame = parts.frame("card", self.body)
        card.setFixedWidth(width_px)
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


class NotOpened(Card):
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


class SignIn(Card):
    """Name and password. Enter signs in."""

    submitted = Signal(str, str)

    def __init__(
        self,
        language: Language,
        name: str,
        choose_language: Callable[[str], None],
        practise: Callable[[], object],
    ) -> None:
        super().__init__()
        self.head(language(N_("Digitization station")), language(N_("Sign in to scan and verify.")))
        self._name = field(language(N_("Name")))
        self._name.setText(name)
        self._password = field(language(N_("Password")), secret=True)
        self.ask(language(N_("Name")), self._name)
        self.ask(language(N_("Password")), self._password)
        self.body.addWidget(self._problem)
        self.body.addWidget(
            parts.button(language(N_("Sign in")), self._submit, "person", "Return", primary=True)
        )
        self.body.addWidget(parts.button(language(N_("Practise with sample dossiers")), practise, "play"))
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
