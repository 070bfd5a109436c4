"""Which procedure record a dossier belongs to: candidates with scores and reasons, and one taken only when sure.

A code read by machine names the record unless everything else speaks against it. A code read from print needs
one more thing that agrees. Without a code, person and property must both agree: the same person has other
dossiers, and the same parcel had other owners. Near misses are proposed, never taken.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rapidfuzz.distance import DamerauLevenshtein, Hamming

from forms.gazetteer import Gazetteer
from forms.machine import PrintedCode
from forms.normalise import code_key, digits_only, fold
from forms.people import APPLICANT_ROLES
from forms.proposal import Candidate, CandidateSource, FieldReading, ProposedDocument, Record
from forms.reasons import because
from station.core.errors import N_

#: The best candidate must be this much better than the next to be taken.
MARGIN = 0.08
#: A commune of today was made of up to so many old ones that are worth asking for.
MOST_COMMUNES = 6
#: Most candidates shown.
SHOWN = 5
#: Weight of a person known by name and number, which no near miss of a code does without.
BY_NUMBER = 0.35
#: ID numbers further apart than this are two people's: recognition misreads one digit, rarely two.
MISREAD_DIGITS = 2

SAME_CODE = N_("The dossier code is the same.")
NEAR_CODE = N_("The dossier code differs in one place only ({code}).")
OTHER_ID = N_("The record has the ID number {id}, which the papers do not: another person of this name.")
SAME_ID = N_("The ID number {id} is the applicant's.")
SAME_ID_OTHER = N_("The ID number {id} occurs in the papers.")
SAME_NAME = N_("The applicant's name {name} is the same.")
SAME_BIRTH = N_("The date of birth {date} is the same.")
SAME_SERIAL = N_("The certificate {serial} is the same.")
SAME_PARCEL = N_("Parcel {parcel} on map sheet {sheet} is the same.")
SAME_PROCEDURE = N_("The procedure is the same.")
SAME_DAY = N_("The day of receipt is the same.")
NEAR_PARCEL = N_("The record's parcel differs in one digit only ({parcel} on map sheet {sheet}).")
NEAR_SERIAL = N_("The record's certificate differs in one place only ({serial}).")
OTHER_PARCEL = N_("The record speaks of another parcel ({parcel} on map sheet {sheet}).")
OTHER_SERIAL = N_("The record speaks of another certificate ({serial}).")
OTHER_PERSON = N_("The record's applicant ({name}) occurs nowhere in the papers.")
NONE_GOOD = N_("No record agrees with the papers well enough.")
TOO_CLOSE = N_("Two records agree about equally well; please choose.")
NOTHING_FOUND = N_("No record was found for code, ID number, certificate, name or parcel.")
TAKEN = N_("The record {code} was taken.")


@dataclass
class Evidence:
    """What a dossier's papers say about its record."""

    code: PrintedCode | None
    applicant_ids: set[str] = field(default_factory=set)
    other_ids: set[str] = field(default_factory=set)
    clear_ids: set[str] = field(default_factory=set)
    applicants: set[str] = field(default_factory=set)
    others: set[str] = field(default_factory=set)
    births: set[tuple[str, str]] = field(default_factory=set)
    serials: set[str] = field(default_factory=set)
    parcels: set[tuple[str, str]] = field(default_factory=set)
    printed_parcels: set[tuple[str, str]] = field(default_factory=set)
    communes: set[str] = field(default_factory=set)
    procedures: set[str] = field(default_factory=set)
    days: set[str] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)
    applicant_known: bool = False


def gather(
    documents: Sequence[ProposedDocument], code: PrintedCode | None, units: Gazetteer | None = None
) -> Evidence:
    """Everything in the documents that can be compared with a record; communes by their names then and now."""
    evidence = Evidence(code)
    for document in documents:
        roles = APPLICANT_ROLES.get(document.type_id, ())
        fields = document.fields
        for name, reading in fields.items():
            _gather_field(evidence, name, reading, roles)
        _gather_births(evidence, fields)
        if units is not None and "parcel_address" in fields:
            evidence.communes |= units.communes_of(fields["parcel_address"].value)
        parcel, sheet = fields.get("parcel_no"), fields.get("map_sheet")
        if parcel and sheet:
            pair = (parcel.value, sheet.value.upper())
            evidence.parcels.add(pair)
            if "handwritten" not in (parcel.kind, sheet.kind):
                evidence.printed_parcels.add(pair)
    return evidence


