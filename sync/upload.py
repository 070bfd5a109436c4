"""Sending a package: tus 1.0, from wherever the warehouse has got to, until its signed receipt is in hand.

The server's offset is the truth; what the station remembers is a hint. Every chunk carries its checksum, so a
cut or a flipped bit costs at most that chunk. Only the protocol's own answers count: a login page that says
200 is a network in the way, not a warehouse. What a try cannot mend is said in one sentence; the caller
decides when to try again (`outbox.note_problem`), or that a person must (`PackageRefused`).
"""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urljoin, urlsplit

import httpx

from station.core.errors import NetworkProblem
from station.core.files import sha256_of
from sync.delivery_problems import (
    REFUSALS,
    LoginPageInTheWay,
    NoConnection,
    PackageDamaged,
    PackageRefused,
    ReceiptNotGenuine,
    SendingStopped,
    StationNotKnown,
    WarehouseBusy,
    WrongCertificate,
    in_words,
)
from sync.line import Line
from sync.protocol import (
    CHECKSUM_MISMATCH,
    CHECKSUMS,
    OFFSET_TYPE,
    PACKAGES_PATH,
    RECEIPT_KEYS_PATH,
    UPLOADS_PATH,
    EndorsedKey,
    PackageMeta,
    Receipt,
    package_signed_bytes,
    sign,
    to_base64,
    trusted_keys,
    upload_metadata,
)
from sync.trust import WarehouseTarget

__all__ = [
    "LoginPageInTheWay",
    "NoConnection",
    "PackageDamaged",
    "PackageRefused",
    "ReceiptNotGenuine",
    "SendingStopped",
    "StationNotKnown",
    "WarehouseBusy",
    "WrongCertificate",
    "send",
]

log = logging.getLogger(__name__)

# Bytes handed to the socket at a time; between them Stop and the rate limit are looked at.
SLICE_BYTES = 1 << 18
# Tries in a row without a byte of progress before the package waits for its next turn.
TRIES_WITHOUT_PROGRESS = 3
# While the warehouse is busy storing, its receipt is asked for this often, this many times.
RECEIPT_PAUSE_S = 1.0
RECEIPT_TRIES = 30


Progress = Callable[[int, str], None]
Learned = Callable[[dict[str, str]], None]


@dataclass
class _Journey:
    """One package under way."""

    line: Line
    stream: BinaryIO
    meta: PackageMeta
    progress: Progress
    should_stop: Callable[[], bool]
    limit_bytes_s: float | None
    url: str | None
    learned: Learned
    offset: int = 0

    @property
    def target(self) -> WarehouseTarget:
        return self.line.target


class _UploadGone(Exception):
    """The server no longer knows the upload; start again."""


class _AskAgain(Exception):
    """Offsets differ, or a chunk arrived damaged: ask the server where it is."""


def send(
    package_file: Path,
    meta: PackageMeta,
    line: Line,
    *,
    progress: Progress,
    should_stop: Callable[[], bool],
    limit_bytes_s: float | None,
    upload_url: str | None = None,
    learned: Learned = lambda _: None,
) -> Receipt:
    """Sends a package and returns the warehouse's receipt, its signature checked.

    Args:
        line: to the warehouse; stays the caller's, for the next package.
        progress: called with (bytes the server has, upload URL) whenever the server has confirmed more.
        should_stop: looked at several times a second; True ends the try with SendingStopped.
        limit_bytes_s: bytes per second at most; None for no limit.
        upload_url: where an earlier try got to, as `progress` said it.
        learned: called with all receipt keys where the warehouse has a newer one that a known one vouches for.

    Raises:
        PackageRefused: permanently; the sentence says the remedy.
        NetworkProblem: anything a later try may mend, by its subclasses.
        PackageDamaged: the file is not the one that was sealed.
    """
    try:
        with package_file.open("rb") as stream:
            if stream.seek(0, 2) != meta.size_bytes:
                raise PackageDamaged(file=package_file.name)
            url = _own_url(line.target, upload_url)
            journey = _Journey(line, stream, meta, progress, should_stop, limit_bytes_s, url, learned)
            return _travel(journey, package_file)
    except FileNotFoundError as error:
        raise PackageDamaged(file=package_file.name) from error


