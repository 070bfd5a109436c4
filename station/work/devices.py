"""Scanners, copiers and folders this station knows, and the profiles to scan with."""

from pathlib import Path

from capture import finder, profiles
from capture.profiles import Profile
from capture.source import CaptureSource, Device
from station.core.errors import N_, UsageProblem
from station.core.settings import PUSHED_NAME, load_pushed
from station.store.accounts import Right
from station.work.station import Station


class ProfileUnknown(UsageProblem):
    sentence = N_("There is no scan profile {profile}. Choose one of: {profiles}.")


def list_devices(station: Station) -> list[Device]:
    """Everything pages can come from now: scanners, network copiers, the office's watched folders."""
    station.actor.require(Right.SCAN)
    return finder.list_all_devices(_folders(station), _addresses(station), _trust(station))


def source_of(station: Station, device_id: str) -> CaptureSource:
    """The source a device belongs to.

    Raises:
        UnknownDevice.
    """
    station.actor.require(Right.SCAN)
    return finder.open_source(device_id, _addresses(station), _trust(station))


def forget_certificate(station: Station, device_id: str) -> None:
    """The copier was replaced: the certificate it shows next is trusted from then on.

    Raises:
        UnknownDevice: no network copier of that id was met.
    """
    station.actor.require(Right.ADMINISTER)
    finder.forget_certificate(device_id, _trust(station))
    with station.transaction() as conn:
        station.audit(conn, "forget certificate", f"device:{device_id}")


def list_profiles(station: Station) -> dict[str, Profile]:
    """The product's scan profiles, over them the IT staff's (HOME/pushed.toml), then the counter's (HOME/profiles.toml).

    Raises:
        ProfileRefused: a file breaks the form or the law.
    """
    pushed = load_pushed(station.home / PUSHED_NAME)
    return profiles.load_profiles(station.home / "profiles.toml", pushed.profiles, PUSHED_NAME)


def profile_of(station: Station, profile_id: str) -> Profile:
    """Raises: ProfileUnknown."""
    known = list_profiles(station)
    if profile_id not in known:
        raise ProfileUnknown(profile=profile_id, profiles=", ".join(known))
    return known[profile_id]


def _folders(station: Station) -> list[Path]:
    return [Path(part.strip()) for part in station.settings.watched_folders.split(";") if part.strip()]


def _addresses(station: Station) -> list[str]:
    return [part.strip() for part in station.settings.scanner_addresses.split(",") if part.strip()]


def _trust(station: Station) -> Path:
    return station.home / "scanner-certificates.json"
