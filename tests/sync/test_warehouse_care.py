"""Looking after a warehouse through its own command."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from sync.enrolment import enrol
from sync.trust import WarehouseTarget
from sync.upload import ReceiptNotGenuine, StationNotKnown
from sync.warehouse import embedded
from sync.warehouse.embedded import EmbeddedWarehouse
from tests.sync.conftest import deliver, stored_packages

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
    assert found["leftovers"] == ["bags/" + "0" * 64]
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
