"""Intakes, originals, sides and pages: what the scanner delivered and what became of it."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from station.core.errors import N_, UsageProblem


class IntakeUnknown(UsageProblem):
    sentence = N_("There is no intake {id}.")


class PageUnknown(UsageProblem):
    sentence = N_("There is no page {id}.")


@dataclass(frozen=True)
class Intake:
    id: int
    source_key: str | None
    source: str
    stage: str
    wanted_code: str | None
    sheets_expected: int | None
    opened_by: str
    opened_at: str
    parted_by: str = ""
    backs_from: int | None = None
    laid: int = 0


@dataclass(frozen=True)
class Side:
    """One image of a sheet. `state`: captured → read, or unreadable with its problem."""

    id: int
    intake_id: int
    position: int
    original_sha256: str
    frame: int
    name: str
    width_px: int
    height_px: int
    dpi: int
    mode: str
    state: str
    problem: dict[str, Any] | None
    recipe: dict[str, Any] | None
    reading_key: str | None
    blank: bool
    separator: str | None
    #: who said what `separator` says, None for the reader
    separator_by: str | None
    removed_at: str | None
    captured_by: str
    captured_at: str


@dataclass(frozen=True)
class PageRow:
    id: int
    side_id: int
    half: str
    blank: bool


def open_intake(
    conn: sqlite3.Connection,
    source_key: str | None,
    source: str,
    stage: str,
    wanted_code: str | None,
    by: str,
    at: str,
) -> Intake:
    """A new intake, or the one already known by its source key."""
    if source_key is not None:
        row = conn.execute("SELECT * FROM intake WHERE source_key = :key", {"key": source_key}).fetchone()
        if row is not None:
            return Intake(**dict(row))
    cursor = conn.execute(
        "INSERT INTO intake (source_key, source, stage, wanted_code, opened_by, opened_at)"
        " VALUES (:key, :source, :stage, :code, :by, :at)",
        {"key": source_key, "source": source, "stage": stage, "code": wanted_code, "by": by, "at": at},
    )
    return get_intake(conn, int(cursor.lastrowid or 0))


def get_intake(conn: sqlite3.Connection, intake_id: int) -> Intake:
    row = conn.execute("SELECT * FROM intake WHERE id = :id", {"id": intake_id}).fetchone()
    if row is None:
        raise IntakeUnknown(id=intake_id)
    return Intake(**dict(row))


def set_sheets_expected(conn: sqlite3.Connection, intake_id: int, sheets: int | None) -> None:
    """The number of sheets the operator counted before scanning."""
    conn.execute(
        "UPDATE intake SET sheets_expected = :sheets WHERE id = :id", {"id": intake_id, "sheets": sheets}
    )


def set_one_sided(conn: sqlite3.Connection, intake_id: int) -> None:
    """The scanner could not take both sides in one go, though it was asked to: a side is a sheet."""
    conn.execute(
        "UPDATE intake SET source = replace(source, 'adf-duplex', 'adf') WHERE id = :id", {"id": intake_id}
    )


def set_parted_by(conn: sqlite3.Connection, intake_id: int, word: str) -> None:
    """How the pile is parted besides by separator sheets; a word of `capture.parting`."""
    conn.execute("UPDATE intake SET parted_by = :word WHERE id = :id", {"id": intake_id, "word": word})


def begin_backs(conn: sqlite3.Connection, intake_id: int) -> None:
    """What comes from now on is the second pass of the pile; asked again, nothing changes."""
    conn.execute(
        "UPDATE intake SET backs_from = (SELECT coalesce(max(id), 0) + 1 FROM side)"
        " WHERE id = :id AND backs_from IS NULL",
        {"id": intake_id},
    )


def set_order(conn: sqlite3.Connection, intake_id: int, side_ids: Sequence[int], laid: int) -> None:
    """Puts the intake's sides in this order; the first `laid` of them lie front by back."""
    conn.executemany(
        "UPDATE side SET position = :position WHERE id = :id AND intake_id = :intake",
        [{"position": n, "id": side_id, "intake": intake_id} for n, side_id in enumerate(side_ids, 1)],
    )
    conn.execute("UPDATE intake SET laid = :laid WHERE id = :id", {"id": intake_id, "laid": laid})


