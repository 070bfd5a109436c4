"""Papers the office already holds: which may be offered instead of a new scan, and which are the same paper twice.

Where the papers lie is the caller's affair (this station, the warehouse): each source answers through HeldPapers.
The policy here decides: same person or same parcel, same kind of paper, still valid on the day, newest first.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from rapidfuzz import fuzz

from forms.checklist import HeldPaper, valid_until
from forms.doctype import UNKNOWN, Catalogue, Component, DocumentType
from forms.normalise import code_key, digits_only, fold
from forms.proposal import ProposedDocument
from forms.reasons import because
from station.core.errors import N_

SAME_PERSON = N_("The office holds {paper} of {date} of the person with ID number {id}.")
SAME_PARCEL = N_("The office holds {paper} of {date} for parcel {parcel} on map sheet {sheet}.")
SAME_PERSON_UNDATED = N_("The office holds {paper} without a date of the person with ID number {id}.")
SAME_PARCEL_UNDATED = N_("The office holds {paper} without a date for parcel {parcel} on map sheet {sheet}.")
SAME_PICTURE = N_("The pages are the very same pictures.")
SCANNED_TWICE = N_("It has the text of document {number} of this dossier: the same paper, scanned twice?")
SCANNED_BEFORE = N_("It was scanned before, as paper {paper}: {why}")
SAME_TEXT = N_("The text is the same to {percent} %.")

#: Of 32 made papers scanned twice at any level 30 agree by at least this; of 38 pairs of different papers of one
#: form and length the likest come to 0.86 (tests/benchmarks/bench_same_paper.py, seeds 1–4).
SAME_TEXT_FROM = 0.9


@dataclass(frozen=True)
class StoredPaper:
    """A paper held somewhere.

    Attributes:
        place: this station's dossier code, or the branch that delivered it to the warehouse.
        issued_on: None where no date was read on it.
        page_id: the caller's id of its first page; None where no picture of it lies here.
    """

    paper_id: str
    type_id: str
    place: str
    issued_on: dt.date | None
    owner_id: str
    parcel_no: str
    map_sheet: str
    page_id: int | None


class HeldPapers(Protocol):
    """A place that holds papers; answers at most 50."""

    def of_person(self, personal_id: str) -> Sequence[StoredPaper]: ...
    def of_parcel(self, parcel_no: str, map_sheet: str, commune: str) -> Sequence[StoredPaper]: ...


@dataclass(frozen=True)
class Offer:
    """A held paper that can stand for a component; the operator takes it or scans anew."""

    component: Component
    paper: StoredPaper
    reason: str


#: Papers about a parcel, offered by parcel; all others are offered by person.
_OF_PARCEL = ("giay_chung_nhan", "trich_luc_ban_do", "ban_mo_ta_ranh_gioi", "ban_ve_tach_thua")


def offers(
    components: Sequence[Component],
    personal_ids: Sequence[str],
    parcels: Sequence[tuple[str, str, str]],
    sources: Sequence[HeldPapers],
    catalogue: Catalogue,
    on: dt.date,
) -> list[Offer]:
    """For each component the papers that could be reused, newest first.

    Args:
        parcels: (parcel_no, map_sheet, commune) of the dossier.
        on: papers no longer valid on this day are not offered.
    """
    found: list[Offer] = []
    for component in components:
        if component.duty == "exempt":
            continue
        kept: dict[str, Offer] = {}
        for source in sources:
            for number in {digits_only(i) for i in personal_ids}:
                for paper in source.of_person(number):
                    if (
                        paper.type_id in component.types
                        and paper.type_id not in _OF_PARCEL
                        and paper.owner_id == number
                    ):
                        kept.setdefault(paper.paper_id, Offer(component, paper, _by_person(paper, catalogue)))
            for parcel, sheet, commune in parcels:
                for paper in source.of_parcel(parcel, sheet, commune):
                    if paper.type_id in component.types and paper.type_id in _OF_PARCEL:
                        kept.setdefault(paper.paper_id, Offer(component, paper, _by_parcel(paper, catalogue)))
        fresh = [o for o in kept.values() if _valid(o.paper, catalogue, on)]
        found += sorted(fresh, key=lambda o: o.paper.issued_on or dt.date.min, reverse=True)
    return found


def _by_person(paper: StoredPaper, catalogue: Catalogue) -> str:
    name = catalogue.name_of_type(paper.type_id, "vi")
    if paper.issued_on is None:
        return because(SAME_PERSON_UNDATED, paper=name, id=paper.owner_id)
    return because(SAME_PERSON, paper=name, date=f"{paper.issued_on:%d/%m/%Y}", id=paper.owner_id)


def _by_parcel(paper: StoredPaper, catalogue: Catalogue) -> str:
    name = catalogue.name_of_type(paper.type_id, "vi")
    place = {"parcel": paper.parcel_no, "sheet": paper.map_sheet}
    if paper.issued_on is None:
        return because(SAME_PARCEL_UNDATED, paper=name, **place)
    return because(SAME_PARCEL, paper=name, date=f"{paper.issued_on:%d/%m/%Y}", **place)


def _valid(paper: StoredPaper, catalogue: Catalogue, on: dt.date) -> bool:
    until = valid_until(HeldPaper(0, paper.type_id, paper.issued_on), catalogue)
    return until is None or until >= on


def same_paper(
    one_hashes: Sequence[str], one_text: str, other_hashes: Sequence[str], other_text: str
) -> str | None:
    """Why two scans are one paper: the same pictures, or the same text; None when they are not."""
    if one_hashes and tuple(one_hashes) == tuple(other_hashes):
        return because(SAME_PICTURE)
    first, second = fold(one_text), fold(other_text)
    if min(len(first), len(second)) < 80:
        return None
    likeness = fuzz.ratio(first, second) / 100
    return because(SAME_TEXT, percent=int(likeness * 100)) if likeness >= SAME_TEXT_FROM else None


def note_twice(
    documents: Sequence[ProposedDocument], texts: Sequence[str], catalogue: Catalogue
) -> list[ProposedDocument]:
    """The documents of a dossier, a reason with each that is an earlier one scanned once more.

    Two of one form are not one paper: where they have a critical value each, it must be the same.

    Args:
        texts: what was read on each, in the same order. The very same pictures are not taken in twice anyway.
    """
    noted = list(documents)
    for later, document in enumerate(documents):
        kind = catalogue.document_types[document.type_id]
        for earlier in range(later):
            other = documents[earlier]
            if (
                other.type_id != document.type_id
                or kind.id == UNKNOWN
                or len(other.page_keys) != len(document.page_keys)
                or contradict(kind, _values(document), _values(other))
            ):
                continue
            if same_paper([], texts[earlier], [], texts[later]) is not None:
                reason = because(SCANNED_TWICE, number=earlier + 1)
                noted[later] = replace(document, reasons=(*document.reasons, reason))
                break
    return noted


def contradict(kind: DocumentType, one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Does a critical value of one paper contradict the other's?"""
    names = [f.name for f in kind.fields if f.critical and f.name in one and f.name in other]
    pairs = [(code_key(one[name]), code_key(other[name])) for name in names]
    return any(a and b and a != b for a, b in pairs)


def _values(document: ProposedDocument) -> dict[str, str]:
    return {name: reading.value for name, reading in document.fields.items()}
