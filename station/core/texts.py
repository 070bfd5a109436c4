"""The station's sentences in Vietnamese, English and Khmer.

The English sentence is the key. Each language has a folder of JSON catalogues in
resources/i18n/<language>/<room>.json (key → translation); all of a folder are one catalogue.
A test holds that every catalogue has every key and the same placeholders.
"""

import json
from collections.abc import Callable
from functools import cache
from importlib.resources import files

LANGUAGES = ("vi", "en", "km")


@cache
def catalogue(language: str) -> dict[str, str]:
    """Every translated sentence of a language; empty for English, whose sentences are the keys."""
    folder = files("resources") / "i18n" / language
    merged: dict[str, str] = {}
    if folder.is_dir():
        for entry in sorted(folder.iterdir(), key=lambda e: e.name):
            if entry.name.endswith(".json"):
                merged.update(json.loads(entry.read_text(encoding="utf-8")))
    return merged


def translator(language: str) -> Callable[[str], str]:
    """A function from an English sentence to the language's; unknown sentences come back as they are."""
    table = catalogue(language)
    return lambda sentence: table.get(sentence, sentence)