def set_separator(conn: sqlite3.Connection, side_id: int, separator: str | None, by: str) -> None:
    """A person says that a side is a separator, or is none after all; no later reading overrules that."""
    conn.execute(
        "UPDATE side SET separator = :said, separator_by = :by WHERE id = :id",
        {"id": side_id, "said": separator, "by": by},
    )


def note_original(conn: sqlite3.Connection, sha256: str, media_type: str, size_bytes: int, at: str) -> None:
    """A row for a file already whole in originals/; the same bytes twice are one row."""
    conn.execute(
        "INSERT INTO original (sha256, media_type, size_bytes, kept_at) VALUES (:sha, :type, :size, :at)"
        " ON CONFLICT (sha256) DO UPDATE SET purged_at = NULL",
        {"sha": sha256, "type": media_type, "size": size_bytes, "at": at},
    )


def media_type_of(conn: sqlite3.Connection, sha256: str) -> str:
    row = conn.execute("SELECT media_type FROM original WHERE sha256 = :sha", {"sha": sha256}).fetchone()
    return str(row["media_type"])


def find_delivery(conn: sqlite3.Connection, intake_id: int, delivery: str) -> list[Side]:
    """The sides an earlier delivery of the same file made, in order of frames."""
    rows = conn.execute(
        "SELECT * FROM side WHERE intake_id = :intake AND delivery = :delivery ORDER BY frame",
        {"intake": intake_id, "delivery": delivery},
    )
    return [_side(r) for r in rows]


def find_delivery_of_source(conn: sqlite3.Connection, source: str, delivery: str) -> list[Side]:
    """The sides of a file that any intake of a source was given before."""
    row = conn.execute(
        "SELECT s.intake_id FROM side s JOIN intake i ON i.id = s.intake_id"
        " WHERE i.source = :source AND s.delivery = :delivery LIMIT 1",
        {"source": source, "delivery": delivery},
    ).fetchone()
    return find_delivery(conn, row["intake_id"], delivery) if row is not None else []


def add_side(
    conn: sqlite3.Connection,
    intake_id: int,
    delivery: str,
    sha256: str,
    frame: int,
    name: str,
    size_px: tuple[int, int],
    dpi: int,
    mode: str,
    by: str,
    at: str,
) -> int:
    """A captured side at the end of its intake; returns its id."""
    cursor = conn.execute(
        "INSERT INTO side (intake_id, position, delivery, original_sha256, frame, name, width_px, height_px,"
        " dpi, mode, state, captured_by, captured_at) VALUES (:intake,"
        " (SELECT coalesce(max(position), 0) + 1 FROM side WHERE intake_id = :intake),"
        " :delivery, :sha, :frame, :name, :width, :height, :dpi, :mode, 'captured', :by, :at)",
        {
            "intake": intake_id,
            "delivery": delivery,
            "sha": sha256,
            "frame": frame,
            "name": name,
            "width": size_px[0],
            "height": size_px[1],
            "dpi": dpi,
            "mode": mode,
            "by": by,
            "at": at,
        },
    )
    return int(cursor.lastrowid or 0)


def get_side(conn: sqlite3.Connection, side_id: int) -> Side:
    row = conn.execute("SELECT * FROM side WHERE id = :id", {"id": side_id}).fetchone()
    if row is None:
        raise UsageProblem(N_("There is no side {id}."), id=side_id)
    return _side(row)


def list_to_read(conn: sqlite3.Connection, limit: int) -> list[Side]:
    """Sides captured but not yet read, oldest first. This is the work queue."""
    rows = conn.execute(
        "SELECT * FROM side WHERE state = 'captured' ORDER BY id LIMIT :limit", {"limit": limit}
    )
    return [_side(r) for r in rows]


def count_to_read(conn: sqlite3.Connection) -> int:
    return int(conn.execute("SELECT count(*) FROM side WHERE state = 'captured'").fetchone()[0])


