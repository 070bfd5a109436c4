import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.checks import (
    check_date,
    check_dossier_code,
    check_fields,
    check_personal_id,
    check_serial,
    check_tax_code,
)
from forms.doctype import load_catalogue
from forms.gazetteer import load_gazetteer
from forms.layout import lay_out
from forms.mrz import check_digit, parse_td1_lines
from forms.names import plausible, propose_tones
from forms.normalise import fold, normal_date, parse_area, parse_money, person_name, text_key
from forms.numerals import number_from_words
from forms.proposal import FieldReading
from forms.values import read_value, without_leaders
from tests.forms.made import page


def value(kind: str, text: str) -> str | None:
    found = read_value(kind, lay_out(page(text)).tokens)
    return found.value if found else None


@pytest.mark.parametrize(
    ("kind", "text", "read"),
    [
        ("personal_id", "0511 9000 0123 cấp ngày", "051190000123"),
        ("personal_id", "O5119OOOO123", "051190000123"),
        ("personal_id", "CMND 212345678", "212345678"),
        ("date", "16 giờ 34 phút, ngày 11 tháng 9 năm 2025", "11/09/2025"),
        ("date", "29 tháng 8 năm 2025, tại", "29/08/2025"),
        ("date", "31/02/2025", None),
        ("date", "Mó Đức. ngày 10 thang 9 nành 2024", "10/09/2024"),
        ("date", "13: 23 05I09I2025", "05/09/2025"),
        ("date", "ngấy 15 thàng 8 năm 2025", "15/08/2025"),
        ("serial", "AA 07974700, số vào sổ", "AA 07974700"),
        ("serial", "CŨ 272495", "CU 272495"),
        ("serial", "BM 1234567", None),
        ("book_no", "CH 86753 do", "CH 86753"),
        ("parcel", "744; tờ", "744"),
        ("sheet", "12A", "12A"),
        ("area", "3.501,9 m2 (bằng chữ", "3501,9"),
        ("area", "245,50 m²", "245,5"),
        ("money", "là 4.145.000.000 đồng (bằng chữ", "4145000000"),
        ("money", "2.275:000.000 đồng", "2275000000"),
        ("tax", "[34] 0", "0"),
        ("tax_code", "05 1080319884", "051080319884"),
        ("tax_code", "8012345678 - 001", "8012345678-001"),
        ("organisation", "Ủy ban nhân dân xã Mộ Đức ngày 09 tháng 10", "Ủy ban nhân dân xã Mộ Đức"),
        ("name", "Ông/Bà: NGUYỄN VĂN MẪU, sinh năm 1966", "Nguyễn Văn Mẫu"),
        ("name", "bà Lê Thị Mẫu (CCCD 051190000123)", "Lê Thị Mẫu"),
        ("name", "CÁN BỘ TIẾP NHẬN", None),
        ("phone", "0796 047 447 Email", "0796047447"),
        ("dossier_code", "000.00.53.h48-220921-0099 và", "000.00.53.H48-220921-0099"),
        ("number", "7316-LAV-202585818, thời điểm", "7316-LAV-202585818"),
        ("number", "2462ITNHS", "2462/TNHS"),
        ("number", "1l2/2020/QĐ-UBND", "1l2/2020/QĐ-UBND"),
        ("number", "12I3/2020/HĐ-CN", "12I3/2020/HĐ-CN"),
        ("date", "12I3/2020/HĐ-CN", None),
        ("text", "Đến ngày 01⁄10⁄2067", "Đến ngày 01/10/2067"),
        ("land_form", "riêng: 1360 m²; chung: Không", "Sử dụng riêng"),
        ("land_use", "Đất ở tại nông thôn (ONT)", "Đất ở tại nông thôn"),
        ("sex", "Nữ Quốc tịch", "Nữ"),
    ],
)
def test_values_are_read_by_their_kind(kind, text, read):
    assert value(kind, text) == read


