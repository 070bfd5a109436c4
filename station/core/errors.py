"""Errors an operator can act on, by whose fault they are.

StationError                 the tree's root; a sentence with its remedy, translated at the edge
├── UsageProblem             exit 2   the call itself was wrong
├── InputRefused             exit 3   a file or a paper was refused; the rest went on
├── ScannerProblem           exit 4
├── NetworkProblem           exit 5   network or warehouse
├── NotAllowed               exit 6
├── StorageProblem           exit 7   disk or database
└── OurFault                 exit 1   a bug: one sentence on screen, the traceback in the log

The English sentence is the message's identity; `station.core.texts` translates it.
"""

from collections.abc import Callable

type_of_translate = Callable[[str], str]


def N_(sentence: str) -> str:
    """Marks a sentence for the catalogues (resources/i18n) without translating it here."""
    return sentence


class StationError(Exception):
    """What happened and what to do about it, in one sentence with named placeholders.

    Subclasses set `sentence`; values fill its placeholders. `sentence` may be given per instance
    where a class covers several cases; it must then be written as N_("…") at the place of raising.
    """

    exit_code = 1
    sentence = N_("Something went wrong. Press F1 and call your IT staff.")

    def __init__(self, sentence: str | None = None, /, **values: object) -> None:
        if sentence is not None:
            self.sentence = sentence
        self.values = values
        super().__init__(self.text())

    def text(self, translate: Callable[[str], str] = lambda s: s) -> str:
        """The sentence in the reader's language, placeholders filled."""
        return translate(self.sentence).format(**self.values)

    def __reduce__(self) -> tuple[object, ...]:
        # Errors cross process borders; the default would hand the filled text back as the sentence.
        return (_rebuild, (type(self), self.sentence, self.values))


def _rebuild(kind: type[StationError], sentence: str, values: dict[str, object]) -> StationError:
    return kind(sentence, **values)


class OurFault(StationError):
    """A bug. The traceback is in the log."""

    exit_code = 1
    sentence = N_(
        "The station made a mistake ({what}). Your pages are safe. Tell your IT staff; the log says more."
    )


class UsageProblem(StationError):
    exit_code = 2


class InputRefused(StationError):
    exit_code = 3


class ScannerProblem(StationError):
    exit_code = 4


class NetworkProblem(StationError):
    exit_code = 5


class NotAllowed(StationError):
    exit_code = 6


class StorageProblem(StationError):
    exit_code = 7


class DiskFull(StorageProblem):
    sentence = N_("The disk is full. Nothing was lost. Free some space ({folder}), then try again.")
