"""The scan screen's devices: sources, profiles, taking in, a look beforehand, files set aside, separators."""

from collections.abc import Callable, Sequence
from pathlib import Path

from capture.files import list_intakes
from capture.profiles import Profile
from capture.source import CaptureSource, Device, Remark
from station.core import files
from station.core.errors import N_
from station.store import pages
from station.ui.language import Language
from station.ui.running import Task
from station.ui.scan.office import ScanEnded
from station.ui.shown import RefusedShown, SourceShown
from station.ui.verbs.session import Session
from station.ui.verbs.tasks import TaskVerbs
from station.work import devices, piling, refused, scanning, setting_up
from station.work.piling import Pile
from station.work.scanning import Taken
from station.work.station import Station

PASTED = N_("Pasted picture")


class DeviceVerbs(TaskVerbs):
    """Jobs that bring paper in.

    Args:
        list_devices: the scanners of this PC and the folders given to it.
        open_source: the source a device belongs to.
    """

    def __init__(
        self,
        session: Session,
        language: Language,
        list_devices: Callable[[Station], Sequence[Device]],
        open_source: Callable[[Station, str], CaptureSource],
    ) -> None:
        super().__init__(session, language)
        self._list_devices = list_devices
        self._open_source = open_source

    # ---- sources and profiles

    def list_sources(self) -> Sequence[SourceShown]:
        """The scanners of this PC, then the folders the window was given; the one used last comes first."""
        found = self._list_devices(self._session.station)
        last = self._session.remembered().source
        shown = [SourceShown(d.id, d.name, d.kind, d.available) for d in found]
        return tuple(sorted(shown, key=lambda source: source.id != last))

    def choose_source(self, source_id: str) -> None:
        self._session.note(source=source_id)

    def profiles(self) -> tuple[str, Sequence[tuple[str, str]]]:
        """The scan profile chosen, and all of them by name."""
        known = devices.list_profiles(self._session.station)
        named = tuple((p.id, self._language(p.name)) for p in known.values())
        return self._session.remembered().profile, named

    def choose_profile(self, profile_id: str) -> None:
        self._session.note(profile=profile_id)

    def _profile(self) -> Profile:
        return devices.profile_of(self._session.station, self._session.remembered().profile)

    # ---- taking in

    def scan(
        self,
        source_id: str,
        intake_id: int | None,
        stage: str,
        sheets: int | None,
        task: Task,
        backs: bool = False,
    ) -> ScanEnded:
        """Takes what the source gives into the intake, a new one where it is None."""
        station = self._session.station
        problems: list[str] = []
        count = 0

        def came(taken: Taken) -> None:
            nonlocal count
            count += 0 if taken.known else len(taken.sides)
            if taken.refused is not None:
                problems.append(f"{Path(taken.name).name}: {self._language.error(taken.refused)}")
            if taken.sides:
                task.report(taken.sides[0].intake_id)

        source = self._open_source(station, source_id)
        pile = Pile(intake_id, stage, None, sheets, None, backs)
        batch = piling.scan_pile(
            station, pile, source, source_id, self._profile(), on_side=came, should_stop=task.should_stop
        )
        if batch.fault is not None:
            problems.insert(0, self._language.error(batch.fault))
        return ScanEnded(batch.intake_id, count, tuple(problems), self._said(batch.remarks))

    def _said(self, remarks: Sequence[Remark]) -> tuple[str, ...]:
        said = (self._language(remark.sentence, **remark.values) for remark in remarks)
        return tuple(dict.fromkeys(said))

    def take_files(self, paths: Sequence[Path], intake_id: int | None, stage: str, task: Task) -> ScanEnded:
        """Takes files the operator chose or dropped, of a folder those in it; the files themselves stay."""
        intake = self._intake(intake_id, stage)
        found = [file for _name, held in list_intakes(paths) for file in held]
        taken = scanning.take_files(
            self._session.station, intake, found, lambda _taken: task.report(intake.id), task.should_stop
        )
        problems = [f"{Path(t.name).name}: {self._language.error(t.refused)}" for t in taken if t.refused]
        return ScanEnded(intake.id, sum(len(t.sides) for t in taken if not t.known), tuple(problems))

    def take_picture(
        self, encode: Callable[[], bytes], intake_id: int | None, stage: str, task: Task
    ) -> ScanEnded:
        """Takes a picture from the clipboard; `encode` makes a PNG of it."""
        spool = files.private_folder(self._session.station.folder("spool") / "pasted")
        pasted = files.put_bytes(spool / f"{self._language(PASTED)}.png", encode())
        try:
            return self.take_files([pasted], intake_id, stage, task)
        finally:
            pasted.unlink(missing_ok=True)

    def _intake(self, intake_id: int | None, stage: str) -> pages.Intake:
        station = self._session.station
        if intake_id is None:
            return scanning.open_intake(station, "files", stage)
        with station.reading() as conn:
            return pages.get_intake(conn, intake_id)

    def preview(self, source_id: str) -> bytes:
        """One quick side as an encoded picture; nothing of it is kept."""
        return setting_up.scan_test_page(self._session.station, source_id, self._session.remembered().profile)

    # ---- files set aside, separators

    def list_refused(self) -> Sequence[RefusedShown]:
        """Files that were set aside, the newest first."""
        return tuple(
            RefusedShown(r.id, Path(r.name).name, self._language(r.sentence, **r.values), r.at)
            for r in reversed(refused.list_refused(self._session.station))
        )

    def retry_refused(self, refusal_id: int) -> int:
        """Tries a file again; returns the intake it was taken into.

        Raises:
            InputRefused: it is refused still.
        """
        return refused.retry(self._session.station, refusal_id).sides[0].intake_id

    def set_separator(self, page_id: int, begins: str | None) -> None:
        """Says that a page's side is a separator (a dossier or a document begins behind it), or none."""
        station = self._session.station
        with station.reading() as conn:
            side_id = -page_id if page_id < 0 else pages.get_page(conn, page_id).side_id
        piling.set_separator(station, side_id, begins)
