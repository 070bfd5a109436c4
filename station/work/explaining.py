"""The reason an office gives for a picture that is not as the law asks: not in colour, too coarse.

The picture is never changed to please the law; the reason stands beside the finding in the manifest of the package.
"""

import sqlite3
from collections.abc import Sequence

from ocr.lawful import lacks_of
from ocr.reading import Finding
from station.core.errors import N_, UsageProblem
from station.store import documents, dossiers, lacks, pages
from station.store.accounts import Right
from station.store.lacks import Excuse
from station.store.model import EDITABLE
from station.store.pages import Side
from station.work.standing import DossierClosed
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
        held = {p.page_id: p.side_id for paper in documents.list_of(conn, dossier_id) for p in paper.pages}
        for page_id in page_ids or ():
            if page_id not in held:
                raise PageElsewhere(id=page_id, code=dossier.code)
        wanted = dict.fromkeys(held[page_id] for page_id in (held if page_ids is None else page_ids))
        lacking = [
            side for side in (pages.get_side(conn, side_id) for side_id in wanted) if lacks_of_side(side)
        ]
        if not lacking:
            raise NothingToExplain
        for side in lacking:
            lacks.remove(conn, side.id)
            for lack in lacks_of_side(side) if words else ():
                lacks.put(conn, Excuse(side.id, lack.kind, words, by, at))
        action = "give reason" if words else "take reason back"
        station.audit(conn, action, f"dossier:{dossier_id}", sides=[side.id for side in lacking])
    return len(lacking)


def lacks_of_side(side: Side) -> tuple[Finding, ...]:
    """What the law would have otherwise; nothing of a blank side."""
    return () if side.blank else lacks_of(side.dpi, side.mode)


def lacks_by_side(conn: sqlite3.Connection, side_ids: Sequence[int]) -> dict[int, dict[str, str | None]]:
    """What each side lacks, by kind, with the reason given for it or None."""
    excuses = lacks.of_sides(conn, set(side_ids))
    found: dict[int, dict[str, str | None]] = {}
    for side_id in dict.fromkeys(side_ids):
        kinds = [lack.kind for lack in lacks_of_side(pages.get_side(conn, side_id))]
        given = {kind: excuses.get((side_id, kind)) for kind in kinds}
        found[side_id] = {kind: excuse.reason if excuse else None for kind, excuse in given.items()}
    return found
