"""What waits for the scanning operator: papers sent back, papers held already."""

from collections.abc import Sequence

from station.core.errors import N_
from station.ui.language import Language
from station.ui.shown import OfferShown, RescanShown
from station.ui.verbs.editing import EditVerbs
from station.ui.verbs.session import Session
from station.ui.verbs.showing import Shower
from station.work import asking, enrolling, reusing, standing, verifying
from station.work.asking import HeldAtWarehouse
from station.work.checklist import component_id_of
from station.work.sending import NoWarehouse

# The reasons of `verifying.RESCAN_REASONS` in the reader's words.
REASON_WORDS = {
    "illegible": N_("illegible"),
    "missing page": N_("a page is missing"),
    "poor scan": N_("poor scan"),
    "wrong document": N_("wrong paper"),
}


class TaskVerbs(EditVerbs):
    """Rescans and offers, in the reader's words."""

    def __init__(self, session: Session, language: Language) -> None:
        super().__init__(session)
        self._language = language
        #: What the warehouse answered, by dossier: an offer of it is taken by what it said.
        self._elsewhere: dict[int, HeldAtWarehouse] = {}

    def shower(self) -> Shower:
        station = self._session.station
        return Shower(self._language, standing.catalogue_of(station), station.settings.sure_from)

    def list_rescans(self) -> Sequence[RescanShown]:
        """Oldest first."""
        shower = self.shower()
        return tuple(
            RescanShown(
                task_id=asked.task.id,
                intake_id=asked.dossier.intake_id,
                dossier_id=asked.dossier.id,
                dossier_code=asked.dossier.code,
                page_id=asked.task.page_id,
                number=asked.page_number,
                document=shower.title(asked.type_id) if asked.type_id else "",
                reason=self._language(REASON_WORDS.get(asked.task.reason, asked.task.reason)),
                note=asked.task.note,
                asked_by=asked.task.asked_by,
                asked_at=asked.task.asked_at,
            )
            for asked in verifying.list_rescans(self._session.station)
        )

    def finish_rescan(self, task_id: int) -> None:
        verifying.finish_rescan(self._session.station, task_id)

    def list_offers(self, dossier_id: int) -> Sequence[OfferShown]:
        """Papers held already: here, and at the warehouse where it was asked about this dossier."""
        station, shower = self._session.station, self.shower()
        return tuple(
            OfferShown(
                component_id=component_id_of(offer.component),
                component=shower.component(component_id_of(offer.component)),
                paper_id=offer.paper.paper_id,
                title=shower.title(offer.paper.type_id),
                issued_on=self._language.day(offer.paper.issued_on) if offer.paper.issued_on else "",
                reason=shower.reason(offer.reason),
                place=offer.paper.place,
                page_id=offer.paper.page_id,
            )
            for offer in reusing.list_offers(station, dossier_id, self._elsewhere.get(dossier_id))
        )

    def ask_warehouse(self, dossier_id: int) -> Sequence[OfferShown]:
        """Asks the warehouse too, which writes down that it was; a station without one looks only here."""
        station = self._session.station
        try:
            told = asking.ask_held_papers(station, enrolling.target_of(station), dossier_id)
        except NoWarehouse:
            told = None
        if told is not None:
            self._elsewhere[dossier_id] = told
        return self.list_offers(dossier_id)

    def take_offer(self, dossier_id: int, component_id: str, paper_id: str) -> None:
        reusing.take_offer(
            self._session.station, dossier_id, component_id, paper_id, self._elsewhere.get(dossier_id)
        )
