from dataclasses import replace

import pytest

from forms.doctype import UNKNOWN, load_catalogue
from forms.gazetteer import load_gazetteer
from forms.proposal import FlowPage, NoRecords, ProposedDocument
from forms.sorting import sort_intake
from ocr.reading import Code
from tests.benchmarks.fields import same_value
from tests.forms.made import MadeDossier, MemoryRecords, made_dossier, page

OFFICES = ("a", "b", "c", "d", "e", "f", "g", "h")
#: In narrow columns of f a second person of a passage stands below both columns, and values are broken over lines.
LEAST_RIGHT = {"f": 0.93}


def sort(flow, records=None):
    return sort_intake(flow, load_catalogue(), records or NoRecords(), load_gazetteer())


def owners(proposals) -> dict[int, ProposedDocument]:
    return {k: d for p in proposals for d in p.documents for k in d.page_keys}


@pytest.mark.parametrize("office", OFFICES)
def test_a_pile_becomes_the_papers_it_was_made_of(office):
    for number in (1, 2):
        made = made_dossier(number, office)
        documents = [d for p in sort(made.flow) for d in p.documents]
        assert [d.page_keys for d in documents] == [p.page_keys for p in made.papers]
        assert [d.type_id for d in documents] == [p.type_id for p in made.papers]


@pytest.mark.parametrize("office", OFFICES)
def test_clearly_printed_values_are_read_from_forms_of_every_office(office):
    right = wrong = 0
    for number in (1, 2, 3):
        made = made_dossier(number, office)
        found = owners(sort(made.flow))
        for paper in made.papers:
            fields = found[paper.page_keys[0]].fields
            for name, value in paper.fields.items():
                good = name in fields and same_value(name, fields[name].value, value)
                right, wrong = right + good, wrong + (not good)
    assert right / (right + wrong) >= LEAST_RIGHT.get(office, 0.95)


def fields_of(*rows: str) -> dict[str, str]:
    """What is read from one application of these rows."""
    head = ("ĐƠN ĐĂNG KÝ BIẾN ĐỘNG ĐẤT ĐAI, TÀI SẢN GẮN LIỀN VỚI ĐẤT",)
    (proposal,) = sort([FlowPage(1, 1, page(*head, *rows))])
    return {name: reading.value for name, reading in proposal.documents[0].fields.items()}


def test_a_value_stands_under_the_label_that_fills_its_row():
    read = fields_of("Địa chỉ", "Thôn 1, xã Đức Nhuận, tỉnh Quảng Ngãi", "Điện thoại", "0990123456")
    assert read["applicant_address"] == "Thôn 1, xã Đức Nhuận, tỉnh Quảng Ngãi"
    assert read["applicant_phone"] == "0990123456"


def test_values_stand_under_a_row_of_headings():
    read = fields_of("Thửa đất số | Tờ bản đồ số", "744 | 37")
    assert (read["parcel_no"], read["map_sheet"]) == ("744", "37")


def test_a_remark_between_label_and_value_is_passed_over():
    read = fields_of("Tên (viết chữ in hoa): NGUYỄN VĂN HÙNG", "Diện tích (m2): 250,5")
    assert (read["applicant_name"], read["area_m2"]) == ("Nguyễn Văn Hùng", "250,5")


def test_labels_in_wordings_nobody_listed_are_known_by_their_words():
    read = fields_of(
        "Họ tên chủ hộ đứng tên: LÊ VĂN MẪU",
        "Mã định danh cá nhân của người nộp | 051090000123",
        "Chỗ ở hiện đang sống: thôn 1, xã Đức Nhuận, tỉnh Quảng Ngãi ĐT: 0990123456",
        "Số phôi GCN đã cấp | BM 123456",
    )
    assert read["applicant_id"] == "051090000123"
    assert read["applicant_phone"] == "0990123456"
    assert read["certificate_serial"] == "BM 123456"


def test_a_bare_address_among_the_parcels_values_is_the_parcels():
    read = fields_of(
        "Tên: LÊ VĂN MẪU",
        "Địa chỉ: thôn 1, xã Đức Nhuận, tỉnh Quảng Ngãi",
        "Thửa đất số: 5; Tờ bản đồ số: 7",
        "Địa chỉ: xứ đồng Gò Chùa, xã Mộ Đức, tỉnh Quảng Ngãi",
    )
    assert (read["parcel_no"], read["map_sheet"]) == ("5", "7")
    assert read["applicant_address"].startswith("thôn 1")
    assert read["parcel_address"].startswith("xứ đồng Gò Chùa")


