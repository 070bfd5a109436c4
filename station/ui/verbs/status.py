"""The status line's facts: outbox, disk, who; whether the warehouse answers is asked seldom."""

import shutil
import time

from station.ui.shown import SourceShown, StatusShown
from station.ui.verbs.session import Session
from station.work.station import DEMO_MARK
from sync import outbox

# A warehouse that is down is asked twice a minute, not at every look of the status line.
ASK_WAREHOUSE_EVERY_S = 30.0


class StatusVerbs:
    """One job: the status as it is."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._asked_at = -ASK_WAREHOUSE_EVERY_S
        self._reached: bool | None = None
        self.source: SourceShown | None = None

    def status(self) -> StatusShown:
        station = self._session.station
        with station.reading() as conn:
            counts = outbox.count_by_state(conn)
        return StatusShown(
            scanner=self.source.name if self.source else "",
            scanner_good=self.source is not None and self.source.available,
            network_good=self._warehouse_reached(),
            waiting=counts["waiting"],
            failed=counts["refused"],
            free_bytes=shutil.disk_usage(station.home).free,
            who=station.actor.name,
            place="training" if station.training else "demonstration" if self._is_demo() else "",
        )

    def _is_demo(self) -> bool:
        return (self._session.home / DEMO_MARK).exists()

    def _warehouse_reached(self) -> bool | None:
        if self._session.station.training or self._is_demo():
            return None
        url = self._session.settings.warehouse_url
        if not url:
            return None
        if time.monotonic() - self._asked_at >= ASK_WAREHOUSE_EVERY_S:
            self._asked_at = time.monotonic()
            self._reached = _answers(url)
        return self._reached


def _answers(url: str) -> bool:
    """Whether something at this address takes a connection; what it says is the upload's business."""
    import socket
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        with socket.create_connection((parts.hostname or "", port), timeout=3.0):
            return True
    except OSError:
        return False
