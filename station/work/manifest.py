"""The manifest of a package: what the dossier is, its papers, values, checklist and pictures, as the schema says."""

import sqlite3
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ocr.reading import SideReading
from station.store import audit, documents, dossiers, pages, reference
from station.store.model import Document, Dossier
from station.store.pages import Side
from station.work.reading import reading_of
from station.work.recipes import recipe_to_json
from station.work.standing import catalogue_of
from station.work.station import Station
from station.work.twice import find_earlier, paper_name

SUFFIX_OF = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/tiff": "tif",
    "image/webp": "webp",
    "image/bmp": "bmp",
    "image/jp2": "jp2",
    "application/pdf": "pdf",
}


def manifest_of(
    station: Station,
    conn: sqlite3.Connection,
    dossier: Dossier,
    papers: Sequence[Document],
    sides: Sequence[Side],
    written: Sequence[dict[str, Any]],
) -> dict[str, Any]:
    record = reference.find(conn, dossier.dossier_code or "")
    return {
        "format": "digitization-package/1",
        "package_id": str(uuid.uuid4()),
        "branch": branch_of(station, dossier),
        "station_id": station.settings.counter or "station",
        "sealed_at": station.now(),
        "sealed_by": station.actor.name,
        "dossier": {
            "dossier_code": dossier.code,
            "stage": dossier.stage,
            "version": dossier.version,
            "matched_by": dossier.matched_by,
            "matched_reasons": list(dossier.match_reasons),
            "sheet_count": dossier.sheets_confirmed,
        },
        "record": {k: None if v is None else str(v) for k, v in vars(record).items()} if record else None,
        "documents": [
            _document_entry(station, conn, paper, pdf, number)
            for number, (paper, pdf) in enumerate(zip(papers, written, strict=True), 1)
        ],
        "components": _component_entries(station, conn, dossier, papers),
        "images": [_image_entry(station, conn, side, written) for side in sides],
        "signatures": [],
        "audit_head": audit.head(conn),
    }


def branch_of(station: Station, dossier: Dossier) -> str:
    """The branch a dossier is delivered for: this station's, else that of the record."""
    return station.settings.branch or dossier.branch or "local"


def _document_entry(
    station: Station, conn: sqlite3.Connection, paper: Document, pdf: dict[str, Any], number: int
) -> dict[str, Any]:
    numbers = {p.page_id: i for i, p in enumerate(paper.pages, 1)}
    return {
        "number": number,
        "type_id": paper.type_id,
        "title": pdf["title"],
        "path": pdf["path"],
        "sha256": pdf["sha256"],
        "size_bytes": pdf["size_bytes"],
        "same_as": paper_name(conn, earlier) if (earlier := find_earlier(conn, paper)) else None,
        "signature_state": "unsigned",
        "sheets": pdf["sheets"],
        "findings": pdf["findings"],
        "pages": [_page_entry(station, conn, p.side_id, p.half) for p in paper.pages],
        "fields": [_field_entry(f, numbers) for f in documents.list_fields(conn, paper.id)],
    }


def _page_entry(station: Station, conn: sqlite3.Connection, side_id: int, half: str) -> dict[str, Any]:
    side = pages.get_side(conn, side_id)
    reading: SideReading | None = reading_of(station, side)
    page = next((p for p in (reading.pages if reading else ()) if p.side == half), None)
    return {
        "image_sha256": side.original_sha256,
        "side": half,
        "width_px": page.width_px if page else side.width_px,
        "height_px": page.height_px if page else side.height_px,
        "dpi": page.dpi if page else side.dpi,
        "text": page.text if page else "",
    }


def _field_entry(field: Any, numbers: dict[int, int]) -> dict[str, Any]:
    reading = None
    if field.read_value is not None:
        reading = {
            "value": field.read_value,
            "confidence": field.confidence,
            "rule": field.rule,
            "kind": field.kind,
            "page": numbers.get(field.page_id),
            "box": list(field.box) if field.box else None,
        }
    verification = None
    if field.value is not None:
        verification = {
            "value": field.value,
            "verified_by": field.verified_by,
            "verified_at": field.verified_at,
        }
    return {"name": field.name, "reading": reading, "verification": verification}


def _component_entries(
    station: Station, conn: sqlite3.Connection, dossier: Dossier, papers: Sequence[Document]
) -> list[dict[str, Any]]:
    number_of = {paper.id: number for number, paper in enumerate(papers, 1)}
    catalogue = catalogue_of(station)
    entries = []
    for component in dossiers.list_components(conn, dossier.id):
        first_type = component.component_id.split(" ")[0].split("|")[0]
        entries.append(
            {
                "component_code": component.component_id,
                "name": catalogue.name_of_type(first_type, "vi"),
                "duty": component.duty,
                "exempt_reason": component.exempt_reason,
                "outcome": component.outcome,
                "document_numbers": [number_of[component.document_id]] if component.document_id else [],
                "reused_from": component.reused_from,
            }
        )
    return entries


def travels(station: Station, side: Side, written: Sequence[dict[str, Any]]) -> bool:
    """Whether an original goes along: by office policy, and always when it is a signed file."""
    return station.settings.send_originals or any(side.original_sha256 in w["keep_beside"] for w in written)


def _image_entry(
    station: Station, conn: sqlite3.Connection, side: Side, written: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    sent = travels(station, side, written)
    media_type = pages.media_type_of(conn, side.original_sha256)
    reading = reading_of(station, side)
    return {
        "sha256": side.original_sha256,
        "frame": side.frame,
        "documents": [number for number, pdf in enumerate(written, 1) if side.id in pdf["side_ids"]],
        "path": original_name(side.original_sha256, media_type) if sent else None,
        "size_bytes": station.original(side.original_sha256).stat().st_size,
        "media_type": media_type,
        "captured_at": side.captured_at,
        "source": Path(side.name).name,
        "blank": side.blank,
        "separator": side.separator,
        "recipe": recipe_to_json(reading.recipe) if reading else None,
    }


def original_name(sha256: str, media_type: str) -> str:
    return f"data/originals/{sha256}.{SUFFIX_OF.get(media_type, 'bin')}"
