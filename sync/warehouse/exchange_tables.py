"""What stands between the warehouse and other systems, and what was removed when its time was over."""

from sqlalchemy import Column, Connection, Index, Integer, MetaData, Table, Text, inspect, text

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

# A package whose time was over: its papers are gone, its receipt stays good, and it counts as it did (report_tables).
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
    # Whether it brought a paper, all required ones, one held already. Of a package removed before this was kept only
    # that it was delivered with a paper is known.
    Column("held", Integer, nullable=False, server_default="1"),
    Column("whole", Integer, nullable=False, server_default="0"),
    Column("reused", Integer, nullable=False, server_default="0"),
    Index("removed_dossier", "dossier_code", "stage"),
)


def make(conn: Connection) -> None:
    """Lays the tables, or brings older ones up to these."""
    metadata.create_all(conn, checkfirst=True)
    there = {column["name"] for column in inspect(conn).get_columns(removed.name)}
    for name, default in (("held", 1), ("whole", 0), ("reused", 0)):
        if name not in there:
            conn.execute(text(f"ALTER TABLE removed ADD COLUMN {name} INTEGER NOT NULL DEFAULT {default}"))
    for index in removed.indexes:
        index.create(conn, checkfirst=True)
