"""Giving other systems what was digitized, so that nobody scans for them again.

For each system there is a row for every package: pending until it was taken, given, or refused. A refusal of what is
in it goes to a person and is not tried again by itself; anything else is tried again, later each time, for ever, with
the same key, so that it happens once. Any process may do a round; two at once only ask twice.
"""

import base64
import json
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, exists, func, insert, select, update
from sqlalchemy.exc import IntegrityError, NoResultFound
from sqlalchemy.sql import ColumnElement

from station.core.errors import NetworkProblem
from sync.connector import Connector, Given, Outcome, RecordSource
from sync.outbox import pause_s
from sync.warehouse import catalogue, exchange, schema
from sync.warehouse.exchange_tables import exchange_mark, handover
from sync.warehouse.objects import bag_key
from sync.warehouse.schema import reading, utc_text, writing
from sync.warehouse.uploads import Warehouse

log = logging.getLogger(__name__)

# One round at most; the next takes the rest.
ROUND_LIMIT = 500
BYTES_GONE = (
    "its bytes are gone from the warehouse: warehouse check, then fetch them from the backup or the station"
)


@dataclass
class Round:
    """What one round brought; `problem` ended it early, for the next dossier would have met it too."""

    given: int = 0
    refused: int = 0
    problem: NetworkProblem | None = None


@dataclass(frozen=True)
class Standing:
    """How one package stands with one system."""

    system: str
    package_id: str
    dossier_code: str
    stage: str
    state: str
    tries: int
    next_try_at: str | None
    problem: str | None


def push(
    warehouse: Warehouse, system: str, connector: Connector, base_url: str = "", limit: int = ROUND_LIMIT
) -> Round:
    """Gives a system every package it has not got, oldest first; of a dossier's versions the newest only.

    A package of a code whose record is another branch's waits until the code or the record is mended.

    Args:
        base_url: how the other side reaches this warehouse, where its template gives files as addresses.
    """
    done = Round()
    for package_id, tries in _due(warehouse, system, limit):
        try:
            given = _give(warehouse, system, connector, package_id, base_url)
        except NoResultFound:
            continue  # its time was over meanwhile, and it was removed
        except KeyError:
            _note(warehouse, system, package_id, "refused", BYTES_GONE)
            done.refused += 1
            continue
        except NetworkProblem as problem:
            again_at = warehouse.now() + timedelta(seconds=pause_s(tries + 1, 1.0))
            _note(warehouse, system, package_id, "pending", str(problem), again_at)
            done.problem = problem
            break
        if given.outcome is Outcome.REFUSED:
            _note(warehouse, system, package_id, "refused", given.problem)
            done.refused += 1
        else:
            _note(warehouse, system, package_id, "given", None)
            done.given += 1
    return done


def pull(warehouse: Warehouse, system: str, source: RecordSource) -> tuple[int, list[exchange.RecordProblem]]:
    """Fetches the procedure records that changed since the last time. Returns how many changed, and those refused."""
    with reading(warehouse.engine) as conn:
        since = conn.scalar(select(exchange_mark.c.since).where(exchange_mark.c.system == system)) or ""
    records, following = source.list_records(since)
    with writing(warehouse.engine) as conn:
        changed, refused = exchange.put_records(conn, records, utc_text(warehouse.now()))
        _set_mark(conn, system, following, utc_text(warehouse.now()))
    return changed, refused


def list_standing(warehouse: Warehouse, system: str | None, state: str | None) -> list[Standing]:
    """How packages stand with a system, or with all; those a person must look at by state "refused"."""
    package = schema.package
    query = select(handover, package.c.dossier_code, package.c.stage).join(
        package, package.c.id == handover.c.package_id
    )
    if system:
        query = query.where(handover.c.system == system)
    if state:
        query = query.where(handover.c.state == state)
    with reading(warehouse.engine) as conn:
        rows = conn.execute(query.order_by(handover.c.system, handover.c.updated_at)).all()
    return [
        Standing(
            row.system,
            row.package_id,
            row.dossier_code,
            row.stage,
            row.state,
            row.tries,
            row.next_try_at,
            row.problem,
        )
        for row in rows
    ]


