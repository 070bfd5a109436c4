"""The result is digitised against the same record; papers the office holds are offered, not asked for again."""

from dataclasses import replace
from pathlib import Path

import pytest
from conftest_work import CODE, PAPERS, RECORD, draw_paper
from PIL import Image, ImageChops

from station.store import accounts, documents, dossiers
from station.store.reference import ProcedureRecord, import_rows
from station.work import (
    editing,
    ingesting,
    reusing,
    sealing,
    searching,
    sending,
    sorting,
    typed_results,
    verifying,
)
from station.work.checklist import component_id_of
from station.work.reusing import OfferUnknown
from station.work.standing import DossierClosed
from station.work.station import Station
from station.work.verifying import FourEyes
from sync.package import read_manifest

CERTIFICATE = (
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "Độc lập - Tự do - Hạnh phúc",
    "GIẤY CHỨNG NHẬN",
    "QUYỀN SỬ DỤNG ĐẤT, QUYỀN SỞ HỮU TÀI SẢN GẮN LIỀN VỚI ĐẤT",
    "1. Người sử dụng đất, chủ sở hữu tài sản gắn liền với đất:",
    "Bà: Nguyễn Thị Mẫu, CCCD số: 051190000123",
    "2. Thông tin thửa đất:",
    "a) Thửa đất số: 12; tờ bản đồ số: 7",
    "b) Diện tích: 250,5 m2",
    "Số phát hành: AA 09122325",
)


def seal_intake(station: Station) -> str:
    view = searching.show(station, CODE, "intake")
    verifying.accept_all(station, view.dossier.id)
    return sealing.seal(station, view.dossier.id)


def second_person(station: Station) -> Station:
    """A colleague: who scanned a certificate may not vouch for it."""
    with station.transaction() as conn:
        return station.acting_as(accounts.add(conn, "Lan", "operator", "mat khau dai", None, station.now()))


def scan_result(station: Station, folder: Path) -> int:
    folder.mkdir()
    draw_paper(folder / "certificate.png", CERTIFICATE)
    ingesting.ingest(station, [folder], "result", CODE)
    return searching.show(station, CODE, "result").dossier.id


def test_the_result_has_its_own_checklist_and_its_own_package(station: Station, tmp_path: Path) -> None:
    first = seal_intake(station)
    dossier_id = scan_result(station, tmp_path / "result")
    view = searching.show_by_id(station, dossier_id)
    assert view.dossier.matched_by == "named"
    assert [d.type_id for d in view.documents] == ["giay_chung_nhan"]
    asked_at_intake = {c.component_id for c in searching.show(station, CODE, "intake").components}
    components = {c.component_id: c.outcome for c in view.components}
    assert components == {"giay_chung_nhan": "digitised"}
    assert len(asked_at_intake) > 1
    with pytest.raises(FourEyes):
        verifying.accept_all(station, dossier_id)
    verifying.accept_all(second_person(station), dossier_id)
    second = sealing.seal(station, dossier_id)
    packages = {p.package_id: (p.stage, p.version) for p in sending.list_outbox(station)}
    assert packages == {first: ("intake", 1), second: ("result", 1)}


def other_dossier_of_the_same_person(station: Station) -> ProcedureRecord:
    """A second record, and a dossier matched to it that lacks the certificate."""
    record = ProcedureRecord(**{**vars(RECORD), "dossier_code": "H48.12-260302-0009"})
    with station.transaction() as conn:
        import_rows(conn, [record], station.now())
    return record


def test_a_certificate_held_from_a_result_is_offered_to_the_next_dossier_of_the_parcel(
    station: Station, tmp_path: Path
) -> None:
    seal_intake(station)
    result_id = scan_result(station, tmp_path / "result")
    verifying.accept_all(second_person(station), result_id)
    sealing.seal(station, result_id)
    record = other_dossier_of_the_same_person(station)
    paper = draw_paper(tmp_path / "authority.png", ("GIẤY ỦY QUYỀN", "Nguyễn Thị Mẫu"))
    ingested = ingesting.ingest(station, [paper], "intake", record.dossier_code)
    [dossier] = searching.list_of_intake(station, ingested.intake_ids[0])
    assert dossier.dossier_code == record.dossier_code
    offers = reusing.list_offers(station, dossier.id)
    certificate = next(o for o in offers if o.paper.type_id == "giay_chung_nhan")
    component_id = "|".join(certificate.component.types)
    reusing.take_offer(station, dossier.id, component_id, certificate.paper.paper_id)
    components = {c.component_id: c for c in searching.show_by_id(station, dossier.id).components}
    assert components[component_id].outcome == "reused"
    assert components[component_id].reused_from == certificate.paper.paper_id
    with pytest.raises(OfferUnknown):
        reusing.take_offer(station, dossier.id, component_id, "nowhere/1")


