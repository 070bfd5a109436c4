"""What happens on the reports screen. Decides, and knows no Qt."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Protocol

from station.core.errors import N_, StationError
from station.ui.language import Language
from station.ui.running import Run
from station.ui.shown import FoundShown, RatesShown

GROUPINGS = (
    ("branch", N_("by branch")),
    ("procedure", N_("by procedure")),
    ("operator", N_("by operator")),
    ("day", N_("by day")),
)
RULES = (
    ("official", N_("official rule: at least one paper")),
    ("strict", N_("strict rule: every required paper")),
)
PERIODS = (
    ("month", N_("this month")),
    ("last_month", N_("last month")),
    ("quarter", N_("this quarter")),
    ("year", N_("this year")),
    ("all", N_("everything")),
)


@dataclass(frozen=True)
class Question:
    """What the report is asked: period (both days included, None open), grouping, stage, rule."""

    since: date | None
    until: date | None
    by: str = "branch"
    stage: str = "intake"
    rule: str = "official"


def period(name: str, today: date) -> tuple[date | None, date | None]:
    """First and last day of a named period."""
    first = today.replace(day=1)
    if name == "month":
        return first, today
    if name == "last_month":
        last = first - timedelta(days=1)
        return last.replace(day=1), last
    if name == "quarter":
        return today.replace(month=3 * ((today.month - 1) // 3) + 1, day=1), today
    if name == "year":
        return today.replace(month=1, day=1), today
    return None, None


class ReportsOffice(Protocol):
    """Jobs of the reports screen."""

    def rates(self, question: Question) -> RatesShown: ...
    def behind(self, question: Question, key: str) -> Sequence[FoundShown]: ...
    def export(self, question: Question, file: Path) -> None: ...
    def target_rate(self) -> float: ...


class ReportsScreen(Protocol):
    """What the presenter tells the view."""

    def show_rates(self, rates: RatesShown, question: Question, target: float) -> None: ...
    def show_behind(self, key: str, rows: Sequence[FoundShown]) -> None: ...
    def show_question(self, question: Question, period_name: str) -> None: ...
    def say(self, sentence: str) -> None: ...
    def complain(self, sentence: str) -> None: ...


class ReportsPresenter:
    """One question at a time; only the newest answer is shown."""

    def __init__(self, office: ReportsOffice, run: Run, language: Language, today: date) -> None:
        self._office = office
        self._run = run
        self._language = language
        self._screen: ReportsScreen | None = None
        self._today = today
        self._period = "year"
        since, until = period(self._period, today)
        self._question = Question(since, until)
        self._asked = 0

    def attach(self, screen: ReportsScreen) -> None:
        self._screen = screen
        screen.show_question(self._question, self._period)

    @property
    def question(self) -> Question:
        return self._question

    def choose_period(self, name: str) -> None:
        self._period = name
        since, until = period(name, self._today)
        self._change(replace(self._question, since=since, until=until))

    def choose(self, by: str = "", stage: str = "", rule: str = "") -> None:
        """Changes what is named, and asks again."""
        now = self._question
        self._change(replace(now, by=by or now.by, stage=stage or now.stage, rule=rule or now.rule))

    def _change(self, question: Question) -> None:
        self._question = question
        self.refresh()

    def refresh(self) -> None:
        """Computes the rates anew."""
        self._asked += 1
        asked, question = self._asked, self._question
        self._run(
            lambda _task: self._office.rates(question),
            lambda rates: self._answered(asked, question, rates),
            self._complain,
        )

    def _answered(self, asked: int, question: Question, rates: RatesShown) -> None:
        if asked == self._asked and self._screen:
            self._screen.show_rates(rates, question, self._office.target_rate())

    def drill(self, key: str) -> None:
        """The dossiers behind a number."""
        question = self._question
        self._run(
            lambda _task: tuple(self._office.behind(question, key)),
            lambda rows: self._screen.show_behind(key, rows) if self._screen else None,
            self._complain,
        )

    def export(self, file: Path) -> None:
        """Writes the table as CSV, XLSX or PDF, by the file's ending."""
        question = self._question

        def done(_nothing: None) -> None:
            if self._screen:
                self._screen.say(self._language(N_("The table is in {file}."), file=file.name))

        self._run(lambda _task: self._office.export(question, file), done, self._complain)

    def _complain(self, error: StationError) -> None:
        if self._screen:
            self._screen.complain(self._language.error(error))
