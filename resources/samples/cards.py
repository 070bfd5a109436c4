"""ID cards, and the sheet onto which a counter copies both sides of one.

Two generations: the citizen card with its QR on the front (2021 to June 2024), and the identity card
with its QR on the back. The machine-readable zone follows ICAO 9303 TD1.
"""

import random
import unicodedata
from datetime import date

from resources.samples import codes, fonts
from resources.samples.case import Case
from resources.samples.facts import FIELD_NAMES, identity_values
from resources.samples.people import Person
from resources.samples.sheet import Colour, Sheet
from resources.samples.typeset import FieldTruth, Paper

CARD_MM = (85.6, 54.0)
NEW_CARD_FROM = date(2024, 7, 1)
CARD_BLUE: Colour = (214, 232, 230)
CARD_RED: Colour = (170, 30, 40)
QR_MM = 11.0
MRZ_WEIGHTS = (7, 3, 1)


def build(case: Case, holder: str, dpi: int, coloured: bool, rng: random.Random) -> Paper:
    """A4 sheet with the copied front and back of the card of applicant, giver or taker."""
    who = {"giver": case.giver, "taker": case.taker}.get(holder, case.applicant)
    sheet = Sheet(210, 297, dpi, coloured)
    values = identity_values(who, with_expiry=True)
    new = who.card_issued >= NEW_CARD_FROM
    left = rng.uniform(35, 85)
    top = rng.uniform(30, 60)
    scale = rng.choice((1.0, 1.0, 1.0, 1.3, 1.45))
    front, back = (_new_front, _new_back) if new else (_old_front, _old_back)
    front(_Card(sheet, left, top, scale, rng), who, values)
    back(
        _Card(sheet, left + rng.uniform(-4, 4), top + 54 * scale + rng.uniform(10, 40), scale, rng),
        who,
        values,
    )
    kept = {name: value for name, value in values.items() if value and name in FIELD_NAMES["cccd"]}
    return Paper(
        doc_type="cccd",
        title="CĂN CƯỚC" if new else "CĂN CƯỚC CÔNG DÂN",
        variant="2024" if new else "2021",
        fill="typed",
        sheets=[sheet],
        fields=kept,
        field_info={name: FieldTruth("printed", 1) for name in kept},
    )


