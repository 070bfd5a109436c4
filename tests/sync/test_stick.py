import multiprocessing
import os
import random
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from station.core.errors import DiskFull
from sync import stick
from sync.package import BuiltPackage
from sync.protocol import new_key
from sync.stick import NoStickKey, StickGone
from sync.trust import WarehouseTarget
from sync.upload import PackageDamaged
from sync.warehouse.app import open_warehouse
from sync.warehouse.embedded import EmbeddedWarehouse
from sync.warehouse.schema import reading
from sync.warehouse.stations import list_keys
from tests.sync.conftest import deliver
from tests.sync.stations import small_disk

pytestmark = pytest.mark.keeps_running("the warehouse of all these tests")


def test_a_package_travels_by_stick_and_its_receipt_comes_back(
    shared_warehouse: EmbeddedWarehouse,
    warehouse_command: Any,
    target: WarehouseTarget,
    make_package: Any,
    tmp_path: Path,
) -> None:
    file, built, _ = make_package(code="S-1", size_bytes=2_000_000)
    sealed = stick.export(file, built.package_id, built.sha256, target, tmp_path / "stick")
    assert built.package_id.encode() not in sealed.read_bytes()
    assert [
        r["package_id"]
        for r in warehouse_command(shared_warehouse, "receive", str(tmp_path / "stick"), "--json")["receipts"]
    ] == [built.package_id]
    receipts = stick.read_receipts(tmp_path / "stick", target)
    assert [(r.package_id, r.sha256) for r in receipts] == [(built.package_id, built.sha256)]
    # The same package over the network is the same package.
    assert deliver(file, built, target) == receipts[0]
    assert stick.read_receipts(tmp_path / "stick", replace(target, receipt_keys={})) == []


def test_a_package_is_exported_once_and_a_spoiled_copy_is_written_again(
    target: WarehouseTarget, make_package: Any, tmp_path: Path
) -> None:
    file, built, _ = make_package(code="S-2")
    sealed = stick.export(file, built.package_id, built.sha256, target, tmp_path / "stick")
    before = sealed.read_bytes()
    stick.export(file, built.package_id, built.sha256, target, tmp_path / "stick")
    assert sealed.read_bytes() == before  # age seals differently each time, so this is the first copy
    sealed.write_bytes(before[:-1] + b"x")
    stick.export(file, built.package_id, built.sha256, target, tmp_path / "stick")
    assert sealed.read_bytes() != before


def test_what_is_damaged_missing_or_foreign_is_refused_and_the_rest_is_taken(
    shared_warehouse: EmbeddedWarehouse,
    warehouse_command: Any,
    target: WarehouseTarget,
    make_package: Any,
    tmp_path: Path,
) -> None:
    folder, ids = tmp_path / "stick", []
    for number in range(4):
        file, built, _ = make_package(code=f"S-3-{number}")
        ids.append(built.package_id)
        forger = replace(target, station_key=new_key()[0]) if number == 3 else target
        sealed = stick.export(file, built.package_id, built.sha256, forger, folder)
        if number == 1:
            sealed.write_bytes(sealed.read_bytes()[:-100])
        if number == 2:
            sealed.unlink()
    (folder / stick.FOLDER / "holiday.json").write_text("[1]")
    answer = warehouse_command(shared_warehouse, "receive", str(folder), "--json", expect=3)
    assert [r["package_id"] for r in answer["receipts"]] == ids[:1]
    problems = {r.package_id: r.problem for r in stick.read_refusals(folder)}
    assert set(problems) == set(ids[1:])
    assert "damaged" in problems[ids[1]] and "missing" in problems[ids[2]] and "signature" in problems[ids[3]]


def test_a_stick_pulled_out_is_said_in_words_and_nothing_half_counts(
    target: WarehouseTarget, make_package: Any, tmp_path: Path
) -> None:
    file, built, _ = make_package(code="S-4")
    (tmp_path / "stick").write_text("a file where the stick was mounted")
    with pytest.raises(StickGone, match="Put it in again"):
        stick.export(file, built.package_id, built.sha256, target, tmp_path / "stick")
    half = tmp_path / "other" / stick.FOLDER
    half.mkdir(parents=True)
    (half / f"{built.package_id}.tar.age").write_bytes(b"age-encryption.org/v1\n")  # no small file beside it
    assert list(stick.list_packages(tmp_path / "other")) == []


def test_a_damaged_package_never_reaches_a_stick(
    target: WarehouseTarget, make_package: Any, tmp_path: Path
) -> None:
    file, built, _ = make_package(code="S-5")
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(PackageDamaged):
        stick.export(file, built.package_id, built.sha256, target, tmp_path / "stick")
    assert [p for p in (tmp_path / "stick").rglob("*") if p.is_file()] == []
    with pytest.raises(NoStickKey):
        stick.export(file, built.package_id, built.sha256, replace(target, stick_key=""), tmp_path / "stick")


def _export_all(made: list[tuple[Path, BuiltPackage]], target: WarehouseTarget, folder: Path) -> None:
    for file, built in made:
        stick.export(file, built.package_id, built.sha256, target, folder)
    os._exit(0)


def test_a_stick_is_whole_at_whatever_moment_writing_ends(
    shared_warehouse: EmbeddedWarehouse, target: WarehouseTarget, make_package: Any, tmp_path: Path
) -> None:
    """Killed at random points and started again: what lies on the stick as whole is whole, and in the end all does."""
    made = [make_package(code=f"S-6-{n}", size_bytes=700_000)[:2] for n in range(6)]
    folder, fork, chance = tmp_path / "stick", multiprocessing.get_context("fork"), random.Random(3)
    house = open_warehouse(shared_warehouse.settings)
    with reading(house.engine) as conn:
        identities = [key.private_key for key in list_keys(conn, "stick")]
    house.engine.dispose()
    by_id, seen = {built.package_id: built for _, built in made}, set()
    for last in (*[False] * 12, True):
        writer = fork.Process(target=_export_all, args=(made, target, folder))
        writer.start()
        if not last:
            time.sleep(chance.uniform(0, 0.08))
            writer.kill()
        writer.join()
        writer.close()
        for said, sealed in stick.list_packages(folder):
            with tempfile.TemporaryFile() as opened:
                assert stick.open_package(sealed, identities, opened) == by_id[said.package_id].sha256
            seen.add(said.package_id)
    assert seen == set(by_id)


def test_a_full_stick_is_said_and_what_fitted_counts(
    target: WarehouseTarget, make_package: Any, tmp_path: Path
) -> None:
    made = [make_package(code=f"S-7-{n}", size_bytes=1_500_000)[:2] for n in range(3)]
    with small_disk(tmp_path / "stick", "5m") as folder:
        with pytest.raises(DiskFull, match="Free some space"):
            for file, built in made:
                stick.export(file, built.package_id, built.sha256, target, folder)
        whole = [said.package_id for said, _ in stick.list_packages(folder)]
        assert whole and whole[0] in {built.package_id for _, built in made}
        assert not list(folder.rglob("*.part"))
