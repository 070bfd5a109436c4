"""Looking after a warehouse: checking it, cleaning up behind it, copying it and bringing it back.

A backup is made of plain files (one JSON line a row, one file a package), so a warehouse on SQLite can be brought
back on PostgreSQL and the other way round. It holds the warehouse's own keys and citizens' papers: it belongs on
an encrypted disk in a locked room.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select

from station.core.errors import N_, InputRefused, UsageProblem
from station.core.files import CHUNK_BYTES, private_folder, put_bytes, whole_file
from sync.protocol import Receipt
from sync.warehouse import exchange_tables, schema, stations, uploads
from sync.warehouse.objects import bag_key
from sync.warehouse.removing import sweep_bytes
from sync.warehouse.schema import reading, utc_text, writing
from sync.warehouse.uploads import Warehouse

log = logging.getLogger(__name__)

BACKUP_FORMAT = "warehouse-backup/1"
# Uploads under way are not backed up: the stations still have them. Sessions end with the warehouse.
_LEFT_OUT = frozenset({"upload", "upload_part", "session", "migration"})
_TABLES = (*schema.metadata.sorted_tables, *exchange_tables.metadata.sorted_tables)
_ROWS_AT_A_TIME = 500

Progress = Callable[[int, int], None]


class NotEmpty(UsageProblem):
    sentence = N_("This warehouse holds {count} packages or stations already. Restore into an empty one.")


class NotABackup(InputRefused):
    sentence = N_("{folder} holds no whole backup of a warehouse ({problem}). Take another one.")


@dataclass
class Findings:
    """What a check found. `problems` need a person; `leftovers` are harmless and go with `warehouse clean`.

    `unclaimed` are bags no package is made of: one is being stored this moment, or a process died between storing it and
    noting it. They stay, for the station has no receipt and brings the same bytes again.
    """

    packages: int = 0
    bytes: int = 0
    conflicts: int = 0
    problems: list[dict[str, str]] = field(default_factory=list)
    leftovers: list[str] = field(default_factory=list)
    unclaimed: list[str] = field(default_factory=list)


def check(warehouse: Warehouse, read_bytes: bool, progress: Progress) -> Findings:
    """Compares rows, objects and hashes.

    Args:
        read_bytes: also read every package and compare its hash; slow, and the only proof.
    """
    found = Findings()
    with reading(warehouse.engine) as conn:
        keys = {key.key_id: key.public_key for key in stations.list_keys(conn, "receipt")}
        total = conn.scalar(select(func.count()).select_from(schema.package)) or 0
    for row in _every_package(warehouse):
        found.packages += 1
        found.bytes += row.size_bytes
        found.conflicts += row.conflict > 0
        problem = _package_problem(warehouse, row, keys, read_bytes)
        if problem:
            found.problems.append({"package_id": row.id, "problem": problem})
        progress(found.packages, max(total, found.packages))
    for key, was_removed in _bags_of_no_package(warehouse):
        (found.leftovers if was_removed else found.unclaimed).append(key)
    found.leftovers += _parts_of_no_upload(warehouse)
    return found


def clean(warehouse: Warehouse) -> int:
    """Forgets uploads whose time is over and parts nobody speaks of. Returns how many things went.

    Packages stay: how long papers are kept is the archive's decision (sync.warehouse.removing), not the disk's.
    """
    count = uploads.drop_expired(warehouse) + sweep_bytes(warehouse)
    for key in _parts_of_no_upload(warehouse):
        warehouse.objects.delete(key)
        count += 1
    with writing(warehouse.engine) as conn:
        conn.execute(schema.session.delete().where(schema.session.c.expires_at <= utc_text(warehouse.now())))
    return count


def backup(warehouse: Warehouse, folder: Path, progress: Progress) -> dict[str, Any]:
    """Copies rows and packages into `folder`; what an earlier backup there holds is not copied again, and what was
    removed from the warehouse by its retention goes from there too.

    `backup.json` is written last: without it a backup is not whole.
    """
    for part in (folder, folder / "tables", folder / "bags"):
        private_folder(part)
    (folder / "backup.json").unlink(missing_ok=True)
    tables: dict[str, dict[str, Any]] = {}
    with warehouse.engine.connect() as plain:
        conn = plain
        if plain.dialect.name == "postgresql":
            conn = plain.execution_options(isolation_level="REPEATABLE READ")
        with conn.begin():
            for table in _TABLES:
                if table.name not in _LEFT_OUT:
                    rows = conn.execution_options(yield_per=_ROWS_AT_A_TIME).execute(select(table)).mappings()
                    tables[table.name] = _write_rows(folder, table.name, (dict(row) for row in rows))
            held = conn.execute(select(schema.package.c.sha256, schema.package.c.size_bytes)).all()
            bags: dict[str, int] = {row[0]: row[1] for row in held}
            migrations = list(conn.scalars(select(schema.migration.c.name)))
            gone = set(conn.scalars(select(exchange_tables.removed.c.sha256))) - bags.keys()
    for sha256 in gone:
        (folder / "bags" / sha256).unlink(missing_ok=True)
    for number, (sha256, size_bytes) in enumerate(sorted(bags.items()), start=1):
        _copy_bag(warehouse, sha256, size_bytes, folder / "bags" / sha256)
        progress(number, len(bags))
    said = {
        "format": BACKUP_FORMAT,
        "made_at": utc_text(datetime.now(UTC)),
        "migrations": migrations,
        "tables": tables,
        "packages": len(bags),
        "bytes": sum(bags.values()),
    }
    put_bytes(folder / "backup.json", json.dumps(said, indent=1).encode())
    return said


def restore(warehouse: Warehouse, folder: Path, progress: Progress) -> dict[str, Any]:
    """Brings a backup back into an empty warehouse; every package is checked on its way.

    Raises:
        NotEmpty: the warehouse holds something already.
        NotABackup: not whole, damaged, or of a newer version; nothing was changed but the object store.
    """
    said = _read_backup(folder)
    with reading(warehouse.engine) as conn:
        counts = [
            conn.scalar(select(func.count()).select_from(t)) or 0 for t in (schema.package, schema.station)
        ]
        unknown = set(said["migrations"]) - set(conn.scalars(select(schema.migration.c.name)))
    if any(counts):
        raise NotEmpty(count=sum(counts))
    if unknown:
        raise NotABackup(folder=folder.name, problem="written by a newer version")
    bags = sorted((folder / "bags").iterdir())
    for number, bag in enumerate(bags, start=1):
        if _hash_of(bag) != bag.name:
            raise NotABackup(folder=folder.name, problem=f"damaged: {bag.name}")
        with bag.open("rb") as stream:
            warehouse.objects.put(bag_key(bag.name), stream, bag.stat().st_size)
        progress(number, len(bags))
    with writing(warehouse.engine) as conn:
        for table in _TABLES:
            conn.execute(table.delete()) if table.name in ("warehouse_key", "counter") else None
            if table.name in said["tables"]:
                for rows in _read_rows(folder, table.name, said["tables"][table.name]):
                    conn.execute(insert(table), rows)
        schema.fill_received(conn)
    _set_sequence(warehouse)
    return said


def _every_package(warehouse: Warehouse) -> Iterator[Any]:
    """The rows a check needs, by id, some at a time: a million receipts fit into no memory."""
    table, last = schema.package, ""
    query = select(table.c.id, table.c.sha256, table.c.size_bytes, table.c.receipt, table.c.conflict)
    while True:
        with reading(warehouse.engine) as conn:
            rows = conn.execute(
                query.where(table.c.id > last).order_by(table.c.id).limit(_ROWS_AT_A_TIME)
            ).all()
        if not rows:
            return
        yield from rows
        last = rows[-1].id


def _bags_of_no_package(warehouse: Warehouse) -> Iterator[tuple[str, bool]]:
    """(key, whether it was a package whose time is over) of bags no package is made of."""
    keys, package, removed = warehouse.objects.list("bags/"), schema.package, exchange_tables.removed
    while some := list(islice(keys, _ROWS_AT_A_TIME)):
        hashes = [key.removeprefix("bags/") for key in some]
        with reading(warehouse.engine) as conn:
            held = set(conn.scalars(select(package.c.sha256).where(package.c.sha256.in_(hashes))))
            gone = set(conn.scalars(select(removed.c.sha256).where(removed.c.sha256.in_(hashes))))
        yield from ((k, h in gone) for k, h in zip(some, hashes, strict=True) if h not in held)


def _parts_of_no_upload(warehouse: Warehouse) -> list[str]:
    keys = list(warehouse.objects.list("uploads/"))
    with reading(warehouse.engine) as conn:
        # Looked up after listing: a part's object is there before its row, and its upload before both.
        known = set(conn.scalars(select(schema.upload.c.id)))
    return [key for key in keys if key.split("/")[1] not in known]


def _package_problem(warehouse: Warehouse, row: Any, keys: dict[str, str], read_bytes: bool) -> str | None:
    size_bytes = warehouse.objects.size(bag_key(row.sha256))
    if size_bytes is None:
        return "its bytes are gone; fetch them from the backup or the station"
    if size_bytes != row.size_bytes:
        return f"{size_bytes} bytes instead of {row.size_bytes}"
    if not Receipt.from_json(json.loads(row.receipt)).is_genuine(keys):
        return "its receipt is not signed by this warehouse"
    if read_bytes:
        digest = hashlib.sha256()
        for piece in warehouse.objects.read(bag_key(row.sha256)):
            digest.update(piece)
        if digest.hexdigest() != row.sha256:
            return "its bytes were changed; fetch them from the backup or the station"
    return None


def _write_rows(folder: Path, name: str, rows: Iterator[dict[str, Any]]) -> dict[str, Any]:
    digest, count = hashlib.sha256(), 0
    with whole_file(folder / "tables" / f"{name}.jsonl") as stream:
        for row in rows:
            line = json.dumps(row, ensure_ascii=False).encode() + b"\n"
            digest.update(line)
            stream.write(line)
            count += 1
    return {"rows": count, "sha256": digest.hexdigest()}


def _read_rows(folder: Path, name: str, said: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
    file = folder / "tables" / f"{name}.jsonl"
    if _hash_of(file) != said["sha256"]:
        raise NotABackup(folder=folder.name, problem=f"damaged: {name}")
    rows: list[dict[str, Any]] = []
    with file.open("rb") as stream:
        for line in stream:
            rows.append(json.loads(line))
            if len(rows) == _ROWS_AT_A_TIME:
                yield rows
                rows = []
    if rows:
        yield rows


def _copy_bag(warehouse: Warehouse, sha256: str, size_bytes: int, target: Path) -> None:
    if target.is_file() and target.stat().st_size == size_bytes:
        return
    with whole_file(target) as stream:
        for piece in warehouse.objects.read(bag_key(sha256)):
            stream.write(piece)


def _read_backup(folder: Path) -> dict[str, Any]:
    try:
        said: dict[str, Any] = json.loads((folder / "backup.json").read_bytes())
    except (OSError, ValueError) as error:
        raise NotABackup(folder=folder.name, problem="backup.json") from error
    if said.get("format") != BACKUP_FORMAT:
        raise NotABackup(folder=folder.name, problem="format")
    return said


def _hash_of(file: Path) -> str:
    digest = hashlib.sha256()
    try:
        with file.open("rb") as stream:
            while piece := stream.read(CHUNK_BYTES):
                digest.update(piece)
    except FileNotFoundError:
        return ""
    return digest.hexdigest()


def _set_sequence(warehouse: Warehouse) -> None:
    """PostgreSQL counts audit rows by itself and must go on after the last restored one."""
    if warehouse.engine.dialect.name != "postgresql":
        return
    with writing(warehouse.engine) as conn:
        last = conn.scalar(select(func.max(schema.audit.c.id)))
        if last is not None:
            conn.execute(select(func.setval(func.pg_get_serial_sequence("audit", "id"), last)))
