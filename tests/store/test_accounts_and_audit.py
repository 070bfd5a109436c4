"""Who may act, and the trail of what was done."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from station.core.settings import Settings
from station.store import accounts, audit, database
from station.store.accounts import Right, RightMissing, SignInRefused
from station.work.station import AccountResting, open_station, sign_in

AT = "2026-03-02T01:00:00+00:00"


def test_the_first_verb_on_an_empty_folder_makes_one_administrator_without_a_password(tmp_path: Path) -> None:
    station = open_station(tmp_path / "home")
    assert station.actor.role == "admin"
    assert not station.actor.has_password
    with station.reading() as conn:
        assert [a.name for a in accounts.list_all(conn)] == ["admin"]


def test_an_operator_may_scan_but_not_import_nor_administer(tmp_path: Path) -> None:
    station = open_station(tmp_path)
    with station.transaction() as conn:
        operator = accounts.add(conn, "Lan", "operator", "mat khau dai", None, AT)
    operator.require(Right.SCAN)
    for right in (Right.IMPORT, Right.CARE, Right.ADMINISTER):
        with pytest.raises(RightMissing):
            operator.require(right)


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(tmp_path: Path) -> None:
    station = open_station(tmp_path)
    with station.transaction() as conn:
        accounts.add(conn, "Lan", "operator", "mat khau dai", None, AT)
    answers = set()
    for name, password in (("Lan", "khac han"), ("Khong", "mat khau dai")):
        with pytest.raises(SignInRefused) as refused:
            sign_in(tmp_path, Settings(), name, password)
        answers.add(refused.value.text())
    assert len(answers) == 1
    assert sign_in(tmp_path, Settings(), "Lan", "mat khau dai").actor.name == "Lan"


def test_five_wrong_passwords_let_the_account_rest_for_five_minutes(tmp_path: Path) -> None:
    station = open_station(tmp_path)
    with station.transaction() as conn:
        accounts.add(conn, "Lan", "operator", "mat khau dai", None, AT)
    now = datetime(2026, 3, 2, 1, tzinfo=UTC)
    for _ in range(5):
        with pytest.raises(SignInRefused):
            sign_in(tmp_path, Settings(), "Lan", "sai", lambda: now)
    with pytest.raises(AccountResting):
        sign_in(tmp_path, Settings(), "Lan", "mat khau dai", lambda: now)
    later = now + timedelta(minutes=6)
    assert sign_in(tmp_path, Settings(), "Lan", "mat khau dai", lambda: later).actor.name == "Lan"


def test_the_audit_trail_can_neither_be_changed_nor_cut(tmp_path: Path) -> None:
    station = open_station(tmp_path)
    with closing(database.connect(tmp_path / "station.db")) as conn:
        audit.record(conn, AT, "Lan", "scan", "intake:1", sides=3)
        for statement in ("UPDATE audit SET actor = 'khac'", "DELETE FROM audit"):
            with pytest.raises(sqlite3.IntegrityError):
                conn.execute(statement)
    assert station.actor.name == "admin"


def test_a_row_rewritten_behind_the_triggers_breaks_the_chain_where_it_was(tmp_path: Path) -> None:
    open_station(tmp_path)
    with closing(database.connect(tmp_path / "station.db")) as conn:
        for number in range(3):
            audit.record(conn, AT, "Lan", "scan", f"intake:{number}")
        assert audit.first_broken(conn) is None
        conn.execute("DROP TRIGGER audit_never_changes")
        conn.execute("UPDATE audit SET subject = 'intake:9' WHERE subject = 'intake:1'")
        broken = audit.first_broken(conn)
        assert broken == conn.execute("SELECT id FROM audit WHERE subject = 'intake:9'").fetchone()[0]
