"""An administrator adds a document type without code: a file in the data folder."""

from dataclasses import replace
from pathlib import Path

import pytest

from forms.catalogue_file import CatalogueProblem
from station.work import importing, standing
from station.work.station import Station, open_station

OWN = """
id = "giay_cam_ket"
short = "GCK"
titles = ["GIẤY CAM KẾT TÀI SẢN RIÊNG"]
pages = [1, 2]

[name]
vi = "Giấy cam kết tài sản riêng"
en = "Declaration of separate property"
km = "លិខិតធានាទ្រព្យដោយឡែក"
"""


def test_a_type_of_the_offices_own_is_known_at_once(station: Station) -> None:
    folder = station.home / "catalogue" / "document_types"
    folder.mkdir(parents=True)
    assert "giay_cam_ket" not in standing.catalogue_of(station).document_types
    (folder / "giay_cam_ket.toml").write_text(OWN, encoding="utf-8")
    assert "giay_cam_ket" in standing.catalogue_of(station).document_types


def test_a_wrong_file_is_named_by_line_and_key(station: Station) -> None:
    folder = station.home / "catalogue" / "document_types"
    folder.mkdir(parents=True)
    (folder / "wrong.toml").write_text(OWN.replace("short =", "shrt ="), encoding="utf-8")
    with pytest.raises(CatalogueProblem) as problem:
        standing.catalogue_of(station)
    assert "wrong.toml" in problem.value.text()
    assert "shrt" in problem.value.text()


def test_what_the_columns_of_the_export_are_called_is_said_once(tmp_path: Path) -> None:
    station = open_station(tmp_path / "home")
    file = tmp_path / "export.csv"
    file.write_text("Ref,Name\nH48-260101-0001,Lê Văn Mẫu\n", encoding="utf-8")
    assert (
        importing.import_records(station, file, {"dossier_code": "Ref", "applicant_name": "Name"}).taken == 1
    )
    file.write_text("Name,Ref\nTrần Thị Mẫu,H48-260101-0001\nLý Mẫu,H48-260101-0002\n", encoding="utf-8")
    result = importing.import_records(station, file)
    assert (result.taken, result.total) == (2, 2)
    assert importing.find_records(station, "H48-260101-0001")[0].applicant_name == "Trần Thị Mẫu"


def test_a_record_that_names_no_branch_counts_for_the_stations_own(station: Station, tmp_path: Path) -> None:
    own = replace(station, settings=replace(station.settings, branch="Chi nhánh Mẫu"))
    file = tmp_path / "export.csv"
    file.write_text(
        "dossier_code,branch\nH48-260101-0001,\nH48-260101-0002,Chi nhánh Thử\n", encoding="utf-8"
    )
    importing.import_records(own, file)
    branches = {r.dossier_code: r.branch for r in importing.find_records(own, "H48-260101")}
    assert branches == {"H48-260101-0001": "Chi nhánh Mẫu", "H48-260101-0002": "Chi nhánh Thử"}
