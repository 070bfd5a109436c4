"""The tables of the station, as migrations named by purpose.

States are facts only; nothing "in progress" is stored, so there is nothing to repair after a power cut.
Times are UTC, ISO 8601; dates of papers stay as printed, dd/mm/yyyy.
"""

import sqlite3
from collections.abc import Callable
from typing import Any

from sqlite_utils import Migrations

from station.store import report_tables

migrations: Any = Migrations("station")
_register: Callable[[Callable[[Any], None]], Callable[[Any], None]] = migrations()

ACCOUNTS_AND_AUDIT = """
CREATE TABLE account (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL CHECK (role IN ('operator', 'supervisor', 'admin')),
    password_hash TEXT,              -- scrypt; NULL: signs in through the operating system only
    os_user TEXT UNIQUE,             -- the operating-system user this account is linked to
    active INTEGER NOT NULL DEFAULT 1,
    failed_tries INTEGER NOT NULL DEFAULT 0,
    locked_until TEXT,
    created_at TEXT NOT NULL
) STRICT;
CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,           -- kind:id, e.g. dossier:12
    details TEXT NOT NULL,           -- JSON without personal data
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE
) STRICT;
CREATE TRIGGER audit_never_changes BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is never changed'); END;
CREATE TRIGGER audit_never_shrinks BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is never cut'); END;
"""

RECORDS = """
CREATE TABLE record (
    dossier_code TEXT PRIMARY KEY,
    procedure_code TEXT NOT NULL, procedure_name TEXT NOT NULL,
    applicant_name TEXT NOT NULL, applicant_id TEXT NOT NULL, date_of_birth TEXT NOT NULL,
    address TEXT NOT NULL, commune TEXT NOT NULL, district TEXT NOT NULL, province TEXT NOT NULL,
    parcel_no TEXT NOT NULL, map_sheet TEXT NOT NULL, certificate_serial TEXT NOT NULL,
    received_at TEXT NOT NULL, due_at TEXT NOT NULL,      -- dd/mm/yyyy as imported
    received_on TEXT,                                     -- ISO date for ranges; NULL when not a date
    branch TEXT NOT NULL, progress TEXT NOT NULL,
    status INTEGER, resolved_on TEXT, returned_on TEXT, counter TEXT, receiver TEXT, has_result INTEGER,
    code_key TEXT NOT NULL,          -- letters and digits only, upper case
    serial_key TEXT NOT NULL,
    name_key TEXT NOT NULL,          -- folded: no tones, đ as d, lower case
    imported_at TEXT NOT NULL
) STRICT;
CREATE INDEX record_by_code_key ON record(code_key);
CREATE INDEX record_by_id ON record(applicant_id) WHERE applicant_id <> '';
CREATE INDEX record_by_serial ON record(serial_key) WHERE serial_key <> '';
CREATE INDEX record_by_name_birth ON record(name_key, date_of_birth);
CREATE INDEX record_by_parcel ON record(parcel_no, map_sheet) WHERE parcel_no <> '';
CREATE INDEX record_by_received ON record(received_on, branch);
"""

