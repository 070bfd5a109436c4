"""Accounts: who may act, and the settings that only an administrator changes."""

from dataclasses import replace
from pathlib import Path

from capture.profiles import load_profiles
from station.core import settings as settings_file
from station.core.errors import N_, UsageProblem
from station.core.files import put_copy
from station.core.settings import Settings
from station.store import accounts
from station.store.accounts import ROLES, Account, Right
from station.work.station import Station, os_user


class RoleUnknown(UsageProblem):
    sentence = N_("There is no role {role}. Choose one of: {roles}.")


class LastAdmin(UsageProblem):
    sentence = N_("{name} is the last administrator. Make another one first.")


def list_accounts(station: Station) -> list[Account]:
    station.actor.require(Right.ADMINISTER)
    with station.reading() as conn:
        return accounts.list_all(conn)


def add_account(
    station: Station, name: str, role: str, password: str | None, linked_os_user: str | None = None
) -> Account:
    """Makes an account that signs in by password, by its operating-system user, or both.

    Raises:
        RoleUnknown, AccountExists, PasswordTooShort.
    """
    station.actor.require(Right.ADMINISTER)
    _require_role(role)
    with station.transaction() as conn:
        account = accounts.add(conn, name.strip(), role, password, linked_os_user, station.now())
        station.audit(conn, "add account", f"account:{account.name}", role=role)
    return account


def set_password(station: Station, name: str, password: str) -> None:
    """An administrator sets any password, everybody their own."""
    if name != station.actor.name:
        station.actor.require(Right.ADMINISTER)
    with station.transaction() as conn:
        accounts.set_password(conn, name, password)
        station.audit(conn, "set password", f"account:{name}")


def set_role(station: Station, name: str, role: str) -> None:
    station.actor.require(Right.ADMINISTER)
    _require_role(role)
    with station.transaction() as conn:
        accounts.set_role(conn, name, role)
        _keep_an_admin(accounts.list_all(conn), name)
        station.audit(conn, "set role", f"account:{name}", role=role)


def set_active(station: Station, name: str, active: bool) -> None:
    """Switches an account off or on; what it did stays in the audit trail."""
    station.actor.require(Right.ADMINISTER)
    with station.transaction() as conn:
        accounts.set_active(conn, name, active)
        _keep_an_admin(accounts.list_all(conn), name)
        station.audit(conn, "switch account", f"account:{name}", active=active)


def change_settings(station: Station, values: dict[str, str]) -> Station:
    """Changes settings given as texts and writes station.toml; returns the station under them.

    Raises:
        SettingsWrong, SettingLocked: nothing is changed then.
    """
    station.actor.require(Right.ADMINISTER)
    chosen = check_settings(station, values)
    settings_file.save(station.home / "station.toml", chosen)
    with station.transaction() as conn:
        station.audit(conn, "change settings", "station:0", keys=sorted(values))
    return replace(station, settings=chosen)


def check_settings(station: Station, values: dict[str, str]) -> Settings:
    """The settings as these texts would make them; nothing is written.

    Raises:
        SettingsWrong, SettingLocked.
    """
    file = station.home / "station.toml"
    parsed = {key: settings_file.parse_value(key, text) for key, text in values.items()}
    # From the files: what IT staff laid there since this station was opened is not this counter's choice.
    chosen = settings_file.changed(settings_file.load(file), parsed)
    settings_file.refuse_locked(file, chosen)
    return chosen


def locked_settings(station: Station) -> frozenset[str]:
    """The settings that IT staff have fixed for all counters."""
    return settings_file.load_pushed(station.home / settings_file.PUSHED_NAME).locked


def push_settings(station: Station, file: Path) -> Station:
    """Lays the IT staff's file (see `core.settings`) under this counter's settings; returns the station under them.

    Raises:
        SettingsWrong, ProfileRefused: the file can't be used; what was pushed before stays.
        UsageProblem: there is no such file.
    """
    station.actor.require(Right.ADMINISTER)
    if not file.is_file():
        raise UsageProblem(N_("{path} does not exist. Check the path."), path=file)
    pushed = settings_file.load_pushed(file)
    load_profiles(pushed=pushed.profiles, pushed_name=file.name)
    put_copy(file, station.home / settings_file.PUSHED_NAME)
    chosen = settings_file.load(station.home / "station.toml")
    with station.transaction() as conn:
        station.audit(conn, "push settings", "station:0", locked=sorted(pushed.locked))
    return replace(station, settings=chosen)


def needs_first_password(station: Station) -> bool:
    """Whether the window's first start must ask for an administrator's password."""
    with station.reading() as conn:
        return not any(a.has_password for a in accounts.list_all(conn))


def current_os_user() -> str:
    return os_user()


def _require_role(role: str) -> None:
    if role not in ROLES:
        raise RoleUnknown(role=role, roles=", ".join(ROLES))


def _keep_an_admin(everybody: list[Account], name: str) -> None:
    if not any(a.role == "admin" and a.active for a in everybody):
        raise LastAdmin(name=name)
