"""Who sees what: a branch its own, the province all, and every look at a citizen's paper is written down."""

import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from sync.enrolment import enrol
from sync.package import BuiltPackage
from sync.trust import WarehouseTarget
from sync.warehouse import callers
from sync.warehouse.embedded import EmbeddedWarehouse
from tests.sync.conftest import ask, audit_of, deliver

pytestmark = pytest.mark.keeps_running("the warehouse of all these tests")

OWNER = "000000000123"


@pytest.fixture
def other(shared_warehouse: EmbeddedWarehouse) -> WarehouseTarget:
    """A station of another branch."""
    return enrol(shared_warehouse.add_station("CN-KHAC"))


def _reuse(policy: str) -> Callable[[dict[str, Any]], None]:
    return lambda manifest: manifest["documents"][0].update(reuse=policy)


def test_a_branch_does_not_see_that_anothers_packages_exist(
    shared_warehouse: EmbeddedWarehouse,
    make_package: Any,
    target: WarehouseTarget,
    other: WarehouseTarget,
    give_token: Any,
) -> None:
    file, built, _ = make_package(code="T-OWN")
    deliver(file, built, target)
    paths = (f"/v1/packages/{built.package_id}/documents/1", f"/v1/packages/{built.package_id}/receipt")
    for caller in (other.token, give_token("branch", "CN-KHAC")):
        for path in paths:
            assert ask(target, "GET", path, caller).status_code in (403, 404)
        assert ask(target, "GET", "/v1/search?q=T-OWN", caller).json() == []
        assert ask(target, "GET", "/v1/results/T-OWN", caller).json() == []
        assert built.package_id not in ask(target, "GET", "/v1/packages?limit=1000", caller).text
    for caller in (target.token, give_token("branch", "CN-THU"), give_token("province")):
        answer = ask(target, "GET", paths[0], caller)
        assert answer.content.startswith(b"%PDF-") and answer.headers["Content-Type"] == "application/pdf"
        assert [r["package_id"] for r in ask(target, "GET", "/v1/search?q=T-OWN", caller).json()] == [
            built.package_id
        ]
    assert len(audit_of(shared_warehouse, "read document")) >= 3


def test_knowing_a_hash_neither_skips_an_upload_nor_tells_that_it_is_there(
    make_package: Any, target: WarehouseTarget, other: WarehouseTarget
) -> None:
    file, built, _ = make_package(code="T-HASH")
    deliver(file, built, target)
    seen: list[int] = []
    # Another branch that knows id and hash must send every byte, and then is refused for the branch.
    with pytest.raises(Exception, match="another branch"):
        deliver(file, built, other, progress=lambda offset, _url: seen.append(offset))
    assert ask(other, "GET", f"/v1/packages/{built.package_id}/receipt").status_code in (404, 422)
    unknown = ask(other, "GET", "/v1/packages/00000000-0000-4000-8000-000000000000/receipt")
    assert unknown.status_code == 404


def test_an_upload_belongs_to_its_station_alone(
    make_package: Any, target: WarehouseTarget, other: WarehouseTarget
) -> None:
    file, built, _ = make_package(code="T-UP", size_bytes=3_000_000)
    seen: list[str] = []
    with pytest.raises(Exception, match="stopped"):
        deliver(file, built, target, progress=lambda _o, u: seen.append(u), should_stop=lambda: bool(seen))
    path = seen[0].removeprefix(target.url)
    for method in ("HEAD", "DELETE"):
        assert ask(other, method, path).status_code == 404
    assert ask(target, "HEAD", path).status_code == 200
    assert ask(target, "DELETE", path).status_code == 204
    assert ask(target, "HEAD", path).status_code == 404


def _records(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"json": {"records": list(rows)}}


def test_stations_pull_their_branchs_records_as_they_change(
    target: WarehouseTarget, other: WarehouseTarget, give_token: Any
) -> None:
    onestop = give_token("onestop")
    mine = {"dossier_code": "R-1", "branch": "CN-THU", "applicant_id": OWNER, "progress": "Đang xử lý"}
    theirs = {"dossier_code": "R-2", "branch": "CN-KHAC"}
    answer = ask(target, "PUT", "/v1/records", onestop, **_records(mine, theirs, {"dossier_code": "R-3"}))
    assert answer.json()["taken"] == 2
    assert [r["dossier_code"] for r in answer.json()["refused"]] == ["R-3"]
    assert ask(target, "PUT", "/v1/records", onestop, **_records(mine)).json() == {
        "taken": 1,
        "changed": 0,
        "refused": [],
    }
    first = ask(target, "GET", "/v1/records")
    assert mine in first.json()["records"] and theirs not in first.json()["records"]
    since = first.json()["next"]
    path = f"/v1/records?since={since}"
    tag = ask(target, "GET", path).headers["ETag"]
    assert ask(target, "GET", path, headers={"If-None-Match": tag}).status_code == 304
    changed = {**mine, "progress": "Đã trả kết quả"}
    ask(target, "PUT", "/v1/records", onestop, **_records(changed))
    answer = ask(target, "GET", path, headers={"If-None-Match": tag})
    assert answer.json()["records"] == [changed]
    assert theirs in ask(other, "GET", "/v1/records").json()["records"]
    assert ask(target, "PUT", "/v1/records", target.token, **_records(mine)).status_code == 403


