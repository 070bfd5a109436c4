"""A sealed document is PDF/A-2b: the picture as it was captured, its words where they stand, checked or absent."""

import hashlib
import io
import subprocess
import time
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pikepdf.pdfa
import pypdfium2
import pytest
from fpdf import FPDF
from PIL import Image, ImageDraw, ImageFont

from forms.doctype import load_catalogue
from ocr.image import FileNotReadable, PdfLocked
from ocr.pdfa import DocumentMeta, SealFailed, is_signed, write_document
from ocr.pdfpages import SealPage
from ocr.reading import Line, PageReading, PageRecipe, Recipe, SideReading, Word

LATIN = "/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf"
META = DocumentMeta(
    title="Đơn đăng ký biến động",
    dossier_code="H48.12-240401-0123",
    language="vi",
    document_type="don_bien_dong",
    created_at=datetime(2024, 4, 1, 3, 30, tzinfo=UTC),
)
VIETNAMESE = (
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "Độc lập - Tự do - Hạnh phúc",
    "Trần Thị Ví Dụ, thửa 12, tờ 34",
)
KHMER = ("ព្រះរាជាណាចក្រកម្ពុជា", "ប័ណ្ណសម្គាល់ម្ចាស់អចលនវត្ថុ", "លេខ ១២៣៤")
DPI = 200


def picture(width: int = 1654, height: int = 2339, texts: tuple[str, ...] = VIETNAMESE) -> Image.Image:
    page = Image.new("RGB", (width, height), (246, 243, 232))
    pen = ImageDraw.Draw(page)
    font = ImageFont.truetype(LATIN, 40)
    for row, text in enumerate(texts):
        pen.text((200, 300 + 100 * row), text, font=font, fill=(20, 20, 24))
    pen.ellipse((900, 900, 1180, 1180), outline=(200, 30, 40), width=8)
    return page


def words_of(texts: tuple[str, ...], left: int = 200, top: int = 300) -> tuple[Line, ...]:
    """The words of `texts` where `picture` draws them."""
    font = ImageFont.truetype(LATIN, 40)
    lines = []
    for row, text in enumerate(texts):
        words, x = [], float(left)
        for word in text.split():
            width = font.getlength(word)
            box = (round(x), top + 100 * row + 8, round(x + width), top + 100 * row + 48)
            words.append(Word(word, box, 0.9))
            x += width + font.getlength(" ")
        lines.append(Line(tuple(words), row))
    return tuple(lines)


def side(
    size: tuple[int, int],
    lines: tuple[Line, ...] = (),
    rotation: int = 0,
    skew: float | None = None,
    colour: str = "colour",
    dpi: int = DPI,
) -> SideReading:
    """A side of one page; `size` is the stored picture's."""
    upright = size if rotation in (0, 180) else (size[1], size[0])
    page = PageReading("full", upright[0], upright[1], dpi, skew, False, lines, ())
    recipe = Recipe(rotation, None, (PageRecipe("full", (0.0, 0.0, 1.0, 1.0), skew),))
    return SideReading(recipe, size[0], size[1], dpi, colour, False, None, (page,))


def jpeg(target: Path, image: Image.Image, **more: object) -> Path:
    image.save(target, format="JPEG", quality=85, dpi=(DPI, DPI), **more)
    return target


def extracted(pdf: Path, *options: str) -> str:
    done = subprocess.run(["pdftotext", *options, str(pdf), "-"], capture_output=True, text=True, check=True)
    return done.stdout


def rendered(pdf: Path, number: int = 0) -> np.ndarray:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return np.array(document[number].render(scale=100 / 72).to_numpy()[:, :, :3])
    finally:
        document.close()


