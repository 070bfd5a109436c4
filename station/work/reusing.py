"""Papers the office already holds, offered instead of a new scan.

The rules are those of `forms.reuse`; this station's sealed dossiers are the place looked in, and the warehouse's
answer (station.work.asking) comes through the same seam.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from forms import reuse as rules
from forms.checklist import Checklist
from forms.normalise import digits_only, parse_date
from forms.reuse import HeldPapers, Offer, StoredPaper
from station.core.errors import N_, UsageProblem
from station.store import documents, dossiers, held, reference
from station.store.accounts import Right
from station.store.held import Held
from station.store.model import EDITABLE, Dossier
from station.work import checklist
from station.work.editing import as_one_step, change_papers, change_reused
from station.work.standing import DossierClosed, catalogue_of
from station.work.station import Station
from station.work.twice import find_earlier


class OfferUnknown(UsageProblem):
    sentence = N_("The office does not hold {paper} for {component}. station reuse CODE lists what it holds.")


TAKE_HELD = N_("It was scanned before. Take the held paper, and the second scan leaves the dossier.")


@dataclass(frozen=True)
class HeldHere:
    """This station's sealed papers, but those of the dossier itself (a HeldPapers)."""

    conn: sqlite3.Connection
    asking: int

    def of_person(self, personal_id: str) -> Sequence[StoredPaper]:
        return [self.stored(h) for h in held.list_of_person(self.conn, personal_id, self.asking)]

    def of_parcel(self, parcel_no: str, map_sheet: str, commune: str) -> Sequence[StoredPaper]:
        found = held.list_of_parcel(self.conn, parcel_no, map_sheet, commune, self.asking)
        return [self.stored(h) for h in found]

    def stored(self, known: Held) -> StoredPaper:
        paper = documents.get(self.conn, known.document_id)
        values = {f.name: f.shown for f in documents.list_fields(self.conn, known.document_id)}
        dated = next((values[name] for name in checklist.ISSUE_DATES if values.get(name)), "")
        return StoredPaper(
            paper_id=f"{dossiers.get(self.conn, paper.dossier_id).code}/{paper.position}",
            type_id=paper.type_id,
            place=dossiers.get(self.conn, paper.dossier_id).code,
            issued_on=parse_date(dated),
            owner_id=digits_only(known.owner),
            parcel_no=values.get("parcel_no", ""),
            map_sheet=values.get("map_sheet", ""),
            page_id=paper.pages[0].page_id if paper.pages else None,
        )


def list_offers(station: Station, dossier_id: int, elsewhere: HeldPapers | None = None) -> list[Offer]:
    """For each component that is missing: the still valid papers held of the same person or parcel, newest first.

    Args:
        elsewhere: what another place answered when it was asked, before this.

    Looking is audited under the dossier's code as its purpose; without a matched record nothing is looked for.
    """
    station.actor.require(Right.SCAN)
    with station.transaction() as conn:
        dossier = dossiers.get(conn, dossier_id)
        found = _offers(station, conn, dossier, elsewhere)
        station.audit(conn, "look for held papers", f"dossier:{dossier_id}", found=len(found))
    return found


def take_offer(
    station: Station, dossier_id: int, component_id: str, paper_id: str, elsewhere: HeldPapers | None = None
) -> None:
    """Lets a held paper stand for a component: its outcome is `reused`, nothing is scanned.

    A second scan of that paper leaves the dossier. One undo takes both back.

    Raises:
        OfferUnknown: it is not among the offers.
        DossierClosed.
    """
    station.actor.require(Right.SCAN)
    with station.reading() as conn:
        dossier = dossiers.get(conn, dossier_id)
        if dossier.state not in EDITABLE:
            raise DossierClosed(code=dossier.code)
        offered = {
            (checklist.component_id_of(o.component), o.paper.paper_id)
            for o in _offers(station, conn, dossier, elsewhere)
        }
        second = _second_scan(conn, dossier_id, component_id)
    if (component_id, paper_id) not in offered:
        raise OfferUnknown(paper=paper_id, component=component_id)
    with as_one_step():
        if second is not None:
            change_papers(
                station, dossier_id, "remove page", lambda conn: documents.set_pages(conn, second, [])
            )
        change_reused(station, dossier_id, component_id, paper_id)


def _second_scan(conn: sqlite3.Connection, dossier_id: int, component_id: str) -> int | None:
    """The document that stands for a component."""
    found = (
        c.document_id for c in dossiers.list_components(conn, dossier_id) if c.component_id == component_id
    )
    return next(found, None)


def _offers(
    station: Station, conn: sqlite3.Connection, dossier: Dossier, elsewhere: HeldPapers | None
) -> list[Offer]:
    record = reference.find(conn, dossier.dossier_code) if dossier.dossier_code else None
    catalogue = catalogue_of(station)
    found = checklist.examine(conn, dossier, catalogue, "vi")
    if record is None or found is None:
        return []
    missing = [s.component for s in found.standings if s.outcome == "missing"]
    on = parse_date(record.received_at) or station.clock().date()
    again = _scanned_before(conn, dossier, found) if station.settings.same_paper == "offer" else []
    return again + rules.offers(
        missing,
        [record.applicant_id] if record.applicant_id else [],
        [(record.parcel_no, record.map_sheet, record.commune)] if record.parcel_no else [],
        [HeldHere(conn, dossier.id), *filter(None, [elsewhere])],
        catalogue,
        on,
    )


def _scanned_before(conn: sqlite3.Connection, dossier: Dossier, found: Checklist) -> list[Offer]:
    """For each component whose only paper is a second scan: the sealed paper it repeats."""
    source = HeldHere(conn, dossier.id)
    offers = []
    for standing in found.standings:
        papers = [documents.get(conn, paper_id) for paper_id in standing.papers]
        earlier = find_earlier(conn, papers[0]) if len(papers) == 1 else None
        if earlier is not None and dossiers.get(conn, earlier.dossier_id).state not in EDITABLE:
            offers.append(Offer(standing.component, source.stored(Held(earlier.id, "")), TAKE_HELD))
    return offers