class _Card:
    """One side of a card copied onto a sheet; positions are millimetres on the card."""

    def __init__(self, sheet: Sheet, left_mm: float, top_mm: float, scale: float, rng: random.Random) -> None:
        self.sheet, self.left, self.top, self.scale, self.rng = sheet, left_mm, top_mm, scale, rng
        width, height = CARD_MM
        corners = [
            sheet.px(left_mm),
            sheet.px(top_mm),
            sheet.px(left_mm + width * scale),
            sheet.px(top_mm + height * scale),
        ]
        sheet.draw.rounded_rectangle(
            corners,
            radius=sheet.px(3 * scale),
            fill=sheet.ink(CARD_BLUE),
            outline=sheet.ink((120, 130, 130)),
            width=2,
        )
        for index in range(14):
            y = top_mm + height * scale * (index + 0.5) / 14
            sheet.rule(
                left_mm + 2, y, left_mm + width * scale - 2, y + rng.uniform(-2, 2), 0.12, (200, 224, 220)
            )

    def text(
        self,
        x: float,
        y: float,
        text: str,
        points: float,
        *,
        bold: bool = False,
        colour: Colour = (20, 20, 25),
        kind: str = "printed",
        mono: bool = False,
        align: str = "left",
    ) -> None:
        font = fonts.load(
            "typewriter" if mono else "sans",
            "bold" if bold else "regular",
            self.sheet.size_px(points * self.scale),
        )
        self.sheet.printed(
            self.left + x * self.scale,
            self.top + y * self.scale,
            text,
            font,
            colour=colour,
            kind=kind,
            align=align,
        )

    def portrait(self, x: float, y: float, width: float, height: float) -> None:
        sheet, s = self.sheet, self.scale
        left, top = self.left + x * s, self.top + y * s
        box = [sheet.px(left), sheet.px(top), sheet.px(left + width * s), sheet.px(top + height * s)]
        sheet.draw.rectangle(box, fill=sheet.ink((190, 205, 220)))
        middle = sheet.px(left + width * s / 2)
        head, body = sheet.px(width * s * 0.26), sheet.px(width * s * 0.42)
        eye = sheet.px(top + height * s * 0.4)
        sheet.draw.ellipse(
            (middle - body, sheet.px(top + height * s * 0.62), middle + body, box[3] + body),
            fill=sheet.ink((60, 66, 90)),
        )
        sheet.draw.ellipse(
            (middle - head, eye - round(head * 1.25), middle + head, eye + round(head * 1.25)),
            fill=sheet.ink((205, 170, 150)),
        )
        sheet.draw.pieslice(
            (middle - head, eye - round(head * 1.35), middle + head, eye + head),
            180,
            360,
            fill=sheet.ink((30, 26, 26)),
        )
        sheet.draw.rectangle((box[0], box[3], box[2], box[3] + body), fill=sheet.ink(CARD_BLUE))

    def emblem(self, x: float, y: float, reach: float) -> None:
        sheet, s = self.sheet, self.scale
        cx, cy, r = sheet.px(self.left + x * s), sheet.px(self.top + y * s), sheet.px(reach * s)
        sheet.draw.ellipse((cx - r, cy - r, cx + r, cy + r), fill=sheet.ink(CARD_RED))
        sheet.draw.ellipse(
            (cx - r // 2, cy - r // 2, cx + r // 2, cy + r // 2), fill=sheet.ink((240, 200, 70))
        )

    def qr(self, x: float, y: float, payload: str) -> None:
        sheet, s = self.sheet, self.scale
        pad = 0.8 * s
        box = (
            sheet.px(self.left + x * s - pad),
            sheet.px(self.top + y * s - pad),
            sheet.px(self.left + (x + QR_MM) * s + pad),
            sheet.px(self.top + (y + QR_MM) * s + pad),
        )
        sheet.draw.rectangle(box, fill=sheet.ink((255, 255, 255)))
        codes.print_qr(sheet, payload, self.left + x * s, self.top + y * s, QR_MM * s, error="l")

    def fingerprint(self, x: float, y: float) -> None:
        sheet, s = self.sheet, self.scale
        for ring in range(1, 8):
            r = ring * 0.75 * s
            cx, cy = self.left + x * s, self.top + y * s
            box = (sheet.px(cx - r * 0.8), sheet.px(cy - r), sheet.px(cx + r * 0.8), sheet.px(cy + r))
            sheet.draw.arc(
                box, 20 * ring, 300 + 20 * ring, fill=sheet.ink((70, 80, 90)), width=max(1, sheet.px(0.2))
            )


def _head(card: _Card, title: str, english: str) -> None:
    card.emblem(9, 8, 4.2)
    card.text(46, 4.6, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 5.2, bold=True, align="center")
    card.text(46, 7.2, "Độc lập - Tự do - Hạnh phúc", 4.8, bold=True, align="center")
    card.text(46, 9.6, "SOCIALIST REPUBLIC OF VIET NAM", 3.6, align="center")
    card.text(44, 15.4, title, 8.4, bold=True, colour=CARD_RED, align="center")
    card.text(44, 18.0, english, 4.4, colour=CARD_RED, align="center")


def _old_front(card: _Card, who: Person, values: dict[str, str]) -> None:
    _head(card, "CĂN CƯỚC CÔNG DÂN", "Citizen Identity Card")
    card.qr(72.6, 2.0, qr_payload(who, new=False))
    card.portrait(4, 19, 19, 26)
    card.text(28, 23.4, f"Số / No.: {values['id_number']}", 8.0, bold=True)
    card.text(28, 27.0, "Họ và tên / Full name:", 4.4)
    card.text(28, 30.4, who.name.upper(), 6.2, bold=True)
    card.text(28, 34.0, f"Ngày sinh / Date of birth: {values['dob']}", 4.9)
    card.text(28, 37.2, f"Giới tính / Sex: {values['sex']}", 4.9)
    card.text(54, 37.2, f"Quốc tịch / Nationality: {values['nationality']}", 4.6)
    card.text(28, 40.4, "Quê quán / Place of origin:", 4.4)
    card.text(28, 43.2, values["hometown"], 5.0)
    card.text(28, 46.4, "Nơi thường trú / Place of residence:", 4.4)
    first, rest = _halved(values["residence"])
    card.text(28, 49.2, first, 5.0)
    if rest:
        card.text(28, 52.0, rest, 5.0)
    if values["expiry_date"]:
        card.text(4, 48.4, "Có giá trị đến:", 3.8)
        card.text(4, 51.0, values["expiry_date"], 4.6)
    else:
        card.text(4, 49.6, "Không thời hạn", 4.2)


def _old_back(card: _Card, who: Person, values: dict[str, str]) -> None:
    card.text(4, 5.0, "Đặc điểm nhân dạng / Personal identification:", 4.2)
    card.text(4, 8.2, "Nốt ruồi cách 1,5cm dưới trước cánh mũi trái", 4.8)
    card.text(4, 12.6, f"Ngày, tháng, năm / Date, month, year: {values['issue_date']}", 4.6)
    card.text(22, 16.2, "CỤC TRƯỞNG CỤC CẢNH SÁT", 4.2, bold=True)
    card.text(22, 18.8, "QUẢN LÝ HÀNH CHÍNH VỀ TRẬT TỰ XÃ HỘI", 4.2, bold=True)
    card.fingerprint(70, 14)
    card.fingerprint(70, 27)
    _mrz_lines(card, who)


def _new_front(card: _Card, who: Person, values: dict[str, str]) -> None:
    _head(card, "CĂN CƯỚC", "IDENTITY CARD")
    card.portrait(4, 20, 20, 27)
    card.text(29, 23.6, "Số định danh cá nhân / Personal identification number:", 4.2)
    card.text(29, 28.0, values["id_number"], 8.4, bold=True)
    card.text(29, 32.0, "Họ, chữ đệm và tên khai sinh / Full name:", 4.2)
    card.text(29, 36.0, who.name.upper(), 6.6, bold=True)
    card.text(29, 39.8, "Ngày, tháng, năm sinh / Date of birth:", 4.2)
    card.text(29, 43.2, values["dob"], 5.6, bold=True)
    card.text(29, 47.0, f"Giới tính / Sex: {values['sex']}", 4.8)
    card.text(54, 47.0, f"Quốc tịch / Nationality: {values['nationality']}", 4.6)


def _new_back(card: _Card, who: Person, values: dict[str, str]) -> None:
    card.text(4, 4.6, "Nơi cư trú / Place of residence:", 4.2)
    first, rest = _halved(values["residence"])
    card.text(4, 7.8, first, 4.9)
    if rest:
        card.text(4, 10.6, rest, 4.9)
    card.text(4, 14.0, "Nơi đăng ký khai sinh / Place of birth:", 4.2)
    card.text(4, 17.0, values["hometown"], 4.9)
    card.text(4, 21.0, f"Ngày, tháng, năm cấp / Date of issue: {values['issue_date']}", 4.4)
    card.text(
        4,
        24.4,
        f"Ngày, tháng, năm hết hạn / Date of expiry: {values['expiry_date'] or 'Không thời hạn'}",
        4.4,
    )
    card.text(22, 29.4, "BỘ CÔNG AN", 5.0, bold=True)
    card.qr(70.5, 4.0, qr_payload(who, new=True))
    card.fingerprint(76, 26)
    _mrz_lines(card, who)


def _halved(text: str) -> tuple[str, str]:
    if len(text) <= 40:
        return text, ""
    cut = text.rfind(", ", 0, 42) + 1 or 40
    return text[:cut].strip(), text[cut:].strip()


def _mrz_lines(card: _Card, who: Person) -> None:
    for index, line in enumerate(mrz(who)):
        card.text(4, 40.5 + index * 5.0, line, 9.6, kind="mrz", mono=True, bold=True)


def qr_payload(who: Person, *, new: bool) -> str:
    """What the card's QR says; cards of 2024 carry the parents too."""
    parts = [
        who.id_number,
        who.old_id,
        who.name,
        f"{who.born:%d%m%Y}",
        who.sex,
        who.card_address,
        f"{who.card_issued:%d%m%Y}",
    ]
    if new:
        surname = who.name.split()[0]
        parts += ["", f"{surname} Văn Mẫu", "Lê Thị Ví Dụ"]
    return "|".join(parts)


def mrz(who: Person) -> tuple[str, str, str]:
    """The three lines of the machine-readable zone."""
    values = identity_values(who, with_expiry=True)
    number = who.id_number[3:]
    first = f"IDVNM{number}{_check(number)}{who.id_number}"
    first = (first + "<" * 30)[:29]
    first += _check(first[5:])
    born = f"{who.born:%y%m%d}"
    until = values["expiry_date"]
    expiry = f"{until[8:10]}{until[3:5]}{until[0:2]}" if until else "991231"
    sex = "M" if who.sex == "Nam" else "F"
    second = f"{born}{_check(born)}{sex}{expiry}{_check(expiry)}VNM" + "<" * 11
    composite = first[5:30] + second[0:7] + second[8:15] + second[18:29]
    second += _check(composite)
    words = plain_letters(who.name).upper().split()
    third = (words[0] + "<<" + "<".join(words[1:]) + "<" * 30)[:30]
    return first, second, third


def plain_letters(text: str) -> str:
    """Without accents, as machine-readable zones and typists of old write it."""
    flat = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(letter for letter in flat if not unicodedata.combining(letter))


def _check(text: str) -> str:
    total = 0
    for index, letter in enumerate(text):
        worth = 0 if letter == "<" else int(letter) if letter.isdigit() else ord(letter) - 55
        total += worth * MRZ_WEIGHTS[index % 3]
    return str(total % 10)
