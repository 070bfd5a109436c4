"""Uploads under way: what is half there goes when its time is over, and of two requests for one place one wins."""

import io
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sync.protocol import new_key
from sync.warehouse import caretaking, stations, uploads
from sync.warehouse.app import embedded_settings, open_warehouse
from sync.warehouse.schema import writing
from sync.warehouse.stations import Caller
from sync.warehouse.uploads import Announcement, OffsetConflict, UploadUnknown, Warehouse

NOW = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
SAID = Announcement("00000000-0000-4000-8000-000000000001", "0" * 64, "signature", 30_000)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Warehouse]:
    warehouse = open_warehouse(embedded_settings(tmp_path / "w"))
    yield replace(warehouse, now=lambda: NOW)
    warehouse.engine.dispose()


@pytest.fixture
def caller(house: Warehouse) -> Caller:
    with writing(house.engine) as conn:
        new = stations.add_station(conn, "CN-THU", "station", NOW)
        station_id, branch, _ = stations.enrol_station(conn, new.code, new_key()[1], NOW)
    return Caller("station", branch, station_id, "station")


def _parts(house: Warehouse) -> list[str]:
    return list(house.objects.list("uploads/"))


def test_a_half_arrived_upload_goes_after_two_weeks_without_a_byte(house: Warehouse, caller: Caller) -> None:
    upload = uploads.announce(house, caller, SAID)
    uploads.append(house, upload, 0, None, io.BytesIO(b"x" * 10_000), 10_000)
    for days, parts, gone in ((13, 1, 0), (14, 0, 1)):
        later = replace(house, now=lambda days=days: NOW + timedelta(days=days))
        assert caretaking.clean(later) == gone
        assert len(_parts(house)) == parts
    with pytest.raises(UploadUnknown):
        uploads.get_upload(house, caller, upload.upload_id)
    # Announced again it begins anew, and every byte that arrives gives it two weeks more.
    again = uploads.announce(house, caller, SAID)
    assert (again.upload_id != upload.upload_id, again.offset_bytes) == (True, 0)
    thirteen = replace(house, now=lambda: NOW + timedelta(days=13))
    uploads.append(thirteen, again, 0, None, io.BytesIO(b"x"), 1)
    assert caretaking.clean(replace(house, now=lambda: NOW + timedelta(days=26))) == 0


def test_of_many_requests_for_one_place_one_wins_and_no_bytes_are_mixed(
    house: Warehouse, caller: Caller
) -> None:
    upload = uploads.announce(house, caller, SAID)
    results: list[int | OffsetConflict] = []

    def send(letter: bytes) -> None:
        try:
            results.append(uploads.append(house, upload, 0, None, io.BytesIO(letter * 9_000), 9_000))
        except OffsetConflict as conflict:
            results.append(conflict)

    threads = [threading.Thread(target=send, args=(letter,)) for letter in (b"a", b"b", b"c", b"d")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [r for r in results if isinstance(r, int)] == [9_000]
    assert [r.offset_bytes for r in results if isinstance(r, OffsetConflict)] == [9_000] * 3
    [key] = _parts(house)
    assert len(set(b"".join(house.objects.read(key)))) == 1


def test_the_newest_request_takes_over_from_a_dead_connection(house: Warehouse, caller: Caller) -> None:
    upload = uploads.announce(house, caller, SAID)
    dead = uploads.take_lease(house, upload, 0)
    alive = uploads.take_lease(house, upload, 0)
    assert uploads.append(house, upload, 0, alive, io.BytesIO(b"x" * 5), 5) == 5
    with pytest.raises(OffsetConflict):
        uploads.append(house, upload, 0, dead, io.BytesIO(b"y" * 5), 5)
    assert len(_parts(house)) == 1
