"""Invitations as the province hands them out: a line of JSON, and the same as a QR on a page."""

import io

from sqlalchemy import Engine

from sync.invitation import Invitation
from sync.warehouse import stations
from sync.warehouse.schema import writing
from sync.warehouse.stations import NewStation


def invite(engine: Engine, new: NewStation, url: str, certificate_pins: tuple[str, ...]) -> Invitation:
    """The invitation of a station that was just added or rotated."""
    with writing(engine) as conn:
        stations.active_key(conn, "receipt")
        receipt_keys = {k.key_id: k.public_key for k in stations.list_keys(conn, "receipt")}
        stick_key = stations.active_key(conn, "stick").public_key
    return Invitation(
        url=url,
        station_id=new.station_id,
        branch=new.branch,
        code=new.code,
        expires_at=new.expires_at,
        receipt_keys=receipt_keys,
        stick_key=stick_key,
        certificate_pins=certificate_pins,
    )


def qr_text(invitation: Invitation) -> str:
    """The invitation as a QR drawn with characters, to be held before a scanner or a camera."""
    import segno  # only these verbs draw, and every start of the server would pay for it

    drawn = io.StringIO()
    segno.make(invitation.to_text(), error="m", micro=False).terminal(drawn, compact=True)
    return drawn.getvalue()
