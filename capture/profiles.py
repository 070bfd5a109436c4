"""Scan profiles of the office: named settings, so that nobody chooses a resolution at the counter.

Three layers, each over the one before: the product's own (resources/profiles.toml), what IT staff pushed, the
counter's own. A profile that IT locks cannot be changed below. The law's floor holds in every layer: 24-bit
colour and at least 200 dpi, 300 for maps.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from importlib.resources import files
from pathlib import Path

from capture.parting import PartingWrong, parse_parting
from capture.problems import ProfileRefused
from capture.source import ScanSettings
from station.core.errors import N_

# The lowest the law takes for text papers; what a profile may go below for nothing.
LOWEST_DPI = 200
HIGHEST_DPI = 600
# Enough to see edges and which way is up; the lowest that every device offers.
PREVIEW_DPI = 75
SOURCES = ("flatbed", "adf", "adf-duplex", "auto")
OWN_KEYS = ("name", "locked", "part")
SETTING_KEYS = tuple(field.name for field in fields(ScanSettings) if field.name not in ("mode", "max_sides"))
# The names in resources/profiles.toml, for the catalogues.
NAMES = (N_("A3 dossier"), N_("A4 dossier"), N_("ID card"), N_("Certificate"), N_("Map"))


@dataclass(frozen=True)
class Profile:
    """`name` is a catalogue key for the product's own profiles, the office's words for others.

    `part`: how its piles are parted besides by separator sheets, a word of `capture.parting`; empty: not at all.
    """

    id: str
    name: str
    settings: ScanSettings
    is_locked: bool
    part: str = ""


def load_profiles(
    own: Path | None = None, pushed: Mapping[str, object] | None = None, pushed_name: str = ""
) -> dict[str, Profile]:
    """Profiles by id, the product's own first.

    Args:
        own: the counter's TOML file; it need not be there.
        pushed: the IT staff's tables by id, from the file `pushed_name`.

    Raises:
        ProfileRefused: one breaks the form or the law; the sentence names file and profile.
    """
    profiles: dict[str, Profile] = {}
    products = (files("resources") / "profiles.toml").read_text(encoding="utf-8")
    _merge(profiles, "profiles.toml", tomllib.loads(products))
    _merge(profiles, pushed_name, pushed or {})
    if own is not None and own.exists():
        try:
            tables = tomllib.loads(own.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ProfileRefused(file=own.name, profile="–", reason=str(error)) from error
        _merge(profiles, own.name, tables)
    return profiles


def preview_of(settings: ScanSettings) -> ScanSettings:
    """The same, small and quick, one side: to see how a paper lies before it is scanned for good."""
    return replace(settings, dpi=PREVIEW_DPI, max_sides=1)


def _merge(profiles: dict[str, Profile], file: str, tables: Mapping[str, object]) -> None:
    """Lays one file over the profiles; a locked one stays as it is."""
    for name, table in tables.items():
        before = profiles.get(name)
        if before is not None and before.is_locked:
            continue
        profiles[name] = _read(file, name, table, before)


def _read(file: str, name: str, table: object, before: Profile | None) -> Profile:
    if not isinstance(table, dict):
        raise ProfileRefused(file=file, profile=name, reason="not a table")
    unknown = [key for key in table if key not in (*OWN_KEYS, *SETTING_KEYS)]
    if unknown:
        raise ProfileRefused(file=file, profile=name, reason=", ".join(unknown))
    base = before.settings if before else ScanSettings()
    wrong = [key for key in table if key in SETTING_KEYS and not _fits(table[key], getattr(base, key))]
    if wrong:
        raise ProfileRefused(file=file, profile=name, reason=", ".join(wrong))
    settings = replace(base, **{key: table[key] for key in SETTING_KEYS if key in table})
    _hold_law(file, name, settings)
    shown = str(table.get("name") or (before.name if before else name))
    part = str(table.get("part", before.part if before else ""))
    try:
        parse_parting(part)
    except PartingWrong as error:
        raise ProfileRefused(file=file, profile=name, reason=f"part = {part}") from error
    return Profile(name, shown, settings, bool(table.get("locked", False)), part)


def _fits(value: object, like: object) -> bool:
    if isinstance(like, float):
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, type(like)) and isinstance(value, bool) == isinstance(like, bool)


def _hold_law(file: str, name: str, settings: ScanSettings) -> None:
    if settings.source not in SOURCES:
        raise ProfileRefused(file=file, profile=name, reason=f"source = {settings.source}")
    if not LOWEST_DPI <= settings.dpi <= HIGHEST_DPI:
        raise ProfileRefused(file=file, profile=name, reason=f"dpi = {settings.dpi}")
    if min(settings.page_width_mm, settings.page_height_mm) < 0:
        raise ProfileRefused(file=file, profile=name, reason="page size")
