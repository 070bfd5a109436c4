"""The sync screen's office: the outbox, sending, the stick, the sending window."""

from collections.abc import Sequence
from pathlib import Path

from station.core.errors import StationError
from station.ui.language import Language
from station.ui.running import Task
from station.ui.shown import ParcelShown
from station.ui.sync.presenter import SendingWindow, SentShown
from station.ui.verbs.session import Session
from station.work import day_list, enrolling, sending, sticks
from sync import outbox
from sync.outbox import QueuedPackage

#: Of the package's SHA-256 as the warehouse signed it: enough to compare by eye.
RECEIPT_LETTERS = 12


class SyncVerbs:
    """Jobs of the sync screen."""

    def __init__(self, session: Session, language: Language) -> None:
        self._session = session
        self._language = language

    def list_outbox(self) -> Sequence[ParcelShown]:
        """Newest first: what was just sealed stands at the top."""
        found = sending.list_outbox(self._session.station)
        return tuple(self._shown(p) for p in reversed(found))

    def _shown(self, package: QueuedPackage) -> ParcelShown:
        problem = ""
        if package.problem is not None:
            problem = self._language.error(StationError(package.problem.sentence, **package.problem.values))
        receipt = ""
        if package.delivered_at is not None:
            signed = str((package.receipt or {}).get("sha256", ""))[:RECEIPT_LETTERS]
            receipt = " · ".join(x for x in (self._language.moment(package.delivered_at), signed) if x)
        return ParcelShown(
            package_id=package.package_id,
            dossier_code=package.dossier_code,
            size_bytes=package.size_bytes,
            sent_bytes=package.offset_bytes,
            state=package.state,
            tries=package.tries,
            next_try=package.next_try_text or "",
            problem=problem,
            receipt=receipt,
            queued_at=package.sealed_text,
        )

    def may_send_now(self) -> bool:
        """Whether a warehouse is known, the window is open and a package's time has come."""
        station = self._session.station
        if station.training or not station.settings.warehouse_url:
            return False
        if not sending.window_open(station, station.clock().astimezone()):
            return False
        with station.reading() as conn:
            return bool(outbox.list_waiting(conn, station.clock(), 1))

    def send(self, at_once: bool, task: Task) -> SentShown:
        station = self._session.station
        sent = sending.sync(
            station,
            enrolling.target_of(station),
            float(station.settings.send_limit_bytes_s) or None,
            lambda package, done, total: task.report((package, done, total)),
            task.should_stop,
            at_once,
        )
        problem = self._language.error(sent.problem) if sent.problem is not None else ""
        return SentShown(len(sent.delivered), len(sent.refused), problem)

    def wake(self, package_id: str) -> None:
        sending.send_now(self._session.station, package_id)

    def export(self, folder: Path, task: Task) -> int:
        station = self._session.station
        written = sticks.export(
            station,
            enrolling.target_of(station),
            folder,
            lambda what, done, total: task.report((what, done, total)),
        )
        return len(written)

    def take_receipts(self, folder: Path) -> int:
        station = self._session.station
        return len(sticks.take_receipts(station, enrolling.target_of(station), folder).delivered)

    def write_list(self, folder: Path) -> int:
        station = self._session.station
        return len(day_list.write(station, folder, station.clock().astimezone().date()).rows)

    def window(self) -> SendingWindow:
        chosen = self._session.settings
        return SendingWindow(chosen.send_from, chosen.send_until, chosen.send_limit_bytes_s)

    def set_window(self, window: SendingWindow) -> None:
        """Changes the settings only where they differ, so that looking costs no right."""
        if window != self.window():
            self._session.change_settings(
                {
                    "send_from": window.since,
                    "send_until": window.until,
                    "send_limit_bytes_s": str(window.limit_bytes_s),
                }
            )
