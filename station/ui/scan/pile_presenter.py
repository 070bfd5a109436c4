"""The pile in hand: loaded off the main thread, shown whole, one dossier at a time. No Qt."""

import time
from dataclasses import replace

from station.core.errors import StationError
from station.ui.language import Language
from station.ui.running import Run
from station.ui.scan.office import Pile, Place, ScanOffice, ScanScreen
from station.ui.shown import CountsShown, DossierShown

# While pages come in, the strip is filled at most so often: quick to the eye, cheap for 500 pages.
REFRESH_S = 0.4


class PilePresenter:
    """What scanning and editing share: the pile, the dossier in hand, speaking."""

    def __init__(self, office: ScanOffice, run: Run, language: Language) -> None:
        self._office = office
        self._run = run
        self._language = language
        self._screen: ScanScreen | None = None
        self._stage = "intake"
        self._pile: Pile | None = None
        self._number = 0
        self._loading = False
        self._load_again = False
        self._loaded_at = 0.0
        self._sheets_typed: dict[int, int] = {}
        self._page_id: int | None = None

    def _reload_soon(self, intake_id: int) -> None:
        if time.monotonic() - self._loaded_at >= REFRESH_S:
            self._reload(intake_id)

    def _reload(self, intake_id: int) -> None:
        if self._loading:
            self._load_again = True
            return
        self._loading = True
        self._loaded_at = time.monotonic()
        self._run(lambda _task: self._office.load(intake_id), self._loaded, self._load_failed)

    def refresh(self) -> None:
        """Shows the pile in hand again as it is now."""
        if self._pile is not None:
            self._reload(self._pile.intake_id)

    def open_pile(self, intake_id: int, dossier_id: int | None = None, page_id: int | None = None) -> None:
        """Takes up an older intake, at one of its dossiers and one of its pages."""

        def loaded(pile: Pile) -> None:
            self._pile = pile
            self._number = next((n for n, d in enumerate(pile.dossiers) if d.dossier_id == dossier_id), 0)
            self._show()
            if page_id is not None and self._screen:
                self._screen.show_page(page_id)

        self._run(lambda _task: self._office.load(intake_id), loaded, self._complain)

    def _loaded(self, pile: Pile) -> None:
        self._loading = False
        self._pile = pile
        self._show()
        if self._load_again:
            self._load_again = False
            self._reload(pile.intake_id)

    def _load_failed(self, error: StationError) -> None:
        self._loading = self._load_again = False
        self._complain(error)

    def _show(self) -> None:
        screen, pile, dossier = self._screen, self._pile, self.dossier
        if screen is None:
            return
        count = len(pile.dossiers) if pile else 0
        screen.show_dossier(dossier, min(self._number, count - 1) + 1 if count else 0, count)
        documents = list(dossier.documents) if dossier else []
        if pile is not None:
            documents += pile.loose
        screen.show_strip(documents)
        screen.show_stage(pile.stage if pile is not None else self._stage)
        if pile is not None:
            screen.show_counts(self._counts(pile, dossier))
        self._shown(dossier)

    @staticmethod
    def _counts(pile: Pile, dossier: DossierShown | None) -> CountsShown:
        """The number shown large is the one that Enter confirms: the sheets of the dossier in hand."""
        if dossier is None:
            return pile.counts
        if len(pile.dossiers) > 1:
            return dossier.counts
        # Blank backs lie in no document; with one dossier in the pile they can only be its own.
        return replace(pile.counts, sheets=dossier.counts.sheets)

    def _shown(self, dossier: DossierShown | None) -> None:
        """Called after each showing; what else belongs to the dossier in hand is fetched here."""

    @property
    def place(self) -> Place | None:
        """Where the operator is, to come back to after a power cut."""
        pile, dossier = self._pile, self.dossier
        if pile is None:
            return None
        return Place(pile.intake_id, dossier.dossier_id if dossier else None, self._page_id)

    def _forget(self) -> None:
        self._pile = None
        self._number = 0
        self._sheets_typed.clear()
        self._show()

    def step(self, by: int) -> None:
        """The next or the previous dossier of the pile."""
        if self._pile is not None and self._pile.dossiers:
            self._number = max(0, min(len(self._pile.dossiers) - 1, self._number + by))
            self._show()

    @property
    def dossier(self) -> DossierShown | None:
        """The dossier in hand."""
        if self._pile is None or not self._pile.dossiers:
            return None
        return self._pile.dossiers[min(self._number, len(self._pile.dossiers) - 1)]

    def _say(self, sentence: str, undo: bool = False, **values: object) -> None:
        if self._screen:
            self._screen.say(self._language(sentence, **values), undo)

    def _complain_words(self, sentence: str, **values: object) -> None:
        if self._screen:
            self._screen.complain(self._language(sentence, **values))

    def _complain(self, error: StationError) -> None:
        if self._screen:
            self._screen.complain(self._language.error(error))
