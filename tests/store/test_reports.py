"""Digitization rates: the definition held against counting by hand, and against published figures.

Published: Quảng Ngãi land office, January–March 2024 (about 27 of 38 thousand dossiers, 73.7 % of 28 thousand
results, the branches' percentages and bands), and Tư Nghĩa's 4,659 dossiers at 98.1 %. Bình Dương's published
95.3 % does not follow from its own counts: what is counted is computed, never copied.
"""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from station.store import database, dossiers, pages, reference, report_tables, reports
from station.store.model import Component, DossierState
from station.store.reference import ProcedureRecord
from station.work.station import open_station

AT = "2024-03-31T01:00:00+00:00"
SINCE, UNTIL = "2024-01-01", "2024-03-31"
BLANK = ProcedureRecord(
    dossier_code="",
    procedure_code="1.013831",
    procedure_name="Đăng ký biến động",
    applicant_name="Nguyễn Thị Mẫu",
    applicant_id="",
    date_of_birth="",
    address="",
    commune="",
    district="",
    province="Quảng Ngãi",
    parcel_no="",
    map_sheet="",
    certificate_serial="",
    received_at="15/02/2024",
    due_at="22/02/2024",
    branch="",
    status=4,
)

# Branch: received, dossiers digitised, results issued, results digitised. Made so that each branch has its
# published percentage or lies in its published band, and the columns sum to the published totals.
QUANG_NGAI = {
    "TP Quảng Ngãi": (7000, 5250, 5500, 5086),
    "Bình Sơn": (5000, 4500, 3800, 3420),
    "Trà Bồng": (1500, 1350, 1000, 940),
    "Sơn Tịnh": (4000, 2600, 2900, 2581),
    "Tư Nghĩa": (4659, 4570, 3300, 3237),
    "Sơn Hà": (1500, 700, 1000, 320),
    "Sơn Tây": (900, 400, 600, 150),
    "Minh Long": (900, 810, 600, 552),
    "Nghĩa Hành": (3500, 3150, 2600, 2418),
    "Mộ Đức": (3541, 2362, 2600, 164),
    "Đức Phổ": (3500, 343, 2500, 268),
    "Ba Tơ": (1500, 1215, 1200, 1140),
    "Lý Sơn": (500, 110, 400, 360),
}


def load(conn: sqlite3.Connection, table: dict[str, tuple[int, int, int, int]]) -> None:
    """Records and sealed dossiers with these counts, written as the station's verbs write them."""
    rows, sealed = [], []
    for branch, (received, digitised, issued, results) in table.items():
        for number in range(received):
            code = f"{branch}-{number}"
            status = 10 if number < issued else 4
            rows.append(replace(BLANK, dossier_code=code, branch=branch, status=status))
            sealed += [(code, "intake", branch)] * (number < digitised)
            sealed += [(code, "result", branch)] * (number < results)
    reference.import_rows(conn, rows, AT)
    intake = pages.open_intake(conn, None, "files", "intake", None, "admin", AT)
    for statement in report_tables.stand_aside(empty=False):
        conn.execute(statement)
    conn.executemany(
        "INSERT INTO dossier (intake_id, run_no, stage, state, dossier_code, temporary_code, branch, opened_by,"
        " opened_at, sealed_at) VALUES (?, ?, ?, 'sealed', ?, ?, ?, 'admin', ?, ?)",
        [
            (intake.id, number, stage, code, f"TMP-{number}", branch, AT, AT)
            for number, (code, stage, branch) in enumerate(sealed)
        ],
    )
    for statement in report_tables.come_back(empty=False):
        conn.execute(statement)


@pytest.fixture(scope="module")
def quarter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("quarter")
    station = open_station(home)
    with station.transaction() as conn:
        load(conn, QUANG_NGAI)
    return home / "station.db"


