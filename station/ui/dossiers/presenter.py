"""What happens on the dossiers screen. Decides, and knows no Qt."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

from station.core.errors import N_, StationError
from station.ui.language import Language
from station.ui.running import Run, Task
from station.ui.shown import FoundDocumentShown, FoundShown, HistoryShown

#: The states to filter by, as chips.
STATES = ("open", "ready", "returned", "sealed", "delivered")

# Rows are fetched by the block as they come into sight; so many blocks are kept.
BLOCK = 200
BLOCKS_KEPT = 20
# So many are fetched again when the same dossiers are found again: their states may have changed.
LOOKED_AT_LAST = 3
# Without a text every dossier is listed. Of a text's finds nobody looks at more: another word says it better.
MOST_LISTED = 1_000_000
MOST_FOUND = 5_000


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
    #: Its procedure ends without a new paper: the serial of the certificate is typed here.
    awaits_serial: bool = False

    @property
    def editable(self) -> bool:
        return self.state in ("open", "ready", "returned")


@dataclass(frozen=True)
class Filters:
    """What is shown: states, one branch, one procedure, dossiers opened since a day; empty means all."""

    states: tuple[str, ...] = ()
    branch: str = ""
    procedure: str = ""
    since: date | None = None

    @property
    def any(self) -> bool:
        """Whether something is left out."""
        return self != Filters()


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

    def search(self, text: str, filters: Filters, limit: int) -> Sequence[int]:
        """Ids of the dossiers found, best first."""
        ...

    def rows(self, ids: Sequence[int]) -> Sequence[FoundShown]: ...
    def filter_choices(self) -> FilterChoices: ...
    def reprint_separator(self, dossier_id: int, file: Path) -> None: ...
    def detail(self, dossier_id: int) -> DossierDetail: ...
    def type_result(self, code: str, serial: str) -> int:
        """The id of the dossier of the result."""
        ...

    def new_version(self, dossier_id: int) -> tuple[int, int]:
        """Opens a sealed dossier for change: (intake id, new dossier id)."""
        ...


class DossiersScreen(Protocol):
    """What the presenter tells the view."""

    def show_search(self, text: str) -> None: ...
    def show_found(self, found: "Found", more: bool) -> None: ...
    def show_block(self, first: int, last: int) -> None: ...
    def show_detail(self, detail: DossierDetail | None) -> None: ...
    def open_file(self, path: str) -> None: ...
    def show_pdf(self, title: str, path: str) -> None: ...
    def say(self, sentence: str) -> None: ...
    def show_filters(self, filters: Filters, choices: FilterChoices) -> None: ...
    def complain(self, sentence: str) -> None: ...


class Found:
    """What a search found: every id, and the rows that were looked at."""

    def __init__(self, ids: Sequence[int]) -> None:
        self.ids = tuple(ids)
        self._blocks: OrderedDict[int, dict[int, FoundShown]] = OrderedDict()

    def __len__(self) -> int:
        return len(self.ids)

    def row(self, number: int) -> FoundShown | None:
        """The row at this place; None while it is on its way."""
        return self._blocks.get(number // BLOCK, {}).get(self.ids[number])

    def position(self, dossier_id: int) -> int | None:
        """Where a dossier stands."""
        return self.ids.index(dossier_id) if dossier_id in self.ids else None

    def block_ids(self, block: int) -> tuple[int, ...]:
        return self.ids[block * BLOCK : (block + 1) * BLOCK]

    @property
    def blocks(self) -> tuple[int, ...]:
        """Those looked at, the last one last."""
        return tuple(self._blocks)

    def keep(self, block: int, rows: Sequence[FoundShown]) -> None:
        """Takes in a block's rows; the one looked at longest ago makes room."""
        self._blocks[block] = {row.dossier_id: row for row in rows}
        self._blocks.move_to_end(block)
        while len(self._blocks) > BLOCKS_KEPT:
            self._blocks.popitem(last=False)


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
        self._filters = Filters()
        self._found = Found(())
        self._is_cut = False
        self._searching = False
        self._again = False
        self._fetching: set[int] = set()
        self._detail: DossierDetail | None = None
        self._wanted: int | None = None

    def attach(self, screen: DossiersScreen) -> None:
        self._screen = screen
        if len(self._found):
            screen.show_found(self._found, self._is_cut)
        screen.show_detail(self._detail)

    def search(self, text: str) -> None:
        """The text typed so far, with or without tones."""
        self._text = text
        self.refresh()

    def look_for(self, code: str) -> None:
        """One dossier, asked for from another screen: whatever narrowed the list is taken away."""
        self._filters = Filters()
        self.search(code)
        if self._screen:
            self._screen.show_search(code)

    def narrow(self, filters: Filters) -> None:
        """Only dossiers in some states, of a branch, a procedure, since a day."""
        self._filters = filters
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

    def type_result(self, serial: str) -> None:
        """The result of the chosen dossier is noted on a certificate: its serial, and no scan."""
        detail = self._detail
        if detail is None or not serial.strip():
            return

        def done(dossier_id: int) -> None:
            if self._screen:
                self._screen.say(self._language(N_("The result is typed; it can be sealed.")))
            self.refresh()
            self.choose(dossier_id)

        self._run(lambda _task: self._office.type_result(detail.code, serial), done, self._complain)

    @property
    def filters(self) -> Filters:
        return self._filters

    @property
    def text(self) -> str:
        return self._text

    def refresh(self) -> None:
        """Searches anew. One search at a time: of what was typed meanwhile only the last is looked for."""
        if self._searching:
            self._again = True
            return
        self._searching = True
        text, filters = self._text, self._filters
        limit = MOST_FOUND if text.strip() else MOST_LISTED

        def job(_task: Task) -> tuple[Found, int]:
            found = Found(self._office.search(text, filters, limit))
            found.keep(0, self._office.rows(found.block_ids(0)))
            return found, limit

        self._run(job, self._came, self._search_failed)

    def _came(self, answer: tuple[Found, int]) -> None:
        self._searching = False
        if self._again:
            self._again = False
            self.refresh()
            return
        found, limit = answer
        if found.ids == self._found.ids and found.ids:
            for block in self._found.blocks[-LOOKED_AT_LAST:]:
                self.want(block * BLOCK)
            return
        self._found, self._is_cut = found, len(found) >= limit
        self._fetching.clear()
        if self._screen:
            self._screen.show_found(found, self._is_cut)

    def _search_failed(self, error: StationError) -> None:
        self._searching = self._again = False
        self._complain(error)

    def want(self, number: int) -> None:
        """The row at this place comes into sight."""
        found, block = self._found, number // BLOCK
        if block in self._fetching:
            return
        self._fetching.add(block)
        ids = found.block_ids(block)

        def came(rows: Sequence[FoundShown]) -> None:
            if found is self._found:
                self._fetching.discard(block)
                found.keep(block, rows)
                if self._screen:
                    self._screen.show_block(block * BLOCK, block * BLOCK + len(ids) - 1)

        self._run(lambda _task: tuple(self._office.rows(ids)), came, self._complain)

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
