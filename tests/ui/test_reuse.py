"""Papers the office holds are offered on the scan screen; what is wrong with a dossier is said before the citizen leaves."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from station.store import audit, documents, dossiers, pages
from station.store.accounts import add as add_account
from station.ui.scan.presenter import ScanPresenter
from station.ui.widgets.picture import SmallPicture
from station.ui.widgets.record_card import RecordCard
from station.work import editing, importing, reading, scanning, sealing, searching, sorting, verifying
from station.work.enrolling import enrol_station
from station.work.station import Station
from sync.enrolment import enrol
from sync.package import read_manifest
from sync.warehouse import embedded
from sync.warehouse.app import open_warehouse
from sync.warehouse.schema import writing
from sync.warehouse.stations import add_token
from tests.sync.conftest import deliver, make_package
from tests.ui.office import CODE, HEADINGS, LETTER, RECEIPT, Bench, fill_folder, make_home

__all__ = ["make_package"]  # the fixture

OLD, NEW = "H48.12-250505-0003", CODE
DONATION = "Đăng ký biến động quyền sử dụng đất trong trường hợp tặng cho quyền sử dụng đất"
REST = (
    "Đặng Thị Bịa,048199000007,02/03/1999,thôn Bịa Đặt,xã Mẫu,huyện Mẫu,tỉnh Mẫu,141,23,CC 980007,"
    "2026-03-01,2026-03-15,Chi nhánh Mẫu,Đang giải quyết"
)
CERTIFICATE = [
    "GIẤY CHỨNG NHẬN",
    "QUYỀN SỬ DỤNG ĐẤT, QUYỀN SỞ HỮU TÀI SẢN GẮN LIỀN VỚI ĐẤT",
    "1. Người sử dụng đất, chủ sở hữu tài sản gắn liền với đất:",
    "Bà: Đặng Thị Bịa, CCCD số: 048199000007",
    "2. Thông tin thửa đất:",
    "a) Thửa đất số: 141; tờ bản đồ số: 23",
    "b) Diện tích: 250,5 m2",
]


@pytest.fixture(scope="module")
def _held_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that holds a sealed certificate, and an open dossier of the same person and parcel that misses it."""
    home = tmp_path_factory.mktemp("held") / "home"
    station = make_home(home)
    records = home.parent / "held.csv"
    rows = [f"{code},1.013831,{DONATION},{REST}" for code in (OLD, NEW)]
    records.write_text("\n".join([HEADINGS, *rows]) + "\n", encoding="utf-8")
    importing.import_records(station, records)
    old = read_in(station, home.parent / "old", [(with_code(OLD), OLD), (CERTIFICATE, "")])
    certificate = searching.show_by_id(station, old).documents[1]
    assert certificate.type_id == "giay_chung_nhan"
    set_values(
        station,
        certificate.id,
        {
            "certificate_date": "05/06/2021",
            "parcel_no": "141",
            "map_sheet": "23",
            "certificate_serial": "CC 980007",
        },
    )
    verifying.accept_all(colleague(station), old)
    sealing.seal(station, old)
    new = read_in(station, home.parent / "new", [(RECEIPT, NEW), (LETTER, "")])
    verifying.accept_all(station, new)
    return home


def with_code(code: str) -> list[str]:
    return [line.replace(CODE, code) for line in RECEIPT]


def read_in(station: Station, folder: Path, papers: list[tuple[list[str], str]]) -> int:
    fill_folder(folder, *papers)
    intake = scanning.open_intake(station, "files")
    scanning.take_files(station, intake, sorted(folder.iterdir()))
    reading.read_waiting(station)
    sorting.sort_intake(station, intake.id)
    [dossier] = searching.list_of_intake(station, intake.id)
    return dossier.id


def set_values(station: Station, document_id: int, values: dict[str, str]) -> None:
    for name, value in values.items():
        with station.transaction() as conn:
            documents.set_value(conn, document_id, name, value, "Lan", station.now())


def colleague(station: Station) -> Station:
    with station.transaction() as conn:
        return station.acting_as(add_account(conn, "Lan", "operator", "mat khau dai", None, station.now()))


@pytest.fixture
def held_home(_held_home: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(_held_home, tmp_path / "home"))


