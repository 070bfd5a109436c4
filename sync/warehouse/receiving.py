"""Packages that come on a stick: opened, checked and stored as if they had come over the network."""

import logging
import tempfile
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from sync import stick
from sync.protocol import Receipt
from sync.stick import StickPackage, StickRefusal
from sync.warehouse import intake, schema, stations
from sync.warehouse.schema import reading
from sync.warehouse.uploads import Delivery, Refused, StillStoring, Warehouse

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Received:
    receipts: list[Receipt]
    refusals: list[StickRefusal]


def receive(warehouse: Warehouse, folder: Path) -> Received:
    """Takes every whole package on a stick; receipts and refusals are left on it.

    The same stick may be read again, and what also came over the network is stored once.

    Raises:
        StickGone: pulled out meanwhile; what was taken is taken.
    """
    with reading(warehouse.engine) as conn:
        identities = [key.private_key for key in stations.list_keys(conn, "stick")]
        receipt_keys = stations.list_endorsed_keys(conn)
    received = Received([], [])
    for said, sealed in stick.list_packages(folder):
        try:
            receipt = _take(warehouse, said, sealed, identities)
        except Refused as refused:
            refusal = StickRefusal(said.package_id, refused.problem)
            stick.put_refusal(folder, refusal)
            received.refusals.append(refusal)
            continue
        stick.put_receipt(folder, receipt)
        received.receipts.append(receipt)
    if received.receipts:
        stick.put_keys(folder, receipt_keys)
    return received


def _take(warehouse: Warehouse, said: StickPackage, sealed: Path, identities: list[str]) -> Receipt:
    with reading(warehouse.engine) as conn:
        station = conn.execute(
            select(schema.station).where(schema.station.c.id == said.station_id)
        ).one_or_none()
    if station is None or station.revoked_at is not None:
        raise Refused(403, "the station is not enrolled, or was revoked")
    if said.size_bytes > warehouse.package_limit_bytes:
        raise Refused(413, "larger than the warehouse allows")
    with tempfile.TemporaryFile(dir=warehouse.spool) as file:
        if not sealed.is_file():
            raise Refused(422, "its sealed file is missing on the stick")
        try:
            sha256 = stick.open_package(sealed, identities, file)
        except stick.SealBroken as error:
            raise Refused(422, "its sealed file is damaged, or sealed for another warehouse") from error
        if sha256 != said.sha256 or file.tell() != said.size_bytes:
            raise Refused(422, "its bytes are not those announced")
        delivery = Delivery(
            said.package_id, sha256, said.size_bytes, station.branch, said.station_id, said.signature
        )
        try:
            return intake.store(warehouse, delivery, file)
        except StillStoring as error:
            raise Refused(503, "the warehouse was busy; receive the stick again") from error
