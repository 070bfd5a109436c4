"""The picture of a side as a PDF can hold it, taken over as it was captured wherever that is possible.

JPEG bytes stay byte for byte, in a file of their own, in a TIFF (strips are joined with restart markers,
no pixel is decoded) or in a PDF. Bilevel pictures stay lossless as Group 4. PNG data is taken over as it is
compressed. Everything else is decoded once and kept lossless.
"""

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
from PIL import Image, TiffImagePlugin

from ocr.image import FileNotReadable, NoSuchFrame, PdfLocked, is_pdf, load
from ocr.tiffjpeg import joined_jpeg

_EXIF_ORIENTATION = 274
# Tags of TIFF 6.0 and its JPEG supplement.
_COMPRESSION, _PHOTOMETRIC, _FILL_ORDER, _STRIP_OFFSETS = 259, 262, 266, 273
_ROWS_PER_STRIP, _STRIP_BYTES, _JPEG_TABLES = 278, 279, 347
_TIFF_G4, _TIFF_JPEG = 4, 7
# Flags of an annotation that is not shown: hidden, or not for the screen (ISO 32000-1, table 165).
_HIDDEN = 0x02 | 0x20
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class StoredImage:
    """An image XObject's dictionary and bytes, and how the stored pixels lie.

    Attributes:
        data: the stream as it will stand in the file.
        entries: Filter, DecodeParms, ColorSpace, BitsPerComponent, Width, Height.
        orientation: EXIF number 1-8 by which a viewer of the original would turn it.
        untouched: the bytes are the captured ones.
    """

    data: bytes
    width_px: int
    height_px: int
    orientation: int
    untouched: bool
    entries: dict[str, Any] = field(default_factory=dict)


def stored_image(path: Path, frame: int) -> StoredImage:
    """The frame's picture for a PDF.

    Raises:
        FileNotReadable, PdfLocked, NoSuchFrame, PictureTooLarge: it cannot be read; the sentence says why.
    """
    found: StoredImage | None
    if is_pdf(path):
        found = _from_pdf(path, frame)
    else:
        head = path.read_bytes()[:12]
        if head[:3] == b"\xff\xd8\xff":
            found = _from_jpeg(path)
        elif head[:4] in (b"II*\x00", b"MM\x00*"):
            found = _from_tiff(path, frame)
        elif head[:8] == _PNG_SIGNATURE:
            found = _from_png(path)
        else:
            found = None
    return found or _from_pixels(path, frame)


