"""A paper that was scanned before, for another dossier: noticed by its pictures, then by its text, and linked.

What follows is the office's policy (setting `same_paper`): it is only said, or the held paper is offered in the
place of the second scan (station.work.reusing).
"""

import sqlite3

from forms import reuse as rules
from forms.doctype import UNKNOWN, Catalogue
from forms.reasons import because
from station.store import documents, dossiers, held
from station.store.model import EDITABLE, Document
from station.work.standing import catalogue_of, page_readings
from station.work.station import Station


def note_scanned_before(station: Station, dossier_id: int) -> int:
    """Links the dossier's papers to earlier scans of them in other dossiers; returns how many are linked anew."""
    catalogue = catalogue_of(station)
    count = 0
    with station.transaction() as conn:
        if dossiers.get(conn, dossier_id).state not in EDITABLE:
            return 0
        for paper in documents.list_of(conn, dossier_id):
            if paper.same_as is None and paper.type_id != UNKNOWN and paper.pages:
                count += _link(station, conn, paper, catalogue)
    return count


def _link(station: Station, conn: sqlite3.Connection, paper: Document, catalogue: Catalogue) -> bool:
    for earlier_id in held.list_same_pictures(conn, paper.id):
        if why := rules.same_paper(_hashes(paper), "", _hashes(documents.get(conn, earlier_id)), ""):
            return _set(station, conn, paper, earlier_id, why)
    alike = held.list_same_kind(conn, paper.id)
    text = _text(station, conn, paper) if alike else ""
    for earlier_id in alike:
        earlier = documents.get(conn, earlier_id)
        if len(earlier.pages) != len(paper.pages) or _contradict(conn, paper, earlier, catalogue):
            continue
        if why := rules.same_paper([], text, [], _text(station, conn, earlier)):
            return _set(station, conn, paper, earlier_id, why)
    return False


def _set(station: Station, conn: sqlite3.Connection, paper: Document, earlier_id: int, why: str) -> bool:
    name = paper_name(conn, documents.get(conn, earlier_id))
    documents.set_same_as(conn, paper.id, earlier_id, because(rules.SCANNED_BEFORE, paper=name, why=why))
    station.audit(
        conn, "scanned before", f"dossier:{paper.dossier_id}", document=paper.id, earlier=earlier_id
    )
    return True


def find_earlier(conn: sqlite3.Connection, paper: Document) -> Document | None:
    """The paper this one repeats; None where it repeats none, or that one was sorted anew since."""
    try:
        return documents.get(conn, paper.same_as) if paper.same_as is not None else None
    except documents.DocumentUnknown:
        return None


def paper_name(conn: sqlite3.Connection, paper: Document) -> str:
    """A paper as lists name it: its dossier's code and its number there."""
    return f"{dossiers.get(conn, paper.dossier_id).code}/{paper.position}"


def _hashes(paper: Document) -> list[str]:
    return [f"{page.original_sha256}.{page.half}" for page in paper.pages]


def _text(station: Station, conn: sqlite3.Connection, paper: Document) -> str:
    return "\n".join(page.text for page in page_readings(station, conn, [p.page_id for p in paper.pages]))


def _contradict(conn: sqlite3.Connection, one: Document, other: Document, catalogue: Catalogue) -> bool:
    kind = catalogue.document_types.get(one.type_id)
    first, second = ({f.name: f.shown for f in documents.list_fields(conn, d.id)} for d in (one, other))
    return kind is None or rules.contradict(kind, first, second)