def _gather_field(evidence: Evidence, name: str, reading: FieldReading, roles: tuple[str, ...]) -> None:
    role, _, attribute = name.rpartition("_")
    if name in ("tax_code", "id_number") or attribute == "id":
        number = digits_only(reading.value)
        if len(number) in (9, 12):
            (evidence.applicant_ids if role in roles else evidence.other_ids).add(number)
            evidence.applicant_known |= role in roles and _clear(reading)
            if role in roles and _clear(reading):
                evidence.clear_ids.add(number)
    elif attribute == "name" and name != "procedure_name":
        (evidence.applicants if role in roles else evidence.others).add(fold(reading.value))
        evidence.applicant_known |= role in roles and _clear(reading)
        evidence.names.setdefault(fold(reading.value), reading.value)
    elif name == "certificate_serial":
        evidence.serials.add(code_key(reading.value))
    elif name == "parcel_address":
        evidence.communes.update(_communes(reading.value))
    elif name == "procedure_name":
        evidence.procedures.add(fold(reading.value))
    elif name in ("received_at", "doc_date"):
        evidence.days.add(reading.value)


def _clear(reading: FieldReading) -> bool:
    """Was the applicant read so surely that a record of somebody else contradicts?"""
    return reading.kind != "handwritten" and reading.confidence >= 0.6


def _gather_births(evidence: Evidence, fields: dict[str, FieldReading]) -> None:
    for name, reading in fields.items():
        if name == "dob" or name.endswith("_dob"):
            person = fields.get("full_name" if name == "dob" else name[:-4] + "_name")
            if person:
                evidence.births.add((fold(person.value), reading.value))
                evidence.names.setdefault(fold(person.value), person.value)


def _communes(address: str) -> Iterable[str]:
    for part in address.split(","):
        match = re.match(r"^(?:xa|phuong|thi tran|dac khu) (.+)$", fold(part))
        if match:
            yield match[1]


def match_record(
    documents: Sequence[ProposedDocument],
    code: PrintedCode | None,
    records: CandidateSource,
    units: Gazetteer | None = None,
) -> tuple[Candidate | None, tuple[Candidate, ...], tuple[str, ...]]:
    """The record taken (or None), the best few, and why."""
    evidence = gather(documents, code, units)
    found = _look_up(evidence, records)
    if not found:
        return None, (), (because(NOTHING_FOUND),)
    weighed = sorted((_weigh(r, evidence) for r in found.values()), key=lambda w: -w.score)
    shown = tuple(w.candidate() for w in weighed[:SHOWN])
    best = weighed[0]
    if not best.good:
        return None, shown, (because(NONE_GOOD),)
    runner_up = weighed[1].score if len(weighed) > 1 else 0.0
    if best.score - runner_up < MARGIN and weighed[1].good:
        return None, shown, (because(TOO_CLOSE),)
    return best.candidate(), shown, (because(TAKEN, code=best.record.dossier_code),)


def _look_up(evidence: Evidence, records: CandidateSource) -> dict[str, Record]:
    found: dict[str, Record] = {}

    def keep(rows: Sequence[Record]) -> None:
        found.update({r.dossier_code: r for r in rows})

    if evidence.code is not None:
        exact = records.by_code(evidence.code.code)
        keep(exact)
        if not exact or not evidence.code.certain:
            keep(records.near_code(evidence.code.code))
    for number in sorted(evidence.applicant_ids | evidence.other_ids)[:12]:
        keep(records.by_id(number))
    for serial in sorted(evidence.serials)[:6]:
        keep(records.by_serial(serial))
    for name, birth in sorted(evidence.births)[:8]:
        keep(records.by_name_birth(evidence.names.get(name, name), birth))
    communes = sorted(evidence.communes) or [""]
    for parcel, sheet in sorted(evidence.parcels)[:8]:
        for commune in communes[:MOST_COMMUNES]:
            keep(records.by_parcel(parcel, sheet, commune))
    return found


@dataclass
class _Weighed:
    record: Record
    score: float
    by: str
    good: bool
    reasons: list[str]

    def candidate(self) -> Candidate:
        return Candidate(self.record, round(min(1.0, max(0.0, self.score)), 3), self.by, tuple(self.reasons))


def _weigh(record: Record, evidence: Evidence) -> _Weighed:
    reasons: list[str] = []
    code, code_name = _code_weight(record, evidence, reasons)
    person, person_name = _person_weight(record, evidence, reasons)
    property_, property_name, contradicted = _property_weight(record, evidence, reasons)
    extra = 0.0
    if any(
        p and (p == fold(record.procedure_name) or p in fold(record.procedure_name))
        for p in evidence.procedures
    ):
        extra += 0.06
        reasons.append(because(SAME_PROCEDURE))
    if record.received_at in evidence.days:
        extra += 0.06
        reasons.append(because(SAME_DAY))
    if person <= 0 and (evidence.applicants or evidence.others):
        reasons.append(because(OTHER_PERSON, name=record.applicant_name))
    certain = evidence.code is not None and evidence.code.certain and code > 0
    near = code_name == "near code"
    good = (
        (certain and not near and not (contradicted and person <= 0))
        or (code >= 0.5 and (person > 0 or property_ > 0) and not (contradicted and person < 0.2))
        or (
            person >= (BY_NUMBER if near else 0.2) and property_ >= 0.25 and not _other_code(evidence, record)
        )
    )
    score = code + person + property_ + extra
    by = (code_name if code_name != "near code" else "") or (
        f"{person_name}+{property_name}" if person_name and property_name else person_name or property_name
    )
    return _Weighed(record, score / 1.3, by or "similar", good, reasons)


