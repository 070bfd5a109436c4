"""Text and dates as they are compared: without tone marks and case, dates of either spelling as ISO."""

import re
import unicodedata
from datetime import date

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_PRINTED = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})")


def fold(value: str) -> str:
    """Lower case without tone marks, đ as d: how text is stored for search and how a search is asked."""
    decomposed = unicodedata.normalize("NFD", value.lower())
    return "".join(c for c in decomposed if not "\u0300" <= c <= "\u036f").replace("đ", "d")


def day_of(written: str) -> str | None:
    """2026-03-31 of 31/03/2026, 31.3.2026 or 2026-03-31T08:00; None for what is no day of the calendar."""
    iso, printed = _ISO.match(written.strip()), _PRINTED.match(written.strip())
    if iso:
        year, month, day = iso.groups()
    elif printed:
        day, month, year = printed.groups()
    else:
        return None
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None
