"""Day end: what is sealed leaves the outbox, oldest first, until the warehouse has signed for it."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from station.core.errors import N_, NetworkProblem, StationError
from station.store import audit, dossiers
from station.store.accounts import Right
from station.store.model import DossierState
from station.work.sealing import TrainingOnly
from station.work.station import Station, at_work
from sync import outbox, secrets, upload
from sync.line import Line
from sync.outbox import QueuedPackage
from sync.protocol import PackageMeta, Receipt
from sync.trust import WarehouseTarget

log = logging.getLogger(__name__)


class NoWarehouse(NetworkProblem):
    sentence = N_(
        "This station is not enrolled at a warehouse. Ask the province for an enrolment file, then: station enrol FILE"
    )


class AuditRewritten(NetworkProblem):
    sentence = N_(
        "The warehouse knows an audit entry this station no longer has: the log was rewritten, or an old backup was"
        " brought back. The package has arrived. Tell your supervisor."
    )


class OutsideWindow(NetworkProblem):
    sentence = N_(
        "Sending is allowed from {since} to {until}. It starts by itself then; Send now does it at once."
    )


@dataclass
class Sent:
    """What one round brought: receipts, refusals, and the problem that ended the round early."""

    delivered: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    problem: StationError | None = None


def list_outbox(station: Station) -> list[QueuedPackage]:
    """Every package with its state, size, offset, tries and last problem; oldest first."""
    station.actor.require(Right.SEND)
    with station.reading() as conn:
        return outbox.list_all(conn)


def sync(
    station: Station,
    target: WarehouseTarget,
    limit_bytes_s: float | None = None,
    on_progress: Callable[[str, int, int], None] = lambda *_: None,
    should_stop: Callable[[], bool] = lambda: False,
    at_once: bool = True,
) -> Sent:
    """Sends every waiting package, oldest first; one process at a time.

    A package the warehouse refuses for good stops alone; a network problem ends the round, for the next
    package would meet it too. Nothing is lost either way.

    Args:
        at_once: send also what waits for its next try, and outside the bandwidth window.

    Raises:
        OutsideWindow: not `at_once` and the window is closed.
        StationBusy: another process is sending.
    """
    station.actor.require(Right.SEND)
    if station.training:
        raise TrainingOnly
    if not at_once and not window_open(station, station.clock().astimezone()):
        raise OutsideWindow(since=station.settings.send_from, until=station.settings.send_until)
    result = Sent()
    with at_work(station.home, "station sync", "sync.lock"), Line(target) as line:
        for package in _to_send(station, at_once):
            if should_stop():
                break
            problem = _send_one(station, line, package, limit_bytes_s, on_progress, should_stop)
            if problem is None or isinstance(problem, AuditRewritten):
                result.delivered.append(package.package_id)
                result.problem = problem or result.problem
            elif isinstance(problem, upload.PackageRefused):
                result.refused.append(package.package_id)
            else:
                result.problem = problem
                if not isinstance(problem, upload.PackageDamaged):
                    break
    return result


def _to_send(station: Station, at_once: bool) -> list[QueuedPackage]:
    with station.transaction() as conn:
        if at_once:
            outbox.try_all_now(conn)
        return outbox.list_waiting(conn, station.clock())


def _send_one(
    station: Station,
    line: Line,
    package: QueuedPackage,
    limit_bytes_s: float | None,
    on_progress: Callable[[str, int, int], None],
    should_stop: Callable[[], bool],
) -> StationError | None:
    """None when delivered; otherwise the problem, already noted beside the package.

    AuditRewritten is the one problem of a package that was delivered.
    """

    def progress(offset: int, url: str | None) -> None:
        with station.transaction() as conn:
            outbox.note_offset(conn, package.package_id, offset, url)
        on_progress(package.package_id, offset, package.size_bytes)

    try:
        receipt = upload.send(
            station.folder("packages") / f"{package.package_id}.tar",
            PackageMeta(package.package_id, package.sha256, package.size_bytes),
            line,
            progress=progress,
            should_stop=should_stop,
            limit_bytes_s=limit_bytes_s,
            upload_url=package.upload_url,
            learned=lambda keys: secrets.learn_receipt_keys(station.home, keys),
        )
        keep_receipt(station, receipt)
    except upload.PackageRefused as refusal:
        with station.transaction() as conn:
            outbox.refuse(conn, package.package_id, refusal)
            station.audit(conn, "refused", f"package:{package.package_id}", status=refusal.status)
        return refusal
    except AuditRewritten as rewritten:
        return rewritten
    except StationError as error:
        log.info("package %s not delivered: %s", package.package_id, type(error).__name__)
        with station.transaction() as conn:
            outbox.note_problem(conn, package.package_id, error, station.clock())
        return error
    return None


def keep_receipt(station: Station, receipt: Receipt) -> bool:
    """Stores a receipt whose signature was checked, and marks the dossier delivered. False if it was there.

    Raises:
        AuditRewritten: a head this station once gave away is no longer part of its chain. The receipt is stored all
            the same, and the trail says so: the package has arrived, whoever changed the log.
    """
    with station.transaction() as conn:
        heads = filter(None, (receipt.audit_head, receipt.earlier_audit_head))
        rewritten = not all(audit.contains(conn, head) for head in heads)
        package = outbox.find(conn, receipt.package_id)
        if package is None:
            return False
        fresh = outbox.deliver(conn, receipt.package_id, receipt.to_json(), station.clock())
        if fresh and package.dossier_id is not None:
            if dossiers.get(conn, package.dossier_id).state is DossierState.SEALED:
                dossiers.set_delivered(conn, package.dossier_id, station.now())
            station.audit(conn, "deliver", f"dossier:{package.dossier_id}", package=receipt.package_id)
        if fresh and rewritten:
            station.audit(conn, "log rewritten", f"package:{receipt.package_id}")
    if fresh and rewritten:
        raise AuditRewritten
    return fresh


def window_open(station: Station, local: datetime) -> bool:
    """Whether sending is allowed at this local time; the window may pass midnight."""
    since, until = station.settings.send_from, station.settings.send_until
    if not since or not until:
        return True
    clock = local.strftime("%H:%M")
    return since <= clock < until if since <= until else clock >= since or clock < until


def send_now(station: Station, package_id: str | None = None) -> int:
    """Lets a package, or all, go at once; those that were refused wait again. Returns how many."""
    station.actor.require(Right.SEND)
    with station.transaction() as conn:
        packages = [p.package_id for p in outbox.list_all(conn)] if package_id is None else [package_id]
        count = sum(outbox.retry(conn, one) for one in packages)
        station.audit(conn, "send now", f"package:{package_id or 'all'}", count=count)
    return count


def outbox_json(package: QueuedPackage, translate: Callable[[str], str]) -> dict[str, Any]:
    """A package as `station outbox --json` shows it."""
    problem = None
    if package.problem is not None:
        problem = translate(package.problem.sentence).format(**package.problem.values)
    return {
        "package_id": package.package_id,
        "dossier_code": package.dossier_code,
        "stage": package.stage,
        "version": package.version,
        "state": package.state,
        "size_bytes": package.size_bytes,
        "offset_bytes": package.offset_bytes,
        "tries": package.tries,
        "next_try_at": _iso(package.next_try_at),
        "problem": problem,
        "sealed_at": _iso(package.sealed_at),
        "delivered_at": _iso(package.delivered_at),
        "receipt": package.receipt,
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="seconds") if moment else None


def package_file(station: Station, package_id: str) -> Path:
    return station.folder("packages") / f"{package_id}.tar"
