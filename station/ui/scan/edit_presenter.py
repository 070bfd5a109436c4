"""Changes of the pile in hand: its record, its fields, its pages and papers. No Qt."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from station.core.errors import N_, StationError
from station.ui.language import Language
from station.ui.running import Run, Task
from station.ui.scan.office import Edit, ScanOffice
from station.ui.scan.pile_presenter import PilePresenter
from station.ui.shown import FieldShown, PageShown, WordShown


class EditPresenter(PilePresenter):
    """Every change is a verb of the office; what can be undone says so."""

    def __init__(self, office: ScanOffice, run: Run, language: Language) -> None:
        super().__init__(office, run, language)
        self._source_id = ""
        self._scan: Task | None = None

    def find_record(self, text: str) -> None:
        if len(text.strip()) < 2:
            if self._screen:
                self._screen.show_records(self.dossier.candidates if self.dossier else ())
            return
        self._run(
            lambda _task: tuple(self._office.find_records(text)),
            lambda found: self._screen.show_records(found) if self._screen else None,
            self._complain,
        )

    def choose_record(self, dossier_code: str) -> None:
        dossier = self.dossier
        if dossier is not None:
            self._change(lambda _task: self._office.choose_record(dossier.dossier_id, dossier_code))

    def doubts(self) -> list[FieldShown]:
        """The fields of the dossier in hand that wait for this person; those for a second one are not asked here."""
        dossier = self.dossier
        waiting = [f for f in dossier.fields if f.doubtful and not f.verified_by] if dossier else []
        return [f for f in waiting if not f.second_person]

    def next_doubt(self, after: tuple[int, str] | None = None) -> bool:
        """Brings the next doubtful field under the cursor; False when none is left."""
        doubts = self.doubts()
        if not doubts:
            return False
        keys = [f.key for f in doubts]
        at = keys.index(after) + 1 if after in keys else 0
        if self._screen:
            self._screen.focus_field(keys[at % len(keys)])
        return True

    def accept_field(self, key: tuple[int, str], value: str, keys: int = 1) -> None:
        """Enter in a field: the value as it stands is the office's value."""
        remaining = [f.key for f in self.doubts() if f.key != key]

        def done(_nothing: None) -> None:
            self.refresh()
            if self._screen:
                if remaining:
                    self._screen.focus_field(remaining[0])
                else:
                    self._screen.focus_pages()

        self._run(lambda _task: self._office.set_field(key[0], key[1], value, keys), done, self._complain)

    def edit(self, edit: Edit) -> None:
        """Any change of order or geometry; it can be undone."""
        dossier = self.dossier
        if dossier is None:
            self._say(N_("Pages can be changed as soon as the pile is read and grouped."))
        elif edit.page_ids or edit.document_id is not None:
            self._run(
                lambda _task: self._office.edit(dossier.dossier_id, edit),
                self._edited,
                self._complain,
            )

    def _edited(self, changed: bool) -> None:
        if changed:
            self.refresh()
            self._say(N_("Done."), undo=True)
        else:
            self._say(N_("There is nothing to change here."))

    def explain(self, pages: Sequence[PageShown], reason: str) -> None:
        """A reason for what the pages' pictures lack by law; an empty one takes it back."""
        dossier = self.dossier
        if dossier is None:
            self._say(N_("Pages can be changed as soon as the pile is read and grouped."))
            return

        def done(sides: int) -> None:
            self.refresh()
            self._say(
                N_("Noted for {count} sides.") if reason else N_("The reason is taken back."), count=sides
            )

        page_ids = [page.page_id for page in pages if page.page_id > 0]
        self._run(
            lambda _task: self._office.explain(dossier.dossier_id, page_ids, reason), done, self._complain
        )

    def undo(self) -> None:
        dossier = self.dossier
        if dossier is not None:
            self._change_back(lambda _task: self._office.undo(dossier.dossier_id), N_("Nothing to undo."))

    def redo(self) -> None:
        dossier = self.dossier
        if dossier is not None:
            self._change_back(lambda _task: self._office.redo(dossier.dossier_id), N_("Nothing to redo."))

    def rescan(self, page: PageShown, replace: bool, files: Sequence[Path] = ()) -> None:
        """Puts fresh pages, scanned or from files, in one page's place or after it."""
        dossier = self.dossier
        if dossier is None or self._scan is not None:
            return
        job = partial(self._rescan_job, dossier.dossier_id, page.page_id, replace, tuple(files))
        self._scan = self._run(job, lambda _nothing: self._rescanned(), self._rescan_failed)
        if self._screen:
            self._screen.show_progress(self._language(N_("The scanner is starting")), 0, 0)

    def _rescan_job(
        self, dossier_id: int, page_id: int, replace: bool, files: Sequence[Path], task: Task
    ) -> None:
        self._office.rescan(self._source_id, dossier_id, page_id, replace, files, task)

    def _rescanned(self) -> None:
        self._scan = None
        if self._screen:
            self._screen.hide_progress()
        self.refresh()

    def _rescan_failed(self, error: StationError) -> None:
        self._scan = None
        if self._screen:
            self._screen.hide_progress()
        # What came before the fault has taken its place.
        self.refresh()
        self._complain(error)

    def document_types(self, show: Callable[[Sequence[tuple[str, str]]], None]) -> None:
        self._run(lambda _task: tuple(self._office.document_types()), show, self._complain)

    def page_chosen(self, page: PageShown) -> None:
        """Fetches the recognised words of a page."""
        self._page_id = page.page_id

        def show(words: tuple[WordShown, ...]) -> None:
            if self._screen:
                self._screen.show_words(page.page_id, words)

        self._run(lambda _task: tuple(self._office.words(page.page_id)), show, self._complain)

    def _change(self, job: Callable[[Task], None]) -> None:
        self._run(job, lambda _nothing: self.refresh(), self._complain)

    def _change_back(self, job: Callable[[Task], bool], nothing: str) -> None:
        def done(changed: bool) -> None:
            if changed:
                self.refresh()
            else:
                self._say(nothing)

        self._run(job, done, self._complain)
