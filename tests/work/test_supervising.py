"""Why and what next: forecast, alerts, slow steps, people, scanners, and the files reports are given as."""

import json
import sqlite3
import subprocess
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import openpyxl
import pytest
from jsonschema import Draft202012Validator
from PIL import Image

from capture.problems import PaperJam
from capture.source import ScanSettings
from station.core.errors import NotAllowed
from station.core.forecast import NO_TIMES, OVER, TOO_SHORT, PaceDay, forecast, working_days
from station.core.settings import Settings
from station.core.sheet_files import csv_bytes, safe_cell, xlsx_bytes
from station.core.sheets import Sheet
from station.core.texts import translator
from station.store import audit, dossiers, pages, reference
from station.store.model import Component, DossierState
from station.work import people, report_pdf, report_sheets, reporting, scanning, supervising
from station.work.report_pdf import Letterhead
from station.work.station import Station, open_station
from tests.capture.scripted import ScriptedScanner
from tests.store.test_reports import BLANK

NOW = datetime(2026, 3, 19, 3, 0, tzinfo=UTC)  # a Thursday
EVERY_DAY = ("2026-01-01", "2026-03-31")


@pytest.fixture
def office(tmp_path: Path) -> Station:
    """Thirty working days of two dossiers; the first of each day is scanned on its day, sealed and mostly sent."""
    station = replace(open_station(tmp_path / "home"), clock=lambda: NOW)
    days = working_days(date(2026, 2, 5), date(2026, 3, 18))
    records = [
        replace(BLANK, dossier_code=f"{day}-{n}", branch="=Chi nhánh Mẫu", received_at=_printed(day), due_at=_printed(day), receiver="an")
        for day in days
        for n in range(2)
    ]  # fmt: skip
    with station.transaction() as conn:
        reference.import_rows(conn, records, NOW.isoformat())
        for number, day in enumerate(days):
            _work(conn, number, day)
    return station


def _printed(day: str) -> str:
    return "/".join(reversed(day.split("-")))


def _work(conn: sqlite3.Connection, number: int, day: str) -> None:
    """One dossier's way: taken in at 1, scanned at 2, read by 3, sealed at 8, mostly delivered at 9 o'clock (UTC)."""
    at = [f"{day}T{hour:02d}:00:00.000+00:00" for hour in range(10)]
    intake = pages.open_intake(conn, None, "scripted:1 adf", "intake", None, "admin", at[1])
    dossier_id = dossiers.add(conn, intake.id, 0, "intake", "=Chi nhánh Mẫu", "admin", at[3])
    dossiers.set_match(conn, dossier_id, f"{day}-0", "code", None, [])
    dossiers.set_components(conn, dossier_id, [Component("a", "required", None, "digitised", None, None)])
    conn.execute("INSERT INTO original VALUES (?, 'image/png', 1, ?, NULL)", (f"{number:064}", at[1]))
    side = conn.execute(
        "INSERT INTO side (intake_id, position, delivery, original_sha256, frame, name, width_px, height_px, dpi, mode,"
        " state, captured_by, captured_at) VALUES (?, 1, ?, ?, 0, '', 1, 1, 300, 'grey', 'read', 'admin', ?)",
        (intake.id, f"scan:{number}", f"{number:064}", at[2]),
    ).lastrowid
    page = conn.execute("INSERT INTO page (side_id, half, blank) VALUES (?, 'full', 0)", (side,)).lastrowid
    paper = conn.execute(
        "INSERT INTO document (dossier_id, position, type_id, confidence, state)"
        " VALUES (?, 1, 'don', 1, 'verified')",
        (dossier_id,),
    ).lastrowid
    conn.execute("INSERT INTO document_page VALUES (?, ?, 1)", (paper, page))
    dossiers.set_sealed(conn, dossier_id, "admin", at[8])
    if number % 3:
        dossiers.set_state(conn, dossier_id, DossierState.DELIVERED)
        conn.execute("UPDATE dossier SET delivered_at = ? WHERE id = ?", (at[9], dossier_id))
    dossiers.add_measure(conn, None, "scanning", "admin", at[2], 90.0, 1, "scripted:1 adf")
    dossiers.add_measure(conn, dossier_id, "verifying", "admin", at[8], 0.0, 4)
    for minute in (0, 1, 31):  # a minute of work, then a pause that counts for two
        audit.record(conn, f"{day}T08:{minute:02d}:00.000+00:00", "admin", "verify", f"dossier:{dossier_id}")


