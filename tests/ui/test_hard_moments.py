"""What must not stop an operator: a jam, a reader that crashes, a window closed in mid-pile, a letter with tones."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QDateEdit, QLineEdit

import ocr.side
from capture.problems import PaperJam
from capture.source import CaptureSource, RawFile, RefusedFile, ScanSettings
from station.ui.scan.presenter import ScanPresenter
from station.ui.scan.view import ScanView
from station.work.station import Station
from station.work.worker import ReaderCrashed
from tests.capture.scripted import ScriptedScanner
from tests.ui.office import Bench


def sheet(number: int) -> Image.Image:
    """A small sheet with a mark of its own, quick to read."""
    page = Image.new("RGB", (300, 420), "white")
    ImageDraw.Draw(page).rectangle((40, 40 + 40 * number, 240, 60 + 40 * number), fill="black")
    return page


def with_scanner(bench: Bench, scanner: ScriptedScanner) -> ScanPresenter:
    """The scan screen, ready for a new pile in this scanner's feeder."""
    presenter = bench.desk.screens.scan_presenter()
    bench.quiet()

    def source_of(_station: Station, _device: str) -> CaptureSource:
        return scanner

    presenter._office._open_source = source_of  # type: ignore[attr-defined]
    presenter.begin_new()
    presenter.choose_source("scripted:1")
    return presenter


def count_of_sides(bench: Bench) -> int:
    """Sides of the newest pile that are kept on the disk."""
    with bench.desk.session.station.reading() as conn:
        last = "SELECT count(*) FROM side WHERE intake_id = (SELECT max(id) FROM intake)"
        return int(conn.execute(last).fetchone()[0])


def view_of(bench: Bench) -> ScanView:
    assert bench.desk.window.shell is not None
    view = bench.desk.window.shell.made_screen("scan")
    assert isinstance(view, ScanView)
    return view


def test_after_a_jam_in_mid_pile_f5_goes_on_with_the_sheets_that_are_left(bench: Bench) -> None:
    scanner = ScriptedScanner([sheet(n) for n in range(3)], faults={1: PaperJam(device="Máy quét mẫu")})
    presenter = with_scanner(bench, scanner)
    presenter.start()
    bench.until(lambda: presenter.scanning, what="scanning began")
    bench.until(lambda: not presenter.scanning, what="the jam")
    bench.quiet()
    said = bench.desk.window.toasts.text
    assert "Máy quét mẫu" in said and "mở nắp" in said, "what happened and what to do"
    assert count_of_sides(bench) == 1, "the sheet before the jam is kept"
    presenter.start()
    bench.until(lambda: count_of_sides(bench) == 3, what="the rest of the pile")
    bench.until(lambda: not presenter.busy, what="read")
    bench.quiet()
    assert presenter._pile is not None and presenter._pile.counts.sides == 3, "one pile, nothing twice"


def die_on_the_deadly(path: Path, frame: int, options: object) -> object:
    """A reader whose recogniser crashes the process on one page, as a broken library would."""
    from ocr.side import read_side

    if path.name == os.environ["DEADLY"]:
        os.kill(os.getpid(), signal.SIGKILL)
    return read_side(path, frame, options)  # type: ignore[arg-type]


