"""Tokens as running text without tones, letter for letter, for fields that stand in sentences."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from forms.labels import is_bullet
from forms.layout import Token


@lru_cache(maxsize=4096)
def plain_letter(letter: str) -> str:
    """One letter without tone and case; always one letter, so that places in the text are kept."""
    if letter in "đĐ":
        return "d"
    base = unicodedata.normalize("NFD", letter)[0].lower()
    return base if len(base) == 1 else letter


class RunningText:
    """A text, its plain form of the same length, and for each letter the token it came from."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        pieces: list[str] = []
        owners: list[int] = []
        for index, token in enumerate(tokens):
            before = tokens[index - 1] if index else token
            numbered = token.text[-1] in ".)" and is_bullet(token.text)
            fresh = numbered and (before.page, before.row) != (token.page, token.row)
            piece = f"{'; ' if fresh else ''}{token.text} "  # what stands before a bullet has ended
            pieces.append(piece)
            owners.extend([index] * len(piece))
        self.text = "".join(pieces)
        self.plain = "".join(plain_letter(c) for c in self.text)
        self._owners = owners

    def search(self, pattern: str) -> tuple[str, list[Token]] | None:
        """The first group of the pattern's first match in the plain text: as written, and its tokens."""
        match = re.search(pattern, self.plain)
        if not match or not match.group(1):
            return None
        return self.cut(*match.span(1))

    def cut(self, start: int, end: int) -> tuple[str, list[Token]]:
        return self.text[start:end].strip(), [self.tokens[i] for i in sorted(set(self._owners[start:end]))]