def _own_url(target: WarehouseTarget, url: str | None) -> str | None:
    """The URL if it lies at this warehouse; the token is shown to no other."""
    if url is None:
        return None
    url = urljoin(target.url, url)
    return url if urlsplit(url)[:2] == urlsplit(target.url)[:2] else None


def _travel(journey: _Journey, package_file: Path) -> Receipt:
    failures, best = 0, -1
    while True:
        try:
            if journey.url is None:
                _create(journey)
            else:
                _ask_offset(journey)
            while journey.offset < journey.meta.size_bytes:
                _send_chunk(journey)
            return _fetch_receipt(journey)
        except _UploadGone:
            journey.url, journey.offset = None, 0
            trouble: NetworkProblem = WarehouseBusy(status=404)
        except _AskAgain as error:
            trouble = WarehouseBusy(status=str(error))
            if sha256_of(package_file) != journey.meta.sha256:
                raise PackageDamaged(file=package_file.name) from error
        except httpx.HTTPError as error:
            trouble = in_words(error, journey.target.url)
            if isinstance(trouble, WrongCertificate):
                raise trouble from error
        journey.line.broke()
        failures = 0 if journey.offset > best else failures + 1
        best = max(best, journey.offset)
        if failures >= TRIES_WITHOUT_PROGRESS:
            raise trouble
        log.info("package %s: asking again at offset %d", journey.meta.package_id, journey.offset)


def _create(journey: _Journey) -> None:
    """Announces the package and sends the first chunk with it."""
    meta, target = journey.meta, journey.target
    signature = sign(
        target.station_key, package_signed_bytes(target.station_id, meta.package_id, meta.sha256)
    )
    metadata = upload_metadata({"package_id": meta.package_id, "sha256": meta.sha256, "signature": signature})
    announced = {"Upload-Length": str(meta.size_bytes), "Upload-Metadata": metadata}
    answer = _carry_chunk(journey, "POST", f"{target.url.rstrip('/')}{UPLOADS_PATH}", announced, 201)
    journey.url = _own_url(target, answer.headers.get("Location"))
    if journey.url is None:
        raise LoginPageInTheWay(status=answer.status_code)
    _arrived(journey, answer)


def _ask_offset(journey: _Journey) -> None:
    answer = journey.line.client.head(journey.url or "")
    _expect(journey, answer, 200)
    _arrived(journey, answer)


def _send_chunk(journey: _Journey) -> None:
    at = {"Upload-Offset": str(journey.offset)}
    _arrived(journey, _carry_chunk(journey, "PATCH", journey.url or "", at, 204))


def _carry_chunk(
    journey: _Journey, method: str, url: str, headers: dict[str, str], success: int
) -> httpx.Response:
    """Sends as much from the offset on as the line carries in one request."""
    size_bytes = min(journey.line.chunk_bytes, journey.meta.size_bytes - journey.offset)
    begun_s = time.monotonic()
    answer = journey.line.client.request(
        method,
        url,
        content=_slices(journey, size_bytes),
        headers={
            **headers,
            "Upload-Checksum": _checksum(journey, size_bytes),
            "Content-Type": OFFSET_TYPE,
            "Content-Length": str(size_bytes),
        },
    )
    _expect(journey, answer, success)
    # Up to the answer: what was only given to the socket is not yet on the line.
    journey.line.arrived(size_bytes, time.monotonic() - begun_s, journey.limit_bytes_s)
    return answer


def _fetch_receipt(journey: _Journey) -> Receipt:
    """Asks for the receipt; the asking also makes a restarted warehouse finish what it had whole."""
    url = f"{journey.target.url.rstrip('/')}{PACKAGES_PATH}/{journey.meta.package_id}/receipt"
    for _ in range(RECEIPT_TRIES):
        answer = journey.line.client.get(url)
        if answer.status_code != 503 or _problem_of(answer).get("kind") != "storing":
            break
        _wait(journey, RECEIPT_PAUSE_S)
    _expect(journey, answer, 200)
    try:
        receipt = Receipt.from_json(answer.json())
    except ValueError as error:
        raise LoginPageInTheWay(status=answer.status_code) from error
    meta = journey.meta
    fits = (receipt.package_id, receipt.sha256, receipt.size_bytes) == (
        meta.package_id,
        meta.sha256,
        meta.size_bytes,
    )
    if not fits or not receipt.is_genuine(_receipt_keys(journey, receipt.key_id)):
        raise ReceiptNotGenuine(package_id=meta.package_id)
    return receipt


