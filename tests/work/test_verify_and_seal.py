"""From proposed papers to a sealed package."""

import tarfile
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pikepdf
import pytest
from conftest_work import CODE, PAPERS, draw_paper
from PIL import Image

from station.store import accounts, pages
from station.store.accounts import RightMissing
from station.work import (
    caretaking,
    editing,
    explaining,
    putting_in,
    reading,
    scanning,
    sealing,
    searching,
    sending,
    standing,
    verifying,
)
from station.work.explaining import NothingToExplain, PageElsewhere
from station.work.sealed_pages import pages_of
from station.work.sealing import NotReady
from station.work.standing import DossierClosed
from station.work.station import Station
from station.work.verifying import SheetCountDiffers
from sync import package


def test_the_receipts_code_matches_the_record(station: Station) -> None:
    view = searching.show(station, CODE)
    assert view.record is not None
    assert [d.type_id for d in view.documents] == ["giay_tiep_nhan", "giay_uy_quyen"]
    assert view.sheets == 2


def test_a_reading_becomes_a_value_only_by_a_person_or_a_named_rule(station: Station) -> None:
    view = searching.show(station, CODE)
    vouched = {f.verified_by for fields in view.fields.values() for f in fields if f.value is not None}
    assert vouched <= {"rule:record"}
    receipt = {f.name: f for f in view.fields[view.documents[0].id]}
    assert receipt["applicant_id"].verified_by == "rule:record"


def test_an_unready_dossier_is_not_sealed_and_says_what_is_missing(station: Station) -> None:
    view = searching.show(station, CODE)
    with pytest.raises(NotReady, match="sheets is not confirmed"):
        sealing.seal(station, view.dossier.id)


def test_a_wrong_count_of_sheets_stops(station: Station) -> None:
    view = searching.show(station, CODE)
    with pytest.raises(SheetCountDiffers, match="counted 3 sheets, the pictures make 2"):
        verifying.confirm_sheets(station, view.dossier.id, 3)


def test_an_accepted_dossier_is_sealed_into_a_whole_package(station: Station) -> None:
    view = searching.show(station, CODE)
    verifying.accept_all(station, view.dossier.id)
    package_id = sealing.seal(station, view.dossier.id)
    tar = sending.package_file(station, package_id)
    assert package.verify(tar) == []
    manifest = package.read_manifest(tar)
    assert manifest["dossier"]["dossier_code"] == CODE
    assert [d["type_id"] for d in manifest["documents"]] == ["giay_tiep_nhan", "giay_uy_quyen"]
    assert [image["documents"] for image in manifest["images"]] == [[1], [2]]
    assert searching.show(station, CODE).dossier.state.value == "sealed"
    assert caretaking.check(station).problems == []


def test_folded_sheets_are_sealed_by_halves_where_their_type_says_so(station: Station) -> None:
    view = searching.show(station, CODE)
    editing.resplit(station, view.dossier.id, view.documents[1].pages[0].page_id, 0.5)
    shipped = (files("resources") / "document_types" / "giay_uy_quyen.toml").read_text(encoding="utf-8")
    own = station.home / "catalogue" / "document_types" / "giay_uy_quyen.toml"
    own.parent.mkdir(parents=True)
    own.write_text(f'sheets = "halves"\n{shipped}', encoding="utf-8")
    verifying.accept_all(station, view.dossier.id)
    tar = sending.package_file(station, sealing.seal(station, view.dossier.id))
    entry = package.read_manifest(tar)["documents"][1]
    with pikepdf.open(station.home / searching.show(station, CODE).documents[1].pdf_file) as document:
        assert (entry["sheets"], len(document.pages)) == ("halves", 2)


