"""What every command shares: where the data folder is, who acts, and how answers are given.

One JSON document goes to standard output when --json is asked for; sentences and progress always go to
standard error, so that the two never mix.
"""

import getpass
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from station.core import files
from station.core.errors import N_, InputRefused, UsageProblem
from station.core.texts import LANGUAGES, translator
from station.work.station import Station, default_home, open_home, open_station


class LanguageUnknown(UsageProblem):
    sentence = N_("There is no language {language}. Choose vi, en or km.")


class PasswordFileMissing(UsageProblem):
    sentence = N_(
        "The password file {file} can't be read. Set STATION_PASSWORD_FILE to a file only you can read."
    )


@dataclass
class Session:
    """The global options of a command, wherever they stood on the line."""

    home: Path
    user: str | None = None
    language: str | None = None
    as_json: bool = False

    def station(self) -> Station:
        """Opens the data folder for the actor; says so when that made the first account."""
        if self.user is None:
            _, made = open_home(self.home)
            if made:
                self.say(
                    N_("A new data folder was made in {folder}; the account {name} is linked to you."),
                    folder=self.home,
                    name=made,
                )
            opened = open_station(self.home)
        else:
            opened = open_station(self.home, self.user, read_password(self.user))
        if self.language is None:
            self.language = opened.settings.language
        return opened

    def translate(self, sentence: str) -> str:
        return translator(self.language or "vi")(sentence)

    def say(self, sentence: str, **values: object) -> None:
        """A sentence for the person, on standard error."""
        sys.stderr.write(self.translate(sentence).format(**values) + "\n")

    def answer(self, document: Any, lines: Callable[[], Sequence[str]]) -> None:
        """The command's answer: one JSON document, or lines for a person."""
        if self.as_json:
            text = json.dumps(document, ensure_ascii=False, indent=1, default=str)
        else:
            text = "\n".join(lines())
        if text:
            sys.stdout.write(text + "\n")
            sys.stdout.flush()

    def progress(self, what: str, done: int, total: int) -> None:
        """One line on a terminal, overwritten; silent elsewhere."""
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{what} {done}/{total or '?'}   " + ("\n" if total and done >= total else ""))
            sys.stderr.flush()


def read_password(user: str) -> str:
    """From the file STATION_PASSWORD_FILE names, else asked on the terminal; never from an argument.

    Raises:
        PasswordFileMissing.
    """
    named = os.environ.get("STATION_PASSWORD_FILE")
    if named:
        try:
            return files.read_text(Path(named)).splitlines()[0]
        except (OSError, IndexError) as error:
            raise PasswordFileMissing(file=named) from error
    if not sys.stdin.isatty():
        raise PasswordFileMissing(file="STATION_PASSWORD_FILE")
    return getpass.getpass(f"{user}: ")


GLOBAL_WITH_VALUE = ("--home", "--user", "--lang")


def split_globals(arguments: Sequence[str]) -> tuple[Session, list[str]]:
    """Takes --home, --user, --lang and --json out of a command line, wherever they stand before a bare --.

    Raises:
        UsageProblem: an option without its value, or an unknown language.
    """
    session = Session(home=default_home())
    rest: list[str] = []
    left = list(arguments)
    while left:
        word = left.pop(0)
        if word == "--":
            return session, [*rest, word, *left]
        name, equals, value = word.partition("=")
        if name in GLOBAL_WITH_VALUE:
            if not equals:
                if not left:
                    raise UsageProblem(N_("The option {option} needs a value."), option=name)
                value = left.pop(0)
            _set(session, name, value)
        elif word == "--json":
            session.as_json = True
        else:
            rest.append(word)
    return session, rest


def _set(session: Session, name: str, value: str) -> None:
    if name == "--home":
        session.home = Path(value)
    elif name == "--user":
        session.user = value
    elif value in LANGUAGES:
        session.language = value
    else:
        raise LanguageUnknown(language=value)


class SomeRefused(InputRefused):
    """Raised after the answer was given: exit code 3, the rest was done."""

    sentence = N_(
        "{count} of the inputs were refused; the rest is done. station ingest and the list above say why."
    )
