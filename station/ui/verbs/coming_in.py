"""What is remembered while a pile comes in, so that the strip can be filled often and cheaply."""

import threading
import time
from collections.abc import Mapping, Sequence

from forms.classify import PageEvidence
from forms.proposal import ProposedDocument
from ocr.reading import Finding
from ocr.twins import Likeness, twin_finding
from station.store.pages import Side
from station.work import reading, sorting
from station.work.station import Station

# Grouping for the eye may cost this share of the time, so that it never slows reading by more.
SHARE = 0.1
# Readings whose findings are remembered: some piles of 500 pages.
KEPT = 4000


class ComingIn:
    """The papers of piles that are being read, grouped as far as they go. Any thread."""

    def __init__(self) -> None:
        self._papers: dict[int, tuple[ProposedDocument, ...]] = {}
        # A page already weighed is not weighed again: the pile may have hundreds.
        self._weighed: dict[int, dict[int, PageEvidence]] = {}
        self._next_at = 0.0

    def look(self, station: Station, intake_id: int) -> None:
        """Groups anew, when the last time has been paid for."""
        since = time.monotonic()
        if since >= self._next_at:
            self._papers[intake_id] = sorting.preview(
                station, intake_id, self._weighed.setdefault(intake_id, {})
            )
            now = time.monotonic()
            self._next_at = now + (now - since) / SHARE

    def papers(self, intake_id: int) -> tuple[ProposedDocument, ...]:
        return self._papers.get(intake_id, ())

    def forget(self, intake_id: int) -> None:
        """The pile is grouped for good."""
        self._papers.pop(intake_id, None)
        self._weighed.pop(intake_id, None)


class Findings:
    """What was found on each page of a side; a reading never changes, so it is unpacked once. Any thread."""

    def __init__(self) -> None:
        self._known: dict[str, Mapping[str, Sequence[Finding]]] = {}
        self._likeness: dict[str, Mapping[str, Likeness | None]] = {}
        self._twins: tuple[tuple[object, ...], dict[tuple[int, str], Sequence[Finding]]] = ((), {})
        self._lock = threading.Lock()

    def of(self, station: Station, side: Side) -> Mapping[str, Sequence[Finding]]:
        """Findings by half: full, left, right; empty for a side that is not read."""
        key = side.reading_key
        if key is None or side.problem is not None:
            return {}
        with self._lock:
            if key in self._known:
                return self._known[key]
        read = reading.reading_of(station, side)
        if read is None:
            return {}
        found = {page.side: page.findings for page in read.pages}
        with self._lock:
            if len(self._known) >= KEPT:
                self._known.clear()
                self._likeness.clear()
            self._known[key] = found
            self._likeness[key] = reading.likeness_by_half(read)
        return found

    def twins(self, station: Station, sides: Sequence[Side]) -> Mapping[tuple[int, str], Sequence[Finding]]:
        """By side and half, that a page repeats an earlier one; looked for once the whole pile is read."""
        # The side too: the same file taken into two piles has one reading.
        keys = tuple((side.id, side.reading_key, side.separator) for side in sides)
        if any(side.state == "captured" for side in sides):
            return {}
        if keys == self._twins[0]:
            return self._twins[1]
        for side in sides:
            self.of(station, side)
        pile = [(side, self._likeness.get(side.reading_key or "") or {}) for side in sides]
        repeated = reading.repeated_pages(pile)
        found: dict[tuple[int, str], Sequence[Finding]] = {
            place: (twin_finding(other),) for place, other in repeated.items()
        }
        self._twins = keys, found
        return found
