"""Reports as PDF on the office's letterhead: the state's name and motto, the office, tables, charts, places to sign.

The page follows Decree 30/2020 on papers of offices: the office left, the state's name and motto right, then number,
place and date. Fonts are embedded and Khmer is shaped.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files as resource_files
from pathlib import Path
from typing import Any

from fpdf import FPDF, FontFace

from station.core import files
from station.core.errors import N_, StationError
from station.core.sheets import Sheet, Translate, Value, value_text
from station.core.texts import translator
from station.work.station import Station

FONT_FOLDERS = (
    Path("/usr/share/fonts/truetype/liberation2"),
    Path("/usr/share/fonts/truetype/noto"),
    Path("C:/Windows/Fonts"),
)
#: Faces of the letters, each by its file names on Debian and on Windows; the first found is taken.
FONTS = {
    ("text", ""): ("LiberationSerif-Regular.ttf", "NotoSerif-Regular.ttf", "times.ttf"),
    ("text", "B"): ("LiberationSerif-Bold.ttf", "NotoSerif-Bold.ttf", "timesbd.ttf"),
    ("khmer", ""): ("NotoSerifKhmer-Regular.ttf", "NotoSansKhmer-Regular.ttf", "KhmerUI.ttf"),
    ("khmer", "B"): ("NotoSerifKhmer-Bold.ttf", "NotoSansKhmer-Bold.ttf", "KhmerUIb.ttf"),
}
# Decree 30/2020, annex I: margins 20 mm above and below, 30 mm left, 15 to 20 mm right.
MARGINS_MM = (30, 20, 15)
# More columns than this do not fit the width of an upright page.
MOST_UPRIGHT_COLUMNS = 8
CELL_PADDING_MM, NARROWEST_TEXT_MM = 0.8, 20.0
# The first size at which every column has its width; a smaller one is not read on paper.
SIZES_PT = (10.0, 9.0, 8.0, 7.0)
# Shaped and set line by line, Khmer takes more room than it measures as one piece.
KHMER_WIDER = 1.35
# A row has to fit a page, or there would be no end to the pages.
LONGEST_CELL = 300
_WORD_END = re.compile(r"[\s\u200b]+")
BAR_MM, LINE_HEIGHT_MM, MOST_BARS = 6.0, 45.0, 40
# A heading alone at the foot of a page helps nobody.
SHORTEST_TABLE_MM = 45.0
BAR_COLOUR, GRID_COLOUR, HEAD_COLOUR = (11, 74, 143), (200, 206, 214), (236, 239, 243)


class FontForReportMissing(StationError):
    sentence = N_(
        "No font for the report was found. Install as root: apt-get install fonts-liberation2 fonts-noto-core"
    )


@dataclass(frozen=True)
class Letterhead:
    """Who reports: the office above (may be empty), the office, the day, and the country (vn or kh) it writes for."""

    superior: str
    office: str
    made_on: date
    country: str = "vn"


def letterhead_of(station: Station) -> Letterhead:
    """The letterhead of this office, dated today."""
    settings = station.settings
    made_on = station.clock().astimezone().date()
    country = "kh" if settings.language == "km" else "vn"
    return Letterhead(settings.superior_office, settings.branch, made_on, country)


STATE = {
    "vn": (N_("SOCIALIST REPUBLIC OF VIET NAM"), N_("Independence – Freedom – Happiness")),
    "kh": (N_("KINGDOM OF CAMBODIA"), N_("Nation Religion King")),
}
DATED = N_("Day {day} month {month} year {year}")
MADE_BY, HEAD_OF_OFFICE = N_("Made by"), N_("Head of the office")
SIGN_HERE = N_("(signature, full name)")


def write_pdf(sheets: Sequence[Sheet], target: Path, language: str, letterhead: Letterhead) -> None:
    """A4, upright or across as the columns need, one sheet after the other.

    Raises:
        FontForReportMissing.
    """
    translate = translator(language)
    across = any(len(sheet.headings) > MOST_UPRIGHT_COLUMNS for sheet in sheets)
    pdf = _Paper(orientation="L" if across else "P", format="A4")
    for (family, style), names in FONTS.items():
        pdf.add_font(family, style, _font(names))
    pdf.set_text_shaping(True)
    pdf.set_font("text", size=11)
    pdf.set_fallback_fonts(["khmer"], exact_match=False)
    pdf.set_margins(MARGINS_MM[0] if not across else MARGINS_MM[1], MARGINS_MM[1], MARGINS_MM[2])
    pdf.set_auto_page_break(True, MARGINS_MM[1])
    pdf.set_title(sheets[0].title)
    pdf.set_lang(language)
    pdf.add_page()
    _head(pdf, letterhead, translate)
    for number, sheet in enumerate(sheets):
        if not number or sheet.title != sheets[number - 1].title:
            pdf.words(sheet.title, size=14, style="B", align="C")
        pdf.ensure_room(SHORTEST_TABLE_MM)
        pdf.words(sheet.subtitle, size=11, align="C")
        _table(pdf, sheet, language)
        if sheet.chart is not None:
            _draw(pdf, sheet, language)
    _signatures(pdf, translate)
    files.put_bytes(target, bytes(pdf.output()))


class _Paper(FPDF):
    """A4 with the number of each page but the first above it, as the decree asks."""

    def header(self) -> None:
        if self.page_no() > 1:
            self.set_font("text", size=11)
            self.cell(0, 6, str(self.page_no()), align="C", new_x="LMARGIN", new_y="NEXT")
            self.ln(2)

    def words(
        self, text: str, *, size: float, style: str = "", align: str = "L", gap_mm: float = 1.0
    ) -> None:
        """A paragraph over the whole width; nothing for no text."""
        if text:
            self.set_font("text", style, size)
            self.multi_cell(0, size * 0.5, text, align=align, new_x="LMARGIN", new_y="NEXT")
            self.ln(gap_mm)

    def ensure_room(self, height_mm: float) -> None:
        """A new page where less than that is left of this one."""
        if self.will_page_break(height_mm):
            self.add_page()


def _head(pdf: _Paper, letterhead: Letterhead, translate: Translate) -> None:
    state, motto = map(translate, STATE[letterhead.country])
    made = letterhead.made_on
    dated = translate(DATED).format(day=f"{made.day:02d}", month=f"{made.month:02d}", year=made.year)
    top, left_mm = pdf.get_y(), pdf.epw * 0.44
    right_mm = pdf.epw - left_mm
    superior, office = letterhead.superior.upper(), letterhead.office.upper()
    rows = (
        ((superior if office else "", "", 11), (state, "B", 11)),
        ((office or superior, "B", 11), (motto, "B", 11)),
        ((translate(N_("No.: ……………")), "", 11), (f"………, {dated}", "", 11)),
    )
    ends = []
    for side, width, x in ((0, left_mm, pdf.l_margin), (1, right_mm, pdf.l_margin + left_mm)):
        pdf.set_xy(x, top)
        for pair in rows:
            text, style, size = pair[side]
            if text:
                pdf.set_x(x)
                pdf.set_font("text", style, size)
                pdf.multi_cell(width, 6, text, align="C", new_x="LEFT", new_y="NEXT")
            if style == "B" and pair is rows[1]:
                _rule(pdf, x, width, 0.35)
        ends.append(pdf.get_y())
    pdf.set_xy(pdf.l_margin, max(ends) + 6)


def _rule(pdf: _Paper, x: float, width: float, share: float) -> None:
    """The line under the office's name and the motto."""
    y = pdf.get_y() + 0.8
    pdf.set_draw_color(0)
    pdf.line(x + width * (1 - share) / 2, y, x + width * (1 + share) / 2, y)
    pdf.set_y(y + 1.2)


