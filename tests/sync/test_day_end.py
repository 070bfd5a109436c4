"""Day end at a station: the outbox leaves in order, whatever is in the way is said, and nothing is lost."""

import csv
import json
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest

from station.cli.sending_verbs import _round
from station.cli.session import Session
from station.core.errors import StorageProblem
from station.work import caretaking, day_list, people, sending, sticks
from station.work.day_list import ListUnwritable
from station.work.sending import AuditRewritten, OutsideWindow
from station.work.station import Station, StationBusy, at_work
from sync import outbox, secrets, stick
from sync.delivery_problems import NoConnection
from sync.protocol import new_key
from sync.trust import WarehouseTarget
from sync.warehouse.embedded import EmbeddedWarehouse
from tests.sync.conftest import stored_packages
from tests.sync.stations import at, enrolled_station, fill_up, queue, rewrite_log, small_disk, states

pytestmark = pytest.mark.keeps_running("the warehouse of all these tests")


@pytest.fixture
def enrolled(shared_warehouse: EmbeddedWarehouse, tmp_path: Path) -> tuple[Station, WarehouseTarget]:
    return enrolled_station(tmp_path / "home", shared_warehouse)


def _code(enrolled: tuple[Station, WarehouseTarget], number: int) -> str:
    return f"E-{enrolled[1].station_id[:8]}-{number}"


def test_packages_leave_in_order_and_a_refused_one_stops_alone(
    enrolled: tuple[Station, WarehouseTarget], make_package: Any
) -> None:
    station, target = enrolled
    codes = [_code(enrolled, n) for n in range(3)]
    for number, code in enumerate(codes):
        queue(station, make_package, code, branch="CN-KHAC" if number == 1 else "CN-THU")
    sent = sending.sync(station, target)
    assert (len(sent.delivered), len(sent.refused), sent.problem) == (2, 1, None)
    assert states(station) == dict(zip(codes, ("delivered", "refused", "delivered"), strict=True))
    refused = next(p for p in sending.list_outbox(station) if p.state == "refused")
    said = sending.outbox_json(refused, lambda sentence: sentence)["problem"]
    assert "another branch" in said and "Seal the dossier again" in said
    assert sending.sync(station, target) == sending.Sent()


def test_the_list_of_a_day_is_the_same_by_network_and_by_stick(
    enrolled: tuple[Station, WarehouseTarget],
    shared_warehouse: EmbeddedWarehouse,
    warehouse_command: Any,
    make_package: Any,
    tmp_path: Path,
) -> None:
    station, target = enrolled
    for number, code in enumerate(("=1+1", _code(enrolled, 1), _code(enrolled, 2))):
        queue(station, make_package, code, branch="CN-KHAC" if number == 2 else "CN-THU")
    by_stick = replace(station, home=Path(shutil.copytree(station.home, tmp_path / "by-stick")))
    today = station.clock().astimezone().date()
    sending.sync(station, target)
    sticks.export(by_stick, target, tmp_path / "stick")
    warehouse_command(shared_warehouse, "receive", str(tmp_path / "stick"), expect=3)
    sticks.take_receipts(by_stick, target, tmp_path / "stick")
    lists = [day_list.write(one, tmp_path / one.home.name / "list", today) for one in (station, by_stick)]
    by_network, from_stick = ([file.read_bytes() for file in one.files] for one in lists)
    assert by_network == from_stick and len(lists[0].rows) == 2  # the refused one was not handed over
    as_json, as_csv, sums = by_network
    assert json.loads(as_json)["packages"] == list(lists[0].rows)
    assert all(row["received_at"] and row["sha256"] for row in lists[0].rows)
    table = list(csv.DictReader(as_csv.decode("utf-8-sig").splitlines(), delimiter=";"))
    assert {row["dossier_code"] for row in table} == {"'=1+1", _code(enrolled, 1)}
    checked = subprocess.run(["sha256sum", "-c"], input=sums, cwd=station.folder("packages"), check=False)
    assert checked.returncode == 0
    assert day_list.write(station, tmp_path, today - timedelta(days=1)).rows == ()
    (tmp_path / "file").write_text("")
    with pytest.raises(ListUnwritable, match="Choose another one"):
        day_list.write(station, tmp_path / "file", today)


@dataclass
class _At(Session):
    """A command's session at a station whose clock the test holds."""

    opened: Station | None = None

    def station(self) -> Station:
        assert self.opened is not None
        return self.opened


