"""Where a station keeps what it got at enrolment.

The open part (address, keys to check with) lies in HOME/warehouse.json. The token and the station's private key go
to the operating system's keyring; on a PC without one (a server, a service account) they lie in HOME/secrets, a
folder only the station's own account can open. `where_kept` says which, for `station doctor`.
"""

import json
import logging
from pathlib import Path
from typing import Any

import keyring
from keyring.errors import KeyringError

from station.core.errors import N_, NetworkProblem
from station.core.files import private_folder, put_bytes, read_text
from sync.trust import WarehouseTarget

log = logging.getLogger(__name__)

SERVICE = "digitization-station"
OPEN_FILE = "warehouse.json"
SECRET_FOLDER = "secrets"


class KeyringLocked(NetworkProblem):
    sentence = N_(
        "The keyring of this PC is locked, and the station's key is in it. Sign in to the desktop with the account that"
        " enrolled the station; if that does not help, ask the province to enrol it again."
    )


def keep(home: Path, target: WarehouseTarget) -> None:
    """Keeps what enrolment gave; an earlier enrolment is replaced."""
    secret = json.dumps({"token": target.token, "station_key": target.station_key})
    in_keyring = _put_in_keyring(target.station_id, secret)
    if not in_keyring:
        folder = private_folder(home / SECRET_FOLDER)
        file = folder / f"{target.station_id}.json"
        put_bytes(file, secret.encode())
        file.chmod(0o600)
    shown = {
        "url": target.url,
        "station_id": target.station_id,
        "receipt_keys": target.receipt_keys,
        "certificate_pins": list(target.certificate_pins),
        "ca_file": None if target.ca_file is None else str(target.ca_file),
        "stick_key": target.stick_key,
        "secret_in": "keyring" if in_keyring else "folder",
    }
    put_bytes(home / OPEN_FILE, json.dumps(shown, indent=1).encode())


def find(home: Path) -> WarehouseTarget | None:
    """The warehouse this station is enrolled at; None where it is not, or its secret is gone.

    Raises:
        KeyringLocked: the secret is in the keyring, which does not open.
    """
    if not (home / OPEN_FILE).is_file():
        return None
    shown = json.loads(read_text(home / OPEN_FILE))
    secret = _read_secret(home, shown)
    if secret is None:
        return None
    return WarehouseTarget(
        url=shown["url"],
        station_id=shown["station_id"],
        token=secret["token"],
        station_key=secret["station_key"],
        receipt_keys=shown["receipt_keys"],
        certificate_pins=tuple(shown["certificate_pins"]),
        ca_file=None if shown["ca_file"] is None else Path(shown["ca_file"]),
        stick_key=shown["stick_key"],
    )


def learn_receipt_keys(home: Path, keys: dict[str, str]) -> None:
    """Keeps newer receipt keys that the known ones vouch for, so that old receipts can be checked without a network."""
    shown = json.loads(read_text(home / OPEN_FILE))
    known = shown["receipt_keys"]
    if not keys.keys() <= known.keys():
        put_bytes(home / OPEN_FILE, json.dumps({**shown, "receipt_keys": known | keys}, indent=1).encode())


def known_receipt_keys(home: Path) -> dict[str, str] | None:
    """The warehouse's receipt keys, by id; None where the station is not enrolled."""
    if not (home / OPEN_FILE).is_file():
        return None
    keys: dict[str, str] = json.loads(read_text(home / OPEN_FILE))["receipt_keys"]
    return keys


def where_kept(home: Path) -> str | None:
    """ "keyring" or "folder"; None where the station is not enrolled."""
    if not (home / OPEN_FILE).is_file():
        return None
    return str(json.loads(read_text(home / OPEN_FILE))["secret_in"])


def _put_in_keyring(station_id: str, secret: str) -> bool:
    try:
        keyring.set_password(SERVICE, station_id, secret)
        return keyring.get_password(SERVICE, station_id) == secret
    except KeyringError:
        log.info("no keyring on this PC; the station's key lies in its own folder")
        return False


def _read_secret(home: Path, shown: dict[str, Any]) -> dict[str, str] | None:
    if shown["secret_in"] == "folder":
        file = home / SECRET_FOLDER / f"{shown['station_id']}.json"
        text = read_text(file) if file.is_file() else None
    else:
        try:
            text = keyring.get_password(SERVICE, shown["station_id"])
        except KeyringError as error:
            raise KeyringLocked from error
    secret: dict[str, str] | None = None if text is None else json.loads(text)
    return secret
