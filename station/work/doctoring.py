"""What is missing on this PC, each with its remedy."""

import os
import shutil
import subprocess
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field

from ocr import engine
from station.core.errors import N_
from station.store import database, upkeep
from station.store.accounts import Right
from station.work.devices import list_devices
from station.work.station import Station

# A day of a busy branch: 3,000 images of 0.6 MB (planning figures of the pilot offices).
FREE_BYTES_WANTED = 2 << 30
# One font per script that shows every letter of it.
FONTS = {"Vietnamese": "vi", "Khmer": "km"}


@dataclass(frozen=True)
class Finding:
    name: str
    ok: bool
    sentence: str
    values: dict[str, object] = field(default_factory=dict)

    def text(self, translate: Callable[[str], str]) -> str:
        return translate(self.sentence).format(**self.values)


def examine(station: Station) -> list[Finding]:
    """Every check, in the order an IT person would mend them."""
    station.actor.require(Right.SEARCH)
    return [
        _recognition(station),
        _scanners(station),
        *_fonts(),
        _disk(station),
        _encryption(station),
        _database(station),
        _warehouse(station),
    ]


def _recognition(station: Station) -> Finding:
    wanted = set(station.settings.ocr_languages.split("+")) | {"khm", "osd"}
    missing = [name for name in sorted(wanted) if not _knows(name)]
    if missing:
        names = " ".join(f"tesseract-ocr-{name}" for name in missing)
        return Finding(
            "tesseract",
            False,
            N_("Recognition lacks languages. Install as root: apt-get install tesseract-ocr {packages}"),
            {"packages": names},
        )
    return Finding("tesseract", True, N_("Recognition and its languages are there."))


def _knows(language: str) -> bool:
    try:
        engine.model_folder((language,))
    except engine.NoRecogniser:
        return False
    return True


def _scanners(station: Station) -> Finding:
    found = [d for d in list_devices(station) if d.available]
    if found:
        return Finding(
            "scanners", True, N_("Scanners found: {names}."), {"names": ", ".join(d.name for d in found)}
        )
    if shutil.which("scanimage") is None:
        return Finding(
            "scanners",
            False,
            N_("No scanner software. Install as root: apt-get install sane-utils sane-airscan"),
        )
    return Finding(
        "scanners", True, N_("No scanner answers now. Check its cable and power, or use a watched folder.")
    )


def _fonts() -> list[Finding]:
    findings = []
    for script, code in FONTS.items():
        listing = _run(["fc-list", f":lang={code}", "family"])
        if listing is not None and not listing.strip():
            findings.append(
                Finding(
                    "fonts",
                    False,
                    N_(
                        "No font shows {script}. Install as root: apt-get install fonts-noto-core fonts-khmeros"
                    ),
                    {"script": script},
                )
            )
    return findings or [Finding("fonts", True, N_("Fonts show Vietnamese and Khmer."))]


def _disk(station: Station) -> Finding:
    free = shutil.disk_usage(station.home).free
    values: dict[str, object] = {"free": f"{free / (1 << 30):.1f}", "folder": station.home}
    if free < FREE_BYTES_WANTED:
        return Finding(
            "disk",
            False,
            N_("Only {free} GB are free in {folder}. Free some space, or send and purge."),
            values,
        )
    return Finding("disk", True, N_("{free} GB are free in {folder}."), values)


def _encryption(station: Station) -> Finding:
    """Whether the data folder lies on an encrypted volume, as far as the system tells (Linux: dm-crypt)."""
    source = _run(["findmnt", "-n", "-o", "SOURCE", "--target", str(station.home)])
    kinds = _run(["lsblk", "-n", "-s", "-o", "TYPE", source.strip()]) if source else None
    if kinds is not None and "crypt" in kinds:
        return Finding("encryption", True, N_("The data folder lies on an encrypted disk."))
    return Finding(
        "encryption",
        True,
        N_(
            "The disk does not say that it is encrypted. Citizens' papers lie on it: switch on BitLocker or LUKS."
        ),
    )


def _database(station: Station) -> Finding:
    with closing(database.connect(station.home / "station.db")) as conn:
        damage = upkeep.find_damage_quickly(conn)
    if damage is not None:
        return Finding(
            "database",
            False,
            N_("The database is damaged: {what}. Restore the last backup."),
            {"what": damage},
        )
    return Finding("database", True, N_("The database is whole."))


def _warehouse(station: Station) -> Finding:
    from station.work.enrolling import target_of
    from station.work.sending import NoWarehouse
    from sync import secrets

    try:
        target = target_of(station)
    except NoWarehouse as problem:
        return Finding("warehouse", True, problem.sentence)
    except secrets.KeyringLocked as problem:
        return Finding("warehouse", False, problem.sentence)
    kept = {
        "keyring": N_("Enrolled at {url}; the station's key is in the keyring of this PC."),
        "folder": N_("Enrolled at {url}; the station's key is in its data folder, for this account alone."),
    }
    return Finding("warehouse", True, kept[secrets.where_kept(station.home) or "folder"], {"url": target.url})


def _run(command: list[str]) -> str | None:
    """What a system tool prints, None where there is no such tool."""
    if shutil.which(command[0]) is None:
        return None
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False, env=os.environ)
    return done.stdout
