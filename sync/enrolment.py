"""Enrolment: how a station and a warehouse come to trust each other, once.

The province's `warehouse stations add` prints an invitation (a file, and the same as a QR): where the warehouse
is, how to know it is the one, and a code for fifteen minutes. The station makes its own key, sends the public
half with the code, and gets its token. From then on it knows the warehouse by pin and receipt keys alone.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from station.core.errors import N_, InputRefused, NotAllowed
from sync.protocol import ENROL_PATH, new_key
from sync.trust import WarehouseTarget, check_address, tls_context
from sync.upload import LoginPageInTheWay, WarehouseBusy, in_words

FORMAT = "warehouse-invitation/1"


class NotAnInvitation(InputRefused):
    sentence = N_(
        "{file} is not an invitation to a warehouse. Ask the province for one: warehouse stations add."
    )


class InvitationRefused(NotAllowed):
    sentence = N_(
        "The invitation was used already or is older than 15 minutes. Ask the province for a new one."
    )


@dataclass(frozen=True)
class Invitation:
    """What `warehouse stations add` prints. The code works once, for 15 minutes."""

    url: str
    station_id: str
    branch: str
    code: str = field(repr=False)
    expires_at: str
    receipt_keys: dict[str, str]
    stick_key: str
    certificate_pins: tuple[str, ...] = ()

    def to_text(self) -> str:
        """The invitation as the file and the QR hold it: one line of JSON."""
        return json.dumps({"format": FORMAT, **self.__dict__}, ensure_ascii=False, separators=(",", ":"))


def read_invitation(text: str, name: str) -> Invitation:
    """An invitation from a file's or a QR's text.

    Raises:
        NotAnInvitation: it is something else; `name` says what was read.
    """
    try:
        data: dict[str, Any] = json.loads(text)
        if data.pop("format") != FORMAT:
            raise ValueError("format")
        data["certificate_pins"] = tuple(data["certificate_pins"])
        return Invitation(**data)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotAnInvitation(file=name) from error


def enrol(invitation: Invitation, ca_file: Path | None = None) -> WarehouseTarget:
    """Accepts the invitation: makes the station's key and fetches its token. The caller keeps both (sync.secrets).

    Raises:
        InvitationRefused: used or too old.
        NetworkProblem: the warehouse cannot be reached, or something else answered.
    """
    check_address(invitation.url)
    private_key, public_key = new_key()
    try:
        with httpx.Client(verify=tls_context(invitation.certificate_pins, ca_file), timeout=30.0) as client:
            answer = client.post(
                invitation.url.rstrip("/") + ENROL_PATH,
                json={"code": invitation.code, "public_key": public_key},
            )
    except httpx.HTTPError as error:
        raise in_words(error, invitation.url) from error
    if "Tus-Resumable" not in answer.headers:
        raise LoginPageInTheWay(status=answer.status_code)
    if answer.status_code == 403:
        raise InvitationRefused
    if answer.status_code != 200:
        raise WarehouseBusy(status=answer.status_code)
    given = answer.json()
    return WarehouseTarget(
        url=invitation.url,
        station_id=given["station_id"],
        token=given["token"],
        station_key=private_key,
        receipt_keys=invitation.receipt_keys,
        certificate_pins=invitation.certificate_pins,
        ca_file=ca_file,
        stick_key=invitation.stick_key,
    )