def _receipt_keys(journey: _Journey, key_id: str) -> dict[str, str]:
    """The keys known from enrolment; if the receipt has a newer one, also those they vouch for."""
    known = journey.target.receipt_keys
    if key_id in known:
        return known
    answer = journey.line.client.get(journey.target.url.rstrip("/") + RECEIPT_KEYS_PATH)
    _expect(journey, answer, 200)
    try:
        keys = trusted_keys(known, [EndorsedKey(**key) for key in answer.json()])
    except (ValueError, TypeError) as error:
        raise LoginPageInTheWay(status=answer.status_code) from error
    journey.learned(keys)
    return keys


def _expect(journey: _Journey, answer: httpx.Response, success: int) -> None:
    """Lets only the protocol's own success pass; everything else becomes what it means."""
    status = answer.status_code
    if "Tus-Resumable" not in answer.headers:
        if status >= 500:
            raise WarehouseBusy(status=status)
        if status == 413 and journey.line.takes_short_requests_only():
            raise _AskAgain(str(status))
        raise LoginPageInTheWay(status=status)
    if status == success:
        return
    if status in (404, 410):
        raise _UploadGone
    if status in (401, 403):
        raise StationNotKnown
    if status == CHECKSUM_MISMATCH:
        journey.line.checksum_failed()
    problem = _problem_of(answer)
    if status in (CHECKSUM_MISMATCH, 423) or (status == 409 and problem.get("kind") == "offset"):
        raise _AskAgain(str(status))
    if status in REFUSALS:
        raise PackageRefused(REFUSALS[status], problem=problem.get("problem", status), status=status)
    raise WarehouseBusy(status=status)


def _problem_of(answer: httpx.Response) -> dict[str, Any]:
    try:
        problem = answer.json()
    except ValueError:
        return {}
    return problem if isinstance(problem, dict) else {}


def _arrived(journey: _Journey, answer: httpx.Response) -> None:
    try:
        journey.offset = int(answer.headers["Upload-Offset"])
    except (KeyError, ValueError) as error:
        raise LoginPageInTheWay(status=answer.status_code) from error
    if not 0 <= journey.offset <= journey.meta.size_bytes:
        raise LoginPageInTheWay(status=answer.status_code)
    journey.progress(journey.offset, journey.url or "")


def _checksum(journey: _Journey, size_bytes: int) -> str:
    """The value of the header Upload-Checksum for the bytes at the offset; of the whole package it is known already."""
    if size_bytes == journey.meta.size_bytes:
        return f"sha256 {to_base64(bytes.fromhex(journey.meta.sha256))}"
    name = journey.line.checksum
    digest = CHECKSUMS[name]()
    for piece in _pieces(journey, size_bytes, SLICE_BYTES):
        digest.update(piece)
    return f"{name} {to_base64(digest.digest())}"


def _slices(journey: _Journey, size_bytes: int) -> Iterator[bytes]:
    """The bytes at the offset, at most `limit_bytes_s`, ending early when Stop was pressed."""
    slice_bytes = SLICE_BYTES
    if journey.limit_bytes_s:
        slice_bytes = max(1024, min(SLICE_BYTES, int(journey.limit_bytes_s / 4)))
    begun_s, sent_bytes = time.monotonic(), 0
    for piece in _pieces(journey, size_bytes, slice_bytes):
        if journey.limit_bytes_s:
            _wait(journey, begun_s + sent_bytes / journey.limit_bytes_s - time.monotonic())
        yield piece
        sent_bytes += len(piece)


def _pieces(journey: _Journey, size_bytes: int, piece_bytes: int) -> Iterator[bytes]:
    """So many bytes of the package from the offset on, read from its file."""
    journey.stream.seek(journey.offset)
    left_bytes = size_bytes
    while left_bytes:
        if journey.should_stop():
            raise SendingStopped
        piece = journey.stream.read(min(piece_bytes, left_bytes))
        if not piece:
            raise PackageDamaged(file=Path(journey.stream.name).name)
        left_bytes -= len(piece)
        yield piece


def _wait(journey: _Journey, seconds: float) -> None:
    end_s = time.monotonic() + seconds
    while (left_s := end_s - time.monotonic()) > 0:
        if journey.should_stop():
            raise SendingStopped
        time.sleep(min(left_s, 0.2))
