"""Retention: packages whose time is over are removed, by a decision of the archive and by nothing else.

What goes are the papers, their text and values, and the bytes. What stays is one row in `removed`: which package it
was, its receipt, what it counts for in the rates, when it went and by which decision. A station that sends it again gets
that receipt; nothing comes back. Rows go first, in one transaction; bytes that a killed process left behind go with `warehouse clean`.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from station.core.errors import N_, UsageProblem
from sync.warehouse import catalogue, report_tables, schema
from sync.warehouse.exchange_tables import removed
from sync.warehouse.objects import bag_key
from sync.warehouse.schema import reading, utc_text, writing
from sync.warehouse.uploads import Warehouse

log = logging.getLogger(__name__)

# After some years of retention there are more than a database takes values in one question (65 535).
_HASHES_AT_A_TIME = 1000


class NothingChosen(UsageProblem):
    sentence = N_("Say which packages: their numbers, or --before DATE (with --branch CODE for one branch).")


@dataclass(frozen=True)
class Over:
    """A package whose time is over."""

    package_id: str
    branch: str
    dossier_code: str
    stage: str
    version: int
    sha256: str
    received_at: str


def choose(
    warehouse: Warehouse, package_ids: Sequence[str], before: str | None, branch: str | None
) -> list[Over]:
    """The packages named, or those received before a day (yyyy-mm-dd, UTC), oldest first.

    Raises:
        NothingChosen: neither is given.
    """
    if not package_ids and before is None:
        raise NothingChosen
    table = schema.package
    query = select(*(table.c[name] for name in _COLUMNS)).order_by(table.c.received_at)
    if package_ids:
        query = query.where(table.c.id.in_(package_ids))
    if before is not None:
        query = query.where(table.c.received_at < before)
    if branch is not None:
        query = query.where(table.c.branch == branch)
    with reading(warehouse.engine) as conn:
        return [Over(*row) for row in conn.execute(query)]


def remove(warehouse: Warehouse, over: Over, reason: str, actor: str) -> None:
    """Removes one package; its receipt stays good, and the audit says who decided."""
    with writing(warehouse.engine) as conn:
        row = (
            conn.execute(select(schema.package).where(schema.package.c.id == over.package_id))
            .mappings()
            .one()
        )
        at = utc_text(warehouse.now())
        conn.execute(
            insert(removed).values(
                package_id=over.package_id,
                removed_at=at,
                reason=reason,
                **{name: row[name] for name in _KEPT},
                **report_tables.counts_of(conn, over.package_id),
            )
        )
        for table in (schema.field, schema.document, schema.component):
            conn.execute(delete(table).where(table.c.package_id == over.package_id))
        conn.execute(delete(schema.package).where(schema.package.c.id == over.package_id))
        catalogue.note_reading(conn, at, actor, over.branch, "remove package", over.package_id, None, reason)
    sweep_bytes(warehouse, [over.sha256])
    log.info("a package of branch %s was removed", over.branch)


def sweep_bytes(warehouse: Warehouse, hashes: Sequence[str] | None = None) -> int:
    """Deletes bytes of removed packages that no other package is made of; of all that were ever removed by default."""
    with reading(warehouse.engine) as conn:
        gone = set(hashes) if hashes is not None else set(conn.scalars(select(removed.c.sha256)))
        ordered = sorted(gone)
        for start in range(0, len(ordered), _HASHES_AT_A_TIME):
            gone -= _still_held(conn, ordered[start : start + _HASHES_AT_A_TIME])
    count = 0
    for sha256 in gone:
        if warehouse.objects.size(bag_key(sha256)) is not None:
            warehouse.objects.delete(bag_key(sha256))
            count += 1
    return count


def _still_held(conn: Connection, hashes: Sequence[str]) -> set[Any]:
    table = schema.package
    return set(conn.scalars(select(table.c.sha256).where(table.c.sha256.in_(hashes))))


_KEPT = ("branch", "dossier_code", "stage", "version", "sha256", "receipt", "sealed_at", "received_at")
_COLUMNS = ("id", "branch", "dossier_code", "stage", "version", "sha256", "received_at")