def test_the_captured_jpeg_stays_byte_for_byte(tmp_path: Path) -> None:
    source = jpeg(tmp_path / "scan", picture())
    report = write_document([SealPage(source, 0, side((1654, 2339)))], tmp_path / "out.pdf", META, "faithful")

    with pikepdf.open(tmp_path / "out.pdf") as document:
        image = document.pages[0].obj.Resources.XObject.Im0
        assert image.read_raw_bytes() == source.read_bytes()
        assert [float(value) for value in document.pages[0].mediabox] == pytest.approx(
            [0, 0, 1654 * 72 / DPI, 2339 * 72 / DPI], abs=0.01
        )
        assert document.pdf_version >= "1.4"
    assert report.pages == 1
    assert report.bytes == (tmp_path / "out.pdf").stat().st_size
    assert report.sha256 == hashlib.sha256((tmp_path / "out.pdf").read_bytes()).hexdigest()
    assert report.findings == ()
    assert not report.text_layer


@pytest.mark.parametrize("profile", ["faithful", "layered"])
def test_the_file_is_pdfa_2b_without_findings_and_says_what_it_is(tmp_path: Path, profile: str) -> None:
    source = jpeg(tmp_path / "scan", picture())
    page = SealPage(source, 0, side((1654, 2339), words_of(VIETNAMESE)))
    write_document([page], tmp_path / "out.pdf", META, profile)  # type: ignore[arg-type]

    assert pikepdf.pdfa.validate_written(tmp_path / "out.pdf", "2b").findings == []
    with pikepdf.open(tmp_path / "out.pdf") as document, document.open_metadata() as xmp:
        assert xmp["dc:title"] == META.title
        assert xmp["dc:identifier"] == META.dossier_code
        assert "vi" in xmp["dc:language"]
        assert "don_bien_dong" in xmp["dc:type"]
        assert xmp["pdfaid:part"] == "2"
        assert str(document.Root.Lang) == "vi"


@pytest.mark.parametrize("texts", [VIETNAMESE, KHMER], ids=["vietnamese", "khmer"])
def test_text_comes_back_as_it_was_read(tmp_path: Path, texts: tuple[str, ...]) -> None:
    source = jpeg(tmp_path / "scan", picture())
    write_document(
        [SealPage(source, 0, side((1654, 2339), words_of(texts)))], tmp_path / "out.pdf", META, "faithful"
    )
    for text in (extracted(tmp_path / "out.pdf"), extracted(tmp_path / "out.pdf", "-raw")):
        assert [line for line in text.strip().splitlines() if line.strip()] == list(texts)
        assert unicodedata.is_normalized("NFC", text)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_a_turned_page_is_shown_upright_with_its_words_in_place(tmp_path: Path, rotation: int) -> None:
    upright = picture()
    source = jpeg(tmp_path / "scan", upright.rotate(-rotation, expand=True))
    size = (1654, 2339) if rotation in (0, 180) else (2339, 1654)
    write_document(
        [SealPage(source, 0, side(size, words_of(VIETNAMESE), rotation))],
        tmp_path / "out.pdf",
        META,
        "faithful",
    )
    shown = cv2.cvtColor(rendered(tmp_path / "out.pdf"), cv2.COLOR_BGR2GRAY).astype(int)
    wanted = np.array(upright.convert("L").resize((shown.shape[1], shown.shape[0]))).astype(int)
    assert np.abs(shown - wanted).mean() < 3
    first = word_boxes(tmp_path / "out.pdf")[0]
    assert first[0] == "CỘNG"
    assert np.abs(np.array(first[1]) - np.array(words_of(VIETNAMESE)[0].words[0].box) * 72 / DPI).max() < 2


def test_two_sheets_of_one_picture_are_each_shown_as_they_were_turned(tmp_path: Path) -> None:
    source = jpeg(tmp_path / "scan", picture())
    turns = (0, 90, 180, 0)
    pages = [
        SealPage(source, 0, side((1654, 2339), rotation=turn), side_id=n) for n, turn in enumerate(turns)
    ]
    write_document(pages, tmp_path / "out.pdf", META, "faithful")
    for number, turn in enumerate(turns):
        shown = cv2.cvtColor(rendered(tmp_path / "out.pdf", number), cv2.COLOR_BGR2GRAY).astype(int)
        upright = picture().rotate(turn, expand=True).convert("L")
        wanted = np.array(upright.resize((shown.shape[1], shown.shape[0]))).astype(int)
        assert np.abs(shown - wanted).mean() < 3
    with pikepdf.open(tmp_path / "out.pdf") as document:
        first, last = (document.pages[n].obj.Resources.XObject.Im0 for n in (0, 3))
        assert first.objgen == last.objgen