INTAKE_AND_PAGES = """
CREATE TABLE intake (
    id INTEGER PRIMARY KEY,
    source_key TEXT UNIQUE,          -- a folder's path for files; NULL for scanner batches
    source TEXT NOT NULL,            -- device id, folder or files
    stage TEXT NOT NULL CHECK (stage IN ('intake', 'result')),
    wanted_code TEXT,                -- the dossier code named by the operator before scanning
    sheets_expected INTEGER,
    opened_by TEXT NOT NULL,
    opened_at TEXT NOT NULL
) STRICT;
CREATE TABLE original (
    sha256 TEXT PRIMARY KEY,
    media_type TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    kept_at TEXT NOT NULL,
    purged_at TEXT
) STRICT;
CREATE TABLE side (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    intake_id INTEGER NOT NULL REFERENCES intake(id),
    position INTEGER NOT NULL,       -- order of arrival, two passes laid together; edits reorder pages, never this
    delivery TEXT NOT NULL,          -- what makes this delivery of this file the same on a second try
    original_sha256 TEXT NOT NULL REFERENCES original(sha256),
    frame INTEGER NOT NULL,
    name TEXT NOT NULL,              -- delivered path or running name
    width_px INTEGER NOT NULL, height_px INTEGER NOT NULL, dpi INTEGER NOT NULL, mode TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('captured', 'read', 'unreadable')),
    problem TEXT,                    -- JSON {sentence, values} when unreadable
    recipe TEXT,                     -- JSON of the operator's own geometry, NULL: the station's
    reading_key TEXT,                -- name of the reading in derived/
    blank INTEGER NOT NULL DEFAULT 0,
    separator TEXT,
    removed_at TEXT,                 -- taken out by the operator; the original stays
    captured_by TEXT NOT NULL,
    captured_at TEXT NOT NULL,
    UNIQUE (intake_id, delivery, frame)
) STRICT;
CREATE INDEX side_to_read ON side(id) WHERE state = 'captured';
CREATE INDEX side_by_original ON side(original_sha256);
CREATE TABLE page (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    side_id INTEGER NOT NULL REFERENCES side(id),
    half TEXT NOT NULL CHECK (half IN ('full', 'left', 'right')),
    blank INTEGER NOT NULL,
    UNIQUE (side_id, half)
) STRICT;
CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY,
    intake_id INTEGER REFERENCES intake(id),
    name TEXT NOT NULL,
    file TEXT NOT NULL,              -- in HOME/quarantine, empty when the file had no bytes to keep
    sentence TEXT NOT NULL,
    sentence_values TEXT NOT NULL,
    at TEXT NOT NULL,
    released_at TEXT
) STRICT;
"""

DOSSIERS = """
CREATE TABLE dossier (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    intake_id INTEGER NOT NULL REFERENCES intake(id),
    run_no INTEGER NOT NULL,
    stage TEXT NOT NULL CHECK (stage IN ('intake', 'result')),
    state TEXT NOT NULL CHECK (state IN ('open', 'ready', 'sealed', 'delivered', 'returned')),
    dossier_code TEXT,               -- of the procedure record; NULL while unmatched
    temporary_code TEXT NOT NULL UNIQUE,
    matched_by TEXT,
    match_reasons TEXT NOT NULL DEFAULT '[]',
    candidates TEXT NOT NULL DEFAULT '[]',
    procedure_code TEXT,
    catalogue_version TEXT,
    branch TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    sheets_confirmed INTEGER,        -- sheets the operator confirmed; NULL: not yet
    opened_by TEXT NOT NULL,
    opened_at TEXT NOT NULL,
    sealed_by TEXT, sealed_at TEXT, delivered_at TEXT,
    UNIQUE (intake_id, run_no, version)
) STRICT;
CREATE INDEX dossier_by_code ON dossier(dossier_code);
CREATE INDEX dossier_by_state ON dossier(state);
CREATE TABLE document (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    dossier_id INTEGER NOT NULL REFERENCES dossier(id),
    position INTEGER NOT NULL,
    type_id TEXT NOT NULL,
    confidence REAL NOT NULL,
    reasons TEXT NOT NULL DEFAULT '[]',
    state TEXT NOT NULL CHECK (state IN ('proposed', 'verified')),
    verified_by TEXT, verified_at TEXT,
    pdf_sha256 TEXT, pdf_file TEXT, pdf_pages INTEGER
) STRICT;
CREATE INDEX document_by_dossier ON document(dossier_id, position);
-- A page is in one document of a dossier's version; older sealed versions keep theirs.
CREATE TABLE document_page (
    document_id INTEGER NOT NULL REFERENCES document(id),
    page_id INTEGER NOT NULL REFERENCES page(id),
    position INTEGER NOT NULL,
    PRIMARY KEY (document_id, page_id)
) STRICT;
CREATE INDEX document_page_by_page ON document_page(page_id);
CREATE INDEX document_page_by_document ON document_page(document_id, position);
-- What the machine read and what the office says are two sets of columns: nothing read becomes a value by accident.
CREATE TABLE field (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    document_id INTEGER NOT NULL REFERENCES document(id),
    name TEXT NOT NULL,
    read_value TEXT, confidence REAL NOT NULL DEFAULT 0, flagged INTEGER NOT NULL DEFAULT 1,
    page_id INTEGER REFERENCES page(id), box TEXT, rule TEXT NOT NULL DEFAULT '', kind TEXT NOT NULL DEFAULT '',
    reasons TEXT NOT NULL DEFAULT '[]', candidates TEXT NOT NULL DEFAULT '[]',
    value TEXT, verified_by TEXT, verified_at TEXT,
    keys_pressed INTEGER NOT NULL DEFAULT 0,
    UNIQUE (document_id, name)
) STRICT;
CREATE TABLE component (
    dossier_id INTEGER NOT NULL REFERENCES dossier(id),
    component_id TEXT NOT NULL,
    duty TEXT NOT NULL CHECK (duty IN ('required', 'optional', 'exempt')),
    exempt_reason TEXT,
    outcome TEXT NOT NULL CHECK (outcome IN ('missing', 'digitised', 'reused')),
    document_id INTEGER REFERENCES document(id),
    reused_from TEXT,
    PRIMARY KEY (dossier_id, component_id)
) STRICT;
CREATE TABLE rescan_task (
    id INTEGER PRIMARY KEY,
    dossier_id INTEGER NOT NULL REFERENCES dossier(id),
    page_id INTEGER REFERENCES page(id),
    reason TEXT NOT NULL CHECK (reason IN ('illegible', 'missing page', 'poor scan', 'wrong document')),
    note TEXT NOT NULL DEFAULT '',
    asked_by TEXT NOT NULL, asked_at TEXT NOT NULL,
    done_by TEXT, done_at TEXT
) STRICT;
-- One row per edit of an open dossier: its papers before and after, so that undo has no end until sealing.
CREATE TABLE edit (
    id INTEGER PRIMARY KEY,
    dossier_id INTEGER NOT NULL REFERENCES dossier(id),
    action TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    undone INTEGER NOT NULL DEFAULT 0,
    by TEXT NOT NULL, at TEXT NOT NULL
) STRICT;
CREATE TABLE measure (
    id INTEGER PRIMARY KEY,
    dossier_id INTEGER REFERENCES dossier(id),
    what TEXT NOT NULL,              -- scanning, reading, verifying, sealing, sending, scanner fault
    by TEXT NOT NULL, at TEXT NOT NULL,
    seconds REAL NOT NULL,
    count INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX measure_by_what ON measure(what, at);
"""

