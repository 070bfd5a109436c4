"""The command line as a script or a clerk uses it: the real command in a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest


@dataclass(frozen=True)
class Answer:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Answer]


@cache
def schema(name: str) -> dict[str, Any]:
    text = (files("resources") / "schemas" / f"{name}.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def conforms(document: Any, name: str) -> Any:
    """The document, once it was held against the schema a verb's --json promises."""
    jsonschema.validate(document, schema(name))
    return document


def station_command(home: Path, *arguments: object) -> list[str]:
    return [sys.executable, "-m", "station", "--home", str(home), "--lang", "en", *map(str, arguments)]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def run(home: Path) -> Iterator[Run]:
    """Runs a verb on this test's data folder."""

    def call(*arguments: object, env: dict[str, str] | None = None, at: Path | None = None) -> Answer:
        done = subprocess.run(
            station_command(at or home, *arguments),
            capture_output=True,
            text=True,
            env={**os.environ, **(env or {})},
            timeout=280,
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    yield call