def word_boxes(pdf: Path) -> list[tuple[str, tuple[float, ...]]]:
    rows = [row for row in extracted(pdf, "-bbox").splitlines() if "<word" in row]
    return [
        (row.split(">")[1].split("<")[0], tuple(float(part) for part in row.split('"')[1::2])) for row in rows
    ]


def test_words_of_a_skewed_page_lie_over_their_pixels(tmp_path: Path) -> None:
    skew = 2.0
    straight = np.array(picture())
    matrix = cv2.getRotationMatrix2D(((1654 - 1) / 2, (2339 - 1) / 2), -skew, 1.0)
    askew = cv2.warpAffine(straight, matrix, (1654, 2339), borderValue=(246, 243, 232))
    source = jpeg(tmp_path / "scan", Image.fromarray(askew))
    lines = words_of(VIETNAMESE)
    write_document(
        [SealPage(source, 0, side((1654, 2339), lines, skew=skew))], tmp_path / "out.pdf", META, "faithful"
    )
    boxes = dict(word_boxes(tmp_path / "out.pdf"))
    for word in (word for line in lines for word in line.words if len(word.text) > 2):
        middle = matrix @ [(word.box[0] + word.box[2]) / 2, (word.box[1] + word.box[3]) / 2, 1]
        found = boxes[word.text.rstrip(",")] if word.text.rstrip(",") in boxes else boxes[word.text]
        assert abs((found[0] + found[2]) / 2 * DPI / 72 - middle[0]) < 6
        assert abs((found[1] + found[3]) / 2 * DPI / 72 - middle[1]) < 6


def test_a_spread_stays_one_page_left_half_first_with_bookmarks(tmp_path: Path) -> None:
    source = jpeg(tmp_path / "scan", picture(3307, 2339))
    halves = []
    for name, texts, width in (("left", ("Trang bốn",), 1650), ("right", ("Trang một",), 1657)):
        halves.append(PageReading(name, width, 2339, DPI, 0.0, False, words_of(texts), ()))
    recipe = Recipe(
        0,
        0.499,
        (PageRecipe("left", (0.0, 0.0, 0.499, 1.0), 0.0), PageRecipe("right", (0.499, 0.0, 1.0, 1.0), 0.0)),
    )
    reading = SideReading(recipe, 3307, 2339, DPI, "colour", False, None, tuple(halves))
    report = write_document(
        [SealPage(source, 0, reading, bookmarks=("4", "1"))], tmp_path / "out.pdf", META, "faithful"
    )
    assert report.pages == 1
    assert extracted(tmp_path / "out.pdf", "-raw").split() == ["Trang", "bốn", "Trang", "một"]
    with pikepdf.open(tmp_path / "out.pdf") as document, document.open_outline() as outline:
        assert [entry.title for entry in outline.root] == ["4", "1"]
        assert float(outline.root[1].destination[2]) == pytest.approx(1650 * 72 / DPI, abs=1)


