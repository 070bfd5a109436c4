"""Day end without a network: packages on a stick, and the receipts that come back on it."""

from dataclasses import dataclass
from pathlib import Path

from station.store.accounts import Right
from station.work.scanning import Progress, no_progress
from station.work.sealing import TrainingOnly
from station.work.sending import AuditRewritten, keep_receipt, package_file
from station.work.station import Station, at_work
from sync import outbox, secrets, stick
from sync.delivery_problems import REFUSALS, PackageRefused
from sync.stick import StickRefusal
from sync.trust import WarehouseTarget


@dataclass(frozen=True)
class TakenBack:
    """What a stick brought back: packages newly delivered, and those the warehouse did not take."""

    delivered: list[str]
    refused: list[str]


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


def take_receipts(station: Station, target: WarehouseTarget, folder: Path) -> TakenBack:
    """Takes receipts off a stick; each is checked by the warehouse's key.

    What the warehouse did not take stays in the outbox with its reason beside it: a refusal is not signed, so it is
    shown to a person and stops nothing.

    Raises:
        AuditRewritten: all are taken, and one shows that the log was rewritten.
    """
    station.actor.require(Right.SEND)
    secrets.learn_receipt_keys(station.home, stick.read_keys(folder, target))
    taken, rewritten = TakenBack([], []), None
    for receipt in stick.read_receipts(folder, target):
        try:
            if keep_receipt(station, receipt):
                taken.delivered.append(receipt.package_id)
        except AuditRewritten as problem:
            rewritten = problem
    for refusal in stick.read_refusals(folder):
        if _note_refusal(station, refusal):
            taken.refused.append(refusal.package_id)
    if rewritten is not None:
        raise rewritten
    return taken


def _note_refusal(station: Station, refusal: StickRefusal) -> bool:
    with station.transaction() as conn:
        package = outbox.find(conn, refusal.package_id)
        if package is None or package.state != "waiting":
            return False
        problem = PackageRefused(REFUSALS[422], problem=refusal.problem, status=422)
        outbox.note_problem(conn, refusal.package_id, problem, station.clock())
    return True
