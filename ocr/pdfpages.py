"""The pages of a sealed document: each side's picture or layers, drawn upright, with its words beneath.

Where halves of a sheet are pages of their own, each shows its part of the picture, which is in the file once and whole.
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

from ocr.bornpdf import BornPage, find_born_page, form_of, read_from_pictures
from ocr.image import is_pdf, load
from ocr.layers import Layers, split_layers
from ocr.pdf import StoredImage, stored_image
from ocr.pdfobjects import draw, image_object, layer_objects
from ocr.reading import PageReading, PageRecipe, SideReading
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
        bookmarks: titles for the pages of the reading that are shown, in its order; an empty title for none.
        half: "full" for the whole side, "left" or "right" for a page of that half alone.
        side_id: tells sides apart whose pictures are equal byte for byte; pages of one side share it.
    """

    image: Path
    frame: int
    reading: SideReading
    bookmarks: tuple[str, ...] = ()
    half: str = "full"
    side_id: int = 0

    @property
    def sheet(self) -> tuple[Path, int, int]:
        """What the pages of one side have in common and no other page has."""
        return self.image, self.frame, self.side_id

    @property
    def shown(self) -> list[tuple[PageReading, PageRecipe]]:
        """The readings the PDF page shows, left to right, and how each was cut out."""
        pairs = zip(self.reading.pages, self.reading.recipe.pages, strict=True)
        return [(read, recipe) for read, recipe in pairs if self.half in ("full", read.side)]

    @property
    def window(self) -> tuple[float, float, float, float]:
        """(left, top, right, bottom) of what is shown, as shares of the upright side."""
        whole = (0.0, 0.0, 1.0, 1.0)
        return whole if self.half == "full" else next((cut.window for _, cut in self.shown), whole)


# A picture and how it lies on its page: (file, frame, rotation, width and height in points). Sides of equal bytes may
# be turned otherwise.
_Laid = tuple[Path, int, int, float, float]


@dataclass(frozen=True)
class _Drawn:
    """A side that is in the document: the page that holds its pictures, and how they are drawn."""

    page_index: int
    drawing: bytes
    in_layers: bool


@contextmanager
def assembled(pages: Sequence[SealPage], target: Path, profile: Profile) -> Iterator[tuple[pikepdf.Pdf, int]]:
    """The pages as a document to be saved while the context lasts, and how many of them went in layers.

    What waits lies beside `target` and is gone afterwards.
    """
    document, layered, held = pikepdf.new(), 0, 0
    fonts, known = Fonts(document), dict[_Laid, _Drawn]()
    aside = ExitStack()
    try:
        for page in pages:
            if held > _PART_BYTES:
                before, aside = aside, ExitStack()
                with before:
                    document = aside.enter_context(_put_aside(document, target))
                fonts, held = Fonts(document), 0
            drawn, size = _add_page(document, fonts, page, profile, known)
            layered += drawn.in_layers
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


def _add_page(
    document: pikepdf.Pdf,
    fonts: Fonts,
    page: SealPage,
    profile: Profile,
    known: dict[_Laid, _Drawn],
) -> tuple[_Drawn, int]:
    """Appends the page; answers how its side is drawn, and the bytes of pictures it brought into the file."""
    width_px, height_px = _upright_size(page.reading)
    scale = _POINTS_PER_INCH / page.reading.dpi
    width, height = width_px * scale, height_px * scale
    born = find_born_page(page.image, page.frame) if is_pdf(page.image) else None
    text = text_content(placed(page))
    if born is not None:
        text = text_content(placed(replace(page, reading=read_from_pictures(page.reading, born))))
        if not born.meets_pdfa:
            text = text_content([_own_text(born.reading, page.window)]) + text
    laid = (page.image, page.frame, page.reading.recipe.rotation_deg, width, height)
    drawn, size = known.get(laid), 0
    if drawn is None:
        images, drawing, in_layers, size = _drawn(document, page, profile, born, (width, height))
        drawn = known[laid] = _Drawn(len(document.pages), drawing, in_layers)
    else:
        images = dict(document.pages[drawn.page_index].obj.Resources.XObject.items())
    left, top, right, bottom = page.window
    box = (left * width, (1 - bottom) * height, right * width, (1 - top) * height)
    sheet = document.add_blank_page()
    sheet.obj.MediaBox = Array([decimal(value) for value in box])
    sheet.obj.Resources = Dictionary(XObject=Dictionary(images), Font=fonts.for_content(text))
    sheet.obj.Contents = document.make_stream(drawn.drawing + text)
    return drawn, size


def _drawn(
    document: pikepdf.Pdf,
    page: SealPage,
    profile: Profile,
    born: BornPage | None,
    size_pt: tuple[float, float],
) -> tuple[dict[str, pikepdf.Object], bytes, bool, int]:
    """The side's pictures by name, the operators that draw it upright, whether in layers, the pictures' bytes."""
    rotation_deg = page.reading.recipe.rotation_deg
    place = _image_matrix(1, rotation_deg, *size_pt)
    if born is not None and born.meets_pdfa:
        unit = pikepdf.Matrix(1 / born.width_pt, 0, 0, 1 / born.height_pt, 0, 0)
        return {"/Page": form_of(document, page.image, page.frame)}, draw("/Page", unit @ place), False, 0
    stored = stored_image(page.image, page.frame)
    layers = _layers(page, stored) if profile == "layered" else None
    if layers is not None:
        images, drawing = layer_objects(document, layers, place)
        return images, drawing, True, layers.byte_count
    place = _image_matrix(stored.orientation, rotation_deg, *size_pt)
    image = image_object(document, stored.data, stored.entries)
    return {"/Im0": image}, draw("/Im0", place), False, len(stored.data)


def _own_text(
    reading: SideReading, window: tuple[float, float, float, float]
) -> tuple[PageReading, Placement]:
    """The words a page has of its own that stand in the window, and their places."""
    [page], [recipe] = reading.pages, reading.recipe.pages
    left, top, right, bottom = window
    lines = []
    for line in page.lines:
        kept = tuple(
            word
            for word in line.words
            if left <= (word.box[0] + word.box[2]) / 2 / page.width_px < right
            and top <= (word.box[1] + word.box[3]) / 2 / page.height_px < bottom
        )
        if kept:
            lines.append(replace(line, words=kept))
    place = placement(recipe, reading.width_px, reading.height_px, reading.dpi)
    return replace(page, lines=tuple(lines)), place


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


def placed(page: SealPage) -> list[tuple[PageReading, Placement]]:
    """The readings that are shown, left to right, with their places on the PDF page."""
    width_px, height_px = _upright_size(page.reading)
    return [(read, placement(recipe, width_px, height_px, page.reading.dpi)) for read, recipe in page.shown]


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
