"""Changing a dossier's papers: every edit can be taken back until sealing."""

from conftest_work import CODE

from station.work import editing, searching
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