def count_intakes(conn: sqlite3.Connection) -> int:
    return int(conn.execute("SELECT count(*) FROM intake").fetchone()[0])


def count_all(conn: sqlite3.Connection) -> tuple[int, int, int]:
    """Sides, blank ones among them, and pages of the whole data folder; removed sides left out."""
    sides, blanks = conn.execute(
        "SELECT count(*), coalesce(sum(blank), 0) FROM side WHERE removed_at IS NULL"
    ).fetchone()
    return sides, blanks, conn.execute("SELECT count(*) FROM page").fetchone()[0]


def list_sides(conn: sqlite3.Connection, intake_id: int) -> list[Side]:
    """The intake's sides in order of arrival, those taken out included."""
    rows = conn.execute("SELECT * FROM side WHERE intake_id = :id ORDER BY position", {"id": intake_id})
    return [_side(r) for r in rows]


def list_unsorted_intakes(conn: sqlite3.Connection) -> list[int]:
    """Intakes whose sides are all read (or unreadable) but which have no dossier yet."""
    rows = conn.execute(
        "SELECT i.id FROM intake i WHERE EXISTS (SELECT 1 FROM side s WHERE s.intake_id = i.id)"
        " AND NOT EXISTS (SELECT 1 FROM side s WHERE s.intake_id = i.id AND s.state = 'captured')"
        " AND NOT EXISTS (SELECT 1 FROM dossier d WHERE d.intake_id = i.id) ORDER BY i.id"
    )
    return [int(r["id"]) for r in rows]


def set_measured(
    conn: sqlite3.Connection, side_id: int, size_px: tuple[int, int], dpi: int, mode: str
) -> None:
    """What the reader found the picture to be, in place of what was believed when it came.

    Size and resolution go together: a drawn page is read at another resolution than its picture was taken at.
    """
    conn.execute(
        "UPDATE side SET width_px = :width, height_px = :height, dpi = :dpi, mode = :mode WHERE id = :id",
        {"id": side_id, "width": size_px[0], "height": size_px[1], "dpi": dpi, "mode": mode},
    )


def set_read(
    conn: sqlite3.Connection,
    side_id: int,
    reading_key: str,
    blank: bool,
    separator: str | None,
    halves: Sequence[tuple[str, bool]],
) -> None:
    """Marks a side read and makes its pages; halves are ("full" | "left" | "right", blank) in reading order.

    Pages of an earlier reading with the same half keep their id, so documents keep their pages; where the
    halves are others than before, the new ones take the old ones' place in the same transaction.
    """
    conn.execute(
        "UPDATE side SET state = 'read', problem = NULL, reading_key = :key, blank = :blank,"
        " separator = CASE WHEN separator_by IS NULL THEN :separator ELSE separator END WHERE id = :id",
        {"id": side_id, "key": reading_key, "blank": int(blank), "separator": separator},
    )
    kept = [half for half, _ in halves]
    old = list_pages(conn, side_id)
    for half, half_blank in halves:
        conn.execute(
            "INSERT INTO page (side_id, half, blank) VALUES (:side, :half, :blank)"
            " ON CONFLICT (side_id, half) DO UPDATE SET blank = excluded.blank",
            {"side": side_id, "half": half, "blank": int(half_blank)},
        )
    gone = [row.id for row in old if row.half not in kept]
    if gone:
        _move_membership(conn, gone, [row.id for row in list_pages(conn, side_id) if row.half in kept])


