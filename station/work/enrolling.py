"""Whom this station delivers to: enrolment at a warehouse, its secrets, and the target for sending."""

from pathlib import Path

from station.store.accounts import Right
from station.work.people import change_settings
from station.work.sealing import TrainingOnly
from station.work.sending import NoWarehouse
from station.work.setting_up import invitation_text
from station.work.station import Station
from sync import secrets
from sync.enrolment import Invitation, enrol, read_invitation
from sync.trust import WarehouseTarget


def enrol_station(station: Station, text: str, name: str, ca_file: Path | None = None) -> Station:
    """Accepts an invitation (a file's or a QR's text) and keeps the secrets; returns the station with its branch.

    Raises:
        NotAnInvitation, InvitationRefused, NetworkProblem, TrainingOnly.
    """
    station.actor.require(Right.ADMINISTER)
    if station.in_training_folder:
        raise TrainingOnly
    invitation: Invitation = read_invitation(text, name)
    target = enrol(invitation, ca_file)
    secrets.keep(station.home, target)
    with station.transaction() as conn:
        station.audit(conn, "enrol", "station:0", warehouse=invitation.url, branch=invitation.branch)
    return change_settings(station, {"branch": invitation.branch, "warehouse_url": invitation.url})


def enrol_from_file(station: Station, file: Path) -> Station:
    """Accepts the invitation a file holds, also as a picture or PDF of its QR."""
    return enrol_station(station, invitation_text(file), file.name)


def target_of(station: Station) -> WarehouseTarget:
    """The warehouse this station is enrolled at.

    Raises:
        NoWarehouse.
    """
    target = secrets.find(station.home)
    if target is None:
        raise NoWarehouse
    return target
