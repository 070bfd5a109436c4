"""The guided set-up: one card, one question at a time; Enter goes on."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent, QPixmap
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from station.core.errors import N_
from station.ui import parts, theme
from station.ui.language import Language
from station.ui.settings.setup_presenter import STEPS, SetupPresenter, Typed
from station.ui.shown import SourceShown
from station.ui.widgets.picture import decode
from station.ui.widgets.sign_in import Card, field, language_box

CARD_PX = 600
TEST_PAGE = QSize(190, 268)

_TITLES = {
    "office": N_("Language and office"),
    "administrator": N_("Administrator"),
    "scanner": N_("Scanner"),
    "folder": N_("Folder of a copier"),
    "warehouse": N_("Records and warehouse"),
    "done": N_("Ready to work"),
}
_WORDS = {
    "office": N_("Choose your language and name your office."),
    "administrator": N_(
        "Choose the administrator's name and password. You can add your colleagues afterwards."
    ),
    "scanner": N_("Lay a sheet into the scanner and try it. Nothing of the test page is kept."),
    "folder": N_("Has your copier no cable to this PC? Choose the folder it writes to, or leave this out."),
    "warehouse": N_(
        "Import the procedure records, and take the province's invitation: its file or a picture of its QR. Both can be done later."
    ),
    "done": N_("The station is set up. New staff should practise with sample dossiers first."),
}


class SetupView(Card):
    """Draws the steps and reports; every decision is the presenter's."""

    def __init__(
        self, presenter: SetupPresenter, language: Language, choose_language: Callable[[str], None]
    ) -> None:
        super().__init__(CARD_PX)
        self._presenter = presenter
        self._language = language
        self._count = parts.label("", "small")
        self._title = parts.label("", "large", wrap=True)
        self._words = parts.label("", "muted", wrap=True)
        self._note = parts.label("", "good", wrap=True)
        self._busy = parts.progress(language(N_("Working")))
        self._busy.setRange(0, 0)
        self._pages = QStackedWidget()
        makers = (
            partial(self._make_office, choose_language),
            self._make_administrator,
            self._make_scanner,
            self._make_folder,
            self._make_warehouse,
            self._make_done,
        )
        for make in makers:
            self._pages.addWidget(parts.frame("plain", make()))
        self._back = parts.button(language(N_("Back")), presenter.go_back, "back")
        self._next = parts.button(language(N_("Next")), self._go_on, "good", "Return", primary=True)
        for part in (self._count, self._title, self._words, self._pages, self._busy, self._note):
            self.body.addWidget(part)
        self.body.addWidget(self._problem)
        self.body.addLayout(parts.row(self._back, None, self._next))
        self._step = STEPS[0]
        self.wait(False)

    # ---- the steps

    def _ask(self, name: str, part: QWidget) -> QVBoxLayout:
        return parts.asked(self._language(name), part)

    def _typed_line(self, name: str, secret: bool = False) -> QLineEdit:
        return field(self._language(name), secret)

    def _make_office(self, choose_language: Callable[[str], None]) -> QVBoxLayout:
        self._branch, self._counter = self._typed_line(N_("Branch")), self._typed_line(N_("Counter"))
        self._branch.setPlaceholderText(self._language(N_("As it stands in the procedure records")))
        return parts.column(
            self._ask(N_("Language"), language_box(self._language, choose_language)),
            self._ask(N_("Branch"), self._branch),
            self._ask(N_("Counter"), self._counter),
            None,
        )

    def _make_administrator(self) -> QVBoxLayout:
        self._name = self._typed_line(N_("Name of the administrator"))
        self._password = self._typed_line(N_("Password, at least 8 characters"), secret=True)
        self._again = self._typed_line(N_("The password again"), secret=True)
        return parts.column(
            self._ask(N_("Name of the administrator"), self._name),
            self._ask(N_("Password, at least 8 characters"), self._password),
            self._ask(N_("The password again"), self._again),
            None,
        )

    def _make_scanner(self) -> QVBoxLayout:
        language, presenter = self._language, self._presenter
        self._sources, self._profiles = QComboBox(), QComboBox()
        self._profiles.activated.connect(
            lambda number: presenter.choose_profile(str(self._profiles.itemData(number)))
        )
        self._picture = QLabel(language(N_("The test page appears here.")))
        self._picture.setWordWrap(True)
        self._picture.setFixedSize(TEST_PAGE)
        self._picture.setObjectName("paper")
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._picture.setAccessibleName(language(N_("Test page")))
        self._try = parts.button(
            language(N_("Scan a test page")),
            lambda: presenter.scan_test_page(str(self._sources.currentData() or "")),
            "scan",
        )
        again = parts.button(language(N_("Search again")), presenter.find_sources, "search")
        left = parts.column(
            self._ask(N_("Scanner or folder"), self._sources),
            self._ask(N_("Scan profile"), self._profiles),
            parts.row(self._try, None),
            parts.row(again, None),
            None,
        )
        body = parts.row(gap_px=theme.SPACE_L_PX)
        body.addLayout(left, 1)
        body.addWidget(self._picture)
        return parts.column(body)

    def _make_folder(self) -> QVBoxLayout:
        add = parts.button(self._language(N_("Add a folder")), self._choose_folder, "folder")
        self._folders = parts.column()
        return parts.column(parts.row(add, None), self._folders, None)

    def _make_warehouse(self) -> QVBoxLayout:
        language = self._language
        records = parts.button(language(N_("Import records")), self._choose_records, "dossiers")
        enrol = parts.button(
            language(N_("Enrol by file or picture of the QR")), self._choose_invitation, "network"
        )
        return parts.column(parts.row(records, None), parts.row(enrol, None), None)

    def _make_done(self) -> QVBoxLayout:
        practise = parts.button(
            self._language(N_("Practise with sample dossiers")),
            lambda: self._presenter.finish(True),
            "play",
        )
        return parts.column(parts.row(practise, None), None)

    # ---- keys and files

    def _go_on(self) -> None:
        presenter = self._presenter
        super().complain("")
        self._note.setText("")
        if self._step == "office":
            presenter.give_office(self._branch.text(), self._counter.text())
        elif self._step == "administrator":
            presenter.give_administrator(self._name.text(), self._password.text(), self._again.text())
        elif self._step == "done":
            presenter.finish(False)
        else:
            presenter.go_on()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter goes on, or to the next line that waits for a text; on another button it presses that one."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
            return
        focused = self.focusWidget()
        if isinstance(focused, QPushButton) and focused is not self._next and focused.hasFocus():
            focused.click()
        elif isinstance(focused, QLineEdit) and (empty := self._empty_line_after(focused)) is not None:
            empty.setFocus()
        else:
            self._go_on()

    def _empty_line_after(self, line: QLineEdit) -> QLineEdit | None:
        """The next line of this step, where it is needed and empty."""
        needed = (self._name, self._password, self._again)
        after = needed[needed.index(line) + 1 :] if line in needed else ()
        return next((other for other in after if not other.text()), None)

    def _dialog(self, title: str, use: Callable[[Path], object], folder: bool, kinds: str = "") -> None:
        dialog = QFileDialog(self, self._language(title))
        mode = QFileDialog.FileMode
        dialog.setFileMode(mode.Directory if folder else mode.ExistingFile)
        if kinds:
            dialog.setNameFilter(kinds)
        dialog.fileSelected.connect(lambda name: use(Path(name)))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _choose_folder(self) -> None:
        self._dialog(N_("Add a folder"), self._presenter.add_folder, folder=True)

    def _choose_records(self) -> None:
        kinds = "*.csv *.xlsx *.json"
        self._dialog(N_("Import records"), self._presenter.import_records, folder=False, kinds=kinds)

    def _choose_invitation(self) -> None:
        kinds = "*.json *.txt *.png *.jpg *.jpeg *.webp *.tif *.pdf"
        self._dialog(
            N_("Enrol by file or picture of the QR"), self._presenter.enrol, folder=False, kinds=kinds
        )

    # ---- what the presenter tells

    def show_step(self, step: str, number: int, count: int, can_go_back: bool) -> None:
        language = self._language
        self._step = step
        super().complain("")
        self._count.setText(language(N_("Step {number} of {count}"), number=number, count=count))
        self._title.setText(language(_TITLES[step]))
        self._words.setText(language(_WORDS[step]))
        self._pages.setCurrentIndex(STEPS.index(step))
        self._back.setVisible(can_go_back)
        words = language(N_("Begin")) if step == "done" else language(N_("Next"))
        self._next.setText(words)
        self._next.setAccessibleName(words)
        first: dict[str, QWidget] = {"office": self._branch, "administrator": self._password}
        target = first.get(step) or self._next
        self.setFocusProxy(target)
        target.setFocus()

    def show_typed(self, typed: Typed) -> None:
        self._branch.setText(typed.branch)
        self._counter.setText(typed.counter)
        self._name.setText(typed.name)

    def show_sources(self, sources: Sequence[SourceShown]) -> None:
        self._sources.clear()
        for source in sources:
            self._sources.addItem(source.name, source.id)
        if not sources:
            self._sources.addItem(self._language(N_("No scanner found")), "")
        self._try.setEnabled(bool(sources))

    def show_profiles(self, chosen: str, profiles: Sequence[tuple[str, str]]) -> None:
        self._profiles.clear()
        for profile_id, name in profiles:
            self._profiles.addItem(name, profile_id)
        self._profiles.setCurrentIndex(max(0, self._profiles.findData(chosen)))

    def show_test_page(self, picture: bytes) -> None:
        image = decode(picture)
        if not image.isNull():
            small = image.scaled(
                TEST_PAGE, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            )
            self._picture.setPixmap(QPixmap.fromImage(small))

    def show_folders(self, folders: Sequence[str]) -> None:
        parts.clear(self._folders)
        for folder in folders:
            remove = self._language(N_("Remove {folder}"), folder=folder)
            line = parts.row(parts.label(folder, wrap=True))
            line.setStretch(0, 1)
            line.addWidget(parts.tool(remove, partial(self._presenter.remove_folder, folder), "delete"))
            self._folders.addLayout(line)

    def show_note(self, sentence: str) -> None:
        super().complain("")
        self._note.setText(sentence)

    def wait(self, waiting: bool) -> None:
        """A job of this step runs; the other steps can be reached meanwhile."""
        self._busy.setVisible(waiting)

    def complain(self, sentence: str) -> None:
        self._note.setText("")
        super().complain(sentence)
