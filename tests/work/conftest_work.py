"""A station with a small read dossier, made once and copied: real store, real recognition."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from capture.files import close_decoder
from resources.samples import fonts
from station.store.reference import ProcedureRecord, import_rows
from station.work import ingesting
from station.work.station import Station, open_station

CODE = "H48.12-260302-0001"
RECORD = ProcedureRecord(
    dossier_code=CODE,
    procedure_code="1.013831",
    procedure_name="Đăng ký biến động quyền sử dụng đất",
    applicant_name="Nguyễn Thị Mẫu",
    applicant_id="051190000123",
    date_of_birth="01/02/1990",
    address="Thôn Mẫu, xã Đức Nhuận, tỉnh Quảng Ngãi",
    commune="xã Đức Nhuận",
    district="",
    province="Quảng Ngãi",
    parcel_no="12",
    map_sheet="7",
    certificate_serial="AA 09122325",
    received_at="02/03/2026",
    due_at="09/03/2026",
    branch="Chi nhánh Mẫu",
    status=2,
)
HEAD = ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc")
PAPERS = {
    "1-receipt.png": (
        *HEAD,
        "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ",
        f"Mã hồ sơ: {CODE}",
        "Tiếp nhận hồ sơ của: Nguyễn Thị Mẫu",
        "Số định danh/CCCD: 051190000123",
    ),
    "2-authority.png": (
        *HEAD,
        "GIẤY ỦY QUYỀN",
        "Hôm nay, ngày 02 tháng 3 năm 2026",
        "Bên ủy quyền: Nguyễn Thị Mẫu",
        "CCCD số: 051190000123",
        "Bên được ủy quyền: Trần Văn Mẫu",
        "CCCD số: 051085000456",
    ),
}


def draw_paper(path: Path, lines: tuple[str, ...]) -> Path:
    """An A4 page at 200 dpi with these lines printed on it."""
    page = Image.new("RGB", (1654, 2339), "white")
    pen = ImageDraw.Draw(page)
    font = fonts.load("serif", "regular", 40)
    for number, text in enumerate(lines):
        pen.text((250, 200 + 110 * number), text, fill="black", font=font)
    page.save(path, dpi=(200, 200))
    return path


@pytest.fixture(autouse=True)
def decoder() -> Iterator[None]:
    """The decoder of foreign files stays for the next file while a station runs; here it ends with the test."""
    yield
    close_decoder()


@pytest.fixture(scope="session")
def read_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with one dossier of two papers, read and matched."""
    home = tmp_path_factory.mktemp("read") / "home"
    papers = tmp_path_factory.mktemp("papers")
    station = open_station(home)
    with station.transaction() as conn:
        import_rows(conn, [RECORD], station.now())
    for name, lines in PAPERS.items():
        draw_paper(papers / name, lines)
    ingesting.ingest(station, [papers], "intake", None)
    close_decoder()
    return home


@pytest.fixture
def station(read_home: Path, tmp_path: Path) -> Iterator[Station]:
    """The read dossier in a folder of the test's own."""
    home = tmp_path / "home"
    shutil.copytree(read_home, home)
    yield open_station(home)
