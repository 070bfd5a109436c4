"""A whole package: checked as a stranger's, stored once by its bytes, answered with a signed receipt.

When the last byte of an upload is there its parts are streamed through SHA-256, the package is checked, its
bytes become `bags/<sha256>`, and one transaction makes it the warehouse's. Every step can be repeated after a
crash, by any process; what makes a package unique is the database alone.
"""

import hashlib
import logging
import tempfile
from datetime import timedelta
from typing import IO, Any

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from station.core.errors import StationError
from sync import package as packages
from sync.package import Inspection
from sync.protocol import Receipt, package_signed_bytes, signature_fits
from sync.warehouse import catalogue, schema
from sync.warehouse.objects import bag_key
from sync.warehouse.schema import noting, reading, utc_text, writing
from sync.warehouse.uploads import (
    BytesDiffer,
    Delivery,
    Refused,
    StillStoring,
    Upload,
    UploadUnknown,
    Warehouse,
    delete_parts,
    drop,
)

log = logging.getLogger(__name__)

# While one process stores a package no other begins; renewed while parts are read. Two at once would only do it twice.
FINISHING_LEASE = timedelta(seconds=8)
# Two processes that store versions of one dossier at the same moment step aside this often.
STORE_TRIES = 20


def finish(warehouse: Warehouse, upload: Upload) -> Receipt:
    """Checks and stores a package whose last byte is there; asked again it gives the same receipt.

    Raises:
        Refused: never to be taken; remembered with the upload.
        BytesDiffer: start again.
        StillStoring: ask again soon.
    """
    if upload.state == "refused":
        raise Refused(upload.status or 422, upload.problem or "")
    if upload.state == "done":
        with reading(warehouse.engine) as conn:
            receipt = catalogue.find_receipt(conn, upload.package_id)
        if receipt is not None and receipt.sha256 == upload.sha256:
            return receipt
        raise UploadUnknown
    _take_finishing(warehouse, upload.upload_id, first=True)
    try:
        with tempfile.TemporaryFile(dir=warehouse.spool) as file:
            sha256 = _assemble(warehouse, upload, file)
            if sha256 != upload.sha256:
                drop(warehouse, upload.upload_id)
                raise BytesDiffer
            receipt = store(warehouse, upload.delivery(), file)
    except Refused as refused:
        _close(warehouse, upload.upload_id, state="refused", status=refused.status, problem=refused.problem)
        raise
    except (StationError, OSError):
        _close(warehouse, upload.upload_id, state="open")
        raise
    _close(warehouse, upload.upload_id, state="done")
    return receipt


def store(warehouse: Warehouse, delivery: Delivery, file: IO[bytes]) -> Receipt:
    """Takes a whole package in: once, however often and by whichever way it comes.

    Args:
        delivery: who sent it and what it must be.
        file: the tar, hashed already; stays the caller's.

    Raises:
        Refused: the package is not what it should be, or its number is taken.
    """
    inspection = packages.inspect_stream(file)
    _check(warehouse, delivery, inspection)
    with reading(warehouse.engine) as conn:
        there = catalogue.find_receipt(conn, delivery.package_id)
        was_removed = catalogue.was_removed(conn, delivery.package_id)
    if there is not None:
        _refuse_other_bytes(there, delivery)
        if was_removed:
            return there
    key = bag_key(delivery.sha256)
    # Also for a package that is there: its bytes may have been lost, and here they are again.
    if warehouse.objects.size(key) != delivery.size_bytes:
        file.seek(0)
        warehouse.objects.put(key, file, delivery.size_bytes)
    arrival = catalogue.Arrival(
        manifest=inspection.manifest,
        members=inspection.members,
        sha256=delivery.sha256,
        size_bytes=delivery.size_bytes,
        branch=delivery.branch,
        station_id=delivery.station_id,
    )
    for _ in range(STORE_TRIES):
        try:
            with writing(warehouse.engine) as conn:
                receipt = catalogue.find_receipt(conn, delivery.package_id)
                if receipt is None:
                    receipt = catalogue.add_package(conn, arrival, warehouse.now())
        except IntegrityError:
            continue  # another process was faster with this package or this version; look again
        _refuse_other_bytes(receipt, delivery)
        return receipt
    raise StillStoring


def _refuse_other_bytes(receipt: Receipt, delivery: Delivery) -> None:
    if (receipt.sha256, receipt.branch) != (delivery.sha256, delivery.branch):
        raise Refused(409, f"{delivery.package_id} is stored with other bytes")


def _assemble(warehouse: Warehouse, upload: Upload, file: IO[bytes]) -> str:
    """Writes the parts one after the other into `file`; returns the SHA-256 of all of it."""
    table = schema.upload_part
    with reading(warehouse.engine) as conn:
        parts = conn.execute(
            select(table).where(table.c.upload_id == upload.upload_id).order_by(table.c.offset_bytes)
        ).all()
    digest = hashlib.sha256()
    renew_at = warehouse.now() + FINISHING_LEASE / 4
    try:
        for part in parts:
            for piece in warehouse.objects.read(part.object_key):
                digest.update(piece)
                file.write(piece)
            if warehouse.now() >= renew_at:
                _take_finishing(warehouse, upload.upload_id, first=False)
                renew_at = warehouse.now() + FINISHING_LEASE / 4
    except KeyError as error:
        # The store lost a part (or another process has just finished): only the station has the bytes now.
        log.error("upload %s: part %s is gone", upload.upload_id, error)
        drop(warehouse, upload.upload_id)
        raise BytesDiffer from error
    file.flush()
    return digest.hexdigest()


def _check(warehouse: Warehouse, delivery: Delivery, inspection: Inspection) -> None:
    if inspection.problems:
        raise Refused(422, "; ".join(inspection.problems[:5]))
    manifest = inspection.manifest
    if manifest["package_id"] != delivery.package_id:
        raise Refused(422, "the manifest names another package_id than announced")
    if manifest["branch"] != delivery.branch:
        raise Refused(422, "the manifest names another branch than the station's")
    with reading(warehouse.engine) as conn:
        public_key = conn.scalar(
            select(schema.station.c.public_key).where(schema.station.c.id == delivery.station_id)
        )
    signed = package_signed_bytes(delivery.station_id, delivery.package_id, delivery.sha256)
    if public_key is None or not signature_fits(public_key, delivery.signature, signed):
        raise Refused(422, "the station's signature does not fit")


def _take_finishing(warehouse: Warehouse, upload_id: str, first: bool) -> None:
    now = warehouse.now()
    table = schema.upload
    condition = table.c.id == upload_id
    if first:
        condition &= (table.c.finishing_until.is_(None)) | (table.c.finishing_until < utc_text(now))
    with noting(warehouse.engine) as conn:
        changed = conn.execute(
            update(table).where(condition).values(finishing_until=utc_text(now + FINISHING_LEASE))
        )
    if changed.rowcount != 1:
        raise StillStoring


def _close(warehouse: Warehouse, upload_id: str, **values: Any) -> None:
    table = schema.upload
    with writing(warehouse.engine) as conn:
        conn.execute(update(table).where(table.c.id == upload_id).values(finishing_until=None, **values))
        if values["state"] != "open":
            conn.execute(delete(schema.upload_part).where(schema.upload_part.c.upload_id == upload_id))
    if values["state"] != "open":
        delete_parts(warehouse, upload_id)
