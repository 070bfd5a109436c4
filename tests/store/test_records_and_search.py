"""Procedure records and the search over dossiers."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from station.store import database, dossiers, pages, reference, search
from station.store.database import DatabaseDamaged, DatabaseTooNew
from station.store.reference import ProcedureRecord
from station.store.search import Wanted
from station.work.station import open_station

AT = "2026-03-02T01:00:00+00:00"
RECORD = ProcedureRecord(
    dossier_code="H48.12-260302-0001",
    procedure_code="1.013831",
    procedure_name="Đăng ký biến động",
    applicant_name="Nguyễn Thị Mẫu",
    applicant_id="051190000123",
    date_of_birth="01/02/1990",
    address="Thôn Mẫu, xã Đức Nhuận",
    commune="xã Đức Nhuận",
    district="",
    province="Quảng Ngãi",
    parcel_no="12",
    map_sheet="7",
    certificate_serial="AA 09122325",
    received_at="02/03/2026",
    due_at="09/03/2026",
    branch="Chi nhánh Mẫu",
)


def test_a_record_is_found_by_code_id_serial_name_and_parcel(tmp_path: Path) -> None:
    station = open_station(tmp_path)
    with station.transaction() as conn:
        assert reference.import_rows(conn, [RECORD], AT) == 1
    with station.reading() as conn:
        assert reference.by_code(conn, "h48.12 - 260302 - 0001") == [RECORD]
        assert reference.by_id(conn, "051190000123") == [RECORD]
        assert reference.by_serial(conn, "AA09122325") == [RECORD]
        assert reference.by_name_birth(conn, "NGUYEN THI MAU", "01/02/1990") == [RECORD]
        assert reference.by_parcel(conn, "12", "7", "Đức Nhuận") == [RECORD]


def test_a_code_misread_in_one_place_finds_its_record(tmp_path: Path) -> None:
    station = open_station(tmp_path)
    with station.transaction() as conn:
        reference.import_rows(conn, [RECORD], AT)
    with station.reading() as conn:
        for read in (
            "H48.12-260302-0007",
            "H48.12-260320-0001",
            "H48.12-260302-001",
            "H48.12-260302-00001",
            "H48.12-26O302-0001",
        ):
            assert reference.near_code(conn, read) == [RECORD], read
        assert not reference.near_code(conn, "H48.12-260302-0001")
        assert not reference.near_code(conn, "H48.12-260302-0099")


def test_an_empty_value_never_finds_records_that_lack_it(tmp_path: Path) -> None:
    station = open_station(tmp_path)
    with station.transaction() as conn:
        reference.import_rows(
            conn, [replace(RECORD, applicant_id="", certificate_serial="", parcel_no="")], AT
        )
        assert not reference.by_id(conn, "")
        assert not reference.by_serial(conn, "")
        assert not reference.by_parcel(conn, "", "7", "")


def kept_by_row_and_in_one_go(conn: sqlite3.Connection) -> list[list[tuple[object, ...]]]:
    """The reports' rows, their sums (a sum of nothing is as good as no sum), and what keeps them."""
    tally = [
        tuple(r) for r in conn.execute("SELECT * FROM tally") if any(isinstance(v, int) and v for v in r)
    ]
    received = [tuple(r) for r in conn.execute("SELECT * FROM received")]
    made = [
        (r["name"],)
        for r in conn.execute("SELECT name FROM sqlite_master WHERE type IN ('index', 'trigger')")
    ]
    return [sorted(rows, key=repr) for rows in (tally, received, made)]


def test_many_records_in_one_go_leave_the_same_sums_as_row_by_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        replace(
            RECORD,
            dossier_code=f"H48.12-26030{n % 7 + 1}-{n:04d}",
            branch=f"Chi nhánh {n % 3}",
            status=n % 11,
        )
        for n in range(60)
    ]
    again = [replace(row, branch="Chi nhánh 9") for row in rows[::4]]
    kept = []
    for many in (1000, 10):
        monkeypatch.setattr(reference, "MANY", many)
        station = open_station(tmp_path / str(many))
        with station.transaction() as conn:
            assert reference.import_rows(conn, rows, AT) == 60
            assert reference.import_rows(conn, again, AT) == 15
            kept.append(kept_by_row_and_in_one_go(conn))
    assert kept[0] == kept[1]
    assert all(kept[0])


