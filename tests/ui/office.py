"""Papers, a data folder and a patient window for the tests of the screens."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import zxingcpp
from PIL import Image, ImageDraw, ImageFont
from PySide6.QtWidgets import QApplication

from station.core.errors import StationError
from station.ui.desk import Desk
from station.ui.running import Task
from station.work import importing, people
from station.work.station import Station, open_station

CODE = "H48.12-260301-0007"
PASSWORD = "mot-mat-khau-dai"
HEADINGS = (
    "dossier_code,procedure_code,procedure_name,applicant_name,applicant_id,date_of_birth,address,commune,"
    "district,province,parcel_no,map_sheet,certificate_serial,received_at,due_at,branch,stage"
)
RECORD = (
    f"{CODE},1.012781,Đăng ký biến động đất đai,Đặng Thị Bịa,048199000007,02/03/1999,thôn Bịa Đặt,xã Mẫu,"
    "huyện Mẫu,tỉnh Mẫu,141,23,CC 980007,2026-03-01,2026-03-15,Chi nhánh Mẫu,Đang giải quyết"
)
PAGE_PX = (1654, 2339)  # A4 at 200 dpi
FONTS = Path("/usr/share/fonts/truetype/liberation2")


def at_once(
    job: Callable[[Task], Any],
    done: Callable[[Any], None],
    failed: Callable[[StationError], None],
    _progress: Callable[[Any], None] = lambda _value: None,
) -> Task:
    """Runs a presenter's job here and now."""
    task = Task(lambda _value: None)
    try:
        result = job(task)
    except StationError as error:
        failed(error)
    else:
        done(result)
    return task


def draw_page(lines: list[str], code: str = "") -> Image.Image:
    """An A4 page at 200 dpi with lines of text, the first one large, and perhaps a bar code."""
    page = Image.new("L", PAGE_PX, 255)
    pen = ImageDraw.Draw(page)
    down = 150
    if code:
        bars = zxingcpp.create_barcode(code, zxingcpp.BarcodeFormat.Code128).to_image(scale=4)
        strip = Image.fromarray(bars).resize((900, 120), Image.Resampling.NEAREST)
        page.paste(strip, (377, 90))
        down = 300
    for number, line in enumerate(lines):
        face = "LiberationSerif-Bold.ttf" if number == 0 else "LiberationSerif-Regular.ttf"
        font = ImageFont.truetype(str(FONTS / face), 48 if number == 0 else 38)
        left = (PAGE_PX[0] - pen.textlength(line, font)) // 2 if number == 0 else 180
        pen.text((left, down), line, font=font, fill=10)
        down += 90 if number == 0 else 66
    return page


RECEIPT = [
    "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ",
    f"Mã hồ sơ: {CODE}",
    "Bộ phận tiếp nhận và trả kết quả huyện Mẫu",
    "Tiếp nhận hồ sơ của: Đặng Thị Bịa",
    "Nội dung yêu cầu giải quyết: Đăng ký biến động đất đai",
    "Thành phần hồ sơ nộp gồm: đơn đăng ký, giấy chứng nhận đã cấp",
    "Thời gian nhận hồ sơ: 09 giờ 10 phút, ngày 01 tháng 3 năm 2026",
    "Thời gian trả kết quả giải quyết hồ sơ: ngày 15 tháng 3 năm 2026",
]
LETTER = [
    "GIẤY ỦY QUYỀN",
    "Hôm nay, ngày 01 tháng 3 năm 2026, tại xã Mẫu, huyện Mẫu, tỉnh Mẫu",
    "Bên ủy quyền:",
    "Họ và tên: Đặng Thị Bịa",
    "Căn cước công dân số: 048199000007",
    "Bên được ủy quyền:",
    "Họ và tên: Lê Văn Giả",
    "Căn cước công dân số: 048099000123",
    "Nội dung ủy quyền: nộp hồ sơ và nhận kết quả đăng ký đất đai.",
]


def fill_folder(folder: Path, *pages: tuple[list[str], str]) -> Path:
    """Puts pages into a folder as a copier would."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, (lines, code) in enumerate(pages, 1):
        draw_page(lines, code).save(folder / f"scan_{number:04d}.jpg", dpi=(200, 200), quality=88)
    return folder


def make_home(home: Path) -> Station:
    """A data folder with an administrator's password, one record, Vietnamese."""
    station = open_station(home)
    people.set_password(station, "admin", PASSWORD)
    station = people.change_settings(station, {"branch": "Chi nhánh Mẫu", "workers": "1"})
    records = home.parent / "records.csv"
    records.write_text(f"{HEADINGS}\n{RECORD}\n", encoding="utf-8")
    importing.import_records(station, records)
    return station


@dataclass
class Bench:
    """A desk with the patience a test needs."""

    desk: Desk

    def until(self, true: Callable[[], bool], seconds: float = 60.0, what: str = "") -> None:
        """Lets the window live until something is so."""
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, f"never came: {what or true}"
            QApplication.processEvents()
            time.sleep(0.005)

    def rest(self, seconds: float = 0.1) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            QApplication.processEvents()
            time.sleep(0.005)

    def quiet(self, seconds: float = 30.0) -> None:
        """Until no job runs."""
        self.until(lambda: self.desk.background.busy_count == 0, seconds, "an idle bridge")
        self.rest(0.05)
