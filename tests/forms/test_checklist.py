import datetime as dt

from forms.checklist import HeldPaper, check
from forms.doctype import load_catalogue
from forms.reuse import StoredPaper, offers, same_paper

ON = dt.date(2025, 9, 11)


def checked(stage: str, *papers: HeldPaper):
    catalogue = load_catalogue()
    return check(catalogue.procedures["chuyen_nhuong"], stage, papers, catalogue, ON, "vi")


FULL = (
    HeldPaper(1, "don_bien_dong"),
    HeldPaper(2, "hop_dong_chuyen_nhuong"),
    HeldPaper(3, "giay_chung_nhan"),
    HeldPaper(4, "to_khai_lptb"),
    HeldPaper(5, "to_khai_tncn"),
)


def test_a_complete_dossier_says_so():
    assert checked("intake", *FULL).complete


def test_what_is_missing_is_named():
    found = checked("intake", *FULL[:3], FULL[4])
    assert not found.complete
    assert "Tờ khai lệ phí trước bạ nhà, đất is missing." in found.sentences


def test_a_paper_nobody_asked_for_is_surplus_a_receipt_is_not():
    found = checked("intake", *FULL, HeldPaper(6, "hop_dong_the_chap"), HeldPaper(7, "giay_tiep_nhan"))
    assert found.surplus == (6,)


def test_unreadable_and_expired_papers_do_not_count():
    old = HeldPaper(8, "xac_nhan_cu_tru", issued_on=dt.date(2023, 1, 31))
    blurred = HeldPaper(2, "hop_dong_chuyen_nhuong", readable=False)
    found = checked("intake", FULL[0], blurred, *FULL[2:], old)
    assert not found.complete
    assert any("could not be read" in s for s in found.sentences)
    assert any("31/01/2024" in s for s in found.sentences)


def test_the_result_has_its_own_checklist():
    assert not checked("result").complete
    assert checked("result", HeldPaper(1, "giay_chung_nhan")).complete


def test_a_reused_paper_is_told_from_a_scanned_one():
    outcomes = {
        s.component.types[0]: s.outcome
        for s in checked("intake", *FULL[:4], HeldPaper(5, "to_khai_tncn", reused=True)).standings
    }
    assert outcomes["to_khai_tncn"] == "reused"
    assert outcomes["to_khai_lptb"] == "digitised"


class Shelf:
    """Papers the office holds, as a list."""

    def __init__(self, *papers: StoredPaper) -> None:
        self._papers = papers

    def of_person(self, personal_id: str) -> list[StoredPaper]:
        return [p for p in self._papers if p.owner_id == personal_id]

    def of_parcel(self, parcel_no: str, map_sheet: str, commune: str) -> list[StoredPaper]:
        return [p for p in self._papers if (p.parcel_no, p.map_sheet) == (parcel_no, map_sheet)]


def stored(paper_id: str, type_id: str, issued_on: dt.date, owner: str = "", parcel: str = "") -> StoredPaper:
    return StoredPaper(paper_id, type_id, "H48.12-240101-0001", issued_on, owner, parcel, "37", ("a",), "")


def test_papers_the_office_holds_are_offered_while_they_are_valid():
    catalogue = load_catalogue()
    shelf = Shelf(
        stored("old", "giay_ket_hon", dt.date(2001, 5, 1), owner="051066472518"),
        stored("new", "giay_ket_hon", dt.date(2020, 5, 1), owner="051066472518"),
        stored("map", "giay_chung_nhan", dt.date(2020, 1, 1), parcel="744"),
        stored("other", "giay_ket_hon", dt.date(2021, 1, 1), owner="051166000111"),
    )
    components = catalogue.procedures["chuyen_nhuong"].components
    found = offers(components, ["051066472518"], [("744", "37", "xã An Phú")], [shelf], catalogue, ON)
    assert [o.paper.paper_id for o in found] == ["map", "new", "old"]
    expired = Shelf(stored("x", "xac_nhan_cu_tru", dt.date(2020, 1, 1), owner="051066472518"))
    tang_cho = catalogue.procedures["tang_cho"].components
    assert offers(tang_cho, ["051066472518"], [], [expired], catalogue, ON) == []


def test_the_same_paper_scanned_twice_is_noticed():
    text = "Đơn đăng ký biến động đất đai, tài sản gắn liền với đất của ông Lê Văn Mẫu, thửa 744 tờ 37 xã An Phú tỉnh Quảng Ngãi"
    assert same_paper(["h1"], "", ["h1"], "") == "The pages are the very same pictures."
    assert same_paper(["h1"], text, ["h2"], text.replace("Mẫu", "Mâu")) is not None
    assert same_paper(["h1"], text, ["h2"], text[::-1]) is None
