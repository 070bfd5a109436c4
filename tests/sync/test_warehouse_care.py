"""Looking after a warehouse through its own command."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from sync import stick
from sync.enrolment import enrol
from sync.trust import WarehouseTarget
from sync.upload import ReceiptNotGenuine, StationNotKnown, WarehouseBusy
from sync.warehouse import embedded
from sync.warehouse.embedded import EmbeddedWarehouse
from tests.sync.conftest import audit_of, deliver, stored_packages
from tests.sync.stations import fill_up, small_disk

pytestmark = pytest.mark.keeps_running("the warehouse of all these tests")


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedWarehouse]:
    """One warehouse for this module; a test that spoils something puts it right again."""
    with embedded.start(tmp_path_factory.mktemp("own")) as running:
        yield running


def _get(target: WarehouseTarget, path: str, token: str | None = None) -> httpx.Response:
    return httpx.get(target.url + path, headers={"Authorization": f"Bearer {token or target.token}"})


def test_a_backup_brings_every_package_and_every_trust_back(
    own: EmbeddedWarehouse, warehouse_command: Any, make_package: Any, tmp_path: Path
) -> None:
    target = enrol(own.add_station("CN-THU"))
    made = [make_package(code=f"B-{n}")[:2] for n in range(3)]
    receipts = [deliver(file, built, target) for file, built in made]
    said = warehouse_command(own, "backup", str(tmp_path / "backup"), "--json")
    assert said["packages"] >= 3
    assert (tmp_path / "backup").stat().st_mode & 0o077 == 0
    warehouse_command(tmp_path / "new", "restore", str(tmp_path / "backup"))
    assert warehouse_command(tmp_path / "new", "check", "--json")["problems"] == []
    with embedded.start(tmp_path / "new") as restored:
        again = replace(target, url=restored.url)
        # The station's token still works, and a package sent again gets the receipt it had.
        assert [deliver(file, built, again) for file, built in made] == receipts
    warehouse_command(tmp_path / "new", "restore", str(tmp_path / "backup"), expect=2)


def test_a_damaged_backup_is_refused(
    own: EmbeddedWarehouse, warehouse_command: Any, make_package: Any, tmp_path: Path
) -> None:
    target = enrol(own.add_station("CN-THU"))
    file, built, _ = make_package(code="B-9")
    deliver(file, built, target)
    warehouse_command(own, "backup", str(tmp_path / "backup"))
    bag = tmp_path / "backup" / "bags" / built.sha256
    bag.write_bytes(bag.read_bytes()[:-1] + b"x")
    warehouse_command(tmp_path / "new", "restore", str(tmp_path / "backup"), expect=3)
    (tmp_path / "backup" / "backup.json").unlink()
    warehouse_command(tmp_path / "newer", "restore", str(tmp_path / "backup"), expect=3)


def test_check_finds_lost_changed_and_foreign_bytes(
    own: EmbeddedWarehouse, warehouse_command: Any, make_package: Any
) -> None:
    target = enrol(own.add_station("CN-THU"))
    made = [make_package(code=f"C-{n}")[:2] for n in range(3)]
    for file, built in made:
        deliver(file, built, target)
    bags = stored_packages(own)
    lost, changed = bags[made[0][1].package_id], bags[made[1][1].package_id]
    lost.unlink()
    changed.write_bytes(b"x" + changed.read_bytes()[1:])
    foreign = changed.parent / ("0" * 64)
    foreign.write_bytes(b"")
    found = warehouse_command(own, "check", "--json", expect=7)
    assert {p["package_id"] for p in found["problems"]} == {made[0][1].package_id, made[1][1].package_id}
    assert (found["leftovers"], found["unclaimed"]) == ([], ["bags/" + "0" * 64])
    assert found["packages"] >= 3
    foreign.unlink()
    for file, built in made[:2]:
        bags[built.package_id].write_bytes(file.read_bytes())
    assert warehouse_command(own, "check", "--json")["problems"] == []


def test_a_new_receipt_key_is_taken_up_by_itself_and_old_receipts_stay_good(
    own: EmbeddedWarehouse, warehouse_command: Any, make_package: Any
) -> None:
    target = enrol(own.add_station("CN-THU"))
    file, built, _ = make_package(code="Y-1")
    first = deliver(file, built, target)
    for _ in range(2):
        warehouse_command(own, "keys", "rotate", "receipt")
    file, built, _ = make_package(code="Y-2")
    second = deliver(file, built, target)
    assert second.key_id != first.key_id and first.is_genuine(target.receipt_keys)
    stranger = enrol(own.add_station("CN-THU"))
    assert {first.key_id, second.key_id} <= set(stranger.receipt_keys)
    with pytest.raises(ReceiptNotGenuine):
        deliver(file, built, replace(target, receipt_keys={"0" * 16: target.receipt_keys[first.key_id]}))


def test_revoke_and_rotate_end_a_token_at_once(
    own: EmbeddedWarehouse, warehouse_command: Any, make_package: Any, tmp_path: Path
) -> None:
    target = enrol(own.add_station("CN-THU"))
    file, built, _ = make_package(code="T-1")
    receipt = deliver(file, built, target)
    warehouse_command(own, "stations", "revoke", target.station_id)
    with pytest.raises(StationNotKnown):
        deliver(file, built, target)
    listed = warehouse_command(own, "stations", "list", "--json")["stations"]
    (revoked,) = [s for s in listed if s["station_id"] == target.station_id]
    assert (revoked["state"], revoked["audit_head"]) == ("revoked", receipt.audit_head)
    invited = tmp_path / "invitation.json"
    warehouse_command(own, "stations", "rotate", target.station_id, "--url", own.url, "--out", str(invited))
    from sync.enrolment import read_invitation

    again = enrol(read_invitation(invited.read_text(), "invitation"))
    assert again.station_id == target.station_id
    assert deliver(file, built, again) == receipt


def test_health_readiness_and_metrics_say_how_it_stands_without_names(
    own: EmbeddedWarehouse, warehouse_command: Any, make_package: Any
) -> None:
    target = enrol(own.add_station("CN-THU"))
    file, built, _ = make_package(code="M-SECRET")
    deliver(file, built, target)
    monitor = warehouse_command(own, "tokens", "add", "monitor", "--name", "watcher", "--json")["token"]
    assert _get(target, "/metrics").status_code == 403
    text = _get(target, "/metrics", monitor).text
    assert re.search(r"^warehouse_packages [1-9]", text, re.M)
    assert re.search(r'^warehouse_request_seconds_bucket{route="/v1/uploads",le="\+Inf"} [1-9]', text, re.M)
    log = (Path(own.settings.spool).parent / "warehouse.log").read_text()
    for secret in ("M-SECRET", "Nguyễn", "000000000123", target.token, built.package_id):
        assert secret not in text and secret not in log
    lines = [json.loads(line) for line in log.splitlines()]
    assert {"at", "level", "from", "method", "route", "status", "ms"} in [set(line) for line in lines]
    warehouse_command(own, "tokens", "revoke", "watcher")
    assert _get(target, "/metrics", monitor).status_code == 401
    assert httpx.get(target.url + "/health").status_code == 200


def test_clean_removes_what_was_never_finished_and_no_package(
    own: EmbeddedWarehouse, warehouse_command: Any, make_package: Any
) -> None:
    target = enrol(own.add_station("CN-THU"))
    file, built, _ = make_package(code="X-1")
    deliver(file, built, target)
    stray = Path(own.settings.spool).parent / "objects" / "uploads" / "nobody" / "000-x"
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"x")
    assert warehouse_command(own, "check", "--json")["leftovers"] == ["uploads/nobody/000-x"]
    assert warehouse_command(own, "clean", "--json") == {"removed": 1}
    assert not stray.exists()
    assert stored_packages(own)[built.package_id].is_file()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("serve", "--host", "0.0.0.0", "--port", "0"), 2),
        (("serve", "--host", "0.0.0.0", "--cert", "/none.pem", "--key", "/none.pem"), 2),
        (("tokens", "add", "king", "--name", "x"), 2),
        (("stations", "revoke", "nobody"), 3),
    ],
)
def test_what_must_not_be_is_refused_in_words(
    tmp_path: Path, warehouse_command: Any, arguments: tuple[str, ...], code: int
) -> None:
    said = warehouse_command(tmp_path / "w", *arguments, expect=code)
    assert "Traceback" not in said and len(said.strip().splitlines()) == 1


def test_a_package_whose_time_is_over_goes_and_its_receipt_stays_good(
    own: EmbeddedWarehouse, warehouse_command: Any, make_package: Any, tmp_path: Path
) -> None:
    target = enrol(own.add_station("CN-CU"))
    old_file, old, _ = make_package(code="O-1", branch="CN-CU")
    file, built, _ = make_package(code="O-2", branch="CN-CU", seed=1)
    receipt = deliver(old_file, old, target)
    deliver(file, built, target)
    bag = stored_packages(own)[old.package_id]
    warehouse_command(own, "backup", str(tmp_path / "backup"))
    warehouse_command(own, "remove", expect=2)
    warehouse_command(own, "remove", old.package_id, "--yes", expect=2)  # by whose decision?
    listed = warehouse_command(own, "remove", "--before", "2999-01-01", "--branch", "CN-CU", "--json")
    assert [p["package_id"] for p in listed["packages"]] == [old.package_id, built.package_id]
    assert listed["removed"] is False and bag.is_file()
    warehouse_command(own, "remove", old.package_id, "--yes", "--reason", "QĐ-THU 1/2026")
    assert not bag.exists() and built.package_id in stored_packages(own)
    assert _get(target, f"/v1/packages/{old.package_id}/documents/1").status_code == 404
    assert _get(target, "/v1/search?q=O-1").json() == []
    # The station that still has it gets its receipt again, and nothing comes back.
    assert deliver(old_file, old, target) == receipt
    assert old.package_id not in stored_packages(own) and not bag.exists()
    assert warehouse_command(own, "check", "--json")["problems"] == []
    warehouse_command(own, "backup", str(tmp_path / "backup"))
    assert not (tmp_path / "backup" / "bags" / old.sha256).exists()
    assert ("QĐ-THU 1/2026",) in [(purpose,) for _, _, purpose in audit_of(own, "remove package")]


def test_bytes_a_killed_removal_left_behind_go_with_clean(
    own: EmbeddedWarehouse, warehouse_command: Any, make_package: Any
) -> None:
    target = enrol(own.add_station("CN-THU"))
    file, built, _ = make_package(code="O-3")
    deliver(file, built, target)
    bag = stored_packages(own)[built.package_id]
    warehouse_command(own, "remove", built.package_id, "--yes", "--reason", "x")
    bag.write_bytes(file.read_bytes())
    assert warehouse_command(own, "check", "--json")["leftovers"] == [f"bags/{built.sha256}"]
    assert warehouse_command(own, "clean", "--json") == {"removed": 1}
    assert warehouse_command(own, "check", "--json")["leftovers"] == []


def test_a_full_disk_of_the_warehouse_costs_only_time(make_package: Any, tmp_path: Path) -> None:
    """In the middle of a package and, with room for its parts only, while it is stored."""
    with small_disk(tmp_path / "disk", "24m") as disk, embedded.start(disk / "w") as running:
        target = enrol(running.add_station("CN-THU"))
        made = [make_package(code=f"V-{n}", size_bytes=2_500_000)[:2] for n in range(3)]
        for number, leave_bytes in enumerate((0, 2_000_000, 5_500_000)):
            file, built = made[number]
            ballast = fill_up(disk, leave_bytes)
            with pytest.raises(WarehouseBusy, match="tries again by itself"):
                deliver(file, built, target)
            assert httpx.get(running.url + "/health").status_code == 200
            ballast.unlink()
            assert deliver(file, built, target).sha256 == built.sha256
        stored = stored_packages(running)
        assert {p: s.read_bytes() for p, s in stored.items()} == {
            built.package_id: file.read_bytes() for file, built in made
        }
        assert not [p for p in (disk / "w" / "objects" / "uploads").rglob("*") if p.is_file()]


def test_guessed_tokens_are_slowed_down_and_the_stations_beside_them_are_not(own: EmbeddedWarehouse) -> None:
    target = enrol(own.add_station("CN-THU"))
    with httpx.Client(base_url=own.url) as client:

        def ask(token: str) -> int:
            return client.get("/v1/packages", headers={"Authorization": f"Bearer {token}"}).status_code

        assert ask("guess") == 401
        assert any(ask(f"guess {number}") == 429 for number in range(1000))
        assert ask(target.token) == 200


def test_lost_bytes_come_back_with_the_stations_package(
    own: EmbeddedWarehouse, warehouse_command: Any, make_package: Any, tmp_path: Path
) -> None:
    target = enrol(own.add_station("CN-THU"))
    file, built, _ = make_package(code="O-4")
    receipt = deliver(file, built, target)
    stored_packages(own)[built.package_id].unlink()
    assert warehouse_command(own, "check", "--quick", "--json", expect=7)["problems"]
    stick.export(file, built.package_id, built.sha256, target, tmp_path / "stick")
    warehouse_command(own, "receive", str(tmp_path / "stick"))
    assert stick.read_receipts(tmp_path / "stick", target) == [receipt]
    assert warehouse_command(own, "check", "--json")["problems"] == []