def test_the_one_stop_system_polls_results_under_its_own_names(
    make_package: Any, target: WarehouseTarget, give_token: Any
) -> None:
    file, built, _ = make_package(code="Q-1", version=1)
    deliver(file, built, target)
    file, newer, manifest = make_package(code="Q-1", version=2, seed=5)
    receipt = deliver(file, newer, target)
    onestop = give_token("onestop")
    (result,) = ask(target, "GET", "/v1/results/Q-1", onestop).json()
    assert (result["package_id"], result["version"]) == (newer.package_id, 2)
    assert result["documents"][0]["file_name"] == "Q-1-GT.pdf"
    assert result["components"][0]["MaGiayToSoHoa"] == [f"{newer.package_id}/1"]
    assert (result["components"][0]["TrangThaiSoHoa"], result["components"][0]["SoTrang"]) == ("1", 1)
    pdf = ask(target, "GET", result["documents"][0]["path"], onestop)
    assert len(pdf.content) == manifest["documents"][0]["size_bytes"]
    polled = ask(target, "GET", "/v1/results?since=2000", onestop).json()
    assert newer.package_id in {r["package_id"] for r in polled}
    assert ask(target, "GET", "/v1/results", onestop, params={"since": receipt.received_at}).json() == []


@pytest.fixture
def held(make_package: Any, other: WarehouseTarget) -> dict[str, BuiltPackage]:
    """Three papers of one person at another branch: shared, its own, and never to be shown again."""
    found = {}
    for policy in ("share", "own", "never"):
        file, built, _ = make_package(code=f"H-{policy}", branch="CN-KHAC", change=_reuse(policy))
        deliver(file, built, other)
        found[policy] = built
    return found


def test_papers_held_elsewhere_are_found_for_an_open_dossier_of_that_person_only(
    shared_warehouse: EmbeddedWarehouse,
    held: dict[str, BuiltPackage],
    target: WarehouseTarget,
    give_token: Any,
) -> None:
    onestop = give_token("onestop")
    record = {"dossier_code": "U-1", "branch": "CN-THU", "applicant_id": OWNER}
    rows = [
        record,
        {**record, "dossier_code": "U-2", "applicant_id": "000000000999"},
        {**record, "dossier_code": "U-3", "branch": "CN-KHAC"},
        {**record, "dossier_code": "U-4", "resolved_at": "2026-01-01"},
    ]
    ask(target, "PUT", "/v1/records", onestop, **_records(*rows))
    ids = {held[policy].package_id for policy in held}
    found = ask(target, "GET", f"/v1/reuse?dossier_code=U-1&owner_id={OWNER}").json()
    pictures = {row["package_id"]: row["picture"] for row in found if row["package_id"] in ids}
    assert pictures == {held["share"].package_id: True, held["own"].package_id: False}
    paper = next(row for row in found if row["package_id"] == held["share"].package_id)
    assert (paper["type_id"], paper["document_number"], paper["branch"]) == ("cccd", OWNER, "CN-KHAC")
    for code in ("U-2", "U-3", "U-4", "U-5"):
        assert ask(target, "GET", f"/v1/reuse?dossier_code={code}&owner_id={OWNER}").status_code == 403
    assert any(entry[1:] == ("CN-THU", "U-1") for entry in audit_of(shared_warehouse, "reuse look-up"))


