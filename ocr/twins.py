"""Pages that look the same: a sheet fed twice, or a second copy put in the pile by mistake.

Told by what was read, not by the picture: filled-in forms of one kind look alike, and the same sheet scanned
twice lies differently. Numbers must agree besides words; they are what parts two people's forms.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from ocr.reading import Finding, PageReading
from station.core.errors import N_

TWIN = N_(
    "This page looks the same as page {other}. If the sheet was fed twice, remove one of them; "
    "a second copy may stay."
)

# Fewer words are a caption or a stamp; they say nothing.
_WORDS_MIN = 15
# Of the words (numbers) of both pages so many are on both. Two readings of a worn copy differ in one word of ten;
# forms of two people, filled in, in one of six and in most numbers.
_WORDS_SHARED = 0.88
_NUMBERS_SHARED = 0.85
_SIZE_TOLERANCE = 0.03
# Pages are compared where they share one of their rarest words; a word on more pages than this is not rare.
_RAREST = 8
_RARE_ON = 24


@dataclass(frozen=True)
class Likeness:
    """What two pages are compared by."""

    words: Counter[str]
    numbers: Counter[str]
    width_mm: float
    height_mm: float


def find_twins(pages: Sequence[Likeness | None]) -> dict[int, int]:
    """For the index of each page that repeats an earlier one, the index of that page."""
    known = {index: page for index, page in enumerate(pages) if page is not None}
    spread = Counter(word for page in known.values() for word in page.words)
    with_word: dict[str, list[int]] = defaultdict(list)
    twins: dict[int, int] = {}
    for index, page in known.items():
        rarest = sorted((w for w in page.words if spread[w] <= _RARE_ON), key=lambda w: (spread[w], w))
        # A word on one page only may be a misreading: those that some other page has come first.
        chosen = [w for w in rarest if spread[w] > 1][:_RAREST]
        candidates = sorted({other for word in chosen for other in with_word[word]})
        twin = next((other for other in candidates if _alike(page, known[other])), None)
        if twin is not None:
            twins[index] = twins.get(twin, twin)
        for word in chosen:
            with_word[word].append(index)
    return twins


def twin_finding(other_page_number: int) -> Finding:
    """What the operator is told of a page that repeats another."""
    return Finding("twin", TWIN, {"other": other_page_number})


def likeness_of(page: PageReading) -> Likeness | None:
    """What the page is compared by, None where too little stands on it."""
    words = [word.text.strip(".,;:()").lower() for word in page.words if word.confidence > 0.5]
    if page.blank or len(words) < _WORDS_MIN:
        return None
    mm = 25.4 / page.dpi
    numbers = [word for word in words if sum(c.isdigit() for c in word) >= 2]
    return Likeness(
        Counter(word for word in words if len(word) > 1),
        Counter(numbers),
        page.width_px * mm,
        page.height_px * mm,
    )


def _alike(one: Likeness, other: Likeness) -> bool:
    for mine, theirs in ((one.width_mm, other.width_mm), (one.height_mm, other.height_mm)):
        if abs(mine - theirs) > _SIZE_TOLERANCE * max(mine, theirs):
            return False
    return (
        _shared(one.words, other.words) >= _WORDS_SHARED
        and _shared(one.numbers, other.numbers) >= _NUMBERS_SHARED
    )


def _shared(one: Counter[str], other: Counter[str]) -> float:
    """The share of all occurrences that both have; 1.0 where neither has any."""
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 1.0