def retry(warehouse: Warehouse, system: str, package_id: str | None) -> int:
    """Lets one package, or all that were refused, be given again. Returns how many."""
    condition = (handover.c.system == system) & (handover.c.state != "given")
    if package_id is not None:
        condition &= handover.c.package_id == package_id
    with writing(warehouse.engine) as conn:
        return conn.execute(
            update(handover).where(condition).values(state="pending", next_try_at=None)
        ).rowcount


def _give(warehouse: Warehouse, system: str, connector: Connector, package_id: str, base_url: str) -> Given:
    """Gives one package, and says that the dossier is finished when nothing of it is still to come.

    Whatever of this has to be tried again begins with the package, which is "already there" then. Every try is written
    down before it: papers may leave even where no answer comes back.
    """
    result, values = _result_and_values(warehouse, package_id, base_url)
    with writing(warehouse.engine) as conn:
        at, purpose = utc_text(warehouse.now()), result["dossier_code"]
        catalogue.note_reading(conn, at, system, result["branch"], "give package", package_id, None, purpose)
    given = connector.put_result(result, values)
    if given.outcome is Outcome.REFUSED or not _is_complete(warehouse, system, package_id):
        return given
    return connector.finish_dossier(result, values)


def _is_complete(warehouse: Warehouse, system: str, package_id: str) -> bool:
    """Whether the dossier of a package has its result, and a system has been given all else of it."""
    package, this = schema.package, schema.package.alias("this")
    of_dossier = (
        select(package.c.id, package.c.stage, handover.c.state)
        .join(this, (this.c.branch == package.c.branch) & (this.c.dossier_code == package.c.dossier_code))
        .outerjoin(handover, (handover.c.package_id == package.c.id) & (handover.c.system == system))
        .where(this.c.id == package_id, package.c.conflict == 0, ~_is_replaced())
    )
    with reading(warehouse.engine) as conn:
        rows = conn.execute(of_dossier).all()
    others_given = all(row.state == "given" for row in rows if row.id != package_id)
    return others_given and any(row.stage == "result" for row in rows)


def _is_replaced() -> ColumnElement[bool]:
    """Whether a newer version has taken a package's place; a version that had to wait must not go out after it."""
    package, newer = schema.package, schema.package.alias("newer")
    return exists().where(
        newer.c.branch == package.c.branch,
        newer.c.dossier_code == package.c.dossier_code,
        newer.c.stage == package.c.stage,
        newer.c.version > package.c.version,
        newer.c.conflict == 0,
    )


def _is_of_another_branchs_record() -> ColumnElement[bool]:
    """Whether a package's code names a record of another branch; what fulfils nothing of it is not given for it."""
    record = schema.record
    return exists().where(
        record.c.dossier_code == schema.package.c.dossier_code,
        record.c.branch != schema.package.c.branch,
    )


def _due(warehouse: Warehouse, system: str, limit: int) -> list[tuple[str, int]]:
    """(package id, tries so far) of what is to be given now: new packages and those whose pause is over."""
    package, now = schema.package, utc_text(warehouse.now())
    query = (
        select(package.c.id, func.coalesce(handover.c.tries, 0))
        .outerjoin(handover, (handover.c.package_id == package.c.id) & (handover.c.system == system))
        .where(
            package.c.conflict == 0,
            ~_is_replaced(),
            ~_is_of_another_branchs_record(),
            handover.c.state.is_(None)
            | (
                (handover.c.state == "pending")
                & (handover.c.next_try_at.is_(None) | (handover.c.next_try_at <= now))
            ),
        )
        .order_by(package.c.received_at, package.c.id)
        .limit(limit)
    )
    with reading(warehouse.engine) as conn:
        return [(row[0], row[1]) for row in conn.execute(query).all()]


