"""What codes and machine-readable zones say: identity card QR and MRZ, certificate QR, receipt codes.

A code carries its own check and is trusted before recognised letters; where both say the same, the field is sure,
where they differ, the code's value is taken and the difference told. A certificate's QR is a hint only: its
grammar is not published, so it confirms what was read and fills what was not.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from forms.doctype import DocumentType
from forms.mrz import parse_td1_lines
from forms.normalise import code_key, fold, nfc, normal_serial, office_date, parse_area, parse_date
from forms.proposal import FieldReading, ProposedDocument
from forms.reasons import because
from forms.values import DOSSIER_CODE
from ocr.reading import Box, Code, PageReading
from station.core.errors import N_

FROM_QR = N_("Taken from the QR code.")
FROM_MRZ = N_("Taken from the machine-readable zone; its check digits are right.")
NAME_WITHOUT_TONES = N_("Taken from the machine-readable zone, which has no tones; please put them in.")
FROM_BARCODE = N_("Taken from the barcode.")
TEXT_AGREES = N_("The printed text says the same.")
TEXT_DIFFERS = N_('The printed text was read as "{text}".')
CERTIFICATE_QR = N_("The certificate's QR code says the same.")
CERTIFICATE_QR_FILLS = N_("Taken from the certificate's QR code; please compare with the paper.")
CERTIFICATE_QR_DIFFERS = N_('The certificate\'s QR code says "{value}".')

#: A QR code is protected by error correction: what was decoded is what was printed.
QR_CONFIDENCE = 0.995
#: A zone's check digits let one error in ten through, two together almost none.
MRZ_CONFIDENCE = 0.97


@dataclass(frozen=True)
class CardQr:
    """Fields 0–6 of the identity card's QR; dates dd/mm/yyyy, "" where absent."""

    id_number: str
    old_id: str
    full_name: str
    dob: str
    sex: str
    residence: str
    issue_date: str


def parse_card_qr(payload: str) -> CardQr | None:
    """The card's QR: id|old id|name|ddmmyyyy|sex|address|ddmmyyyy and more on newer cards."""
    parts = [p.strip() for p in nfc(payload).strip("\r\n\x00 ").split("|")]
    if len(parts) < 6 or not re.fullmatch(r"\d{12}", parts[0]) or not re.fullmatch(r"\d{9}|", parts[1]):
        return None
    if fold(parts[4]) not in ("nam", "nu"):
        return None
    issued = _eight(parts[6]) if len(parts) > 6 else ""
    return CardQr(parts[0], parts[1], parts[2], _eight(parts[3]), parts[4], parts[5], issued)


def _eight(digits: str) -> str:
    if not re.fullmatch(r"\d{8}", digits):
        return ""
    day = parse_date(f"{digits[:2]}/{digits[2:4]}/{digits[4:]}")
    return office_date(day) if day else ""


def machine_fields(
    kind: DocumentType, pages: Sequence[tuple[int, PageReading]], fields: dict[str, FieldReading]
) -> dict[str, FieldReading]:
    """`fields` with what the document's codes and zones add, confirm or correct."""
    if kind.card:
        return _card(kind, pages, fields)
    if kind.certificate:
        return _certificate(kind, pages, fields)
    if kind.field("dossier_code"):
        return _code_on_paper(pages, fields)
    return fields


def _card(
    kind: DocumentType, pages: Sequence[tuple[int, PageReading]], fields: dict[str, FieldReading]
) -> dict[str, FieldReading]:
    merged = dict(fields)
    for key, reading in pages:
        zone = parse_td1_lines([line.text for line in reading.lines])
        if zone is not None and zone.name and kind.field("full_name") and "full_name" not in merged:
            name = " ".join(w.capitalize() for w in zone.name.split())
            merged["full_name"] = FieldReading(
                "full_name", name, 0.5, True, key, None, "mrz name", "printed", (because(NAME_WITHOUT_TONES),)
            )
        if zone is not None:
            for name, value in zone.fields().items():
                if kind.field(name) and value:
                    merged[name] = _take(
                        merged.get(name), name, value, MRZ_CONFIDENCE, key, None, "mrz", because(FROM_MRZ)
                    )
    for key, reading in pages:
        for code in reading.codes:
            card = parse_card_qr(code.payload)
            if card is None:
                continue
            for name in ("id_number", "full_name", "dob", "sex", "residence", "issue_date"):
                value = getattr(card, name)
                if kind.field(name) and value:
                    merged[name] = _take(
                        merged.get(name), name, value, QR_CONFIDENCE, key, code.box, "qr", because(FROM_QR)
                    )
    return merged


def _take(
    read: FieldReading | None,
    name: str,
    value: str,
    confidence: float,
    key: int,
    box: Box | None,
    rule: str,
    reason: str,
) -> FieldReading:
    """The machine's value, with what the text said about it."""
    reasons = [reason]
    flagged = False
    if read is not None:
        if _same(read.value, value):
            reasons.append(because(TEXT_AGREES))
            confidence = max(confidence, 0.99)
        elif not (rule == "mrz" and read.rule == "qr"):
            reasons.append(because(TEXT_DIFFERS, text=read.value))
            flagged = rule == "mrz" and fuzz.ratio(fold(read.value), fold(value)) < 60
    return FieldReading(
        name=name,
        value=value,
        confidence=confidence,
        flagged=flagged,
        page_key=read.page_key if read else key,
        box=read.box if read and read.box else box,
        rule=rule,
        kind="qr" if rule == "qr" else "mrz",
        reasons=tuple(reasons),
        candidates=(read.value,) if read and not _same(read.value, value) else (),
    )


