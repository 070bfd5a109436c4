"""Bad networks and killed warehouses: every package arrives exactly once, with exactly its bytes."""

import json
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from station.core.errors import NetworkProblem
from station.core.files import sha256_of
from sync.enrolment import enrol
from sync.package import BuiltPackage
from sync.trust import WarehouseTarget
from sync.warehouse import embedded
from sync.warehouse.embedded import EmbeddedWarehouse
from tests.sync.conftest import deliver, stored_packages
from tests.sync.faulty_network import FAULTS, FaultyNetwork

pytestmark = pytest.mark.keeps_running("the warehouse of all these tests")

# A fault costs at most a try; ten times as many tries as there are kinds is far more than any package met.
TRIES = 80


def _until_delivered(file: Path, built: BuiltPackage, target: WarehouseTarget) -> None:
    """What the outbox does, without its pauses."""
    where: list[str] = []
    for _ in range(TRIES):
        try:
            receipt = deliver(
                file,
                built,
                target,
                progress=lambda _offset, url: where.append(url),
                upload_url=where[-1] if where else None,
            )
        except NetworkProblem as problem:
            assert type(problem).__name__ != "PackageRefused", problem
            continue
        assert receipt.sha256 == built.sha256
        return
    pytest.fail("never delivered")


def _through_bad_network(
    warehouse: EmbeddedWarehouse, make_package: Any, packages: int, faults: int, seed: int
) -> None:
    target = enrol(warehouse.add_station("CN-THU"))
    built_packages = []
    with FaultyNetwork(warehouse.url, faults, 0.7, seed) as network:
        sizes = random.Random(seed)
        number = 0
        while number < packages or network.left:
            number += 1
            file, built, _ = make_package(code=f"N-{seed}-{number}", size_bytes=sizes.randint(10, 2_500_000))
            _until_delivered(file, built, replace(target, url=network.url))
            built_packages.append((file, built))
        assert sum(network.met.values()) == faults
        if faults >= 60:
            assert set(network.met) == set(FAULTS)
    stored = stored_packages(warehouse)
    for file, built in built_packages:
        assert stored.pop(built.package_id).read_bytes() == file.read_bytes()
        file.unlink()


def test_every_package_arrives_once_and_whole_over_a_bad_network(
    shared_warehouse: EmbeddedWarehouse, make_package: Any
) -> None:
    _through_bad_network(shared_warehouse, make_package, packages=15, faults=60, seed=7)


@pytest.mark.slow
def test_three_hundred_packages_survive_a_thousand_faults(
    shared_warehouse: EmbeddedWarehouse, make_package: Any
) -> None:
    _through_bad_network(shared_warehouse, make_package, packages=300, faults=1000, seed=8)


@pytest.fixture
def own_warehouse(tmp_path: Path) -> Iterator[list[EmbeddedWarehouse]]:
    """A warehouse that may be killed; the list's last entry is the one running."""
    running = [embedded.start(tmp_path / "warehouse")]
    yield running
    running[-1].stop()


def _through_kills(running: list[EmbeddedWarehouse], make_package: Any, kills: int, seed: int) -> None:
    data = Path(running[-1].settings.spool).parent
    port = int(running[-1].url.rsplit(":", 1)[1])
    target = enrol(running[-1].add_station("CN-THU"))
    chance = random.Random(seed)
    built_packages = []
    for number in range(kills):
        file, built, _ = make_package(code=f"K-{seed}-{number}", size_bytes=chance.randint(1000, 6_000_000))
        built_packages.append((file, built))
        pid = running[-1].process.pid
        killer = subprocess.Popen(["sh", "-c", f"sleep {chance.uniform(0, 0.6):.3f}; kill -9 {pid}"])
        try:
            _until_killed(file, built, target)
        finally:
            killer.wait()
        running[-1].kill()
        running.append(embedded.start(data, port))
        _until_delivered(file, built, target)
    stored = stored_packages(running[-1])
    assert len(stored) == kills
    for file, built in built_packages:
        assert sha256_of(stored[built.package_id]) == built.sha256 == sha256_of(file)


def _until_killed(file: Path, built: BuiltPackage, target: WarehouseTarget) -> None:
    try:
        for _ in range(100):
            deliver(file, built, target)
    except NetworkProblem:
        return


def test_a_warehouse_killed_at_any_moment_loses_nothing(
    own_warehouse: list[EmbeddedWarehouse], make_package: Any
) -> None:
    _through_kills(own_warehouse, make_package, kills=2, seed=1)


@pytest.mark.slow
def test_a_warehouse_killed_fifty_times_loses_nothing(
    own_warehouse: list[EmbeddedWarehouse], make_package: Any
) -> None:
    _through_kills(own_warehouse, make_package, kills=50, seed=2)


def test_a_stopped_warehouse_goes_on_where_it_was(
    own_warehouse: list[EmbeddedWarehouse], make_package: Any
) -> None:
    data = Path(own_warehouse[-1].settings.spool).parent
    port = int(own_warehouse[-1].url.rsplit(":", 1)[1])
    target = enrol(own_warehouse[-1].add_station("CN-THU"))
    file, built, _ = make_package(code="R-1", size_bytes=4_000_000)
    offsets: list[tuple[int, str]] = []

    def restart_once(offset: int, url: str) -> None:
        offsets.append((offset, url))
        if len(offsets) == 1:
            own_warehouse[-1].process.send_signal(signal.SIGTERM)
            own_warehouse[-1].stop()
            own_warehouse.append(embedded.start(data, port))

    assert deliver(file, built, target, progress=restart_once).sha256 == built.sha256
    assert [offset for offset, _ in offsets] == sorted(offset for offset, _ in offsets)
    assert len({url for _, url in offsets}) == 1


SENDER = """
import json, sys
from pathlib import Path
from sync.line import Line
from sync.protocol import PackageMeta
from sync.trust import WarehouseTarget
from sync.upload import send
said = json.loads(sys.argv[1])
def tell(offset, url):
    print(url, flush=True)
send(Path(said["file"]), PackageMeta(*said["meta"]), Line(WarehouseTarget(**said["target"])),
     progress=tell, should_stop=lambda: False, limit_bytes_s=4_000_000)
"""


def test_a_station_killed_while_sending_goes_on_where_the_server_is(
    shared_warehouse: EmbeddedWarehouse, make_package: Any
) -> None:
    target = enrol(shared_warehouse.add_station("CN-THU"))
    file, built, _ = make_package(code="Z-1", size_bytes=6_000_000)
    shown = {**target.__dict__, "certificate_pins": [], "ca_file": None}
    said = {"file": str(file), "meta": [built.package_id, built.sha256, built.size_bytes], "target": shown}
    with subprocess.Popen([sys.executable, "-c", SENDER, json.dumps(said)], stdout=subprocess.PIPE) as sender:
        assert sender.stdout is not None
        url = sender.stdout.readline().decode().strip()  # the first chunk is there, the second on its way
        sender.kill()
    offsets: list[int] = []
    # Without a remembered address, too: the server knows the upload by what it was announced as.
    for known in (url, None):
        deliver(file, built, target, upload_url=known, progress=lambda offset, _url: offsets.append(offset))
    assert offsets[0] > 0
    assert stored_packages(shared_warehouse)[built.package_id].read_bytes() == file.read_bytes()
