import datetime as dt
import re
from importlib.resources import files

import pytest
from openpyxl import Workbook

from forms.catalogue_import import TableRefused, TableUnknown, import_catalogue
from forms.doctype import CatalogueProblem, load_catalogue
from station.work.checklist import ISSUE_DATES

SHIPPED_FIELDS = {
    "giay_tiep_nhan": {
        "receipt_no",
        "received_at",
        "dossier_code",
        "applicant_name",
        "applicant_id",
        "due_at",
    },
    "giay_chung_nhan": {
        "owner_name",
        "owner_id",
        "parcel_no",
        "map_sheet",
        "certificate_serial",
        "certificate_book_no",
    },
    "hop_dong_the_chap": {
        "contract_no",
        "party_a_name",
        "party_b_name",
        "loan_vnd",
        "price_vnd",
        "notary_no",
    },
    "cccd": {
        "id_number",
        "full_name",
        "dob",
        "sex",
        "nationality",
        "hometown",
        "residence",
        "expiry_date",
        "issue_date",
    },
    "giay_ket_hon": {
        "wife_name",
        "wife_dob",
        "wife_id",
        "husband_name",
        "husband_dob",
        "husband_id",
        "marriage_date",
    },
}
NEW_TYPE = """id = "giay_khai_sinh"
name = { vi = "Giấy khai sinh", en = "Birth certificate", km = "សំបុត្រកំណើត" }
titles = ["GIẤY KHAI SINH"]

[fields]
full_name = {}
"""


def test_the_shipped_catalogue_knows_the_papers_and_procedures_of_a_land_office():
    catalogue = load_catalogue()
    assert len(catalogue.document_types) >= 26
    assert len(catalogue.procedures) >= 12
    for type_id, names in SHIPPED_FIELDS.items():
        assert names <= {f.name for f in catalogue.document_types[type_id].fields}
    for entry in (*catalogue.document_types.values(), *catalogue.procedures.values()):
        assert set(entry.names) == {"vi", "en", "km"}
    assert {"kh_ownership_title", "kh_possession_title"} <= set(catalogue.document_types)


def test_every_procedure_has_an_intake_and_a_result_checklist():
    for procedure in load_catalogue().procedures.values():
        assert any(c.duty == "required" for c in procedure.components)
        assert procedure.results
        assert procedure.legal_basis


def test_cases_under_one_national_code_are_told_apart_by_name():
    catalogue = load_catalogue()
    name = "Đăng ký biến động quyền sử dụng đất trong trường hợp tặng cho quyền sử dụng đất"
    assert catalogue.find_procedure("1.013831.000.00.00.H48", name=name).id == "tang_cho"
    assert catalogue.find_procedure("9.999999") is None
    assert catalogue.find_procedure("1.013831", on=dt.date(2020, 1, 1)) is None


def test_an_administrator_adds_a_type_by_a_file(tmp_path):
    folder = tmp_path / "document_types"
    folder.mkdir()
    (folder / "giay_khai_sinh.toml").write_text(NEW_TYPE, encoding="utf-8")
    assert load_catalogue(tmp_path).document_types["giay_khai_sinh"].field("full_name").kind == "name"
    assert "giay_khai_sinh" not in load_catalogue().document_types


@pytest.mark.parametrize(
    ("wrong", "line", "key"),
    [
        (NEW_TYPE.replace("titles", "tittles"), 3, "tittles"),
        (NEW_TYPE.replace('["GIẤY KHAI SINH"]', '"GIẤY KHAI SINH"'), 3, "titles"),
        (NEW_TYPE.replace("full_name = {}", 'full_name = { kind = "nam" }'), 6, "kind"),
        (NEW_TYPE.replace('km = "សំបុត្រកំណើត"', 'kh = "x"'), 2, "name"),
        (NEW_TYPE.replace("[fields]", "[fields"), 5, "-"),
    ],
)
def test_a_wrong_file_is_named_by_line_and_key(tmp_path, wrong, line, key):
    (tmp_path / "document_types").mkdir()
    (tmp_path / "document_types" / "giay_khai_sinh.toml").write_text(wrong, encoding="utf-8")
    with pytest.raises(CatalogueProblem) as problem:
        load_catalogue(tmp_path)
    assert (problem.value.values["file"], problem.value.values["line"], problem.value.values["key"]) == (
        "giay_khai_sinh.toml",
        line,
        key,
    )