def test_halves_as_pages_show_their_part_of_one_untouched_picture(tmp_path: Path) -> None:
    spread = picture(3307, 2339, ("Trang bốn",))
    spread.paste((30, 60, 200), (1657, 0, 3307, 2339))
    source = jpeg(tmp_path / "scan", spread)
    cuts = (("left", (0.0, 0.0, 0.5, 1.0), ("Trang bốn",)), ("right", (0.5, 0.0, 1.0, 1.0), ("Trang một",)))
    halves = tuple(
        PageReading(name, 1653, 2339, DPI, 0.0, False, words_of(texts), ()) for name, _, texts in cuts
    )
    recipe = Recipe(0, 0.5, tuple(PageRecipe(name, window, 0.0) for name, window, _ in cuts))
    reading = SideReading(recipe, 3307, 2339, DPI, "grey", False, None, halves)
    shown = [SealPage(source, 0, reading, ("1",), "right"), SealPage(source, 0, reading, ("4",), "left")]
    report = write_document(shown, tmp_path / "out.pdf", META, "faithful")
    assert (report.pages, [f.values for f in report.findings]) == (2, [{"sheet": 1}])
    assert report.bytes < 1.2 * source.stat().st_size
    pages = [extracted(tmp_path / "out.pdf", "-raw", "-f", n, "-l", n).split() for n in "12"]
    assert pages == [["Trang", "một"], ["Trang", "bốn"]]
    with pikepdf.open(tmp_path / "out.pdf") as document:
        first, second = (sheet.obj.Resources.XObject.Im0 for sheet in document.pages)
        assert first.objgen == second.objgen
        assert first.read_raw_bytes() == source.read_bytes()
    right, left = rendered(tmp_path / "out.pdf", 0), rendered(tmp_path / "out.pdf", 1)
    assert right.shape == left.shape == (1170, 827, 3)
    assert np.abs(right.mean(axis=(0, 1)) - (200, 60, 30)).max() < 3
    assert left.mean() > 220


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    source = jpeg(tmp_path / "scan", picture())
    pages = [SealPage(source, 0, side((1654, 2339), words_of(VIETNAMESE)))]
    for profile in ("faithful", "layered"):
        first = write_document(pages, tmp_path / "a.pdf", META, profile)  # type: ignore[arg-type]
        second = write_document(pages, tmp_path / "b.pdf", META, profile)  # type: ignore[arg-type]
        assert first.sha256 == second.sha256


def test_bilevel_tiff_frames_keep_every_pixel(tmp_path: Path) -> None:
    frames = [picture(texts=(f"Trang {number}",)).convert("1") for number in (1, 2)]
    source = tmp_path / "scan"
    frames[0].save(
        source, format="TIFF", save_all=True, append_images=frames[1:], compression="group4", dpi=(DPI, DPI)
    )
    sides = [SealPage(source, frame, side((1654, 2339), colour="bilevel")) for frame in (0, 1)]
    report = write_document(sides, tmp_path / "out.pdf", META, "layered")

    assert [finding.kind for finding in report.findings] == ["not_colour", "not_colour"]
    with pikepdf.open(tmp_path / "out.pdf") as document:
        for number, frame in enumerate(frames):
            image = document.pages[number].obj.Resources.XObject.Im0
            assert image.Filter == pikepdf.Name.CCITTFaxDecode
            kept = pikepdf.PdfImage(image).as_pil_image().convert("L")
            assert np.array_equal(np.array(kept), np.array(frame.convert("L")))


def test_jpeg_strips_of_a_tiff_are_joined_without_loss(tmp_path: Path) -> None:
    source = tmp_path / "scan"
    grey = picture().convert("L")
    grey.save(source, format="TIFF", compression="jpeg", dpi=(DPI, DPI))
    with Image.open(source) as tiff:
        assert len(tiff.tag_v2[273]) > 1
        decoded = np.array(tiff)
    write_document(
        [SealPage(source, 0, side((1654, 2339), colour="grey"))], tmp_path / "out.pdf", META, "faithful"
    )
    with pikepdf.open(tmp_path / "out.pdf") as document:
        image = document.pages[0].obj.Resources.XObject.Im0
        assert image.Filter == pikepdf.Name.DCTDecode
        kept = Image.open(io.BytesIO(image.read_raw_bytes()))
        assert np.array_equal(np.array(kept), decoded)


def test_a_png_keeps_every_pixel(tmp_path: Path) -> None:
    source = tmp_path / "scan"
    picture().save(source, format="PNG", dpi=(DPI, DPI))
    write_document([SealPage(source, 0, side((1654, 2339)))], tmp_path / "out.pdf", META, "faithful")
    with pikepdf.open(tmp_path / "out.pdf") as document:
        kept = pikepdf.PdfImage(document.pages[0].obj.Resources.XObject.Im0).as_pil_image()
        assert np.array_equal(np.array(kept), np.array(picture()))


def test_an_exif_turned_jpeg_is_untouched_and_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[274] = 6
    source = jpeg(tmp_path / "scan", picture().rotate(90, expand=True), exif=exif.tobytes())
    write_document([SealPage(source, 0, side((1654, 2339)))], tmp_path / "out.pdf", META, "faithful")
    shown = cv2.cvtColor(rendered(tmp_path / "out.pdf"), cv2.COLOR_BGR2GRAY).astype(int)
    wanted = np.array(picture().convert("L").resize((shown.shape[1], shown.shape[0]))).astype(int)
    assert np.abs(shown - wanted).mean() < 3