def test_an_old_address_stays_and_todays_is_proposed_beside_it():
    head = ("ĐƠN ĐĂNG KÝ BIẾN ĐỘNG ĐẤT ĐAI, TÀI SẢN GẮN LIỀN VỚI ĐẤT", "Tên: LÊ VĂN MẪU")
    address = "Thôn 2, xã Đức Nhuận, huyện Mộ Đức, tỉnh Quảng Ngãi"
    (proposal,) = sort([FlowPage(1, 1, page(*head, f"Địa chỉ: {address}"))])
    reading = proposal.documents[0].fields["applicant_address"]
    assert reading.value == address
    assert reading.candidates[-1] == "Thôn 2, xã Long Phụng, tỉnh Quảng Ngãi"
    assert any("Since July 2025" in reason for reason in reading.reasons)


def test_the_same_paper_fed_twice_is_said_and_two_of_one_form_are_not():
    form = (
        "PHIẾU YÊU CẦU ĐĂNG KÝ BIỆN PHÁP BẢO ĐẢM",
        "1. Người yêu cầu đăng ký: Ngân hàng Mẫu, chi nhánh Quảng Ngãi",
        "2. Bên bảo đảm: Lê Văn Mẫu, thôn 1, xã Đức Nhuận, tỉnh Quảng Ngãi",
        "3. Bên nhận bảo đảm: Ngân hàng Mẫu, chi nhánh Quảng Ngãi",
        "4. Tài sản bảo đảm: Thửa đất số: 5; Tờ bản đồ số: 7",
    )
    other = (*form[:4], form[4].replace("5;", "6;"))
    (proposal,) = sort([FlowPage(n, n, page(*rows)) for n, rows in enumerate((form, form, other), start=1)])
    told = [any("scanned twice" in r for r in d.reasons) for d in proposal.documents]
    assert told == [False, True, False]


def test_an_empty_value_is_not_filled_with_the_next_label():
    read = fields_of("Tên: LÊ VĂN MẪU", "Mục đích sử dụng đất:", "Tình trạng tranh chấp:")
    assert "land_purpose" not in read


def test_a_value_is_not_taken_from_the_row_of_the_next_label():
    form = ("TỜ KHAI THUẾ THU NHẬP CÁ NHÂN", "Giá chuyển nhượng (đồng)", "Số thuế phải nộp | 56.100.000")
    (proposal,) = sort([FlowPage(1, 1, page(*form))])
    fields = proposal.documents[0].fields
    assert fields["tax_vnd"].value == "56100000"
    assert "price_vnd" not in fields


def test_a_house_number_is_no_label():
    head = ("GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ", "Số tiếp nhận: 6759/GTN")
    address = "Số 305/19 Nguyễn Trãi, phường Cẩm Thành, tỉnh Quảng Ngãi"
    (proposal,) = sort([FlowPage(1, 1, page(*head, f"Địa chỉ | {address}"))])
    assert proposal.documents[0].fields["applicant_address"].value == address


def test_what_is_shown_as_sure_is_right():
    sure = wrong = 0
    for office in OFFICES[:4]:
        made = made_dossier(4, office)
        found = owners(sort(made.flow, MemoryRecords([made.record])))
        for paper in made.papers:
            for name, reading in found[paper.page_keys[0]].fields.items():
                if reading.confidence >= 0.95 and not reading.flagged and name in paper.fields:
                    sure += 1
                    wrong += not same_value(name, reading.value, paper.fields[name])
    assert sure > 50
    assert wrong <= 0.02 * sure


def test_the_record_is_found_or_none_is_taken():
    for office in OFFICES[:4]:
        for number in (1, 2, 3):
            made = made_dossier(number, office)
            others = [near_miss(made, step) for step in range(1, 4)]
            rows = others if made.absent else [made.record, *others]
            (proposal,) = sort(made.flow, MemoryRecords(rows))
            taken = proposal.match.record.dossier_code if proposal.match else None
            assert taken == (None if made.absent else made.record.dossier_code)