def _other_code(evidence: Evidence, record: Record) -> bool:
    """Do the papers carry another dossier's code, read by machine?"""
    return (
        evidence.code is not None
        and evidence.code.certain
        and code_key(evidence.code.code) != code_key(record.dossier_code)
    )


def _code_weight(record: Record, evidence: Evidence, reasons: list[str]) -> tuple[float, str]:
    if evidence.code is None:
        return 0.0, ""
    if code_key(record.dossier_code) == code_key(evidence.code.code):
        reasons.append(because(SAME_CODE))
        return (0.6, "barcode") if evidence.code.certain else (0.5, "code")
    if one_apart(code_key(record.dossier_code), code_key(evidence.code.code)):
        reasons.append(because(NEAR_CODE, code=record.dossier_code))
        return 0.1, "near code"
    return 0.0, ""


def _person_weight(record: Record, evidence: Evidence, reasons: list[str]) -> tuple[float, str]:
    weight, by = 0.0, ""
    name = fold(record.applicant_name)
    is_applicant = name in evidence.applicants or record.applicant_id in evidence.applicant_ids
    share = 1.0 if is_applicant or not evidence.applicant_known else 0.3
    if record.applicant_id and record.applicant_id in evidence.applicant_ids | evidence.other_ids:
        weight += 0.35 * share
        by = "id"
        reasons.append(because(SAME_ID if share == 1.0 else SAME_ID_OTHER, id=record.applicant_id))
    if name and name in evidence.applicants | evidence.others:
        if _namesake(record, evidence):
            reasons.append(because(OTHER_ID, id=record.applicant_id))
            return 0.0, ""
        weight += 0.2 * share
        by = by or "name"
        reasons.append(because(SAME_NAME, name=record.applicant_name))
    if (name, record.date_of_birth) in evidence.births and record.date_of_birth:
        weight += 0.1 * share
        by = by if by == "id" else "name+birth"
        reasons.append(because(SAME_BIRTH, date=record.date_of_birth))
    return weight, by


def _namesake(record: Record, evidence: Evidence) -> bool:
    """Were the applicants' ID numbers read, and is the record's none of them, nor one of them misread?"""
    read = [n for n in evidence.clear_ids if len(n) == len(record.applicant_id)]
    return bool(read) and all(
        Hamming.distance(n, record.applicant_id) > MISREAD_DIGITS
        for n in (*read, *evidence.applicant_ids, *evidence.other_ids)
        if len(n) == len(record.applicant_id)
    )


def _property_weight(record: Record, evidence: Evidence, reasons: list[str]) -> tuple[float, str, bool]:
    weight, by, contradicted = 0.0, "", False
    serial = code_key(record.certificate_serial)
    if serial and serial in evidence.serials:
        weight += 0.25
        by = "serial"
        reasons.append(because(SAME_SERIAL, serial=record.certificate_serial))
    pair = (record.parcel_no, record.map_sheet.upper())
    commune = re.sub(r"^(xa|phuong|thi tran|dac khu) ", "", fold(record.commune))
    if record.parcel_no and pair in evidence.parcels:
        same_place = not evidence.communes or commune in evidence.communes
        weight += 0.25 if same_place else 0.1
        by = by or "parcel"
        reasons.append(because(SAME_PARCEL, parcel=record.parcel_no, sheet=record.map_sheet))
    elif record.parcel_no and any(_one_misread(pair, other) for other in evidence.printed_parcels):
        reasons.append(because(NEAR_PARCEL, parcel=record.parcel_no, sheet=record.map_sheet))
    elif record.parcel_no and evidence.printed_parcels:
        contradicted = weight == 0
        weight -= 0.1
        reasons.append(because(OTHER_PARCEL, parcel=record.parcel_no, sheet=record.map_sheet))
    if serial and any(one_apart(serial, other) for other in evidence.serials - {serial}):
        if serial not in evidence.serials:
            reasons.append(because(NEAR_SERIAL, serial=record.certificate_serial))
    elif serial and evidence.serials and serial not in evidence.serials:
        reasons.append(because(OTHER_SERIAL, serial=record.certificate_serial))
        weight -= 0.05
    return weight, by, contradicted


def _one_misread(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Do parcel and sheet differ in one digit altogether? It may be misread, it may be the neighbour: it counts
    neither for nor against."""
    if one[0] == other[0]:
        return one_apart(one[1], other[1])
    return one[1] == other[1] and one_apart(one[0], other[0])


def one_apart(one: str, other: str) -> bool:
    """Do two codes differ by one slip: a letter or digit wrong, lost or doubled, or two neighbours swapped?"""
    return one != other and DamerauLevenshtein.distance(one, other, score_cutoff=1) == 1
