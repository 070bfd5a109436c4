"""The truth file: every image, document and dossier of a made corpus, in one JSON document."""

import json
from pathlib import Path

from resources.samples.case import Case
from resources.samples.delivery import FileTruth
from resources.samples.dossier import Document

SCHEMA = "scan-corpus-truth/1"


def document_truth(document: Document, files: list[FileTruth]) -> dict[str, object]:
    """One document with the places of its pages, taken from the delivered images."""
    paper = document.paper
    pages = _pages_of(document.id, files)
    return {
        "id": document.id,
        "dossier_id": document.dossier_id,
        "type": paper.doc_type,
        "variant": paper.variant,
        "title": paper.title,
        "order": document.order,
        "fill": paper.fill,
        "generation": document.generation,
        "page_count": len(paper.sheets),
        "pages": pages,
        "fields": paper.fields,
        "field_info": {
            name: {"kind": info.kind, "page_no": info.page_no} for name, info in paper.field_info.items()
        },
    }


def _pages_of(document_id: str, files: list[FileTruth]) -> list[dict[str, object]]:
    found: list[tuple[int, dict[str, object]]] = []
    for file in files:
        images = file["images"]
        assert isinstance(images, list)
        for image in images:
            for page in image["pages"]:
                if page["document_id"] == document_id:
                    found.append(
                        (
                            page["page_no"],
                            {
                                "file": file["path"],
                                "image": image["index"],
                                "side": page["side"],
                                "page_no": page["page_no"],
                            },
                        )
                    )
    return [page for _, page in sorted(found, key=lambda item: item[0])]


def dossier_truth(
    case: Case,
    documents: list[Document],
    files: list[FileTruth],
    *,
    record: dict[str, str],
    level: str,
    delivery: str,
    intake: str,
    separator: str | None,
    printed_code: str | None,
) -> dict[str, object]:
    """One dossier, its record, and by which route it can be found."""
    known = case.route != "none"
    dossier_id = f"D{case.number:03d}"
    mine = [file["path"] for file in files if _holds(file, dossier_id)]
    return {
        "id": dossier_id,
        "dossier_code": case.dossier_code if known else None,
        "in_records": known,
        "route": case.route,
        "routes_available": _routes(case, documents),
        "printed_code": printed_code,
        "level": level,
        "procedure": case.procedure.key,
        "delivery": delivery,
        "intake": intake,
        "batch_separator": separator,
        "record": record if known else None,
        "documents": [document.id for document in documents],
        "files": mine,
    }


def _holds(file: FileTruth, dossier_id: str) -> bool:
    images = file["images"]
    assert isinstance(images, list)
    return any(image["dossier_id"] == dossier_id for image in images)


def _routes(case: Case, documents: list[Document]) -> list[str]:
    if case.route == "none":
        return []
    routes = []
    codes = [code for document in documents for sheet in document.paper.sheets for code in sheet.codes]
    if any(case.dossier_code in code.payload for code in codes):
        routes.append("barcode")
    if any("dossier_code" in document.paper.fields for document in documents):
        routes.append("code_text")
    if any(code.payload.startswith(f"{case.applicant.id_number}|") for code in codes):
        routes.append("cccd_qr")
    return [*routes, "id_text", "name_parcel"]


def write(
    path: Path,
    *,
    seed: int,
    style: str,
    level: str,
    records: int,
    files: list[FileTruth],
    documents: list[dict[str, object]],
    dossiers: list[dict[str, object]],
) -> Path:
    """Writes the truth file and returns its path."""
    told = {
        "schema": SCHEMA,
        "generator": "samples/1",
        "seed": seed,
        "style": style,
        "level": level,
        "records": records,
        "files": files,
        "documents": documents,
        "dossiers": dossiers,
    }
    path.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    return path
