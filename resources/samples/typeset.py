"""Setting a paper's wording on sides of paper, line by line, and noting what came where.

Directives (see `template` for the marks inside a line):

    @size 190 265       the sides are this large (millimetres) from here on
    @title @center @bold @right @italic @plain @small @para     one paragraph so aligned
    @motto LEFT // LEFT the two-column head: office on the left, the nation's motto on the right
    @table 10 40 50     a ruled table, rows "@row a | b | c" up to "@endtable"
    @cols 50 50         the same without rules, centred
    @sign LEFT ; NOTE ; NAME || RIGHT ; NOTE ; NAME     signatures; a stamp when the name is followed by *
    @box @endbox        a frame around what stands between
    @gap 5              empty millimetres;  @rule 40 a short centred line;  @page a new side
    @numbered top|bottom    sides bear their number: at the top from the second on, at the bottom all
    @code128 @qr        the code of the value that follows, with its width in millimetres
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from PIL import ImageFont

from resources.samples import fonts, template
from resources.samples.sheet import BLACK, Colour, Run, Sheet
from resources.samples.style import Style
from resources.samples.template import Token

A4_MM = (210.0, 297.0)
LEADER_LEAST_MM = 6.0
TICK_MM = 3.2


@dataclass(frozen=True)
class FieldTruth:
    kind: str
    page_no: int


@dataclass
class Paper:
    """A finished paper: its sides and which value stands where."""

    doc_type: str
    title: str
    variant: str
    fill: str
    sheets: list[Sheet] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    field_info: dict[str, FieldTruth] = field(default_factory=dict)
    kinds: tuple[str, ...] = ()


class Typesetter:
    """Sets one paper. `known` are the values by name, `field_names` those that are fields of this type."""

    def __init__(
        self,
        style: Style,
        known: Mapping[str, str],
        field_names: frozenset[str],
        dpi: int,
        coloured: bool,
        rng: random.Random,
        paper: Colour = (255, 255, 255),
    ) -> None:
        self.style, self.known, self.field_names = style, known, field_names
        self.dpi, self.coloured, self.rng, self.paper_colour = dpi, coloured, rng, paper
        self.size_mm: tuple[float, float] = A4_MM
        self.sheets: list[Sheet] = []
        self.fields: dict[str, str] = {}
        self.field_info: dict[str, FieldTruth] = {}
        self.scale = 1.0
        self.y_mm = 0.0
        self.box_top_mm: float | None = None
        self.columns_mm: tuple[float, ...] = ()
        self.ruled = True
        self.fixed_margin_mm: tuple[float, float, float, float] | None = None
        self.numbered = ""

    # -- geometry ----------------------------------------------------------------------------

    @property
    def sheet(self) -> Sheet:
        if not self.sheets:
            self.new_side()
        return self.sheets[-1]

    @property
    def margin_mm(self) -> tuple[float, float, float, float]:
        return self.fixed_margin_mm or self.style.margin_mm

    @property
    def left_mm(self) -> float:
        return self.margin_mm[1]

    @property
    def width_mm(self) -> float:
        return self.size_mm[0] - self.margin_mm[1] - self.margin_mm[2]

    def new_side(self) -> None:
        self.sheets.append(Sheet(*self.size_mm, self.dpi, self.coloured, self.paper_colour))
        self.y_mm = self.margin_mm[0]
        if self.box_top_mm is not None:
            self.box_top_mm = self.y_mm - 2
        self._number_side()

    def _number_side(self) -> None:
        number, sheet = len(self.sheets), self.sheets[-1]
        if self.numbered == "bottom" or (self.numbered == "top" and number > 1):
            font = fonts.load(self.style.family, "regular", sheet.size_px(self.style.size_pt * 0.9))
            baseline = self.size_mm[1] - 8.5 if self.numbered == "bottom" else self.margin_mm[0] - 2.0
            sheet.printed(self.size_mm[0] / 2, baseline, str(number), font, align="center", kind="figure")

    def need(self, height_mm: float) -> None:
        """Starts a new side when less than `height_mm` is left on this one."""
        bottom = self.size_mm[1] - self.margin_mm[3]
        if self.sheet and self.y_mm + height_mm > bottom:
            self.new_side()

    # -- words -------------------------------------------------------------------------------

    def font(self, token: Token, points: float) -> ImageFont.FreeTypeFont:
        if token.is_value and self.style.hand:
            return fonts.load(self.style.hand, "regular", self.sheet.size_px(points * 1.18))
        face, family = token.face, self.style.family
        if token.is_value:
            face = self.style.value_face if face == "regular" else face
            family = self.style.value_family or family
        # Monospaced letters are wider; a typist takes a smaller size to fit the line.
        size = points * 0.88 if family == "typewriter" and family != self.style.family else points
        return fonts.load(family, face, self.sheet.size_px(size))

    def token_mm(self, token: Token, points: float) -> float:
        if token.shape == "leader":
            return LEADER_LEAST_MM
        if token.shape == "tick":
            return TICK_MM
        return self.sheet.mm(self.font(token, points).getlength(token.text))

    def space_mm(self, points: float) -> float:
        return self.sheet.mm(
            fonts.load(self.style.family, "regular", self.sheet.size_px(points)).getlength(" ")
        )

    def words(self, text: str, face: str = "regular") -> list[Token]:
        return template.tokens(text, self.known, self.field_names, face)

    def broken(
        self, words: list[Token], points: float, width_mm: float, indent_mm: float = 0.0
    ) -> list[list[Token]]:
        """The words in lines no wider than `width_mm`; glued words are never parted."""
        lines: list[list[Token]] = [[]]
        used, space = indent_mm, self.space_mm(points)
        for group in _glued(words):
            need = sum(self.token_mm(token, points) for token in group)
            if lines[-1] and used + space + need > width_mm:
                lines.append([])
                used = 0.0
            used += need + (space if lines[-1] else 0.0)
            lines[-1].extend(group)
        return lines

    def paragraph(
        self,
        text: str,
        *,
        align: str = "justify",
        face: str = "regular",
        points: float | None = None,
        indent_mm: float | None = None,
    ) -> None:
        """One paragraph down the side, over to the next side when needed."""
        size = (points or self.style.size_pt) * self.scale
        indent = (self.style.indent_mm if align == "justify" else 0.0) if indent_mm is None else indent_mm
        words = self.words(text, face)
        if any(token.shape == "leader" for token in words):
            indent = 0.0
        lines = self.broken(words, size, self.width_mm, indent)
        for index, line in enumerate(lines):
            height = self.line_mm(size)
            self.need(height)
            last = index == len(lines) - 1
            shown = (
                align if align != "justify" else ("justify" if self.style.justified and not last else "left")
            )
            shift = indent if index == 0 else 0.0
            self.set_line(
                line, self.left_mm + shift, self.width_mm - shift, self.y_mm + height * 0.75, size, shown
            )
            self.y_mm += height

    def line_mm(self, points: float) -> float:
        return points * self.style.leading * 25.4 / 72

    def set_line(
        self,
        line: list[Token],
        left_mm: float,
        width_mm: float,
        baseline_mm: float,
        points: float,
        align: str,
    ) -> None:
        """Draws the words of one line and records them."""
        if not line:
            return
        space = self.space_mm(points)
        gaps = sum(1 for index, token in enumerate(line) if index and not token.glued)
        used = sum(self.token_mm(token, points) for token in line) + gaps * space
        leaders = sum(1 for token in line if token.shape == "leader")
        spare = max(0.0, width_mm - used)
        stretch = LEADER_LEAST_MM + spare / leaders if leaders else 0.0
        if leaders:
            spare = 0.0
        elif align == "justify" and gaps and spare < width_mm * 0.35:
            space += spare / gaps
        elif align in ("center", "right"):
            left_mm += spare / (2 if align == "center" else 1)
        pen, placed = left_mm, []
        for index, token in enumerate(line):
            if index and not token.glued:
                pen += space
            wide = stretch if token.shape == "leader" else self.token_mm(token, points)
            if leaders and self.style.hand and token.is_value:
                self._leader(pen, wide + space, baseline_mm, points)
            self._draw(token, pen, wide, baseline_mm, points)
            placed.append((token, pen, pen + wide))
            pen += wide
        self._record(placed, baseline_mm, points)

    def _draw(self, token: Token, x_mm: float, wide_mm: float, baseline_mm: float, points: float) -> None:
        if token.shape == "leader":
            self._leader(x_mm, wide_mm, baseline_mm, points)
        elif token.shape == "tick":
            self.sheet.box(x_mm, baseline_mm - TICK_MM + 0.3, TICK_MM, TICK_MM)
            if token.text == "[x]":
                self.sheet.rule(
                    x_mm + 0.5, baseline_mm - TICK_MM + 0.8, x_mm + TICK_MM - 0.5, baseline_mm - 0.2, 0.35
                )
                self.sheet.rule(
                    x_mm + TICK_MM - 0.5, baseline_mm - TICK_MM + 0.8, x_mm + 0.5, baseline_mm - 0.2, 0.35
                )
        else:
            written = token.is_value and self.style.hand
            lift = self.rng.uniform(-0.5, 0.3) if written else 0.0
            colour = self.style.hand_ink if written else BLACK
            self.sheet.text(x_mm, baseline_mm + lift, token.text, self.font(token, points), colour)

    def _leader(self, x_mm: float, wide_mm: float, baseline_mm: float, points: float) -> None:
        font = fonts.load(self.style.family, "regular", self.sheet.size_px(points))
        if self.style.leader == "_":
            self.sheet.rule(x_mm, baseline_mm + 0.4, x_mm + wide_mm, baseline_mm + 0.4, 0.2)
            return
        step = self.sheet.mm(font.getlength(self.style.leader)) + self.style.leader_gap
        count = max(0, int((wide_mm - 1) / step))
        if self.style.leader_gap < 0.1:
            self.sheet.text(x_mm + 0.5, baseline_mm, self.style.leader * count, font)
        else:
            for index in range(count):
                self.sheet.text(x_mm + 0.5 + index * step, baseline_mm, self.style.leader, font)

    def _record(self, placed: list[tuple[Token, float, float]], baseline_mm: float, points: float) -> None:
        """One truth line; a new run wherever a leader, a tick box or another hand comes between."""
        runs: list[tuple[str, str]] = []
        edges = [(start, end) for token, start, end in placed if token.shape == "word"]
        if not edges:
            return
        fresh = True
        for token, _, _ in placed:
            if token.shape != "word":
                fresh = True
                continue
            kind = "handwritten" if token.is_value and self.style.hand else "printed"
            self._note_field(token, kind)
            if fresh or runs[-1][1] != kind:
                runs.append((token.text, kind))
            else:
                runs[-1] = (runs[-1][0] + ("" if token.glued else " ") + token.text, kind)
            fresh = False
        font = fonts.load(self.style.family, "regular", self.sheet.size_px(points))
        self.sheet.record(edges[0][0], baseline_mm, edges[-1][1], font, tuple(Run(*run) for run in runs))

    def _note_field(self, token: Token, kind: str) -> None:
        if token.field and token.field not in self.fields:
            self.fields[token.field] = self.known[token.field]
            self.field_info[token.field] = FieldTruth(kind, len(self.sheets))


def _glued(words: list[Token]) -> list[list[Token]]:
    groups: list[list[Token]] = []
    for token in words:
        if token.glued and groups:
            groups[-1].append(token)
        else:
            groups.append([token])
    return groups
