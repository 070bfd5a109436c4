"""Digitization rates in the browser, over real HTTP: sign-in, drill-down, and that branches do not see each other."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest

from sync.warehouse import signing_in
from sync.warehouse.app import open_warehouse
from sync.warehouse.embedded import EmbeddedWarehouse
from sync.warehouse.exchange import put_records
from sync.warehouse.report_words import line_of, ranked
from sync.warehouse.schema import writing
from tests.sync.conftest import deliver

pytestmark = pytest.mark.keeps_running("the warehouse of all these tests")

PASSWORD = "an invented password"
NOW = datetime(2024, 6, 1, tzinfo=UTC)
# A quarter no other test speaks of.
QUARTER = {"from": "2024-01-01", "to": "31/03/2024"}


def _record(code: str, branch: str, day: int, **values: Any) -> dict[str, Any]:
    shown = {
        "received_at": f"{day:02d}/02/2024",
        "due_at": "28/03/2024",
        "status": "4",
        "procedure_code": "1.01",
    }
    return {"dossier_code": code, "branch": branch, **shown, **values}


@pytest.fixture(scope="module")
def quarter(shared_warehouse: EmbeddedWarehouse) -> None:
    house = open_warehouse(shared_warehouse.settings)
    records = [_record(f"P-THU-{n}", "CN-THU", n) for n in range(1, 5)]
    records += [_record(f"P-KHAC-{n}", "CN-KHAC", n) for n in range(1, 4)]
    records += [_record("P-XSS", "<b>CN", 1, progress="<script>"), _record("P-OUT", "CN-THU", 9, status="8")]
    with writing(house.engine) as conn:
        put_records(conn, records, NOW.isoformat())
        signing_in.add_person(conn, "rates province", PASSWORD, "province", None, NOW)
        signing_in.add_person(conn, "rates leader", PASSWORD, "branch", "CN-THU", NOW)
        signing_in.add_person(conn, "rates locked", PASSWORD, "branch", "CN-THU", NOW)
    house.engine.dispose()


@pytest.fixture
def browser(shared_warehouse: EmbeddedWarehouse, quarter: None) -> Iterator[httpx.Client]:
    headers = {"Accept-Language": "vi"}
    with httpx.Client(base_url=shared_warehouse.url, headers=headers, follow_redirects=True) as client:
        yield client


def _sign_in(browser: httpx.Client, name: str, password: str = PASSWORD) -> httpx.Response:
    token = re.search(r'name="csrf" value="([^"]+)"', browser.get("/sign-in").text)
    assert token
    return browser.post("/sign-in", data={"name": name, "password": password, "csrf": token[1]})


class _Links(HTMLParser):
    """Every link of a page by its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self._open: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._open = dict(attrs)["href"]

    def handle_data(self, data: str) -> None:
        if self._open:
            self.found.append((data, self._open))
            self._open = None


def test_the_report_is_for_people_who_are_signed_in(browser: httpx.Client) -> None:
    for path in ("/reports", "/reports/dossiers"):
        answer = browser.get(path, follow_redirects=False)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in")


def test_wrong_passwords_lock_the_name_and_a_foreign_form_is_refused(browser: httpx.Client) -> None:
    for _ in range(signing_in.FAILURES_ALLOWED):
        assert _sign_in(browser, "rates locked", "a wrong password").status_code == 403
    assert _sign_in(browser, "rates locked").status_code == 403
    assert browser.get("/reports", follow_redirects=False).status_code == 303
    data = {"name": "rates leader", "password": PASSWORD, "csrf": "made up elsewhere"}
    assert browser.post("/sign-in", data=data).status_code == 403


def test_the_province_ranks_its_branches_and_opens_each_number(
    browser: httpx.Client, make_package: Any, target: Any
) -> None:
    file, built, _ = make_package(code="P-THU-1")
    deliver(file, built, target)
    _sign_in(browser, "rates province")
    page = browser.get("/reports", params=QUARTER)
    assert page.status_code == 200 and "20,0 %" in page.text and "01/01/2024 – 31/03/2024" in page.text
    names = re.findall(r'<span class="name">([^<]*)</span>', page.text)
    assert names[0] == "CN-THU" and set(names) == {"CN-THU", "CN-KHAC", "&lt;b&gt;CN"}
    assert "<b>CN" not in page.text and "style=" not in page.text  # the policy allows no style in the page
    numbers = [(text, link) for text, link in _Links(page.text).found if "/reports/dossiers?" in link]
    listed = {link: browser.get(link).text for _, link in numbers}
    for text, link in numbers:
        if text.isdecimal():
            assert len(re.findall(r'<th scope="row">', listed[link])) == int(text), link
    missing = next(link for _, link in numbers if "rule=strict" in link and "shown=excluded" in link)
    assert "P-OUT" in listed[missing] and "Bị loại theo quy tắc chặt" in listed[missing]


