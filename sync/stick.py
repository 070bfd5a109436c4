"""Packages on a stick, for days and places without a network.

Each package is sealed with age to the warehouse's stick key, so a lost stick shows nobody's papers; not even the
station that wrote it can open it again. Beside it lies a small file that says what it must become and who signed
it; that file is written last, after the sealed package was read back, so its presence means: this one is whole.
The warehouse opens, checks and stores what it finds as if it had come over the network, and leaves its receipts
on the stick for the way back.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO

import pyrage
from pyrage import x25519

from station.core.errors import N_, DiskFull, StorageProblem
from station.core.files import CHUNK_BYTES, put_bytes, whole_file
from sync.delivery_problems import PackageDamaged
from sync.protocol import EndorsedKey, PackageMeta, Receipt, package_signed_bytes, sign, trusted_keys
from sync.trust import WarehouseTarget

FORMAT = "stick-package/1"
FOLDER = "digitization"
RECEIPTS = "receipts"
# The warehouse's receipt keys, each vouched for by the one before it: a receipt may be signed by a newer key than the
# station was given at enrolment.
KEYS_FILE = "keys.json"


class StickGone(StorageProblem):
    sentence = N_(
        "The stick cannot be written or read ({reason}). What is on it so far is whole. Put it in again and repeat."
    )


class StickUnfaithful(StorageProblem):
    sentence = N_("The stick gave back other bytes than were written ({file}). Use another stick.")


class NoStickKey(StorageProblem):
    sentence = N_(
        "The warehouse has given this station no key for sticks. Ask the province to enrol the station again."
    )


class SealBroken(Exception):
    """A sealed package that these keys do not open."""


@dataclass(frozen=True)
class StickPackage:
    """What the small file beside a sealed package says. `sealed_sha256` is that of the encrypted file."""

    package_id: str
    sha256: str
    size_bytes: int
    station_id: str
    signature: str
    sealed_sha256: str

    def to_text(self) -> str:
        return json.dumps({"format": FORMAT, **self.__dict__}, indent=1)


@dataclass(frozen=True)
class StickRefusal:
    """A package the warehouse did not take from the stick, and why."""

    package_id: str
    problem: str


def export(package_file: Path, package_id: str, sha256: str, target: WarehouseTarget, stick: Path) -> Path:
    """Writes one package, sealed, and reads it back. A package that is there already is checked and kept.

    Raises:
        StickGone: pulled out, or broken; nothing half is taken for whole.
        StickUnfaithful: reading back gave other bytes.
        PackageDamaged: the package is not the one that was sealed.
        DiskFull: of the stick.
    """
    if not target.stick_key:
        raise NoStickKey
    if not package_file.is_file():
        raise PackageDamaged(file=package_file.name)
    meta = PackageMeta(package_id, sha256, package_file.stat().st_size)
    with _stick_in_words():
        folder = stick / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        sealed = folder / f"{meta.package_id}.tar.age"
        note = folder / f"{meta.package_id}.json"
        if _is_whole(note, sealed, meta):
            return sealed
        digest = _seal(package_file, meta, target.stick_key, sealed)
        if _read_back(sealed) != digest:
            sealed.unlink(missing_ok=True)
            raise StickUnfaithful(file=sealed.name)
        signed = package_signed_bytes(target.station_id, meta.package_id, meta.sha256)
        signature = sign(target.station_key, signed)
        said = StickPackage(
            meta.package_id, meta.sha256, meta.size_bytes, target.station_id, signature, digest
        )
        put_bytes(note, said.to_text().encode())
    return sealed


def list_packages(stick: Path) -> Iterator[tuple[StickPackage, Path]]:
    """What lies whole on a stick: each small file that can be read, with its sealed package."""
    with _stick_in_words():
        folder = stick / FOLDER if (stick / FOLDER).is_dir() else stick
        for note in sorted(folder.glob("*.json")):
            said = _read_note(note)
            if said is not None:
                yield said, note.with_name(f"{note.stem}.tar.age")


def open_package(sealed: Path, identities: list[str], into: IO[bytes]) -> str:
    """Decrypts a package into `into`; returns the SHA-256 of what came out.

    Raises:
        SealBroken: not for these keys, cut, or changed.
        StickGone: the stick cannot be read.
        DiskFull: where `into` lies.
    """
    writer = _HashingWriter(into)
    keys = [x25519.Identity.from_str(identity) for identity in identities]
    with _stick_in_words():
        stream = sealed.open("rb")
    with stream:
        reader = _HashingReader(stream)
        try:
            pyrage.decrypt_io(reader, writer, keys)
        except (pyrage.DecryptError, OSError) as error:
            # pyrage reports a broken seal and a failing disk alike; the two ends know better.
            if writer.failure is not None:
                raise DiskFull(folder="spool") from writer.failure
            if reader.failure is not None:
                raise StickGone(reason=reader.failure.strerror) from error
            raise SealBroken from error
    into.flush()
    return writer.digest.hexdigest()


def put_receipt(stick: Path, receipt: Receipt) -> None:
    """Leaves a receipt on the stick for the station."""
    with _stick_in_words():
        folder = stick / FOLDER / RECEIPTS
        folder.mkdir(parents=True, exist_ok=True)
        put_bytes(folder / f"{receipt.package_id}.json", json.dumps(receipt.to_json(), indent=1).encode())
        (folder / f"{receipt.package_id}.refused.json").unlink(missing_ok=True)


def put_keys(stick: Path, keys: list[EndorsedKey]) -> None:
    """Leaves the warehouse's receipt keys on the stick, for stations that know only an older one."""
    with _stick_in_words():
        folder = stick / FOLDER / RECEIPTS
        folder.mkdir(parents=True, exist_ok=True)
        put_bytes(folder / KEYS_FILE, json.dumps([key.__dict__ for key in keys], indent=1).encode())


