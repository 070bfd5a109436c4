"""Reports over three years, thirty branches and many dossiers, on the station's database and on the warehouse's two.

    python -m pytest tests/benchmarks/bench_reports.py -s          20,000 dossiers
    STATION_BENCH_DOSSIERS=1000000 python -m pytest …              what the table of targets names

Targets: any report over 1,000,000 dossiers ≤ 1 s on PostgreSQL, ≤ 2 s on SQLite, warm. CPU seconds are of this
process; PostgreSQL works in another, so for it the wall clock counts.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from station.core.rates import GROUPINGS, RULES, SHOWN, STAGES
from station.store import database, reports
from station.store import report_tables as station_tables
from station.work.station import open_station
from sync.warehouse import report, report_tables
from sync.warehouse.schema import open_database, reading, writing
from sync.warehouse.stations import Caller
from tests.sync import province as parts

COUNT = int(os.environ.get("STATION_BENCH_DOSSIERS", "20000"))
PROVINCE = Caller("province", None, None, "benchmark")
LEADER = Caller("branch", "Chi nhánh Văn phòng đăng ký đất đai huyện 7", None, "benchmark")
SPANS = {"three years": ("2024-01-01", "2026-12-31"), "odd days": ("2024-01-11", "2026-12-20")}
LIMIT_S = {"station": 2.0, "sqlite": 2.0, "postgresql": 1.0}

# Numbers 0 … COUNT-1, and of each the columns a record would have; {day} makes an ISO day of a number of days.
_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {last})"
_BRANCH = "'Chi nhánh Văn phòng đăng ký đất đai huyện ' || (i % 30)"
_DAY = {
    "sqlite": "date('2024-01-01', '+' || ({days}) || ' days')",
    "postgresql": "to_char(date '2024-01-01' + ({days})::int, 'YYYY-MM-DD')",
}
_SINCE = f"CAST(i AS BIGINT) * 1096 / {COUNT}"


def _received(dialect: str) -> str:
    day = _DAY[dialect]
    columns = {
        "dossier_code": "'H48.12-' || i", "branch": _BRANCH, "procedure_code": "'1.0138' || (i / 7 % 20)",
        "counter": "'Quầy ' || (i / 3 % 3)", "receiver": "'cán bộ ' || (i % 150)",
        "received_on": day.format(days=_SINCE), "due_on": day.format(days=f"{_SINCE} + 20"),
        "resolved_on": f"CASE WHEN i % 4 > 0 THEN {day.format(days=f'{_SINCE} + i % 23')} END",
        "status": "1 + i / 11 % 10", "progress": "''", "has_result": "CASE WHEN i % 50 = 0 THEN 0 END",
    }  # fmt: skip
    return (
        f"{_NUMBERS.format(last=COUNT - 1)} INSERT INTO received ({', '.join(columns)})"
        f" SELECT {', '.join(columns.values())} FROM n"
    )


def _packages() -> list[str]:
    """Three of four dossiers of either stage have come, one of nine of them lacks a paper."""
    numbers = _NUMBERS.format(last=COUNT - 1)
    made = []
    for stage, odd in (("intake", 0), ("result", 1)):
        texts = "sha256, station_id, sealed_at, received_at, audit_head, manifest, receipt"
        made.append(
            f"{numbers} INSERT INTO package (id, branch, dossier_code, stage, version, conflict, size_bytes, {texts})"
            f" SELECT '{stage}-' || i, {_BRANCH}, 'H48.12-' || i, '{stage}', 1, 0, 1, '', '', '', '', '', '', ''"
            f" FROM n WHERE i % 4 <> {odd}"
        )
        made.append(
            f"{numbers} INSERT INTO component (package_id, number, component_code, name, duty, outcome)"
            f" SELECT '{stage}-' || i, 1, '', '', 'required', CASE WHEN i % 9 = 0 THEN 'missing' ELSE 'digitised' END"
            f" FROM n WHERE i % 4 <> {odd}"
        )
    return made


def _fill_warehouse(engine: Engine) -> Engine:
    dialect = engine.dialect.name
    with writing(engine) as conn:
        report_tables._drop_triggers(conn)
        for statement in (_received(dialect if dialect == "sqlite" else "postgresql"), *_packages()):
            conn.execute(text(statement.replace(", WITH RECURSIVE", " WITH RECURSIVE")))
        # What a server at work knows by itself; without it the planner takes a million rows for none.
        conn.execute(text("ANALYZE"))
        since = time.perf_counter()
        report_tables.rebuild(conn)
        print(f"\n{dialect}: sums made anew in {time.perf_counter() - since:.1f} s")
    if dialect == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            conn.execute(text("ANALYZE"))
    return engine


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def warehouse(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    if request.param == "sqlite":
        engine = _fill_warehouse(
            open_database(f"sqlite:///{tmp_path_factory.mktemp('province') / 'warehouse.db'}")
        )
        yield engine
        engine.dispose()
        return
    if parts.postgres_programs() is None:
        pytest.skip("PostgreSQL is not installed")
    with parts.postgres() as server:
        engine = _fill_warehouse(open_database(server.url))
        yield engine
        engine.dispose()


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The station's own tables, its records and sealed dossiers written by SQL."""
    home = tmp_path_factory.mktemp("station")
    open_station(home)
    empty = ", ".join(f"'' AS {c}" for c in _EMPTY)
    with closing(database.connect(home / "station.db")) as conn, database.transaction(conn):
        for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            if not name.startswith("audit"):
                conn.execute(f"DROP TRIGGER {name}")
        conn.execute(_received("sqlite"))
        conn.execute(
            f"INSERT INTO record (dossier_code, branch, procedure_code, counter, receiver, received_on, resolved_on,"
            f" status, progress, has_result, received_at, due_at, code_key, {', '.join(_EMPTY)})"
            f" SELECT dossier_code, branch, procedure_code, counter, receiver, received_on, resolved_on, status, progress,"
            f" has_result, strftime('%d/%m/%Y', received_on), strftime('%d/%m/%Y', due_on), dossier_code, {empty}"
            f" FROM received"
        )
        conn.execute("DELETE FROM received")
        conn.execute("INSERT INTO intake (source, stage, opened_by, opened_at) VALUES ('', 'intake', '', '')")
        conn.execute(
            f"{_NUMBERS.format(last=COUNT - 1)} INSERT INTO dossier (intake_id, run_no, stage, state, dossier_code,"
            f" temporary_code, branch, opened_by, opened_at) SELECT 1, i, 'intake', CASE WHEN i % 40 = 1 THEN 'sealed'"
            f" ELSE 'delivered' END, 'H48.12-' || i, i, {_BRANCH}, '', '' FROM n WHERE i % 4 <> 0"
        )
        conn.execute(
            "INSERT INTO component (dossier_id, component_id, duty, outcome) SELECT id, '', 'required',"
            " CASE WHEN id % 9 = 0 THEN 'missing' ELSE 'digitised' END FROM dossier"
        )
        since = time.perf_counter()
        for statement in station_tables.MAKE:
            if not statement.startswith(("CREATE TABLE", "CREATE INDEX")):
                conn.execute(statement)
        print(f"\nstation: sums made anew in {time.perf_counter() - since:.1f} s")
    return home / "station.db"


