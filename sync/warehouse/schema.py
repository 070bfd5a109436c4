"""The warehouse's tables, the same on SQLite and PostgreSQL, and how an older database becomes a newer one.

What is unique is unique by a constraint here and by nothing else: several `warehouse serve` processes share one
database, and any of them may die at any moment. Moments are UTC in ISO 8601, so that they sort as text.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    create_engine,
    event,
    insert,
    inspect,
    select,
    text,
)

from station.core.errors import N_, StorageProblem
from sync.warehouse import exchange_tables, report_tables
from sync.warehouse.report_tables import fill_received as fill_received
from sync.warehouse.report_tables import received as received

metadata = MetaData()

station = Table(
    "station",
    metadata,
    Column("id", Text, primary_key=True),
    Column("branch", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("public_key", Text),
    Column("code_hash", Text, unique=True),
    Column("code_expires_at", Text),
    Column("created_at", Text, nullable=False),
    Column("enrolled_at", Text),
    Column("revoked_at", Text),
    Column("audit_head", Text),
    Column("seen_at", Text),
    # "reuse" where the station may look at papers other dossiers brought.
    Column("rights", Text, nullable=False, server_default=""),
)

token = Table(
    "token",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("role", Text, nullable=False),  # station, branch, province, onestop
    Column("branch", Text),
    Column("station_id", Text, ForeignKey("station.id")),
    Column("name", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("revoked_at", Text),
)

warehouse_key = Table(
    "warehouse_key",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("purpose", Text, nullable=False),  # receipt, stick
    Column("public_key", Text, nullable=False),
    Column("private_key", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("retired_at", Text),
    # The key it replaced vouches for it, so that stations can take it up by themselves.
    Column("endorsed_by", Text),
    Column("endorsement", Text),
)

upload = Table(
    "upload",
    metadata,
    Column("id", Text, primary_key=True),
    Column("station_id", Text, ForeignKey("station.id"), nullable=False),
    Column("branch", Text, nullable=False),
    Column("package_id", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("signature", Text, nullable=False),
    Column("length_bytes", BigInteger, nullable=False),
    Column("offset_bytes", BigInteger, nullable=False),
    Column("lease", Text),
    Column("finishing_until", Text),
    Column("state", Text, nullable=False),  # open, done, refused
    Column("problem", Text),
    Column("status", Integer),
    Column("created_at", Text, nullable=False),
    Column("expires_at", Text, nullable=False),
    UniqueConstraint("station_id", "package_id", "sha256"),
)

upload_part = Table(
    "upload_part",
    metadata,
    Column("upload_id", Text, primary_key=True),
    Column("offset_bytes", BigInteger, primary_key=True),
    Column("length_bytes", BigInteger, nullable=False),
    Column("object_key", Text, nullable=False),
)

package = Table(
    "package",
    metadata,
    Column("id", Text, primary_key=True),
    Column("branch", Text, nullable=False),
    Column("dossier_code", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("version", Integer, nullable=False),
    # 0 for the first package of a version; others of the same version are kept beside it and counted from 1.
    Column("conflict", Integer, nullable=False),
    Column("conflict_with", Text),
    Column("sha256", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("station_id", Text, nullable=False),
    Column("procedure_code", Text),
    Column("owner_id", Text),
    Column("sealed_at", Text, nullable=False),
    Column("received_at", Text, nullable=False),
    Column("audit_head", Text, nullable=False),
    Column("manifest", Text, nullable=False),
    Column("receipt", Text, nullable=False),
    UniqueConstraint("branch", "dossier_code", "stage", "version", "conflict"),
    Index("package_received", "received_at"),
    Index("package_sha256", "sha256"),
    Index("package_dossier", "dossier_code", "stage"),
)

document = Table(
    "document",
    metadata,
    Column("package_id", Text, ForeignKey("package.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("branch", Text, nullable=False),
    Column("type_id", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("bag_offset_bytes", BigInteger, nullable=False),
    Column("page_count", Integer, nullable=False),
    Column("reuse", Text, nullable=False),  # share, own, never
    Column("owner_id", Text),
    Column("document_number", Text),
    Column("issued_on", Text),
    Column("valid_until", Text),
    Column("searchable", Text, nullable=False),
    Index("document_owner", "owner_id", "type_id"),
)

field = Table(
    "field",
    metadata,
    Column("package_id", Text, primary_key=True),
    Column("document_number", Integer, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Text),
    Column("verified_by", Text),
    Index("field_value", "name", "value"),
)

component = Table(
    "component",
    metadata,
    Column("package_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("component_code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("duty", Text, nullable=False),
    Column("outcome", Text, nullable=False),
)

record = Table(
    "record",
    metadata,
    Column("dossier_code", Text, primary_key=True),
    Column("branch", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("change_number", BigInteger, nullable=False),
    Column("updated_at", Text, nullable=False),
    Index("record_change", "branch", "change_number"),
)

counter = Table(
    "counter", metadata, Column("name", Text, primary_key=True), Column("value", BigInteger, nullable=False)
)

audit = Table(
    "audit",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("at", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("branch", Text),
    Column("act", Text, nullable=False),
    Column("package_id", Text),
    Column("document_number", Integer),
    Column("purpose", Text),
    Index("audit_branch", "branch", "at"),
)

person = Table(
    "person",
    metadata,
    Column("name", Text, primary_key=True),
    Column("role", Text, nullable=False),  # branch, province
    Column("branch", Text),
    Column("password_hash", Text, nullable=False),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("locked_until", Text),
    Column("created_at", Text, nullable=False),
)

session = Table(
    "session",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("name", Text, ForeignKey("person.name"), nullable=False),
    Column("csrf", Text, nullable=False),
    Column("expires_at", Text, nullable=False),
)

migration = Table(
    "migration", metadata, Column("name", Text, primary_key=True), Column("applied_at", Text, nullable=False)
)


class NewerDatabase(StorageProblem):
    sentence = N_(
        "The warehouse's database was written by a newer version ({names}). Install that version; nothing was changed."
    )


def _first_tables(conn: Connection) -> None:
    metadata.create_all(
        conn, checkfirst=False, tables=[t for t in metadata.sorted_tables if t is not migration]
    )


def _full_text(conn: Connection) -> None:
    """Search over folded text: FTS5 in SQLite, a GIN index in PostgreSQL."""
    if conn.dialect.name == "sqlite":
        conn.execute(
            text(
                "CREATE VIRTUAL TABLE document_text USING fts5 (searchable, content='document', content_rowid='rowid')"
            )
        )
        conn.execute(
            text(
                "CREATE TRIGGER document_text_insert AFTER INSERT ON document BEGIN"
                " INSERT INTO document_text (rowid, searchable) VALUES (new.rowid, new.searchable); END"
            )
        )
        conn.execute(
            text(
                "CREATE TRIGGER document_text_delete AFTER DELETE ON document BEGIN INSERT INTO document_text"
                " (document_text, rowid, searchable) VALUES ('delete', old.rowid, old.searchable); END"
            )
        )
    else:
        conn.execute(
            text("CREATE INDEX document_text ON document USING gin (to_tsvector('simple', searchable))")
        )


def _report_columns(conn: Connection) -> None:
    """Lays the columns reports count by beside the records that are there."""
    received.create(conn, checkfirst=True)
    for index in package.indexes:
        index.create(conn, checkfirst=True)
    fill_received(conn)


def _report_sums(conn: Connection) -> None:
    """Lays the sums; they count what was removed too."""
    exchange_tables.make(conn)
    report_tables.make(conn)


def _recount(conn: Connection) -> None:
    """Flags and sums anew, by the rules of this version."""
    exchange_tables.make(conn)
    report_tables.rebuild(conn)


# Named by purpose, applied in this order, each once. Never change one that was released; add another.
MIGRATIONS: tuple[tuple[str, Callable[[Connection], None]], ...] = (
    ("first tables", _first_tables),
    ("full text", _full_text),
    ("report columns", _report_columns),
    ("report sums", _report_sums),
    ("exchange and removal", exchange_tables.make),
    ("one paper digitised", _recount),
    ("own branch, and removed ones count", _recount),
)

# Any number does, as long as every process uses the same.
_MIGRATION_LOCK = 7_204_113


def open_database(url: str) -> Engine:
    """An engine on the database, brought up to this version; several processes may open it at once.

    Raises:
        NewerDatabase: a newer version has written it.
    """
    if url.startswith(("postgresql://", "postgres://")):
        url = "postgresql+psycopg://" + url.split("://", 1)[1]
    if url.startswith("sqlite"):
        engine = create_engine(
            url, connect_args={"timeout": 30, "check_same_thread": False}, hide_parameters=True
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        engine = create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=20, hide_parameters=True)
    _migrate(engine)
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that may write: all of it or nothing."""
    with engine.connect().execution_options(writes=True) as conn, conn.begin():
        yield conn


