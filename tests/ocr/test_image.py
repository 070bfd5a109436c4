"""Decoding: every delivered file gives upright pixels, a credible resolution, or a sentence."""

import io
import struct
import zlib
from pathlib import Path

import img2pdf
import numpy as np
import pikepdf
import pytest
from PIL import Image

from ocr import image
from tests.ocr.pages import letter, saved


def test_a_frame_of_a_fax_tiff_is_bilevel_with_its_own_dpi(tmp_path: Path) -> None:
    pages = [Image.fromarray(letter(n)).convert("1") for n in (3, 5)]
    path = tmp_path / "fax.tif"
    pages[0].save(path, save_all=True, append_images=pages[1:], compression="group4", dpi=(200, 200))
    assert image.count_frames(path) == 2
    second = image.load(path, 1)
    assert (second.mode, second.dpi) == ("bilevel", 200)
    assert set(np.unique(second.array)) == {0, 255}
    with pytest.raises(image.NoSuchFrame):
        image.load(path, 2)


def test_a_picture_turned_by_its_exif_tag_comes_out_as_it_is_seen(tmp_path: Path) -> None:
    picture = Image.fromarray(np.dstack([letter(4)] * 3))
    tags = Image.Exif()
    tags[274] = 6
    path = tmp_path / "phone.jpg"
    picture.save(path, exif=tags, dpi=(200, 200))
    loaded = image.load(path, 0)
    assert loaded.array.shape[:2] == (picture.width, picture.height)
    assert image.list_frames(path)[0].width_px == picture.height


@pytest.mark.parametrize("stated", [None, (1, 1), (72, 72)])
def test_an_absurd_resolution_is_replaced_by_the_paper_size(
    tmp_path: Path, stated: tuple[int, int] | None
) -> None:
    path = tmp_path / "page.png"
    Image.fromarray(letter(2)).save(path, **({"dpi": stated} if stated else {}))
    assert image.load(path, 0).dpi == 200


def test_a_hundred_dpi_counted_by_the_metre_are_a_hundred(tmp_path: Path) -> None:
    path = tmp_path / "page.png"
    Image.new("L", (1654, 1169)).save(path, dpi=(100, 100))
    assert image.load(path, 0).dpi == 100


def test_a_scanned_pdf_page_gives_the_scanner_its_own_pixels(tmp_path: Path) -> None:
    original = saved(letter(6), tmp_path / "page.jpg")
    path = tmp_path / "page.pdf"
    path.write_bytes(img2pdf.convert(original.read_bytes()))
    loaded = image.load(path, 0)
    assert loaded.dpi == 200
    assert np.array_equal(loaded.array, image.load(original, 0).array)


def test_a_locked_pdf_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "locked.pdf"
    with pikepdf.new() as document:
        document.add_blank_page()
        document.save(path, encryption=pikepdf.Encryption(user="secret", owner="secret"))
    with pytest.raises(image.PdfLocked, match="password"):
        image.load(path, 0)


def test_a_bomb_is_refused_before_its_pixels_are_unpacked(tmp_path: Path) -> None:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 0, 0, 0, 0)
    path = tmp_path / "bomb.png"
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )
    with pytest.raises(image.PictureTooLarge, match="million"):
        image.load(path, 0)


@pytest.mark.parametrize("kind", ["a page of five metres", "a picture of 100,000 pixels a side"])
def test_a_pdf_far_too_large_is_refused_before_its_pixels_are_unpacked(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "bomb.pdf"
    with pikepdf.new() as document:
        if kind == "a page of five metres":
            document.add_blank_page(page_size=(14_400, 14_400))
            document.pages[0].obj.Contents = document.make_stream(b"0 0 m 14400 14400 l S")
        else:
            document.add_blank_page(page_size=(595, 842))
            picture = document.make_stream(b"")
            picture.write(zlib.compress(bytes(1000)), filter=pikepdf.Name.FlateDecode)
            picture.Subtype, picture.ColorSpace = pikepdf.Name.Image, pikepdf.Name.DeviceGray
            picture.Width = picture.Height = 100_000
            picture.BitsPerComponent = 8
            document.pages[0].obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=picture))
            document.pages[0].obj.Contents = document.make_stream(b"q 595 0 0 842 0 0 cm /Im0 Do Q")
        document.save(path)
    with pytest.raises(image.PictureTooLarge, match="million"):
        image.load(path, 0)


@pytest.mark.parametrize(
    "content", [b"", b"no picture at all", b"\xff\xd8\xff\xe0 cut short", b"%PDF-1.7 cut"]
)
def test_a_damaged_file_is_refused_in_words(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.jpg"
    path.write_bytes(content)
    with pytest.raises(image.FileNotReadable):
        image.load(path, 0)


def test_transparent_parts_are_paper(tmp_path: Path) -> None:
    layer = Image.new("RGBA", (800, 1100), (0, 0, 0, 0))
    path = tmp_path / "layer.png"
    layer.save(path)
    assert int(image.load(path, 0).array.min()) == 255


def test_turning_and_encoding_keep_the_picture() -> None:
    page = letter(3)
    assert np.array_equal(image.turned(image.turned(page, 90), 270), page)
    with Image.open(io.BytesIO(image.encode_jpeg(page, 90))) as decoded:
        assert decoded.size == (page.shape[1], page.shape[0])