def _table(pdf: _Paper, sheet: Sheet, language: str) -> None:
    for size in SIZES_PT:
        widths, sides = _columns(pdf, sheet, size, language)
        if sum(widths) <= pdf.epw + 0.1:
            break
    shrink = min(1.0, pdf.epw / sum(widths))
    pdf.set_font("text", size=size)
    pdf.set_draw_color(0)
    pdf.set_fill_color(255)
    with pdf.table(
        width=sum(widths) * shrink,
        col_widths=widths,
        align="LEFT",
        text_align=sides,
        headings_style=FontFace(emphasis="BOLD", fill_color=HEAD_COLOUR),
        line_height=5,
        padding=CELL_PADDING_MM,
    ) as table:
        table.row([*sheet.headings])
        for number, row in enumerate(sheet.rows):
            style = FontFace(emphasis="BOLD") if number in sheet.strong else None
            table.row([value_text(value, language)[:LONGEST_CELL] for value in row], style=style)
    pdf.ln(1)
    for note in sheet.notes:
        pdf.words(note, size=10)
    pdf.ln(2)


def _columns(
    pdf: _Paper, sheet: Sheet, size: float, language: str
) -> tuple[tuple[float, ...], tuple[str, ...]]:
    """Widths in mm, each as its values and the longest word of its heading need; texts share what is left.

    Khmer writes no spaces between words; its headings carry zero-width ones (U+200B), where a line may end.
    """
    pdf.set_font("text", "B", size)
    needed, sides = [], []
    for at, heading in enumerate(sheet.headings):
        values: list[Value] = [row[at] for row in sheet.rows]
        texts = any(isinstance(v, str) for v in values)
        longest = [max(_WORD_END.split(heading), key=pdf.get_string_width)]
        longest += [max((value_text(v, language) for v in values), key=pdf.get_string_width, default="")]
        room = 1.0 if heading.isascii() or language != "km" else KHMER_WIDER
        needed.append(max(map(pdf.get_string_width, longest)) * room + 2 * CELL_PADDING_MM + 1)
        sides.append("LEFT" if texts or not values or isinstance(values[0], date) else "RIGHT")
    # Too much is taken from the widest column again and again: its text takes more lines. What is left it gets back.
    while sum(needed) > pdf.epw and max(needed) > NARROWEST_TEXT_MM:
        widest = max(range(len(needed)), key=needed.__getitem__)
        needed[widest] = max(NARROWEST_TEXT_MM, needed[widest] * 0.95)
    needed[max(range(len(needed)), key=needed.__getitem__)] += max(0.0, pdf.epw - sum(needed))
    return tuple(needed), tuple(sides)