def near_miss(made: MadeDossier, step: int):
    code = made.record.dossier_code
    return replace(
        made.record,
        dossier_code=code[:-1] + str((int(code[-1]) + step) % 10),
        parcel_no=str(int(made.record.parcel_no) + step),
        certificate_serial=f"ZZ 00000{step}",
        received_at="02/01/2020",
    )


def test_values_written_by_hand_are_put_to_a_person():
    for office in OFFICES:
        for document in owners(sort(made_dossier(3, office).flow)).values():
            for reading in document.fields.values():
                assert reading.kind != "handwritten" or reading.flagged


@pytest.mark.parametrize(("doubtful", "by_hand"), [(1, False), (3, True)])
def test_a_form_whose_values_are_doubtful_is_taken_for_filled_in_by_hand(doubtful, by_hand):
    values = ("LÊ VĂN MẪU", "051090000123", "0990123456", "744", "37")
    labels = ("Họ và tên:", "Số CCCD:", "Điện thoại:", "Thửa đất số:", "Tờ bản đồ số:")
    head = "ĐƠN ĐĂNG KÝ BIẾN ĐỘNG ĐẤT ĐAI, TÀI SẢN GẮN LIỀN VỚI ĐẤT"
    reading = page(head, *(f"{label} {value}" for label, value in zip(labels, values, strict=True)))
    faint = {word for value in values[:doubtful] for word in value.split()}
    lines = tuple(
        replace(x, words=tuple(replace(w, confidence=0.6) if w.text in faint else w for w in x.words))
        for x in reading.lines
    )
    (proposal,) = sort([FlowPage(1, 1, replace(reading, lines=lines))])
    clear = proposal.documents[0].fields["map_sheet"]
    assert (clear.value, clear.kind == "handwritten", clear.flagged) == ("37", by_hand, by_hand)


def test_every_decision_carries_a_reason():
    (proposal,) = sort(made_dossier(2, "b").flow)
    assert proposal.reasons
    assert all(d.reasons for d in proposal.documents)
    assert all(f.reasons for d in proposal.documents for f in d.fields.values())


def test_a_paper_nobody_knows_is_kept_apart():
    flow = [
        FlowPage(
            1,
            1,
            page(
                "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "GIẤY ỦY QUYỀN", "BÊN ỦY QUYỀN:", "BÊN ĐƯỢC ỦY QUYỀN:"
            ),
        ),
        FlowPage(
            2,
            2,
            page(
                "HỘI NGƯỜI CAO TUỔI | CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
                "THƯ MỜI DỰ TIỆC TẤT NIÊN",
                "Kính mời ông bà đến dự",
            ),
        ),
        FlowPage(
            3,
            3,
            page(
                "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
                "TỜ KHAI LỆ PHÍ TRƯỚC BẠ",
                "[04] Tên người nộp thuế: Lê Văn Mẫu",
            ),
        ),
    ]
    documents = [d for p in sort(flow) for d in p.documents]
    assert [(d.type_id, d.page_keys) for d in documents] == [
        ("giay_uy_quyen", (1,)),
        (UNKNOWN, (2,)),
        ("to_khai_lptb", (3,)),
    ]


TAX = (
    "Mẫu số 03/BĐS-TNCN",
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "TỜ KHAI THUẾ THU NHẬP CÁ NHÂN",
    "Giấy chứng nhận đã cấp: số phát hành BM 123456",
)
#: More words than a page without phrases of its paper may have to go on with it.
STRANGE = ("dòng chữ đánh máy không nói gì về tờ nào cả " * 2,) * 6


def papers_of(*pages_: tuple[str, ...]) -> list[ProposedDocument]:
    flow = [FlowPage(n, n, page(*rows)) for n, rows in enumerate(pages_, start=1)]
    return [d for p in sort(flow) for d in p.documents]


@pytest.mark.parametrize(
    ("mark", "papers", "reason"),
    [
        ("tiếp theo", [(1,), (2,)], "Nothing on the page belongs to the paper before it"),
        ("Mẫu số: 03/BDS-TNCN", [(1, 2)], "Page 2 carries the form number 03/BDS-TNCN, as the paper"),
        ("nêu giấy BM 123456", [(1, 2)], "Page 2 names the certificate BM 123456, as the paper"),
        ("nêu giấy BM 123457", [(1,), (2,)], "Nothing on the page belongs to the paper before it"),
    ],
)
def test_a_form_number_or_certificate_named_on_both_keeps_a_page_with_its_paper(mark, papers, reason):
    documents = papers_of(TAX, (mark, *STRANGE))
    assert [d.page_keys for d in documents] == papers
    assert any(r.startswith(reason) for r in documents[-1].reasons)


