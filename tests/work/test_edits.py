"""Changing a dossier's papers: every edit can be taken back until sealing."""

from dataclasses import replace
from pathlib import Path

import pytest
from conftest_work import CODE, draw_paper

from station.core.errors import StationError
from station.store import pages
from station.work import (
    editing,
    putting_in,
    reading,
    scanning,
    searching,
    sorting,
    spreads,
    verifying,
)
from station.work.station import Station


def papers(station: Station) -> list[tuple[str, int]]:
    view = searching.show(station, CODE)
    return [(d.type_id, len(d.pages)) for d in view.documents]


def test_two_papers_merge_and_part_again_by_undo_and_redo(station: Station) -> None:
    view = searching.show(station, CODE)
    first, second = view.documents
    before = papers(station)
    editing.merge(station, view.dossier.id, first.id, second.id)
    assert papers(station) == [("giay_tiep_nhan", 2)]
    editing.undo(station, view.dossier.id)
    assert papers(station) == before
    editing.redo(station, view.dossier.id)
    assert papers(station) == [("giay_tiep_nhan", 2)]


def test_a_removed_page_leaves_its_original_and_comes_back_by_undo(station: Station) -> None:
    view = searching.show(station, CODE)
    page = view.documents[1].pages[0]
    editing.remove_page(station, view.dossier.id, page.page_id)
    assert papers(station) == [("giay_tiep_nhan", 1)]
    assert station.original(page.original_sha256).exists()
    editing.undo(station, view.dossier.id)
    assert papers(station) == [("giay_tiep_nhan", 1), ("giay_uy_quyen", 1)]


def test_a_page_taken_out_by_hand_stays_out_when_its_pile_is_sorted_anew(station: Station) -> None:
    view = searching.show(station, CODE)
    editing.remove_page(station, view.dossier.id, view.documents[1].pages[0].page_id)
    assert sorting.sort_intake(station, view.dossier.intake_id) == []
    assert [d.id for d in searching.list_of_intake(station, view.dossier.intake_id)] == [view.dossier.id]
    editing.undo(station, view.dossier.id)
    assert papers(station) == [("giay_tiep_nhan", 1), ("giay_uy_quyen", 1)]


