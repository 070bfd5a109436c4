from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from sync import line, upload
from sync.enrolment import InvitationRefused, enrol
from sync.line import Line
from sync.protocol import Crc32, Receipt, new_key
from sync.trust import InsecureAddress, WarehouseTarget
from sync.upload import (
    NoConnection,
    PackageDamaged,
    PackageRefused,
    ReceiptNotGenuine,
    SendingStopped,
    StationNotKnown,
)
from sync.warehouse.embedded import EmbeddedWarehouse
from tests.sync.conftest import deliver, meta_of
from tests.sync.faulty_network import FaultyNetwork

pytestmark = pytest.mark.keeps_running("the warehouse of all these tests")


def test_a_package_is_delivered_and_its_receipt_is_the_warehouses(
    make_package: Any, target: WarehouseTarget
) -> None:
    file, built, manifest = make_package(code="D-1", size_bytes=3_000_000)
    seen: list[int] = []
    receipt = deliver(file, built, target, progress=lambda offset, _url: seen.append(offset))
    assert (receipt.package_id, receipt.sha256, receipt.size_bytes) == (
        built.package_id,
        built.sha256,
        built.size_bytes,
    )
    assert (receipt.dossier_code, receipt.stage, receipt.version) == ("D-1", "intake", 1)
    assert receipt.audit_head == manifest["audit_head"]
    assert receipt.is_genuine(target.receipt_keys)
    assert seen == sorted(seen) and seen[-1] == built.size_bytes and len(seen) > 1


def test_sending_again_gives_the_same_receipt(make_package: Any, target: WarehouseTarget) -> None:
    file, built, _ = make_package(code="D-2")
    assert deliver(file, built, target) == deliver(file, built, target)


def test_a_changed_receipt_is_not_genuine(make_package: Any, target: WarehouseTarget) -> None:
    file, built, _ = make_package(code="D-3")
    receipt = deliver(file, built, target)
    assert not replace(receipt, version=2).is_genuine(target.receipt_keys)
    assert not replace(receipt, key_id="0" * 16).is_genuine(target.receipt_keys)
    with pytest.raises(ReceiptNotGenuine):
        deliver(file, built, replace(target, receipt_keys={receipt.key_id: new_key()[1]}))
    assert Receipt.from_json(receipt.to_json()) == receipt


def test_other_bytes_under_the_same_number_are_refused(make_package: Any, target: WarehouseTarget) -> None:
    file, built, _ = make_package(code="D-4")
    deliver(file, built, target)
    other_file, other, _ = make_package(code="D-4", seed=1, package_id=built.package_id)
    with pytest.raises(PackageRefused, match="Seal the dossier again") as caught:
        deliver(other_file, other, target)
    assert caught.value.status == 409


def test_a_second_package_of_the_same_version_is_kept_beside_and_flagged(
    make_package: Any, target: WarehouseTarget
) -> None:
    file, built, _ = make_package(code="D-5")
    assert deliver(file, built, target).conflict_with is None
    other_file, other, _ = make_package(code="D-5", seed=1)
    assert deliver(other_file, other, target).conflict_with == built.package_id


def test_a_package_for_another_branch_is_refused(make_package: Any, target: WarehouseTarget) -> None:
    file, built, _ = make_package(code="D-6", branch="CN-KHAC")
    for _ in range(2):  # the second time the stored verdict must not stand in the way of a new look
        with pytest.raises(PackageRefused, match="another branch") as caught:
            deliver(file, built, target)
        assert caught.value.status == 422


def test_a_package_signed_by_another_station_is_refused(make_package: Any, target: WarehouseTarget) -> None:
    file, built, _ = make_package(code="D-7")
    with pytest.raises(PackageRefused, match="signature"):
        deliver(file, built, replace(target, station_key=new_key()[0]))


def test_a_damaged_package_file_is_said_before_it_is_sent(make_package: Any, target: WarehouseTarget) -> None:
    file, built, _ = make_package(code="D-8")
    data = bytearray(file.read_bytes())
    data[3000] ^= 1
    file.write_bytes(data)
    with pytest.raises(PackageDamaged, match="seal again"):
        deliver(file, built, target)
    file.write_bytes(data[:100])
    with pytest.raises(PackageDamaged):
        deliver(file, built, target)
    file.unlink()
    with pytest.raises(PackageDamaged):
        deliver(file, built, target)


def test_stop_keeps_what_has_arrived_and_the_next_try_goes_on_there(
    make_package: Any, target: WarehouseTarget
) -> None:
    file, built, _ = make_package(code="D-9", size_bytes=5_000_000)
    seen: list[tuple[int, str]] = []
    with pytest.raises(SendingStopped):
        deliver(
            file, built, target, progress=lambda o, u: seen.append((o, u)), should_stop=lambda: bool(seen)
        )
    offset, url = seen[-1]
    assert 0 < offset < built.size_bytes
    again: list[int] = []
    deliver(file, built, target, upload_url=url, progress=lambda o, _u: again.append(o))
    assert again[0] == offset