@pytest.mark.expects_log("a page could not be read")
def test_a_reader_that_crashes_costs_its_page_says_so_and_the_pile_goes_on(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    presenter = with_scanner(bench, ScriptedScanner([sheet(n) for n in range(2)]))
    monkeypatch.setattr(ocr.side, "read_side", die_on_the_deadly)
    deadly: list[str] = []
    hold = presenter._office.read_and_sort

    def knowing_the_deadly(intake_id: int, *rest: object) -> None:
        with bench.desk.session.station.reading() as conn:
            first = "SELECT original_sha256 FROM side WHERE intake_id = :id ORDER BY id"
            deadly.append(conn.execute(first, {"id": intake_id}).fetchone()[0])
        monkeypatch.setenv("DEADLY", deadly[0])
        hold(intake_id, *rest)  # type: ignore[arg-type]

    presenter._office.read_and_sort = knowing_the_deadly  # type: ignore[method-assign]
    presenter.start()
    bench.until(lambda: presenter.busy, what="scanning began")
    bench.until(lambda: not presenter.busy, what="the pile is through")
    bench.quiet()
    assert presenter._pile is not None and presenter._pile.counts.read == 2
    pile = presenter._pile
    papers = [*pile.loose, *(paper for dossier in pile.dossiers for paper in dossier.documents)]
    problems = [page.problem for paper in papers for page in paper.pages]
    assert bench.desk.language(ReaderCrashed.sentence) in problems
    assert len(problems) == 2 and problems.count(bench.desk.language(ReaderCrashed.sentence)) == 1


@dataclass
class SlowScanner(ScriptedScanner):
    """Waits with a sheet half drawn in until it is told to stop."""

    waiting: threading.Event = field(default_factory=threading.Event)

    def scan(
        self, device_id: str, settings: ScanSettings, spool: Path, should_stop: Callable[[], bool]
    ) -> Iterator[RawFile | RefusedFile]:
        for came, file in enumerate(super().scan(device_id, settings, spool, lambda: False)):
            yield file
            while came == 1 and not should_stop():
                self.waiting.set()
            if should_stop():
                return


def test_closing_in_mid_pile_asks_nothing_and_the_next_start_has_every_sheet_that_came(
    bench: Bench, open_desk: Callable[[Path], Bench], read_home: Path
) -> None:
    scanner = SlowScanner([sheet(n) for n in range(4)])
    presenter = with_scanner(bench, scanner)
    presenter.start()
    bench.until(scanner.waiting.is_set, what="two sheets came, the third is on its way")
    assert bench.desk.window.close(), "closing is not refused"
    assert not QApplication.activeModalWidget()
    again = open_desk(read_home)
    reopened = again.desk.screens.scan_presenter()
    again.until(lambda: reopened._pile is not None, what="the pile is in hand again")
    again.until(lambda: not reopened.busy, what="read")
    again.quiet()
    assert count_of_sides(again) == 2
    assert reopened._pile is not None and reopened._pile.counts.sides == 2


def test_a_place_on_the_page_and_its_value_light_each_other_up(bench: Bench) -> None:
    presenter = bench.desk.screens.scan_presenter()
    bench.until(lambda: presenter.dossier is not None, what="the pile reopens")
    bench.quiet()
    assert presenter.dossier is not None
    view = view_of(bench)
    page = view._panel.view
    bench.until(lambda: page.has_picture and bool(page._fields), what="the page with its places")
    on_page = [key for key in page._fields if isinstance(key, tuple)]
    first, *_between, last = on_page
    view.focus_pages()
    spot = page.mapFromScene(page._fields[last].rect().center())
    QTest.mouseClick(page.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    line = QApplication.focusWidget()
    assert isinstance(line, QLineEdit) and getattr(line, "key", None) == last, "the value has the cursor"
    view.focus_field(first)
    bench.rest()
    assert page._fields[first].brush().color().alpha() > 0, "its place is lit"
    assert page._fields[last].brush().color().alpha() == 0
    seen = page.mapToScene(page.viewport().rect()).boundingRect()
    assert seen.contains(page._fields[first].rect().center()), "and in sight"


def test_every_line_takes_what_an_input_method_writes(bench: Bench) -> None:
    """Telex: the letters under way stand in the line before they are its text."""
    window = bench.desk.window
    window.activateWindow()
    bench.quiet()
    written = 0
    for screen in ("scan", "verify", "dossiers", "sync", "settings"):
        window.shell.go(screen)  # type: ignore[union-attr]
        bench.quiet()
        for line in window.findChildren(QLineEdit):
            secret = line.echoMode() != QLineEdit.EchoMode.Normal
            # The line inside a box of numbers or dates takes no letters.
            numbers = isinstance(line.parentWidget(), (QAbstractSpinBox, QDateEdit))
            if secret or numbers or not line.isEnabled() or line.isReadOnly():
                continue
            assert line.testAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled), line.accessibleName()
            before = line.text()
            for preedit, commit in (("ddawj", ""), ("đặ", ""), ("", "đặng")):
                event = QInputMethodEvent(preedit, [])
                event.setCommitString(commit)
                QApplication.sendEvent(line, event)
            assert "đặng" in line.text(), line.accessibleName()
            line.setText(before)
            written += 1
    assert written >= 12