def test_a_page_with_another_form_number_is_no_page_of_the_open_paper():
    short = "Kính gửi cơ quan"
    assert [d.page_keys for d in papers_of(TAX, (short,))] == [(1, 2)]
    first, second = papers_of(TAX, ("Mẫu CT07", short))
    assert (first.page_keys, second.page_keys) == ((1,), (2,))
    assert second.reasons == ("The page carries the form number CT07, the paper before it 03/BĐS-TNCN.",)
    spoken_of = ("Đơn theo Mẫu số 11/ĐK", short)
    assert [d.page_keys for d in papers_of(TAX, spoken_of)] == [(1, 2)]


def test_a_title_counts_more_than_the_certificate_both_papers_name():
    other = ("GIẤY ỦY QUYỀN", "BÊN ỦY QUYỀN:", "về giấy chứng nhận BM 123456")
    assert [d.page_keys for d in papers_of(TAX, other, TAX)] == [(1,), (2,), (3,)]


def test_a_further_page_of_changes_belongs_to_the_certificate_whose_serial_it_carries():
    certificate = ("GIẤY CHỨNG NHẬN", "QUYỀN SỬ DỤNG ĐẤT", "I. Người sử dụng đất", "BM 123456")
    changes = ("III. Sơ đồ thửa đất", "IV. Những thay đổi sau khi cấp giấy chứng nhận")
    ours, another = (*changes, "BM 123456"), (*changes, "BM 654321")
    assert [d.page_keys for d in papers_of(certificate, ours, ours)] == [(1, 2, 3)]
    assert [d.page_keys for d in papers_of(certificate, ours, another)] == [(1, 2), (3,)]


def test_a_table_of_changes_that_goes_on_on_the_last_page_begins_no_other_certificate():
    changes = ("IV. Những thay đổi sau khi cấp giấy chứng nhận", "Nội dung thay đổi và cơ sở pháp lý")
    first = ("GIẤY CHỨNG NHẬN", "QUYỀN SỬ DỤNG ĐẤT", "I. Người sử dụng đất", "BM 123456")
    second = ("II. Thửa đất, nhà ở và tài sản khác gắn liền với đất", "5. Cây lâu năm: -/-")
    third = ("III. Sơ đồ thửa đất, nhà ở và tài sản khác gắn liền với đất", *changes)
    last = (*changes, "Người được cấp Giấy chứng nhận không được sửa chữa, tẩy xóa")
    assert [d.page_keys for d in papers_of(first, second, third, last)] == [(1, 2, 3, 4)]


def test_separators_part_the_dossiers_of_a_batch():
    receipt = page(
        "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ",
        "Mã hồ sơ: H48.12-250102-0001",
        "Tiếp nhận hồ sơ của: Lê Văn Mẫu",
    )
    sheet = page("TỜ NGĂN CÁCH HỒ SƠ")
    flow = [
        FlowPage(1, 1, sheet, separator="H48.12-250102-0001"),
        FlowPage(2, 2, receipt),
        FlowPage(3, 3, sheet, separator="PatchT"),
        FlowPage(4, 4, page("GIẤY ỦY QUYỀN", "BÊN ỦY QUYỀN:", "BÊN ĐƯỢC ỦY QUYỀN:")),
    ]
    proposals = sort(flow)
    assert [[d.page_keys for d in p.documents] for p in proposals] == [[(2,)], [(4,)]]
    assert proposals[0].printed_code == "H48.12-250102-0001"
    assert proposals[1].printed_code is None


