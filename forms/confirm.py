"""Sources weighed against each other: documents of a dossier, codes, the record.

Papers of one dossier speak of the same persons and, mostly, of one property. What several independent sources
write alike is sure; what one reads otherwise is put to a person, with the value the others have. A value taken
from other papers is a proposal: it says so, keeps what was read, and is flagged.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from forms.doctype import Catalogue, DocumentType
from forms.normalise import code_key, fold, parse_area, text_key
from forms.people import Mention, cluster, hard_to_read
from forms.proposal import FieldReading, ProposedDocument, Record
from forms.reasons import because
from station.core.errors import N_

AGREES = N_("{count} other papers of the dossier say the same.")
RECORD_AGREES = N_("The procedure record says the same.")
OTHERS_DIFFER = N_('Other papers of the dossier say "{value}".')
RECORD_DIFFERS = N_('The procedure record says "{value}".')
PUT_RIGHT = N_('Read as "{read}"; {source} "{value}".')
PROPOSED = N_('Could not be read here; {source} "{value}".')
OTHERS_HAVE = N_("other papers have")
RECORD_HAS = N_("the record has")

DOUBTFUL = N_("Read with little confidence; please compare with the picture.")

#: Below this confidence a person is asked. Of 1,735 values read from made scans of three levels those above it
#: were wrong in 0.6 %, those below in 26 %.
PASSES_FROM = 0.8
#: How much a source weighs by how it was read.
_WEIGHT = {"qr": 3.0, "barcode": 3.0, "mrz": 2.5, "printed": 1.0, "handwritten": 0.35}
RECORD_WEIGHT = 1.5
#: Read by machine, with a check of its own.
_CHECKED = ("qr", "barcode", "mrz")
#: Stands for no paper: what several papers have in common word by word.
CONSENSUS = -2
#: Confidence of a printed value two independent sources write alike.
AGREED = 0.975
#: Two weak readings may share a mistake, as copies of one print share worn tones: they do not make each other sure.
READ_ENOUGH = 0.65
#: Confidence of a value put right by others: it is flagged as well.
PUT_RIGHT_CONFIDENCE = 0.8
#: Least likeness of a reading to the value the others have, to be taken for a misreading of it.
MISREAD_FROM = {"name": 62, "id": 75, "text": 60, "number": 50, "area": 50, "office": 70}
MISREAD_BY_HAND = {"office": 50}

#: Facts of the property and the case that documents of a dossier share, with their way of comparing.
_SHARED = {
    "parcel_no": "number",
    "map_sheet": "number",
    "area_m2": "area",
    "certificate_serial": "id",
    "certificate_book_no": "id",
    "certificate_date": "number",
    "parcel_address": "text",
    "land_purpose": "text",
    "land_term": "text",
    "land_origin": "text",
    "land_form": "text",
    "price_vnd": "number",
    "contract_date": "number",
    "contract_no": "id",
    "dossier_code": "id",
    "procedure_name": "text",
    "received_at": "number",
    "agency": "office",
}
#: Papers addressed to the branch that has the dossier.
_TO_THE_BRANCH = ("don_bien_dong", "phieu_yeu_cau_dang_ky_the_chap", "phieu_kiem_soat", "don_tach_hop_thua")
_PERSONAL = {
    "name": "name",
    "id": "id",
    "dob": "number",
    "address": "text",
    "phone": "number",
    "hometown": "text",
}


@dataclass
class _Voice:
    """One reading of a fact: where it stands, what it says, what it weighs. `document` -1 is the record."""

    document: int
    field: str
    value: str
    weight: float
    reading: FieldReading | None


def confirm(
    documents: Sequence[ProposedDocument], catalogue: Catalogue, record: Record | None
) -> list[ProposedDocument]:
    """The documents with fields confirmed, doubted, put right or proposed by the others.

    Args:
        record: the dossier's record once it is known; a source of its own.
    """
    fields = [dict(d.fields) for d in documents]
    kinds = [catalogue.document_types[d.type_id] for d in documents]
    for name, way in _SHARED.items():
        voices = _voices_of(name, fields)
        voices += _record_voice(name, record)
        places = [(i, name) for i, k in enumerate(kinds) if k.field(name)]
        if name == "agency":
            places = [(i, n) for i, n in places if kinds[i].id in _TO_THE_BRANCH]
            voices = [v for v in voices if v.document < 0 or kinds[v.document].id in _TO_THE_BRANCH]
        _settle(voices, way, fields, kinds, places)
    for group in cluster(documents, kinds, record):
        _settle_person(group, fields, kinds, record)
    return [
        replace(d, fields={name: _shown(reading) for name, reading in f.items()})
        for d, f in zip(documents, fields, strict=True)
    ]


def _shown(reading: FieldReading) -> FieldReading:
    """The reading as it is shown: flagged when it is more doubtful than what people would let pass."""
    if reading.flagged or reading.confidence >= PASSES_FROM:
        return reading
    return replace(reading, flagged=True, reasons=(*reading.reasons, because(DOUBTFUL)))


def _voices_of(name: str, fields: Sequence[Mapping[str, FieldReading]]) -> list[_Voice]:
    return [
        _Voice(i, name, f[name].value, _weight(f[name]), f[name]) for i, f in enumerate(fields) if name in f
    ]


def _weight(reading: FieldReading) -> float:
    """How much a reading counts: by how it was read, its confidence, and less when it was already put right."""
    corrected = 0.7 if reading.candidates and reading.kind == "printed" else 1.0
    return _WEIGHT[reading.kind] * reading.confidence * corrected


def _record_voice(name: str, record: Record | None) -> list[_Voice]:
    values = {
        "parcel_no": "parcel_no",
        "map_sheet": "map_sheet",
        "certificate_serial": "certificate_serial",
        "dossier_code": "dossier_code",
        "procedure_name": "procedure_name",
        "received_at": "received_at",
        "agency": "branch",
    }
    value = getattr(record, values[name]) if record is not None and name in values else ""
    return [_Voice(-1, name, value, RECORD_WEIGHT, None)] if value else []


def _key(value: str, way: str) -> str:
    if way == "area":
        return parse_area(value) or value
    return code_key(value) if way in ("id", "number") else text_key(value)


def _settle(
    voices: list[_Voice],
    way: str,
    fields: list[dict[str, FieldReading]],
    kinds: Sequence[DocumentType],
    places: Sequence[tuple[int, str]],
) -> None:
    """Lets the voices on one fact agree, and tells each place what came out."""
    if not voices:
        return
    if way in ("text", "name"):
        voices = [*voices, *_consensus(voices)]
    camps: dict[str, list[_Voice]] = {}
    for voice in voices:
        camps.setdefault(_key(voice.value, way), []).append(voice)
    weights = {key: sum(v.weight for v in camp) for key, camp in camps.items()}
    best = max(weights, key=lambda k: weights[k])
    if way == "name":
        best = _as_recorded(camps, best)
    leaders = camps[best]
    sources = len({v.document for v in leaders if v.document != CONSENSUS}) or 1
    sources = max(sources, 2 if any(v.document == CONSENSUS for v in leaders) else 0)
    value = _spelling(leaders)
    strong = sources >= 2 or any(v.reading is None or v.reading.kind in _CHECKED for v in leaders)
    for document, name in places:
        reading = fields[document].get(name)
        if reading is None:
            if strong and _may_propose(kinds[document], name):
                fields[document][name] = _proposed(name, value, leaders)
            continue
        if _key(reading.value, way) == best:
            spelt = replace(reading, value=value) if way in ("text", "name") else reading
            fields[document][name] = _agreed(spelt, document, leaders)
        elif strong:
            fields[document][name] = _against(reading, value, way, weights[best], leaders)


def _as_recorded(camps: Mapping[str, list[_Voice]], best: str) -> str:
    """The record's writing of the same letters: papers share the tones that a list of names put right alike."""
    if any(v.reading is not None and v.reading.kind == "qr" for v in camps[best]):
        return best
    recorded = [key for key, camp in camps.items() if any(v.document == -1 for v in camp)]
    return next((k for k in recorded if fold(k) == fold(best)), best)


