"""One scan, three uses: what the warehouse holds goes to other systems in their own words, once."""

import base64
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from station.core.errors import UsageProblem
from sync.portal import TemplateWrong, read_template, shipped_template
from sync.protocol import new_key, package_signed_bytes, sign
from sync.templates import fill
from sync.warehouse import handover, intake, stations
from sync.warehouse.app import embedded_settings, open_warehouse
from sync.warehouse.cli import main
from sync.warehouse.exchange import put_records
from sync.warehouse.measures import stock_lines
from sync.warehouse.objects import bag_key
from sync.warehouse.schema import audit, package, reading, writing
from sync.warehouse.systems import OtherSystem, read_systems
from sync.warehouse.uploads import Delivery, Warehouse
from sync.xroad import XRoadRefused
from tests.sync.portals import Portal
from tests.sync.security_server import SecurityServer

NOW = datetime(2026, 1, 6, 3, 0, tzinfo=UTC)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Warehouse]:
    warehouse = open_warehouse(embedded_settings(tmp_path / "w"))
    yield replace(warehouse, now=lambda: NOW)
    warehouse.engine.dispose()


@pytest.fixture
def store(house: Warehouse, make_package: Any) -> Callable[..., str]:
    """Stores a package without a network; gives its id."""
    private, public = new_key()
    with writing(house.engine) as conn:
        new = stations.add_station(conn, "CN-THU", "station", NOW)
        station_id, _, _ = stations.enrol_station(conn, new.code, public, NOW)

    def put(code: str, **options: Any) -> str:
        file, built, _ = make_package(code=code, size_bytes=2000, **options)
        signature = sign(private, package_signed_bytes(station_id, built.package_id, built.sha256))
        delivery = Delivery(built.package_id, built.sha256, built.size_bytes, "CN-THU", station_id, signature)
        with file.open("rb") as stream:
            intake.store(house, delivery, stream)
        return str(built.package_id)

    return put


def _system(tmp_path: Path, portal: Portal, template: str, **more: str) -> OtherSystem:
    (tmp_path / "password").write_text("invented\n")
    rows = {
        "kind": "portal",
        "template": template,
        "url": f"{portal.url}/put",
        "auth_url": f"{portal.url}/auth",
        "username": "office",
        "password_file": "password",
        "unit": "H00",
        "base_url": "https://warehouse.example/",
        **more,
    }
    file = tmp_path / "systems.toml"
    file.write_text("[other]\n" + "".join(f'{name} = "{value}"\n' for name, value in rows.items()))
    return read_systems(file)[0]


def _push(house: Warehouse, system: OtherSystem) -> handover.Round:
    return handover.push(house, system.name, system.connector, system.base_url)


RECORD = {
    "dossier_code": "H-1",
    "branch": "CN-THU",
    "procedure_code": "1.000001",
    "procedure_name": "Thủ tục thử",
    "applicant_name": "Nguyễn Văn Thử",
    "received_at": "05/01/2026",
    "parcel_no": "12",
    "map_sheet": "3",
}


def test_the_national_portal_is_told_of_a_dossier_in_its_own_words(
    house: Warehouse, store: Callable[..., str], tmp_path: Path
) -> None:
    with writing(house.engine) as conn:
        put_records(conn, [RECORD], "2026-01-05T00:00:00Z")
    package_id = store("H-1")
    with Portal() as portal:
        system = _system(tmp_path, portal, "ndxp")
        assert _push(house, system).given == 1
        assert _push(house, system).given == 0
        [body] = portal.bodies
        assert (body["service"], body["madonvi"], body["isUpdating"]) == ("DongBoHoSoMC", "H00", "False")
        [dossier] = body["data"]
        assert (dossier["MaHoSo"], dossier["NgayTiepNhan"]) == ("H-1", "20260105000000")
        assert (dossier["ChuHoSo"], dossier["NgayHenTra"]) == ("Nguyễn Văn Thử", "")
        assert dossier["DanhSachGiayToKetQua"] == []
        [paper] = dossier["TaiLieuNop"]
        assert paper["TenTepDinhKem"] == "H-1-GT.pdf"
        assert paper["DuongDanTaiTepTin"].startswith(f"https://warehouse.example/v1/packages/{package_id}/")
        # A second version is an update of the dossier, after a session that has ended meanwhile.
        store("H-1", version=2, seed=1)
        portal.end_session()
        assert _push(house, system).given == 1
        assert portal.bodies[-1]["isUpdating"] == "True"
        assert len(set(portal.keys)) == 2 and all(portal.keys)
    with reading(house.engine) as conn:
        given = conn.execute(
            select(audit.c.actor, audit.c.branch, audit.c.purpose).where(audit.c.act == "give package")
        )
        assert given.all() == [("other", "CN-THU", "H-1")] * 2
    assert 'warehouse_handovers{system="other",state="given"} 2' in stock_lines(house)


