"""The reason an office gives for a picture that is not as the law asks: not in colour, too coarse.

The picture is never changed to please the law; the reason stands beside the finding in the manifest of the package.
"""

import sqlite3
from collections.abc import Sequence

from forms.doctype import Catalogue
from ocr.lawful import lacks_of
from ocr.reading import Finding
from station.core.errors import N_, UsageProblem
from station.store import documents, dossiers, lacks, pages
from station.store.accounts import Right
from station.store.lacks import Excuse
from station.store.model import EDITABLE, Document
from station.store.pages import Side
from station.work.standing import DossierClosed, catalogue_of
from station.work.station import Station


class NothingToExplain(UsageProblem):
    sentence = N_("These pages are as the law asks: in colour and fine enough. They need no reason.")


class PageElsewhere(UsageProblem):
    sentence = N_("The page {id} is in no paper of the dossier {code}.")


def explain(station: Station, dossier_id: int, page_ids: Sequence[int] | None, reason: str) -> int:
    """Gives one reason for what the sides of these pages lack; an empty reason takes the given ones back.

    Args:
        page_ids: None for every page of the dossier.

    Returns:
        How many sides it was given for.

    Raises:
        NothingToExplain, PageElsewhere.
        DossierClosed: the dossier is sealed.
    """
    station.actor.require(Right.SCAN)
    words, by, at = " ".join(reason.split()), station.actor.name, station.now()
    with station.transaction() as conn:
        dossier = dossiers.get(conn, dossier_id)
        if dossier.state not in EDITABLE:
            raise DossierClosed(code=dossier.code)
        papers = documents.list_of(conn, dossier_id)
        held = {p.page_id: p.side_id for paper in papers for p in paper.pages}
        asked = least_dpi_by_side(papers, catalogue_of(station))
        for page_id in page_ids or ():
            if page_id not in held:
                raise PageElsewhere(id=page_id, code=dossier.code)
        wanted = dict.fromkeys(held[page_id] for page_id in (held if page_ids is None else page_ids))
        found = {side_id: lacks_of_side(pages.get_side(conn, side_id), asked[side_id]) for side_id in wanted}
        lacking = [side_id for side_id, lacked in found.items() if lacked]
        if not lacking:
            raise NothingToExplain
        for side_id in lacking:
            lacks.remove(conn, side_id)
            for lack in found[side_id] if words else ():
                lacks.put(conn, Excuse(side_id, lack.kind, words, by, at))
        action = "give reason" if words else "take reason back"
        station.audit(conn, action, f"dossier:{dossier_id}", sides=lacking)
    return len(lacking)


def lacks_of_side(side: Side, least_dpi: int) -> tuple[Finding, ...]:
    """What the law would have otherwise; nothing of a blank side."""
    return () if side.blank else lacks_of(side.dpi, side.mode, least_dpi)


def least_dpi_by_side(papers: Sequence[Document], catalogue: Catalogue) -> dict[int, int]:
    """What is asked of each side of these papers; the stricter where two papers share a sheet."""
    asked: dict[int, int] = {}
    for paper in papers:
        for page in paper.pages:
            wanted = catalogue.type_of(paper.type_id).least_dpi
            asked[page.side_id] = max(wanted, asked.get(page.side_id, 0))
    return asked


def lacks_by_side(
    conn: sqlite3.Connection, papers: Sequence[Document], catalogue: Catalogue
) -> dict[int, dict[str, str | None]]:
    """What each side of these papers lacks, by kind, with the reason given for it or None."""
    asked = least_dpi_by_side(papers, catalogue)
    excuses = lacks.of_sides(conn, asked)
    found: dict[int, dict[str, str | None]] = {}
    for side_id, least_dpi in asked.items():
        kinds = [lack.kind for lack in lacks_of_side(pages.get_side(conn, side_id), least_dpi)]
        given = {kind: excuses.get((side_id, kind)) for kind in kinds}
        found[side_id] = {kind: excuse.reason if excuse else None for kind, excuse in given.items()}
    return found
