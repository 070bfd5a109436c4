"""Uploads under way: announced, appended to piece by piece, resumed, forgotten when their time is over.

An upload is a row; each piece is one object and one row. A request that wants to append takes the row's lease,
stores its object, and then moves the offset only if nobody else has: of two requests for the same
offset one wins, and no bytes are mixed. Every step can be repeated after a crash, by any process.
None of it waits for the disk: what a power cut takes here the station still has, and sends again.
"""

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Engine, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from station.core.errors import StationError
from station.core.settings import Settings
from sync.warehouse import schema
from sync.warehouse.objects import Objects, part_key
from sync.warehouse.schema import noting, reading, utc_text, writing
from sync.warehouse.stations import Caller

log = logging.getLogger(__name__)

# A station without a network over a long holiday still finds its half-sent package.
UPLOAD_LIFE = timedelta(days=14)
# A province's largest dossiers are of some hundred pages: 8 GB is a hundred times that.
PACKAGE_LIMIT_BYTES = 8 << 30
# One station has few packages under way at a time; more than this is a fault or an attack.
OPEN_UPLOADS_LIMIT = 200


class UploadUnknown(Exception):
    """No such upload of this station, or it expired."""


class OffsetConflict(Exception):
    """Another request was faster, or the client is wrong about the offset."""

    def __init__(self, offset_bytes: int) -> None:
        super().__init__(offset_bytes)
        self.offset_bytes = offset_bytes


class BytesDiffer(Exception):
    """The bytes that arrived are not those announced; the upload is gone and starts again."""


class StillStoring(Exception):
    """Another process is storing this package right now."""


class Refused(Exception):
    """This package will never be taken. `status` is 409, 413 or 422; `problem` says why, without personal data."""

    def __init__(self, status: int, problem: str) -> None:
        super().__init__(problem)
        self.status, self.problem = status, problem


@dataclass(frozen=True)
class Delivery:
    """Who brings a package, and what it must be."""

    package_id: str
    sha256: str
    size_bytes: int
    branch: str
    station_id: str
    signature: str


@dataclass(frozen=True)
class Upload:
    upload_id: str
    station_id: str
    branch: str
    package_id: str
    sha256: str
    signature: str
    length_bytes: int
    offset_bytes: int
    state: str
    expires_at: str
    status: int | None
    problem: str | None

    def delivery(self) -> Delivery:
        return Delivery(
            self.package_id, self.sha256, self.length_bytes, self.branch, self.station_id, self.signature
        )


@dataclass(frozen=True)
class Announcement:
    """What a station says before the first byte."""

    package_id: str
    sha256: str
    signature: str
    length_bytes: int


@dataclass(frozen=True)
class Warehouse:
    """Where everything is kept. `now` is the clock; the target (percent) and the days closed are the reports'."""

    engine: Engine
    objects: Objects
    spool: Path
    now: Callable[[], datetime]
    package_limit_bytes: int = PACKAGE_LIMIT_BYTES
    target_rate: float = Settings.target_rate
    closed: frozenset[str] = frozenset()


def announce(warehouse: Warehouse, caller: Caller, said: Announcement) -> Upload:
    """Opens an upload, or gives the one this station has open for the same package.

    Raises:
        Refused: too large.
        StillStoring: this station has too many uploads open.
    """
    if said.length_bytes > warehouse.package_limit_bytes:
        raise Refused(413, f"{said.length_bytes} bytes, {warehouse.package_limit_bytes} allowed")
    there = _find_announced(warehouse, caller, said)
    if there is not None and (there.state == "refused" or there.length_bytes != said.length_bytes):
        drop(warehouse, there.upload_id)
        there = None
    if there is not None:
        return there
    try:
        _add_upload(warehouse, caller, said)
    except IntegrityError:
        pass  # the same announcement came twice at once; the other's row is as good
    there = _find_announced(warehouse, caller, said)
    if there is None:
        raise StillStoring
    return there


def _find_announced(warehouse: Warehouse, caller: Caller, said: Announcement) -> Upload | None:
    table = schema.upload
    with reading(warehouse.engine) as conn:
        row = conn.execute(
            select(table).where(
                table.c.station_id == caller.station_id,
                table.c.package_id == said.package_id,
                table.c.sha256 == said.sha256,
            )
        ).one_or_none()
    return None if row is None else upload_of(row)


def _add_upload(warehouse: Warehouse, caller: Caller, said: Announcement) -> None:
    now = warehouse.now()
    table = schema.upload
    with writing(warehouse.engine) as conn:
        open_count = conn.scalar(
            select(func.count()).where(table.c.station_id == caller.station_id, table.c.state == "open")
        )
        if (open_count or 0) >= OPEN_UPLOADS_LIMIT:
            raise StillStoring
        conn.execute(
            insert(table).values(
                id=uuid.uuid4().hex,
                station_id=caller.station_id,
                branch=caller.branch,
                package_id=said.package_id,
                sha256=said.sha256,
                signature=said.signature,
                length_bytes=said.length_bytes,
                offset_bytes=0,
                state="open",
                created_at=utc_text(now),
                expires_at=utc_text(now + UPLOAD_LIFE),
            )
        )