def _consensus(voices: Sequence[_Voice]) -> list[_Voice]:
    """A wording no paper has whole, but of which two papers have every word: each was misread elsewhere."""
    read = [v for v in voices if v.reading is not None and v.reading.confidence >= 0.3]
    lengths = [len(v.value.split()) for v in read]
    if len(read) < 3:
        return []
    words = max(set(lengths), key=lengths.count)
    kept = [v for v in read if len(v.value.split()) == words]
    if len(kept) < 3 or len({text_key(v.value) for v in kept}) < len(kept) - 1:
        return []
    chosen: list[str] = []
    for column in zip(*(v.value.split() for v in kept), strict=True):
        counts: dict[str, float] = {}
        for word, voice in zip(column, kept, strict=True):
            counts[text_key(word)] = counts.get(text_key(word), 0.0) + voice.weight
        best = max(counts, key=lambda k: counts[k])
        holders = [w for w in column if text_key(w) == best]
        if len(holders) < 2:
            return []
        chosen.append(max(holders, key=len))
    value = " ".join(chosen)
    return [_Voice(CONSENSUS, kept[0].field, value, sum(v.weight for v in kept) / len(kept) * 1.7, None)]


def _spelling(leaders: Sequence[_Voice]) -> str:
    """The writing of the strongest voice; a handwriting's only when there is no other."""
    return max(leaders, key=lambda v: v.weight).value


def _may_propose(kind: DocumentType, name: str) -> bool:
    """Where a hand writes, a card is too small to read, or the paper cannot be without it."""
    spec = kind.field(name)
    return (
        (kind.by_hand and kind.id != "khac")
        or kind.card
        or (spec is not None and spec.required and kind.id != "khac")
    )


def _source(leaders: Sequence[_Voice]) -> str:
    return because(RECORD_HAS if any(v.document == -1 for v in leaders) else OTHERS_HAVE)


