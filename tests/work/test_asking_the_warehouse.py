"""What a station asks of the warehouse: records that changed, and papers a citizen need not bring again."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest_work import CODE, RECORD

from forms.reuse import _OF_PARCEL
from station.core.settings import SettingLocked
from station.store import audit, reference
from station.work import asking, people, reusing, searching
from station.work.checklist import component_id_of
from station.work.enrolling import enrol_station, target_of
from station.work.station import Station
from sync import secrets
from sync.asking import NoPurpose, PictureNotShown
from sync.enrolment import enrol
from sync.trust import WarehouseTarget
from sync.warehouse import embedded
from sync.warehouse.app import open_warehouse
from sync.warehouse.embedded import EmbeddedWarehouse
from sync.warehouse.schema import writing
from sync.warehouse.stations import add_token
from tests.sync.conftest import deliver, make_package

__all__ = ["make_package"]  # the fixture

pytestmark = pytest.mark.keeps_running("a warehouse")
BRANCH = "Chi nhánh Mẫu"


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedWarehouse]:
    with embedded.start(tmp_path_factory.mktemp("w")) as running:
        yield running


@pytest.fixture
def enrolled(station: Station, warehouse: EmbeddedWarehouse) -> tuple[Station, WarehouseTarget]:
    """The station with its read dossier, enrolled with the right to look at papers."""
    house = open_warehouse(warehouse.settings)
    invitation = warehouse.add_station(BRANCH)
    with writing(house.engine) as conn:
        conn.exec_driver_sql("UPDATE station SET rights = 'reuse' WHERE id = ?", (invitation.station_id,))
    house.engine.dispose()
    station = enrol_station(station, invitation.to_text(), "file")
    return station, target_of(station)


def test_an_invitation_against_what_it_staff_fixed_is_refused_unused_and_a_slash_is_no_difference(
    station: Station, warehouse: EmbeddedWarehouse, tmp_path: Path
) -> None:
    invitation, office = warehouse.add_station(BRANCH).to_text(), tmp_path / "office.toml"
    for refused in ('branch = "Chi nhánh Khác"', 'warehouse_url = "https://kho.example"'):
        office.write_text(f'locked = ["{refused.split()[0]}"]\n[settings]\n{refused}\n', encoding="utf-8")
        with pytest.raises(SettingLocked):
            enrol_station(people.push_settings(station, office), invitation, "file")
        assert secrets.find(station.home) is None
    office.write_text(f'locked = ["warehouse_url"]\n[settings]\nwarehouse_url = "{warehouse.url}/"\n')
    enrolled = enrol_station(people.push_settings(station, office), invitation, "file")
    assert (enrolled.settings.branch, enrolled.settings.warehouse_url) == (BRANCH, f"{warehouse.url}/")
    assert target_of(enrolled).url == warehouse.url


def put_records(warehouse: EmbeddedWarehouse, *records: dict[str, Any]) -> None:
    house = open_warehouse(warehouse.settings)
    with writing(house.engine) as conn:
        token = add_token(conn, "onestop", None, "portal", house.now())
    house.engine.dispose()
    headers = {"Authorization": f"Bearer {token}"}
    answer = httpx.put(f"{warehouse.url}/v1/records", json={"records": list(records)}, headers=headers)
    assert answer.json()["refused"] == []


def record_of(code: str, **values: Any) -> dict[str, Any]:
    return {**{k: v for k, v in vars(RECORD).items() if v is not None}, "dossier_code": code, **values}


def test_records_are_fetched_as_they_change(
    enrolled: tuple[Station, WarehouseTarget], warehouse: EmbeddedWarehouse
) -> None:
    station, target = enrolled
    asking.pull_records(station, target)
    put_records(
        warehouse, *(record_of(f"H48.12-260302-1{n:03d}") for n in range(3)), record_of("H-else", branch="B")
    )
    assert asking.pull_records(station, target).taken == 3
    assert asking.pull_records(station, target).taken == 0
    put_records(warehouse, record_of("H48.12-260302-1001", applicant_name="Trần Thị Đổi"))
    assert asking.pull_records(station, target).taken == 1
    with station.reading() as conn:
        changed = reference.find(conn, "H48.12-260302-1001")
        assert changed is not None and changed.applicant_name == "Trần Thị Đổi"
        assert reference.find(conn, "H-else") is None
    # The mark is a hint: without it everything comes again and nothing is there twice.
    (station.home / asking.MARK_FILE).write_text("{")
    total = asking.pull_records(station, target).total
    assert asking.pull_records(station, target).total == total


def test_a_paper_another_branch_brought_is_offered_reused_and_looked_at_on_the_record(
    enrolled: tuple[Station, WarehouseTarget], warehouse: EmbeddedWarehouse, make_package: Any, tmp_path: Path
) -> None:
    station, target = enrolled
    dossier_id = searching.show(station, CODE).dossier.id
    with pytest.raises(NoPurpose, match="open dossier of this branch"):
        asking.ask_held_papers(station, target, dossier_id)
    put_records(warehouse, record_of(CODE))
    missing = {
        c.component_id: c.component_id.split("|")[0].split(" ")[0]
        for c in searching.show(station, CODE).components
        if c.outcome == "missing"
    }
    component, type_id = next((c, t) for c, t in missing.items() if t not in _OF_PARCEL)

    def of_that_person(manifest: dict[str, Any]) -> None:
        document = manifest["documents"][0]
        document |= {"type_id": type_id, "reuse": "share"}
        document["fields"][0]["verification"]["value"] = RECORD.applicant_id

    elsewhere = enrol(warehouse.add_station("CN-KHAC"))
    file, built, _ = make_package(code="K-1", branch="CN-KHAC", change=of_that_person)
    deliver(file, built, elsewhere)

    held = asking.ask_held_papers(station, target, dossier_id)
    paper = f"warehouse:{built.package_id}/1"
    offers = reusing.list_offers(station, dossier_id, held)
    assert (component, paper) in {(component_id_of(o.component), o.paper.paper_id) for o in offers}
    assert paper not in {o.paper.paper_id for o in reusing.list_offers(station, dossier_id)}
    reusing.take_offer(station, dossier_id, component, paper, held)
    taken = {c.component_id: c for c in searching.show(station, CODE).components}[component]
    assert (taken.outcome, taken.reused_from) == ("reused", paper)

    out = tmp_path / "paper.pdf"
    asking.save_picture(station, target, dossier_id, paper, out)
    assert out.read_bytes().startswith(b"%PDF-1.7")
    with station.reading() as conn:
        acts = [entry.action for entry in audit.list_of(conn, f"dossier:{dossier_id}")]
    assert acts.count("look at a paper of the warehouse") == 1
    with closing(sqlite3.connect(Path(warehouse.settings.spool).parent / "warehouse.db")) as conn:
        looked = conn.execute("SELECT branch, purpose FROM audit WHERE act = 'reuse picture'").fetchall()
    assert sorted(looked) == [("CN-KHAC", CODE), (BRANCH, CODE)]
    with pytest.raises(PictureNotShown):
        asking.save_picture(station, target, dossier_id, f"warehouse:{built.package_id}/2", out)
    for strange in ("K-1/1", "warehouse:../../x/1", f"warehouse:{built.package_id}/x"):
        with pytest.raises(asking.NoSuchPaper):
            asking.save_picture(station, target, dossier_id, strange, out)


def test_a_warehouse_that_is_away_is_said_in_words(enrolled: tuple[Station, WarehouseTarget]) -> None:
    from sync.upload import NoConnection

    station, target = enrolled
    with pytest.raises(NoConnection, match="tries again by itself"):
        asking.pull_records(station, replace(target, url="http://127.0.0.1:9"))
    assert not (station.home / asking.MARK_FILE).exists()
