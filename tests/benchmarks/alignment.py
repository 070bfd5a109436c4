"""How many characters of what is printed on a page are wrong in what was read, wherever it was put.

Order of blocks is free: each printed stretch of the truth looks for its best place in the text that
was read, whole stretches first, the longest first; a place is used once.
"""

import re
import unicodedata

import edlib

# Leaders that forms are filled on; they carry no text.
_LEADER = re.compile(r"(?:[._\-…·•]\s*){3,}")
# Figures set apart, each in a box of its own, are one number.
_APART = re.compile(r"(?<=(?<!\w)\d) (?=\d(?!\w))")
_ALIKE = str.maketrans(
    {
        "–": "-",
        "—": "-",
        "−": "-",
        "‑": "-",
        "“": '"',
        "”": '"',
        "‘": "'",
        "’": "'",
        "²": "2",
        "³": "3",
        "\u00a0": " ",
    }
)
_USED = "\x00"
# Beyond this share of wrong letters a stretch counts as not read at all.
_LOST_FROM = 0.5


def normal(text: str) -> str:
    """NFC, one kind of dash and quote, no leaders, single spaces, none between lone figures."""
    plain = unicodedata.normalize("NFC", text or "").translate(_ALIKE)
    return _APART.sub("", " ".join(_LEADER.sub(" ", plain).split()))


def printed_stretches(page: dict) -> list[str]:
    """What is printed on a truth page, run by run; stretches without a letter or digit are left out."""
    found = []
    for line in page["lines"]:
        for run in line.get("runs") or [line]:
            text = normal(run["text"])
            if run["kind"] == "printed" and any(letter.isalnum() for letter in text):
                found.append(text)
    return found


def character_errors(page: dict, text: str) -> tuple[int, int]:
    """(wrong characters, printed characters) of one page."""
    read = normal(text)
    stretches = sorted(printed_stretches(page), key=len, reverse=True)
    total = sum(map(len, stretches))
    doubtful = []
    for stretch in stretches:
        place = _whole(stretch, read)
        if place < 0:
            doubtful.append(stretch)
        else:
            read = _struck(read, place, place + len(stretch))
    wrong = 0
    for stretch in doubtful:
        errors, start, end = _nearest(stretch, read)
        if errors > _LOST_FROM * len(stretch):
            wrong += len(stretch)
        else:
            wrong += errors
            read = _struck(read, start, end)
    return wrong, total


def _whole(stretch: str, read: str) -> int:
    """Where the stretch stands to the letter, on word boundaries; -1 when nowhere."""
    start = read.find(stretch)
    while start >= 0:
        end = start + len(stretch)
        open_before = start == 0 or not (read[start - 1].isalnum() and stretch[0].isalnum())
        open_after = end == len(read) or not (read[end].isalnum() and stretch[-1].isalnum())
        if open_before and open_after:
            return start
        start = read.find(stretch, start + 1)
    return -1


def _nearest(stretch: str, read: str) -> tuple[int, int, int]:
    if not read:
        return len(stretch), 0, 0
    found = edlib.align(stretch, read, mode="HW", task="locations")
    start, end = found["locations"][0]
    return found["editDistance"], start or 0, (end if end is not None else -1) + 1


def _struck(read: str, start: int, end: int) -> str:
    return read[:start] + _USED * (end - start) + read[end:]
