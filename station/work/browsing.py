"""The table of dossiers for the screens, and their separators."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from capture.separators import Separator, write_separators
from station.store import dossiers, listing, search
from station.store.accounts import Right
from station.store.listing import Row
from station.store.search import Wanted
from station.work.standing import count_images
from station.work.station import Station


@dataclass(frozen=True)
class Narrowed:
    """Which dossiers are looked at; empty means all. Days are this PC's own, of the day a dossier was opened."""

    states: tuple[str, ...] = ()
    branch: str = ""
    procedure: str = ""
    since: date | None = None
    until: date | None = None


def find_ids(station: Station, text: str, narrowed: Narrowed, limit: int) -> list[int]:
    """Dossiers in which every word of `text` begins a word, best first; newest first without a text."""
    station.actor.require(Right.SEARCH)
    wanted = Wanted(
        narrowed.states,
        narrowed.branch,
        narrowed.procedure,
        _midnight(narrowed.since) if narrowed.since else "",
        _midnight(narrowed.until + timedelta(days=1)) if narrowed.until else "",
    )
    with station.reading() as conn:
        return search.find(conn, text, wanted, limit)


def _midnight(day: date) -> str:
    """The moment a day begins on this PC, as the store keeps moments."""
    return datetime(day.year, day.month, day.day).astimezone().astimezone(UTC).isoformat()


def list_rows(station: Station, ids: Sequence[int]) -> list[Row]:
    """What the table shows of these dossiers, in this order."""
    station.actor.require(Right.SEARCH)
    with station.reading() as conn:
        return listing.list_rows(conn, ids)


def list_choices(station: Station) -> tuple[list[str], list[tuple[str, str]]]:
    """Branches, and procedures as (code, name), that the station's dossiers have."""
    station.actor.require(Right.SEARCH)
    with station.reading() as conn:
        return listing.list_branches(conn), listing.list_procedures(conn)


def separator_of(station: Station, code: str) -> Separator:
    """The separator of a code, with the number of sheets where the office has its dossier."""
    station.actor.require(Right.SEARCH)
    with station.reading() as conn:
        dossier = dossiers.find_by_code(conn, code)
        sheets = (dossier.sheets_confirmed or count_images(conn, dossier)) if dossier else 0
    return Separator("dossier", code, sheets or None)


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
