"""Sheets as CSV and XLSX.

CSV cells that a spreadsheet would take for a formula are written as text. XLSX holds real numbers, days and charts.
"""

import csv
import io
from collections.abc import Sequence
from datetime import date
from typing import Any

import xlsxwriter

from station.core.rates import SPREADSHEET_TAKES_FOR_FORMULAS
from station.core.sheets import Sheet, Value, value_text

# A spreadsheet's name may have 31 letters.
LONGEST_NAME = 31
CHART_ROW_PX, CHART_EDGE_PX, CHART_WIDTH_PX = 26, 80, 640
# Beyond this a bar chart is taller than anybody scrolls; the table has the rest.
MOST_BARS = 60


def safe_cell(text: str) -> str:
    """A text a spreadsheet shows as it stands instead of computing it."""
    return "'" + text if text.startswith(SPREADSHEET_TAKES_FOR_FORMULAS) else text


def csv_bytes(sheets: Sequence[Sheet], language: str) -> bytes:
    """Semicolons and a byte-order mark, as the office's spreadsheets expect them; sheets below each other."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=";")
    for number, sheet in enumerate(sheets):
        if number:
            writer.writerow([])
        writer.writerow([safe_cell(f"{sheet.title}. {sheet.subtitle}".strip())])
        writer.writerow([safe_cell(heading) for heading in sheet.headings])
        for row in sheet.rows:
            writer.writerow([safe_cell(v) if isinstance(v, str) else value_text(v, language) for v in row])
        for note in sheet.notes:
            writer.writerow([safe_cell(note)])
    return ("\ufeff" + stream.getvalue()).encode("utf-8")


def xlsx_bytes(sheets: Sequence[Sheet]) -> bytes:
    """One sheet each: numbers as numbers, days as days, a chart of the rates beside them."""
    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(stream, options) as book:
        for sheet in sheets:
            _write_sheet(book, sheet)
    return stream.getvalue()


def _write_sheet(book: Any, sheet: Sheet) -> None:
    page = book.add_worksheet(sheet.name[:LONGEST_NAME])
    heading = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    plain, strong = _looks(book, False), _looks(book, True)
    page.write_string(0, 0, sheet.title, book.add_format({"bold": True, "font_size": 14}))
    page.write_string(1, 0, sheet.subtitle)
    page.write_row(3, 0, sheet.headings, heading)
    for number, row in enumerate(sheet.rows):
        _write_row(page, 4 + number, row, strong if number in sheet.strong else plain)
    for number, note in enumerate(sheet.notes):
        page.write_string(5 + len(sheet.rows) + number, 0, note)
    for at, heading_text in enumerate(sheet.headings):
        longest = max((len(v) for row in sheet.rows if isinstance(v := row[at], str)), default=0)
        page.set_column(at, at, max(12, min(58, max(longest, len(heading_text) // 2) + 2)))
    page.freeze_panes(4, 1)
    page.fit_to_pages(1, 0)
    page.set_landscape()
    page.set_paper(9)
    page.repeat_rows(3)
    if sheet.chart is not None:
        page.insert_chart(4, len(sheet.headings) + 1, _chart(book, page.get_name(), sheet))


_LOOKS = {
    "text": {},
    "none": {"align": "right"},
    "day": {"num_format": "dd/mm/yyyy", "align": "left"},
    "percent": {"num_format": "0.0"},
    "count": {"num_format": "#,##0"},
}


def _looks(book: Any, strong: bool) -> dict[str, Any]:
    return {name: book.add_format({**look, "bold": strong}) for name, look in _LOOKS.items()}


def _write_row(page: Any, at: int, row: tuple[Value, ...], looks: dict[str, Any]) -> None:
    for column, value in enumerate(row):
        if value is None:
            page.write_string(at, column, "–", looks["none"])
        elif isinstance(value, str):
            page.write_string(at, column, value, looks["text"])
        elif isinstance(value, date):
            page.write_datetime(at, column, value, looks["day"])
        else:
            page.write_number(at, column, value, looks["percent" if isinstance(value, float) else "count"])


def _chart(book: Any, page_name: str, sheet: Sheet) -> Any:
    drawn = sheet.chart
    assert drawn is not None
    count = drawn.rows if drawn.by_day else min(drawn.rows, MOST_BARS)
    chart = book.add_chart({"type": "line" if drawn.by_day else "bar"})
    chart.add_series(
        {
            "name": sheet.headings[drawn.column],
            "categories": [page_name, 4, 0, 3 + count, 0],
            "values": [page_name, 4, drawn.column, 3 + count, drawn.column],
        }
    )
    chart.set_title({"name": f"{sheet.title}. {sheet.subtitle}", "name_font": {"size": 11}})
    percent = {"min": 0, "max": 100}
    # The best stands on top, where a table has it.
    chart.set_x_axis({"date_axis": True, "num_format": "dd/mm"} if drawn.by_day else percent)
    chart.set_y_axis(percent if drawn.by_day else {"reverse": True})
    chart.set_legend({"none": True})
    height = 360 if drawn.by_day else max(240, CHART_ROW_PX * count + CHART_EDGE_PX)
    chart.set_size({"width": CHART_WIDTH_PX, "height": height})
    return chart
