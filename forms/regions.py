"""Where a label's value stands: right of it in the row, in the next cell, wrapped into the rows below, or under it."""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby

from forms.labels import Hit, is_bullet
from forms.layout import PageLayout, Token
from forms.normalise import fold

#: Words after which an address cannot end.
_OPEN_ENDS = (
    "tinh",
    "huyen",
    "thanh pho",
    "thi xa",
    "thi tran",
    "phuong",
    " xa",
    "quang",
    "thon",
    "to dan pho",
)
#: Kinds whose values run over line ends.
RUNNING = frozenset({"address", "text", "organisation", "party", "land_use", "land_form"})
#: Values of other kinds are looked for one row further only when nothing stands beside the label.
MOST_ROWS = 4
#: A label within this share of the text's right edge may have its value in the next line.
BROKEN_WITHIN = 0.15


#: "Đức Phổ, ngày 11 tháng 9 năm 2025" closes a paper.
_PLACE_AND_DAY = re.compile(r"(?:[a-z]+ ){1,4}ng[a-z]{1,3} \d{1,2} th[a-z]{1,4} \d")


#: "[14]", "2.3.", "4)" before the items of a form.
_NUMBERED = re.compile(r"\[?\d{1,2}(?:\.\d{1,2})*[\].)]")


def _figures_hidden(text: str) -> str:
    return re.sub(r"\d+", "9", text)


