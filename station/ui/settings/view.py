"""The settings screen: a list of parts on the left, the chosen part on the right. Changes hold at once."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QLineEdit,
    QListWidget,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from station.core.errors import N_
from station.ui import parts, theme
from station.ui.language import Language
from station.ui.settings.people import People
from station.ui.settings.presenter import SettingsPresenter
from station.ui.shown import CheckShown, ChoiceShown, PersonShown, SectionShown
from station.ui.widgets.sign_in import language_box
from station.ui.widgets.toast import Toasts

LIST_PX = 210
FORM_PX = 620
SCALES = (1.0, 1.25, 1.5, 1.75, 2.0)


class SettingsView(QWidget):
    """Draws and reports. Looks and language are the window's own and asked of `looks`."""

    def __init__(
        self,
        presenter: SettingsPresenter,
        language: Language,
        toasts: Toasts,
        choose_language: Callable[[str], None],
        choose_looks: Callable[[str, float], None],
        looks: tuple[str, float],
        doors: tuple[Callable[[], object], Callable[[], object]],
    ) -> None:
        """Args: doors: into training, and into the guided set-up."""
        super().__init__()
        self.setObjectName("ground")
        self._presenter = presenter
        self._language = language
        self._toasts = toasts
        self._guide = doors[1]
        self._names = QListWidget()
        self._names.setAccessibleName(language(N_("Parts of the settings")))
        self._pages = QStackedWidget()
        self._progress = parts.progress(language(N_("Progress")))
        self._progress_words = parts.label("", "small")
        self._stop = parts.button(language(N_("Stop")), presenter.stop, "stop")
        self._office = parts.column(gap_px=theme.SPACE_M_PX)
        self._people = People(presenter, language)
        self._folders = parts.column()
        self._types = parts.column(gap_px=2)
        self._checks = parts.column()
        self._add(N_("Looks and language"), self._make_looks(choose_language, choose_looks, looks))
        self._add(N_("Office and station"), self._office)
        self._add(N_("Scanners and folders"), self._make_folders())
        self._add(N_("People"), parts.column(self._people))
        self._add(N_("Records and warehouse"), self._make_records())
        self._add(N_("Document types"), self._make_types())
        self._add(N_("Care and help"), self._make_care())
        self._add(N_("Training and set-up"), self._make_doors(*doors))
        self._names.currentRowChanged.connect(self._pages.setCurrentIndex)
        self._names.setCurrentRow(0)
        self._names.setFixedWidth(max(LIST_PX, self._names.sizeHintForColumn(0) + theme.SPACE_L_PX))
        long = parts.row(self._progress_words, self._progress, self._stop)
        long.setStretch(1, 1)
        right = parts.column(self._pages)
        right.addLayout(long)
        body = parts.row(self._names, gap_px=theme.SPACE_M_PX, margin_px=theme.SPACE_M_PX)
        body.addLayout(right, 1)
        self.setLayout(body)
        self.hide_progress()

    def _add(self, title: str, layout: QVBoxLayout) -> None:
        """A part: its title above, at most FORM_PX wide, scrolling."""
        words = self._language(title)
        card = parts.frame(
            "card", parts.column(parts.label(words, "title"), layout, margin_px=theme.SPACE_L_PX)
        )
        card.setMaximumWidth(FORM_PX + 2 * theme.SPACE_L_PX)
        self._names.addItem(words)
        self._pages.addWidget(parts.scrolling(parts.column(card, None), words))

    # ---- the parts

    def _make_looks(
        self,
        choose_language: Callable[[str], None],
        choose_looks: Callable[[str, float], None],
        looks: tuple[str, float],
    ) -> QVBoxLayout:
        language = self._language
        themes = QComboBox()
        for key, words in (("light", N_("light")), ("dark", N_("dark"))):
            themes.addItem(language(words), key)
        themes.setCurrentIndex(max(0, themes.findData(looks[0])))
        scales = QComboBox()
        for scale in SCALES:
            scales.addItem(f"{scale * 100:.0f} %", scale)
        scales.setCurrentIndex(max(0, scales.findData(looks[1])))

        def chosen(_number: int) -> None:
            choose_looks(str(themes.currentData()), float(scales.currentData()))

        themes.activated.connect(chosen)
        scales.activated.connect(chosen)
        return parts.column(
            parts.asked(language(N_("Language")), language_box(language, choose_language)),
            parts.asked(language(N_("Colours")), themes),
            parts.asked(language(N_("Size of texts")), scales),
            gap_px=theme.SPACE_M_PX,
        )

    def _make_folders(self) -> QVBoxLayout:
        language = self._language
        words = N_(
            "Scanners connected to this PC or its network are found by themselves. Folders that a copier fills are added here."
        )
        add = parts.button(language(N_("Add a folder")), self._choose_folder, "folder", "Ctrl+D")
        self._profiles = QComboBox()
        self._profiles.activated.connect(
            lambda number: self._presenter.choose_profile(str(self._profiles.itemData(number)))
        )
        return parts.column(
            parts.asked(language(N_("Scan profile")), self._profiles),
            parts.label(language(words), "muted", wrap=True),
            self._folders,
            parts.row(add, None),
            gap_px=theme.SPACE_M_PX,
        )

    def _make_records(self) -> QVBoxLayout:
        language = self._language
        records = parts.button(language(N_("Import records")), self._choose_records, "dossiers", "Ctrl+O")
        enrol = parts.button(
            language(N_("Enrol by file or picture of the QR")),
            self._choose_enrolment,
            "network",
            "Ctrl+Shift+E",
        )
        return parts.column(
            parts.label(language(N_("Procedure records")), "strong"),
            parts.label(
                language(
                    N_("CSV, XLSX or JSON from the one-stop system; importing again brings them up to date.")
                ),
                "muted",
                wrap=True,
            ),
            parts.row(records, None),
            parts.label(language(N_("Warehouse")), "strong"),
            parts.label(
                language(
                    N_(
                        "The province gives each station an invitation, a file or a QR; it holds the address and a code for one use."
                    )
                ),
                "muted",
                wrap=True,
            ),
            parts.row(enrol, None),
        )

    def _make_types(self) -> QVBoxLayout:
        words = N_("Import papers or procedures")
        return parts.column(
            parts.row(
                parts.button(self._language(words), self._choose_catalogue, "type", "Ctrl+Shift+O"), None
            ),
            self._types,
            gap_px=theme.SPACE_M_PX,
        )

    def _make_care(self) -> QVBoxLayout:
        language, presenter = self._language, self._presenter
        buttons = (
            parts.button(language(N_("Examine this PC")), presenter.examine, "magnifier", "F5"),
            parts.button(language(N_("Check every file")), presenter.check, "good", "F6"),
            parts.button(language(N_("Back up")), self._choose_backup, "disk", "Ctrl+Shift+B"),
            parts.button(language(N_("Diagnostics for IT")), self._choose_bundle, "export", "Ctrl+E"),
        )
        first, second = parts.row(*buttons[:2], None), parts.row(*buttons[2:], None)
        return parts.column(first, second, self._checks, gap_px=theme.SPACE_M_PX)

    def _make_doors(self, train: Callable[[], object], guide: Callable[[], object]) -> QVBoxLayout:
        language = self._language
        practise = N_(
            "Three dossiers of invented citizens, in a data folder of their own. Scan, verify and seal as on every day: nothing in it can reach the warehouse."
        )
        again = N_("Scanner with a test page, folder, records, warehouse: step by step.")
        return parts.column(
            parts.label(language(practise), "muted", wrap=True),
            parts.row(
                parts.button(language(N_("Practise with sample dossiers")), train, "play", "Ctrl+Shift+T"),
                None,
            ),
            parts.label(language(again), "muted", wrap=True),
            parts.row(parts.button(language(N_("Set up step by step")), guide, "settings", "F7"), None),
            gap_px=theme.SPACE_M_PX,
        )

    # ---- files and folders

    def _dialog(
        self, title: str, use: Callable[[Path], object], folder: bool, save: bool = False, kinds: str = ""
    ) -> None:
        dialog = QFileDialog(self, self._language(title))
        if folder:
            dialog.setFileMode(QFileDialog.FileMode.Directory)
        elif save:
            dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        else:
            dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        if kinds:
            dialog.setNameFilter(kinds)
        dialog.fileSelected.connect(lambda name: use(Path(name)))
        dialog.open()

    def _choose_folder(self) -> None:
        self._dialog(N_("Add a folder"), self._presenter.add_folder, folder=True)

    def _choose_records(self) -> None:
        self._dialog(
            N_("Import records"), self._presenter.import_records, folder=False, kinds="*.csv *.xlsx *.json"
        )

    def _choose_catalogue(self) -> None:
        self._dialog(
            N_("Import papers or procedures"),
            self._presenter.import_catalogue,
            folder=False,
            kinds="*.csv *.xlsx",
        )

    def _choose_enrolment(self) -> None:
        self._dialog(
            N_("Enrol by file or picture of the QR"),
            self._presenter.enrol,
            folder=False,
            kinds="*.json *.txt *.png *.jpg *.jpeg *.webp *.tif *.pdf",
        )

    def _choose_backup(self) -> None:
        self._dialog(N_("Back up"), self._presenter.backup, folder=True)

    def _choose_bundle(self) -> None:
        self._dialog(N_("Diagnostics for IT"), self._presenter.bundle, folder=False, save=True, kinds="*.zip")

    # ---- commands

    def commands(self) -> dict[str, Callable[[], object]]:
        presenter = self._presenter
        return {
            "settings.records": self._choose_records,
            "settings.catalogue": self._choose_catalogue,
            "settings.enrol": self._choose_enrolment,
            "settings.folder": self._choose_folder,
            "settings.examine": presenter.examine,
            "settings.check": presenter.check,
            "settings.backup": self._choose_backup,
            "settings.bundle": self._choose_bundle,
            "settings.guide": self._guide,
        }

    def entered(self) -> None:
        self._presenter.refresh()
        self._names.setFocus()

    # ---- what the presenter tells

    def show_sections(self, sections: Sequence[SectionShown]) -> None:
        parts.clear(self._office)
        for section in sections:
            self._office.addWidget(parts.label(section.title, "strong"))
            for choice in section.choices:
                self._office.addLayout(self._choice(choice))

    def _choice(self, choice: ChoiceShown) -> QVBoxLayout:
        change = partial(self._presenter.change, choice.key)
        if choice.kind == "switch":
            box = QCheckBox(choice.label)
            box.setAccessibleName(choice.label)
            box.setChecked(choice.value == "true")
            box.setEnabled(not choice.locked)
            box.clicked.connect(lambda on: change("true" if on else "false"))
            hint = parts.label(choice.hint, "small", wrap=True)
            return parts.column(box, hint, gap_px=0)
        if choice.kind == "choice":
            combo = QComboBox()
            for key, words in choice.choices:
                combo.addItem(words, key)
            combo.setCurrentIndex(max(0, combo.findData(choice.value)))
            combo.setEnabled(not choice.locked)
            combo.activated.connect(lambda number: change(str(combo.itemData(number))))
            return parts.asked(choice.label, combo, choice.hint)
        edit = QLineEdit(choice.value)
        edit.setEnabled(not choice.locked)

        def finished() -> None:
            if edit.isModified():
                edit.setModified(False)
                change(edit.text().strip())

        edit.editingFinished.connect(finished)
        return parts.asked(choice.label, edit, choice.hint)

    def show_people(self, people: Sequence[PersonShown]) -> None:
        self._people.show_people(people)

    def show_folders(self, folders: Sequence[str]) -> None:
        parts.clear(self._folders)
        for folder in folders:
            remove = self._language(N_("Remove {folder}"), folder=folder)
            line = parts.row(parts.picture("folder", theme.current().muted))
            line.addWidget(parts.label(folder, wrap=True), 1)
            line.addWidget(parts.tool(remove, partial(self._presenter.remove_folder, folder), "delete"))
            self._folders.addLayout(line)

    def show_profiles(self, chosen: str, profiles: Sequence[tuple[str, str]]) -> None:
        self._profiles.clear()
        for profile_id, name in profiles:
            self._profiles.addItem(name, profile_id)
        self._profiles.setCurrentIndex(max(0, self._profiles.findData(chosen)))

    def show_types(self, types: Sequence[tuple[str, str, int]]) -> None:
        parts.clear(self._types)
        words = N_(
            "Kinds of papers the station knows. Your administrator adds to them from a table or in the catalogue folder."
        )
        self._types.addWidget(parts.label(self._language(words), "muted", wrap=True))
        for _type_id, title, fields in types:
            count = parts.label(self._language(N_("{count} fields"), count=fields), "small")
            line = parts.row(parts.label(title, wrap=True), count)
            line.setStretch(0, 1)
            self._types.addLayout(line)

    def show_checks(self, checks: Sequence[CheckShown]) -> None:
        parts.clear(self._checks)
        colours = theme.current()
        for check in checks:
            mark = parts.picture(
                "good" if check.good else "warning", colours.good if check.good else colours.warn
            )
            words = parts.column(parts.label(check.what, wrap=True), gap_px=0)
            if check.remedy:
                words.addWidget(parts.label(check.remedy, "small", wrap=True))
            line = parts.row(mark)
            line.addLayout(words, 1)
            line.setAlignment(mark, Qt.AlignmentFlag.AlignTop)
            self._checks.addLayout(line)

    def show_progress(self, words: str, done: int, total: int) -> None:
        self._progress.setRange(0, total)
        self._progress.setValue(done)
        self._progress_words.setText(words)
        self._progress.show()
        self._stop.show()

    def hide_progress(self) -> None:
        self._progress.hide()
        self._progress_words.setText("")
        self._stop.hide()

    def say(self, sentence: str) -> None:
        self._toasts.good(sentence)

    def offer_undo(self, sentence: str, undo: Callable[[], object]) -> None:
        self._toasts.good(sentence, self._language(N_("Undo")), undo)

    def complain(self, sentence: str) -> None:
        self._toasts.problem(sentence)
