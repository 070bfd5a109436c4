"""Figures of day end: upload beside `curl` to the same server, listing a long outbox, a province's evening.

Run: pytest tests/benchmarks/bench_sync.py -s        (-m "not slow" leaves the evening out)
"""

import json
import os
import resource
import shutil
import sqlite3
import statistics
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx
import pytest

from station.core.errors import NetworkProblem
from sync import outbox
from sync.enrolment import enrol
from sync.line import Line
from sync.outbox import NewPackage
from sync.package import BuiltPackage
from sync.protocol import package_signed_bytes, sign, upload_metadata
from sync.trust import WarehouseTarget, pin_of
from sync.warehouse.app import WarehouseSettings, embedded_settings
from sync.warehouse.embedded import EmbeddedWarehouse, start_process
from tests.sync import province
from tests.sync.certificates import make_certificate
from tests.sync.conftest import deliver, make_package

__all__ = ["make_package"]  # the fixture

pytestmark = [pytest.mark.benchmark_, pytest.mark.keeps_running("warehouses")]

UPLOAD_BYTES = 64 << 20
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "11"))


@dataclass
class Served:
    """A running warehouse; `certificate` is what curl and the station's pin know it by, None without TLS."""

    warehouse: EmbeddedWarehouse
    certificate: Path | None

    def enrol(self) -> WarehouseTarget:
        invitation = self.warehouse.add_station("CN-THU")
        if self.certificate is not None:
            invitation = replace(invitation, certificate_pins=(pin_of(self.certificate.read_bytes()),))
        return enrol(invitation)


@pytest.fixture(scope="module", params=["http", "https"])
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("warehouse")
    where, cert = ["--data", str(folder / "w")], None
    if request.param == "https":
        cert, key = make_certificate(folder, "warehouse", (-2, 30))
        where += ["--cert", str(cert), "--key", str(key)]
    with start_process(embedded_settings(folder / "w"), where, folder / "log") as running:
        yield Served(running, cert)


def _curl(file: Path, built: BuiltPackage, target: WarehouseTarget, certificate: Path | None) -> None:
    """The same bytes as plainly as the warehouse takes them: one process, one connection, one POST, and the receipt."""
    signature = sign(
        target.station_key, package_signed_bytes(target.station_id, built.package_id, built.sha256)
    )
    metadata = upload_metadata(
        {"package_id": built.package_id, "sha256": built.sha256, "signature": signature}
    )
    common = ["-sSf", "-o", "/dev/null", "-H", "Tus-Resumable: 1.0.0"]
    common += ["-H", f"Authorization: Bearer {target.token}", "-H", "Expect:"]
    if certificate is not None:
        common += ["--cacert", str(certificate)]
    announced = [
        "-X",
        "POST",
        "-H",
        f"Upload-Length: {built.size_bytes}",
        "-H",
        f"Upload-Metadata: {metadata}",
    ]
    sent = [
        "-H",
        "Content-Type: application/offset+octet-stream",
        "-T",
        str(file),
        f"{target.url}/v1/uploads",
    ]
    receipt = f"{target.url}/v1/packages/{built.package_id}/receipt"
    subprocess.run(["curl", *common, *announced, *sent, "--next", *common, receipt], check=True)


def test_upload_is_as_fast_as_curl(served: Served, make_package: Any) -> None:
    """Both by turns; each round's pair gives a ratio, so that a neighbour's work weighs on both alike.

    curl sends one request and reckons no checksum; the station sends in chunks it can go on from, reckons each one's and
    asks for each one's answer. Its line stays open over the rounds, as over the packages of an evening.
    """
    target = served.enrol()
    near = Line(target)
    ways: dict[str, Callable[[Path, BuiltPackage, WarehouseTarget], object]] = {
        "station": lambda *said: deliver(*said, line=near),
        "curl": lambda *said: _curl(*said, served.certificate),
    }
    rounds: list[dict[str, Took]] = []
    for number in range(ROUNDS + 1):
        took: dict[str, Took] = {}
        for name in sorted(ways, reverse=number % 2 == 0):
            file, built, _ = make_package(code=f"{name}-{number}", size_bytes=UPLOAD_BYTES)
            os.sync()
            took[name] = _measured(served, lambda n=name, f=file, b=built: ways[n](f, b, target))
            shutil.rmtree(file.parent)
        rounds.append(took)
    near.client.close()
    measured = rounds[1:]  # the first round warms both up
    figures: dict[str, Any] = {"over": urlsplit(target.url).scheme, "package_mb": built.size_bytes >> 20}
    for name in ways:
        figures[f"{name}_s"] = round(statistics.median(r[name].wall_s for r in measured), 2)
        figures[f"{name}_cpu_s"] = round(statistics.median(r[name].cpu_s for r in measured), 2)
    ratio = statistics.median(r["curl"].wall_s / r["station"].wall_s for r in measured)
    cpu_ratio = statistics.median(r["curl"].cpu_s / r["station"].cpu_s for r in measured)
    figures |= {"pairs": len(measured), "ratio": round(ratio, 2), "cpu_ratio": round(cpu_ratio, 2)}
    print("\n" + json.dumps(figures))
    assert figures["ratio"] >= 0.9


class Took(NamedTuple):
    """Seconds one delivery took, and processor seconds at both ends together."""

    wall_s: float
    cpu_s: float


def _measured(served: Served, deliver_it: Callable[[], object]) -> Took:
    def used_s() -> float:
        own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        ours_s = own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
        return ours_s + _cpu_s(served.warehouse)

    cpu_begun_s, begun_s = used_s(), time.perf_counter()
    deliver_it()
    return Took(time.perf_counter() - begun_s, used_s() - cpu_begun_s)


