"""The land certificate: the folded sheet of four faces (until 2024) and the A4 sheet with a QR (2025 on)."""

import random
from dataclasses import replace

from resources.samples import facts, fonts, plan, template
from resources.samples.case import EIGHT_DIGIT_SERIAL_FROM, Case
from resources.samples.directives import carry_out
from resources.samples.sheet import Colour, Sheet
from resources.samples.style import Style, settle
from resources.samples.typeset import Paper, Typesetter

FACE_MM = (190.0, 265.0)
PINK: Colour = (253, 236, 236)
ROSE: Colour = (222, 150, 158)
GREEN: Colour = (150, 178, 150)


def build(case: Case, office: str, variant: str, dpi: int, coloured: bool, rng: random.Random) -> Paper:
    """All faces of the certificate in reading order; `office` gives the faces, `variant` "folded" or "single", else by its date."""
    folded = variant == "folded" or (not variant and case.certificate.issued < EIGHT_DIGIT_SERIAL_FROM)
    known = facts.known_values(case, "giay_chung_nhan", rng, with_code=False)
    owner = case.certificate
    known |= {
        "gcn_qr": f"{owner.serial.replace(' ', '')}|{owner.book_no.replace(' ', '')}|{case.land.parcel_no}|{case.land.map_sheet}|{case.land.area_m2}|{case.land.place.commune}",
        "gcn_bars": f"2{rng.randint(10**12, 10**13 - 1)}",
    }
    style = _plain(settle(office, rng))
    setter = Typesetter(
        style,
        known,
        facts.FIELD_NAMES["giay_chung_nhan"],
        dpi,
        coloured,
        rng,
        PINK if folded else (252, 246, 240),
    )
    setter.size_mm = FACE_MM if folded else (210.0, 297.0)
    setter.fixed_margin_mm = (16.0, 18.0, 16.0, 16.0) if folded else (18.0, 24.0, 16.0, 18.0)
    wording = template.choose(
        template.read(office, "giay_chung_nhan_2014" if folded else "giay_chung_nhan_2025"), rng
    )
    for line in template.directives(wording, known):
        if line.name == "map":
            frame = (setter.left_mm + 6, setter.y_mm, setter.width_mm - 12, float(line.text))
            plan.draw_parcel(setter.sheet, frame, plan.parcel_corners(rng), case, rng)
            setter.y_mm += float(line.text) + 4
        elif line.name == "changes":
            _changes_table(setter, float(line.text))
        elif line.name == "emblem":
            _emblem(setter)
        else:
            carry_out(setter, [line])
    for sheet in setter.sheets:
        _frame(sheet, rng)
    return Paper(
        "giay_chung_nhan",
        wording_title(folded),
        "folded" if folded else "single",
        "typed",
        setter.sheets,
        setter.fields,
        setter.field_info,
    )


def wording_title(folded: bool) -> str:
    rest = (
        "QUYỀN SỞ HỮU NHÀ Ở VÀ TÀI SẢN KHÁC GẮN LIỀN VỚI ĐẤT"
        if folded
        else "QUYỀN SỞ HỮU TÀI SẢN GẮN LIỀN VỚI ĐẤT"
    )
    return f"GIẤY CHỨNG NHẬN QUYỀN SỬ DỤNG ĐẤT, {rest}"


def _plain(style: Style) -> Style:
    return replace(style, indent_mm=6.0, size_pt=min(style.size_pt, 12.5), leading=1.3, justified=False)


def _emblem(setter: Typesetter) -> None:
    sheet, reach = setter.sheet, 10.0
    cx, cy = setter.size_mm[0] / 2, setter.y_mm + reach + 1
    box = [sheet.px(cx - reach), sheet.px(cy - reach), sheet.px(cx + reach), sheet.px(cy + reach)]
    sheet.draw.ellipse(
        box, fill=sheet.ink((196, 44, 52)), outline=sheet.ink((214, 170, 60)), width=sheet.px(1)
    )
    for index in range(8):
        inset = round((box[2] - box[0]) * 0.055 * index)
        ring = (box[0] + inset, box[1] + inset, box[2] - inset, box[3] - inset)
        sheet.draw.arc(ring, 30, 150, fill=sheet.ink((214, 170, 60)), width=2)
    setter.y_mm += 2 * reach + 5


def _frame(sheet: Sheet, rng: random.Random) -> None:
    """The ornamental border: two rules and a chain of small diamonds between them."""
    for inset, thick in ((7.0, 0.6), (11.0, 0.3)):
        sheet.box(inset, inset, sheet.width_mm - 2 * inset, sheet.height_mm - 2 * inset, thick, ROSE)
    step = rng.choice((3.2, 4.0, 4.8))
    across, down = int((sheet.width_mm - 18) / step), int((sheet.height_mm - 18) / step)
    spots = [(9 + index * step, edge) for index in range(across + 1) for edge in (9.0, sheet.height_mm - 9)]
    spots += [(edge, 9 + index * step) for index in range(down + 1) for edge in (9.0, sheet.width_mm - 9)]
    ink = sheet.ink(ROSE)
    for x, y in spots:
        px, py, r = sheet.px(x), sheet.px(y), sheet.px(1.1)
        sheet.draw.polygon([(px - r, py), (px, py - r), (px + r, py), (px, py + r)], outline=ink)


def _changes_table(setter: Typesetter, height_mm: float) -> None:
    """The ruled table for later changes, empty but for its head."""
    left, top, width = setter.left_mm, setter.y_mm, setter.width_mm
    font = fonts.load(setter.style.family, "regular", setter.sheet.size_px(11))
    setter.sheet.box(left, top, width, height_mm)
    setter.sheet.rule(left + width * 0.62, top, left + width * 0.62, top + height_mm)
    setter.sheet.rule(left, top + 13, left + width, top + 13)
    setter.sheet.printed(
        left + width * 0.31, top + 8, "Nội dung thay đổi và cơ sở pháp lý", font, align="center"
    )
    setter.sheet.printed(left + width * 0.81, top + 5.5, "Xác nhận của cơ quan", font, align="center")
    setter.sheet.printed(left + width * 0.81, top + 10.5, "có thẩm quyền", font, align="center")
    setter.y_mm += height_mm + 4