class Stream:
    """Tokens of a passage with its labels, asked for the tokens that belong to one of them."""

    def __init__(
        self, tokens: Sequence[Token], hits: Sequence[Hit], layouts: Mapping[int, PageLayout]
    ) -> None:
        self.tokens = tokens
        self.hits = hits
        self._layouts = layouts
        self._labelled = {i: h for h in hits for i in range(h.start, h.end)}
        self._rows: list[tuple[int, int]] = []
        for _, members in groupby(range(len(tokens)), key=lambda i: (tokens[i].page, tokens[i].row)):
            kept = list(members)
            self._rows.append((kept[0], kept[-1] + 1))
        self._row_of = {i: number for number, (a, b) in enumerate(self._rows) for i in range(a, b)}

    def beside(self, hit: Hit) -> list[Token]:
        """What follows the label in its row, up to the next label."""
        _, row_end = self._rows[self._row_of[hit.end - 1]]
        stop = next((h.start for h in self.hits if hit.end <= h.start < row_end), row_end)
        if stop < row_end:
            stop = self._drop_bullet(stop, hit.end)
        return list(self.tokens[hit.end : stop])

    def beside_to_end_of_cell(self, hit: Hit) -> list[Token]:
        """Like `beside`, but a wide gap ends it once something was found."""
        kept: list[Token] = []
        for token in self.beside(hit):
            if any(t.key for t in kept) and (token.cell != kept[-1].cell):
                break
            kept.append(token)
        return kept

    def region(self, hit: Hit, kind: str, complete: Callable[[str], bool]) -> list[Token]:
        """The tokens that hold the value of a label.

        Args:
            kind: of the field; running kinds go on into the following rows while the line was full.
            complete: says of a text that nothing can follow (an address that ends in its province).
        """
        value = self.beside_to_end_of_cell(hit) if kind in RUNNING else self.beside(hit)
        if not any(t.key for t in value) or self._heads_column(hit):
            return self._next_line(hit, kind, complete) or self.below(hit, kind, complete)
        if kind in RUNNING:
            return self._run_on(hit, value, complete)
        return value

    def _next_line(self, hit: Hit, kind: str, complete: Callable[[str], bool]) -> list[Token]:
        """The value of a label that a sentence was broken after: it begins the next line."""
        last = self.tokens[hit.end - 1]
        row = self._row_of[hit.end - 1]
        layout = self._layouts[last.page]
        first, end = self._rows[row]
        if (
            hit.end != end
            or hit.start == first
            or last.cell != self.tokens[first].cell
            or last.box[2] < layout.right - BROKEN_WITHIN * (layout.right - layout.left)
            or row + 1 >= len(self._rows)
            or self._is_next_item(row, row + 1)
        ):
            return []
        value = self._in_column(row + 1, layout.left, layout.right)
        if (
            not value
            or value[0].page != last.page
            or value[0].box[0] > layout.left + 3 * layout.letter_height
        ):
            return []
        if kind not in RUNNING:
            return value
        return self._follow(value, row + 1, layout.left, layout.right, complete)

    def following(self, hit: Hit, rows: int) -> list[Token]:
        """Everything after the label in its row and some rows more, up to a row that begins with a label."""
        own = self._row_of[hit.end - 1]
        kept = list(self.tokens[hit.end : self._rows[own][1]])
        for first, end in self._rows[own + 1 : own + rows + 1]:
            if any(self._labelled[i].opens for i in range(first, min(first + 2, end)) if i in self._labelled):
                break
            kept += self.tokens[first:end]
        return kept

    def _drop_bullet(self, stop: int, start: int) -> int:
        """A bullet before the next label belongs to that label, unless it is all there is: a small number."""
        kept = stop
        while kept > start and kept < len(self.tokens) and is_bullet(self.tokens[kept - 1].text):
            kept -= 1
        return kept if any(t.key for t in self.tokens[start:kept]) else stop

    def _column(self, hit: Hit) -> tuple[int, int]:
        """Left and right of the column in which the label's value may wrap."""
        row = self._row_of[hit.start]
        first, last = self._rows[row]
        layout = self._layouts[self.tokens[hit.start].page]
        own = self.tokens[hit.start]
        left = min(t.box[0] for t in self.tokens[first:last] if t.cell == own.cell)
        neighbours = [
            self.tokens[h.start].box[0]
            for h in self.hits
            if hit.end <= h.start < last and self.tokens[h.start].cell > own.cell
        ]
        others_before = any(h.end <= hit.start and h.start >= first for h in self.hits)
        if not neighbours and not others_before and own.cell == self.tokens[first].cell:
            left = min(left, layout.left)
        return left, min(neighbours, default=layout.right)

    def _run_on(self, hit: Hit, value: list[Token], complete: Callable[[str], bool]) -> list[Token]:
        left, right = self._column(hit)
        row = self._row_of[hit.end - 1]
        if value[-1] is not self.tokens[self._rows[row][1] - 1] and self._ended_by_label(value[-1]):
            below = self._in_column(row + 1, left, value[-1].box[2]) if row + 1 < len(self._rows) else []
            return value + below if _completes(value, below, complete) else value
        return self._follow(value, row, left, right, complete)

    def _follow(
        self, value: list[Token], row: int, left: int, right: int, complete: Callable[[str], bool]
    ) -> list[Token]:
        """The value with the following rows of its column, as long as it goes on."""
        while len(value) < 60 and row + 1 < len(self._rows):
            height = self._layouts[value[-1].page].letter_height
            following = self._in_column(row + 1, left - 3 * height, right)
            if not following or not self._goes_on(value, following, right, height, complete):
                break
            value = value + following
            row += 1
        return value

    def _ended_by_label(self, last: Token) -> bool:
        index = next(i for i, t in enumerate(self.tokens) if t is last)
        return index + 1 in self._labelled or (
            index + 2 in self._labelled and is_bullet(self.tokens[index + 1].text)
        )

    def _in_column(self, row: int, left: float, right: float) -> list[Token]:
        first, last = self._rows[row]
        kept = [
            i for i in range(first, last) if left <= self.tokens[i].box[0] and self.tokens[i].box[0] < right
        ]
        if not kept or any(i in self._labelled and self._labelled[i].opens for i in kept[:3]):
            return []
        before = self.tokens[kept[0] - 1] if kept[0] else None
        own = self.tokens[kept[0]]
        if before is not None and (before.page, before.row, before.cell) == (own.page, own.row, own.cell):
            return []  # the middle of a row that belongs to something else
        stop = next((i for i in kept if i in self._labelled), None)
        kept = [i for i in kept if stop is None or i < stop]
        cell = self.tokens[kept[0]].cell if kept else 0
        return [self.tokens[i] for i in kept if self.tokens[i].cell == cell]

    def _goes_on(
        self,
        value: list[Token],
        following: list[Token],
        right: int,
        height: float,
        complete: Callable[[str], bool],
    ) -> bool:
        last, first = value[-1], following[0]
        if (
            first.page != last.page
            or is_bullet(first.text)
            or (first.key in ("dieu", "chuong") and first.text.isupper())
        ):
            return False
        if first.box[1] - last.box[3] > 1.6 * height:
            return False
        text = " ".join(t.text for t in value)
        if _capitals(following) and not _capitals(value):
            return False
        if _PLACE_AND_DAY.match(fold(" ".join(t.text for t in following))):
            return False
        if complete(text) or text.rstrip().endswith((".", ";")):
            return False
        if _completes(value, following, complete):
            return True
        wrapped = last.box[2] + (first.box[2] - first.box[0]) + height > right - 2 * height
        open_end = text.rstrip().endswith((",", "-")) or fold(text).endswith(_OPEN_ENDS)
        beneath = abs(first.box[0] - value[0].box[0]) < 0.6 * height and value[0].cell > 0 and "," in text
        return wrapped or open_end or beneath

    def _heads_column(self, hit: Hit) -> bool:
        """Does the label stand in a row of headings, where nothing but labels fills the cells?"""
        first, last = self._rows[self._row_of[hit.end - 1]]
        filled = len({h.start for h in self.hits if first <= h.start < last and self._fills_cell(h)})
        cells = len({t.cell for t in self.tokens[first:last] if t.key})
        return filled >= 2 and filled * 2 > cells and self._fills_cell(hit)

    def _fills_cell(self, hit: Hit) -> bool:
        """Is the label all that stands in its cell?"""
        here = self.tokens[hit.end - 1]
        if not hit.opens or here.text.endswith(":"):
            return False
        beside = self.tokens[hit.end] if hit.end < len(self.tokens) else None
        return beside is None or (beside.page, beside.row, beside.cell) != (here.page, here.row, here.cell)

    def below(self, hit: Hit, kind: str, complete: Callable[[str], bool]) -> list[Token]:
        """The value under its label, as on cards and in tables."""
        row = self._row_of[hit.end - 1]
        height = self._layouts[self.tokens[hit.start].page].letter_height
        for step in range(1, MOST_ROWS):
            if row + step >= len(self._rows):
                break
            first, last = self._rows[row + step]
            if self.tokens[first].page != self.tokens[hit.start].page or self._is_next_item(row, row + step):
                break
            if self.tokens[first].box[1] - self.tokens[hit.end - 1].box[3] > (2.5 + 1.5 * step) * height:
                break
            value, right = self._under(hit, row + step)
            if any(t.key for t in value):
                if kind not in RUNNING:
                    return value
                return self._follow(value, row + step, value[0].box[0], right, complete)
            if any(first <= h.start < last and h.opens and self._in_reach(hit, h) for h in self.hits):
                break
        return []

    def _is_next_item(self, row: int, other: int) -> bool:
        """Do both rows begin with a number of one form, "[14]" and "[15]"? The later one is no value of the earlier."""
        one, two = (self.tokens[self._rows[r][0]].text for r in (row, other))
        return bool(_NUMBERED.fullmatch(one)) and _figures_hidden(one) == _figures_hidden(two)

    def _in_reach(self, hit: Hit, other: Hit) -> bool:
        """Does a label further down lie under this one, so that what is below it is its own?"""
        _own, before, after = self._cells_around(hit)
        left = before[1] if before else float("-inf")
        right = after[0] if after else float("inf")
        return self.tokens[other.start].box[0] < right and self.tokens[other.end - 1].box[2] > left

    def _under(self, hit: Hit, row: int) -> tuple[list[Token], int]:
        """The words of a later row in the label's column, and where the column ends.

        Columns begin where their headings begin, or lie around the middle of them.
        """
        tokens = self.tokens
        here = tokens[hit.start]
        layout = self._layouts[here.page]
        own, before, after = self._cells_around(hit)
        same = self._same_cell(hit, row)
        if same is not None:
            return same, after[0] if after else layout.right + round(layout.letter_height)
        right = after[0] if after else layout.right + round(layout.letter_height)
        first, last = self._rows[row]
        aligned = [
            i for i in range(first, last) if own[0] - 2 * layout.letter_height <= tokens[i].box[0] < right
        ]
        if not aligned or abs(tokens[aligned[0]].box[0] - own[0]) > 2 * layout.letter_height:
            low = (before[1] + own[0]) / 2 if before else layout.left - layout.letter_height
            high = (own[1] + after[0]) / 2 if after else right
            aligned = [
                i for i in range(first, last) if low <= (tokens[i].box[0] + tokens[i].box[2]) / 2 < high
            ]
        if not aligned or any(i in self._labelled and self._labelled[i].opens for i in aligned[:3]):
            return [], right
        start = aligned[0]
        if start > first and self._of_one_cell(start - 1, start) and not self._gap_before(start):
            return [], right  # the middle of a line that belongs to something else
        stop = next((i for i in aligned if i in self._labelled), None)
        return [tokens[i] for i in aligned if stop is None or i < stop], right

    def _same_cell(self, hit: Hit, row: int) -> list[Token] | None:
        """The cell of the label's column where the row of headings and a row of values have as many cells each."""
        first, last = self._rows[self._row_of[hit.end - 1]]
        below, end = self._rows[row]
        heads = sorted({t.cell for t in self.tokens[first:last]})
        cells = sorted({t.cell for t in self.tokens[below:end]})
        if len(heads) < 2 or len(cells) != len(heads) or not self._heads_column(hit):
            return None
        if any(below <= h.start < end and h.opens and h.score == 100.0 for h in self.hits):
            return None
        column = self.tokens[hit.start].cell
        middles = {h: _middle([t for t in self.tokens[first:last] if t.cell == h]) for h in heads}
        value = [t for t in self.tokens[below:end] if t.cell == cells[heads.index(column)]]
        nearest = min(heads, key=lambda h: abs(middles[h] - _middle(value)))
        return value if nearest == column else None

    def _cells_around(
        self, hit: Hit
    ) -> tuple[tuple[int, int], tuple[int, int] | None, tuple[int, int] | None]:
        """Left and right of the label, of the cell before it and of the cell or label after it in its row."""
        first, last = self._rows[self._row_of[hit.end - 1]]
        start = hit.start
        while (
            start > first and is_bullet(self.tokens[start - 1].text) and self._of_one_cell(start - 1, start)
        ):
            start -= 1
        own = (self.tokens[start].box[0], self.tokens[hit.end - 1].box[2])
        before = (self.tokens[first].box[0], self.tokens[start - 1].box[2]) if start > first else None
        after = None
        if hit.end < last:
            after = (self.tokens[hit.end].box[0], self.tokens[last - 1].box[2])
        return own, before, after

    def _of_one_cell(self, one: int, other: int) -> bool:
        a, b = self.tokens[one], self.tokens[other]
        return (a.page, a.row, a.cell) == (b.page, b.row, b.cell)

    def _gap_before(self, index: int) -> bool:
        """Is there more than a blank before the word?"""
        height = self._layouts[self.tokens[index].page].letter_height
        return self.tokens[index].box[0] - self.tokens[index - 1].box[2] > 0.8 * height


def _completes(value: Sequence[Token], following: Sequence[Token], complete: Callable[[str], bool]) -> bool:
    """Does an address come to its end, its province, with these words?"""
    text = " ".join(t.text for t in value)
    return bool(following) and "," in text and complete(f"{text} {' '.join(t.text for t in following)}")


def _middle(tokens: Sequence[Token]) -> float:
    return (min(t.box[0] for t in tokens) + max(t.box[2] for t in tokens)) / 2


def _capitals(tokens: Sequence[Token]) -> bool:
    """Are the words in capitals, as headings are?"""
    letters = [c for t in tokens for c in t.text if c.isalpha()]
    return len(letters) >= 6 and sum(c.isupper() for c in letters) > 0.8 * len(letters)
