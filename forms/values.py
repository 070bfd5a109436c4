"""Reading a value of a known kind out of the tokens where it must stand."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from forms.layout import Token
from forms.names import plausible
from forms.normalise import (
    digits_only,
    fold,
    fold_tight,
    nfc,
    normal_serial,
    office_date,
    parse_area,
    parse_date,
    parse_money,
    person_name,
    repair_digits,
    with_strokes,
    without_tones,
)
from forms.running import plain_letter


@dataclass(frozen=True)
class Found:
    """A value, the tokens it was read from, how well its form fits (0–1), and whether digits were repaired."""

    value: str
    tokens: tuple[Token, ...]
    fit: float
    repaired: bool = False


#: How well the form of a value fits whose signs had to be taken for others.
REPAIRED_FIT = 0.75
DOSSIER_CODE = re.compile(
    r"(?<![A-Z0-9.])((?:\d{3}\.\d{2}\.\d{2}\.)?[A-Z]\d{2}(?:\.\d{1,3}){0,4}-\d{6}-\d{3,7})(?!\d)"
)
SERIAL = re.compile(r"(?<![A-ZĐa-zđ])([A-ZĐ]{2})[ .:\-]{0,2}(\d{8}|\d{6})(?!\d)")
_SERIAL_LOOSE = re.compile(r"(?<![A-ZĐa-zđ])([A-ZĐ]{2})[ .:\-]{0,2}(\d(?: ?\d){7}|\d(?: ?\d){5})(?! ?\d)")
_BOOK = re.compile(r"(?<![A-ZĐa-zđ])([A-ZĐ]{1,4})[ .\-]{0,2}(\d{3,6})(?!\d)")
_ID12 = re.compile(r"(?<!\d)(\d(?:[ .\-]?\d){11})(?![ .]?\d)")
_ID9 = re.compile(r"(?<!\d)(\d(?:[ .]?\d){8})(?![ .]?\d)")
_PHONE = re.compile(r"(?<!\d)((?:\+?84|0)(?:[ .\-]?\d){9})(?!\d)")
_TAX = re.compile(r"(?<!\d)(\d{10} ?- ?\d{3}|\d(?: ?\d){11}|\d(?: ?\d){9})(?!\d)")
#: Least likeness of a misread choice to the wording it stands for, in percent.
NEAR_CHOICE = 78
#: Share of known names below which words of an office are taken for what they are.
LEAST_NAME = 0.6
_NO_NAME = re.compile(
    r"\b(can bo|nguoi|tiep nhan|giam doc|chu tich|chu so huu|ky|ghi ro|dong dau|ho so|ket qua|cong chung vien|dai dien|xac nhan|cong an|uy ban|chung chi|hanh nghe"
    r"|quyet|thua dat|ban do|so huu|nhan vien|dai ly|thue|lien|chu$|ben [ab]|ben (?:mua|ban|tang|nhan|the|chuyen))\b"
)
_NAME_ENDS = re.compile(
    r"^(sinh|sn|cccd|cmnd|cmt|so|can|ngay|nam|dia|noi|chuc|gioi|quoc|dan|ma|va|co|la|nguoi|thuong|cung|hien|voi|date|giay|the|dien|ho|dai|to|xac|tai|dob)$"
)


def read_value(kind: str, tokens: Sequence[Token], choices: tuple[str, ...] = ()) -> Found | None:
    """The value of a kind in the tokens; None when nothing of that form is there."""
    reader = _READERS.get(kind)
    return reader(tokens) if reader else _choice(tokens, choices)


def joined(tokens: Sequence[Token]) -> tuple[str, list[int]]:
    """The tokens as one text, and for each letter the index of its token."""
    text = ""
    owners: list[int] = []
    for index, token in enumerate(tokens):
        piece = ("" if not text else " ") + token.text
        text += piece
        owners.extend([index] * len(piece))
    return text, owners


def _under(tokens: Sequence[Token], owners: list[int], start: int, end: int) -> tuple[Token, ...]:
    kept = sorted(set(owners[start:end]))
    return tuple(tokens[i] for i in kept)


def _by_pattern(
    patterns: Sequence[re.Pattern[str]], clean: Callable[[re.Match[str]], str], upper: bool = False
) -> Callable[[Sequence[Token]], Found | None]:
    """A reader that tries patterns on the text as it is, then with look-alikes of digits repaired."""

    def read(tokens: Sequence[Token]) -> Found | None:
        text, owners = joined(tokens)
        text = nfc(text)
        if len(text) != len(owners):
            return None
        if upper:
            text = "".join(c if c in "Đđ" else plain_letter(c) for c in text).upper()
        for repaired in (False, True):
            tried = _repair_in_numbers(text) if repaired else text
            for rank, pattern in enumerate(patterns):
                match = pattern.search(tried)
                if match:
                    fit = 1.0 - 0.15 * rank - 0.25 * repaired
                    return Found(clean(match), _under(tokens, owners, *match.span(1)), fit, repaired)
        return None

    return read


def _repair_in_numbers(text: str) -> str:
    """Look-alikes turned to digits in words that are mostly digits; the first two letters of a serial stay."""

    def repair(match: re.Match[str]) -> str:
        word = match.group()
        return repair_digits(word) if sum(c.isdigit() for c in word) * 2 >= len(word) else word

    return re.sub(r"[^\s.,;:/\-]+", repair, text)


def _digits(match: re.Match[str]) -> str:
    return digits_only(match[1])


def _date(tokens: Sequence[Token]) -> Found | None:
    text, _ = joined(tokens)
    if re.match(r"\s*[:.]?\s*\d{1,2}\s*th[a-z]{1,4}\b", without_tones(text)):
        text = "ngày " + text.lstrip(" :.")
    day = parse_date(with_strokes(text))
    repaired = day != parse_date(text)
    if day is None:
        squeezed = re.sub(r"(\d)\s*/\s*(\d)", r"\1/\2", _repair_in_numbers(text))
        day = parse_date(squeezed)
        spaced = re.match(r"\W*(\d{2})\s?(\d{2})\s((?:19|20)\d{2})(?!\d)", squeezed)
        if day is None and spaced:
            day = parse_date("/".join(spaced.groups()))
        return Found(office_date(day), tuple(tokens), REPAIRED_FIT, True) if day else None
    used = [t for t in tokens if any(c.isdigit() for c in t.text)]
    return Found(office_date(day), tuple(used[:3]), REPAIRED_FIT if repaired else 1.0, repaired)


def _number_of(pattern: str) -> Callable[[Sequence[Token]], Found | None]:
    compiled = re.compile(pattern)

    def read(tokens: Sequence[Token]) -> Found | None:
        for index, token in enumerate(tokens[:4]):
            for repaired in (False, True):
                text = repair_digits(token.text) if repaired else token.text
                match = compiled.match(text.strip(".,;:()-"))
                if match:
                    return Found(
                        match[1].lstrip("0") or "0", (tokens[index],), 1.0 - 0.3 * repaired, repaired
                    )
            if token.key and index >= 2:
                break
        return None

    return read


def _area(tokens: Sequence[Token]) -> Found | None:
    text, owners = joined(tokens)
    match = re.search(r"(?<![\d(m])(\d{1,3}(?:[. ]\d{3})+|\d+)(?:\s?[,.]\s?\d{1,3})?", text)
    if not match:
        return None
    value = parse_area(match.group())
    if value is None:
        return None
    following = fold(text[match.end() : match.end() + 4])
    fit = 1.0 if following.startswith("m") else 0.9
    return Found(value, _under(tokens, owners, *match.span()), fit)


def _money(tokens: Sequence[Token]) -> Found | None:
    text, owners = joined(tokens)
    best: tuple[int, re.Match[str]] | None = None
    for match in re.finditer(r"(?<![\d\[])\d{1,3}(?:[.,:;\s]\s?\d{3})+(?!\d)|(?<![\d\[])\d{5,}(?!\d)", text):
        size = len(digits_only(match.group()))
        if best is None or size > best[0]:
            best = (size, match)
    if best is None:
        return None
    written = best[1].group()
    value = parse_money(re.sub(r"[.,:;\s]+", ".", written)) or digits_only(written)
    # No office parts thousands by these: a dot with dirt at it, or two numbers.
    repaired = any(c in written for c in ":;")
    return Found(value, _under(tokens, owners, *best[1].span()), REPAIRED_FIT if repaired else 1.0, repaired)


def _tax(tokens: Sequence[Token]) -> Found | None:
    """An amount to pay, which may be nothing."""
    return _money(tokens) or _zero(tokens)


def _zero(tokens: Sequence[Token]) -> Found | None:
    """A lone 0 where an amount stands: nothing to pay."""
    words = [t for t in tokens if t.key and not re.fullmatch(r"\[\d+\]", t.text)]
    if words and words[0].text.strip(".,;:") in ("0", "O", "o"):
        return Found("0", (words[0],), 0.9)
    return None


def _name(tokens: Sequence[Token]) -> Found | None:
    kept: list[Token] = []
    for token in tokens:
        if not kept and _is_honorific(token):
            continue
        if kept and (
            _NAME_ENDS.match(token.key) and not token.text.isupper() and not token.text[:1].isupper()
        ):
            break
        if any(c.isdigit() for c in token.text) or (kept and token.text.startswith("(")):
            break
        if not token.key:
            if kept and token.text[:1] in ",;:([-":
                break
            continue
        kept.append(token)
        if token.text[-1:] in ",;:)" and not _is_honorific(token):
            break
    value = person_name(" ".join(t.text for t in kept))
    letters = fold_tight(value)
    if len(letters) < 3 or len(kept) > 9:
        return None
    words = value.split()
    share = plausible(value)
    if share < LEAST_NAME and _NO_NAME.search(fold(value)):
        return None
    if share < LEAST_NAME and sum(t.text[:1].isupper() for t in kept) < 0.6 * len(kept):
        return None
    fit = 1.0 if 2 <= len(words) <= 5 and all(w[:1].isupper() for w in words) else 0.7
    fit *= 1.0 if share >= 0.5 else 0.7
    return Found(value, tuple(kept), fit)


def _is_honorific(token: Token) -> bool:
    return token.key in ("ong", "ba", "ongba", "hoong", "hoba")


def _party(tokens: Sequence[Token]) -> Found | None:
    """A person or an organisation; the latter runs on to the end of the passage."""
    head = fold(" ".join(t.text for t in tokens[:4]))
    if re.match(r"(ten to chuc )?(ngan hang|quy tin dung|cong ty|hop tac xa|tap doan|chi nhanh)", head):
        found = _text(tokens)
        return replace(found, value=_REPRESENTED.split(found.value)[0]) if found else None
    return _name(tokens)


_REPRESENTED = re.compile(r"[,;] (?=do |đại diện|người đại diện|địa chỉ|trụ sở|mã số)", re.IGNORECASE)
_SHORT_FORMS = re.compile(r"\b(?:TP|Tp|TX|TT|KV|KP|St|No|P|Q|H|X|Ph|BS|TS|ThS|PGS|GS)\.", re.UNICODE)


def without_leaders(text: str) -> str:
    """A text without the dots and strokes of the line it stood on; dots of short forms and numbers stay."""
    text = _SHORT_FORMS.sub(lambda m: m.group()[:-1] + "\x00", nfc(text))
    text = re.sub(r"(?<=\d)\.(?=\d)", "\x00", text)
    text = re.sub(r"[.…·•_„“”|]+", " ", text).replace("\x00", ".")
    text = re.sub(r"(?<=[^\W\d_])[;:] (?=[^\W\d_])", ", ", text) if text.count(",") else text
    text = re.sub(r"\s+([,;:])", r"\1", text)
    return " ".join(re.sub(r",(?:\s*,)+", ",", text).split()).strip(" ,;:-*/\\'`")


def _text(tokens: Sequence[Token]) -> Found | None:
    text = without_leaders(" ".join(t.text for t in tokens))
    text = re.sub(r"^\(\d\)\s*:?\s*", "", text)
    return Found(text, tuple(tokens), 0.9) if fold_tight(text) else None


def _organisation(tokens: Sequence[Token]) -> Found | None:
    """An office, without the day that a sentence goes on with."""
    found = _text(tokens)
    return replace(found, value=_AND_DAY.split(found.value)[0].strip(" ,;")) if found else None


_AND_DAY = re.compile(r"[,;]? (?:vào )?ngày (?=\d)")


def _wording(tokens: Sequence[Token]) -> Found | None:
    """A text that ends where the sentence goes on with something else."""
    found = _text(tokens)
    return replace(found, value=found.value.split(";")[0].strip()) if found else None


def _land_form(tokens: Sequence[Token]) -> Found | None:
    """Private or shared use: "Sử dụng riêng", or the areas of both, the other being nothing."""
    text = fold(" ".join(t.text for t in tokens))
    shares = {form: re.search(rf"{form}\b ?(\d[\d ]*|khong)?", text) for form in ("rieng", "chung")}
    used = [f for f, m in shares.items() if m and m[1] not in ("khong", "0", "0 ")]
    if not used:
        return None
    form = used[0] if len(used) == 1 or text.find(used[0]) < text.find(used[1]) else used[1]
    return Found(
        "Sử dụng riêng" if form == "rieng" else "Sử dụng chung", tuple(tokens), 1.0 if len(used) == 1 else 0.6
    )


def _land_use(tokens: Sequence[Token]) -> Found | None:
    """A kind of land, without the code in brackets after it."""
    found = _text(tokens)
    if found is None:
        return None
    value = re.sub(r"\s*[(\[{][^)]{0,12}[)\]}]?\s*[.,;]?$", "", found.value)
    value = re.split(r"[;,:]", value)[0].strip()
    return Found(value, found.tokens, found.fit) if value else None


def _doc_number(tokens: Sequence[Token]) -> Found | None:
    """A number of a paper: '4663/TNHS', '45/2024', '7316-LAV-202585818'."""
    kept: list[Token] = []
    for token in tokens:
        if not token.key and not kept:
            continue
        if any(c.isdigit() for c in token.text) or (kept and re.match(r"^[-/]", token.text)):
            if not kept and token.text.startswith("("):
                return None  # "(01 bản chính)": so many copies
            kept.append(token)
            if token.text[-1:] in ",;":
                break
        elif kept and re.match(r"^[A-ZĐ]{2,4}(-[A-ZĐ]+)?\W*$", token.text) and "/" not in kept[-1].text:
            kept.append(token)  # "680 XN": the stroke between them was lost
            value = nfc("/".join(t.text for t in kept)).strip(" .,;:-_…")
            return Found(value, tuple(kept), REPAIRED_FIT, True)
        elif kept or token.key not in ("so", ""):
            break
    if not kept:
        return None
    value = nfc("".join(t.text for t in kept)).strip(" .,;:-_…")
    stroke = re.fullmatch(r"(\d+)[Il|]([A-ZĐ]{2}[A-ZĐ\-]*)", value)
    if stroke:
        return Found("/".join(stroke.groups()), tuple(kept), REPAIRED_FIT, True)
    return Found(value, tuple(kept), 1.0) if any(c.isdigit() for c in value) else None


def _sex(tokens: Sequence[Token]) -> Found | None:
    for token in tokens[:3]:
        if token.key in ("nam", "nu"):
            return Found("Nam" if token.key == "nam" else "Nữ", (token,), 1.0)
    return None


def _choice(tokens: Sequence[Token], choices: tuple[str, ...]) -> Found | None:
    text = fold_tight(" ".join(t.text for t in tokens))
    for choice in choices:
        wanted = fold_tight(choice)
        if text.startswith(wanted) or fuzz.ratio(text[: len(wanted)], wanted) >= NEAR_CHOICE:
            words = len(choice.split())
            return Found(choice, tuple([t for t in tokens if t.key][:words]), 1.0)
    return None


_READERS: dict[str, Callable[[Sequence[Token]], Found | None]] = {
    "name": _name,
    "party": _party,
    "organisation": _organisation,
    "personal_id": _by_pattern((_ID12, _ID9), _digits),
    "phone": _by_pattern((_PHONE,), lambda m: re.sub(r"^\+?84", "0", re.sub(r"[ .\-]", "", m[1]))),
    "date": _date,
    "place_date": _date,
    "serial": _by_pattern((SERIAL, _SERIAL_LOOSE), lambda m: normal_serial(f"{m[1]} {m[2]}"), upper=True),
    "book_no": _by_pattern((_BOOK,), lambda m: f"{m[1]} {m[2]}", upper=True),
    "parcel": _number_of(r"^(\d{1,5})$"),
    "sheet": _number_of(r"^(\d{1,4}[A-Za-z]?)$"),
    "area": _area,
    "money": _money,
    "tax": _tax,
    "tax_code": _by_pattern((_TAX,), lambda m: m[1].replace(" ", "")),
    "dossier_code": _by_pattern((DOSSIER_CODE,), lambda m: m[1].upper(), upper=True),
    "number": _doc_number,
    "address": _text,
    "text": _wording,
    "sex": _sex,
    "land_form": _land_form,
    "land_use": _land_use,
}
