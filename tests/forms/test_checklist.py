import datetime as dt

from forms.checklist import HeldPaper, check, with_reused
from forms.doctype import UNKNOWN, load_catalogue
from forms.reasons import because, explain
from forms.reuse import SAME_TEXT, SCANNED_BEFORE, StoredPaper, offers, same_paper
from station.core.texts import translator

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
    found = checked("intake", *FULL[:4])
    lacking = next(s.component for s in found.standings if s.component.types == ("to_khai_tncn",))
    told = with_reused(found, [lacking])
    outcomes = {s.component.types[0]: s.outcome for s in told.standings}
    assert outcomes["to_khai_tncn"] == "reused"
    assert outcomes["to_khai_lptb"] == "digitised"
    assert told.complete and not told.sentences, "it is not missed any more"


def test_what_is_wrong_with_papers_that_are_there_is_told_apart_from_what_is_missing():
    surplus, blurred = HeldPaper(6, "hop_dong_the_chap"), HeldPaper(7, UNKNOWN, readable=False)
    found = checked("intake", *FULL[:4], surplus, blurred)
    assert any("is missing" in s for s in found.sentences)
    assert [s.partition(" is ")[2] for s in found.noticed] == [
        "there but could not be read; scan it again.",
        "not asked for by this procedure.",
    ]


class Shelf:
    """Papers the office holds, as a list."""

    def __init__(self, *papers: StoredPaper) -> None:
        self._papers = papers

    def of_person(self, personal_id: str) -> list[StoredPaper]:
        return [p for p in self._papers if p.owner_id == personal_id]

    def of_parcel(self, parcel_no: str, map_sheet: str, commune: str) -> list[StoredPaper]:
        return [p for p in self._papers if (p.parcel_no, p.map_sheet) == (parcel_no, map_sheet)]


def stored(
    paper_id: str, type_id: str, issued_on: dt.date | None, owner: str = "", parcel: str = ""
) -> StoredPaper:
    return StoredPaper(paper_id, type_id, "H48.12-240101-0001", issued_on, owner, parcel, "37", None)


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


def test_a_paper_without_a_date_is_offered_as_such_and_last():
    shelf = Shelf(
        stored("undated", "giay_ket_hon", None, owner="051066472518"),
        stored("dated", "giay_ket_hon", dt.date(2020, 5, 1), owner="051066472518"),
    )
    catalogue = load_catalogue()
    components = catalogue.procedures["chuyen_nhuong"].components
    found = offers(components, ["051066472518"], [], [shelf], catalogue, ON)
    assert [o.paper.paper_id for o in found] == ["dated", "undated"]
    assert "without a date" in found[1].reason
    assert "không rõ ngày" in explain(found[1].reason, translator("vi"))
    assert "ngày 01/05/2020" in explain(found[0].reason, translator("vi"))


def test_the_same_paper_scanned_twice_is_noticed():
    text = "Đơn đăng ký biến động đất đai, tài sản gắn liền với đất của ông Lê Văn Mẫu, thửa 744 tờ 37 xã An Phú tỉnh Quảng Ngãi"
    assert same_paper(["h1"], "", ["h1"], "") == "The pages are the very same pictures."
    assert same_paper(["h1"], text, ["h2"], text.replace("Mẫu", "Mâu")) is not None
    assert same_paper(["h1"], text, ["h2"], text[::-1]) is None


def test_why_a_paper_is_taken_for_another_is_told_in_the_readers_language_to_the_last_word():
    reason = because(SCANNED_BEFORE, paper="H48/2", why=because(SAME_TEXT, percent=97))
    told = explain(reason, translator("vi"))
    assert "97 %" in told and "text" not in told
