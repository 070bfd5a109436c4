"""What waits for the scanning operator beside the pile: papers sent back, papers the office holds already. No Qt."""

from station.core.errors import N_
from station.ui.language import Language
from station.ui.running import Run
from station.ui.scan.edit_presenter import EditPresenter
from station.ui.scan.office import ScanOffice
from station.ui.shown import DossierShown, OfferShown, RescanShown

NOTHING_HELD = N_("The office holds no paper that this dossier misses.")


class TaskPresenter(EditPresenter):
    """Rescans asked for, and papers to reuse instead of scanning."""

    def __init__(self, office: ScanOffice, run: Run, language: Language) -> None:
        super().__init__(office, run, language)
        self._rescans: tuple[RescanShown, ...] = ()
        self._looked_for: tuple[object, ...] = ()

    # ---- papers sent back

    @property
    def rescans(self) -> tuple[RescanShown, ...]:
        """What was sent back and is not scanned again yet, oldest first."""
        return self._rescans

    def find_rescans(self) -> None:
        self._run(lambda _task: tuple(self._office.list_rescans()), self._rescans_found, self._complain)

    def _rescans_found(self, waiting: tuple[RescanShown, ...]) -> None:
        self._rescans = waiting
        if self._screen:
            self._screen.show_rescans(waiting)

    def _rescanned(self) -> None:
        super()._rescanned()
        self.find_rescans()

    def choose_rescan(self) -> None:
        """Ctrl+T: the list of what was sent back."""
        if not self._rescans:
            self._say(N_("Nothing was sent back for scanning."))
        elif self._screen:
            self._screen.choose_rescan(self._rescans)

    def open_rescan(self, task: RescanShown) -> None:
        """Takes up the dossier of a rescan at the page that was sent back."""
        self.open_pile(task.intake_id, task.dossier_id, task.page_id)
        reason = task.reason + (f": {task.note}" if task.note else "")
        self._say(
            N_("Sent back by {name} ({reason}). Shift+F9 scans the page again in its place."),
            name=task.asked_by,
            reason=reason,
        )

    def finish_rescan(self, task_id: int) -> None:
        """The paper turned out to be right, or its pages were put in by hand."""

        def done(_nothing: None) -> None:
            self.find_rescans()
            self.refresh()

        self._run(lambda _task: self._office.finish_rescan(task_id), done, self._complain)

    # ---- papers held already

    def _shown(self, dossier: DossierShown | None) -> None:
        """Looks for held papers once for each state of the checklist: every look is audited."""
        asked = _lacks(dossier)
        if dossier is None or asked == self._looked_for:
            return
        self._looked_for = asked
        dossier_id = dossier.dossier_id

        def found(offers: tuple[OfferShown, ...]) -> None:
            if self._screen and self._looked_for == asked:
                self._screen.show_offers(dossier_id, offers)

        if asked:
            self._run(lambda _task: tuple(self._office.list_offers(dossier_id)), found, self._complain)
        else:
            found(())

    def choose_offer(self) -> None:
        """Ctrl+U: to the first paper that can be reused; from there, or where none is, the warehouse is asked."""
        asked, dossier = self._looked_for, self.dossier
        if self._screen is None or self._screen.focus_offer():
            return
        if dossier is None or not asked:
            self._say(NOTHING_HELD)
            return
        dossier_id = dossier.dossier_id

        def found(offers: tuple[OfferShown, ...]) -> None:
            if self._screen is None or self._looked_for != asked:
                return
            self._screen.show_offers(dossier_id, offers)
            if not offers or not self._screen.focus_offer():
                self._say(NOTHING_HELD)

        self._run(lambda _task: tuple(self._office.ask_warehouse(dossier_id)), found, self._complain)

    def take_offer(self, offer: OfferShown) -> None:
        """Lets a held paper stand for the component: the citizen is not asked for it again."""
        dossier = self.dossier
        if dossier is None:
            return

        def done(_nothing: None) -> None:
            self.refresh()
            if self._screen:
                self._screen.focus_pages()
            self._say(N_("{paper} is reused; nothing has to be scanned."), undo=True, paper=offer.title)

        self._run(
            lambda _task: self._office.take_offer(dossier.dossier_id, offer.component_id, offer.paper_id),
            done,
            self._complain,
        )


def _lacks(dossier: DossierShown | None) -> tuple[object, ...]:
    """What held papers are looked for by: what an open dossier misses or holds a second scan of; () for nothing."""
    if dossier is None or dossier.record is None or dossier.state not in ("open", "ready", "returned"):
        return ()
    missing = tuple(c.component_id for c in dossier.components if c.outcome == "missing")
    if not missing and not dossier.held_before:
        return ()
    return (dossier.dossier_id, dossier.code, missing, dossier.held_before)
