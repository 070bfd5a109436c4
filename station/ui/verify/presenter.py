"""What happens on the verify screen. Decides, and knows no Qt.

Only doubtful fields are shown, the most critical first, across dossiers. Every key that changes or accepts
is counted and stored with the value, so that a supervisor sees what a field costs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from station.core.errors import N_, StationError
from station.ui.language import Language
from station.ui.running import Run
from station.ui.shown import DoubtShown

#: Reasons for a rescan, as the office's verbs name them, and as the screen says them.
REASONS = (
    ("illegible", N_("illegible")),
    ("missing page", N_("a page is missing")),
    ("poor scan", N_("poor scan")),
    ("wrong document", N_("wrong paper")),
)


SECOND_PERSON = N_("You scanned this paper: a second person must verify it. F6 goes to the next field.")


class VerifyOffice(Protocol):
    """Jobs of the verify screen."""

    def list_doubts(self) -> Sequence[DoubtShown]: ...
    def give_value(self, document_id: int, name: str, value: str, keys: int) -> None: ...
    def take_back(self, document_id: int, name: str) -> None: ...
    def reject(self, document_id: int, page_id: int | None, reason: str, note: str, keys: int) -> int:
        """Returns the rescan task's id."""
        ...

    def withdraw(self, task_id: int) -> None: ...


class VerifyScreen(Protocol):
    """What the presenter tells the view."""

    def show_doubt(self, doubt: DoubtShown | None, number: int, count: int, critical: int) -> None: ...
    def show_group(self, label: str, doubts: Sequence[DoubtShown]) -> None: ...
    def show_cost(self, keys: int, fields: int) -> None: ...
    def ask_reason(self) -> None: ...
    def say(self, sentence: str) -> None: ...
    def complain(self, sentence: str) -> None: ...


@dataclass
class _Settled:
    """What one step took off the list: a value given, or a paper sent back (its task once that is stored)."""

    doubts: list[DoubtShown]
    rejected: bool = False
    task_id: int | None = None


