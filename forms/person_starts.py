"""Where the persons of a passage begin: at Ông or Bà, at a label of a name, at a row "…, sinh năm 1966"."""

import re

from forms.labels import cell_starts
from forms.layout import Token

PERSON = re.compile(r"^(?:[ÔO]ng|B[àa]|ÔNG|BÀ)(?:/(?:[ÔO]ng|[Bb][àa]|BÀ|ÔNG))?\s*[:.]?$")
PERSON_SMALL = re.compile(r"^(?:ông|bà)\s*:?$")
_LINKS = ("va", "vo", "chong", "la", "ho", "cung", "voi", "anh", "chi", "con")
_REPRESENTED = re.compile(r"dai ?dien|nguoi dai")


def person_starts(span: list[Token]) -> list[int]:
    """Where persons begin: at Ông or Bà, at a label of a name, at a row "…, sinh năm 1966"."""
    opens = cell_starts(span)
    found: list[int] = []
    for index in range(len(span) - 1):
        if index and _represented(span, index):
            continue
        if found and (index - found[-1] <= 2 or _is_labelled_name(span, found[-1], index)):
            continue
        if _begins_person(span, index, opens[index]):
            found.append(index)
    return found


def _is_labelled_name(span: list[Token], label: int, index: int) -> bool:
    """Is this the Ông or Bà beside the label of a name: "Họ và tên | Ông Chu Duy Hùng"? The second one is another person."""
    before = span[label]
    between = span[label + 1 : index]
    return (
        (before.page, before.row) == (span[index].page, span[index].row)
        and before.key in ("ho", "hoten", "hovaten", "ten")
        and _is_honorific(span[index])
        and not any(_is_honorific(t) for t in between)
    )


def _is_honorific(token: Token) -> bool:
    return bool(PERSON.match(token.text) or PERSON_SMALL.match(token.text))


def _begins_person(span: list[Token], index: int, opens: bool) -> bool:
    token, following = span[index], span[index + 1]
    # "Ông (bà): LÊ VĂN NAM" names whoever it is.
    named = following.text[:1].isupper() or following.text.startswith(":") or following.text == "(bà):"
    before = span[index - 1] if index else None
    if named and PERSON.match(token.text) and (opens or _linked(before)):
        return True
    if named and PERSON_SMALL.match(token.text) and _linked(before):
        return True
    if not opens:
        return False
    return (
        (token.key in ("ho", "hovaten", "hoten") and _name_label(span, index))
        or (token.key == "ten" and following.key in ("to", "day", "ngan"))
        or _spouse_label(span, index)
        or (token.text[:1].isalpha() and _born(span, index))
    )


def _born(span: list[Token], index: int) -> bool:
    """Is the row of the form "…, sinh năm 1966", whatever became of Ông or Bà before it?"""
    row = " ".join(
        t.text for t in span[index : index + 14] if (t.page, t.row) == (span[index].page, span[index].row)
    )
    match = re.match(
        r"^\W*(?:\S{1,4}[.:]?\s+)?((?:[^\W\d_]+\s+){1,4}[^\W\d_]+)\s?,.{0,6}\s?năm\s?(?:19|20)\d\d", row
    )
    return bool(match) and all(w[:1].isupper() for w in match[1].split()) if match else False


def _spouse_label(span: list[Token], index: int) -> bool:
    """ "Vợ/chồng", "Cùng vợ (chồng): NGUYỄN …", not "Cùng vợ là:" before a row that begins with Bà."""
    row = [t for t in span[index : index + 8] if (t.page, t.row) == (span[index].page, span[index].row)]
    key = "".join(t.key for t in row)
    match = re.match(r"^(?:va|cung|co)?(?:vochong|vohoacchong|vo|chong)(?!la(?:ong|ba))", key)
    if not match or (len(match.group()) < 5 and not key.startswith(("vova", "cung"))):
        return False
    rest = [t for t in row if t.text[:1].isupper() and len(t.key) > 1][
        1 if span[index].text[:1].isupper() else 0 :
    ]
    return len(rest) >= 2


def _name_label(span: list[Token], index: int) -> bool:
    following = "".join(t.key for t in span[index : index + 4])
    return following.startswith(("hovaten", "hoten", "hochudem")) or span[index].key in ("hovaten", "hoten")


def _linked(before: Token | None) -> bool:
    return before is None or before.key in _LINKS or before.text[-1:] in ",;:.(" or not before.key


def _represented(span: list[Token], index: int) -> bool:
    """Is the person named as somebody's representative in the same row?"""
    row = [
        t for t in span[max(0, index - 6) : index] if t.row == span[index].row and t.page == span[index].page
    ]
    return bool(_REPRESENTED.search(" ".join(t.key for t in row).replace("  ", " ")))
