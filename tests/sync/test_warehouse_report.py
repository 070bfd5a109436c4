"""The province's rates: recounted from raw rows without SQL, and held against the station's own definition."""

import json
import random
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import Connection, Engine, insert, text

from station.core.rates import LEFT_OUT, SHOWN
from station.store import database, dossiers, pages, reference, reports
from station.store.model import Component, DossierState
from station.store.reference import ProcedureRecord
from station.work.station import open_station
from sync.warehouse import removing, report, report_tables, schema
from sync.warehouse.exchange import put_records
from sync.warehouse.objects import open_objects
from sync.warehouse.schema import open_database, reading, writing
from sync.warehouse.stations import Caller
from sync.warehouse.uploads import Warehouse
from tests.sync import province as parts

AT = "2026-04-01T00:00:00+00:00"
SINCE, UNTIL = "2026-01-01", "2026-03-31"
PROVINCE = Caller("province", None, None, "p")
LEADER = Caller("branch", "CN-A", None, "l")
QUESTIONS = [(by, stage) for by in ("branch", "procedure", "day") for stage in report.STAGES]


@dataclass(frozen=True)
class Made:
    """A dossier of the year: its record, and how far each stage has come ("", partial or whole; sent or not)."""

    record: ProcedureRecord
    sealed: dict[str, str]
    sent: dict[str, bool]


def _make(number: int, chance: random.Random) -> Made:
    received = date(2025, 12, 10) + timedelta(days=chance.randrange(120))
    resolved = received + timedelta(days=chance.randrange(1, 30)) if chance.random() < 0.5 else None
    blank = dict.fromkeys(
        ("procedure_name", "applicant_name", "applicant_id", "date_of_birth", "address"), ""
    )
    blank |= dict.fromkeys(
        ("commune", "district", "province", "parcel_no", "map_sheet", "certificate_serial"), ""
    )
    record = ProcedureRecord(
        **blank,
        dossier_code=f"R-{number:04d}",
        procedure_code=chance.choice(("1.000001", "1.000002", "1.000003")),
        branch=chance.choice(("CN-A", "CN-B", "CN-C")),
        received_at=f"{received:%d/%m/%Y}",
        due_at=f"{received + timedelta(days=15):%d/%m/%Y}",
        progress=chance.choice(("", "", "", "Đã chuyển sang đơn vị khác")),
        status=chance.choice((None, *range(1, 11))),
        resolved_on=resolved.isoformat() if resolved else None,
        has_result=chance.choice((None, None, 1, 0)),
    )
    sealed = {stage: chance.choice(("", "partial", "whole")) for stage in report.STAGES}
    return Made(record, sealed, {stage: chance.random() < 0.7 for stage in report.STAGES})


@pytest.fixture(scope="module")
def made() -> list[Made]:
    chance = random.Random(20260401)
    return [_make(number, chance) for number in range(400)]


def _fill_station(conn: Any, made: list[Made]) -> None:
    reference.import_rows(conn, [m.record for m in made], AT)
    intake = pages.open_intake(conn, None, "files", "intake", None, "admin", AT)
    papers = [(m, stage) for m in made for stage in report.STAGES if m.sealed[stage]]
    for number, (one, stage) in enumerate(papers):
        dossier_id = dossiers.add(conn, intake.id, number, stage, one.record.branch, "admin", AT)
        dossiers.set_match(conn, dossier_id, one.record.dossier_code, "code", None, [])
        outcome = "digitised" if one.sealed[stage] == "whole" else "missing"
        dossiers.set_components(
            conn,
            dossier_id,
            [
                Component("a", "required", None, "digitised", None, None),
                Component("b", "required", None, outcome, None, None),
                Component("c", "optional", None, "missing", None, None),
            ],
        )
        dossiers.set_sealed(conn, dossier_id, "admin", AT)
        if one.sent[stage]:
            dossiers.set_state(conn, dossier_id, DossierState.DELIVERED)


def put_package(conn: Connection, code: str, branch: str, stage: str, whole: bool = True) -> None:
    """The rows a delivered package leaves."""
    package_id = f"{stage} {code}"
    texts = {
        c.name: "-" for c in schema.package.c if c.name not in ("conflict_with", "owner_id", "procedure_code")
    }
    values = {"version": 1, "conflict": 0, "size_bytes": 1}
    values |= {"id": package_id, "branch": branch, "dossier_code": code, "stage": stage}
    conn.execute(insert(schema.package).values({**texts, **values}))
    outcomes = (
        ("required", "digitised"),
        ("required", "reused" if whole else "missing"),
        ("optional", "missing"),
    )
    for number, (duty, outcome) in enumerate(outcomes, start=1):
        conn.execute(
            insert(schema.component).values(
                package_id=package_id, number=number, component_code="-", name="-", duty=duty, outcome=outcome
            )
        )


