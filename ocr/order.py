"""Reading order: rows from top to bottom, columns of a letterhead and of signatures one after the other.

Lines at one height form a row. Where consecutive rows leave the same upright strip free and the text on
both sides is centred in its own column (a letterhead, signature blocks), the left column is read before
the right one. Cells of a ruled table stay in their rows, each cell read to its end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ocr.reading import Box

# Rows further apart than this many letter heights do not belong to one pair of columns.
_ROW_REACH = 3.2
# A strip between columns is at least this wide, in letter heights.
_STRIP_MIN = 1.2


@dataclass(frozen=True)
class Placed:
    """A line to be put in order: its number, box, usual top and bottom of letters, their height."""

    number: int
    box: Box
    top: float
    base: float
    height_px: float


@dataclass(frozen=True)
class _Row:
    lines: tuple[Placed, ...]

    @property
    def top(self) -> float:
        return min(line.top for line in self.lines)

    @property
    def base(self) -> float:
        return max(line.base for line in self.lines)

    @property
    def height_px(self) -> float:
        return float(np.median([line.height_px for line in self.lines]))


def in_order(
    lines: Sequence[Placed], tables: Sequence[Box], upright: Sequence[Box], across: Sequence[Box]
) -> list[list[int]]:
    """Numbers of the lines in reading order, one list per block.

    Args:
        lines: of one page.
        tables: outlines of ruled tables.
        upright, across: their rules.
    """
    in_table: dict[int, int] = {}
    for line in lines:
        for index, table in enumerate(tables):
            if is_inside(line.box, table):
                in_table[line.number] = index
                break
    free = [line for line in lines if line.number not in in_table]
    blocks: list[tuple[float, list[int]]] = []
    for index, table in enumerate(tables):
        members = [line for line in lines if in_table.get(line.number) == index]
        # Rules elsewhere, as the one under a letterhead, are no rows of this table.
        own = [[rule for rule in rules if is_inside(rule, table)] for rules in (upright, across)]
        for position, cell in enumerate(_cells(members, *own)):
            blocks.append((table[1] + position * 1e-3, cell))
    # Free text is cut where a table lies between, so that it is not read past the table.
    edges = sorted(table[1] for table in tables)
    for band in range(len(edges) + 1):
        above = edges[band] if band < len(edges) else float("inf")
        below = edges[band - 1] if band else float("-inf")
        # By their middles: a heading may stand close upon its table.
        members = [line for line in free if below <= (line.top + line.base) / 2 < above]
        start = min((line.top for line in members), default=0.0)
        for position, block in enumerate(_columns(_rows(members))):
            blocks.append((max(below, start) + position * 1e-3 + 0.5, block))
    return [numbers for _, numbers in sorted(blocks, key=lambda block: block[0]) if numbers]


def is_inside(box: Box, outline: Box) -> bool:
    """Whether the middle of a box lies in an outline."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return outline[0] <= x <= outline[2] and outline[1] <= y <= outline[3]


def _cells(lines: Sequence[Placed], upright: Sequence[Box], across: Sequence[Box]) -> list[list[int]]:
    """Lines of a table by cell: cells from top to bottom, in a row from left to right."""
    cells: dict[tuple[int, int], list[Placed]] = {}
    for line in lines:
        x, y = (line.box[0] + line.box[2]) / 2, (line.top + line.base) / 2
        row = sum(1 for r in _distinct([(b[1] + b[3]) / 2 for b in across if b[0] <= x <= b[2]]) if r < y)
        column = sum(1 for c in _distinct([(b[0] + b[2]) / 2 for b in upright if b[1] <= y <= b[3]]) if c < x)
        cells.setdefault((row, column), []).append(line)
    ordered = []
    for key in sorted(cells):
        ordered.append([line.number for row in _rows(cells[key]) for line in row.lines])
    return ordered


def _distinct(places: list[float]) -> list[float]:
    """Rules less than a line apart are one rule, drawn double or broken."""
    kept: list[float] = []
    for place in sorted(places):
        if not kept or place - kept[-1] > 15:
            kept.append(place)
    return kept


def _rows(lines: Sequence[Placed]) -> list[_Row]:
    """Lines whose letters stand at one height, from top to bottom, each row from left to right."""
    rows: list[list[Placed]] = []
    for line in sorted(lines, key=lambda item: (item.top + item.base) / 2):
        middle = (line.top + line.base) / 2
        for row in reversed(rows[-6:]):
            top, base = min(r.top for r in row), max(r.base for r in row)
            shared = min(base, line.base) - max(top, line.top)
            apart = all(line.box[2] <= r.box[0] + 4 or line.box[0] >= r.box[2] - 4 for r in row)
            if apart and top <= middle <= base and shared > 0.4 * min(base - top, line.base - line.top):
                row.append(line)
                break
        else:
            rows.append([line])
    return [
        _Row(tuple(sorted(row, key=lambda item: item.box[0])))
        for row in sorted(rows, key=lambda row: min(item.top for item in row))
    ]


def _columns(rows: list[_Row]) -> list[list[int]]:
    """Blocks of line numbers: runs of plain rows, and pairs of columns where the page has them."""
    blocks: list[list[int]] = []
    plain: list[int] = []
    index = 0
    while index < len(rows):
        taken, strip = _column_run(rows, index)
        if taken < 2 or strip is None:
            plain += [line.number for line in rows[index].lines]
            index += 1
            continue
        if plain:
            blocks.append(plain)
            plain = []
        members = [line for row in rows[index : index + taken] for line in row.lines]
        blocks.append([m.number for m in members if (m.box[0] + m.box[2]) / 2 < strip])
        blocks.append([m.number for m in members if (m.box[0] + m.box[2]) / 2 >= strip])
        index += taken
    if plain:
        blocks.append(plain)
    return blocks


def _column_run(rows: list[_Row], start: int) -> tuple[int, float | None]:
    """How many rows from `start` leave one strip free with text on both sides, and the strip's middle."""
    first = rows[start]
    if len(first.lines) != 2:
        return 0, None
    left, right = float(first.lines[0].box[2]), float(first.lines[1].box[0])
    both = 1
    last_both = start
    index = start + 1
    while index < len(rows):
        row, before = rows[index], rows[index - 1]
        if row.top - before.base > _ROW_REACH * max(row.height_px, before.height_px):
            break
        new_left, new_right = left, right
        for line in row.lines:
            if (line.box[0] + line.box[2]) / 2 < (left + right) / 2:
                new_left = max(new_left, float(line.box[2]))
            else:
                new_right = min(new_right, float(line.box[0]))
        if new_right - new_left < _STRIP_MIN * row.height_px:
            break
        left, right = new_left, new_right
        if len(row.lines) >= 2:
            both += 1
            last_both = index
        index += 1
    members = [line for row in rows[start:index] for line in row.lines]
    strip = (left + right) / 2
    if index - start < 2 or not _centred(members, strip):
        return 0, None
    # Rows of one side after the last row of both still belong when they continue a centred column.
    return max(index, last_both + 1) - start, strip


def _centred(lines: Sequence[Placed], strip: float) -> bool:
    """Whether the text on both sides is centred in its column rather than flush left, as forms are."""
    for left_side in (True, False):
        side = [line for line in lines if ((line.box[0] + line.box[2]) / 2 < strip) == left_side]
        if len(side) < 2:
            continue
        centres = np.array([(line.box[0] + line.box[2]) / 2 for line in side])
        lefts = np.array([line.box[0] for line in side], np.float64)
        height = float(np.median([line.height_px for line in side]))
        if np.ptp(centres) > max(2.5 * height, 0.8 * np.ptp(lefts)):
            return False
    return True
