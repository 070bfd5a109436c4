"""The station's settings: one frozen dataclass, read from HOME/station.toml over what IT staff pushed.

HOME/pushed.toml is theirs: values for every counter, the names of those a counter can't change, and scan profiles.
It is the same file on every PC; HOME/station.toml holds only what this counter has otherwise.

A setting has a type, a default that suits a counter, and a sentence of documentation beside it; the
documentation page is checked against this class by a test. Unknown keys and wrong types are refused with
the near miss named, never ignored.
"""

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

from station.core import files
from station.core.errors import N_, UsageProblem


class SettingsWrong(UsageProblem):
    sentence = N_("The settings file {file} can't be used: {what}. Correct it or delete the line.")


class SettingLocked(UsageProblem):
    sentence = N_("{key} is fixed for all counters by your IT staff. Ask them to change it in {file}.")


@dataclass(frozen=True)
class Settings:
    """Every setting. The comment above each is its documentation."""

    #: Language of sentences and screens: vi, en or km.
    language: str = "vi"
    #: Name of this branch, as it stands in the procedure records; branches see only their own.
    branch: str = ""
    #: Addresses of network scanners that do not announce themselves, parted by commas.
    scanner_addresses: str = ""
    #: Folders copiers write to, parted by semicolons.
    watched_folders: str = ""
    #: Office above this branch; it stands over the branch's name on the letterhead of reports.
    superior_office: str = ""
    #: Days the office is closed, ISO dates parted by commas; forecasts and alerts skip them, as they do weekends.
    days_closed: str = ""
    #: Name of the counter this PC stands at.
    counter: str = ""
    #: Address of the provincial warehouse, https://… ; empty while the office has none.
    warehouse_url: str = ""
    #: Name of this station as the warehouse knows it.
    warehouse_station: str = ""
    #: Base64 of the Ed25519 public key the warehouse signs receipts with.
    receipt_public_key: str = ""
    #: SHA-256 fingerprint (hex) of the warehouse's TLS certificate; empty: the system's authorities decide.
    tls_pin: str = ""
    #: age public key of the warehouse; packages on a stick are encrypted to it.
    stick_public_key: str = ""
    #: Tesseract languages, joined by +. Vietnamese alone reads Vietnamese papers best; Khmer pages are found and read anyway.
    ocr_languages: str = "vie"
    #: Processes that read pages; 0 lets the station choose by cores and memory.
    workers: int = 0
    #: Seconds one page may take before it is set aside as unreadable.
    page_time_limit_s: int = 120
    #: A value read with at least this confidence is shown as sure.
    sure_from: float = 0.95
    #: Form of the sealed PDF/A: faithful (the captured picture untouched) or layered (small).
    seal_profile: str = "faithful"
    #: Keep blank backs in the sealed documents; they are listed in the manifest either way.
    keep_blank_backs: bool = False
    #: A paper that was scanned before for another dossier: say it, or offer the held one in its place.
    same_paper: str = "say"
    #: Send the captured originals along in the package.
    send_originals: bool = True
    #: Days originals stay after the warehouse's receipt.
    keep_originals_days: int = 30
    #: Ask for the number of sheets before scanning, as the circular words it (two more keys).
    count_before_scan: bool = False
    #: Time of day sending may start, HH:MM; empty: any time.
    send_from: str = ""
    #: Time of day sending ends, HH:MM; empty: any time.
    send_until: str = ""
    #: Bytes a second sending may use at most; 0: no limit.
    send_limit_bytes_s: int = 0
    #: Digitization rate the office wants to reach, percent.
    target_rate: float = 90.0
    #: Minutes without a key before the window asks for the password again; 0: never.
    idle_lock_min: int = 15
    #: Training mode: sample dossiers only; nothing can reach the warehouse.
    training: bool = False


LIMITS: dict[str, tuple[str, ...]] = {
    "language": ("vi", "en", "km"),
    "seal_profile": ("faithful", "layered"),
    "same_paper": ("say", "offer"),
}


#: The IT staff's file, beside station.toml.
PUSHED_NAME = "pushed.toml"
PUSHED_PARTS = ("locked", "settings", "profiles")


