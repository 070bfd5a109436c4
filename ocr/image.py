"""Pictures as arrays: every file a scanner, copier or person delivers, decoded once.

A file is known by its first bytes, never by its name. Frames are the images of a multi-page TIFF or the
pages of a PDF; a PDF page that is nothing but one picture gives that picture's own pixels, any other page
is drawn at 300 dpi. Files that are broken, locked or far too large are refused in words before their
pixels are unpacked.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
import pypdfium2
import pypdfium2.raw as pdfium_c
from PIL import Image, UnidentifiedImageError

from ocr.reading import PIXEL_LIMIT
from station.core.errors import N_, InputRefused

Array = npt.NDArray[np.uint8]

cv2.setNumThreads(1)

# Resolutions outside are typing errors of drivers and converters (0, 1, 72 and 96 are screen defaults).
LOWEST_CREDIBLE_DPI = 100
HIGHEST_CREDIBLE_DPI = 1300

# The resolution a page is drawn at when a PDF holds more than one picture (text, drawings).
RENDER_DPI = 300

_PAPERS_MM = ((210.0, 297.0), (297.0, 420.0), (148.0, 210.0), (85.6, 54.0))
_USUAL_DPI = (150, 200, 240, 300, 400, 600)
_EXIF_ORIENTATION = 274
_POINTS_PER_INCH = 72.0
_HIDDEN_MARK = pdfium_c.FPDF_ANNOT_FLAG_HIDDEN | pdfium_c.FPDF_ANNOT_FLAG_NOVIEW


class FileNotReadable(InputRefused):
    sentence = N_(
        "{name} is damaged or not a picture. Scan the paper again or ask for another copy of the file."
    )


class PictureTooLarge(InputRefused):
    sentence = N_(
        "{name} has {megapixels} million pixels, more than the {limit} million a page may have. "
        "Scan the paper again at 300 dpi."
    )


class PdfLocked(InputRefused):
    sentence = N_("{name} is protected by a password. Save it without the password, then take it in again.")


class NoSuchFrame(InputRefused):
    sentence = N_("{name} has only {count} pages; page {wanted} was asked for. Take the file in again.")


class Picture(NamedTuple):
    """A decoded image.

    Attributes:
        array: (height, width) grey or (height, width, 3) BGR, uint8, 0 black; bilevel as 0 and 255.
        dpi: as the file says where that is credible, else as the paper's size suggests.
        mode: "colour", "grey" or "bilevel" as delivered.
    """

    array: Array
    dpi: int
    mode: str


@dataclass(frozen=True)
class FrameSize:
    """What a frame is before its pixels are unpacked."""

    width_px: int
    height_px: int
    dpi: int
    mode: str


def count_frames(path: Path) -> int:
    """Images in the file: TIFF frames, PDF pages, otherwise 1.

    Raises:
        FileNotReadable, PdfLocked: it cannot be opened.
    """
    if is_pdf(path):
        document = _open_pdf(path)
        try:
            return len(document)
        finally:
            document.close()
    with _open_picture(path) as picture:
        return int(getattr(picture, "n_frames", 1))


def list_frames(path: Path, pixel_limit: int = PIXEL_LIMIT) -> list[FrameSize]:
    """Sizes of all frames, from the headers alone.

    Raises:
        FileNotReadable, PdfLocked, PictureTooLarge: the file must be set aside.
    """
    if is_pdf(path):
        document = _open_pdf(path)
        try:
            return [_pdf_frame_size(path, document[i], pixel_limit) for i in range(len(document))]
        finally:
            document.close()
    sizes = []
    with _open_picture(path) as picture:
        for index in range(int(getattr(picture, "n_frames", 1))):
            _seek(picture, path, index)
            width, height = picture.size
            _refuse_bomb(path, width, height, pixel_limit)
            if picture.getexif().get(_EXIF_ORIENTATION, 1) in (5, 6, 7, 8):
                width, height = height, width
            dpi = credible_dpi(_stated_dpi(picture), width, height)
            sizes.append(FrameSize(width, height, dpi, _mode_of(picture)))
    return sizes


def load(path: Path, frame: int, pixel_limit: int = PIXEL_LIMIT, at_least_px: int = 0) -> Picture:
    """Decodes one frame, turned as its EXIF tag says; where `at_least_px` is enough to look at, a JPEG is unpacked at
    down to an eighth of its size, in half the time.

    Raises:
        FileNotReadable, PdfLocked, NoSuchFrame, PictureTooLarge: it cannot be read; the sentence says why.
    """
    if is_pdf(path):
        return _load_pdf_page(path, frame, pixel_limit)
    with _open_picture(path) as picture:
        count = int(getattr(picture, "n_frames", 1))
        if not 0 <= frame < count:
            raise NoSuchFrame(name=path.name, count=count, wanted=frame + 1)
        _seek(picture, path, frame)
        _refuse_bomb(path, *picture.size, pixel_limit)
        stated = _stated_dpi(picture)
        mode = _mode_of(picture)
        orientation = int(picture.getexif().get(_EXIF_ORIENTATION, 1))
        array = None
        if at_least_px:
            picture.draft(picture.mode, (at_least_px, at_least_px))
        elif picture.format == "JPEG" and picture.mode in ("L", "RGB"):
            array = _decode_jpeg(path.read_bytes(), mode)
        if array is None:
            array = _pixels(picture, path)
    array = _turned_by_exif(array, orientation)
    return Picture(array, credible_dpi(stated, array.shape[1], array.shape[0]), mode)


def is_pdf(path: Path) -> bool:
    """Whether the file begins as a PDF does (some begin with a few foreign bytes)."""
    try:
        with path.open("rb") as stream:
            return b"%PDF-" in stream.read(1024)
    except OSError as error:
        raise FileNotReadable(name=path.name) from error


def credible_dpi(stated: float, width_px: int, height_px: int) -> int:
    """The stated resolution, or the usual one at which the picture has the size of a known paper."""
    # Rounded first: a PNG counts dots per metre and gives 100 dpi back as 99.9998.
    if LOWEST_CREDIBLE_DPI <= round(stated) <= HIGHEST_CREDIBLE_DPI:
        return round(stated)
    short, long = sorted((width_px, height_px))
    best_dpi, best_error = 0, 1.0
    for paper_short_mm, paper_long_mm in _PAPERS_MM[:2]:
        for dpi in _USUAL_DPI:
            error = abs(short / dpi * 25.4 / paper_short_mm - 1) + abs(long / dpi * 25.4 / paper_long_mm - 1)
            if error < best_error:
                best_dpi, best_error = dpi, error
    if best_dpi and best_error < 0.3:
        return best_dpi
    return max(LOWEST_CREDIBLE_DPI, min(HIGHEST_CREDIBLE_DPI, round(long / (297.0 / 25.4))))


def grey_of(array: Array) -> Array:
    """One channel of brightness, the array itself where it has only one."""
    return array if array.ndim == 2 else np.asarray(cv2.cvtColor(array, cv2.COLOR_BGR2GRAY), np.uint8)


def turned(array: Array, rotation_deg: int) -> Array:
    """The picture turned anticlockwise by `rotation_deg`, so that content lying turned clockwise stands."""
    turns = {90: cv2.ROTATE_90_COUNTERCLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_CLOCKWISE}
    if rotation_deg % 360 == 0:
        return array
    return np.asarray(cv2.rotate(array, turns[rotation_deg % 360]), np.uint8)


def reduced(array: Array, factor: float) -> Array:
    """A smaller copy (factor < 1), averaged over areas; the array itself for factor ≥ 1."""
    if factor >= 1.0:
        return array
    # Above a half the linear way is as good, in a fifth of the time.
    how = cv2.INTER_AREA if factor <= 0.5 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(array, None, fx=factor, fy=factor, interpolation=how), np.uint8)


def encode_jpeg(array: Array, quality: int) -> bytes:
    """A JPEG of the picture, grey or BGR; quality 1–100."""
    done, encoded = cv2.imencode(".jpg", array, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError("the array has no form a JPEG can hold")
    return bytes(encoded.tobytes())


def fitted(array: Array, longest_px: int) -> Array:
    """The picture made small enough that neither side is longer than `longest_px`."""
    return reduced(array, longest_px / max(array.shape[:2]))


def _open_picture(path: Path) -> Image.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # The limit is ours, checked before unpacking, with a sentence; Pillow's own would only warn or raise.
        Image.MAX_IMAGE_PIXELS = None
        try:
            return Image.open(path)
        except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
            raise FileNotReadable(name=path.name) from error


def _seek(picture: Image.Image, path: Path, frame: int) -> None:
    try:
        picture.seek(frame)
    except (EOFError, OSError, SyntaxError, ValueError) as error:
        raise FileNotReadable(name=path.name) from error


def _refuse_bomb(path: Path, width: int, height: int, pixel_limit: int) -> None:
    if width * height > pixel_limit:
        raise PictureTooLarge(
            name=path.name, megapixels=round(width * height / 1e6), limit=round(pixel_limit / 1e6)
        )


def _stated_dpi(picture: Image.Image) -> float:
    stated: Any = picture.info.get("dpi", 0)
    try:
        value = float(max(stated)) if isinstance(stated, tuple) else float(stated)
    except (TypeError, ValueError, ZeroDivisionError):
        return 0.0
    return value if np.isfinite(value) else 0.0


def _mode_of(picture: Image.Image) -> str:
    if picture.mode == "1":
        return "bilevel"
    if picture.mode in ("L", "LA", "I;16", "I", "F", "La"):
        return "grey"
    if picture.mode == "P":
        colours = np.asarray(picture.getpalette() or [0, 0, 0]).reshape(-1, 3)
        return "grey" if bool((colours.max(axis=1) == colours.min(axis=1)).all()) else "colour"
    return "colour"


def _decode_jpeg(content: bytes, mode: str) -> Array | None:
    flag = cv2.IMREAD_COLOR if mode == "colour" else cv2.IMREAD_GRAYSCALE
    decoded = cv2.imdecode(np.frombuffer(content, np.uint8), flag | cv2.IMREAD_IGNORE_ORIENTATION)
    return None if decoded is None else np.asarray(decoded, np.uint8)


def _pixels(picture: Image.Image, path: Path) -> Array:
    """Unpacks with Pillow into grey or BGR; transparent parts become white paper."""
    try:
        picture.load()
        if picture.mode in ("1", "L"):
            return np.array(picture.convert("L"), np.uint8)
        if picture.mode.startswith("I") or picture.mode == "F":
            values = np.asarray(picture, np.float64)
            top = 65535.0 if values.max(initial=0) > 255 else 255.0
            return (values / top * 255).clip(0, 255).astype(np.uint8)
        if "A" in picture.mode or "transparency" in picture.info:
            layered = picture.convert("RGBA")
            paper = Image.new("RGBA", layered.size, (255, 255, 255, 255))
            picture = Image.alpha_composite(paper, layered)
        rgb = np.asarray(picture.convert("RGB"), np.uint8)
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise FileNotReadable(name=path.name) from error
    bgr = np.ascontiguousarray(rgb[:, :, ::-1])
    return grey_of(bgr) if _mode_of(picture) == "grey" else bgr


def _turned_by_exif(array: Array, orientation: int) -> Array:
    if orientation in (2, 4, 5, 7):
        array = np.asarray(cv2.flip(array, 1), np.uint8)
    clockwise = {3: 180, 4: 180, 5: 270, 6: 90, 7: 90, 8: 270}.get(orientation, 0)
    return turned(array, (360 - clockwise) % 360)


# ------------------------------------------------------------------ PDF


def _open_pdf(path: Path) -> pypdfium2.PdfDocument:
    try:
        document = pypdfium2.PdfDocument(path)
        document.init_forms()  # else fields that were filled in and stamps of signatures are not drawn
        return document
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise PdfLocked(name=path.name) from error
        raise FileNotReadable(name=path.name) from error


def _single_image(page: pypdfium2.PdfPage) -> pypdfium2.PdfImage | None:
    """The page's picture where the page is nothing else: upright, unmirrored, over nearly all of it."""
    objects = list(page.get_objects(max_depth=2))
    images = [o for o in objects if o.type == pdfium_c.FPDF_PAGEOBJ_IMAGE]
    seen = [o for o in objects if o.type in (pdfium_c.FPDF_PAGEOBJ_PATH, pdfium_c.FPDF_PAGEOBJ_SHADING)]
    if len(images) != 1 or seen or _has_visible_text(objects) or _has_marks(page):
        return None
    a, b, c, d, _, _ = images[0].get_matrix().get()
    width_pt, height_pt = page.get_mediabox()[2:4]
    upright = abs(b) <= 1e-3 and abs(c) <= 1e-3 and a > 0 and d > 0
    return images[0] if upright and a * d > 0.9 * width_pt * height_pt else None


