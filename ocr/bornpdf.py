"""Pages of PDFs that are more than one picture: written by an office program, filled in, signed, put together.

Such a page keeps its text. Where it meets PDF/A-2b as it is, it is taken over whole, letters, lines and pictures
as they are, with what was filled in or stamped on it by a signature. Where it does not (a font that is not
embedded, transparency), it is drawn as a picture at 300 dpi. Its own text stays or is laid beneath, not a
recogniser's; only what a picture on it shows is read.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pikepdf
import pikepdf.pdfa
import pypdfium2
import pypdfium2.raw as pdfium_c

from ocr.image import RENDER_DPI
from ocr.pdf import has_marks, only_image
from ocr.reading import Box, Line, PageReading, PageRecipe, Recipe, SideReading, Word

_POINTS_PER_INCH = 72.0
# A picture of less than this share of the page is a crest or a letterhead's logo: nothing to be read.
_PICTURED_SHARE = 0.2


@dataclass(frozen=True)
class BornPage:
    """A page that is more than one picture.

    Attributes:
        width_pt, height_pt: its upright size.
        reading: its own text; no lines where it has none.
        pictured: part of it is a picture that may show more text.
        meets_pdfa: it can be taken over as it is.
    """

    width_pt: float
    height_pt: float
    reading: SideReading
    pictured: bool
    meets_pdfa: bool


def find_born_page(path: Path, frame: int) -> BornPage | None:
    """The page where it is more than one picture, None where it is that, or empty.

    Raises:
        pikepdf.PasswordError: the file needs a password.
    """
    with pikepdf.open(path) as document:
        if only_image(document.pages[frame]) is not None:
            return None
    with _as_shown(path, frame) as shown:
        written = io.BytesIO()
        shown.save(written)
    document_read = pypdfium2.PdfDocument(written.getvalue())
    try:
        page = document_read[0]
        width, height = page.get_size()
        lines = _lines(page)
        pictured = _is_pictured(page)
    finally:
        document_read.close()
    if not lines and not pictured:
        return None
    size = (round(width / _POINTS_PER_INCH * RENDER_DPI), round(height / _POINTS_PER_INCH * RENDER_DPI))
    return BornPage(width, height, _as_side(lines, size), pictured, _meets_pdfa(path, frame))


def form_of(document: pikepdf.Pdf, path: Path, frame: int) -> pikepdf.Object:
    """The page as a form XObject of `document`, upright as its viewer shows it."""
    with _as_shown(path, frame) as source:
        return document.copy_foreign(source.pages[0].as_form_xobject())


def read_from_pictures(reading: SideReading, born: BornPage) -> SideReading:
    """What was read on the page less what stands there as text of its own."""
    own = [word.box for line in born.reading.pages[0].lines for word in line.words]
    if not own:
        return reading
    if not born.pictured or len(reading.pages) != 1:
        return replace(reading, pages=tuple(replace(page, lines=()) for page in reading.pages))
    page = reading.pages[0]
    scale = RENDER_DPI / page.dpi
    lines = []
    for line in page.lines:
        kept = tuple(word for word in line.words if not _covered(word.box, scale, own))
        if kept:
            lines.append(replace(line, words=kept))
    return replace(reading, pages=(replace(page, lines=tuple(lines)),))


def _covered(box: Box, scale: float, own: list[Box]) -> bool:
    """Whether the middle of a word that was read lies in a word of the page itself."""
    x, y = (box[0] + box[2]) / 2 * scale, (box[1] + box[3]) / 2 * scale
    return any(left <= x <= right and top <= y <= bottom for left, top, right, bottom in own)


@contextmanager
def _as_shown(path: Path, frame: int) -> Iterator[pikepdf.Pdf]:
    """The page alone, upright, cut as viewers cut it, with what is filled in and stamped on it part of its content."""
    with pikepdf.open(path) as source:
        page = source.pages[frame]
        if has_marks(page):
            source.generate_appearance_streams()
            source.flatten_annotations("screen")
        page.trimbox = page.cropbox
        single = pikepdf.new()
        form = single.copy_foreign(page.as_form_xobject())
        left, bottom, right, top = (float(value) for value in form.BBox)
        turn = pikepdf.Matrix(form.get("/Matrix", pikepdf.Array([1, 0, 0, 1, 0, 0])))
        corners = [turn.transform((x, y)) for x in (left, right) for y in (bottom, top)]
        low = [min(corner[axis] for corner in corners) for axis in (0, 1)]
        high = [max(corner[axis] for corner in corners) for axis in (0, 1)]
        sheet = single.add_blank_page(page_size=(high[0] - low[0], high[1] - low[1]))
        sheet.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary({"/Page": form}))
        sheet.obj.Contents = single.make_stream(
            f"q 1 0 0 1 {-low[0]:.4f} {-low[1]:.4f} cm /Page Do Q".encode()
        )
        yield single


def _is_pictured(page: pypdfium2.PdfPage) -> bool:
    width, height = page.get_size()
    for item in page.get_objects(filter=(pdfium_c.FPDF_PAGEOBJ_IMAGE,), max_depth=4):
        left, bottom, right, top = item.get_bounds()
        if (right - left) * (top - bottom) > _PICTURED_SHARE * width * height:
            return True
    return False


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