class VerifyPresenter:
    """A list of doubts and the one looked at."""

    def __init__(self, office: VerifyOffice, run: Run, language: Language) -> None:
        self._office = office
        self._run = run
        self._language = language
        self._screen: VerifyScreen | None = None
        self._doubts: list[DoubtShown] = []
        self._at = 0
        self._grouped = False
        self._keys = 0
        self._loading = False
        self._settled: list[_Settled] = []
        #: Keys pressed on this screen since the window opened, and fields settled with them.
        self.keys_total = 0
        self.fields_total = 0

    def attach(self, screen: VerifyScreen) -> None:
        self._screen = screen
        self._show()

    def refresh(self) -> None:
        """Fetches the doubtful fields anew; the one looked at stays in sight."""
        if not self._loading:
            self._loading = True
            self._run(lambda _task: list(self._office.list_doubts()), self._loaded, self._load_failed)

    def _loaded(self, doubts: list[DoubtShown]) -> None:
        self._loading = False
        current = self.current
        self._doubts = doubts
        keys = [d.field.key for d in doubts]
        if current is not None and current.field.key in keys:
            self._at = keys.index(current.field.key)
        self._at = max(0, min(self._at, len(doubts) - 1))
        self._show()

    def _load_failed(self, error: StationError) -> None:
        self._loading = False
        self._complain(error)

    @property
    def current(self) -> DoubtShown | None:
        return self._doubts[self._at] if 0 <= self._at < len(self._doubts) else None

    @property
    def grouped(self) -> bool:
        return self._grouped

    def key_pressed(self) -> None:
        """A key that the operator spent on the field looked at."""
        self._keys += 1
        self.keys_total += 1

    # ---- one at a time

    def accept(self, value: str) -> None:
        """Enter: the value as it stands in the field is the office's."""
        doubt = self.current
        if doubt is not None:
            self._settle(doubt, value)

    def accept_in_group(self, key: tuple[int, str], value: str) -> None:
        """Enter on one row of the group."""
        doubt = next((d for d in self._doubts if d.field.key == key), None)
        if doubt is not None:
            self._settle(doubt, value)

    def _settle(self, doubt: DoubtShown, value: str) -> None:
        if not value.strip():
            self._say(N_("An empty value can't be accepted. Type what stands on the paper, or press F8."))
            return
        if doubt.second_person:
            self._say(SECOND_PERSON)
            return
        keys, self._keys = max(1, self._keys), 0
        self.fields_total += 1
        self._drop(doubt)
        step = _Settled([doubt])
        self._settled.append(step)
        self._show()
        self._run(
            lambda _task: self._office.give_value(doubt.field.document_id, doubt.field.name, value, keys),
            lambda _nothing: None,
            lambda error: self._put_back(step, error),
        )

    def _drop(self, doubt: DoubtShown) -> None:
        self._doubts = [d for d in self._doubts if d.field.key != doubt.field.key]
        self._at = max(0, min(self._at, len(self._doubts) - 1))

    def undo(self) -> None:
        """Ctrl+Z: the field accepted last is open again, the paper sent back last is here again; without end."""
        if not self._settled:
            self._say(N_("Nothing to undo."))
            return
        step = self._settled.pop()
        if step.rejected and step.task_id is None:
            self._settled.append(step)
            return  # still being stored: the key counts again in a moment
        self._keys = 0

        def done(_nothing: None) -> None:
            self._doubts[:0] = step.doubts
            self._at = 0
            self._show()

        self._run(lambda _task: self._take_back(step), done, self._complain)

    def _take_back(self, step: _Settled) -> None:
        if step.task_id is not None:
            self._office.withdraw(step.task_id)
            return
        for doubt in step.doubts:
            self._office.take_back(doubt.field.document_id, doubt.field.name)

    def _put_back(self, step: _Settled, error: StationError) -> None:
        """What could not be stored comes back at the end, so that a four-eyes paper does not block the rest."""
        self._settled = [s for s in self._settled if s is not step]
        self._doubts += step.doubts
        self._complain(error)
        self._show()

    def step(self, by: int) -> None:
        """Later, or back."""
        if self._doubts:
            self._at = (self._at + by) % len(self._doubts)
            self._keys = 0
            self._show()

    # ---- rejecting

    def begin_reject(self) -> None:
        """F8: asks why."""
        if self.current is not None and self._screen:
            self._screen.ask_reason()

    def reject(self, reason: str, note: str) -> None:
        """Sends the paper back for scanning; every doubt of its document waits with it."""
        doubt = self.current
        if doubt is None:
            return
        keys, self._keys = max(1, self._keys), 0
        document_id = doubt.field.document_id
        step = _Settled([d for d in self._doubts if d.field.document_id == document_id], rejected=True)
        self._settled.append(step)
        self._doubts = [d for d in self._doubts if d.field.document_id != document_id]
        self._at = max(0, min(self._at, len(self._doubts) - 1))
        self._show()

        def done(task_id: int) -> None:
            step.task_id = task_id
            self._say(N_("Sent back for scanning. Ctrl+Z takes it back."))

        self._run(
            lambda _task: self._office.reject(document_id, doubt.field.page_id, reason, note, keys),
            done,
            lambda error: self._put_back(step, error),
        )

    # ---- side by side

    def toggle_group(self) -> None:
        """All doubtful values of the same field side by side, or one at a time again."""
        self._grouped = not self._grouped
        self._show()

    def _show(self) -> None:
        if self._screen is None:
            return
        doubt = self.current
        if self._grouped and doubt is not None:
            name = doubt.field.name
            same = [d for d in self._doubts if d.field.name == name and not d.second_person]
            self._screen.show_group(doubt.field.label, same)
            self._screen.show_cost(self.keys_total, self.fields_total)
            return
        critical = sum(d.field.critical for d in self._doubts)
        self._screen.show_doubt(doubt, self._at + 1 if doubt else 0, len(self._doubts), critical)
        self._screen.show_cost(self.keys_total, self.fields_total)

    def _say(self, sentence: str) -> None:
        if self._screen:
            self._screen.say(self._language(sentence))

    def _complain(self, error: StationError) -> None:
        if self._screen:
            self._screen.complain(self._language.error(error))
