"""Sealing: PDF/A per document and their checks, then values final, then the package, then one transaction.

Order of trust (house rule 14): PDF/A and its check → signature, or unsigned by policy → final values →
package. Files first: a power cut before the transaction leaves files without rows, which `station check`
finds; the dossier is still ready and is sealed again.
"""

import json
import sqlite3
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from ocr.reading import Finding
from station.core import files
from station.core.errors import N_, UsageProblem
from station.store import documents, dossiers, lacks, pages, snapshots
from station.store.accounts import Right
from station.store.model import Document, Dossier, DossierState
from station.store.pages import Side
from station.work.manifest import manifest_of, original_name, travels
from station.work.sealed_pages import pages_of
from station.work.standing import catalogue_of, missing_for_ready, refresh
from station.work.station import Station
from sync import outbox, package


class NotReady(UsageProblem):
    sentence = N_("The dossier {code} can't be sealed yet: {why}")


class ChangedMeanwhile(UsageProblem):
    sentence = N_(
        "The dossier {code} was changed while it was being sealed. Nothing was sealed; seal it again."
    )


class SealedBefore(UsageProblem):
    sentence = N_(
        "The dossier {code} was sealed before from another scan. Open a new version of that one, and add these pages."
    )


class TrainingOnly(UsageProblem):
    sentence = N_(
        "This is training: nothing reaches the warehouse. Leave training mode to work on real dossiers."
    )


def list_ready(station: Station) -> list[Dossier]:
    with station.reading() as conn:
        return dossiers.list_all(conn, (DossierState.READY.value,), newest_first=False)


def seal(station: Station, dossier_id: int) -> str:
    """Seals a ready dossier and queues its package; returns the package id.

    Raises:
        NotReady: what is missing, as a sentence.
        DiskFull, and what writing the PDF/A refuses; nothing is changed then.
    """
    station.actor.require(Right.SEAL)
    since = time.monotonic()
    with station.reading() as conn:
        dossier = dossiers.get(conn, dossier_id)
        _refuse_unready(station, conn, dossier)
        seen = snapshots.snapshot(conn, dossier_id)
        papers = documents.list_of(conn, dossier_id)
        sides = _sides(conn, dossier, papers)
        written = [_write(station, conn, dossier, paper, number) for number, paper in enumerate(papers, 1)]
        manifest = manifest_of(station, conn, dossier, papers, sides, written)
        contents = package.PackageContents(manifest, tuple(_bag_files(station, conn, sides, written)))
    target = station.folder("packages") / f"{manifest['package_id']}.tar"
    built = package.build(contents, target)
    with station.transaction() as conn:
        _refuse_unready(station, conn, dossiers.get(conn, dossier_id))
        if snapshots.snapshot(conn, dossier_id) != seen:
            raise ChangedMeanwhile(code=dossier.code)
        for paper, pdf in zip(papers, written, strict=True):
            relative = pdf["file"].relative_to(station.home).as_posix()
            documents.set_pdf(conn, paper.id, relative, pdf["sha256"], pdf["pages"])
        dossiers.set_sealed(conn, dossier_id, station.actor.name, station.now())
        outbox.put(conn, _queued(dossier, manifest, built))
        seconds = round(time.monotonic() - since, 2)
        dossiers.add_measure(
            conn, dossier_id, "sealing", station.actor.name, station.now(), seconds, len(papers)
        )
        station.audit(conn, "seal", f"dossier:{dossier_id}", package=built.package_id, sha256=built.sha256)
    return built.package_id


def open_new_version(station: Station, dossier_id: int) -> int:
    """Opens a sealed dossier for change as a new version; what was sealed stays as it is. Returns its id."""
    station.actor.require(Right.SEAL)
    with station.transaction() as conn:
        old = dossiers.get(conn, dossier_id)
        if old.state not in (DossierState.SEALED, DossierState.DELIVERED):
            raise UsageProblem(N_("The dossier {code} is still open; change it as it is."), code=old.code)
        if dossiers.newest_version(conn, old) > old.version:
            raise UsageProblem(N_("A newer version of the dossier {code} exists already."), code=old.code)
        papers = snapshots.snapshot(conn, dossier_id)
        new_id = dossiers.add_version(conn, dossier_id, station.actor.name, station.now())
        for paper in papers["documents"]:
            row = paper["document"]
            document_id = documents.add(
                conn, new_id, row["type_id"], row["confidence"], json.loads(row["reasons"]), paper["pages"],
                row["same_as"],
            )  # fmt: skip
            for field in paper["fields"]:
                snapshots.copy_field(conn, document_id, field)
        dossiers.copy_components(conn, dossier_id, new_id)
        station.audit(conn, "new version", f"dossier:{new_id}", of=dossier_id)
    refresh(station, new_id)
    return new_id


