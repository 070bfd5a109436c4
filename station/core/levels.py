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
    """One of NAMES."""
    name = f" {_plain(branch)} "
    for level, words in _levels():
        if any(f" {word} " in name for word in words):
            return level
    return OTHER


@cache
def _levels() -> tuple[tuple[str, tuple[str, ...]], ...]:
    text = (files("resources") / "units" / "levels.toml").read_text(encoding="utf-8")
    return tuple((row["key"], tuple(map(_plain, row["words"]))) for row in tomllib.loads(text)["level"])


def _plain(text: str) -> str:
    parted = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return _NO_LETTER.sub(" ", "".join(c for c in parted if not unicodedata.combining(c))).strip()
