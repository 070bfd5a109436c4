"""The dossiers screen's office: searching, looking, opening a new version."""

from collections.abc import Sequence
from pathlib import Path

from station.core.errors import N_
from station.store import audit
from station.ui.dossiers.presenter import DossierDetail, FilterChoices, Filters
from station.ui.language import Language
from station.ui.shown import FoundDocumentShown, FoundShown, HistoryShown
from station.ui.verbs.session import Session
from station.work import browsing, sealing, searching, standing, typed_results
from station.work.browsing import Narrowed

# The audit trail's verbs in the reader's words.
ACTIONS = {
    "open intake": N_("began the intake"),
    "scan": N_("scanned"),
    "capture": N_("took a page in"),
    "sort": N_("grouped into papers"),
    "choose record": N_("chose the record"),
    "verify": N_("verified a field"),
    "accept all": N_("accepted every field"),
    "confirm sheets": N_("confirmed the number of sheets"),
    "ask for rescan": N_("asked for a rescan"),
    "rescan done": N_("finished a rescan"),
    "edit": N_("changed the papers"),
    "undo": N_("took a change back"),
    "redo": N_("did a change again"),
    "seal": N_("sealed"),
    "deliver": N_("delivered to the warehouse"),
    "new version": N_("opened a new version"),
    "look at": N_("looked at it"),
    "count before scan": N_("counted the sheets before scanning"),
    "lay passes together": N_("laid two passes together"),
    "part pile": N_("parted the pile"),
    "look for held papers": N_("looked for papers the office holds"),
    "ask the warehouse for papers": N_("asked the warehouse for papers"),
    "look at a paper of the warehouse": N_("looked at a paper of the warehouse"),
    "print separator": N_("wrote the separator again"),
    "quarantine": N_("set a file aside"),
    "take after all": N_("took a file in that had been set aside"),
    "reuse": N_("reused a paper the office holds"),
    "type serial": N_("typed the serial of a result"),
    "give reason": N_("gave a reason for a picture that is not as the law asks"),
    "take reason back": N_("took such a reason back"),
    "take back": N_("took a paper held back out"),
    "scanned before": N_("found a paper that was scanned before"),
    "unreadable": N_("a page could not be read"),
}


class DossierVerbs:
    """Jobs of the dossiers screen."""

    def __init__(self, session: Session, language: Language) -> None:
        self._session = session
        self._language = language

    def search(self, text: str, filters: Filters, limit: int) -> Sequence[int]:
        """Ids of the dossiers found, best first."""
        narrowed = Narrowed(filters.states, filters.branch, filters.procedure, filters.since)
        return browsing.find_ids(self._session.station, text, narrowed, limit)

    def rows(self, ids: Sequence[int]) -> Sequence[FoundShown]:
        """Rows with the record's name and procedure."""
        return tuple(
            FoundShown(
                dossier_id=row.dossier_id,
                code=row.code,
                applicant_name=row.applicant_name,
                procedure_name=row.procedure_name,
                state=row.state,
                stage=row.stage,
                branch=row.branch,
                pages=0,
                updated_at=row.opened_at,
            )
            for row in browsing.list_rows(self._session.station, ids)
        )

    def filter_choices(self) -> FilterChoices:
        branches, procedures = browsing.list_choices(self._session.station)
        return FilterChoices(tuple(branches), tuple(procedures))

    def reprint_separator(self, dossier_id: int, file: Path) -> None:
        browsing.reprint_separator(self._session.station, dossier_id, file)

    def detail(self, dossier_id: int) -> DossierDetail:
        """One dossier with its papers and who did what."""
        station = self._session.station
        view = searching.show_by_id(station, dossier_id)
        catalogue = standing.catalogue_of(station)
        with station.reading() as conn:
            history = [*view.history, *audit.list_of(conn, f"intake:{view.dossier.intake_id}")]
        history.sort(key=lambda e: e.id, reverse=True)
        return DossierDetail(
            dossier_id=dossier_id,
            intake_id=view.dossier.intake_id,
            code=view.dossier.code,
            state=view.dossier.state.value,
            applicant_name=view.record.applicant_name if view.record else "",
            procedure_name=view.record.procedure_name if view.record else "",
            documents=tuple(
                FoundDocumentShown(
                    title=catalogue.name_of_type(d.type_id, self._language.code),
                    pages=len(d.pages),
                    pdf=str(station.home / d.pdf_file) if d.pdf_file else "",
                    page_ids=tuple(p.page_id for p in d.pages),
                )
                for d in view.documents
            ),
            history=tuple(
                HistoryShown(e.at, e.actor, self._language(ACTIONS.get(e.action, e.action))) for e in history
            ),
            awaits_serial=typed_results.awaits_serial(station, view.dossier.code),
            open_points=tuple(self._language(m) for m in view.missing)
            if view.dossier.sealed_at is None
            else (),
        )

    def type_result(self, code: str, serial: str) -> int:
        return typed_results.type_serial(self._session.station, code, serial)

    def new_version(self, dossier_id: int) -> tuple[int, int]:
        station = self._session.station
        new_id = sealing.open_new_version(station, dossier_id)
        return searching.show_by_id(station, new_id).dossier.intake_id, new_id
