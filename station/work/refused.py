"""Files that were set aside with a sentence: listed, tried again on request.

Their bytes lie in HOME/quarantine, so that a try needs neither the folder nor the person they came from. A file that
is taken after all goes into the intake it was meant for; in a watched folder it moves to the files that were taken.
"""

from dataclasses import replace
from pathlib import Path

from capture import files as capture_files
from capture.folder import DEVICE_PREFIX, FolderSource
from capture.source import RefusedFile
from station.core.errors import N_, InputRefused
from station.store import pages, refusals
from station.store.accounts import Right
from station.store.refusals import Refusal
from station.work import scanning
from station.work.scanning import Taken
from station.work.station import Station


class NothingKept(InputRefused):
    sentence = N_("{name} had no bytes to keep. Scan or send it again.")


def list_refused(station: Station) -> list[Refusal]:
    """Files set aside and not taken in since, oldest first."""
    station.actor.require(Right.SCAN)
    with station.reading() as conn:
        return refusals.list_open(conn)


def retry(station: Station, refusal_id: int) -> Taken:
    """Looks into the file again; where it is whole now (more memory, a newer version), takes it in.

    Raises:
        RefusalUnknown, NothingKept.
        InputRefused: it is refused still, with its sentence, and stays where it is.
    """
    station.actor.require(Right.SCAN)
    with station.reading() as conn:
        refusal = refusals.get(conn, refusal_id)
    if not refusal.file:
        raise NothingKept(name=Path(refusal.name).name)
    kept = station.folder("quarantine") / refusal.file
    found = capture_files.inspect(kept)
    if isinstance(found, RefusedFile):
        raise InputRefused(found.sentence, **{**found.values, "name": Path(refusal.name).name})
    intake_id = _intake(station, refusal)
    taken = scanning.take(station, intake_id, replace(found, name=refusal.name), None)
    with station.transaction() as conn:
        refusals.set_released(conn, refusal.id, station.now())
        station.audit(conn, "take after all", f"intake:{intake_id}", file=refusal.file)
        source = pages.get_intake(conn, intake_id).source
        wanted_still = any(other.file == refusal.file for other in refusals.list_open(conn))
    if not wanted_still:
        kept.unlink(missing_ok=True)
    if source.startswith(DEVICE_PREFIX):
        place = Path(source.removeprefix(DEVICE_PREFIX))
        for folder in (place, *place.parents):
            FolderSource(folder, 0).take_after_all(refusal.file)
    return taken


def _intake(station: Station, refusal: Refusal) -> int:
    """Where the file was meant to go; a new intake where it came alone."""
    if refusal.intake_id is not None:
        return refusal.intake_id
    return scanning.open_intake(station, "files").id
