"""Finding printed labels in running tokens: exactly where letters are clean, nearly where they are not.

A label is compared by its letters without tones, blanks or punctuation, so "Số vào sổ cấp GCN:" is found however
recognition broke its words. Near matches are looked for only where labels stand: at the start of a cell, or
after a stop in a sentence.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

import numpy as np
from rapidfuzz import fuzz
from rapidfuzz.process import cdist

from forms.layout import Token
from forms.normalise import fold, fold_tight

#: Least likeness of a label with errors, in percent: two wrong letters in ten.
NEAR_LABEL = 80
#: Labels of fewer letters are too common as parts of words to be found with errors.
SHORTEST_NEAR = 6
#: Labels under ten letters need more: one wrong letter.
NEAR_SHORT_LABEL = 86
#: Without a colon after it, a near match must be as good as this.
NEAR_WITHOUT_COLON = 90
#: A remark in brackets after a label has no more words: "(ghi đầy đủ bằng chữ in hoa)".
MOST_REMARK_WORDS = 7
#: Labels of fewer letters count only at the start of a cell or before a colon.
SHORTEST_INSIDE = 6
#: "tờ số" and longer, after a comma and before figures, count inside sentences.
SHORTEST_BEFORE_FIGURES = 4
#: From so many figures on a word is a number that a short form in capitals stands before: "CCCD 051090000123".
LONG_NUMBER = 8
#: "trú tại" and longer, before a place, count inside sentences.
SHORTEST_AT = 6
#: Words an address begins with, also where it is written small.
_PLACES = frozenset(
    [
        "thon",
        "xom",
        "to",
        "so",
        "ap",
        "khu",
        "khom",
        "khoi",
        "doi",
        "ban",
        "buon",
        "lang",
        "xa",
        "phuong",
        "duong",
        "xu",
        "thi",
    ]
)

BULLET = re.compile(
    r"^(?:\(?\d{1,2}(?:\.\d{1,2})*[.,)]?|\(?[a-zđA-ZĐ][.)]|[-–+•*·]|\[\d{1,2}(?:\.\d)?\]|[IVXHLl]{1,5}[.)])$"
)


#: What a remark after a label says: how to write, a unit, a footnote. Other words in brackets belong to the form.
_REMARK = re.compile(
    r"(?:neu co|viet|ghi|bang|chu in|in hoa|chu hoa|don vi|dong|vnd|vn dong|m|m2|\d)(?: .*)?"
)


@dataclass(frozen=True)
class Label:
    """A wording of a field's label; `key` is its letters only, `words` how many it has.

    `colon`: it counts only with a colon after it (written so in the catalogue).
    """

    field: str
    key: str
    words: int
    colon: bool


@dataclass(frozen=True)
class Hit:
    """A label found at tokens[start:end]. `field` is "" for a label that only ends a value."""

    field: str
    start: int
    end: int
    score: float
    opens: bool


class LabelBook:
    """All labels of a document type, ready for search."""

    def __init__(self, labels: Iterable[tuple[str, str]]) -> None:
        """`labels` are pairs of field name and wording; "" as name for labels that only end values."""
        kept: dict[tuple[str, str], Label] = {}
        for name, wording in labels:
            key = fold_tight(wording)
            if key:
                kept.setdefault(
                    (name, key), Label(name, key, len(fold(wording).split()), wording.endswith(":"))
                )
        self._exact: dict[str, list[Label]] = {}
        for label in kept.values():
            self._exact.setdefault(label.key, []).append(label)
        near = [label for label in kept.values() if len(label.key) >= SHORTEST_NEAR]
        self._near: dict[int, list[Label]] = {}
        for label in near:
            self._near.setdefault(label.words, []).append(label)
        self._longest = max((label.words for label in kept.values()), default=0) + 2

    def find(self, tokens: Sequence[Token]) -> list[Hit]:
        """Labels in the stream, left to right, none over another; longer and better ones win.

        One place may carry several fields (two fields with one wording): all their hits are given.
        """
        spots = [i for i, t in enumerate(tokens) if t.key]
        starts = cell_starts(tokens)
        exact = self._find_exact(tokens, spots, starts)
        hits = [*exact, *self._find_near(tokens, spots, starts)]
        kept = _without_overlap(hits, lambda h: _colon_follows(tokens, h.end - 1))
        return [replace(h, end=_behind_remark(tokens, h.end)) for h in kept]

    def _find_exact(self, tokens: Sequence[Token], spots: list[int], starts: list[bool]) -> list[Hit]:
        hits = []
        for at, first in enumerate(spots):
            key = ""
            for last in spots[at : at + self._longest]:
                key += tokens[last].key
                for label in self._exact.get(key, ()):
                    if label.colon and not _colon_follows(tokens, last):
                        continue
                    if _may_stand(tokens, key, first, last, starts[first]) or (
                        starts[first] and _stands_over(tokens, first, last)
                    ):
                        hits.append(Hit(label.field, first, last + 1, 100.0, starts[first]))
                if _breaks_off(tokens, last):
                    break
        return hits

    def _find_near(self, tokens: Sequence[Token], spots: list[int], starts: list[bool]) -> list[Hit]:
        hits: list[Hit] = []
        begins = [at for at, first in enumerate(spots) if starts[first] or _after_stop(tokens, first)]
        for words, labels in self._near.items():
            windows: list[tuple[int, int]] = []
            keys: list[str] = []
            for at in begins:
                for size in (words - 1, words, words + 1):
                    if size >= 1 and at + size <= len(spots) and _of_one_cell(tokens, spots[at : at + size]):
                        windows.append((spots[at], spots[at + size - 1] + 1))
                        keys.append("".join(tokens[i].key for i in spots[at : at + size]))
            if not windows:
                continue
            scores = cdist(
                [label.key for label in labels],
                keys,
                scorer=fuzz.ratio,
                score_cutoff=NEAR_LABEL,
                dtype=np.uint8,
            )
            for row, column in zip(*np.nonzero(scores), strict=True):
                first, end = windows[int(column)]
                if labels[int(row)].colon and not _colon_follows(tokens, end - 1):
                    continue
                if not _near_may_stand(
                    tokens, labels[int(row)].key, scores[row, column], end - 1, starts[first]
                ):
                    continue
                hits.append(
                    Hit(labels[int(row)].field, first, end, float(scores[row, column]), starts[first])
                )
        return hits


def cell_starts(tokens: Sequence[Token]) -> list[bool]:
    """For each token: is it the first of its cell, or preceded in it by bullets only?"""
    starts = []
    fresh = True
    for index, token in enumerate(tokens):
        before = tokens[index - 1] if index else None
        if before is None or (before.page, before.row, before.cell) != (token.page, token.row, token.cell):
            fresh = True
        starts.append(fresh)
        if fresh and not is_bullet(token.text) and token.key:
            fresh = False
    return starts


@lru_cache(maxsize=20_000)
def is_bullet(text: str) -> bool:
    return bool(BULLET.match(text))


def _may_stand(tokens: Sequence[Token], key: str, first: int, last: int, opens: bool) -> bool:
    """Is a match where a label can stand?

    A colon or a number after it speaks for it anywhere. Without, a label must open its cell, and short ones,
    which are common words, need capitals right after them.
    """
    if _colon_follows(tokens, last):
        return True
    following = tokens[last + 1].text if last + 1 < len(tokens) else ""
    if opens and _fills_cell(tokens, last):
        return True
    if re.match(r"^[\d(]|^[A-ZĐ]{2}$|^[A-ZĐ]{2}\d{5}", following) and len(key) >= SHORTEST_INSIDE:
        return True
    if following[:1].isdigit() and len(key) >= SHORTEST_BEFORE_FIGURES and _after_stop(tokens, first):
        return True
    if tokens[last].text.isupper() and sum(c.isdigit() for c in following) >= LONG_NUMBER:
        return True
    if (
        len(key) >= SHORTEST_AT
        and key.endswith("tai")
        and (following[:1].isupper() or fold_tight(following) in _PLACES)
    ):
        return True
    if len(key) < SHORTEST_INSIDE:
        return (opens and not _house_number(tokens, last + 1)) and (
            sum(c.isdigit() for c in following) >= 4 or (following.isupper() and len(following) > 1)
        )
    return opens and len(key) >= 8


def _house_number(tokens: Sequence[Token], index: int) -> bool:
    """Does a name follow the figures, as in "Số 305/19 Nguyễn Trãi"?"""
    after = tokens[index + 1] if index + 1 < len(tokens) else None
    here = tokens[index] if index < len(tokens) else None
    return (
        here is not None
        and after is not None
        and (after.page, after.row, after.cell) == (here.page, here.row, here.cell)
        and after.text[:1].isupper()
        and after.text[1:2].islower()
    )


def _fills_cell(tokens: Sequence[Token], last: int) -> bool:
    """Does the label end its cell, with another cell beside it? So it does in tables."""
    here, end = tokens[last], _behind_remark(tokens, last + 1)
    beside = tokens[end] if end < len(tokens) else None
    if beside is not None and (here.page, here.row) == (beside.page, beside.row):
        return here.cell != beside.cell
    return here.cell > 0


def _stands_over(tokens: Sequence[Token], first: int, last: int) -> bool:
    """Is the label all its row has, written as a label is ("Địa chỉ"), so that its value can only be below?

    Words in capitals are headings and the titles of those who sign.
    """
    end = _behind_remark(tokens, last + 1)
    beside = tokens[end] if end < len(tokens) else None
    if beside is not None and (beside.page, beside.row) == (tokens[last].page, tokens[last].row):
        return False
    letters = "".join(t.text for t in tokens[first : last + 1])
    return letters[:1].isupper() and not letters.isupper()


def _behind_remark(tokens: Sequence[Token], end: int) -> int:
    """Where a label ends that goes on with a remark: "Tên (viết chữ in hoa):", "Diện tích (m²)", "Địa chỉ (1)".

    The same label in another language is one too: "Địa chỉ / Address:".
    """
    last = end - 1
    if end >= len(tokens) or tokens[last].text.endswith(":"):
        return end
    if tokens[end].text.startswith("/") or tokens[last].text.endswith("/"):
        return _behind_translation(tokens, end)
    if not tokens[end].text.startswith("("):
        return end
    for index in range(end, min(end + MOST_REMARK_WORDS, len(tokens))):
        token = tokens[index]
        if (token.page, token.row) != (tokens[last].page, tokens[last].row):
            return end
        if ")" in token.text:
            remark = fold(" ".join(t.text for t in tokens[end : index + 1]).replace("²", "2")).strip()
            return index + 1 if _REMARK.fullmatch(remark) else end
    return end


def _behind_translation(tokens: Sequence[Token], end: int) -> int:
    """Where the words after a stroke end: at a colon, or with their cell when they are plain letters."""
    here = tokens[end - 1]
    for index in range(end, min(end + MOST_REMARK_WORDS, len(tokens))):
        token = tokens[index]
        if (token.page, token.row, token.cell) != (here.page, here.row, here.cell):
            return index
        if any(c.isdigit() for c in token.text) or not token.text.isascii():
            return end
        if token.text.endswith(":"):
            return index + 1
    return end


def _breaks_off(tokens: Sequence[Token], last: int) -> bool:
    """Does a cell, or a heading in capitals, end here, so that what follows is another thing?"""
    if last + 1 >= len(tokens):
        return False
    if tokens[last + 1].row == tokens[last].row:
        return tokens[last + 1].cell != tokens[last].cell
    return not _wraps(tokens[last], tokens[last + 1])


def _of_one_cell(tokens: Sequence[Token], spots: Sequence[int]) -> bool:
    """Do no words lie in different cells, or under a heading?"""
    return all(
        tokens[a].cell == tokens[b].cell if tokens[a].row == tokens[b].row else _wraps(tokens[a], tokens[b])
        for a, b in pairwise(spots)
    )


def _wraps(last: Token, first: Token) -> bool:
    """May a label go on in the next row?

    The last cell of a row of headings does not, but "Mục / đích sử dụng"; small letters under capitals do not.
    """
    if last.text.isupper() and not first.text.isupper():
        return False
    return last.cell == 0 or first.text[:1].islower()


def _near_may_stand(tokens: Sequence[Token], key: str, score: float, last: int, opens: bool) -> bool:
    """A near match needs a colon; a long and good one that opens its cell does without."""
    if _colon_follows(tokens, last):
        return len(key) >= 10 or score >= NEAR_SHORT_LABEL
    if opens and _fills_cell(tokens, last):
        return len(key) >= 8 and score >= NEAR_SHORT_LABEL
    return opens and len(key) >= 10 and score >= NEAR_WITHOUT_COLON


def _after_stop(tokens: Sequence[Token], index: int) -> bool:
    return index > 0 and (tokens[index - 1].text[-1:] in ",;:.)]" or not tokens[index - 1].key)


def _colon_follows(tokens: Sequence[Token], last: int) -> bool:
    """Does a colon end the label, or the remark after it?"""
    end = _behind_remark(tokens, last + 1)
    return tokens[end - 1].text.endswith(":") or (end < len(tokens) and tokens[end].text.startswith(":"))


def _without_overlap(found: list[Hit], colon: Callable[[Hit], bool]) -> list[Hit]:
    """Exact before near, those before a colon first, then longer and better ones; one place is shared."""

    def rank(hit: Hit) -> tuple[float, ...]:
        if hit.score == 100.0:
            return (0, not colon(hit), -(hit.end - hit.start), 0)
        return (1, 0, -hit.score, -(hit.end - hit.start))

    kept: list[Hit] = []
    for hit in sorted(set(found), key=rank):
        if all(
            hit.end <= k.start
            or k.end <= hit.start
            or (hit.start, hit.end, hit.score) == (k.start, k.end, k.score)
            for k in kept
        ):
            kept.append(hit)
    return sorted(kept, key=lambda h: (h.start, h.field))
