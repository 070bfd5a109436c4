"""The guided set-up, step by step. Decides, and knows no Qt.

The first two steps are needed: the office's names, and an administrator with a password. The others may be
left out and done later under Settings; leaving the window between two steps loses nothing of those before.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from station.core.errors import N_, StationError
from station.ui.language import Language
from station.ui.running import Run, Task
from station.ui.shown import SourceShown

STEPS = ("office", "administrator", "scanner", "folder", "warehouse", "done")
#: What must be answered before the others make sense.
NEEDED = ("office", "administrator")


@dataclass(frozen=True)
class Typed:
    """What was typed so far; kept when the language changes. The password is not."""

    branch: str = ""
    counter: str = ""
    name: str = ""


class SetupOffice(Protocol):
    """Jobs of the set-up."""

    def set_up(self, name: str, password: str, branch: str, counter: str) -> None: ...
    def list_sources(self) -> Sequence[SourceShown]: ...
    def profiles(self) -> tuple[str, Sequence[tuple[str, str]]]: ...
    def choose_profile(self, profile_id: str) -> None: ...
    def test_page(self, source_id: str) -> bytes: ...
    def folders(self) -> Sequence[str]: ...
    def add_folder(self, folder: Path) -> None: ...
    def remove_folder(self, folder: str) -> None: ...
    def import_records(self, file: Path, task: Task) -> tuple[int, int]: ...
    def enrol_at(self, file: Path, task: Task) -> str: ...


class SetupScreen(Protocol):
    """What the presenter tells the view."""

    def show_step(self, step: str, number: int, count: int, can_go_back: bool) -> None: ...
    def show_typed(self, typed: Typed) -> None: ...
    def show_sources(self, sources: Sequence[SourceShown]) -> None: ...
    def show_profiles(self, chosen: str, profiles: Sequence[tuple[str, str]]) -> None: ...
    def show_test_page(self, picture: bytes) -> None: ...
    def show_folders(self, folders: Sequence[str]) -> None: ...
    def show_note(self, sentence: str) -> None: ...
    def wait(self, waiting: bool) -> None: ...
    def complain(self, sentence: str) -> None: ...


class SetupPresenter:
    """One step after the other."""

    def __init__(
        self, office: SetupOffice, run: Run, language: Language, name: str, finished: Callable[[bool], None]
    ) -> None:
        """Args: name: the account that waits for its password; finished: told whether to practise first."""
        self._office = office
        self._run = run
        self._language = language
        self._finished = finished
        self._screen: SetupScreen | None = None
        self._step = "office"
        self._making = False
        self.typed = Typed(name=name)

    def attach(self, screen: SetupScreen) -> None:
        """Takes a (new) view and shows it the step reached."""
        self._screen = screen
        screen.show_typed(self.typed)
        self._show(self._step)

    @property
    def step(self) -> str:
        return self._step

    def begin_at(self, step: str) -> None:
        """Where an administrator who is signed in takes the guide up again."""
        self._step = step

    def _show(self, step: str) -> None:
        self._step = step
        if self._screen is None:
            return
        number = STEPS.index(step)
        back = number > len(NEEDED) or step == "administrator"
        self._screen.show_step(step, number + 1, len(STEPS), back)
        if step == "scanner":
            self.find_sources()
            self._run(
                lambda _task: self._office.profiles(),
                lambda found: self._screen.show_profiles(*found) if self._screen else None,
                self._complain,
            )
        elif step == "folder":
            self._show_folders()

    def go_on(self) -> None:
        """To the next step, leaving this one as it is."""
        self._show(STEPS[min(STEPS.index(self._step) + 1, len(STEPS) - 1)])

    def go_back(self) -> None:
        """To the step before; what is done stays done."""
        first = 0 if self._step == "administrator" else len(NEEDED)
        self._show(STEPS[max(STEPS.index(self._step) - 1, first)])

    def give_office(self, branch: str, counter: str) -> None:
        self.typed = Typed(branch.strip(), counter.strip(), self.typed.name)
        self.go_on()

    def give_administrator(self, name: str, password: str, again: str) -> None:
        """Makes the account; there is no default password."""
        self.typed = Typed(self.typed.branch, self.typed.counter, name.strip())
        if not name.strip():
            self._complain_words(N_("The administrator needs a name."))
        elif password != again:
            self._complain_words(N_("The two passwords differ. Type them again."))
        elif not self._making:
            self._making = True
            typed = self.typed
            self._work(
                lambda _task: self._office.set_up(typed.name, password, typed.branch, typed.counter),
                lambda _nothing: self._made(),
            )

    def _made(self) -> None:
        self._making = False
        self.go_on()

    # ---- scanner

    def find_sources(self) -> None:
        """Looks for scanners; that takes seconds."""

        def found(sources: tuple[SourceShown, ...]) -> None:
            if self._screen:
                self._screen.show_sources(sources)

        self._work(lambda _task: tuple(self._office.list_sources()), found)

    def choose_profile(self, profile_id: str) -> None:
        self._run(
            lambda _task: self._office.choose_profile(profile_id), lambda _nothing: None, self._complain
        )

    def scan_test_page(self, source_id: str) -> None:
        """Shows one side as the device gives it."""
        if not source_id:
            self._complain_words(N_("No scanner is chosen. Connect one, then search again."))
            return

        def came(picture: bytes) -> None:
            if self._screen:
                self._screen.show_test_page(picture)
                self._screen.show_note(self._language(N_("The test page is here. Nothing of it is kept.")))

        self._work(lambda _task: self._office.test_page(source_id), came)

    # ---- folders, records, warehouse

    def _show_folders(self) -> None:
        self._run(
            lambda _task: tuple(self._office.folders()),
            lambda folders: self._screen.show_folders(folders) if self._screen else None,
            self._complain,
        )

    def add_folder(self, folder: Path) -> None:
        self._work(lambda _task: self._office.add_folder(folder), lambda _nothing: self._show_folders())

    def remove_folder(self, folder: str) -> None:
        self._work(lambda _task: self._office.remove_folder(folder), lambda _nothing: self._show_folders())

    def import_records(self, file: Path) -> None:
        def done(counts: tuple[int, int]) -> None:
            taken, refused = counts
            words = N_("{taken} records taken, {refused} rows refused.")
            self._note(words, taken=self._language.number(taken), refused=self._language.number(refused))

        self._work(lambda task: self._office.import_records(file, task), done)

    def enrol(self, file: Path) -> None:
        """The province's invitation: its file, or a picture of its QR."""

        def done(branch: str) -> None:
            self._note(N_("This station is enrolled at the warehouse as {branch}."), branch=branch)

        self._work(lambda task: self._office.enrol_at(file, task), done)

    def finish(self, practise: bool) -> None:
        """To work, or to training first."""
        self._finished(practise)

    # ---- speaking

    def _work(self, job: Callable[[Task], object], done: Callable[..., None]) -> None:
        """A job the step waits for."""

        def ended(result: object) -> None:
            if self._screen:
                self._screen.wait(False)
            done(result)

        if self._screen:
            self._screen.wait(True)
        self._run(job, ended, self._complain)

    def _note(self, sentence: str, **values: object) -> None:
        if self._screen:
            self._screen.show_note(self._language(sentence, **values))

    def _complain_words(self, sentence: str) -> None:
        if self._screen:
            self._screen.complain(self._language(sentence))

    def _complain(self, error: StationError) -> None:
        self._making = False
        if self._screen:
            self._screen.wait(False)
            self._screen.complain(self._language.error(error))
