"""Reading one TOML file of the catalogue so strictly that whatever is wrong with it is said by file, line and key."""

import datetime as dt
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from station.core.errors import N_, InputRefused


class CatalogueProblem(InputRefused):
    sentence = N_(
        "The catalogue file {file} is wrong in line {line}, at {key}: expected {expected}. "
        "Correct the file or remove it, then start again."
    )


@dataclass(frozen=True)
class Table:
    """A TOML table with the file it came from. Every reader of a value checks its type."""

    name: str
    source: str
    values: Mapping[str, Any]
    path: str = ""

    def problem(self, key: str, expected: str) -> CatalogueProblem:
        """The error for a key of this table; the line is where the key is written, else where the table begins."""
        return CatalogueProblem(
            file=self.name, line=_line_of(self.source, key, self.path), key=key, expected=expected
        )

    def allow(self, *keys: str) -> None:
        """Refuses keys nobody reads: a slip of the pen would otherwise go unnoticed."""
        for key in self.values:
            if key not in keys:
                raise self.problem(key, "a known key: " + ", ".join(keys))

    def over(self, base: Mapping[str, Any]) -> "Table":
        """This table with the values of `base` where it has none."""
        return Table(self.name, self.source, {**base, **self.values}, self.path)

    def string(self, key: str, default: str) -> str:
        value = self.values.get(key, default)
        if not isinstance(value, str):
            raise self.problem(key, "a text in quotes")
        return value

    def identifier(self, key: str) -> str:
        value = self.string(key, "")
        if not re.fullmatch(r"[a-z0-9_]{2,60}", value):
            raise self.problem(key, "an id of small letters, digits and _")
        return value

    def strings(self, key: str) -> tuple[str, ...]:
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(v, str) and v for v in value):
            raise self.problem(key, "a list of texts")
        return tuple(value)

    def integer(self, key: str, default: int) -> int:
        value = self.values.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self.problem(key, "a whole number from 0")
        return value

    def integers(self, key: str) -> tuple[int, ...]:
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(
            isinstance(v, int) and not isinstance(v, bool) for v in value
        ):
            raise self.problem(key, "a list of whole numbers")
        return tuple(value)

    def boolean(self, key: str, default: bool = False) -> bool:
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            raise self.problem(key, "true or false")
        return value

    def date(self, key: str) -> dt.date | None:
        value = self.values.get(key)
        if value is not None and (not isinstance(value, dt.date) or isinstance(value, dt.datetime)):
            raise self.problem(key, "a date like 2025-07-01")
        return value

    def names(self, key: str) -> Mapping[str, str]:
        """A name per language; vi, en and km must be there."""
        value = self.values.get(key)
        if not isinstance(value, dict) or not all(
            isinstance(value.get(k), str) and value[k] for k in ("vi", "en", "km")
        ):
            raise self.problem(key, "a name in vi, en and km")
        return {str(k): str(v) for k, v in value.items()}

    def tables(self, key: str) -> dict[str, "Table"]:
        value = self.values.get(key, {})
        if not isinstance(value, dict) or not all(isinstance(v, dict) for v in value.values()):
            raise self.problem(key, "a table of tables")
        return {name: Table(self.name, self.source, entry, f"{key}.{name}") for name, entry in value.items()}

    def list_of_tables(self, key: str) -> list["Table"]:
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
            raise self.problem(key, f"tables written as [[{key}]]")
        return [Table(self.name, self.source, entry, f"{key}#{number}") for number, entry in enumerate(value)]


def read_table(entry: Traversable | Path) -> Table:
    """The file as one table.

    Raises:
        CatalogueProblem: not UTF-8, or not TOML.
    """
    try:
        source = entry.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise CatalogueProblem(file=entry.name, line=1, key="-", expected="a text file in UTF-8") from error
    try:
        values = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        line = int(found[1]) if found else len(source.splitlines())
        raise CatalogueProblem(file=entry.name, line=line, key="-", expected=f"TOML ({error})") from error
    return Table(entry.name, source, values)


def _line_of(source: str, key: str, path: str) -> int:
    """Where a key of a table is written, counted from 1."""
    lines = source.splitlines()
    start, end = _extent(lines, path)
    for number in range(start, end):
        if re.match(rf"\s*\"?{re.escape(key)}\"?\s*[=.]", lines[number]) or (
            path and re.search(rf"[{{,\s]{re.escape(key)}\s*=", lines[number])
        ):
            return number + 1
    return start + 1


def _extent(lines: list[str], path: str) -> tuple[int, int]:
    """The lines of a table: of `fields.x` its header or its inline entry, of `group#1` the second [[group]]."""
    if not path:
        return 0, len(lines)
    if "#" in path:
        key, number = path.split("#")
        headers = [i for i, line in enumerate(lines) if line.strip() == f"[[{key}]]"]
        start = headers[int(number)] if int(number) < len(headers) else 0
    else:
        key, name = path.split(".", 1)
        whole = [i for i, line in enumerate(lines) if line.strip() == f"[{path}]"]
        inline = [i for i, line in enumerate(lines) if re.match(rf"\s*{re.escape(name)}\s*=", line)]
        if not whole and inline:
            return inline[0], inline[0] + 1
        start = whole[0] if whole else 0
    following = (i for i in range(start + 1, len(lines)) if lines[i].lstrip().startswith("["))
    return start, next(following, len(lines))