def test_the_outlook_is_computed_from_what_happened(office: Station) -> None:
    found = supervising.outlook(office)
    intake = found.forecasts["intake"]
    assert (intake.received, intake.digitised, intake.rate) == (60, 30, 50.0)
    assert (intake.received_a_day, intake.digitised_a_day) == (2.0, 1.0)
    # Every day is alike, so there is nothing to range over: 9 days left bring 18 more and 9 of them digitised.
    assert (intake.days_left, intake.expected, intake.low, intake.high) == (9, 50.0, 50.0, 50.0)
    # 90 % of 78 are 71; 41 more in 9 days; 90 s at the scanner and 3 minutes of attention each.
    assert (intake.wanted, intake.wanted_a_day) == (41, 4.6)
    assert (intake.scanner_hours_a_day, intake.staff_hours_a_day) == (0.1, 0.2)
    hours = {step.name: (step.dossiers, step.mean_hours) for step in found.steps}
    assert hours == {
        "waiting for the scanner": (30, 0.0),
        "scanning": (30, 0.0),
        "reading": (30, 1.0),
        "verifying": (30, 5.0),
        "sending": (20, 1.0),
    }
    assert found.bottleneck == "verifying" and found.missing == {"no scan": 30}
    kinds = {alert.kind: alert.values for alert in found.alerts}
    assert kinds["below target"] == {"rate": 50.0, "target": 90.0} and kinds["overdue"] == {"count": 30}
    assert "silent" not in kinds


def test_an_office_that_digitises_nothing_for_three_days_is_called_silent(office: Station) -> None:
    later = replace(office, clock=lambda: NOW + timedelta(days=6))
    kinds = {alert.kind for alert in supervising.outlook(later).alerts}
    assert "silent" in kinds
    settings = replace(office.settings, days_closed="2026-03-19, 2026-03-20,2026-03-23,2026-03-24")
    closed = replace(later, settings=settings)
    assert "silent" not in {alert.kind for alert in supervising.outlook(closed).alerts}


def test_the_range_holds_eight_of_ten_outcomes_and_is_the_same_each_time() -> None:
    pace = [PaceDay(10, 5), PaceDay(10, 10), PaceDay(20, 6), PaceDay(5, 5), PaceDay(12, 3)]
    one, two = (forecast(1000, 700, pace, 20, 90.0, None, None) for _ in range(2))
    assert one == two
    assert one.low is not None and one.expected is not None and one.high is not None
    assert one.low < one.expected < one.high and NO_TIMES in one.reasons
    assert one.scanner_hours_a_day is None and one.staff_hours_a_day is None


def test_what_cannot_be_forecast_is_not_and_says_why() -> None:
    short = forecast(10, 5, [PaceDay(2, 1)] * 4, 10, 90.0, 60.0, 60.0)
    assert (short.low, short.high, short.reasons) == (None, None, (TOO_SHORT,))
    over = forecast(10, 5, [PaceDay(2, 1)] * 9, 0, 90.0, 60.0, 60.0)
    assert (over.wanted_a_day, over.reasons) == (None, (OVER,))
    nothing = forecast(0, 0, [], 10, 90.0, None, None)
    assert (nothing.rate, nothing.expected, nothing.wanted) == (None, None, 0)


def test_working_days_leave_out_weekends_and_days_the_office_is_closed() -> None:
    assert working_days(date(2026, 3, 12), date(2026, 3, 17), {"2026-03-13"}) == [
        "2026-03-12",
        "2026-03-16",
        "2026-03-17",
    ]


def test_a_supervisor_sees_everybody_and_an_operator_only_their_own_line(office: Station) -> None:
    people.add_account(office, "binh", "operator", "an invented password")
    operator = replace(office, actor=replace(office.actor, name="binh", role="operator"))
    with office.transaction() as conn:
        audit.record(conn, "2026-03-18T03:00:00.000+00:00", "binh", "verify", "dossier:1")
        dossiers.add_measure(conn, 1, "verifying", "binh", "2026-03-18T03:00:00.000+00:00", 0.0, 7)
    seen = {p.name: p for p in supervising.people(office, *EVERY_DAY)}
    assert set(seen) == {"admin", "binh"}
    admin = seen["admin"]
    assert (admin.sides, admin.dossiers, admin.keys, admin.attention_min) == (30, 30, 120, 90)
    assert [(p.name, p.keys) for p in supervising.people(operator, *EVERY_DAY)] == [("binh", 7)]
    for verb in (supervising.outlook, lambda s: supervising.scanners(s, *EVERY_DAY)):
        with pytest.raises(NotAllowed):
            verb(operator)


