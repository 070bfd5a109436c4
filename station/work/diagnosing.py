"""A file for the IT staff: what this station is and what its log says, without any citizen's or colleague's data."""

import io
import platform
import re
import zipfile
from pathlib import Path

from station.core import files
from station.store import accounts
from station.work import doctoring
from station.work.station import Station, os_user

# Nine digits are an old citizen's number and twelve a new one, ten a telephone's; codes of dossiers lead to persons.
_PERSONAL = re.compile(r"\d{9,12}|[A-Z0-9.]+-\d{6}-\d{4,5}|TMP-\d{6}-\d+")
MASK = "•••"
SETTINGS = ("language", "workers", "seal_profile", "ocr_languages", "training", "keep_originals_days")


def bundle(station: Station, file: Path) -> None:
    """Writes a ZIP: versions, findings, settings that name nobody, the log with persons masked.

    Numbers of citizens, codes of dossiers, the names of accounts and the data folder's place are masked.

    Raises:
        DiskFull.
    """
    told = [f"{platform.platform()} python {platform.python_version()}"]
    told += [f"{f.ok} {f.name}" for f in doctoring.examine(station)]
    told += [f"{key} = {getattr(station.settings, key)}" for key in SETTINGS]
    hidden = _names(station)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("station.txt", "\n".join(told))
        for log in sorted((station.home / "logs").glob("station.log*")):
            text = log.read_text(encoding="utf-8", errors="replace")
            archive.writestr(f"logs/{log.name}", hidden.sub(MASK, _PERSONAL.sub(MASK, text)))
    files.put_bytes(file, packed.getvalue())


def _names(station: Station) -> re.Pattern[str]:
    """Accounts, the system's user, the data folder; the longest first, each as a whole word."""
    with station.reading() as conn:
        named = [account.name for account in accounts.list_all(conn)]
    words = sorted({*named, os_user(), str(station.home.resolve())}, key=len, reverse=True)
    return re.compile("|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in words if word))
