"""What happens on the settings screen. Decides, and knows no Qt."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from station.core.errors import N_, StationError
from station.ui.language import Language
from station.ui.running import Run, Task
from station.ui.shown import CheckShown, PersonShown, SectionShown


class SettingsOffice(Protocol):
    """Jobs of the settings screen."""

    def sections(self) -> Sequence[SectionShown]: ...
    def change(self, key: str, value: str) -> None: ...
    def people(self) -> Sequence[PersonShown]: ...
    def add_person(self, name: str, role: str, password: str) -> None: ...
    def set_active(self, name: str, active: bool) -> None: ...
    def set_password(self, name: str, password: str) -> None: ...
    def set_role(self, name: str, role: str) -> None: ...
    def folders(self) -> Sequence[str]: ...
    def add_folder(self, folder: Path) -> None: ...
    def remove_folder(self, folder: str) -> None: ...
    def profiles(self) -> tuple[str, Sequence[tuple[str, str]]]: ...
    def choose_profile(self, profile_id: str) -> None: ...
    def document_types(self) -> Sequence[tuple[str, str, int]]: ...
    def import_records(self, file: Path, task: Task) -> tuple[int, int]: ...
    def import_catalogue(self, file: Path) -> int: ...
    def enrol(self, file: Path) -> None: ...
    def examine(self) -> Sequence[CheckShown]: ...
    def check(self, task: Task) -> Sequence[CheckShown]: ...
    def backup(self, folder: Path, task: Task) -> int: ...
    def bundle(self, file: Path) -> None: ...


class SettingsScreen(Protocol):
    """What the presenter tells the view."""

    def show_sections(self, sections: Sequence[SectionShown]) -> None: ...
    def show_people(self, people: Sequence[PersonShown]) -> None: ...
    def show_folders(self, folders: Sequence[str]) -> None: ...
    def show_profiles(self, chosen: str, profiles: Sequence[tuple[str, str]]) -> None: ...
    def show_types(self, types: Sequence[tuple[str, str, int]]) -> None: ...
    def show_checks(self, checks: Sequence[CheckShown]) -> None: ...
    def show_progress(self, words: str, done: int, total: int) -> None: ...
    def hide_progress(self) -> None: ...
    def say(self, sentence: str) -> None: ...
    def offer_undo(self, sentence: str, undo: Callable[[], object]) -> None: ...
    def complain(self, sentence: str) -> None: ...


class SettingsPresenter:
    """Settings change at once; what cannot be changed says why."""

    def __init__(
        self, office: SettingsOffice, run: Run, language: Language, changed: Callable[[str], None]
    ) -> None:
        self._office = office
        self._run = run
        self._language = language
        self._changed = changed
        self._screen: SettingsScreen | None = None
        self._long: Task | None = None

    def attach(self, screen: SettingsScreen) -> None:
        self._screen = screen

    def refresh(self) -> None:
        """Fetches everything the screen shows; parts the actor may not see stay empty."""
        screen = self._screen
        if screen is None:
            return
        self._run(lambda _t: tuple(self._office.sections()), screen.show_sections, self._complain)
        self._run(lambda _t: tuple(self._office.people()), screen.show_people, lambda _error: None)
        self._run(lambda _t: tuple(self._office.folders()), screen.show_folders, self._complain)
        self._run(
            lambda _t: self._office.profiles(), lambda found: screen.show_profiles(*found), self._complain
        )
        self._run(lambda _t: tuple(self._office.document_types()), screen.show_types, self._complain)

    def change(self, key: str, value: str) -> None:
        """One setting as its text."""

        def done(_nothing: None) -> None:
            self._say(N_("Saved."))
            self._changed(key)

        self._run(lambda _t: self._office.change(key, value), done, self._refused)

    def _refused(self, error: StationError) -> None:
        self._complain(error)
        self.refresh()

    # ---- people and folders

    def add_person(self, name: str, role: str, password: str) -> None:
        if not name:
            self._complain_words(N_("The account needs a name."))
            return
        self._then_people(lambda: self._office.add_person(name, role, password), N_("The account was made."))

    def set_active(self, name: str, active: bool) -> None:
        words = N_("The account may sign in again.") if active else N_("The account is switched off.")
        self._then_people(lambda: self._office.set_active(name, active), words)

    def set_password(self, name: str, password: str) -> None:
        self._then_people(lambda: self._office.set_password(name, password), N_("The password was changed."))

    def set_role(self, name: str, role: str) -> None:
        self._then_people(lambda: self._office.set_role(name, role), N_("The role was changed."))

    def _then_people(self, job: Callable[[], None], words: str) -> None:
        def done(_nothing: None) -> None:
            self._say(words)
            self.refresh()

        self._run(lambda _t: job(), done, self._refused)

    def choose_profile(self, profile_id: str) -> None:
        """How scanners are asked to scan on this PC."""
        self._run(
            lambda _t: self._office.choose_profile(profile_id),
            lambda _nothing: self._say(N_("Saved.")),
            self._complain,
        )

    def add_folder(self, folder: Path) -> None:
        self._then_folders(lambda: self._office.add_folder(folder))

    def remove_folder(self, folder: str) -> None:
        """Undone from the message instead of confirmed before."""

        def removed() -> None:
            if self._screen:
                words = self._language(N_("{folder} is no longer watched."), folder=folder)
                self._screen.offer_undo(words, lambda: self.add_folder(Path(folder)))

        self._then_folders(lambda: self._office.remove_folder(folder), removed)

    def _then_folders(self, job: Callable[[], None], told: Callable[[], None] = lambda: None) -> None:
        def done(_nothing: None) -> None:
            told()
            self._changed("folders")
            self.refresh()

        self._run(lambda _t: job(), done, self._complain)

    # ---- long work

    def _begin(self, words: str, job: Callable[[Task], object], done: Callable[[object], None]) -> None:
        if self._long is not None:
            return

        def ended(result: object) -> None:
            self._long = None
            if self._screen:
                self._screen.hide_progress()
            done(result)

        def failed(error: StationError) -> None:
            self._long = None
            if self._screen:
                self._screen.hide_progress()
            self._complain(error)

        def moved(step: tuple[str, int, int]) -> None:
            if self._screen:
                self._screen.show_progress(self._language(words), step[1], step[2])

        self._long = self._run(job, ended, failed, moved)
        if self._screen:
            self._screen.show_progress(self._language(words), 0, 0)

    def stop(self) -> None:
        if self._long is not None:
            self._long.stop()

    def import_records(self, file: Path) -> None:
        """Procedure records from the one-stop system: CSV, XLSX or JSON."""

        def done(result: object) -> None:
            taken, refused = result if isinstance(result, tuple) else (0, 0)
            self._say(N_("{taken} records taken, {refused} rows refused."), taken=taken, refused=refused)

        self._begin(N_("Importing records"), lambda task: self._office.import_records(file, task), done)

    def import_catalogue(self, file: Path) -> None:
        """The office's own papers or procedures from a table; all of its rows or none."""

        def done(count: object) -> None:
            self._say(N_("{count} papers or procedures were taken in."), count=count)
            self.refresh()

        words = N_("Taking in papers and procedures")
        self._begin(words, lambda _task: self._office.import_catalogue(file), done)

    def enrol(self, file: Path) -> None:
        """Makes this station known to the warehouse by the province's file."""

        def done(_result: object) -> None:
            self._say(N_("This station is enrolled at the warehouse."))
            self._changed("warehouse_url")
            self.refresh()

        self._begin(N_("Enrolling"), lambda _task: self._office.enrol(file), done)

    def examine(self) -> None:
        """What is missing on this PC, each with its remedy."""
        self._begin(N_("Looking at this PC"), lambda _task: tuple(self._office.examine()), self._checked)

    def check(self) -> None:
        """Rows against files against hashes."""
        self._begin(N_("Checking every file"), lambda task: tuple(self._office.check(task)), self._checked)

    def _checked(self, result: object) -> None:
        if self._screen and isinstance(result, tuple):
            self._screen.show_checks(result)

    def backup(self, folder: Path) -> None:
        def done(result: object) -> None:
            self._say(N_("The backup is whole: {count} files were new."), count=result)

        self._begin(N_("Backing up"), lambda task: self._office.backup(folder, task), done)

    def bundle(self, file: Path) -> None:
        """A file for the IT staff, without personal data."""

        def done(_result: object) -> None:
            self._say(N_("The diagnostics are in {file}. They hold no personal data."), file=file.name)

        self._begin(N_("Collecting diagnostics"), lambda _task: self._office.bundle(file), done)

    # ---- speaking

    def _say(self, sentence: str, **values: object) -> None:
        if self._screen:
            self._screen.say(self._language(sentence, **values))

    def _complain_words(self, sentence: str) -> None:
        if self._screen:
            self._screen.complain(self._language(sentence))

    def _complain(self, error: StationError) -> None:
        if self._screen:
            self._screen.complain(self._language.error(error))