def _has_marks(page: pypdfium2.PdfPage) -> bool:
    """Whether something lies on the page: a field filled in, a signature's stamp, a note; not only links."""
    found = False
    for index in range(pdfium_c.FPDFPage_GetAnnotCount(page.raw)):
        mark = pdfium_c.FPDFPage_GetAnnot(page.raw, index)
        link = pdfium_c.FPDFAnnot_GetSubtype(mark) in (pdfium_c.FPDF_ANNOT_LINK, pdfium_c.FPDF_ANNOT_POPUP)
        found |= not link and not pdfium_c.FPDFAnnot_GetFlags(mark) & _HIDDEN_MARK
        pdfium_c.FPDFPage_CloseAnnot(mark)
    return found


def _has_visible_text(objects: list[Any]) -> bool:
    """Text is there to be seen, not the invisible layer a recogniser laid under a scan."""
    invisible = pdfium_c.FPDF_TEXTRENDERMODE_INVISIBLE
    return any(
        o.type == pdfium_c.FPDF_PAGEOBJ_TEXT and pdfium_c.FPDFTextObj_GetTextRenderMode(o.raw) != invisible
        for o in objects
    )


def _image_dpi(image: pypdfium2.PdfImage) -> float:
    return float(image.get_px_size()[0] / (image.get_matrix().get()[0] / _POINTS_PER_INCH))


