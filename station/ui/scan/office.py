"""What the scan screen needs of the office; the verbs of `station.work` stand behind it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from station.ui.running import Task
from station.ui.shown import (
    CountsShown,
    DocumentShown,
    DossierShown,
    OfferShown,
    RecordShown,
    RefusedShown,
    RescanShown,
    SourceShown,
    WordShown,
)

#: The type of the document that stands for a pile's separator sheets.
SEPARATORS = "separators"


@dataclass(frozen=True)
class Pile:
    """Everything of one intake: its dossiers, the pages that lie in no document of them, the counts.

    While the pile still comes in, `loose` are the papers as they look so far; the pile's separator sheets are the
    last of them.
    """

    intake_id: int
    stage: str
    dossiers: tuple[DossierShown, ...]
    loose: tuple[DocumentShown, ...]
    counts: CountsShown


@dataclass(frozen=True)
class ScanEnded:
    """How a scan ended, in sentences. `problems`: a fault of the scanner, files refused; `remarks`: nothing failed,
    but the operator should know (fewer sheets than counted, fronts only)."""

    intake_id: int
    sides: int
    problems: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Edit:
    """A change of the pile's order or geometry. `kind` as the commands name it: page.right, page.split …

    `document_id`, `before_page_id` and `value` are used by moves, joins and changes of type.
    """

    kind: str
    page_ids: tuple[int, ...]
    document_id: int | None = None
    before_page_id: int | None = None
    value: str = ""


@dataclass(frozen=True)
class Place:
    """Where the operator is: a pile, one of its dossiers, a page."""

    intake_id: int
    dossier_id: int | None = None
    page_id: int | None = None


class ScanOffice(Protocol):
    """Jobs; each may take long and is called off the main thread."""

    def list_sources(self) -> Sequence[SourceShown]: ...
    def choose_source(self, source_id: str) -> None: ...
    def profiles(self) -> tuple[str, Sequence[tuple[str, str]]]: ...
    def choose_profile(self, profile_id: str) -> None: ...
    def preview(self, source_id: str) -> bytes: ...
    def list_refused(self) -> Sequence[RefusedShown]: ...
    def retry_refused(self, refusal_id: int) -> int: ...
    def set_separator(self, page_id: int, begins: str | None) -> None: ...
    def scan(
        self,
        source_id: str,
        intake_id: int | None,
        stage: str,
        sheets: int | None,
        task: Task,
        backs: bool = False,
    ) -> ScanEnded:
        """Reports the intake's id (int) after each side. `sheets`: counted by the operator beforehand; `backs`: the
        second pass of a pile that was turned over."""
        ...

    def asks_count(self) -> bool:
        """Whether the office counts sheets before scanning; answers at once."""
        ...

    def take_files(
        self, paths: Sequence[Path], intake_id: int | None, stage: str, task: Task
    ) -> ScanEnded: ...
    def take_picture(
        self, encode: Callable[[], bytes], intake_id: int | None, stage: str, task: Task
    ) -> ScanEnded: ...
    def read_and_sort(self, intake_id: int, still_coming: Callable[[], bool], task: Task) -> None:
        """Reads what comes until nothing more does, then groups; reports (read, come so far) pairs."""
        ...

    def last_place(self) -> Place | None:
        """Where work was left: the place remembered, else the newest pile with something to do."""
        ...

    def list_rescans(self) -> Sequence[RescanShown]: ...
    def finish_rescan(self, task_id: int) -> None: ...
    def list_offers(self, dossier_id: int) -> Sequence[OfferShown]: ...
    def ask_warehouse(self, dossier_id: int) -> Sequence[OfferShown]:
        """The same, with what the warehouse holds."""
        ...

    def take_offer(self, dossier_id: int, component_id: str, paper_id: str) -> None: ...
    def load(self, intake_id: int) -> Pile: ...
    def find_records(self, text: str) -> Sequence[RecordShown]: ...
    def choose_record(self, dossier_id: int, dossier_code: str) -> None: ...
    def set_field(self, document_id: int, name: str, value: str, keys: int) -> None: ...
    def confirm(self, dossier_id: int, sheets: int) -> None: ...
    def seal(self, dossier_id: int, task: Task) -> None: ...
    def edit(self, dossier_id: int, edit: Edit) -> bool:
        """False where there was nothing to change."""
        ...

    def undo(self, dossier_id: int) -> bool: ...
    def redo(self, dossier_id: int) -> bool: ...
    def rescan(
        self,
        source_id: str,
        dossier_id: int,
        page_id: int,
        replace: bool,
        files: Sequence[Path],
        task: Task,
    ) -> None:
        """Fresh pages from the scanner, or from `files` where there are any."""
        ...

    def explain(self, dossier_id: int, page_ids: Sequence[int], reason: str) -> int:
        """A reason for what the pages' pictures lack by law, or none any more; how many sides it is given for."""
        ...

    def document_types(self) -> Sequence[tuple[str, str]]: ...
    def words(self, page_id: int) -> Sequence[WordShown]: ...


class ScanScreen(Protocol):
    """What the presenter tells the view."""

    def show_sources(self, sources: Sequence[SourceShown], chosen: str) -> None: ...
    def show_stage(self, stage: str) -> None: ...
    def show_dossier(self, dossier: DossierShown | None, number: int, count: int) -> None: ...
    def show_strip(self, documents: Sequence[DocumentShown]) -> None: ...
    def show_counts(self, counts: CountsShown) -> None: ...
    def show_progress(self, words: str, done: int, total: int) -> None: ...
    def hide_progress(self) -> None: ...
    def show_words(self, page_id: int, words: Sequence[WordShown]) -> None: ...
    def show_records(self, records: Sequence[RecordShown]) -> None: ...
    def show_open_points(self, sentences: Sequence[str]) -> None: ...
    def ask_sheets(self, sentence: str, number: int) -> None: ...
    def show_rescans(self, waiting: Sequence[RescanShown]) -> None: ...
    def choose_rescan(self, waiting: Sequence[RescanShown]) -> None: ...
    def show_offers(self, dossier_id: int, offers: Sequence[OfferShown]) -> None: ...
    def focus_offer(self) -> bool:
        """Puts the cursor on the first paper that can be reused; False where none is, or it stands on one already."""
        ...

    def show_page(self, page_id: int) -> None: ...
    def focus_field(self, key: tuple[int, str]) -> None: ...
    def focus_pages(self) -> None: ...
    def focus_record(self) -> None: ...
    def say(self, sentence: str, undo: bool = False) -> None: ...
    def complain(self, sentence: str) -> None: ...
