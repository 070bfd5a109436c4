"""A pile as sheets: counted against what was put in, parted without separators, its two passes laid together.

Nothing here drops or changes an original. What parts a pile is a proposal: an operator may say that a sheet is a
separator, or is none after all, and sorting proposes anew.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from capture.counts import collate, compare_counts
from capture.parting import parse_parting
from capture.profiles import Profile
from capture.source import CaptureSource, Remark, ScanSettings
from station.store import pages
from station.store.accounts import Right
from station.store.pages import Intake
from station.store.piles import count_of_pile, list_of_pile
from station.work import scanning, sorting
from station.work.parting import BY_HAND
from station.work.scanning import Batch, Taken
from station.work.station import Station


@dataclass(frozen=True)
class Pile:
    """What an operator says of a pile before it is scanned.

    `intake_id`: the intake it continues, after a jam for instance; None begins one. `sheets`: counted beforehand.
    `part`: how it is parted, a word of `capture.parting`; None: as the profile says, or as it was. `backs`: the second pass of a
    pile that was turned over as a whole.
    """

    intake_id: int | None = None
    stage: str = "intake"
    dossier_code: str | None = None
    sheets: int | None = None
    part: str | None = None
    backs: bool = False


def scan_pile(
    station: Station,
    pile: Pile,
    source: CaptureSource,
    device_id: str,
    profile: Profile,
    on_side: Callable[[Taken], None] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Batch:
    """Scans a pile, or what is left of it, and says at once when fewer sheets came than were counted.

    Raises:
        PartingWrong, IntakeUnknown; nothing was scanned then.
    """
    station.actor.require(Right.SCAN)
    part = pile.part
    if part is None and pile.intake_id is None:
        part = profile.part or None
    if part is not None:
        parse_parting(part)
    intake = _intake(station, pile, device_id, profile)
    if part is not None:
        part_by(station, intake.id, part)
    if pile.sheets is not None:
        scanning.expect_sheets(station, intake.id, pile.sheets)
    scan = scan_backs if pile.backs else scanning.scan_batch
    batch = scan(
        station, intake, source, device_id, profile.settings, on_side=on_side, should_stop=should_stop
    )
    if batch.stopped_by is None and (said := compare_sheets(station, intake.id, fewer_only=True)):
        batch.remarks += (said,)
    return batch


def _intake(station: Station, pile: Pile, device_id: str, profile: Profile) -> Intake:
    if pile.intake_id is not None:
        with station.reading() as conn:
            return pages.get_intake(conn, pile.intake_id)
    # A folder delivers what it holds, whatever the profile asks of a scanner.
    kind = device_id.partition(":")[0]
    name = device_id if kind == "folder" else f"{device_id} {profile.settings.source}"
    return scanning.open_intake(station, name, pile.stage, pile.dossier_code)


def part_by(station: Station, intake_id: int, word: str) -> None:
    """Parts the pile by a fixed number of sheets or by blank ones (see `capture.parting`) when it is sorted.

    Raises:
        PartingWrong: no such rule.
    """
    station.actor.require(Right.SCAN)
    parse_parting(word)
    with station.transaction() as conn:
        pages.set_parted_by(conn, intake_id, word)
        station.audit(conn, "part pile", f"intake:{intake_id}", by=word)


def set_separator(station: Station, side_id: int, begins: str | None) -> list[int]:
    """A person says that a side is a separator ("dossier" or "document" begins behind it), or none after all.

    Proposals nobody has worked on are made anew; the rest stays. Returns the new dossiers' ids.
    """
    station.actor.require(Right.SCAN)
    with station.transaction() as conn:
        side = pages.get_side(conn, side_id)
        pages.set_separator(conn, side_id, BY_HAND[begins] if begins else None, station.actor.name)
        station.audit(conn, "separator", f"side:{side_id}", begins=begins, before=side.separator)
    return sorting.sort_intake(station, side.intake_id)


def scan_backs(
    station: Station,
    intake: Intake,
    source: CaptureSource,
    device_id: str,
    settings: ScanSettings,
    turned_over: bool = True,
    on_side: Callable[[Taken], None] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Batch:
    """The second pass with a scanner for one side: backs are laid behind their fronts.

    Until the pass has ended, after a jam for instance, everything stays in the order it came. When the counts
    differ nothing is dropped, and the difference is said with the batch.

    Args:
        turned_over: the pile was turned as a whole, so that its last sheet comes first.
    """
    station.actor.require(Right.SCAN)
    with station.transaction() as conn:
        pages.begin_backs(conn, intake.id)
    one_side = replace(settings, source="adf" if settings.source == "adf-duplex" else settings.source)
    batch = scanning.scan_batch(
        station, intake, source, device_id, one_side, on_side=on_side, should_stop=should_stop
    )
    if batch.stopped_by is None and batch.sides:
        remark = _lay_together(station, intake.id, turned_over)
        batch.remarks += (remark,) if remark else ()
    return batch


def _lay_together(station: Station, intake_id: int, turned_over: bool) -> Remark | None:
    with station.transaction() as conn:
        first_back = pages.get_intake(conn, intake_id).backs_from
        assert first_back is not None
        sides = sorted(pages.list_sides(conn, intake_id), key=lambda side: side.id)
        here = [side.id for side in sides if side.removed_at is None]
        fronts = [side_id for side_id in here if side_id < first_back]
        laid = collate(fronts, [i for i in here if i >= first_back], turned_over)
        gone = [side.id for side in sides if side.removed_at is not None]
        pages.set_order(conn, intake_id, (*laid.sides, *gone), 0 if laid.remark else len(laid.sides))
        station.audit(conn, "lay passes together", f"intake:{intake_id}", sides=len(laid.sides))
    return laid.remark


def compare_sheets(station: Station, intake_id: int, fewer_only: bool = False) -> Remark | None:
    """What to say when the sheets that came are not the number counted before; None where nobody counted.

    Args:
        fewer_only: before the pages are read, when separator sheets are not known yet: more may be right.
    """
    with station.reading() as conn:
        expected = pages.get_intake(conn, intake_id).sheets_expected
        sheets = count_of_pile(conn, intake_id)
        piled = list_of_pile(conn, intake_id)
        two_sided = bool(piled) and all(side.is_paired for side in piled)
        sides = sum(not side.is_separator for side in piled)
    if expected is None or sheets == expected or (fewer_only and sheets > expected):
        return None
    return compare_counts(expected, sides, two_sided)
