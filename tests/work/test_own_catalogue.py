"""An administrator adds a document type without code: a file in the data folder."""

import pytest

from forms.catalogue_file import CatalogueProblem
from station.work import standing
from station.work.station import Station

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
