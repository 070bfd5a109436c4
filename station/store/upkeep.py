"""What looking after the data folder asks of the database: integrity, files that must exist, originals due to go."""

import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True)
class KnownFile:
    """A file some row speaks of. `gone` is true where the row itself says that it need not be there."""

    name: str
    sha256: str
    gone: bool


def list_damage(conn: sqlite3.Connection) -> list[str]:
    """What SQLite itself finds wrong with the file; empty for a whole one."""
    return [row[0] for row in conn.execute("PRAGMA integrity_check") if row[0] != "ok"]


def find_damage_quickly(conn: sqlite3.Connection) -> str | None:
    """The first thing SQLite finds wrong without comparing indexes with their tables."""
    said = str(conn.execute("PRAGMA quick_check").fetchone()[0])
    return None if said == "ok" else said


def list_dangling_tables(conn: sqlite3.Connection) -> list[str]:
    """The table of each row that points to nothing."""
    return [row[0] for row in conn.execute("PRAGMA foreign_key_check")]


def holds_pages(conn: sqlite3.Connection) -> bool:
    """Raises sqlite3.DatabaseError for a file that is not a station's database."""
    return bool(conn.execute("SELECT EXISTS (SELECT 1 FROM side)").fetchone()[0])


def list_originals(conn: sqlite3.Connection) -> list[KnownFile]:
    """Every original ever taken in, by hash; purged ones are `gone`."""
    rows = conn.execute("SELECT sha256, purged_at FROM original ORDER BY sha256")
    return [KnownFile(r["sha256"], r["sha256"], r["purged_at"] is not None) for r in rows]


def list_packages(conn: sqlite3.Connection) -> list[KnownFile]:
    """Every package, by its id; a delivered one may be gone."""
    rows = conn.execute("SELECT id, sha256, state FROM package ORDER BY id")
    return [KnownFile(r["id"], r["sha256"], r["state"] == "delivered") for r in rows]


def list_sealed_pdfs(conn: sqlite3.Connection) -> list[KnownFile]:
    """Every sealed document's file, relative to the data folder."""
    rows = conn.execute("SELECT pdf_file, pdf_sha256 FROM document WHERE pdf_file IS NOT NULL ORDER BY id")
    return [KnownFile(r["pdf_file"], r["pdf_sha256"], False) for r in rows]


def list_purgeable(conn: sqlite3.Connection, delivered_before: str) -> list[str]:
    """Hashes of originals of which every side lies in a dossier delivered, with receipt, before that moment (UTC)
    and no side lies in one that is open, sealed only, or delivered later (a new version of it, say)."""
    rows = conn.execute(
        "SELECT o.sha256 FROM original o WHERE o.purged_at IS NULL AND NOT EXISTS ("
        " SELECT 1 FROM side s WHERE s.original_sha256 = o.sha256 AND NOT EXISTS ("
        "  SELECT 1 FROM page p JOIN document_page dp ON dp.page_id = p.id"
        "  JOIN document d ON d.id = dp.document_id JOIN dossier x ON x.id = d.dossier_id"
        "  JOIN package k ON k.dossier_id = x.id WHERE p.side_id = s.id AND x.state = 'delivered'"
        "  AND k.receipt IS NOT NULL AND x.delivered_at < :before))"
        " AND NOT EXISTS (SELECT 1 FROM side s JOIN page p ON p.side_id = s.id"
        "  JOIN document_page dp ON dp.page_id = p.id JOIN document d ON d.id = dp.document_id"
        "  JOIN dossier x ON x.id = d.dossier_id WHERE s.original_sha256 = o.sha256"
        "  AND NOT (x.state = 'delivered' AND x.delivered_at < :before))",
        {"before": delivered_before},
    )
    return [row["sha256"] for row in rows]


def set_purged(conn: sqlite3.Connection, sha256: str, at: str) -> None:
    conn.execute("UPDATE original SET purged_at = :at WHERE sha256 = :sha", {"at": at, "sha": sha256})