def test_the_land_system_gets_the_file_itself_under_its_own_name(
    house: Warehouse, store: Callable[..., str], tmp_path: Path
) -> None:
    with writing(house.engine) as conn:
        put_records(conn, [RECORD], "2026-01-05T00:00:00Z")
    store("H-1")
    with Portal() as portal:
        assert _push(house, _system(tmp_path, portal, "ilis")).given == 1
        [body] = portal.bodies
    assert body["ThongTinThuaDat"] == [{"SoThuTuThua": "12", "SoHieuBanDo": "3", "DiaChiChiTiet": ""}]
    [paper] = body["DanhSachGiayToDinhKem"]
    assert paper["TapTin"]["name"] == "H-1-GT.pdf"
    assert base64.b64decode(paper["TapTin"]["data"]).startswith(b"%PDF-1.7")
    assert body["NgayTiepNhan"] == "05/01/2026"


def test_a_one_stop_portal_ticks_the_component_off(
    house: Warehouse, store: Callable[..., str], tmp_path: Path
) -> None:
    package_id = store("H-2")
    with Portal() as portal:
        assert _push(house, _system(tmp_path, portal, "lgsp")).given == 1
        [component] = portal.bodies[0]["ThanhPhanHoSo"]
    assert (component["MaGiayToSoHoa"], component["TrangThaiSoHoa"]) == (f"{package_id}/1", "1")


@pytest.mark.parametrize(
    ("answer", "given", "refused"),
    [
        ((200, {"error_code": "01", "message": "Hồ sơ đã tồn tại"}), 1, 0),
        ((409, {}), 1, 0),
        ((200, {"data": 1, "status": {"success": True, "code": 200, "message": ""}}), 1, 0),
        ((200, {"error_code": "05", "message": "Sai mã thủ tục"}), 0, 1),
        ((422, {"message": "Sai mã thủ tục"}), 0, 1),
    ],
)
def test_already_there_is_success_and_a_refusal_waits_for_a_person(
    house: Warehouse,
    store: Callable[..., str],
    tmp_path: Path,
    answer: tuple[int, Any],
    given: int,
    refused: int,
) -> None:
    store("H-3")
    store("H-4")
    with Portal() as portal:
        portal.answers["H-3"] = answer
        system = _system(tmp_path, portal, "ndxp")
        done = _push(house, system)
        assert (done.given, done.refused, done.problem) == (given + 1, refused, None)
        assert _push(house, system) == handover.Round()
        found = handover.list_standing(house, "other", "refused")
        assert [row.problem for row in found] == ["Sai mã thủ tục"] * refused
        # The person mended it and lets it go again.
        portal.answers.clear()
        assert handover.retry(house, "other", None) == refused
        assert _push(house, system).given == refused


def test_a_system_that_is_away_is_tried_again_later_each_time_under_the_same_key(
    house: Warehouse, store: Callable[..., str], tmp_path: Path
) -> None:
    store("H-5")
    store("H-6")
    moments = [NOW]
    house = replace(house, now=lambda: moments[-1])
    with Portal() as portal:
        portal.away = True
        system = _system(tmp_path, portal, "ndxp")
        pauses = []
        for _ in range(8):
            # The first dossier's problem ends the round: the second would have met it too.
            assert _push(house, system).problem is not None
            standing = next(s for s in handover.list_standing(house, None, "pending") if s.next_try_at)
            assert standing.next_try_at is not None
            pauses.append((datetime.fromisoformat(standing.next_try_at) - moments[-1]).total_seconds())
            moments.append(moments[-1] + timedelta(hours=2))
        assert pauses[0] == 30 and pauses[-1] == 3600 and pauses == sorted(pauses)
        portal.away = False
        portal.answers["H-5"] = (500, {})
        assert _push(house, system).problem is not None
        portal.answers.clear()
        moments.append(moments[-1] + timedelta(hours=2))
        assert _push(house, system).given == 2
        of_first = [
            k for k, b in zip(portal.keys, portal.bodies, strict=True) if b["data"][0]["MaHoSo"] == "H-5"
        ]
        assert len(of_first) == 2 and len(set(of_first)) == 1


