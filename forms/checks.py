"""What a value must satisfy to be believed: numbers, serials, codes, dates, sums in words, across papers.

Every finding is a sentence for the operator. None of them forbids anything: a person may know better.
"""

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from forms.doctype import DocumentType
from forms.normalise import code_key, parse_date
from forms.proposal import FieldReading
from forms.reasons import because
from station.core.errors import N_

#: GSO codes of the 63 provinces under which ID numbers are issued.
PROVINCES = frozenset(
    [
        "001",
        "002",
        "004",
        "006",
        "008",
        "010",
        "011",
        "012",
        "014",
        "015",
        "017",
        "019",
        "020",
        "022",
        "024",
        "025",
        "026",
        "027",
        "030",
        "031",
        "033",
        "034",
        "035",
        "036",
        "037",
        "038",
        "040",
        "042",
        "044",
        "045",
        "046",
        "048",
        "049",
        "051",
        "052",
        "054",
        "056",
        "058",
        "060",
        "062",
        "064",
        "066",
        "067",
        "068",
        "070",
        "072",
        "074",
        "075",
        "077",
        "079",
        "080",
        "082",
        "083",
        "084",
        "086",
        "087",
        "089",
        "091",
        "092",
        "093",
        "094",
        "095",
        "096",
    ]
)

ID_LENGTH = N_("An ID number has 12 digits (old ones 9), this one has {count}.")
ID_PROVINCE = N_("No province has the code {code} at the beginning of an ID number.")
ID_FUTURE = N_("The ID number speaks of a birth in {year}.")
ID_BIRTH = N_("The ID number says born in {year}, the paper says {date}.")
ID_SEX = N_("The ID number is a {sex} person's, the paper says otherwise.")
SERIAL_FORM = N_("A certificate's serial has two letters and 6 or 8 digits.")
SERIAL_AGE = N_("Serials have 8 digits since 2025 only; this certificate is of {date}.")
CODE_OFFICE = N_("No province has the code {code} in a dossier code.")
CODE_FORM = N_("This is not the form of a dossier code.")
CODE_DATE = N_("The dossier code carries the day {day}, which cannot be.")
DATE_IMPOSSIBLE = N_("This day is not in the calendar.")
DATE_FUTURE = N_("The day {date} has not come yet.")
DATE_ORDER = N_("The day {later} should come after {earlier}.")
TAX_CODE = N_("The check digit of the tax code is wrong.")
PHONE_FORM = N_("A phone number has 10 digits and begins with 0.")
PARCEL_ZERO = N_("Parcel and map sheet numbers begin at 1.")

UNREAD = N_("It must stand on this paper but could not be read; type it from the picture.")

#: Offices of provinces are H01 to H63; provinces laid together keep one of their codes (20/2020/QĐ-TTg).
PROVINCE_OFFICES = 63
#: Since this day certificates have serials of eight digits (10/2024/TT-BTNMT).
EIGHT_DIGITS_SINCE = dt.date(2025, 1, 1)

#: What a failed check leaves of a value's confidence.
DOUBT = 0.7


@dataclass(frozen=True)
class Finding:
    """A failed check of a field, as a sentence with its values."""

    field: str
    sentence: str


