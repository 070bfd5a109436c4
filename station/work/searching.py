"""Finding dossiers and showing one in full."""

import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forms.doctype import Catalogue
from forms.reasons import explain, is_made_of
from forms.reuse import SCANNED_BEFORE, SCANNED_TWICE
from ocr.reading import PageReading
from station.core.texts import translator
from station.store import audit, documents, dossiers, pages, reference
from station.store.accounts import Right
from station.store.model import Component, Document, Dossier, Field, RescanTask
from station.store.reference import ProcedureRecord
from station.work import checklist
from station.work.browsing import Narrowed, find_ids
from station.work.explaining import lacks_by_side
from station.work.standing import catalogue_of, count_images, missing_for_ready, page_readings
from station.work.station import Station
from station.work.twice import find_earlier, paper_name


@dataclass(frozen=True)
class DossierView:
    """A dossier with everything a screen or `station dossiers CODE` shows of it."""

    dossier: Dossier
    record: ProcedureRecord | None
    documents: tuple[Document, ...]
    fields: dict[int, tuple[Field, ...]]
    #: By document: the paper of another dossier it is a second scan of, as its code and number.
    same_as: dict[int, str]
    components: tuple[Component, ...]
    #: By side of its pages: what the law would have otherwise, and the reason given for it or None.
    lacks: dict[int, dict[str, str | None]]
    rescans: tuple[RescanTask, ...]
    sheets: int
    missing: tuple[str, ...]
    #: For the citizen, before they leave: what the checklist misses, has too much of, or finds expired.
    told: tuple[str, ...]
    #: The part of `told` that is about papers which are there, and which of those were scanned before.
    noticed: tuple[str, ...]
    history: tuple[audit.Entry, ...]


def find_dossiers(
    station: Station, text: str = "", narrowed: Narrowed = Narrowed(), limit: int = 500
) -> list[Dossier]:
    """Dossiers in which every word begins a word of a code, name or page; newest first without a text."""
    found = find_ids(station, text, narrowed, limit)
    with station.reading() as conn:
        return [dossiers.get(conn, dossier_id) for dossier_id in found]


def list_of_intake(station: Station, intake_id: int) -> list[Dossier]:
    station.actor.require(Right.SEARCH)
    with station.reading() as conn:
        return dossiers.list_of_intake(conn, intake_id)


def show(station: Station, code: str, stage: str | None = None) -> DossierView:
    """A dossier by its code or temporary code, told in the station's language.

    Raises:
        DossierUnknown.
    """
    station.actor.require(Right.SEARCH)
    with station.transaction() as conn:
        dossier = dossiers.get_by_code(conn, code, stage)
        station.audit(conn, "look at", f"dossier:{dossier.id}")
        return _view(station, conn, dossier, station.settings.language)


def show_by_id(station: Station, dossier_id: int, language: str = "") -> DossierView:
    """A dossier.

    Args:
        language: in which `told` and `noticed` are; empty: the station's.
    """
    station.actor.require(Right.SEARCH)
    with station.reading() as conn:
        dossier = dossiers.get(conn, dossier_id)
        return _view(station, conn, dossier, language or station.settings.language)


def _view(station: Station, conn: sqlite3.Connection, dossier: Dossier, language: str) -> DossierView:
    papers = tuple(documents.list_of(conn, dossier.id))
    catalogue = catalogue_of(station)
    found = checklist.examine(conn, dossier, catalogue, language)
    translate = translator(language)
    same_as = {p.id: paper_name(conn, e) for p in papers if (e := find_earlier(conn, p))}
    return DossierView(
        dossier=dossier,
        record=reference.find(conn, dossier.dossier_code) if dossier.dossier_code else None,
        documents=papers,
        fields={p.id: tuple(documents.list_fields(conn, p.id)) for p in papers},
        same_as=same_as,
        components=tuple(dossiers.list_components(conn, dossier.id)),
        lacks=lacks_by_side(conn, papers, catalogue),
        rescans=tuple(dossiers.list_rescans(conn, dossier.id)),
        sheets=count_images(conn, dossier),
        missing=tuple(missing_for_ready(conn, dossier, catalogue)),
        told=tuple(explain(s, translate) for s in found.sentences) if found else (),
        noticed=(
            *(explain(s, translate) for s in (found.noticed if found else ())),
            *_scanned_before(papers, same_as, catalogue, language),
        ),
        history=tuple(audit.list_of(conn, f"dossier:{dossier.id}")),
    )


def _scanned_before(
    papers: Sequence[Document], same_as: Collection[int], catalogue: Catalogue, language: str
) -> list[str]:
    """Which papers were scanned twice, here or for another dossier, and how that is known.

    Args:
        same_as: the papers whose earlier scan is still there.
    """
    return [
        f"{catalogue.name_of_type(paper.type_id, language)}: {explain(reason, translator(language))}"
        for paper in papers
        for reason in paper.reasons
        if is_made_of(reason, SCANNED_TWICE) or (paper.id in same_as and is_made_of(reason, SCANNED_BEFORE))
    ]


def page_picture(station: Station, page_id: int) -> tuple[Path, int, PageReading | None, dict[str, Any]]:
    """Where a page's picture comes from: original file, frame, its reading, its side's row as plain values."""
    station.actor.require(Right.SEARCH)
    with station.reading() as conn:
        page = pages.get_page(conn, page_id)
        side = pages.get_side(conn, page.side_id)
        readings = page_readings(station, conn, [page_id])
    return (
        station.original(side.original_sha256),
        side.frame,
        readings[0] if readings else None,
        {"side_id": side.id, "half": page.half, "reading_key": side.reading_key, "state": side.state},
    )