@contextmanager
def noting(engine: Engine) -> Iterator[Connection]:
    """One transaction for what is only a hint of how far things are; its end does not wait for the disk.

    A power cut may take it back, and then a station sends some bytes again; anything written later by `writing` is
    on the disk together with it.
    """
    with engine.connect().execution_options(writes=True, hint=True) as conn, conn.begin():
        if conn.dialect.name == "postgresql":
            conn.execute(text("SET LOCAL synchronous_commit = off"))
        yield conn


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as conn, conn.begin():
        yield conn


def utc_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # Transactions begin by our own BEGIN below; the driver's habit of beginning late breaks under two writers.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "busy_timeout=30000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(conn: Connection) -> None:
    options = conn.get_execution_options()
    conn.exec_driver_sql(f"PRAGMA synchronous={'NORMAL' if options.get('hint') else 'FULL'}")
    conn.exec_driver_sql("BEGIN IMMEDIATE" if options.get("writes") else "BEGIN")


def _migrate(engine: Engine) -> None:
    with writing(engine) as conn:
        if conn.dialect.name == "postgresql":
            conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
        if not inspect(conn).has_table(migration.name):
            migration.create(conn)
        applied = set(conn.scalars(select(migration.c.name)))
        unknown = applied - {name for name, _ in MIGRATIONS}
        if unknown:
            raise NewerDatabase(names=", ".join(sorted(unknown)))
        for name, change in MIGRATIONS:
            if name not in applied:
                change(conn)
                conn.execute(insert(migration).values(name=name, applied_at=utc_text(datetime.now(UTC))))
