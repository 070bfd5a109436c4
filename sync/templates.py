"""Bodies other systems want, written as data: a shape with places, filled with what the warehouse knows.

A template is a table of resources/exchange (or the province's own file). A text "{name}" becomes the value itself, a
text with more in it stays text. A table with `each` is repeated for every entry of that list, for those alone where the
value named by `where` is true ("!name": is not). `{name:stamp}` writes a date as yyyymmddHHMMSS in office time,
`{name:day}` as dd/mm/yyyy, `{name:iso}` as yyyy-mm-dd.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from string import Formatter
from typing import Any

from sync.folding import day_of

# Vietnam and Cambodia keep the same hour and have had no summer time since 1975.
OFFICE_TIME = timezone(timedelta(hours=7))

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}")
_FORMATS = {"stamp": "%Y%m%d%H%M%S", "day": "%d/%m/%Y", "iso": "%Y-%m-%d"}


def fill(template: Any, values: Mapping[str, Any]) -> Any:
    """The template with every place filled. A value that is a function is called: what is costly is made when wanted.

    Raises:
        KeyError: a place nothing is known of; `check` finds these before anything is sent.
    """
    if isinstance(template, str):
        return _fill_text(template, values)
    if isinstance(template, list):
        return [fill(entry, values) for entry in template]
    if not isinstance(template, Mapping):
        return template
    if "each" in template:
        return [fill(template["item"], {**values, **entry}) for entry in _entries(template, values)]
    return {name: fill(entry, values) for name, entry in template.items()}


def places(template: Any) -> set[str]:
    """The names of every place and every list a template speaks of."""
    if isinstance(template, str):
        return {name for _, name, _, _ in Formatter().parse(template) if name}
    if isinstance(template, list):
        return set().union(*map(places, template)) if template else set()
    if not isinstance(template, Mapping):
        return set()
    if "each" in template:
        where = template.get("where", "").lstrip("!")
        return {template["each"], *filter(None, [where])} | places(template["item"])
    return set().union(*map(places, template.values())) if template else set()


def _entries(template: Mapping[str, Any], values: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    where = template.get("where", "")
    for entry in values[template["each"]]:
        if not where or bool(entry[where.lstrip("!")]) != where.startswith("!"):
            yield entry


def _fill_text(template: str, values: Mapping[str, Any]) -> Any:
    parts = list(Formatter().parse(template))
    if len(parts) == 1 and not parts[0][0] and parts[0][1]:
        return _value(values, parts[0][1], parts[0][2] or "")
    return "".join(
        literal + ("" if name is None else str(_value(values, name, spec or "")))
        for literal, name, spec, _ in parts
    )


def _value(values: Mapping[str, Any], name: str, spec: str) -> Any:
    value = values[name]
    if isinstance(value, Callable):  # type: ignore[arg-type]  # the protocol is enough at run time
        value = value()
    return _dated(str(value or ""), _FORMATS[spec]) if spec else value


def _dated(written: str, form: str) -> str:
    """A moment or day in any spelling, as this system writes it; "" where there is none."""
    if _MOMENT.match(written):
        moment = datetime.fromisoformat(written.replace("Z", "+00:00"))
        local = moment.astimezone(OFFICE_TIME) if moment.tzinfo else moment
        return local.strftime(form)
    day = day_of(written)
    return "" if day is None else datetime.fromisoformat(day).replace(tzinfo=UTC).strftime(form)