def test_the_picture_needs_the_right_and_a_policy_and_both_branches_see_who_looked(
    shared_warehouse: EmbeddedWarehouse,
    held: dict[str, BuiltPackage],
    target: WarehouseTarget,
    give_token: Any,
    warehouse_command: Any,
) -> None:
    record = {"dossier_code": "V-1", "branch": "CN-THU", "applicant_id": OWNER}
    ask(target, "PUT", "/v1/records", give_token("onestop"), **_records(record))

    def look(station: WarehouseTarget, policy: str, owner: str = OWNER) -> int:
        path = f"/v1/reuse/{held[policy].package_id}/1?dossier_code=V-1&owner_id={owner}"
        return ask(station, "GET", path).status_code

    assert look(target, "share") == 403
    invited = warehouse_command(
        shared_warehouse, "stations", "add", "CN-THU", "--reuse", "--url", shared_warehouse.url, "--json"
    )
    from sync.enrolment import Invitation

    del invited["format"]
    allowed = enrol(Invitation(**{**invited, "certificate_pins": ()}))
    assert [look(allowed, policy) for policy in ("share", "own", "never")] == [200, 403, 403]
    assert look(allowed, "share", "000000000999") == 403
    assert look(replace(allowed, token="x"), "share") == 401
    entries = [entry for entry in audit_of(shared_warehouse, "reuse picture") if entry[2] == "V-1"]
    assert {entry[1] for entry in entries} == {"CN-THU", "CN-KHAC"}


def test_a_dossier_that_is_over_by_any_word_opens_no_papers(target: WarehouseTarget, give_token: Any) -> None:
    onestop, record = give_token("onestop"), {"branch": "CN-THU", "applicant_id": OWNER}
    over = (
        {"progress": "Đã trả kết quả"},
        {"stage": "Rút hồ sơ"},
        {"status": 9},
        {"status": "10"},
        {"resolved_on": "2026-01-01"},
        {"returned_at": "01/01/2026"},
    )
    rows = [{**record, "dossier_code": f"O-{n}", **said} for n, said in enumerate(over)]
    ask(
        target,
        "PUT",
        "/v1/records",
        onestop,
        **_records(*rows, {**record, "dossier_code": "O-9", "status": 4}),
    )
    for number in range(len(over)):
        path = f"/v1/reuse?dossier_code=O-{number}&owner_id={OWNER}"
        assert ask(target, "GET", path).status_code == 403, over[number]
    assert ask(target, "GET", f"/v1/reuse?dossier_code=O-9&owner_id={OWNER}").status_code == 200


def test_a_list_of_packages_names_no_citizen(make_package: Any, target: WarehouseTarget) -> None:
    file, built, _ = make_package(code="T-LIST")
    deliver(file, built, target)
    said = ask(target, "GET", "/v1/packages?limit=1000").text
    assert built.package_id in said and OWNER not in said and "Nguyễn" not in said


def test_a_body_longer_than_its_purpose_is_refused_before_it_is_read(target: WarehouseTarget) -> None:
    long = b'{"code": "' + b"x" * 100_000 + b'"}'
    for body in (long, iter([long])):  # with its length said, and without
        answer = ask(target, "POST", "/v1/enrol", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 413
    assert ask(target, "POST", "/sign-in", content=b"x=" + b"y" * 100_000).status_code == 413


def test_a_long_list_of_records_is_read_only_from_whoever_may_put_them(
    target: WarehouseTarget, give_token: Any
) -> None:
    url = urlsplit(target.url)
    for token, status in (("nobody", b"401"), (target.token, b"403")):
        with socket.create_connection((str(url.hostname), url.port), timeout=10) as line:
            head = f"PUT /v1/records HTTP/1.1\r\nHost: {url.netloc}\r\nAuthorization: Bearer {token}\r\n"
            line.sendall(f"{head}Content-Length: 90000000\r\n\r\n".encode())
            # Not one byte of the list was sent, and there is the answer.
            assert line.recv(100).split()[1] == status
    wrong = ask(target, "PUT", "/v1/records", give_token("onestop"), content=b'{"records": "none"}')
    assert wrong.status_code == 422 and "none" not in wrong.text


def test_pictures_come_at_a_persons_pace(make_package: Any, target: WarehouseTarget, give_token: Any) -> None:
    file, built, _ = make_package(code="T-PACE", size_bytes=100)
    deliver(file, built, target)
    path = f"{target.url}/v1/packages/{built.package_id}/documents/1"
    hasty, calm = ({"Authorization": f"Bearer {give_token('branch', 'CN-THU')}"} for _ in range(2))
    with httpx.Client() as client:
        assert any(client.get(path, headers=hasty).status_code == 429 for _ in range(500))
        assert client.get(path, headers=calm).status_code == 200


def test_no_caller_asks_more_than_its_share_and_time_gives_it_back(monkeypatch: pytest.MonkeyPatch) -> None:
    clock_s = [0.0]
    monkeypatch.setattr(callers.time, "monotonic", lambda: clock_s[0])
    allowance = callers.Allowance(per_minute=60)
    assert [allowance.take("one") for _ in range(61)] == [True] * 60 + [False]
    assert allowance.take("another")
    clock_s[0] += 1
    assert (allowance.take("one"), allowance.take("one")) == (True, False)
