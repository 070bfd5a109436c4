"""What each directive of a paper's wording does; see `typeset` for the list."""

import re
from collections.abc import Callable, Iterable

from resources.samples import codes, marks
from resources.samples.template import Directive, Token
from resources.samples.typeset import Typesetter

MOTTO = ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc")
CELL_PAD_MM = 1.2
_CELL_EDGE = re.compile(r"(?<= )\|(?= )")


def carry_out(setter: Typesetter, lines: Iterable[Directive]) -> None:
    """Sets the lines of a paper one after the other."""
    for line in lines:
        WORKS[line.name](setter, line.text)


def _aligned(align: str, face: str = "regular", scale: float = 1.0) -> Callable[[Typesetter, str], None]:
    def work(setter: Typesetter, text: str) -> None:
        for part in text.split("//"):
            setter.paragraph(part, align=align, face=face, points=setter.style.size_pt * scale, indent_mm=0.0)

    return work


def _para(setter: Typesetter, text: str) -> None:
    setter.paragraph(text)


def _motto(setter: Typesetter, text: str) -> None:
    size = min(setter.style.size_pt, 12.0) * setter.scale
    setter.need(0)
    left = [part.strip() for part in text.split("//") if part.strip()]
    if not left:
        for line in MOTTO:
            setter.paragraph(line, align="center", face="bold", points=size)
        middle, half = setter.left_mm + setter.width_mm / 2, 28.0
        setter.sheet.rule(middle - half, setter.y_mm + 0.6, middle + half, setter.y_mm + 0.6)
        setter.y_mm += 5
        return
    split = setter.width_mm * 0.44
    top = setter.y_mm
    small = size * 0.92
    rows = [row for part in left for row in setter.broken(setter.words(part, "bold"), small, split - 4)]
    for index, row in enumerate(rows):
        baseline = top + (index + 0.75) * setter.line_mm(small)
        setter.set_line(row, setter.left_mm, split - 4, baseline, small, "center")
    right_left, right_wide = setter.left_mm + split, setter.width_mm - split
    shrink = min(small, _fitting_points(setter, MOTTO[0], small, right_wide))
    for index, line in enumerate(MOTTO):
        baseline = top + (index + 0.75) * setter.line_mm(small)
        setter.set_line(setter.words(line, "bold"), right_left, right_wide, baseline, shrink, "center")
    below = top + 2 * setter.line_mm(small) + 0.8
    setter.sheet.rule(right_left + right_wide * 0.25, below, right_left + right_wide * 0.75, below)
    under = top + len(rows) * setter.line_mm(small) + 0.8
    setter.sheet.rule(setter.left_mm + split * 0.3, under, setter.left_mm + split * 0.62, under)
    setter.y_mm = max(below, under) + 3.5


def _fitting_points(setter: Typesetter, text: str, points: float, width_mm: float) -> float:
    words = setter.words(text, "bold")
    wide = sum(setter.token_mm(word, points) for word in words) + (len(words) - 1) * setter.space_mm(points)
    return points * min(1.0, width_mm / wide) * 0.99


def _table(setter: Typesetter, text: str) -> None:
    shares = [float(share) for share in text.split()]
    setter.columns_mm = tuple(share / sum(shares) * setter.width_mm for share in shares)
    setter.ruled = True


def _cols(setter: Typesetter, text: str) -> None:
    _table(setter, text)
    setter.ruled = False


def _row(setter: Typesetter, text: str) -> None:
    """One row; a cell that starts with ^ is centred."""
    size = setter.style.size_pt * setter.scale * (0.9 if setter.ruled else 1.0)
    cells = [cell.strip() for cell in _CELL_EDGE.split(f" {text.strip()} ")[1:-1]]
    height_mm = setter.line_mm(size)
    broken: list[tuple[str, list[list[Token]]]] = []
    for cell, width in zip(cells, setter.columns_mm, strict=False):
        align = "center" if cell.startswith("^") or not setter.ruled else "left"
        parts = [
            row
            for part in cell.removeprefix("^").split("//")
            for row in setter.broken(setter.words(part), size, width - 2 * CELL_PAD_MM)
        ]
        broken.append((align, parts))
    tall = max(len(rows) for _, rows in broken) * height_mm + (2 * CELL_PAD_MM if setter.ruled else 0.0)
    setter.need(tall + 1)
    left = setter.left_mm
    for (align, rows), width in zip(broken, setter.columns_mm, strict=False):
        pad = CELL_PAD_MM if setter.ruled else 0.0
        for index, row in enumerate(rows):
            baseline = setter.y_mm + pad + (index + 0.75) * height_mm
            setter.set_line(row, left + CELL_PAD_MM, width - 2 * CELL_PAD_MM, baseline, size, align)
        if setter.ruled:
            setter.sheet.box(left, setter.y_mm, width, tall)
        left += width
    setter.y_mm += tall


def _endtable(setter: Typesetter, text: str) -> None:
    setter.y_mm += 2.5


def _sign(setter: Typesetter, text: str) -> None:
    """Signatures side by side; a name that ends in * is signed under a stamp."""
    blocks = [block.strip() for block in text.split("||")]
    setter.need(setter.line_mm(setter.style.size_pt * setter.scale) * 3 + 32)
    wide = setter.width_mm / len(blocks)
    top = setter.y_mm
    ends = [top]
    for index, block in enumerate(blocks):
        parts = [part.strip() for part in block.split(";")]
        if any(parts):
            ends.append(
                _signed(setter, [*parts, "", "", ""][:3], setter.left_mm + index * wide, wide - 4, top)
            )
    setter.y_mm = max(ends) + 5


