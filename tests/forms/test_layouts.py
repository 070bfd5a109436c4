"""Forms in layouts and wordings no office of the samples has; they stand in layouts.toml."""

import tomllib
from pathlib import Path

import pytest

from forms.columns import cut_like_neighbours
from forms.doctype import load_catalogue
from forms.gazetteer import load_gazetteer
from forms.proposal import FlowPage, NoRecords
from forms.sorting import sort_intake
from ocr.reading import Word
from tests.benchmarks.fields import same_value
from tests.forms.made import page

LAYOUTS = tomllib.loads(Path(__file__).with_name("layouts.toml").read_text(encoding="utf-8"))["layout"]


@pytest.mark.parametrize("layout", LAYOUTS, ids=[layout["name"] for layout in LAYOUTS])
def test_fields_are_read_from_a_form_nobody_has_described(layout):
    columns = layout.get("columns", (150, 850))
    flow = [FlowPage(n, n, page(*rows, columns=columns)) for n, rows in enumerate(layout["pages"], start=1)]
    (proposal,) = sort_intake(flow, load_catalogue(), NoRecords(), load_gazetteer())
    (document,) = proposal.documents
    assert document.type_id == layout["type"]
    said = {name: document.fields[name].value for name in layout["fields"] if name in document.fields}
    wrong = {
        name: (said.get(name), value)
        for name, value in layout["fields"].items()
        if not same_value(name, said.get(name, ""), value)
    }
    assert wrong == {}


def values_of(*rows: str, columns=(150, 850)) -> dict[str, str]:
    (proposal,) = sort_intake(
        [FlowPage(1, 1, page(*rows, columns=columns))], load_catalogue(), NoRecords(), load_gazetteer()
    )
    return {name: reading.value for name, reading in proposal.documents[0].fields.items()}


def test_holes_along_the_edge_are_no_columns():
    names = ("o|Họ, chữ đệm, tên vợ:|Họ, chữ đệm, tên chồng:", "o|LÊ THỊ HOA|LÊ VĂN NAM")
    read = values_of("o|GIẤY CHỨNG NHẬN KẾT HÔN", *names, *["o"] * 12, columns=(20, 200, 900))
    assert (read["wife_name"], read["husband_name"]) == ("Lê Thị Hoa", "Lê Văn Nam")


def test_an_address_goes_on_until_its_province_however_narrow_its_column():
    rows = (
        "Địa chỉ: 254 đường Phan Bội Châu, thị trấn Ân|Điện thoại: 0990741753",
        "Thi, huyện Ân Thi, tỉnh Hưng Yên",
    )
    read = values_of("ĐƠN ĐĂNG KÝ BIẾN ĐỘNG", *rows, columns=(150, 1100))
    assert read["applicant_address"].endswith("thị trấn Ân Thi, huyện Ân Thi, tỉnh Hưng Yên")


def test_a_heading_does_not_go_on_in_the_row_below_it():
    form = (
        "HỢP ĐỒNG TẶNG CHO QUYỀN SỬ DỤNG ĐẤT",
        "Mục đích sử dụng|Nguồn gốc sử dụng",
        "Đất trồng lúa|Nhà nước giao đất không thu tiền sử dụng đất",
    )
    read = values_of(*form)
    assert (read["land_purpose"], read["land_origin"]) == ("Đất trồng lúa", form[2].split("|")[1])


def test_a_label_and_its_value_read_as_one_word_are_parted():
    read = values_of(
        "ĐƠN ĐĂNG KÝ BIẾN ĐỘNG",
        "Thửa đất số:1349",
        "Tên:..LÊ THỊ HOA",
        "Lúc 13:23 ngày 01/02/2025",
        "2.ĐT: 0990123456",
    )
    assert (read["parcel_no"], read["applicant_name"]) == ("1349", "Lê Thị Hoa")
    assert read["applicant_phone"] == "0990123456"