_EMPTY = (
    "procedure_name", "applicant_name", "applicant_id", "date_of_birth", "address", "commune", "district",
    "province", "parcel_no", "map_sheet", "certificate_serial", "serial_key", "name_key", "imported_at",
)  # fmt: skip


def _timed(name: str, ask: Callable[[], Any]) -> float:
    """Seconds of the second run: the first warms."""
    ask()
    wall, cpu = time.perf_counter(), time.process_time()
    ask()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"  {name:<58} {wall * 1000:8.1f} ms wall {cpu * 1000:8.1f} ms CPU")
    return wall


def test_every_report_of_the_province(warehouse: Engine) -> None:
    slowest = 0.0
    print(f"\n{warehouse.dialect.name}, {COUNT:,} dossiers")
    with reading(warehouse) as conn:
        for words, span in SPANS.items():
            for stage in STAGES:
                for by in GROUPINGS:
                    slowest = max(
                        slowest,
                        _timed(f"both rules, {stage} by {by}, {words}", lambda b=by, s=stage, d=span: report.rates(conn, PROVINCE, b, s, *d)),
                    )  # fmt: skip
                slowest = max(slowest, _timed(f"a branch by procedure, {stage}, {words}", lambda s=stage, d=span: report.rates(conn, LEADER, "procedure", s, *d)))  # fmt: skip
        span = SPANS["three years"]
        for rule in RULES:
            for shown in SHOWN:
                slowest = max(slowest, _timed(f"first page of a list, {rule} {shown}", lambda r=rule, x=shown: report.behind(conn, PROVINCE, r, "branch", "intake", *span, None, shown=x, limit=201)))  # fmt: skip
    limit = LIMIT_S[warehouse.dialect.name]
    print(f"slowest {slowest * 1000:.0f} ms; target {limit:.0f} s at 1,000,000 dossiers")
    assert COUNT < 1_000_000 or slowest <= limit


def test_every_report_of_the_station(station: Path) -> None:
    slowest = 0.0
    print(f"\nstation, {COUNT:,} dossiers")
    with closing(database.connect(station)) as conn:
        for words, span in SPANS.items():
            for stage in STAGES:
                for by in GROUPINGS:
                    slowest = max(slowest, _timed(f"both rules, {stage} by {by}, {words}", lambda b=by, s=stage, d=span: [reports.rates(conn, r, s, b, *d) for r in RULES]))  # fmt: skip
        span = SPANS["three years"]
        for shown in SHOWN:
            slowest = max(slowest, _timed(f"first 200 of a list, strict {shown}", lambda x=shown: reports.behind(conn, "strict", "intake", "branch", *span, shown=x, limit=200)))  # fmt: skip
    print(f"slowest {slowest * 1000:.0f} ms; target {LIMIT_S['station']:.0f} s at 1,000,000 dossiers")
    assert COUNT < 1_000_000 or slowest <= LIMIT_S["station"]