def test_a_version_that_had_to_wait_never_goes_out_after_the_one_that_took_its_place(
    house: Warehouse, store: Callable[..., str], tmp_path: Path
) -> None:
    moments = [NOW]
    house = replace(house, now=lambda: moments[-1])
    store("H-7")
    with Portal() as portal:
        portal.away = True
        system = _system(tmp_path, portal, "ndxp")
        assert _push(house, system).problem is not None
        portal.away = False
        newest = store("H-7", version=2, seed=1)
        assert _push(house, system).given == 1
        moments.append(NOW + timedelta(hours=2))
        assert _push(house, system) == handover.Round()
        assert [s.package_id for s in handover.list_standing(house, None, "given")] == [newest]


def test_a_dossier_is_finished_once_its_result_and_all_before_it_is_there(
    house: Warehouse, store: Callable[..., str], tmp_path: Path
) -> None:
    moments = [NOW]
    house = replace(house, now=lambda: moments[-1])
    with Portal() as portal:
        system = _system(tmp_path, portal, "ndxp")
        store("H-10", stage="intake")
        portal.answers["H-10"] = (422, {"message": "Sai mã thủ tục"})
        assert _push(house, system).refused == 1
        portal.answers.clear()
        store("H-10", stage="result", seed=1)
        store("H-11", stage="intake", seed=2)
        assert _push(house, system).given == 2
        assert portal.finished == []  # of one a person still has the papers, of the other there is no result
        portal.answers["finish"] = (500, {})
        handover.retry(house, "other", None)
        assert _push(house, system).problem is not None
        assert portal.finished == ["H-10"]
        moments.append(NOW + timedelta(hours=2))
        portal.answers["finish"] = (200, {"error_code": "09", "message": "Hồ sơ đã tồn tại"})
        assert _push(house, system) == handover.Round(given=1)
        assert _push(house, system) == handover.Round()
        assert portal.finished == ["H-10", "H-10"]
        store("H-12", stage="result", seed=3)
        portal.answers["finish"] = (200, {"error_code": "05", "message": "Sai trạng thái"})
        assert _push(house, system).refused == 1
        (row,) = handover.list_standing(house, "other", "refused")
        assert (row.dossier_code, row.problem) == ("H-12", "Sai trạng thái")


def test_no_branch_hands_over_or_finishes_the_dossier_of_another(
    house: Warehouse, store: Callable[..., str], tmp_path: Path
) -> None:
    with writing(house.engine) as conn:
        put_records(conn, [{**RECORD, "branch": "CN-KHAC"}], "2026-01-05T00:00:00Z")
    store("H-1", stage="result")
    with Portal() as portal:
        system = _system(tmp_path, portal, "ndxp")
        assert _push(house, system) == handover.Round()
        assert (portal.bodies, portal.finished) == ([], [])
        with writing(house.engine) as conn:  # the record is mended
            put_records(conn, [RECORD], "2026-01-06T00:00:00Z")
        assert _push(house, system) == handover.Round(given=1)
        assert portal.finished == ["H-1"]


