"""A data folder written by an earlier station opens in this one, with everything that was in it.

`tests/old_databases` keeps one filled database per schema that ever reached an office: a dossier of two papers,
sealed, and opened again as a new version. Add one when a released schema changes; never change one that is there.
"""

import gzip
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from station.store import audit, database, documents
from station.work import searching, sending
from station.work.station import Station, open_station

OLD = sorted((Path(__file__).parent.parent / "old_databases").glob("*.db.gz"))


@pytest.fixture(params=OLD, ids=lambda file: file.name.split(".")[0])
def old_home(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    (home / "station.db").write_bytes(gzip.decompress(request.param.read_bytes()))
    return home


def columns(file: Path) -> dict[str, set[tuple[object, ...]]]:
    """Each table's columns (name, type, not null, default, key), in whatever order they came to it, its indexes, and
    which tables never give an id twice."""
    with closing(sqlite3.connect(file)) as conn:
        names = [row[0] for row in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {name: {row[1:] for row in conn.execute(f"PRAGMA table_info([{name}])")} for name in names}
        others = conn.execute(
            "SELECT type, name FROM sqlite_master WHERE type <> 'table' AND sql IS NOT NULL"
        )
        once = conn.execute("SELECT name FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%'")
        return found | {"triggers, indexes, views": set(others), "ids given once": set(once)}


def counted(file: Path) -> dict[str, int]:
    with closing(sqlite3.connect(file)) as conn:
        tables = (
            "side",
            "page",
            "dossier",
            "document",
            "document_page",
            "field",
            "package",
            "record",
        )
        return {t: conn.execute(f"SELECT count(*) FROM [{t}]").fetchone()[0] for t in tables}


def test_an_upgraded_database_has_the_tables_of_a_new_one(old_home: Path, tmp_path: Path) -> None:
    fresh = open_station(tmp_path / "fresh")
    upgraded = open_station(old_home)
    assert columns(upgraded.home / "station.db") == columns(fresh.home / "station.db")


def test_nothing_in_an_old_data_folder_is_lost_by_the_upgrade(old_home: Path) -> None:
    before = counted(old_home / "station.db")
    station: Station = open_station(old_home)
    assert counted(old_home / "station.db") == before
    (package,) = sending.list_outbox(station)
    assert (package.state, package.version) == ("waiting", 1)
    view = searching.show(station, package.dossier_code)
    assert [d.type_id for d in view.documents] == ["giay_tiep_nhan", "giay_uy_quyen"]
    assert (view.dossier.version, view.dossier.state.value) == (2, "open")
    with station.reading() as conn:
        assert audit.first_broken(conn) is None


def test_the_old_file_is_kept_beside_before_an_upgrade(old_home: Path) -> None:
    with closing(database.connect(old_home / "station.db")) as conn:
        newest = {row[0] for row in conn.execute("SELECT name FROM _sqlite_migrations")} == set(
            database.MIGRATIONS
        )
    open_station(old_home)
    assert newest or list((old_home / "backup").glob("before-upgrade-*.db"))


def test_the_id_of_a_paper_that_went_is_never_given_to_another(old_home: Path) -> None:
    """Stored edits speak of papers by their ids: undo must not mean another paper."""
    station = open_station(old_home)
    with station.transaction() as conn:
        dossier_id = conn.execute("SELECT max(id) FROM dossier").fetchone()[0]
        gone = documents.add(conn, dossier_id, "khac", 0.0, [], [])
        documents.delete(conn, gone)
        assert documents.add(conn, dossier_id, "khac", 0.0, [], []) > gone
    with closing(sqlite3.connect(old_home / "station.db")) as conn:
        assert conn.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
