"""What happens on the reports screen. Decides, and knows no Qt."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Protocol, TypeVar

from station.core.errors import N_, StationError
from station.ui.language import Language
from station.ui.reports.shown import (
    BehindShown,
    OutlookShown,
    RatesShown,
    ScannersShown,
    TodayShown,
    WorkShown,
)
from station.ui.running import Run

Found = TypeVar("Found")

#: The pages of the screen; an operator sees only the one on their own work.
PAGES = (
    ("rates", N_("Rates")),
    ("outlook", N_("Why and what next")),
    ("people", N_("People")),
    ("scanners", N_("Scanners")),
)
GROUPINGS = (
    ("branch", N_("by branch")),
    ("procedure", N_("by procedure")),
    ("operator", N_("by operator")),
    ("counter", N_("by counter")),
    ("level", N_("by level")),
    ("day", N_("by day")),
)
RULES = (
    ("official", N_("official rule: at least one paper")),
    ("strict", N_("strict rule: every required paper")),
)
PERIODS = (
    ("today", N_("today")),
    ("month", N_("this month")),
    ("last_month", N_("last month")),
    ("quarter", N_("this quarter")),
    ("last_quarter", N_("last quarter")),
    ("year", N_("this year")),
    ("all", N_("everything")),
)
#: Lists behind a number, in the order they are offered.
SHOWN = (
    ("all", N_("all of them")),
    ("received", N_("received")),
    ("digitised", N_("digitised")),
    ("missing", N_("not digitised")),
    ("delivered", N_("delivered")),
    ("undelivered", N_("digitised, not delivered")),
    ("excluded", N_("left out")),
    ("partial", N_("a required paper is missing")),
    ("unmapped", N_("status unknown")),
)


@dataclass(frozen=True)
class Question:
    """What the report is asked: period (both days included, None open), grouping, stage, rule."""

    since: date | None
    until: date | None
    by: str = "branch"
    stage: str = "intake"
    rule: str = "official"


@dataclass(frozen=True)
class Listing:
    """Which dossiers behind a number: of a row (None: of all), one of SHOWN, perhaps of one reason only."""

    question: Question
    key: str | None
    shown: str
    why: str = ""
    label: str = ""


def period(name: str, today: date) -> tuple[date | None, date | None]:
    """First and last day of a named period."""
    first = today.replace(day=1)
    quarter = today.replace(month=3 * ((today.month - 1) // 3) + 1, day=1)
    if name == "today":
        return today, today
    if name == "month":
        return first, today
    if name == "last_month":
        last = first - timedelta(days=1)
        return last.replace(day=1), last
    if name == "quarter":
        return quarter, today
    if name == "last_quarter":
        last = quarter - timedelta(days=1)
        return last.replace(month=last.month - 2, day=1), last
    if name == "year":
        return today.replace(month=1, day=1), today
    return None, None


class ReportsOffice(Protocol):
    """Jobs of the reports screen."""

    def may_report(self) -> bool: ...
    def rates(self, question: Question) -> RatesShown: ...
    def today(self) -> TodayShown: ...
    def behind(self, listing: Listing) -> Sequence[BehindShown]: ...
    def export(self, question: Question, file: Path) -> None: ...
    def export_form(self, question: Question, file: Path) -> None: ...
    def export_behind(self, listing: Listing, file: Path) -> None: ...
    def outlook(self) -> OutlookShown: ...
    def people(self, question: Question) -> Sequence[WorkShown]: ...
    def scanners(self, question: Question) -> ScannersShown: ...
    def target_rate(self) -> float: ...


class ReportsScreen(Protocol):
    """What the presenter tells the view."""

    def show_page(self, page: str, pages: Sequence[str]) -> None: ...
    def show_rates(self, rates: RatesShown, question: Question, target: float) -> None: ...
    def show_today(self, today: TodayShown) -> None: ...
    def show_behind(self, listing: Listing, rows: Sequence[BehindShown]) -> None: ...
    def show_outlook(self, outlook: OutlookShown) -> None: ...
    def show_people(self, people: Sequence[WorkShown]) -> None: ...
    def show_scanners(self, scanners: ScannersShown) -> None: ...
    def show_question(self, question: Question, period_name: str) -> None: ...
    def say(self, sentence: str) -> None: ...
    def complain(self, sentence: str) -> None: ...


class ReportsPresenter:
    """One question at a time; only the newest answer is shown."""

    def __init__(
        self,
        office: ReportsOffice,
        run: Run,
        language: Language,
        today: Callable[[], date],
        open_dossier: Callable[[str], None],
        go_to: Callable[[str], None],
    ) -> None:
        self._office = office
        self._run = run
        self._language = language
        self._open_dossier = open_dossier
        self._go_to = go_to
        self._screen: ReportsScreen | None = None
        self._today = today
        self._period = "year"
        self._question = Question(*period(self._period, today()))
        self._page = "rates"
        self._listing: Listing | None = None
        self._asked = 0

    def attach(self, screen: ReportsScreen) -> None:
        self._screen = screen
        screen.show_question(self._question, self._period)
        self._show_page()

    @property
    def question(self) -> Question:
        return self._question

    @property
    def listing(self) -> Listing | None:
        """The list that is looked at, None on every other page."""
        return self._listing

    def choose_page(self, page: str) -> None:
        self._page, self._listing = page, None
        self.refresh()

    def choose_period(self, name: str) -> None:
        self._period = name
        since, until = period(name, self._today())
        self._change(replace(self._question, since=since, until=until))

    def choose(self, by: str = "", stage: str = "", rule: str = "") -> None:
        """Changes what is named, and asks again."""
        now = self._question
        self._change(replace(now, by=by or now.by, stage=stage or now.stage, rule=rule or now.rule))

    def _change(self, question: Question) -> None:
        self._question, self._listing = question, None
        self.refresh()

    def refresh(self) -> None:
        """Asks anew for what is looked at."""
        self._show_page()
        if self._listing is not None:
            self.list_behind(self._listing)
            return
        question, office = self._question, self._office
        self._asked += 1
        if self._page == "people":
            self._ask(lambda: tuple(office.people(question)), lambda screen, rows: screen.show_people(rows))
        elif self._page == "scanners":
            self._ask(lambda: office.scanners(question), lambda screen, found: screen.show_scanners(found))
        elif self._page == "outlook":
            self._ask(office.outlook, lambda screen, found: screen.show_outlook(found))
        else:
            self._ask(office.today, lambda screen, today: screen.show_today(today))
            self._ask(
                lambda: office.rates(question),
                lambda screen, rates: screen.show_rates(rates, question, office.target_rate()),
            )

    def _show_page(self) -> None:
        """An operator has one page: their own work."""
        pages = tuple(name for name, _ in PAGES) if self._office.may_report() else ("people",)
        if self._page not in pages:
            self._page = pages[0]
        if self._screen:
            self._screen.show_page(self._page, pages)

    def _ask(self, job: Callable[[], Found], show: Callable[[ReportsScreen, Found], None]) -> None:
        asked = self._asked

        def answered(found: Found) -> None:
            if asked == self._asked and self._screen:
                show(self._screen, found)

        self._run(lambda _task: job(), answered, self._complain)

    # ---- the dossiers behind a number

    def drill(self, key: str | None, shown: str, label: str) -> None:
        """The dossiers behind a number of the table."""
        self.list_behind(Listing(self._question, key, shown, label=label))

    def drill_missing(self, outlook: OutlookShown, why: str, label: str) -> None:
        """The dossiers of the running quarter that are not digitised for one reason."""
        question = Question(outlook.since, outlook.until)
        self.list_behind(Listing(question, None, "missing", why, label))

    def drill_today(self, shown: str, label: str) -> None:
        """Opens what is behind a figure of today's card; what is doubtful and what waits have screens of their own."""
        if shown in ("verify", "sync"):
            self._go_to(shown)
            return
        today = self._today()
        self.list_behind(Listing(Question(today, today), None, shown, label=label))

    def narrow(self, shown: str) -> None:
        """Another list behind the same number."""
        if self._listing is not None:
            self.list_behind(replace(self._listing, shown=shown, why=""))

    def list_behind(self, listing: Listing) -> None:
        self._listing = listing
        self._asked += 1
        self._ask(
            lambda: tuple(self._office.behind(listing)),
            lambda screen, rows: screen.show_behind(listing, rows),
        )

    def leave_list(self) -> None:
        self._listing = None
        self.refresh()

    def open_dossier(self, code: str) -> None:
        self._open_dossier(code)

    # ---- files

    def export(self, file: Path) -> None:
        """Writes the table, or the list that is looked at, as CSV, XLSX or PDF, by the file's ending."""
        question, listing = self._question, self._listing
        if listing is not None:
            self._write(file, lambda: self._office.export_behind(listing, file))
        else:
            self._write(file, lambda: self._office.export(question, file))

    def export_form(self, file: Path) -> None:
        """Writes the official form of the period."""
        question = self._question
        self._write(file, lambda: self._office.export_form(question, file))

    def _write(self, file: Path, job: Callable[[], None]) -> None:
        def done(_nothing: None) -> None:
            if self._screen:
                self._screen.say(self._language(N_("The table is in {file}."), file=file.name))

        self._run(lambda _task: job(), done, self._complain)

    def _complain(self, error: StationError) -> None:
        if self._screen:
            self._screen.complain(self._language.error(error))