def test_a_round_over_midnight_stands_in_the_lists_of_both_days(
    enrolled: tuple[Station, WarehouseTarget], make_package: Any, tmp_path: Path
) -> None:
    station, _ = enrolled
    for number in range(2):
        queue(station, make_package, _code(enrolled, number))
    midnight = datetime(2026, 1, 6).astimezone()

    def clock() -> datetime:
        return midnight + timedelta(minutes=10 if "delivered" in states(station).values() else -10)

    session = _At(station.home, opened=replace(station, clock=clock))
    sent = _round(session, None, lambda: False, tmp_path / "lists", at_once=True)
    assert sent.problem is None
    listed = {file.name: file.read_text() for file in (tmp_path / "lists").glob("*.sha256")}
    assert sorted(listed) == ["packages-2026-01-05.sha256", "packages-2026-01-06.sha256"]
    assert all(one in listed[name] for name, one in zip(sorted(listed), sent.delivered, strict=True))


def test_a_list_that_cannot_be_written_hides_no_delivery(
    enrolled: tuple[Station, WarehouseTarget], make_package: Any, tmp_path: Path
) -> None:
    station, _ = enrolled
    _, built = queue(station, make_package, _code(enrolled, 0))
    (tmp_path / "file").write_text("")
    session = _At(station.home, opened=station)
    sent = _round(session, None, lambda: False, tmp_path / "file", at_once=True)
    assert sent.delivered == [built.package_id] and isinstance(sent.problem, ListUnwritable)


def test_the_sending_window_holds_for_what_leaves_by_itself_and_not_for_send_now(
    enrolled: tuple[Station, WarehouseTarget], make_package: Any
) -> None:
    station, target = enrolled
    code = _code(enrolled, 0)
    queue(station, make_package, code)
    station = people.change_settings(station, {"send_from": "17:00", "send_until": "21:00"})
    local = datetime(2026, 1, 5, 16, 59).astimezone()
    with pytest.raises(OutsideWindow, match=r"17:00 to 21:00"):
        sending.sync(at(station, local), target, at_once=False)
    assert sending.window_open(station, local + timedelta(minutes=1))
    assert not sending.window_open(station, local.replace(hour=21, minute=0))
    over_night = people.change_settings(station, {"send_from": "22:00", "send_until": "05:00"})
    for hour, is_open in ((21, False), (22, True), (0, True), (4, True), (5, False)):
        assert sending.window_open(over_night, local.replace(hour=hour, minute=0)) is is_open
    assert sending.sync(at(station, local + timedelta(hours=1)), target, at_once=False).delivered
    queue(station, make_package, _code(enrolled, 1))
    assert sending.sync(at(station, local), target).delivered


def test_no_network_ends_the_round_and_the_first_package_says_why(
    enrolled: tuple[Station, WarehouseTarget], make_package: Any
) -> None:
    station, target = enrolled
    for number in range(3):
        queue(station, make_package, _code(enrolled, number))
    away = replace(target, url="http://127.0.0.1:9")
    assert isinstance(sending.sync(station, away).problem, NoConnection)
    first, *others = sending.list_outbox(station)
    assert first.tries == 1 and first.problem is not None and first.next_try_at is not None
    assert [p.tries for p in others] == [0, 0]
    # The next round by itself waits for the first one's pause and tries the others.
    assert len(sending.sync(station, target, at_once=False).delivered) == 2
    # A clock that was years ahead when the pause was set does not hold the package back for years.
    with station.transaction() as conn:
        far = station.clock() + timedelta(days=2000)
        outbox.note_problem(conn, first.package_id, NoConnection(reason="x"), far)
    assert sending.sync(station, target, at_once=False).delivered == [first.package_id]


def test_one_process_at_a_time_sends(
    enrolled: tuple[Station, WarehouseTarget], make_package: Any, tmp_path: Path
) -> None:
    station, target = enrolled
    queue(station, make_package, _code(enrolled, 0))
    with at_work(station.home, "another", "sync.lock"):
        with pytest.raises(StationBusy, match="another"):
            sending.sync(station, target)
        with pytest.raises(StationBusy):
            sticks.export(station, target, tmp_path / "stick")
    assert sending.sync(station, target).delivered


def test_a_rewritten_log_shows_at_the_next_delivery_and_stays_visible(
    enrolled: tuple[Station, WarehouseTarget], make_package: Any
) -> None:
    station, target = enrolled
    for number in range(2):
        queue(station, make_package, _code(enrolled, number))
        assert sending.sync(station, target).problem is None
    assert caretaking.check(station).problems == []
    rewrite_log(station.home)
    queue(station, make_package, _code(enrolled, 2))
    # The new package's own head is part of the new past: only the warehouse remembers the old one.
    sent = sending.sync(station, target)
    assert isinstance(sent.problem, AuditRewritten) and len(sent.delivered) == 1
    assert set(states(station).values()) == {"delivered"}
    found = [sentence for sentence, _ in caretaking.check(station).problems]
    assert sum("audit trail no longer has" in sentence for sentence in found) == 3
    queue(station, make_package, _code(enrolled, 3))
    assert sending.sync(station, target).problem is None


