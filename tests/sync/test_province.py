"""Several warehouse processes on one PostgreSQL and one S3 bucket, any of which may go away for a while."""

import multiprocessing
import os
import random
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from sqlalchemy import select

from station.core.errors import NetworkProblem, StationError
from station.work import caretaking as station_care
from station.work import sending
from station.work.station import Station
from sync.enrolment import enrol
from sync.trust import WarehouseTarget
from sync.upload import SendingStopped, WarehouseBusy
from sync.warehouse import caretaking, catalogue, stations
from sync.warehouse.app import WarehouseSettings, embedded_settings, open_warehouse
from sync.warehouse.embedded import EmbeddedWarehouse, start_process
from sync.warehouse.schema import package as package_table
from sync.warehouse.schema import reading, writing
from tests.sync import province
from tests.sync.conftest import deliver
from tests.sync.province import Bucket, Postgres
from tests.sync.stations import enrolled_station, queue, states

pytestmark = [
    pytest.mark.keeps_running("a province of two warehouses"),
    pytest.mark.skipif(province.postgres_programs() is None, reason="PostgreSQL is not installed"),
]


@dataclass
class Province:
    postgres: Postgres
    bucket: Bucket
    warehouses: list[EmbeddedWarehouse]
    settings: WarehouseSettings
    folder: Path

    def start_warehouse(self, port: int = 0) -> EmbeddedWarehouse:
        where = ["--database", self.settings.database_url, "--objects", self.settings.objects_url]
        number = len(self.warehouses)
        spool = self.folder / f"spool{number}"
        running = start_process(
            self.settings, [*where, "--spool", str(spool)], self.folder / f"warehouse{number}.log", port
        )
        self.warehouses.append(running)
        return running

    def kill_warehouse(self, number: int) -> None:
        """Kills a process as a power cut would, and starts another at its address."""
        self.warehouses[number].kill()
        port = int(self.warehouses[number].url.rsplit(":", 1)[1])
        self.warehouses[number] = self.start_warehouse(port)
        self.warehouses.pop()

    def enrol(self) -> WarehouseTarget:
        return enrol(self.warehouses[-1].add_station("CN-THU"))

    def stored(self, sha256: str) -> bytes:
        return (self.bucket.folder / "warehouse" / "bags" / sha256).read_bytes()


@pytest.fixture(scope="module")
def running_province(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Province]:
    folder = tmp_path_factory.mktemp("province")
    with (
        province.postgres() as postgres,
        province.bucket(folder / "s3") as bucket,
        pytest.MonkeyPatch.context() as env,
    ):
        for name, value in bucket.environment.items():
            env.setenv(name, value)
        settings = WarehouseSettings(postgres.url, bucket.url, folder / "spool")
        running = Province(postgres, bucket, [], settings, folder)
        running.start_warehouse()
        running.start_warehouse()
        try:
            yield running
        finally:
            for warehouse in running.warehouses:
                warehouse.stop()


def test_a_package_begun_at_one_process_is_finished_at_another(
    running_province: Province, make_package: Any
) -> None:
    target = running_province.enrol()
    first, second = running_province.warehouses[0].url, running_province.warehouses[1].url
    file, built, _ = make_package(code="P-1", size_bytes=5_000_000)
    seen: list[tuple[int, str]] = []
    with pytest.raises(SendingStopped):
        deliver(
            file,
            built,
            replace(target, url=first),
            progress=lambda o, u: seen.append((o, u)),
            should_stop=lambda: bool(seen),
        )
    offset, url = seen[-1]
    again: list[int] = []
    receipt = deliver(
        file,
        built,
        replace(target, url=second),
        upload_url=url.replace(first, second),
        progress=lambda o, _u: again.append(o),
    )
    assert again[0] == offset > 0
    assert running_province.stored(built.sha256) == file.read_bytes()
    # Either process gives the same receipt, and nothing of the upload is left in the bucket.
    assert deliver(file, built, replace(target, url=first)) == receipt
    assert not [
        p for p in (running_province.bucket.folder / "warehouse" / "uploads").rglob("*") if p.is_file()
    ]