def test_a_code_recognised_on_a_separator_counts_less_than_the_receipts():
    sheet = page("TỜ NGĂN CÁCH HỒ SƠ", "Mã hồ sơ: H48.12-250520-012")
    receipt = page("GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ", "Mã hồ sơ: H48.12-250520-0123")
    flow = [FlowPage(1, 1, sheet), FlowPage(2, 2, receipt)]
    (proposal,) = sort_intake(flow, load_catalogue(), NoRecords(), load_gazetteer())
    assert proposal.printed_code == "H48.12-250520-0123"


SALE = "HỢP ĐỒNG CHUYỂN NHƯỢNG QUYỀN SỬ DỤNG ĐẤT"
BUYER = ("BÊN NHẬN CHUYỂN NHƯỢNG (BÊN B):", "Ông Phạm Văn Thử, sinh năm 1980")


@pytest.mark.parametrize(
    "names",
    [
        ("Họ tên: ông Lê Văn Nam và bà Trần Thị Hoa",),
        ("Ông (bà): LÊ VĂN NAM", "CCCD số: 051090000123", "Cùng vợ: TRẦN THỊ HOA"),
        ("Họ và tên: LÊ VĂN NAM|Họ và tên: TRẦN THỊ HOA",),
        ("Họ và tên|Ông LÊ VĂN NAM", "Số CCCD|051090000123", "Họ và tên|Bà TRẦN THỊ HOA"),
    ],
)
def test_both_of_a_couple_are_read_beside_the_labels_of_their_names(names):
    read = values_of(SALE, "BÊN CHUYỂN NHƯỢNG (BÊN A):", *names, *BUYER)
    assert (read["party_a_name"], read["party_a_spouse_name"]) == ("Lê Văn Nam", "Trần Thị Hoa")


def test_a_title_in_capitals_is_no_beginning_of_a_label_below_it():
    read = values_of("HỢP ĐỒNG THẾ CHẤP", "QUYÊN SỬ DỤNG ĐẤT", "Số: 6020/2025/HĐTC")
    assert read["contract_no"] == "6020/2025/HĐTC"


def test_the_numbers_under_another_partys_heading_are_not_the_taxpayers():
    read = values_of(
        "TỜ KHAI THUẾ THU NHẬP CÁ NHÂN",
        "I. THÔNG TIN NGƯỜI CHUYỂN NHƯỢNG, NHẬN THỪA KẾ, QUÀ TẶNG LÀ BẤT ĐỘNG SẢN",
        "[06] Số CCCD/Hộ chiếu/Số ĐDCN|051090000123",
        "II. THÔNG TIN NGƯỜI NHẬN CHUYỂN NHƯỢNG, NHẬN QUÀ TẶNG BẤT ĐỘNG SẢN",
        "[15] Số CCCD: 051185000703",
        columns=(130, 900),
    )
    assert read["taxpayer_id"] == "051090000123"


def test_land_used_both_ways_in_a_sentence_is_asked_about():
    land = "Diện tích 250 m2, sử dụng riêng 200 m2, sử dụng chung 50 m2"
    flow = [FlowPage(1, 1, page(SALE, "ĐIỀU 1", land))]
    (proposal,) = sort_intake(flow, load_catalogue(), NoRecords(), load_gazetteer())
    assert proposal.documents[0].fields["land_form"].flagged


def test_the_wider_gap_after_a_comma_parts_no_place_from_its_province():
    def cell(top: int, *words: tuple[str, int, int]) -> list[Word]:
        return [Word(text, (left, top, right, top + 40), 0.97) for text, left, right in words]

    told = [
        cell(0, ("Dân", 382, 450), ("tộc:", 467, 540), ("Kinh", 557, 670)),
        cell(0, ("Tôn", 900, 970), ("giáo:", 987, 1100)),
        cell(0, ("Quốc", 1300, 1400), ("tịch:", 1417, 1600)),
    ]
    place = ("Quê", 440, 531), ("quán:", 548, 670), ("Nhơn", 692, 806), ("Lý,", 827, 900)
    province = ("Quy", 928, 1015), ("Nhơn,", 1033, 1168), ("Bình", 1198, 1312), ("Định", 1329, 1446)
    row = [cell(60, *place, *province)]
    assert cut_like_neighbours([told, row], 38)[1] == row
