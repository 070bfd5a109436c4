"""Whether two writings of a field mean the same: dates, money, areas, numbers, names."""

import re

from tests.benchmarks.alignment import normal

_DATE = re.compile(r"(\d{1,2})\D+(\d{1,2})\D+(\d{4})")
_DATE_NAMES = ("date", "dob", "_at")
_AMOUNT = "_vnd"
_NUMBER_NAMES = (
    "_id",
    "id_number",
    "tax_code",
    "phone",
    "serial",
    "book_no",
    "dossier_code",
    "contract_no",
    "notary_no",
    "receipt_no",
    "doc_no",
    "parcel_no",
    "map_sheet",
)
# Two ways of putting the tone on open syllables; offices write both.
_TONES = dict(
    zip(
        ["oà", "oá", "oả", "oã", "oạ", "oè", "oé", "oẻ", "oẽ", "oẹ", "uỳ", "uý", "uỷ", "uỹ", "uỵ"],
        ["òa", "óa", "ỏa", "õa", "ọa", "òe", "óe", "ỏe", "õe", "ọe", "ùy", "úy", "ủy", "ũy", "ụy"],
        strict=True,
    )
)
_TONE = re.compile("(" + "|".join(_TONES) + r")(?!\w)")


def same_value(name: str, one: str, other: str) -> bool:
    return canonical(name, one) == canonical(name, other)


def canonical(name: str, value: str) -> str:
    """A field's value without what offices write differently."""
    text = normal(value).lower()
    if any(part in name for part in _DATE_NAMES):
        found = _DATE.search(text)
        return f"{int(found[1]):02d}/{int(found[2]):02d}/{found[3]}" if found else text
    if name.endswith(_AMOUNT):
        return re.sub(r"\D", "", text)
    if name == "area_m2":
        return _area(text)
    if name.endswith(_NUMBER_NAMES):
        return re.sub(r"[\W_]", "", text)
    text = _TONE.sub(lambda match: _TONES[match[1]], text)
    if name.endswith("name"):
        text = re.sub(r"^(hộ )?(ông|bà)\s*:?\s+", "", text)
    return " ".join(re.sub(r"\s*([,;:])\s*", r"\1 ", text).split()).strip(" .,;:-")


def _area(text: str) -> str:
    """1.234,5 m² → 1234.5"""
    figure = re.sub(r"m\s*2", "", text)
    figure = re.sub(r"[^\d.,]", "", figure).strip(".,")
    if re.fullmatch(r"\d{1,3}(\.\d{3})+(,\d+)?", figure):
        figure = figure.replace(".", "")
    figure = figure.replace(",", ".")
    return figure.rstrip("0").rstrip(".") if "." in figure else figure
