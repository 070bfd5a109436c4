"""The table of dossiers for the screens, and their separators."""

from pathlib import Path

from capture.separators import Separator, write_separators
from station.store import dossiers, listing
from station.store.accounts import Right
from station.store.listing import Row, Wanted
from station.work.standing import count_images
from station.work.station import Station


def list_rows(station: Station, text: str, wanted: Wanted, limit: int) -> list[Row]:
    """Dossiers in which every word of `text` begins a word, best first; newest first without a text."""
    station.actor.require(Right.SEARCH)
    with station.reading() as conn:
        return listing.list_rows(conn, text, wanted, limit)


def list_choices(station: Station) -> tuple[list[str], list[tuple[str, str]]]:
    """Branches, and procedures as (code, name), that the station's dossiers have."""
    station.actor.require(Right.SEARCH)
    with station.reading() as conn:
        return listing.list_branches(conn), listing.list_procedures(conn)


def reprint_separator(station: Station, dossier_id: int, file: Path) -> None:
    """Writes the sheet that goes before this dossier's papers, with its code and its number of sheets.

    Raises:
        NoFont, DiskFull.
    """
    station.actor.require(Right.SEARCH)
    with station.transaction() as conn:
        dossier = dossiers.get(conn, dossier_id)
        sheets = dossier.sheets_confirmed or count_images(conn, dossier)
        station.audit(conn, "print separator", f"dossier:{dossier_id}")
    write_separators(file, [Separator("dossier", dossier.dossier_code, sheets or None)])