def _signed(setter: Typesetter, parts: list[str], left_mm: float, wide_mm: float, y_mm: float) -> float:
    """One block: office, note, signature, name; returns where it ends."""
    title, note, name = parts
    size = setter.style.size_pt * setter.scale
    height = setter.line_mm(size)
    for text, face, shrink in [(part, "bold", 1.0) for part in title.split("//")] + [(note, "italic", 0.88)]:
        for row in setter.broken(setter.words(text, face), size * shrink, wide_mm):
            if row:
                setter.set_line(row, left_mm, wide_mm, y_mm + height * 0.75, size * shrink, "center")
            y_mm += height
    if not name:
        return y_mm
    middle = left_mm + wide_mm / 2
    marks.signature(setter.sheet, middle - 15, y_mm + 5, 30, 13, setter.rng)
    baseline = y_mm + 28
    setter.set_line(setter.words(name.rstrip("*"), "bold"), left_mm, wide_mm, baseline, size, "center")
    if name.endswith("*"):
        # The rule is to cover the left third of the signature; some clerks hit the middle of it.
        aside = setter.rng.uniform(8, 14) if setter.rng.random() < 0.25 else setter.rng.uniform(24, 30)
        spot = (middle - marks.STAMP_MM / 2 - aside, y_mm + 13.5 - marks.STAMP_MM / 2)
        marks.round_stamp(setter.sheet, *spot, setter.known["stamp_text"], setter.rng)
    return baseline


def _gap(setter: Typesetter, text: str) -> None:
    setter.y_mm += float(text)


def _rule(setter: Typesetter, text: str) -> None:
    half = float(text) / 2
    middle = setter.left_mm + setter.width_mm / 2
    setter.sheet.rule(middle - half, setter.y_mm + 1, middle + half, setter.y_mm + 1)
    setter.y_mm += 3


def _at(setter: Typesetter, text: str) -> None:
    """Goes down to so many millimetres, when not already below."""
    setter.y_mm = max(setter.y_mm, float(text))


def _page(setter: Typesetter, text: str) -> None:
    setter.new_side()


def _size(setter: Typesetter, text: str) -> None:
    wide, tall = (float(part) for part in text.split())
    setter.size_mm = (wide, tall)


def _scale(setter: Typesetter, text: str) -> None:
    setter.scale = float(text)


def _margins(setter: Typesetter, text: str) -> None:
    top, left, right, bottom = (float(part) for part in text.split())
    setter.fixed_margin_mm = (top, left, right, bottom)


def _numbered(setter: Typesetter, text: str) -> None:
    setter.numbered = text


def _code128(setter: Typesetter, text: str) -> None:
    """@code128 NAME WIDTH [left|center|right]; the bars take room of their own."""
    name, width, *where = text.replace("=", "").split()
    setter.need(14)
    codes.print_code128(
        setter.sheet, setter.known[name], _left(setter, float(width), where), setter.y_mm, float(width), 10.0
    )
    setter.y_mm += 13


def _qr(setter: Typesetter, text: str) -> None:
    """@qr NAME WIDTH [left|center|right]; stands beside what is written, and takes no room."""
    name, width, *where = text.replace("=", "").split()
    codes.print_qr(
        setter.sheet, setter.known[name], _left(setter, float(width), where), setter.y_mm, float(width)
    )


def _left(setter: Typesetter, width_mm: float, where: list[str]) -> float:
    spare = setter.width_mm - width_mm
    return setter.left_mm + spare * {"left": 0.0, "center": 0.5, "right": 1.0}[where[0] if where else "left"]


def _boxed(setter: Typesetter, text: str) -> None:
    setter.need(25)
    setter.box_top_mm = setter.y_mm
    setter.y_mm += 2


def _endbox(setter: Typesetter, text: str) -> None:
    if setter.box_top_mm is not None:
        top, setter.box_top_mm = setter.box_top_mm, None
        setter.sheet.box(setter.left_mm - 2.5, top, setter.width_mm + 5, setter.y_mm + 2 - top)
        setter.y_mm += 5


WORKS: dict[str, Callable[[Typesetter, str], None]] = {
    "para": _para,
    "plain": _aligned("left"),
    "bold": _aligned("left", "bold"),
    "italic": _aligned("justify", "italic"),
    "center": _aligned("center"),
    "centerbold": _aligned("center", "bold"),
    "centeritalic": _aligned("center", "italic"),
    "title": _aligned("center", "bold", 1.12),
    "right": _aligned("right", "italic"),
    "rightbold": _aligned("right", "bold", 0.9),
    "small": _aligned("justify", "regular", 0.82),
    "smallitalic": _aligned("justify", "italic", 0.82),
    "motto": _motto,
    "table": _table,
    "cols": _cols,
    "row": _row,
    "endtable": _endtable,
    "sign": _sign,
    "gap": _gap,
    "rule": _rule,
    "at": _at,
    "page": _page,
    "size": _size,
    "scale": _scale,
    "margins": _margins,
    "numbered": _numbered,
    "code128": _code128,
    "qr": _qr,
    "box": _boxed,
    "endbox": _endbox,
}