def test_whether_the_other_systems_answer_is_asked_without_giving_anything(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Portal() as portal:
        _system(tmp_path, portal, "lgsp")
        monkeypatch.setattr(
            sys,
            "argv",
            ["warehouse", "exchange", "check", "--json", "--systems", str(tmp_path / "systems.toml")],
        )
        for password, code in (("invented", 0), ("wrong", 5)):
            (tmp_path / "password").write_text(password)
            with pytest.raises(SystemExit) as end:
                main()
            said = json.loads(capsys.readouterr().out)["other"]
            assert (end.value.code or 0, said["answers"], said["problem"] is None) == (
                code,
                code == 0,
                code == 0,
            )
        assert (portal.signed_in, portal.bodies) == (1, [])


def test_over_x_road_the_route_is_asked_and_a_finished_dossier_told_of_where_the_service_has_it(
    house: Warehouse, store: Callable[..., str], tmp_path: Path
) -> None:
    store("H-14", stage="result")
    answers: list[Any] = [(404, {}, {}), (500, {"X-Road-Error": "Server.ServerProxy.AccessDenied"}, {})]
    answers += [(200, {}, {}), (409, {}, {})]
    with SecurityServer(*answers) as server:
        file = tmp_path / "systems.toml"
        file.write_text(
            f'[camdx]\nkind = "xroad"\nsecurity_server = "{server.url}"\nfinishes = true\n'
            'client = "KH/GOV/1/STATION"\nservice = "KH/GOV/2/ONESTOP/records"\n'
        )
        [system] = read_systems(file, "camdx")
        system.connector.ping()  # the service's own answer, whatever it is
        with pytest.raises(XRoadRefused):
            system.connector.ping()
        assert _push(house, system) == handover.Round(given=1)
    paths = [request["path"].partition("ONESTOP/records")[2] for request in server.requests]
    assert paths == ["", "", "/results/H-14", "/results/H-14/finished"]
    keys = [request["headers"]["X-Road-Id"] for request in server.requests]
    assert len(set(keys)) == 4


def test_a_package_whose_bytes_are_gone_goes_to_a_person_and_holds_up_no_other(
    house: Warehouse, store: Callable[..., str], tmp_path: Path
) -> None:
    lost = store("H-8")
    with writing(house.engine) as conn:
        (sha256,) = conn.scalars(select(package.c.sha256).where(package.c.id == lost))
    house.objects.delete(bag_key(sha256))
    store("H-9", seed=1)
    with Portal() as portal:
        done = _push(house, _system(tmp_path, portal, "ilis"))
    assert (done.given, done.refused, done.problem) == (1, 1, None)
    (row,) = handover.list_standing(house, "other", "refused")
    assert (row.package_id, row.problem) == (lost, handover.BYTES_GONE)


def test_records_come_from_where_the_last_time_ended_over_x_road(house: Warehouse, tmp_path: Path) -> None:
    answers = [
        (200, {}, {"records": [RECORD, {"dossier_code": "H-9"}], "next": "7"}),
        (200, {}, {"records": [], "next": "7"}),
    ]
    with SecurityServer(*answers) as server:
        file = tmp_path / "systems.toml"
        file.write_text(
            f'[camdx]\nkind = "xroad"\nsecurity_server = "{server.url}"\n'
            'client = "KH/GOV/1/STATION"\nservice = "KH/GOV/2/ONESTOP/records"\n'
        )
        [system] = read_systems(file, "camdx")
        assert system.source is not None
        changed, refused = handover.pull(house, "camdx", system.source)
        assert (changed, [problem.dossier_code for problem in refused]) == (1, ["H-9"])
        assert handover.pull(house, "camdx", system.source) == (0, [])
    assert [request["path"].partition("?")[2] for request in server.requests] == ["since=", "since=7"]


def test_a_wrong_file_or_template_is_said_before_anything_is_sent(tmp_path: Path) -> None:
    for text in ("[a", "[a]\nkind = 1", '[a]\nkind = "portal"\ntemplate = "ndxp"', "a = 1"):
        (tmp_path / "s.toml").write_text(text)
        with pytest.raises(UsageProblem):
            read_systems(tmp_path / "s.toml")
    (tmp_path / "s.toml").write_text("")
    with pytest.raises(UsageProblem, match="is not in the file"):
        read_systems(tmp_path / "s.toml", "b")
    for text in (
        "put = 1",
        'auth = "token"',
        '[put]\na = "{unknown}"',
        'auth = "none"\n[put]\na = "{title}"',
    ):
        with pytest.raises(TemplateWrong):
            read_template(text, "x")
    for name in ("ndxp", "ilis", "lgsp"):
        assert shipped_template(name)["put"]
    with pytest.raises(TemplateWrong):
        shipped_template("../units/progress")


@pytest.mark.parametrize(
    ("written", "stamp"),
    [
        ("05/01/2026", "20260105000000"),
        ("2026-01-05", "20260105000000"),
        ("2026-01-05T20:00:00Z", "20260106030000"),
        ("2026-01-05T08:30:00", "20260105083000"),
        ("", ""),
        (None, ""),
        ("31/02/2026", ""),
    ],
)
def test_dates_of_either_spelling_become_office_time(written: str | None, stamp: str) -> None:
    assert fill("{when:stamp}", {"when": written}) == stamp
