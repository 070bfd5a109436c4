"""What comes next for the province: forecast with its range, branches below the target or silent, and the files."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest
from sqlalchemy import text

from station.core.forecast import NO_TIMES, working_days
from sync.warehouse import signing_in
from sync.warehouse.app import open_warehouse
from sync.warehouse.cli_common import AimWrong, settings_of
from sync.warehouse.embedded import EmbeddedWarehouse
from sync.warehouse.exchange import put_records
from sync.warehouse.report_outlook import Outlook, outlook
from sync.warehouse.schema import open_database, reading, writing
from sync.warehouse.stations import Caller
from tests.sync.test_report_pages import PASSWORD, _sign_in
from tests.sync.test_warehouse_report import LEADER, PROVINCE, put_package

pytestmark = pytest.mark.keeps_running("the warehouse of all these tests")

TODAY = date(2026, 3, 19)  # a Thursday, nine working days before the quarter ends
DAYS = working_days(date(2026, 2, 5), date(2026, 3, 18))
QUARTER = {"from": "2026-01-01", "to": "2026-03-31"}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Thirty working days. CN-A: one of two a day; CN-B all, at once; CN-C none for the last four days."""
    url = f"sqlite:///{tmp_path_factory.mktemp('outlook') / 'warehouse.db'}"
    engine = open_database(url)
    records = [
        {"dossier_code": f"{branch}-{day}-{n}", "branch": branch, "received_at": day, "due_at": "2026-03-01", "status": "4"}
        for branch in ("CN-A", "CN-B", "CN-C")
        for day in DAYS
        for n in range(2)
    ]  # fmt: skip
    with writing(engine) as conn:
        put_records(conn, records, f"{TODAY}T00:00:00+00:00")
        for day in DAYS:
            done = [("CN-A", 0), ("CN-B", 0), ("CN-B", 1)] + ([("CN-C", 0)] if day < DAYS[-4] else [])
            for branch, n in done:
                code = f"{branch}-{day}-{n}"
                put_package(conn, code, branch, "intake")
                moment = {"at": f"{day}T03:00:00.000000+00:00", "code": code}
                conn.execute(text("UPDATE package SET received_at = :at WHERE dossier_code = :code"), moment)
    engine.dispose()
    return url


def _outlook(url: str, caller: Caller = PROVINCE, today: date = TODAY, branch: str = "") -> Outlook:
    engine = open_database(url)
    with reading(engine) as conn:
        found = outlook(conn, caller, today, 90.0, frozenset(), branch)
    engine.dispose()
    return found


def test_the_province_closes_where_its_pace_leads(database: str) -> None:
    own = _outlook(database, branch="CN-A").forecasts["intake"]
    # As at a station with the same days (tests/work/test_supervising.py): every day is alike, so there is no range.
    assert (own.received, own.digitised, own.rate, own.days_left) == (60, 30, 50.0, 9)
    assert (own.received_a_day, own.digitised_a_day) == (2.0, 1.0)
    assert (own.expected, own.low, own.high) == (50.0, 50.0, 50.0)
    assert (own.wanted, own.wanted_a_day) == (41, 4.6)
    assert own.scanner_hours_a_day is None and NO_TIMES in own.reasons
    whole = _outlook(database).forecasts["intake"]
    assert (whole.received, whole.digitised) == (180, 30 + 60 + 26)
    assert whole.low is not None and whole.expected is not None and whole.high is not None
    assert whole.low <= whole.expected <= whole.high and whole.low < whole.high


def test_branches_below_the_target_silent_or_overdue_are_named_worst_first(database: str) -> None:
    found = _outlook(database)
    kinds = {branch: [alert.kind for alert in alerts] for branch, alerts in found.alerts.items()}
    assert list(kinds) == ["CN-C", "CN-A"]  # CN-B has digitised all
    assert kinds["CN-A"] == ["below target", "overdue"]
    assert kinds["CN-C"] == ["below target", "silent", "overdue"]
    values = {alert.kind: alert.values for alert in found.alerts["CN-C"]}
    assert values["silent"] == {"days": 3, "count": 34} and values["overdue"] == {"count": 34}


def test_a_leader_hears_of_the_own_branch_alone(database: str) -> None:
    found = _outlook(database, LEADER)
    assert list(found.alerts) == ["CN-A"] and found.forecasts["intake"].received == 60
    assert _outlook(database, LEADER, branch="CN-C").alerts == {}


def test_a_quarter_that_has_just_begun_has_no_silent_days(database: str) -> None:
    engine = open_database(database)
    with writing(engine) as conn:
        late = {"dossier_code": "CN-A-april", "branch": "CN-A", "received_at": "2026-04-01", "status": "4"}
        put_records(conn, [late], "2026-04-01T00:00:00+00:00")
    engine.dispose()
    found = _outlook(database, today=date(2026, 4, 2))
    assert [alert.kind for alert in found.alerts["CN-A"]] == ["below target"]
    later = _outlook(database, today=date(2026, 4, 7))
    assert "silent" in [alert.kind for alert in later.alerts["CN-A"]]


