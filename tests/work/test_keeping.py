"""What is kept, what may go, and what a change in the very moment of sealing does."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest_work import CODE

from capture.source import Frame, RawFile
from station.core import files
from station.store import dossiers
from station.work import caretaking, scanning, sealing, searching, sending, verifying
from station.work.sealing import ChangedMeanwhile
from station.work.station import Station
from sync import outbox, package
from sync.protocol import Receipt


def sealed(station: Station, dossier_id: int) -> str:
    verifying.accept_all(station, dossier_id)
    return sealing.seal(station, dossier_id)


def later(station: Station, days: int) -> Station:
    """The same station so many days on."""
    return replace(station, clock=lambda: datetime.now(UTC) + timedelta(days=days))


def receipted(station: Station, package_id: str) -> None:
    """As if the warehouse had signed for it; the signature is checked before this door."""
    dossier_id = searching.show(station, CODE).dossier.id
    receipt = Receipt(
        package_id=package_id,
        sha256="0" * 64,
        size_bytes=1,
        branch="CN-THU",
        dossier_code=CODE,
        stage="intake",
        version=1,
        station_id="s1",
        received_at="2026-01-05T10:00:00.000+00:00",
        audit_head="0" * 64,
        conflict_with=None,
        key_id="0" * 16,
        signature="",
    )
    with station.transaction() as conn:
        outbox.deliver(conn, package_id, receipt.to_json(), station.clock())
        dossiers.set_delivered(conn, dossier_id, station.now())


def test_originals_stay_until_the_receipt_is_older_than_the_setting(station: Station) -> None:
    dossier_id = searching.show(station, CODE).dossier.id
    package_id = sealed(station, dossier_id)
    keep_days = station.settings.keep_originals_days
    assert caretaking.purge_originals(later(station, keep_days + 1)) == 0
    receipted(station, package_id)
    assert caretaking.purge_originals(later(station, keep_days - 1)) == 0
    assert caretaking.purge_originals(later(station, keep_days + 1)) == 2
    assert list(station.folder("originals").iterdir()) == []
    assert caretaking.check(station).problems == []


def test_originals_stay_while_a_new_version_of_their_dossier_is_open(station: Station) -> None:
    dossier_id = searching.show(station, CODE).dossier.id
    receipted(station, sealed(station, dossier_id))
    much_later = later(station, station.settings.keep_originals_days + 1)
    newer = sealing.open_new_version(station, dossier_id)
    assert caretaking.purge_originals(much_later) == 0
    receipted(station, sealed(station, newer))
    assert caretaking.purge_originals(much_later) == 2


@pytest.mark.parametrize("moment", ["before the files go", "while it is taken in"])
def test_the_same_bytes_scanned_once_more_while_originals_are_purged_are_kept(
    station: Station, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    receipted(station, sealed(station, searching.show(station, CODE).dossier.id))
    much_later = later(station, station.settings.keep_originals_days + 1)
    kept = sorted(station.folder("originals").iterdir())[0]
    paper = tmp_path / "again.png"
    paper.write_bytes(kept.read_bytes())
    remove, keep = caretaking._remove_purged, files.keep_original

    def scan_again() -> None:
        item = RawFile(paper, "again.png", "image/png", (Frame(0, 1654, 2339, 200, "colour"),))
        scanning.take(station, scanning.open_intake(station, "files").id, item, None)

    if moment == "before the files go":
        monkeypatch.setattr(caretaking, "_remove_purged", lambda there: (scan_again(), remove(there)))
        caretaking.purge_originals(much_later)
    else:
        purges = iter([caretaking.purge_originals])  # once, after the file was kept for the first time

        def keep_then_purge(source: Path, originals: Path) -> str:
            digest = keep(source, originals)
            for purge in purges:
                purge(much_later)
            return digest

        monkeypatch.setattr(files, "keep_original", keep_then_purge)
        scan_again()
    assert kept.read_bytes() == paper.read_bytes()
    assert list(station.folder("originals").iterdir()) == [kept]
    assert caretaking.check(station).problems == []


def test_a_correction_made_while_the_dossier_is_being_sealed_stops_the_sealing(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = searching.show(station, CODE)
    verifying.accept_all(station, view.dossier.id)
    build = package.build

    def corrected_meanwhile(*given: Any) -> Any:
        verifying.correct(station, view.documents[0].id, "applicant_name", "Nguyễn Thị Mẫu Khác")
        return build(*given)

    monkeypatch.setattr(package, "build", corrected_meanwhile)
    with pytest.raises(ChangedMeanwhile):
        sealing.seal(station, view.dossier.id)
    assert sending.list_outbox(station) == []
    monkeypatch.setattr(package, "build", build)
    verifying.accept_all(station, view.dossier.id)
    manifest = package.read_manifest(sending.package_file(station, sealing.seal(station, view.dossier.id)))
    values = {f["name"]: f["verification"] for f in manifest["documents"][0]["fields"]}
    assert values["applicant_name"]["value"] == "Nguyễn Thị Mẫu Khác"
