"""Sheets that part the dossiers of one pile."""

import random

from resources.samples import codes, fonts
from resources.samples.scan import Placed, Side
from resources.samples.sheet import Sheet

A4_MM = (210.0, 297.0)
KINDS = ("qr", "patch", "code128")


def separator(
    kind: str, dossier_id: str, dossier_code: str | None, dpi: int, coloured: bool, rng: random.Random
) -> Side:
    """A separator before a dossier: its code as QR or Code 128, or Patch T when it has none."""
    sheet = Sheet(*A4_MM, dpi, coloured)
    title = fonts.load("sans", "bold", sheet.size_px(26))
    plain = fonts.load("sans", "regular", sheet.size_px(14))
    sheet.printed(
        105, 70, rng.choice(("TỜ PHÂN CÁCH", "TỜ PHÂN CÁCH HỒ SƠ", "PHÂN CÁCH HỒ SƠ")), title, align="center"
    )
    sheet.printed(105, 82, "Đặt tờ này trước mỗi hồ sơ khi quét liên tục", plain, align="center")
    if kind == "patch" or dossier_code is None:
        kind = "patch"
        codes.print_patch_t(sheet, 30, 12, 150)
        codes.print_code128(sheet, "PATCHT", 70, 110, 70, 18)
    elif kind == "qr":
        codes.print_qr(sheet, dossier_code, 80, 100, 50)
        sheet.printed(105, 162, dossier_code, plain, align="center")
    else:
        codes.print_code128(sheet, dossier_code, 55, 105, 100, 22)
        sheet.printed(105, 136, dossier_code, plain, align="center")
    placed = Placed(sheet, None, "separator", 1, "full", skew_scored=False)
    return Side((placed,), A4_MM, dossier_id, separator=kind)
