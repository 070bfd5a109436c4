import json
import uuid
from dataclasses import replace
from typing import Any

import pytest

from sync.connector import Given, OneStopConnector, Outcome, XRoadConnector, idempotency_key, read_answer
from sync.trust import InsecureAddress
from sync.xroad import XRoadRefused, XRoadSettings, XRoadSettingsWrong, XRoadUnavailable, call
from tests.sync.security_server import SecurityServer

RESULT: dict[str, Any] = {
    "dossier_code": "KH/2026 01",
    "stage": "result",
    "version": 1,
    "documents": [{"type_id": "kh_ownership_title", "sha256": "0" * 64}],
}


def _settings(url: str) -> XRoadSettings:
    return XRoadSettings(url, "TEST/GOV/LAND 1/STATION", "TEST/GOV/ONESTOP/DESK/dossiers")


def test_a_result_goes_out_with_the_headers_x_road_asks_for() -> None:
    with SecurityServer((200, {}, {"code": "00"})) as server:
        connector: OneStopConnector = XRoadConnector(_settings(server.url), user_id="KH123")
        assert connector.put_result(RESULT, {}) == Given(Outcome.TAKEN)
        assert connector.put_result(RESULT, {}) == Given(Outcome.TAKEN)
    first, second = server.requests
    assert first["path"] == "/r1/TEST/GOV/ONESTOP/DESK/dossiers/results/KH%2F2026%2001"
    headers = first["headers"]
    assert headers["X-Road-Client"] == "TEST/GOV/LAND%201/STATION"
    assert headers["X-Road-UserId"] == "KH123" and headers["X-Road-Issue"] == "KH%2F2026%2001"
    assert headers["X-Road-Id"] == second["headers"]["X-Road-Id"] == idempotency_key(RESULT, "put")
    assert uuid.UUID(headers["X-Road-Id"])
    assert json.loads(first["body"]) == RESULT


def test_a_result_keeps_the_key_of_before_an_update_and_its_finishing_has_one_of_its_own() -> None:
    # What the version before the first word of a finished dossier made of the same result.
    assert idempotency_key(RESULT, "put") == "52cf30e0-9f54-577b-8aa8-67544a303550"
    assert idempotency_key(RESULT, "finish") != idempotency_key(RESULT, "put")


def test_records_are_fetched_from_where_the_last_time_ended() -> None:
    with SecurityServer((200, {}, {"records": [{"dossier_code": "A"}], "next": "7"})) as server:
        assert XRoadConnector(_settings(server.url)).list_records("5") == ([{"dossier_code": "A"}], "7")
    assert server.requests[0]["path"].endswith("/records?since=5")


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        (500, {"X-Road-Error": "Server.ClientProxy.NetworkError"}, XRoadUnavailable),
        (500, {"X-Road-Error": "Server.ServerProxy.ServiceFailed.Timeout"}, XRoadUnavailable),
        (503, {}, XRoadUnavailable),
        (500, {"X-Road-Error": "Server.ServerProxy.AccessDenied"}, XRoadRefused),
        (500, {"X-Road-Error": "Server.ClientProxy.UnknownMember"}, XRoadRefused),
        (400, {"X-Road-Error": "Client.BadRequest"}, XRoadRefused),
        (302, {"Location": "http://elsewhere.example"}, XRoadRefused),
    ],
)
def test_what_may_pass_is_tried_again_and_the_rest_is_shown(
    status: int, headers: dict[str, str], expected: type[Exception]
) -> None:
    with SecurityServer((status, headers, {})) as server, pytest.raises(expected):
        call(_settings(server.url), "GET", "/records")


def test_a_services_own_refusal_is_its_answer() -> None:
    with SecurityServer((422, {}, {"code": "17", "message": "no such procedure"})) as server:
        answer = call(_settings(server.url), "PUT", "/results/A", body={})
    assert (answer.status, answer.server_request_id) == (422, "from-the-server")
    assert read_answer(answer.status, answer.content) == Given(Outcome.REFUSED, "no such procedure")


@pytest.mark.parametrize(
    ("status", "answer", "outcome"),
    [
        (200, {"session": "x", "error_code": 0}, Outcome.TAKEN),
        (200, {"data": 1, "status": {"success": True, "code": 1, "message": ""}}, Outcome.TAKEN),
        (200, {"error_code": -1, "message": "Hồ sơ đã tồn tại"}, Outcome.ALREADY_THERE),
        (409, {}, Outcome.ALREADY_THERE),
        (200, {"error_code": -1, "message": "Sai mã thủ tục"}, Outcome.REFUSED),
        (400, {}, Outcome.REFUSED),
    ],
)
def test_already_there_is_success_and_a_refusal_goes_to_a_person(
    status: int, answer: dict[str, Any], outcome: Outcome
) -> None:
    assert read_answer(status, json.dumps(answer).encode()).outcome is outcome


def test_wrong_settings_are_said_before_anything_is_sent() -> None:
    with pytest.raises(XRoadSettingsWrong, match="client"):
        call(XRoadSettings("https://ss.example", "TEST/GOV", "TEST/GOV/A/b"), "GET", "")
    with pytest.raises(InsecureAddress):
        call(XRoadSettings("http://ss.example", "TEST/GOV/A/B", "TEST/GOV/A/b"), "GET", "")
    with pytest.raises(XRoadUnavailable, match="tried again"):
        call(_settings("http://127.0.0.1:9"), "GET", "")


def test_whom_the_office_acts_for_and_where_it_is_served_go_along_where_the_contract_names_them() -> None:
    with SecurityServer((200, {}, {})) as server:
        settings = replace(
            _settings(server.url), target_server="TEST/GOV/ONESTOP/SS 1", represented_party="GOV/BRANCH 2"
        )
        call(settings, "GET", "/records")
    headers = server.requests[0]["headers"]
    assert headers["X-Road-Security-Server"] == "TEST/GOV/ONESTOP/SS%201"
    assert headers["X-Road-Represented-Party"] == "GOV/BRANCH%202"
