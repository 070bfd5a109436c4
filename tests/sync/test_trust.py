"""TLS as a province runs it: a pinned key, an office's authority, a stranger in between, a wrong clock."""

import ssl
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from sync.enrolment import enrol
from sync.trust import pin_of
from sync.upload import LoginPageInTheWay, NoConnection, WrongCertificate
from sync.warehouse.app import embedded_settings
from sync.warehouse.embedded import EmbeddedWarehouse, start_process
from tests.sync.certificates import make_certificate
from tests.sync.conftest import deliver
from tests.sync.security_server import SecurityServer

pytestmark = pytest.mark.keeps_running("a warehouse with a certificate")


@dataclass
class Secured:
    warehouse: EmbeddedWarehouse
    certificate: Path


@pytest.fixture(scope="module", params=["valid", "expired"])
def secured(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    folder = tmp_path_factory.mktemp(request.param)
    # An expired certificate and a PC whose clock is years ahead are the same to TLS.
    cert, key = make_certificate(folder, request.param, (-2, 30) if request.param == "valid" else (-30, -2))
    where = ["--data", str(folder / "w"), "--host", "127.0.0.1", "--cert", str(cert), "--key", str(key)]
    with start_process(embedded_settings(folder / "w"), where, folder / "log") as running:
        yield Secured(running, cert)


def test_a_pinned_warehouse_is_trusted_whatever_the_clock_says(secured: Secured, make_package: Any) -> None:
    invitation = replace(
        secured.warehouse.add_station("CN-THU"), certificate_pins=(pin_of(secured.certificate.read_bytes()),)
    )
    assert invitation.url.startswith("https://")
    file, built, _ = make_package(code="S-1")
    assert deliver(file, built, enrol(invitation)).sha256 == built.sha256


def test_a_stranger_gets_not_one_byte_of_a_request(
    secured: Secured, make_package: Any, tmp_path: Path
) -> None:
    other, _ = make_certificate(tmp_path, "other", (-2, 30))
    invitation = secured.warehouse.add_station("CN-THU")
    for pins, ca_file in (((pin_of(other.read_bytes()),), None), ((), None), ((), other)):
        with pytest.raises(WrongCertificate, match="Nothing was sent"):
            enrol(replace(invitation, certificate_pins=pins), ca_file)
    # The code was not used up by any of that.
    pinned = replace(invitation, certificate_pins=(pin_of(secured.certificate.read_bytes()),))
    target = enrol(pinned)
    file, built, _ = make_package(code="S-2")
    with pytest.raises(WrongCertificate):
        deliver(file, built, replace(target, certificate_pins=(pin_of(other.read_bytes()),)))
    with pytest.raises((WrongCertificate, NoConnection)):
        deliver(
            file, built, replace(target, url=target.url.replace("https://127.0.0.1", "https://127.0.0.2"))
        )


def test_an_offices_own_authority_is_enough(secured: Secured, make_package: Any) -> None:
    if secured.certificate.name.startswith("expired"):
        with pytest.raises(WrongCertificate):
            enrol(secured.warehouse.add_station("CN-THU"), secured.certificate)
        return
    target = enrol(secured.warehouse.add_station("CN-THU"), secured.certificate)
    file, built, _ = make_package(code="S-3")
    assert deliver(file, built, target).is_genuine(target.receipt_keys)


def test_old_tls_is_not_spoken(secured: Secured) -> None:
    from sync.trust import tls_context

    assert tls_context((), None).minimum_version is ssl.TLSVersion.TLSv1_2
    assert tls_context(("x",), None).minimum_version is ssl.TLSVersion.TLSv1_2


def test_a_login_page_is_not_a_warehouse(make_package: Any, secured: Secured) -> None:
    invitation = replace(
        secured.warehouse.add_station("CN-THU"), certificate_pins=(pin_of(secured.certificate.read_bytes()),)
    )
    target = enrol(invitation)
    file, built, _ = make_package(code="S-4")
    for status in (200, 201, 204, 302, 401, 404, 409, 422):
        portal = SecurityServer((status, {"Location": "http://login.example"}, {}))
        with portal, pytest.raises(LoginPageInTheWay, match="Open a browser"):
            deliver(file, built, replace(target, url=f"{portal.url}/r1/a/b/c/d/e"))


def test_a_certificate_and_a_key_that_do_not_belong_together_are_refused(
    warehouse_command: Any, tmp_path: Path
) -> None:
    cert, _ = make_certificate(tmp_path, "one", (-2, 30))
    _, key = make_certificate(tmp_path, "two", (-2, 30))
    said = warehouse_command(
        tmp_path / "w", "serve", "--port", "0", "--cert", str(cert), "--key", str(key), expect=2
    )
    assert "Traceback" not in said


def test_cookies_of_a_warehouse_with_a_certificate_never_travel_in_the_open(secured: Secured) -> None:
    answer = httpx.get(secured.warehouse.url + "/sign-in", verify=False)
    assert all("secure" in cookie.lower() for cookie in answer.headers.get_list("set-cookie"))
    assert answer.headers.get_list("set-cookie")
