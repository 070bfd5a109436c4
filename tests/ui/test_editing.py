"""Putting pages right on the scan screen: every change is undone by one key and survives a restart."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from station.ui.scan.presenter import ScanPresenter
from station.ui.scan.view import ScanView
from station.ui.shown import PageShown
from station.ui.widgets.chooser import Chooser
from tests.ui.office import Bench


def opened(bench: Bench) -> ScanPresenter:
    presenter = bench.desk.screens.scan_presenter()
    bench.until(lambda: presenter.dossier is not None, what="the pile reopens")
    bench.quiet()
    return presenter


def shape(presenter: ScanPresenter) -> list[int]:
    """How many pages each document of the dossier in hand has."""
    assert presenter.dossier is not None
    return [len(d.pages) for d in presenter.dossier.documents]


def strip_of(bench: Bench) -> ScanView:
    assert bench.desk.window.shell is not None
    view = bench.desk.window.shell.made_screen("scan")
    assert isinstance(view, ScanView)
    return view


def test_a_page_taken_out_by_its_key_comes_back_by_undo(bench: Bench) -> None:
    presenter = opened(bench)
    before = shape(presenter)
    strip = strip_of(bench).page_widgets()[0]
    strip.setFocus()
    QTest.keyClick(strip, Qt.Key.Key_Delete)
    bench.quiet()
    assert sum(shape(presenter)) == sum(before) - 1
    QTest.keyClick(strip, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    bench.quiet()
    assert shape(presenter) == before
    QTest.keyClick(strip, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    bench.quiet()
    assert sum(shape(presenter)) == sum(before) - 1


def test_an_order_made_by_hand_is_not_grouped_anew_after_a_restart(
    open_desk: Callable[[Path], Bench], read_home: Path
) -> None:
    bench = open_desk(read_home)
    presenter = opened(bench)
    QTest.keyClick(strip_of(bench).page_widgets()[0], Qt.Key.Key_Delete)
    bench.quiet()
    left = shape(presenter)
    bench.desk.window.close()
    again = opened(open_desk(read_home))
    assert shape(again) == left


def test_a_page_without_colour_says_so_until_a_reason_is_given(bench: Bench) -> None:
    presenter = opened(bench)
    view = strip_of(bench)

    def first() -> PageShown:
        assert presenter.dossier is not None
        return presenter.dossier.documents[0].pages[0]

    said = bench.desk.language(
        "This page is not in colour, and the law asks for colour. Scan it again in colour, or give a reason."
    )
    assert said in first().problem
    QTest.keyClick(view.page_widgets()[0], Qt.Key.Key_E, Qt.KeyboardModifier.ShiftModifier)
    assert len(bench.desk.window.findChildren(Chooser)) == 1
    QTest.keyClicks(bench.desk.window.focusWidget(), "so 12")
    QTest.keyClick(bench.desk.window.focusWidget(), Qt.Key.Key_Return)
    bench.until(lambda: first().excuse != "", what="the reason is kept")
    assert first().problem == ""
    assert first().excuse == bench.desk.language("The paper was handed in as this file.") + " so 12"
    presenter.explain([first()], "")
    bench.until(lambda: first().problem == said, what="the reason is taken back")


def test_letters_typed_into_a_field_turn_no_page(bench: Bench) -> None:
    presenter = opened(bench)
    before = presenter.dossier
    assert before is not None
    strip_of(bench).focus_field(before.fields[0].key)
    bench.rest()
    focus = bench.desk.window.focusWidget()
    QTest.keyClicks(focus, "rsbdmt")
    bench.quiet()
    assert presenter.dossier is not None
    assert [d.pages for d in presenter.dossier.documents] == [d.pages for d in before.documents]


def test_a_value_accepted_beside_the_page_is_taken_back_and_given_again_by_the_keys_of_every_change(
    bench: Bench,
) -> None:
    presenter = opened(bench)
    [first, *_others] = doubts = presenter.doubts()
    strip_of(bench).focus_field(first.key)
    bench.rest()
    QTest.keyClick(bench.desk.window.focusWidget(), Qt.Key.Key_Return)
    bench.quiet()
    assert len(presenter.doubts()) == len(doubts) - 1
    for key, left in ((Qt.Key.Key_Z, len(doubts)), (Qt.Key.Key_Y, len(doubts) - 1)):
        QTest.keyClick(bench.desk.window.focusWidget(), key, Qt.KeyboardModifier.ControlModifier)
        bench.quiet()
        assert len(presenter.doubts()) == left
