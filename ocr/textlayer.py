"""The invisible text of a page: words laid over their pixels in reading order, found by search and selection.

The font has one empty glyph for every character and a table back to Unicode, so any script extracts as it
was read: Vietnamese, Khmer, numbers. Its glyph fills the height of a line, so a viewer lights up the box of
the word.

Extractors take words for one line when they stand on one level. On a page that lies askew they do not, so there
the box is moved instead: fonts whose glyph hangs lower or higher let all words of a line stand on one level, each
lit up where it is. So lines of a whole page's width stay together up to some 2 degrees; steeper ones are still
found word by word, and in order by viewers that keep the order of the file.
"""

import io
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import pikepdf
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from pikepdf import Array, Dictionary, Name

from ocr.reading import Line, PageReading, PageRecipe, Word

_EM = 1000
_ADVANCE = 500
_POINTS_PER_INCH = 72.0
# Where the glyph of each font begins, in thousandths of its height from the level it stands on. The first is for
# straight lines; lines askew use all. Fonts that differ by less are not worth their half kilobyte. In the last the
# level lies outside the glyph, which poppler lights up as a box higher by two fifths; beyond the first of the others
# MuPDF lights up another place.
_DESCENTS = (-200, -950, -750, -550, -375, -50, 200)
# Where the level of a line askew lies in the middle of its words: the fonts reach as far to either side.
_MIDDLE_SHARE = 0.42
# Words nearer to each other than this share of their height are one word to poppler (0.15).
_GAP_SHARE = 0.17
# Words whose levels differ by less of their height are one line to poppler (half), pdfium (a quarter either way).
_LEVEL_SHARE = 0.4


@dataclass(frozen=True)
class Placement:
    """Maps pixels of a reading onto points of the PDF page: x' = a·x + c·y + e, y' = b·x + d·y + f."""

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float

    def point(self, x: float, y: float) -> tuple[float, float]:
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f


def placement(recipe: PageRecipe, side_width_px: int, side_height_px: int, dpi: int) -> Placement:
    """Where the pixels of an upright, straightened, cropped page lie on the PDF page of its upright side.

    Args:
        recipe: how the page was cut out of its turned side.
        side_width_px, side_height_px: of the turned side.
        dpi: of the side; the PDF page is its true size.
    """
    left, top, right, bottom = recipe.window
    window_left, window_top = round(left * side_width_px), round(top * side_height_px)
    width = round(right * side_width_px) - window_left
    height = round(bottom * side_height_px) - window_top
    crop_left, crop_top = (recipe.crop[0], recipe.crop[1]) if recipe.crop else (0, 0)
    angle = math.radians(recipe.skew_deg or 0.0)
    cosine, sine = math.cos(angle), math.sin(angle)
    middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
    # Straightening turned the window anticlockwise about its middle; this turns back.
    offset_x = middle_x + cosine * (crop_left - middle_x) - sine * (crop_top - middle_y) + window_left
    offset_y = middle_y + sine * (crop_left - middle_x) + cosine * (crop_top - middle_y) + window_top
    scale = _POINTS_PER_INCH / dpi
    return Placement(
        a=scale * cosine,
        b=-scale * sine,
        c=-scale * sine,
        d=-scale * cosine,
        e=scale * offset_x,
        f=scale * (side_height_px - offset_y),
    )


def text_content(pages: Sequence[tuple[PageReading, Placement]]) -> bytes:
    """Content stream operators that lay the words of these readings invisibly, in the order given."""
    rows = [row for page, place in pages for line in page.lines for row in _line_rows(line, place)]
    if not rows:
        return b""
    return ("BT\n3 Tr\n" + "\n".join(rows) + "\nET\n").encode("ascii")


def fonts_of(content: bytes) -> list[str]:
    """Names of the fonts that `text_content` asks for."""
    return sorted({name.decode("ascii") for name in re.findall(rb"(/F\d) [\d.]+ Tf", content)})