# The functions on this table are sync.outbox; a test holds that both speak of the same columns.
OUTBOX = """
CREATE TABLE package (
    id TEXT PRIMARY KEY,             -- UUID made once at sealing, kept for every retry
    dossier_id INTEGER,
    dossier_code TEXT NOT NULL,
    branch TEXT NOT NULL,
    stage TEXT NOT NULL,
    version INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'refused')),
    offset_bytes INTEGER NOT NULL DEFAULT 0,
    upload_url TEXT,
    tries INTEGER NOT NULL DEFAULT 0,
    next_try_at TEXT,
    problem TEXT,                    -- JSON {sentence, values}
    sealed_at TEXT NOT NULL,
    delivered_at TEXT,
    receipt TEXT,                    -- JSON as the warehouse signed it
    UNIQUE (branch, dossier_code, stage, version)
) STRICT;
CREATE INDEX package_by_state ON package(state, sealed_at);
"""

SEARCH = """
CREATE VIRTUAL TABLE search USING fts5(dossier_id UNINDEXED, codes, names, body, tokenize = 'unicode61 remove_diacritics 2');
"""


@_register
def accounts_and_audit(db: Any) -> None:
    _run(db, ACCOUNTS_AND_AUDIT)


@_register
def procedure_records(db: Any) -> None:
    _run(db, RECORDS)


@_register
def intake_and_pages(db: Any) -> None:
    _run(db, INTAKE_AND_PAGES)


@_register
def dossiers_documents_fields(db: Any) -> None:
    _run(db, DOSSIERS)


@_register
def outbox(db: Any) -> None:
    _run(db, OUTBOX)


@_register
def full_text_search(db: Any) -> None:
    _run(db, SEARCH)


@_register
def piles_parted_and_laid_together(db: Any) -> None:
    # capture.parting's word; the first side of the second pass; how many sides, from the first, lie front by back
    db.conn.execute("ALTER TABLE intake ADD COLUMN parted_by TEXT NOT NULL DEFAULT ''")
    db.conn.execute("ALTER TABLE intake ADD COLUMN backs_from INTEGER")
    db.conn.execute("ALTER TABLE intake ADD COLUMN laid INTEGER NOT NULL DEFAULT 0")


@_register
def report_sums(db: Any) -> None:
    for statement in report_tables.MAKE:
        db.conn.execute(statement)


