"""From a pile of paper to a sealed dossier: every key is counted."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from station.ui.scan.presenter import ScanPresenter
from station.work import sending
from tests.ui.office import CODE, LETTER, RECEIPT, Bench, fill_folder, make_home

Key, Modifier = Qt.Key, Qt.KeyboardModifier


class Keys(QObject):
    """Presses keys where the cursor is and counts them."""

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self.bench = bench
        self.count = 0

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Modifier.NoModifier) -> None:
        self.count += 1
        target: QWidget = QApplication.focusWidget() or self.bench.desk.window
        QTest.keyClick(target, key, modifier)
        self.bench.rest(0.05)


def presenter_of(bench: Bench) -> ScanPresenter:
    return bench.desk.screens.scan_presenter()


def office_with_folder(open_desk: Callable[[Path], Bench], tmp_path: Path, papers: Path) -> Bench:
    """A window whose one source is a folder that a copier has filled."""
    home = tmp_path / "home"
    make_home(home)
    bench = open_desk(home)
    bench.desk.session.change_settings({"watched_folders": str(papers)})
    presenter = presenter_of(bench)
    bench.quiet()
    presenter.find_sources()
    bench.quiet()
    folder = f"folder:{papers}"
    presenter.choose_source(folder)
    return bench


def scan_to_the_end(bench: Bench, keys: Keys, counted: tuple[Qt.Key, ...] = ()) -> None:
    presenter = presenter_of(bench)
    keys.press(Key.Key_F5)
    for key in counted:
        keys.press(key)
    bench.until(lambda: presenter.scanning, what="scanning began")
    bench.until(lambda: not presenter.busy and presenter.dossier is not None, what="the pile is read")
    bench.quiet()


@dataclass(frozen=True)
class Script:
    """A dossier and the keys it may cost from the pile in the feeder to the package in the outbox."""

    name: str
    budget: int
    #: What the office's policy says.
    settings: tuple[tuple[str, str], ...] = ()
    #: Keys before the scan.
    before: tuple[Qt.Key, ...] = ()
    #: Keys between F5 and the running scanner, when the office counts beforehand.
    counted: tuple[Qt.Key, ...] = ()
    #: A line on the receipt that names a number of sheets, and the keys that answer it.
    receipt_line: str = ""
    answered: tuple[Qt.Key, ...] = ()


SCRIPTS = (
    Script("clean", 3),
    Script("the signed result", 4, before=(Key.Key_F7,)),
    Script(
        "counted beforehand",
        5,
        settings=(("count_before_scan", "true"),),
        counted=(Key.Key_1, Key.Key_Return),
    ),
    Script(
        "fewer than the receipt says", 5, receipt_line="Tổng số tờ: 4", answered=(Key.Key_1, Key.Key_Return)
    ),
    Script("as many as the receipt says", 3, receipt_line="Tổng số tờ: 1"),
)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda s: s.name)
def test_a_dossier_takes_no_more_keys_than_its_budget(
    open_desk: Callable[[Path], Bench], tmp_path: Path, script: Script
) -> None:
    lines = [*RECEIPT, script.receipt_line] if script.receipt_line else RECEIPT
    papers = fill_folder(tmp_path / "copier", (lines, CODE))
    bench = office_with_folder(open_desk, tmp_path, papers)
    bench.desk.session.change_settings(dict(script.settings))
    presenter, keys = presenter_of(bench), Keys(bench)
    for key in script.before:
        keys.press(key)
    scan_to_the_end(bench, keys, script.counted)
    dossier = presenter.dossier
    assert dossier is not None and dossier.code == CODE and dossier.counts.sheets == 1
    assert dossier.stage == ("result" if script.before else "intake")
    keys.press(Key.Key_Return)
    bench.quiet()
    if script.answered:
        assert not presenter.dossier.ready, "a number that differs stops"  # type: ignore[union-attr]
        for key in script.answered:
            keys.press(key)
    bench.until(lambda: bool(presenter.dossier and presenter.dossier.ready), what="ready")
    bench.quiet()
    keys.press(Key.Key_Return, Modifier.ControlModifier)
    bench.until(
        lambda: len(sending.list_outbox(bench.desk.session.station)) == 1, what="a package in the outbox"
    )
    bench.quiet()
    assert keys.count <= script.budget
    assert list(papers.glob("*.jpg")) == [], "the folder's files moved away after they were durable"


def test_each_doubtful_field_costs_one_key(bench: Bench) -> None:
    presenter = presenter_of(bench)
    bench.until(lambda: presenter.dossier is not None, what="the dossier of last time")
    bench.quiet()
    doubts = len(presenter.doubts())
    assert doubts >= 1, "an ID number of the letter needs a person"
    keys = Keys(bench)
    bench.desk.window.shell.go("scan")  # type: ignore[union-attr]
    bench.desk.window.activateWindow()
    keys.press(Key.Key_Return)
    for left in range(doubts, 0, -1):
        bench.until(lambda n=left: len(presenter.doubts()) == n)  # type: ignore[misc]
        keys.press(Key.Key_Return)
        bench.until(lambda n=left: len(presenter.doubts()) == n - 1, what="one doubt less")  # type: ignore[misc]
        bench.quiet()
    keys.press(Key.Key_Return)
    bench.until(lambda: bool(presenter.dossier and presenter.dossier.ready), what="ready")
    assert keys.count == doubts + 2


@pytest.mark.parametrize(("typed", "ready"), [(2, True), (3, False)])
def test_a_count_that_differs_from_the_receipt_stops_until_the_paper_is_counted(
    bench: Bench, typed: int, ready: bool
) -> None:
    station = bench.desk.session.station
    with station.transaction() as conn:
        conn.execute("UPDATE intake SET sheets_expected = 5")
    presenter = presenter_of(bench)
    bench.until(lambda: presenter.dossier is not None)
    bench.quiet()
    for field in presenter.doubts():
        presenter.accept_field(field.key, field.value)
        bench.quiet()
    presenter.refresh()
    bench.quiet()
    presenter.confirm()
    bench.quiet()
    assert presenter.dossier is not None and not presenter.dossier.ready
    assert "5" in bench.desk.window.toasts.text
    presenter.type_sheets(typed)
    bench.quiet()
    assert presenter.dossier.ready is ready


def test_f5_after_stop_reads_on_though_the_feeder_is_empty(
    open_desk: Callable[[Path], Bench], tmp_path: Path
) -> None:
    papers = fill_folder(tmp_path / "copier", (RECEIPT, CODE), (LETTER, ""))
    bench = office_with_folder(open_desk, tmp_path, papers)
    presenter = presenter_of(bench)
    presenter.start()
    bench.until(lambda: presenter.busy and not presenter.scanning, what="both sides came, reading goes on")
    presenter.stop()
    presenter.start()
    bench.until(lambda: not presenter.busy and presenter.dossier is not None, what="read to the end")
    assert presenter.dossier.code == CODE  # type: ignore[union-attr]
    bench.quiet()


def test_the_last_pile_is_there_again_after_a_restart(
    open_desk: Callable[[Path], Bench], read_home: Path
) -> None:
    bench = open_desk(read_home)
    bench.until(lambda: presenter_of(bench).dossier is not None, what="the pile reopens")
    bench.quiet()
    assert presenter_of(bench).dossier.code == CODE  # type: ignore[union-attr]


def test_closing_while_reading_asks_nothing_and_loses_nothing(
    open_desk: Callable[[Path], Bench], tmp_path: Path
) -> None:
    papers = fill_folder(tmp_path / "copier", (RECEIPT, CODE), (LETTER, ""))
    bench = office_with_folder(open_desk, tmp_path, papers)
    keys = Keys(bench)
    keys.press(Key.Key_F5)
    station = bench.desk.session.station

    def sides() -> int:
        with station.reading() as conn:
            return int(conn.execute("SELECT count(*) FROM side").fetchone()[0])

    bench.until(lambda: sides() == 2, what="both sides are taken in")
    assert bench.desk.window.close(), "closing is not refused and asks nothing"
    assert not QApplication.activeModalWidget()
    assert sides() == 2