def test_a_leader_sees_the_own_branch_and_no_other_by_any_address(browser: httpx.Client) -> None:
    _sign_in(browser, "rates leader")
    page = browser.get("/reports", params=QUARTER).text
    assert "CN-THU" in page and "CN-KHAC" not in page and 'name="branch"' not in page
    assert browser.get("/reports", params={**QUARTER, "branch": "CN-KHAC"}).status_code == 404
    assert browser.get("/reports/dossiers", params={**QUARTER, "branch": "CN-KHAC"}).status_code == 404
    for by, key in (("branch", "CN-KHAC"), ("day", "2024-02-01"), ("procedure", "1.01")):
        text = browser.get("/reports/dossiers", params={**QUARTER, "by": by, "key": key}).text
        assert "P-KHAC" not in text and ("P-THU-1" in text) == (by != "branch")


def test_programs_get_the_same_numbers_with_their_token(
    shared_warehouse: EmbeddedWarehouse, quarter: None, give_token: Any
) -> None:
    def ask(role: str, of: str | None, path: str, **more: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {give_token(role, of)}"}
        return httpx.get(shared_warehouse.url + path, params={**QUARTER, **more}, headers=headers)

    own = ask("branch", "CN-KHAC", "/v1/reports/rates").json()["rule"]["official"]
    assert [(r["key"], r["received"]) for r in own["rows"]] == [("CN-KHAC", 3)]
    listed = ask("branch", "CN-KHAC", "/v1/reports/dossiers", shown="missing").json()
    assert {d["dossier_code"] for d in listed} == {"P-KHAC-1", "P-KHAC-2", "P-KHAC-3"}
    assert ask("branch", "CN-KHAC", "/v1/reports/rates", branch="CN-THU").status_code == 404
    assert len(ask("province", None, "/v1/reports/rates").json()["rule"]["official"]["rows"]) == 3
    assert ask("monitor", None, "/v1/reports/rates").status_code == 403
    assert httpx.get(shared_warehouse.url + "/v1/reports/rates").status_code == 401


def test_a_day_that_is_none_is_said_in_words_and_languages_follow_the_browser(browser: httpx.Client) -> None:
    _sign_in(browser, "rates leader")
    wrong = browser.get("/reports", params={"from": "31/02/2024"})
    assert wrong.status_code == 422 and "31/02/2024 không phải là ngày" in wrong.text
    english = browser.get("/reports", params=QUARTER, headers={"Accept-Language": "en"}).text
    assert "Digitization rates" in english and "Left out" in english
    khmer = browser.get("/reports", params=QUARTER, headers={"Accept-Language": "km"}).text
    assert "អត្រាឌីជីថលូបនីយកម្ម" in khmer and 'lang="km"' in khmer


def test_every_control_of_the_page_has_a_label(browser: httpx.Client) -> None:
    _sign_in(browser, "rates province")
    page = browser.get("/reports", params=QUARTER).text
    controls = re.findall(r'<(?:input|select) id="([^"]+)"', page)
    assert len(controls) == 5 and all(f'<label for="{name}">' in page for name in controls)
    assert all(re.search(r"aria-hidden|role=\"img\"", tag) for tag in re.findall(r"<svg[^>]*>", page))


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(
    ("ink", "paper", "least"),
    [
        ("#1b1f24", "#f2f4f7", 4.5),
        ("#0b4a8f", "#ffffff", 4.5),
        ("#0b4a8f", "#f2f4f7", 4.5),
        ("#a11212", "#ffffff", 4.5),
        ("#0b4a8f", "#e3e7ec", 3.0),
        ("#8a4b00", "#e3e7ec", 3.0),
    ],
)
def test_colours_of_the_page_can_be_told_apart(
    browser: httpx.Client, ink: str, paper: str, least: float
) -> None:
    style = browser.get("/style.css").text
    assert ink in style and paper in style
    light, dark = sorted((_luminance(ink), _luminance(paper)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= least  # WCAG 2.1 AA: text 4.5, graphics 3


def test_days_without_a_rate_part_the_line() -> None:
    def side(rate: float | None) -> dict[str, Any]:
        return {"received": 1, "digitised": 1, "delivered": 1, "excluded": 0, "rate": rate}

    rates = {"2024-01-01": 0.0, "2024-01-02": 100.0, "2024-01-03": None, "2024-01-05": 50.0}
    rows = [{"key": day, **side(rate)} for day, rate in rates.items()]
    both = {"by": "day", "rule": {"official": {"rows": rows}, "strict": {"rows": []}}}
    assert line_of(ranked(both), "official") == ["0.0,200.0 180.0,0.0", "720.0,100.0 723.0,100.0"]
    assert line_of(ranked(both), "strict") == []