def test_an_upload_the_server_has_forgotten_starts_again(make_package: Any, target: WarehouseTarget) -> None:
    file, built, _ = make_package(code="D-10")
    assert deliver(file, built, target, upload_url=f"{target.url}/v1/uploads/{'0' * 32}")


def test_the_rate_limit_holds(make_package: Any, target: WarehouseTarget) -> None:
    import time

    file, built, _ = make_package(code="D-11", size_bytes=300_000)
    begun_s = time.monotonic()
    deliver(file, built, target, limit_bytes_s=400_000)
    assert time.monotonic() - begun_s > 0.6


def test_a_revoked_station_is_told_so(shared_warehouse: EmbeddedWarehouse, make_package: Any) -> None:
    target = enrol(shared_warehouse.add_station("CN-THU"))
    file, built, _ = make_package(code="D-12")
    with pytest.raises(StationNotKnown):
        deliver(file, built, replace(target, token="wrong"))


def test_packages_leave_over_https_only(make_package: Any, target: WarehouseTarget) -> None:
    file, built, _ = make_package(code="D-13")
    for url in ("http://warehouse.example", "ftp://127.0.0.1", "http://127.0.0.1.example", "https://u:p@h"):
        with pytest.raises(InsecureAddress):
            deliver(file, built, replace(target, url=url))


def test_no_network_is_said_in_words(make_package: Any, target: WarehouseTarget) -> None:
    file, built, _ = make_package(code="D-14")
    with pytest.raises(NoConnection, match="tries again by itself"):
        deliver(file, built, replace(target, url="http://127.0.0.1:9"))


def test_an_enrolment_code_works_once(shared_warehouse: EmbeddedWarehouse) -> None:
    invitation = shared_warehouse.add_station("CN-THU")
    first = enrol(invitation)
    with pytest.raises(InvitationRefused, match="Ask the province"):
        enrol(invitation)
    assert invitation.code not in repr(invitation) and first.token not in repr(first)


def test_the_token_and_the_code_are_nowhere_on_the_warehouses_disk(
    shared_warehouse: EmbeddedWarehouse, target: WarehouseTarget
) -> None:
    folder = Path(shared_warehouse.settings.spool).parent
    everything = b"".join(p.read_bytes() for p in folder.rglob("*") if p.is_file())
    assert b"CN-THU" in everything
    assert target.token.encode() not in everything


def test_answers_without_a_token_say_nothing(shared_warehouse: EmbeddedWarehouse) -> None:
    for path in ("/v1/packages", "/v1/search?q=a", "/v1/packages/x/receipt", "/v1/packages/x/documents/1"):
        assert httpx.get(shared_warehouse.url + path).status_code == 401
    assert httpx.get(shared_warehouse.url + "/ready").json() == {"status": "ready"}


def test_a_proxy_that_takes_no_long_requests_is_no_wall(
    shared_warehouse: EmbeddedWarehouse, make_package: Any, target: WarehouseTarget
) -> None:
    with (
        FaultyNetwork(shared_warehouse.url, 0, 0.0, 1) as network,
        Line(replace(target, url=network.url)) as near,
    ):
        network.longest_body_bytes = 1 << 20
        assert _sizes(make_package, near, "D-16")[:2] == [1 << 20, 1 << 20]
        assert max(_sizes(make_package, near, "D-18")) == 1 << 20


def test_a_warehouse_of_an_earlier_version_that_knows_no_crc32_gets_sha256(
    make_package: Any, target: WarehouseTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The warehouse, another process, answers 460 to every CRC-32, as the one before it did for want of knowing it.
    monkeypatch.setattr(Crc32, "digest", lambda _: b"none")
    file, built, _ = make_package(code="D-17", size_bytes=3_000_000)
    assert deliver(file, built, target).sha256 == built.sha256


def test_what_is_learned_of_a_line_serves_the_packages_that_follow(
    make_package: Any, target: WarehouseTarget
) -> None:
    with Line(target) as near:
        assert _sizes(make_package, near, "D-19")[0] == 1 << 20
        connection = near.client
        assert len(_sizes(make_package, near, "D-20")) == 1 and near.client is connection


def _sizes(make_package: Any, near: Line, code: str) -> list[int]:
    """Delivers a package of 7.5 MB; how much each request carried that arrived."""
    file, built, _ = make_package(code=code, size_bytes=6_000_000)
    seen = [0]
    settings = {"should_stop": lambda: False, "limit_bytes_s": None}
    upload.send(file, meta_of(built), near, progress=lambda offset, _url: seen.append(offset), **settings)
    return [after - before for before, after in pairwise(sorted(set(seen)))]


def test_a_slow_line_gets_chunks_it_carries_in_a_few_seconds(
    make_package: Any, target: WarehouseTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "CHUNK_S", 0.5)
    file, built, _ = make_package(code="D-17", size_bytes=3_000_000)
    seen: list[int] = []
    deliver(file, built, target, limit_bytes_s=2_000_000, progress=lambda offset, _url: seen.append(offset))
    largest = max(after - before for before, after in pairwise(sorted({0, *seen})))
    assert largest <= 1 << 20  # half a second of the line; growth alone would send the rest in one
