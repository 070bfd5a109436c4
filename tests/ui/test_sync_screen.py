"""What leaves by itself, what is held back, and what the operator is told: the sync screen's decisions."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from station.core.errors import StationError
from station.ui.language import Language
from station.ui.running import Task
from station.ui.sync import presenter as sync
from station.ui.sync.presenter import SendingWindow, SentShown, SyncPresenter


class StickGone(StationError):
    sentence = "The stick is gone. Put it in again, then export once more."


class Office:
    """An outbox in which something waits, and a stick."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.sent = SentShown(2, 0)
        self.stick_is_in = True

    def list_outbox(self) -> tuple[Any, ...]:
        return ()

    def may_send_now(self) -> bool:
        return True

    def send(self, at_once: bool, task: Task) -> SentShown:
        self.done.append("at once" if at_once else "by itself")
        task.report(("package", 512 << 10, 1 << 20))
        return self.sent

    def export(self, folder: Path, task: Task) -> int:
        if not self.stick_is_in:
            raise StickGone
        task.report(("check", 3, 4))
        return 4

    def take_receipts(self, _folder: Path) -> int:
        return 4

    def window(self) -> SendingWindow:
        return SendingWindow("17:30", "23:00", 0)


class Screen:
    def __init__(self) -> None:
        self.said: list[str] = []
        self.complained: list[str] = []
        self.progress: list[tuple[str, int, int]] = []
        self.paused = False

    def show_parcels(self, parcels: Any) -> None: ...

    def show_sending(self, words: str, done: int, total: int) -> None:
        self.progress.append((words, done, total))

    def hide_sending(self) -> None: ...

    def show_window(self, _window: SendingWindow, paused: bool) -> None:
        self.paused = paused

    def say(self, sentence: str) -> None:
        self.said.append(sentence)

    def complain(self, sentence: str) -> None:
        self.complained.append(sentence)


class Later:
    """Jobs run when the test says so, as on another thread."""

    def __init__(self) -> None:
        self._jobs: list[Callable[[], None]] = []

    def __call__(
        self,
        job: Callable[[Task], Any],
        done: Callable[[Any], None],
        failed: Callable[[StationError], None],
        progress: Callable[[Any], None] = lambda _value: None,
    ) -> Task:
        task = Task(progress)

        def go() -> None:
            try:
                result = job(task)
            except StationError as error:
                failed(error)
            else:
                done(result)

        self._jobs.append(go)
        return task

    def go(self) -> None:
        while self._jobs:
            self._jobs.pop(0)()


@pytest.fixture
def screen_and_office(monkeypatch: pytest.MonkeyPatch) -> tuple[SyncPresenter, Screen, Office, Later]:
    monkeypatch.setattr(sync, "SEND_EVERY_S", 0.0)
    office, screen, later = Office(), Screen(), Later()
    presenter = SyncPresenter(office, later, Language("en"))  # type: ignore[arg-type]
    presenter.attach(screen)  # type: ignore[arg-type]
    return presenter, screen, office, later


Made = tuple[SyncPresenter, Screen, Office, Later]


def test_what_waits_leaves_by_itself_until_sending_is_paused(screen_and_office: Made) -> None:
    presenter, screen, office, later = screen_and_office
    presenter.tick()
    later.go()
    assert office.done == ["by itself"]
    assert screen.said == ["2 packages delivered, each with its receipt."]
    assert screen.progress[-1][1:] == (512, 1024), "half of the megabyte"
    presenter.pause()
    presenter.tick()
    later.go()
    assert screen.paused and office.done == ["by itself"]
    presenter.send_now()
    later.go()
    assert office.done == ["by itself", "at once"] and not screen.paused, "Send now ends the pause"


def test_a_round_that_failed_by_itself_is_told_by_its_row_and_one_asked_for_by_a_sentence(
    screen_and_office: Made,
) -> None:
    presenter, screen, office, later = screen_and_office
    office.sent = SentShown(0, 0, "The warehouse cannot be reached. Check the network; it is tried again.")
    presenter.tick()
    later.go()
    assert screen.complained == []
    presenter.send_now()
    later.go()
    assert screen.complained == [office.sent.problem]


def test_an_export_shows_its_progress_its_end_and_a_stick_that_is_gone(screen_and_office: Made) -> None:
    presenter, screen, office, later = screen_and_office
    presenter.export(Path("stick"))
    assert presenter.sending, "nothing else is sent meanwhile"
    later.go()
    assert ("Exporting", 3, 4) in screen.progress and not presenter.sending
    assert screen.said[-1].startswith("4 packages are on the stick.")
    presenter.take_receipts(Path("stick"))
    later.go()
    assert screen.said[-1] == "4 receipts taken in."
    office.stick_is_in = False
    presenter.export(Path("stick"))
    later.go()
    assert screen.complained == [StickGone.sentence] and not presenter.sending
