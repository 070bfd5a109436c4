"""What station and warehouse agree on: paths, headers, signatures, the receipt.

tus 1.0 carries the bytes. Round it stands what tus leaves open: whose package it is, what it must hash to,
the station's signature under it, and the warehouse's signed receipt, which alone makes a package delivered.
Keys are Ed25519, written as base64; a key is named by the first 16 hex digits of the SHA-256 of its public
half, so that receipts signed with a key since replaced can still be checked.
"""

import base64
import binascii
import hashlib
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from typing import Any, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from sync.package import canonical_json

TUS_VERSION = "1.0.0"
TUS_EXTENSIONS = "creation,creation-with-upload,checksum,expiration,termination"
OFFSET_TYPE = "application/offset+octet-stream"
# tus 1.0, checksum extension: the code for bytes that do not fit their checksum.
CHECKSUM_MISMATCH = 460

UPLOADS_PATH = "/v1/uploads"
PACKAGES_PATH = "/v1/packages"
ENROL_PATH = "/v1/enrol"
RECEIPT_KEYS_PATH = "/v1/receipt-keys"


class Hash(Protocol):
    def update(self, data: bytes, /) -> object: ...

    def digest(self) -> bytes: ...


class Crc32:
    """CRC-32 as zip and PNG have it; its digest is four bytes, the highest first."""

    def __init__(self) -> None:
        self._value = 0

    def update(self, data: bytes, /) -> None:
        self._value = zlib.crc32(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4, "big")


# What a chunk may be checked by. It is there to find what a bad line did to the bytes at once; that a package is the
# one that was sealed is seen from its SHA-256 at the end. Stations begin with the first, which costs a seventh of a SHA-256.
CHECKSUMS: dict[str, Callable[[], Hash]] = {
    "crc32": Crc32,
    "sha256": hashlib.sha256,
    "sha1": hashlib.sha1,
}
TUS_CHECKSUMS = ",".join(CHECKSUMS)

_PACKAGE_PREFIX = b"digitization-package/1\n"
_RECEIPT_PREFIX = b"digitization-receipt/1\n"
_KEY_PREFIX = b"digitization-receipt-key/1\n"


@dataclass(frozen=True)
class PackageMeta:
    """What the sender says of a package before its first byte. `size_bytes` is that of the tar."""

    package_id: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True)
class Receipt:
    """The warehouse's word that it holds a package, every byte of it, for good.

    Attributes:
        audit_head: the head of the station's audit chain the package carried, given back.
        earlier_audit_head: the head this station's package before this one carried. A station whose trail no longer
            has it was given another past meanwhile. None for a station's first package, and then not in the JSON.
        conflict_with: the package that was there first under the same dossier, stage and version; both are kept.
        received_at: UTC, ISO 8601.
        key_id: which of the warehouse's keys signed.
    """

    package_id: str
    sha256: str
    size_bytes: int
    branch: str
    dossier_code: str
    stage: str
    version: int
    station_id: str
    received_at: str
    audit_head: str
    conflict_with: str | None
    key_id: str
    signature: str
    earlier_audit_head: str | None = None

    def to_json(self) -> dict[str, Any]:
        body = asdict(self)
        if self.earlier_audit_head is None:
            del body["earlier_audit_head"]
        return body

    @staticmethod
    def from_json(data: dict[str, Any]) -> "Receipt":
        """The receipt in `data`, not yet checked.

        Raises:
            ValueError: it is no receipt.
        """
        names = {f.name for f in fields(Receipt)}
        if not isinstance(data, dict) or {*data, "earlier_audit_head"} != names:
            raise ValueError("not a receipt")
        return Receipt(**data)

    def signed_bytes(self) -> bytes:
        body = self.to_json()
        del body["signature"]
        return _RECEIPT_PREFIX + canonical_json(body)

    def is_genuine(self, receipt_keys: dict[str, str]) -> bool:
        """Whether one of the known keys (key id → public key) signed exactly this."""
        public_key = receipt_keys.get(self.key_id)
        return public_key is not None and signature_fits(public_key, self.signature, self.signed_bytes())


def new_key() -> tuple[str, str]:
    """A fresh Ed25519 pair: (private, public), base64."""
    private = Ed25519PrivateKey.generate()
    return to_base64(private.private_bytes_raw()), to_base64(private.public_key().public_bytes_raw())


def key_id_of(public_key: str) -> str:
    return hashlib.sha256(base64.b64decode(public_key)).hexdigest()[:16]


def sign(private_key: str, data: bytes) -> str:
    return to_base64(Ed25519PrivateKey.from_private_bytes(base64.b64decode(private_key)).sign(data))


def signature_fits(public_key: str, signature: str, data: bytes) -> bool:
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key, validate=True))
        key.verify(base64.b64decode(signature, validate=True), data)
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True


def package_signed_bytes(station_id: str, package_id: str, sha256: str) -> bytes:
    """What a station signs when it sends a package."""
    return _PACKAGE_PREFIX + f"{station_id}\n{package_id}\n{sha256}".encode()


@dataclass(frozen=True)
class EndorsedKey:
    """A receipt key with the word of the key it replaced."""

    public_key: str
    endorsed_by: str | None
    endorsement: str | None


def key_signed_bytes(public_key: str) -> bytes:
    """What a receipt key signs to vouch for its successor."""
    return _KEY_PREFIX + public_key.encode()


def trusted_keys(known: dict[str, str], offered: list[EndorsedKey]) -> dict[str, str]:
    """The known receipt keys and every offered one that a chain of endorsements ties to them."""
    trusted = dict(known)
    for _ in offered:
        for key in offered:
            voucher = trusted.get(key.endorsed_by or "")
            if voucher and signature_fits(voucher, key.endorsement or "", key_signed_bytes(key.public_key)):
                trusted[key_id_of(key.public_key)] = key.public_key
    return trusted


def upload_metadata(values: dict[str, str]) -> str:
    """The Upload-Metadata header of tus: comma-separated pairs of key and base64 value."""
    return ",".join(f"{key} {to_base64(value.encode())}" for key, value in values.items())


def read_upload_metadata(header: str) -> dict[str, str]:
    """Undoes `upload_metadata`.

    Raises:
        ValueError: not such a header.
    """
    values: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in header.split(","))):
        key, _, encoded = pair.partition(" ")
        if key in values:
            raise ValueError("key twice")
        values[key] = base64.b64decode(encoded, validate=True).decode("utf-8")
    return values


def to_base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