def _move_membership(conn: sqlite3.Connection, gone: Sequence[int], now: Sequence[int]) -> None:
    """Puts a side's new halves where its old ones were, in every document still open, and forgets the old.

    A sealed document keeps the halves it was sealed with.
    """
    for page_id in gone:
        rows = conn.execute(
            "SELECT dp.document_id, dp.position FROM document_page dp JOIN document d ON d.id = dp.document_id"
            " JOIN dossier o ON o.id = d.dossier_id WHERE dp.page_id = :page AND o.state NOT IN ('sealed', 'delivered')",
            {"page": page_id},
        ).fetchall()
        for row in rows:
            for new_id in now:
                conn.execute(
                    "INSERT OR IGNORE INTO document_page (document_id, page_id, position)"
                    " VALUES (:document, :page, :position)",
                    {"document": row["document_id"], "page": new_id, "position": row["position"]},
                )
            conn.execute(
                "DELETE FROM document_page WHERE document_id = :document AND page_id = :page",
                {"document": row["document_id"], "page": page_id},
            )
        conn.execute("UPDATE rescan_task SET page_id = NULL WHERE page_id = :id", {"id": page_id})
        if (
            conn.execute("SELECT 1 FROM document_page WHERE page_id = :id", {"id": page_id}).fetchone()
            is None
        ):
            conn.execute("UPDATE field SET page_id = NULL WHERE page_id = :id", {"id": page_id})
            conn.execute("DELETE FROM page WHERE id = :id", {"id": page_id})


def set_unreadable(conn: sqlite3.Connection, side_id: int, sentence: str, values: dict[str, Any]) -> None:
    """Sets a side aside; it keeps one empty page so that it stays in its document and its count."""
    conn.execute(
        "UPDATE side SET state = 'unreadable', problem = :problem WHERE id = :id",
        {"id": side_id, "problem": json.dumps({"sentence": sentence, "values": values}, ensure_ascii=False)},
    )
    conn.execute(
        "INSERT INTO page (side_id, half, blank) SELECT :side, 'full', 0"
        " WHERE NOT EXISTS (SELECT 1 FROM page WHERE side_id = :side)",
        {"side": side_id},
    )


def set_to_read_again(conn: sqlite3.Connection, side_id: int, recipe: dict[str, Any] | None) -> None:
    """Back into the queue, with the operator's own geometry where one is given."""
    conn.execute(
        "UPDATE side SET state = 'captured', problem = NULL, recipe = :recipe WHERE id = :id",
        {"id": side_id, "recipe": json.dumps(recipe) if recipe is not None else None},
    )


def set_removed(conn: sqlite3.Connection, side_id: int, at: str | None) -> None:
    conn.execute("UPDATE side SET removed_at = :at WHERE id = :id", {"id": side_id, "at": at})


def list_pages(conn: sqlite3.Connection, side_id: int) -> list[PageRow]:
    """Pages of a side, left half first."""
    rows = conn.execute("SELECT * FROM page WHERE side_id = :id ORDER BY half = 'right', id", {"id": side_id})
    return [PageRow(r["id"], r["side_id"], r["half"], bool(r["blank"])) for r in rows]


def get_page(conn: sqlite3.Connection, page_id: int) -> PageRow:
    """Raises PageUnknown."""
    row = conn.execute("SELECT * FROM page WHERE id = :id", {"id": page_id}).fetchone()
    if row is None:
        raise PageUnknown(id=page_id)
    return PageRow(row["id"], row["side_id"], row["half"], bool(row["blank"]))


def set_page_blank(conn: sqlite3.Connection, page_id: int, blank: bool) -> None:
    conn.execute("UPDATE page SET blank = :blank WHERE id = :id", {"id": page_id, "blank": int(blank)})


def _side(row: sqlite3.Row) -> Side:
    return Side(
        id=row["id"],
        intake_id=row["intake_id"],
        position=row["position"],
        original_sha256=row["original_sha256"],
        frame=row["frame"],
        name=row["name"],
        width_px=row["width_px"],
        height_px=row["height_px"],
        dpi=row["dpi"],
        mode=row["mode"],
        state=row["state"],
        problem=json.loads(row["problem"]) if row["problem"] else None,
        recipe=json.loads(row["recipe"]) if row["recipe"] else None,
        reading_key=row["reading_key"],
        blank=bool(row["blank"]),
        separator=row["separator"],
        separator_by=row["separator_by"],
        removed_at=row["removed_at"],
        captured_by=row["captured_by"],
        captured_at=row["captured_at"],
    )