def test_a_value_verified_while_the_pile_is_being_sorted_keeps_its_paper(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = searching.show(station, CODE)
    propose = sorting.propose

    def and_meanwhile_somebody_verifies(*given):  # type: ignore[no-untyped-def]
        verifying.accept_all(station, view.dossier.id)
        return propose(*given)

    monkeypatch.setattr(sorting, "propose", and_meanwhile_somebody_verifies)
    sorting.sort_intake(station, view.dossier.intake_id)
    assert [d.id for d in searching.list_of_intake(station, view.dossier.intake_id)] == [view.dossier.id]
    assert papers(station) == [("giay_tiep_nhan", 1), ("giay_uy_quyen", 1)]


def test_a_changed_type_has_the_new_types_fields(station: Station) -> None:
    view = searching.show(station, CODE)
    editing.set_type(station, view.dossier.id, view.documents[1].id, "khac")
    after = searching.show(station, CODE)
    assert [d.type_id for d in after.documents] == ["giay_tiep_nhan", "khac"]
    editing.undo(station, view.dossier.id)
    names = {f.name for f in searching.show(station, CODE).fields[view.documents[1].id]}
    assert "principal_name" in names


def test_a_turned_page_is_read_anew_and_turned_back_reads_as_before(station: Station) -> None:
    view = searching.show(station, CODE)
    page = view.documents[1].pages[0].page_id
    editing.rotate(station, view.dossier.id, page, 2)
    _, _, turned, _ = searching.page_picture(station, page)
    editing.rotate(station, view.dossier.id, page, 2)
    _, _, again, _ = searching.page_picture(station, page)
    assert turned is not None and again is not None
    assert "GIẤY ỦY QUYỀN" not in turned.text
    assert "GIẤY ỦY QUYỀN" in again.text


def test_pages_that_come_later_do_not_undo_what_a_person_has_verified(
    station: Station, tmp_path: Path
) -> None:
    view = searching.show(station, CODE)
    verifying.correct(station, view.documents[1].id, "agent_name", "Trần Văn Sửa")
    late = draw_paper(
        tmp_path / "late.png", ("GIẤY CHỨNG NHẬN KẾT HÔN", "Họ, chữ đệm, tên vợ: Nguyễn Thị Mẫu")
    )
    intake = scanning.open_intake(station, "files", source_key=_source_key(station, view.dossier.intake_id))
    scanning.take_files(station, intake, [late])
    reading.read_waiting(station)
    sorting.sort_intake(station, intake.id)
    kept = searching.show_by_id(station, view.dossier.id)
    fields = {f.name: f.value for f in kept.fields[view.documents[1].id]}
    assert fields["agent_name"] == "Trần Văn Sửa"
    runs = searching.list_of_intake(station, intake.id)
    assert [[d.type_id for d in searching.show_by_id(station, r.id).documents] for r in runs] == [
        ["giay_tiep_nhan", "giay_uy_quyen"],
        ["giay_ket_hon"],
    ]


def test_a_page_scanned_again_in_place_ends_its_rescan(station: Station, tmp_path: Path) -> None:
    view = searching.show(station, CODE)
    page = view.documents[1].pages[0].page_id
    verifying.reject(station, view.documents[1].id, page, "illegible")
    paper = draw_paper(tmp_path / "again.png", ("GIẤY ỦY QUYỀN", "Bên ủy quyền: Nguyễn Thị Mẫu"))
    intake = scanning.open_intake(station, "files")
    [taken] = scanning.take_files(station, intake, [paper])
    reading.read_waiting(station)
    putting_in.replace_page(station, view.dossier.id, page, [s.id for s in taken.sides])
    after = searching.show(station, CODE)
    assert after.rescans == ()
    assert after.dossier.state.value == "open"


def test_undoing_a_split_sheet_brings_the_whole_page_back(station: Station) -> None:
    view = searching.show(station, CODE)
    page = view.documents[1].pages[0]
    editing.resplit(station, view.dossier.id, page.page_id, 0.5)
    halves = searching.show(station, CODE).documents[1].pages
    assert [p.half for p in halves] == ["left", "right"]
    editing.undo(station, view.dossier.id)
    [whole] = searching.show(station, CODE).documents[1].pages
    assert (whole.side_id, whole.half) == (page.side_id, "full")
    editing.redo(station, view.dossier.id)
    assert [p.half for p in searching.show(station, CODE).documents[1].pages] == ["left", "right"]


def test_the_cut_of_one_sheet_is_suggested_for_the_next_and_given_to_all_alike(station: Station) -> None:
    view = searching.show(station, CODE)
    first, second = (d.pages[0] for d in view.documents)
    assert spreads.suggested_split(station, second.page_id) == 0.5
    with pytest.raises(spreads.NotSplit):
        spreads.split_all_alike(station, view.dossier.id, first.page_id)
    editing.resplit(station, view.dossier.id, first.page_id, 0.47)
    assert spreads.suggested_split(station, second.page_id) == 0.47
    half = searching.show(station, CODE).documents[0].pages[0].page_id
    assert spreads.split_all_alike(station, view.dossier.id, half) == 1
    sides = [p.half for d in searching.show(station, CODE).documents for p in d.pages]
    assert sides == ["left", "right"] * 2
    editing.undo(station, view.dossier.id)
    assert papers(station)[1] == ("giay_uy_quyen", 1)


def test_a_page_taken_out_after_the_count_opens_the_count_anew(station: Station) -> None:
    view = searching.show(station, CODE)
    verifying.accept_all(station, view.dossier.id)
    assert searching.show(station, CODE).dossier.state.value == "ready"
    editing.remove_page(station, view.dossier.id, view.documents[1].pages[0].page_id)
    after = searching.show(station, CODE)
    assert after.dossier.state.value == "open"
    assert "The number of sheets is not confirmed." in after.missing


def test_a_page_is_not_replaced_by_one_that_is_not_read_yet(station: Station, tmp_path: Path) -> None:
    view = searching.show(station, CODE)
    paper = draw_paper(tmp_path / "unread.png", ("GIẤY ỦY QUYỀN",))
    [taken] = scanning.take_files(station, scanning.open_intake(station, "files"), [paper])
    with pytest.raises(putting_in.NothingReadYet):
        putting_in.replace_page(
            station, view.dossier.id, view.documents[1].pages[0].page_id, [s.id for s in taken.sides]
        )
    assert papers(station) == [("giay_tiep_nhan", 1), ("giay_uy_quyen", 1)]


def test_a_value_that_somebody_else_gave_after_an_edit_outlives_its_undo(station: Station) -> None:
    view = searching.show(station, CODE)
    first, second = view.documents
    editing.order_documents(station, view.dossier.id, [second.id, first.id])
    another = replace(station, actor=replace(station.actor, name="lan"))
    verifying.correct(another, second.id, "agent_name", "Trần Văn Sửa")
    editing.undo(station, view.dossier.id)
    assert value_of(station, second.id, "agent_name") == "Trần Văn Sửa"
    with pytest.raises(editing.NothingToUndo):
        editing.undo(station, view.dossier.id)


def test_a_value_that_somebody_corrected_is_not_taken_back_by_the_one_who_gave_it_first(
    station: Station,
) -> None:
    view = searching.show(station, CODE)
    dossier, second = view.dossier.id, view.documents[1].id
    another = replace(station, actor=replace(station.actor, name="lan"))
    verifying.correct(station, second, "agent_name", "Trần Văn Sửa")
    verifying.correct(another, second, "agent_name", "Trần Văn Đúng")
    with pytest.raises(editing.NothingToUndo):
        editing.undo(station, dossier)
    with pytest.raises(verifying.GivenByAnother, match="lan"):
        verifying.take_back(station, second, "agent_name")
    assert value_of(station, second, "agent_name") == "Trần Văn Đúng"
    editing.undo(another, dossier)
    assert value_of(station, second, "agent_name") == "Trần Văn Sửa"
    editing.undo(station, dossier)
    assert value_of(station, second, "agent_name") is None


def test_a_value_taken_back_while_a_merge_was_undone_does_not_come_back_with_its_paper(
    station: Station,
) -> None:
    view = searching.show(station, CODE)
    first, second = view.documents
    another = replace(station, actor=replace(station.actor, name="lan"))
    verifying.correct(another, second.id, "agent_name", "Trần Văn Sai")
    editing.merge(station, view.dossier.id, first.id, second.id)
    editing.undo(station, view.dossier.id)
    editing.undo(another, view.dossier.id)
    editing.redo(station, view.dossier.id)
    editing.undo(station, view.dossier.id)
    assert value_of(station, second.id, "agent_name") is None


def test_a_paper_is_verified_only_while_no_doubtful_field_is_open_whoever_undoes_and_redoes(
    station: Station,
) -> None:
    view = searching.show(station, CODE)
    second = view.documents[1].id
    names = [f.name for f in view.fields[second] if f.value is None]
    another = replace(station, actor=replace(station.actor, name="lan"))
    with station.transaction() as conn:
        conn.execute("UPDATE field SET flagged = 1 WHERE document_id = ?", (second,))
    verifying.correct(station, second, names[0], "Một")
    for name in names[1:]:
        verifying.correct(another, second, name, "Hai")
    assert state_of(station, second) == "verified"
    editing.undo(station, view.dossier.id)
    editing.undo(another, view.dossier.id)
    editing.redo(another, view.dossier.id)
    assert state_of(station, second) == "proposed"
    editing.redo(station, view.dossier.id)
    assert state_of(station, second) == "verified"


def state_of(station: Station, document_id: int) -> str:
    return next(d.state for d in searching.show(station, CODE).documents if d.id == document_id)


def value_of(station: Station, document_id: int, name: str) -> str | None:
    return {f.name: f.value for f in searching.show(station, CODE).fields[document_id]}[name]


def test_values_given_and_pages_changed_are_taken_back_and_done_again_in_their_order(
    station: Station,
) -> None:
    view = searching.show(station, CODE)
    first, second = view.documents
    verifying.correct(station, second.id, "agent_name", "Trần Văn Sửa")
    verifying.correct(station, second.id, "agent_name", "Trần Văn Sữa")
    editing.merge(station, view.dossier.id, first.id, second.id)
    for expected in ("Trần Văn Sữa", "Trần Văn Sửa", None):
        editing.undo(station, view.dossier.id)
        assert value_of(station, second.id, "agent_name") == expected
    assert [d.state for d in searching.show(station, CODE).documents] == [d.state for d in view.documents]
    for expected in ("Trần Văn Sửa", "Trần Văn Sữa"):
        editing.redo(station, view.dossier.id)
        assert value_of(station, second.id, "agent_name") == expected
    editing.redo(station, view.dossier.id)
    assert papers(station) == [("giay_tiep_nhan", 2)]


def test_every_open_value_accepted_with_one_key_is_taken_back_by_one_undo(station: Station) -> None:
    view = searching.show(station, CODE)
    before = [f.value for d in view.documents for f in view.fields[d.id]]
    assert verifying.accept_all(station, view.dossier.id) > 1
    editing.undo(station, view.dossier.id)
    after = searching.show(station, CODE)
    assert [f.value for d in after.documents for f in after.fields[d.id]] == before


def test_a_value_taken_back_on_the_verify_screen_is_no_edit_any_more(station: Station) -> None:
    view = searching.show(station, CODE)
    second = view.documents[1]
    verifying.correct(station, second.id, "agent_name", "Trần Văn Sửa")
    verifying.take_back(station, second.id, "agent_name")
    with pytest.raises(editing.NothingToUndo):
        editing.undo(station, view.dossier.id)
    editing.redo(station, view.dossier.id)
    assert value_of(station, second.id, "agent_name") == "Trần Văn Sửa"


def test_a_value_taken_back_stays_so_when_an_edit_before_that_is_undone(station: Station) -> None:
    view = searching.show(station, CODE)
    first, second = view.documents
    verifying.correct(station, second.id, "agent_name", "Trần Văn Sai")
    verifying.correct(station, second.id, "agent_name", "Trần Văn Nhầm")
    editing.order_documents(station, view.dossier.id, [second.id, first.id])
    verifying.take_back(station, second.id, "agent_name")
    editing.undo(station, view.dossier.id)
    assert [d.id for d in searching.show(station, CODE).documents] == [first.id, second.id]
    assert value_of(station, second.id, "agent_name") is None
    for expected in ("Trần Văn Sai", "Trần Văn Nhầm"):
        editing.redo(station, view.dossier.id)
        assert value_of(station, second.id, "agent_name") == expected


def _source_key(station: Station, intake_id: int) -> str:
    with station.reading() as conn:
        return pages.get_intake(conn, intake_id).source_key or ""


def test_pages_changed_by_one_key_are_taken_back_by_one_undo(station: Station) -> None:
    view = searching.show(station, CODE)
    every = [p.page_id for d in view.documents for p in d.pages]
    with editing.as_one_step():
        for page_id in every:
            editing.set_blank(station, view.dossier.id, page_id, True)
    editing.undo(station, view.dossier.id)
    assert not any(editing.is_blank(station, p) for p in every)
    editing.redo(station, view.dossier.id)
    assert all(editing.is_blank(station, p) for p in every)


def test_pages_gathered_become_a_document_of_their_own_also_those_taken_out(station: Station) -> None:
    view = searching.show(station, CODE)
    first, second = (d.pages[0].page_id for d in view.documents)
    editing.remove_page(station, view.dossier.id, second)
    editing.gather(station, view.dossier.id, [second, first])
    [paper] = searching.show(station, CODE).documents
    assert [p.page_id for p in paper.pages] == [second, first]
    editing.undo(station, view.dossier.id)
    editing.undo(station, view.dossier.id)
    assert papers(station) == [("giay_tiep_nhan", 1), ("giay_uy_quyen", 1)]


@pytest.mark.parametrize(("replace", "pages_after"), [(True, 1), (False, 2)])
def test_a_file_takes_the_place_of_a_page_or_follows_it(
    station: Station, tmp_path: Path, replace: bool, pages_after: int
) -> None:
    view = searching.show(station, CODE)
    old = view.documents[1].pages[0].page_id
    paper = draw_paper(tmp_path / "again.png", ("GIẤY ỦY QUYỀN", "Bên ủy quyền: Nguyễn Thị Mẫu"))
    putting_in.take_files_in(station, putting_in.Place(view.dossier.id, old, replace), [paper])
    held = [p.page_id for p in searching.show(station, CODE).documents[1].pages]
    assert len(held) == pages_after
    assert (old in held) is not replace
    editing.undo(station, view.dossier.id)
    assert [p.page_id for p in searching.show(station, CODE).documents[1].pages] == [old]


def test_a_file_that_the_pile_has_already_changes_nothing_and_says_what_to_do(
    station: Station, tmp_path: Path
) -> None:
    view = searching.show(station, CODE)
    place = putting_in.Place(view.dossier.id, view.documents[1].pages[0].page_id, replace=False)
    paper = draw_paper(tmp_path / "again.png", ("GIẤY ỦY QUYỀN", "Bên ủy quyền: Nguyễn Thị Mẫu"))
    putting_in.take_files_in(station, place, [paper])
    with pytest.raises(putting_in.HereAlready, match=r"again\.png"):
        putting_in.take_files_in(station, place, [paper])
    assert papers(station) == [("giay_tiep_nhan", 1), ("giay_uy_quyen", 2)]


def test_a_file_that_is_no_picture_changes_nothing_and_says_why(station: Station, tmp_path: Path) -> None:
    view = searching.show(station, CODE)
    wrong = tmp_path / "letter.png"
    wrong.write_text("no picture")
    place = putting_in.Place(view.dossier.id, view.documents[1].pages[0].page_id, replace=True)
    with pytest.raises(StationError, match="letter"):
        putting_in.take_files_in(station, place, [wrong])
    assert papers(station) == [("giay_tiep_nhan", 1), ("giay_uy_quyen", 1)]