def test_a_coarse_picture_is_sealed_with_the_remedy(tmp_path: Path) -> None:
    source = jpeg(tmp_path / "scan", picture())
    report = write_document(
        [SealPage(source, 0, side((1654, 2339), dpi=150))], tmp_path / "out.pdf", META, "faithful"
    )
    assert [(finding.kind, finding.values) for finding in report.findings] == [
        ("low_resolution", {"sheet": 1, "dpi": 150, "least": 200})
    ]


def test_sheets_are_counted_each_though_their_pictures_are_equal_and_blank_ones_lack_nothing(
    tmp_path: Path,
) -> None:
    source = jpeg(tmp_path / "scan", picture())
    coarse = side((1654, 2339), colour="grey", dpi=150)
    blank = replace(coarse, blank=True)
    pages = [SealPage(source, 0, read, side_id=n) for n, read in enumerate((coarse, blank, coarse))]
    report = write_document(pages, tmp_path / "out.pdf", META, "faithful")
    assert [(finding.kind, finding.values["sheet"]) for finding in report.findings] == [
        (kind, sheet) for sheet in (1, 3) for kind in ("low_resolution", "not_colour")
    ]


def test_a_map_is_asked_for_at_300_dpi(tmp_path: Path) -> None:
    source = jpeg(tmp_path / "scan", picture())
    asked = replace(META, least_dpi=load_catalogue().type_of("trich_luc_ban_do").least_dpi)
    report = write_document(
        [SealPage(source, 0, side((1654, 2339), dpi=200))], tmp_path / "out.pdf", asked, "faithful"
    )
    assert [finding.values["least"] for finding in report.findings] == [300]