def _same(one: str, other: str) -> bool:
    return fold(one) == fold(other) or code_key(one) == code_key(other)


def _certificate(
    kind: DocumentType, pages: Sequence[tuple[int, PageReading]], fields: dict[str, FieldReading]
) -> dict[str, FieldReading]:
    merged = dict(fields)
    for key, reading in pages:
        for code in reading.codes:
            for name, value in certificate_hints(code.payload).items():
                read = merged.get(name)
                if not kind.field(name):
                    continue
                if read is None:
                    merged[name] = FieldReading(
                        name,
                        value,
                        0.93,
                        True,
                        key,
                        code.box,
                        "certificate qr",
                        "qr",
                        (because(CERTIFICATE_QR_FILLS),),
                    )
                elif _same(read.value, value):
                    merged[name] = replace(
                        read, confidence=0.99, flagged=False, reasons=(*read.reasons, because(CERTIFICATE_QR))
                    )
                else:
                    merged[name] = replace(
                        read,
                        value=value,
                        confidence=0.93,
                        flagged=True,
                        rule="certificate qr",
                        kind="qr",
                        candidates=(read.value, *read.candidates),
                        reasons=(
                            *read.reasons,
                            because(TEXT_DIFFERS, text=read.value),
                            because(CERTIFICATE_QR_DIFFERS, value=value),
                        ),
                    )
    return merged


def certificate_hints(payload: str) -> dict[str, str]:
    """What in a certificate's code has the form of one of its fields; {} when it has no serial."""
    parts = [p.strip() for p in re.split(r"[|;\n]", nfc(payload)) if p.strip()]
    hints: dict[str, str] = {}
    numbers: list[str] = []
    for part in parts:
        if re.fullmatch(r"[A-ZĐ]{2} ?(\d{6}|\d{8})", part):
            hints.setdefault("certificate_serial", normal_serial(part))
        elif re.fullmatch(r"[A-ZĐ]{1,4}[ .]?\d{3,5}", part):
            match = re.fullmatch(r"([A-ZĐ]{1,4})[ .]?(\d{3,5})", part)
            hints.setdefault("certificate_book_no", f"{match[1]} {match[2]}" if match else part)
        elif re.fullmatch(r"\d{1,2}/\d{1,2}/\d{4}", part):
            hints.setdefault("certificate_date", part)
        elif re.fullmatch(r"\d{1,5}(?:[.,]\d{1,2})?", part):
            numbers.append(part)
    if "certificate_serial" not in hints:
        return {}
    if len(numbers) == 3:
        hints |= {
            "parcel_no": numbers[0],
            "map_sheet": numbers[1],
            "area_m2": parse_area(numbers[2]) or numbers[2],
        }
    return hints


def _code_on_paper(
    pages: Sequence[tuple[int, PageReading]], fields: dict[str, FieldReading]
) -> dict[str, FieldReading]:
    for key, reading in pages:
        for code in reading.codes:
            value = dossier_code_in(code)
            if value:
                read = fields.get("dossier_code")
                taken = _take(
                    read,
                    "dossier_code",
                    value,
                    QR_CONFIDENCE,
                    key,
                    code.box,
                    "barcode",
                    because(FROM_BARCODE),
                )
                return {**fields, "dossier_code": replace(taken, kind="barcode")}
    return fields


def dossier_code_in(code: Code) -> str | None:
    """The dossier code a barcode or QR carries, alone or among other data."""
    match = DOSSIER_CODE.search(nfc(code.payload).upper())
    return match[1] if match else None


@dataclass(frozen=True)
class PrintedCode:
    """A dossier code found in a run. `certain` when a barcode or separator carried it."""

    code: str
    certain: bool


def printed_code(
    separator: str | None,
    documents: Sequence[ProposedDocument],
    readings: Sequence[PageReading],
    by_words: bool = False,
) -> PrintedCode | None:
    """The code of the run: from its separator, else from a barcode, else as printed on receipt or sheets.

    Args:
        by_words: the separator's own code was not readable; what was recognised on it counts last.
    """
    match = DOSSIER_CODE.search(nfc(separator).upper()) if separator else None
    if match and not by_words:
        return PrintedCode(match[1], True)
    for reading in readings:
        for code in reading.codes:
            value = dossier_code_in(code)
            if value:
                return PrintedCode(value, True)
    read = [d.fields["dossier_code"] for d in documents if "dossier_code" in d.fields]
    printed = [f for f in read if f.kind != "handwritten"] or read
    if not printed:
        return PrintedCode(match[1], False) if match else None
    votes: dict[str, float] = {}
    for reading_of_code in printed:
        votes[reading_of_code.value] = votes.get(reading_of_code.value, 0.0) + reading_of_code.confidence
    return PrintedCode(max(votes, key=lambda v: votes[v]), False)