def _line_rows(line: Line, place: Placement) -> Iterator[str]:
    words = [word for word in line.words if _code_units(word.text)]
    if not words:
        return
    # One height for the line, so that extractors see one line; a few odd boxes do not spoil it.
    bottom = sorted(word.box[3] for word in words)[len(words) * 3 // 4]
    top = sorted(word.box[1] for word in words)[len(words) // 4]
    scale = math.hypot(place.a, place.b)
    size = max(bottom - top, 4) * scale
    # Words lie level, each at the height of its own middle: extractors take a word apart whose letters
    # stand at different heights, and over the length of a word the slope of a page is nothing.
    lowest = [place.point((word.box[0] + word.box[2]) / 2, bottom)[1] for word in words]
    chosen = -1
    for index, (word, low, font) in enumerate(zip(words, lowest, _fonts_for(lowest, size), strict=True)):
        if font != chosen:
            yield f"/F{font} {size:.2f} Tf"
            chosen = font
        codes = _code_units(word.text)
        width = _width_px(words, index, size / scale) * scale
        stretch = 100 * width / (len(codes) // 4 * _ADVANCE / _EM * size)
        x, y = place.point(word.box[0], bottom)[0], low - size * _DESCENTS[font] / _EM
        yield f"{stretch:.2f} Tz 1 0 0 1 {x:.2f} {y:.2f} Tm"
        space = "" if index == len(words) - 1 else "0020"
        yield f"<{codes}{space}> Tj"


def _width_px(words: Sequence[Word], index: int, height_px: float) -> float:
    """How far a word is lit up: to its end, but not so far that it would run into the next one."""
    left, right = words[index].box[0], float(words[index].box[2])
    if index + 1 < len(words):
        right = min(right, words[index + 1].box[0] - _GAP_SHARE * height_px)
    return max(1.0, right - left)


def _fonts_for(lowest: Sequence[float], size: float) -> list[int]:
    """Which font brings each word of a line to one level; `lowest` are the lower edges of the words' boxes."""
    if max(lowest) - min(lowest) <= _LEVEL_SHARE * size:
        return [0] * len(lowest)
    level = (max(lowest) + min(lowest)) / 2 + _MIDDLE_SHARE * size
    fonts = range(len(_DESCENTS))
    return [min(fonts, key=lambda font: abs(low - size * _DESCENTS[font] / _EM - level)) for low in lowest]


def _code_units(text: str) -> str:
    """UTF-16 of what the font can show: the basic plane without controls, as hexadecimal digits."""
    return "".join(f"{ord(c):04X}" for c in text if 0x20 <= ord(c) < 0xFFFE and not 0xD800 <= ord(c) < 0xE000)


def has_text(word: Word) -> bool:
    """Whether a word leaves anything in the text layer."""
    return bool(_code_units(word.text).strip())


class Fonts:
    """The fonts of a document, each made once, when a page first asks for it."""

    def __init__(self, document: pikepdf.Pdf) -> None:
        self._document = document
        self._made: dict[str, pikepdf.Object] = {}
        self._tables: tuple[pikepdf.Object, pikepdf.Object] | None = None

    def for_content(self, content: bytes) -> Dictionary:
        """The font resources of a page that shows `content`."""
        return Dictionary({name: self._font(name) for name in fonts_of(content)})

    def _font(self, name: str) -> pikepdf.Object:
        if self._tables is None:
            glyphs = self._document.make_stream(b"\x00\x01" * 0x10000)
            self._tables = (glyphs, self._document.make_stream(_to_unicode()))
        if name not in self._made:
            self._made[name] = _make_font(self._document, int(name[2:]), *self._tables)
        return self._made[name]


def _make_font(
    document: pikepdf.Pdf, number: int, glyphs: pikepdf.Object, to_unicode: pikepdf.Object
) -> pikepdf.Object:
    """The font `number`: every character is the same empty glyph, one em high."""
    descent = _DESCENTS[number]
    ascent = _EM + descent
    file = _font_file(descent)
    # The prefix of a subset is six letters; a name of its own keeps viewers from taking one font for another.
    name = Name(f"/AAAAA{chr(ord('A') + number)}+Unseen")
    descriptor = Dictionary(
        Type=Name.FontDescriptor,
        FontName=name,
        Flags=4,
        FontBBox=Array([0, descent, _ADVANCE, ascent]),
        ItalicAngle=0,
        Ascent=ascent,
        Descent=descent,
        CapHeight=ascent,
        StemV=80,
        FontFile2=document.make_stream(file, Length1=len(file)),
    )
    descendant = Dictionary(
        Type=Name.Font,
        Subtype=Name.CIDFontType2,
        BaseFont=name,
        CIDSystemInfo=Dictionary(Registry=b"Adobe", Ordering=b"Identity", Supplement=0),
        FontDescriptor=document.make_indirect(descriptor),
        DW=_ADVANCE,
        CIDToGIDMap=glyphs,
    )
    return document.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.Type0,
            BaseFont=name,
            Encoding=Name("/Identity-H"),
            DescendantFonts=Array([document.make_indirect(descendant)]),
            ToUnicode=to_unicode,
        )
    )


@cache
def _font_file(descent: int) -> bytes:
    """A TrueType font of two glyphs; the second covers no area but reaches from descent to ascent."""
    ascent = _EM + descent
    pen = TTGlyphPen(None)
    pen.moveTo((0, descent))
    pen.lineTo((_ADVANCE, ascent))
    pen.closePath()
    reach = pen.glyph()
    builder = FontBuilder(_EM, isTTF=True)
    builder.setupGlyphOrder([".notdef", "any"])
    builder.setupCharacterMap({0x20: "any"})
    builder.setupGlyf({".notdef": TTGlyphPen(None).glyph(), "any": reach})
    builder.setupHorizontalMetrics({".notdef": (_ADVANCE, 0), "any": (_ADVANCE, 0)})
    builder.setupHorizontalHeader(ascent=ascent, descent=descent)
    builder.setupNameTable({"familyName": "Unseen", "styleName": "Regular", "psName": "Unseen"})
    builder.setupOS2(
        sTypoAscender=ascent,
        sTypoDescender=descent,
        usWinAscent=ascent,
        usWinDescent=max(0, -descent),
    )
    builder.setupPost(keepGlyphNames=False)
    # The same input must give the same bytes: a fixed time of making, 2026-01-01 in seconds since 1904.
    builder.font["head"].created = builder.font["head"].modified = 3_850_070_400
    builder.font.recalcTimestamp = False
    written = io.BytesIO()
    builder.save(written)
    return written.getvalue()


@cache
def _to_unicode() -> bytes:
    """Every code is its own UTF-16 value, in ranges of one high byte, at most 100 to a block."""
    high = [*range(0xD8), *range(0xE0, 0x100)]
    ranges = []
    for byte in high:
        first = 0x20 if byte == 0 else 0
        last = 0xFD if byte == 0xFF else 0xFF
        ranges.append(f"<{byte:02X}{first:02X}> <{byte:02X}{last:02X}> <{byte:02X}{first:02X}>")
    blocks = [ranges[start : start + 100] for start in range(0, len(ranges), 100)]
    body = "\n".join(f"{len(block)} beginbfrange\n" + "\n".join(block) + "\nendbfrange" for block in blocks)
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n"
        f"{body}\nendcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
    ).encode("ascii")
