"""What the warehouse knows of its packages: dossiers, documents, fields, text, and who looked at them.

Every question takes the caller: a branch sees its own rows and nothing of another's, not even that they exist.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, select, text, update
from sqlalchemy.sql import ColumnElement

from sync.folding import fold
from sync.package import Member
from sync.protocol import Receipt, sign
from sync.warehouse import schema
from sync.warehouse.exchange_tables import removed
from sync.warehouse.stations import Caller, active_key

SEARCH_LIMIT = 100
# Any number does, as long as every process uses the same and nobody else does.
_ARRIVAL_LOCK = 7_204_115

# What document types (resources/document_types) call the same thing; the first that has a value counts.
OWNER_FIELDS = ("id_number", "owner_id", "applicant_id")
NUMBER_FIELDS = ("certificate_serial", "id_number", "contract_no", "doc_no")
ISSUED_FIELDS = ("issue_date", "certificate_date", "contract_date", "doc_date")
VALID_FIELDS = ("expiry_date",)


@dataclass(frozen=True)
class Arrival:
    """A checked package, about to become the warehouse's."""

    manifest: dict[str, Any]
    members: dict[str, Member]
    sha256: str
    size_bytes: int
    branch: str
    station_id: str


def find_receipt(conn: Connection, package_id: str) -> Receipt | None:
    """The receipt given for a package, also for one that was removed since."""
    stored = conn.scalar(
        select(schema.package.c.receipt)
        .where(schema.package.c.id == package_id)
        .union_all(select(removed.c.receipt).where(removed.c.package_id == package_id))
    )
    return None if stored is None else Receipt.from_json(json.loads(stored))


def was_removed(conn: Connection, package_id: str) -> bool:
    """Whether a package's time was over (sync.warehouse.removing)."""
    return conn.scalar(select(removed.c.removed_at).where(removed.c.package_id == package_id)) is not None


def add_package(conn: Connection, arrival: Arrival, now: datetime) -> Receipt:
    """Stores a package's rows and signs its receipt.

    A second package of the same dossier, stage and version is kept beside the first and says so. `received_at` is
    later than that of every package there, so that whoever asks what came since a moment misses none.

    Raises:
        IntegrityError: another process stored this package or this version at the same moment.
    """
    manifest, dossier = arrival.manifest, arrival.manifest["dossier"]
    table = schema.package
    received_at = _next_moment(conn, now)
    others = _of_same_version(conn, arrival)
    receipt = _signed_receipt(conn, arrival, received_at, others[0].id if others else None)
    record = manifest["record"] or {}
    conn.execute(
        insert(table).values(
            id=manifest["package_id"],
            branch=arrival.branch,
            dossier_code=dossier["dossier_code"],
            stage=dossier["stage"],
            version=dossier["version"],
            conflict=others[-1].conflict + 1 if others else 0,
            conflict_with=receipt.conflict_with,
            sha256=arrival.sha256,
            size_bytes=arrival.size_bytes,
            station_id=arrival.station_id,
            procedure_code=record.get("procedure_code"),
            owner_id=record.get("applicant_id") or None,
            sealed_at=manifest["sealed_at"],
            received_at=received_at,
            audit_head=manifest["audit_head"],
            manifest=json.dumps(manifest, ensure_ascii=False),
            receipt=json.dumps(receipt.to_json(), ensure_ascii=False),
        )
    )
    _add_documents(conn, arrival)
    _add_components(conn, manifest)
    conn.execute(
        update(schema.station)
        .where(schema.station.c.id == arrival.station_id)
        .values(audit_head=manifest["audit_head"], seen_at=received_at)
    )
    return receipt


def list_packages(conn: Connection, caller: Caller, since: str, limit: int) -> list[RowMapping]:
    """Packages received after a moment, oldest first; nothing in a row names a citizen."""
    table = schema.package
    columns = [c for c in table.c if c.name not in ("manifest", "receipt", "owner_id")]
    rows = conn.execute(
        select(*columns)
        .where(_visible(table.c.branch, caller), table.c.received_at > since)
        .order_by(table.c.received_at, table.c.id)
        .limit(limit)
    )
    return list(rows.mappings())


