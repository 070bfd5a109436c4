"""Papers the offices already hold, so that a citizen is not asked for them again.

Whoever asks must have a reason: an open dossier of the own branch whose applicant is that very person. Its code is
written down as the purpose. The answer says what paper there is, not what is on it; the picture is a second step
with its own right and its own lines in the record, at the branch that looks and at the one whose paper it is.
"""

from typing import Any

from sqlalchemy import Connection, select

from sync.warehouse import catalogue, schema
from sync.warehouse.exchange import find_record
from sync.warehouse.received import columns_of
from sync.warehouse.stations import Caller

# Of the national list (1 to 10): not taken, withdrawn, stopped, resolved, handed over.
_ENDED = frozenset({3, 7, 8, 9, 10})


class NoPurpose(Exception):
    """No open dossier of this branch belongs to that person."""


class NotShared(Exception):
    """The paper may not be looked at from here."""


def look_up(
    conn: Connection, caller: Caller, dossier_code: str, owner_id: str, type_id: str | None, at: str
) -> list[dict[str, Any]]:
    """Papers of a person that are held and still valid, newest first.

    Raises:
        NoPurpose: nothing is told, not even whether the person is known.
    """
    _require_purpose(conn, caller, dossier_code, owner_id)
    table = schema.document
    condition = (table.c.owner_id == owner_id) & (table.c.reuse != "never") & (schema.package.c.conflict == 0)
    if type_id:
        condition &= table.c.type_id == type_id
    rows = conn.execute(
        select(table, schema.package.c.received_at)
        .join(schema.package, schema.package.c.id == table.c.package_id)
        .where(condition)
        .order_by(schema.package.c.received_at.desc())
        .limit(catalogue.SEARCH_LIMIT)
    ).all()
    catalogue.note_reading(conn, at, caller.name, caller.branch, "reuse look-up", purpose=dossier_code)
    return [
        {
            "package_id": row.package_id,
            "number": row.number,
            "type_id": row.type_id,
            "document_number": row.document_number,
            "issued_on": row.issued_on,
            "valid_until": row.valid_until,
            "branch": row.branch,
            "picture": row.reuse == "share" or row.branch == caller.branch,
        }
        for row in rows
        if row.valid_until is None or row.valid_until >= at[:10]
    ]


def open_picture(
    conn: Connection, caller: Caller, dossier_code: str, owner_id: str, package_id: str, number: int, at: str
) -> dict[str, Any]:
    """The row of a paper the caller may see for this dossier; both branches' records say so.

    Raises:
        NoPurpose: as for the look-up.
        NotShared: no right, not that person's paper, or its policy keeps it in its branch.
    """
    _require_purpose(conn, caller, dossier_code, owner_id)
    if "reuse" not in caller.rights:
        raise NotShared
    table = schema.document
    row = (
        conn.execute(
            select(table, schema.package.c.sha256.label("bag_sha256"))
            .join(schema.package, schema.package.c.id == table.c.package_id)
            .where(table.c.package_id == package_id, table.c.number == number, table.c.owner_id == owner_id)
        )
        .mappings()
        .one_or_none()
    )
    if row is None or row["reuse"] == "never":
        raise NotShared
    if row["reuse"] != "share" and row["branch"] != caller.branch:
        raise NotShared
    for branch in {caller.branch, row["branch"]}:
        catalogue.note_reading(
            conn, at, caller.name, branch, "reuse picture", package_id, number, dossier_code
        )
    return dict(row)


def _require_purpose(conn: Connection, caller: Caller, dossier_code: str, owner_id: str) -> None:
    record = find_record(conn, dossier_code)
    if record is None or not owner_id or str(record.get("applicant_id") or "") != owner_id:
        raise NoPurpose
    if caller.branch is None or record["branch"] != caller.branch or _has_ended(record):
        raise NoPurpose


def _has_ended(record: dict[str, Any]) -> bool:
    """Whether the dossier is over, as the one-stop system says it: by a day, a status number or a progress word."""
    columns = columns_of(record)
    return (
        bool(record.get("resolved_at") or record.get("resolved_on") or record.get("returned_at"))
        or columns["status"] in _ENDED
    )