def test_a_table_of_types_becomes_catalogue_files(tmp_path):
    table = tmp_path / "types.csv"
    table.write_text(
        "id,name_vi,name_en,name_km,titles,anchors,fields\n"
        "di_chuc,Di chúc,Testament,មតក,DI CHÚC,Tôi lập di chúc này;người thừa kế,full_name;dob\n",
        encoding="utf-8",
    )
    import_catalogue(table, tmp_path / "catalogue")
    kind = load_catalogue(tmp_path / "catalogue").document_types["di_chuc"]
    assert kind.titles == ("DI CHÚC",)
    assert [f.name for f in kind.fields] == ["full_name", "dob"]


def test_a_sheet_of_procedures_becomes_catalogue_files(tmp_path):
    book = Workbook()
    book.active.append(
        ["id", "codes", "name_vi", "name_en", "name_km", "level", "working_days", "required", "results"]
    )
    book.active.append(
        [
            "gia_han",
            "1.099999",
            "Gia hạn",
            "Extension",
            "បន្ត",
            "commune",
            7,
            "giay_chung_nhan;cccd|xac_nhan_cu_tru",
            "giay_chung_nhan",
        ]
    )
    book.save(tmp_path / "procedures.xlsx")
    import_catalogue(tmp_path / "procedures.xlsx", tmp_path / "catalogue")
    procedure = load_catalogue(tmp_path / "catalogue").find_procedure("1.099999")
    assert [c.types for c in procedure.components] == [("giay_chung_nhan",), ("cccd", "xac_nhan_cu_tru")]


def test_a_bad_row_changes_nothing(tmp_path):
    table = tmp_path / "procedures.csv"
    table.write_text(
        "id,codes,name_vi,name_en,name_km,level,required,results\n"
        "tot,1.1,Tốt,Good,ល្អ,province,giay_chung_nhan,giay_chung_nhan\n"
        "xau,1.2,Xấu,Bad,អាក្រក់,province,giay_khong_co,giay_chung_nhan\n",
        encoding="utf-8",
    )
    with pytest.raises(TableRefused) as refused:
        import_catalogue(table, tmp_path / "catalogue")
    assert refused.value.values["row"] == 3
    assert "tot" not in load_catalogue(tmp_path / "catalogue").procedures


def test_another_table_is_refused(tmp_path):
    (tmp_path / "other.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(TableUnknown):
        import_catalogue(tmp_path / "other.csv", tmp_path / "catalogue")


def test_a_dossier_keeps_the_version_it_was_received_under(tmp_path):
    folder = tmp_path / "procedures"
    folder.mkdir()
    shipped = (files("resources") / "procedures" / "cap_doi.toml").read_text(encoding="utf-8")
    since = re.search(r"^valid_from = (.*)$", shipped, re.MULTILINE)[1]
    (folder / "cap_doi.toml").write_text(
        shipped.replace(f"valid_from = {since}", f"valid_from = {since}\nvalid_to = 2026-05-31"),
        encoding="utf-8",
    )
    newer = shipped.replace('id = "cap_doi"', 'id = "cap_doi_2026"').replace(since, "2026-06-01")
    (folder / "cap_doi_2026.toml").write_text(newer, encoding="utf-8")
    catalogue = load_catalogue(tmp_path)
    code = "1.012783.000.00.00.H48"
    before = catalogue.procedure_received(code, dt.date(2026, 5, 31))
    after = catalogue.procedure_received(code, dt.date(2026, 6, 1))
    assert (before.edition, after.edition) == (f"cap_doi@{since}", "cap_doi_2026@2026-06-01")
    # The office moves the day by a decree: what was received keeps the checklist it was told.
    kept = catalogue.procedure_received(code, dt.date(2026, 6, 1), edition=before.edition)
    assert kept is before
    # Of a day before all versions the paper still has a checklist.
    assert catalogue.procedure_received(code, dt.date(2001, 1, 1)) is not None


def test_a_paper_that_expires_has_a_date_to_count_from():
    for kind in load_catalogue().document_types.values():
        assert not kind.validity_months or {f.name for f in kind.fields} & set(ISSUE_DATES), kind.id
