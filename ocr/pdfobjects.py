"""Pictures and layers as objects of a PDF, and the operators that draw them."""

from collections.abc import Mapping
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name

from ocr.layers import Layers, Stencil, Tile


def image_object(document: pikepdf.Pdf, data: bytes, entries: Mapping[str, Any]) -> pikepdf.Object:
    """An image XObject holding `data` as it is; `entries` are its dictionary's, Filter and DecodeParms among them."""
    stream = pikepdf.Stream(document, b"")
    for key, value in entries.items():
        if key not in ("/Filter", "/DecodeParms"):
            stream[key] = value
    stream.write(data, filter=entries["/Filter"], decode_parms=entries.get("/DecodeParms"))
    return document.make_indirect(stream)


def draw(name: str, place: pikepdf.Matrix) -> bytes:
    """Operators that draw a picture's unit square by `place`."""
    numbers = " ".join(f"{value:.4f}".rstrip("0").rstrip(".") for value in place.shorthand)
    return f"q {numbers} cm {name} Do Q\n".encode("ascii")


def layer_objects(
    document: pikepdf.Pdf, layers: Layers, place: pikepdf.Matrix
) -> tuple[dict[str, pikepdf.Object], bytes]:
    """The layers of a side as named objects, and the operators that draw them over each other."""
    objects: dict[str, pikepdf.Object] = {}
    drawing = b""
    for number, tile in enumerate((layers.paper, *layers.coloured)):
        name = f"/Im{number}"
        objects[name] = image_object(document, tile.deflated, _tile_entries(tile))
        left, top, right, bottom = tile.box
        unit = pikepdf.Matrix(right - left, 0, 0, bottom - top, left, 1 - bottom)
        drawing += draw(name, unit @ place)
    for number, stencil in enumerate(layers.stencils):
        name = f"/Ink{number}"
        objects[name] = image_object(document, stencil.data, _stencil_entries(stencil))
        drawing += b"%.3f g\n" % stencil.tone + draw(name, place)
    return objects, drawing


def _tile_entries(tile: Tile) -> dict[str, Any]:
    return {
        "/Type": Name.XObject,
        "/Subtype": Name.Image,
        "/Width": tile.width_px,
        "/Height": tile.height_px,
        "/ColorSpace": Name.DeviceRGB,
        "/BitsPerComponent": 8,
        "/Filter": Array([Name.FlateDecode, Name.DCTDecode]),
    }


def _stencil_entries(stencil: Stencil) -> dict[str, Any]:
    # Ink is coded black and decodes to 0: the value a stencil paints.
    return {
        "/Type": Name.XObject,
        "/Subtype": Name.Image,
        "/Width": stencil.width_px,
        "/Height": stencil.height_px,
        "/ImageMask": True,
        "/BitsPerComponent": 1,
        "/Filter": Name.CCITTFaxDecode,
        "/DecodeParms": Dictionary(K=-1, Columns=stencil.width_px, Rows=stencil.height_px),
    }
