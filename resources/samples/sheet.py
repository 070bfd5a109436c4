"""One side of paper being printed: its pixels, and the exact truth of what was put where.

All positions are millimetres from the top left corner; the truth keeps pixels of this side, which
later steps (placing on a spread, skewing, turning) carry along with the pixels.
"""

from dataclasses import dataclass, field

import numpy as np
from PIL import Image, ImageDraw, ImageFont

MM_PER_INCH = 25.4
POINTS_PER_INCH = 72.0

Colour = tuple[int, int, int]
BLACK: Colour = (18, 18, 20)
WHITE: Colour = (255, 255, 255)
Quad = list[tuple[float, float]]


@dataclass(frozen=True)
class Run:
    """A stretch of one line written the same way; `kind` is printed, handwritten, figure or mrz."""

    text: str
    kind: str


@dataclass(frozen=True)
class TruthLine:
    """What stands on one line, and where: `quad` is top left, top right, bottom right, bottom left in pixels."""

    runs: tuple[Run, ...]
    quad: Quad

    @property
    def text(self) -> str:
        return " ".join(run.text for run in self.runs)

    @property
    def kind(self) -> str:
        kinds = {run.kind for run in self.runs}
        return kinds.pop() if len(kinds) == 1 else "mixed"


@dataclass(frozen=True)
class TruthCode:
    """A code printed on the side; `readable` says whether a good decoder has a fair chance."""

    symbology: str
    payload: str
    quad: Quad
    module_mm: float


@dataclass(frozen=True)
class TruthStamp:
    text: str
    quad: Quad


@dataclass
class Sheet:
    """A blank side to print on.

    Args:
        width_mm, height_mm: size of the paper.
        dpi: dots per inch of the pixels.
        coloured: keep colours; otherwise the side is grey from the start, which is three times faster.
    """

    width_mm: float
    height_mm: float
    dpi: int
    coloured: bool
    paper: Colour = WHITE
    lines: list[TruthLine] = field(default_factory=list)
    codes: list[TruthCode] = field(default_factory=list)
    stamps: list[TruthStamp] = field(default_factory=list)

    def __post_init__(self) -> None:
        size = (self.px(self.width_mm), self.px(self.height_mm))
        self.image = Image.new("RGB" if self.coloured else "L", size, self.ink(self.paper))
        self.draw = ImageDraw.Draw(self.image)

    def px(self, length_mm: float) -> int:
        return round(length_mm * self.dpi / MM_PER_INCH)

    def mm(self, length_px: float) -> float:
        return length_px * MM_PER_INCH / self.dpi

    def size_px(self, points: float) -> int:
        return max(6, round(points * self.dpi / POINTS_PER_INCH))

    def ink(self, colour: Colour) -> int | Colour:
        if self.coloured:
            return colour
        red, green, blue = colour
        return round(0.299 * red + 0.587 * green + 0.114 * blue)

    def text(
        self, x_mm: float, baseline_mm: float, text: str, font: ImageFont.FreeTypeFont, colour: Colour = BLACK
    ) -> None:
        """Draws `text` with its baseline at `baseline_mm`; records nothing."""
        place = (x_mm * self.dpi / MM_PER_INCH, float(self.px(baseline_mm)))
        self.draw.text(place, text, font=font, fill=self.ink(colour), anchor="ls")

    def printed(
        self,
        x_mm: float,
        baseline_mm: float,
        text: str,
        font: ImageFont.FreeTypeFont,
        *,
        colour: Colour = BLACK,
        align: str = "left",
        kind: str = "printed",
    ) -> None:
        """Draws one line and records it."""
        width_mm = self.mm(font.getlength(text))
        left = x_mm - {"left": 0.0, "center": 0.5, "right": 1.0}[align] * width_mm
        self.text(left, baseline_mm, text, font, colour)
        self.record(left, baseline_mm, left + width_mm, font, (Run(text, kind),))

    def record(
        self,
        left_mm: float,
        baseline_mm: float,
        right_mm: float,
        font: ImageFont.FreeTypeFont,
        runs: tuple[Run, ...],
    ) -> None:
        """Remembers a line that stands between two edges on a baseline."""
        ascent, descent = font.getmetrics()
        top, bottom = self.px(baseline_mm) - ascent, self.px(baseline_mm) + descent
        left, right = self.px(left_mm), self.px(right_mm)
        self.lines.append(TruthLine(runs, [(left, top), (right, top), (right, bottom), (left, bottom)]))

    def rule(
        self,
        x0_mm: float,
        y0_mm: float,
        x1_mm: float,
        y1_mm: float,
        width_mm: float = 0.25,
        colour: Colour = BLACK,
    ) -> None:
        ends = (self.px(x0_mm), self.px(y0_mm), self.px(x1_mm), self.px(y1_mm))
        self.draw.line(ends, fill=self.ink(colour), width=max(1, self.px(width_mm)))

    def box(
        self,
        x_mm: float,
        y_mm: float,
        width_mm: float,
        height_mm: float,
        line_mm: float = 0.25,
        colour: Colour = BLACK,
    ) -> None:
        corners = (self.px(x_mm), self.px(y_mm), self.px(x_mm + width_mm), self.px(y_mm + height_mm))
        self.draw.rectangle(corners, outline=self.ink(colour), width=max(1, self.px(line_mm)))

    def paste(self, picture: Image.Image, x_mm: float, y_mm: float) -> Quad:
        """Prints a grey or colour picture; returns its corners in pixels."""
        left, top = self.px(x_mm), self.px(y_mm)
        self.image.paste(picture.convert(self.image.mode), (left, top))
        right, bottom = left + picture.width, top + picture.height
        return [(left, top), (right, top), (right, bottom), (left, bottom)]

    def multiply(
        self, layer: Image.Image, left_px: int, top_px: int, colour: Colour, strength: float
    ) -> None:
        """Lays transparent ink (a stamp, a highlighter) over what is printed; `layer` is grey, 255 = full ink."""
        box = (left_px, top_px, left_px + layer.width, top_px + layer.height)
        under = np.asarray(self.image.crop(box), dtype=np.float32)
        cover = np.asarray(layer, dtype=np.float32) / 255.0 * strength
        tone = self.ink(colour)
        if isinstance(tone, int):
            mixed = under * (1 - cover * (1 - tone / 255.0))
        else:
            share = 1 - np.asarray(tone, dtype=np.float32) / 255.0
            mixed = under * (1 - cover[..., None] * share)
        self.image.paste(Image.fromarray(mixed.astype(np.uint8)), (left_px, top_px))
