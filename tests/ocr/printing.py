"""Sheets for the tests of codes: real symbols printed on white, turned, worn."""

import io

import cv2
import numpy as np
import segno
import zxingcpp
from PIL import Image, ImageDraw, ImageFont

FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf"
TEXT = (
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "Độc lập - Tự do - Hạnh phúc",
    "Kính gửi: Văn phòng đăng ký đất đai, chi nhánh khu vực Thử Nghiệm",
    "Tôi là Trần Văn Thử, sinh năm 1900, số định danh 000000000000",
    "IIIIIIIIII llllllllll |||||||||| ||||| || ||| ||||||",
    "1111111111111 0000000000000 8934567890123",
)


def sheet(dpi: int, width_mm: float = 210, height_mm: float = 297) -> np.ndarray:
    return np.full((round(height_mm / 25.4 * dpi), round(width_mm / 25.4 * dpi)), 255, np.uint8)


def qr(payload: str, side_mm: float, dpi: int) -> np.ndarray:
    """A QR of this size with its edges blurred as a scanner sees them."""
    written = io.BytesIO()
    segno.make(payload, error="m", micro=False).save(written, kind="png", scale=16, border=0)
    modules = np.array(Image.open(io.BytesIO(written.getvalue())).convert("L"))
    side = round(side_mm / 25.4 * dpi)
    return cv2.resize(modules, (side, side), interpolation=cv2.INTER_AREA)


def symbol(kind: str, payload: str, width_mm: float, dpi: int, height_mm: float | None = None) -> np.ndarray:
    made = zxingcpp.create_barcode(payload, zxingcpp.barcode_formats_from_str(kind)[0])
    modules = np.array(made.to_image(scale=8), np.uint8)
    width = round(width_mm / 25.4 * dpi)
    height = (
        round(height_mm / 25.4 * dpi) if height_mm else round(width * modules.shape[0] / modules.shape[1])
    )
    return cv2.resize(modules, (width, height), interpolation=cv2.INTER_AREA)


def lay(page: np.ndarray, picture: np.ndarray, left_mm: float, top_mm: float, dpi: int) -> None:
    left, top = round(left_mm / 25.4 * dpi), round(top_mm / 25.4 * dpi)
    page[top : top + picture.shape[0], left : left + picture.shape[1]] = picture


def turned(page: np.ndarray, angle_deg: float) -> np.ndarray:
    """The page turned clockwise about its middle, on a sheet large enough to hold it."""
    height, width = page.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -angle_deg, 1.0)
    cosine, sine = abs(matrix[0, 0]), abs(matrix[0, 1])
    size = (round(width * cosine + height * sine), round(width * sine + height * cosine))
    matrix[0, 2] += size[0] / 2 - width / 2
    matrix[1, 2] += size[1] / 2 - height / 2
    return np.asarray(cv2.warpAffine(page, matrix, size, flags=cv2.INTER_LINEAR, borderValue=255), np.uint8)


def scanned(page: np.ndarray, seed: int = 1, paper: int = 240, ink: int = 40, noise: float = 6) -> np.ndarray:
    """The print as a scanner delivers it: grey paper, lighter ink, blur and noise."""
    soft = cv2.GaussianBlur(page, (0, 0), 0.7).astype(np.float32) / 255
    grey = ink + soft * (paper - ink)
    grey += np.random.default_rng(seed).normal(0, noise, page.shape)
    return np.asarray(grey.clip(0, 255), np.uint8)


def text_page(dpi: int, lines: int = 40) -> np.ndarray:
    page = Image.fromarray(sheet(dpi))
    pen = ImageDraw.Draw(page)
    font = ImageFont.truetype(FONT, round(dpi / 6))
    for row in range(lines):
        pen.text((dpi * 0.8, dpi * (0.7 + row * 0.25)), TEXT[row % len(TEXT)], font=font, fill=0)
    return np.array(page)