def _fill_warehouse(engine: Engine, made: list[Made]) -> None:
    records = [
        {**asdict(m.record), "resolved_at": m.record.resolved_on} for m in made
    ]  # as the one-stop system writes them
    with writing(engine) as conn:
        assert put_records(conn, records, AT) == (len(made), [])
        for one in made:
            for stage in report.STAGES:
                if one.sealed[stage] and one.sent[stage]:
                    put_package(
                        conn, one.record.dossier_code, one.record.branch, stage, one.sealed[stage] == "whole"
                    )
        put_package(conn, "R-UNKNOWN", "CN-A", "intake")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def warehouse(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, made: list[Made]
) -> Iterator[Engine]:
    """The same province on either database."""
    if request.param == "sqlite":
        engine = open_database(f"sqlite:///{tmp_path_factory.mktemp('province') / 'w.db'}")
        _fill_warehouse(engine, made)
        yield engine
        engine.dispose()
        return
    if parts.postgres_programs() is None:
        pytest.skip("PostgreSQL is not installed")
    with parts.postgres() as server:
        engine = open_database(server.url)
        _fill_warehouse(engine, made)
        yield engine
        engine.dispose()


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory, made: list[Made]) -> Path:
    home = tmp_path_factory.mktemp("station")
    with open_station(home).transaction() as conn:
        _fill_station(conn, made)
    return home / "station.db"


def _by_hand(made: list[Made], rule: str, by: str, stage: str) -> dict[str, list[int]]:
    """key → received, digitised, delivered, left out: counted as a clerk would, dossier by dossier."""
    table: dict[str, list[int]] = {}
    for one in made:
        record = one.record
        day, month, year = record.received_at.split("/")
        received_on = f"{year}-{month}-{day}"
        due_on = (date.fromisoformat(received_on) + timedelta(days=15)).isoformat()
        counts_by = record.resolved_on if (rule, stage) == ("strict", "result") else received_on
        if counts_by is None or not SINCE <= counts_by <= UNTIL:
            continue
        held = one.sealed[stage] if one.sent[stage] else ""
        without = stage == "result" and record.has_result == 0
        turned_away = record.status in (7, 8) or "đơn vị" in record.progress
        late = record.resolved_on is not None and record.resolved_on > due_on
        if rule == "official":
            counted = record.status in ((7, 9, 10) if stage == "result" else (2, 4, 5, 6, 7, 8, 9, 10))
            left_out, done = False, held != "" or without
        else:
            known = stage == "result" or record.status not in (1, 3)
            left_out, counted = known and (turned_away or late), known and not (turned_away or late)
            done = held == "whole" or without
        if counted or left_out:
            key = {"branch": record.branch, "procedure": record.procedure_code, "day": counts_by}[by]
            row = table.setdefault(key, [0, 0, 0, 0])
            for place, yes in enumerate(
                (counted, counted and done, counted and done and held != "", left_out)
            ):
                row[place] += yes
    return table


@pytest.mark.parametrize(("by", "stage"), QUESTIONS)
def test_the_province_counts_what_a_clerk_would_count(
    warehouse: Engine, made: list[Made], by: str, stage: str
) -> None:
    with reading(warehouse) as conn:
        answer = report.rates(conn, PROVINCE, by, stage, SINCE, UNTIL)
    for rule, said in answer["rule"].items():
        expected = _by_hand(made, rule, by, stage)
        rows = {r["key"]: [r["received"], r["digitised"], r["delivered"]] for r in said["rows"]}
        assert rows == {key: row[:3] for key, row in expected.items()}
        assert said["excluded"] == sum(row[3] for row in expected.values())
        for name in ("received", "digitised", "delivered"):
            assert said["total"][name] == sum(r[name] for r in said["rows"]) > 0
    assert (answer["undated"], answer["unrecorded"]) == (0, 1)


