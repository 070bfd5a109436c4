"""What happens on the sync screen, and the sending that goes on by itself behind every screen. No Qt."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from station.core.errors import N_, StationError
from station.ui.language import Language
from station.ui.running import Run, Task
from station.ui.shown import ParcelShown

# What waits is tried so often while the window is open; a failed package has its own, longer pause.
SEND_EVERY_S = 30.0


@dataclass(frozen=True)
class SentShown:
    """How a round of sending ended; `problem` is a sentence or empty."""

    delivered: int
    refused: int
    problem: str = ""


@dataclass(frozen=True)
class SendingWindow:
    """When and how fast packages may leave. Times as HH:MM, empty for any; 0 for no limit."""

    since: str
    until: str
    limit_bytes_s: int


class SyncOffice(Protocol):
    """Jobs of the sync screen."""

    def list_outbox(self) -> Sequence[ParcelShown]: ...
    def may_send_now(self) -> bool:
        """Whether a warehouse is known and something waits whose time has come."""
        ...

    def send(self, at_once: bool, task: Task) -> SentShown:
        """Reports (package id, sent bytes, all bytes)."""
        ...

    def wake(self, package_id: str) -> None: ...
    def export(self, folder: Path, task: Task) -> int: ...
    def take_receipts(self, folder: Path) -> int: ...
    def write_list(self, folder: Path) -> int:
        """What was handed over today, as files; returns how many packages."""
        ...

    def window(self) -> SendingWindow: ...
    def set_window(self, window: SendingWindow) -> None: ...


class SyncScreen(Protocol):
    """What the presenter tells the view."""

    def show_parcels(self, parcels: Sequence[ParcelShown]) -> None: ...
    def show_sending(self, words: str, done: int, total: int) -> None: ...
    def hide_sending(self) -> None: ...
    def show_window(self, window: SendingWindow, paused: bool) -> None: ...
    def say(self, sentence: str) -> None: ...
    def complain(self, sentence: str) -> None: ...


class SyncPresenter:
    """The outbox, live."""

    def __init__(self, office: SyncOffice, run: Run, language: Language) -> None:
        self._office = office
        self._run = run
        self._language = language
        self._screen: SyncScreen | None = None
        self._sending: Task | None = None
        self._loading = False
        self._paused = False
        self._tried_at = 0.0
        self._started_at = 0.0

    def attach(self, screen: SyncScreen) -> None:
        self._screen = screen
        self._show_window()

    @property
    def sending(self) -> bool:
        return self._sending is not None

    @property
    def paused(self) -> bool:
        return self._paused

    def refresh(self) -> None:
        """Fetches the outbox as it is."""
        if not self._loading:
            self._loading = True
            self._run(lambda _task: tuple(self._office.list_outbox()), self._loaded, self._load_failed)

    def _loaded(self, parcels: tuple[ParcelShown, ...]) -> None:
        self._loading = False
        if self._screen:
            self._screen.show_parcels(parcels)

    def _load_failed(self, error: StationError) -> None:
        self._loading = False
        self._complain(error)

    # ---- sending

    def tick(self) -> None:
        """Called every second: what waits leaves by itself when a network is there."""
        if self._sending is None and not self._paused and time.monotonic() - self._tried_at >= SEND_EVERY_S:
            self._tried_at = time.monotonic()
            self._run(
                lambda _task: self._office.may_send_now(),
                lambda may: self._send(at_once=False) if may else None,
                lambda _error: None,
            )

    def send_now(self) -> None:
        """F5: everything that waits, at once, also outside the window."""
        self._paused = False
        self._show_window()
        self._send(at_once=True)

    def _send(self, at_once: bool) -> None:
        if self._sending is not None:
            return
        self._started_at = time.monotonic()
        self._sending = self._run(
            lambda task: self._office.send(at_once, task),
            lambda sent: self._sent(sent, at_once),
            lambda error: self._send_failed(error, at_once),
            self._moved,
        )
        if self._screen:
            self._screen.show_sending(self._language(N_("Sending")), 0, 0)

    def _moved(self, step: tuple[str, int, int]) -> None:
        _package, done, total = step
        seconds = max(0.1, time.monotonic() - self._started_at)
        words = self._language(
            N_("Sending: {done} of {total}, {rate} a second"),
            done=self._language.size(done),
            total=self._language.size(total),
            rate=self._language.size(done / seconds),
        )
        if self._screen:
            self._screen.show_sending(words, done // 1024, max(1, total // 1024))
        self.refresh()

    def _sent(self, sent: SentShown, at_once: bool) -> None:
        self._end_sending()
        if sent.problem:
            if at_once and self._screen:
                self._screen.complain(sent.problem)
        elif self._screen and (sent.delivered or at_once):
            words = N_("{count} packages delivered, each with its receipt.")
            self._screen.say(self._language(words, count=sent.delivered))

    def _send_failed(self, error: StationError, at_once: bool) -> None:
        self._end_sending()
        if at_once:
            self._complain(error)

    def _end_sending(self) -> None:
        self._sending = None
        if self._screen:
            self._screen.hide_sending()
        self.refresh()

    def stop(self) -> None:
        """Stops after the chunk on its way; the next round goes on from there."""
        if self._sending is not None:
            self._sending.stop()

    def pause(self) -> None:
        """Sends nothing by itself until pressed again."""
        self._paused = not self._paused
        if self._paused:
            self.stop()
        self._show_window()

    def wake(self, package_id: str) -> None:
        """Lets one package go at once; a refused one waits again."""
        self._run(
            lambda _task: self._office.wake(package_id), lambda _nothing: self.send_now(), self._complain
        )

    # ---- the stick, the window

    def export(self, folder: Path) -> None:
        """Writes what waits onto a stick, encrypted for the warehouse."""
        task = self._run(
            lambda task: self._office.export(folder, task),
            self._exported,
            self._send_failed_at_once,
            lambda step: (
                self._screen.show_sending(self._language(N_("Exporting")), step[1], step[2])
                if self._screen
                else None
            ),
        )
        self._sending = task
        if self._screen:
            self._screen.show_sending(self._language(N_("Exporting")), 0, 0)

    def _exported(self, count: int) -> None:
        self._end_sending()
        if self._screen:
            words = N_(
                "{count} packages are on the stick. They leave the outbox when their receipts are back."
            )
            self._screen.say(self._language(words, count=count))

    def _send_failed_at_once(self, error: StationError) -> None:
        self._send_failed(error, at_once=True)

    def take_receipts(self, folder: Path) -> None:
        """Takes in the receipts that came back on the stick."""

        def done(count: int) -> None:
            self.refresh()
            if self._screen:
                self._screen.say(self._language(N_("{count} receipts taken in."), count=count))

        self._run(lambda _task: self._office.take_receipts(folder), done, self._complain)

    def write_list(self, folder: Path) -> None:
        """Writes what was handed over today into a folder."""

        def done(count: int) -> None:
            if self._screen:
                words = N_("{count} packages handed over today are listed in {folder}.")
                self._screen.say(self._language(words, count=count, folder=folder))

        self._run(lambda _task: self._office.write_list(folder), done, self._complain)

    def set_window(self, window: SendingWindow) -> None:
        self._run(
            lambda _task: self._office.set_window(window),
            lambda _nothing: self._show_window(),
            self._window_refused,
        )

    def _window_refused(self, error: StationError) -> None:
        self._complain(error)
        self._show_window()

    def _show_window(self) -> None:
        if self._screen:
            self._screen.show_window(self._office.window(), self._paused)

    def _complain(self, error: StationError) -> None:
        if self._screen:
            self._screen.complain(self._language.error(error))