def test_the_sheet_next_document_begins_a_document_in_the_same_dossier():
    paper = page("dòng chữ đánh máy trong trang giấy không có tiêu đề " * 3)
    sheet = page("TỜ PHÂN CÁCH: GIẤY TỜ TIẾP THEO")
    flow = [
        FlowPage(1, 1, page("GIẤY ỦY QUYỀN", "BÊN ỦY QUYỀN:", "BÊN ĐƯỢC ỦY QUYỀN:")),
        FlowPage(2, 2, sheet, separator="SCAN:NEXT-DOCUMENT"),
        FlowPage(3, 3, paper),
        FlowPage(4, 4, sheet, separator="SCAN:NEXT-DOSSIER:H48.12-250102-0001"),
        FlowPage(5, 5, paper),
    ]
    proposals = sort(flow)
    assert [[d.page_keys for d in p.documents] for p in proposals] == [[(1,), (3,)], [(5,)]]
    assert any("separator" in reason for reason in proposals[0].documents[1].reasons)
    assert proposals[1].printed_code == "H48.12-250102-0001"


@pytest.mark.parametrize(
    ("what", "expected"), [("document", [[(1, 2), (4,)]]), ("dossier", [[(1, 2)], [(4,)]])]
)
def test_what_begins_by_number_begins_at_the_first_page_that_is_not_blank(what, expected):
    paper = page("dòng chữ đánh máy trong trang giấy không có tiêu đề " * 3)
    blank = replace(page(), blank=True)
    flow = [
        FlowPage(1, 1, paper, begins=what),
        FlowPage(2, 2, page("tiếp theo trang trước")),
        FlowPage(3, 3, blank, begins=what),
        FlowPage(4, 4, paper),
    ]
    assert [[d.page_keys for d in p.documents] for p in sort(flow)] == expected


def test_a_separator_whose_patch_was_not_seen_is_known_by_its_words():
    paper = page("GIẤY ỦY QUYỀN", "BÊN ỦY QUYỀN:", "BÊN ĐƯỢC ỦY QUYỀN:")
    flow = [FlowPage(1, 1, paper), FlowPage(2, 2, page("TỜ NGĂẮN CÁCH HỒ SƠ")), FlowPage(3, 3, paper)]
    assert [[d.page_keys for d in p.documents] for p in sort(flow)] == [[(1,)], [(3,)]]


def test_a_second_receipt_with_another_code_begins_the_next_dossier():
    def receipt(code: str):
        return page(
            "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ", f"Mã hồ sơ: {code}", "Tiếp nhận hồ sơ của: Lê Văn Mẫu"
        )

    flow = [FlowPage(1, 1, receipt("H48.12-250102-0001")), FlowPage(2, 2, receipt("H48.12-250103-0777"))]
    assert [p.printed_code for p in sort(flow)] == ["H48.12-250102-0001", "H48.12-250103-0777"]


def test_a_folded_certificate_is_put_in_the_order_of_its_pages():
    first = page(
        "GIẤY CHỨNG NHẬN",
        "QUYỀN SỬ DỤNG ĐẤT",
        "I. Người sử dụng đất",
        "Ông: Lê Văn Mẫu, sinh năm 1966",
        side="right",
    )
    second = page(
        "II. Thửa đất, nhà ở và tài sản khác gắn liền với đất",
        "a) Thửa đất số: 12, tờ bản đồ số: 3",
        "5. Cây lâu năm: -/-",
        side="left",
    )
    third = page(
        "III. Sơ đồ thửa đất, nhà ở và tài sản khác gắn liền với đất",
        "IV. Những thay đổi sau khi cấp giấy chứng nhận",
        side="right",
    )
    fourth = page(
        "Nội dung thay đổi và cơ sở pháp lý | Xác nhận của cơ quan có thẩm quyền",
        "Người được cấp Giấy chứng nhận không được sửa chữa, tẩy xóa",
        side="left",
    )
    outer_first = [
        FlowPage(1, 1, fourth),
        FlowPage(2, 1, first),
        FlowPage(3, 2, second),
        FlowPage(4, 2, third),
    ]
    inner_first = [
        FlowPage(1, 1, second),
        FlowPage(2, 1, third),
        FlowPage(3, 2, fourth),
        FlowPage(4, 2, first),
    ]
    for flow, order in ((outer_first, (2, 3, 4, 1)), (inner_first, (4, 1, 2, 3))):
        (document,) = sort(flow)[0].documents
        assert document.type_id == "giay_chung_nhan"
        assert document.page_keys == order


