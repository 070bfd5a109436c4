"""What a station asks of the warehouse beside delivering: its branch's procedure records, and papers held already.

Only the warehouse's own answers count, as in sync.upload; a login page is a network in the way.
"""

import json
from dataclasses import dataclass
from typing import Any

import httpx

from station.core.errors import N_, NotAllowed
from sync.delivery_problems import LoginPageInTheWay, StationNotKnown, WarehouseBusy, in_words
from sync.trust import WarehouseTarget, check_address, tls_context

# A page of records is a megabyte; a counter's line carries that in a few seconds.
TIMEOUT = httpx.Timeout(60.0, connect=10.0)
RECORDS_AT_A_TIME = 1000


class NoPurpose(NotAllowed):
    sentence = N_(
        "The warehouse tells nothing about papers for {code}: it needs an open dossier of this branch whose"
        " applicant has this ID number."
    )


class PictureNotShown(NotAllowed):
    sentence = N_(
        "The warehouse does not show this paper here: the station has no right to, or its branch keeps it to itself."
    )


@dataclass(frozen=True)
class RecordsPage:
    """Records that changed, and where to ask from next time. `tag` names the state they were read in."""

    records: list[dict[str, Any]]
    next: int
    tag: str


@dataclass(frozen=True)
class PaperThere:
    """A paper the warehouse holds. Dates ISO or None; `picture` tells whether it may be looked at from here."""

    package_id: str
    number: int
    type_id: str
    document_number: str | None
    issued_on: str | None
    valid_until: str | None
    branch: str
    picture: bool


def fetch_records(target: WarehouseTarget, since: int, tag: str) -> RecordsPage | None:
    """The branch's records that changed after `since`; None when nothing has since the answer named by `tag`.

    Raises:
        NetworkProblem.
    """
    headers = {"If-None-Match": tag} if tag else {}
    answer = _get(target, "/v1/records", {"since": since, "limit": RECORDS_AT_A_TIME}, headers)
    if answer.status_code == 304:
        return None
    _expect_good(answer)
    try:
        said = answer.json()
        return RecordsPage(list(said["records"]), int(said["next"]), answer.headers.get("ETag", ""))
    except (ValueError, KeyError, TypeError) as error:
        raise LoginPageInTheWay(status=answer.status_code) from error


def look_up_papers(target: WarehouseTarget, dossier_code: str, owner_id: str) -> list[PaperThere]:
    """Still valid papers of a person, newest first; the dossier's code is written down there as the purpose.

    Raises:
        NoPurpose: the warehouse knows no open dossier of this branch of that person.
        NetworkProblem.
    """
    answer = _get(target, "/v1/reuse", {"dossier_code": dossier_code, "owner_id": owner_id}, {})
    if answer.status_code == 403:
        raise NoPurpose(code=dossier_code)
    _expect_good(answer)
    try:
        return [PaperThere(**row) for row in answer.json()]
    except (ValueError, TypeError) as error:
        raise LoginPageInTheWay(status=answer.status_code) from error


def fetch_picture(
    target: WarehouseTarget, dossier_code: str, owner_id: str, package_id: str, number: int
) -> bytes:
    """The PDF of a paper the look-up told of; both branches' records say who looked.

    Raises:
        PictureNotShown.
        NetworkProblem.
    """
    path = f"/v1/reuse/{package_id}/{number}"
    answer = _get(target, path, {"dossier_code": dossier_code, "owner_id": owner_id}, {})
    if answer.status_code in (403, 404, 422):
        raise PictureNotShown
    _expect_good(answer)
    return answer.content


def _get(
    target: WarehouseTarget, path: str, query: dict[str, Any], headers: dict[str, str]
) -> httpx.Response:
    check_address(target.url)
    secure = target.url.startswith("https:")
    try:
        with httpx.Client(
            verify=tls_context(target.certificate_pins, target.ca_file) if secure else False,
            headers={"Authorization": f"Bearer {target.token}", **headers},
            timeout=TIMEOUT,
            follow_redirects=False,
        ) as client:
            answer = client.get(target.url.rstrip("/") + path, params=query)
    except httpx.HTTPError as error:
        raise in_words(error, target.url) from error
    if "Tus-Resumable" not in answer.headers:
        raise (WarehouseBusy if answer.status_code >= 500 else LoginPageInTheWay)(status=answer.status_code)
    if answer.status_code == 401:
        raise StationNotKnown
    return answer


def _expect_good(answer: httpx.Response) -> None:
    if answer.status_code != 200:
        raise WarehouseBusy(status=answer.status_code)


def records_text(records: list[dict[str, Any]]) -> str:
    """Records as the file the station's import reads."""
    return json.dumps({"records": records}, ensure_ascii=False)
