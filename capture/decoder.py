"""Looks into foreign files, in a child process: is each picture whole, how large, how many, which resolution.

Every picture is decoded once, since a file that was cut off or damaged shows it nowhere else. What decoders can
do at a fraction of the size (JPEG, JPEG 2000) they do. Runs as `python -m capture.decoder`; the station's side is
`capture.files`. Memory is capped, so that a picture which claims a million pixels a side costs that file only.
"""

import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import (
    BmpImagePlugin,
    Image,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from capture import problems
from capture.child import Channel
from capture.refusal import Refused
from capture.resolution import MM_PER_INCH, believed_dpi
from station.core.process import limit_memory

MEDIA_TYPES = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "PNG": "image/png",
    "TIFF": "image/tiff",
    "WEBP": "image/webp",
    "BMP": "image/bmp",
    "JPEG2000": "image/jp2",
}
# Not MPO: such a file opens as JPEG and is told apart there.
FORMATS = tuple(kind for kind in MEDIA_TYPES if kind != "MPO")
# Named so that only these parsers ever see foreign bytes, and all are loaded before the memory is capped.
PARSERS = (
    BmpImagePlugin,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
PDF_HEAD_BYTES = 1024
# A decoder at an eighth still reads every coded byte (measured on A3 colour at 300 dpi: 0.06 s against 0.18 s).
SMALLER_BY = 8
CUT_OFF = re.compile(r"truncat|incomplete|not enough|unexpected end|premature|EOF", re.IGNORECASE)
COLOUR_MODES = {"RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "LAB", "HSV"}


def main() -> None:
    """Takes {"memory_bytes"}, then answers requests {"path", "pixels", "pages", "file_bytes"} until the end."""
    channel = Channel()
    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = None  # our own limit is checked before any decoding
    start = channel.next_request()
    if start is None:
        return
    limit_memory(start["memory_bytes"])
    for request in channel.requests():
        _answer(channel, request)


def _answer(channel: Channel, request: dict[str, Any]) -> None:
    try:
        media_type, frames = _inspect(Path(request["path"]), request, channel)
        channel.say(media_type=media_type, frames=frames)
    except Refused as refusal:
        channel.say(refused=refusal.sentence, values=refusal.values)
    except MemoryError:
        channel.say(refused=problems.TOO_HUNGRY, values={})
    except (OSError, ValueError, SyntaxError, ArithmeticError, LookupError, TypeError, RuntimeError) as error:
        # Decoders of foreign bytes fail in every way; each is one damaged file, and the log keeps the words.
        sentence = problems.HALF_WRITTEN if CUT_OFF.search(str(error)) else problems.DAMAGED
        channel.say(refused=sentence, values={}, detail=repr(error))


def _inspect(path: Path, limits: dict[str, Any], channel: Channel) -> tuple[str, list[dict[str, object]]]:
    size = path.stat().st_size
    if size == 0:
        raise Refused(problems.EMPTY_FILE)
    if size > limits["file_bytes"]:
        raise Refused(problems.TOO_LARGE, limit=limits["file_bytes"] >> 20)
    with path.open("rb") as stream:
        head = stream.read(PDF_HEAD_BYTES)
    if not head.strip(b"\0"):
        raise Refused(problems.HALF_WRITTEN)
    if b"%PDF-" in head:
        # Loaded only when a PDF comes: its two libraries take as long to load as ten pictures to look into.
        from capture.pdf_pages import inspect_pdf

        return "application/pdf", inspect_pdf(path, limits["pixels"], limits["pages"])
    try:
        image = Image.open(path, formats=FORMATS)
    except UnidentifiedImageError:
        raise Refused(_unknown(head)) from None
    with image:
        media_type = MEDIA_TYPES[image.format or ""]
        return media_type, list(_frames(image, limits, channel))


def _unknown(head: bytes) -> str:
    """A file of a known kind that Pillow cannot even open was cut off or damaged, not sent by mistake."""
    known = (b"\xff\xd8\xff", b"\x89PNG", b"II*\0", b"MM\0*", b"RIFF", b"\0\0\0\x0cjP", b"\xff\x4f\xff\x51")
    return problems.HALF_WRITTEN if head.startswith(known) else problems.UNKNOWN_FORMAT


def _frames(image: Image.Image, limits: dict[str, Any], channel: Channel) -> Iterator[dict[str, object]]:
    """Each picture of the file, decoded whole. Only TIFF has several: in the others a second one is a preview."""
    count = getattr(image, "n_frames", 1) if image.format == "TIFF" else 1
    if count > limits["pages"]:
        raise Refused(problems.TOO_MANY_PAGES, limit=limits["pages"])
    for index in range(count):
        image.seek(index)
        width_px, height_px = image.size
        if width_px * height_px > limits["pixels"]:
            raise Refused(problems.TOO_MANY_PIXELS, limit=limits["pixels"] // 1_000_000)
        mode = _mode(image)
        dpi = believed_dpi(width_px, height_px, _stated_dpi(image))
        _decode(image)
        channel.say(alive=index)
        yield {"index": index, "width_px": width_px, "height_px": height_px, "dpi": dpi, "mode": mode}


def _decode(image: Image.Image) -> None:
    if image.format in ("JPEG", "MPO"):
        image.draft("L", (image.width // SMALLER_BY or 1, image.height // SMALLER_BY or 1))
    elif image.format == "JPEG2000":
        image.reduce = 3  # type: ignore[method-assign, assignment]  # the decoder's own setting, 2³ smaller
    image.load()


def _mode(image: Image.Image) -> str:
    if image.mode == "1":
        return "bilevel"
    if image.mode in COLOUR_MODES:
        return "colour"
    if image.mode in ("P", "PA"):
        palette = image.getpalette() or []
        greys = all(palette[i] == palette[i + 1] == palette[i + 2] for i in range(0, len(palette) - 2, 3))
        return "grey" if greys else "colour"
    return "grey"


def _stated_dpi(image: Image.Image) -> float | None:
    """The file's own word on resolution, None when it has none; the larger of two differing axes (fax)."""
    stated = image.info.get("dpi")
    if stated is None and image.format == "JPEG2000":
        return None
    if stated is None or (image.format == "TIFF" and image.info.get("resolution_unit") == 1):
        return None
    x, y = (float(v) for v in stated)
    if image.format == "TIFF" and getattr(image, "tag_v2", {}).get(296) == 3 and x < MM_PER_INCH * 10:
        return None
    return max(x, y)


if __name__ == "__main__":
    main()