def test_front_and_back_of_a_card_on_two_pages_are_one_document():
    front = page(
        "CĂN CƯỚC CÔNG DÂN",
        "Citizen Identity Card",
        "Số / No.: 051090000123",
        "Họ và tên / Full name:",
        "LÊ VĂN MẪU",
        "Ngày sinh / Date of birth: 01/02/1990",
    )
    back = page(
        "Đặc điểm nhân dạng / Personal identification:",
        "Ngày, tháng, năm / Date, month, year: 03/04/2021",
        "Right index finger",
    )
    documents = sort([FlowPage(1, 1, front), FlowPage(2, 2, back), FlowPage(3, 3, front)])[0].documents
    assert [d.page_keys for d in documents] == [(1, 2), (3,)]


CARD = (
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "CĂN CƯỚC CÔNG DÂN",
    "Full name",
    "LÊ VĂN MẪU",
    "Date of birth: 16/01/1963",
)


@pytest.mark.parametrize(
    ("rows", "hometown", "residence"),
    [
        (
            ("Hành Đức. Nghĩa Hành. Quảng Ngãi", "thôn An Hòa, Phổ Thuận, Đức Phổ, Quảng Ngãi"),
            "Hành Đức, Nghĩa Hành, Quảng Ngãi",
            "thôn An Hòa, Phổ Thuận, Đức Phổ, Quảng Ngãi",
        ),
        (
            ("thôn An Lạc, Bình Trị, Bình Sơn, Quảng Ngãi", "Sơn Linh, Sơn Hà, Quảng Ngãi"),
            "Sơn Linh, Sơn Hà, Quảng Ngãi",
            "thôn An Lạc, Bình Trị, Bình Sơn, Quảng Ngãi",
        ),
        (
            ("Place of origin", "Thôn Hải Môn 3, Tịnh Ấn Tây, Quảng Ngãi, Quảng Ngãi"),
            None,
            "Thôn Hải Môn 3, Tịnh Ấn Tây, Quảng Ngãi, Quảng Ngãi",
        ),
        (("Place of origin", "2 ĐIcg ov yyn"), None, None),
    ],
)
def test_places_on_a_worn_card_are_told_apart_by_what_they_name(rows, hometown, residence):
    (proposal,) = sort([FlowPage(1, 1, page(*CARD, *rows))])
    read = {name: reading.value for name, reading in proposal.documents[0].fields.items()}
    assert (read.get("hometown"), read.get("residence")) == (hometown, residence)


def test_a_day_on_a_worn_card_whose_strokes_were_lost_is_worth_less():
    whole, mended = (
        sort([FlowPage(1, 1, page(*CARD, day))])[0].documents[0].fields["expiry_date"]
        for day in ("16/01/2033", "16I01l2033")
    )
    assert whole.value == mended.value == "16/01/2033"
    assert mended.confidence < whole.confidence


def test_the_cards_qr_is_trusted_before_misread_letters():
    qr = Code(
        "QRCode",
        "051090000123|212345678|Lê Văn Mẫu|01021990|Nam|Thôn Mẫu, Nghĩa Kỳ, Tư Nghĩa, Quảng Ngãi|05082021",
    )
    reading = page(
        "CĂN CƯỚC CÔNG DÂN", "Citizen Identity Card", "Họ và tên / Full name:", "LẼ VAN MÂU", codes=(qr,)
    )
    (document,) = sort([FlowPage(1, 1, reading)])[0].documents
    name = document.fields["full_name"]
    assert (name.value, name.kind) == ("Lê Văn Mẫu", "qr")
    assert document.fields["dob"].value == "01/02/1990"
    assert document.fields["issue_date"].value == "05/08/2021"


def test_blank_pages_belong_to_no_document():
    flow = [FlowPage(1, 1, page("GIẤY ỦY QUYỀN", "BÊN ỦY QUYỀN:")), FlowPage(2, 2, page())]
    assert [d.page_keys for p in sort(flow) for d in p.documents] == [(1,)]


def test_a_khmer_title_is_known():
    flow = [FlowPage(1, 1, page("ព្រះរាជាណាចក្រកម្ពុជា", "ជាតិ សាសនា ព្រះមហាក្សត្រ", "វិញ្ញាបនបត្រសម្គាល់ម្ចាស់អចលនវត្ថុ"))]
    assert sort(flow)[0].documents[0].type_id == "kh_ownership_title"
