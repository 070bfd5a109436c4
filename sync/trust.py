"""Whom the station talks to: TLS with a pinned key, an office's own authority, or the system's.

A pin is the SHA-256 of the server's public key (base64 of the SubjectPublicKeyInfo's hash), so a renewed
certificate on the same key still fits. A pinned server is known by its key alone: names and dates in its
certificate play no part, and a PC with a wrong clock can still deliver.
"""

import hashlib
import ipaddress
import socket
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from station.core.errors import N_, UsageProblem
from sync.protocol import to_base64


class InsecureAddress(UsageProblem):
    sentence = N_(
        "{url} is not a safe address: packages leave over https only. Ask the province for the right one."
    )


@dataclass(frozen=True)
class WarehouseTarget:
    """A warehouse as an enrolled station knows it.

    Attributes:
        url: https://host[:port][/path]; http only for this machine itself.
        station_id: this station's name at the warehouse.
        token: shown with every request.
        station_key: private Ed25519 key, base64; signs every package.
        receipt_keys: key id → public key, base64, of the warehouse.
        certificate_pins: any of them fits; empty where ca_file or the system's authorities are trusted.
        stick_key: age recipient packages on a stick are sealed to; "" where the warehouse gave none.
    """

    url: str
    station_id: str
    token: str = field(repr=False)
    station_key: str = field(repr=False)
    receipt_keys: dict[str, str]
    certificate_pins: tuple[str, ...] = ()
    ca_file: Path | None = None
    stick_key: str = ""


def pin_of(certificate: bytes) -> str:
    """The pin of a certificate given as DER or PEM."""
    if certificate.lstrip().startswith(b"-----"):
        loaded = x509.load_pem_x509_certificate(certificate)
    else:
        loaded = x509.load_der_x509_certificate(certificate)
    public = loaded.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return to_base64(hashlib.sha256(public).digest())


def is_loopback(host: str) -> bool:
    """Whether an address is this machine itself; a name is, only if it is "localhost"."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def check_address(url: str) -> None:
    """Refuses an address over which papers could be read on the way.

    Raises:
        InsecureAddress: neither https nor this machine.
    """
    parts = urlsplit(url)
    secure = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    if not secure or not parts.hostname or parts.username is not None:
        raise InsecureAddress(url=f"{parts.scheme}://{parts.hostname or ''}")


def tls_context(pins: tuple[str, ...], ca_file: Path | None) -> ssl.SSLContext:
    """The TLS settings for a warehouse; at least TLS 1.2."""
    if pins:
        pinned = _PinnedContext(ssl.PROTOCOL_TLS_CLIENT)
        pinned.pins = frozenset(pins)
        context: ssl.SSLContext = pinned
        context.check_hostname = False
        # The pin decides, in wrap_socket, before the first byte of a request is written.
        context.verify_mode = ssl.CERT_NONE
    else:
        context = ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class _PinnedContext(ssl.SSLContext):
    """Ends every handshake with a server whose key is not pinned."""

    pins: frozenset[str] = frozenset()

    def wrap_socket(self, sock: socket.socket, *args: Any, **kwargs: Any) -> ssl.SSLSocket:
        wrapped = super().wrap_socket(sock, *args, **kwargs)
        certificate = wrapped.getpeercert(binary_form=True)
        if certificate is None or pin_of(certificate) not in self.pins:
            wrapped.close()
            raise ssl.SSLCertVerificationError("the server's key is not the pinned one")
        return wrapped

    def wrap_bio(self, *args: Any, **kwargs: Any) -> ssl.SSLObject:
        raise ssl.SSLError("a pinned warehouse is not reached through a TLS proxy")