def test_a_jam_stands_in_the_report_on_scanners_with_its_sentence(tmp_path: Path) -> None:
    station = open_station(tmp_path)
    pile = [Image.new("L", (600, 800), 255) for _ in range(4)]
    scanner = ScriptedScanner(pile, faults={2: PaperJam(device="scripted:1")})
    intake = scanning.open_intake(station, "scripted:1 adf")
    scanning.scan_batch(station, intake, scanner, "scripted:1", ScanSettings())
    today = station.clock().astimezone().date().isoformat()
    found = supervising.scanners(station, today, today)
    assert [(s.device, s.sides, s.faults) for s in found.scanners] == [("scripted:1", 2, 1)]
    (fault,) = found.faults
    assert "scripted:1" in fault.sentence.format(**fault.values) and fault.device == "scripted:1"


def _sheets(office: Station, by: str, language: str = "vi") -> list[Sheet]:
    answer = reporting.rates(office, *EVERY_DAY, by, "intake")
    return report_sheets.sheets_of_rates(office, answer, translator(language), language)


def test_no_cell_of_a_csv_is_a_formula_and_decimals_have_a_comma(office: Station, tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_bytes(csv_bytes(_sheets(office, "branch"), "vi"))
    text = (tmp_path / "r.csv").read_text(encoding="utf-8-sig")
    assert "\n'=Chi nhánh Mẫu;60;30;30;20;0;50,0" in text.replace("\r", "")
    assert not any(cell.startswith(("=", "+", "@")) for line in text.splitlines() for cell in line.split(";"))
    for start in "=+-@\t\r＝":
        assert safe_cell(f"{start}1+1").startswith("'")


def test_a_spreadsheet_holds_real_numbers_days_and_charts(office: Station, tmp_path: Path) -> None:
    for by in ("branch", "day"):
        (tmp_path / f"{by}.xlsx").write_bytes(xlsx_bytes(_sheets(office, by)))
        for page in openpyxl.load_workbook(tmp_path / f"{by}.xlsx"):
            key, *numbers = (cell.value for cell in page[5])
            assert all(isinstance(number, int | float) for number in numbers), numbers
            assert key == "=Chi nhánh Mẫu" or isinstance(key, datetime)
            assert page.cell(5, 1).data_type != "f" and len(page._charts) == 1


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("vi", ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "SỞ MẪU", "50,0", "Tỷ lệ số hóa hồ sơ")),
        ("en", ("SOCIALIST REPUBLIC OF VIET NAM", "SỞ MẪU", "50.0", "Rate of digitized dossiers")),
        ("km", ("50,0",)),
    ],
)
def test_the_pdf_carries_its_fonts_and_the_letterhead(
    office: Station, tmp_path: Path, language: str, words: tuple[str, ...]
) -> None:
    head = Letterhead("Sở Mẫu", "Chi nhánh Mẫu", date(2026, 3, 19))
    report_pdf.write_pdf(_sheets(office, "branch", language), tmp_path / "r.pdf", language, head)
    fonts = subprocess.run(["pdffonts", tmp_path / "r.pdf"], capture_output=True, text=True, check=True)
    rows = fonts.stdout.splitlines()[2:]
    assert rows and all(row.split()[-5] == "yes" for row in rows), fonts.stdout
    text = subprocess.run(
        ["pdftotext", "-layout", tmp_path / "r.pdf", "-"], capture_output=True, text=True, check=True
    )
    assert all(word in text.stdout for word in words), text.stdout
    assert ("NotoSerifKhmer" in fonts.stdout) == (language == "km")


def test_a_heading_without_a_place_to_break_ends_and_fits_its_page(tmp_path: Path) -> None:
    long = "អ" * 30
    sheet = Sheet("x", "x", "", (long,) * 6, (tuple("ខ" * 500 for _ in range(6)),))
    report_pdf.write_pdf([sheet], tmp_path / "r.pdf", "km", Letterhead("", "x", date(2026, 3, 19)))
    assert (tmp_path / "r.pdf").stat().st_size > 1000


def test_settings_of_the_letterhead_default_to_nothing() -> None:
    assert (Settings().superior_office, Settings().days_closed) == ("", "")


def test_schemas_of_the_reports_are_valid_schemas() -> None:
    for name in ("form", "outlook", "people", "scanners"):
        text = (files("resources") / "schemas" / f"report-{name}.json").read_text(encoding="utf-8")
        Draft202012Validator.check_schema(json.loads(text))
