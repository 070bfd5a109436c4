"""Enrolment: how a station and a warehouse come to trust each other, once.

The province's `warehouse stations add` prints an invitation (a file, and the same as a QR): where the warehouse
is, how to know it is the one, and a code for fifteen minutes. The station makes its own key, sends the public
half with the code, and gets its token. From then on it knows the warehouse by pin and receipt keys alone.
"""

from pathlib import Path

import httpx

from station.core.errors import N_, NotAllowed
from sync.delivery_problems import LoginPageInTheWay, WarehouseBusy, in_words
from sync.invitation import Invitation, NotAnInvitation, read_invitation
from sync.protocol import ENROL_PATH, new_key
from sync.trust import WarehouseTarget, check_address, tls_context

__all__ = ["Invitation", "InvitationRefused", "NotAnInvitation", "enrol", "read_invitation"]


class InvitationRefused(NotAllowed):
    sentence = N_(
        "The invitation was used already or is older than 15 minutes. Ask the province for a new one."
    )


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
