"""Labels in wordings nobody listed, known by words that only they have: "Số phôi GCN", "Địa chỉ liên lạc", "ĐTDĐ".

Every office words its forms anew; what its labels have in common is a noun that comes first. A label is what
stands before a colon, or fills a cell with another cell beside it. Of the words found in it those count that come
first, then the longest: "Địa chỉ người nộp thuế" is an address, "Địa chỉ thửa đất" the parcel's.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from forms.labels import Hit, cell_starts, is_bullet
from forms.layout import Token
from forms.normalise import fold

#: A label has no more words; what is longer is a sentence.
MOST_WORDS = 9
#: Words that may stand before the ones a label is known by: "Tên tổ chức, cá nhân nộp hồ sơ".
MOST_BEFORE = 3
#: A label amid a line, after another value, without a comma before it: "… tỉnh Lào Cai Số ĐT:".
MOST_WORDS_AMID = 3
#: How good such a hit is, beside 100 for a listed wording.
SCORE = 70.0
LISTED = 100.0


@dataclass(frozen=True)
class Meaning:
    """Whose label some words are: names of fields, "" for another thing; and how many letters say so."""

    fields: tuple[str, ...]
    letters: int


class Wordings:
    """The words by which labels of fields are known."""

    def __init__(self, entries: Iterable[tuple[str, str]]) -> None:
        """`entries` are pairs of field name and words; "" as name for labels of other things."""
        known: dict[str, list[str]] = {}
        for name, words in entries:
            names = known.setdefault(f" {fold(words)} ", [])
            if name not in names:
                names.append(name)
        self._known = {
            words: Meaning(tuple(n for n in names if n) or ("",), len(words.replace(" ", "")))
            for words, names in known.items()
        }

    def __bool__(self) -> bool:
        return bool(self._known)

    def meaning(self, label: str, most_before: int) -> Meaning | None:
        """What a label says; None when it has no known word.

        Args:
            most_before: how many words of the label may stand before the known ones.
        """
        text = f" {fold(label)} "
        places = [(text.find(words), -len(words), words) for words in self._known]
        found = [place for place in places if place[0] >= 0]
        if not found:
            return None
        place, _, words = min(found)
        return self._known[words] if len(text[:place].split()) <= most_before else None

    def is_label(self, text: str) -> bool:
        """Are the known words all it has?"""
        return f" {fold(text)} " in self._known


def with_unlisted(tokens: Sequence[Token], hits: Sequence[Hit], wordings: Wordings) -> list[Hit]:
    """The hits, listed labels reaching to their colon, and labels known by their words alone."""
    if not wordings:
        return list(hits)
    kept = list(hits)
    for start, end, meaning in _candidates(tokens, wordings):
        inside = [h for h in kept if h.start < end and start < h.end]
        first = [h for h in inside if h.start == start]
        if any(h.end >= end for h in first):
            continue
        listed = max((_letters(tokens, h) for h in first if h.field and h.score >= LISTED), default=0)
        names = meaning.fields if meaning else ()
        if any(h.field for h in first) and (
            not any(names) or {h.field for h in first} & set(names) or (meaning and meaning.letters <= listed)
        ):
            kept = [replace(h, end=end) if h in first else h for h in kept if h in first or h not in inside]
        elif (any(names) and meaning and meaning.letters > listed) or (names and not inside):
            kept = [h for h in kept if h not in inside]
            kept += [Hit(name, start, end, SCORE, opens=True) for name in names]
    return sorted(kept, key=lambda h: (h.start, h.field))


def _letters(tokens: Sequence[Token], hit: Hit) -> int:
    return sum(len(t.key) for t in tokens[hit.start : hit.end])


def _candidates(tokens: Sequence[Token], wordings: Wordings) -> Iterator[tuple[int, int, Meaning | None]]:
    """Where labels may stand, and whose they are by their words: before colons, and whole cells beside others."""
    opens = cell_starts(tokens)
    begin = 0
    while begin < len(tokens):
        end = begin + 1
        here = tokens[begin]
        while end < len(tokens) and _spot(tokens[end]) == _spot(here):
            end += 1
        start = next((i for i in range(begin, end) if tokens[i].key and opens[i]), begin)
        while start < end and is_bullet(tokens[start].text):
            start += 1
        colons = [i for i in range(start, end) if tokens[i].text.endswith(":")]
        at_cell = True
        for colon in colons:
            found = _before(tokens, start, colon, at_cell, wordings)
            if found is not None:
                yield found[0], colon + 1, found[1]
            start, at_cell = colon + 1, False
        if not colons and end < len(tokens) and tokens[end].row == here.row and tokens[end].page == here.page:
            yield from _whole(tokens, start, end, wordings)
        begin = end


def _spot(token: Token) -> tuple[int, int, int]:
    return token.page, token.row, token.cell


def _before(
    tokens: Sequence[Token], start: int, colon: int, at_cell: bool, wordings: Wordings
) -> tuple[int, Meaning | None] | None:
    """Where the label that ends with a colon begins, and whose it is.

    Args:
        start: where the cell begins (`at_cell`), or what follows the last colon.
    """
    ended = any(t.text[-1:] in ";." for t in tokens[start:colon])
    if at_cell and not ended and _wordy(tokens[start : colon + 1]):
        before = MOST_BEFORE if tokens[start].text[:1].isupper() else 0
        meaning = wordings.meaning(_text(tokens, start, colon), before)
        if meaning is not None or not any(t.text.endswith(",") for t in tokens[start:colon]):
            return start, meaning
    whole = wordings.meaning(_text(tokens, start, colon), most_before=0)
    if whole is not None and any(whole.fields) and _wordy(tokens[start : colon + 1]):
        return start, whole
    stops = [i + 1 for i in range(start, colon) if tokens[i].text[-1:] in ",;.)" or not tokens[i].key]
    if stops and stops[-1] <= colon and _wordy(tokens[stops[-1] : colon + 1]):
        meaning = wordings.meaning(_text(tokens, stops[-1], colon), most_before=2)
        if meaning is not None:
            return stops[-1], meaning
    for first in range(colon, max(start, colon - MOST_WORDS_AMID + 1) - 1, -1):
        if tokens[first].text[:1].isupper() and _wordy(tokens[first : colon + 1]):
            meaning = wordings.meaning(_text(tokens, first, colon), most_before=1)
            if meaning is not None:
                return first, meaning
    return None


def _text(tokens: Sequence[Token], start: int, last: int) -> str:
    return " ".join(t.text for t in tokens[start : last + 1])


def _whole(
    tokens: Sequence[Token], start: int, end: int, wordings: Wordings
) -> Iterator[tuple[int, int, Meaning | None]]:
    """The cell as a label, when it looks like one and words or figures stand beside it."""
    cell = tokens[start:end]
    if not _wordy(cell) or not cell[0].text[:1].isupper():
        return
    text = _text(tokens, start, end - 1)
    if not text.isupper() or wordings.is_label(text):
        yield start, end, wordings.meaning(text, MOST_BEFORE)


def _wordy(tokens: Sequence[Token]) -> bool:
    """Words only, as labels are: no figures (but "m2"), no leaders."""
    return 0 < len(tokens) <= MOST_WORDS and all(
        t.key and (t.key in ("m2", "m²") or not any(c.isdigit() for c in t.text)) for t in tokens
    )