# ---- over HTTP


@pytest.fixture(scope="module")
def quarter(shared_warehouse: EmbeddedWarehouse) -> Iterator[str]:
    """Records of this very quarter, one with a name a spreadsheet would compute; last year's beside them."""
    house = open_warehouse(shared_warehouse.settings)
    now = datetime.now(UTC)
    today = now.astimezone().date()
    shown = {"branch": "CN-SAU", "procedure_code": "1.01", "status": "4"}
    days = [today, today - timedelta(days=365), today - timedelta(days=366)]
    records = [
        {**shown, "dossier_code": f"=N-{day}", "received_at": day.isoformat(), "receiver": "+an"}
        for day in days
    ]
    with writing(house.engine) as conn:
        put_records(conn, records, now.isoformat())
        signing_in.add_person(conn, "outlook leader", PASSWORD, "branch", "CN-SAU", now)
    house.engine.dispose()
    yield today.isoformat()


@pytest.fixture
def browser(shared_warehouse: EmbeddedWarehouse, quarter: str) -> Iterator[httpx.Client]:
    headers = {"Accept-Language": "vi"}
    with httpx.Client(base_url=shared_warehouse.url, headers=headers, follow_redirects=True) as client:
        _sign_in(client, "outlook leader")
        yield client


def test_the_page_names_the_branch_and_opens_what_is_missing_there(
    browser: httpx.Client, quarter: str
) -> None:
    page = browser.get("/reports").text
    assert "Tỷ lệ của quý là 0,0 %, dưới chỉ tiêu 90,0 %" in page
    assert 'class="target"' in page and "Năm trước" in page and 'class="before"' in page
    address = page.split('class="alerts"')[1].split('href="')[1].split('"')[0].replace("&amp;", "&")
    assert f"=N-{quarter}" in browser.get(address).text


def test_tables_are_saved_with_real_numbers_and_nothing_a_spreadsheet_would_compute(
    browser: httpx.Client, quarter: str, tmp_path: Path
) -> None:
    asked = {"from": quarter, "to": quarter, "by": "operator"}
    answer = browser.get("/reports/file", params={**asked, "form": "csv"})
    assert answer.headers["Content-Disposition"] == f'attachment; filename="rates-{quarter}-{quarter}.csv"'
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert ["'+an", "1", "0", "1", "0", "0", "0,0"] in rows
    (tmp_path / "rates.xlsx").write_bytes(
        browser.get("/reports/file", params={**asked, "form": "xlsx"}).content
    )
    book = openpyxl.load_workbook(tmp_path / "rates.xlsx")
    assert len(book.worksheets) == 2
    assert [cell.value for cell in book.worksheets[0][5]] == ["+an", 1, 0, 1, 0, 0, 0]
    assert all(cell.data_type != "f" for row in book.worksheets[0].rows for cell in row)
    listed = browser.get("/reports/dossiers/file", params={**asked, "form": "csv", "shown": "missing"})
    assert f"'=N-{quarter}" in listed.content.decode("utf-8-sig")


def test_no_file_and_no_outlook_shows_another_branch(
    browser: httpx.Client, shared_warehouse: EmbeddedWarehouse, give_token: Any
) -> None:
    for path in ("/reports/file", "/reports/dossiers/file"):
        assert browser.get(path, params={"form": "csv", "branch": "CN-THU"}).status_code == 404
        with httpx.Client(base_url=shared_warehouse.url) as stranger:
            assert stranger.get(path, params={"form": "csv"}).headers["Location"] == "/sign-in"

    def ask(role: str, of: str | None, **more: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {give_token(role, of)}"}
        return httpx.get(shared_warehouse.url + "/v1/reports/outlook", params=more, headers=headers)

    own = ask("branch", "CN-SAU").json()
    assert {alert["branch"] for alert in own["alerts"]} == {"CN-SAU"} and own["target"] == 90.0
    assert ask("branch", "CN-SAU", branch="CN-THU").status_code == 404
    assert ask("monitor", None).status_code == 403
    assert "CN-SAU" in {alert["branch"] for alert in ask("province", None).json()["alerts"]}


def test_target_and_closed_days_stand_in_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WAREHOUSE_TARGET_RATE", "72.5")
    monkeypatch.setenv("WAREHOUSE_DAYS_CLOSED", "2026-04-30, 2026-05-01")
    found = settings_of(tmp_path, None, None, None)
    assert (found.target_rate, found.days_closed) == (72.5, "2026-04-30, 2026-05-01")
    for name, wrong in (("TARGET_RATE", "many"), ("TARGET_RATE", "101"), ("DAYS_CLOSED", "30/04/2026")):
        with monkeypatch.context() as changed, pytest.raises(AimWrong, match=name):
            changed.setenv(f"WAREHOUSE_{name}", wrong)
            settings_of(tmp_path, None, None, None)
