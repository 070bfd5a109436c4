"""The pages of a sealed document: each side's picture or layers, drawn upright, with its words beneath.

A thick document waits on disk while it grows, so that 500 pages take no more memory than 60.
"""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import pikepdf
from pikepdf import Array, Dictionary

from ocr.bornpdf import find_born_page, form_of, read_from_pictures
from ocr.image import is_pdf, load
from ocr.layers import Layers, split_layers
from ocr.pdf import StoredImage, stored_image
from ocr.pdfobjects import draw, image_object, layer_objects
from ocr.reading import SideReading
from ocr.textlayer import Fonts, Placement, placement, text_content
from station.core.files import whole_file

Profile = Literal["faithful", "layered"]

_POINTS_PER_INCH = 72.0
# Layers that save less than a fifth are not worth their loss.
_LAYERS_SHARE = 0.8
# Pictures of a document that wait in memory: some 60 pages. More of them go to disk.
_PART_BYTES = 64_000_000


@dataclass(frozen=True)
class SealPage:
    """One side to be sealed.

    Attributes:
        image: the original file.
        frame: which image of it, from 0.
        reading: what was read; its recipe says how the side stands upright.
        bookmarks: titles for the pages of the reading, in its order; an empty title for none.
    """

    image: Path
    frame: int
    reading: SideReading
    bookmarks: tuple[str, ...] = ()


@contextmanager
def assembled(pages: Sequence[SealPage], target: Path, profile: Profile) -> Iterator[tuple[pikepdf.Pdf, int]]:
    """The pages as a document to be saved while the context lasts, and how many of them went in layers.

    What waits lies beside `target` and is gone afterwards.
    """
    document, layered, held = pikepdf.new(), 0, 0
    fonts = Fonts(document)
    aside = ExitStack()
    try:
        for page in pages:
            if held > _PART_BYTES:
                before, aside = aside, ExitStack()
                with before:
                    document = aside.enter_context(_put_aside(document, target))
                fonts, held = Fonts(document), 0
            went_in_layers, size = _add_page(document, fonts, page, profile)
            layered += went_in_layers
            held += size
        yield document, layered
    finally:
        aside.close()


@contextmanager
def _put_aside(document: pikepdf.Pdf, target: Path) -> Iterator[pikepdf.Pdf]:
    """The document, read again from disk when its pictures are asked for."""
    path = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        with whole_file(path) as stream:
            # The name a file gets when first saved stays with it: it must come from the content, not the clock.
            document.save(stream, deterministic_id=True)
        del document  # else its pictures stay in memory
        with pikepdf.open(path, access_mode=pikepdf.AccessMode.stream) as again:
            yield again
    finally:
        path.unlink(missing_ok=True)


def _upright_size(reading: SideReading) -> tuple[int, int]:
    if reading.recipe.rotation_deg in (90, 270):
        return reading.height_px, reading.width_px
    return reading.width_px, reading.height_px


def _add_page(document: pikepdf.Pdf, fonts: Fonts, page: SealPage, profile: Profile) -> tuple[bool, int]:
    """Appends the side; answers whether it went in layers, and the bytes of its pictures."""
    reading = page.reading
    width_px, height_px = _upright_size(reading)
    scale = _POINTS_PER_INCH / reading.dpi
    width, height = width_px * scale, height_px * scale
    layers, text = None, text_content(placed(page))
    born = find_born_page(page.image, page.frame) if is_pdf(page.image) else None
    place = _image_matrix(1, reading.recipe.rotation_deg, width, height)
    if born is not None:
        text = text_content(placed(replace(page, reading=read_from_pictures(reading, born))))
    if born is not None and born.meets_pdfa:
        images = {"/Page": form_of(document, page.image, page.frame)}
        unit = pikepdf.Matrix(1 / born.width_pt, 0, 0, 1 / born.height_pt, 0, 0)
        drawing, size = draw("/Page", unit @ place), 0
    else:
        stored = stored_image(page.image, page.frame)
        layers = _layers(page, stored) if profile == "layered" else None
        if layers is not None:
            images, drawing = layer_objects(document, layers, place)
            size = layers.byte_count
        else:
            place = _image_matrix(stored.orientation, reading.recipe.rotation_deg, width, height)
            images = {"/Im0": image_object(document, stored.data, stored.entries)}
            drawing, size = draw("/Im0", place), len(stored.data)
        if born is not None:
            text = text_content(placed(replace(page, reading=born.reading))) + text
    sheet = document.add_blank_page()
    sheet.obj.MediaBox = Array([0, 0, decimal(width), decimal(height)])
    sheet.obj.Resources = Dictionary(XObject=Dictionary(images), Font=fonts.for_content(text))
    sheet.obj.Contents = document.make_stream(drawing + text)
    return layers is not None, size


def _layers(page: SealPage, stored: StoredImage) -> Layers | None:
    """The side in layers where that is allowed (colour only) and gains something."""
    if page.reading.colour != "colour":
        return None
    picture = load(page.image, page.frame)
    if picture.array.ndim != 3:
        return None
    layers = split_layers(picture.array, picture.dpi)
    if layers is None or layers.byte_count > _LAYERS_SHARE * len(stored.data):
        return None
    return layers


def placed(page: SealPage) -> list[tuple[Any, Placement]]:
    """The readings of the side left to right with their places on the PDF page."""
    width_px, height_px = _upright_size(page.reading)
    pairs = zip(page.reading.pages, page.reading.recipe.pages, strict=True)
    return [(read, placement(recipe, width_px, height_px, page.reading.dpi)) for read, recipe in pairs]


# Corners of the stored picture as seen after EXIF turning, clockwise steps and mirroring (EXIF 2.3, tag 274).
_MIRRORED = {2: 0, 4: 180, 5: 270, 7: 90}
_TURNED_CLOCKWISE = {1: 0, 3: 180, 6: 90, 8: 270}


def _image_matrix(orientation: int, rotation_deg: int, width: float, height: float) -> pikepdf.Matrix:
    """The matrix that draws the stored picture upright over a page of `width` by `height` points."""
    mirrored = orientation in _MIRRORED
    clockwise = _MIRRORED.get(orientation, _TURNED_CLOCKWISE.get(orientation, 0))
    # The reader turned the loaded picture anticlockwise by rotation_deg.
    clockwise = (clockwise - rotation_deg) % 360
    unit = pikepdf.Matrix()
    if mirrored:
        unit = unit @ pikepdf.Matrix(-1, 0, 0, 1, 1, 0)
    unit = (
        unit
        @ {
            0: pikepdf.Matrix(),
            90: pikepdf.Matrix(0, -1, 1, 0, 0, 1),
            180: pikepdf.Matrix(-1, 0, 0, -1, 1, 1),
            270: pikepdf.Matrix(0, 1, -1, 0, 1, 0),
        }[clockwise]
    )
    return unit @ pikepdf.Matrix(width, 0, 0, height, 0, 0)


def decimal(value: float) -> Any:
    return pikepdf.Object.parse(f"{value:.4f}".encode("ascii"))