def read_keys(stick: Path, target: WarehouseTarget) -> dict[str, str]:
    """The receipt keys known from enrolment and those on the stick that they vouch for."""
    try:
        offered = [
            EndorsedKey(**key) for key in json.loads((stick / FOLDER / RECEIPTS / KEYS_FILE).read_bytes())
        ]
    except (OSError, ValueError, TypeError):
        return target.receipt_keys
    return trusted_keys(target.receipt_keys, offered)


def put_refusal(stick: Path, refusal: StickRefusal) -> None:
    """Leaves word on the stick why a package was not taken."""
    with _stick_in_words():
        folder = stick / FOLDER / RECEIPTS
        folder.mkdir(parents=True, exist_ok=True)
        put_bytes(
            folder / f"{refusal.package_id}.refused.json", json.dumps(refusal.__dict__, indent=1).encode()
        )


def read_receipts(stick: Path, target: WarehouseTarget) -> list[Receipt]:
    """The receipts on a stick that this warehouse signed; anything else there is passed over."""
    receipts, keys = [], read_keys(stick, target)
    for data in _read_answers(stick, refused=False):
        try:
            receipt = Receipt.from_json(data)
        except (ValueError, TypeError):
            continue
        if receipt.is_genuine(keys):
            receipts.append(receipt)
    return receipts


def read_refusals(stick: Path) -> list[StickRefusal]:
    """Packages the warehouse did not take. Not signed: only good for showing to a person."""
    return [
        StickRefusal(str(d.get("package_id", "")), str(d.get("problem", ""))[:500])
        for d in _read_answers(stick, refused=True)
    ]


class _HashingReader:
    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.digest = hashlib.sha256()
        self.failure: OSError | None = None

    def read(self, size: int = -1) -> bytes:
        try:
            data = self._stream.read(size)
        except OSError as error:
            self.failure = error
            raise
        self.digest.update(data)
        return data


class _HashingWriter:
    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.digest = hashlib.sha256()
        self.failure: OSError | None = None

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        try:
            return self._stream.write(data)
        except OSError as error:
            self.failure = error
            raise

    def flush(self) -> None:
        self._stream.flush()


def _seal(package_file: Path, meta: PackageMeta, stick_key: str, sealed: Path) -> str:
    with package_file.open("rb") as source, whole_file(sealed) as stream:
        reader, writer = _HashingReader(source), _HashingWriter(stream)
        try:
            pyrage.encrypt_io(reader, writer, [x25519.Recipient.from_str(stick_key)])
        except OSError as error:
            raise (writer.failure or reader.failure or error) from error
        if reader.digest.hexdigest() != meta.sha256:
            raise PackageDamaged(file=package_file.name)
    return writer.digest.hexdigest()


def _read_back(sealed: Path) -> str:
    digest = hashlib.sha256()
    with sealed.open("rb") as stream:
        if hasattr(os, "posix_fadvise"):
            # Without this the bytes come from memory and say nothing of the stick.
            os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        while piece := stream.read(CHUNK_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def _is_whole(note: Path, sealed: Path, meta: PackageMeta) -> bool:
    said = _read_note(note) if note.is_file() and sealed.is_file() else None
    return said is not None and said.sha256 == meta.sha256 and _read_back(sealed) == said.sealed_sha256


def _read_note(note: Path) -> StickPackage | None:
    try:
        data: dict[str, Any] = json.loads(note.read_bytes())
        if data.pop("format") != FORMAT or data["package_id"] != note.stem:
            return None
        return StickPackage(**data)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _read_answers(stick: Path, refused: bool) -> Iterator[dict[str, Any]]:
    with _stick_in_words():
        folder = stick / FOLDER / RECEIPTS
        for file in sorted(folder.glob("*.json")) if folder.is_dir() else ():
            if file.name.endswith(".refused.json") != refused or file.name == KEYS_FILE:
                continue
            try:
                data = json.loads(file.read_bytes())
            except ValueError:
                continue
            if isinstance(data, dict):
                yield data


@contextmanager
def _stick_in_words() -> Iterator[None]:
    """A stick pulled out is nobody's bug. A full one stays DiskFull."""
    try:
        yield
    except OSError as error:
        raise StickGone(reason=error.strerror or type(error).__name__) from error