def year_of_id(number: str) -> int | None:
    """Year of birth in a 12-digit ID number."""
    return 1900 + 100 * (int(number[3]) // 2) + int(number[4:6]) if re.fullmatch(r"\d{12}", number) else None


def sex_of_id(number: str) -> str:
    return "Nam" if int(number[3]) % 2 == 0 else "Nữ"


def check_personal_id(
    number: str, birth: dt.date | None = None, sex: str = "", today: dt.date | None = None
) -> list[str]:
    """Sentences on what is wrong with an ID number; [] when it is plausible. There is no check digit in it.

    Args:
        birth, sex: as the same paper has them; None and "" for unknown.
        today: births after it are impossible; None does without that check.
    """
    if re.fullmatch(r"\d{9}", number):
        return []
    if not re.fullmatch(r"\d{12}", number):
        return [because(ID_LENGTH, count=len(number))]
    found = []
    if number[:3] not in PROVINCES:
        found.append(because(ID_PROVINCE, code=number[:3]))
    year = year_of_id(number)
    if year is not None and today is not None and year > today.year:
        found.append(because(ID_FUTURE, year=year))
    if birth is not None and year is not None and birth.year != year:
        found.append(because(ID_BIRTH, year=year, date=f"{birth:%d/%m/%Y}"))
    if sex in ("Nam", "Nữ") and sex != sex_of_id(number):
        found.append(because(ID_SEX, sex=sex_of_id(number)))
    return found


_DOSSIER = re.compile(r"(?:\d{3}\.\d{2}\.\d{2}\.)?[A-Z]\d{2}(?:\.\d{1,3}){0,4}-(\d{2})(\d{2})(\d{2})-\d{3,7}")


def check_dossier_code(code: str, today: dt.date | None = None) -> list[str]:
    """Form and day of a dossier code: `000.00.12.H48-240401-0123`, `H48.12-240401-0123`."""
    match = _DOSSIER.fullmatch(code.strip().upper())
    if not match:
        return [because(CODE_FORM)]
    try:
        day = dt.date(2000 + int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return [because(CODE_DATE, day=f"{match[3]}/{match[2]}/20{match[1]}")]
    if day.year < 2018 or (today is not None and day > today):
        return [because(CODE_DATE, day=f"{day:%d/%m/%Y}")]
    province = re.search(r"H(\d{2})", match.group())
    if province and not 1 <= int(province[1]) <= PROVINCE_OFFICES:
        return [because(CODE_OFFICE, code=province.group())]
    return []


def check_serial(serial: str) -> list[str]:
    """Two letters and 6 digits (to 2024) or 8 (since 2025)."""
    return [] if re.fullmatch(r"[A-ZĐ]{2}(\d{6}|\d{8})", code_key(serial)) else [because(SERIAL_FORM)]


def check_tax_code(code: str) -> list[str]:
    """Ten digits with a check digit, a dash and three more for a branch, or a person's 12-digit ID number."""
    digits = code.replace(" ", "")
    if re.fullmatch(r"\d{12}", digits):
        return check_personal_id(digits)
    match = re.fullmatch(r"(\d{10})(?:-?\d{3})?", digits)
    weights = (31, 29, 23, 19, 17, 13, 7, 5, 3)
    if match and 10 - sum(w * int(d) for w, d in zip(weights, match[1], strict=False)) % 11 == int(
        match[1][9]
    ):
        return []
    return [because(TAX_CODE)]


def check_date(text: str, today: dt.date | None = None) -> list[str]:
    day = parse_date(text)
    if day is None:
        return [because(DATE_IMPOSSIBLE)]
    return [because(DATE_FUTURE, date=f"{day:%d/%m/%Y}")] if today is not None and day > today else []


def check_phone(number: str) -> list[str]:
    return [] if re.fullmatch(r"0\d{9,10}", re.sub(r"\D", "", number)) else [because(PHONE_FORM)]


def _positive(value: str) -> list[str]:
    return [because(PARCEL_ZERO)] if value.strip("0") == "" else []


#: Days that may lie ahead.
_MAY_BE_AHEAD = ("due_at", "expiry_date")

_BY_KIND: Mapping[str, Callable[[str], list[str]]] = {
    "dossier_code": check_dossier_code,
    "serial": check_serial,
    "tax_code": check_tax_code,
    "phone": check_phone,
    "parcel": _positive,
    "sheet": _positive,
}


def check_fields(
    kind: DocumentType, fields: Mapping[str, FieldReading], today: dt.date | None = None
) -> list[Finding]:
    """Everything that is wrong with a document's values, each by itself and with each other."""
    found: list[Finding] = []
    for name, reading in fields.items():
        spec = kind.field(name)
        if spec is None or not reading.value:
            continue
        if spec.kind == "personal_id":
            role = name[: -len("_id")] if name.endswith("_id") else ""
            birth = fields.get(f"{role}_dob" if role else "dob")
            sex = fields.get("sex") if not role else None
            sentences = check_personal_id(
                reading.value, parse_date(birth.value) if birth else None, sex.value if sex else "", today
            )
        elif spec.kind in ("date", "place_date"):
            sentences = check_date(reading.value, None if name in _MAY_BE_AHEAD else today)
        else:
            sentences = _BY_KIND[spec.kind](reading.value) if spec.kind in _BY_KIND else []
        found += [Finding(name, s) for s in sentences]
    return found + _order(fields) + _generation(fields)


def _order(fields: Mapping[str, FieldReading]) -> list[Finding]:
    """Days of one paper that must follow each other."""
    found = []
    for first, second in (("received_at", "due_at"), ("dob", "issue_date"), ("issue_date", "expiry_date")):
        if first in fields and second in fields:
            earlier, later = parse_date(fields[first].value), parse_date(fields[second].value)
            if earlier and later and later < earlier:
                found.append(
                    Finding(
                        second, because(DATE_ORDER, later=f"{later:%d/%m/%Y}", earlier=f"{earlier:%d/%m/%Y}")
                    )
                )
    return found


def _generation(fields: Mapping[str, FieldReading]) -> list[Finding]:
    """Does the serial have the length of certificates of its day?"""
    if "certificate_serial" not in fields or "certificate_date" not in fields:
        return []
    issued = parse_date(fields["certificate_date"].value)
    long = re.fullmatch(r"[A-ZĐ]{2}\d{8}", code_key(fields["certificate_serial"].value))
    if not long or issued is None or issued >= EIGHT_DIGITS_SINCE:
        return []
    return [Finding("certificate_serial", because(SERIAL_AGE, date=f"{issued:%d/%m/%Y}"))]


def doubt_failed(
    kind: DocumentType, fields: Mapping[str, FieldReading], today: dt.date | None = None
) -> dict[str, FieldReading]:
    """The fields, those that fail a check flagged with the sentence."""
    checked = dict(fields)
    for finding in check_fields(kind, fields, today):
        reading = checked[finding.field]
        trusted = reading.kind in ("qr", "barcode")
        checked[finding.field] = replace(
            reading,
            flagged=reading.flagged or not trusted,
            confidence=reading.confidence if trusted else round(reading.confidence * DOUBT, 4),
            reasons=(*reading.reasons, finding.sentence),
        )
    return checked


def ask_for_unread(
    kind: DocumentType, fields: Mapping[str, FieldReading], page_keys: Sequence[int]
) -> dict[str, FieldReading]:
    """The fields, with an empty flagged one for each critical value that the paper cannot be without."""
    unread = {
        spec.name: FieldReading(
            spec.name, "", 0.0, True, page_keys[0], None, "unread", "printed", (because(UNREAD),)
        )
        for spec in kind.fields
        if spec.critical and spec.required and spec.name not in fields and page_keys
    }
    return {**fields, **unread}
