"""The people part of the settings: accounts, their roles, who may sign in, new passwords."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QVBoxLayout, QWidget

from station.core.errors import N_
from station.ui import parts, theme
from station.ui.language import Language
from station.ui.settings.presenter import SettingsPresenter
from station.ui.shown import PersonShown

ROLES = (("operator", N_("operator")), ("supervisor", N_("supervisor")), ("admin", N_("administrator")))


class People(QWidget):
    """Draws and reports."""

    def __init__(self, presenter: SettingsPresenter, language: Language) -> None:
        super().__init__()
        self._presenter = presenter
        self._language = language
        self._list = parts.column()
        self._name, self._password = QLineEdit(), _password_line()
        self._role = self._roles("")
        make = parts.button(language(N_("Make the account")), self._make_person, "person")
        self.setLayout(
            parts.column(
                self._list,
                parts.label(language(N_("A new account")), "strong"),
                parts.asked(language(N_("Name")), self._name),
                parts.asked(language(N_("Role")), self._role),
                parts.asked(language(N_("Password, at least 8 characters")), self._password),
                parts.row(make, None),
            )
        )

    def _roles(self, chosen: str) -> QComboBox:
        box = QComboBox()
        for key, words in ROLES:
            box.addItem(self._language(words), key)
        box.setCurrentIndex(max(0, box.findData(chosen)))
        return box

    def _make_person(self) -> None:
        self._presenter.add_person(
            self._name.text().strip(), str(self._role.currentData()), self._password.text()
        )
        self._password.clear()

    def show_people(self, people: Sequence[PersonShown]) -> None:
        """Everybody with an account, as the actor may see them."""
        parts.clear(self._list)
        for person in people:
            self._list.addLayout(self._person(person))

    def _person(self, person: PersonShown) -> QVBoxLayout:
        language, presenter = self._language, self._presenter
        role = self._roles(person.role)
        role.setAccessibleName(language(N_("Role of {name}"), name=person.name))
        role.activated.connect(lambda n: presenter.set_role(person.name, str(role.itemData(n))))
        on = QCheckBox(language(N_("may sign in")))
        on.setAccessibleName(language(N_("{name} may sign in"), name=person.name))
        on.setChecked(person.active)
        on.clicked.connect(partial(presenter.set_active, person.name))
        new = language(N_("New password for {name}"), name=person.name)
        secret = _password_line()
        secret.setAccessibleName(new)
        secret.setPlaceholderText(new)
        secret.hide()

        def give() -> None:
            if secret.text():
                presenter.set_password(person.name, secret.text())
                secret.clear()
            secret.hide()

        def ask() -> None:
            secret.show()
            secret.setFocus()

        secret.returnPressed.connect(give)
        line = parts.row(parts.picture("person", theme.current().muted))
        line.addWidget(parts.label(person.name, "strong", wrap=True), 1)
        for part in (role, on, parts.tool(new, ask, "key")):
            line.addWidget(part)
        return parts.column(line, secret)


def _password_line() -> QLineEdit:
    made = QLineEdit()
    made.setEchoMode(QLineEdit.EchoMode.Password)
    return made
