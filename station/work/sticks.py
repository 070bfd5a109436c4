"""Day end without a network: packages on a stick, and the receipts that come back on it."""

from pathlib import Path

from station.store.accounts import Right
from station.work.scanning import Progress, no_progress
from station.work.sealing import TrainingOnly
from station.work.sending import keep_receipt, package_file
from station.work.station import Station, at_work
from sync import outbox, stick
from sync.trust import WarehouseTarget


def export(
    station: Station, target: WarehouseTarget, folder: Path, progress: Progress = no_progress
) -> list[str]:
    """Writes every package that waits, encrypted to the warehouse and read back; returns their ids.

    The packages stay in the outbox until the warehouse's receipt is there: a lost stick loses nothing.
    """
    station.actor.require(Right.SEND)
    if station.training:
        raise TrainingOnly
    with at_work(station.home, "station export", "sync.lock"):
        with station.reading() as conn:
            waiting = [p for p in outbox.list_all(conn) if p.state == "waiting"]
        written = []
        for number, package in enumerate(waiting, 1):
            stick.export(
                package_file(station, package.package_id), package.package_id, package.sha256, target, folder
            )
            written.append(package.package_id)
            progress("export", number, len(waiting))
        with station.transaction() as conn:
            station.audit(conn, "export", "package:all", count=len(written))
    return written


def take_receipts(station: Station, target: WarehouseTarget, folder: Path) -> list[str]:
    """Takes receipts off a stick; each is checked by the warehouse's key. Returns the ids newly delivered."""
    station.actor.require(Right.SEND)
    return [r.package_id for r in stick.read_receipts(folder, target) if keep_receipt(station, r)]
