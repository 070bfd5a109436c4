import json

import pytest
from openpyxl import Workbook

from forms.records import BadRow, ColumnMissing, ImportedRecord, RecordsFileRefused, read_records

HEAD = "dossier_code,procedure_code,applicant_name,date_of_birth,parcel_no,map_sheet,received_at,due_at,stage"
ROW = "H48.12-250102-0001,1.013831,  Lê   Văn Mẫu ,12/03/1966,744,37,2025-01-02,16/01/2025 16:30,Trả kết quả"


def rows_of(file, columns=None):
    return list(read_records(file, columns))


def test_a_table_is_read_with_dates_and_blanks_put_right(tmp_path):
    file = tmp_path / "records.csv"
    file.write_text(f"{HEAD}\n{ROW}\n", encoding="utf-8-sig")
    (record,) = rows_of(file)
    assert record.applicant_name == "Lê Văn Mẫu"
    assert (record.received_at, record.due_at) == ("02/01/2025", "16/01/2025")
    assert record.progress == "Trả kết quả"
    assert record.address == ""


def test_vietnamese_headings_and_semicolons_are_understood(tmp_path):
    file = tmp_path / "ho_so.csv"
    file.write_text(
        "Mã hồ sơ;Chủ hồ sơ;Số CCCD;Ngày tiếp nhận\nH48-1;Lê Văn Mẫu;051066472518;02/01/2025\n",
        encoding="utf-8",
    )
    (record,) = rows_of(file)
    assert (record.dossier_code, record.applicant_id) == ("H48-1", "051066472518")


def test_sheets_and_json_read_like_tables(tmp_path):
    book = Workbook()
    book.active.append(["dossier_code", "applicant_name"])
    book.active.append(["H48-1", "Lê Văn Mẫu"])
    book.save(tmp_path / "records.xlsx")
    (tmp_path / "records.json").write_text(
        json.dumps([{"dossier_code": "H48-1", "applicant_name": "Lê Văn Mẫu"}]), encoding="utf-8"
    )
    assert rows_of(tmp_path / "records.xlsx") == rows_of(tmp_path / "records.json")


def test_bad_rows_are_named_and_the_rest_goes_on(tmp_path):
    file = tmp_path / "records.csv"
    bad_day = ROW.replace("2025-01-02", "chưa rõ")
    no_code = ROW.replace("H48.12-250102-0001", "")
    file.write_text(f"{HEAD}\n{no_code}\n{bad_day}\n{ROW}\n", encoding="utf-8")
    first, second, third = rows_of(file)
    assert isinstance(first, BadRow) and (first.number, first.text()) == (2, "no dossier code")
    assert isinstance(second, BadRow) and (second.number, second.text()) == (3, "chưa rõ is not a date")
    assert third.dossier_code == "H48.12-250102-0001"


def test_columns_of_other_names_are_mapped_or_asked_for(tmp_path):
    file = tmp_path / "records.csv"
    file.write_text("Ref,Name\nH48-1,Lê Văn Mẫu\n", encoding="utf-8")
    with pytest.raises(ColumnMissing):
        rows_of(file)
    (record,) = rows_of(file, {"dossier_code": "Ref", "applicant_name": "Name"})
    assert record.applicant_name == "Lê Văn Mẫu"
    with pytest.raises(ColumnMissing, match="applicant_id"):
        rows_of(file, {"dossier_code": "Ref", "applicant_id": "Mistyped"})


def test_what_is_no_table_is_refused_in_words(tmp_path):
    (tmp_path / "records.xlsx").write_bytes(b"not a workbook")
    (tmp_path / "records.json").write_text('{"a": 1}', encoding="utf-8")
    for name in ("records.xlsx", "records.json"):
        with pytest.raises(RecordsFileRefused):
            rows_of(tmp_path / name)


def test_a_row_read_from_a_file_has_the_columns_of_a_stored_record_in_their_order():
    from station.store.reference import COLUMNS

    assert ImportedRecord._fields == COLUMNS
