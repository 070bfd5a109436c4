"""How a value is written on paper: dates in words, money with dots, areas with a comma."""

from collections.abc import Callable

_DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_GROUPS = ("", " nghìn", " triệu", " tỷ")


def grouped(number: str) -> str:
    """12500000 → 12.500.000; decimals after a comma stay."""
    whole, _, rest = number.partition(",")
    dotted = f"{int(whole):,}".replace(",", ".")
    return f"{dotted},{rest}" if rest else dotted


def dashed_date(date: str) -> str:
    return date.replace("/", "-")


def dotted_date(date: str) -> str:
    return date.replace("/", ".")


def worded_date(date: str) -> str:
    """29/08/2025 → ngày 29 tháng 8 năm 2025 (the office writes January and February with a zero)."""
    day, month, year = date.split("/")
    return f"ngày {day} tháng {month if month in ('01', '02') else int(month)} năm {year}"


def year_of(date: str) -> str:
    return date[-4:]


def spaced(number: str) -> str:
    """051095429566 → 051 095 429 566"""
    return " ".join(number[start : start + 3] for start in range(0, len(number), 3))


def boxed(number: str) -> str:
    return " ".join(number)


def amount_in_words(number: str) -> str:
    """4145000000 → Bốn tỷ một trăm bốn mươi lăm triệu đồng"""
    rest, parts = int(number), []
    for group in _GROUPS:
        rest, three = divmod(rest, 1000)
        if three:
            parts.append(_three_in_words(three, full=rest > 0) + group)
    words = " ".join(reversed(parts)) or _DIGITS[0]
    return words[0].upper() + words[1:] + " đồng"


def _three_in_words(number: int, *, full: bool) -> str:
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    words = [f"{_DIGITS[hundreds]} trăm"] if hundreds or full else []
    if tens == 1:
        words.append("mười")
    elif tens > 1:
        words.append(f"{_DIGITS[tens]} mươi")
    elif ones and words:
        words.append("lẻ")
    if ones == 5 and tens:
        words.append("lăm")
    elif ones == 1 and tens > 1:
        words.append("mốt")
    elif ones:
        words.append(_DIGITS[ones])
    return " ".join(words)


def area_in_words(number: str) -> str:
    whole, _, decimals = number.partition(",")
    words = amount_in_words(whole).removesuffix(" đồng")
    if decimals:
        words += " phẩy " + " ".join(_DIGITS[int(digit)] for digit in decimals)
    return words + " mét vuông"


FORMS: dict[str, Callable[[str], str]] = {
    "upper": str.upper,
    "lower": str.lower,
    "title": str.title,
    "money": grouped,
    "area": grouped,
    "dashed": dashed_date,
    "dotted": dotted_date,
    "words": worded_date,
    "year": year_of,
    "spaced": spaced,
    "boxed": boxed,
    "amount": amount_in_words,
    "areawords": area_in_words,
}
