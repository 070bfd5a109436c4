"""Trust in a copier's certificate: remembered at the first meeting, demanded ever after.

Copiers sign their own certificates, with names and dates that are mostly wrong, so the usual checks say
nothing. What counts is that the device is the same as yesterday: its certificate is kept and becomes the only
one the connection accepts. The check is part of the handshake, so a stranger is sent nothing.
"""

import json
import ssl
import threading
from pathlib import Path

from station.core.files import put_bytes

# OpenSSL: accept the kept certificate as an anchor by itself, and whatever the copier's clock says.
PARTIAL_CHAIN = 0x80000
NO_CHECK_TIME = 0x200000
CONNECT_LIMIT_S = 10.0


class Trust:
    """Certificates by device, kept in a JSON file; without a file, as long as the station runs."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._known: dict[str, str] = {}
        if file is not None and file.exists():
            self._known = json.loads(file.read_text(encoding="utf-8"))

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
        """The next certificate of the device is trusted anew; for IT staff when a copier was replaced."""
        with self._lock:
            self._known.pop(device, None)
            self._keep()

    def _keep(self) -> None:
        if self._file is not None:
            put_bytes(self._file, json.dumps(self._known, indent=1).encode())
