"""Reasons an operator can read, in the operator's language, even after they were stored as plain text.

A reason is kept as its English sentence with the values filled in. `explain` finds the sentence it was made from
and says it in another language.
"""

import json
import re
from collections.abc import Callable
from functools import cache, lru_cache
from importlib.resources import files

_TEMPLATES: dict[str, None] = {}


def because(sentence: str, **values: object) -> str:
    """A reason: `sentence`, marked with N_ where it is written, with its values."""
    _TEMPLATES.setdefault(sentence)
    return sentence.format(**values)


def explain(reason: str, translate: Callable[[str], str]) -> str:
    """The reason in the language of `translate`; as it stands when it was made of no known sentence."""
    if (whole := translate(reason)) != reason:
        return whole
    for template in (*_TEMPLATES, *_written()):
        match = _pattern(template).fullmatch(reason)
        if match:
            values = {name: _value(value, translate) for name, value in match.groupdict().items()}
            return translate(template).format(**values)
    return reason


def _value(value: str, translate: Callable[[str], str]) -> str:
    """A value in the reader's language: a word of a catalogue, or a whole sentence told inside another."""
    return explain(value, translate) if value.endswith(".") else translate(value)


def is_made_of(reason: str, *sentences: str) -> bool:
    """Was the reason made of one of these sentences, by `because`?"""
    return any(_pattern(sentence).fullmatch(reason) for sentence in sentences)


@cache
def _written() -> tuple[str, ...]:
    """Every sentence of this room, from its catalogue: reasons outlive the process that gave them."""
    return tuple(json.loads((files("resources") / "i18n" / "vi" / "forms.json").read_text(encoding="utf-8")))


@lru_cache(maxsize=1000)
def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", template)
    seen: set[str] = set()
    pattern = ""
    for index, part in enumerate(parts):
        if index % 2 == 0:
            pattern += re.escape(part)
        elif part in seen:
            pattern += f"(?P={part})"
        else:
            pattern += f"(?P<{part}>.*?)"
            seen.add(part)
    return re.compile(pattern, re.DOTALL)
