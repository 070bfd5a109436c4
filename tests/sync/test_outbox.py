import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from station.core.errors import N_, NetworkProblem
from station.work import sending
from station.work.station import open_station
from sync import outbox
from sync.outbox import NewPackage

NOW = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)


@pytest.fixture
def conn() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.row_factory = sqlite3.Row  # as the store gives it
    connection.executescript(outbox.OUTBOX_DDL)
    yield connection
    connection.close()


def _package(number: int, version: int = 1) -> NewPackage:
    return NewPackage(
        f"p{number}",
        number,
        f"H-{number}",
        "CN-THU",
        "intake",
        version,
        "0" * 64,
        1000,
        NOW - timedelta(minutes=number),
    )


def test_the_oldest_package_leaves_first(conn: sqlite3.Connection) -> None:
    for number in (1, 3, 2):
        outbox.put(conn, _package(number))
    assert [p.package_id for p in outbox.list_waiting(conn, NOW)] == ["p3", "p2", "p1"]


def test_queueing_a_package_twice_keeps_it_once(conn: sqlite3.Connection) -> None:
    outbox.put(conn, _package(1))
    outbox.put(conn, _package(1))
    assert len(outbox.list_all(conn)) == 1


def test_two_packages_cannot_be_the_same_version_of_a_dossier(conn: sqlite3.Connection) -> None:
    outbox.put(conn, _package(1))
    with pytest.raises(sqlite3.IntegrityError):
        outbox.put(conn, NewPackage(**{**_package(1).__dict__, "package_id": "other"}))
    assert outbox.next_version(conn, "CN-THU", "H-1", "intake") == 2
    assert outbox.next_version(conn, "CN-THU", "H-1", "result") == 1


def test_a_failed_try_waits_longer_each_time_and_never_gives_up(conn: sqlite3.Connection) -> None:
    outbox.put(conn, _package(1))
    sentence = N_("No network.")
    pauses = [
        (outbox.note_problem(conn, "p1", NetworkProblem(sentence), NOW) - NOW).total_seconds()
        for _ in range(200)
    ]
    assert 15 <= pauses[0] <= 30
    assert all(1800 <= pause <= 3600 for pause in pauses[10:])
    assert outbox.list_waiting(conn, NOW) == []
    waiting = outbox.list_waiting(conn, NOW + timedelta(hours=1))
    assert waiting[0].tries == 200
    assert waiting[0].problem is not None and waiting[0].problem.sentence == sentence


def test_send_now_does_not_wait_for_the_next_try(conn: sqlite3.Connection) -> None:
    outbox.put(conn, _package(1))
    outbox.note_problem(conn, "p1", NetworkProblem(N_("No network.")), NOW)
    assert outbox.retry(conn) == 1
    assert len(outbox.list_waiting(conn, NOW)) == 1


def test_a_refused_package_stops_alone_until_a_person_wakes_it(conn: sqlite3.Connection) -> None:
    outbox.put(conn, _package(1))
    outbox.put(conn, _package(2))
    outbox.refuse(conn, "p2", NetworkProblem(N_("Refused {why}."), why="x"))
    assert [p.package_id for p in outbox.list_waiting(conn, NOW)] == ["p1"]
    assert outbox.retry(conn) == 1  # all that wait: the refused one is not woken by that
    assert outbox.get(conn, "p2").state == "refused"
    assert outbox.retry(conn, "p2") == 1
    assert len(outbox.list_waiting(conn, NOW)) == 2


def test_a_delivered_package_keeps_its_receipt_and_is_never_waiting_again(conn: sqlite3.Connection) -> None:
    outbox.put(conn, _package(1))
    outbox.note_offset(conn, "p1", 500, "http://127.0.0.1/files/1")
    assert outbox.get(conn, "p1").offset_bytes == 500
    assert outbox.deliver(conn, "p1", {"package_id": "p1"}, NOW)
    assert not outbox.deliver(conn, "p1", {"package_id": "other"}, NOW)
    outbox.note_problem(conn, "p1", NetworkProblem(N_("No network.")), NOW)
    outbox.refuse(conn, "p1", NetworkProblem(N_("No network.")))
    package = outbox.get(conn, "p1")
    assert (package.state, package.receipt, package.offset_bytes) == ("delivered", {"package_id": "p1"}, 1000)
    assert outbox.retry(conn, "p1") == 0
    assert outbox.count_by_state(conn) == {"waiting": 0, "delivered": 1, "refused": 0}


def test_the_outbox_never_commits(conn: sqlite3.Connection) -> None:
    conn.execute("BEGIN")
    outbox.put(conn, _package(1))
    outbox.deliver(conn, "p1", {}, NOW)
    assert conn.in_transaction
    conn.rollback()
    assert outbox.list_all(conn) == []


def test_send_now_lets_all_go_again_those_that_were_refused_too(tmp_path: Path) -> None:
    station = open_station(tmp_path / "home")
    with station.transaction() as conn:
        for number in (1, 2):
            outbox.put(conn, _package(number))
        outbox.refuse(conn, "p2", NetworkProblem(N_("Refused {why}."), why="x"))
    assert sending.send_now(station) == 2
    assert {p.state for p in sending.list_outbox(station)} == {"waiting"}