@_register
def search_in_tiers(db: Any) -> None:
    # names apart from papers, both under the dossier's own id: `station.store.search` says why
    for name, prefix in (("search_names", ", prefix = '1 2 3'"), ("search_words", "")):
        db.conn.execute(
            f"CREATE VIRTUAL TABLE {name} USING fts5(words, tokenize = 'unicode61 remove_diacritics 2'{prefix})"
        )
    kept = "FROM search WHERE dossier_id IS NOT NULL GROUP BY dossier_id"
    db.conn.execute(
        f"INSERT INTO search_names (rowid, words) SELECT dossier_id, codes || ' ' || names {kept}"
    )
    db.conn.execute(
        "INSERT INTO search_words (rowid, words)"
        f" SELECT dossier_id, codes || ' ' || names || ' ' || body {kept}"
    )
    db.conn.execute("DROP TABLE search")


@_register
def one_paper_digitised_and_times_by_device(db: Any) -> None:
    # which scanner a time was taken at, '' for none; reports on people look the audit trail up by its moment
    db.conn.execute("ALTER TABLE measure ADD COLUMN device TEXT NOT NULL DEFAULT ''")
    db.conn.execute("CREATE INDEX audit_by_moment ON audit(at)")
    db.conn.execute("CREATE INDEX side_by_moment ON side(captured_at)")
    db.conn.execute("CREATE INDEX dossier_by_sealing ON dossier(sealed_at) WHERE sealed_at IS NOT NULL")
    for statement in report_tables.REMAKE:
        db.conn.execute(statement)


@_register
def ids_never_given_twice(db: Any) -> None:
    """The first data folders gave the id of a row that went to the next one, and an undo then meant another paper.

    Only the word is missing from those tables' texts, so it is put there, as SQLite's documentation of writable_schema
    allows; rebuilding five tables that point to each other would touch every row.
    """
    named = "('side', 'page', 'dossier', 'document', 'field')"
    old = [
        row[0]
        for row in db.conn.execute(
            f"SELECT name FROM sqlite_master WHERE type = 'table' AND name IN {named} AND sql NOT LIKE '%AUTOINCREMENT%'"
        )
    ]
    if not old:
        return
    # SQLite makes its own table of the last ids with the first table that needs it, and every reader looks anew.
    db.conn.execute("CREATE TABLE first_of_its_kind (id INTEGER PRIMARY KEY AUTOINCREMENT)")
    db.conn.execute("DROP TABLE first_of_its_kind")
    db.conn.execute("PRAGMA writable_schema = ON")
    for name in old:
        db.conn.execute(
            "UPDATE sqlite_master SET sql = replace(sql, 'id INTEGER PRIMARY KEY,', 'id INTEGER PRIMARY KEY AUTOINCREMENT,')"
            " WHERE type = 'table' AND name = :name",
            {"name": name},
        )
        db.conn.execute(
            f"INSERT INTO sqlite_sequence (name, seq) SELECT '{name}', coalesce(max(id), 0) FROM [{name}]"
        )
    db.conn.execute("PRAGMA writable_schema = OFF")


@_register
def same_paper_across_dossiers(db: Any) -> None:
    # an earlier document that this one is a second scan of; no reference, for an unsealed one may be sorted anew
    # the texts of the tables may have been changed a moment ago, and a column is put in by its place in them
    db.conn.execute("PRAGMA writable_schema = RESET")
    db.conn.execute("ALTER TABLE document ADD COLUMN same_as INTEGER")


@_register
def separators_said_by_hand(db: Any) -> None:
    # who said that a side is a separator or none: reading it anew does not overrule a person
    db.conn.execute("ALTER TABLE side ADD COLUMN separator_by TEXT")


@_register
def reasons_for_what_pictures_lack(db: Any) -> None:
    db.conn.execute(
        "CREATE TABLE excuse (side_id INTEGER NOT NULL REFERENCES side(id), kind TEXT NOT NULL, reason TEXT NOT NULL,"
        " given_by TEXT NOT NULL, given_at TEXT NOT NULL, PRIMARY KEY (side_id, kind)) STRICT"
    )


def _run(db: Any, script: str) -> None:
    """Each statement by itself: executescript would commit the migration's transaction."""
    statement = ""
    for row in script.splitlines():
        statement += row + "\n"
        if _is_whole(statement):
            db.conn.execute(statement)
            statement = ""


def _is_whole(statement: str) -> bool:
    return sqlite3.complete_statement(statement) and bool(statement.strip())
