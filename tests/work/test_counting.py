"""The number of sheets: what is compared with what, and where the number comes from."""

import pytest

from station.store import dossiers
from station.store.model import Dossier
from station.work import searching, verifying
from station.work.counting import count_sheets, sheets_on_receipt
from station.work.standing import announced_sheets
from station.work.station import Station


@pytest.mark.parametrize(
    ("text", "sheets"),
    [
        ("Tổng số tờ: 05", 5),
        ("Tổng số tờ giấy nộp: 12 tờ", 12),
        ("Số tờ trong hồ sơ: 7", 7),
        ("Hồ sơ gồm có 09 tờ", 9),
        ("Total sheets: 4", 4),
        ("ចំនួនសន្លឹក៖ ១២", 12),
        ("Tờ bản đồ số: 23, thửa đất số 141", None),
        ("Số tờ: 23", None),
        ("Số lượng hồ sơ: 01 (bộ)", None),
        ("", None),
    ],
)
def test_a_receipt_names_the_number_of_sheets_and_a_map_sheet_does_not(text: str, sheets: int | None) -> None:
    assert sheets_on_receipt(text) == sheets


def the_dossier(station: Station) -> Dossier:
    return searching.show(station, next(d.code for d in searching.find_dossiers(station))).dossier


def test_two_sides_scanned_in_one_go_are_one_sheet(station: Station) -> None:
    dossier = the_dossier(station)
    with station.transaction() as conn:
        assert count_sheets(conn, dossier).shown == 2
        conn.execute("UPDATE intake SET source = 'sane:test adf-duplex'")
        for number, row in enumerate(conn.execute("SELECT id FROM side ORDER BY position").fetchall(), 1):
            conn.execute(
                "UPDATE side SET delivery = :key WHERE id = :id",
                {"key": f"scan:scan-0a/side-{number:04d}.jpg", "id": row["id"]},
            )
        assert count_sheets(conn, dossier).shown == 1


def test_a_count_made_before_scanning_stops_what_does_not_fit(station: Station) -> None:
    dossier = the_dossier(station)
    with station.transaction() as conn:
        conn.execute("UPDATE intake SET sheets_expected = 5")
        said = announced_sheets(station, conn, dossier)
    assert said is not None and (said.sheets, said.source) == (5, "operator")
    verifying.accept_all(station, dossier.id)
    with station.reading() as conn:
        assert dossiers.get(conn, dossier.id).sheets_confirmed is None
    verifying.confirm_sheets(station, dossier.id, 2)
    with station.reading() as conn:
        assert dossiers.get(conn, dossier.id).sheets_confirmed == 2


def test_the_separator_before_a_dossier_names_its_sheets(station: Station) -> None:
    dossier = the_dossier(station)
    with station.transaction() as conn:
        conn.execute(
            "UPDATE side SET position = position + 1 WHERE intake_id = :id", {"id": dossier.intake_id}
        )
        conn.execute(
            "INSERT INTO side (intake_id, position, delivery, original_sha256, frame, name, width_px, height_px, dpi,"
            " mode, state, separator, captured_by, captured_at) SELECT intake_id, 1, 'sep', original_sha256, 0, 'sep',"
            " 1, 1, 200, 'grey', 'read', 'SCAN:NEXT-DOSSIER:X:SHEETS=3', captured_by, captured_at FROM side LIMIT 1"
        )
        said = announced_sheets(station, conn, dossier)
    assert said is not None and (said.sheets, said.source) == (3, "separator")
