"""What happens on the dossiers screen. Decides, and knows no Qt."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
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


class DossiersOffice(Protocol):
    """Jobs of the dossiers screen."""

    def search(self, text: str, states: Sequence[str], limit: int) -> Sequence[FoundShown]: ...
    def detail(self, dossier_id: int) -> DossierDetail: ...
    def new_version(self, dossier_id: int) -> tuple[int, int]:
        """Opens a sealed dossier for change: (intake id, new dossier id)."""
        ...


class DossiersScreen(Protocol):
    """What the presenter tells the view."""

    def show_rows(self, rows: Sequence[FoundShown], more: bool) -> None: ...
    def show_detail(self, detail: DossierDetail | None) -> None: ...
    def open_file(self, path: str) -> None: ...
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
        self._run(
            lambda _task: tuple(self._office.search(text, states, limit)),
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

    def open_pdf(self, number: int = 0) -> None:
        """Opens a document's PDF in the system's viewer."""
        detail = self._detail
        if detail is None or number >= len(detail.documents):
            return
        pdf = detail.documents[number].pdf
        if not pdf:
            self._complain_words(N_("This dossier has no PDF yet: it is made when the dossier is sealed."))
        elif self._screen:
            self._screen.open_file(pdf)

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