def test_a_record_named_by_the_operator_wins_over_what_was_read(station: Station) -> None:
    record = other_dossier_of_the_same_person(station)
    view = searching.show(station, CODE)
    chosen = sorting.choose_record(station, view.dossier.id, record.dossier_code)
    assert (chosen.dossier_code, chosen.matched_by) == (record.dossier_code, "operator")


def test_a_second_scan_of_a_sealed_dossier_is_refused_in_words(station: Station, tmp_path: Path) -> None:
    seal_intake(station)
    paper = draw_paper(tmp_path / "again.png", PAPERS["2-authority.png"])
    ingested = ingesting.ingest(station, [paper], "intake", CODE)
    [dossier] = searching.list_of_intake(station, ingested.intake_ids[0])
    verifying.accept_all(station, dossier.id)
    with pytest.raises(sealing.SealedBefore, match="Open a new version"):
        sealing.seal(station, dossier.id)


def test_a_critical_value_that_could_not_be_read_holds_the_dossier_until_somebody_types_it(
    station: Station, tmp_path: Path
) -> None:
    paper = draw_paper(tmp_path / "authority.png", ("GIẤY ỦY QUYỀN", "Bên ủy quyền: Nguyễn Thị Mẫu"))
    ingested = ingesting.ingest(station, [paper], "intake", CODE)
    [dossier] = searching.list_of_intake(station, ingested.intake_ids[0])
    verifying.accept_all(station, dossier.id)
    view = searching.show_by_id(station, dossier.id)
    assert "A critical field waits for a person." in view.missing
    [document] = view.documents
    for name in ("principal_id", "agent_id"):
        verifying.correct(station, document.id, name, "051190000123")
    assert searching.show_by_id(station, dossier.id).dossier.state.value == "ready"


def mortgage(station: Station) -> str:
    """A record of a mortgage: the registration is noted on the certificate, no paper is made."""
    record = ProcedureRecord(
        **{**vars(RECORD), "dossier_code": "H48.12-260302-0010", "procedure_code": "1.011441"}
    )
    with station.transaction() as conn:
        import_rows(conn, [record], station.now())
    return record.dossier_code


def test_the_serial_typed_for_a_mortgage_is_its_whole_result(station: Station) -> None:
    code = mortgage(station)
    dossier_id = typed_results.type_serial(station, code, "aa09122325")
    view = searching.show_by_id(station, dossier_id)
    assert (view.dossier.state.value, view.dossier.stage, view.missing, view.told) == (
        "ready",
        "result",
        (),
        (),
    )
    [required] = [c for c in view.components if c.duty == "required"]
    assert (required.component_id, required.outcome) == ("giay_chung_nhan", "reused")
    assert required.reused_from == "serial AA 09122325"
    assert typed_results.awaits_serial(station, code)
    package_id = sealing.seal(station, dossier_id)
    assert not typed_results.awaits_serial(station, code)
    manifest = read_manifest(station.folder("packages") / f"{package_id}.tar")
    assert (manifest["documents"], manifest["images"]) == ([], [])
    assert "serial AA 09122325" in [c["reused_from"] for c in manifest["components"]]
    with station.reading() as conn:
        held = conn.execute("SELECT result_held, result_whole FROM received WHERE dossier_code = ?", [code])
        assert tuple(held.fetchone()) == (1, 1)
    with pytest.raises(DossierClosed):
        typed_results.type_serial(station, code, "AA 09122325")


