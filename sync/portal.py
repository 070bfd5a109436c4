"""Portals that take a dossier as one JSON body: the national portal's NDXP adapter, ILIS, a province's LGSP.

What each wants to be told is a template (resources/exchange); here is only how one signs in and what an answer means.
Nothing of a body is ever logged: bodies hold citizens' papers.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx

from station.core.errors import N_, NetworkProblem, UsageProblem
from sync.connector import GOOD_CODES, Given, Outcome, idempotency_key, read_answer
from sync.templates import fill, places
from sync.trust import check_address, tls_context

# A dossier with its files inside may take the other side a while.
TIMEOUT_S = 120.0
# What a template may speak of, beside the columns of the procedure record.
DOSSIER_VALUES = frozenset(
    {
        *("dossier_code", "branch", "stage", "version", "package_id", "sealed_at", "stored_at"),
        *("procedure_code", "procedure_name", "applicant_name", "applicant_id", "date_of_birth", "address"),
        *("commune", "district", "province", "parcel_no", "map_sheet", "certificate_serial", "receiver"),
        *("counter", "status", "received_on", "due_on", "resolved_on", "is_updating"),
        *("dossiers", "documents", "components"),
    }
)
DOCUMENT_VALUES = frozenset(
    {
        *("document_id", "number", "type_id", "title", "file_name", "to_onestop", "page_count", "sha256"),
        *("size_bytes", "url", "content_base64", "component_code"),
    }
)
COMPONENT_VALUES = frozenset(
    {
        *("component_code", "component_name", "component_state", "component_pages", "digitised_ids"),
        *("from_store", "duty", "outcome"),
    }
)


class PortalUnavailable(NetworkProblem):
    """Another try may help."""

    sentence = N_("{system} did not take the dossier ({problem}). Nothing is lost; it is tried again.")


class TemplateWrong(UsageProblem):
    sentence = N_("The template {name} is wrong ({problem}). Correct it; nothing was sent.")


@dataclass(frozen=True)
class PortalSettings:
    """How one portal is reached.

    Attributes:
        url: where dossiers are put.
        auth_url: where the session or token is given.
        unit: the office's code at the other side (madonvi).
        fields: what every body carries besides the template, as the contract says (TinhId, client_id …).
    """

    name: str
    template: dict[str, Any]
    url: str
    auth_url: str
    username: str
    password: str = field(repr=False)
    unit: str = ""
    fields: dict[str, Any] = field(default_factory=dict)
    ca_file: Path | None = None


@cache
def shipped_template(name: str) -> dict[str, Any]:
    """A template of resources/exchange by its name, checked."""
    source = files("resources") / "exchange" / f"{name}.toml"
    if not name.isidentifier() or not source.is_file():
        raise TemplateWrong(name=name, problem="there is none of this name")
    return read_template(source.read_text(encoding="utf-8"), name)


def read_template(text: str, name: str) -> dict[str, Any]:
    """A template from its text.

    Raises:
        TemplateWrong: not TOML, no way to sign in, or a place that nothing is known of.
    """
    try:
        template = tomllib.loads(text)
        unknown = places([template["put"], template.get("look_up", {}), template.get("finish", {})])
    except (tomllib.TOMLDecodeError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise TemplateWrong(name=name, problem=str(error)) from error
    unknown -= DOSSIER_VALUES | DOCUMENT_VALUES | COMPONENT_VALUES
    if unknown:
        raise TemplateWrong(name=name, problem=", ".join(sorted(unknown)))
    if template.get("auth") not in ("session", "token"):
        raise TemplateWrong(name=name, problem="auth")
    return template


class PortalConnector:
    """A portal behind the seam of sync.connector; keeps its session or token while it is good."""

    def __init__(self, settings: PortalSettings) -> None:
        check_address(settings.url)
        check_address(settings.auth_url)
        self._settings = settings
        self._pass: str | None = None

    def ping(self) -> None:
        with self._client() as client:
            self._pass = self._sign_in(client)

    def put_result(self, result: dict[str, Any], values: Mapping[str, Any]) -> Given:
        """Gives a dossier: looked up first where the template says so, then added or brought up to date."""
        template = self._settings.template
        known = "look_up" in template and self._is_known(fill(template["look_up"], values))
        values = {**values, "is_updating": "True" if known else "False"}
        return self._give("put", result, values)

    def finish_dossier(self, result: dict[str, Any], values: Mapping[str, Any]) -> Given:
        if "finish" not in self._settings.template:
            return Given(Outcome.TAKEN)
        return self._give("finish", result, values)

    def _give(self, act: str, result: dict[str, Any], values: Mapping[str, Any]) -> Given:
        body = fill(self._settings.template[act], {**values, "dossiers": [values]})
        answer = self._call(body, idempotency_key(result, act))
        return read_answer(answer.status_code, answer.content)

    def _is_known(self, body: dict[str, Any]) -> bool:
        answer = self._call(body, None)
        try:
            said = answer.json()
        except ValueError:
            return False
        found = (said.get("result") or said.get("data")) if isinstance(said, dict) else None
        return answer.status_code == 200 and bool(found)

    def _call(self, body: dict[str, Any], key: str | None) -> httpx.Response:
        """Posts a body; a session that has ended is renewed, once."""
        with self._client() as client:
            for again in (True, False):
                answer = self._post(client, body, key)
                if not (again and _session_ended(answer)):
                    break
                self._pass = None
        if _session_ended(answer) or answer.status_code in (408, 429) or answer.status_code >= 500:
            raise PortalUnavailable(system=self._settings.name, problem=f"code {answer.status_code}")
        return answer

    def _post(self, client: httpx.Client, body: dict[str, Any], key: str | None) -> httpx.Response:
        settings = self._settings
        token = self._pass = self._pass or self._sign_in(client)
        headers = {"Idempotency-Key": key} if key else {}
        if settings.template["auth"] == "session":
            body = {"session": token, "madonvi": settings.unit, **settings.fields, **body}
        else:
            body = {**settings.fields, **body}
            headers["Authorization"] = f"Bearer {token}"
        try:
            return client.post(settings.url, json=body, headers=headers)
        except httpx.HTTPError as error:
            raise PortalUnavailable(system=settings.name, problem=type(error).__name__) from error

    def _sign_in(self, client: httpx.Client) -> str:
        settings = self._settings
        said = {"username": settings.username, "password": settings.password}
        try:
            if settings.template["auth"] == "session":
                answer = client.post(settings.auth_url, json=said)
            else:
                answer = client.post(settings.auth_url, data={"grant_type": "password", **said})
            given = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise PortalUnavailable(system=settings.name, problem=type(error).__name__) from error
        name = "session" if settings.template["auth"] == "session" else "access_token"
        token = given.get(name) if isinstance(given, dict) else None
        if answer.status_code != 200 or not token or given.get("error_code", 0) not in GOOD_CODES:
            raise PortalUnavailable(system=settings.name, problem="sign-in")
        return str(token)

    def _client(self) -> httpx.Client:
        secure = self._settings.url.startswith("https:")
        verify = tls_context((), self._settings.ca_file) if secure else False
        return httpx.Client(verify=verify, timeout=TIMEOUT_S, follow_redirects=False)


def _session_ended(answer: httpx.Response) -> bool:
    if answer.status_code in (401, 403):
        return True
    if answer.status_code != 200 or len(answer.content) > 10_000:
        return False
    given = read_answer(answer.status_code, answer.content)
    return given.outcome is Outcome.REFUSED and "session" in (given.problem or "").lower()
