"""Bringing what people and machines write to one form: letters, dates, money, areas, names, codes.

`fold` is the key under which everything is compared: without tones and marks, without case, letters and
digits only. Values are written as the office writes them: dd/mm/yyyy, plain numbers, NFC.
"""

import datetime as dt
import re
import unicodedata
from decimal import Decimal, InvalidOperation
from functools import lru_cache

_DASHES = str.maketrans(
    {"–": "-", "—": "-", "−": "-", "‐": "-", "‑": "-", "⁄": "/", "∕": "/", "\u00a0": " ", "“": '"', "”": '"'}
)
#: Khmer writes no blanks; where a line may break stands a blank without width, which no picture shows.
_ZERO_WIDTH_SPACE = "\u200b"
_NOT_WORD = re.compile(r"[^0-9a-z\u1780-\u17ff]+")
KHMER_DIGITS = str.maketrans("០១២៣៤៥៦៧៨៩", "0123456789")
#: What a reader of pictures takes a digit for; used only where a digit must be and only after a failed match.
_DIGIT_LOOKALIKES = str.maketrans("OoQDØøIlíìi|!SsBZzGbgqTóòôöÓ", "0000001111111558226699" + "766006")

_DATE_NUMERIC = re.compile(r"(?<!\d)(\d{1,2})\s?[/.\-]\s?(\d{1,2})\s?[/.\-]\s?((?:19|20)\d{2})(?!\d)")
#: "ngày 11 tháng 9 năm 2025", looked for without tones; of its three words the first letters are enough.
_DATE_WORDS = re.compile(
    r"(?<![a-z])ng[a-z]{1,3}\W{0,3}(\d{1,2})\W{0,3}th[a-z]{1,4}\W{0,3}(\d{1,2})\W{0,3}n[a-z]{1,3}\W{0,3}((?:19|20)\d{2})(?!\d)"
)
#: A day and nothing more: "1l2/2020/QĐ-UBND" is a number of a paper.
_STROKES_LOST = re.compile(r"(?<![\w/.\-])(\d{1,2})[Il|/](\d{1,2})[Il|/]((?:19|20)\d{2})(?![\w/\-])")
#: One of the strokes taken for a figure, "04/1072024": with two figures to day and month a paper's number hardly looks so.
_STROKE_AS_FIGURE = re.compile(
    r"(?<![\w/.\-])(\d{2})(?:/(\d{2})[17]|[17](\d{2})/)((?:19|20)\d{2})(?![\w/\-])"
)
_DATE_ISO = re.compile(r"(?<!\d)((?:19|20)\d{2})-(\d{1,2})-(\d{1,2})(?!\d)")
_THOUSANDS = re.compile(r"\d{1,3}(?:[.\s]\d{3})+(?:,\d+)?")
_AREA = re.compile(r"(\d{1,3}(?:[.\s]\d{3})+|\d+)(?:\s?([,.])\s?(\d{1,3}))?")
_HONORIFIC = re.compile(
    r"^(?:h[oộ]\s+)?(?:[oô]ng|b[aà])(?:\s*[/,(]\s*(?:[oô]ng|b[aà])\s*\)?)?(?:\s*[:.]\s*|\s+)(?=\S)",
    re.IGNORECASE,
)


def nfc(text: str) -> str:
    """NFC with plain dashes, plain spaces."""
    return unicodedata.normalize("NFC", text).translate(_DASHES)


@lru_cache(maxsize=200_000)
def fold(text: str) -> str:
    """Lower-case words without tones and marks, parted by one blank: "Đức Phổ" → "duc pho"."""
    plain = unicodedata.normalize(
        "NFD", text.replace(_ZERO_WIDTH_SPACE, "").replace("Đ", "D").replace("đ", "d").lower()
    )
    letters = "".join(c for c in plain if not "\u0300" <= c <= "\u036f")
    return _NOT_WORD.sub(" ", letters).strip()


def without_tones(text: str) -> str:
    """Small letters without tones and marks, all else as it is, letter for letter of an NFC text."""
    plain = unicodedata.normalize("NFD", text.replace("Đ", "D").replace("đ", "d").lower())
    return "".join(c for c in plain if not unicodedata.combining(c))


def with_strokes(text: str) -> str:
    """Days whose strokes were taken for letters or one for a figure, "29I08|2025", "04/1072024", with their strokes.

    For readers of days alone. Whoever uses it marks the value as repaired.
    """
    text = _STROKE_AS_FIGURE.sub(lambda m: f"{m[1]}/{m[2] or m[3]}/{m[4]}", text)
    return _STROKES_LOST.sub(r"\1/\2/\3", text)


def fold_tight(text: str) -> str:
    """`fold` without blanks; what broken and glued words have in common."""
    return fold(text).replace(" ", "")


