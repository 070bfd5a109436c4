"""Figures of day end: upload beside `curl` to the same server, listing a long outbox, a province's evening.

Run: pytest tests/benchmarks/bench_sync.py -s
"""

import json
import os
import sqlite3
import statistics
import subprocess
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sync import outbox
from sync.enrolment import enrol
from sync.outbox import NewPackage
from sync.package import BuiltPackage
from sync.protocol import package_signed_bytes, sign, upload_metadata
from sync.trust import WarehouseTarget
from sync.warehouse import embedded
from sync.warehouse.app import WarehouseSettings
from sync.warehouse.embedded import EmbeddedWarehouse, start_process
from tests.sync import province
from tests.sync.conftest import deliver, make_package

__all__ = ["make_package"]  # the fixture

pytestmark = [pytest.mark.benchmark_, pytest.mark.keeps_running("warehouses")]

UPLOAD_BYTES = 64 << 20
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "7"))


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedWarehouse]:
    with embedded.start(tmp_path_factory.mktemp("warehouse")) as running:
        yield running


def _curl(file: Path, built: BuiltPackage, target: WarehouseTarget) -> None:
    """The same bytes in one PATCH, and the receipt."""
    signature = sign(
        target.station_key, package_signed_bytes(target.station_id, built.package_id, built.sha256)
    )
    metadata = upload_metadata(
        {"package_id": built.package_id, "sha256": built.sha256, "signature": signature}
    )
    common = ["curl", "-sSf", "-H", "Tus-Resumable: 1.0.0", "-H", f"Authorization: Bearer {target.token}"]
    created = subprocess.run(
        [
            *common,
            "-i",
            "-X",
            "POST",
            "-H",
            f"Upload-Length: {built.size_bytes}",
            "-H",
            f"Upload-Metadata: {metadata}",
            f"{target.url}/v1/uploads",
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    where = next(line.split()[1] for line in created.splitlines() if line.lower().startswith("location:"))
    subprocess.run(
        [
            *common,
            "-X",
            "PATCH",
            "-H",
            "Upload-Offset: 0",
            "-H",
            "Content-Type: application/offset+octet-stream",
            "-T",
            str(file),
            target.url + where,
        ],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    subprocess.run(
        [*common, f"{target.url}/v1/packages/{built.package_id}/receipt"],
        check=True,
        stdout=subprocess.DEVNULL,
    )


def test_upload_is_as_fast_as_curl(warehouse: EmbeddedWarehouse, make_package: Any) -> None:
    """Both by turns; each round's pair gives a ratio, so that a neighbour's work weighs on both alike."""
    target = enrol(warehouse.add_station("CN-THU"))
    rounds: list[dict[str, float]] = []
    for number in range(ROUNDS + 1):
        took_s: dict[str, float] = {}
        ways = (("station", deliver), ("curl", _curl))
        for name, way in ways if number % 2 else ways[::-1]:
            file, built, _ = make_package(code=f"{name}-{number}", size_bytes=UPLOAD_BYTES)
            os.sync()
            begun_s = time.perf_counter()
            way(file, built, target)
            took_s[name] = time.perf_counter() - begun_s
            file.unlink()
        rounds.append(took_s)
    measured = rounds[1:]  # the first round warms both up
    station, curl = (statistics.median(r[name] for r in measured) for name in ("station", "curl"))
    figures = {
        "package_mb": built.size_bytes >> 20,
        "station_mb_s": round(built.size_bytes / station / 2**20, 1),
        "curl_mb_s": round(built.size_bytes / curl / 2**20, 1),
        "ratio": round(statistics.median(r["curl"] / r["station"] for r in measured), 2),
    }
    print("\n" + json.dumps(figures))
    assert figures["ratio"] >= 0.9


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
            memory_before = [_memory_mb(w) for w in running]
            latencies: list[float] = []
            begun_s = time.perf_counter()
            with ThreadPoolExecutor(16) as pool:
                for took in pool.map(lambda n: _evening(make_package, targets[n], n, each), range(stations)):
                    latencies += took
            seconds = time.perf_counter() - begun_s
            memory_after = [_memory_mb(w) for w in running]
        finally:
            for w in running:
                w.stop()
    latencies.sort()
    figures = {
        "packages": len(latencies),
        "seconds": round(seconds, 1),
        "packages_a_second": round(len(latencies) / seconds, 1),
        "whole_delivery_p50_s": round(statistics.median(latencies), 2),
        "whole_delivery_p99_s": round(latencies[int(len(latencies) * 0.99)], 2),
        "memory_mb_before": memory_before,
        "memory_mb_after": memory_after,
    }
    print("\n" + json.dumps(figures))
    assert len(latencies) == stations * each
    assert all(after < before + 200 for before, after in zip(memory_before, memory_after, strict=True))


def _evening(make: Any, target: WarehouseTarget, station: int, count: int) -> list[float]:
    took = []
    for number in range(count):
        file, built, _ = make(code=f"L-{station}-{number}", size_bytes=200_000)
        begun_s = time.perf_counter()
        for _ in range(20):
            try:
                deliver(file, built, target)
                break
            except OSError:
                time.sleep(0.5)
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