def jpeg_is_whole(data: bytes) -> bool:
    """Whether a JPEG decodes to its last row; the inverse transform is done at an eighth to save time."""
    try:
        with Image.open(io.BytesIO(data)) as picture:
            picture.draft(None, (max(1, picture.width // 8), max(1, picture.height // 8)))
            picture.load()
    except (OSError, SyntaxError, ValueError, EOFError):
        return False
    return True


# ------------------------------------------------------------------ JPEG


def _from_jpeg(path: Path) -> StoredImage | None:
    data = path.read_bytes()
    with Image.open(io.BytesIO(data)) as picture:
        mode, size = picture.mode, picture.size
        orientation = int(picture.getexif().get(_EXIF_ORIENTATION, 1))
    if not jpeg_is_whole(data):
        raise FileNotReadable(name=path.name)
    if mode not in ("L", "RGB"):
        return None
    return _jpeg(data, size, mode == "RGB", orientation)


def _jpeg(data: bytes, size: tuple[int, int], colour: bool, orientation: int = 1) -> StoredImage:
    return StoredImage(
        data,
        *size,
        orientation=orientation,
        untouched=True,
        entries=_entries(size, pikepdf.Name.DCTDecode, colour, 8),
    )


def _entries(size: tuple[int, int], decoder: pikepdf.Name, colour: bool, bits: int) -> dict[str, Any]:
    return {
        "/Type": pikepdf.Name.XObject,
        "/Subtype": pikepdf.Name.Image,
        "/Width": size[0],
        "/Height": size[1],
        "/ColorSpace": pikepdf.Name.DeviceRGB if colour else pikepdf.Name.DeviceGray,
        "/BitsPerComponent": bits,
        "/Filter": decoder,
    }


# ------------------------------------------------------------------ TIFF


def _from_tiff(path: Path, frame: int) -> StoredImage | None:
    with Image.open(path) as picture:
        if not isinstance(picture, TiffImagePlugin.TiffImageFile):
            return None
        if not 0 <= frame < picture.n_frames:
            raise NoSuchFrame(name=path.name, count=picture.n_frames, wanted=frame + 1)
        picture.seek(frame)
        tags = dict(picture.tag_v2.items())
        size, mode = picture.size, picture.mode
        orientation = int(picture.getexif().get(_EXIF_ORIENTATION, 1))
    # Pillow turns TIFF frames by their tag on loading; only frames that lie straight are taken over.
    if orientation != 1 or _STRIP_OFFSETS not in tags:
        return None
    content = path.read_bytes()
    strips = [
        content[start : start + count]
        for start, count in zip(tags[_STRIP_OFFSETS], tags[_STRIP_BYTES], strict=True)
    ]
    if tags.get(_COMPRESSION) == _TIFF_G4 and mode == "1" and len(strips) == 1:
        if tags.get(_FILL_ORDER, 1) == 1:
            return _g4(strips[0], size, black_is_one=tags.get(_PHOTOMETRIC) == 1, untouched=True)
        return None
    if tags.get(_COMPRESSION) != _TIFF_JPEG or mode not in ("L", "RGB"):
        return None
    if mode == "RGB" and tags.get(_PHOTOMETRIC) != 6:
        return None
    joined = joined_jpeg(strips, tags.get(_JPEG_TABLES, b""), size, int(tags.get(_ROWS_PER_STRIP, size[1])))
    if joined is None or not jpeg_is_whole(joined):
        return None
    return _jpeg(joined, size, mode == "RGB")


# ------------------------------------------------------------------ bilevel, PNG, everything else


def _g4(data: bytes, size: tuple[int, int], *, black_is_one: bool, untouched: bool) -> StoredImage:
    entries = _entries(size, pikepdf.Name.CCITTFaxDecode, False, 1)
    entries["/DecodeParms"] = pikepdf.Dictionary(K=-1, Columns=size[0], Rows=size[1], BlackIs1=black_is_one)
    return StoredImage(data, *size, orientation=1, untouched=untouched, entries=entries)


def encode_g4(ink: np.ndarray) -> bytes:
    """Lossless Group 4 data of a picture (height, width) whose non-zero pixels are black."""
    # A TIFF whose zero is black codes ones as black runs; ink is handed over as ones.
    picture = Image.frombytes("1", (ink.shape[1], ink.shape[0]), np.packbits(ink, axis=1).tobytes())
    written = io.BytesIO()
    picture.save(written, format="TIFF", compression="group4", tiffinfo={_ROWS_PER_STRIP: picture.height})
    with Image.open(io.BytesIO(written.getvalue())) as tiff:
        assert isinstance(tiff, TiffImagePlugin.TiffImageFile)
        (start,), (count,) = tiff.tag_v2[_STRIP_OFFSETS], tiff.tag_v2[_STRIP_BYTES]
        if tiff.tag_v2[_PHOTOMETRIC] != 1:
            raise ValueError("Group 4 data came out with black and white exchanged")
    return written.getvalue()[start : start + count]


def _from_png(path: Path) -> StoredImage | None:
    content = path.read_bytes()
    chunks = list(_png_chunks(content))
    header = dict(chunks).get(b"IHDR", b"")
    if len(header) != 13:
        raise FileNotReadable(name=path.name)
    width, height, bits, kind, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    if bits != 8 or kind not in (0, 2) or interlaced or b"tRNS" in dict(chunks):
        return None
    data = b"".join(part for name, part in chunks if name == b"IDAT")
    channels = 3 if kind == 2 else 1
    try:
        whole = len(zlib.decompress(data)) == height * (width * channels + 1)
    except zlib.error:
        whole = False
    if not whole:
        raise FileNotReadable(name=path.name)
    return _flate(data, (width, height), channels, untouched=True)


def _png_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = len(_PNG_SIGNATURE)
    while position + 8 <= len(content):
        (length,) = struct.unpack(">I", content[position : position + 4])
        yield content[position + 4 : position + 8], content[position + 8 : position + 8 + length]
        position += 12 + length


def _flate(data: bytes, size: tuple[int, int], channels: int, *, untouched: bool) -> StoredImage:
    entries = _entries(size, pikepdf.Name.FlateDecode, channels == 3, 8)
    entries["/DecodeParms"] = pikepdf.Dictionary(
        Predictor=15, Colors=channels, BitsPerComponent=8, Columns=size[0]
    )
    return StoredImage(data, *size, orientation=1, untouched=untouched, entries=entries)


def _from_pixels(path: Path, frame: int) -> StoredImage:
    """Decoded once, as the reader sees it (already turned by its tag), kept without loss."""
    picture = load(path, frame)
    array = picture.array
    size = (array.shape[1], array.shape[0])
    if picture.mode == "bilevel":
        return _g4(encode_g4(array < 128), size, black_is_one=False, untouched=False)
    channels = 1 if array.ndim == 2 else 3
    rows = array.reshape(size[1], -1) if channels == 1 else array[:, :, ::-1].reshape(size[1], -1)
    # PNG's "up" filter (2): each row less the one above, which paper makes nearly zero.
    filtered = np.empty((size[1], rows.shape[1] + 1), np.uint8)
    filtered[:, 0] = 2
    filtered[0, 1:] = rows[0]
    filtered[1:, 1:] = rows[1:] - rows[:-1]
    return _flate(zlib.compress(filtered.tobytes(), 6), size, channels, untouched=False)


# ------------------------------------------------------------------ PDF


def _from_pdf(path: Path, frame: int) -> StoredImage | None:
    """The picture of a page that is nothing else; None where the page must be drawn."""
    try:
        document = pikepdf.open(path)
    except pikepdf.PasswordError as error:
        raise PdfLocked(name=path.name) from error
    except pikepdf.PdfError as error:
        raise FileNotReadable(name=path.name) from error
    with document:
        if not 0 <= frame < len(document.pages):
            raise NoSuchFrame(name=path.name, count=len(document.pages), wanted=frame + 1)
        page = document.pages[frame]
        image = only_image(page)
        if image is None:
            return None
        found = _pdf_image(image)
        if found is None:
            return None
        turned = int(page.obj.get("/Rotate", 0)) % 360
        orientation = {0: 1, 90: 6, 180: 3, 270: 8}.get(turned, 1)
        return StoredImage(
            found.data, found.width_px, found.height_px, orientation, found.untouched, found.entries
        )


def has_marks(page: pikepdf.Page) -> bool:
    """Whether something lies on the page: a field filled in, a signature's stamp, a note. Links are nothing to see."""
    unseen = (pikepdf.Name.Link, pikepdf.Name.Popup)
    return any(
        mark.get("/Subtype") not in unseen and not int(mark.get("/F", 0)) & _HIDDEN
        for mark in page.obj.get("/Annots", pikepdf.Array())
    )


def only_image(page: pikepdf.Page) -> pikepdf.Object | None:
    """The page's picture where nothing else is to be seen on it and it fills the page upright."""
    if has_marks(page):
        return None
    placed: list[tuple[Any, tuple[float, ...]]] = []
    matrix = pikepdf.Matrix()
    stack: list[pikepdf.Matrix] = []
    shows_text = 0
    invisible = False
    resources = page.obj.get("/Resources", pikepdf.Dictionary())
    for instruction in pikepdf.parse_content_stream(page):
        if isinstance(instruction, pikepdf.ContentStreamInlineImage):
            return None
        operator = str(instruction.operator)
        if operator == "q":
            stack.append(matrix)
        elif operator == "Q" and stack:
            matrix = stack.pop()
        elif operator == "cm":
            matrix = pikepdf.Matrix(*(float(value) for value in instruction.operands)) @ matrix
        elif operator == "Tr":
            invisible = int(instruction.operands[0]) == 3
        elif operator in ("Tj", "TJ", "'", '"'):
            shows_text += not invisible
        elif operator in ("f", "F", "f*", "B", "B*", "b", "b*", "S", "s", "sh"):
            return None
        elif operator == "Do":
            placed.append(
                (
                    resources.get("/XObject", pikepdf.Dictionary()).get(str(instruction.operands[0])),
                    matrix.shorthand,
                )
            )
    if shows_text or len(placed) != 1 or placed[0][0] is None:
        return None
    image, (a, b, c, d, _, _) = placed[0]
    if image.get("/Subtype") != pikepdf.Name.Image or abs(b) > 1e-3 or abs(c) > 1e-3 or a <= 0 or d <= 0:
        return None
    left, bottom, right, top = (float(value) for value in page.mediabox)
    return image if a * d > 0.9 * (right - left) * (top - bottom) else None


def _pdf_image(image: pikepdf.Object) -> StoredImage | None:
    size = (int(image.Width), int(image.Height))
    colour_space = image.get("/ColorSpace")
    if (
        colour_space not in (pikepdf.Name.DeviceRGB, pikepdf.Name.DeviceGray)
        or "/SMask" in image
        or "/Mask" in image
    ):
        return None
    colour = colour_space == pikepdf.Name.DeviceRGB
    decoder, parameters = _sole(image.get("/Filter")), _sole(image.get("/DecodeParms"))
    if "/Decode" in image or decoder not in (pikepdf.Name.DCTDecode, pikepdf.Name.CCITTFaxDecode):
        return None
    data = image.read_raw_bytes()
    if decoder == pikepdf.Name.DCTDecode:
        if not jpeg_is_whole(data):
            return None
        return _jpeg(data, size, colour)
    if parameters is None or int(parameters.get("/K", 0)) >= 0 or "/ImageMask" in image:
        return None
    return _g4(data, size, black_is_one=bool(parameters.get("/BlackIs1", False)), untouched=True)


def _sole(entry: Any) -> Any:
    """The entry itself, or the only member of an array."""
    if isinstance(entry, pikepdf.Array):
        return entry[0] if len(entry) == 1 else None
    return entry
