"""Reading the wording of a paper: small text files with places for values.

A paper's wording is data, so that another province's wording is another file and no other code:

    [[a||b||c]]      one of the wordings, chosen afresh for each paper
    {name}           the value of a field; {name|upper} formatted; {=name} a value that is not a field
    <b>..</b> <i>..</i>   bold, italic
    ~~               leader dots that take up the rest of the line
    [ ] [x]          a tick box
    @directive rest  see `typeset`
    @if name … @end  only when the value is there
"""

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from resources.samples import values as formats

_CHOICE = re.compile(r"\[\[((?:(?!\[\[).)*?)\]\]", re.DOTALL)
_PIECE = re.compile(r"(</?[bi]>|\{=?\w+(?:\|\w+)?\}|~~|\[[ x]\])")


@dataclass(frozen=True)
class Token:
    """One word, leader or tick box of a paragraph.

    `glued` means that no space stands before it. `field` names the field whose value it is part of.
    """

    text: str
    face: str
    glued: bool
    is_value: bool = False
    field: str | None = None
    shape: str = "word"


@dataclass(frozen=True)
class Directive:
    """One line of a paper: what to do, and the text it is done to."""

    name: str
    text: str


def read(style: str, name: str) -> str:
    """The wording of one paper in one style; the first style's wording where the style has none of its own."""
    papers = resources.files("resources.samples") / "papers"
    for folder in (style, "a"):
        source = papers / folder / f"{name}.txt"
        if source.is_file():
            return source.read_text(encoding="utf-8")
    raise FileNotFoundError(name)


def choose(text: str, rng: random.Random) -> str:
    """Settles every choice of wording, the innermost first."""
    while True:
        settled = _CHOICE.sub(lambda match: rng.choice(match.group(1).split("||")), text)
        if settled == text:
            return text
        text = settled


def directives(text: str, known: Mapping[str, str]) -> list[Directive]:
    """The lines of a paper whose conditions hold."""
    found: list[Directive] = []
    open_conditions: list[bool] = []
    for line in text.splitlines():
        bare = line.strip()
        if bare.startswith("@if "):
            wanted = bare[4:].strip().replace("=", "")
            holds = not known.get(wanted[1:]) if wanted.startswith("!") else bool(known.get(wanted))
            open_conditions.append(holds)
        elif bare == "@fi":
            open_conditions.pop()
        elif all(open_conditions) and bare and not bare.startswith("#"):
            name, _, rest = bare[1:].partition(" ") if bare.startswith("@") else ("para", "", bare)
            found.append(Directive(name, rest))
    return found


def tokens(text: str, known: Mapping[str, str], fields: frozenset[str], face: str = "regular") -> list[Token]:
    """The words of one paragraph, values put in.

    Args:
        text: wording with its choices settled.
        known: every value by name.
        fields: the names that count as fields of this paper.
        face: the face of plain words.
    """
    found: list[Token] = []
    bold, italic = "bold" in face, "italic" in face
    gap = True
    for piece in _PIECE.split(text):
        if not piece:
            continue
        if piece in ("<b>", "</b>"):
            bold = piece == "<b>"
            continue
        if piece in ("<i>", "</i>"):
            italic = piece == "<i>"
            continue
        look = ("bold" if bold else "") + ("italic" if italic else "") or "regular"
        if piece == "~~":
            found.append(Token("", look, False, shape="leader"))
            gap = True
            continue
        if piece in ("[ ]", "[x]"):
            found.append(Token(piece, look, False, shape="tick"))
            gap = True
            continue
        shown, field, is_value = piece, None, False
        if piece.startswith("{"):
            shown, field = _value(piece, known, fields)
            is_value = True
        for index, word in enumerate(shown.split()):
            glued = not gap and index == 0 and not shown[0].isspace()
            found.append(Token(word, look, glued, is_value, field))
        if shown:
            gap = shown[-1].isspace()
    return found


def _value(piece: str, known: Mapping[str, str], fields: frozenset[str]) -> tuple[str, str | None]:
    name, _, form = piece[1:-1].partition("|")
    free = name.startswith("=")
    name = name.removeprefix("=")
    value = known[name]
    return (formats.FORMS[form](value) if form else value), (
        name if not free and name in fields and value else None
    )
