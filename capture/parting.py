"""Where a pile is parted though no separator sheets lie in it: by a fixed number of sheets, or by blank sheets.

For offices whose papers all have the same length, and for those that lay an empty sheet between them. A rule
is a word, so that it can stand in a profile, in a command and in a row: `2` or `blank` begins a dossier,
`2/document` or `blank/document` a document of the same dossier. A separator sheet that does lie in the pile still
counts, and the counting begins anew behind it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from station.core.errors import N_, UsageProblem

Begins = Literal["document", "dossier"]
#: What a sheet is to the pile: the first of the next part, or a blank one that parts and belongs to neither.
Mark = Literal["first", "parts"]


class PartingWrong(UsageProblem):
    sentence = N_(
        "{text} is no way to part a pile. Write blank or a number of sheets, with /document behind it for documents of one dossier."
    )


@dataclass(frozen=True)
class Parting:
    """`every`: number of sheets, 0 when blank sheets part."""

    every: int
    begins: Begins


@dataclass(frozen=True)
class Sheet:
    """A sheet of the pile by its sides' ids, front first."""

    side_ids: tuple[int, ...]
    is_blank: bool
    is_separator: bool


def parse_parting(text: str) -> Parting | None:
    """The rule a word stands for, None for an empty one.

    Raises:
        PartingWrong.
    """
    what, _, begins = text.strip().lower().partition("/")
    begins = begins or "dossier"
    if not text.strip():
        return None
    if begins not in ("document", "dossier") or not (what == "blank" or (what.isdecimal() and int(what) > 0)):
        raise PartingWrong(text=text)
    return Parting(0 if what == "blank" else int(what), "document" if begins == "document" else "dossier")


def mark_sides(sheets: Sequence[Sheet], rule: Parting) -> dict[int, Mark]:
    """The sides by which the pile is parted. No side is left out of the pile by it."""
    marks: dict[int, Mark] = {}
    count = 0
    for sheet in sheets:
        if sheet.is_separator:
            count = 0
        elif not rule.every:
            marks.update({side_id: "parts" for side_id in sheet.side_ids if sheet.is_blank})
        else:
            if count % rule.every == 0:
                marks[sheet.side_ids[0]] = "first"
            count += 1
    return marks
