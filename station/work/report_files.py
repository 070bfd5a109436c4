"""A rates report as CSV, XLSX or PDF.

CSV cells that a spreadsheet would take for a formula are written as text. XLSX holds real numbers and charts.
The PDF carries its fonts, and shapes Khmer.
"""

import csv
import io
from collections.abc import Callable
from importlib.resources import files as resource_files
from pathlib import Path
from typing import Any

import xlsxwriter
from fpdf import FPDF, FontFace

from station.core import files
from station.core.errors import N_, StationError
from station.core.rates import FIRST_DAY, LAST_DAY
from station.core.texts import translator
from station.work.reporting import Rates

Translate = Callable[[str], str]

HEADINGS = (N_("received"), N_("digitised"), N_("delivered"), N_("rate %"))
RULE_NAMES = {
    "official": N_("official rule: at least one paper"),
    "strict": N_("strict rule: every required paper"),
}
STAGE_NAMES = {"intake": N_("Rate of digitized dossiers"), "result": N_("Rate of digitized results")}
TOTAL = N_("Total")
PERIOD = N_("From {since} to {until}")
LEFT_OUT = N_("Left out: {count}. Without a known status: {unmapped}.")

FONT_FOLDERS = (Path("/usr/share/fonts/truetype/noto"), Path("C:/Windows/Fonts"))
TEXT_FONTS = ("NotoSans-Regular.ttf", "arial.ttf")
KHMER_FONTS = ("NotoSansKhmer-Regular.ttf", "KhmerUI.ttf")


class FontForReportMissing(StationError):
    sentence = N_("No font for the report was found. Install as root: apt-get install fonts-noto-core")


def rate_text(rate: float | None, language: str) -> str:
    """One decimal, with the decimal comma in Vietnamese; – for no rate."""
    if rate is None:
        return "–"
    text = f"{rate:.1f}"
    return text if language == "en" else text.replace(".", ",")


def table_lines(answer: Rates, language: str) -> list[str]:
    """The report for a terminal."""
    translate = translator(language)
    lines = []
    for rule, report in answer.rules.items():
        lines.append(translate(RULE_NAMES[rule]) + (f": {translate(report.reason)}" if report.reason else ""))
        for row in (*report.rows, report.total):
            name = row.key or (translate(TOTAL) if row is report.total else "–")
            numbers = (
                f"{row.received:>8} {row.digitised:>8} {row.delivered:>8} {rate_text(row.rate, language):>7}"
            )
            lines.append(f"  {name[:56]:<56}{numbers}")
    return lines


def safe_cell(text: str) -> str:
    """A text a spreadsheet shows as it stands: no cell begins with = + - @, a tab or a line end."""
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") else text


def write_csv(answer: Rates, target: Path, language: str) -> None:
    """Semicolons and a byte-order mark, as the office's spreadsheets expect them."""
    translate = translator(language)
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=";")
    writer.writerow([translate(N_("rule")), answer.by, *map(translate, HEADINGS)])
    for rule, report in answer.rules.items():
        for row in (*report.rows, report.total):
            name = translate(TOTAL) if row is report.total else row.key
            numbers = [row.received, row.digitised, row.delivered, rate_text(row.rate, language)]
            writer.writerow([safe_cell(translate(RULE_NAMES[rule])), safe_cell(name), *numbers])
    files.put_bytes(target, ("\ufeff" + stream.getvalue()).encode("utf-8"))


def write_xlsx(answer: Rates, target: Path, language: str) -> None:
    """One sheet a rule: numbers as numbers, a bar chart of the rates beside them."""
    translate = translator(language)
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False}) as book:
        heading = book.add_format({"bold": True, "bottom": 1})
        one_decimal = book.add_format({"num_format": "0.0"})
        for rule, report in answer.rules.items():
            sheet = book.add_worksheet({"official": "QĐ 766", "strict": "100 %"}[rule])
            sheet.set_column(0, 0, 58)
            sheet.write(0, 0, _title(answer, translate), heading)
            sheet.write(1, 0, translate(RULE_NAMES[rule]))
            sheet.write_row(3, 0, [answer.by, *map(translate, HEADINGS)], heading)
            for number, row in enumerate((*report.rows, report.total), 4):
                sheet.write_string(number, 0, translate(TOTAL) if row is report.total else row.key)
                sheet.write_row(number, 1, [row.received, row.digitised, row.delivered])
                if row.rate is None:
                    sheet.write_string(number, 4, "–")
                else:
                    sheet.write_number(number, 4, row.rate, one_decimal)
            if report.rows:
                sheet.insert_chart("G4", _chart(book, sheet.get_name(), len(report.rows), translate))
    files.put_bytes(target, stream.getvalue())


