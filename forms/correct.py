"""Putting right what recognition got wrong in wordings that are known: phrases, places, kinds of land, names.

A correction is a proposal with its reason and the reading it replaces. Other tones on the same letters are
corrected quietly enough to leave the field unflagged; other letters ask a person to look.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from rapidfuzz import fuzz, process

from forms.doctype import Catalogue, DocumentType
from forms.gazetteer import Gazetteer
from forms.names import plausible, propose_tones
from forms.normalise import fold, text_key
from forms.proposal import FieldReading
from forms.reasons import because
from station.core.errors import N_

KNOWN_WORDING = N_('Read as "{read}"; the known wording is "{known}".')
KNOWN_PLACE = N_('Read as "{read}"; the list of places has "{known}".')
KNOWN_NAME = N_('Read as "{read}"; names are written "{known}".')
UNUSUAL_NAME = N_("The name has an unusual word; please compare.")
PLACE_FOUND = N_("The place is in the list of places.")

#: What was read as clearly as this is left as it is: the list of places may lack a hamlet's commune.
CLEARLY_READ = 0.93
#: Least likeness of a wording with wrong letters to a known one, in percent.
WORDING_FROM = 88


@dataclass(frozen=True)
class Phrases:
    """Known wordings, prepared: by their folded words, and whole values by kind."""

    by_words: Mapping[tuple[str, ...], tuple[str, ...]]
    longest: int
    whole: Mapping[str, tuple[str, ...]]


@lru_cache(maxsize=4)
def _prepare(phrases: tuple[str, ...], whole: tuple[tuple[str, tuple[str, ...]], ...]) -> Phrases:
    by_words: dict[tuple[str, ...], tuple[str, ...]] = {}
    for phrase in phrases:
        words = tuple(re.sub(r"[,;.]", " ", phrase).split())
        by_words.setdefault(tuple(fold(w) for w in words), words)
    return Phrases(by_words, max((len(w) for w in by_words), default=0), dict(whole))


def prepare(catalogue: Catalogue) -> Phrases:
    """The catalogue's wordings, and those of its procedures, ready for correction."""
    lists = catalogue.phrases
    names = tuple(n for p in catalogue.procedures.values() for n in (p.names["vi"], *p.aliases))
    whole = (
        ("land_purpose", lists.get("land_uses", ())),
        ("land_origin", lists.get("land_origins", ())),
        ("land_term", lists.get("land_terms", ())),
        ("procedure_name", names),
    )
    return _prepare(lists.get("phrases", ()), whole)


def correct_fields(
    kind: DocumentType, fields: Mapping[str, FieldReading], phrases: Phrases, units: Gazetteer | None
) -> dict[str, FieldReading]:
    """Every field with its corrections."""
    corrected = {}
    for name, reading in fields.items():
        spec = kind.field(name)
        corrected[name] = _correct(spec.kind if spec else "text", reading, phrases, units)
    return corrected


def _correct(kind: str, reading: FieldReading, phrases: Phrases, units: Gazetteer | None) -> FieldReading:
    if reading.kind in ("qr", "barcode"):
        return reading
    if reading.name in phrases.whole:
        reading = _whole(reading, phrases.whole[reading.name])
    if kind in ("address", "organisation", "text", "land_use"):
        reading = _with(reading, put_phrases(reading.value, phrases), KNOWN_WORDING)
    if kind == "party" and re.match(r"^(ngan hang|quy tin dung|cong ty|hop tac xa)", fold(reading.value)):
        return _with(reading, put_phrases(reading.value, phrases), KNOWN_WORDING)
    if kind in ("address", "organisation") and units is not None:
        return _place(kind, reading, units)
    if kind in ("name", "party"):
        return _name(reading)
    return reading


def _with(reading: FieldReading, value: str, reason: str) -> FieldReading:
    """The reading with another value, if it differs; changed letters (not tones) lower trust and flag it."""
    if value == reading.value:
        return reading
    if text_key(value) == text_key(reading.value):
        return replace(reading, value=value)
    same_letters = fold(value).replace(" ", "") == fold(reading.value).replace(" ", "")
    return replace(
        reading,
        value=value,
        confidence=round(min(reading.confidence, 0.94) * (1.0 if same_letters else 0.85), 4),
        flagged=reading.flagged or not same_letters,
        candidates=(reading.value, *reading.candidates),
        reasons=(*reading.reasons, because(reason, read=reading.value, known=value)),
    )