def _refuse_unready(station: Station, conn: sqlite3.Connection, dossier: Dossier) -> None:
    if station.training and not station.in_training_folder:
        raise TrainingOnly
    if dossier.state is not DossierState.READY:
        why = missing_for_ready(conn, dossier, catalogue_of(station))
        raise NotReady(code=dossier.code, why=" ".join(why) or dossier.state.value)
    if dossiers.find_sealed_twin(conn, dossier) is not None:
        raise SealedBefore(code=dossier.code)


def _sides(conn: sqlite3.Connection, dossier: Dossier, papers: Sequence[Document]) -> list[Side]:
    """Every image of the dossier: those of its documents, and the blank ones between them."""
    held = {p.side_id for paper in papers for p in paper.pages}
    everything = [s for s in pages.list_sides(conn, dossier.intake_id) if s.removed_at is None]
    inside = [s.position for s in everything if s.id in held]
    first, last = min(inside, default=0), max(inside, default=-1)
    blanks = _blanks_after(everything, last)
    return [
        s for s in everything if s.id in held or (s.blank and first <= s.position <= last) or s.id in blanks
    ]


def _blanks_after(sides: Sequence[Side], last: int) -> set[int]:
    """Blank backs that follow the dossier's last written side directly."""
    found = set()
    for side in sides:
        if side.position > last:
            if not side.blank:
                break
            found.add(side.id)
    return found


def _write(
    station: Station, conn: sqlite3.Connection, dossier: Dossier, paper: Document, number: int
) -> dict[str, Any]:
    # Imported here: the PDF libraries take longer to load than most commands to run.
    from ocr.pdfa import DocumentMeta, write_document

    folder = files.private_folder(station.folder("documents") / f"{dossier.id}")
    target = folder / f"{number:02d}-{paper.type_id}.pdf"
    catalogue = catalogue_of(station)
    known = catalogue.type_of(paper.type_id)
    sealed = pages_of(station, conn, dossier, paper, known.sheets)
    name = catalogue.name_of_type(paper.type_id, "vi")
    meta = DocumentMeta(
        title=name,
        dossier_code=dossier.code,
        language="km" if station.settings.ocr_languages.startswith("khm") else "vi",
        document_type=paper.type_id,
        created_at=datetime.fromisoformat(dossier.opened_at),
        least_dpi=known.least_dpi,
    )
    report = write_document([page for _, page in sealed], target, meta, seal_profile(station))
    side_ids = list(dict.fromkeys(side.id for side, _ in sealed))
    excuses = lacks.of_sides(conn, side_ids)
    return {
        "file": target,
        "sha256": files.sha256_of(target),
        "size_bytes": target.stat().st_size,
        "pages": report.pages,
        "title": name,
        "path": f"data/documents/{target.name}",
        "sheets": known.sheets,
        "findings": [_finding_entry(f, side_ids, excuses) for f in report.findings],
        "keep_beside": {path.name for path in report.keep_beside},
        "side_ids": set(side_ids),
    }


def _finding_entry(
    finding: Finding, side_ids: Sequence[int], excuses: Mapping[tuple[int, str], lacks.Excuse]
) -> dict[str, Any]:
    """A finding with the reason the office gave for it."""
    sheet = finding.values.get("sheet")
    excuse = excuses.get((side_ids[sheet - 1], finding.kind)) if sheet else None
    return {
        "kind": finding.kind,
        "sentence": finding.sentence.format(**finding.values),
        "sheet": sheet,
        "reason": {"text": excuse.reason, "given_by": excuse.given_by, "given_at": excuse.given_at}
        if excuse
        else None,
    }


def _bag_files(
    station: Station, conn: sqlite3.Connection, sides: Sequence[Side], written: Sequence[dict[str, Any]]
) -> list[tuple[str, Path]]:
    members = {str(pdf["path"]): Path(pdf["file"]) for pdf in written}
    for side in sides:
        if travels(station, side, written):
            media_type = pages.media_type_of(conn, side.original_sha256)
            name = original_name(side.original_sha256, media_type)
            members[name] = station.original(side.original_sha256)
    return sorted(members.items())


def _queued(dossier: Dossier, manifest: dict[str, Any], built: package.BuiltPackage) -> outbox.NewPackage:
    return outbox.NewPackage(
        package_id=built.package_id,
        dossier_id=dossier.id,
        dossier_code=dossier.code,
        branch=str(manifest["branch"]),
        stage=dossier.stage,
        version=dossier.version,
        sha256=built.sha256,
        size_bytes=built.size_bytes,
        sealed_at=datetime.fromisoformat(str(manifest["sealed_at"])),
    )


def seal_profile(station: Station) -> Literal["faithful", "layered"]:
    """The form the office has chosen for its sealed documents."""
    return "layered" if station.settings.seal_profile == "layered" else "faithful"