@pytest.mark.parametrize(("by", "stage"), QUESTIONS)
def test_station_and_province_differ_by_exactly_the_outbox(
    warehouse: Engine, station: Path, made: list[Made], by: str, stage: str
) -> None:
    all_sent = [replace(m, sent=dict.fromkeys(report.STAGES, True)) for m in made]
    with reading(warehouse) as conn:
        here = report.rates(conn, PROVINCE, by, stage, SINCE, UNTIL)["rule"]
    for rule in report.RULES:
        with closing(database.connect(station)) as local:
            there = reports.rates(local, rule, stage, by, SINCE, UNTIL)
        assert {r.key: (r.received, r.delivered) for r in there.rows} == {
            r["key"]: (r["received"], r["delivered"]) for r in here[rule]["rows"]
        }
        assert (there.excluded, there.unmapped) == (here[rule]["excluded"], here[rule]["unmapped"])
        outbox = sum(r[1] for r in _by_hand(all_sent, rule, by, stage).values()) - sum(
            r[1] for r in _by_hand(made, rule, by, stage).values()
        )
        assert there.total.digitised - here[rule]["total"]["digitised"] == outbox > 0


@pytest.mark.parametrize("stage", report.STAGES)
@pytest.mark.parametrize("span", [("2026-01-15", "2026-03-10"), ("2026-02-01", "2026-02-28"), ("2026-02-03", "2026-02-05"), ("2025-12-31", "2026-02-01")])  # fmt: skip
def test_months_and_the_days_beside_them_are_the_same_days(
    warehouse: Engine, span: tuple[str, str], stage: str
) -> None:
    with reading(warehouse) as conn:
        whole = report.rates(conn, PROVINCE, "branch", stage, *span)["rule"]
        for by in ("procedure", "counter", "operator", "level", "day"):
            assert {
                r: v["total"] for r, v in report.rates(conn, PROVINCE, by, stage, *span)["rule"].items()
            } == {r: v["total"] for r, v in whole.items()}


def test_sums_stay_true_whatever_happens_to_records_and_packages(warehouse: Engine) -> None:
    question = ("branch", "intake", SINCE, UNTIL)
    with writing(warehouse) as conn:
        assert report_tables.check(conn) == []
        before = report.rates(conn, PROVINCE, *question)
        record = {"dossier_code": "R-NEW", "branch": "CN-A", "received_at": "2026-02-02", "status": "4"}
        put_package(conn, "R-NEW", "CN-A", "intake", whole=False)
        assert report.rates(conn, PROVINCE, *question)["unrecorded"] == before["unrecorded"] + 1
        put_records(conn, [record], AT)
        put_records(conn, [{**record, "status": "9", "received_at": "2026-03-02"}], AT)
        after = report.rates(conn, PROVINCE, *question)
        assert after["unrecorded"] == before["unrecorded"]
        assert (
            after["rule"]["official"]["total"]["digitised"]
            == before["rule"]["official"]["total"]["digitised"] + 1
        )
        assert after["rule"]["strict"]["total"]["partial"] == before["rule"]["strict"]["total"]["partial"] + 1
        conn.execute(text("UPDATE component SET outcome = 'digitised' WHERE package_id = 'intake R-NEW'"))
        assert (
            report.rates(conn, PROVINCE, *question)["rule"]["strict"]["total"]["partial"]
            == before["rule"]["strict"]["total"]["partial"]
        )
        for table in ("component WHERE package_id = 'intake R-NEW'", "package WHERE id = 'intake R-NEW'", "received WHERE dossier_code = 'R-NEW'", "record WHERE dossier_code = 'R-NEW'"):  # fmt: skip
            conn.execute(text(f"DELETE FROM {table}"))
        assert report.rates(conn, PROVINCE, *question) == before and report_tables.check(conn) == []