def _proposed(name: str, value: str, leaders: Sequence[_Voice]) -> FieldReading:
    return FieldReading(
        name, value, 0.5, True, None, None, "other papers", "handwritten",
        (because(PROPOSED, source=_source(leaders), value=value),),
    )  # fmt: skip


def _agreed(reading: FieldReading, document: int, leaders: Sequence[_Voice]) -> FieldReading:
    others = [v for v in leaders if v.document not in (document, CONSENSUS)]
    papers = sum(1 for v in others if v.document >= 0)
    by_record = any(v.document == -1 for v in others)
    reasons = list(reading.reasons)
    if papers:
        reasons.append(because(AGREES, count=papers))
    if by_record:
        reasons.append(because(RECORD_AGREES))
    independent = sum(min(1.0, v.weight) for v in others)
    if not others or independent < 0.5:
        return replace(reading, reasons=tuple(reasons))
    if hard_to_read(reading):
        return replace(reading, confidence=max(reading.confidence, 0.85), reasons=tuple(reasons))
    confidence = max(
        reading.confidence, AGREED if independent >= 0.75 and reading.confidence >= READ_ENOUGH else 0.92
    )
    return replace(reading, confidence=confidence, flagged=False, reasons=tuple(reasons))


def _against(
    reading: FieldReading, value: str, way: str, weight: float, leaders: Sequence[_Voice]
) -> FieldReading:
    """A reading the others contradict: a misreading is put right, a real difference is told."""
    own = _WEIGHT[reading.kind] * reading.confidence
    likeness = fuzz.ratio(_bare(reading.value, way), _bare(value, way))
    same_letters = fold(reading.value).replace(" ", "") == fold(value).replace(" ", "")
    by_hand = hard_to_read(reading)
    differs = RECORD_DIFFERS if all(v.document == -1 for v in leaders) else OTHERS_DIFFER
    trusted = reading.kind in ("qr", "barcode")
    if way == "office" and fuzz.ratio(fold(reading.value)[:12], fold(value)[:12]) < 60:
        return reading  # another kind of office, not a misreading of this one
    misread = same_letters or likeness >= (MISREAD_BY_HAND.get(way, 30) if by_hand else MISREAD_FROM[way])
    surer = weight > own * (1.2 if same_letters else 1.6)
    clear = way in ("number", "area") and not by_hand and reading.confidence >= 0.88
    if trusted or not misread or not surer or clear:
        return replace(
            reading,
            flagged=reading.flagged or not trusted,
            confidence=min(reading.confidence, 0.75) if not trusted else reading.confidence,
            candidates=tuple(dict.fromkeys((*reading.candidates, value))),
            reasons=(*reading.reasons, because(differs, value=value)),
        )
    return replace(
        reading,
        value=value,
        confidence=0.94 if same_letters and not by_hand else PUT_RIGHT_CONFIDENCE,
        flagged=by_hand or not same_letters,
        candidates=tuple(dict.fromkeys((reading.value, *reading.candidates))),
        reasons=(
            *reading.reasons,
            because(PUT_RIGHT, read=reading.value, source=_source(leaders), value=value),
        ),
    )


def _bare(value: str, way: str) -> str:
    return code_key(value) if way in ("id", "number", "area") else fold(value)


def _settle_person(
    mentions: Sequence[Mention],
    fields: list[dict[str, FieldReading]],
    kinds: Sequence[DocumentType],
    record: Record | None,
) -> None:
    """Lets all mentions of one person agree on name, number, birth, address."""
    is_applicant = any(m.is_record for m in mentions)
    for attribute, way in _PERSONAL.items():
        voices: list[_Voice] = []
        places: list[tuple[int, str]] = []
        for mention in mentions:
            name = mention.field_of(attribute)
            if name is None or (attribute == "address" and mention.short_address):
                continue
            reading = fields[mention.document].get(name)
            if kinds[mention.document].field(name):
                places.append((mention.document, name))
            if reading is not None:
                voices.append(_Voice(mention.document, name, reading.value, _weight(reading), reading))
        if attribute == "id":
            voices, places = _of_one_length(voices, places, fields)
        if is_applicant and record is not None:
            value = {
                "name": record.applicant_name,
                "id": record.applicant_id,
                "dob": record.date_of_birth,
                "address": record.address,
            }
            if value.get(attribute):
                voices.append(_Voice(-1, attribute, value[attribute], RECORD_WEIGHT, None))
        if len(voices) > 1 or (voices and len(places) > 1):
            _settle(voices, way, fields, kinds, places)


def _of_one_length(
    voices: list[_Voice], places: list[tuple[int, str]], fields: Sequence[Mapping[str, FieldReading]]
) -> tuple[list[_Voice], list[tuple[int, str]]]:
    """An old nine-digit number is not a misread twelve-digit one: they are kept apart."""
    kept = [v for v in voices if len(v.value) == 12]
    if not kept:
        return voices, places
    return kept, [(d, n) for d, n in places if n not in fields[d] or len(fields[d][n].value) != 9]