def test_the_quarter_of_quang_ngai_gives_its_published_totals(quarter: Path) -> None:
    with closing(database.connect(quarter)) as conn:
        intake = reports.rates(conn, "official", "intake", "branch", SINCE, UNTIL)
        result = reports.rates(conn, "official", "result", "branch", SINCE, UNTIL)
    assert (intake.total.digitised, intake.total.received, intake.total.rate) == (27_360, 38_000, 72.0)
    assert (result.total.digitised, result.total.received, result.total.rate) == (20_636, 28_000, 73.7)
    assert sum(r.received for r in intake.rows) == 38_000


def test_the_branches_stand_where_the_report_put_them(quarter: Path) -> None:
    with closing(database.connect(quarter)) as conn:
        intake = {
            r.key: r.rate for r in reports.rates(conn, "official", "intake", "branch", SINCE, UNTIL).rows
        }
        result = {
            r.key: r.rate for r in reports.rates(conn, "official", "result", "branch", SINCE, UNTIL).rows
        }
    assert (intake["Đức Phổ"], intake["Lý Sơn"], intake["Tư Nghĩa"]) == (9.8, 22.0, 98.1)
    assert (result["Mộ Đức"], result["Đức Phổ"]) == (6.3, 10.7)
    for branch in ("Minh Long", "Bình Sơn", "Ba Tơ", "Trà Bồng", "Nghĩa Hành"):
        assert 80 <= (intake[branch] or 0) <= 100
    for branch in (
        "Trà Bồng",
        "Tư Nghĩa",
        "Lý Sơn",
        "Ba Tơ",
        "Minh Long",
        "Nghĩa Hành",
        "Bình Sơn",
        "Sơn Tịnh",
    ):
        assert 87 <= (result[branch] or 0) <= 98.7
    assert 87 <= (result["TP Quảng Ngãi"] or 0) <= 98.7
    assert {b for b, rate in intake.items() if (rate or 0) < 40} == {"Đức Phổ", "Lý Sơn"}
    assert {b for b, rate in result.items() if (rate or 0) < 20} == {"Đức Phổ", "Mộ Đức"}
    assert max(intake, key=lambda b: intake[b] or 0) == "Tư Nghĩa"


