"""The one-stop system's side: procedure records in, results of digitization out.

Records are kept as they come and counted as they change, so that a station asks only for what is new. A result
says for a dossier code what the warehouse holds, in the names and values the one-stop system's own component list
uses, so that nobody scans for it again.
"""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from sync.naming import NamedPaper, name_papers
from sync.warehouse import schema
from sync.warehouse.received import columns_of
from sync.warehouse.stations import Caller

RECORDS_LIMIT = 5000
RECORD_BYTES = 20_000
_COUNTER = "records"

# The component list's own words for how a paper stands.
_COMPONENT_STATE = {"digitised": "1", "reused": "2", "missing": "0"}


@dataclass(frozen=True)
class RecordProblem:
    """A record that was not taken; a person must look at it."""

    dossier_code: str
    problem: str


def put_records(conn: Connection, records: list[dict[str, Any]], at: str) -> tuple[int, list[RecordProblem]]:
    """Takes new and changed records. What is there already, unchanged, is success.

    Returns:
        How many changed, and those refused.
    """
    changed, refused = 0, []
    for record in records:
        problem = _record_problem(record)
        code = str(record.get("dossier_code", ""))[:64]
        if problem:
            refused.append(RecordProblem(code, problem))
            continue
        payload = json.dumps(record, ensure_ascii=False, sort_keys=True)
        table = schema.record
        there = conn.execute(select(table.c.payload).where(table.c.dossier_code == code)).scalar_one_or_none()
        if there == payload:
            continue
        values = {
            "branch": record["branch"],
            "payload": payload,
            "change_number": _next_number(conn),
            "updated_at": at,
        }
        if there is None:
            conn.execute(insert(table).values(dossier_code=code, **values))
        else:
            conn.execute(update(table).where(table.c.dossier_code == code).values(**values))
        conn.execute(delete(schema.received).where(schema.received.c.dossier_code == code))
        conn.execute(insert(schema.received).values(columns_of({**record, "dossier_code": code})))
        changed += 1
    return changed, refused


def list_records(
    conn: Connection, caller: Caller, since: int, limit: int
) -> tuple[list[dict[str, Any]], int]:
    """Records of the caller's branch that changed after `since`, and the number to ask from next time."""
    table = schema.record
    condition = table.c.change_number > since
    if not caller.reads_all:
        condition &= table.c.branch == caller.branch
    rows = conn.execute(
        select(table.c.payload, table.c.change_number)
        .where(condition)
        .order_by(table.c.change_number)
        .limit(limit)
    ).all()
    return [json.loads(row.payload) for row in rows], rows[-1].change_number if rows else since


def last_change(conn: Connection, caller: Caller) -> int:
    """The number of the caller's newest record, 0 without any."""
    query = select(func.max(schema.record.c.change_number))
    if not caller.reads_all:
        query = query.where(schema.record.c.branch == caller.branch)
    return int(conn.scalar(query) or 0)


def find_record(conn: Connection, dossier_code: str) -> dict[str, Any] | None:
    payload = conn.scalar(select(schema.record.c.payload).where(schema.record.c.dossier_code == dossier_code))
    record: dict[str, Any] | None = None if payload is None else json.loads(payload)
    return record


def results_of(conn: Connection, caller: Caller, dossier_code: str) -> list[dict[str, Any]]:
    """What the warehouse holds for a dossier: the newest version of each stage, oldest stage first."""
    table = schema.package
    condition = (table.c.dossier_code == dossier_code) & (table.c.conflict == 0)
    if not caller.reads_all:
        condition &= table.c.branch == caller.branch
    newest: dict[tuple[str, str], Any] = {}
    for row in conn.execute(select(table).where(condition).order_by(table.c.version)).mappings():
        newest[row["branch"], row["stage"]] = row
    return [result_of(conn, row) for row in sorted(newest.values(), key=lambda r: str(r["stage"]))]


def list_results(conn: Connection, caller: Caller, since: str, limit: int) -> list[dict[str, Any]]:
    """Results received after a moment, oldest first: what a one-stop system polls."""
    table = schema.package
    condition = (table.c.received_at > since) & (table.c.conflict == 0)
    if not caller.reads_all:
        condition &= table.c.branch == caller.branch
    rows = conn.execute(select(table).where(condition).order_by(table.c.received_at, table.c.id).limit(limit))
    return [result_of(conn, row) for row in rows.mappings().all()]


def result_of(conn: Connection, package: Any) -> dict[str, Any]:
    """What one package brought, in the names and values of the one-stop system's component list."""
    documents = conn.execute(
        select(schema.document)
        .where(schema.document.c.package_id == package["id"])
        .order_by(schema.document.c.number)
    ).all()
    papers = [
        NamedPaper(
            dossier=package["dossier_code"],
            stage=package["stage"],
            type_id=d.type_id,
            serial=d.document_number or "",
            org=package["branch"],
            date=package["sealed_at"][:10].replace("-", ""),
        )
        for d in documents
    ]
    manifest = json.loads(package["manifest"])
    return {
        "dossier_code": package["dossier_code"],
        "branch": package["branch"],
        "stage": package["stage"],
        "version": package["version"],
        "package_id": package["id"],
        "sealed_at": package["sealed_at"],
        "received_at": package["received_at"],
        "documents": [
            {
                "number": d.number,
                "type_id": d.type_id,
                "title": d.title,
                "file_name": name.name,
                "to_onestop": name.to_onestop,
                "missing_for_name": list(name.missing),
                "page_count": d.page_count,
                "sha256": d.sha256,
                "size_bytes": d.size_bytes,
                "path": f"/v1/packages/{package['id']}/documents/{d.number}",
            }
            for d, name in zip(documents, name_papers(papers), strict=True)
        ],
        "components": [_component(package["id"], c, documents) for c in manifest["components"]],
    }


def _component(package_id: str, component: dict[str, Any], documents: Any) -> dict[str, Any]:
    numbers = component.get("document_numbers", [])
    pages = sum(d.page_count for d in documents if d.number in numbers)
    return {
        "MaGiayTo": component["component_code"],
        "Ten": component["name"],
        "MaGiayToSoHoa": [f"{package_id}/{number}" for number in numbers],
        "TrangThaiSoHoa": _COMPONENT_STATE[component["outcome"]],
        "SoTrang": pages,
        "duty": component["duty"],
        "outcome": component["outcome"],
    }


def _record_problem(record: dict[str, Any]) -> str | None:
    for name in ("dossier_code", "branch"):
        value = record.get(name)
        if not isinstance(value, str) or not 1 <= len(value) <= 64:
            return f"{name} is missing or no text of 1 to 64 letters"
    if not all(isinstance(v, str | int | float | bool | None) for v in record.values()):
        return "a value is neither text nor number"
    if len(json.dumps(record)) > RECORD_BYTES:
        return f"longer than {RECORD_BYTES} bytes"
    return None


def _next_number(conn: Connection) -> int:
    """Counts up in the transaction, which also keeps two writers in order: none can commit a smaller number later."""
    table = schema.counter
    counted = (
        update(table).where(table.c.name == _COUNTER).values(value=table.c.value + 1).returning(table.c.value)
    )
    number = conn.execute(counted).scalar_one_or_none()
    if number is None:
        try:
            with conn.begin_nested():
                conn.execute(insert(table).values(name=_COUNTER, value=0))
        except IntegrityError:
            pass  # another process has just begun counting
        number = conn.execute(counted).scalar_one()
    return int(number)
