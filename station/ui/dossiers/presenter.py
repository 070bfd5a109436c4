"""What happens on the dossiers screen. Decides, and knows no Qt."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from station.core.errors import N_, StationError
from station.ui.language import Language
from station.ui.running import Run
from station.ui.shown import FoundDocumentShown, FoundShown, HistoryShown

#: The states to filter by, as chips.
STATES = ("open", "ready", "returned", "sealed", "delivered")

# A screenful and some; the rest is fetched when the list is scrolled to its end.
FIRST_ROWS = 300
MORE_TIMES = 8


@dataclass(frozen=True)
class DossierDetail:
    """What the right-hand card shows of the chosen dossier."""

    dossier_id: int
    intake_id: int
    code: str
    state: str
    applicant_name: str
    procedure_name: str
    documents: tuple[FoundDocumentShown, ...]
    history: tuple[HistoryShown, ...]
    open_points: tuple[str, ...] = ()

    @property
    def editable(self) -> bool:
        return self.state in ("open", "ready", "returned")


@dataclass(frozen=True)
class Filters:
    """What is shown: one branch, one procedure, a span of days (ISO dates); empty means all."""

    branch: str = ""
    procedure: str = ""
    since: str = ""
    until: str = ""


@dataclass(frozen=True)
class FilterChoices:
    """Branches, and procedures as (code, name), of the dossiers held."""

    branches: tuple[str, ...] = ()
    procedures: tuple[tuple[str, str], ...] = ()


#: Days back from today, as chips of the period; None is all.
PERIODS = (
    (N_("any day"), None),
    (N_("today"), 0),
    (N_("7 days"), 6),
    (N_("30 days"), 29),
    (N_("a year"), 364),
)


class DossiersOffice(Protocol):
    """Jobs of the dossiers screen."""

    def search(
        self, text: str, states: Sequence[str], filters: "Filters", limit: int
    ) -> Sequence[FoundShown]: ...
    def filter_choices(self) -> "FilterChoices": ...
    def reprint_separator(self, dossier_id: int, file: Path) -> None: ...
    def detail(self, dossier_id: int) -> DossierDetail: ...
    def new_version(self, dossier_id: int) -> tuple[int, int]:
        """Opens a sealed dossier for change: (intake id, new dossier id)."""
        ...


class DossiersScreen(Protocol):
    """What the presenter tells the view."""

    def show_rows(self, rows: Sequence[FoundShown], more: bool) -> None: ...
    def show_detail(self, detail: DossierDetail | None) -> None: ...
    def open_file(self, path: str) -> None: ...
    def show_pdf(self, title: str, path: str) -> None: ...
    def say(self, sentence: str) -> None: ...
    def show_filters(self, filters: "Filters", choices: "FilterChoices") -> None: ...
    def complain(self, sentence: str) -> None: ...


class DossiersPresenter:
    """A search as it is typed; only the newest answer counts."""

    def __init__(
        self,
        office: DossiersOffice,
        run: Run,
        language: Language,
        open_on_scan: Callable[[int, int], None],
    ) -> None:
        self._office = office
        self._run = run
        self._language = language
        self._open_on_scan = open_on_scan
        self._screen: DossiersScreen | None = None
        self._text = ""
        self._states: tuple[str, ...] = ()
        self._filters = Filters()
        self._limit = FIRST_ROWS
        self._asked = 0
        self._detail: DossierDetail | None = None
        self._wanted: int | None = None

    def attach(self, screen: DossiersScreen) -> None:
        self._screen = screen
        screen.show_detail(self._detail)

    def search(self, text: str) -> None:
        """The text typed so far, with or without tones."""
        self._text = text
        self._limit = FIRST_ROWS
        self.refresh()

    def filter(self, states: Sequence[str]) -> None:
        """Only dossiers in these states; all when none is named."""
        self._states = tuple(states)
        self._limit = FIRST_ROWS
        self.refresh()

    def narrow(self, filters: Filters) -> None:
        """Only dossiers of a branch, a procedure, a span of days."""
        self._filters = filters
        self._limit = FIRST_ROWS
        self.refresh()

    def find_choices(self) -> None:
        """What there is to narrow by."""

        def found(choices: FilterChoices) -> None:
            if self._screen:
                self._screen.show_filters(self._filters, choices)

        self._run(lambda _task: self._office.filter_choices(), found, self._complain)

    def reprint_separator(self, file: Path) -> None:
        """The chosen dossier's separator sheet, with its code and number of sheets, to print again."""
        detail = self._detail
        if detail is None:
            return

        def done(_nothing: None) -> None:
            if self._screen:
                self._screen.say(self._language(N_("The separator is in {file}. Print it."), file=file.name))
                self._screen.open_file(str(file))

        self._run(lambda _task: self._office.reprint_separator(detail.dossier_id, file), done, self._complain)

    @property
    def states(self) -> tuple[str, ...]:
        return self._states

    @property
    def text(self) -> str:
        return self._text

    def more(self) -> None:
        """The list was scrolled to its end."""
        self._limit *= MORE_TIMES
        self.refresh()

    def refresh(self) -> None:
        self._asked += 1
        asked, text, states, limit = self._asked, self._text, self._states, self._limit
        filters = self._filters
        self._run(
            lambda _task: tuple(self._office.search(text, states, filters, limit)),
            lambda rows: self._found(asked, rows, limit),
            self._complain,
        )

    def _found(self, asked: int, rows: tuple[FoundShown, ...], limit: int) -> None:
        if asked == self._asked and self._screen:
            self._screen.show_rows(rows, len(rows) >= limit)

    def choose(self, dossier_id: int) -> None:
        """The row under the cursor; only the last one chosen is shown."""
        self._wanted = dossier_id
        self._run(lambda _task: self._office.detail(dossier_id), self._show_detail, self._complain)

    def _show_detail(self, detail: DossierDetail) -> None:
        if detail.dossier_id == self._wanted and self._screen:
            self._detail = detail
            self._screen.show_detail(detail)

    def open_pdf(self, number: int = 0, outside: bool = False) -> None:
        """Shows a document's PDF in the window, or in the system's viewer."""
        detail = self._detail
        if detail is None or number >= len(detail.documents):
            return
        pdf = detail.documents[number].pdf
        if not pdf:
            self._complain_words(N_("This dossier has no PDF yet: it is made when the dossier is sealed."))
        elif self._screen and outside:
            self._screen.open_file(pdf)
        elif self._screen:
            self._screen.show_pdf(detail.documents[number].title, pdf)

    def to_scan(self) -> None:
        """Takes the dossier up on the scan screen; a sealed one as a new version."""
        detail = self._detail
        if detail is None:
            return
        if detail.editable:
            self._open_on_scan(detail.intake_id, detail.dossier_id)
            return
        self._run(
            lambda _task: self._office.new_version(detail.dossier_id),
            lambda opened: self._open_on_scan(*opened),
            self._complain,
        )

    def _complain_words(self, sentence: str) -> None:
        if self._screen:
            self._screen.complain(self._language(sentence))

    def _complain(self, error: StationError) -> None:
        if self._screen:
            self._screen.complain(self._language.error(error))
