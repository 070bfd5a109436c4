"""Raw pixels from a driver, encoded once as the original that is kept.

Colour and grey become JPEG at quality 92 without colour thinning, black-and-white G4 TIFF; both carry the
resolution, colour carries its profile. Each file names its batch and number, so that two sides with
the same picture (blank backs of a test device) are still two originals.
"""

import io
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import Image, ImageCms

from capture.source import Frame
from station.core.files import full_disk_in_words

# Seen on text and stamps: 92 is where the error rate of reading stops changing; the law asks for 24-bit colour.
JPEG_QUALITY = 92
EXIF_DESCRIPTION = 0x010E
EXIF_COLOUR_SPACE = 0xA001
EXIF_FOLDER = 0x8769
SRGB = 1


@dataclass(frozen=True)
class Encoded:
    """A side as a file in the spool. Two sides with the same pixels have the same `fingerprint`."""

    path: Path
    media_type: str
    frame: Frame
    fingerprint: int


def encode_side(picture: Image.Image, target: Path, dpi: int, note: str) -> Encoded:
    """Encodes a picture beside `target` (suffix chosen here), whole or not at all.

    Not flushed to the disk: the receiver makes it durable within the second, and waiting for the disk twice would
    make a fast feeder wait.

    Args:
        picture: as the driver gave it; 16-bit is brought down to 8.
        note: names batch and side inside the file.

    Raises:
        DiskFull: no space; nothing is left behind.
    """
    picture = _plain(picture)
    buffer = io.BytesIO()
    if picture.mode == "1":
        mode, media_type, path = "bilevel", "image/tiff", target.with_suffix(".tif")
        fingerprint = zlib.crc32(picture.tobytes())
        picture.save(buffer, "TIFF", compression="group4", dpi=(dpi, dpi), description=note)
    else:
        mode = "colour" if picture.mode == "RGB" else "grey"
        media_type, path = "image/jpeg", target.with_suffix(".jpg")
        colour = {"icc_profile": _srgb()} if mode == "colour" else {}
        picture.save(
            buffer,
            "JPEG",
            quality=JPEG_QUALITY,
            subsampling=0,
            dpi=(dpi, dpi),
            exif=_exif(note, mode),
            **colour,
        )
        # The note stands in the first kilobytes; what is behind the middle hangs on the pixels alone, and is a
        # fifteenth of them.
        fingerprint = zlib.crc32(buffer.getbuffer()[buffer.tell() // 2 :])
    _put(path, buffer.getbuffer())
    return Encoded(path, media_type, Frame(0, picture.width, picture.height, dpi, mode), fingerprint)


def _put(path: Path, content: memoryview) -> None:
    part = path.with_name(f"{path.name}.part")
    with full_disk_in_words(path.parent):
        try:
            with part.open("wb") as stream:
                stream.write(content)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


def _plain(picture: Image.Image) -> Image.Image:
    if picture.mode in ("1", "L", "RGB"):
        return picture
    if picture.mode.startswith("I"):
        return picture.point(lambda value: value / 256).convert("L")
    return picture.convert("RGB")


def _exif(note: str, mode: str) -> Image.Exif:
    exif = Image.Exif()
    exif[EXIF_DESCRIPTION] = note
    if mode == "colour":
        exif.get_ifd(EXIF_FOLDER)[EXIF_COLOUR_SPACE] = SRGB
    return exif


@cache
def _srgb() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
