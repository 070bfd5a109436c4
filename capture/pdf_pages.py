"""Looks into a PDF that a copier sent: opens without a password, whole, and how large its pages are in dots.

A copier's page is one picture or a few strips; its resolution on the paper is the page's resolution.
Imported inside the decoder's child process only.
"""

from pathlib import Path

import pikepdf
import pypdfium2
import pypdfium2.raw as pdfium

from capture import problems
from capture.refusal import Refused

# Where the end mark must be; some copiers write a kilobyte or two of padding behind it.
TAIL_BYTES = 4096
POINTS_PER_INCH = 72
# A page without a picture (made by a word processor) is drawn at the counter's usual resolution.
DRAWN_DPI = 300
LOWEST_DPI = 72
HIGHEST_DPI = 1200


def inspect_pdf(path: Path, most_pixels: int, most_pages: int) -> list[dict[str, object]]:
    """A frame for each page, as dictionaries of `capture.source.Frame`.

    Raises:
        Refused: password, cut off, damaged, too many pages, a page too large.
    """
    _refuse_cut_off(path)
    _refuse_closed(path)
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        raise Refused(problems.DAMAGED) from error
    with document:
        if len(document) == 0:
            raise Refused(problems.DAMAGED)
        if len(document) > most_pages:
            raise Refused(problems.TOO_MANY_PAGES, limit=most_pages)
        return [_frame(document, index, most_pixels) for index in range(len(document))]


def _refuse_cut_off(path: Path) -> None:
    size = path.stat().st_size
    with path.open("rb") as stream:
        stream.seek(max(0, size - TAIL_BYTES))
        if b"%%EOF" not in stream.read():
            raise Refused(problems.HALF_WRITTEN)


def _refuse_closed(path: Path) -> None:
    try:
        pikepdf.open(path).close()
    except pikepdf.PasswordError:
        raise Refused(problems.WITH_PASSWORD) from None
    except pikepdf.PdfError as error:
        raise Refused(problems.DAMAGED) from error


def _frame(document: pypdfium2.PdfDocument, index: int, most_pixels: int) -> dict[str, object]:
    try:
        page = document[index]
    except pypdfium2.PdfiumError as error:
        raise Refused(problems.DAMAGED) from error
    try:
        dpi, mode = _largest_picture(page)
        width_px, height_px = (round(points / POINTS_PER_INCH * dpi) for points in page.get_size())
    finally:
        page.close()
    if width_px * height_px > most_pixels:
        raise Refused(problems.TOO_MANY_PIXELS, limit=most_pixels // 1_000_000)
    if min(width_px, height_px) < 1:
        raise Refused(problems.DAMAGED)
    return {"index": index, "width_px": width_px, "height_px": height_px, "dpi": dpi, "mode": mode}


def _largest_picture(page: pypdfium2.PdfPage) -> tuple[int, str]:
    """Resolution and colour of the picture that covers most of the page."""
    best_area, dpi, mode = 0.0, DRAWN_DPI, "colour"
    for picture in page.get_objects(filter=(pdfium.FPDF_PAGEOBJ_IMAGE,), max_depth=3):
        left, bottom, right, top = picture.get_bounds()
        area = abs(right - left) * abs(top - bottom)
        if area <= best_area:
            continue
        facts = picture.get_metadata()
        stated = max(facts.horizontal_dpi, facts.vertical_dpi)
        if not LOWEST_DPI <= stated <= HIGHEST_DPI:
            continue
        best_area, dpi, mode = area, round(stated), _mode(facts.bits_per_pixel)
    return dpi, mode


def _mode(bits_per_pixel: int) -> str:
    if bits_per_pixel == 1:
        return "bilevel"
    return "grey" if bits_per_pixel == 8 else "colour"
