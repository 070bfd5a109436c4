"""Sums and areas written twice, in figures and in words: the words confirm the figures, or stand in for them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from forms.doctype import DocumentType
from forms.layout import Token, box_of
from forms.normalise import parse_number
from forms.numerals import number_from_words
from forms.proposal import FieldReading
from forms.reasons import because
from forms.running import RunningText
from station.core.errors import N_

WORDS_DIFFER = N_("The amount in words is {words}, in figures {figures}.")
WORDS_AGREE = N_("The amount in words is the same.")
FROM_WORDS = N_("Taken from the amount in words; the figures could not be read.")

#: Kinds of values written in words, and the unit their words end with.
_UNITS = {"money": "dong", "tax": "dong", "area": "met vuong"}
_SPOKEN = re.compile(
    r"(?:bang chu|\d{3} ?(?:dong|m2|m²) ?,? ?\()\s*[:.,]?\s*\(?((?:[a-z]+[ ,]+){1,28}?)(dong|met vuong|m2)"
)


def weigh_words(
    kind: DocumentType, tokens: Sequence[Token], keys: Sequence[int], fields: Mapping[str, FieldReading]
) -> dict[str, FieldReading]:
    """The fields, their amounts held against what is written in words.

    Args:
        tokens, keys: the document's tokens, and the caller's key of each of its pages.
    """
    amounts = [s for s in kind.fields if s.kind in _UNITS]
    if not amounts:
        return dict(fields)
    spoken = _spoken(RunningText(tokens))
    if not spoken:
        return dict(fields)
    weighed = dict(fields)
    for spec in amounts:
        told = [(n, t) for n, unit, t in spoken if unit == _UNITS[spec.kind]]
        reading = weighed.get(spec.name)
        if reading is not None:
            weighed[spec.name] = _held(
                reading, [n for n, _ in told], sum(s.kind in ("money", "tax") for s in amounts)
            )
        elif len(told) == 1 and spec.required:
            weighed[spec.name] = _from_words(spec.name, *told[0], keys)
    return weighed


def _spoken(text: RunningText) -> list[tuple[Decimal, str, list[Token]]]:
    found = []
    for match in _SPOKEN.finditer(text.plain):
        words, tokens = text.cut(*match.span(1))
        number = number_from_words(words)
        if number is not None:
            found.append((number, "met vuong" if match[2] == "m2" else match[2], tokens))
    return found


def _held(reading: FieldReading, numbers: Sequence[Decimal], amounts: int) -> FieldReading:
    value = parse_number(reading.value)
    if value is None or not numbers:
        return reading
    if value in numbers:
        return replace(
            reading,
            confidence=max(reading.confidence, 0.97),
            flagged=False,
            reasons=(*reading.reasons, because(WORDS_AGREE)),
        )
    if len(numbers) == 1 and amounts == 1 and len(str(int(value))) == len(str(int(numbers[0]))):
        return replace(
            reading,
            flagged=True,
            confidence=min(reading.confidence, 0.7),
            candidates=(*reading.candidates, str(numbers[0])),
            reasons=(*reading.reasons, because(WORDS_DIFFER, words=numbers[0], figures=reading.value)),
        )
    return reading


def _from_words(name: str, number: Decimal, tokens: Sequence[Token], keys: Sequence[int]) -> FieldReading:
    confidence = sum(t.confidence for t in tokens) / max(1, len(tokens))
    page = tokens[0].page if tokens else 0
    return FieldReading(
        name, str(number).replace(".", ","), round(confidence * 0.95, 4), confidence < 0.8, keys[page],
        box_of([t for t in tokens if t.page == page]), "words", "printed", (because(FROM_WORDS),),
    )  # fmt: skip