@pytest.fixture
def held(open_desk: Callable[[Path], Bench], held_home: Path) -> Bench:
    bench = open_desk(held_home)
    presenter = presenter_of(bench)
    bench.until(
        lambda: presenter.dossier is not None and presenter.dossier.code == NEW, what="the open dossier"
    )
    bench.quiet()
    return bench


def presenter_of(bench: Bench) -> ScanPresenter:
    return bench.desk.screens.scan_presenter()


def card_of(bench: Bench) -> RecordCard:
    return next(card for card in bench.desk.window.findChildren(RecordCard) if card.isVisible())


def offered(bench: Bench) -> list[QPushButton]:
    return [b for b in card_of(bench).findChildren(QPushButton) if b.property("offer")]


def words_of(bench: Bench) -> list[str]:
    return [label.text() for label in card_of(bench).findChildren(QLabel) if label.text()]


def press(bench: Bench, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    bench.desk.window.activateWindow()
    bench.rest(0.05)
    QTest.keyClick(QApplication.focusWidget() or bench.desk.window, key, modifier)
    bench.quiet()


def outcome(bench: Bench, component_id: str = "giay_chung_nhan") -> str:
    dossier = presenter_of(bench).dossier
    assert dossier is not None
    return next(c.outcome for c in dossier.components if c.component_id == component_id)


def take_with_keys(bench: Bench) -> None:
    press(bench, Qt.Key.Key_U, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.focusWidget() in offered(bench)
    press(bench, Qt.Key.Key_Return)


def test_a_held_paper_is_offered_with_its_own_picture_and_its_date(held: Bench) -> None:
    [offer] = offered(held)
    assert offer.accessibleName().endswith("ngày 05/06/2021")
    assert "ngày 05/06/2021" in words_of(held)
    [picture] = card_of(held).findChildren(SmallPicture)
    held.until(lambda: not picture.pixmap().isNull(), what="the picture comes")
    station = held.desk.session.station
    with station.reading() as conn:
        sealed = dossiers.get_by_code(conn, OLD)
        certificate = documents.list_of(conn, sealed.id)[1]
    [shown] = presenter_of(held)._office.list_offers(held_dossier_id(held))
    assert shown.page_id == certificate.pages[0].page_id, "its own first page, not that of another paper"


def held_dossier_id(bench: Bench) -> int:
    dossier = presenter_of(bench).dossier
    assert dossier is not None
    return dossier.dossier_id


def test_the_picture_stays_that_of_the_sealed_paper_while_its_new_version_is_put_in_another_order(
    open_desk: Callable[[Path], Bench], held_home: Path
) -> None:
    bench = open_desk(held_home)
    station = bench.desk.session.station
    with station.reading() as conn:
        sealed = dossiers.get_by_code(conn, OLD)
        page = documents.list_of(conn, sealed.id)[1].pages[0].page_id
    opened = sealing.open_new_version(station, sealed.id)
    first, second = searching.show_by_id(station, opened).documents
    editing.order_documents(station, opened, [second.id, first.id])
    bench.until(lambda: presenter_of(bench).dossier is not None)
    presenter_of(bench).open_pile(2)
    bench.quiet()
    [shown] = presenter_of(bench)._office.list_offers(held_dossier_id(bench))
    assert shown.page_id == page


def test_ctrl_u_and_enter_take_it_undo_gives_it_back_and_redo_takes_it_again(held: Bench) -> None:
    assert outcome(held) == "missing"
    take_with_keys(held)
    assert outcome(held) == "reused"
    assert "dùng lại" in words_of(held)
    assert offered(held) == [], "what was taken is not offered again"
    assert not any("Giấy chứng nhận" in s for s in told(held)), "nor missed any more"
    press(held, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert outcome(held) == "missing"
    assert len(offered(held)) == 1
    press(held, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert outcome(held) == "reused"


def told(bench: Bench) -> tuple[str, ...]:
    return searching.show_by_id(bench.desk.session.station, held_dossier_id(bench), "vi").told


def test_the_keyboard_goes_on_with_confirming_and_the_manifest_names_what_was_reused(held: Bench) -> None:
    take_with_keys(held)
    presenter = presenter_of(held)
    for field in presenter.doubts():
        presenter.accept_field(field.key, field.value)
        held.quiet()
    press(held, Qt.Key.Key_Return)
    held.until(lambda: bool(presenter.dossier and presenter.dossier.ready), what="ready")
    press(held, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    station = held.desk.session.station
    held.until(lambda: len(list(station.folder("packages").glob("*.tar"))) == 2, what="sealed")
    held.quiet()
    newest = max(station.folder("packages").glob("*.tar"), key=lambda p: p.stat().st_mtime_ns)
    components = {c["component_code"]: c for c in read_manifest(newest)["components"]}
    assert components["giay_chung_nhan"]["outcome"] == "reused"
    assert components["giay_chung_nhan"]["reused_from"] == f"{OLD}/2"
    assert components["giay_chung_nhan"]["document_numbers"] == []


def test_an_offer_goes_when_the_paper_is_scanned_after_all(held: Bench, tmp_path: Path) -> None:
    assert len(offered(held)) == 1
    presenter = presenter_of(held)
    assert presenter.dossier is not None
    last = presenter.dossier.documents[-1]
    editing.set_type(
        held.desk.session.station, held_dossier_id(held), last.document_id or 0, "giay_chung_nhan"
    )
    presenter.refresh()
    held.quiet()
    assert outcome(held) == "digitised"
    assert offered(held) == []


def test_a_paper_scanned_after_it_was_reused_counts_and_undo_leaves_it(held: Bench) -> None:
    take_with_keys(held)
    station, dossier_id = held.desk.session.station, held_dossier_id(held)
    letter = searching.show_by_id(station, dossier_id).documents[-1]
    with station.transaction() as conn:
        documents.set_type(conn, letter.id, "giay_chung_nhan", 1.0)
    sorting.choose_record(station, dossier_id, NEW)
    presenter_of(held).refresh()
    held.quiet()
    assert outcome(held) == "digitised"
    presenter_of(held).undo()
    held.quiet()
    assert outcome(held) == "digitised"


def test_a_paper_without_a_date_says_so(open_desk: Callable[[Path], Bench], held_home: Path) -> None:
    bench = open_desk(held_home)
    with bench.desk.session.station.transaction() as conn:
        conn.execute("UPDATE field SET value = NULL, read_value = NULL WHERE name = 'certificate_date'")
    bench.until(lambda: presenter_of(bench).dossier is not None, what="the open dossier")
    bench.quiet()
    assert len(offered(bench)) == 1
    assert "không rõ ngày" in words_of(bench)
    assert not [w for w in words_of(bench) if "–" in w or w.endswith("?")]


def test_offers_are_shown_anew_in_another_language(held: Bench) -> None:
    held.desk.choose_language("km")
    held.quiet()
    held.until(lambda: len(offered(held)) == 1, what="the offer in Khmer")
    assert "ចុះថ្ងៃ 05/06/2021" in words_of(held)


def test_surplus_expired_and_unreadable_papers_and_second_scans_are_said_in_the_operators_language(
    held: Bench,
) -> None:
    station, dossier_id = held.desk.session.station, held_dossier_id(held)
    receipt, letter = searching.show_by_id(station, dossier_id).documents
    with station.transaction() as conn:
        documents.set_type(conn, receipt.id, "xac_nhan_cu_tru", 1.0)
        documents.set_type(conn, letter.id, "hop_dong_the_chap", 1.0)
        conn.execute(
            "INSERT INTO field (document_id, name, value, read_value, confidence, flagged, candidates, reasons)"
            " VALUES (?, 'confirmed_at', '05/06/2021', '05/06/2021', 1.0, 0, '[]', '[]')",
            (receipt.id,),
        )
        documents.set_same_as(
            conn, letter.id, 1, "It was scanned before, as paper H1/2: The text is the same to 97 %."
        )
    say = presenter_of(held)
    say.refresh()
    held.quiet()
    shown = "\n".join(words_of(held))
    assert "Báo cho người dân" in shown
    assert "Hợp đồng thế chấp" in shown and "Thủ tục này không yêu cầu" in shown
    assert "05/06/2022" in shown
    assert "H1/2" in shown and "97 %" in shown and "text is" not in shown
    with station.transaction() as conn:
        pages.set_unreadable(conn, letter.pages[0].side_id, "The file is damaged.", {})
    say.refresh()
    held.quiet()
    held.desk.choose_language("km")
    held.quiet()
    held.until(lambda: any("ប្រាប់" in w for w in words_of(held)), what="in Khmer")
    shown = "\n".join(words_of(held))
    assert "was valid" not in shown and "not asked" not in shown and "05/06/2022" in shown


@pytest.mark.keeps_running("a warehouse")
def test_ctrl_u_asks_the_warehouse_too_whose_papers_have_no_picture_here_and_say_where_they_lie(
    held: Bench, make_package: Any, tmp_path: Path
) -> None:
    with embedded.start(tmp_path / "warehouse") as warehouse:
        session = held.desk.session
        session.take_over(
            enrol_station(session.station, warehouse.add_station("Chi nhánh Mẫu").to_text(), "file")
        )
        tell_record(warehouse, NEW)
        shared = bring(warehouse, make_package, "K-1", "share")
        bring(warehouse, make_package, "K-2", "never")
        press(held, Qt.Key.Key_U, Qt.KeyboardModifier.ControlModifier)
        [local] = offered(held)
        assert local.hasFocus(), "the first press goes to what lies here; nobody is asked"
        press(held, Qt.Key.Key_U, Qt.KeyboardModifier.ControlModifier)
        assert len(offered(held)) == 2, "what its branch keeps to itself is not offered"
        assert "ở kho, của CN-KHAC" in words_of(held)
        assert len(card_of(held).findChildren(SmallPicture)) == 1
        offered(held)[1].setFocus()
        press(held, Qt.Key.Key_Return)
        dossier_id = held_dossier_id(held)
        components = searching.show_by_id(session.station, dossier_id).components
        assert f"warehouse:{shared}/1" in [c.reused_from for c in components]
        with session.station.reading() as conn:
            acts = [entry.action for entry in audit.list_of(conn, f"dossier:{dossier_id}")]
        assert acts.count("ask the warehouse for papers") == 1


@pytest.mark.keeps_running("a warehouse")
def test_a_warehouse_that_knows_no_purpose_is_asked_in_vain_and_says_why(held: Bench, tmp_path: Path) -> None:
    with embedded.start(tmp_path / "warehouse") as warehouse:
        session = held.desk.session
        session.take_over(enrol_station(session.station, warehouse.add_station("CN-KHAC").to_text(), "file"))
        tell_record(warehouse, NEW)
        for _ in range(2):
            press(held, Qt.Key.Key_U, Qt.KeyboardModifier.ControlModifier)
        assert len(offered(held)) == 1, "another branch's dossier is no reason to see a paper"
        assert NEW in held.desk.window.toasts.text


def tell_record(warehouse: embedded.EmbeddedWarehouse, code: str) -> None:
    """The one-stop system tells the warehouse of an open dossier of the branch Chi nhánh Mẫu."""
    house = open_warehouse(warehouse.settings)
    with writing(house.engine) as conn:
        token = add_token(conn, "onestop", None, "portal", house.now())
    house.engine.dispose()
    record = {"dossier_code": code, "applicant_id": "048199000007", "branch": "Chi nhánh Mẫu"}
    record |= {"applicant_name": "Đặng Thị Bịa", "procedure_code": "1.013831", "received_at": "2026-03-01"}
    headers = {"Authorization": f"Bearer {token}"}
    answer = httpx.put(f"{warehouse.url}/v1/records", json={"records": [record]}, headers=headers)
    assert answer.json()["refused"] == []


def bring(warehouse: embedded.EmbeddedWarehouse, make_package: Any, code: str, policy: str) -> str:
    """Another branch delivers a marriage certificate of the same person; returns the package's id."""

    def of_that_person(manifest: dict[str, Any]) -> None:
        document = manifest["documents"][0]
        document |= {"type_id": "giay_ket_hon", "reuse": policy}
        document["fields"][0]["verification"]["value"] = "048199000007"

    file, built, _ = make_package(code=code, branch="CN-KHAC", change=of_that_person)
    deliver(file, built, enrol(warehouse.add_station("CN-KHAC")))
    return str(built.package_id)
