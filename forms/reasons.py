"""Reasons an operator can read, in the operator's language, even after they were stored as plain text.

A reason is kept as its English sentence with the values filled in. `explain` finds the sentence it was made from
and says it in another language.
"""

import re
from collections.abc import Callable
from functools import lru_cache

_TEMPLATES: dict[str, None] = {}


def because(sentence: str, **values: object) -> str:
    """A reason: `sentence`, marked with N_ where it is written, with its values."""
    _TEMPLATES.setdefault(sentence)
    return sentence.format(**values)


def explain(reason: str, translate: Callable[[str], str], sentences: tuple[str, ...] = ()) -> str:
    """The reason in the language of `translate`.

    Args:
        sentences: templates to recognise besides those used so far in this process.
    """
    if (whole := translate(reason)) != reason:
        return whole
    for template in (*_TEMPLATES, *sentences):
        match = _pattern(template).fullmatch(reason)
        if match:
            return translate(template).format(**match.groupdict())
    return reason


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