def test_a_sheet_of_two_documents_is_whole_in_both_and_counted_once(station: Station) -> None:
    view = searching.show(station, CODE)
    sheet = view.documents[1].pages[0]
    editing.resplit(station, view.dossier.id, sheet.page_id, 0.5)
    spread = searching.show(station, CODE).documents[1]
    editing.split(station, view.dossier.id, spread.id, spread.pages[1].page_id)
    *_, second = searching.show(station, CODE).documents
    editing.set_type(station, view.dossier.id, second.id, "khac")
    verifying.accept_all(station, view.dossier.id)
    tar = sending.package_file(station, sealing.seal(station, view.dossier.id))
    manifest = package.read_manifest(tar)
    assert package.verify(tar) == []
    assert [image["documents"] for image in manifest["images"]] == [[1], [2, 3]]
    assert manifest["dossier"]["sheet_count"] == 2
    assert [[page["side"] for page in entry["pages"]] for entry in manifest["documents"][1:]] == [
        ["left"],
        ["right"],
    ]
    shown = []
    for paper in searching.show(station, CODE).documents[1:]:
        with pikepdf.open(station.home / str(paper.pdf_file)) as document:
            [page] = document.pages
            [picture] = page.get_images().values()
            shown.append(([float(edge) for edge in page.mediabox], picture.read_raw_bytes()))
    assert shown[0] == shown[1]
    assert shown[0][0] == pytest.approx([0, 0, 1654 * 72 / 200, 2339 * 72 / 200], abs=0.01)


def test_a_signed_pdf_lies_untouched_beside_what_is_sealed(station: Station, tmp_path: Path) -> None:
    view = searching.show(station, CODE)
    signed = _signed(draw_paper(tmp_path / "page.png", PAPERS["2-authority.png"]), tmp_path / "signed.pdf")
    handed_in = signed.read_bytes()
    page = view.documents[1].pages[0]
    putting_in.take_files_in(station, putting_in.Place(view.dossier.id, page.page_id, replace=True), [signed])
    verifying.accept_all(station, view.dossier.id)
    # An office that keeps no other original keeps this one.
    office = replace(station, settings=replace(station.settings, send_originals=False))
    tar = sending.package_file(station, sealing.seal(office, view.dossier.id))
    manifest = package.read_manifest(tar)
    assert package.verify(tar) == []
    first, second = manifest["images"]
    assert (first["path"], second["documents"]) == (None, [2])
    assert [finding["kind"] for finding in manifest["documents"][1]["findings"]] == ["signed_source"]
    with tarfile.open(tar) as bag:
        inside = {member.name.partition("/")[2]: member for member in bag}
        beside, derived = bag.extractfile(inside[second["path"]]), inside[manifest["documents"][1]["path"]]
        assert beside is not None
        assert (beside.read(), signed.read_bytes()) == (handed_in, handed_in)
        assert derived.size > 0


def _signed(picture: Path, target: Path) -> Path:
    """The picture as a PDF with a signature field that is filled in."""
    with Image.open(picture) as drawn:
        drawn.save(target, resolution=200)
    with pikepdf.open(target, allow_overwriting_input=True) as document:
        signature = document.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Sig, Contents=b"\x01" * 16))
        field = pikepdf.Dictionary(FT=pikepdf.Name.Sig, T=pikepdf.String("chu ky"), V=signature)
        document.Root.AcroForm = pikepdf.Dictionary(
            Fields=pikepdf.Array([document.make_indirect(field)]), SigFlags=3
        )
        document.save(target)
    return target


def test_a_blank_back_is_kept_or_left_out_by_policy_and_listed_either_way(
    station: Station, tmp_path: Path
) -> None:
    view = searching.show(station, CODE)
    Image.new("RGB", (1654, 2339), "white").save(tmp_path / "back.png", dpi=(200, 200))
    with station.reading() as conn:
        intake = pages.get_intake(conn, view.dossier.intake_id)
    scanning.take_files(station, intake, [tmp_path / "back.png"])
    reading.read_waiting(station)
    verifying.accept_all(station, view.dossier.id)
    keeping = replace(station, settings=replace(station.settings, keep_blank_backs=True))
    with station.reading() as conn:
        kept, left_out = (
            pages_of(office, conn, view.dossier, view.documents[1], "whole") for office in (keeping, station)
        )
    assert [[side.blank for side, _ in found] for found in (kept, left_out)] == [[False, True], [False]]
    tar = sending.package_file(station, sealing.seal(station, view.dossier.id))
    images = package.read_manifest(tar)["images"]
    assert [(image["blank"], image["documents"]) for image in images] == [
        (False, [1]),
        (False, [2]),
        (True, []),
    ]