def test_a_truncated_jpeg_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    whole = jpeg(tmp_path / "scan", picture()).read_bytes()
    broken = tmp_path / "broken"
    broken.write_bytes(whole[: len(whole) * 2 // 3])
    target = tmp_path / "sealed" / "out.pdf"
    target.parent.mkdir()
    with pytest.raises(FileNotReadable):
        write_document([SealPage(broken, 0, side((1654, 2339)))], target, META, "faithful")
    assert list(target.parent.iterdir()) == []


@pytest.mark.expects_log("PDF/A findings")
def test_a_file_that_fails_its_check_does_not_exist(tmp_path: Path) -> None:
    source = jpeg(tmp_path / "scan", picture())
    target = tmp_path / "sealed" / "out.pdf"
    target.parent.mkdir()
    # Eight metres of paper: larger than a PDF/A page may be.
    with pytest.raises(SealFailed):
        write_document([SealPage(source, 0, side((1654, 2339), dpi=5))], target, META, "faithful")
    assert list(target.parent.iterdir()) == []


def test_characters_no_font_can_show_are_left_out(tmp_path: Path) -> None:
    source = jpeg(tmp_path / "scan", picture())
    odd = Line((Word("\ud800\x07", (200, 300, 400, 340), 0.9), Word("chữ", (420, 300, 500, 340), 0.9)), 0)
    write_document([SealPage(source, 0, side((1654, 2339), (odd,)))], tmp_path / "out.pdf", META, "faithful")
    assert extracted(tmp_path / "out.pdf").split() == ["chữ"]


def test_a_picture_inside_a_pdf_is_taken_over_as_it_is(tmp_path: Path) -> None:
    source = jpeg(tmp_path / "scan.jpg", picture())
    write_document([SealPage(source, 0, side((1654, 2339)))], tmp_path / "copier.pdf", META, "faithful")
    write_document(
        [SealPage(tmp_path / "copier.pdf", 0, side((1654, 2339)))], tmp_path / "out.pdf", META, "faithful"
    )
    with pikepdf.open(tmp_path / "out.pdf") as document:
        assert document.pages[0].obj.Resources.XObject.Im0.read_raw_bytes() == source.read_bytes()


def office_page(target: Path, embedded: bool) -> Path:
    document = FPDF()
    document.add_page()
    if embedded:
        document.add_font("serif", fname=LATIN)
        document.set_font("serif", size=14)
    else:
        document.set_font("Helvetica", size=14)
    document.cell(0, 10, "Quyết định số 12/QĐ-VD" if embedded else "Decision no. 12")
    document.output(str(target))
    return target


@pytest.mark.parametrize("embedded", [True, False], ids=["font embedded", "font missing"])
def test_a_page_born_in_an_office_program_keeps_its_text(tmp_path: Path, embedded: bool) -> None:
    source = office_page(tmp_path / "born.pdf", embedded)
    misread = words_of(("Guyét dinh sö 1Z",))
    write_document(
        [SealPage(source, 0, side((2480, 3508), misread, dpi=300))], tmp_path / "out.pdf", META, "faithful"
    )
    assert extracted(tmp_path / "out.pdf").strip() == (
        "Quyết định số 12/QĐ-VD" if embedded else "Decision no. 12"
    )
    assert pikepdf.pdfa.validate_written(tmp_path / "out.pdf", "2b").passed


def test_a_locked_pdf_is_refused_in_words(tmp_path: Path) -> None:
    plain = office_page(tmp_path / "plain.pdf", embedded=True)
    locked = tmp_path / "locked.pdf"
    with pikepdf.open(plain) as document:
        document.save(locked, encryption=pikepdf.Encryption(user="secret", owner="secret"))
    with pytest.raises(PdfLocked):
        write_document(
            [SealPage(locked, 0, side((2480, 3508), dpi=300))], tmp_path / "out.pdf", META, "faithful"
        )
    assert not (tmp_path / "out.pdf").exists()


def test_a_signed_pdf_is_named_to_be_kept_beside(tmp_path: Path) -> None:
    plain = office_page(tmp_path / "plain.pdf", embedded=True)
    signed = tmp_path / "signed.pdf"
    with pikepdf.open(plain) as document:
        signature = document.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Sig, Contents=b"\x00" * 16))
        field = pikepdf.Dictionary(FT=pikepdf.Name.Sig, T=pikepdf.String("chu ky"), V=signature)
        document.Root.AcroForm = pikepdf.Dictionary(
            Fields=pikepdf.Array([document.make_indirect(field)]), SigFlags=3
        )
        document.save(signed)
    before = signed.read_bytes()
    report = write_document(
        [SealPage(signed, 0, side((2480, 3508), dpi=300))], tmp_path / "out.pdf", META, "faithful"
    )
    assert is_signed(signed)
    assert not is_signed(plain)
    assert report.keep_beside == (signed,)
    assert [finding.kind for finding in report.findings] == ["signed_source"]
    assert signed.read_bytes() == before


def test_a_thick_document_waits_on_disk_and_comes_out_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = jpeg(tmp_path / "scan", picture())
    pages = [SealPage(source, 0, side((1654, 2339), words_of((f"Trang {n}",)))) for n in range(5)]
    pages[3] = replace(pages[3], bookmarks=("4",))
    folder = tmp_path / "sealed"
    folder.mkdir()
    monkeypatch.setattr("ocr.pdfpages._PART_BYTES", 2 * source.stat().st_size - 1)
    first = write_document(pages, folder / "out.pdf", META, "faithful")
    time.sleep(1.1)  # names made from the clock would differ
    second = write_document(pages, folder / "out.pdf", META, "faithful")
    assert first.sha256 == second.sha256
    assert extracted(folder / "out.pdf").split() == [
        "Trang",
        "0",
        "Trang",
        "1",
        "Trang",
        "2",
        "Trang",
        "3",
        "Trang",
        "4",
    ]
    with pikepdf.open(folder / "out.pdf") as document, document.open_outline() as outline:
        kept = [page.obj.Resources.XObject.Im0.read_raw_bytes() for page in document.pages]
        assert outline.root[0].destination[0] == document.pages[3].obj
    assert kept == [source.read_bytes()] * 5
    assert [path.name for path in folder.iterdir()] == ["out.pdf"]
