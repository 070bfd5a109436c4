"""Where network copiers are: their own announcements by mDNS, or an address given by hand."""

import logging
import socket
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from zeroconf import ServiceBrowser, ServiceListener, Zeroconf

log = logging.getLogger(__name__)

# TLS first: the same device announces both, and citizens' papers should not cross the office in the clear.
SERVICES = ("_uscans._tcp.local.", "_uscan._tcp.local.")
DETAILS_LIMIT_MS = 1500


@dataclass(frozen=True)
class Address:
    """Where a copier listens. `url` ends with a slash; `uuid` is empty where the device does not tell."""

    url: str
    name: str
    uuid: str = ""

    @classmethod
    def from_url(cls, url: str) -> "Address":
        """An address as a person writes it: `192.0.2.7`, `http://copier/`, `https://copier:8443/eSCL`."""
        full = url if "://" in url else f"http://{url}"
        if urlsplit(full).path.strip("/") == "":
            full = full.rstrip("/") + "/eSCL"
        return cls(full.rstrip("/") + "/", urlsplit(full).hostname or url)

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or (443 if self.is_tls else 80)

    @property
    def is_tls(self) -> bool:
        return self.url.startswith("https://")

    @property
    def key(self) -> str:
        """Under which the certificate is kept: the device, not the address it happens to have."""
        return self.uuid or f"{self.host}:{self.port}"


class _Ear(ServiceListener):
    """Collects the names that are announced."""

    def __init__(self) -> None:
        self.names: list[tuple[str, str]] = []

    def add_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        self.names.append((type_, name))

    def update_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        """Nothing: details are asked for when the list is made."""

    def remove_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        """Nothing: a device that leaves while it is listed is met as not answering."""


def find_addresses(seconds: float) -> list[Address]:
    """Copiers that announce themselves within the time, each once; empty where there is no network."""
    try:
        network = Zeroconf()
    except OSError as error:
        log.info("no network to look for copiers in: %s", error)
        return []
    try:
        ear = _Ear()
        browser = ServiceBrowser(network, list(SERVICES), listener=ear)
        time.sleep(seconds)
        browser.cancel()
        found: dict[str, Address] = {}
        for kind, name in sorted(ear.names, key=lambda pair: (SERVICES.index(pair[0]), pair[1])):
            address = _address(network, kind, name)
            if address is not None:
                found.setdefault(address.uuid or address.url, address)
        return list(found.values())
    finally:
        network.close()


def _address(network: Zeroconf, kind: str, name: str) -> Address | None:
    info = network.get_service_info(kind, name, timeout=DETAILS_LIMIT_MS)
    if info is None or not info.port:
        return None
    words = {
        key.decode(errors="replace").lower(): (value or b"").decode(errors="replace")
        for key, value in info.properties.items()
    }
    addresses = [a for a in info.parsed_addresses() if ":" not in a] or [
        f"[{a}]" for a in info.parsed_addresses()
    ]
    host = addresses[0] if addresses else socket.getfqdn((info.server or "").rstrip("."))
    scheme = "https" if kind == SERVICES[0] else "http"
    path = words.get("rs", "eSCL").strip("/")
    shown = words.get("ty") or name.removesuffix(f".{kind}")
    return Address(f"{scheme}://{host}:{info.port}/{path}/", shown, words.get("uuid", "").lower())
