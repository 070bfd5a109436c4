"""What sorting costs a page, and what each source of certainty is worth.

    python -m tests.benchmarks.bench_forms --dossiers 12

Made dossiers of every office are read flawlessly and with letters lost as recognition loses them; then sorted
with everything, without codes, without the record, without the list of places.
"""

import argparse
import random
import time
from collections.abc import Sequence
from dataclasses import replace

import pytest

from forms.doctype import load_catalogue
from forms.gazetteer import Gazetteer, load_gazetteer
from forms.normalise import fold
from forms.proposal import CandidateSource, FlowPage, NoRecords, ProposedDossier
from forms.sorting import sort_intake
from ocr.reading import PageReading, Word
from resources.samples import style
from tests.benchmarks.fields import same_value
from tests.forms.made import MadeDossier, MemoryRecords, made_dossier

OFFICES = tuple(style.OFFICES)
#: Share of words misread, and of those the share that loses a tone rather than a letter: hard pages.
WORDS_MISREAD = 0.06
TONE_LOST = 0.75
#: The target of a page, all of sorting together, on one core.
MOST_S_PER_PAGE = 0.06

pytestmark = pytest.mark.benchmark_


def misread(made: MadeDossier, seed: int) -> MadeDossier:
    """The dossier with words misread; those get a low confidence, as recognition gives them."""
    rng = random.Random(seed)
    return replace(made, flow=tuple(replace(p, reading=_page(p.reading, rng)) for p in made.flow))


def _page(reading: PageReading, rng: random.Random) -> PageReading:
    lines = tuple(replace(line, words=tuple(_word(w, rng) for w in line.words)) for line in reading.lines)
    return replace(reading, lines=lines)


def _word(word: Word, rng: random.Random) -> Word:
    if rng.random() >= WORDS_MISREAD:
        return word
    if rng.random() < TONE_LOST and not any(c.isdigit() for c in word.text):
        plain = fold(word.text)
        text = plain.capitalize() if word.text[:1].isupper() else plain
    else:
        at = rng.randrange(len(word.text))
        text = (
            word.text[:at]
            + rng.choice("0123456789" if word.text[at].isdigit() else "aoeint")
            + word.text[at + 1 :]
        )
    return replace(word, text=text or word.text, confidence=rng.uniform(0.3, 0.85))


def without_codes(flow: Sequence[FlowPage]) -> tuple[FlowPage, ...]:
    return tuple(replace(p, reading=replace(p.reading, codes=())) for p in flow)


def right_of(made: MadeDossier, proposals: Sequence[ProposedDossier]) -> tuple[int, int, int, int]:
    """Values right, values there are, sure values, sure values wrong."""
    found = {k: d for p in proposals for d in p.documents for k in d.page_keys}
    right = there = sure = wrong = 0
    for paper in made.papers:
        fields = found[paper.page_keys[0]].fields
        for name, value in paper.fields.items():
            reading = fields.get(name)
            good = reading is not None and same_value(name, reading.value, value)
            there, right = there + 1, right + good
            if reading is not None and reading.confidence >= 0.95 and not reading.flagged:
                sure, wrong = sure + 1, wrong + (not good)
    return right, there, sure, wrong


def measure(
    dossiers: Sequence[MadeDossier], codes: bool, record: bool, units: Gazetteer | None
) -> tuple[float, float, float]:
    """Share of values right, share of sure ones wrong, seconds a page."""
    catalogue = load_catalogue()
    totals = [0, 0, 0, 0]
    pages, seconds = 0, 0.0
    for made in dossiers:
        records: CandidateSource = MemoryRecords([made.record]) if record and not made.absent else NoRecords()
        flow = made.flow if codes else without_codes(made.flow)
        started = time.process_time()
        proposals = sort_intake(flow, catalogue, records, units)
        seconds += time.process_time() - started
        pages += len(flow)
        totals = [a + b for a, b in zip(totals, right_of(made, proposals), strict=True)]
    return totals[0] / totals[1], totals[3] / max(1, totals[2]), seconds / pages


def made_set(count: int) -> list[MadeDossier]:
    made = [made_dossier(number, office) for office in OFFICES for number in range(1, count + 1)]
    return [misread(m, number) for number, m in enumerate(made)]


def test_sorting_keeps_to_its_time_and_promises() -> None:
    units = load_gazetteer()
    dossiers = made_set(2)
    measure(dossiers[:1], True, True, units)
    right, sure_wrong, seconds = measure(dossiers, True, True, units)
    assert seconds <= MOST_S_PER_PAGE
    assert right >= 0.9
    assert sure_wrong <= 0.02


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dossiers", type=int, default=8, help="of each office")
    count = parser.parse_args().dossiers
    dossiers = made_set(count)
    units = load_gazetteer()
    measure(dossiers[:1], True, True, units)
    print(
        f"{len(dossiers)} dossiers, {sum(len(d.flow) for d in dossiers)} pages, {WORDS_MISREAD:.0%} of words misread"
    )
    print(f"{'':24}values right   sure ones wrong   ms a page")
    for name, codes, record, places in (
        ("everything", True, True, units),
        ("without codes", False, True, units),
        ("without the record", True, False, units),
        ("without places", True, True, None),
        ("without all three", False, False, None),
    ):
        right, wrong, seconds = measure(dossiers, codes, record, places)
        print(f"{name:24}{right:11.1%} {wrong:17.1%} {1000 * seconds:11.1f}")


if __name__ == "__main__":
    main()
