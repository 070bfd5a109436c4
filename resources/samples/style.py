"""How an office's papers look: faces, sizes, leaders, how values are set, which wording it uses."""

import random
from dataclasses import dataclass

from resources.samples import fonts
from resources.samples.sheet import Colour

BLUE_INK: Colour = (36, 52, 140)
BLACK_INK: Colour = (40, 40, 48)


@dataclass(frozen=True)
class Office:
    """A kind of office: the folder of its wordings, and the faces its machines print."""

    wording: str
    families: tuple[str, ...]
    sizes_pt: tuple[float, float]
    leaders: tuple[str, ...]


OFFICES: dict[str, Office] = {
    # Word processor, the usual look since 2005.
    "a": Office("a", ("serif",), (12.5, 14.0), (".", "…")),
    # Forms of the one-stop software: sans, tables.
    "b": Office("b", ("sans", "notosans", "dejavusans", "serif"), (10.5, 12.5), (".", "_", "…")),
    # Provincial typing pool and older printers.
    "c": Office("c", ("typewriter", "notoserif", "dejavuserif", "serif"), (10.5, 12.0), ("-", "_", ".")),
    # Electronic forms printed by programs: ruled cells with the label over the value.
    "d": Office("d", ("sans", "notosans", "serif", "dejavusans"), (10.5, 12.0), (".", "_")),
    # Older editions and notaries' prose: values inside sentences, long dotted lines.
    "e": Office("e", ("serif", "notoserif", "dejavuserif"), (12.0, 13.5), (".", "…")),
    # Tables whose values stand under a row of headings, and two columns side by side.
    "f": Office("f", ("notosans", "serif", "sans", "notoserif"), (10.5, 12.5), ("_", ".")),
    # Electronic systems of other makers: a label to each value in the left column of ruled tables.
    "g": Office("g", ("serif", "dejavusans", "notosans", "sans"), (10.5, 12.5), (".", "_")),
    # Small offices that type freely: short forms, several values in a line, parties in one sentence.
    "h": Office("h", ("notoserif", "typewriter", "serif", "dejavuserif"), (11.0, 13.0), (".", "…", "_")),
    # Offices that keep to the published national forms, and a public notary's template.
    "i": Office("i", ("serif",), (12.0, 14.0), (".", "…")),
    # Systems and notary software of a southern province: blocks of pairs, code boxes, parties in prose.
    "j": Office("j", ("sans", "serif", "notosans", "dejavusans"), (10.5, 12.5), (".", "…", "_")),
    # A northern mountain district and its communes: word processor, contracts certified by the commune.
    "k": Office("k", ("serif", "sans"), (11.0, 13.0), (".", "…", "_")),
}


# What forms were filled in with when not with the machine that printed them.
OTHER_MACHINES = ("typewriter", "sans", "notosans", "serif")


@dataclass(frozen=True)
class Style:
    """The look of one paper, settled once so that all its sides agree.

    `value_face` is the face printed values are set in, `value_family` their family where a preprinted form was
    filled in by another machine; `hand` is the family of handwriting or None when typed.
    """

    wording: str
    family: str
    size_pt: float
    leading: float
    leader: str
    leader_gap: float
    value_face: str
    value_family: str | None
    hand: str | None
    hand_ink: Colour
    margin_mm: tuple[float, float, float, float]
    indent_mm: float
    justified: bool


def settle(office: str, rng: random.Random, hand: str | None = None) -> Style:
    """Draws the look of one paper of an office."""
    look = OFFICES[office]
    family = rng.choice(fonts.available_families(look.families))
    size = rng.uniform(*look.sizes_pt)
    if family in ("typewriter", "dejavuserif", "dejavusans"):
        size = min(size, 11.0)
    return Style(
        wording=look.wording,
        family=family,
        size_pt=size,
        leading=rng.uniform(1.18, 1.42),
        leader=rng.choice(look.leaders),
        leader_gap=rng.uniform(0.0, 0.6),
        value_face=rng.choice(("regular", "regular", "bold", "italic")),
        value_family=rng.choice(fonts.available_families(OTHER_MACHINES)) if rng.random() < 0.2 else None,
        hand=hand,
        hand_ink=rng.choice((BLUE_INK, BLUE_INK, BLACK_INK)),
        margin_mm=(rng.uniform(12, 22), rng.uniform(25, 32), rng.uniform(12, 18), rng.uniform(15, 22)),
        indent_mm=rng.choice((0.0, 8.0, 10.0, 12.7)),
        justified=rng.random() < 0.7,
    )
