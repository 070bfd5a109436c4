"""X-Road REST: how Cambodia's offices call each other's services (CamDX), through the office's own security server.

Identifiers (instance, class, member, subsystem, service) come with the onboarding contract; they are settings and
have no defaults. X-Road itself only carries: an answer with the header X-Road-Error was made by X-Road on the way,
any other is the service's own.
"""

import logging
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from station.core.errors import N_, NetworkProblem, UsageProblem
from sync.package import canonical_json
from sync.trust import check_address, tls_context

log = logging.getLogger(__name__)

TIMEOUT_S = 60.0
# Kinds of X-Road errors that another try may mend; all others stop and are shown to a person.
_PASSING_KINDS = ("NetworkError", "ServiceFailed.Timeout", "ServerProxy.ServiceFailed", "OutdatedGlobalConf")
_REQUIRED_PARTS = {"client": (4,), "service": (4, 5)}


class XRoadSettingsWrong(UsageProblem):
    sentence = N_(
        "The X-Road setting {name} is incomplete. It is written INSTANCE/CLASS/MEMBER/…; see the contract."
    )


class XRoadUnavailable(NetworkProblem):
    """Another try may help."""

    sentence = N_(
        "The service did not answer over X-Road ({problem}, request {request_id}). It is tried again."
    )


class XRoadRefused(NetworkProblem):
    """X-Road will not carry this request, however often it is sent."""

    sentence = N_(
        "X-Road refused the request ({problem}, request {request_id}). Tell your IT staff both words."
    )


@dataclass(frozen=True)
class XRoadSettings:
    """How one service is reached.

    Attributes:
        security_server: https address of the office's own security server.
        client: INSTANCE/CLASS/MEMBER/SUBSYSTEM, who calls.
        service: INSTANCE/CLASS/MEMBER[/SUBSYSTEM]/SERVICECODE, who is called.
        certificate, key: for mutual TLS with the own security server; both or neither.
        target_server: INSTANCE/CLASS/MEMBER/SERVERCODE where the contract names one.
        represented_party: CLASS/MEMBER this office acts for, where the contract asks for it.
    """

    security_server: str
    client: str
    service: str
    ca_file: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    target_server: str | None = None
    represented_party: str | None = None


@dataclass(frozen=True)
class XRoadAnswer:
    """The service's own answer, whatever its status. `server_request_id` is the security server's, for support."""

    status: int
    content: bytes = field(repr=False)
    content_type: str
    request_id: str
    server_request_id: str | None


def call(
    settings: XRoadSettings,
    method: str,
    path: str,
    *,
    body: Any = None,
    query: dict[str, str] | None = None,
    request_id: str | None = None,
    user_id: str | None = None,
    issue: str | None = None,
) -> XRoadAnswer:
    """Calls a path of the service.

    Args:
        path: below the service, "" or beginning with "/".
        body: sent as JSON; None for no body.
        request_id: the same for every try of one act, so that it is done once; made here if None.
        user_id: with its country, such as KH123.
        issue: the dossier's code.

    Raises:
        XRoadUnavailable: try again later with the same request_id.
        XRoadRefused: a person must look.
    """
    request_id = request_id or str(uuid.uuid4())
    content = None if body is None else canonical_json(body)
    try:
        with _client(settings) as client:
            answer = client.request(
                method,
                service_url(settings) + path,
                params=query,
                content=content,
                headers=_headers(settings, request_id, user_id, issue, content is not None),
            )
    except httpx.HTTPError as error:
        raise XRoadUnavailable(problem=type(error).__name__, request_id=request_id) from error
    _raise_for_xroad(answer, request_id)
    server_request_id = answer.headers.get("X-Road-Request-Id")
    # Both words and nothing else: the path holds the dossier's code, the body its papers.
    log.info("X-Road %s %d, request %s, there %s", method, answer.status_code, request_id, server_request_id)
    return XRoadAnswer(
        status=answer.status_code,
        content=answer.content,
        content_type=answer.headers.get("Content-Type", ""),
        request_id=request_id,
        server_request_id=server_request_id,
    )


def service_url(settings: XRoadSettings) -> str:
    """…/r1/ and the parts of the service's identifier, each percent-encoded.

    Raises:
        XRoadSettingsWrong: a part is missing.
        InsecureAddress: the security server is not reached over https.
    """
    check_address(settings.security_server)
    parts = _parts("service", settings.service)
    _parts("client", settings.client)
    return f"{settings.security_server.rstrip('/')}/r1/{'/'.join(parts)}"


def _client(settings: XRoadSettings) -> httpx.Client:
    context = tls_context((), settings.ca_file)
    if settings.certificate and settings.key:
        context.load_cert_chain(settings.certificate, settings.key)
    return httpx.Client(verify=context, timeout=TIMEOUT_S, follow_redirects=False)


def _parts(name: str, identifier: str) -> list[str]:
    parts = identifier.split("/")
    if len(parts) not in _REQUIRED_PARTS[name] or not all(parts):
        raise XRoadSettingsWrong(name=name)
    return [quote(part, safe="") for part in parts]


def _headers(
    settings: XRoadSettings, request_id: str, user_id: str | None, issue: str | None, has_body: bool
) -> dict[str, str]:
    headers = {
        "X-Road-Client": "/".join(_parts("client", settings.client)),
        "X-Road-Id": request_id,
        "Accept": "application/json",
    }
    if has_body:
        headers["Content-Type"] = "application/json"
    if user_id:
        headers["X-Road-UserId"] = quote(user_id, safe="")
    if issue:
        headers["X-Road-Issue"] = quote(issue, safe="")
    for name, identifier in (
        ("X-Road-Security-Server", settings.target_server),
        ("X-Road-Represented-Party", settings.represented_party),
    ):
        if identifier:
            headers[name] = "/".join(quote(part, safe="") for part in identifier.split("/"))
    return headers


def _raise_for_xroad(answer: httpx.Response, request_id: str) -> None:
    kind = answer.headers.get("X-Road-Error")
    if kind is None:
        if answer.status_code >= 500:
            raise XRoadUnavailable(problem=f"code {answer.status_code}", request_id=request_id)
        if 300 <= answer.status_code < 400:
            raise XRoadRefused(problem=f"redirect {answer.status_code}", request_id=request_id)
        return
    # AccessDenied stays refused although it comes from a server's side.
    if kind.startswith("Server.") and "AccessDenied" not in kind and any(p in kind for p in _PASSING_KINDS):
        raise XRoadUnavailable(problem=kind, request_id=request_id)
    raise XRoadRefused(problem=kind, request_id=request_id)
