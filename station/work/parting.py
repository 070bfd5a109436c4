"""Which sides of a pile part it, where the office parts its piles by number or by blank sheets."""

import sqlite3
from collections.abc import Sequence

from capture.parting import Mark, Sheet, mark_sides, parse_parting
from station.store.pages import Intake, Side
from station.store.piles import list_of_pile

#: What a side carries when a person or a rule calls it a separator: what the station's own sheets say.
BY_HAND = {"dossier": "SCAN:NEXT-DOSSIER", "document": "SCAN:NEXT-DOCUMENT"}


def marks_of(conn: sqlite3.Connection, intake: Intake, sides: Sequence[Side]) -> dict[int, Mark]:
    """By which sides the pile is parted, besides its separator sheets; none where no rule was given."""
    rule = parse_parting(intake.parted_by)
    if rule is None:
        return {}
    by_sheet: dict[tuple[object, ...], list[Side]] = {}
    known = {side.id: side for side in sides}
    for piled in list_of_pile(conn, intake.id):
        if piled.id in known:
            by_sheet.setdefault(piled.sheet, []).append(known[piled.id])
    sheets = [
        Sheet(
            tuple(side.id for side in held),
            is_blank=all(side.blank for side in held),
            is_separator=any(side.separator is not None for side in held),
        )
        for held in by_sheet.values()
    ]
    return mark_sides(sheets, rule)