def _pdf_frame_size(path: Path, page: pypdfium2.PdfPage, pixel_limit: int) -> FrameSize:
    image = _single_image(page)
    turned_over = page.get_rotation() in (90, 270)
    if image is None:
        width_pt, height_pt = page.get_size()
        width, height = (round(side / _POINTS_PER_INCH * RENDER_DPI) for side in (width_pt, height_pt))
        _refuse_bomb(path, width, height, pixel_limit)
        return FrameSize(width, height, RENDER_DPI, "colour")
    width, height = image.get_px_size()
    _refuse_bomb(path, width, height, pixel_limit)
    dpi = credible_dpi(_image_dpi(image), width, height)
    mode = {1: "bilevel", 8: "grey"}.get(image.get_metadata().bits_per_pixel, "colour")
    return FrameSize(height, width, dpi, mode) if turned_over else FrameSize(width, height, dpi, mode)


def _load_pdf_page(path: Path, frame: int, pixel_limit: int) -> Picture:
    document = _open_pdf(path)
    try:
        if not 0 <= frame < len(document):
            raise NoSuchFrame(name=path.name, count=len(document), wanted=frame + 1)
        page = document[frame]
        size = _pdf_frame_size(path, page, pixel_limit)
        image = _single_image(page)
        array = None if image is None else _embedded_pixels(image, size.mode)
        if image is None or array is None:
            bitmap = page.render(scale=RENDER_DPI / _POINTS_PER_INCH, rev_byteorder=False)
            return Picture(np.ascontiguousarray(bitmap.to_numpy()[:, :, :3]), RENDER_DPI, "colour")
        return Picture(turned(array, (360 - page.get_rotation()) % 360), size.dpi, size.mode)
    except pypdfium2.PdfiumError as error:
        raise FileNotReadable(name=path.name) from error
    finally:
        document.close()


def _embedded_pixels(image: pypdfium2.PdfImage, mode: str) -> Array | None:
    """The embedded picture itself, None where only drawing the page gives the right colours."""
    filters = list(image.get_filters())
    if filters == ["DCTDecode"]:
        return _decode_jpeg(bytes(image.get_data()), mode)
    if filters == ["JPXDecode"]:
        with Image.open(io.BytesIO(image.get_data())) as picture:
            rgb = np.asarray(picture.convert("L" if mode == "grey" else "RGB"), np.uint8)
        return rgb if rgb.ndim == 2 else np.ascontiguousarray(rgb[:, :, ::-1])
    bitmap = image.get_bitmap(render=False)
    array = np.array(bitmap.to_numpy(), np.uint8)
    if bitmap.format == pdfium_c.FPDFBitmap_Gray and array.ndim == 3:
        array = array[:, :, 0]
    if array.ndim == 3 and mode == "colour":
        return np.ascontiguousarray(array[:, :, :3])
    return grey_of(np.ascontiguousarray(array[:, :, :3])) if array.ndim == 3 else array