@dataclass(frozen=True)
class Pushed:
    """What IT staff lay under a counter's own settings. `profiles` is for `capture.profiles` to understand."""

    settings: Settings = Settings()
    locked: frozenset[str] = frozenset()
    profiles: Mapping[str, object] = field(default_factory=dict)


def load(file: Path) -> Settings:
    """The settings of a data folder; what was pushed, else the default, where the file or a line is missing.

    A line of the counter's own file for a locked setting does not count.

    Raises:
        SettingsWrong: not TOML, an unknown key, a wrong type, a value out of its list.
    """
    pushed = load_pushed(file.with_name(PUSHED_NAME))
    raw = _tables(file)
    own = changed(pushed.settings, raw, file.name)
    return replace(own, **{key: getattr(pushed.settings, key) for key in pushed.locked})


def load_pushed(file: Path) -> Pushed:
    """What IT staff pushed; nothing where there is no such file.

    Raises:
        SettingsWrong: likewise; a part of the file with another name is a wrong one too.
    """
    raw = _tables(file)
    if unknown := [name for name in raw if name not in PUSHED_PARTS]:
        raise SettingsWrong(file=file.name, what=", ".join(unknown))
    locked, values, profiles = raw.get("locked", []), raw.get("settings", {}), raw.get("profiles", {})
    known = {item.name for item in fields(Settings)}
    if not isinstance(locked, list) or not all(key in known for key in locked):
        raise SettingsWrong(file=file.name, what=f"locked = {locked}")
    if not isinstance(values, dict) or not isinstance(profiles, dict):
        raise SettingsWrong(file=file.name, what="[settings] / [profiles.NAME]")
    return Pushed(changed(Settings(), values, file.name), frozenset(locked), profiles)


def _tables(file: Path) -> dict[str, object]:
    if not file.exists():
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsWrong(file=file.name, what=str(error)) from error


def changed(settings: Settings, values: dict[str, object], where: str = "station.toml") -> Settings:
    """The settings with `values` in place, each checked."""
    known = {f.name: f for f in fields(Settings)}
    for key, value in values.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f" (did you mean {near[0]}?)" if near else ""
            raise SettingsWrong(file=where, what=f"unknown setting {key}{hint}")
        wanted = type(getattr(Settings(), key))
        if wanted is float and type(value) is int:
            values = {**values, key: float(value)}
        elif type(value) is not wanted:
            raise SettingsWrong(file=where, what=f"{key} must be {wanted.__name__}")
        if key in LIMITS and value not in LIMITS[key]:
            raise SettingsWrong(file=where, what=f"{key} must be one of {', '.join(LIMITS[key])}")
    return replace(settings, **values)  # type: ignore[arg-type]


def parse_value(key: str, text: str) -> object:
    """The value a setting's text stands for, by the setting's type.

    Raises:
        SettingsWrong: unknown key or a text that is not of the type.
    """
    if key not in {f.name for f in fields(Settings)}:
        changed(Settings(), {key: text})
    wanted = type(getattr(Settings(), key))
    try:
        if wanted is bool:
            return {"true": True, "false": False}[text.strip().lower()]
        return wanted(text)
    except (KeyError, ValueError) as error:
        raise SettingsWrong(file="station.toml", what=f"{key} must be {wanted.__name__}") from error


def save(file: Path, settings: Settings) -> None:
    """Writes the settings that differ from what was pushed, or else from the defaults, whole or not at all.

    Raises:
        SettingLocked: IT staff have fixed one of them; nothing is written.
    """
    refuse_locked(file, settings)
    pushed = load_pushed(file.with_name(PUSHED_NAME)).settings
    chosen = {item.name: getattr(settings, item.name) for item in fields(Settings)}
    rows = [f"{key} = {_toml(value)}\n" for key, value in chosen.items() if value != getattr(pushed, key)]
    files.put_bytes(file, "".join(rows).encode())


def refuse_locked(file: Path, settings: Settings) -> None:
    """Raises: SettingLocked: a setting differs from what IT staff have fixed."""
    pushed = load_pushed(file.with_name(PUSHED_NAME))
    for key in sorted(pushed.locked):
        if getattr(settings, key) != getattr(pushed.settings, key):
            raise SettingLocked(key=key, file=PUSHED_NAME)


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
