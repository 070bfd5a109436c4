"""Reports as files, and for a terminal."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from station.core import files
from station.core.errors import N_, UsageProblem
from station.core.sheet_files import csv_bytes, xlsx_bytes
from station.core.sheets import Sheet, value_text

if TYPE_CHECKING:
    from station.work.report_pdf import Letterhead

FORMATS = ("csv", "xlsx", "pdf")


class FormatUnknown(UsageProblem):
    sentence = N_("There is no format {format}. Choose table, json, csv, xlsx or pdf.")


def write(sheets: Sequence[Sheet], form: str, target: Path, language: str, letterhead: "Letterhead") -> None:
    """Writes the sheets as one file, whole or not at all.

    Args:
        form: one of FORMATS.
        letterhead: only the PDF has one.

    Raises:
        FormatUnknown; FontForReportMissing for a PDF.
    """
    if form == "csv":
        files.put_bytes(target, csv_bytes(sheets, language))
    elif form == "xlsx":
        files.put_bytes(target, xlsx_bytes(sheets))
    elif form == "pdf":
        from station.work import report_pdf

        report_pdf.write_pdf(sheets, target, language, letterhead)
    else:
        raise FormatUnknown(format=form)


def table_lines(sheets: Sequence[Sheet], language: str) -> list[str]:
    """The sheets for a terminal, columns under each other."""
    lines: list[str] = []
    for sheet in sheets:
        lines += [f"{sheet.title}. {sheet.subtitle}".strip(), *sheet.notes]
        texts = [sheet.headings, *([value_text(v, language) for v in row] for row in sheet.rows)]
        widths = [min(48, max(len(row[at]) for row in texts)) for at in range(len(sheet.headings))]
        numeric = [
            any(isinstance(row[at], int | float) for row in sheet.rows) for at in range(len(sheet.headings))
        ]
        for row in texts:
            cells = (
                text[:width].rjust(width) if number else text[:width].ljust(width)
                for text, width, number in zip(row, widths, numeric, strict=True)
            )
            lines.append("  " + "  ".join(cells).rstrip())
    return lines