@pytest.mark.parametrize(
    ("kind", "as_it_is", "repaired"),
    [
        ("date", "29/08/2025", "29I08l2025"),
        ("date", "29/08/2025", "29/0872025"),
        ("money", "2.275.000.000 đồng", "2.275:000.000 đồng"),
    ],
)
def test_a_value_with_signs_taken_for_others_is_marked_and_worth_less(kind, as_it_is, repaired):
    whole, mended = (read_value(kind, lay_out(page(text)).tokens) for text in (as_it_is, repaired))
    assert whole.value == mended.value
    assert (whole.repaired, mended.repaired) == (False, True) and mended.fit < whole.fit


def test_dots_of_the_line_written_on_are_no_part_of_the_value():
    assert (
        without_leaders("Thôn. Nam. Phước 1,.. xã. An.Phú…., TP. Vinh")
        == "Thôn Nam Phước 1, xã An Phú, TP. Vinh"
    )


@given(st.dates(dt.date(1900, 1, 1), dt.date(2099, 12, 31)))
def test_every_day_survives_both_ways_of_writing(day):
    assert (
        normal_date(f"{day:%d/%m/%Y}")
        == normal_date(f"ngày {day.day} tháng {day.month} năm {day.year}")
        == f"{day:%d/%m/%Y}"
    )


@given(st.integers(1, 10**12))
def test_grouped_money_reads_back(amount):
    assert parse_money(f"{amount:,}".replace(",", ".") + " đồng") == str(amount)


@given(st.text())
def test_folding_never_fails_and_folds_once(text):
    assert fold(fold(text)) == fold(text)


def test_a_khmer_title_folds_the_same_with_and_without_the_breaks_no_picture_shows():
    kinds = load_catalogue().document_types
    titles = [t for type_id in ("kh_ownership_title", "kh_possession_title") for t in kinds[type_id].titles]
    assert all("\u200b" in t for t in titles)
    assert [fold(t) for t in titles] == [fold(t.replace("\u200b", "")) for t in titles]


def test_tone_placement_and_case_do_not_part_two_names():
    assert text_key("Hoà  THUÝ") == text_key("hòa thúy")
    assert text_key("Đức Phổ") != text_key("Đức Phố")
    assert person_name("Hộ ông: TRẦN VĂN A") == "Trần Văn A"
    assert parse_area("1.234") == "1234"


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("Ba nghìn năm trăm lẻ một phẩy chín mét vuông", "3501.9"),
        ("Bốn tỷ một trăm bốn mươi lăm triệu đồng", "4145000000"),
        ("Hai tỷ không trăm tám mươi lăm triệu đồng", "2085000000"),
        ("Mười lăm nghìn", "15000"),
        ("Hai mươi mốt phẩy hai mươi lăm", "21.25"),
    ],
)
def test_numbers_in_words_are_understood(words, number):
    assert number_from_words(words.replace("mốt", "một")) == Decimal(number)


def test_what_is_no_number_is_none():
    assert number_from_words("mét vuông") is None


def test_id_numbers_are_held_against_birth_and_sex():
    today = dt.date(2026, 11, 22)
    assert check_personal_id("051090000123", dt.date(1990, 1, 1), "Nam", today) == []
    assert len(check_personal_id("051090000123", dt.date(1991, 1, 1), "Nữ", today)) == 2
    assert check_personal_id("003090000123") == [
        "No province has the code 003 at the beginning of an ID number."
    ]
    assert check_personal_id("0510900001")[0].startswith("An ID number has 12 digits")
    assert check_personal_id("212345678") == []


def test_codes_serials_taxes_and_days_are_checked():
    assert check_dossier_code("H15.50.05.13-261008-0975") == []
    assert check_dossier_code("H15.50.05.13-261308-0975") != []
    assert check_dossier_code("H48-0001") == ["This is not the form of a dossier code."]
    assert check_dossier_code("H77.05-261008-0975") == ["No province has the code H77 in a dossier code."]
    assert check_serial("AA 09122325") == [] != check_serial("AA 0912232")
    assert check_tax_code("0100233488") == [] != check_tax_code("0100233480")
    assert check_date("11/09/2027", dt.date(2026, 1, 1)) == ["The day 11/09/2027 has not come yet."]


