"""One window over one data folder: session, bridge, presenters, screens, from start to close.

The window is shown before the data folder is opened, and every screen's modules are imported when it is
first looked at: an office PC shows the sign-in within two seconds.
"""

import importlib
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication

from station.core.errors import N_, StationError
from station.core.settings import Settings
from station.core.texts import LANGUAGES
from station.ui import theme
from station.ui.bridge import Background
from station.ui.language import Language
from station.ui.main_window import MainWindow, Shell
from station.ui.running import Task
from station.ui.screens import Screens, living
from station.ui.shown import StatusShown
from station.ui.tidying import Tidying
from station.ui.verbs.session import Session
from station.work.station import Station

if TYPE_CHECKING:
    from station.ui.settings.setup_presenter import SetupPresenter

log = logging.getLogger(__name__)

STATUS_EVERY_MS = 4000
#: Who practises without signing in.
TRAINEE = "trainee"
RESUMED = N_("The last run was cut short; {count} dossiers were read to the end.")


class _Idle(QObject):
    """Tells when no key and no mouse was touched for a while."""

    def __init__(self, timed_out: Callable[[], None]) -> None:
        super().__init__()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(timed_out)

    def watch(self, minutes: int) -> None:
        """Starts over with so many minutes; 0 never times out."""
        self._timer.stop()
        if minutes > 0:
            self._timer.start(minutes * 60_000)

    def stop(self) -> None:
        self._timer.stop()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress) and self._timer.isActive():
            self._timer.start()
        return False