def _whole(reading: FieldReading, known: tuple[str, ...]) -> FieldReading:
    found = process.extractOne(
        fold(reading.value), [fold(k) for k in known], scorer=fuzz.ratio, score_cutoff=WORDING_FROM
    )
    if found is None or not _word_by_word(fold(reading.value), fold(known[found[2]])):
        return reading
    return _with(reading, known[found[2]], KNOWN_WORDING)


def _word_by_word(one: str, other: str) -> bool:
    """Is each word of one alike to the same word of the other? A word too many is not a misreading."""
    first, second = one.split(), other.split()
    return len(first) == len(second) and all(
        fuzz.ratio(a, b) >= 50 for a, b in zip(first, second, strict=True)
    )


def put_phrases(text: str, phrases: Phrases) -> str:
    """The text with the tones of known phrases; case and punctuation stay."""
    words = text.split()
    keys = [fold(w) for w in words]
    index = 0
    while index < len(words):
        for size in range(min(phrases.longest, len(words) - index), 0, -1):
            known = phrases.by_words.get(tuple(keys[index : index + size]))
            if known is not None and (size > 1 or _lone(words, index)):
                words[index : index + size] = [
                    _dress(right, written)
                    for right, written in zip(known, words[index : index + size], strict=True)
                ]
                index += size - 1
                break
        index += 1
    return " ".join(words)


#: Before the kind of a unit stands a comma; recognition loses it.
_COMMA_LOST = re.compile(
    r"((?<=\s)[A-ZĐÀ-Ỹ]\w*|\d+) (?=(?:xã|phường|thị trấn|thị xã|huyện|quận|thành phố|tỉnh) [A-ZĐÀ-Ỹ])"
)
_UNIT_WORDS = ("thon", "xom", "xa", "phuong", "huyen", "tinh", "duong", "doi")


def _lone(words: list[str], index: int) -> bool:
    """A single word of a unit counts only where a unit begins: first, or after a comma, before a name."""
    if fold(words[index]) not in _UNIT_WORDS or index + 1 >= len(words):
        return False
    fresh = index == 0 or words[index - 1].endswith((",", ";", "."))
    if words[index][:1].isupper() and fold(words[index]) in ("tinh", "duong", "doi", "phuong", "xa", "huyen"):
        return False  # a name: Tịnh Châu, Dương Đông
    return fresh and (words[index + 1][:1].isupper() or words[index + 1][:1].isdigit())


def _dress(right: str, written: str) -> str:
    """`right` in the case and with the punctuation of what was written."""
    tail = re.search(r"[^\w]*$", written)
    head = re.match(r"^[^\w]*", written)
    letters = written.strip(".,;:()[]\"'")
    if letters.isupper() and len(letters) > 1:
        right = right.upper()
    elif letters[:1].isupper():
        right = right[:1].upper() + right[1:]
    return (head.group() if head else "") + right + (tail.group() if tail else "")


def _place(kind: str, reading: FieldReading, units: Gazetteer) -> FieldReading:
    text = re.sub(r"(?<=[^\W\d_])[.;:] (?=(?:xã|phường|thị|thành|huyện|tỉnh|quận)\b)", ", ", reading.value)
    if kind == "address":
        text = _COMMA_LOST.sub(r"\1, ", text)
    checked = units.check(text)
    if kind == "organisation" and "," not in text:
        return reading
    if reading.confidence < CLEARLY_READ:
        reading = _with(reading, checked.text, KNOWN_PLACE)
    if checked.known >= 2 and not checked.changed:
        reading = replace(
            reading,
            confidence=round(min(0.97, reading.confidence + 0.3 * (1 - reading.confidence)), 4),
            reasons=(*reading.reasons, because(PLACE_FOUND)),
        )
    return reading


def _name(reading: FieldReading) -> FieldReading:
    value = re.sub(r"[|_\-./\\]+", " ", reading.value)
    value = " ".join(w[:1].upper() + w[1:] for w in value.split())
    reading = replace(reading, value=value)
    if reading.confidence < CLEARLY_READ:
        reading = _with(reading, propose_tones(value), KNOWN_NAME)
    share = plausible(reading.value)
    if share < 0.75:
        return replace(
            reading,
            confidence=round(reading.confidence * (0.6 + 0.4 * share), 4),
            reasons=(*reading.reasons, because(UNUSUAL_NAME)),
        )
    return reading