def test_the_same_package_sent_to_both_at_once_is_stored_once(
    running_province: Province, make_package: Any
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    target = running_province.enrol()
    urls = [w.url for w in running_province.warehouses[:2]]
    made = [make_package(code=f"P-2-{n}", size_bytes=300_000)[:2] for n in range(4)]

    def until_delivered(file: Path, built: Any, url: str) -> Any:
        for _ in range(20):
            try:
                return deliver(file, built, replace(target, url=url))
            except NetworkProblem:
                continue
        pytest.fail("never delivered")

    with ThreadPoolExecutor(4) as pool:
        receipts = [pool.submit(until_delivered, file, built, url) for file, built in made for url in urls]
    for number in range(4):
        one, other = receipts[2 * number].result(), receipts[2 * number + 1].result()
        assert one == other


def test_a_restarted_database_and_a_missing_bucket_cost_only_time(
    running_province: Province, make_package: Any
) -> None:
    target = running_province.enrol()
    file, built, _ = make_package(code="P-3", size_bytes=3_000_000)
    running_province.bucket.stop()
    with pytest.raises(WarehouseBusy, match="tries again by itself"):
        deliver(file, built, target)
    assert not province.is_ready(target.url)
    running_province.bucket.start()

    seen: list[int] = []

    def restart_database(offset: int, _url: str) -> None:
        if not seen:
            running_province.postgres.stop("immediate")
            running_province.postgres.start()
        seen.append(offset)

    for _ in range(5):
        try:
            receipt = deliver(file, built, target, progress=restart_database)
            break
        except WarehouseBusy:
            continue
    assert receipt.sha256 == built.sha256
    assert running_province.stored(built.sha256) == file.read_bytes()


def test_text_is_found_in_postgresql_with_and_without_tone_marks(
    running_province: Province, make_package: Any
) -> None:
    target = running_province.enrol()
    file, built, _ = make_package(code="P-4")
    deliver(file, built, target)
    for words in ("can cuoc", "Căn cước", "ĐƯỜNG thử", "P-4"):
        found = httpx.get(
            f"{target.url}/v1/search",
            params={"q": words},
            headers={"Authorization": f"Bearer {target.token}"},
        ).json()
        assert built.package_id in {row["package_id"] for row in found}, words


def _send_and_end(station: Station, target: WarehouseTarget) -> None:
    """`station sync` in a process of its own; slow enough to be met on the way."""
    with suppress(StationError):
        sending.sync(station, target, limit_bytes_s=3_000_000)
    os._exit(0)


def _through_an_evening_of_kills(
    place: Province, make_package: Any, folder: Path, kills: int, seed: int
) -> None:
    """Two stations send to two warehouses; by turns one of either is killed, the database restarted, the bucket away."""
    chance, fork = random.Random(seed), multiprocessing.get_context("fork")
    offices = [enrolled_station(folder / f"office{n}", place.warehouses[n]) for n in range(2)]
    made = []
    for number in range(kills):
        for office, (station, _) in enumerate(offices):
            size_bytes = chance.randint(1000, 3_000_000)
            made.append(queue(station, make_package, f"X-{seed}-{number}-{office}", size_bytes=size_bytes))
        senders = [fork.Process(target=_send_and_end, args=office) for office in offices]
        for sender in senders:
            sender.start()
        time.sleep(chance.uniform(0, 1.2))
        if number % 10 == 0:
            place.postgres.stop("immediate")
            place.postgres.start()
        if number % 10 == 1:
            place.bucket.stop()
            time.sleep(chance.uniform(0, 1))
            place.bucket.start()
        if number % 2:
            senders[chance.randrange(2)].kill()
        else:
            place.kill_warehouse(chance.randrange(2))
        for sender in senders:
            sender.join()
            sender.close()
    for station, target in offices:
        for _ in range(20):
            if set(states(station).values()) == {"delivered"}:
                break
            sending.sync(station, target)
            time.sleep(0.5)
        assert set(states(station).values()) == {"delivered"}
        assert station_care.check(station).problems == []
    _expect_all_once(place, made)


def _expect_all_once(place: Province, made: list[tuple[Path, Any]]) -> None:
    house = open_warehouse(place.settings)
    try:
        with reading(house.engine) as conn:
            rows = conn.execute(select(package_table.c.id, package_table.c.sha256)).all()
        stored = {row.id: row.sha256 for row in rows}
        assert len(stored) == len(rows)
        for file, built in made:
            assert place.stored(stored[built.package_id]) == file.read_bytes()
        assert caretaking.check(house, True, lambda _done, _total: None).problems == []
    finally:
        house.engine.dispose()


def test_killed_stations_killed_warehouses_and_a_restarted_database_lose_nothing(
    running_province: Province, make_package: Any, tmp_path: Path
) -> None:
    _through_an_evening_of_kills(running_province, make_package, tmp_path, kills=2, seed=1)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_sixty_kills_lose_nothing(running_province: Province, make_package: Any, tmp_path: Path) -> None:
    _through_an_evening_of_kills(running_province, make_package, tmp_path, kills=60, seed=2)


def test_a_backup_moves_a_warehouse_between_databases(
    running_province: Province, make_package: Any, tmp_path: Path
) -> None:
    """From PostgreSQL and S3 to SQLite and a folder, and back into another database and bucket."""
    target = running_province.enrol()
    file, built, _ = make_package(code="P-5")
    receipt = deliver(file, built, target)
    with closing(psycopg.connect(running_province.settings.database_url, autocommit=True)) as conn:
        conn.execute("CREATE DATABASE second")
    second = replace(
        running_province.settings,
        database_url=running_province.settings.database_url.replace("/postgres?", "/second?"),
        objects_url=f"{running_province.settings.objects_url}/second",
    )
    settings = (running_province.settings, embedded_settings(tmp_path / "small"), second)
    houses = [open_warehouse(one) for one in settings]
    try:
        for number, (here, there) in enumerate(pairwise(houses)):
            said = caretaking.backup(here, tmp_path / f"backup{number}", lambda *_: None)
            caretaking.restore(there, tmp_path / f"backup{number}", lambda *_: None)
            found = caretaking.check(there, True, lambda *_: None)
            assert (found.problems, found.packages) == ([], said["packages"])
        with writing(houses[-1].engine) as conn:
            assert catalogue.find_receipt(conn, built.package_id) == receipt
            assert stations.find_caller(conn, target.token) is not None
            catalogue.note_reading(conn, "2026-01-05", "somebody", "CN-THU", "search")
    finally:
        for house in houses:
            house.engine.dispose()