def find_package(conn: Connection, caller: Caller, package_id: str) -> RowMapping | None:
    """A package's row if the caller may see it."""
    table = schema.package
    return (
        conn.execute(select(table).where(table.c.id == package_id, _visible(table.c.branch, caller)))
        .mappings()
        .one_or_none()
    )


def find_document(conn: Connection, caller: Caller, package_id: str, number: int) -> RowMapping | None:
    """A document of the caller's own branch (or of any, for the province)."""
    table = schema.document
    return (
        conn.execute(
            select(table, schema.package.c.sha256.label("bag_sha256"))
            .join(schema.package, schema.package.c.id == table.c.package_id)
            .where(
                table.c.package_id == package_id, table.c.number == number, _visible(table.c.branch, caller)
            )
        )
        .mappings()
        .one_or_none()
    )


def search(conn: Connection, caller: Caller, words: str, limit: int = SEARCH_LIMIT) -> list[RowMapping]:
    """Documents whose text, title, fields or dossier code hold all the words, with or without tone marks."""
    table = schema.document
    wanted = [part for part in fold(words).split() if part]
    if not wanted:
        return []
    if conn.dialect.name == "sqlite":
        match = " ".join(f'"{word}"*' for word in (w.replace('"', "") for w in wanted) if word)
        condition: ColumnElement[bool] = text(
            "document.rowid IN (SELECT rowid FROM document_text WHERE document_text MATCH :match)"
        ).bindparams(match=match)  # type: ignore[assignment]
    else:
        condition = func.to_tsvector("simple", table.c.searchable).op("@@")(
            func.plainto_tsquery("simple", " ".join(wanted))
        )
    rows = conn.execute(
        select(
            table.c.package_id,
            table.c.number,
            table.c.branch,
            table.c.type_id,
            table.c.title,
            table.c.page_count,
            schema.package.c.dossier_code,
            schema.package.c.stage,
            schema.package.c.version,
        )
        .join(schema.package, schema.package.c.id == table.c.package_id)
        .where(_visible(table.c.branch, caller), condition)
        .order_by(schema.package.c.received_at.desc())
        .limit(limit)
    )
    return list(rows.mappings())


def note_reading(
    conn: Connection,
    at: str,
    actor: str,
    branch: str | None,
    act: str,
    package_id: str | None = None,
    document_number: int | None = None,
    purpose: str | None = None,
) -> None:
    """Writes down who looked at what, and why. `branch` is the one whose papers were looked at."""
    conn.execute(
        insert(schema.audit).values(
            at=at,
            actor=actor,
            branch=branch,
            act=act,
            package_id=package_id,
            document_number=document_number,
            purpose=purpose,
        )
    )


def iso_date(written: str | None) -> str | None:
    """dd/mm/yyyy as yyyy-mm-dd; None for anything else."""
    try:
        day, month, year = (int(part) for part in (written or "").split("/"))
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def _visible(branch: ColumnElement[str], caller: Caller) -> ColumnElement[bool]:
    return branch.is_not(None) if caller.reads_all else branch == (caller.branch or "")


def _of_same_version(conn: Connection, arrival: Arrival) -> Sequence[Any]:
    """(id, conflict) of the packages there under the same dossier, stage and version, the first of them first."""
    table, dossier = schema.package, arrival.manifest["dossier"]
    return conn.execute(
        select(table.c.id, table.c.conflict)
        .where(
            table.c.branch == arrival.branch,
            table.c.dossier_code == dossier["dossier_code"],
            table.c.stage == dossier["stage"],
            table.c.version == dossier["version"],
        )
        .order_by(table.c.conflict)
    ).all()


def _next_moment(conn: Connection, now: datetime) -> str:
    """Now, or a millisecond after the last package: packages are stored one after the other, each with its own moment.

    Several machines' clocks may differ, and whoever reads a page up to a moment must not find an earlier one later.
    """
    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ARRIVAL_LOCK})
    last = conn.scalar(select(func.max(schema.package.c.received_at)))
    if last is not None:
        now = max(now, datetime.fromisoformat(last) + timedelta(milliseconds=1))
    return schema.utc_text(now)