def test_a_picture_without_colour_is_sealed_with_the_reason_given_for_it(
    station: Station, tmp_path: Path
) -> None:
    view = searching.show(station, CODE)
    page = view.documents[1].pages[0]
    with pytest.raises(NothingToExplain):
        explaining.explain(station, view.dossier.id, None, "Bản sao không có màu")
    draw_paper(tmp_path / "colour.png", PAPERS["2-authority.png"])
    with Image.open(tmp_path / "colour.png") as drawn:
        drawn.convert("L").save(tmp_path / "grey.png", dpi=(200, 200))
    # Two sheets of one picture before it are two sheets.
    twins = [draw_paper(tmp_path / f"{n}.png", PAPERS["2-authority.png"]) for n in "ab"]
    putting_in.take_files_in(
        station,
        putting_in.Place(view.dossier.id, page.page_id, replace=True),
        [*twins, tmp_path / "grey.png"],
    )
    grey = searching.show(station, CODE).documents[1].pages[2]
    with pytest.raises(PageElsewhere):
        explaining.explain(station, view.dossier.id, [grey.page_id + 99], "Bản sao không có màu")
    assert explaining.explain(station, view.dossier.id, None, "Bản sao  không có màu") == 1
    shown = searching.show(station, CODE)
    assert shown.lacks[grey.side_id] == {"not_colour": "Bản sao không có màu"}
    assert "give reason" in [entry.action for entry in shown.history]
    verifying.accept_all(station, view.dossier.id)
    [finding] = package.read_manifest(sending.package_file(station, sealing.seal(station, view.dossier.id)))[
        "documents"
    ][1]["findings"]
    assert (finding["kind"], finding["sheet"]) == ("not_colour", 3)
    assert (finding["reason"]["text"], finding["reason"]["given_by"]) == (
        "Bản sao không có màu",
        station.actor.name,
    )
    with pytest.raises(DossierClosed):
        explaining.explain(station, view.dossier.id, None, "")


def test_values_are_final_after_sealing_and_a_change_makes_a_new_version(station: Station) -> None:
    view = searching.show(station, CODE)
    verifying.accept_all(station, view.dossier.id)
    first = sealing.seal(station, view.dossier.id)
    with pytest.raises(DossierClosed):
        verifying.correct(station, view.documents[0].id, "applicant_name", "Khác")
    new_id = sealing.open_new_version(station, view.dossier.id)
    verifying.accept_all(station, new_id)
    second = sealing.seal(station, new_id)
    versions = [(p.package_id, p.version) for p in sending.list_outbox(station)]
    assert versions == [(first, 1), (second, 2)]
    assert [len(d.pages) for d in searching.show_by_id(station, view.dossier.id).documents] == [1, 1]


def test_a_rejected_page_becomes_a_rescan_task_and_the_dossier_is_returned(station: Station) -> None:
    view = searching.show(station, CODE)
    task = verifying.reject(station, view.documents[0].id, None, "poor scan", "lem muc")
    returned = searching.show(station, CODE)
    assert returned.dossier.state.value == "returned"
    assert [t.reason for t in returned.rescans] == ["poor scan"]
    verifying.finish_rescan(station, task)
    assert searching.show(station, CODE).dossier.state.value == "open"


def test_an_operator_may_not_look_after_the_data_folder(station: Station) -> None:
    with station.transaction() as conn:
        operator = accounts.add(conn, "Lan", "operator", "mat khau dai", None, station.now())
    with pytest.raises(RightMissing):
        caretaking.check(station.acting_as(operator))


def test_a_byte_changed_in_an_original_is_found_by_the_check(station: Station) -> None:
    original = next(iter(sorted(station.folder("originals").iterdir())))
    data = bytearray(original.read_bytes())
    data[len(data) // 2] ^= 1
    original.write_bytes(data)
    problems = caretaking.check(station).problems
    assert len(problems) == 1
    assert problems[0][1]["sha256"] == original.name[:12]


def test_a_file_without_a_row_is_named_and_harms_nothing(station: Station) -> None:
    (station.folder("originals") / "feedbeef").write_bytes(b"x")
    found = caretaking.check(station)
    assert found.problems == []
    assert found.orphans == ["originals/feedbeef"]


def test_what_a_critical_field_is_stands_in_the_catalogue(station: Station) -> None:
    catalogue = standing.catalogue_of(station)
    assert standing.is_critical(catalogue, "giay_chung_nhan", "certificate_serial")
    assert not standing.is_critical(catalogue, "giay_tiep_nhan", "applicant_phone")
    assert Path(station.home).is_dir()
