"""The table of dossiers: searching, narrowing, looking at what was sealed."""

import ast
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from station.ui.dossiers.presenter import BLOCK, DossierDetail, DossiersPresenter, Filters
from station.ui.language import Language
from station.ui.pictures import Pictures
from station.ui.running import Task
from station.ui.shown import FoundShown
from station.ui.verbs.dossiers import ACTIONS
from station.ui.verbs.pictures import PictureVerbs
from station.ui.verbs.session import Session
from station.ui.widgets.pdf_viewer import PdfViewer
from tests.ui.office import Bench
from tests.ui.test_audit import faults, not_reached_by_tab

ROOT = Path(__file__).parents[2]


class Waiting:
    """Jobs that run when the test says so."""

    def __init__(self) -> None:
        self.jobs: list[Callable[[], None]] = []

    def run(self, job: Any, done: Any, failed: Any, progress: Any = None) -> Task:
        task = Task(lambda value: None)
        self.jobs.append(lambda: done(job(task)))
        return task

    def go(self) -> None:
        while self.jobs:
            self.jobs.pop(0)()


class Office:
    """A hundred thousand dossiers, or two for a text."""

    def __init__(self) -> None:
        self.searched: list[tuple[str, Filters]] = []
        self.fetched: list[int] = []

    def search(self, text: str, filters: Filters, limit: int) -> Sequence[int]:
        self.searched.append((text, filters))
        return [7, 3] if text else range(100_000, 0, -1)

    def rows(self, ids: Sequence[int]) -> Sequence[FoundShown]:
        self.fetched.append(len(ids))
        return [FoundShown(n, f"H48.12-260301-{n:06d}", "", "", "open", "intake", "", 0, "") for n in ids]


class Screen:
    def __init__(self) -> None:
        self.found: Any = None
        self.blocks: list[tuple[int, int]] = []

    def show_found(self, found: Any, more: bool) -> None:
        self.found = found

    def show_block(self, first: int, last: int) -> None:
        self.blocks.append((first, last))

    def show_detail(self, detail: Any) -> None: ...


@pytest.fixture
def desk() -> tuple[DossiersPresenter, Office, Screen, Waiting]:
    office, screen, waiting = Office(), Screen(), Waiting()
    presenter = DossiersPresenter(office, waiting.run, Language("vi"), lambda *_ids: None)  # type: ignore[arg-type]
    presenter.attach(screen)  # type: ignore[arg-type]
    return presenter, office, screen, waiting


def test_only_the_rows_looked_at_are_fetched(
    desk: tuple[DossiersPresenter, Office, Screen, Waiting],
) -> None:
    presenter, office, screen, waiting = desk
    presenter.refresh()
    waiting.go()
    assert len(screen.found) == 100_000 and office.fetched == [BLOCK]
    assert screen.found.row(50_000) is None
    presenter.want(50_000)
    presenter.want(50_001)
    waiting.go()
    assert office.fetched == [BLOCK, BLOCK], "one block, asked for once"
    assert screen.found.row(50_001).dossier_id == 100_000 - 50_001


def test_of_what_is_typed_while_a_search_runs_only_the_last_is_looked_for(
    desk: tuple[DossiersPresenter, Office, Screen, Waiting],
) -> None:
    presenter, office, screen, waiting = desk
    for text in ("b", "bi", "bia"):
        presenter.search(text)
    waiting.go()
    assert [text for text, _filters in office.searched] == ["b", "bia"]
    assert screen.found.ids == (7, 3)
    presenter.narrow(Filters(states=("ready",)))
    waiting.go()
    assert office.searched[-1] == ("bia", Filters(states=("ready",)))


def test_what_an_input_method_writes_is_searched_as_if_it_were_typed(bench: Bench) -> None:
    window = bench.desk.window
    window.activateWindow()
    bench.quiet()
    window.shell.go("dossiers")  # type: ignore[union-attr]
    bench.quiet()
    line = QApplication.focusWidget()
    assert isinstance(line, QLineEdit), "the cursor stands in the search"
    assert line.testAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled)
    for preedit, commit in (("đăn", ""), ("", "đặng "), ("bi", ""), ("", "bịa")):
        event = QInputMethodEvent(preedit, [])
        event.setCommitString(commit)
        QApplication.sendEvent(line, event)
    assert line.text() == "đặng bịa"
    presenter = bench.desk.screens._dossiers
    assert presenter is not None
    bench.until(lambda: presenter.text == "đặng bịa", what="the search")
    bench.quiet()


def test_every_act_of_the_audit_trail_has_its_words() -> None:
    acts = set()
    for path in (ROOT / "station" / "work").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "attr", "") == "audit"
                and len(node.args) > 2
            ):
                act, subject = node.args[1], ast.unparse(node.args[2])
                if isinstance(act, ast.Constant) and ("dossier:" in subject or "intake:" in subject):
                    acts.add(act.value)
    assert len(acts) > 10 and acts - set(ACTIONS) == set()


def test_a_sealed_paper_is_leafed_through_in_the_window(bench: Bench, tmp_path: Path) -> None:
    file = tmp_path / "giay.pdf"
    document = pypdfium2.PdfDocument.new()
    for _ in range(3):
        document.new_page(595, 842)
    document.save(file)
    window = bench.desk.window
    bench.quiet()
    window.activateWindow()
    viewer = PdfViewer(
        window, bench.desk.language, bench.desk.screens.pictures, "Giấy", str(file), lambda: None
    )
    bench.until(lambda: viewer.place == (1, 3), what="the pages are counted in the child process")
    bench.quiet()
    assert (faults(viewer), not_reached_by_tab(viewer)) == ([], [])
    viewer.step(1)
    assert viewer.place == (2, 3)
    viewer.step(5)
    assert viewer.place == (3, 3), "there is no page after the last"
    bench.quiet()
    QTest.keyClick(QApplication.focusWidget(), "\x1b")
    assert not viewer.isVisible()


def test_a_file_that_is_no_pdf_is_said_to_be_none(tmp_path: Path) -> None:
    file = tmp_path / "giay.pdf"
    file.write_bytes(b"not a PDF")
    verbs = PictureVerbs(Session(tmp_path))
    counted: list[int] = []

    def run(job: Any, done: Any, failed: Any, progress: Any = None) -> Task:
        task = Task(lambda value: None)
        try:
            done(job(task))
        except pypdfium2.PdfiumError as error:
            failed(error)
        return task

    Pictures(verbs, run).pdf_count(str(file), counted.append)
    verbs.close()
    assert counted == [0]


def test_the_serial_of_a_mortgages_certificate_is_typed_on_its_card() -> None:
    typed: list[tuple[str, str]] = []

    class Mortgage(Office):
        def detail(self, dossier_id: int) -> DossierDetail:
            return DossierDetail(dossier_id, 1, "H-1", "sealed", "", "", (), (), awaits_serial=True)

        def type_result(self, code: str, serial: str) -> int:
            typed.append((code, serial))
            return 8

    class Told(Screen):
        def say(self, sentence: str) -> None:
            self.said = sentence

    waiting, screen = Waiting(), Told()
    presenter = DossiersPresenter(Mortgage(), waiting.run, Language("en"), lambda *_ids: None)  # type: ignore[arg-type]
    presenter.attach(screen)  # type: ignore[arg-type]
    presenter.choose(7)
    waiting.go()
    presenter.type_result("AA 09122325")
    waiting.go()
    assert (typed, screen.said) == ([("H-1", "AA 09122325")], "The result is typed; it can be sealed.")
