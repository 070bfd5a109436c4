"""The level of a branch: which group of the official form it belongs to (resources/units/levels.toml)."""

import re
import tomllib
import unicodedata
from functools import cache
from importlib.resources import files

from station.core.errors import N_

OTHER = "other"
NAMES = {
    "province": N_("Departments of the province"),
    "land_registry": N_("Land registration office and its branches"),
    "district": N_("Districts"),
    "commune": N_("Communes and wards"),
    OTHER: N_("Other offices"),
}
_NO_LETTER = re.compile(r"[\W_]+")


@cache
def level_of(branch: str) -> str:
    """One of NAMES. A name written without tones is compared without them; one with tones is not, for Sơn Tịnh is no
    tỉnh."""
    toned = f" {_words(branch)} "
    plain = toned if toned == f" {_plain(branch)} " else None
    for level, words in _levels():
        if any(f" {word} " in toned or (plain and f" {_plain(word)} " in plain) for word in words):
            return level
    return OTHER


@cache
def _levels() -> tuple[tuple[str, tuple[str, ...]], ...]:
    text = (files("resources") / "units" / "levels.toml").read_text(encoding="utf-8")
    return tuple((row["key"], tuple(map(_words, row["words"]))) for row in tomllib.loads(text)["level"])


def _words(text: str) -> str:
    return _NO_LETTER.sub(" ", unicodedata.normalize("NFC", text.lower())).strip()


def _plain(text: str) -> str:
    parted = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return _NO_LETTER.sub(" ", "".join(c for c in parted if not unicodedata.combining(c))).strip()
