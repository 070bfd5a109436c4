"""Layers make a colour text page small and keep it like itself; what is no text page stays whole."""

import cv2
import numpy as np
import pikepdf
from PIL import Image, ImageDraw, ImageFont

from ocr.layers import Layers, split_layers, structural_similarity
from ocr.pdf import encode_g4

SERIF = "/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf"
DPI = 200
STAMP = (1000, 1500, 1300, 1800)
SENTENCE = "Tôi xin cam đoan nội dung kê khai trên đơn này là đúng sự thật, thửa 12"


def paper(seed: int = 3) -> np.ndarray:
    """A4 at 200 dpi as scanned: yellowish, unevenly lit, print, a red stamp, a faint pencil line; BGR."""
    page = Image.new("RGB", (1654, 2339), (247, 244, 232))
    pen = ImageDraw.Draw(page)
    font = ImageFont.truetype(SERIF, 34)
    for row in range(28):
        pen.text((160, 200 + 58 * row), SENTENCE, font=font, fill=(28, 27, 30))
    pen.ellipse(STAMP, outline=(205, 40, 50), width=7)
    pen.text((1060, 1620), "MẪU DẤU", font=font, fill=(205, 40, 50))
    pen.line((200, 2050, 900, 2090), fill=(196, 194, 188), width=4)
    array = cv2.cvtColor(np.array(page), cv2.COLOR_RGB2BGR)
    array = cv2.GaussianBlur(array, (0, 0), 0.8).astype(np.float32)
    array -= np.linspace(0, 18, 1654, dtype=np.float32)[None, :, None]
    array += np.random.default_rng(seed).normal(0, 2.5, array.shape)
    return array.clip(0, 255).astype(np.uint8)


def drawn(layers: Layers, shape: tuple[int, ...]) -> np.ndarray:
    """The layers over each other at the shape of the side."""
    height, width = shape[:2]
    whole = cv2.imdecode(np.frombuffer(layers.paper.jpeg, np.uint8), cv2.IMREAD_COLOR)
    canvas = cv2.resize(whole, (width, height))
    for tile in layers.coloured:
        left, top, right, bottom = (round(s * n) for s, n in zip(tile.box, (width, height) * 2, strict=True))
        cut = cv2.imdecode(np.frombuffer(tile.jpeg, np.uint8), cv2.IMREAD_COLOR)
        canvas[top:bottom, left:right] = cv2.resize(cut, (right - left, bottom - top))
    for stencil in layers.stencils:
        ink = decoded_ink(stencil.data, stencil.width_px, stencil.height_px)
        share = cv2.resize(ink, (width, height), interpolation=cv2.INTER_AREA)[:, :, None] / 255
        canvas = (canvas * (1 - share) + 255 * stencil.tone * share).astype(np.uint8)
    return canvas


def decoded_ink(data: bytes, width: int, height: int) -> np.ndarray:
    document = pikepdf.new()
    stream = pikepdf.Stream(document, b"")
    stream.write(
        data,
        filter=pikepdf.Name.CCITTFaxDecode,
        decode_parms=pikepdf.Dictionary(K=-1, Columns=width, Rows=height),
    )
    stream.Subtype, stream.Width, stream.Height = pikepdf.Name.Image, width, height
    stream.BitsPerComponent, stream.ColorSpace = 1, pikepdf.Name.DeviceGray
    grey = np.array(pikepdf.PdfImage(stream).as_pil_image().convert("L"))
    return np.where(grey < 128, 255, 0).astype(np.uint8)


def test_a_text_page_is_small_and_like_itself() -> None:
    side = paper()
    layers = split_layers(side, DPI)
    assert layers is not None
    assert layers.byte_count < 100_000
    before, after = (
        cv2.cvtColor(
            cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY
        )
        for image in (side, drawn(layers, side.shape))
    )
    assert structural_similarity(before, after) >= 0.90


def test_a_stamp_keeps_its_colour_and_pencil_stays() -> None:
    side = paper()
    layers = split_layers(side, DPI)
    assert layers is not None
    shown = drawn(layers, side.shape)
    left, top, right, bottom = STAMP
    before, after = (
        cv2.cvtColor(image[top:bottom, left:right].astype(np.float32) / 255, cv2.COLOR_BGR2LAB)
        for image in (side, shown)
    )
    red = before[:, :, 1] > 30
    assert np.median(np.linalg.norm(before - after, axis=2)[red]) < 6
    faint, kept = (
        float(image[2020:2040, 540:560].mean()) - float(image[2067:2074, 545:555].min(axis=0).mean())
        for image in (cv2.blur(picture, (3, 3)) for picture in (side, shown))
    )
    assert kept > 0.7 * faint > 15


def test_a_pen_written_over_a_dotted_line_keeps_its_strokes_and_their_colour() -> None:
    """Also where a scanner's JPEG has let the edge of a stroke fade to grey."""
    page = Image.new("RGB", (1240, 600), (252, 252, 251))
    pen = ImageDraw.Draw(page)
    for left in range(100, 1100, 15):
        pen.ellipse((left, 296, left + 6, 302), fill=(24, 24, 24))
    pen.text((300, 238), "thửa 2069", font=ImageFont.truetype(SERIF, 60), fill=(38, 52, 150))
    array = cv2.GaussianBlur(cv2.cvtColor(np.array(page), cv2.COLOR_RGB2BGR), (0, 0), 0.7)
    side = cv2.imdecode(cv2.imencode(".jpg", array, [cv2.IMWRITE_JPEG_QUALITY, 80])[1], cv2.IMREAD_COLOR)
    layers = split_layers(side, DPI)
    assert layers is not None
    after = drawn(layers, side.shape)
    blue = array[:, :, 0].astype(int) - array[:, :, 2] > 60
    apart = np.abs(side.astype(int) - after).max(axis=2)[blue]
    assert np.median(apart) < 6
    assert np.percentile(apart, 99) < 30


def test_the_ink_is_lossless_and_holds_every_dot() -> None:
    rng = np.random.default_rng(1)
    ink = (rng.random((321, 517)) > 0.7).astype(np.uint8)
    assert np.array_equal(decoded_ink(encode_g4(ink), 517, 321) > 0, ink > 0)

    layers = split_layers(paper(), DPI)
    assert layers is not None
    dots = decoded_ink(layers.stencils[0].data, layers.stencils[0].width_px, layers.stencils[0].height_px)
    assert min(layers.paper.width_px, layers.paper.height_px) >= 1654
    # The dot below "nội" and "sự" of each of the 28 rows is ink of its own.
    count, _, stats, _ = cv2.connectedComponentsWithStats(dots)
    small = sum(1 for row in stats[1:count] if 9 <= row[4] <= 80 and row[2] < 12 and row[3] < 12)
    assert small >= 28 * 2


def test_a_photograph_is_left_whole() -> None:
    rng = np.random.default_rng(2)
    rough = rng.integers(0, 255, (120, 90, 3), dtype=np.uint8)
    assert split_layers(cv2.resize(rough, (1654, 2339), interpolation=cv2.INTER_CUBIC), DPI) is None


def test_a_snippet_is_left_whole() -> None:
    assert split_layers(np.full((7, 9, 3), 240, np.uint8), DPI) is None


def test_an_empty_sheet_has_no_ink() -> None:
    side = np.full((2339, 1654, 3), (230, 240, 244), np.uint8)
    layers = split_layers(side, DPI)
    assert layers is not None
    assert layers.stencils == ()
    assert layers.byte_count < 5_000
