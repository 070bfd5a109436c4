"""Vietnamese numbers in words: the check of every sum and area written twice."""

import re
from decimal import Decimal

from forms.normalise import fold

_DIGITS = {
    "khong": 0, "mot": 1, "hai": 2, "ba": 3, "bon": 4, "tu": 4, "nam": 5, "lam": 5, "nham": 5, "sau": 6, "bay": 7, "bẩy": 7, "tam": 8, "chin": 9,
}  # fmt: skip
_SCALES = {"nghin": 1_000, "ngan": 1_000, "trieu": 1_000_000, "ty": 1_000_000_000, "ti": 1_000_000_000}


def number_from_words(text: str) -> Decimal | None:
    """The number a text begins with: "Ba nghìn năm trăm lẻ một phẩy chín mét vuông" → 3501.9; None for no number."""
    words = fold(text).split()
    whole: list[str] = []
    share: list[str] = []
    part = whole
    for word in words:
        if word in ("phay", "phẩy") and whole:
            part = share
        elif word in _DIGITS or word in _SCALES or word in ("tram", "muoi", "le", "linh"):
            part.append(word)
        elif whole:
            break
        elif word not in ("bang", "chu", "ghi", "viet"):
            return None
    if not whole:
        return None
    number = _whole(whole)
    if number is None:
        return None
    if not share:
        return Decimal(number)
    digits = _digits(share)
    return Decimal(f"{number}.{digits}") if digits else Decimal(number)


def _whole(words: list[str]) -> int | None:
    total = 0
    group: list[str] = []
    billions = 0
    for word in words:
        if word in _SCALES:
            value = _below_thousand(group)
            if value is None:
                return None
            if _SCALES[word] == 1_000_000_000:
                billions += (total + (value or 0 if group else 0)) if group or total else 0
                total = 0
            else:
                total += (value if group else 0) * _SCALES[word]
            group = []
        else:
            group.append(word)
    rest = _below_thousand(group)
    if rest is None:
        return None
    return billions * 1_000_000_000 + total + rest


def _below_thousand(words: list[str]) -> int | None:
    """0 to 999 of its words; 0 for none; None when they do not fit together."""
    value, current = 0, None
    for word in words:
        if word == "tram":
            value += (current if current is not None else 1) * 100
            current = None
        elif word == "muoi":
            value += (current if current is not None else 1) * 10
            current = None
        elif word in ("le", "linh"):
            current = None
        else:
            if current is not None:
                return None
            current = _DIGITS[word]
    return value + (current or 0)


def _digits(words: list[str]) -> str:
    """The decimals: "chín" → 9, "hai lăm" or "hai mươi lăm" → 25."""
    if "muoi" in words:
        value = _below_thousand(words)
        return str(value) if value is not None else ""
    return "".join(str(_DIGITS[w]) for w in words if w in _DIGITS)


def words_after(text: str) -> str | None:
    """What stands behind "bằng chữ:" in a text."""
    match = re.search(r"b[aăằ]ng ch[uưữ]\s*[:.]?\s*([^).;]+)", text, re.IGNORECASE)
    return match[1] if match else None