def test_a_record_is_fulfilled_by_packages_of_its_own_branch_alone(warehouse: Engine) -> None:
    question = ("branch", "intake", SINCE, UNTIL)
    record = {"dossier_code": "R-OTHER", "branch": "CN-A", "received_at": "2026-02-02", "status": "4"}
    with writing(warehouse) as conn:
        before = report.rates(conn, PROVINCE, *question)
        digitised = before["rule"]["official"]["total"]["digitised"]
        put_records(conn, [record], AT)
        put_package(conn, "R-OTHER", "CN-B", "intake")
        after = report.rates(conn, PROVINCE, *question)
        assert after["rule"]["official"]["total"]["digitised"] == digitised
        assert after["unrecorded"] == before["unrecorded"] + 1
        assert report.unrecorded(conn, replace(LEADER, branch="CN-B")) == ["R-OTHER"]
        put_records(
            conn, [{**record, "branch": "CN-B"}], AT
        )  # the one-stop system has it at the other branch now
        after = report.rates(conn, PROVINCE, *question)
        assert after["rule"]["official"]["total"]["digitised"] == digitised + 1
        assert after["unrecorded"] == before["unrecorded"] and report_tables.check(conn) == []
        for table in ("component WHERE package_id = 'intake R-OTHER'", "package WHERE id = 'intake R-OTHER'", "received WHERE dossier_code = 'R-OTHER'", "record WHERE dossier_code = 'R-OTHER'"):  # fmt: skip
            conn.execute(text(f"DELETE FROM {table}"))
        assert report.rates(conn, PROVINCE, *question) == before


@pytest.mark.parametrize(("stage", "whole"), [("intake", True), ("intake", False), ("result", True)])
def test_a_package_whose_time_is_over_counts_as_it_did(
    warehouse: Engine, tmp_path: Path, stage: str, whole: bool
) -> None:
    house = Warehouse(
        warehouse, open_objects(tmp_path.as_uri()), tmp_path, lambda: datetime(2036, 1, 5, tzinfo=UTC)
    )
    question = ("branch", stage, SINCE, UNTIL)
    record = {"dossier_code": "R-OLD", "branch": "CN-A", "received_at": "2026-02-02", "status": "9", "resolved_at": "2026-02-03"}  # fmt: skip
    with writing(warehouse) as conn:
        without = report.rates(conn, PROVINCE, *question)
        put_records(conn, [record], AT)
        put_package(conn, "R-OLD", "CN-A", stage, whole)
        put_package(conn, "R-OLD-ALONE", "CN-A", stage, whole)
        before = report.rates(conn, PROVINCE, *question)
    for code in ("R-OLD", "R-OLD-ALONE"):
        (over,) = removing.choose(house, [f"{stage} {code}"], None, None)
        removing.remove(house, over, "QĐ-THU 1/2036", "archive")
    with writing(warehouse) as conn:
        assert report.rates(conn, PROVINCE, *question) == before != without
        put_records(conn, [{**record, "receiver": "x"}], AT)  # the one-stop system tells of it again
        assert report.rates(conn, PROVINCE, *question) == before
        schema.fill_received(conn)  # as after a restore
        assert report.rates(conn, PROVINCE, *question) == before
        conn.execute(text("DELETE FROM removed"))
        conn.execute(text("DELETE FROM record WHERE dossier_code = 'R-OLD'"))
        schema.fill_received(conn)
        assert report.rates(conn, PROVINCE, *question) == without


@pytest.mark.parametrize("rule", report.RULES)
@pytest.mark.parametrize(("by", "stage"), QUESTIONS)
def test_every_number_opens_its_dossiers_and_they_sum_to_the_whole(
    warehouse: Engine, rule: str, by: str, stage: str
) -> None:
    question = (rule, by, stage, SINCE, UNTIL)
    with reading(warehouse) as conn:
        said = report.rates(conn, PROVINCE, by, stage, SINCE, UNTIL)["rule"][rule]
        whole = report.behind(conn, PROVINCE, *question, None)
        shown = {s: report.behind(conn, PROVINCE, *question, None, shown=s) for s in SHOWN}
        row = said["rows"][0]
        of_row = report.behind(conn, PROVINCE, *question, row["key"], shown="digitised")
        page = report.behind(conn, PROVINCE, *question, None, limit=7, offset=7)
    assert len(shown["received"]) == said["total"]["received"]
    assert len(shown["digitised"]) == said["total"]["digitised"]
    assert len(shown["missing"]) == said["total"]["received"] - said["total"]["digitised"]
    assert len(shown["excluded"]) == said["excluded"] and len(shown["unmapped"]) == said["unmapped"]
    assert (
        len(shown["partial"]) == said["total"]["partial"]
        and len(shown["delivered"]) == said["total"]["delivered"]
    )
    assert {reason: len(shown[reason]) for reason in LEFT_OUT} == said["left_out"]
    assert len(shown["excluded"]) == sum(said["left_out"].values())
    assert {d.dossier_code for d in shown["partial"]} <= {d.dossier_code for d in shown["missing"]}
    assert len(whole) == sum(len(shown[s]) for s in ("digitised", "missing", "excluded"))
    assert len(of_row) == row["digitised"] and {d.key for d in of_row} <= {row["key"]}
    assert page == whole[7:14]
    assert all((d.why is None) == d.digitised for d in whole)


