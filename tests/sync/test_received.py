"""What the one-stop system writes, as reports count it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, text

from sync.folding import day_of
from sync.warehouse import schema
from sync.warehouse.exchange import put_records
from sync.warehouse.received import columns_of
from sync.warehouse.schema import open_database, reading, writing

AT = datetime(2026, 1, 5, tzinfo=UTC).isoformat()


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("05/01/2026", "2026-01-05"),
        ("5.1.2026 08:30", "2026-01-05"),
        ("2026-01-05T08:30:00", "2026-01-05"),
        ("31/02/2026", None),
        ("soon", None),
        ("", None),
    ],
)
def test_days_are_read_in_either_spelling_and_impossible_ones_are_none(written: str, day: str | None) -> None:
    assert day_of(written) == day


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"status": 4}, 4),
        ({"status": "10"}, 10),
        ({"status": "11"}, None),
        ({"progress": "ĐÃ TRẢ KẾT QUẢ"}, 10),
        ({"stage": "Chờ nộp thuế"}, 6),
        ({"progress": "an unknown word"}, None),
        ({}, None),
    ],
)
def test_a_status_is_given_or_meant_by_the_progress_word(values: dict[str, Any], status: int | None) -> None:
    assert columns_of({"dossier_code": "x", "branch": "b", **values})["status"] == status


@pytest.mark.parametrize(
    ("written", "has_result"), [("0", 0), (False, 0), ("Không", 0), (1, 1), ("có", 1), (None, None)]
)
def test_a_procedure_without_result_says_so_in_many_ways(written: Any, has_result: int | None) -> None:
    assert columns_of({"dossier_code": "x", "branch": "b", "has_result": written})["has_result"] == has_result


def test_an_older_warehouse_learns_the_columns_from_its_records(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'w.db'}"
    engine = open_database(url)
    record = {"dossier_code": "a", "branch": "b", "received_at": "05/01/2026", "status": "4"}
    with writing(engine) as conn:
        put_records(conn, [record], AT)
        put_records(conn, [{**record, "status": "9"}], AT)  # it changed
        new = dict(conn.execute(select(schema.received)).mappings().one())
        conn.execute(text("DROP INDEX package_dossier"))
        conn.execute(text("DROP TABLE received"))
        conn.execute(delete(schema.migration).where(schema.migration.c.name == "report columns"))
    engine.dispose()
    engine = open_database(url)
    with reading(engine) as conn:
        assert dict(conn.execute(select(schema.received)).mappings().one()) == new
    engine.dispose()
    assert (new["status"], new["received_on"]) == (9, "2026-01-05")