def test_importing_a_code_again_updates_its_record(tmp_path: Path) -> None:
    station = open_station(tmp_path)
    with station.transaction() as conn:
        reference.import_rows(conn, [RECORD], AT)
        reference.import_rows(conn, [replace(RECORD, applicant_name="Trần Văn Mẫu")], AT)
        assert reference.count(conn) == 1
        assert [r.applicant_name for r in reference.search(conn, "tran van")] == ["Trần Văn Mẫu"]


@pytest.mark.parametrize("asked", ["duc nhuan", "Đức Nhuận", "ĐỨC", "nhuan"])
def test_search_ignores_tones_and_the_bar_of_d(tmp_path: Path, asked: str) -> None:
    station = open_station(tmp_path)
    with station.transaction() as conn:
        intake = pages.open_intake(conn, None, "files", "intake", None, "admin", AT)
        dossier_id = dossiers.add(conn, intake.id, 1, "intake", "Chi nhánh Mẫu", "admin", AT)
        search.put(conn, dossier_id, "H48.12-260302-0001", "Nguyễn Thị Mẫu", "xã Đức Nhuận, huyện Mộ Đức")
        assert search.find(conn, asked, Wanted(), 10) == [dossier_id]
        assert search.find(conn, "không có", Wanted(), 10) == []


def test_names_come_before_papers_and_words_in_a_row_before_words_anywhere(tmp_path: Path) -> None:
    station = open_station(tmp_path)
    texts = (
        ("Lê Thị Giả", "bịa ra rồi đặng một thị trấn"),
        ("Lê Văn Giả", "người làm chứng: Đặng Thị Bịa"),
        ("Đặng Thị Bịa", "đơn đăng ký"),
        ("Lê Văn Mẫu", "không có gì"),
    )
    with station.transaction() as conn:
        intake = pages.open_intake(conn, None, "files", "intake", None, "admin", AT)
        ids = []
        for run, (name, body) in enumerate(texts, 1):
            ids.append(dossiers.add(conn, intake.id, run, "intake", f"Chi nhánh {run}", "admin", AT))
            search.put(conn, ids[-1], f"H48.12-260302-000{run}", name, body)
        assert search.find(conn, "dang thi bia", Wanted(), 10) == [ids[2], ids[1], ids[0]]
        assert search.find(conn, "dang thi bi", Wanted(), 10) == [ids[2]], "two letters begin names only"
        assert search.find(conn, "le van", Wanted(), 1) == [ids[3]], "newest first"
        assert search.find(conn, "260302 0002", Wanted(), 10) == [ids[1]]
        assert search.find(conn, "", Wanted(branch="Chi nhánh 2"), 10) == [ids[1]]
        assert search.find(conn, "le", Wanted(states=("sealed",)), 10) == []
        assert search.find(conn, "", Wanted(opened_before=AT), 10) == []
        assert search.find(conn, "!?", Wanted(), 10) == []


def test_a_file_of_a_newer_station_is_refused_in_words(tmp_path: Path) -> None:
    station = open_station(tmp_path)
    with station.transaction() as conn:
        conn.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('station', 'of_tomorrow', :at)",
            {"at": AT},
        )
    with pytest.raises(DatabaseTooNew, match="newer station"):
        database.upgrade(tmp_path / "station.db", tmp_path / "backup")


def test_a_file_that_is_no_database_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "station.db").write_bytes(b"not a database" * 500)
    with pytest.raises(DatabaseDamaged, match="damaged"):
        open_station(tmp_path)


def test_the_outbox_table_has_the_columns_its_functions_speak_of(tmp_path: Path) -> None:
    import sqlite3

    from sync.outbox import OUTBOX_DDL

    station = open_station(tmp_path)
    with closing(sqlite3.connect(":memory:")) as other, station.reading() as conn:
        other.executescript(OUTBOX_DDL)
        ask = "SELECT name, type, \"notnull\" FROM pragma_table_info('package') ORDER BY name"
        assert [tuple(r) for r in conn.execute(ask)] == other.execute(ask).fetchall()


def test_the_short_list_of_migrations_is_that_of_the_schema() -> None:
    from station.store.schema import migrations

    assert tuple(m.name for m in migrations._migrations) == database.MIGRATIONS
