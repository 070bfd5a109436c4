"""Whatever happens to dossiers: each number opens exactly its dossiers, and the parts sum to the whole."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from station.core import rates as rules
from station.core import rates_upkeep
from station.core.levels import level_of
from station.core.official_form import COLUMNS, LISTS, form_of
from station.core.official_form import SUMS as FORM_SUMS
from station.store import report_tables, reports

SINCE, UNTIL = "2026-01-05", "2026-03-20"
BRANCHES = ("Chi nhánh Mẫu", "Phường Mẫu", "Sở Mẫu", "Đội Mẫu", "")


def _day(latest: int) -> st.SearchStrategy[str | None]:
    days = st.integers(0, latest).map(lambda n: (date(2026, 1, 1) + timedelta(days=n)).isoformat())
    return st.one_of(days, days, days, st.none())


ROWS = st.fixed_dictionaries(
    {
        "branch": st.sampled_from(BRANCHES),
        "procedure_code": st.sampled_from(("1.01", "1.02")),
        "counter": st.sampled_from(("", "1")),
        "receiver": st.sampled_from(("", "an", "bình")),
        "received_on": _day(90),
        "due_on": _day(110),
        "resolved_on": _day(110),
        "status": st.sampled_from((None, *range(1, 11))),
        "progress": st.sampled_from(("", "Chuyển đơn vị khác")),
        "has_result": st.sampled_from((None, 0, 1)),
        **{flag: st.integers(0, 1) for flag in rules.FLAGS},
    }
)


@pytest.fixture(scope="module")
def conn() -> Iterator[sqlite3.Connection]:
    """The tables of the reports alone, with the triggers that keep their sums."""
    with closing(sqlite3.connect(":memory:")) as conn:
        conn.row_factory = sqlite3.Row
        made = (report_tables.MAKE_RECEIVED, rates_upkeep.MAKE_TALLY, rates_upkeep.MAKE_TALLY_INDEX)
        for statement in (*made, *rates_upkeep.sqlite_triggers()):
            conn.execute(statement)
        conn.execute("CREATE TABLE dossier (dossier_code TEXT, stage TEXT, state TEXT, version INTEGER)")
        yield conn


def _put(conn: sqlite3.Connection, rows: list[dict[str, Any]]) -> None:
    """The rows come, change into one another, and some go again: the sums must follow."""
    conn.execute("DELETE FROM received")
    columns = (*rows[0], "dossier_code")
    marks = ", ".join(f":{name}" for name in columns)
    for number, row in enumerate(rows):
        values = {**rows[-1 - number], "dossier_code": f"H-{number}"}
        conn.execute(f"INSERT INTO received ({', '.join(columns)}) VALUES ({marks})", values)
        sets = ", ".join(f"{name} = :{name}" for name in row)
        conn.execute(
            f"UPDATE received SET {sets} WHERE dossier_code = :dossier_code",
            {**row, "dossier_code": f"H-{number}"},
        )
    conn.execute("DELETE FROM received WHERE dossier_code = 'H-0'")


ONE_OF_A_KIND = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@ONE_OF_A_KIND
@given(
    rows=st.lists(ROWS, min_size=2, max_size=30),
    by=st.sampled_from(rules.GROUPINGS),
    stage=st.sampled_from(rules.STAGES),
)
def test_each_number_opens_its_dossiers_and_the_parts_are_the_whole(
    conn: sqlite3.Connection, rows: list[dict[str, Any]], by: str, stage: str
) -> None:
    _put(conn, rows)
    for rule in rules.RULES:
        report = reports.rates(conn, rule, stage, by, SINCE, UNTIL)
        question = (conn, rule, stage, by, SINCE, UNTIL)
        for cell in (*report.rows, report.total):
            key = None if cell is report.total else cell.key
            listed = {
                shown: {d.dossier_code for d in reports.behind(*question, key, shown=shown)}
                for shown in rules.SHOWN
            }
            numbers = {
                "received": cell.received,
                "digitised": cell.digitised,
                "missing": cell.missing,
                "delivered": cell.delivered,
                "excluded": cell.excluded,
                "partial": cell.partial,
                **cell.left_out,
            }
            assert {name: len(listed[name]) for name in numbers} == numbers
            parts = [listed["digitised"], listed["missing"], *(listed[reason] for reason in rules.LEFT_OUT)]
            assert set.union(*parts) == listed["all"] and sum(map(len, parts)) == len(listed["all"])
            assert listed["delivered"] | listed["undelivered"] == listed["digitised"]
        for name in ("received", "digitised", "missing", "delivered", "excluded", "partial"):
            assert sum(getattr(cell, name) for cell in report.rows) == getattr(report.total, name)
        missing = reports.count_missing(conn, rule, stage, SINCE, UNTIL)
        assert sum(missing.values()) == report.total.missing and "" not in missing


@ONE_OF_A_KIND
@given(rows=st.lists(ROWS, min_size=2, max_size=30))
def test_the_official_form_is_the_official_rule_office_by_office(
    conn: sqlite3.Connection, rows: list[dict[str, Any]]
) -> None:
    _put(conn, rows)
    form = reports.official_form(conn, SINCE, UNTIL)
    for key, (stage, shown) in LISTS.items():
        listed = reports.behind(conn, "official", stage, "branch", SINCE, UNTIL, shown=shown)
        lines = [row for group in form.groups for row in group.rows]
        if form.total.figures["received"] is None:
            assert all(value is None for value in form.total.figures.values())
            continue
        assert form.total.figures[key] == len(listed)
        for line in lines:
            assert line.figures[key] == sum(d.branch == line.name for d in listed)
        assert sum(group.line.figures[key] or 0 for group in form.groups) == len(listed)
    assert form.total.figures["reused_national"] is None and form.reasons


def test_the_form_has_the_columns_and_groups_of_the_one_stop_system() -> None:
    assert [name for name, _ in COLUMNS] == [
        "received", "not_digitised", "digitised", "reused", "reused_national",
        "resolved", "results_not_digitised", "results_digitised",
    ]  # fmt: skip
    sums = dict.fromkeys(FORM_SUMS, 0) | {"records": 1}
    form = form_of({"key": branch, **sums} for branch in BRANCHES)
    assert [(group.line.number, [row.name for row in group.rows]) for group in form.groups] == [
        ("I", ["Sở Mẫu"]),
        ("II", ["Chi nhánh Mẫu"]),
        ("III", ["Phường Mẫu"]),
        ("IV", ["", "Đội Mẫu"]),
    ]
    assert (form.total.intake_rate, form.total.figures["received"]) == (None, 0)
    unknown = form_of([{"key": "A", **sums, "unmapped": 1}])
    assert unknown.total.figures["received"] is None and reports.NO_STATUS in unknown.reasons


def test_the_official_rule_takes_exactly_its_statuses(conn: sqlite3.Connection) -> None:
    blank = {"branch": "A", "procedure_code": "1.01", "counter": "", "receiver": "", "received_on": SINCE}
    blank |= {"due_on": None, "resolved_on": None, "progress": "", "has_result": None}
    flags = dict.fromkeys(rules.FLAGS, 0)
    _put(conn, [{**blank, **flags, "status": status} for status in (2, *range(1, 11))])
    counted = {}
    for stage in rules.STAGES:
        found = reports.behind(conn, "official", stage, "branch", SINCE, UNTIL, shown="received")
        counted[stage] = sorted(int(d.dossier_code[2:]) for d in found)
    assert counted == {"intake": [2, 4, 5, 6, 7, 8, 9, 10], "result": [7, 9, 10]}


@pytest.mark.parametrize(
    ("branch", "level"),
    [
        ("Sơn Tịnh", "other"),  # is no tỉnh, though it looks like one without its tones
        ("Chi nhánh VPĐKĐĐ Sơn Tịnh", "land_registry"),
        ("chi nhanh son tinh", "land_registry"),
        ("Phường Nghĩa Lộ", "commune"),
        ("UBND tỉnh Mẫu", "province"),
    ],
)
def test_an_office_belongs_to_the_group_its_name_says(branch: str, level: str) -> None:
    assert level_of(branch) == level


#: Published figures: a share of a whole, as printed. Counts that are only "about" are not here.
PUBLISHED = {
    "provinces connected, of 63": (56, 63, 88.9),
    "districts connected, of 705": (316, 705, 44.8),
    "communes connected, of 10,599": (4076, 10_599, 38.5),
    "land users of Bình Dương compared": (896_566, 896_566 + 42_566, 95.5),
    "the same by the total its printed 95.3 % implies": (896_566, 940_783, 95.3),
    "services of the ministry offered by one-window offices": (78, 198 + 220 + 78, 15.7),
    "27 of 38 thousand": (27_000, 38_000, 71.1),
    "20 of 28 thousand": (20_000, 28_000, 71.4),
    "Quảng Ngãi's dossiers": (27_360, 38_000, 72.0),
    "Quảng Ngãi's results": (20_636, 28_000, 73.7),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_shares_are_computed_from_their_counts(name: str) -> None:
    part, whole, percent = PUBLISHED[name]
    assert rules.rate_percent(part, whole) == percent


@given(received=st.integers(1, 2_000_000), data=st.data())
def test_a_rate_is_the_nearest_tenth_and_halves_go_up(received: int, data: st.DataObject) -> None:
    digitised = data.draw(st.integers(0, received))
    rate = rules.rate_percent(digitised, received)
    assert rate is not None
    tenths = round(rate * 10)
    # tenths - 1/2 <= 1000 * digitised / received < tenths + 1/2, without a float
    assert (2 * tenths - 1) * received <= 2000 * digitised < (2 * tenths + 1) * received
