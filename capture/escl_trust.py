"""What is remembered of copiers: where each was met last, and its certificate, demanded ever after.

Copiers sign their own certificates, with names and dates that are mostly wrong, so the usual checks say
nothing. What counts is that the device is the same as yesterday: its certificate is kept and becomes the only
one the connection accepts. The check is part of the handshake, so a stranger is sent nothing.

The address met last saves looking around the network each time, and names a copier that is switched off.
"""

import json
import ssl
import threading
from pathlib import Path

from capture.escl_find import Address
from station.core.files import put_bytes

# OpenSSL: accept the kept certificate as an anchor by itself, and whatever the copier's clock says.
PARTIAL_CHAIN = 0x80000
NO_CHECK_TIME = 0x200000
CONNECT_LIMIT_S = 10.0


class Trust:
    """Certificates by device and addresses by UUID, in a JSON file; without a file, as long as this object lives."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._known: dict[str, str] = {}
        self._met: dict[str, dict[str, str]] = {}
        if file is not None and file.exists():
            kept = json.loads(file.read_text(encoding="utf-8"))
            # The first version kept certificates alone.
            self._known = kept.get("certificates", {} if "met" in kept else kept)
            self._met = kept.get("met", {})

    def note(self, address: Address) -> None:
        """Remembers where a copier with a UUID was met; a certificate shown at a mere address is the copier's."""
        met = {"url": address.url, "name": address.name}
        with self._lock:
            shown = self._known.get(f"{address.host}:{address.port}")
            if not address.uuid or (
                self._met.get(address.uuid) == met and (shown is None or address.uuid in self._known)
            ):
                return
            self._met[address.uuid] = met
            if shown is not None:
                self._known.setdefault(address.uuid, shown)
            self._keep()

    def find_met(self, uuid: str) -> Address | None:
        """Where a copier was met last."""
        met = self._met.get(uuid)
        return Address(met["url"], met["name"], uuid) if met else None

    def list_met(self) -> list[Address]:
        """Every copier met so far, at its last address."""
        return [Address(met["url"], met["name"], uuid) for uuid, met in self._met.items()]

    def context(self, device: str, host: str, port: int) -> ssl.SSLContext:
        """A context that accepts this device's certificate and no other; meets the device when it is new.

        Raises:
            OSError: it does not answer.
        """
        with self._lock:
            if device not in self._known:
                self._known[device] = ssl.get_server_certificate((host, port), timeout=CONNECT_LIMIT_S)
                self._keep()
            certificate = self._known[device]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_REQUIRED
        context.verify_flags = ssl.VerifyFlags(PARTIAL_CHAIN | NO_CHECK_TIME)
        context.load_verify_locations(cadata=certificate)
        return context

    def forget(self, device: str) -> None:
        """The next certificate of the device is trusted anew; for IT staff when a copier was replaced.

        It is forgotten under every name the device was met by.
        """
        with self._lock:
            shown = self._known.get(device)
            self._known = {name: kept for name, kept in self._known.items() if kept != shown}
            self._keep()

    def _keep(self) -> None:
        if self._file is not None:
            kept = {"certificates": self._known, "met": self._met}
            put_bytes(self._file, json.dumps(kept, indent=1, ensure_ascii=False).encode())
