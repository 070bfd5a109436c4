"""Pages for the tests of reading: invented text drawn at a known place, then turned, stamped, dotted."""

import io
from pathlib import Path

import cv2
import numpy as np
import segno
from PIL import Image, ImageDraw, ImageFont

SERIF = "/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf"
KHMER = "/usr/share/fonts/truetype/noto/NotoSerifKhmer-Regular.ttf"
KHMER_TEXT = (
    "ព្រះរាជាណាចក្រកម្ពុជា",
    "ជាតិ សាសនា ព្រះមហាក្សត្រ",
    "ក្រសួងរៀបចំដែនដី នគរូបនីយកម្ម និងសំណង់",
    "លេខប័ណ្ណសម្គាល់អចលនវត្ថុ ទីតាំងដីស្ថិតនៅភូមិ",
)
DPI = 200
TEXT = (
    "Tôi tên là Trần Văn Thử, sinh ngày 01 tháng 01 năm 1900",
    "Số định danh cá nhân: 000000000000 do Cục Thử Nghiệm cấp",
    "Địa chỉ thường trú: thôn Ví Dụ, xã Tưởng Tượng, tỉnh Quảng Ngãi",
    "Đề nghị cơ quan đăng ký đất đai xem xét giải quyết hồ sơ này",
    "Nội dung biến động: thay đổi thông tin về người sử dụng đất",
    "Giấy tờ kèm theo gồm có bản chính giấy chứng nhận đã cấp",
    "Tôi cam đoan nội dung kê khai trên đơn là đúng sự thật",
    "Thửa đất số 999, tờ bản đồ số 99, diện tích 100 mét vuông",
)


def px(millimetres: float, dpi: int = DPI) -> int:
    return round(millimetres / 25.4 * dpi)


def paper(width_mm: float = 210, height_mm: float = 297, dpi: int = DPI) -> Image.Image:
    return Image.new("L", (px(width_mm, dpi), px(height_mm, dpi)), 255)


def write(
    page: Image.Image, x_mm: float, y_mm: float, text: str, size_pt: float = 12, fill: int = 20
) -> None:
    font = ImageFont.truetype(SERIF, px(size_pt / 72 * 25.4))
    ImageDraw.Draw(page).text((px(x_mm), px(y_mm)), text, font=font, fill=fill)


def letter(lines: int = 20, width_mm: float = 210, height_mm: float = 297) -> np.ndarray:
    """A page of text."""
    page = paper(width_mm, height_mm)
    for row in range(lines):
        write(page, 25, 30 + 10 * row, TEXT[row % len(TEXT)])
    return np.array(page)


def khmer_letter() -> np.ndarray:
    """A page in Khmer script, shaped as it must be."""
    page = paper()
    shaped = ImageFont.truetype(KHMER, px(14 / 72 * 25.4), layout_engine=ImageFont.Layout.RAQM)
    for row, text in enumerate(KHMER_TEXT * 3):
        ImageDraw.Draw(page).text((px(25), px(30 + 14 * row)), text, font=shaped, fill=20)
    return np.array(page)


def centre(page: Image.Image, x_mm: float, y_mm: float, text: str, size_pt: float = 11) -> None:
    """Text centred at `x_mm`."""
    font = ImageFont.truetype(SERIF, px(size_pt / 72 * 25.4))
    write(page, x_mm - font.getlength(text) / 2 / px(100) * 100, y_mm, text, size_pt)


def dotted(page: Image.Image, x_mm: float, y_mm: float, length_mm: float, pitch_mm: float = 1.1) -> None:
    """A leader: dots of 0.4 mm on the base line `y_mm`."""
    draw = ImageDraw.Draw(page)
    x = x_mm
    while x < x_mm + length_mm:
        draw.ellipse([px(x), px(y_mm - 0.4), px(x) + px(0.4), px(y_mm)], fill=20)
        x += pitch_mm


def qr_sheet(payload: str) -> Image.Image:
    """A sheet with a large QR code in the middle."""
    written = io.BytesIO()
    segno.make(payload, error="m", micro=False).save(written, kind="png", scale=8, border=4)
    page = paper()
    with Image.open(io.BytesIO(written.getvalue())) as symbol:
        page.paste(symbol.convert("L").resize((px(50), px(50))), (px(80), px(60)))
    return page


def fallen(page: np.ndarray, skew_deg: float) -> np.ndarray:
    """The page with its lines falling to the right by so many degrees."""
    height, width = page.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -skew_deg, 1.0)
    return cv2.warpAffine(page, matrix, (width, height), flags=cv2.INTER_CUBIC, borderValue=(255, 255, 255))


def saved(page: np.ndarray, path: Path, dpi: int = DPI) -> Path:
    image = page if page.ndim == 2 else page[:, :, ::-1]
    Image.fromarray(image).save(path, dpi=(dpi, dpi), quality=92)
    return path