@pytest.mark.parametrize(
    ("digitised", "received", "rate"),
    [
        (4570, 4659, 98.1),
        (4568, 4659, 98.0),
        (4573, 4659, 98.2),
        (1, 8, 12.5),
        (1, 16, 6.3),
        (896_566, 896_566 + 42_566, 95.5),
        (0, 5, 0.0),
        (0, 0, None),
    ],
)
def test_rates_round_half_up_on_integers_and_nothing_received_has_none(
    digitised: int, received: int, rate: float | None
) -> None:
    assert reports.rate_percent(digitised, received) == rate


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Five dossiers received in March: complete, a paper missing, withdrawn, open, and one of unknown status."""
    station = open_station(tmp_path)
    records = [
        replace(BLANK, dossier_code="complete", branch="A"),
        replace(BLANK, dossier_code="partial", branch="A"),
        replace(BLANK, dossier_code="withdrawn", branch="A", status=7),
        replace(BLANK, dossier_code="open", branch="B", received_at="16/02/2024"),
        replace(BLANK, dossier_code="unmapped", branch="B", status=None),
    ]
    with station.transaction() as conn:
        reference.import_rows(conn, records, AT)
        intake = pages.open_intake(conn, None, "files", "intake", None, "admin", AT)
        for number, code in enumerate(("complete", "partial", "withdrawn", "open")):
            dossier_id = dossiers.add(conn, intake.id, number, "intake", "A", "admin", AT)
            dossiers.set_match(conn, dossier_id, code, "code", None, [])
            if code != "open":
                outcome = "missing" if code == "partial" else "digitised"
                parts = [
                    Component("don_bien_dong", "required", None, "digitised", None, None),
                    Component("giay_chung_nhan", "required", None, outcome, None, None),
                ]
                dossiers.set_components(conn, dossier_id, parts)
                dossiers.set_sealed(conn, dossier_id, "admin", AT)
            if code == "complete":
                dossiers.set_state(conn, dossier_id, DossierState.DELIVERED)
    return tmp_path / "station.db"


def test_the_official_rule_counts_any_paper_the_strict_one_only_whole_dossiers(small: Path) -> None:
    with closing(database.connect(small)) as conn:
        official = reports.rates(conn, "official", "intake", "branch", SINCE, UNTIL)
        strict = reports.rates(conn, "strict", "intake", "branch", SINCE, UNTIL)
    assert [(r.key, r.received, r.digitised, r.delivered) for r in official.rows] == [
        ("A", 3, 3, 1),
        ("B", 1, 0, 0),
    ]
    assert official.unmapped == 1
    assert [(r.key, r.received, r.digitised) for r in strict.rows] == [("A", 2, 1), ("B", 2, 0)]
    assert strict.excluded == 1


def test_every_number_opens_its_dossiers_and_says_why_not(small: Path) -> None:
    with closing(database.connect(small)) as conn:
        behind = reports.behind(conn, "strict", "intake", "branch", SINCE, UNTIL)
        only_a = reports.behind(conn, "strict", "intake", "branch", SINCE, UNTIL, key="A")
    why = {d.dossier_code: d.why for d in behind}
    assert why["complete"] is None
    assert why["partial"] == "Sealed, but a required paper is missing."
    assert why["open"] == "Scanned, waiting to be verified."
    assert why["unmapped"] == "Not scanned yet."
    assert {d.dossier_code for d in behind if d.excluded} == {"withdrawn"}
    assert {d.dossier_code for d in only_a} == {"complete", "partial", "withdrawn"}


def test_a_dossier_sealed_without_any_of_its_papers_is_not_digitised(small: Path) -> None:
    with closing(database.connect(small)) as conn:
        conn.execute("UPDATE component SET outcome = 'missing'")
        conn.execute("UPDATE dossier SET state = 'sealed' WHERE dossier_code = 'open'")
        official = reports.rates(conn, "official", "intake", "branch", SINCE, UNTIL)
        missing = reports.behind(conn, "official", "intake", "branch", SINCE, UNTIL, shown="missing")
        conn.execute("UPDATE component SET outcome = 'reused' WHERE component_id = 'don_bien_dong'")
        reused = reports.rates(conn, "official", "intake", "branch", SINCE, UNTIL)
    # The procedure of "open" has no checklist here, so each of its papers is one.
    assert (official.total.received, official.total.digitised, reused.total.digitised) == (4, 1, 4)
    assert {d.why for d in missing} == {"Sealed, but a required paper is missing."}


def test_a_rule_whose_column_is_missing_has_no_rate_and_says_why(tmp_path: Path) -> None:
    station = open_station(tmp_path)
    with station.transaction() as conn:
        reference.import_rows(conn, [replace(BLANK, dossier_code="x", status=None)], AT)
        official = reports.rates(conn, "official", "intake", "branch", SINCE, UNTIL)
        results = reports.rates(conn, "strict", "result", "branch", SINCE, UNTIL)
    assert (official.total.rate, official.reason) == (None, reports.NO_STATUS)
    assert (results.total.rate, results.reason) == (None, reports.NO_RESOLVED_DATE)


def test_results_by_the_strict_rule_count_by_their_date_of_issue(tmp_path: Path) -> None:
    station = open_station(tmp_path)
    records = [
        replace(
            BLANK,
            dossier_code="early",
            status=10,
            received_at="20/12/2023",
            resolved_on="2024-01-05",
            due_at="10/01/2024",
        ),
        replace(BLANK, dossier_code="next", status=10, resolved_on="2024-04-02", due_at="10/04/2024"),
        replace(BLANK, dossier_code="none", status=10, resolved_on="2024-02-20", has_result=0),
    ]
    with station.transaction() as conn:
        reference.import_rows(conn, records, AT)
        strict = reports.rates(conn, "strict", "result", "branch", SINCE, UNTIL)
        official = reports.rates(conn, "official", "result", "branch", SINCE, UNTIL)
    assert (strict.total.received, strict.total.digitised) == (2, 1)
    assert (official.total.received, official.total.digitised) == (2, 1)
