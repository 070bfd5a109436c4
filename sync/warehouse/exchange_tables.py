"""What stands between the warehouse and other systems, and what was removed when its time was over."""

from sqlalchemy import Column, Connection, Index, Integer, MetaData, Table, Text

metadata = MetaData()

# One row for every package a system was given, or is to be given again.
handover = Table(
    "handover",
    metadata,
    Column("system", Text, primary_key=True),
    Column("package_id", Text, primary_key=True),
    Column("state", Text, nullable=False),  # pending, given, refused
    Column("tries", Integer, nullable=False),
    Column("next_try_at", Text),
    Column("problem", Text),
    Column("updated_at", Text, nullable=False),
    Index("handover_state", "system", "state"),
)

# How far each system's records have been fetched, in its own words.
exchange_mark = Table(
    "exchange_mark",
    metadata,
    Column("system", Text, primary_key=True),
    Column("since", Text, nullable=False),
    Column("updated_at", Text, nullable=False),
)

# A package whose time was over: its papers are gone, its receipt stays good.
removed = Table(
    "removed",
    metadata,
    Column("package_id", Text, primary_key=True),
    Column("branch", Text, nullable=False),
    Column("dossier_code", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("receipt", Text, nullable=False),
    Column("sealed_at", Text, nullable=False),
    Column("received_at", Text, nullable=False),
    Column("removed_at", Text, nullable=False),
    Column("reason", Text, nullable=False),
)


def make(conn: Connection) -> None:
    metadata.create_all(conn, checkfirst=True)