def _note(
    warehouse: Warehouse,
    system: str,
    package_id: str,
    state: str,
    problem: str | None,
    again_at: datetime | None = None,
) -> None:
    values = {
        "state": state,
        "problem": problem,
        "next_try_at": None if again_at is None else utc_text(again_at),
        "updated_at": utc_text(warehouse.now()),
    }
    mine = (handover.c.system == system) & (handover.c.package_id == package_id)
    with writing(warehouse.engine) as conn:
        changed = conn.execute(update(handover).where(mine).values(tries=handover.c.tries + 1, **values))
        if changed.rowcount:
            return
        try:
            with conn.begin_nested():
                row = {"system": system, "package_id": package_id, "tries": 1, **values}
                conn.execute(insert(handover).values(**row))
        except IntegrityError:
            pass  # another process gave it at the same moment, under the same key


def _set_mark(conn: Connection, system: str, since: str, at: str) -> None:
    mine = exchange_mark.c.system == system
    if not conn.execute(update(exchange_mark).where(mine).values(since=since, updated_at=at)).rowcount:
        conn.execute(insert(exchange_mark).values(system=system, since=since, updated_at=at))


def _result_and_values(
    warehouse: Warehouse, package_id: str, base_url: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A result as /v1/results says it, and every value a template may speak of."""
    document = schema.document
    with reading(warehouse.engine) as conn:
        package = schema.package
        row = conn.execute(select(package).where(package.c.id == package_id)).mappings().one()
        result = exchange.result_of(conn, row)
        held = select(document.c.number, document.c.bag_offset_bytes).where(
            document.c.package_id == package_id
        )
        offsets: dict[int, int] = {d.number: d.bag_offset_bytes for d in conn.execute(held)}
        record = exchange.find_record(conn, row["dossier_code"])
    manifest = json.loads(row["manifest"])
    component_of = {
        number: c["component_code"]
        for c in manifest["components"]
        for number in c.get("document_numbers", [])
    }
    documents = [
        {
            **d,
            "document_id": f"{package_id}/{d['number']}",
            "component_code": component_of.get(d["number"], d["type_id"]),
            "url": base_url.rstrip("/") + d["path"],
            "content_base64": _Content(warehouse, row["sha256"], offsets[d["number"]], d["size_bytes"]),
        }
        for d in result["documents"]
    ]
    return result, {
        **_record_values(record or manifest["record"] or {}),
        **result,
        "stored_at": result["received_at"],
        "documents": documents,
        "components": [_component_values(component) for component in result["components"]],
    }


def _component_values(component: dict[str, Any]) -> dict[str, Any]:
    return {
        "component_code": component["MaGiayTo"],
        "component_name": component["Ten"],
        "component_state": component["TrangThaiSoHoa"],
        "component_pages": component["SoTrang"],
        "digitised_ids": ",".join(component["MaGiayToSoHoa"]),
        "from_store": "1" if component["outcome"] == "reused" else "0",
        "duty": component["duty"],
        "outcome": component["outcome"],
    }


@dataclass(frozen=True)
class _Content:
    """A paper's PDF in base64, fetched only for the systems that want files inside the body."""

    warehouse: Warehouse
    bag_sha256: str
    offset_bytes: int
    size_bytes: int

    def __call__(self) -> str:
        pieces = self.warehouse.objects.read(bag_key(self.bag_sha256), self.offset_bytes, self.size_bytes)
        return base64.b64encode(b"".join(pieces)).decode("ascii")


def _record_values(record: dict[str, Any]) -> dict[str, Any]:
    """The record's columns under the names templates use; texts are never missing, only empty."""
    names = (
        *("procedure_code", "procedure_name", "applicant_name", "applicant_id", "date_of_birth", "address"),
        *("commune", "district", "province", "parcel_no", "map_sheet", "certificate_serial", "receiver"),
        *("counter", "status"),
    )
    values = {name: str(record.get(name) or "") for name in names}
    values["received_on"] = str(record.get("received_at") or "")
    values["due_on"] = str(record.get("due_at") or "")
    values["resolved_on"] = str(record.get("resolved_at") or record.get("resolved_on") or "")
    return values
