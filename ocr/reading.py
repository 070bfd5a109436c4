"""What is read from a side: pages, lines, words, codes, findings. Plain values that travel between
processes and are kept as JSON.

Boxes are (left, top, right, bottom) in pixels of the *upright page image*: the side after turning,
splitting, deskewing and cropping by its recipe; right and bottom are exclusive. Confidences are 0.0–1.0.
All text is NFC.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

Box = tuple[int, int, int, int]

# An A3 side at 600 dpi has 70 million pixels; twice that is no paper of a land office.
PIXEL_LIMIT = 140_000_000

# A sheet is a spread only when lying and at least this wide: two A4 pages are 420 mm, two A5 are 297 mm.
WIDEST_SINGLE_MM = 340.0


@dataclass(frozen=True)
class Word:
    text: str
    box: Box
    confidence: float
    #: True where the letters look written by hand rather than printed.
    handwritten: bool = False


@dataclass(frozen=True)
class Line:
    """A line of words from left to right; `block` numbers the column, table cell or paragraph it is part of."""

    words: tuple[Word, ...]
    block: int

    @property
    def text(self) -> str:
        return " ".join(w.text for w in self.words)

    @property
    def box(self) -> Box:
        return (
            min(w.box[0] for w in self.words),
            min(w.box[1] for w in self.words),
            max(w.box[2] for w in self.words),
            max(w.box[3] for w in self.words),
        )


@dataclass(frozen=True)
class Code:
    """A machine-readable code. `symbology`: QRCode, Code128, Code39, DataMatrix, PDF417, EAN13, Patch1 … PatchT."""

    symbology: str
    payload: str
    box: Box | None = None


@dataclass(frozen=True)
class Finding:
    """Something wrong with a picture. `sentence` is a key of the catalogues and names the remedy."""

    kind: str
    sentence: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class PageRecipe:
    """How one logical page is cut out of its turned side.

    Attributes:
        side: "full", or "left" / "right" half of a spread.
        window: (left, top, right, bottom) as shares 0–1 of the turned side.
        skew_deg: degrees by which the lines fall to the right (content turned clockwise); None where the
            page refused an answer. Undone by turning the page anticlockwise by as much.
        crop: (left, top, right, bottom) in pixels of the deskewed window; None keeps all of it.
    """

    side: str
    window: tuple[float, float, float, float]
    skew_deg: float | None
    crop: Box | None = None


@dataclass(frozen=True)
class Recipe:
    """Everything done to a side's picture before reading it; the original is never changed.

    Attributes:
        rotation_deg: 0, 90, 180 or 270: degrees clockwise by which the content lies turned in the original.
        split_at: the gutter as a share of the turned width, None for a single page.
        pages: in reading order as they lie on the side, left half first.
    """

    rotation_deg: int
    split_at: float | None
    pages: tuple[PageRecipe, ...]


@dataclass(frozen=True)
class ReadOptions:
    """How a side is to be read.

    Attributes:
        languages: Tesseract models, the main one first.
        engine: "tesserocr" or "pytesseract".
        recipe: the operator's own turn, split, angle and window, used instead of measuring.
        pixel_limit: larger pictures are refused.
        previous_split: where sheets like it are cut in its pile, as a share of the width.
        other_scripts: models tried in turn on a side whose letters the main ones cannot read.
    """

    languages: tuple[str, ...] = ("vie",)
    engine: str = "tesserocr"
    recipe: Recipe | None = None
    pixel_limit: int = PIXEL_LIMIT
    previous_split: float | None = None
    other_scripts: tuple[str, ...] = ("khm",)


@dataclass(frozen=True)
class PageReading:
    """One logical page as it was read.

    `leaders` are the places of dotted lines and rules that were erased before recognition: evidence of a
    field to fill in.
    """

    side: str
    width_px: int
    height_px: int
    dpi: int
    skew_deg: float | None
    blank: bool
    lines: tuple[Line, ...]
    codes: tuple[Code, ...]
    findings: tuple[Finding, ...] = ()
    leaders: tuple[Box, ...] = ()

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)

    @property
    def words(self) -> tuple[Word, ...]:
        return tuple(w for line in self.lines for w in line.words)


@dataclass(frozen=True)
class SideReading:
    """One image of a sheet as it was read: its recipe and its pages.

    `separator` is the payload or patch name that makes the sheet a separator, else None. `dpi` is that of the
    original image; `colour` is "colour", "grey" or "bilevel" as delivered.
    """

    recipe: Recipe
    width_px: int
    height_px: int
    dpi: int
    colour: str
    blank: bool
    separator: str | None
    pages: tuple[PageReading, ...]
    findings: tuple[Finding, ...] = ()
    seconds: float = 0.0

    @property
    def codes(self) -> tuple[Code, ...]:
        return tuple(c for p in self.pages for c in p.codes)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(data: dict[str, Any]) -> SideReading:
        recipe = data["recipe"]
        return SideReading(
            recipe=Recipe(
                rotation_deg=recipe["rotation_deg"],
                split_at=recipe["split_at"],
                pages=tuple(
                    PageRecipe(
                        side=p["side"],
                        window=tuple(p["window"]),
                        skew_deg=p["skew_deg"],
                        crop=_box(p["crop"]),
                    )
                    for p in recipe["pages"]
                ),
            ),
            width_px=data["width_px"],
            height_px=data["height_px"],
            dpi=data["dpi"],
            colour=data["colour"],
            blank=data["blank"],
            separator=data["separator"],
            pages=tuple(page_from_json(p) for p in data["pages"]),
            findings=tuple(Finding(**f) for f in data["findings"]),
            seconds=data["seconds"],
        )


def _box(value: list[int] | None) -> Box | None:
    return None if value is None else (value[0], value[1], value[2], value[3])


def page_from_json(data: dict[str, Any]) -> PageReading:
    """The page that `dataclasses.asdict` made `data` of."""
    return PageReading(
        side=data["side"],
        width_px=data["width_px"],
        height_px=data["height_px"],
        dpi=data["dpi"],
        skew_deg=data["skew_deg"],
        blank=data["blank"],
        lines=tuple(
            Line(
                words=tuple(
                    Word(w["text"], tuple(w["box"]), w["confidence"], w["handwritten"]) for w in line["words"]
                ),
                block=line["block"],
            )
            for line in data["lines"]
        ),
        codes=tuple(Code(c["symbology"], c["payload"], _box(c["box"])) for c in data["codes"]),
        findings=tuple(Finding(**f) for f in data["findings"]),
        leaders=tuple((b[0], b[1], b[2], b[3]) for b in data["leaders"]),
    )
