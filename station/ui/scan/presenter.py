"""What happens on the scan screen. Decides, and knows no Qt.

The clean way is three keys: F5 scans, Enter confirms record, sheets and documents, Ctrl+Enter seals and
queues. Each doubtful field costs one key more; a count that differs from the receipt's stops until the
operator has typed the number of sheets.
"""

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from station.core.errors import N_, StationError
from station.ui.language import Language
from station.ui.running import Run, Task
from station.ui.scan.device_presenter import DevicePresenter
from station.ui.scan.office import Place, ScanEnded, ScanOffice, ScanScreen
from station.ui.shown import DossierShown, SourceShown

COUNT_FIRST = N_("Count the sheets of the pile, type their number and press Enter: scanning begins then.")
# Who named the number that differs.
DIFFERS = {
    "operator": N_(
        "You counted {expected} sheets before scanning, {scanned} were scanned. Count the paper again and type the number."
    ),
    "separator": N_(
        "The separator says {expected} sheets, {scanned} were scanned. Count the paper and type the number."
    ),
    "receipt": N_(
        "The receipt says {expected} sheets, {scanned} were scanned. Count the paper and type the number."
    ),
}
FRONTS_FIRST = N_("Scan the fronts of the pile first (F5), turn the whole pile over, then scan the backs.")
# More sentences than a message holds; all of them stand among the files set aside.
SAID_AT_ONCE = 3
NO_SOURCE = N_("No scanner is chosen. Connect one or choose a folder, then press F5.")