def test_a_branch_counts_and_lists_its_own_dossiers_only(warehouse: Engine, made: list[Made]) -> None:
    own = [m for m in made if m.record.branch == "CN-A"]
    question = ("branch", "intake", SINCE, UNTIL)
    with reading(warehouse) as conn:
        answer = report.rates(conn, LEADER, *question)
        listed = report.behind(conn, LEADER, "strict", *question, None)
        narrowed = report.rates(conn, PROVINCE, *question, branch="CN-A")
        foreign = report.rates(conn, LEADER, *question, branch="CN-B")
        foreign_list = report.behind(conn, LEADER, "strict", *question, "CN-B")
        codes = report.unrecorded(conn, LEADER), report.unrecorded(conn, replace(LEADER, branch="CN-B"))
        nobody = report.rates(conn, Caller("station", None, None, "x"), *question)
    assert [r["key"] for r in answer["rule"]["official"]["rows"]] == ["CN-A"]
    assert (
        answer["rule"]["official"]["total"]["received"]
        == _by_hand(own, "official", "branch", "intake")["CN-A"][0]
    )
    assert {d.branch for d in listed} == {"CN-A"} and answer == narrowed
    assert foreign["rule"]["official"]["rows"] == [] and foreign_list == []
    assert codes == (["R-UNKNOWN"], []) and nobody["rule"]["strict"]["rows"] == []


def test_nothing_received_and_missing_columns_have_no_rate_and_a_reason(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'w.db'}")
    question = ("branch", "intake", SINCE, UNTIL)
    record = {"dossier_code": "a", "branch": "CN-A", "received_at": "05/01/2026"}
    with writing(engine) as conn:
        empty = report.rates(conn, PROVINCE, *question)["rule"]
        put_records(conn, [record, {**record, "dossier_code": "b", "received_at": "soon"}], AT)
        said = report.rates(conn, PROVINCE, *question)
        results = report.rates(conn, PROVINCE, "branch", "result", SINCE, UNTIL)["rule"]
        put_records(conn, [{**record, "status": "3"}], AT)  # turned away: nothing is received
        none = report.rates(conn, PROVINCE, *question)["rule"]["official"]
    engine.dispose()
    assert (empty["official"]["reason"], empty["strict"]["reason"]) == (report.NO_RECORDS,) * 2
    assert empty["official"]["total"] == {
        **dict.fromkeys(("received", "digitised", "delivered", "partial", "excluded"), 0),
        "rate": None,
    }
    assert (said["rule"]["official"]["reason"], said["rule"]["official"]["total"]["rate"]) == (
        report.NO_STATUS,
        None,
    )
    assert (said["rule"]["strict"]["total"]["rate"], said["undated"]) == (0.0, 1)
    assert results["strict"]["reason"] == report.NO_RESOLVED_DATE
    assert (none["total"]["received"], none["total"]["rate"]) == (0, None)


def test_the_command_prints_what_its_schema_promises(
    tmp_path: Path, warehouse_command: Any, made: list[Made]
) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'warehouse.db'}")
    _fill_warehouse(engine, made)
    engine.dispose()
    ask = ("--from", "01/01/2026", "--to", "2026-03-31", "--json")
    schema_text = (files("resources") / "schemas" / "warehouse-report-rates.json").read_text(encoding="utf-8")
    said = warehouse_command(tmp_path, "report", "rates", "--by", "day", "--stage", "result", *ask)
    Draft202012Validator(json.loads(schema_text)).validate(said)
    assert (said["from"], said["to"]) == (SINCE, UNTIL) and said["rule"]["official"]["rows"]
    own = warehouse_command(tmp_path, "report", "rates", "--branch", "CN-B", *ask)["rule"]["official"]
    listed = warehouse_command(tmp_path, "report", "behind", "--branch", "CN-B", "--shown", "missing", *ask)[
        "dossiers"
    ]
    assert (
        len(listed) == own["total"]["received"] - own["total"]["digitised"]
        and own["rows"][0]["key"] == "CN-B"
    )
    assert {d["why"] for d in listed} == {"Chưa giao."}
    assert "2026-13-01" in warehouse_command(tmp_path, "report", "rates", "--from", "2026-13-01", expect=2)
