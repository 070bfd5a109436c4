"""The warehouse in a browser."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from sync.trust import WarehouseTarget
from sync.warehouse import signing_in
from sync.warehouse.app import open_warehouse
from sync.warehouse.embedded import EmbeddedWarehouse
from sync.warehouse.schema import writing
from sync.warehouse.signing_in import PasswordTooShort, SignInRefused
from sync.warehouse.uploads import Warehouse
from tests.sync.conftest import audit_of, deliver

pytestmark = pytest.mark.keeps_running("the warehouse of all these tests")

PASSWORD = "an invented password"
NOW = datetime(2026, 1, 5, tzinfo=UTC)


@pytest.fixture
def house(shared_warehouse: EmbeddedWarehouse) -> Iterator[Warehouse]:
    opened = open_warehouse(shared_warehouse.settings)
    with writing(opened.engine) as conn:
        signing_in.add_person(conn, "province", PASSWORD, "province", None, NOW)
        signing_in.add_person(conn, "leader", PASSWORD, "branch", "CN-KHAC", NOW)
    yield opened
    opened.engine.dispose()


@pytest.fixture
def browser(shared_warehouse: EmbeddedWarehouse) -> Iterator[httpx.Client]:
    with httpx.Client(
        base_url=shared_warehouse.url, headers={"Accept-Language": "en"}, follow_redirects=True
    ) as client:
        yield client


def _form_token(text: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', text)
    assert found
    return found[1]


def _sign_in(browser: httpx.Client, name: str, password: str = PASSWORD) -> httpx.Response:
    csrf = _form_token(browser.get("/").text)
    return browser.post("/sign-in", data={"name": name, "password": password, "csrf": csrf})


def test_a_leader_signs_in_sees_the_own_branch_and_signs_out(
    house: Warehouse, browser: httpx.Client, make_package: Any, target: WarehouseTarget
) -> None:
    file, built, _ = make_package(code="W-1")
    deliver(file, built, target)  # of CN-THU
    page = _sign_in(browser, "leader")
    assert "Delivered by branch" in page.text and "leader" in page.text and "CN-THU" not in page.text
    assert "Found: 0" in browser.get("/", params={"q": "W-1"}).text
    assert browser.get(f"/papers/{built.package_id}/1").status_code == 404
    cookie = browser.cookies["session"]
    assert browser.post("/sign-out", data={"csrf": "wrong"}).status_code == 403
    browser.post("/sign-out", data={"csrf": _form_token(page.text)})
    browser.cookies.set("session", cookie)
    assert "Password" in browser.get("/").text  # ended at the server, too


def test_the_province_sees_all_and_every_look_is_written_down(
    shared_warehouse: EmbeddedWarehouse,
    house: Warehouse,
    browser: httpx.Client,
    make_package: Any,
    target: WarehouseTarget,
) -> None:
    file, built, _ = make_package(code="W-2")
    deliver(file, built, target)
    assert "CN-THU" in _sign_in(browser, "province").text
    found = browser.get("/", params={"q": "W-2 căn cước"})
    assert f"/papers/{built.package_id}/1" in found.text
    assert browser.get(f"/papers/{built.package_id}/1").content.startswith(b"%PDF-")
    assert ("province", "CN-THU", None) in audit_of(shared_warehouse, "read document")
    hostile = browser.get("/", params={"q": '<script>alert(1)</script>"'})
    assert "<script>" not in hostile.text
    assert "default-src 'none'" in hostile.headers["Content-Security-Policy"]


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(house: Warehouse, browser: httpx.Client) -> None:
    csrf = _form_token(browser.get("/sign-in").text)
    data = {"name": "province", "password": PASSWORD, "csrf": csrf}
    answer = browser.post("/sign-in", data=data, follow_redirects=False)
    session = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("session="))
    assert "HttpOnly" in session and "samesite=strict" in session.lower()
    browser.cookies.clear()
    assert browser.post("/sign-in", data=data).status_code == 403  # the form's own token is not enough


def test_wrong_passwords_lock_a_name_and_time_unlocks_it(house: Warehouse) -> None:
    for _ in range(signing_in.FAILURES_ALLOWED):
        with pytest.raises(SignInRefused):
            signing_in.sign_in(house.engine, "leader", "wrong", NOW)
    with pytest.raises(SignInRefused):
        signing_in.sign_in(house.engine, "leader", PASSWORD, NOW)
    later = NOW + signing_in.LOCKED_FOR + timedelta(seconds=1)
    token = signing_in.sign_in(house.engine, "leader", PASSWORD, later)
    assert signing_in.find_signed(house.engine, token, later) is not None
    assert signing_in.find_signed(house.engine, token, later + signing_in.SESSION_LIFE) is None
    with pytest.raises(SignInRefused):
        signing_in.sign_in(house.engine, "nobody", PASSWORD, NOW)


def test_people_are_added_and_removed_by_the_command(
    shared_warehouse: EmbeddedWarehouse,
    house: Warehouse,
    browser: httpx.Client,
    warehouse_command: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Any,
) -> None:
    (tmp_path / "password").write_text("short\n")
    monkeypatch.setenv("WAREHOUSE_PASSWORD_FILE", str(tmp_path / "password"))
    warehouse_command(shared_warehouse, "people", "add", "clerk", expect=2)
    (tmp_path / "password").write_text(PASSWORD + "\n")
    warehouse_command(shared_warehouse, "people", "add", "clerk")
    assert "clerk" in _sign_in(browser, "clerk").text
    warehouse_command(shared_warehouse, "people", "remove", "clerk")
    assert "Password" in browser.get("/").text
    with pytest.raises(PasswordTooShort), writing(house.engine) as conn:
        signing_in.add_person(conn, "x", "short", "province", None, NOW)