def test_a_typed_serial_is_compared_with_the_record_and_may_be_typed_again(station: Station) -> None:
    code = mortgage(station)
    dossier_id = typed_results.type_serial(station, code, "AA 09122326")
    [doubt] = searching.show_by_id(station, dossier_id).told
    assert "AA 09122325" in doubt and "AA 09122326" in doubt
    assert typed_results.type_serial(station, code, "AA 09122325") == dossier_id
    assert searching.show_by_id(station, dossier_id).told == ()


def test_a_serial_is_refused_where_it_is_none_or_the_result_is_a_new_paper(station: Station) -> None:
    with pytest.raises(typed_results.NotASerial):
        typed_results.type_serial(station, mortgage(station), "AA 0912232")
    with pytest.raises(typed_results.NewFileExpected):
        typed_results.type_serial(station, CODE, "AA 09122325")
    with pytest.raises(sorting.RecordUnknown):
        typed_results.type_serial(station, "H48.12-260302-9999", "AA 09122325")
    with station.reading() as conn:
        assert not [d for d in dossiers.list_all(conn) if d.stage == "result"]


def scan_again(station: Station, folder: Path, lines: tuple[str, ...], lower_px: int = 0) -> int:
    """A paper comes in once more, for another dossier of the same person; `lower_px` makes it another picture."""
    record = other_dossier_of_the_same_person(station)
    folder.mkdir()
    paper = draw_paper(folder / "authority.png", lines)
    if lower_px:
        with Image.open(paper) as page:
            ImageChops.offset(page, 0, lower_px).save(paper, dpi=(200, 200))
    ingested = ingesting.ingest(station, [folder], "intake", record.dossier_code)
    [dossier] = searching.list_of_intake(station, ingested.intake_ids[0])
    return dossier.id


@pytest.mark.parametrize(("lower_px", "why"), [(0, "very same pictures"), (40, "text is the same")])
def test_a_paper_scanned_before_for_another_dossier_is_told_of_and_linked(
    station: Station, tmp_path: Path, lower_px: int, why: str
) -> None:
    seal_intake(station)
    again = scan_again(station, tmp_path / "again", PAPERS["2-authority.png"], lower_px)
    view = searching.show_by_id(station, again)
    [paper] = view.documents
    assert view.same_as == {paper.id: f"{CODE}/2"}
    assert any(why in reason for reason in paper.reasons)
    assert not [o for o in reusing.list_offers(station, again) if o.paper.type_id == "giay_uy_quyen"]


def test_a_new_version_still_says_which_paper_was_scanned_before(station: Station) -> None:
    seal_intake(station)
    sealed = searching.show(station, CODE, "intake")
    first, second = sealed.documents[0].id, sealed.documents[1].id
    with station.transaction() as conn:
        documents.set_same_as(conn, second, first, "It was scanned before.")
    view = searching.show_by_id(station, sealing.open_new_version(station, sealed.dossier.id))
    assert view.same_as == {view.documents[1].id: f"{CODE}/1"}
    assert "It was scanned before." in view.documents[1].reasons


def test_another_paper_of_the_same_form_is_not_taken_for_it(station: Station, tmp_path: Path) -> None:
    lines = tuple(
        line.replace("Trần Văn Mẫu", "Lê Thị Thử").replace("051085000456", "051185000789")
        for line in PAPERS["2-authority.png"]
    )
    assert searching.show_by_id(station, scan_again(station, tmp_path / "other", lines)).same_as == {}


def test_by_policy_the_held_paper_takes_the_place_of_the_second_scan(
    station: Station, tmp_path: Path
) -> None:
    seal_intake(station)
    station = replace(station, settings=replace(station.settings, same_paper="offer"))
    again = scan_again(station, tmp_path / "again", PAPERS["2-authority.png"])
    [offer] = [o for o in reusing.list_offers(station, again) if o.paper.paper_id == f"{CODE}/2"]
    component_id = component_id_of(offer.component)
    reusing.take_offer(station, again, component_id, offer.paper.paper_id)
    view = searching.show_by_id(station, again)
    [component] = [c for c in view.components if c.component_id == component_id]
    assert (component.outcome, component.reused_from, view.documents) == ("reused", f"{CODE}/2", ())
    editing.undo(station, again)
    assert [d.type_id for d in searching.show_by_id(station, again).documents] == ["giay_uy_quyen"]