def test_ten_thousand_queued_packages_list_at_once(tmp_path: Path) -> None:
    conn = sqlite3.connect(tmp_path / "station.db")
    conn.executescript(outbox.OUTBOX_DDL)
    now = datetime(2026, 1, 5, tzinfo=UTC)
    for number in range(10_000):
        moment = now - timedelta(seconds=number * 7 % 10_000)
        outbox.put(
            conn,
            NewPackage(
                str(uuid.uuid4()), number, f"H-{number}", "CN", "intake", 1, "0" * 64, 1_000_000, moment
            ),
        )
    conn.commit()
    times_s = {"list_waiting": [], "list_all": []}  # type: dict[str, list[float]]
    for _ in range(9):
        for name, look in (
            ("list_waiting", lambda: outbox.list_waiting(conn, now)),
            ("list_all", lambda: outbox.list_all(conn)),
        ):
            begun_s = time.process_time()
            assert len(look()) == 10_000
            times_s[name].append(time.process_time() - begun_s)
    conn.close()
    figures = {name: round(statistics.median(values) * 1000, 1) for name, values in times_s.items()}
    print("\n" + json.dumps({"cpu_milliseconds": figures}))
    assert max(figures.values()) < 50


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_a_hundred_stations_at_day_end(tmp_path: Path, make_package: Any) -> None:
    """100 stations, 20 packages each, two processes on PostgreSQL and S3; BENCH_STATIONS and BENCH_PACKAGES shrink it."""
    stations, each = int(os.environ.get("BENCH_STATIONS", "100")), int(os.environ.get("BENCH_PACKAGES", "20"))
    with (
        province.postgres() as postgres,
        province.bucket(tmp_path / "s3") as bucket,
        pytest.MonkeyPatch.context() as env,
    ):
        for name, value in bucket.environment.items():
            env.setenv(name, value)
        settings = WarehouseSettings(postgres.url, bucket.url, tmp_path / "spool")
        running = [_serve(settings, tmp_path, number) for number in range(2)]
        try:
            targets = [enrol(running[number % 2].add_station("CN-THU")) for number in range(stations)]
            small, done = SmallRequests(targets[:2], running), Event()
            with ThreadPoolExecutor(17) as pool:
                asking = pool.submit(small.ask_until, done)
                begun_s = time.perf_counter()
                evenings = [pool.submit(_evening, make_package, targets[n], n, each) for n in range(stations)]
                latencies = sorted(took for evening in evenings for took in evening.result())
                seconds = time.perf_counter() - begun_s
                done.set()
                asking.result()
            cpu_s = [_cpu_s(w) for w in running]
        finally:
            for w in running:
                w.stop()
    times_s, memory_mb = sorted(small.times_s), small.memory_mb
    figures = {
        "packages": len(latencies),
        "seconds": round(seconds, 1),
        "packages_a_second": round(len(latencies) / seconds, 1),
        "warehouse_cpu_ms_a_package": round(1000 * sum(cpu_s) / len(latencies), 1),
        "whole_delivery_p50_s": round(statistics.median(latencies), 2),
        "whole_delivery_p99_s": round(latencies[int(len(latencies) * 0.99)], 2),
        "small_requests": len(times_s),
        "small_request_p50_ms": round(1000 * statistics.median(times_s), 1),
        "small_request_p99_ms": round(1000 * times_s[int(len(times_s) * 0.99)], 1),
        "memory_mb_by_tenths": [memory_mb[len(memory_mb) * n // 10] for n in range(10)] + memory_mb[-1:],
    }
    print("\n" + json.dumps(figures))
    assert len(latencies) == stations * each
    first, last = memory_mb[len(memory_mb) // 4], memory_mb[-1]
    assert all(after < before * 1.25 for before, after in zip(first, last, strict=True))


class SmallRequests:
    """What a counter and a monitor ask while the evening goes on, and the warehouses' memory meanwhile."""

    def __init__(self, targets: list[WarehouseTarget], running: list[EmbeddedWarehouse]) -> None:
        self._targets, self._running = targets, running
        self.times_s: list[float] = []
        self.memory_mb: list[list[int]] = []

    def ask_until(self, done: Event) -> None:
        with httpx.Client(timeout=60) as client:
            while not done.wait(0.05):
                for target in self._targets:
                    begun_s = time.perf_counter()
                    headers = {"Authorization": f"Bearer {target.token}"}
                    answer = client.get(f"{target.url}/v1/records?since=0", headers=headers)
                    self.times_s.append(time.perf_counter() - begun_s)
                    assert answer.status_code == 200
                self.memory_mb.append([_memory_mb(w) for w in self._running])


def _evening(make: Any, target: WarehouseTarget, station: int, count: int) -> list[float]:
    took = []
    for number in range(count):
        file, built, _ = make(code=f"L-{station}-{number}", size_bytes=200_000)
        begun_s = time.perf_counter()
        for _ in range(50):
            try:
                deliver(file, built, target)
                break
            except NetworkProblem:
                time.sleep(0.5)
        else:
            pytest.fail("never delivered")
        took.append(time.perf_counter() - begun_s)
        file.unlink()
    return took


def _serve(settings: WarehouseSettings, folder: Path, number: int) -> EmbeddedWarehouse:
    where = ["--database", settings.database_url, "--objects", settings.objects_url]
    return start_process(
        settings, [*where, "--spool", str(folder / f"spool{number}")], folder / f"log{number}"
    )


def _memory_mb(warehouse: EmbeddedWarehouse) -> int:
    status = Path(f"/proc/{warehouse.process.pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) >> 10


def _cpu_s(warehouse: EmbeddedWarehouse) -> float:
    """Processor seconds a process has used."""
    fields = Path(f"/proc/{warehouse.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
