"""A warehouse's database written by an earlier version opens in this one, with everything that was in it."""

import gzip
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, text

from sync.warehouse.schema import open_database, reading

OLD = sorted((Path(__file__).parent.parent / "old_databases").glob("*.warehouse.gz"))
TABLES = ("package", "document", "field", "component", "record", "received", "station", "token", "audit")


@pytest.fixture(params=OLD, ids=lambda file: file.name.split(".")[0])
def old_file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    file = tmp_path / "warehouse.db"
    file.write_bytes(gzip.decompress(request.param.read_bytes()))
    return file


def laid_out(engine: Engine) -> dict[str, set[tuple[str, str, bool]]]:
    """Each table's columns with type and whether they may be empty, in whatever order they came to it."""
    seen = inspect(engine)
    return {
        table: {(c["name"], str(c["type"]), bool(c["nullable"])) for c in seen.get_columns(table)}
        for table in seen.get_table_names()
    }


def indexed(engine: Engine) -> set[tuple[str, str]]:
    with reading(engine) as conn:
        rows = conn.execute(
            text("SELECT type, name FROM sqlite_master WHERE type IN ('index', 'trigger', 'view')")
        )
        return {(row[0], row[1]) for row in rows if not row[1].startswith("sqlite_autoindex")}


def test_an_upgraded_warehouse_has_the_tables_of_a_new_one(old_file: Path, tmp_path: Path) -> None:
    upgraded, fresh = (
        open_database(f"sqlite:///{old_file}"),
        open_database(f"sqlite:///{tmp_path / 'fresh.db'}"),
    )
    assert laid_out(upgraded) == laid_out(fresh)
    assert indexed(upgraded) == indexed(fresh)
    upgraded.dispose()
    fresh.dispose()


def test_nothing_in_an_old_warehouse_is_lost_by_the_upgrade(old_file: Path) -> None:
    with closing(sqlite3.connect(old_file)) as conn:
        before = {t: conn.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in TABLES}
    engine = open_database(f"sqlite:///{old_file}")
    with reading(engine) as conn:
        after = {t: conn.scalar(text(f"SELECT count(*) FROM {t}")) for t in TABLES}
    engine.dispose()
    assert before == after
    assert (before["package"], before["record"], before["received"]) == (3, 400, 400)
