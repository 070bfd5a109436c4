"""Pages of PDFs that are more than one picture keep all that a viewer shows on them, and their own text."""

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import numpy as np
import pikepdf
import pikepdf.pdfa
import pypdfium2
import pytest
from fpdf import FPDF
from pikepdf import Array, Dictionary, Name
from PIL import Image, ImageDraw

from ocr.image import load
from ocr.pdf_view import render_pdf_page
from ocr.pdfa import DocumentMeta, write_document
from ocr.pdfpages import SealPage
from ocr.reading import Line, PageReading, PageRecipe, Recipe, SideReading, Word

META = DocumentMeta("Giấy tờ mẫu", "H48.12-240401-0123", "vi", "khac", datetime(2024, 4, 1, tzinfo=UTC))
SERIF = "/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf"
A4_PX, DPI = (2480, 3508), 300


def side(size: tuple[int, int], *words: Word) -> SideReading:
    lines = (Line(words, 0),) if words else ()
    page = PageReading("full", *size, DPI, None, False, lines, ())
    recipe = Recipe(0, None, (PageRecipe("full", (0.0, 0.0, 1.0, 1.0), None),))
    return SideReading(recipe, *size, DPI, "colour", False, None, (page,))


def typed_page(target: Path, text: str = "Đơn điền bằng máy") -> Path:
    document = FPDF()
    document.add_page()
    document.add_font("serif", fname=SERIF)
    document.set_font("serif", size=14)
    document.cell(0, 10, text)
    document.output(str(target))
    return target


def scanned_page(target: Path, strips: int) -> tuple[Path, list[bytes]]:
    """An A4 page of JPEG strips one below the other, and their bytes."""
    document = pikepdf.new()
    sheet = document.add_blank_page(page_size=(595, 842))
    pieces, drawing, names = [], b"", {}
    for number in range(strips):
        picture = Image.new("RGB", (1240, 1754 // strips), (250, 250 - number, 240))
        ImageDraw.Draw(picture).line((100, 50, 900, 60), fill=(20, 20, 20), width=5)
        written = BytesIO()
        picture.save(written, "JPEG", quality=90)
        pieces.append(written.getvalue())
        image = pikepdf.Stream(document, b"")
        image.write(pieces[-1], filter=Name.DCTDecode)
        image.Type, image.Subtype = Name.XObject, Name.Image
        image.Width, image.Height = picture.size
        image.ColorSpace, image.BitsPerComponent = Name.DeviceRGB, 8
        names[f"/Im{number}"] = image
        high = 842 / strips
        drawing += f"q 595 0 0 {high} 0 {842 - high * (number + 1)} cm /Im{number} Do Q\n".encode()
    sheet.obj.Resources = Dictionary(XObject=Dictionary(names))
    sheet.obj.Contents = document.make_stream(drawing)
    document.save(target)
    return target, pieces


def stamped(source: Path, target: Path) -> Path:
    """The file with a red field on its first page, 200 by 30 points, as a visible signature leaves it."""
    with pikepdf.open(source) as document:
        look = document.make_stream(b"1 0 0 rg 0 0 200 30 re f", BBox=Array([0, 0, 200, 30]))
        look.Type, look.Subtype = Name.XObject, Name.Form
        field = Dictionary(Type=Name.Annot, Subtype=Name.Widget, FT=Name.Sig, F=4, AP=Dictionary(N=look))
        field.T, field.Rect = pikepdf.String("chữ ký"), Array([300, 700, 500, 730])
        field = document.make_indirect(field)
        document.pages[0].obj.Annots = Array([field])
        document.Root.AcroForm = Dictionary(Fields=Array([field]))
        document.save(target)
    return target


def red_share(picture: np.ndarray) -> float:
    """The share of red pixels in RGB."""
    return float(((picture[:, :, 0] > 200) & (picture[:, :, 1] < 60) & (picture[:, :, 2] < 60)).mean())


def shown(pdf: Path) -> np.ndarray:
    return np.array(Image.open(BytesIO(render_pdf_page(pdf, 0, 800))))


def text_of(pdf: Path) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return str(document[0].get_textpage().get_text_range()).split()
    finally:
        document.close()


def sealed(source: Path, target: Path, reading: SideReading) -> Path:
    write_document([SealPage(source, 0, reading)], target, META, "faithful")
    assert pikepdf.pdfa.validate_written(target, "2b").findings == []
    return target


@pytest.mark.parametrize("kind", ["typed", "scanned"])
def test_a_visible_signature_is_read_shown_and_sealed(tmp_path: Path, kind: str) -> None:
    page = tmp_path / "page.pdf"
    if kind == "typed":
        typed_page(page)
    else:
        scanned_page(page, strips=1)
    signed = stamped(page, tmp_path / "signed.pdf")
    there = 200 * 30 / (595 * 842)
    assert red_share(shown(signed)) == pytest.approx(there, rel=0.1)
    assert red_share(load(signed, 0).array[:, :, ::-1]) == pytest.approx(there, rel=0.1)
    out = sealed(signed, tmp_path / "out.pdf", side(A4_PX))
    assert red_share(shown(out)) == pytest.approx(there, rel=0.1)


def test_a_page_of_strips_keeps_them_untouched_and_gets_its_words(tmp_path: Path) -> None:
    source, strips = scanned_page(tmp_path / "copier.pdf", strips=4)
    out = sealed(source, tmp_path / "out.pdf", side(A4_PX, Word("Tưởng", (400, 400, 700, 460), 0.9)))
    with pikepdf.open(out) as document:
        kept = [
            item.read_raw_bytes()
            for item in document.objects
            if isinstance(item, pikepdf.Stream) and item.get("/Subtype") == Name.Image
        ]
    assert sorted(kept) == sorted(strips)
    assert text_of(out) == ["Tưởng"]


def test_of_a_scan_with_a_printed_line_each_word_is_there_once(tmp_path: Path) -> None:
    typed = typed_page(tmp_path / "typed.pdf", "Đã nhận")
    scanned, _ = scanned_page(tmp_path / "scan.pdf", strips=1)
    with pikepdf.open(typed) as over, pikepdf.open(scanned) as under:
        over.pages[0].add_underlay(under.pages[0])
        over.save(tmp_path / "both.pdf")
    born = (120, 140, 300, 180)  # where the line stands at 300 dpi
    read = side(A4_PX, Word("Da", born, 0.4), Word("Tưởng", (400, 1400, 700, 1460), 0.9))
    assert text_of(sealed(tmp_path / "both.pdf", tmp_path / "out.pdf", read)) == ["Đã", "nhận", "Tưởng"]


def test_a_turned_and_cut_page_is_upright_whole_and_keeps_its_text(tmp_path: Path) -> None:
    with pikepdf.open(typed_page(tmp_path / "typed.pdf")) as document:
        page = document.pages[0]
        page.obj.Rotate = 90
        page.cropbox = [20, 600, 520, 840]
        document.save(tmp_path / "turned.pdf")
    size = (round(240 / 72 * DPI), round(500 / 72 * DPI))
    out = sealed(tmp_path / "turned.pdf", tmp_path / "out.pdf", side(size, Word("Bon", (1, 1, 9, 9), 0.3)))
    before, after = (
        np.array(Image.fromarray(shown(path)).resize((384, 800))).astype(int)
        for path in (tmp_path / "turned.pdf", out)
    )
    assert np.abs(before - after).mean() < 2
    assert before.min() < 100
    assert text_of(out) == ["Đơn", "điền", "bằng", "máy"]
