"""Pages of PDFs that were never paper: written by an office program, with text of their own.

Such a page keeps its text. Where it meets PDF/A-2b as it is, it is taken over whole, letters and lines as they
are drawn. Where it does not (a font that is not embedded, transparency), it is drawn as a picture at 300 dpi and
its own text is laid beneath, not a recogniser's.
"""

from dataclasses import dataclass
from pathlib import Path

import pikepdf
import pikepdf.pdfa
import pypdfium2

from ocr.image import RENDER_DPI
from ocr.pdf import only_image
from ocr.reading import Box, Line, PageReading, PageRecipe, Recipe, SideReading, Word

_POINTS_PER_INCH = 72.0


@dataclass(frozen=True)
class BornPage:
    """A page with text of its own: its upright size in points and what is written on it."""

    width_pt: float
    height_pt: float
    reading: SideReading
    meets_pdfa: bool


def find_born_page(path: Path, frame: int) -> BornPage | None:
    """The page where it has visible text of its own, None where it is a picture or empty.

    Raises:
        pikepdf.PasswordError: the file needs a password.
    """
    with pikepdf.open(path) as document:
        if only_image(document.pages[frame]) is not None:
            return None
    document_read = pypdfium2.PdfDocument(path)
    try:
        page = document_read[frame]
        width, height = page.get_size()
        lines = _lines(page)
        turned = page.get_rotation() != 0
    finally:
        document_read.close()
    if not lines:
        return None
    size = (round(width / _POINTS_PER_INCH * RENDER_DPI), round(height / _POINTS_PER_INCH * RENDER_DPI))
    return BornPage(width, height, _as_side(lines if not turned else (), size), _meets_pdfa(path, frame))


def form_of(document: pikepdf.Pdf, path: Path, frame: int) -> pikepdf.Object:
    """The page as a form XObject of `document`, upright as its viewer shows it."""
    with pikepdf.open(path) as source:
        return document.copy_foreign(source.pages[frame].as_form_xobject())


def _meets_pdfa(path: Path, frame: int) -> bool:
    trial = pikepdf.new()
    form = form_of(trial, path, frame)
    trial.add_blank_page(page_size=(100, 100))
    trial.pages[0].obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary({"/Page": form}))
    trial.pages[0].obj.Contents = trial.make_stream(b"q /Page Do Q")
    pikepdf.pdfa.prepare(trial, "2b")
    return pikepdf.pdfa.check(trial, "2b").passed


def _as_side(lines: tuple[Line, ...], size: tuple[int, int]) -> SideReading:
    page = PageReading("full", size[0], size[1], RENDER_DPI, None, False, lines, ())
    whole = PageRecipe("full", (0.0, 0.0, 1.0, 1.0), None)
    return SideReading(
        recipe=Recipe(0, None, (whole,)),
        width_px=size[0],
        height_px=size[1],
        dpi=RENDER_DPI,
        colour="colour",
        blank=False,
        separator=None,
        pages=(page,),
    )


def _lines(page: pypdfium2.PdfPage) -> tuple[Line, ...]:
    """The page's own words line by line, in its own order, boxes in pixels at the drawing resolution."""
    text = page.get_textpage()
    height = page.get_size()[1]
    scale = RENDER_DPI / _POINTS_PER_INCH
    lines: list[Line] = []
    words: list[Word] = []
    letters, boxes = "", list[Box]()

    def end_word() -> None:
        nonlocal letters, boxes
        if letters:
            box = (
                min(b[0] for b in boxes),
                min(b[1] for b in boxes),
                max(b[2] for b in boxes),
                max(b[3] for b in boxes),
            )
            words.append(Word(letters, box, 1.0))
        letters, boxes = "", []

    def end_line() -> None:
        end_word()
        if words:
            lines.append(Line(tuple(words), 0))
            words.clear()

    for index in range(text.count_chars()):
        letter = text.get_text_range(index, 1)
        if letter in ("\r", "\n", "\r\n"):
            end_line()
        elif not letter.strip():
            end_word()
        else:
            left, bottom, right, top = text.get_charbox(index, loose=True)
            letters += letter
            boxes.append(
                (
                    round(left * scale),
                    round((height - top) * scale),
                    round(right * scale),
                    round((height - bottom) * scale),
                )
            )
    end_line()
    return tuple(lines)
