"""The office's own papers and procedures: what there is beside what ships, and bringing more in from a table."""

from dataclasses import dataclass
from pathlib import Path

from forms.catalogue_import import import_catalogue
from station.store.accounts import Right
from station.work.standing import catalogue_of
from station.work.station import Station


@dataclass(frozen=True)
class Overview:
    """How many papers and procedures the station knows, and which files of the data folder add or replace some."""

    document_types: int
    procedures: int
    own_files: tuple[str, ...]


def overview(station: Station) -> Overview:
    """
    Raises:
        CatalogueProblem: a file of the office is wrong; names file, line and key.
    """
    station.actor.require(Right.SEARCH)
    catalogue = catalogue_of(station)
    folder = station.home / "catalogue"
    own = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*.toml")) if folder.is_dir() else []
    return Overview(len(catalogue.document_types), len(catalogue.procedures), tuple(own))


def import_table(station: Station, file: Path) -> tuple[str, ...]:
    """Adds or replaces the entries of a CSV or XLSX table, all or none; returns their files in HOME/catalogue.

    Raises:
        TableUnknown, TableRefused: nothing was changed.
    """
    station.actor.require(Right.ADMINISTER)
    folder = station.home / "catalogue"
    written = import_catalogue(file, folder)
    names = tuple(p.relative_to(folder).as_posix() for p in (*written.document_types, *written.procedures))
    with station.transaction() as conn:
        station.audit(conn, "import catalogue", "catalogue:own", files=list(names))
    return names
