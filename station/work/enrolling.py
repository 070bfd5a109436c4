"""Whom this station delivers to: enrolment at a warehouse, its secrets, and the target for sending."""

from pathlib import Path
from urllib.parse import urlsplit

from station.store.accounts import Right
from station.work.people import change_settings, check_settings, locked_settings
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
        SettingLocked: IT staff have fixed another branch or warehouse; the invitation is not used up.
    """
    station.actor.require(Right.ADMINISTER)
    if station.in_training_folder:
        raise TrainingOnly
    invitation: Invitation = read_invitation(text, name)
    values = _values_of(station, invitation)
    check_settings(station, values)
    target = enrol(invitation, ca_file)
    secrets.keep(station.home, target)
    with station.transaction() as conn:
        station.audit(conn, "enrol", "station:0", warehouse=invitation.url, branch=invitation.branch)
    return change_settings(station, values)


def _values_of(station: Station, invitation: Invitation) -> dict[str, str]:
    """What an invitation sets; the address of the same host stays as IT staff have written and fixed it."""
    values = {"branch": invitation.branch, "warehouse_url": invitation.url}
    fixed = check_settings(station, {}).warehouse_url
    same_host = urlsplit(fixed).hostname == urlsplit(invitation.url).hostname
    if same_host and "warehouse_url" in locked_settings(station):
        del values["warehouse_url"]
    return values


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