def _signed_receipt(
    conn: Connection, arrival: Arrival, received_at: str, conflict_with: str | None
) -> Receipt:
    key = active_key(conn, "receipt")
    earlier = conn.scalar(
        select(schema.station.c.audit_head).where(schema.station.c.id == arrival.station_id)
    )
    dossier = arrival.manifest["dossier"]
    receipt = Receipt(
        package_id=arrival.manifest["package_id"],
        sha256=arrival.sha256,
        size_bytes=arrival.size_bytes,
        branch=arrival.branch,
        dossier_code=dossier["dossier_code"],
        stage=dossier["stage"],
        version=dossier["version"],
        station_id=arrival.station_id,
        received_at=received_at,
        audit_head=arrival.manifest["audit_head"],
        conflict_with=conflict_with,
        key_id=key.key_id,
        signature="",
        earlier_audit_head=earlier,
    )
    return replace(receipt, signature=sign(key.private_key, receipt.signed_bytes()))


def _add_documents(conn: Connection, arrival: Arrival) -> None:
    manifest = arrival.manifest
    package_id, dossier_code = manifest["package_id"], manifest["dossier"]["dossier_code"]
    documents, fields = [], []
    for document in manifest["documents"]:
        values = {f["name"]: field_value(f) for f in document["fields"]}
        verified = {f["name"]: field_value(f) for f in document["fields"] if f["verification"] is not None}
        member = arrival.members[document["path"]]
        searchable = "\n".join(
            [dossier_code, document.get("title", ""), *filter(None, values.values())]
            + [page["text"] for page in document["pages"]]
        )
        documents.append(
            {
                "package_id": package_id,
                "number": document["number"],
                "branch": arrival.branch,
                "type_id": document["type_id"],
                "title": document.get("title", ""),
                "path": document["path"],
                "sha256": document["sha256"],
                "size_bytes": document["size_bytes"],
                "bag_offset_bytes": member.offset_bytes,
                "page_count": len(document["pages"]),
                "reuse": document.get("reuse", "own"),
                # Whose paper it is decides who may see it: only what the office vouches for counts.
                "owner_id": _first(verified, OWNER_FIELDS),
                "document_number": _first(values, NUMBER_FIELDS),
                "issued_on": iso_date(_first(values, ISSUED_FIELDS)),
                "valid_until": iso_date(_first(values, VALID_FIELDS)),
                # NUL is the one character PostgreSQL's text cannot hold.
                "searchable": fold(searchable).replace("\x00", " "),
            }
        )
        for field in {f["name"]: f for f in document["fields"]}.values():
            fields.append(
                {
                    "package_id": package_id,
                    "document_number": document["number"],
                    "name": field["name"],
                    "value": values[field["name"]],
                    "verified_by": (field["verification"] or {}).get("verified_by"),
                }
            )
    if documents:
        conn.execute(insert(schema.document), documents)
    if fields:
        conn.execute(insert(schema.field), fields)


def _add_components(conn: Connection, manifest: dict[str, Any]) -> None:
    rows = [
        {
            "package_id": manifest["package_id"],
            "number": number,
            "component_code": c["component_code"],
            "name": c["name"],
            "duty": c["duty"],
            "outcome": c["outcome"],
        }
        for number, c in enumerate(manifest["components"], start=1)
    ]
    if rows:
        conn.execute(insert(schema.component), rows)


def field_value(field: dict[str, Any]) -> str | None:
    """What the office vouches for, or else what the machine read."""
    if field["verification"] is not None:
        verified: str | None = field["verification"]["value"]
        return verified
    read: str | None = None if field["reading"] is None else field["reading"]["value"]
    return read


def _first(values: dict[str, str | None], names: tuple[str, ...]) -> str | None:
    return next((values[name] for name in names if values.get(name)), None)