def _draw(pdf: _Paper, sheet: Sheet, language: str) -> None:
    drawn = sheet.chart
    assert drawn is not None
    points = [(row[0], row[drawn.column]) for row in sheet.rows[: drawn.rows]]
    known = [(label, value) for label, value in points if isinstance(value, float)]
    if drawn.by_day and len(known) > 1:
        _draw_line(pdf, known, language)
    elif not drawn.by_day:
        _draw_bars(pdf, points[:MOST_BARS], language)
    pdf.ln(3)


def _draw_bars(pdf: _Paper, points: Sequence[tuple[Value, Value]], language: str) -> None:
    label_mm, value_mm = pdf.epw * 0.42, 16.0
    room_mm = pdf.epw - label_mm - value_mm
    for label, value in points:
        pdf.ensure_room(BAR_MM)
        y = pdf.get_y()
        pdf.set_font("text", size=9)
        pdf.cell(label_mm, BAR_MM, _cut(pdf, value_text(label, language), label_mm - 2))
        pdf.set_fill_color(*HEAD_COLOUR)
        pdf.rect(pdf.l_margin + label_mm, y + 1, room_mm, BAR_MM - 2, "F")
        pdf.set_fill_color(*BAR_COLOUR)
        share = value if isinstance(value, float) else 0.0
        if share:
            pdf.rect(pdf.l_margin + label_mm, y + 1, room_mm * min(share, 100) / 100, BAR_MM - 2, "F")
        pdf.set_x(pdf.l_margin + label_mm + room_mm)
        pdf.cell(value_mm, BAR_MM, value_text(value, language), align="R", new_x="LMARGIN", new_y="NEXT")


def _cut(pdf: _Paper, text: str, width_mm: float) -> str:
    while len(text) > 1 and pdf.get_string_width(text) > width_mm:
        text = text[:-2] + "…"
    return text


def _draw_line(pdf: _Paper, points: Sequence[tuple[Value, float]], language: str) -> None:
    pdf.ensure_room(LINE_HEIGHT_MM + 10)
    left, top = pdf.l_margin + 10, pdf.get_y() + 2
    width = pdf.epw - 12
    pdf.set_font("text", size=8)
    pdf.set_draw_color(*GRID_COLOUR)
    for share in (0, 50, 100):
        y = top + LINE_HEIGHT_MM * (1 - share / 100)
        pdf.line(left, y, left + width, y)
        pdf.set_xy(pdf.l_margin, y - 2)
        pdf.cell(9, 4, str(share), align="R")
    days = [label.toordinal() if isinstance(label, date) else 0 for label, _ in points]
    span = max(1, days[-1] - days[0])
    line = [
        (left + width * (day - days[0]) / span, top + LINE_HEIGHT_MM * (1 - value / 100))
        for day, (_, value) in zip(days, points, strict=True)
    ]
    pdf.set_draw_color(*BAR_COLOUR)
    pdf.set_line_width(0.5)
    pdf.polyline(line)
    pdf.set_line_width(0.2)
    pdf.set_draw_color(0)
    pdf.set_xy(left, top + LINE_HEIGHT_MM + 1)
    pdf.cell(width / 2, 4, value_text(points[0][0], language))
    pdf.cell(width / 2, 4, value_text(points[-1][0], language), align="R", new_x="LMARGIN", new_y="NEXT")


def _signatures(pdf: _Paper, translate: Translate) -> None:
    pdf.ensure_room(40)
    pdf.ln(4)
    half = pdf.epw / 2
    for style, left, right in (("B", MADE_BY, HEAD_OF_OFFICE), ("", SIGN_HERE, SIGN_HERE)):
        pdf.set_font("text", style, 11)
        pdf.cell(half, 6, translate(left).upper() if style else translate(left), align="C")
        pdf.cell(
            half,
            6,
            translate(right).upper() if style else translate(right),
            align="C",
            new_x="LMARGIN",
            new_y="NEXT",
        )


def _font(names: tuple[str, ...]) -> Any:
    shipped = Path(str(resource_files("resources") / "fonts"))
    for name in names:
        for folder in (shipped, *FONT_FOLDERS):
            if (folder / name).is_file():
                return folder / name
    raise FontForReportMissing
