"""Codes as one-stop software and card printers print them."""

import segno
import zxingcpp
from PIL import Image

from resources.samples.sheet import BLACK, Sheet, TruthCode

# A printer has far more dots than the scanner: modules are drawn this fine, then averaged to the scanner's dots.
PRINTER_DOTS_PER_MODULE = 16


def print_qr(sheet: Sheet, payload: str, x_mm: float, y_mm: float, width_mm: float, error: str = "m") -> None:
    """A QR of `payload` (UTF-8, as Vietnamese printers write it) filling a square of `width_mm`."""
    symbol = segno.make_qr(
        payload, error=error, boost_error=False, encoding=None if payload.isascii() else "utf-8", eci=False
    )
    rows = [[255 if not cell else 0 for cell in row] for row in symbol.matrix_iter(scale=1, border=0)]
    modules = len(rows)
    raster = Image.new("L", (modules, modules))
    raster.putdata([cell for row in rows for cell in row])
    side = max(modules, sheet.px(width_mm))
    quad = sheet.paste(_sharp(raster, side, side), x_mm, y_mm)
    sheet.codes.append(TruthCode("QRCode", payload, quad, sheet.mm(side) / modules))


def print_code128(
    sheet: Sheet, payload: str, x_mm: float, y_mm: float, width_mm: float, height_mm: float
) -> None:
    """Code 128 bars without the readable line under them."""
    made = zxingcpp.create_barcode(payload, zxingcpp.BarcodeFormat.Code128)
    bars = Image.fromarray(made.to_image(scale=1, add_quiet_zones=False)).convert("L")
    row = bars.crop((0, bars.height // 2, bars.width, bars.height // 2 + 1))
    wide = max(row.width, sheet.px(width_mm))
    quad = sheet.paste(_sharp(row, wide, sheet.px(height_mm)), x_mm, y_mm)
    sheet.codes.append(TruthCode("Code128", payload, quad, sheet.mm(wide) / row.width))


def print_patch_t(sheet: Sheet, x_mm: float, y_mm: float, width_mm: float) -> None:
    """Patch T: four level bars near the top edge, from it inwards narrow, wide, narrow, wide."""
    pen = y_mm
    for thick_mm in (2.0, 5.0, 2.0, 5.0):
        top, bottom = sheet.px(pen), sheet.px(pen + thick_mm)
        sheet.draw.rectangle((sheet.px(x_mm), top, sheet.px(x_mm + width_mm), bottom), fill=sheet.ink(BLACK))
        pen += thick_mm + 2.0
    left, right, top, bottom = sheet.px(x_mm), sheet.px(x_mm + width_mm), sheet.px(y_mm), sheet.px(pen - 2.0)
    sheet.codes.append(
        TruthCode("PatchT", "T", [(left, top), (right, top), (right, bottom), (left, bottom)], 2.0)
    )


def _sharp(modules: Image.Image, width_px: int, height_px: int) -> Image.Image:
    """Modules at a size that is no multiple of theirs, edges as a sensor averages them."""
    fine = modules.resize(
        (modules.width * PRINTER_DOTS_PER_MODULE, max(1, modules.height) * PRINTER_DOTS_PER_MODULE),
        Image.Resampling.NEAREST,
    )
    return fine.resize((width_px, height_px), Image.Resampling.BOX)
