"""Identity cards whose small labels could not be read: their values known by form, place and each other.

The number names sex and year of birth; the expiry repeats the day of birth; name and addresses stand in a fixed
order. What is found this way must fit together, and says so.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from rapidfuzz import fuzz

from forms.checks import check_personal_id, sex_of_id, year_of_id
from forms.gazetteer import Gazetteer
from forms.layout import PageLayout, Token, box_of, lay_out
from forms.names import plausible
from forms.normalise import fold, nfc, parse_date, person_name, repair_digits, with_strokes, without_tones
from forms.proposal import FieldReading
from forms.reasons import because
from forms.values import REPAIRED_FIT
from ocr.reading import PageReading
from station.core.errors import N_

BY_CARD_FORM = N_("Found by its form and place on the card; the label was not readable.")
SEX_BY_NUMBER = N_("The ID number says it is a {sex} person's.")
CITIZENS_ONLY = N_("The card is issued to citizens only.")
FITS_NUMBER = N_("It fits the ID number.")

#: A lone date of such a year on a card is the day it expires: cards with a chip are issued since 2021.
EXPIRES_FROM = 2028
_DATE = re.compile(r"(?<!\d)(\d{2})\s?[/.]\s?(\d{2})\s?[/.]\s?((?:19|20)\d{2})(?!\d)")
#: With what a residence begins: a house, a hamlet, a group of houses.
_DWELLING = re.compile(r"\d|so \d|thon |xom |ap |to \d|to dan|khu |khoi |khom |duong ")
_HEADERS = re.compile(
    r"cong hoa|doc lap|socialist|independence|freedom|can cuoc|citizen|identity|cuc truong|canh sat|quan ly hanh chinh|bo cong an|viet nam|hanh chinh|trat tu"
)


def read_by_form(
    pages: Sequence[tuple[int, PageReading]], fields: Mapping[str, FieldReading], units: Gazetteer | None
) -> dict[str, FieldReading]:
    """`fields` with what else can be known of the card."""
    merged = _sensible_places(fields, units)
    for key, reading in pages:
        layout = lay_out(reading)
        for name, found in _number_and_dates(layout, merged).items():
            merged.setdefault(name, replace(found, page_key=key))
        for name, found in _name_and_places(layout, merged, units).items():
            if name not in merged or merged[name].confidence < 0.5:
                merged[name] = replace(found, page_key=key)
    return _implied(merged)


def _number_and_dates(layout: PageLayout, known: Mapping[str, FieldReading]) -> dict[str, FieldReading]:
    found: dict[str, FieldReading] = {}
    number = known["id_number"].value if "id_number" in known else ""
    dates: list[tuple[str, Token, int]] = []
    for index, row in enumerate(layout.rows):
        tokens = layout.tokens[row.first : row.last]
        for token in tokens:
            digits = re.sub(r"\D", "", token.text)
            if not number and len(digits) == 12 and "<" not in token.text and not check_personal_id(digits):
                number = digits
                found["id_number"] = _field("id_number", digits, [token])
            match = _DATE.search(token.text) or _DATE.search(repair_digits(token.text))
            if match is None and (match := _DATE.search(with_strokes(token.text))):
                token = replace(token, confidence=token.confidence * REPAIRED_FIT)
            if match and parse_date(match.group()):
                dates.append((f"{match[1]}/{match[2]}/{match[3]}", token, index))
    year = year_of_id(number) if number else None
    births = [d for d in dates if year and int(d[0][-4:]) == year]
    if births:
        found["dob"] = _field("dob", births[0][0], [births[0][1]], because(FITS_NUMBER))
    birth = births[0][0] if births else known["dob"].value if "dob" in known else ""
    for text, token, index in dates:
        if (birth and text[:5] == birth[:5] and int(text[-4:]) >= int(birth[-4:]) + 20) or (
            text != birth and int(text[-4:]) >= EXPIRES_FROM
        ):
            found.setdefault("expiry_date", _field("expiry_date", text, [token]))
        elif text != birth and int(text[-4:]) >= 2016 and index > len(layout.rows) // 3:
            found.setdefault("issue_date", _field("issue_date", text, [token]))
    return found


def _name_and_places(
    layout: PageLayout, known: Mapping[str, FieldReading], units: Gazetteer | None
) -> dict[str, FieldReading]:
    found: dict[str, FieldReading] = {}
    places: list[tuple[str, list[Token]]] = []
    for index, row in enumerate(layout.rows):
        for first, last in row.cells:
            cell = [t for t in layout.tokens[first:last] if t.key]
            text = _with_commas(" ".join(t.text for t in cell))
            letters = [c for c in text if c.isalpha()]
            capitals = letters and sum(c.isupper() for c in letters) > 0.9 * len(letters)
            if (
                capitals
                and 2 <= len(cell) <= 5
                and not _HEADERS.search(fold(text))
                and not any(c.isdigit() for c in text)
            ):
                name = person_name(text)
                if plausible(name) >= 0.75 and index < 0.6 * len(layout.rows):
                    found.setdefault("full_name", _field("full_name", name, cell))
            if units is not None and "," in text:
                place = _place(layout, index, first, text, cell, units)
                known_home = known.get("residence")
                if place is not None and known_home is not None and known_home.kind == "qr":
                    place = None if fuzz.ratio(fold(place[0]), fold(known_home.value)) >= 80 else place
                if place is not None:
                    places.append(place)
    dwellings = [p for p in places if _is_dwelling(p[0])]
    origins = [p for p in places if not _is_dwelling(p[0])]
    if origins:
        found["hometown"] = _field("hometown", *origins[0])
    if dwellings or len(origins) > 1:
        found["residence"] = _field("residence", *(dwellings or origins[1:])[0])
    return found


def _sensible_places(fields: Mapping[str, FieldReading], units: Gazetteer | None) -> dict[str, FieldReading]:
    """The fields without letters that are no place; a dwelling read beside the label of the origin is moved."""
    kept = dict(fields)
    for name in ("hometown", "residence"):
        value = _with_commas(kept[name].value) if name in kept else ""
        if value and units is not None and "," not in value and not units.check(value).known:
            del kept[name]
    origin = kept.get("hometown")
    if origin is not None and _is_dwelling(origin.value):
        del kept["hometown"]
        kept.setdefault("residence", replace(origin, name="residence"))
    return kept


def _is_dwelling(address: str) -> bool:
    """Does it name more than commune, district and province, as a residence does and an origin does not?"""
    return address.count(",") > 2 or bool(_DWELLING.match(without_tones(address)))


def _with_commas(text: str) -> str:
    """An address whose commas were taken for full stops."""
    return re.sub(r"(?<=[^\W\d_])\. ?(?=[^\W\d_])", ", ", nfc(text))


def _place(
    layout: PageLayout, index: int, first: int, text: str, cell: list[Token], units: Gazetteer
) -> tuple[str, list[Token]] | None:
    """An address line, with the next row when the province stands there."""
    text = text.strip(" .,;:|-_'`")
    checked = units.check(text)
    if checked.known >= 2:
        return checked.text, cell
    if index + 1 < len(layout.rows):
        below = layout.rows[index + 1]
        left = layout.tokens[first].box[0]
        more = [
            t
            for t in layout.tokens[below.first : below.last]
            if t.key and t.box[0] >= left - 2 * layout.letter_height
        ][:4]
        joined = _with_commas(f"{text} {' '.join(t.text for t in more)}").strip(" .,;:|-_'`")
        checked = units.check(joined)
        if more and checked.known >= 2:
            return checked.text, cell + more
    return None


def _field(name: str, value: str, tokens: Sequence[Token], reason: str = "") -> FieldReading:
    confidence = sum(t.confidence for t in tokens) / max(1, len(tokens)) * 0.85
    reasons = (because(BY_CARD_FORM), reason) if reason else (because(BY_CARD_FORM),)
    return FieldReading(
        name,
        value,
        round(confidence, 4),
        confidence < 0.6,
        None,
        box_of(tokens),
        "card form",
        "printed",
        reasons,
    )


def _implied(fields: dict[str, FieldReading]) -> dict[str, FieldReading]:
    """Sex by the number, nationality by the card."""
    number = fields.get("id_number")
    if number is not None and "sex" not in fields and len(number.value) == 12:
        sex = sex_of_id(number.value)
        fields["sex"] = replace(
            number,
            name="sex",
            value=sex,
            box=None,
            rule="number",
            reasons=(because(SEX_BY_NUMBER, sex=sex),),
            candidates=(),
        )
    if "nationality" not in fields:
        fields["nationality"] = FieldReading(
            "nationality", "Việt Nam", 0.96, False, None, None, "card", "printed", (because(CITIZENS_ONLY),)
        )
    return fields
