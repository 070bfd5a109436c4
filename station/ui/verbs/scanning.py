"""The scan screen's office: reading and grouping, the record, confirming, sealing."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from capture.source import CaptureSource, Device
from ocr.lawful import TEXT_DPI
from station.core.errors import N_
from station.store import dossiers, lacks, pages, piles
from station.store.model import Document
from station.store.pages import Side
from station.ui.language import Language
from station.ui.running import Task
from station.ui.scan.office import SEPARATORS, Pile, Place
from station.ui.shown import (
    CountsShown,
    DocumentShown,
    PageShown,
    RecordShown,
    WordShown,
)
from station.ui.verbs.coming_in import ComingIn, Findings
from station.ui.verbs.devices import DeviceVerbs
from station.ui.verbs.session import Session
from station.ui.verbs.showing import page_shown
from station.work import (
    counting,
    explaining,
    importing,
    putting_in,
    reading,
    sealing,
    searching,
    sorting,
    standing,
    verifying,
)
from station.work.searching import DossierView
from station.work.station import Station
from station.work.worker import Readers

# How often the reader looks for new pages while the scanner runs.
LOOK_S = 0.2


class ScanVerbs(DeviceVerbs):
    """Jobs of the scan screen."""

    def __init__(
        self,
        session: Session,
        language: Language,
        list_devices: Callable[[Station], Sequence[Device]],
        open_source: Callable[[Station, str], CaptureSource],
    ) -> None:
        super().__init__(session, language, list_devices, open_source)
        self._coming = ComingIn()
        self._findings = Findings()

    # ---- reading and grouping

    def read_and_sort(self, intake_id: int, still_coming: Callable[[], bool], task: Task) -> None:
        """Reads what waits until nothing more comes, then groups the intake."""
        station = self._session.station
        fresh = 0

        def read_one(_what: str, done: int, _of_this_round: int) -> None:
            with station.reading() as conn:
                waiting = pages.count_to_read(conn)
            task.report((fresh + done, fresh + done + waiting))
            if done:
                self._coming.look(station, intake_id)

        with Readers(station.settings.workers, station.settings.page_time_limit_s) as readers:
            while not task.should_stop():
                coming = still_coming()
                read = reading.read_waiting(station, readers, read_one, task.should_stop)
                fresh += read
                if not read and not coming:
                    break
                if not read and task.wait(LOOK_S):
                    break
        if not task.should_stop() and sorting.sort_as_it_comes(
            station, intake_id, fresh > 0, task.should_stop
        ):
            self._coming.forget(intake_id)

    def asks_count(self) -> bool:
        return self._session.settings.count_before_scan

    def last_place(self) -> Place | None:
        """The place remembered while something is to be done there, else the newest intake that waits."""
        kept = self._session.remembered()
        station = self._session.station
        with station.reading() as conn:
            waiting = piles.list_waiting(conn)
        if kept.intake_id in waiting:
            return Place(kept.intake_id, kept.dossier_id, kept.page_id)
        return Place(waiting[0]) if waiting else None

    # ---- the pile as it is

    def load(self, intake_id: int) -> Pile:
        """The pile with its dossiers; sealed ones stay in it until the next begins."""
        station = self._session.station
        shower = self.shower()
        with station.reading() as conn:
            intake = pages.get_intake(conn, intake_id)
            sides = [s for s in pages.list_sides(conn, intake_id) if s.removed_at is None]
            rows = {s.id: pages.list_pages(conn, s.id) for s in sides}
            found = dossiers.list_of_intake(conn, intake_id)
            said = {d.id: standing.announced_sheets(station, conn, d) for d in found}
            fitting = {d.id: counting.count_sheets(conn, d).fitting for d in found}
            sheets = piles.count_of_pile(conn, intake_id)
        views = [searching.show_by_id(station, d.id, self._language.code) for d in found]
        shown = self._pages(sides, rows, [paper for view in views for paper in view.documents])
        in_documents = {p.page_id for v in views for d in v.documents for p in d.pages}
        loose = tuple(p for key, p in shown.items() if key not in in_documents)
        paper = [s for s in sides if s.separator is None]
        counts = CountsShown(
            sheets=sheets,
            sides=len(paper),
            blanks=sum(s.blank for s in paper),
            pages=sum(not p.blank for p in shown.values()),
            read=sum(s.state != "captured" for s in sides),
        )
        rescans = self.list_rescans()
        dossier_list = tuple(
            replace(
                shower.dossier(v, shown, self._counts(v, sides), said[v.dossier.id], self._own(v)),
                fitting_sheets=fitting[v.dossier.id],
                rescans=tuple(r for r in rescans if r.dossier_id == v.dossier.id),
            )
            for v in views
        )
        unplaced = (*self._loose(intake_id, loose, bool(found)), *self._separators(sides))
        return Pile(intake_id, intake.stage, dossier_list, unplaced, counts)

    def _loose(self, intake_id: int, loose: Sequence[PageShown], grouped: bool) -> tuple[DocumentShown, ...]:
        """Pages in no document: under the papers they seem to be while the pile comes in, else together."""
        shown = {p.page_id: p for p in loose}
        papers = []
        for paper in () if grouped else self._coming.papers(intake_id):
            held = tuple(shown.pop(key) for key in paper.page_keys if key in shown)
            title = self.shower().title(paper.type_id)
            if held:
                papers.append(DocumentShown(None, paper.type_id, title, paper.confidence, "proposed", held))
        if shown:
            title = self._language(N_("Not in a document") if grouped else N_("Coming in"))
            papers.append(DocumentShown(None, "", title, 0.0, "proposed", tuple(shown.values())))
        return tuple(papers)

    def _separators(self, sides: Sequence[Side]) -> tuple[DocumentShown, ...]:
        """The pile's separator sheets: proposals, each with its picture, that a person may take back."""
        found = tuple(
            page_shown(self._language, side, -side.id, "full", number, (), blank=False)
            for number, side in enumerate((s for s in sides if s.separator is not None), 1)
        )
        title = self._language(N_("Separator sheets"))
        return (DocumentShown(None, SEPARATORS, title, 0.0, "proposed", found),) if found else ()

    def _pages(
        self, sides: Sequence[Side], rows: dict[int, list[pages.PageRow]], papers: Sequence[Document]
    ) -> dict[int, PageShown]:
        station = self._session.station
        asked = explaining.least_dpi_by_side(papers, standing.catalogue_of(station))
        shown: dict[int, PageShown] = {}
        number = 0
        twins = self._findings.twins(station, sides)
        with station.reading() as conn:
            excuses = lacks.of_sides(conn, rows)
        for side in sides:
            if side.separator is not None:
                continue
            findings = self._findings.of(station, side)
            halves = [(r.id, r.half, r.blank) for r in rows[side.id]] or [(-side.id, "full", side.blank)]
            for page_id, half, blank in halves:
                number += 1
                told = [*twins.get((side.id, half), ()), *findings.get(half, ())]
                lacking = () if blank else explaining.lacks_of_side(side, asked.get(side.id, TEXT_DPI))
                told += [lack for lack in lacking if (side.id, lack.kind) not in excuses]
                said = {e.reason for lack in lacking if (e := excuses.get((side.id, lack.kind)))}
                shown[page_id] = page_shown(
                    self._language, side, page_id, half, number, told, blank, " ".join(sorted(said))
                )
        return shown

    def _own(self, view: DossierView) -> frozenset[int]:
        """Documents that somebody else must verify."""
        station = self._session.station
        return frozenset(d.id for d in view.documents if verifying.needs_second_person(station, d))

    @staticmethod
    def _counts(view: DossierView, sides: Sequence[Side]) -> CountsShown:
        held = {p.side_id for d in view.documents for p in d.pages}
        inside = [s for s in sides if s.id in held]
        return CountsShown(
            sheets=view.sheets,
            sides=len(inside),
            blanks=sum(s.blank for s in inside),
            pages=sum(len(d.pages) for d in view.documents),
            read=sum(s.state != "captured" for s in inside),
        )

    # ---- record, fields, confirming, sealing

    def find_records(self, text: str) -> Sequence[RecordShown]:
        shower = self.shower()
        return tuple(shower.record(r) for r in importing.find_records(self._session.station, text, 20))

    def explain(self, dossier_id: int, page_ids: Sequence[int], reason: str) -> int:
        return explaining.explain(self._session.station, dossier_id, page_ids, reason)

    def choose_record(self, dossier_id: int, dossier_code: str) -> None:
        sorting.choose_record(self._session.station, dossier_id, dossier_code)

    def set_field(self, document_id: int, name: str, value: str, keys: int) -> None:
        verifying.correct(self._session.station, document_id, name, value, max(1, keys))

    def confirm(self, dossier_id: int, sheets: int) -> None:
        """Confirms the number of sheets; the record and the documents stand as shown."""
        verifying.confirm_sheets(self._session.station, dossier_id, sheets)

    def seal(self, dossier_id: int, task: Task) -> None:
        sealing.seal(self._session.station, dossier_id)

    def document_types(self) -> Sequence[tuple[str, str]]:
        station = self._session.station
        types = standing.catalogue_of(station).document_types.values()
        named = [(t.id, t.names.get(self._language.code, t.names["vi"])) for t in types]
        return tuple(sorted(named, key=lambda pair: pair[1]))

    def rescan(
        self,
        source_id: str,
        dossier_id: int,
        page_id: int,
        replace: bool,
        files: Sequence[Path],
        task: Task,
    ) -> None:
        """Scans what lies in the feeder, or takes files, and puts it in the page's place or behind it."""
        station = self._session.station
        place = putting_in.Place(dossier_id, page_id, replace)
        if files:
            putting_in.take_files_in(station, place, files, task.should_stop)
            return
        wish = self._profile().settings
        source = self._open_source(station, source_id)
        batch = putting_in.scan_in(station, place, source, source_id, wish, task.should_stop)
        if batch.fault is not None:
            raise batch.fault

    def words(self, page_id: int) -> Sequence[WordShown]:
        """The recognised words of a page in reading order; none for a page not yet read."""
        if page_id < 0:
            return ()
        _file, _frame, found, _row = searching.page_picture(self._session.station, page_id)
        return tuple(WordShown(w.text, w.box) for w in found.words) if found else ()