def get_upload(warehouse: Warehouse, caller: Caller, upload_id: str) -> Upload:
    """The station's own upload.

    Raises:
        UploadUnknown: there is none, or another's, or it expired.
    """
    table = schema.upload
    with reading(warehouse.engine) as conn:
        row = conn.execute(
            select(table).where(
                table.c.id == upload_id,
                table.c.station_id == caller.station_id,
                table.c.expires_at > utc_text(warehouse.now()),
            )
        ).one_or_none()
    if row is None:
        raise UploadUnknown
    return upload_of(row)


def find_upload(warehouse: Warehouse, caller: Caller, package_id: str) -> Upload | None:
    """The station's newest upload of a package."""
    table = schema.upload
    with reading(warehouse.engine) as conn:
        row = conn.execute(
            select(table)
            .where(table.c.station_id == caller.station_id, table.c.package_id == package_id)
            .order_by(table.c.created_at.desc())
            .limit(1)
        ).one_or_none()
    return None if row is None else upload_of(row)


def take_lease(warehouse: Warehouse, upload: Upload, offset_bytes: int) -> str:
    """The right to append at an offset. The newest request has it: an older one's connection is most likely dead.

    Raises:
        OffsetConflict: the upload is not at this offset.
    """
    lease = uuid.uuid4().hex
    table = schema.upload
    with noting(warehouse.engine) as conn:
        changed = conn.execute(
            update(table)
            .where(
                table.c.id == upload.upload_id, table.c.offset_bytes == offset_bytes, table.c.state == "open"
            )
            .values(lease=lease)
        )
        if changed.rowcount != 1:
            actual = conn.scalar(select(table.c.offset_bytes).where(table.c.id == upload.upload_id))
            raise OffsetConflict(actual or 0)
    return lease


def append(
    warehouse: Warehouse,
    upload: Upload,
    offset_bytes: int,
    lease: str | None,
    stream: IO[bytes],
    size_bytes: int,
) -> int:
    """Stores one piece and moves the offset. Returns the new offset.

    Args:
        lease: as `take_lease` gave it; None for a request too short to need one.

    Raises:
        OffsetConflict: the lease was lost meanwhile; the piece is dropped.
    """
    if size_bytes == 0:
        return offset_bytes
    key = part_key(upload.upload_id, offset_bytes)
    warehouse.objects.put_part(key, stream, size_bytes)
    table = schema.upload
    mine = (
        (table.c.id == upload.upload_id) & (table.c.offset_bytes == offset_bytes) & (table.c.state == "open")
    )
    if lease is not None:
        mine &= table.c.lease == lease
    with noting(warehouse.engine) as conn:
        changed = conn.execute(
            update(table)
            .where(mine)
            .values(
                offset_bytes=offset_bytes + size_bytes,
                lease=None,
                expires_at=utc_text(warehouse.now() + UPLOAD_LIFE),
            )
        )
        if changed.rowcount == 1:
            conn.execute(
                insert(schema.upload_part).values(
                    upload_id=upload.upload_id,
                    offset_bytes=offset_bytes,
                    length_bytes=size_bytes,
                    object_key=key,
                )
            )
            return offset_bytes + size_bytes
        actual = conn.scalar(select(table.c.offset_bytes).where(table.c.id == upload.upload_id))
    warehouse.objects.delete(key)
    raise OffsetConflict(actual or 0)


def drop(warehouse: Warehouse, upload_id: str) -> None:
    """Forgets an upload and its parts."""
    with writing(warehouse.engine) as conn:
        conn.execute(delete(schema.upload_part).where(schema.upload_part.c.upload_id == upload_id))
        conn.execute(delete(schema.upload).where(schema.upload.c.id == upload_id))
    delete_parts(warehouse, upload_id)


def drop_expired(warehouse: Warehouse) -> int:
    """Forgets uploads whose time is over. Returns how many."""
    table = schema.upload
    with reading(warehouse.engine) as conn:
        ids = conn.scalars(select(table.c.id).where(table.c.expires_at <= utc_text(warehouse.now()))).all()
    for upload_id in ids:
        drop(warehouse, upload_id)
    return len(ids)


def delete_parts(warehouse: Warehouse, upload_id: str) -> None:
    """Removes an upload's objects; what cannot be removed now is found by `warehouse check`."""
    try:
        for key in list(warehouse.objects.list(f"uploads/{upload_id}/")):
            warehouse.objects.delete(key)
    except StationError as error:
        log.warning("upload %s: parts stay for the next cleaning: %s", upload_id, type(error).__name__)


def upload_of(row: Any) -> Upload:
    return Upload(
        upload_id=row.id,
        station_id=row.station_id,
        branch=row.branch,
        package_id=row.package_id,
        sha256=row.sha256,
        signature=row.signature,
        length_bytes=row.length_bytes,
        offset_bytes=row.offset_bytes,
        state=row.state,
        expires_at=row.expires_at,
        status=row.status,
        problem=row.problem,
    )


def utc_now() -> datetime:
    return datetime.now(UTC)