def test_a_receipt_nobody_signed_is_found_by_check(
    enrolled: tuple[Station, WarehouseTarget], make_package: Any
) -> None:
    station, target = enrolled
    queue(station, make_package, _code(enrolled, 0))
    sending.sync(station, target)
    with station.transaction() as conn:
        conn.execute("UPDATE package SET receipt = json_set(receipt, '$.version', 7)")
    [(sentence, _)] = caretaking.check(station).problems
    assert "not signed by the warehouse" in sentence
    with station.transaction() as conn:
        conn.execute("UPDATE package SET receipt = '{}'")
    assert caretaking.check(station).problems == [(sentence, ANY)]


def test_a_stick_brings_receipts_of_a_newer_key_and_the_reason_of_a_refusal(
    shared_warehouse: EmbeddedWarehouse,
    enrolled: tuple[Station, WarehouseTarget],
    make_package: Any,
    warehouse_command: Any,
    tmp_path: Path,
) -> None:
    station, target = enrolled
    good, bad = _code(enrolled, 0), _code(enrolled, 1)
    queue(station, make_package, good)
    queue(station, make_package, bad, branch="CN-KHAC")
    sticks.export(station, target, tmp_path / "stick")
    warehouse_command(shared_warehouse, "keys", "rotate", "receipt")
    warehouse_command(shared_warehouse, "receive", str(tmp_path / "stick"), expect=3)
    assert (
        stick.read_receipts(tmp_path / "stick", replace(target, receipt_keys={"0" * 16: new_key()[1]})) == []
    )
    taken = sticks.take_receipts(station, target, tmp_path / "stick")
    assert (len(taken.delivered), len(taken.refused)) == (1, 1)
    assert states(station) == {good: "delivered", bad: "waiting"}
    waiting = next(p for p in sending.list_outbox(station) if p.dossier_code == bad)
    assert "another branch" in (sending.outbox_json(waiting, str)["problem"] or "")
    # The newer key is kept: the receipt can be checked from now on without a network.
    assert len(secrets.known_receipt_keys(station.home) or ()) > len(target.receipt_keys)
    assert caretaking.check(station).problems == []
    assert sticks.take_receipts(station, target, tmp_path / "stick").delivered == []


def test_a_full_disk_of_the_station_costs_no_package(
    shared_warehouse: EmbeddedWarehouse, make_package: Any, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk", "12m") as disk:
        station, target = enrolled_station(disk / "home", shared_warehouse)
        queue(station, make_package, "E-FULL", size_bytes=3_000_000)
        ballast = fill_up(disk, leave_bytes=0)
        with pytest.raises(StorageProblem, match="Free some space"):
            sending.sync(station, target)
        ballast.unlink()
        sent = sending.sync(station, target)
        assert (len(sent.delivered), sent.problem) == (1, None)
        assert caretaking.check(station).problems == []


def _command(home: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "station", "--home", str(home), "--lang", "en", *arguments]


def test_watching_sends_what_waits_until_it_is_stopped(
    enrolled: tuple[Station, WarehouseTarget],
    shared_warehouse: EmbeddedWarehouse,
    make_package: Any,
    tmp_path: Path,
) -> None:
    station, _ = enrolled
    _, built = queue(station, make_package, _code(enrolled, 0))
    with (
        (tmp_path / "said").open("w") as said,
        subprocess.Popen(
            _command(station.home, "sync", "--watch", "--json", "--list", str(tmp_path / "lists")),
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
        ) as watching,
    ):
        until = time.monotonic() + 120
        while "waiting" in states(station).values() and time.monotonic() < until:
            time.sleep(0.05)
        watching.send_signal(signal.SIGTERM)
        answer, _ = watching.communicate(timeout=60)
    assert (watching.returncode, json.loads(answer)["delivered"]) == (0, [built.package_id])
    assert built.package_id in stored_packages(shared_warehouse)
    assert "1 packages delivered" in (tmp_path / "said").read_text()
    (listed,) = (tmp_path / "lists").glob("*.sha256")
    assert listed.read_text() == f"{built.sha256}  {built.package_id}.tar\n"


def test_a_timers_turn_outside_the_window_is_no_failure(
    enrolled: tuple[Station, WarehouseTarget], make_package: Any
) -> None:
    station, _ = enrolled
    queue(station, make_package, _code(enrolled, 1))
    hour = datetime.now().hour
    closed = {"send_from": f"{(hour + 2) % 24:02}:00", "send_until": f"{(hour + 3) % 24:02}:00"}
    people.change_settings(station, closed)
    turn = subprocess.run(
        _command(station.home, "sync", "--scheduled", "--json"), capture_output=True, text=True, check=False
    )
    assert (turn.returncode, json.loads(turn.stdout)["delivered"]) == (0, [])
    assert closed["send_from"] in turn.stderr