def _chart(book: Any, sheet_name: str, count: int, translate: Translate) -> Any:
    chart = book.add_chart({"type": "bar"})
    chart.add_series(
        {
            "name": translate(HEADINGS[3]),
            "categories": [sheet_name, 4, 0, 3 + count, 0],
            "values": [sheet_name, 4, 4, 3 + count, 4],
        }
    )
    chart.set_x_axis({"min": 0, "max": 100})
    chart.set_legend({"none": True})
    chart.set_size({"width": 640, "height": max(240, 26 * count + 80)})
    return chart


def write_pdf(answer: Rates, target: Path, language: str, letterhead: str) -> None:
    """A4 with the office's name above, both rules as tables, fonts embedded.

    Raises:
        FontForReportMissing.
    """
    translate = translator(language)
    pdf = FPDF(format="A4")
    pdf.add_font("text", fname=_font(TEXT_FONTS))
    pdf.add_font("khmer", fname=_font(KHMER_FONTS))
    pdf.set_text_shaping(True)
    pdf.set_font("text", size=11)
    pdf.set_fallback_fonts(["khmer"], exact_match=False)
    pdf.set_title(_title(answer, translate))
    pdf.set_lang(language)
    pdf.add_page()
    pdf.multi_cell(0, 6, letterhead, new_x="LMARGIN", new_y="NEXT")
    pdf.set_font("text", size=15)
    pdf.multi_cell(0, 10, _title(answer, translate), new_x="LMARGIN", new_y="NEXT")
    for rule, report in answer.rules.items():
        _pdf_rule(pdf, translate(RULE_NAMES[rule]), report, translate, language)
    files.put_bytes(target, bytes(pdf.output()))


def _pdf_rule(pdf: Any, name: str, report: Any, translate: Translate, language: str) -> None:
    pdf.set_font("text", size=12)
    pdf.multi_cell(0, 9, name, new_x="LMARGIN", new_y="NEXT")
    pdf.set_font("text", size=9)
    if report.reason:
        pdf.multi_cell(0, 6, translate(report.reason), new_x="LMARGIN", new_y="NEXT")
    with pdf.table(
        col_widths=(52, 12, 12, 12, 12), text_align=("LEFT", *("RIGHT",) * 4), headings_style=FontFace()
    ) as table:
        table.row(["", *map(translate, HEADINGS)])
        for row in (*report.rows, report.total):
            label = translate(TOTAL) if row is report.total else row.key or "–"
            table.row(
                [
                    label,
                    str(row.received),
                    str(row.digitised),
                    str(row.delivered),
                    rate_text(row.rate, language),
                ]
            )
    text = translate(LEFT_OUT).format(count=report.excluded, unmapped=report.unmapped)
    pdf.multi_cell(0, 7, text, new_x="LMARGIN", new_y="NEXT")


def _title(answer: Rates, translate: Translate) -> str:
    title = translate(STAGE_NAMES[answer.stage])
    if answer.since == FIRST_DAY and answer.until == LAST_DAY:
        return title
    days = (d if d not in (FIRST_DAY, LAST_DAY) else "…" for d in (answer.since, answer.until))
    since, until = ("/".join(reversed(d.split("-"))) for d in days)
    return f"{title}. {translate(PERIOD).format(since=since, until=until)}"


def _font(names: tuple[str, ...]) -> Path:
    shipped = Path(str(resource_files("resources") / "fonts"))
    for folder in (shipped, *FONT_FOLDERS):
        for name in names:
            if (folder / name).is_file():
                return folder / name
    raise FontForReportMissing
