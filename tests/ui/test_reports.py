"""The reports screen: a number opens its list by keyboard, and an operator sees their own work alone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton

from station.store import audit, dossiers
from station.ui.reports.view import ReportsView
from station.ui.widgets.rows import Table
from station.ui.widgets.sign_in import SignIn
from station.work import people
from tests.ui.office import CODE, PASSWORD, Bench, make_home

RECEIVED, DIGITISED, MISSING = 1, 2, 3  # columns of the table of rates


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """One record, nothing of it digitised; the administrator and an operator have each pressed some keys."""
    station = make_home(tmp_path / "home")
    people.add_account(station, "binh", "operator", PASSWORD)
    with station.transaction() as conn:
        for name, keys in (("admin", 5), ("binh", 7)):
            audit.record(conn, "2026-03-18T03:00:00.000+00:00", name, "verify", "dossier:1")
            dossiers.add_measure(conn, None, "verifying", name, "2026-03-18T03:00:00.000+00:00", 0.0, keys)
    return station.home


def _screen(bench: Bench) -> ReportsView:
    bench.quiet()
    bench.desk.window.centralWidget().go("reports")  # type: ignore[union-attr]
    bench.quiet()
    view = next(v for v in bench.desk.window.findChildren(ReportsView) if v.isVisible())
    # The record names no status, without which the official rule counts nothing.
    for kind, choice in (("official", "strict"), ("quarter", "all")):
        box = next(b for b in view.findChildren(QComboBox) if b.findData(kind) >= 0)
        box.setCurrentIndex(box.findData(choice))
        box.activated.emit(box.currentIndex())
        bench.quiet()
    return view


def _table(view: ReportsView) -> Table:
    return next(table for table in view.findChildren(Table) if table.isVisible())


def _rows(table: Table) -> list[Any]:
    return [table.rows.row(number) for number in range(table.rows.rowCount())]


def _press_enter_on(bench: Bench, table: Table, row: int, column: int) -> None:
    table.setCurrentIndex(table.rows.index(row, column))
    QTest.keyClick(table, Qt.Key.Key_Return)
    bench.quiet()


@pytest.mark.parametrize(("column", "listed"), [(RECEIVED, [CODE]), (DIGITISED, []), (MISSING, [CODE])])
def test_enter_on_a_number_opens_the_dossiers_behind_it(
    open_desk: Callable[[Path], Bench], home: Path, column: int, listed: list[str]
) -> None:
    bench = open_desk(home)
    view = _screen(bench)
    table = _table(view)
    number = (_rows(table)[0].received, _rows(table)[0].digitised, _rows(table)[0].missing)[column - 1]
    _press_enter_on(bench, table, 0, column)
    behind = _table(view)
    assert behind is not table and [row.code for row in _rows(behind)] == listed and number == len(listed)
    if listed:
        row = _rows(behind)[0]
        assert row.applicant_name == "Đặng Thị Bịa" and row.age_days > 0 and "quét" in row.state
    back = next(b for b in view.findChildren(QPushButton) if b.isVisible() and b.text() == "Về bảng tỷ lệ")
    back.click()
    bench.quiet()
    assert _table(view) is table


def test_an_operator_sees_one_page_with_their_own_line(
    open_desk: Callable[[Path], Bench], home: Path
) -> None:
    bench = open_desk(home)
    view = _screen(bench)
    next(tab for tab in view.findChildren(QPushButton) if tab.text() == "Người dùng").click()
    bench.quiet()
    assert {(row.name, row.keys) for row in _rows(_table(view))} == {("admin", 5), ("binh", 7)}

    bench.desk.sign_out()
    bench.quiet()
    card = bench.desk.window.centralWidget()
    assert isinstance(card, SignIn)
    card.submitted.emit("binh", PASSWORD)
    bench.until(lambda: bench.desk.session.signed_in, what="signed in")
    view = _screen(bench)
    assert [(row.name, row.keys) for row in _rows(_table(view))] == [("binh", 7)]
    tabs = [t.text() for t in view.findChildren(QPushButton) if t.isCheckable() and t.isVisible()]
    assert tabs == ["Người dùng"]
    assert not any("admin" in label.text() for label in view.findChildren(QLabel) if label.isVisible())


def test_what_is_doubtful_or_waits_today_opens_the_screen_that_lists_it(
    open_desk: Callable[[Path], Bench], home: Path
) -> None:
    bench = open_desk(home)
    for words, name in (("doubtful, to verify", "verify"), ("waiting to be sent", "sync")):
        view = _screen(bench)
        text = bench.desk.language(words)
        next(button for button in view.findChildren(QPushButton) if button.text() == text).click()
        bench.quiet()
        assert bench.desk.window.shell is not None
        assert bench.desk.window.shell.current == name
