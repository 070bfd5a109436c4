"""Marks by which a page names its paper: the number of its form in header or footer, serials of certificates."""

import re

from forms.layout import PageLayout
from forms.normalise import code_key, nfc, normal_serial, without_tones
from forms.values import SERIAL

#: Where headers end and footers begin, as shares of the page's height; form numbers stand down to 0.12 (samples).
HEADER_TO, FOOTER_FROM = 0.15, 0.88
#: "Mẫu số 11/ĐK" begins its cell, as text that speaks of a form does not; "CT07" needs no word before it.
_FORM = re.compile(r"^\W*m[a-z]u(?: so)?[ .:]*(\d{1,2}[a-z]?(?:/[a-z-]+)?)(?![\w/])|\b(ct\d\d)\b")


def form_number(layout: PageLayout) -> str:
    """The form's number in the page's header or footer as written, "11/ĐK"; "" for none."""
    for row in layout.rows:
        if HEADER_TO * layout.height < row.box[1] < FOOTER_FROM * layout.height:
            continue
        for cell in layout.cell_texts(row):
            text = nfc(cell)
            if match := _FORM.search(without_tones(text)):
                return text[slice(*match.span(match.lastindex or 0))]
    return ""


def same_form(one: str, other: str) -> bool:
    return bool(one) and code_key(without_tones(one)) == code_key(without_tones(other))


def unlike_forms(one: str, other: str) -> bool:
    """Are they two forms' numbers? Letters behind the digits are lost too often to tell forms apart."""
    return bool(one and other) and _digits(one) != _digits(other)


def _digits(form: str) -> int:
    return int("".join(re.findall(r"\d+", form)[:1]))


def serials(layout: PageLayout) -> frozenset[str]:
    """Every certificate serial on the page, "BM 123456"."""
    rows = (nfc(layout.row_text(row)) for row in layout.rows)
    return frozenset(normal_serial(f"{m[1]} {m[2]}") for row in rows for m in SERIAL.finditer(row))
