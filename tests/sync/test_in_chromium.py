"""The warehouse's pages in a real browser: what a leader clicks and reads, on a wide screen and on a telephone."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from sync.enrolment import enrol
from sync.warehouse import signing_in
from sync.warehouse.app import open_warehouse
from sync.warehouse.embedded import EmbeddedWarehouse
from sync.warehouse.exchange import put_records
from sync.warehouse.schema import writing
from tests.sync.chromium import ENTER, Chromium, is_installed, open_chromium
from tests.sync.conftest import deliver

pytestmark = [
    pytest.mark.keeps_running("the warehouse of all these tests"),
    pytest.mark.skipif(not is_installed(), reason="no Chromium is installed"),
]

PASSWORD = "an invented password"
NOW = datetime(2025, 6, 1, tzinfo=UTC)
# A quarter no other test speaks of: of the first branch three of four are digitised, of the second one of two.
RECORDS = {"CN-THU": 4, "CN-XA": 2}
DELIVERED = {"CN-THU": 3, "CN-XA": 1}
QUARTER = "from=2025-01-01&to=2025-03-31"
BROKEN_IN_TWO = """
return [...document.querySelectorAll('td.number, tbody th')].filter(cell => {
    const words = document.createRange();
    words.selectNodeContents(cell);
    return new Set([...words.getClientRects()].map(line => line.top)).size > 1;
}).map(cell => cell.innerText)"""


@pytest.fixture(scope="module")
def quarter(shared_warehouse: EmbeddedWarehouse) -> None:
    house = open_warehouse(shared_warehouse.settings)
    records = [
        {
            "dossier_code": f"C-{branch}-{number}",
            "branch": branch,
            "received_at": f"{number + 2:02d}/02/2025",
            "status": "4",
            "procedure_code": "1.01",
        }
        for branch, count in RECORDS.items()
        for number in range(1, count + 1)
    ]
    with writing(house.engine) as conn:
        put_records(conn, records, NOW.isoformat())
        signing_in.add_person(conn, "chromium province", PASSWORD, "province", None, NOW)
        signing_in.add_person(conn, "chromium leader", PASSWORD, "branch", "CN-XA", NOW)
    house.engine.dispose()


@pytest.fixture
def delivered(shared_warehouse: EmbeddedWarehouse, quarter: None, make_package: Any) -> None:
    for branch, count in DELIVERED.items():
        station = enrol(shared_warehouse.add_station(branch))
        for number in range(1, count + 1):
            file, built, _ = make_package(code=f"C-{branch}-{number}", branch=branch)
            deliver(file, built, station)


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    with open_chromium(tmp_path_factory.mktemp("chromium"), "vi") as opened:
        yield opened


def _sign_in(window: Chromium, url: str, name: str) -> None:
    window.forget()
    window.go(url + "/reports")
    assert window.address() == url + "/sign-in"
    window.type("#name", name)
    window.type("#password", PASSWORD + ENTER)
    assert "Đăng xuất" in window.text("header form")
    assert window.address() == url + "/"


def test_a_leader_opens_the_list_behind_a_rate_and_sees_no_other_branch(
    window: Chromium, shared_warehouse: EmbeddedWarehouse, delivered: None
) -> None:
    url = shared_warehouse.url
    _sign_in(window, url, "chromium province")
    window.click('nav a[href="/reports"]')
    window.go(f"{url}/reports?{QUARTER}")
    assert "66,7 %" in window.text(".card.official .rate") and "66,7 %" in window.text(".card.strict .rate")
    assert [line.split()[0] for line in window.text(".bars").splitlines() if line[:2] == "CN"] == [
        "CN-THU",
        "CN-XA",
    ]
    # The rate of the first branch: 75,0 %, of which one dossier is missing.
    window.click('tbody td a[href*="key=CN-THU"][href*="shown=missing"]')
    assert window.text(".choices [aria-current]") == "Chưa số hóa"
    assert "C-CN-THU-4" in window.text("table") and "C-CN-THU-1" not in window.text("table")

    _sign_in(window, url, "chromium leader")
    window.go(f"{url}/reports?{QUARTER}")
    assert "50,0 %" in window.text(".card.official .rate") and "CN-THU" not in window.text()
    window.click('.card.official a[href*="shown=received"]')
    assert window.text(".choices [aria-current]") == "Tiếp nhận"
    assert "C-CN-XA-1" in window.text("table") and "CN-THU" not in window.text()
    for foreign in ("/reports?branch=CN-THU", "/reports/dossiers?branch=CN-THU"):
        window.go(url + foreign)
        assert "C-CN" not in window.text() and "Not Found" in window.text()


@pytest.mark.parametrize("width_px", [1280, 390])
def test_pages_fit_a_screen_and_a_telephone(
    window: Chromium, shared_warehouse: EmbeddedWarehouse, delivered: None, width_px: int, tmp_path: Path
) -> None:
    url = shared_warehouse.url
    window.resize(width_px, 900)
    _sign_in(window, url, "chromium province")
    for path in ("/", f"/reports/dossiers?{QUARTER}", f"/reports?{QUARTER}"):
        window.go(url + path)
        # Wide tables scroll in their own frame, the page itself never sideways; no number is broken in two.
        assert window.script("return document.documentElement.scrollWidth") <= width_px, path
        assert not window.script(BROKEN_IN_TWO), path
    window.picture(tmp_path / "rates.png")
    with Image.open(tmp_path / "rates.png") as picture:
        drawn = {colour for _, colour in picture.convert("RGB").getcolors(1 << 24) or ()}
    # The page's own style came through its policy: header and official bars, strict bars, their track.
    assert drawn >= {(11, 74, 143), (138, 75, 0), (227, 231, 236)}
    letters_px = window.script(
        "return document.querySelector('svg.line text').getBoundingClientRect().height"
    )
    assert letters_px >= 10
