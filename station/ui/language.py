"""The window's language at run time: sentences, numbers, dates and sizes as the reader's office writes them.

Knows no Qt, so that presenters can speak. Views ask it for every text; after a change of language the
window draws its screens anew.
"""

from collections.abc import Callable
from datetime import date, datetime

from station.core.errors import N_, OurFault, StationError
from station.core.texts import LANGUAGES, translator

#: Each language by its own name, as a reader who knows no other would look for it.
LANGUAGE_NAMES = {"vi": "Tiếng Việt", "en": "English", "km": "ភាសាខ្មែរ"}

# Vietnamese and Khmer offices write 1.234,5; English readers 1,234.5.
_SEPARATORS = {"vi": (".", ","), "km": (".", ","), "en": (",", ".")}

_SIZES = ("B", "KB", "MB", "GB", "TB")


class Language:
    """The chosen language. Call it with an English sentence and its values to get the reader's text."""

    def __init__(self, code: str) -> None:
        self._code = ""
        self._translate: Callable[[str], str] = str
        self.choose(code)

    @property
    def code(self) -> str:
        return self._code

    def choose(self, code: str) -> None:
        """Switches to "vi", "en" or "km"; anything else means Vietnamese, the office's default."""
        self._code = code if code in LANGUAGES else "vi"
        self._translate = translator(self._code)

    def __call__(self, sentence: str, /, **values: object) -> str:
        text = self._translate(sentence)
        return text.format(**values) if values else text

    def error(self, error: BaseException) -> str:
        """What the operator reads about a failure; a bug becomes the sentence of `OurFault`."""
        if isinstance(error, StationError):
            return error.text(self._translate)
        return OurFault(what=type(error).__name__).text(self._translate)

    def number(self, value: float, decimals: int = 0) -> str:
        """A number with the language's separators: 1.234,5 or 1,234.5."""
        thousands, point = _SEPARATORS[self._code]
        plain = f"{value:,.{decimals}f}"
        return plain.replace(",", "\0").replace(".", point).replace("\0", thousands)

    def percent(self, value: float | None) -> str:
        """A rate in percent with one decimal; a dash where there is none."""
        return "–" if value is None else f"{self.number(value, 1)} %"

    def share(self, share: float) -> str:
        """A confidence of 0 to 1 in whole percent; never 100 unless it is."""
        return f"{self.number(min(99, round(share * 100)) if share < 1 else 100)} %"

    def size(self, size_bytes: float) -> str:
        """A size with three digits or so: 2,4 MB."""
        rest = float(size_bytes)
        for unit in _SIZES:
            if rest < 1024 or unit == _SIZES[-1]:
                return f"{self.number(rest, 0 if unit == 'B' or rest >= 100 else 1)} {unit}"
            rest /= 1024
        raise AssertionError("the last unit always fits")

    def day(self, day: date | None) -> str:
        """A day as all three languages' offices write it: 05/03/2026; a dash where there is none."""
        return "–" if day is None else day.strftime("%d/%m/%Y")

    def moment(self, moment: datetime | None) -> str:
        """A UTC moment in the PC's own time zone: 05/03/2026 14:07."""
        return "–" if moment is None else moment.astimezone().strftime("%d/%m/%Y %H:%M")

    def moment_text(self, stored: str | None) -> str:
        """A moment kept as ISO text; anything else is shown as it is."""
        if not stored:
            return "–"
        try:
            return self.moment(datetime.fromisoformat(stored))
        except ValueError:
            return stored

    def span(self, seconds: float) -> str:
        """A length of time in whole minutes and seconds."""
        minutes, rest = divmod(round(seconds), 60)
        if minutes:
            return self(N_("{minutes} min {seconds} s"), minutes=minutes, seconds=rest)
        return self(N_("{seconds} s"), seconds=rest)