class Desk(QObject):
    """One window over one data folder, from start to close."""

    def __init__(self, qt: QApplication, home: Path, language: str | None) -> None:
        super().__init__()
        self._qt = qt
        self.session = Session(home)
        self._remembered = self.session.remembered()
        self.language = Language(language or self._remembered.language or "vi")
        self._language_given = bool(language or self._remembered.language)
        theme.apply(qt, self._remembered.theme, self._remembered.text_scale)
        self.background = Background(self)
        self._tidying = Tidying(lambda: self.background.busy_count == 0, self)
        self.window = MainWindow(self.language)
        self.window.closing.connect(self.close)
        self.screens = Screens(self)
        self._idle = _Idle(self.sign_out)
        self._status_timer = QTimer(self)
        self._status_timer.timeout.connect(self._ask_status)
        self._asking = False
        self._closed = False
        self._resumed = False
        #: The office's session and screens while the window is in training.
        self._office: tuple[Session, Screens] | None = None

    # ---- starting and signing in

    def start(self) -> None:
        """Shows the window, calm from the first moment, and opens the data folder behind it."""
        from station.ui.demo import WaitingCard

        self.window.show_card(WaitingCard(self.language, self.language(N_("Opening the data folder"))))
        self.show_window()
        self.background.run(lambda _task: self._open(), self._opened, self._could_not_open)

    def show_window(self) -> None:
        """Shows the window and listens for keys and clicks, to know when nobody is there.

        The system's own window is listened to, and not the application: that would run Python for every paint
        and timer of every widget, and wait for the interpreter's lock each time.
        """
        self.window.show()
        self.window.windowHandle().installEventFilter(self._idle)

    def _open(self) -> tuple[Settings, bool, str]:
        settings = self.session.open()
        # Imported here, off the main thread, so that the first screen is there at once after signing in.
        importlib.import_module("station.ui.verbs.scanning")
        importlib.import_module("station.ui.scan.view")
        first, name = self.session.first_start()
        return settings, first, name

    def _opened(self, opened: tuple[Settings, bool, str]) -> None:
        settings, first, name = opened
        if not self._language_given:
            self.language.choose(settings.language)
        self.window.retitle()
        if first:
            self.guide("office", name)
        else:
            self.show_sign_in()

    def _could_not_open(self, error: StationError) -> None:
        from station.ui.widgets.sign_in import NotOpened

        def again() -> None:
            card.wait()
            self.background.run(lambda _task: self._open(), self._opened, self._could_not_open)

        card = NotOpened(self.language, self.language.error(error), again, self.window.close)
        self.window.show_card(card)

    def _could_not_resume(self, error: StationError) -> None:
        self.window.toasts.problem(self.language.error(error))

    def guide(self, step: str = "scanner", name: str = "") -> None:
        """The guided set-up: from the office on at the first start, from the scanner on for an administrator.

        Args: name: the account that waits for its password.
        """
        from station.ui.settings.setup_presenter import SetupPresenter
        from station.ui.verbs.setup import SetupVerbs

        verbs = SetupVerbs(self.session, self.language)
        presenter = SetupPresenter(verbs, self.background.run, self.language, name, self._set_up)
        presenter.begin_at(step)
        self._guide(presenter)

    def _guide(self, presenter: "SetupPresenter") -> None:
        from station.ui.settings.setup_view import SetupView

        def choose_language(code: str) -> None:
            self.language.choose(code)
            self.window.retitle()
            self._guide(presenter)

        view = SetupView(presenter, self.language, choose_language)
        self.window.show_card(view)
        presenter.attach(living(view))

    def _set_up(self, practise: bool) -> None:
        self._begin()
        if practise:
            self.toggle_training()

    def show_sign_in(self) -> None:
        """Shows the sign-in card."""
        from station.ui.widgets.sign_in import SignIn

        name = self.session.remembered().last_name
        card = SignIn(self.language, name, self._card_language, self.toggle_training)
        card.submitted.connect(
            lambda name, password: self._enter(lambda: self.session.sign_in(name, password), card.complain)
        )
        self.window.show_card(card)
        self.window.retitle(self.language(N_("Sign in")))

    def _card_language(self, code: str) -> None:
        self.language.choose(code)
        self.window.retitle()
        self.show_sign_in()

    def _enter(self, enter: Callable[[], None], complain: Callable[[str], None]) -> None:
        self.background.run(
            lambda _task: enter(),
            lambda _nothing: self._begin(),
            lambda error: complain(self.language.error(error)),
        )

    def _begin(self) -> None:
        """The screens; and, once a start, what the last run left unread goes on in the background."""
        self.show_shell()
        if not self._resumed:
            self._resumed = True
            self.background.run(
                lambda _task: self.screens.prepare(), lambda _nothing: None, self._could_not_resume
            )
            self.background.run(self._resume, self._went_on, self._could_not_resume)

    def _resume(self, task: Task) -> int:
        from station.work import ingesting

        return ingesting.resume(self.session.station, task.should_stop)

    def _went_on(self, dossiers: int) -> None:
        if dossiers:
            self.window.toasts.good(self.language(RESUMED).format(count=dossiers))

    def use(self, station: Station) -> None:
        """Begins with a station opened elsewhere, without asking for a password."""
        self.session.hold()
        self.session.take_over(station)
        self.show_shell()

    # ---- training

    def toggle_training(self) -> None:
        """Into the training folder with its sample dossiers, or back to the office's own."""
        if self.screens.busy:
            begun = self._office is not None
            words = (
                N_("Wait until the pile is read, then end training.")
                if begun
                else N_("Wait until the pile is read, then begin training.")
            )
            self.window.toasts.problem(self.language(words))
            return
        if self._office is not None:
            self._end_training()
            return
        from station.ui.demo import WaitingCard
        from station.work import training

        name = self.session.station.actor.name if self.session.signed_in else TRAINEE
        home, code = self.session.home, self.language.code
        card = WaitingCard(self.language, self.language(N_("Making sample dossiers")))
        self._status_timer.stop()
        self.window.show_card(card)
        self.background.run(
            lambda task: training.prepare(home, name, code, lambda *step: task.report(step)),
            self._begin_training,
            self._no_training,
            lambda step: card.show_progress(step[1], step[2]),
        )

    def _begin_training(self, station: Station) -> None:
        remembered = self.session.remembered()
        self._office = (self.session, self.screens)
        self.session = Session(station.home)
        self.session.note(theme=remembered.theme, text_scale=remembered.text_scale)
        self.screens = Screens(self)
        self.use(station)

    def _no_training(self, error: StationError) -> None:
        if self.session.signed_in:
            self.show_shell()
        else:
            self.show_sign_in()
        self.window.toasts.problem(self.language.error(error))

    def _end_training(self) -> None:
        """The office's own folder again; whoever practised signs in."""
        assert self._office is not None
        self._idle.stop()
        self._status_timer.stop()
        self.screens.close()
        self.session.let_go()
        (self.session, self.screens), self._office = self._office, None
        self.session.lock()
        self.show_sign_in()

    def sign_out(self) -> None:
        """Back to the sign-in card; scanning and sending go on."""
        if self._office is not None:
            self.toggle_training()
        elif self.session.signed_in and not self._closed:
            self._idle.stop()
            self._status_timer.stop()
            self.session.lock()
            self.show_sign_in()

    # ---- the screens

    def show_shell(self, at: str = "") -> None:
        """Draws every screen anew, at the one where work was left: after signing in, another language or theme."""
        own: dict[str, Callable[[], object]] = {
            "palette": self.window.open_palette,
            "help": self.window.open_help,
            "theme": self.next_theme,
            "language": self.next_language,
            "training": self.toggle_training,
            "sign_out": self.sign_out,
        }
        shell = Shell(self.language, self.screens.makers(), own, self.session.station.training)
        self.window.show_shell(shell)
        self._tidying.start_over()
        left_at = at or self.session.remembered().screen
        shell.go(left_at if left_at in self.screens.makers() else "scan")
        self._idle.watch(self.session.settings.idle_lock_min)
        self._status_timer.start(STATUS_EVERY_MS)
        self._ask_status()

    def redraw(self) -> None:
        """The screens again, at the one looked at."""
        if self.window.shell is not None:
            self.show_shell(self.window.shell.current)

    def choose_language(self, code: str) -> None:
        """Vietnamese, English or Khmer, from now on."""
        self.language.choose(code)
        self.session.note(language=self.language.code)
        self.redraw()

    def next_language(self) -> None:
        at = LANGUAGES.index(self.language.code)
        self.choose_language(LANGUAGES[(at + 1) % len(LANGUAGES)])

    def choose_looks(self, name: str, text_scale: float) -> None:
        """Light or dark, and how large texts are."""
        theme.apply(self._qt, name, text_scale)
        self.session.note(theme=name, text_scale=text_scale)
        self.redraw()

    def next_theme(self) -> None:
        remembered = self.session.remembered()
        self.choose_looks("light" if remembered.theme == "dark" else "dark", remembered.text_scale)

    # ---- the status line

    def _ask_status(self) -> None:
        if self.session.signed_in:
            self.screens.sync_presenter().tick()
        if self._asking or not self.session.signed_in:
            return
        self._asking = True
        self.background.run(lambda _task: self._look_around(), self._show_status, self._status_failed)

    def _look_around(self) -> StatusShown:
        """A job: the status, and where the operator is, so that a power cut costs four seconds at most."""
        self._remember_place()
        return self.screens.status()

    def _remember_place(self) -> None:
        if not self.session.signed_in or self.window.shell is None:
            return
        place = self.screens.place()
        self.session.note(
            screen=self.window.shell.current or "scan",
            intake_id=place.intake_id if place else None,
            dossier_id=place.dossier_id if place else None,
            page_id=place.page_id if place else None,
        )

    def _show_status(self, status: StatusShown) -> None:
        self._asking = False
        self.window.show_status(status)

    def _status_failed(self, error: StationError) -> None:
        self._asking = False
        log.info("the status could not be asked: %s", type(error).__name__)

    # ---- the end

    def close(self) -> None:
        """Ends jobs and children; what came is on the disk."""
        if not self._closed:
            self._closed = True
            self._status_timer.stop()
            self._idle.stop()
            self._tidying.close()
            self.window.hide()
            self.background.close()
            self._remember_place()
            for session, screens in filter(None, (self._office, (self.session, self.screens))):
                screens.close()
                session.let_go()