def parse_date(text: str) -> dt.date | None:
    """The first date that can be in a text, numeric or "ngày … tháng … năm …"."""
    text = nfc(text)
    found = []
    for pattern, written in ((_DATE_WORDS, without_tones(text)), (_DATE_NUMERIC, text)):
        for match in pattern.finditer(written):
            day = _date(int(match[3]), int(match[2]), int(match[1]))
            if day:
                found.append((match.start(), day))
                break
    if not found:
        iso = _DATE_ISO.search(text)
        return _date(int(iso[1]), int(iso[2]), int(iso[3])) if iso else None
    return min(found)[1]


def _date(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def office_date(day: dt.date) -> str:
    """dd/mm/yyyy."""
    return f"{day.day:02d}/{day.month:02d}/{day.year:04d}"


def normal_date(text: str) -> str:
    """dd/mm/yyyy of the first date in `text`; the text itself when there is none."""
    day = parse_date(text)
    return office_date(day) if day else " ".join(text.split())


def parse_number(text: str) -> Decimal | None:
    """A number as Vietnamese offices write it: '1.234,5', '761,2', '100.0', '2.000.000.000'."""
    text = text.replace("\u00a0", "").replace(" ", "").strip(".,;:")
    if re.fullmatch(r"\d{1,3}(\.\d{3})+(,\d+)?", text):
        text = text.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"\d+(,\d+)?", text):
        text = text.replace(",", ".")
    elif not re.fullmatch(r"\d+\.\d{1,2}", text):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def parse_area(text: str) -> str | None:
    """Square metres as a plain number with a decimal comma: '3.501,9 m2' → '3501,9'."""
    match = _AREA.search(text)
    if not match:
        return None
    whole = re.sub(r"[.\s]", "", match[1])
    share = match[3] or ""
    if match[2] == "." and len(share) == 3:
        return whole + share
    share = share.rstrip("0")
    return f"{int(whole)},{share}" if share else str(int(whole))


def parse_money(text: str) -> str | None:
    """Đồng as digits only: '4.145.000.000 đồng' → '4145000000'; the largest grouped number wins."""
    grouped = [re.sub(r"\D", "", m.group().split(",")[0]) for m in _THOUSANDS.finditer(text)]
    plain = re.findall(r"(?<!\d)\d{4,}(?!\d)", text)
    numbers = grouped or plain or re.findall(r"(?<![\d\[])\d+(?![\d\]])", text)
    return max(numbers, key=lambda n: (len(n), n)).lstrip("0") or "0" if numbers else None


def digits_only(text: str) -> str:
    """The digits of a text, Khmer ones as 0-9."""
    return re.sub(r"\D", "", text.translate(KHMER_DIGITS))


def repair_digits(text: str) -> str:
    """Letters that look like digits turned into them. Whoever uses it marks the value as repaired."""
    return text.translate(_DIGIT_LOOKALIKES)


def person_name(text: str) -> str:
    """A name as the register writes it: without Ông/Bà, one blank, NGUYỄN VĂN A → Nguyễn Văn A."""
    name = " ".join(_HONORIFIC.sub("", nfc(text).strip(" .,;:-/\\|_*'\"()[]")).split()).strip(
        " .,;:-/\\|_*'\"()[]"
    )
    letters = [c for c in name if c.isalpha()]
    if letters and sum(c.isupper() for c in letters) > 0.6 * len(letters):
        name = " ".join(word[:1].upper() + word[1:].lower() for word in name.split())
    return name


def normal_serial(text: str) -> str:
    """A certificate's serial with one blank: 'aa09122325' → 'AA 09122325'."""
    match = re.search(r"([A-ZĐ]{2})[ .\-]{0,2}(\d[\d ]{5,9})", nfc(text).upper())
    if not match:
        return " ".join(text.split())
    return f"{match[1]} {match[2].replace(' ', '')}"


def code_key(text: str) -> str:
    """What two writings of a code, number or serial have in common: letters and digits, upper case."""
    return re.sub(r"[\W_]", "", nfc(text)).upper()


_TONE_PAIRS = (
    ("oà", "òa"), ("oá", "óa"), ("oả", "ỏa"), ("oã", "õa"), ("oạ", "ọa"), ("oè", "òe"), ("oé", "óe"), ("oẻ", "ỏe"),
    ("oẽ", "õe"), ("oẹ", "ọe"), ("uỳ", "ùy"), ("uý", "úy"), ("uỷ", "ủy"), ("uỹ", "ũy"), ("uỵ", "ụy"),
)  # fmt: skip
_TONE = dict(_TONE_PAIRS)
_TONE_STYLE = re.compile("(" + "|".join(_TONE) + r")(?!\w)")


def text_key(text: str) -> str:
    """What two honest writings of a text have in common: tones kept, but not case, blanks, tone placement."""
    text = _TONE_STYLE.sub(lambda m: _TONE[m.group(1)], nfc(text).lower())
    return re.sub(r"[^\w]+", " ", text).strip()