@pytest.mark.parametrize(
    ("serial", "issued", "doubted"),
    [
        ("AA 09122325", "31/12/2024", True),
        ("AA 09122325", "02/01/2025", False),
        ("BM 123456", "31/12/2024", False),
    ],
)
def test_a_serial_has_the_length_of_its_generation(serial, issued, doubted):
    kind = load_catalogue().document_types["giay_chung_nhan"]
    values = {"certificate_serial": serial, "certificate_date": issued}
    fields = {
        name: FieldReading(name, value, 0.97, False, 1, None, "label", "printed")
        for name, value in values.items()
    }
    assert [f.field for f in check_fields(kind, fields)] == ["certificate_serial"] * doubted


def zone(number: str, birth: str, sex: str, expiry: str) -> list[str]:
    short = number[3:]
    first = f"IDVNM{short}{check_digit(short)}{number}<<0"
    second = f"{birth}{check_digit(birth)}{sex}{expiry}{check_digit(expiry)}VNM<<<<<<<<<<<0"
    return [first, second, "LE<<VAN<MAU<<<<<<<<<<<<<<<<<<<"]


def test_the_zone_of_a_card_is_read_through_look_alike_letters():
    lines = zone("051090000123", "900101", "M", "300101")
    read = parse_td1_lines([lines[0].replace("0", "O"), lines[1], lines[2]])
    assert (read.id_number, read.dob, read.sex, read.expiry_date) == (
        "051090000123",
        "01/01/1990",
        "Nam",
        "01/01/2030",
    )


def test_a_zone_with_a_wrong_check_digit_gives_nothing_of_that_part():
    lines = zone("051090000123", "900101", "F", "300101")
    assert parse_td1_lines([lines[0], lines[1].replace("900101", "900102", 1)]).dob == ""
    assert parse_td1_lines(["Right index finger"]) is None


def test_places_are_put_right_only_where_one_is_meant():
    units = load_gazetteer()
    assert (
        units.check("Thôn 5, xã Nghĩa Kỳ, huyện Tư Nghia, tinh Quang Ngãi").text
        == "Thôn 5, xã Nghĩa Kỳ, huyện Tư Nghĩa, tỉnh Quảng Ngãi"
    )
    assert units.check("Thôn 5, xã Nơi Không Có, huyện Tư Nghĩa, tỉnh Quảng Ngãi").changed == ()
    assert units.check("Phổ Nhơn, Đức Phổ, Quảng Ngãi").known == 3
    assert units.ends_in_province("Thôn 5, xã An Phú, tỉnh Quảng Ngãi")
    assert not units.ends_in_province("xã Tịnh Kỳ, thành phố Quảng Ngãi")


def test_old_communes_lead_to_the_new_ones():
    units = load_gazetteer()
    assert units.successors("Xã Đức Nhuận", "Mộ Đức", "Quảng Ngãi")[0].ward == "Xã Long Phụng"
    assert units.successors("Lái Thiêu", "Thuận An", "Bình Dương")[0].province == "Thành phố Hồ Chí Minh"
    old = "Thôn 2, xã Đức Nhuận, huyện Mộ Đức, tỉnh Quảng Ngãi"
    assert units.in_todays_units(old) == "Thôn 2, xã Long Phụng, tỉnh Quảng Ngãi"
    assert units.in_todays_units("Thôn 2, xã Long Phụng, tỉnh Quảng Ngãi") is None
    assert "long phung" in units.communes_of(old)
    assert "duc nhuan" in units.communes_of("Thôn 2, xã Long Phụng, tỉnh Quảng Ngãi")


def test_names_are_judged_by_common_names():
    assert plausible("Nguyễn Văn An") == 1.0
    assert plausible("Xx Yy") == 0.0
    assert propose_tones("Nguyên Vân Hủng").split()[0] == "Nguyễn"
