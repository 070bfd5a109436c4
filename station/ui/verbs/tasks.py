"""What waits for the scanning operator: papers sent back, papers held already."""

from collections.abc import Sequence

from station.core.errors import N_
from station.store import documents, dossiers
from station.ui.language import Language
from station.ui.shown import OfferShown, RescanShown
from station.ui.verbs.editing import EditVerbs
from station.ui.verbs.session import Session
from station.ui.verbs.showing import Shower
from station.work import reusing, standing, verifying
from station.work.checklist import component_id_of

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
        """Papers held already, each with its first page to look at."""
        station, shower = self._session.station, self.shower()
        return tuple(
            OfferShown(
                component_id=component_id_of(offer.component),
                component=shower.component(component_id_of(offer.component)),
                paper_id=offer.paper.paper_id,
                title=shower.title(offer.paper.type_id),
                issued_on=self._language.day(offer.paper.issued_on),
                reason=shower.reason(offer.reason),
                page_id=self._first_page(offer.paper.paper_id),
            )
            for offer in reusing.list_offers(station, dossier_id)
        )

    def _first_page(self, paper_id: str) -> int | None:
        """The first page of a paper of this station, by "dossier code/position"."""
        code, _, position = paper_id.rpartition("/")
        with self._session.station.reading() as conn:
            try:
                dossier = dossiers.get_by_code(conn, code)
            except dossiers.DossierUnknown:
                return None
            for paper in documents.list_of(conn, dossier.id):
                if str(paper.position) == position and paper.pages:
                    return paper.pages[0].page_id
        return None

    def take_offer(self, dossier_id: int, component_id: str, paper_id: str) -> None:
        reusing.take_offer(self._session.station, dossier_id, component_id, paper_id)
