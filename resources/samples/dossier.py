"""From a case to its papers, and from papers to the sides that go through the scanner."""

import random
from dataclasses import dataclass

from resources.samples.case import Case
from resources.samples.papers import Order, build
from resources.samples.scan import Placed, Side
from resources.samples.sheet import Sheet
from resources.samples.typeset import Paper

A4_MM = (210.0, 297.0)
A3_MM = (420.0, 297.0)


@dataclass(frozen=True)
class Document:
    """A paper of a dossier under its id in the truth."""

    id: str
    dossier_id: str
    order: int
    paper: Paper
    generation: int = 0


def documents_of(case: Case, orders: list[tuple[Order, int]], rng: random.Random) -> list[Document]:
    """Sets every paper; `orders` are wishes with the number of times the paper went through a copier."""
    dossier_id = f"D{case.number:03d}"
    return [
        Document(f"{dossier_id}-{index:02d}", dossier_id, index, build(case, order, rng), generation)
        for index, (order, generation) in enumerate(orders, start=1)
    ]


def sides_of(
    document: Document, *, duplex: bool, spreads: bool, rng: random.Random, glass: bool = False
) -> list[Side]:
    """The sides of one paper in the order they come from the scanner.

    Args:
        duplex: the feeder scans both sides of every sheet; the last back may be blank.
        spreads: a folded certificate lies open on A3 glass: 4|1, then 2|3.
        glass: A4 papers of several sides lie two by two on A3 glass; the last half may be empty.
    """
    paper, sheets = document.paper, document.paper.sheets
    if paper.doc_type == "giay_chung_nhan" and len(sheets) == 4 and spreads:
        return _folded(document, rng)
    if glass and len(sheets) > 1 and all(sheet.width_mm == A4_MM[0] for sheet in sheets):
        return _two_by_two(document, rng)
    scored = paper.doc_type != "cccd"
    sides = []
    for index, sheet in enumerate(sheets):
        size = _paper_mm(sheet)
        left = (size[0] - sheet.width_mm) / 2 if size[0] - sheet.width_mm > 1 else 0.0
        top = rng.uniform(2, size[1] - sheet.height_mm - 2) if size[1] - sheet.height_mm > 5 else 0.0
        placed = Placed(
            sheet, document.id, paper.doc_type, index + 1, "full", left, top, scored and enough_text(sheet)
        )
        back = sheets[index ^ 1] if duplex and (index ^ 1) < len(sheets) else None
        sides.append(Side((placed,), size, document.dossier_id, back=back))
    if duplex and len(sheets) % 2:
        sides.append(Side((), _paper_mm(sheets[-1]), document.dossier_id, back=sheets[-1]))
    return sides


def enough_text(sheet: Sheet) -> bool:
    """Whether the page has enough lines for its skew to be asked for."""
    return sum(1 for line in sheet.lines if line.kind == "printed" and len(line.text) > 12) >= 4


def _paper_mm(sheet: Sheet) -> tuple[float, float]:
    return A3_MM if sheet.width_mm > 300 else A4_MM


def _folded(document: Document, rng: random.Random) -> list[Side]:
    first, second, third, fourth = document.paper.sheets
    wide, tall = first.width_mm, first.height_mm
    pairs = (((fourth, 4), (first, 1)), ((second, 2), (third, 3)))
    sides = []
    for (left_sheet, left_no), (right_sheet, right_no) in pairs:
        left = (A3_MM[0] - 2 * wide) / 2 + rng.uniform(-6, 6)
        top = (A3_MM[1] - tall) / 2 + rng.uniform(-10, 10)
        placed = (
            Placed(
                left_sheet,
                document.id,
                "giay_chung_nhan",
                left_no,
                "left",
                left,
                top,
                enough_text(left_sheet),
            ),
            Placed(
                right_sheet,
                document.id,
                "giay_chung_nhan",
                right_no,
                "right",
                left + wide,
                top,
                enough_text(right_sheet),
            ),
        )
        sides.append(Side(placed, A3_MM, document.dossier_id, fold_mm=left + wide))
    return sides


def _two_by_two(document: Document, rng: random.Random) -> list[Side]:
    """A4 sides side by side; four sides may be one folded sheet (4|1, 2|3)."""
    sheets = document.paper.sheets
    numbers: list[int | None] = list(range(1, len(sheets) + 1))
    if len(sheets) == 4 and rng.random() < 0.5:
        numbers = [4, 1, 2, 3]
    elif len(numbers) % 2:
        numbers.append(None)
    sides = []
    for left_no, right_no in zip(numbers[::2], numbers[1::2], strict=True):
        placed = tuple(
            _half(document, number, side, left_mm)
            for number, side, left_mm in ((left_no, "left", 0.0), (right_no, "right", A4_MM[0]))
        )
        sides.append(Side(placed, A3_MM, document.dossier_id, fold_mm=A4_MM[0]))
    return sides


def _half(document: Document, number: int | None, side: str, left_mm: float) -> Placed:
    if number is None:
        return Placed(None, None, None, len(document.paper.sheets) + 1, side, left_mm)
    sheet = document.paper.sheets[number - 1]
    return Placed(sheet, document.id, document.paper.doc_type, number, side, left_mm, 0.0, enough_text(sheet))