class ScanPresenter(DevicePresenter):
    """One pile at a time, each of its dossiers in turn."""

    def __init__(self, office: ScanOffice, run: Run, language: Language) -> None:
        super().__init__(office, run, language)
        self._sources: tuple[SourceShown, ...] = ()
        self._reading: Task | None = None
        self._read_next: int | None = None
        self._sealing: set[int] = set()
        self._started_at = 0.0
        self._read = (0, 0)
        self._looking = False
        self._start_when_found = False
        self._counting = False
        self._sheets_before: int | None = None

    def attach(self, screen: ScanScreen) -> None:
        """Takes a (new) view and shows it everything again."""
        self._screen = screen
        screen.show_sources(self._sources, self._source_id)
        screen.show_stage(self._stage)
        # A view drawn anew, perhaps in another language, knows no offers.
        self._looked_for = ()
        self._show()
        self.find_rescans()

    def open(self) -> None:
        """Looks for scanners and goes on where the last session ended."""
        self.find_sources()
        self._run(lambda _task: self._office.last_place(), self._reopened, self._complain)

    def find_sources(self) -> None:
        """Looks for scanners and folders; a search takes seconds, so there is one at a time."""
        if not self._looking:
            self._looking = True
            self._run(lambda _task: tuple(self._office.list_sources()), self._sources_found, self._not_found)

    def _not_found(self, error: StationError) -> None:
        self._looking = self._start_when_found = False
        self._complain(error)

    def _sources_found(self, sources: tuple[SourceShown, ...]) -> None:
        self._looking = False
        self._sources = sources
        if not any(s.id == self._source_id for s in sources):
            first = next((s for s in sources if s.available), None)
            self._source_id = first.id if first else ""
        if self._screen:
            self._screen.show_sources(sources, self._source_id)
        if self._start_when_found:
            self._start_when_found = False
            if self._source_id:
                self._start(self._sheets_before)
            else:
                self._complain_words(NO_SOURCE)

    def _reopened(self, place: Place | None) -> None:
        if place is not None and self._pile is None and self._scan is None:
            self.open_pile(place.intake_id, place.dossier_id, place.page_id)
            self._read_along(place.intake_id)

    @property
    def source(self) -> SourceShown | None:
        """The scanner or folder chosen."""
        return next((s for s in self._sources if s.id == self._source_id), None)

    @property
    def scanning(self) -> bool:
        return self._scan is not None

    @property
    def busy(self) -> bool:
        """Whether pages still come or are being read."""
        return self._scan is not None or self._reading is not None

    def change_stage(self) -> None:
        """Intake or result, for the next pile."""
        if self._intake_to_fill() is not None and self._pile is not None and self._pile.counts.sides:
            self._say(N_("The stage is set before scanning. Begin a new dossier first (Ctrl+N)."))
            return
        self._forget()
        self._stage = "result" if self._stage == "intake" else "intake"
        if self._screen:
            self._screen.show_stage(self._stage)

    def start(self) -> None:
        """F5: scans the pile into the intake in hand, or a new one when that is sealed.

        Where the office counts beforehand, a new pile is asked for its number of sheets first.
        """
        if self._scan is not None:
            return
        if self._intake_to_fill() is None and self._office.asks_count():
            self._counting = True
            if self._screen:
                self._screen.ask_sheets(self._language(COUNT_FIRST), 0)
            return
        self._start(None)

    def _start(self, sheets: int | None) -> None:
        self._sheets_before = sheets
        if not self._source_id:
            # The key was meant: it counts as soon as a scanner is found.
            self._start_when_found = True
            self._say(N_("Looking for scanners …"))
            self.find_sources()
            return
        self._begin(
            lambda task: self._office.scan(self._source_id, self._intake_to_fill(), self._stage, sheets, task)
        )

    def start_backs(self) -> None:
        """The second pass with a scanner for one side: the pile was turned over as a whole."""
        intake_id = self._intake_to_fill()
        if self._scan is not None:
            return
        if intake_id is None or self._pile is None or not self._pile.counts.sides:
            self._complain_words(FRONTS_FIRST)
        elif not self._source_id:
            self._complain_words(NO_SOURCE)
        else:
            self._begin(
                lambda task: self._office.scan(
                    self._source_id, intake_id, self._stage, None, task, backs=True
                )
            )

    def take_files(self, paths: Sequence[Path]) -> None:
        """Takes files the operator chose or dropped."""
        if self._scan is None and paths:
            self._begin(
                lambda task: self._office.take_files(paths, self._intake_to_fill(), self._stage, task)
            )

    def take_picture(self, encode: Callable[[], bytes]) -> None:
        """Takes a picture from the clipboard; `encode` makes a PNG of it."""
        if self._scan is None:
            self._begin(
                lambda task: self._office.take_picture(encode, self._intake_to_fill(), self._stage, task)
            )

    def _taken_in(self, intake_id: int) -> None:
        if self._scan is None:
            self.open_pile(intake_id)
            self._read_along(intake_id)

    def stop(self) -> None:
        """Ends scanning or reading; what has come stays."""
        for task in (self._scan, self._reading):
            if task is not None:
                task.stop()

    def _intake_to_fill(self) -> int | None:
        """The intake in hand goes on after a jam; once every dossier of it is sealed the next begins."""
        pile = self._pile
        if pile is None or (pile.dossiers and all(d.state in ("sealed", "delivered") for d in pile.dossiers)):
            return None
        return pile.intake_id

    def _begin(self, job: Callable[[Task], ScanEnded]) -> None:
        if self._intake_to_fill() is None:
            self._forget()
        self._started_at = time.monotonic()
        self._read = (0, 0)
        self._scan = self._run(job, self._scan_ended, self._scan_failed, self._side_came)
        if self._screen:
            self._screen.show_progress(self._language(N_("The scanner is starting")), 0, 0)
            self._screen.focus_pages()

    def _side_came(self, intake_id: int) -> None:
        self._read_along(intake_id)
        self._reload_soon(intake_id)

    def _read_along(self, intake_id: int) -> None:
        if self._reading is not None and self._reading.should_stop():
            # Stop was pressed and then F5: reading goes on once the old round has let go.
            self._read_next = intake_id
        if self._reading is None:
            self._started_at = self._started_at or time.monotonic()
            self._reading = self._run(
                lambda task: self._office.read_and_sort(intake_id, lambda: self._scan is not None, task),
                lambda _nothing: self._reading_ended(intake_id),
                self._reading_failed,
                lambda pair: self._read_more(intake_id, pair),
            )

    def _read_more(self, intake_id: int, pair: tuple[int, int]) -> None:
        self._read = pair
        self._show_progress()
        self._reload_soon(intake_id)

    def _scan_ended(self, ended: ScanEnded) -> None:
        self._scan = None
        said = (*ended.problems[:SAID_AT_ONCE], *ended.remarks)
        if said and self._screen:
            self._screen.complain("\n".join(said))
        if ended.sides == 0 and not said:
            self._complain_words(N_("The feeder is empty. Put the pile in and press F5."))
        counts = self._pile.counts if self._pile is not None else None
        if ended.sides or (counts is not None and counts.read < counts.sides):
            self._read_along(ended.intake_id)
        if self._reading is None and self._screen:
            self._screen.hide_progress()
        self._reload(ended.intake_id)

    def _scan_failed(self, error: StationError) -> None:
        self._scan = None
        if self._reading is None and self._screen:
            self._screen.hide_progress()
        self._complain(error)

    def _reading_ended(self, intake_id: int) -> None:
        self._reading = None
        self._started_at = 0.0
        if self._screen:
            self._screen.hide_progress()
        self._reload(intake_id)
        intake_to_read, self._read_next = self._read_next, None
        if intake_to_read is not None:
            self._read_along(intake_to_read)

    def _reading_failed(self, error: StationError) -> None:
        self._reading = None
        if self._screen:
            self._screen.hide_progress()
        self._complain(error)

    def _show_progress(self) -> None:
        done, total = self._read
        if self._screen is None:
            return
        seconds = max(0.1, time.monotonic() - self._started_at)
        if not done:
            words = self._language(N_("Reading pages"))
        else:
            rate = done / seconds
            words = self._language(
                N_("{done} of {total} read · {rate} pages a minute · {left} left"),
                done=done,
                total=total,
                rate=self._language.number(rate * 60),
                left=self._language.span((total - done) / rate),
            )
        self._screen.show_progress(words, done, total)

    def begin_new(self) -> None:
        """Ctrl+N: an empty screen for the next pile; the old one stays among the dossiers."""
        if self._scan is None:
            self._forget()

    def confirm(self) -> None:
        """Enter: record, number of sheets and documents are right."""
        dossier = self.dossier
        if dossier is None:
            self._say(N_("Put the pile in the feeder and press F5."))
        elif self._scan is not None or self._reading is not None:
            self._say(N_("The pile is still being read. Confirm when all pages are there."))
        elif dossier.record is None:
            self._complain_words(N_("No record is chosen. Find it by code, name, ID number or parcel."))
            if self._screen:
                self._screen.focus_record()
        elif self.next_doubt():
            return
        elif self._count_differs(dossier):
            self._ask_sheets(dossier)
        else:
            sheets = self._sheets_typed.get(dossier.dossier_id, dossier.counts.sheets)
            self._run(
                lambda _task: self._office.confirm(dossier.dossier_id, sheets),
                lambda _nothing: self._confirmed(),
                self._complain,
            )

    def _ask_sheets(self, dossier: DossierShown) -> None:
        if self._screen:
            sentence = DIFFERS.get(dossier.expected_by, DIFFERS["receipt"])
            expected, scanned = dossier.expected_sheets, dossier.counts.sheets
            self._screen.ask_sheets(
                self._language(sentence, expected=expected, scanned=scanned), expected or scanned
            )

    def _count_differs(self, dossier: DossierShown) -> bool:
        if dossier.dossier_id in self._sheets_typed:
            return not dossier.fits(self._sheets_typed[dossier.dossier_id])
        expected = dossier.expected_sheets
        return expected is not None and not dossier.fits(expected)

    def type_sheets(self, sheets: int) -> None:
        """The operator counted the paper: before scanning, or because the numbers differ."""
        if self._counting:
            self._counting = False
            if sheets > 0:
                self._start(sheets)
            return
        dossier = self.dossier
        if dossier is None:
            return
        if not dossier.fits(sheets):
            self._complain_words(
                N_(
                    "You counted {typed} sheets, {scanned} were scanned. Scan what is missing, or count again."
                ),
                typed=sheets,
                scanned=dossier.counts.sheets,
            )
            return
        self._sheets_typed[dossier.dossier_id] = sheets
        self.confirm()

    def _confirmed(self) -> None:
        others = [f for f in self.dossier.fields if f.waits_for_another] if self.dossier else []
        if any(f.critical for f in others):
            self._say(
                N_("Confirmed. {count} values wait for a second person on the verify screen (Ctrl+2)."),
                count=len(others),
            )
        else:
            self._say(N_("Confirmed. Ctrl+Enter seals and queues."))
        self.refresh()

    def seal(self) -> None:
        """Ctrl+Enter: the dossier becomes a package in the outbox; the next one of the pile comes up."""
        dossier = self.dossier
        if dossier is None or dossier.dossier_id in self._sealing:
            return
        if dossier.state in ("sealed", "delivered"):
            self._say(N_("{code} is sealed already. Ctrl+N begins the next dossier."), code=dossier.code)
            return
        if not dossier.ready:
            if self._screen:
                self._screen.show_open_points(dossier.open_points)
            self._complain_words(N_("Not ready yet: see what is missing on the left, then press Enter."))
            return
        self._sealing.add(dossier.dossier_id)
        if self._screen:
            self._screen.show_progress(self._language(N_("Sealing {code}"), code=dossier.code), 0, 0)
        self._run(
            partial(self._seal_job, dossier.dossier_id),
            lambda _nothing: self._sealed(dossier),
            lambda error: self._seal_failed(dossier, error),
        )

    def _seal_job(self, dossier_id: int, task: Task) -> None:
        self._office.seal(dossier_id, task)

    def _sealed(self, dossier: DossierShown) -> None:
        self._sealing.discard(dossier.dossier_id)
        if self._screen:
            self._screen.hide_progress()
        self._say(N_("{code} is sealed and waits to be sent."), code=dossier.code)
        if self._pile is not None and self._number + 1 < len(self._pile.dossiers):
            self._number += 1
        self.refresh()

    def _seal_failed(self, dossier: DossierShown, error: StationError) -> None:
        self._sealing.discard(dossier.dossier_id)
        if self._screen:
            self._screen.hide_progress()
        self._complain(error)
